/* SPDX-License-Identifier: MIT
 *
 * A load on a server of ours: what falls due is asked, and time is counted from when it was due.
 * The requests of the mixed benchmark are understood by the server. */
#include "../../../core/main/bench_load.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../../../core/main/app.h"
#include "../../../core/main/bench_dir.h"
#include "../../../core/main/bench_mix.h"
#include "../../../core/main/bench_watch.h"
#include "base/clock.h"
#include "base/log.h"
#include "test.h"

enum { ROWS = 5000, BATCH = 50, SECOND = 1000000000 };

static struct app app;
static struct httpd *server;
static struct bench_dir dir;

static int set_up(void **state)
{
    struct err e = {0};
    (void)state;
    assert_int_equal(bench_dir_open(NULL, ROWS, &dir, &e), 0);
    assert_int_equal(app_open(dir.path, "/nonexistent", &app, &e), 0);
    assert_int_equal(httpd_start(&app.service, "127.0.0.1:0", &server, &e), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    httpd_stop(server, 1000);
    app_close(&app);
    bench_dir_close(&dir);
    return 0;
}

static struct load load_of(int connections, double per_second, struct load_source source)
{
    return (struct load){.source = source,
                         .port = httpd_port(server),
                         .connections = connections,
                         .per_second = per_second,
                         .start_ns = clock_mono_ns(),
                         .length_ns = SECOND};
}

static void every_question_is_answered(void **state)
{
    struct mix_reader reader[2] = {{.number = 1}, {.number = 2, .heavy = true}};
    struct err e = {0};
    bool seen[MIX_KINDS] = {false};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct load l = load_of(2, 40, (struct load_source){mix_question, NULL, &reader[i]});
        assert_int_equal(load_start(&l, &e), 0);
        load_wait(&l);
        assert_int_equal(l.requests, 40);
        for (uint64_t k = 0; k < l.requests; k++) {
            assert_int_equal(l.request[k].status, 200);
            assert_true(l.request[k].end_ns > l.request[k].due_ns);
            seen[l.request[k].kind] = true;
        }
        load_fini(&l);
    }
    for (int k = 0; k < MIX_BATCH; k++)
        assert_true(seen[k]);
}

static void requests_differ(void **state)
{
    struct mix_reader reader = {.number = 3};
    struct buf a, b;
    (void)state;
    buf_init(&a, MEM_MAIN);
    buf_init(&b, MEM_MAIN);
    for (uint64_t k = 0; k < 100; k++) {
        buf_clear(&a);
        buf_clear(&b);
        int kind = mix_question(&reader, k, &a);
        /* The same question again, a round later: there are 13 that are not heavy. */
        assert_int_equal(mix_question(&reader, k + 13, &b), kind);
        assert_true(str_cmp(buf_view(&a), buf_view(&b)) != 0);
    }
    buf_fini(&a);
    buf_fini(&b);
}

static int64_t registrations(void)
{
    struct snap *s = snap_cell_get(app.cell);
    int64_t n = s->registrations;
    snap_unref(s);
    return n;
}

static void what_is_acknowledged_is_there(void **state)
{
    static struct mix_writer w;
    static struct bench_watch watch;
    struct err e = {0};
    int64_t before = registrations();
    int64_t acknowledged = 0;
    (void)state;
    assert_int_equal(mix_writer_init(&w, BATCH, 30, &e), 0);
    w.run = "test";
    assert_int_equal(bench_watch_start(&watch, app.store, &e), 0);
    struct load l = load_of(4, 20, (struct load_source){mix_batch, mix_acknowledged, &w});
    assert_int_equal(load_start(&l, &e), 0);
    load_wait(&l);
    bench_watch_stop(&watch);
    for (uint64_t k = 0; k < l.requests; k++) {
        assert_int_equal(l.request[k].status, 201);
        acknowledged += l.request[k].taken;
    }
    assert_int_equal(acknowledged, l.requests * BATCH);
    assert_int_equal(registrations() - before, acknowledged);
    assert_true(watch.last.commits > watch.first.commits);
    assert_true(watch.total_s > 0 && watch.cpus > 0);
    load_fini(&l);
    mix_writer_fini(&w);
}

static int stall(const void *ctx, uint64_t k, struct buf *out)
{
    (void)ctx;
    if (k == 0)
        usleep(300000);
    bench_client_get(out, "/healthz", "");
    return 0;
}

/* One connection that is held up for 0.3 s: what fell due meanwhile is late, and has waited. */
static void waiting_counts(void **state)
{
    struct err e = {0};
    (void)state;
    struct load l = load_of(1, 100, (struct load_source){stall, NULL, NULL});
    assert_int_equal(load_start(&l, &e), 0);
    load_wait(&l);
    assert_int_equal(l.requests, 100);
    assert_true(atomic_load(&l.late) >= 29);
    assert_true(l.request[0].end_ns - l.request[0].due_ns >= 300000000);
    assert_true(l.request[15].end_ns - l.request[15].due_ns >= 150000000 - 10000000);
    assert_int_equal(l.request[99].status, 200);
    load_fini(&l);
}

static void where_nobody_listens_there_is_no_answer(void **state)
{
    struct err e = {0};
    (void)state;
    struct load l = load_of(2, 10, (struct load_source){stall, NULL, NULL});
    l.port = 1;
    assert_int_equal(load_start(&l, &e), 0);
    load_wait(&l);
    for (uint64_t k = 0; k < l.requests; k++)
        assert_int_equal(l.request[k].status, 0);
    load_fini(&l);
}

static void a_span_that_touches_a_merge_is_beside_it(void **state)
{
    static struct bench_watch w = {.merge = {{10, 20}, {40, 50}}, .merges = 2};
    (void)state;
    assert_false(bench_watch_merged(&w, 0, 9));
    assert_true(bench_watch_merged(&w, 0, 10));
    assert_true(bench_watch_merged(&w, 12, 13));
    assert_false(bench_watch_merged(&w, 21, 39));
    assert_true(bench_watch_merged(&w, 15, 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_question_is_answered),
                                       cmocka_unit_test(requests_differ),
                                       cmocka_unit_test(what_is_acknowledged_is_there),
                                       cmocka_unit_test(waiting_counts),
                                       cmocka_unit_test(where_nobody_listens_there_is_no_answer),
                                       cmocka_unit_test(a_span_that_touches_a_merge_is_beside_it)};
    log_threshold(LOG_OFF);
    return cmocka_run_group_tests_name("main/bench_load", tests, set_up, tear_down);
}
