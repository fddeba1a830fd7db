/* SPDX-License-Identifier: MIT
 *
 * Functions on numbers. */
#include <math.h>

#include "fn.h"

#define ARG_I(k) (e->arg[k]->out.i)
#define ARG_F(k) (e->arg[k]->out.f)

static bool counts(const struct expr *e, const uint8_t *active, size_t i)
{
    return row_active(active, i) && !vec_null(&e->out, i);
}

static int eval_abs(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        if (e->type == TYPE_FLOAT64)
            e->out.f[i] = fabs(ARG_F(0)[i]);
        else if (ARG_I(0)[i] != INT64_MIN)
            e->out.i[i] = ARG_I(0)[i] < 0 ? -ARG_I(0)[i] : ARG_I(0)[i];
        else if (counts(e, active, i))
            return eval_fail(ev, e, ERR_VALUE, "int64 overflow: ABS(%lld)", (long long)ARG_I(0)[i]);
    }
    return 0;
}

static int eval_sign(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        if (e->type == TYPE_FLOAT64)
            e->out.f[i] = (ARG_F(0)[i] > 0) - (ARG_F(0)[i] < 0);
        else
            e->out.i[i] = (ARG_I(0)[i] > 0) - (ARG_I(0)[i] < 0);
    }
    return 0;
}

/* To `digits` places behind the point, halves away from zero. */
static double round_to(double v, int64_t digits)
{
    if (digits > 300 || !isfinite(v))
        return v;
    if (digits < -308)
        return 0;
    double scale = pow(10, fabs((double)digits));
    double scaled = digits < 0 ? v / scale : v * scale;
    if (fabs(scaled) > 4503599627370496.0) /* 2^52: nothing behind the point */
        return v;
    double rounded = round(scaled);
    return digits < 0 ? rounded * scale : rounded / scale;
}

static double trunc_to(double v, int64_t digits)
{
    if (digits > 300 || !isfinite(v))
        return v;
    if (digits < -308)
        return 0;
    double scale = pow(10, fabs((double)digits));
    double scaled = digits < 0 ? v / scale : v * scale;
    return fabs(scaled) > 4503599627370496.0 ? v
           : digits < 0                      ? trunc(scaled) * scale
                                             : trunc(scaled) / scale;
}

static int eval_round(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.f[i] = round_to(ARG_F(0)[i], e->args > 1 ? ARG_I(1)[i] : 0);
    return 0;
}

static int eval_trunc(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.f[i] = trunc_to(ARG_F(0)[i], e->args > 1 ? ARG_I(1)[i] : 0);
    return 0;
}

/* One function of one double, where `valid` says for which it is defined. */
#define UNARY_MATH(name, text, call, valid)                                                        \
    static int name(struct eval *ev, struct expr *e, const uint8_t *active)                        \
    {                                                                                              \
        expr_merge_nulls(e, ev->n);                                                                \
        for (size_t i = 0; i < ev->n; i++) {                                                       \
            double x = ARG_F(0)[i];                                                                \
            if (valid)                                                                             \
                e->out.f[i] = call;                                                                \
            else if (counts(e, active, i))                                                         \
                return eval_fail(ev, e, ERR_VALUE, text " is not defined for %.15g", x);           \
            else                                                                                   \
                e->out.f[i] = 0;                                                                   \
        }                                                                                          \
        return 0;                                                                                  \
    }
UNARY_MATH(eval_floor, "FLOOR", floor(x), true)
UNARY_MATH(eval_ceil, "CEIL", ceil(x), true)
UNARY_MATH(eval_sqrt, "SQRT", sqrt(x), x >= 0)
UNARY_MATH(eval_ln, "LN", log(x), x > 0)
UNARY_MATH(eval_log10, "LOG10", log10(x), x > 0)
UNARY_MATH(eval_exp, "EXP", exp(x), x < 709.78)

