/* SPDX-License-Identifier: MIT
 *
 * Checks run behind the answer of an import; a person at a terminal would rather not ask again. So
 * the command waits for them, but not long: the findings are kept, and can be read at any time. */
#include "found.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { WAIT_MS = 3000, POLL_MS = 20 };

#define NEWEST  "/v1/query?format=json&q=FROM+batches+|%3E+LIMIT+0"
#define CHECKED "/v1/findings?format=json&limit=1"
#define OPENED                                                                                     \
    "/v1/query?format=table&limit=20&q=FROM+findings+|%%3E+WHERE+status+%%3D+'open'+AND+"          \
    "snapshot+%%3E+%llu+|%%3E+SELECT+severity,+message"

/* The last member of this name in an answer: that of the answer itself. */
static uint64_t last_snapshot(struct str text)
{
    static const char mark[] = "\"snapshot\":";
    uint64_t n = 0;
    const char *at = text.p;
    const char *end = text.p + text.n;
    const char *hit = NULL;
    for (const char *p = at; (p = memmem(p, (size_t)(end - p), mark, sizeof mark - 1)) != NULL; p++)
        hit = p;
    for (const char *p = hit ? hit + sizeof mark - 1 : end; p < end && *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    return n;
}

static uint64_t ask(const struct door *d, const char *path)
{
    struct door_request rq = {.method = "GET", .path = path};
    struct buf b;
    struct err err;
    buf_init(&b, MEM_MAIN);
    uint64_t n = door_fetch(d, &rq, &b, &err) == 0 && b.n > 0 ? last_snapshot(buf_view(&b)) : 0;
    buf_fini(&b);
    return n;
}

uint64_t found_begin(const struct door *d)
{
    return ask(d, NEWEST);
}

static bool wait_for_checks(const struct door *d, uint64_t newest)
{
    int64_t until = clock_mono_ns() + (int64_t)WAIT_MS * 1000000;
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
    while (ask(d, CHECKED) < newest) {
        if (clock_mono_ns() > until)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

void found_end(const struct door *d, uint64_t begin)
{
    char path[256];
    struct door_request rq = {.method = "GET", .path = path};
    struct buf b;
    struct err err;
    uint64_t newest = ask(d, NEWEST);
    if (begin == 0 || newest <= begin || !wait_for_checks(d, newest))
        return;
    snprintf(path, sizeof path, OPENED, (unsigned long long)begin);
    buf_init(&b, MEM_MAIN);
    bool any = door_fetch(d, &rq, &b, &err) == 0 && b.n > 0;
    const char *line = any ? memchr(b.p, '\n', b.n) : NULL; /* below the heading and its rule */
    line = line ? memchr(line + 1, '\n', b.n - (size_t)(line + 1 - b.p)) : NULL;
    size_t left = line ? b.n - (size_t)(line + 1 - b.p) : 0;
    if (left > 0)
        fprintf(stderr, "\nThe checks found (all: panji query 'FROM findings'):\n%.*s\n", (int)left,
                line + 1);
    buf_fini(&b);
}
