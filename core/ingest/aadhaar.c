/* SPDX-License-Identifier: MIT
 *
 * Recognising and masking. Every field of every import passes here: what has not twelve bytes that
 * may be digits is told by looking at 16 of them at once.
 *
 * Judging a column is a test against chance. Of n different numbers of twelve digits that are no
 * Aadhaar numbers, one in ten passes the check, independently, so the number that passes is
 * binomial (n, 1/10). The column is refused when so many pass that chance gives as many in one
 * column of a hundred thousand (CHANCE_MOST) or fewer. From five numbers on, all of them passing is
 * enough; of twenty ten are, of a hundred about twenty-five, of a thousand about fifteen in a
 * hundred. So a column of Aadhaar numbers is found however many are mistyped, and so is one where a
 * quarter is.
 *
 * Numbers that come again (the id of a centre in all of its rows) say nothing new, so different
 * ones are counted; of more than 1024 those with the lowest hashes, which are a random choice among
 * them and the same choice whoever gathers it (Bar-Yossef et al., "Counting Distinct Elements in a
 * Data Stream", 2002). The hashes are wiped with the memory of the room.
 *
 * Four numbers or fewer prove nothing either way. There the column is refused when most of them
 * pass, if its values would be kept, or if they fill the column: that is the safe side, and wrong
 * for one lone number in ten. A mapping can say that the numbers are others. */
#include "aadhaar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/hash.h"
#include "base/mem.h"

enum { DIGITS = LONG_NUMBER_DIGITS, WINDOW_BYTES = 320, FEW = 4 };
enum { SAMPLE = 1024, GATHERED_MAX = 2 * SAMPLE, GATHERED_FIRST = 32 };

static const double chance_most = 1e-5;       /* of refusing a column of other numbers */
static const double chance_most_other = 1e-9; /* the same, where a mapping says that they are */

/* ---- numbers -------------------------------------------------------------------------------- */

/* Bytes that are a digit, or the last byte of one; some that are not are counted too. */
#ifdef __SSE2__
static inline __m128i between(__m128i v, int from, int to)
{
    __m128i off = _mm_sub_epi8(v, _mm_set1_epi8((char)from));
    return _mm_cmpeq_epi8(_mm_min_epu8(off, _mm_set1_epi8((char)(to - from))), off);
}

static inline int digits16(__m128i v, __m128i next)
{
    __m128i latin = between(v, '0', '9');
    __m128i indian = _mm_and_si128(between(v, 0xA5, 0xB5), between(next, 0xA6, 0xAF));
    __m128i wide = _mm_and_si128(between(v, 0xBC, 0xBC), between(next, 0x90, 0x99));
    __m128i arabic = _mm_and_si128(between(v, 0xD9, 0xDB), between(next, 0xA0, 0xB9));
    __m128i any = _mm_or_si128(_mm_or_si128(latin, indian), _mm_or_si128(wide, arabic));
    return __builtin_popcount((unsigned)_mm_movemask_epi8(any));
}

static bool may_hold(struct str s)
{
    size_t at = 0;
    int n = 0;
    for (; s.n - at > 16; at += 16)
        n += digits16(_mm_loadu_si128((const __m128i *)(const void *)(s.p + at)),
                      _mm_loadu_si128((const __m128i *)(const void *)(s.p + at + 1)));
    char tail[32] = {0};
    memcpy(tail, s.p + at, s.n - at);
    n += digits16(_mm_loadu_si128((const __m128i *)(const void *)tail),
                  _mm_loadu_si128((const __m128i *)(const void *)(tail + 1)));
    return n >= DIGITS;
}
#else
static bool may_hold(struct str s)
{
    int n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (unsigned char)s.p[i] >= 0x80 || (s.p[i] >= '0' && s.p[i] <= '9');
    return n >= DIGITS;
}
#endif

/* Programs that took the column for numbers write them with a fraction. */
static struct str without_fraction(struct str s)
{
    while (s.n > 2 && s.p[s.n - 1] == '0' && (s.p[s.n - 2] == '0' || s.p[s.n - 2] == '.')) {
        if (s.p[s.n - 2] == '.')
            return (struct str){s.p, s.n - 2};
        s.n--;
    }
    return s;
}

/* The next number of twelve digits at or behind *at; false when there is none. */
static bool next_number(struct str s, size_t *at, char digits[DIGITS])
{
    struct digit_run run;
    size_t bytes;
    while (*at < s.n) {
        if (digit_at(s, *at, &bytes) < 0) {
            (*at)++;
            continue;
        }
        (void)digit_run_at(s, *at, &run);
        struct str text = {s.p + *at, run.end - *at};
        struct str whole = without_fraction(text);
        *at = run.end;
        if (run.count > DIGITS && whole.n < text.n)
            (void)digit_run_at(whole, 0, &run);
        if (run.count == DIGITS) {
            memcpy(digits, run.first, DIGITS);
            return true;
        }
    }
    return false;
}

bool aadhaar_in(struct str s)
{
    char digits[DIGITS];
    size_t at = 0;
    while (s.n >= DIGITS && may_hold(s) && next_number(s, &at, digits))
        if (aadhaar_valid(digits))
            return true;
    return false;
}

/* ---- a column ------------------------------------------------------------------------------- */

void aadhaar_fini(struct aadhaar_count *c)
{
    mem_free(MEM_INGEST, c->hash);
    *c = (struct aadhaar_count){.hash = NULL};
}

static int hash_cmp(const void *pa, const void *pb)
{
    uint64_t a = *(const uint64_t *)pa;
    uint64_t b = *(const uint64_t *)pb;
    return a < b ? -1 : a > b;
}

