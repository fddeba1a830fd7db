/* SPDX-License-Identifier: MIT
 *
 * Choosing between values: IF, CASE, COALESCE, NULLIF, IN. */
#include <stdlib.h>

#include "expr.h"

static void take(struct expr *e, size_t i, const struct frame_col *from)
{
    e->null_buf[i] = from->null ? from->null[i] : 0;
    if (e->out.s != NULL)
        e->out.s[i] = from->s[i];
    else if (e->out.f != NULL)
        e->out.f[i] = from->f[i];
    else
        e->out.i[i] = from->i[i];
}

static void take_null(struct expr *e, size_t i)
{
    e->null_buf[i] = 1;
    if (e->out.s != NULL)
        e->out.s[i] = STR("");
    else if (e->out.f != NULL)
        e->out.f[i] = 0;
    else
        e->out.i[i] = 0;
}

/* when, then, when, then, ..., else. IF is the shortest of them. What a hidden condition would have
 * chosen is hidden. */
static int eval_case(struct eval *ev, struct expr *e, const uint8_t *active)
{
    uint8_t *mask; /* rows still open; rows of one arm; those of them that count; rows done */
    TRY(expr_mask(ev, e, 4, &mask));
    uint8_t *open = mask;
    uint8_t *arm = mask + ev->n;
    uint8_t *raise = mask + 2 * ev->n;
    uint8_t *done = mask + 3 * ev->n;
    for (size_t i = 0; i < ev->n; i++) {
        open[i] = row_active(active, i);
        done[i] = 0;
    }
    for (size_t k = 0; k + 1 < e->args; k += 2) {
        TRY(expr_eval(ev, e->arg[k], open));
        const struct frame_col *when = &e->arg[k]->out;
        for (size_t i = 0; i < ev->n; i++) {
            if (!done[i] && vec_hidden(when, i)) {
                take_null(e, i);
                e->null_buf[i] = FRAME_HIDDEN;
                done[i] = 1;
                open[i] = 0;
            }
            arm[i] = !done[i] && vec_true(when, i);
            raise[i] = arm[i] && open[i];
            open[i] = open[i] && !arm[i];
        }
        TRY(expr_eval(ev, e->arg[k + 1], raise));
        for (size_t i = 0; i < ev->n; i++)
            if (arm[i]) {
                take(e, i, &e->arg[k + 1]->out);
                done[i] = 1;
            }
    }
    TRY(expr_eval(ev, e->arg[e->args - 1], open));
    for (size_t i = 0; i < ev->n; i++)
        if (!done[i])
            take(e, i, &e->arg[e->args - 1]->out);
    e->out.null = e->null_buf;
    return 0;
}

/* What is hidden is there: nothing else stands in for it. */
static int eval_coalesce(struct eval *ev, struct expr *e, const uint8_t *active)
{
    uint8_t *open;
    TRY(expr_mask(ev, e, 1, &open));
    for (size_t i = 0; i < ev->n; i++) {
        open[i] = row_active(active, i);
        take_null(e, i);
    }
    for (size_t k = 0; k < e->args; k++) {
        TRY(expr_eval(ev, e->arg[k], open));
        for (size_t i = 0; i < ev->n; i++)
            if (e->null_buf[i] == 1 &&
                (!vec_null(&e->arg[k]->out, i) || vec_hidden(&e->arg[k]->out, i))) {
                take(e, i, &e->arg[k]->out);
                open[i] = 0;
            }
    }
    e->out.null = e->null_buf;
    return 0;
}

static bool same(const struct frame_col *x, const struct frame_col *y, size_t i)
{
    if (vec_null(x, i) || vec_null(y, i))
        return false;
    if (x->s != NULL)
        return str_eq(x->s[i], y->s[i]);
    return x->f != NULL ? x->f[i] <= y->f[i] && x->f[i] >= y->f[i] : x->i[i] == y->i[i];
}

