/* SPDX-License-Identifier: MIT
 *
 * Lines about requests. */
#include "journal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/digits.h"
#include "base/hash.h"
#include "base/log.h"
#include "query/outline.h"
#include "request.h"
#include "who.h"

enum { FIELDS_MAX = 20, OUTLINE_BYTES = 300 };

void journal_init(struct journal *j, const struct request_log *o)
{
    atomic_init(&j->count, 0);
    atomic_init(&j->slow, 0);
    if (getrandom(&j->seed, sizeof j->seed, 0) != (ssize_t)sizeof j->seed)
        j->seed = (uint64_t)clock_wall_ms();
    journal_set(j, o);
}

void journal_set(struct journal *j, const struct request_log *o)
{
    atomic_store(&j->which, (int)o->which);
    atomic_store(&j->slow_ms, o->slow_ms);
}

/* ---- ids ---- */

static bool is_good_id(struct str s)
{
    char hidden[REQUEST_ID_BYTES];
    if (s.n < 8 || s.n >= REQUEST_ID_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && memchr("-_.", s.p[i], 3) == NULL)
            return false;
    size_t n = digits_hide_aadhaar(s, hidden);
    return str_eq(s, (struct str){hidden, n}) && !digits_name_aadhaar(s);
}

/* Letters alone: no id can be taken for a number. */
static void new_id(struct journal *j, char id[REQUEST_ID_BYTES])
{
    static const char letters[] = "bcdfghjkmnpqrstvwxyz";
    uint64_t x = hash_mix(j->seed + atomic_fetch_add(&j->count, 1));
    size_t n = 0;
    for (; n < 14; n++, x /= sizeof letters - 1)
        id[n] = letters[x % (sizeof letters - 1)];
    id[n] = '\0';
}

void journal_name(struct journal *j, struct str sent, char id[REQUEST_ID_BYTES])
{
    if (is_good_id(sent))
        snprintf(id, REQUEST_ID_BYTES, "%.*s", STR_ARG(sent));
    else
        new_id(j, id);
}

/* ---- lines ---- */

struct fields {
    struct log_field at[FIELDS_MAX];
    size_t n;
};

static void put_text(struct fields *f, const char *key, struct str text)
{
    ASSERT(f->n < FIELDS_MAX);
    if (text.n > 0)
        f->at[f->n++] = (struct log_field){.key = key, .text = text};
}

static void put_number(struct fields *f, const char *key, double v)
{
    ASSERT(f->n < FIELDS_MAX);
    f->at[f->n++] = (struct log_field){.key = key, .number = v};
}

/* Which report, where it is one that there is: then its name is one of ours. */
static void put_report(struct fields *f, const struct request *r, int status, char text[160])
{
    const struct route *route = r->match.route;
    if (route == NULL || status >= 400 || strstr(route->pattern, "{plugin}/{report}") == NULL)
        return;
    snprintf(text, 160, "%.*s/%.*s", STR_ARG(r->match.capture[0]), STR_ARG(r->match.capture[1]));
    put_text(f, "report", str_of(text));
}

static void put_failure(struct fields *f, const struct request *r, int status)
{
    if (status < 400)
        return;
    put_text(f, "code", str_of(r->err.code < 0 ? err_name(r->err.code) : NULL));
    if (status >= 500)
        put_text(f, "error", str_of(r->err.msg));
}

static void put_slow(struct fields *f, const struct request *r, struct buf *outline)
{
    put_text(f, "timing", str_of(r->answer.timing));
    if (r->query.n == 0)
        return;
    query_outline(r->query, OUTLINE_BYTES, outline);
    if (!outline->failed)
        put_text(f, "query", buf_view(outline));
}

static void write_line(const struct request *r, int status, int64_t ns, bool slow)
{
    struct fields f = {.n = 0};
    struct buf outline;
    char who[AUDIT_WHO_BYTES + 1];
    char message[96];
    char report[160];
    const struct route *route = r->match.route;
    const struct answer *a = &r->answer;
    buf_init(&outline, MEM_NET);
    request_who(r, who);
    snprintf(message, sizeof message, "%s %s %d%s", route ? route->method : "request",
             route ? route->pattern : "for nothing there is", status, slow ? " slow" : "");
    put_text(&f, "id", str_of(r->id));
    put_text(&f, "who", str_of(who));
    if (r->access.known)
        put_text(&f, "role", str_of(role_name(r->access.role)));
    put_text(&f, "method", str_of(route ? route->method : NULL));
    put_text(&f, "route", str_of(route ? route->pattern : NULL));
    put_report(&f, r, status, report);
    put_number(&f, "status", status);
    put_number(&f, "ms", (double)(ns / 1000) / 1000);
    if (a->rows >= 0)
        put_number(&f, "rows", (double)a->rows);
    put_number(&f, "bytes", (double)a->sent);
    if (r->received > 0)
        put_number(&f, "received", (double)r->received);
    put_text(&f, "engine", str_of(a->engine));
    if (a->snapshot > 0)
        put_number(&f, "snapshot", (double)a->snapshot);
    put_failure(&f, r, status);
    if (slow)
        put_slow(&f, r, &outline);
    log_event(status >= 500 || slow ? LOG_WARN : LOG_INFO, "net", message, f.at, f.n);
    buf_fini(&outline);
}

/* A request that waited for news, or sent a large body, is slow by its own will. */
static bool is_slow(struct journal *j, const struct request *r, int64_t ns)
{
    int64_t limit = atomic_load_explicit(&j->slow_ms, memory_order_relaxed);
    const struct route *route = r->match.route;
    if (limit <= 0 || ns / 1000000 < limit || route == NULL)
        return false;
    return !(route->flags & (ROUTE_STREAM | ROUTE_BATCH)) && request_wait_ms(r) == 0;
}

static bool is_notable(const struct request *r, int status)
{
    const struct route *route = r->match.route;
    return status >= 400 || (route != NULL && route->flags & (ROUTE_WRITE | ROUTE_BATCH));
}

void journal_note(struct journal *j, const struct request *r, int status, int64_t ns)
{
    int which = atomic_load_explicit(&j->which, memory_order_relaxed);
    bool slow = is_slow(j, r, ns);
    if (slow)
        atomic_fetch_add(&j->slow, 1);
    if (which == LOG_REQUESTS_ALL || slow ||
        (which == LOG_REQUESTS_NOTABLE && is_notable(r, status)))
        write_line(r, status, ns, slow);
}
