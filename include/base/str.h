/* SPDX-License-Identifier: MIT
 *
 * Borrowed strings: a pointer and a length, not NUL-terminated unless said. Text is UTF-8. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_NULL ((struct str){NULL, 0})
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).n ? (s).p : ""

struct str str_of(const char *cstr); /* NULL reads as empty */
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* by bytes, which is by code point in UTF-8 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s); /* ASCII white space at both ends */
/* A copy in the arena, NUL-terminated; .p == NULL when out of memory. */
struct str str_copy(struct arena *a, struct str s);

/* The whole of s as a number; ERR_VALUE otherwise. Decimal, optional sign, no spaces. */
MUST_USE int str_to_i64(struct str s, int64_t *out);
MUST_USE int str_to_f64(struct str s, double *out);

/* Offset of the first byte that is not valid UTF-8 (surrogates and overlong forms are not), or
 * s.n when all is well. */
size_t utf8_check(struct str s);
/* Decodes the character at s.p[*at] and moves *at behind it; 0xFFFD for a bad byte. */
uint32_t utf8_next(struct str s, size_t *at);
/* Writes c, returns how many bytes (1..4). */
size_t utf8_put(char out[4], uint32_t c);
/* The first bytes of s, at most bytes_max, that end where a character ends. */
struct str utf8_prefix(struct str s, size_t bytes_max);
/* Characters (code points) in s. */
size_t utf8_count(struct str s);
/* Columns that s takes on a terminal: combining marks (Devanagari matras included) take none,
 * East Asian wide ones two. */
size_t utf8_width(struct str s);

#endif
