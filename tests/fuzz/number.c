/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: numbers as people write them. What is read as a number is the same number when it is
 * written plainly, in Indian groups, in western groups and in Devanagari digits. */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/number.h"

static void expect(struct buf *text, int64_t value)
{
    int64_t v = 0;
    struct err err;
    ASSERT(!text->failed && number_whole(buf_view(text), &v, &err) == 0 && v == value);
    buf_clear(text);
}

/* With commas before the last three digits, and before each `size` of them further up. */
static void put_grouped(struct buf *out, const char *digits, size_t size)
{
    size_t n = strlen(digits);
    for (size_t i = 0; i < n; i++) {
        size_t left = n - i;
        if (i > 0 && left >= 3 && (left - 3) % size == 0)
            buf_char(out, ',');
        buf_char(out, digits[i]);
    }
}

static void write_anew(int64_t value)
{
    char digits[24];
    struct buf text;
    const char *sign = value < 0 ? "-" : "";
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    buf_init(&text, MEM_BASE);
    buf_printf(&text, "%s%s", sign, digits);
    expect(&text, value);
    for (size_t size = 2; size <= 3; size++) {
        buf_cstr(&text, sign);
        put_grouped(&text, digits, size);
        expect(&text, value);
    }
    buf_cstr(&text, sign);
    for (const char *d = digits; *d != '\0'; d++) {
        char c[4];
        buf_put(&text, c, utf8_put(c, 0x0966 + (uint32_t)(*d - '0')));
    }
    expect(&text, value);
    if (v < INT64_MAX / 10000000) {
        buf_printf(&text, "%s%llu करोड़", sign, (unsigned long long)v);
        expect(&text, value * 10000000);
    }
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct decimal d = {0, 0};
    struct err err = {0};
    int64_t whole = 0;
    double real = 0;
    int rc = number_parse(in, &d, &err);
    ASSERT(rc == 0 || (rc == ERR_VALUE && err.msg[0] != '\0'));
    int rc_whole = number_whole(in, &whole, &err);
    ASSERT((rc_whole == 0) == (rc == 0 && d.scale == 0));
    ASSERT((number_real(in, &real, &err) == 0) == (rc == 0));
    if (rc < 0)
        return 0;
    ASSERT(d.scale >= 0 && d.scale <= DECIMAL_SCALE_MAX);
    ASSERT(d.scale == 0 || d.units % 10 != 0);
    double near = (double)d.units / pow(10, d.scale);
    ASSERT(fabs(real - near) <= fabs(near) * 1e-14);
    if (rc_whole == 0 && whole != INT64_MIN)
        write_anew(whole);
    return 0;
}
