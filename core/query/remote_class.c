/* SPDX-License-Identifier: MIT
 *
 * Which values of a column an access can tell apart.
 *
 * The functions of a column are the largest parts of the expressions that read it alone. They are
 * evaluated over all values that the column can have, once; values that give the same everywhere
 * are a class. A function that cannot be evaluated for some value, or a column with too many
 * values, leaves each value by itself. */
#include "remote.h"

#include "scan.h"

/* Pairs in a statement beyond which values are sent as they are. */
enum { MAPPED_MAX = 20000 };

struct functions {
    struct run *run;
    int base;
    struct expr **at;
    size_t n, cap;
    bool as_is; /* the value itself is read */
};

static int add_function(struct functions *f, struct expr *e)
{
    /* A text of a dictionary is another one for each id. */
    if (e->kind == EXPR_COL || e->fn == &fn_dict_text) {
        f->as_is = true;
        return 0;
    }
    for (size_t i = 0; i < f->n; i++)
        if (expr_equal(f->at[i], e))
            return 0;
    struct expr **grown = arena_grown(f->run->arena, f->at, f->n, &f->cap, sizeof *grown);
    if (grown == NULL)
        return run_memory(f->run);
    f->at = grown;
    f->at[f->n++] = e;
    return 0;
}

static int find_functions(struct functions *f, struct expr *e)
{
    if (e == NULL || !(e->deps & BASE_BIT(f->base)))
        return 0;
    if (single_base(e) == f->base)
        return add_function(f, e);
    for (size_t k = 0; k < e->args; k++)
        TRY(find_functions(f, e->arg[k]));
    return 0;
}

/* STRING_AGG puts texts together in the order of their rows, unless it orders by the text itself:
 * then rows of different places, sectors and days must stay apart. */
static bool order_matters(const struct agg_spec *s)
{
    return s->kind == AGG_TEXT && (s->orders == 0 || !expr_equal(s->order[0].expr, s->arg));
}

static int find_all(struct functions *f, const struct access_plan *p)
{
    const struct access *a = p->access;
    for (size_t i = 0; i < p->rests; i++)
        TRY(find_functions(f, p->rest[i]));
    for (size_t i = 0; i < a->group.keys; i++)
        TRY(find_functions(f, a->group.key[i]));
    for (size_t i = 0; i < a->group.aggs; i++) {
        const struct agg_spec *s = &a->group.agg[i];
        TRY(find_functions(f, s->arg));
        TRY(find_functions(f, s->second));
        f->as_is |= order_matters(s) && (BASE_BIT(f->base) & BASE_RUN_BITS);
        for (size_t k = 0; k < s->orders; k++)
            TRY(find_functions(f, s->order[k].expr));
    }
    for (size_t i = 0; i < a->outs; i++)
        TRY(find_functions(f, a->out[i]));
    return 0;
}

struct numbering {
    struct intern values;
    uint32_t *of_code;
};

static bool take_numbers(void *ctx, const struct frame_col *c, size_t at, size_t n)
{
    struct numbering *t = ctx;
    return intern_add(&t->values, c, n, t->of_code + at, NULL) == 0;
}

/* class[code] for the n codes: 1 done, 0 some value cannot be computed. */
static int classify(const struct functions *f, int64_t low, size_t n, uint32_t *class)
{
    struct run *r = f->run;
    uint32_t *number = ARENA_ARRAY(r->arena, uint32_t, n);
    if (number == NULL)
        return run_memory(r);
    for (size_t k = 0; k < f->n; k++) {
        struct numbering t = {.of_code = number};
        struct u64_map pairs = {.arena = r->arena};
        intern_init(&t.values, r->arena, f->at[k]->type, f->at[k]->list);
        int done = domain_eval(r, f->at[k], f->base, low, n, take_numbers, &t);
        if (done <= 0)
            return done;
        for (size_t i = 0; i < n; i++)
            TRY(u64_map_add(&pairs, (uint64_t) class[i] << 32 | number[i], &class[i], r -> err));
    }
    return 1;
}

/* ---- places ---- */

uint32_t remote_home(const struct place_tree *t, uint32_t order, enum place_level level)
{
    while (t->at[order].level > level) {
        uint32_t above = place_order(t, t->at[order].home);
        ASSERT(above != PLACE_NONE && t->at[above].level < t->at[order].level);
        order = above;
    }
    return t->at[order].id;
}

