/* SPDX-License-Identifier: MIT
 *
 * Aggregates. */
#include "agg.h"

#include <math.h>

static int no_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "The query needs more memory than it may use.");
}

static bool picks(enum agg_kind k)
{
    return k == AGG_MIN || k == AGG_MAX || k == AGG_ANY;
}

static bool varies(enum agg_kind k)
{
    return k == AGG_VAR_SAMP || k == AGG_VAR_POP || k == AGG_STDDEV_SAMP || k == AGG_STDDEV_POP;
}

static bool pairs(enum agg_kind k)
{
    return k == AGG_CORR || k == AGG_COVAR_SAMP || k == AGG_COVAR_POP;
}

static bool sums(enum agg_kind k)
{
    return k == AGG_SUM || k == AGG_AVG || varies(k);
}

int agg_init(struct agg_state *s, const struct agg_spec *spec, struct arena *a, size_t vector,
             struct err *err)
{
    *s = (struct agg_state){.spec = spec, .arena = a, .vector = vector, .pairs = {.arena = a}};
    if (spec->distinct || spec->kind == AGG_COUNT_DISTINCT || spec->kind == AGG_QUANTILE)
        intern_init(&s->seen, a, spec->arg->type, spec->arg->list);
    s->ordinal = ARENA_ARRAY(a, uint32_t, vector);
    s->mask = ARENA_ARRAY(a, uint8_t, vector);
    return s->ordinal == NULL || s->mask == NULL ? no_memory(err) : 0;
}

static void *grow(struct arena *a, const void *old, size_t n, size_t cap, size_t size)
{
    void *p = arena_array(a, cap, size);
    if (p != NULL && n > 0)
        memcpy(p, old, n * size);
    return p;
}

static int reserve_best(struct agg_state *s, size_t cap, struct err *err)
{
    struct frame_col fresh = {0};
    TRY(frame_col_init(s->arena, &fresh, cap, STR(""), s->spec->type, err));
    memset(fresh.null, 1, cap);
    if (s->cap > 0)
        vec_copy(&fresh, 0, &s->best, s->cap);
    s->best = fresh;
    return 0;
}

/* Room for `cap` in the array of that name, where it is wanted. */
#define GROW(name, wanted)                                                                         \
    (!(wanted) || (s->name = grow(s->arena, s->name, s->cap, cap, sizeof *s->name)) != NULL)

int agg_reserve(struct agg_state *s, size_t n, struct err *err)
{
    if (n <= s->cap)
        return 0;
    size_t cap = s->cap * 2 > n ? s->cap * 2 : n;
    enum agg_kind kind = s->spec->kind;
    bool whole = sums(kind) && s->spec->arg->type == TYPE_INT64;
    bool floats = sums(kind) && !whole;
    bool ok = GROW(count, true) && GROW(sum, whole) && GROW(fsum, floats) &&
              GROW(squares, whole && varies(kind)) && GROW(fsquares, floats && varies(kind)) &&
              GROW(moments, pairs(kind)) && GROW(hidden, s->heeds_hidden) &&
              GROW(pair_first, kind == AGG_QUANTILE) && GROW(texts, kind == AGG_TEXT);
    if (!ok)
        return no_memory(err);
    if (picks(kind) || kind == AGG_ALL || kind == AGG_SOME)
        TRY(reserve_best(s, cap, err));
    s->cap = cap;
    return 0;
}

void agg_clear(struct agg_state *s)
{
    s->count[0] = 0;
    if (s->sum != NULL)
        s->sum[0] = 0;
    if (s->fsum != NULL)
        s->fsum[0] = (struct wide){0};
    if (s->squares != NULL)
        s->squares[0] = 0;
    if (s->fsquares != NULL)
        s->fsquares[0] = (struct wide){0};
    if (s->moments != NULL)
        s->moments[0] = (struct moments){0};
    if (s->best.null != NULL)
        s->best.null[0] = 1;
    if (s->hidden != NULL)
        s->hidden[0] = 0;
}

/* Two-sum (Knuth): what the addition rounds off is known exactly and goes to lo; so is what a
 * product rounds off, by fma. */
void wide_add(struct wide *w, double a, double b)
{
    double x = a * b;
    double rest = b == 1 ? 0 : fma(a, b, -x); /* nearly all rows count once */
    double sum = w->hi + x;
    double part = sum - w->hi;
    w->lo += (w->hi - (sum - part)) + (x - part) + rest;
    w->hi = sum;
}

