/* SPDX-License-Identifier: MIT
 *
 * A whole server over a temporary data directory with three blocks and a plugin, and a client that
 * shows every byte of an answer. */
#ifndef TEST_NET_WORLD_H
#define TEST_NET_WORLD_H

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "ingest/places.h"
#include "net/httpd.h"
#include "store/tmpdir.h"
#include "test.h"

struct world {
    char dir[128], plugins[128];
    struct snap_cell *cell;
    struct store *store;
    struct registry *registry;
    struct alert_engine *alerts;
    struct checks *checks;
    struct pool *pool;
    struct httpd *httpd;
    int status;
    char *answer;     /* the last one, whole */
    const char *body; /* behind its header */
};

static const char world_places[] = "level,code,parent,name,name_hi\n"
                                   "state,20,,Jharkhand,झारखंड\n"
                                   "district,607,20,Ramgarh,रामगढ़\n"
                                   "block,3168,607,Gola,गोला\n"
                                   "block,6717,607,Dulmi,दुलमी\n"
                                   "block,3175,607,Ramgarh,रामगढ़\n";

static const char world_plugin[] =
    "plugin { name = 'trial', version = '1.0.0', api = 1, title = 'Trial' }\n"
    "targets 'trial_2021' { title = 'Trial', source = 'a letter', level = 'block',\n"
    "  from = '2021-08-26', to = '2021-12-31', fixed = { [3168] = 100, [6717] = 50 } }\n"
    "report 'by_block' { title = { en = 'By block', hi = 'प्रखंडवार' },\n"
    "  params = { { 'district', type = 'place', level = 'district', required = true } },\n"
    "  query = [[ FROM registrations |> WHERE district = @district\n"
    "             |> AGGREGATE COUNT(*) AS done GROUP BY block |> ORDER BY done DESC ]],\n"
    "  columns = { { 'block' }, { 'done', type = 'integer' } }, total = true }\n";

/* The folder of a dashboard, for servers that start from now on. */
static const char *world_dashboard;

static inline void world_write(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static inline void world_open(struct world *w)
{
    struct err e = {0};
    struct places_report report;
    assert_int_equal(snap_cell_new(&w->cell, &e), 0);
    assert_int_equal(store_open(w->dir, w->cell, &w->store, &e), 0);
    assert_int_equal(places_import(w->store, str_of(world_places), NULL, &report, &e), 0);
    assert_int_equal(registry_new(w->plugins, w->cell, &w->registry, &e), 0);
    assert_int_equal(
        alert_engine_new(
            &(struct alert_options){.registry = w->registry, .cell = w->cell, .store = w->store},
            &w->alerts, &e),
        0);
    assert_int_equal(
        checks_new(w->registry, w->cell, w->store, alert_engine_wake, w->alerts, &w->checks, &e),
        0);
    assert_int_equal(alert_engine_catch_up(w->alerts, &e), 0);
    assert_int_equal(pool_new("test", 2, 64, &w->pool, &e), 0);
    struct service s = {.store = w->store,
                        .cell = w->cell,
                        .registry = w->registry,
                        .alerts = w->alerts,
                        .checks = w->checks,
                        .pool = w->pool,
                        .version = "0",
                        .instance = "test",
                        .dashboard_dir = world_dashboard,
                        .plugins_dir = w->plugins};
    assert_int_equal(httpd_start(&s, "127.0.0.1:0", &w->httpd, &e), 0);
}

static inline int world_up(void **state)
{
    static struct world w;
    memset(&w, 0, sizeof w);
    log_threshold(LOG_OFF);
    tmpdir_make(w.dir);
    tmpdir_make(w.plugins);
    world_write(w.plugins, "trial.lua", world_plugin);
    world_open(&w);
    *state = &w;
    return 0;
}

static inline int world_down(void **state)
{
    struct world *w = *state;
    httpd_stop(w->httpd, 1000);
    pool_free(w->pool);
    checks_free(w->checks);
    alert_engine_free(w->alerts);
    store_close(w->store);
    registry_free(w->registry);
    snap_cell_free(w->cell);
    free(w->answer);
    tmpdir_remove(w->dir);
    tmpdir_remove(w->plugins);
    return 0;
}

static inline int world_connect(const struct world *w)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)httpd_port(w->httpd)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

/* Sends the bytes and reads until the server closes. */
static inline void world_raw(struct world *w, const char *request, size_t n)
{
    size_t size = 1 << 20;
    size_t got = 0;
    int fd = world_connect(w);
    assert_int_equal(send(fd, request, n, MSG_NOSIGNAL), (ssize_t)n);
    free(w->answer);
    w->answer = calloc(1, size);
    assert_non_null(w->answer);
    for (ssize_t k; (k = recv(fd, w->answer + got, size - 1 - got, 0)) > 0;)
        got += (size_t)k;
    close(fd);
    w->status = 0;
    (void)sscanf(w->answer, "HTTP/1.1 %d", &w->status);
    w->body = strstr(w->answer, "\r\n\r\n");
    w->body = w->body ? w->body + 4 : "";
}

/* One request; `headers` are lines that end in CR LF, or "". */
static inline int world_send(struct world *w, const char *method, const char *target,
                             const char *headers, const char *body)
{
    static char request[1 << 16];
    int n = snprintf(request, sizeof request,
                     "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n"
                     "%s\r\n%s",
                     method, target, strlen(body), headers, body);
    assert_in_range(n, 1, sizeof request - 1);
    world_raw(w, request, (size_t)n);
    return w->status;
}

static inline int world_get(struct world *w, const char *target)
{
    return world_send(w, "GET", target, "", "");
}

/* The tag of the last answer. */
static inline void world_tag(const struct world *w, char tag[64])
{
    const char *at = strstr(w->answer, "ETag: ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "ETag: %63[^\r]", tag), 1);
}

/* Waits until the alerts have seen the newest data: how far they have got is part of every tag. */
static inline void world_settle(struct world *w)
{
    for (int i = 0; i < 1000; i++) {
        struct snap *s = snap_cell_get(w->cell);
        bool settled = alert_engine_snapshot(w->alerts) == s->id;
        snap_unref(s);
        if (settled)
            return;
        usleep(10000);
    }
    fail_msg("the alerts do not follow");
}

static inline int world_import(struct world *w, const char *key, const char *csv)
{
    char header[128];
    snprintf(header, sizeof header, "Idempotency-Key: %s\r\n", key);
    return world_send(w, "POST", "/v1/registrations?source=test", header, csv);
}

static inline void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s\ndoes not say %s", text, part);
}

static const char world_csv[] = "date,district,block,sector,count\n"
                                "2021-11-20,607,Gola,Agriculture,5\n"
                                "2021-11-19,607,Dulmi,,2\n";

#endif
