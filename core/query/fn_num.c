/* SPDX-License-Identifier: MIT
 *
 * Arithmetic, comparison and logic on vectors. */
#include "ast.h"
#include "expr.h"

static int overflow(struct eval *ev, struct expr *e, const char *what, size_t i)
{
    return eval_fail(ev, e, ERR_VALUE, "int64 overflow: %lld %s %lld",
                     (long long)e->arg[0]->out.i[i], what, (long long)e->arg[1]->out.i[i]);
}

/* One loop a type and operator: the overflow flag is looked at after the vector, and only then is
 * the row searched for that raised it. */
#define INT_ARITH(name, builtin, sign)                                                             \
    static int name(struct eval *ev, struct expr *e, const uint8_t *active)                        \
    {                                                                                              \
        const int64_t *x = e->arg[0]->out.i;                                                       \
        const int64_t *y = e->arg[1]->out.i;                                                       \
        int64_t *out = e->out.i;                                                                   \
        bool bad = false;                                                                          \
        expr_merge_nulls(e, ev->n);                                                                \
        for (size_t i = 0; i < ev->n; i++)                                                         \
            bad |= builtin(x[i], y[i], &out[i]);                                                   \
        for (size_t i = 0; bad && i < ev->n; i++)                                                  \
            if (builtin(x[i], y[i], &out[i]) && row_active(active, i) && !vec_null(&e->out, i))    \
                return overflow(ev, e, sign, i);                                                   \
        return 0;                                                                                  \
    }
INT_ARITH(add_int, __builtin_add_overflow, "+")
INT_ARITH(sub_int, __builtin_sub_overflow, "-")
INT_ARITH(mul_int, __builtin_mul_overflow, "*")

static bool finite(double v)
{
    return v - v == 0; /* NOLINT: false for infinities and NaN */
}

#define FLOAT_ARITH(name, op)                                                                      \
    static int name(struct eval *ev, struct expr *e, const uint8_t *active)                        \
    {                                                                                              \
        const double *x = e->arg[0]->out.f;                                                        \
        const double *y = e->arg[1]->out.f;                                                        \
        double *out = e->out.f;                                                                    \
        bool bad = false;                                                                          \
        expr_merge_nulls(e, ev->n);                                                                \
        for (size_t i = 0; i < ev->n; i++) {                                                       \
            out[i] = x[i] op y[i];                                                                 \
            bad |= !finite(out[i]);                                                                \
        }                                                                                          \
        for (size_t i = 0; bad && i < ev->n; i++)                                                  \
            if (!finite(out[i]) && finite(x[i]) && finite(y[i]) && row_active(active, i) &&        \
                !vec_null(&e->out, i))                                                             \
                return eval_fail(ev, e, ERR_VALUE, "double overflow: %g " #op " %g", x[i], y[i]);  \
        return 0;                                                                                  \
    }
FLOAT_ARITH(add_float, +)
FLOAT_ARITH(sub_float, -)
FLOAT_ARITH(mul_float, *)

static bool is_zero(double v)
{
    return !(v < 0) && !(v > 0) && finite(v);
}

static int div_float(struct eval *ev, struct expr *e, const uint8_t *active)
{
    const double *x = e->arg[0]->out.f;
    const double *y = e->arg[1]->out.f;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        bool zero = is_zero(y[i]);
        if (zero && row_active(active, i) && !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "division by zero: %.15g / %.15g", x[i], y[i]);
        e->out.f[i] = zero ? 0 : x[i] / y[i];
    }
    return 0;
}

static int neg_int(struct eval *ev, struct expr *e, const uint8_t *active)
{
    const int64_t *x = e->arg[0]->out.i;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        if (__builtin_sub_overflow((int64_t)0, x[i], &e->out.i[i]) && row_active(active, i) &&
            !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "int64 overflow: -(%lld)", (long long)x[i]);
    return 0;
}

static int neg_float(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.f[i] = -e->arg[0]->out.f[i];
    return 0;
}

const struct fn fn_neg_int = {"-", neg_int, false};
const struct fn fn_neg_float = {"-", neg_float, false};

const struct fn *fn_arith(int op, enum type t)
{
    static const struct fn ints[] = {[OP_ADD] = {"+", add_int, false},
                                     [OP_SUB] = {"-", sub_int, false},
                                     [OP_MUL] = {"*", mul_int, false}};
    static const struct fn floats[] = {[OP_ADD] = {"+", add_float, false},
                                       [OP_SUB] = {"-", sub_float, false},
                                       [OP_MUL] = {"*", mul_float, false},
                                       [OP_DIV] = {"/", div_float, false}};
    return t == TYPE_INT64 ? &ints[op] : &floats[op];
}

#define COMPARE(name, member, test)                                                                \
    static int name(struct eval *ev, struct expr *e, const uint8_t *active)                        \
    {                                                                                              \
        (void)active;                                                                              \
        const struct frame_col *x = &e->arg[0]->out;                                               \
        const struct frame_col *y = &e->arg[1]->out;                                               \
        expr_merge_nulls(e, ev->n);                                                                \
        for (size_t i = 0; i < ev->n; i++)                                                         \
            e->out.i[i] = test(x->member[i], y->member[i]);                                        \
        return 0;                                                                                  \
    }