double wide_value(struct wide w)
{
    return isfinite(w.hi) && isfinite(w.lo) ? w.hi + w.lo : w.hi;
}

static void add_counts(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                       const int64_t *weight, size_t n)
{
    bool when_true = s->spec->kind == AGG_COUNTIF;
    if (arg == NULL && weight == NULL) {
        for (size_t i = 0; i < n; i++)
            s->count[gid[i]]++;
        return;
    }
    if (arg == NULL) {
        for (size_t i = 0; i < n; i++)
            s->count[gid[i]] += weight[i];
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!vec_null(arg, i) && (!when_true || arg->i[i]))
            s->count[gid[i]] += weight ? weight[i] : 1;
}

static void add_sums(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                     const int64_t *weight, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (vec_null(arg, i))
            continue;
        int64_t w = weight ? weight[i] : 1;
        s->count[gid[i]] += w;
        if (s->sum != NULL)
            s->sum[gid[i]] += (int128)arg->i[i] * w;
        else
            wide_add(&s->fsum[gid[i]], arg->f[i], (double)w);
    }
}

/* What a sum of squares is from where it no longer fits: the lowest number, -2^127. */
#define SQUARES_LOST (-((int128)INT64_MIN * INT64_MIN) * 2)

static void add_square(int128 *sum, int64_t x, int64_t w)
{
    int128 square;
    if (*sum == SQUARES_LOST)
        return;
    if (__builtin_mul_overflow((int128)x * x, (int128)w, &square) ||
        __builtin_add_overflow(*sum, square, sum))
        *sum = SQUARES_LOST;
}

static void add_squares(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                        const int64_t *weight, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t w = weight ? weight[i] : 1;
        if (vec_null(arg, i))
            continue;
        if (s->squares != NULL)
            add_square(&s->squares[gid[i]], arg->i[i], w);
        else
            wide_add(&s->fsquares[gid[i]], arg->f[i] * arg->f[i], (double)w);
    }
}

static void add_moments(struct agg_state *s, const struct agg_input *in, const uint32_t *gid,
                        const int64_t *weight, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (vec_null(in->arg, i) || vec_null(in->second, i))
            continue;
        double x = in->arg->f[i];
        double y = in->second->f[i];
        int64_t w = weight ? weight[i] : 1;
        struct moments *m = &s->moments[gid[i]];
        s->count[gid[i]] += w;
        wide_add(&m->x, x, (double)w);
        wide_add(&m->y, y, (double)w);
        wide_add(&m->xx, x * (double)w, x);
        wide_add(&m->yy, y * (double)w, y);
        wide_add(&m->xy, x * (double)w, y);
    }
}

/* The count is of the values that decide: false ones for AND, true ones for OR. `best` holds
 * whether there was any value. */
static void add_logic(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                      size_t n)
{
    bool decides = s->spec->kind == AGG_SOME;
    for (size_t i = 0; i < n; i++) {
        if (vec_null(arg, i))
            continue;
        s->best.null[gid[i]] = 0;
        s->count[gid[i]] += (arg->i[i] != 0) == decides;
    }
}

static void add_best(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                     size_t n, const struct place_tree *tree)
{
    int want = s->spec->kind == AGG_MIN ? -1 : 1;
    bool any = s->spec->kind == AGG_ANY;
    for (size_t i = 0; i < n; i++) {
        uint32_t g = gid[i];
        if (vec_null(arg, i))
            continue;
        if (!s->best.null[g] && (any || vec_compare(arg, i, &s->best, g, tree) * want <= 0))
            continue;
        s->best.null[g] = 0;
        if (arg->s != NULL)
            s->best.s[g] = arg->s[i];
        else if (arg->f != NULL)
            s->best.f[g] = arg->f[i];
        else
            s->best.i[g] = arg->i[i];
    }
}

static int add_distinct(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                        size_t n, struct err *err)
{
    TRY(intern_add(&s->seen, arg, n, s->ordinal, err));
    for (size_t i = 0; i < n; i++) {
        if (vec_null(arg, i))
            continue;
        size_t before = s->pairs.n;
        uint32_t at;
        TRY(u64_map_add(&s->pairs, (uint64_t)gid[i] << 32 | s->ordinal[i], &at, err));
        s->count[gid[i]] += s->pairs.n > before;
    }
    return 0;
}