/* Each hash once, the lowest ones. */
static void thin(struct aadhaar_count *c)
{
    size_t n = 0;
    if (c->n > 1)
        qsort(c->hash, c->n, sizeof *c->hash, hash_cmp);
    for (size_t i = 0; i < c->n && n < SAMPLE; i++)
        if (n == 0 || c->hash[i] != c->hash[n - 1])
            c->hash[n++] = c->hash[i];
    c->n = n;
    c->full = n == SAMPLE;
}

static int gather(struct aadhaar_count *c, uint64_t hash, struct err *err)
{
    if (c->full && hash > c->hash[SAMPLE - 1]) /* sorted up to there */
        return 0;
    if (c->n == c->cap && c->cap == GATHERED_MAX)
        thin(c);
    uint64_t *more = mem_grown(MEM_INGEST, c->hash, c->n, &c->cap, sizeof *more);
    if (more == NULL)
        return err_set(err, ERR_MEM, "no memory to read the file");
    c->hash = more;
    c->hash[c->n++] = hash;
    return 0;
}

static int count_number(struct aadhaar_count *c, const char digits[DIGITS], uint32_t line,
                        struct err *err)
{
    bool valid = aadhaar_valid(digits);
    c->shaped++;
    if (valid && (c->line == 0 || line < c->line))
        c->line = line;
    return gather(c, (hash64(digits, DIGITS, 0) & ~UINT64_C(1)) | valid, err);
}

int aadhaar_look(struct aadhaar_count *c, struct str value, uint32_t line, struct err *err)
{
    char digits[DIGITS];
    size_t at = 0;
    if (value.n < DIGITS || !may_hold(value))
        return 0;
    while (next_number(value, &at, digits))
        TRY(count_number(c, digits, line, err));
    return 0;
}

int aadhaar_merge(struct aadhaar_count *c, const struct aadhaar_count *from, struct err *err)
{
    c->shaped += from->shaped;
    if (from->line != 0 && (c->line == 0 || from->line < c->line))
        c->line = from->line;
    for (size_t i = 0; i < from->n; i++)
        TRY(gather(c, from->hash[i], err));
    return 0;
}

/* How likely it is that of n numbers v or more pass by chance. */
static double tail(size_t n, size_t v)
{
    double sum = 0;
    int sign;
    double nf = (double)n;
    for (size_t k = v; k <= n; k++) {
        double kf = (double)k;
        double ways =
            lgamma_r(nf + 1, &sign) - lgamma_r(kf + 1, &sign) - lgamma_r(nf - kf + 1, &sign);
        sum += exp(ways + kf * log(0.1) + (nf - kf) * log(0.9));
    }
    return sum;
}

bool aadhaar_column(struct aadhaar_count *c, const struct aadhaar_use *use)
{
    thin(c);
    size_t valid = 0;
    for (size_t i = 0; i < c->n; i++)
        valid += c->hash[i] & 1;
    if (valid == 0)
        return false;
    if (c->n <= FEW)
        return !use->other && 2 * valid > c->n && (use->kept || 2 * c->shaped >= use->rows);
    double most = use->other ? chance_most_other : chance_most;
    return tail(c->n, valid) <= most * 1.000001; /* five of five are exactly as likely */
}

int aadhaar_refuse(const struct aadhaar_count *c, const struct aadhaar_use *use, size_t column,
                   const char *name, struct err *err)
{
    char what[AADHAAR_SHOWN_BYTES + 32];
    if (name == NULL)
        snprintf(what, sizeof what, "names of columns, or lines that are wrong, hold");
    else if (column > 0)
        snprintf(what, sizeof what, "column %zu (\"%s\") holds", column, name);
    else
        snprintf(what, sizeof what, "the key \"%s\" holds", name);
    if (c->n > FEW) {
        err_set(err, ERR_ROWS, "%s Aadhaar numbers", what);
        err_hint(err, "no Aadhaar number is ever taken in, not even to be ignored: remove "
                      "them and send the file again");
        return ERR_ROWS;
    }
    err_set(err, ERR_ROWS,
            "%s Aadhaar numbers, or others that look like them (line %u is the first): they are "
            "too few to tell",
            what, c->line);
    if (use->mapping)
        err_hint(err,
                 "no Aadhaar number is ever taken in: remove them; if they are other numbers, "
                 "say so in a mapping with \"numbers: %s = other\", or send more rows at once",
                 name);
    else
        err_hint(err, "no Aadhaar number is ever taken in: remove them; if they are other numbers, "
                      "write a letter among the digits of each");
    return ERR_ROWS;
}

/* ---- showing -------------------------------------------------------------------------------- */

/* A character as it may be shown, from a byte or more of s. */
static struct str shown(struct str s, size_t at, size_t *next)
{
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    *next = at;
    if (c == 0xFFFD)
        return STR("?");
    if (c < 0x20 || c == 0x7F)
        return STR(" ");
    return (struct str){s.p + from, at - from};
}

static bool append(char *out, size_t *n, struct str s)
{
    if (*n + s.n > AADHAAR_SHOWN_BYTES)
        return false;
    memcpy(out + *n, s.p, s.n);
    *n += s.n;
    return true;
}

struct str aadhaar_mask(struct str s, char out[AADHAAR_SHOWN_BYTES + 1])
{
    char hidden[WINDOW_BYTES];
    size_t n = 0;
    size_t window = s.n < WINDOW_BYTES ? s.n : WINDOW_BYTES;
    struct str all = {hidden, digits_hide((struct str){s.p, window}, hidden)};
    for (size_t at = 0; at < all.n;)
        if (!append(out, &n, shown(all, at, &at)))
            break;
    out[n] = '\0';
    return (struct str){out, n};
}
