/* SPDX-License-Identifier: MIT
 *
 * Functions on texts. Positions and lengths count characters (code points), not bytes. */
#include "fn.h"

#define ARG_S(k) (e->arg[k]->out.s)
#define ARG_I(k) (e->arg[k]->out.i)

static int eval_concat(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        size_t n = 0;
        for (size_t k = 0; k < e->args; k++)
            n += ARG_S(k)[i].n;
        char *p = eval_text(ev, n);
        if (p == NULL)
            return eval_memory(ev);
        e->out.s[i] = (struct str){p, n};
        for (size_t k = 0; k < e->args; k++) {
            struct str part = ARG_S(k)[i];
            if (part.n > 0)
                memcpy(p, part.p, part.n);
            p += part.n;
        }
    }
    return 0;
}

static int eval_length(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = (int64_t)utf8_count(ARG_S(0)[i]);
    return 0;
}

static int eval_byte_length(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = (int64_t)ARG_S(0)[i].n;
    return 0;
}

/* Characters from .. from + count - 1 of s (from 0). */
static struct str characters(struct str s, int64_t from, int64_t count)
{
    size_t at = 0;
    while (from-- > 0 && at < s.n)
        utf8_next(s, &at);
    size_t end = at;
    while (count-- > 0 && end < s.n)
        utf8_next(s, &end);
    return (struct str){s.p + at, end - at};
}

/* Position 1 is the first character, -1 the last; 0 reads as 1. */
static int eval_substr(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        int64_t at = ARG_I(1)[i];
        int64_t count = e->args > 2 ? ARG_I(2)[i] : INT64_MAX;
        if (count < 0 && row_active(active, i) && !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "Third argument in SUBSTR() cannot be negative");
        int64_t all = (int64_t)utf8_count(s);
        int64_t from = at > 0 ? at - 1 : at == 0 || at < -all ? 0 : all + at;
        e->out.s[i] = characters(s, from, count);
    }
    return 0;
}

static int eval_left(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        if (ARG_I(1)[i] < 0 && row_active(active, i) && !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "Second argument in LEFT() cannot be negative");
        e->out.s[i] = characters(ARG_S(0)[i], 0, ARG_I(1)[i]);
    }
    return 0;
}

static int eval_right(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        int64_t count = ARG_I(1)[i];
        if (count < 0 && row_active(active, i) && !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "Second argument in RIGHT() cannot be negative");
        int64_t all = (int64_t)utf8_count(s);
        e->out.s[i] = characters(s, count < all ? all - count : 0, all);
    }
    return 0;
}

static bool one_of(struct str set, uint32_t c)
{
    for (size_t at = 0; at < set.n;)
        if (utf8_next(set, &at) == c)
            return true;
    return false;
}

static struct str trim_left(struct str s, struct str set)
{
    size_t at = 0;
    while (at < s.n) {
        size_t next = at;
        if (!one_of(set, utf8_next(s, &next)))
            break;
        at = next;
    }
    return (struct str){s.p + at, s.n - at};
}

static struct str trim_right(struct str s, struct str set)
{
    while (s.n > 0) {
        size_t at = s.n - 1;
        while (at > 0 && ((unsigned char)s.p[at] & 0xC0) == 0x80)
            at--;
        size_t next = at;
        if (!one_of(set, utf8_next(s, &next)))
            break;
        s.n = at;
    }
    return s;
}

static int trim(struct eval *ev, struct expr *e, bool left, bool right)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        struct str set = e->args > 1 ? ARG_S(1)[i] : STR(" \t\n\r\v\f");
        if (left)
            s = trim_left(s, set);
        if (right)
            s = trim_right(s, set);
        e->out.s[i] = s;
    }
    return 0;
}

static int eval_trim(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return trim(ev, e, true, true);
}

static int eval_ltrim(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return trim(ev, e, true, false);
}

static int eval_rtrim(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return trim(ev, e, false, true);
}

static int eval_starts(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = str_starts(ARG_S(0)[i], ARG_S(1)[i]);
    return 0;
}

static int eval_ends(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = str_ends(ARG_S(0)[i], ARG_S(1)[i]);
    return 0;
}

/* Byte offset of `what` at or behind `from`; s.n + 1 when it is not there. */
static size_t find(struct str s, size_t from, struct str what)
{
    if (what.n > s.n - from)
        return s.n + 1;
    const char *p = what.n ? memmem(s.p + from, s.n - from, what.p, what.n) : s.p + from;
    return p ? (size_t)(p - s.p) : s.n + 1;
}

