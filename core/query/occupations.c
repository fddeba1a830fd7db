/* SPDX-License-Identifier: MIT
 *
 * The table of occupations. Nobody hands out a list of them: what there is are the texts that
 * registrations carry, numbers of the national classification or words. So the table is a grouping
 * of registrations, and an occupation is in it as long as somebody is registered with it. */
#include "tables.h"

/* occupation, its code, COUNT(*): a group for each text. */
static int group(struct scope *s, const struct ast_source *src)
{
    struct binder *b = s->b;
    struct ast name = {.kind = AST_NAME, .at = src->at, .n = src->n, .s = STR("occupation")};
    struct ast code = {.kind = AST_NAME, .at = src->at, .n = src->n, .s = STR("occupation_code")};
    struct ast_pipe op = {.at = src->at, .n = src->n};
    struct grouping g = {.keys = 2, .aggs = 1};
    g.key = ARENA_ARRAY(b->arena, struct expr *, g.keys);
    g.agg = ARENA_NEW(b->arena, struct agg_spec);
    if (g.key == NULL || g.agg == NULL)
        return bind_memory(b);
    TRY(bind_column(s, &code, &g.key[0]));
    TRY(bind_column(s, &name, &g.key[1]));
    *g.agg = (struct agg_spec){.kind = AGG_COUNT,
                               .type = TYPE_INT64,
                               .level = PLACE_LEVEL_ANY,
                               .at = src->at,
                               .n = src->n};
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

/* What corrections have taken back is none. */
static int leave_out_taken_back(struct scope *s, const struct ast_source *src)
{
    struct arena *a = s->b->arena;
    struct expr *zero = expr_const(a, (struct value){.type = TYPE_INT64, .i = 0});
    struct expr *count = expr_col(a, 2, TYPE_INT64);
    struct expr **test = ARENA_ARRAY(a, struct expr *, 1);
    if (zero == NULL || count == NULL || test == NULL)
        return bind_memory(s->b);
    test[0] = expr_call2(a, fn_compare(OP_GT, TYPE_INT64), TYPE_BOOL, count, zero);
    if (test[0] == NULL)
        return bind_memory(s->b);
    return scope_add_step(s, (struct step){.kind = STEP_FILTER,
                                           .at = src->at,
                                           .n = src->n,
                                           .expr = test,
                                           .exprs = 1,
                                           .cols = s->frame_cols});
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
    TRY(leave_out_taken_back(s, src));
    s->col = NULL;
    s->n = s->cap = 0;
    TRY(scope_add_col(s, STR("code"), STR(""), expr_col(a, 0, TYPE_INT64)));
    TRY(scope_add_col(s, STR("name"), STR(""), expr_col(a, 1, TYPE_STRING)));
    TRY(not_known(s, "name_hi"));
    TRY(not_known(s, "aliases"));
    return scope_settle(s);
}
