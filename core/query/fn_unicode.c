/* SPDX-License-Identifier: MIT
 *
 * Functions on texts that need to know letters: case, normal forms (utf8proc), order and width in
 * characters. A character is a code point, as in GoogleSQL: a Devanagari letter and its vowel sign
 * are two. */
#include <utf8proc.h>

#include "base/limits.h"
#include "fn.h"

#define ARG_S(k) (e->arg[k]->out.s)
#define ARG_I(k) (e->arg[k]->out.i)

typedef utf8proc_int32_t (*letter_fn)(utf8proc_int32_t c);

/* A changed letter may take more bytes than it did: at most 4. */
static int write_letter(char *p, uint32_t c, letter_fn change)
{
    return (int)utf8_put(p, change ? (uint32_t)change((utf8proc_int32_t)c) : c);
}

static int change_letters(struct eval *ev, struct expr *e, letter_fn change)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        char *p = eval_text(ev, utf8_count(s) * 4);
        if (p == NULL)
            return eval_memory(ev);
        size_t n = 0;
        for (size_t at = 0; at < s.n;)
            n += (size_t)write_letter(p + n, utf8_next(s, &at), change);
        e->out.s[i] = (struct str){p, n};
    }
    return 0;
}

static int eval_upper(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return change_letters(ev, e, utf8proc_toupper);
}

static int eval_lower(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    return change_letters(ev, e, utf8proc_tolower);
}

static bool one_of(struct str set, uint32_t c)
{
    for (size_t at = 0; at < set.n;)
        if (utf8_next(set, &at) == c)
            return true;
    return false;
}

/* INITCAP(text [, delimiters]) */
static int eval_initcap(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        struct str gaps =
            e->args > 1 ? ARG_S(1)[i] : STR(" \t\n\r\v\f[](){}/|<>!?@\"^#$&~_,.:;*%+-");
        char *p = eval_text(ev, utf8_count(s) * 4);
        if (p == NULL)
            return eval_memory(ev);
        size_t n = 0;
        bool first = true;
        for (size_t at = 0; at < s.n;) {
            uint32_t c = utf8_next(s, &at);
            n += (size_t)write_letter(p + n, c, first ? utf8proc_toupper : utf8proc_tolower);
            first = one_of(gaps, c);
        }
        e->out.s[i] = (struct str){p, n};
    }
    return 0;
}

static int eval_reverse(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        char *p = eval_text(ev, s.n);
        if (p == NULL)
            return eval_memory(ev);
        for (size_t at = 0; at < s.n;) {
            size_t from = at;
            utf8_next(s, &at);
            memcpy(p + s.n - at, s.p + from, at - from);
        }
        e->out.s[i] = (struct str){p, s.n};
    }
    return 0;
}

/* The first `count` characters of the pattern, over and over, into p; the bytes written. */
static size_t fill(char *p, struct str pattern, int64_t count)
{
    size_t n = 0;
    for (size_t at = 0; count > 0; count--) {
        if (at >= pattern.n)
            at = 0;
        size_t from = at;
        utf8_next(pattern, &at);
        memcpy(p + n, pattern.p + from, at - from);
        n += at - from;
    }
    return n;
}

static size_t bytes_of(struct str s, int64_t characters)
{
    size_t at = 0;
    while (characters-- > 0 && at < s.n)
        utf8_next(s, &at);
    return at;
}

static int pad(struct eval *ev, struct expr *e, const uint8_t *active, bool left)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        struct str pattern = e->args > 2 ? ARG_S(2)[i] : STR(" ");
        int64_t want = ARG_I(1)[i];
        bool bad = want < 0 || want > TEXT_CHARS_MAX || pattern.n == 0;
        e->out.s[i] = STR("");
        if (vec_null(&e->out, i) || (bad && !row_active(active, i)))
            continue;
        if (bad)
            return eval_fail(ev, e, ERR_VALUE, "%s() needs a length from 0 to %d and a pattern",
                             e->fn->name, TEXT_CHARS_MAX);
        int64_t missing = want - (int64_t)utf8_count(s);
        size_t own = missing < 0 ? bytes_of(s, want) : s.n;
        char *p = eval_text(ev, own + (missing > 0 ? (size_t)missing * 4 : 0));
        if (p == NULL)
            return eval_memory(ev);
        size_t n = missing > 0 ? fill(p + (left ? 0 : own), pattern, missing) : 0;
        if (own > 0)
            memcpy(p + (left ? n : 0), s.p, own);
        e->out.s[i] = (struct str){p, own + n};
    }
    return 0;
}

static int eval_lpad(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return pad(ev, e, active, true);
}

static int eval_rpad(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return pad(ev, e, active, false);
}

static int eval_repeat(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = ARG_S(0)[i];
        int64_t times = ARG_I(1)[i];
        bool bad = times < 0 || (s.n > 0 && times > TEXT_CHARS_MAX / (int64_t)s.n);
        e->out.s[i] = STR("");
        if (vec_null(&e->out, i) || (bad && !row_active(active, i)))
            continue;
        if (bad)
            return eval_fail(ev, e, ERR_VALUE, "REPEAT() makes texts of up to %d bytes, from 0",
                             TEXT_CHARS_MAX);
        char *p = eval_text(ev, s.n * (size_t)times);
        if (p == NULL)
            return eval_memory(ev);
        for (int64_t k = 0; k < times && s.n > 0; k++)
            memcpy(p + (size_t)k * s.n, s.p, s.n);
        e->out.s[i] = (struct str){p, s.n * (size_t)times};
    }
    return 0;
}

/* NORMALIZE: e->option says which form. */
static int normal_form(struct eval *ev, struct str s, utf8proc_option_t form, struct str *out)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)s.p;
    *out = STR("");
    if (s.n == 0)
        return 0;
    utf8proc_ssize_t n = utf8proc_decompose(bytes, (utf8proc_ssize_t)s.n, NULL, 0, form);
    if (n < 0)
        return eval_memory(ev);
    utf8proc_int32_t *letter =
        (utf8proc_int32_t *)(void *)eval_text(ev, ((size_t)n + 1) * sizeof *letter);
    if (letter == NULL)
        return eval_memory(ev);
    utf8proc_decompose(bytes, (utf8proc_ssize_t)s.n, letter, n, form);
    n = utf8proc_reencode(letter, n, form);
    *out = (struct str){(const char *)letter, n > 0 ? (size_t)n : 0};
    return 0;
}

static int eval_normalize(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    static const utf8proc_option_t forms[] = {
        [NORMAL_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        [NORMAL_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [NORMAL_NFD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        [NORMAL_NFKD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
    };
    int form = (int)(e->option & 3);
    utf8proc_option_t options = forms[form];
    if (e->option & NORMAL_CASEFOLD)
        options |= UTF8PROC_CASEFOLD;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        TRY(normal_form(ev, ARG_S(0)[i], options, &e->out.s[i]));
    return 0;
}

const struct fn fn_normalize = {"NORMALIZE", eval_normalize, false};

const struct fn_def fns_unicode[] = {
    {"UPPER", "s:s", {"UPPER", eval_upper, false}},
    {"LOWER", "s:s", {"LOWER", eval_lower, false}},
    {"INITCAP", "s:s?s", {"INITCAP", eval_initcap, false}},
    {"REVERSE", "s:s", {"REVERSE", eval_reverse, false}},
    {"LPAD", "s:si?s", {"LPAD", eval_lpad, false}},
    {"RPAD", "s:si?s", {"RPAD", eval_rpad, false}},
    {"REPEAT", "s:si", {"REPEAT", eval_repeat, false}},
    {NULL, NULL, {NULL, NULL, false}},
};
