/* SPDX-License-Identifier: MIT
 *
 * The table of occupations. Nobody hands out a list of them: what there is are the texts that
 * registrations carry, numbers of the national classification or words. So the table is a grouping
 * of registrations, and an occupation is in it as long as somebody is registered with it. */
#include "tables.h"

/* A group for each text. Groups whose registrations sum to zero, because corrections took them
 * back, do not exist. */
static int group(struct scope *s, const struct ast_source *src)
{
    struct binder *b = s->b;
    struct ast name = {.kind = AST_NAME, .at = src->at, .n = src->n, .s = STR("occupation")};
    struct ast code = {.kind = AST_NAME, .at = src->at, .n = src->n, .s = STR("occupation_code")};
    struct ast_pipe op = {.at = src->at, .n = src->n};
    struct grouping g = {.keys = 2};
    g.key = ARENA_ARRAY(b->arena, struct expr *, g.keys);
    if (g.key == NULL)
        return bind_memory(b);
    TRY(bind_column(s, &code, &g.key[0]));
    TRY(bind_column(s, &name, &g.key[1]));
    return bind_grouping(s, &g, &op);
}

/* Registrations without an occupation name none. */
static int leave_out_unknown(struct scope *s, const struct ast_source *src)
{
    struct ast name = {.kind = AST_NAME, .at = src->at, .n = src->n, .s = STR("occupation")};
    struct expr *e;
    TRY(bind_column(s, &name, &e));
    e = expr_call1(s->b->arena, &fn_is_null, TYPE_BOOL, e);
    if (e == NULL)
        return bind_memory(s->b);
    e->option = 0; /* IS NOT NULL */
    return scope_add_where(s, e);
}

/* Nothing is known of them beside the text itself. */
static int not_known(struct scope *s, const char *column)
{
    struct value none = {.type = TYPE_STRING, .null = true};
    return scope_add_col(s, str_of(column), STR(""), expr_const(s->b->arena, none));
}

int bind_occupations(struct scope *s, const struct ast_source *src)
{
    struct arena *a = s->b->arena;
    TRY(leave_out_unknown(s, src));
    TRY(group(s, src));
    s->col = NULL;
    s->n = s->cap = 0;
    TRY(scope_add_col(s, STR("code"), STR(""), expr_col(a, 0, TYPE_INT64)));
    TRY(scope_add_col(s, STR("name"), STR(""), expr_col(a, 1, TYPE_STRING)));
    TRY(not_known(s, "name_hi"));
    TRY(not_known(s, "aliases"));
    return scope_settle(s);
}
