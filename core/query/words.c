/* SPDX-License-Identifier: MIT
 *
 * The words of the query language, out of the tables that know them. */
#include "query/words.h"

#include "bind.h"
#include "fn.h"
#include "parse.h"
#include "tables.h"
#include "tvf.h"

/* Keywords that start no operator. */
static const char *const keywords[] = {
    "ALL",    "AND",     "AS",      "ASC",       "BETWEEN",   "BY",        "CASE",      "CAST",
    "CROSS",  "CURRENT", "DATE",    "DESC",      "DESCRIBE",  "DISTINCT",  "ELSE",      "END",
    "EXCEPT", "EXISTS",  "EXPLAIN", "EXTRACT",   "FALSE",     "FIRST",     "FOLLOWING", "FOR",
    "FROM",   "FULL",    "GROUP",   "HAVING",    "IN",        "INNER",     "INTERVAL",  "IS",
    "JOIN",   "LAST",    "LEFT",    "LIKE",      "NOT",       "NULL",      "NULLS",     "OFFSET",
    "ON",     "OR",      "ORDER",   "OVER",      "PARTITION", "PRECEDING", "RANGE",     "REPLACE",
    "RIGHT",  "ROW",     "ROWS",    "SAFE_CAST", "THEN",      "TRUE",      "UNBOUNDED", "USING",
    "WHEN",   "WINDOW",  "WITH",
};

void query_words(word_fn *fn, void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        fn(ctx, WORD_KEYWORD, keywords[i]);
    parse_pipe_words(fn, ctx);
    fn_words(fn, ctx);
    agg_words(fn, ctx);
    window_words(fn, ctx);
    tvf_words(fn, ctx);
    fn(ctx, WORD_TABLE, "registrations");
    fn(ctx, WORD_TABLE, "occupations");
    for (const struct small_table *t = small_tables; t->name != NULL; t++)
        fn(ctx, WORD_TABLE, t->name);
    date_unit_words(fn, ctx);
}
