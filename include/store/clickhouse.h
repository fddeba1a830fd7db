/* SPDX-License-Identifier: MIT
 *
 * ClickHouse, spoken to over HTTP: a statement is sent, and its answer is whole or an error.
 *
 * An answer that fails in the middle of its body has the status 200 and the error as its last line
 * (all versions), or ends early. So nobody is told of rows before the end was seen: what is asked
 * for rows is asked WITH TOTALS, and clickhouse_rows takes an answer only when the row of totals
 * stands behind a blank line at its end and the sums agree.
 *
 * A connection is a description; each statement is a request of its own. Any thread may use one.
 * Blocking: never on a thread that serves. */
#ifndef STORE_CLICKHOUSE_H
#define STORE_CLICKHOUSE_H

#include "base/buf.h"
#include "base/cancel.h"

/* Where it is. Texts end with a NUL and live as long as what was opened with them. */
struct clickhouse_address {
    struct str url;      /* http or https, without a path */
    struct str database; /* of letters, digits and underscores */
    struct str cluster;  /* likewise; empty: one node */
    struct str user, password;
};

/* What an old server lacks is done otherwise. */
enum clickhouse_profile { CLICKHOUSE_18, CLICKHOUSE_CURRENT };

struct clickhouse {
    struct clickhouse_address address;
    enum clickhouse_profile profile;
    char version[32];
};

/* Asks its version. ERR_UNAVAILABLE where nobody answers, or refuses us; ERR_PARAM for a name of a
 * database or a cluster that is none. */
MUST_USE int clickhouse_open(const struct clickhouse_address *where, const struct cancel *cancel,
                             struct clickhouse *out, struct err *err);

/* A statement that changes something: its answer is dropped. `data` (.p NULL: none) is what an
 * INSERT puts in. ERR_UNKNOWN_OUTCOME when the answer was lost. */
MUST_USE int clickhouse_do(const struct clickhouse *c, struct str sql, struct str data,
                           const struct cancel *cancel, struct err *err);

/* A statement that reads, as text; for one whose answer is a line. */
MUST_USE int clickhouse_ask(const struct clickhouse *c, struct str sql, const struct cancel *cancel,
                            struct buf *out, struct err *err);

/* Rows of whole numbers. */
struct clickhouse_rows {
    size_t rows, cols;
    int64_t *value; /* [row * cols + col], in the arena */
};
/* SELECT ... GROUP BY ... WITH TOTALS of `cols` columns of numbers, of which the last two are sums
 * over the rows. When the caller gives up, the query is ended there, too. ERR_TIMEOUT, ERR_LIMIT
 * when the rows need more memory than the arena may have, ERR_UNAVAILABLE for all that went wrong
 * over there. */
MUST_USE int clickhouse_select(const struct clickhouse *c, struct str sql, size_t cols,
                               const struct cancel *cancel, struct arena *a,
                               struct clickhouse_rows *out, struct err *err);

/* The answer of such a query, as it came. ERR_UNAVAILABLE when it is not whole. */
MUST_USE int clickhouse_rows(struct str body, size_t cols, struct arena *a,
                             struct clickhouse_rows *out, struct err *err);

/* The error of a body: what its last line, or all of it, says. */
int clickhouse_failed(struct str body, struct err *err);

#endif
