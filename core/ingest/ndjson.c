/* SPDX-License-Identifier: MIT
 *
 * The parser of a line. Texts are passed over 16 bytes at a time up to the quote, the backslash or
 * the control character that ends the run. */
#include "ndjson.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

void ndjson_open(struct ndjson *j, const char *p, size_t n, const char *limit, char *scratch)
{
    *j = (struct ndjson){.p = p, .end = p + n, .at = p, .limit = limit, .scratch = scratch};
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool ndjson_is_blank(const char *p, size_t n)
{
    while (n > 0 && is_blank(p[n - 1]))
        n--;
    return n == 0;
}

static inline void pass_blanks(struct ndjson *j)
{
    while (j->at < j->end && is_blank(*j->at))
        j->at++;
}

static bool fault(struct ndjson *j, const char *at, const char *what)
{
    j->fault = what;
    j->fault_at = (size_t)(at - j->p);
    j->fault_text = (struct str){at, (size_t)(j->end - at)};
    j->over = true;
    return false;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static inline bool ends_run(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

/* The first byte at or behind p that ends a run of plain text; j->end when none does. */
static inline const char *run_end(const struct ndjson *j, const char *p)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);
    while (p < j->end && j->limit - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);
        if (mask != 0) {
            p += __builtin_ctz(mask);
            return p < j->end ? p : j->end;
        }
        p += 16;
    }
#endif
    while (p < j->end && !ends_run(*p))
        p++;
    return p < j->end ? p : j->end;
}

