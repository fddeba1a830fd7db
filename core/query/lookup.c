/* SPDX-License-Identifier: MIT
 *
 * Bisection over sorted row numbers. A key that is NULL equals nothing. */
#include "lookup.h"

static size_t sorted_by(const struct lookup *l)
{
    return l->keys + (l->kind == LOOKUP_IN);
}

struct sorting {
    const struct lookup *l;
    const struct place_tree *tree;
};

static int by_keys(const void *a, const void *b, void *ctx)
{
    const struct sorting *s = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    for (size_t k = 0; k < sorted_by(s->l); k++) {
        int c = vec_compare(&s->l->key[k], x, &s->l->key[k], y, s->tree);
        if (c != 0)
            return c;
    }
    return x < y ? -1 : x > y;
}

int lookup_sort(struct run *r, struct lookup *l)
{
    struct sorting s = {l, r->snap->tree};
    uint32_t *order = ARENA_ARRAY(r->arena, uint32_t, l->rows + 1);
    if (order == NULL)
        return run_memory(r);
    for (size_t i = 0; i < l->rows; i++)
        order[i] = (uint32_t)i;
    l->order = order;
    return run_sort(r, order, l->rows, by_keys, &s);
}

/* A row of the query around, against the i-th of the sorted rows. */
static int compare(const struct eval *ev, const struct expr *e, const struct lookup *l, size_t keys,
                   size_t row, size_t i)
{
    for (size_t k = 0; k < keys; k++) {
        int c = vec_compare(&e->arg[k]->out, row, &l->key[k], l->order[i], ev->snap->tree);
        if (c != 0)
            return c;
    }
    return 0;
}

/* The first of the sorted rows that is not before the row; whether it equals it. */
static bool find(const struct eval *ev, const struct expr *e, const struct lookup *l, size_t keys,
                 size_t row, size_t *at)
{
    size_t lo = 0;
    size_t hi = l->rows;
    for (size_t k = 0; k < keys; k++)
        if (vec_null(&e->arg[k]->out, row))
            return false;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (compare(ev, e, l, keys, row, middle) > 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    *at = lo;
    return lo < l->rows && compare(ev, e, l, keys, row, lo) == 0;
}

static void put(struct expr *e, size_t row, struct value v)
{
    e->null_buf[row] = v.null;
    if (e->type == TYPE_STRING)
        e->out.s[row] = v.null ? STR("") : v.s;
    else if (e->type == TYPE_FLOAT64)
        e->out.f[row] = v.null ? 0 : v.f;
    else
        e->out.i[row] = v.null ? 0 : v.i;
}

static int put_value(struct eval *ev, struct expr *e, const struct lookup *l, size_t row)
{
    size_t at;
    if (!find(ev, e, l, l->keys, row, &at)) {
        put(e, row, l->missing);
        return 0;
    }
    if (at + 1 < l->rows && compare(ev, e, l, l->keys, row, at + 1) == 0)
        return eval_fail(ev, e, ERR_VALUE, "Scalar subquery produced more than one element");
    put(e, row, vec_get(l->value, l->order[at]));
    return 0;
}

static struct value is_in(const struct eval *ev, const struct expr *e, const struct lookup *l,
                          size_t row)
{
    struct value v = {.type = TYPE_BOOL};
    size_t first;
    size_t at;
    if (!find(ev, e, l, l->keys, row, &first))
        return v; /* even of NULL it is known that it is not among none */
    v.i = find(ev, e, l, l->keys + 1, row, &at);
    v.null = v.i == 0 &&
             (vec_null(&e->arg[l->keys]->out, row) || vec_null(&l->key[l->keys], l->order[first]));
    return v;
}

static int eval_lookup(struct eval *ev, struct expr *e, const uint8_t *active)
{
    const struct lookup *l = e->aux;
    for (size_t i = 0; i < ev->n; i++) {
        size_t at;
        if (l->kind == LOOKUP_EXISTS)
            put(e, i, (struct value){.type = TYPE_BOOL, .i = find(ev, e, l, l->keys, i, &at)});
        else if (l->kind == LOOKUP_IN)
            put(e, i, is_in(ev, e, l, i));
        else if (row_active(active, i))
            TRY(put_value(ev, e, l, i));
        else
            put(e, i, (struct value){.null = true});
    }
    e->out.null = e->null_buf;
    return 0;
}

const struct fn fn_lookup = {"subquery", eval_lookup, false};