#define IS_EQ(x, y)  ((x) == (y))
#define IS_NE(x, y)  ((x) != (y))
#define IS_LT(x, y)  ((x) < (y))
#define IS_LE(x, y)  ((x) <= (y))
#define IS_GT(x, y)  ((x) > (y))
#define IS_GE(x, y)  ((x) >= (y))
#define STR_EQ(x, y) str_eq(x, y)
#define STR_NE(x, y) (!str_eq(x, y))
#define STR_LT(x, y) (str_cmp(x, y) < 0)
#define STR_LE(x, y) (str_cmp(x, y) <= 0)
#define STR_GT(x, y) (str_cmp(x, y) > 0)
#define STR_GE(x, y) (str_cmp(x, y) >= 0)
COMPARE(eq_int, i, IS_EQ)
COMPARE(ne_int, i, IS_NE)
COMPARE(lt_int, i, IS_LT)
COMPARE(le_int, i, IS_LE)
COMPARE(gt_int, i, IS_GT)
COMPARE(ge_int, i, IS_GE)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wfloat-equal"
COMPARE(eq_float, f, IS_EQ)
COMPARE(ne_float, f, IS_NE)
#pragma GCC diagnostic pop
COMPARE(lt_float, f, IS_LT)
COMPARE(le_float, f, IS_LE)
COMPARE(gt_float, f, IS_GT)
COMPARE(ge_float, f, IS_GE)
COMPARE(eq_text, s, STR_EQ)
COMPARE(ne_text, s, STR_NE)
COMPARE(lt_text, s, STR_LT)
COMPARE(le_text, s, STR_LE)
COMPARE(gt_text, s, STR_GT)
COMPARE(ge_text, s, STR_GE)

static const struct fn comparisons[3][6] = {
    {{"=", eq_int, false},
     {"!=", ne_int, false},
     {"<", lt_int, false},
     {"<=", le_int, false},
     {">", gt_int, false},
     {">=", ge_int, false}},
    {{"=", eq_float, false},
     {"!=", ne_float, false},
     {"<", lt_float, false},
     {"<=", le_float, false},
     {">", gt_float, false},
     {">=", ge_float, false}},
    {{"=", eq_text, false},
     {"!=", ne_text, false},
     {"<", lt_text, false},
     {"<=", le_text, false},
     {">", gt_text, false},
     {">=", ge_text, false}},
};

const struct fn *fn_compare(int op, enum type t)
{
    int family = t == TYPE_FLOAT64 ? 1 : t == TYPE_STRING ? 2 : 0;
    return &comparisons[family][op - OP_EQ];
}

int fn_compare_op(const struct fn *fn)
{
    if (fn < &comparisons[0][0] || fn >= &comparisons[0][0] + 18)
        return -1;
    return OP_EQ + (int)((fn - &comparisons[0][0]) % 6);
}

/* AND and OR, by three values: `decides` is the value that settles a row whatever the rest is. */
static int logic(struct eval *ev, struct expr *e, const uint8_t *active, bool decides)
{
    uint8_t *open; /* rows not settled yet */
    TRY(expr_mask(ev, e, 1, &open));
    for (size_t i = 0; i < ev->n; i++) {
        open[i] = row_active(active, i);
        e->out.i[i] = !decides;
        e->null_buf[i] = 0;
    }
    for (size_t k = 0; k < e->args; k++) {
        TRY(expr_eval(ev, e->arg[k], open));
        const struct frame_col *x = &e->arg[k]->out;
        for (size_t i = 0; i < ev->n; i++) {
            if (vec_null(x, i)) {
                e->null_buf[i] |= e->out.i[i] != decides ? x->null[i] : 0;
            } else if ((x->i[i] != 0) == decides) {
                e->out.i[i] = decides;
                e->null_buf[i] = 0;
                open[i] = 0;
            }
        }
    }
    e->out.null = e->null_buf;
    return 0;
}

static int eval_and(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return logic(ev, e, active, false);
}

static int eval_or(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return logic(ev, e, active, true);
}

static int eval_not(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = !e->arg[0]->out.i[i];
    return 0;
}

static int eval_is_null(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = vec_null(&e->arg[0]->out, i) == (e->option != 0);
    return 0;
}

/* option: bit 0 the value asked for, bit 1 negated */
static int eval_is_bool(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct frame_col *x = &e->arg[0]->out;
    for (size_t i = 0; i < ev->n; i++) {
        bool is = !vec_null(x, i) && (x->i[i] != 0) == ((e->option & 1) != 0);
        e->out.i[i] = is != ((e->option & 2) != 0);
    }
    return 0;
}

const struct fn fn_and = {"AND", eval_and, true};
const struct fn fn_or = {"OR", eval_or, true};
const struct fn fn_not = {"NOT", eval_not, false};
const struct fn fn_is_null = {"IS NULL", eval_is_null, false};
const struct fn fn_is_bool = {"IS", eval_is_bool, false};
