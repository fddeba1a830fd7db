/* SPDX-License-Identifier: MIT
 *
 * CAST and SAFE_CAST. */
#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/date.h"
#include "fn.h"

/* What a cast does with one value: false when it cannot be done. */
typedef bool (*cast_one)(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i);

static bool keep_text(struct eval *ev, struct frame_col *out, size_t i, const char *s, size_t n)
{
    char *p = eval_text(ev, n);
    if (p == NULL)
        return false;
    memcpy(p, s, n);
    out->s[i] = (struct str){p, n};
    return true;
}

static bool int_to_text(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                        size_t i)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)in->i[i]);
    return keep_text(ev, out, i, digits, (size_t)n);
}

static bool float_to_text(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                          size_t i)
{
    struct buf b;
    buf_init(&b, MEM_QUERY);
    buf_f64(&b, in->f[i], true);
    bool done = !b.failed && keep_text(ev, out, i, b.p, b.n);
    buf_fini(&b);
    return done;
}

static bool bool_to_text(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i)
{
    (void)ev;
    out->s[i] = in->i[i] ? STR("true") : STR("false");
    return true;
}

static bool date_to_text(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i)
{
    char text[11];
    date_format((int32_t)in->i[i], text);
    return keep_text(ev, out, i, text, 10);
}

static bool text_to_int(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                        size_t i)
{
    (void)ev;
    return str_to_i64(str_trim(in->s[i]), &out->i[i]) == 0;
}

static bool text_to_float(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                          size_t i)
{
    (void)ev;
    return str_to_f64(str_trim(in->s[i]), &out->f[i]) == 0;
}

static bool text_to_bool(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i)
{
    (void)ev;
    out->i[i] = str_eq_nocase(in->s[i], STR("true"));
    return out->i[i] || str_eq_nocase(in->s[i], STR("false"));
}

static bool text_to_date(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i)
{
    (void)ev;
    int32_t day = 0;
    bool ok = date_parse_iso(in->s[i], &day, NULL) == 0;
    out->i[i] = day;
    return ok;
}

static bool int_to_float(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i)
{
    (void)ev;
    out->f[i] = (double)in->i[i];
    return true;
}

static bool float_to_int(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                         size_t i)
{
    (void)ev;
    double v = round(in->f[i]);
    if (!(v >= -9223372036854775808.0 && v < 9223372036854775808.0))
        return false;
    out->i[i] = (int64_t)v;
    return true;
}

static bool int_to_bool(struct eval *ev, const struct frame_col *in, struct frame_col *out,
                        size_t i)
{
    (void)ev;
    out->i[i] = in->i[i] != 0;
    return true;
}

static bool same(struct eval *ev, const struct frame_col *in, struct frame_col *out, size_t i)
{
    (void)ev;
    if (out->s != NULL)
        out->s[i] = in->s[i];
    else if (out->f != NULL)
        out->f[i] = in->f[i];
    else
        out->i[i] = in->i[i];
    return true;
}

static cast_one cast_between(enum type from, enum type to)
{
    static const struct {
        enum type from, to;
        cast_one cast;
    } casts[] = {
        {TYPE_INT64, TYPE_STRING, int_to_text},
        {TYPE_FLOAT64, TYPE_STRING, float_to_text},
        {TYPE_BOOL, TYPE_STRING, bool_to_text},
        {TYPE_DATE, TYPE_STRING, date_to_text},
        {TYPE_STRING, TYPE_INT64, text_to_int},
        {TYPE_STRING, TYPE_FLOAT64, text_to_float},
        {TYPE_STRING, TYPE_BOOL, text_to_bool},
        {TYPE_STRING, TYPE_DATE, text_to_date},
        {TYPE_INT64, TYPE_FLOAT64, int_to_float},
        {TYPE_FLOAT64, TYPE_INT64, float_to_int},
        {TYPE_INT64, TYPE_BOOL, int_to_bool},
        {TYPE_BOOL, TYPE_INT64, same},
        {TYPE_INT64, TYPE_INT64, same},
        {TYPE_FLOAT64, TYPE_FLOAT64, same},
        {TYPE_STRING, TYPE_STRING, same},
        {TYPE_BOOL, TYPE_BOOL, same},
        {TYPE_DATE, TYPE_DATE, same},
    };
    for (size_t i = 0; i < ARRAY_LEN(casts); i++)
        if (casts[i].from == from && casts[i].to == to)
            return casts[i].cast;
    return NULL;
}

static int cast_failed(struct eval *ev, struct expr *e, size_t i)
{
    const struct frame_col *in = &e->arg[0]->out;
    if (e->arg[0]->type == TYPE_STRING)
        return eval_fail(ev, e, ERR_VALUE, "Bad %s value: \"%.*s\"", type_name(e->type),
                         (int)(in->s[i].n < 100 ? in->s[i].n : 100), in->s[i].p);
    if (e->arg[0]->type == TYPE_FLOAT64)
        return eval_fail(ev, e, ERR_VALUE, "Cannot cast %.15g to %s", in->f[i], type_name(e->type));
    return eval_memory(ev);
}

static int cast(struct eval *ev, struct expr *e, const uint8_t *active, bool safe)
{
    cast_one one = cast_between(e->arg[0]->type, e->type);
    ASSERT(one != NULL);
    const struct frame_col *in = &e->arg[0]->out;
    for (size_t i = 0; i < ev->n; i++) {
        e->null_buf[i] = vec_null(in, i);
        bool done = !e->null_buf[i] && one(ev, in, &e->out, i);
        if (!done && !e->null_buf[i] && !safe && row_active(active, i))
            return cast_failed(ev, e, i);
        e->null_buf[i] = vec_hidden(in, i) ? FRAME_HIDDEN : !done;
        if (!done && e->out.s != NULL)
            e->out.s[i] = STR("");
    }
    e->out.null = e->null_buf;
    return 0;
}

static int eval_cast(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return cast(ev, e, active, false);
}

static int eval_safe_cast(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return cast(ev, e, active, true);
}

const struct fn *fn_cast(enum type from, enum type to, bool safe)
{
    static const struct fn plain = {"CAST", eval_cast, false};
    static const struct fn careful = {"SAFE_CAST", eval_safe_cast, false};
    if (cast_between(from, to) == NULL)
        return NULL;
    return safe ? &careful : &plain;
}

static int eval_int_float(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.f[i] = (double)e->arg[0]->out.i[i];
    return 0;
}

const struct fn fn_int_float = {"FLOAT64", eval_int_float, false};
