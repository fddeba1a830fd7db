/* SPDX-License-Identifier: MIT
 *
 * What workers do with a request: look whether its answer is there or being made, else make it,
 * keep it for those who ask the same, and give the connection back to its thread.
 *
 *   work_submit ─ queue ─ work ─┬─ answered: 304, or kept meanwhile ──────────────┬─▶ hand_back
 *                               ├─ joins: waits without a worker ─ after_flight ──┤
 *                               └─ run_route, compressed, kept, flights_land ─────┘
 *
 * In between the request belongs to the worker, to its flight, or to whoever tells it of the
 * flight's end; the connection is suspended all the while. */
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "coding.h"
#include "httpd_int.h"
#include "response.h"
#include "who.h"

/* Keeps a copy of a good tagged answer, with the header fields that the next who asks gets. */
static bool keep_answer(struct request *r)
{
    struct answer copy = r->answer;
    if (copy.status != 200 || copy.etag[0] == '\0' || copy.body.n > HTTP_CACHE_ANSWER_BYTES)
        return false;
    buf_init(&copy.body, MEM_NET);
    buf_put(&copy.body, r->answer.body.p, r->answer.body.n);
    snprintf(copy.timing, sizeof copy.timing, "cache;desc=kept");
    struct MHD_Response *rs = copy.body.failed ? NULL : response_of(&copy);
    if (rs != NULL)
        cache_put(r->httpd->cache, r->key, rs, r->answer.body.n);
    buf_fini(&copy.body);
    return rs != NULL;
}

void work_run_route(struct request *r)
{
    int64_t start = clock_mono_ns();
    struct answer *a = &r->answer;
    char who[AUDIT_WHO_BYTES + 1];
    request_who(r, who);
    store_act_as(str_of(who));
    int rc = r->match.route->run(r, &r->err);
    if (rc == ERR_CANCELLED && turns_pushed_out(r->httpd->turns, &r->turn)) {
        err_set(&r->err, ERR_BUSY, "the query was stopped to make room for others");
        err_hint(&r->err, "ask for less at once, or try again in a moment");
    }
    if (rc < 0) {
        ASSERT(r->err.code < 0);
        answer_problem(a, &r->err, NULL);
    }
    if (a->status != 200 && a->status != 304)
        a->etag[0] = '\0';
    answer_timing(a, "total", clock_mono_ns() - start);
}

static void list_add(struct httpd *h, struct request *r)
{
    pthread_mutex_lock(&h->lock);
    r->next = h->first;
    if (r->next != NULL)
        r->next->prev = r;
    h->first = r;
    pthread_mutex_unlock(&h->lock);
}

bool work_is_query(const struct request *r)
{
    return !(r->match.route->flags & ROUTE_WRITE);
}

void httpd_queries(struct httpd *h, struct json *j)
{
    int64_t now = clock_mono_ns();
    pthread_mutex_lock(&h->lock);
    for (const struct request *r = h->first; r != NULL; r = r->next) {
        if (!work_is_query(r))
            continue;
        json_object(j);
        json_put_cstr(j, "id", r->query_id);
        json_put_cstr(j, "method", r->match.route->method);
        json_put_cstr(j, "route", r->match.route->pattern);
        json_put_bool(j, "running", turns_is_running(h->turns, &r->turn));
        json_put_i64(j, "ms", (now - r->started_ns) / 1000000);
        json_object_end(j);
    }
    pthread_mutex_unlock(&h->lock);
}

size_t httpd_cancel(struct httpd *h, struct str id)
{
    size_t n = 0;
    pthread_mutex_lock(&h->lock);
    for (struct request *r = h->first; r != NULL; r = r->next) {
        if (!work_is_query(r) || !str_eq(str_of(r->query_id), id))
            continue;
        cancel_fire(&r->cancel);
        n++;
    }
    pthread_mutex_unlock(&h->lock);
    return n;
}

static void list_remove(struct httpd *h, struct request *r)
{
    pthread_mutex_lock(&h->lock);
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        h->first = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
    r->next = r->prev = NULL;
    pthread_mutex_unlock(&h->lock);
}

/* Gives the request back to its HTTP thread. It may be gone at once: nothing of it is used after.
 */
static void hand_back(struct request *r)
{
    struct httpd *h = r->httpd;
    watch_work(h->watch, httpd_watched(r), NULL);
    list_remove(h, r);
    r->phase = PHASE_READY;
    MHD_resume_connection(r->conn);
    atomic_fetch_sub(&h->working, 1);
}

/* Where it cannot be compressed it is sent as it is. */
static void compress_answer(struct request *r)
{
    struct answer *a = &r->answer;
    struct buf packed;
    struct err ignored;
    if (r->coding == CODING_NONE || a->body.n < CODING_BYTES_MIN ||
        r->format == OUT_XLSX) /* packed as it is */
        return;
    int64_t start = clock_mono_ns();
    buf_init(&packed, MEM_NET);
    if (coding_pack(r->coding, buf_view(&a->body), &packed, &ignored) == 0 &&
        packed.n < a->body.n) {
        struct buf plain = a->body;
        a->body = packed;
        packed = plain;
        a->packed = r->coding;
        answer_timing(a, coding_name(r->coding), clock_mono_ns() - start);
    }
    buf_fini(&packed);
}

