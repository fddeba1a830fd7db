/* SPDX-License-Identifier: MIT
 *
 * How a source writes its days, as a mapping says it: DD-MM-YY, DD MMM YYYY, MM/DD/YYYY, ...
 *
 *     D DD    the day            M MM   the month         MMM    its name, in English or Hindi
 *     YY      1970 to 2069       YYYY   the year          *      anything more, at the end
 *
 * Other characters stand for themselves; a space for one or more. A part of digits takes one or
 * two of them when something stands behind it, else two; digits may be of any Indian script. */
#ifndef INGEST_DATE_FORM_H
#define INGEST_DATE_FORM_H

#include "base/date.h"

enum { DATE_FORM_PARTS = 16, DATE_FORMS_MAX = 6 };

struct date_form {
    struct str text; /* as written; borrowed */
    size_t n;
    char part[DATE_FORM_PARTS]; /* 'D', 'M', 'N' (a name), 'y', 'Y', '*', or a character */
};

/* ERR_SYNTAX with a sentence. */
MUST_USE int date_form_parse(struct str text, struct date_form *out, struct err *err);
/* The day that s names in this form; false when it has another form, or there is no such day. */
bool date_form_read(const struct date_form *f, struct str s, int32_t *day);

#endif