/* DISTINCT: rows whose value their group has seen get a NULL. */
static int mask_seen(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                     size_t n, struct err *err)
{
    TRY(intern_add(&s->seen, arg, n, s->ordinal, err));
    for (size_t i = 0; i < n; i++) {
        size_t before = s->pairs.n;
        uint32_t at;
        s->mask[i] = vec_null(arg, i);
        if (s->mask[i])
            continue;
        TRY(u64_map_add(&s->pairs, (uint64_t)gid[i] << 32 | s->ordinal[i], &at, err));
        s->mask[i] = s->pairs.n == before;
    }
    return 0;
}

int agg_eval(struct eval *ev, const struct agg_spec *spec, struct agg_input *out)
{
    *out = (struct agg_input){0};
    if (spec->arg != NULL) {
        TRY(expr_eval(ev, spec->arg, NULL));
        out->arg = &spec->arg->out;
    }
    if (spec->second != NULL) {
        TRY(expr_eval(ev, spec->second, NULL));
        out->second = &spec->second->out;
    }
    for (size_t k = 0; k < spec->orders; k++)
        TRY(expr_eval(ev, spec->order[k].expr, NULL));
    return 0;
}

uint64_t agg_deps(const struct agg_spec *spec)
{
    uint64_t bits = spec->arg != NULL ? spec->arg->deps : 0;
    bits |= spec->second != NULL ? spec->second->deps : 0;
    for (size_t k = 0; k < spec->orders; k++)
        bits |= spec->order[k].expr->deps;
    return bits;
}

static void note_hidden(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                        size_t n)
{
    for (size_t i = 0; arg != NULL && arg->null != NULL && i < n; i++)
        s->hidden[gid[i]] |= vec_hidden(arg, i);
}

int agg_add(struct agg_state *s, const struct agg_input *in, const uint32_t *gid,
            const int64_t *weight, size_t n, const struct place_tree *tree, struct err *err)
{
    const struct frame_col *arg = in->arg;
    struct frame_col once;
    if (s->heeds_hidden) {
        note_hidden(s, in->arg, gid, n);
        note_hidden(s, in->second, gid, n);
    }
    bool keeps = s->spec->kind == AGG_COUNT_DISTINCT || s->spec->kind == AGG_QUANTILE;
    if (s->spec->distinct && !keeps) { /* those look for themselves */
        TRY(mask_seen(s, arg, gid, n, err));
        once = *arg;
        once.null = s->mask;
        arg = &once;
        weight = NULL;
    }
    switch (s->spec->kind) {
    case AGG_COUNT:
    case AGG_COUNT_OF:
    case AGG_COUNTIF:
        add_counts(s, arg, gid, weight, n);
        return 0;
    case AGG_SUM:
    case AGG_AVG:
        add_sums(s, arg, gid, weight, n);
        return 0;
    case AGG_VAR_SAMP:
    case AGG_VAR_POP:
    case AGG_STDDEV_SAMP:
    case AGG_STDDEV_POP:
        add_sums(s, arg, gid, weight, n);
        add_squares(s, arg, gid, weight, n);
        return 0;
    case AGG_ALL:
    case AGG_SOME:
        add_logic(s, arg, gid, n);
        return 0;
    case AGG_MIN:
    case AGG_MAX:
    case AGG_ANY:
        add_best(s, arg, gid, n, tree);
        return 0;
    case AGG_COUNT_DISTINCT:
        return add_distinct(s, arg, gid, n, err);
    case AGG_TEXT:
        return agg_add_texts(s, arg, gid, n, err);
    case AGG_QUANTILE:
        return agg_add_quantiles(s, arg, gid, weight, n, err);
    case AGG_CORR:
    case AGG_COVAR_SAMP:
    case AGG_COVAR_POP:
        add_moments(s, in, gid, weight, n);
        return 0;
    }
    UNREACHABLE();
}

static long double wide_long(struct wide w)
{
    return isfinite(w.lo) ? (long double)w.hi + (long double)w.lo : (long double)w.hi;
}

/* n times the covariance of two sums: sum of the products less product of the sums / n. */
static long double spread(struct wide product, struct wide x, struct wide y, long double n)
{
    return wide_long(product) - wide_long(x) * wide_long(y) / n;
}

