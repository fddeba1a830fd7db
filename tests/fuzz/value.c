/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: single values, one a line: whole numbers, numbers, dates, UTF-8, and what may be
 * shown of a value. What is read prints as what reads the same again. */
#include "fuzz.h"

#include "../../core/ingest/aadhaar.h"
#include "base/buf.h"
#include "base/date.h"

static void check_numbers(struct str s)
{
    int64_t i = 0, again = 0;
    double f = 0, same = 0;
    struct buf b;
    buf_init(&b, MEM_BASE);
    if (str_to_i64(s, &i) == 0) {
        buf_i64(&b, i);
        ASSERT(str_to_i64(buf_view(&b), &again) == 0 && again == i);
    }
    if (str_to_f64(s, &f) == 0) {
        buf_clear(&b);
        buf_f64(&b, f, false);
        ASSERT(str_to_f64(buf_view(&b), &same) == 0);
        ASSERT(memcmp(&f, &same, sizeof f) == 0);
    }
    buf_fini(&b);
}

static void check_dates(struct str s)
{
    int32_t day = 0, again = 0;
    char text[11];
    struct err err = {0};
    if (date_parse(s, &day, &err) < 0) {
        ASSERT(err.code == ERR_VALUE && err.msg[0] != '\0');
        ASSERT(date_parse_iso(s, &again, &err) < 0 || s.n < 10);
        return;
    }
    ASSERT(day >= DAY_MIN && day <= DAY_MAX);
    date_format(day, text);
    ASSERT(date_parse(str_of(text), &again, &err) == 0 && again == day);
    ASSERT(date_parse_iso(str_of(text), &again, &err) == 0 && again == day);
    struct ymd d = date_ymd(day);
    ASSERT(date_valid(d.year, d.month, d.day) && date_day(d.year, d.month, d.day) == day);
}

static void check_utf8(struct str s)
{
    size_t at = 0, n = 0, bad = utf8_check(s);
    char out[4];
    ASSERT(bad <= s.n);
    while (at < s.n) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        ASSERT(at > from && at <= s.n && at - from <= 4);
        size_t size = utf8_put(out, c);
        ASSERT(from >= bad || (size == at - from && memcmp(out, s.p + from, size) == 0));
        n++;
    }
    ASSERT(bad < s.n || utf8_count(s) == n);
    ASSERT(utf8_width(s) <= 2 * s.n);
}

/* Nothing that could be an Aadhaar number is shown. */
static void check_mask(struct str s)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct str out = aadhaar_mask(s, shown);
    size_t run = 0;
    ASSERT(out.n <= AADHAAR_SHOWN_BYTES && utf8_check(out) == out.n);
    for (size_t i = 0; i < out.n; i++) {
        ASSERT((unsigned char)out.p[i] >= ' ');
        run = out.p[i] >= '0' && out.p[i] <= '9' ? run + 1 : 0;
        ASSERT(run < 12);
    }
    ASSERT(!aadhaar_in(out));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    while (in.n > 0) {
        const char *nl = memchr(in.p, '\n', in.n);
        struct str line = {in.p, nl ? (size_t)(nl - in.p) : in.n};
        check_numbers(line);
        check_dates(line);
        check_utf8(line);
        check_mask(line);
        in.n -= line.n + (nl != NULL);
        in.p += line.n + (nl != NULL);
    }
    return 0;
}