static int eval_nullif(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    for (size_t i = 0; i < ev->n; i++) {
        if (same(&e->arg[0]->out, &e->arg[1]->out, i))
            take_null(e, i);
        else
            take(e, i, &e->arg[0]->out);
    }
    e->out.null = e->null_buf;
    return 0;
}

/* The constants of an IN list, sorted. */
struct in_set {
    size_t n;
    bool has_null;
    int64_t *i;
    double *f;
    struct str *s;
};

static int by_int(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int by_float(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int in_set_build(struct eval *ev, struct expr *e, struct in_set **out)
{
    struct in_set *set = ARENA_NEW(ev->arena, struct in_set);
    if (set == NULL)
        return eval_memory(ev);
    enum type t = e->arg[0]->type;
    if (t == TYPE_STRING)
        set->s = ARENA_ARRAY(ev->arena, struct str, e->args);
    else if (t == TYPE_FLOAT64)
        set->f = ARENA_ARRAY(ev->arena, double, e->args);
    else
        set->i = ARENA_ARRAY(ev->arena, int64_t, e->args);
    if (set->s == NULL && set->f == NULL && set->i == NULL)
        return eval_memory(ev);
    for (size_t k = 1; k < e->args; k++) {
        const struct value *v = &e->arg[k]->value;
        if (v->null) {
            set->has_null = true;
            continue;
        }
        if (set->s != NULL)
            set->s[set->n++] = v->s;
        else if (set->f != NULL)
            set->f[set->n++] = v->f;
        else
            set->i[set->n++] = v->i;
    }
    if (set->s != NULL)
        qsort(set->s, set->n, sizeof *set->s, by_text);
    else if (set->f != NULL)
        qsort(set->f, set->n, sizeof *set->f, by_float);
    else
        qsort(set->i, set->n, sizeof *set->i, by_int);
    *out = set;
    return 0;
}

static bool in_set_has(const struct in_set *set, const struct frame_col *x, size_t i)
{
    if (set->s != NULL)
        return bsearch(&x->s[i], set->s, set->n, sizeof *set->s, by_text) != NULL;
    if (set->f != NULL)
        return bsearch(&x->f[i], set->f, set->n, sizeof *set->f, by_float) != NULL;
    return bsearch(&x->i[i], set->i, set->n, sizeof *set->i, by_int) != NULL;
}

static int eval_in(struct eval *ev, struct expr *e, const uint8_t *active)
{
    TRY(expr_eval(ev, e->arg[0], active));
    struct in_set *set = e->state;
    if (set == NULL) {
        TRY(in_set_build(ev, e, &set));
        e->state = set;
    }
    const struct frame_col *x = &e->arg[0]->out;
    for (size_t i = 0; i < ev->n; i++) {
        e->out.i[i] = !vec_null(x, i) && in_set_has(set, x, i);
        e->null_buf[i] = vec_null(x, i) ? x->null[i] : set->has_null && !e->out.i[i];
    }
    e->out.null = e->null_buf;
    return 0;
}

static int eval_in_any(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct frame_col *x = &e->arg[0]->out;
    for (size_t i = 0; i < ev->n; i++) {
        bool found = false;
        bool unknown = vec_null(x, i);
        for (size_t k = 1; k < e->args && !found; k++) {
            found = same(x, &e->arg[k]->out, i);
            unknown = unknown || vec_null(&e->arg[k]->out, i);
        }
        e->out.i[i] = found;
        e->null_buf[i] = !found && unknown;
    }
    e->out.null = e->null_buf;
    return 0;
}

const struct fn fn_case = {"CASE", eval_case, true};
const struct fn fn_if = {"IF", eval_case, true};
const struct fn fn_coalesce = {"COALESCE", eval_coalesce, true};
const struct fn fn_nullif = {"NULLIF", eval_nullif, false};
const struct fn fn_in = {"IN", eval_in, true};
const struct fn fn_in_any = {"IN", eval_in_any, false};
