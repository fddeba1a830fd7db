/* SPDX-License-Identifier: MIT
 *
 * From what people write to one place: a code, a name or alias in either script, looked for inside
 * the places in which the rows are already known to lie. A code stands for one place wherever it
 * lies: one from elsewhere is known, and no row has it. */
#include <stdio.h>

#include "bind.h"

enum { FOUND_MAX = 16 };

struct found {
    size_t n;                  /* identities found; may be more than are listed */
    uint32_t order[FOUND_MAX]; /* one node of each */
};

static void add_found(const struct place_tree *t, struct found *f, uint32_t order)
{
    for (size_t i = 0; i < f->n && i < FOUND_MAX; i++)
        if (t->at[f->order[i]].identity == t->at[order].identity)
            return;
    if (f->n < FOUND_MAX)
        f->order[f->n] = order;
    f->n++;
}

static void find_inside(const struct place_tree *t, enum place_level level, uint32_t node,
                        struct str text, struct found *f)
{
    uint32_t orders[FOUND_MAX];
    size_t n = place_find(t, level, node, text, orders, FOUND_MAX);
    for (size_t i = 0; i < n && i < FOUND_MAX; i++)
        add_found(t, f, orders[i]);
    if (n > FOUND_MAX)
        f->n += n - FOUND_MAX;
}

/* The lowest place above `level` that is known, or the country. */
static uint32_t known_above(const struct scope *s, int level)
{
    uint32_t id = PLACE_COUNTRY_ID;
    for (int l = PLACE_COUNTRY; l < level; l++)
        if (s->within[l] != PLACE_NONE)
            id = s->within[l];
    return id;
}

/* First node of an identity; the others follow by `same`. */
static uint32_t first_node(const struct place_tree *t, uint32_t identity)
{
    uint32_t order = place_order(t, identity);
    if (order == PLACE_NONE)
        return PLACE_NONE;
    return place_first(t, order);
}

static void find_under(const struct place_tree *t, enum place_level level, uint32_t identity,
                       struct str text, struct found *f)
{
    uint32_t node = first_node(t, identity);
    for (; node != PLACE_NONE; node = t->at[node].same)
        find_inside(t, level, node, text, f);
}

static bool is_code(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n > 0;
}

/* On one level, or on all of them. */
static void find_levels(const struct scope *s, int level, struct str text, struct found *f)
{
    const struct place_tree *t = s->b->places;
    int from = level == PLACE_LEVEL_ANY ? PLACE_COUNTRY : level;
    int to = level == PLACE_LEVEL_ANY ? PLACE_LEVELS - 1 : level;
    for (int l = from; l <= to; l++)
        find_under(t, (enum place_level)l, known_above(s, l), text, f);
    if (f->n > 0 || !is_code(text))
        return;
    for (int l = from; l <= to; l++)
        find_under(t, (enum place_level)l, PLACE_COUNTRY_ID, text, f);
}

/* "district:607" -> level 2, "607" */
static int split_level(struct str *text)
{
    const char *colon = memchr(text->p, ':', text->n);
    if (colon == NULL)
        return PLACE_LEVEL_ANY;
    struct str word = {text->p, (size_t)(colon - text->p)};
    int level = place_level_parse(str_trim(word));
    if (level < 0)
        return PLACE_LEVEL_ANY;
    *text = str_trim((struct str){colon + 1, text->n - word.n - 1});
    return level;
}

static const char *level_word(int level)
{
    return level == PLACE_LEVEL_ANY ? "place" : place_level_name((enum place_level)level);
}

/* A place that is known, but not there in the borders asked for: says what became of it. */
static int gone_place(struct scope *s, int level, struct str text, const struct ast *at,
                      uint32_t node)
{
    struct buf b;
    const struct place_tree *t = s->b->places;
    const struct place *p = &t->at[node];
    buf_init(&b, MEM_QUERY);
    history_say_end(s->b->snap->history, t, node, &b);
    bind_fail(s->b, ERR_UNKNOWN_NAME, at, "There is no %s \"%.*s\" in these borders: %.*s",
              level == PLACE_LEVEL_ANY ? place_level_name(p->level) : level_word(level),
              (int)(text.n < 80 ? text.n : 80), text.p, (int)b.n, b.n ? b.p : "");
    err_hint(s->b->err, "ask for the place that took it over, or for the borders of a day on which "
                        "it was there (borders)");
    buf_fini(&b);
    return ERR_UNKNOWN_NAME;
}