static int eval_strpos(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        size_t at = find(s, 0, ARG_S(1)[i]);
        e->out.i[i] = at > s.n ? 0 : (int64_t)utf8_count((struct str){s.p, at}) + 1;
    }
    return 0;
}

static struct str replace_all(struct eval *ev, struct str s, struct str what, struct str with)
{
    size_t hits = 0;
    for (size_t at = 0; what.n > 0 && (at = find(s, at, what)) <= s.n; at += what.n)
        hits++;
    size_t n;
    if (__builtin_mul_overflow(hits, with.n, &n))
        return STR_NULL;
    n += s.n - hits * what.n;
    char *p = eval_text(ev, n);
    if (p == NULL)
        return STR_NULL;
    struct str out = {p, n};
    size_t from = 0;
    for (size_t k = 0; k < hits; k++) {
        size_t at = find(s, from, what);
        memcpy(p, s.p + from, at - from);
        p += at - from;
        if (with.n > 0)
            memcpy(p, with.p, with.n);
        p += with.n;
        from = at + what.n;
    }
    if (s.n > from)
        memcpy(p, s.p + from, s.n - from);
    return out;
}

static int eval_replace(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        e->out.s[i] = replace_all(ev, ARG_S(0)[i], ARG_S(1)[i], ARG_S(2)[i]);
        if (e->out.s[i].p == NULL)
            return eval_memory(ev);
    }
    return 0;
}

/* One step of a pattern against one character; moves both on when they fit. */
static bool like_step(struct str s, size_t *at, struct str pattern, size_t *p)
{
    if (*at >= s.n || *p >= pattern.n)
        return false;
    size_t next = *p;
    uint32_t c = utf8_next(pattern, &next);
    bool any = c == '_';
    if (c == '\\' && next < pattern.n)
        c = utf8_next(pattern, &next);
    size_t behind = *at;
    if (utf8_next(s, &behind) != c && !any)
        return false;
    *at = behind;
    *p = next;
    return true;
}

/* % any text, _ one character, \ takes the next as it is. Goes back to the last % only, which is
 * enough because what stood before it already fits as early as it can. */
static bool like(struct str s, struct str pattern)
{
    size_t at = 0;
    size_t p = 0;
    size_t star = SIZE_MAX;
    size_t star_at = 0;
    while (at < s.n || p < pattern.n) {
        if (p < pattern.n && pattern.p[p] == '%') {
            star = ++p;
            star_at = at;
        } else if (like_step(s, &at, pattern, &p)) {
            continue;
        } else if (star != SIZE_MAX && star_at < s.n) {
            utf8_next(s, &star_at);
            at = star_at;
            p = star;
        } else {
            return false;
        }
    }
    return true;
}

static int eval_like(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = like(ARG_S(0)[i], ARG_S(1)[i]);
    return 0;
}

const struct fn fn_like = {"LIKE", eval_like, false};
const struct fn fn_concat = {"CONCAT", eval_concat, false};

const struct fn_def fns_text[] = {
    {"CONCAT", "s:s*", {"CONCAT", eval_concat, false}},
    {"LENGTH", "i:s", {"LENGTH", eval_length, false}},
    {"CHAR_LENGTH", "i:s", {"CHAR_LENGTH", eval_length, false}},
    {"BYTE_LENGTH", "i:s", {"BYTE_LENGTH", eval_byte_length, false}},
    {"SUBSTR", "s:si?i", {"SUBSTR", eval_substr, false}},
    {"SUBSTRING", "s:si?i", {"SUBSTR", eval_substr, false}},
    {"LEFT", "s:si", {"LEFT", eval_left, false}},
    {"RIGHT", "s:si", {"RIGHT", eval_right, false}},
    {"TRIM", "s:s?s", {"TRIM", eval_trim, false}},
    {"LTRIM", "s:s?s", {"LTRIM", eval_ltrim, false}},
    {"RTRIM", "s:s?s", {"RTRIM", eval_rtrim, false}},
    {"STARTS_WITH", "b:ss", {"STARTS_WITH", eval_starts, false}},
    {"ENDS_WITH", "b:ss", {"ENDS_WITH", eval_ends, false}},
    {"STRPOS", "i:ss", {"STRPOS", eval_strpos, false}},
    {"REPLACE", "s:sss", {"REPLACE", eval_replace, false}},
    {NULL, NULL, {NULL, NULL, false}},
};