static void pair_result(const struct agg_state *s, size_t g, struct frame_col *out, size_t to)
{
    const struct moments *m = &s->moments[g];
    enum agg_kind k = s->spec->kind;
    int64_t count = s->count[g];
    long double n = (long double)count;
    out->null[to] = count < (k == AGG_COVAR_POP ? 1 : 2);
    if (out->null[to])
        return;
    long double xy = spread(m->xy, m->x, m->y, n);
    if (k != AGG_CORR) {
        out->f[to] = (double)(xy / (k == AGG_COVAR_SAMP ? n - 1 : n));
        return;
    }
    long double both = spread(m->xx, m->x, m->x, n) * spread(m->yy, m->y, m->y, n);
    double r = both > 0 ? (double)(xy / sqrtl(both)) : (double)NAN; /* one of them does not vary */
    out->f[to] = r > 1 ? 1 : r < -1 ? -1 : r;
}

/* The variance of group g: (sum of squares - square of the sum / n) / (n, or n - 1). */
static long double variance(const struct agg_state *s, size_t g, bool sample)
{
    long double n = (long double)s->count[g];
    long double sum = s->sum ? (long double)s->sum[g] : wide_long(s->fsum[g]);
    long double squares = s->squares ? (long double)s->squares[g] : wide_long(s->fsquares[g]);
    long double v = (squares - sum * sum / n) / (sample ? n - 1 : n);
    return v > 0 ? v : 0;
}

static int variance_result(const struct agg_state *s, size_t g, struct frame_col *out, size_t to,
                           struct err *err)
{
    enum agg_kind k = s->spec->kind;
    bool sample = k == AGG_VAR_SAMP || k == AGG_STDDEV_SAMP;
    out->null[to] = s->count[g] < (sample ? 2 : 1);
    if (out->null[to])
        return 0;
    if (s->squares != NULL && s->squares[g] == SQUARES_LOST)
        return err_set(err, ERR_VALUE, "The squares of the values are too large to be summed up");
    long double v = variance(s, g, sample);
    out->f[to] = (double)(k == AGG_STDDEV_SAMP || k == AGG_STDDEV_POP ? sqrtl(v) : v);
    return 0;
}

/* Whether anything was added that a sum can speak of: weights may cancel out. */
static int sum_result(const struct agg_state *s, size_t g, struct frame_col *out, size_t to,
                      struct err *err)
{
    bool average = s->spec->kind == AGG_AVG;
    out->null[to] = s->count[g] == 0;
    if (out->null[to])
        return 0;
    if (average) {
        double total = s->sum ? (double)s->sum[g] : wide_value(s->fsum[g]);
        out->f[to] = total / (double)s->count[g];
    } else if (s->sum == NULL) {
        out->f[to] = wide_value(s->fsum[g]);
    } else if (s->sum[g] > INT64_MAX || s->sum[g] < INT64_MIN) {
        return err_set(err, ERR_VALUE, "int64 overflow in SUM");
    } else {
        out->i[to] = (int64_t)s->sum[g];
    }
    return 0;
}

int agg_result(const struct agg_state *s, size_t g, struct frame_col *out, size_t to,
               struct err *err)
{
    if (s->hidden != NULL && s->hidden[g]) {
        out->null[to] = FRAME_HIDDEN;
        return 0;
    }
    if (varies(s->spec->kind))
        return variance_result(s, g, out, to, err);
    if (s->spec->kind == AGG_ALL || s->spec->kind == AGG_SOME) {
        out->null[to] = s->best.null[g];
        out->i[to] = s->spec->kind == AGG_SOME ? s->count[g] > 0 : s->count[g] == 0;
        return 0;
    }
    if (sums(s->spec->kind))
        return sum_result(s, g, out, to, err);
    if (picks(s->spec->kind)) {
        struct frame_col one = s->best;
        one.null = s->best.null + g;
        one.s = s->best.s ? s->best.s + g : NULL;
        one.f = s->best.f ? s->best.f + g : NULL;
        one.i = s->best.i ? s->best.i + g : NULL;
        vec_copy(out, to, &one, 1);
        return 0;
    }
    if (pairs(s->spec->kind)) {
        pair_result(s, g, out, to);
        return 0;
    }
    if (s->spec->kind == AGG_QUANTILE)
        return agg_quantile(s, g, out, to, err);
    if (s->spec->kind == AGG_TEXT) {
        out->null[to] = s->texts[g] == NULL;
        return out->null[to] ? 0 : agg_join_texts(s, g, &out->s[to], err);
    }
    out->null[to] = 0;
    out->i[to] = s->count[g];
    return 0;
}