static int unknown_place(struct scope *s, int level, struct str text, const struct ast *at)
{
    const struct place_tree *t = s->b->places;
    uint32_t node = first_node(t, known_above(s, level == PLACE_LEVEL_ANY ? 0 : level));
    struct str shown = utf8_prefix(text, QUERY_SHOWN_BYTES);
    const char *where = "";
    struct str inside = STR("");
    uint32_t gone;
    for (int l = PLACE_STATE; l < PLACE_LEVELS; l++)
        if ((l == level || level == PLACE_LEVEL_ANY) &&
            place_find_gone(t, (enum place_level)l, 0, text, &gone, 1) > 0)
            return gone_place(s, level, text, at, gone);
    if (node != PLACE_NONE && t->at[node].level != PLACE_COUNTRY) {
        where = " in ";
        inside = place_name(&t->at[node], s->b->ctx->hindi);
    }
    bind_fail(s->b, ERR_UNKNOWN_NAME, at, "There is no %s \"%.*s\"%s%.*s%s", level_word(level),
              STR_ARG(shown), where, STR_ARG(inside),
              t->narrowed ? " among the places that the token is for" : "");
    struct near_list near;
    near_init(&near);
    for (int l = PLACE_STATE; l < PLACE_LEVELS; l++)
        if (l == level || level == PLACE_LEVEL_ANY)
            for (uint32_t k = node; k != PLACE_NONE; k = t->at[k].same)
                place_near(t, (enum place_level)l, k, text, &near);
    near_hint(&near, s->b->err);
    return ERR_UNKNOWN_NAME;
}

static int ambiguous_place(struct scope *s, int level, struct str text, const struct ast *at,
                           const struct found *f)
{
    const struct place_tree *t = s->b->places;
    char list[440];
    size_t n = 0;
    for (size_t i = 0; i < f->n && i < FOUND_MAX && n < sizeof list; i++) {
        const struct place *p = &t->at[f->order[i]];
        const struct place *up = p->parent != PLACE_NONE ? &t->at[p->parent] : p;
        struct str name = place_name(p, s->b->ctx->hindi);
        struct str in = place_name(up, s->b->ctx->hindi);
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s:%lld %.*s (%.*s)", i ? ", " : "",
                              place_level_name(p->level), (long long)p->code, STR_ARG(name),
                              STR_ARG(in));
    }
    struct str shown = utf8_prefix(text, QUERY_SHOWN_BYTES);
    bind_fail(s->b, ERR_AMBIGUOUS, at, "The name \"%.*s\" stands for %zu places: %s",
              STR_ARG(shown), f->n, list);
    err_hint(s->b->err, "give the code%s%s",
             level > PLACE_STATE ? ", or also a condition on the " : "",
             level > PLACE_STATE ? place_level_name((enum place_level)(level - 1)) : "");
    return ERR_AMBIGUOUS;
}

int bind_place(struct scope *s, int level, struct str text, const struct ast *at,
               uint32_t *identity)
{
    const struct place_tree *t = s->b->places;
    struct found f = {0};
    struct str rest = str_trim(text);
    int said = split_level(&rest);
    if (said != PLACE_LEVEL_ANY && (level == PLACE_LEVEL_ANY || level == said))
        level = said;
    else
        rest = str_trim(text);
    if (level == PLACE_LEVEL_ANY && str_eq_nocase(rest, STR("country"))) {
        *identity = PLACE_COUNTRY_ID;
        return 0;
    }
    find_levels(s, level, rest, &f);
    if (f.n == 0)
        return unknown_place(s, level, rest, at);
    if (f.n > 1)
        return ambiguous_place(s, level, rest, at, &f);
    *identity = t->at[f.order[0]].identity;
    return 0;
}