/* Pins what the answer is made of and tags it; true when nothing is left to do: the client has the
 * answer, or it was made while this request waited. When new data comes, thousands ask the same at
 * once: the first makes the answer for all. */
static bool is_answered(struct request *r)
{
    struct httpd *h = r->httpd;
    unsigned swaps = seen_swaps();
    if (!(r->match.route->flags & ROUTE_TAGGED))
        return false;
    if (request_pin(r, &r->err) < 0) {
        answer_problem(&r->answer, &r->err, NULL);
        r->made = false;
        return true;
    }
    seen_learn(&h->plugins, swaps, r->snap->catalogue, r->plugins);
    r->plugins_hash = seen_hash(r->plugins);
    if (request_tag(r)) {
        r->answer.status = 304;
        return true;
    }
    r->made = cache_has(h->cache, r->key);
    return r->made;
}

static int hand_over(struct request *r);

/* What it waited for has landed, or it waits no longer. */
static void after_flight(struct request *r, enum landing how)
{
    r->made = how == LANDING_KEPT;
    r->alone = how == LANDING_ALONE;
    bool goes_on = !r->made && cancel_check(&r->cancel, &r->err) == 0;
    if (goes_on && hand_over(r) == 0)
        return;
    if (!r->made) {
        r->answer.etag[0] = '\0';
        answer_problem(&r->answer, &r->err, NULL);
    }
    hand_back(r);
}

static void told_of_flight(struct flight_seat *s, enum landing how)
{
    after_flight((struct request *)(void *)((char *)s - offsetof(struct request, seat)), how);
}

/* True when another makes the same answer: the request waits for it and is no longer the caller's.
 * Else r->flies, unless the answer was made a moment ago. */
static bool joins(struct request *r)
{
    struct httpd *h = r->httpd;
    r->flies = false;
    if (!(r->match.route->flags & ROUTE_TAGGED) || r->alone)
        return false;
    r->seat = (struct flight_seat){.key = r->key, .cancel = &r->cancel, .told = told_of_flight};
    if (!flights_join(h->flights, &r->seat)) {
        r->made = cache_has(h->cache, r->key);
        r->flies = !r->made;
        if (r->made)
            flights_land(h->flights, &r->seat, true);
        return false;
    }
    request_unpin(r);
    turns_done(h->turns, &r->turn);
    enum landing how = flights_board(h->flights, &r->seat);
    if (how != LANDING_NONE)
        after_flight(r, how);
    return true;
}

static void work(void *arg)
{
    struct request *r = arg;
    bool answered = is_answered(r);
    if (!answered && joins(r))
        return;
    answered = answered || r->made;
    if (!answered)
        work_run_route(r);
    request_unpin(r);
    if (!answered) {
        compress_answer(r);
        bool kept = keep_answer(r);
        if (r->flies)
            flights_land(r->httpd->flights, &r->seat, kept);
    }
    if (!(r->match.route->flags & ROUTE_WRITE))
        turns_done(r->httpd->turns, &r->turn);
    hand_back(r);
}

static struct request *request_of(struct turn *t)
{
    return (struct request *)(void *)((char *)t - offsetof(struct request, turn));
}

static void take_turn(struct turn *t)
{
    work(request_of(t));
}

static void push_out(struct turn *t)
{
    cancel_fire(&request_of(t)->cancel);
}

/* Whose turn it is: behind a proxy, the client that it names. */
static uint64_t client_of(struct request *r)
{
    struct address a;
    if (!gate_client(r->httpd->gate, httpd_peer(r->conn), request_header(r, "X-Forwarded-For"), &a))
        return 0;
    return address_key(&a);
}

static int hand_over(struct request *r)
{
    struct httpd *h = r->httpd;
    r->turn.run = take_turn;
    r->turn.push_out = push_out;
    if (!(r->match.route->flags & ROUTE_WRITE))
        return turns_submit(h->turns, client_of(r), &r->turn, &r->err);
    if (pool_submit(h->writers, work, r) == 0)
        return 0;
    err_set(&r->err, ERR_BUSY, "the server has more imports waiting than it will queue");
    err_hint(&r->err, "try again in a moment");
    return ERR_BUSY;
}

enum MHD_Result work_submit(struct request *r)
{
    struct httpd *h = r->httpd;
    bool writes = r->match.route->flags & ROUTE_WRITE;
    /* Counted first, then looked: who stops has set `drained` before it waits for the count. */
    atomic_fetch_add(&h->working, 1);
    if (atomic_load(&h->drained)) {
        atomic_fetch_sub(&h->working, 1);
        err_set(&r->err, ERR_UNAVAILABLE, "the server is stopping");
        return httpd_refuse(r);
    }
    watch_until(httpd_watched(r), 0);
    if (!writes)
        watch_work(h->watch, httpd_watched(r), &r->cancel);
    r->phase = PHASE_WORK;
    list_add(h, r);
    MHD_suspend_connection(r->conn);
    if (hand_over(r) < 0) {
        atomic_fetch_add(&h->metrics.refused_busy, 1);
        answer_problem(&r->answer, &r->err, NULL);
        r->made = false;
        request_unpin(r);
        hand_back(r);
    }
    return MHD_YES;
}