/* Four hexadecimal digits at p, or -1. */
static int32_t hex4(const struct ndjson *j, const char *p)
{
    int32_t v = 0;
    if (j->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        char low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            v = v * 16 + (c - '0');
        else if (low >= 'a' && low <= 'f')
            v = v * 16 + (low - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* The character of a \u escape whose digits stand at *p, which moves behind it; its second half
 * where it is one of a pair. 0: there is none. */
static uint32_t unicode(struct ndjson *j, const char **p)
{
    int32_t high = hex4(j, *p);
    if (high < 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return 0;
    *p += 4;
    if (high < 0xD800 || high > 0xDFFF)
        return (uint32_t)high;
    if (j->end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
        return 0;
    int32_t low = hex4(j, *p + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *p += 6;
    return 0x10000u + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
}

/* The escape whose backslash is at *p, written to the scratch. */
static bool escape(struct ndjson *j, const char **p)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *at = *p;
    char c = j->end - at > 1 ? at[1] : '\0';
    const char *known = c != '\0' ? strchr(from, c) : NULL;
    *p += 2;
    if (known != NULL) {
        *j->scratch++ = to[known - from];
        return true;
    }
    uint32_t u = c == 'u' ? unicode(j, p) : 0;
    if (u == 0)
        return fault(j, at,
                     c == 'u' ? "this \\u stands for no character"
                              : "no such escape: behind \\ stand \" \\ / b f n r t u");
    j->scratch += utf8_put(j->scratch, u);
    return true;
}

/* A text with escapes, from the first of them on: what stands before is copied. */
static bool escaped(struct ndjson *j, const char *from, const char *p, struct str *out)
{
    char *start = j->scratch;
    for (;;) {
        memcpy(j->scratch, from, (size_t)(p - from));
        j->scratch += p - from;
        if (p == j->end || *p != '\\')
            break;
        if (!escape(j, &p))
            return false;
        from = p;
        p = run_end(j, p);
    }
    *out = (struct str){start, (size_t)(j->scratch - start)};
    j->at = p;
    return true;
}

/* A text whose opening quote is at j->at, which moves behind the closing one. */
static bool text(struct ndjson *j, struct str *out, bool *moved)
{
    const char *open = j->at;
    const char *p = run_end(j, open + 1);
    *moved = p < j->end && *p == '\\';
    if (*moved) {
        if (!escaped(j, open + 1, p, out))
            return false;
        p = j->at;
    } else {
        *out = (struct str){open + 1, (size_t)(p - open - 1)};
    }
    if (p == j->end)
        return fault(j, open, "the text that begins here does not end on this line");
    if (*p != '"')
        return fault(j, p, "a control character stands in a text: write \\t, \\n or \\u00..");
    j->at = p + 1;
    return true;
}

/* ---- other values ---------------------------------------------------------------------------- */

static inline const char *digits(const struct ndjson *j, const char *p)
{
    while (p < j->end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static bool number(struct ndjson *j, struct str *out)
{
    const char *from = j->at;
    const char *p = from + (*from == '-');
    const char *whole = p;
    p = digits(j, p);
    bool good = p > whole && (*whole != '0' || p == whole + 1);
    if (good && p < j->end && *p == '.') {
        const char *fraction = p + 1;
        p = digits(j, fraction);
        good = p > fraction;
    }
    if (good && p < j->end && (*p | 0x20) == 'e') {
        const char *power = p + 1;
        power += power < j->end && (*power == '+' || *power == '-');
        p = digits(j, power);
        good = p > power;
    }
    if (!good)
        return fault(j, from, "this is no number of JSON: 5, -5 or 5.25, or a text in quotes");
    *out = (struct str){from, (size_t)(p - from)};
    j->at = p;
    return true;
}

static bool word(struct ndjson *j, struct str w)
{
    if ((size_t)(j->end - j->at) < w.n || memcmp(j->at, w.p, w.n) != 0)
        return false;
    j->at += w.n;
    return true;
}

static bool literal(struct ndjson *j, struct ndjson_member *m)
{
    const char *from = j->at;
    m->kind = NDJSON_BOOL;
    if (word(j, STR("null")))
        m->kind = NDJSON_NULL;
    else if (!word(j, STR("true")) && !word(j, STR("false")))
        return fault(
            j, from,
            "a value is a text in quotes, a number, true, false or null, and this is none");
    m->value = m->kind == NDJSON_NULL ? STR_NULL : (struct str){from, (size_t)(j->at - from)};
    return true;
}

static bool value(struct ndjson *j, struct ndjson_member *m)
{
    pass_blanks(j);
    m->at = (size_t)(j->at - j->p);
    m->moved = false;
    if (j->at == j->end)
        return fault(j, j->at,
                     "the object does not end on this line: each stands on one of its own");
    char c = *j->at;
    if (c == '"') {
        m->kind = NDJSON_TEXT;
        return text(j, &m->value, &m->moved);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        m->kind = NDJSON_NUMBER;
        return number(j, &m->value);
    }
    if (c == '{' || c == '[')
        return fault(j, j->at,
                     "an object or a list is no value of a row: write its parts as values "
                     "of their own");
    return literal(j, m);
}

/* ---- members --------------------------------------------------------------------------------- */

/* Behind the object nothing may stand. */
static bool close_object(struct ndjson *j)
{
    j->at++;
    pass_blanks(j);
    j->over = true;
    if (j->at < j->end)
        return fault(j, j->at,
                     "something stands behind the object: each stands on a line of its own");
    return false;
}

/* The place of the next key: behind the brace or a comma. False: there is none. */
static bool find_key(struct ndjson *j)
{
    pass_blanks(j);
    if (!j->began) {
        j->began = true;
        if (j->at == j->end || *j->at != '{')
            return fault(j, j->at, "a line is an object: {\"date\": \"2021-11-20\", ...}");
        j->at++;
        pass_blanks(j);
        if (j->at < j->end && *j->at == '}')
            return close_object(j);
    } else {
        if (j->at < j->end && *j->at == '}')
            return close_object(j);
        if (j->at < j->end && *j->at != ',')
            return fault(j, j->at, "a comma or the end of the object is missing here");
        j->at += j->at < j->end;
        pass_blanks(j);
    }
    if (j->at == j->end)
        return fault(j, j->at,
                     "the object does not end on this line: each stands on one of its own");
    return *j->at == '"' || fault(j, j->at, "a key in double quotes is missing here");
}

bool ndjson_next(struct ndjson *j, struct ndjson_member *m)
{
    bool moved;
    if (j->over || !find_key(j) || !text(j, &m->key, &moved))
        return false;
    pass_blanks(j);
    if (j->at == j->end || *j->at != ':') {
        j->fault_key = m->key;
        return fault(j, j->at, "a colon is missing behind the key");
    }
    j->at++;
    if (value(j, m))
        return true;
    j->fault_key = m->key;
    return false;
}