int bind_place_const(struct scope *s, int level, const struct expr *e, const struct ast *at,
                     struct value *out)
{
    *out = (struct value){.type = TYPE_PLACE, .null = e->value.null};
    if (e->value.null)
        return 0;
    if (e->type == TYPE_PLACE) {
        uint32_t order = place_order(s->b->places, (uint32_t)e->value.i);
        out->i = order == PLACE_NONE ? e->value.i : s->b->places->at[order].identity;
        return 0;
    }
    char digits[24];
    struct str text = e->value.s;
    if (e->type == TYPE_INT64)
        text = (struct str){digits,
                            (size_t)snprintf(digits, sizeof digits, "%lld", (long long)e->value.i)};
    else if (e->type != TYPE_STRING)
        return bind_fail(s->b, ERR_TYPE, at, "A place is given by its name or code, not by %s",
                         type_name(e->type));
    uint32_t id;
    TRY(bind_place(s, level, text, at, &id));
    out->i = id;
    return 0;
}

int bind_nodes(struct binder *b, uint32_t identity, struct node_list **out)
{
    const struct place_tree *t = b->places;
    struct node_list *list = ARENA_NEW(b->arena, struct node_list);
    size_t n = 0;
    for (uint32_t k = first_node(t, identity); k != PLACE_NONE; k = t->at[k].same)
        n++;
    uint32_t *order = ARENA_ARRAY(b->arena, uint32_t, n);
    if (list == NULL || order == NULL)
        return bind_memory(b);
    for (uint32_t k = first_node(t, identity); k != PLACE_NONE; k = t->at[k].same)
        order[list->n++] = k;
    list->order = order;
    *out = list;
    return 0;
}

/* The level whose column (or code column) this name is; -1 when it is none. */
static int level_named(struct scope *s, const struct ast *name)
{
    struct ast plain = *name;
    if (plain.s.n > 5 && str_eq_nocase((struct str){plain.s.p + plain.s.n - 5, 5}, STR("_code")))
        plain.s.n -= 5;
    for (size_t i = 0; i < s->n; i++)
        if (str_eq_nocase(s->col[i].name, plain.s) && s->col[i].expr->type == TYPE_PLACE)
            return s->col[i].expr->level;
    return -1;
}

/* `place = constant`, either way round: the level, and the constant's tree; -1 for all else. */
static int place_equality(struct scope *s, const struct ast *cond, const struct ast **value)
{
    if (cond->kind != AST_BINARY || cond->op != OP_EQ)
        return -1;
    for (int side = 0; side < 2; side++) {
        const struct ast *name = cond->arg[side];
        const struct ast *other = cond->arg[1 - side];
        bool fixed =
            other->kind == AST_STRING || other->kind == AST_INT || other->kind == AST_PARAM;
        if (name->kind != AST_NAME || !fixed)
            continue;
        *value = other;
        return level_named(s, name);
    }
    return -1;
}

/* Highest level first, so that each is looked for inside the one above. What cannot be resolved
 * here is left to the condition itself, which then says what is wrong. */
int bind_within(struct scope *s, const struct ast *const *cond, size_t n)
{
    for (int level = PLACE_STATE; level < PLACE_LEVELS; level++)
        for (size_t i = 0; i < n; i++) {
            const struct ast *value = NULL;
            if (place_equality(s, cond[i], &value) != level)
                continue;
            struct scope quiet = *s;
            struct binder b = *s->b;
            b.err = NULL;
            quiet.b = &b;
            struct expr_scope x = {.scope = &quiet};
            struct expr *e;
            struct value place;
            if (bind_expr(&x, value, &e) < 0 || e->kind != EXPR_CONST ||
                bind_place_const(&quiet, level, e, value, &place) < 0 || place.null)
                continue;
            s->within[level] = (uint32_t)place.i;
        }
    return 0;
}
