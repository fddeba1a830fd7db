/* SPDX-License-Identifier: MIT
 *
 * The small country, with its registrations in a ClickHouse that only EXPLAIN speaks of. */
#ifndef TEST_QUERY_REMOTE_ASK_H
#define TEST_QUERY_REMOTE_ASK_H

#include <stdio.h>

#include "query/ask.h"
#include "store/clickhouse.h"

static const struct clickhouse remote_nobody = {
    .address = {.url = {"http://127.0.0.1:1", 18}, .database = {"panji", 5}},
    .profile = CLICKHOUSE_18};

/* Is `part` in what EXPLAIN tells? */
static inline void remote_explains(struct ask *a, const char *query, const char *part)
{
    char text[1024];
    snprintf(text, sizeof text, "EXPLAIN %s", query);
    a->world.snap->clickhouse = &remote_nobody;
    const char *got = ask_text(a, str_of(text));
    if (got == NULL || strstr(got, part) == NULL)
        fail_msg("%s\nhas no\n%s\nin\n%s", query, part, got ? got : a->err.msg);
    a->world.snap->clickhouse = NULL;
}

#endif
