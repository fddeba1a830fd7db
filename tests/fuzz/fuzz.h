/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share. A target is one function over bytes, LLVMFuzzerTestOneInput; it
 * aborts (ASSERT, a sanitizer) when something is not as it should be, and gives 0 otherwise. It is
 * linked with libFuzzer by `make fuzz`, and with driver.c for `make test`.
 *
 * Where an input is a list of orders it is text, so that a kept finding can be read: a line is a
 * letter (of a word of any length) and whole numbers behind it. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { FUZZ_NUMBERS = 20 };

struct fuzz_line {
    char op; /* first letter of the line, '\0' when it has none */
    size_t count;
    int64_t n[FUZZ_NUMBERS];
};

/* A number from digits, wrapping around where there are too many. */
static inline int64_t fuzz_number(const char **p, const char *end)
{
    uint64_t v = 0;
    bool minus = (*p)[-1] == '-';
    for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
        v = v * 10 + (uint64_t)(**p - '0');
    return (int64_t)(minus ? 0 - v : v);
}

/* The next line of `in`, which moves behind it; false at the end. */
static inline bool fuzz_next(struct str *in, struct fuzz_line *out)
{
    if (in->n == 0)
        return false;
    const char *nl = memchr(in->p, '\n', in->n);
    const char *end = nl ? nl : in->p + in->n;
    *out = (struct fuzz_line){.op = in->p < end ? in->p[0] : '\0'};
    for (const char *p = in->p + 1; p < end && out->count < FUZZ_NUMBERS; p++)
        if (*p >= '0' && *p <= '9') {
            out->n[out->count++] = fuzz_number(&p, end);
            p--; /* the digit's end may be the sign of the next */
        }
    in->n -= (size_t)(end - in->p) + (nl != NULL);
    in->p = end + (nl != NULL);
    return true;
}

/* v brought into 0 .. n - 1. */
static inline uint64_t fuzz_below(int64_t v, uint64_t n)
{
    return (uint64_t)v % n;
}

#endif