static int eval_pow(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        double v = pow(ARG_F(0)[i], ARG_F(1)[i]);
        if (!isfinite(v) && counts(e, active, i))
            return eval_fail(ev, e, ERR_VALUE, "POW(%.15g, %.15g) is not a finite number",
                             ARG_F(0)[i], ARG_F(1)[i]);
        e->out.f[i] = isfinite(v) ? v : 0;
    }
    return 0;
}

static int int_divide(struct eval *ev, struct expr *e, const uint8_t *active, bool rest)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        int64_t x = ARG_I(0)[i];
        int64_t y = ARG_I(1)[i];
        e->out.i[i] = 0;
        if (y == 0 && counts(e, active, i))
            return eval_fail(ev, e, ERR_VALUE, "division by zero: %s(%lld, 0)",
                             rest ? "MOD" : "DIV", (long long)x);
        if (y == -1 && x == INT64_MIN && !rest && counts(e, active, i))
            return eval_fail(ev, e, ERR_VALUE, "int64 overflow: DIV(%lld, -1)", (long long)x);
        if (y == 0 || (y == -1 && x == INT64_MIN))
            continue;
        e->out.i[i] = rest ? x % y : x / y;
    }
    return 0;
}

static int eval_mod(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return int_divide(ev, e, active, true);
}

static int eval_div(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return int_divide(ev, e, active, false);
}

static int eval_safe_divide(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    bool nulls = e->out.null != NULL;
    for (size_t i = 0; i < ev->n; i++) {
        double v = ARG_F(0)[i] / ARG_F(1)[i];
        bool bad = !isfinite(v);
        e->out.f[i] = bad ? 0 : v;
        e->null_buf[i] = nulls && e->null_buf[i] ? e->null_buf[i] : bad;
    }
    e->out.null = e->null_buf;
    return 0;
}

/* NULL when any is NULL. */
static int pick(struct eval *ev, struct expr *e, int want)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        size_t best = 0;
        for (size_t k = 1; k < e->args && !vec_null(&e->out, i); k++)
            if (vec_compare(&e->arg[k]->out, i, &e->arg[best]->out, i, ev->places) * want > 0)
                best = k;
        const struct frame_col *from = &e->arg[best]->out;
        if (e->out.s != NULL)
            e->out.s[i] = from->s[i];
        else if (e->out.f != NULL)
            e->out.f[i] = from->f[i];
        else
            e->out.i[i] = from->i[i];
    }
    return 0;
}

static int eval_least(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return pick(ev, e, -1);
}

static int eval_greatest(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return pick(ev, e, 1);
}

const struct fn fn_least = {"LEAST", eval_least, false};
const struct fn fn_greatest = {"GREATEST", eval_greatest, false};

const struct fn_def fns_num[] = {
    {"ABS", "n:n", {"ABS", eval_abs, false}},
    {"SIGN", "n:n", {"SIGN", eval_sign, false}},
    {"ROUND", "f:f?i", {"ROUND", eval_round, false}},
    {"TRUNC", "f:f?i", {"TRUNC", eval_trunc, false}},
    {"FLOOR", "f:f", {"FLOOR", eval_floor, false}},
    {"CEIL", "f:f", {"CEIL", eval_ceil, false}},
    {"CEILING", "f:f", {"CEIL", eval_ceil, false}},
    {"SQRT", "f:f", {"SQRT", eval_sqrt, false}},
    {"LN", "f:f", {"LN", eval_ln, false}},
    {"LOG10", "f:f", {"LOG10", eval_log10, false}},
    {"EXP", "f:f", {"EXP", eval_exp, false}},
    {"POW", "f:ff", {"POW", eval_pow, false}},
    {"POWER", "f:ff", {"POW", eval_pow, false}},
    {"MOD", "i:ii", {"MOD", eval_mod, false}},
    {"DIV", "i:ii", {"DIV", eval_div, false}},
    {"SAFE_DIVIDE", "f:ff", {"SAFE_DIVIDE", eval_safe_divide, false}},
    {NULL, NULL, {NULL, NULL, false}},
};