bool remote_in_window(const struct window3 *w, uint32_t order)
{
    size_t lo = 0;
    size_t hi = w->place.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->place.at[mid].hi <= order)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < w->place.n && w->place.at[lo].lo <= order;
}

/* first[id of the place above, down to the level] = 1 + the first order that it stands for. False:
 * places below one of them are told apart. */
static bool places_fit(struct run *r, const struct window3 *w, enum place_level level,
                       const uint32_t *class, uint32_t *first)
{
    const struct place_tree *t = r->snap->tree;
    memset(first, 0, t->ids_max * sizeof *first);
    for (uint32_t o = 0; o < t->n; o++) {
        if (!remote_in_window(w, o))
            continue;
        uint32_t id = remote_home(t, o, level);
        if (first[id] == 0)
            first[id] = o + 1;
        else if (class[first[id]] != class[o + 1])
            return false;
    }
    return true;
}

/* Levels from the highest down: the first at which no function sees what lies below. Places are
 * named by where they were stored, so that a place which moved since is simply another class. */
static int place_column(const struct functions *f, const struct access_plan *p,
                        struct remote_column *c)
{
    struct run *r = f->run;
    const struct place_tree *t = r->snap->tree;
    size_t n = (size_t)t->n + 1; /* code 0: no place */
    uint32_t *class = ARENA_ARRAY(r->arena, uint32_t, n);
    c->first = ARENA_ARRAY(r->arena, uint32_t, t->ids_max);
    c->n = t->ids_max;
    c->level = PLACE_COUNTRY;
    if (class == NULL || c->first == NULL)
        return run_memory(r);
    int done = f->as_is ? 0 : classify(f, 0, n, class);
    TRY(done);
    for (size_t i = 0; i < n && !done; i++)
        class[i] = (uint32_t)i;
    while (!places_fit(r, &p->window, c->level, class, c->first))
        c->level = (enum place_level)(c->level + 1);
    return 0;
}

/* ---- all else ---- */

/* c->first[code] from the classes. */
static int first_codes(struct run *r, const uint32_t *class, struct remote_column *c)
{
    uint32_t *first = ARENA_ARRAY(r->arena, uint32_t, c->n);
    c->first = ARENA_ARRAY(r->arena, uint32_t, c->n);
    if (first == NULL || c->first == NULL)
        return run_memory(r);
    size_t mapped = 0;
    for (size_t k = 1; k <= c->n; k++) {
        size_t i = k % c->n; /* NULL last: a value stands for it, not it for values */
        if (first[class[i]] == 0)
            first[class[i]] = (uint32_t)i + 1;
        bool never = i == 0 && c->base < BASE_ATTR; /* a day is always known */
        c->first[i] = never ? 0 : first[class[i]] - 1;
        mapped += c->first[i] != i;
    }
    c->as_is = mapped == 0 || mapped > MAPPED_MAX;
    return 0;
}

static int code_column(const struct functions *f, const struct access_plan *p,
                       struct remote_column *c)
{
    struct run *r = f->run;
    c->n = base_domain(r, &p->window, f->base, &c->low);
    c->as_is = f->as_is || f->base == BASE_SECTOR || c->n == 0;
    if (c->as_is)
        return 0;
    uint32_t *class = ARENA_ARRAY(r->arena, uint32_t, c->n);
    if (class == NULL)
        return run_memory(r);
    int done = classify(f, c->low, c->n, class);
    TRY(done);
    c->as_is = !done;
    return done ? first_codes(r, class, c) : 0;
}

int remote_columns(struct run *r, struct remote_plan *p)
{
    for (int b = 0; b < BASE_COLS; b++) {
        struct functions f = {.run = r, .base = b};
        if (b == BASE_COUNT)
            continue; /* it is there in any case */
        TRY(find_all(&f, p->access));
        if (f.n == 0 && !f.as_is)
            continue;
        struct remote_column *c = &p->col[p->cols++];
        *c = (struct remote_column){.base = b};
        TRY(b == BASE_ORDER ? place_column(&f, p->access, c) : code_column(&f, p->access, c));
    }
    return 0;
}
