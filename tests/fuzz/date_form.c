/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a form of days on the first line, days in it on the others. A form is read, or
 * refused with a sentence; a day that is read in it is one of the calendar. */
#include "fuzz.h"

#include "../../core/ingest/date_form.h"

static void read_days(const struct date_form *f, struct str text)
{
    while (text.n > 0) {
        const char *nl = memchr(text.p, '\n', text.n);
        struct str line = {text.p, nl ? (size_t)(nl - text.p) : text.n};
        int32_t day = DAY_NONE;
        if (date_form_read(f, line, &day)) {
            ASSERT(day >= DAY_MIN && day <= DAY_MAX);
            ASSERT(line.n >= 5); /* the shortest: 1-1-21 without what stands between */
        }
        text.p += line.n + (nl != NULL);
        text.n -= line.n + (nl != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str text = {(const char *)p, n};
    struct date_form f;
    struct err err = {0};
    const char *nl = n > 0 ? memchr(p, '\n', n) : NULL;
    struct str form = {text.p, nl ? (size_t)(nl - text.p) : n};
    int rc = date_form_parse(form, &f, &err);
    if (rc < 0) {
        ASSERT(rc == ERR_SYNTAX && err.code == rc && err.msg[0] != '\0' && err.hint[0] != '\0');
        return 0;
    }
    ASSERT(f.n >= 3 && f.n <= DATE_FORM_PARTS);
    if (nl != NULL)
        read_days(&f, (struct str){nl + 1, n - form.n - 1});
    return 0;
}
