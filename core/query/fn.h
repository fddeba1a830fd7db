/* SPDX-License-Identifier: MIT
 *
 * The table of scalar functions, by name. Most are told by a signature; the few whose types or
 * arguments follow rules of their own are bound by bind_fn.c. */
#ifndef QUERY_FN_H
#define QUERY_FN_H

#include "base/near.h"
#include "expr.h"
#include "query/words.h"

/* result ':' arguments. b BOOL, i INT64, f FLOAT64, s STRING, d DATE, n a number (all numbers of
 * one type, which is also the result's), '?' what follows may be left out, '*' the last repeats. */
struct fn_def {
    const char *name;
    const char *signature; /* NULL: bound by its own rules */
    struct fn fn;
};

/* By name without case; NULL when there is none. */
const struct fn_def *fn_find(struct str name);
void fn_near(struct str name, struct near_list *near);
void fn_words(word_fn *fn, void *ctx);

extern const struct fn_def fns_num[], fns_text[], fns_unicode[], fns_date[]; /* end: NULL name */

enum { TEXT_CHARS_MAX = 1 << 20 }; /* of LPAD, RPAD and REPEAT */

/* Parts of dates. A unit is a part and, for WEEK, the day on which it starts. */
enum date_unit {
    UNIT_DAY,
    UNIT_WEEK, /* + 0 Monday .. 6 Sunday */
    UNIT_ISOWEEK = UNIT_WEEK + 7,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNIT_ISOYEAR,
    UNIT_FISCAL_QUARTER,
    UNIT_FISCAL_YEAR,
    UNIT_DAYOFWEEK, /* from here on only for EXTRACT */
    UNIT_DAYOFYEAR,
};

/* By name; `weekday` is the argument of WEEK(...), empty otherwise. -1 when there is no such. */
int date_unit_parse(struct str name, struct str weekday);
void date_unit_near(struct str name, struct near_list *near);
void date_unit_words(word_fn *fn, void *ctx);

extern const struct fn fn_date_trunc;   /* (DATE); option: unit */
extern const struct fn fn_date_extract; /* (DATE) -> INT64; option: unit */
extern const struct fn fn_date_add;     /* (DATE, INT64); option: unit */
extern const struct fn fn_date_sub;
extern const struct fn fn_date_diff;   /* (DATE, DATE) -> INT64; option: unit */
extern const struct fn fn_date_bucket; /* (DATE, origin DATE, INT64 width); option: unit */
extern const struct fn fn_last_day;    /* (DATE); option: unit */
extern const struct fn fn_least, fn_greatest;

enum { NORMAL_NFC, NORMAL_NFKC, NORMAL_NFD, NORMAL_NFKD, NORMAL_CASEFOLD = 4 };
extern const struct fn fn_normalize; /* (STRING); option: the form, | NORMAL_CASEFOLD */

/* Casts. `safe` ones give NULL where the others fail. NULL: there is no such cast. */
const struct fn *fn_cast(enum type from, enum type to, bool safe);

#endif
