/* SPDX-License-Identifier: MIT
 *
 * Aggregates that keep values: the texts of STRING_AGG, each with what it is ordered by, and the
 * different values of APPROX_QUANTILES, each with what it weighs. */
#include <stdlib.h>

#include "agg.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "The query needs more memory than it may use.");
}

/* ---- STRING_AGG ---- */

struct text_list {
    struct str s;
    int64_t number;    /* as they came */
    struct value *key; /* by sort key */
    struct text_list *next;
};

/* Lists are kept newest first. */
int agg_add_texts(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid, size_t n,
                  struct err *err)
{
    const struct agg_spec *spec = s->spec;
    for (size_t i = 0; i < n; i++) {
        if (vec_null(arg, i))
            continue;
        struct text_list *t = ARENA_NEW(s->arena, struct text_list);
        if (t == NULL)
            return no_memory(err);
        t->key = ARENA_ARRAY(s->arena, struct value, spec->orders);
        if (t->key == NULL)
            return no_memory(err);
        for (size_t k = 0; k < spec->orders; k++)
            t->key[k] = vec_get(&spec->order[k].expr->out, i);
        t->s = arg->s[i];
        t->next = s->texts[gid[i]];
        s->texts[gid[i]] = t;
        t->number = s->count[gid[i]]++;
    }
    return 0;
}

static int compare_values(const struct value *a, const struct value *b)
{
    if (a->type == TYPE_STRING)
        return str_cmp(a->s, b->s);
    if (a->type == TYPE_FLOAT64)
        return (a->f > b->f) - (a->f < b->f);
    return (a->i > b->i) - (a->i < b->i);
}

static int by_sort_keys(const void *a, const void *b, void *ctx)
{
    const struct agg_spec *spec = ctx;
    const struct text_list *x = *(struct text_list *const *)a;
    const struct text_list *y = *(struct text_list *const *)b;
    for (size_t k = 0; k < spec->orders; k++) {
        const struct sort_key *key = &spec->order[k];
        const struct value *v = &x->key[k];
        const struct value *w = &y->key[k];
        if (v->null != w->null)
            return v->null == key->nulls_last ? 1 : -1;
        int c = v->null ? 0 : compare_values(v, w);
        if (c != 0)
            return key->desc ? -c : c;
    }
    return (x->number > y->number) - (x->number < y->number);
}

/* The texts in the order asked for; where that leaves it open, as they came. */
static int order_texts(const struct agg_state *s, size_t g, struct text_list ***out, size_t *count,
                       struct err *err)
{
    size_t n = 0;
    for (const struct text_list *t = s->texts[g]; t != NULL; t = t->next)
        n++;
    *out = ARENA_ARRAY(s->arena, struct text_list *, n);
    if (*out == NULL)
        return no_memory(err);
    *count = n;
    for (struct text_list *t = s->texts[g]; t != NULL; t = t->next)
        (*out)[--n] = t;
    if (s->spec->orders > 0)
        qsort_r(*out, *count, sizeof(struct text_list *), by_sort_keys, (void *)(uintptr_t)s->spec);
    return 0;
}

int agg_join_texts(const struct agg_state *s, size_t g, struct str *out, struct err *err)
{
    struct text_list **text;
    struct str separator = s->spec->separator;
    size_t count = 0;
    TRY(order_texts(s, g, &text, &count, err));
    if (s->spec->limit < (int64_t)count)
        count = (size_t)s->spec->limit;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += text[i]->s.n + (i > 0 ? separator.n : 0);
    char *p = arena_alloc(s->arena, n + 1);
    if (p == NULL)
        return no_memory(err);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && separator.n > 0)
            memcpy(p + at, separator.p, separator.n);
        at += i > 0 ? separator.n : 0;
        if (text[i]->s.n > 0)
            memcpy(p + at, text[i]->s.p, text[i]->s.n);
        at += text[i]->s.n;
    }
    *out = (struct str){p, n};
    return 0;
}

/* ---- APPROX_QUANTILES ---- */

static int grow_pairs(struct agg_state *s, struct err *err)
{
    size_t cap = s->pair_cap ? s->pair_cap * 2 : 64;
    int64_t *weight = ARENA_ARRAY(s->arena, int64_t, cap);
    uint32_t *next = ARENA_ARRAY(s->arena, uint32_t, cap);
    if (weight == NULL || next == NULL)
        return no_memory(err);
    if (s->pair_cap > 0) {
        memcpy(weight, s->pair_weight, s->pair_cap * sizeof *weight);
        memcpy(next, s->pair_next, s->pair_cap * sizeof *next);
    }
    s->pair_weight = weight;
    s->pair_next = next;
    s->pair_cap = cap;
    return 0;
}

int agg_add_quantiles(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                      const int64_t *weight, size_t n, struct err *err)
{
    TRY(intern_add(&s->seen, arg, n, s->ordinal, err));
    for (size_t i = 0; i < n; i++) {
        if (vec_null(arg, i))
            continue;
        size_t before = s->pairs.n;
        uint32_t at;
        TRY(u64_map_add(&s->pairs, (uint64_t)gid[i] << 32 | s->ordinal[i], &at, err));
        if (at >= s->pair_cap)
            TRY(grow_pairs(s, err));
        if (s->pairs.n > before) {
            s->pair_next[at] = s->pair_first[gid[i]];
            s->pair_first[gid[i]] = at + 1;
        }
        if (s->spec->distinct)
            s->pair_weight[at] = 1;
        else
            s->pair_weight[at] += weight ? weight[i] : 1;
    }
    return 0;
}

struct weighted {
    uint32_t ordinal;
    int64_t weight;
};

static int by_seen_value(const void *a, const void *b, void *ctx)
{
    const struct frame_col *c = ctx;
    return vec_compare(c, ((const struct weighted *)a)->ordinal, c,
                       ((const struct weighted *)b)->ordinal, NULL);
}

/* The value at whose place which / quantiles of all that the group counts is reached; number 0 is
 * the least. Values that corrections took back entirely are not there. */
int agg_quantile(const struct agg_state *s, size_t g, struct frame_col *out, size_t to,
                 struct err *err)
{
    size_t n = 0;
    int64_t total = 0;
    for (uint32_t p = s->pair_first[g]; p != 0; p = s->pair_next[p - 1])
        n++;
    struct weighted *value = ARENA_ARRAY(s->arena, struct weighted, n);
    if (value == NULL)
        return no_memory(err);
    n = 0;
    for (uint32_t p = s->pair_first[g]; p != 0; p = s->pair_next[p - 1]) {
        if (s->pair_weight[p - 1] <= 0)
            continue;
        value[n++] = (struct weighted){(uint32_t)s->pairs.key[p - 1], s->pair_weight[p - 1]};
        total += s->pair_weight[p - 1];
    }
    out->null[to] = n == 0;
    if (n == 0)
        return 0;
    qsort_r(value, n, sizeof *value, by_seen_value, (void *)(uintptr_t)&s->seen.value);
    /* The rank, from 1: which * total / quantiles, rounded up. */
    int128 share = (int128)s->spec->which * total + s->spec->quantiles - 1;
    int64_t rank = (int64_t)(share / s->spec->quantiles);
    size_t i = 0;
    for (int64_t sum = value[0].weight; sum < rank; sum += value[i].weight)
        i++;
    vec_copy_cell(out, to, &s->seen.value, value[i].ordinal);
    return 0;
}
