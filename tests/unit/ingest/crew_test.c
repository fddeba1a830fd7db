/* SPDX-License-Identifier: MIT
 *
 * Files read by a crew: whatever the pieces and the threads, all that is told and all that is
 * stored is the same as when one thread reads the file as a whole. */
#include "base/hash.h"
#include "base/pool.h"
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <zstd.h>

enum { BLOCK = 97, THREADS = 3 };

static uint64_t random_seed(const char *what)
{
    const char *given = getenv("PANJI_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761u;
    print_message("# %s: PANJI_TEST_SEED=%llu\n", what, (unsigned long long)seed);
    return seed;
}

static uint64_t rnd(uint64_t *g, uint64_t below)
{
    *g = hash_mix(*g + 0x9E3779B97F4A7C15u);
    return *g % below;
}

/* ---- what came of it ------------------------------------------------------------------------- */

static void put_error(struct buf *out, const struct batch_error *e)
{
    buf_printf(out, "%u %u %s|%s|%s|%s\n", e->line, e->column, e->field, e->value, e->reason,
               e->near);
}

static void put_told(struct buf *out, const struct batch *b, int rc, const struct batch_result *r,
                     const struct err *err)
{
    size_t listed, total, warnings;
    buf_printf(out, "rc %d\n", rc);
    if (rc < 0)
        buf_printf(out, "%s|%s|%d\n", err->msg, err->hint, err->line);
    else
        buf_printf(out, "%s %s %lld %lld %lld\n", r->source, r->id, (long long)r->accepted,
                   (long long)r->rejected, (long long)r->registrations);
    const struct batch_error *e = batch_errors(b, &listed, &total);
    buf_printf(out, "errors %zu of %zu\n", listed, total);
    for (size_t i = 0; i < listed; i++)
        put_error(out, &e[i]);
    const char *const *w = batch_warnings(b, &warnings);
    for (size_t i = 0; i < warnings; i++)
        buf_printf(out, "warning %s\n", w[i]);
}

/* The words, and each segment as it is stored. */
static void put_stored(struct buf *out, struct world *w)
{
    struct err err;
    struct snap *s = snap_cell_get(w->cell);
    buf_printf(out, "%llu rows\n", (unsigned long long)s->rows);
    for (size_t a = 0; a < s->schema->n; a++)
        for (int32_t id = 0; s->dict[a] != NULL && id < dict_count(s->dict[a]); id++)
            buf_printf(out, "%zu %d %.*s\n", a, id, STR_ARG(dict_get(s->dict[a], id)));
    for (size_t i = 0; i < s->segs; i++)
        assert_int_equal(seg_encode(s->seg[i], out, &err), 0);
    snap_unref(s);
}

/* How a file is read. */
struct way {
    size_t piece, block, push;
    int threads; /* 0: no pool */
    enum on_error on_error;
};

static int read_file(struct world *w, struct str text, const struct way *way, struct batch **b,
                     struct batch_result *r, struct err *err, struct pool *pool)
{
    struct batch_options o = world_options("test", "");
    o.pool = pool;
    o.piece_bytes = way->piece;
    o.block_rows = way->block;
    o.on_error = way->on_error;
    memset(r, 0, sizeof *r);
    memset(err, 0, sizeof *err);
    assert_int_equal(batch_new(w->store, w->cell, &o, b, err), 0);
    for (size_t at = 0; at < text.n; at += way->push) {
        size_t n = text.n - at < way->push ? text.n - at : way->push;
        int rc = batch_push(*b, text.p + at, n, err);
        if (rc < 0)
            return rc;
    }
    return batch_end(*b, r, err);
}

/* Imports into a store of its own and writes down all that can be seen of it. */
static void outcome(struct str text, const struct way *way, struct buf *out)
{
    void *state;
    struct pool *pool = NULL;
    struct batch *b;
    struct batch_result r;
    struct err err;
    if (way->threads > 0)
        assert_int_equal(pool_new("readers", way->threads, 64, &pool, &err), 0);
    world_setup(&state);
    int rc = read_file(state, text, way, &b, &r, &err, pool);
    put_told(out, b, rc, &r, &err);
    batch_free(b);
    if (rc == 0 && r.rejected > 0)
        assert_int_equal(
            store_rejects_csv(((struct world *)state)->store, STR("test"), str_of(r.id), out, &err),
            0);
    put_stored(out, state);
    world_teardown(&state);
    pool_free(pool);
}

static void expect_same(struct str text, enum on_error on_error)
{
    static const struct {
        size_t piece, push;
        int threads;
    } ways[] = {
        {200, 1 << 20, 0},    {64, 7, THREADS},  {200, 1 << 20, THREADS},
        {1000, 333, THREADS}, {300, 1 << 20, 1}, {1, 1 << 20, THREADS},
    };
    struct way whole = {0, BLOCK, 1 << 20, 0, on_error};
    struct buf want, got;
    buf_init(&want, MEM_MAIN);
    outcome(text, &whole, &want);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct way way = {ways[i].piece, BLOCK, ways[i].push, ways[i].threads, on_error};
        buf_init(&got, MEM_MAIN);
        outcome(text, &way, &got);
        if (!str_eq(buf_view(&want), buf_view(&got)))
            fail_msg("way %zu of a file of %zu bytes:\n%.3000s\nas a whole:\n%.3000s", i, text.n,
                     got.p, want.p);
        buf_fini(&got);
    }
    buf_fini(&want);
}

static void expect_same_both(struct buf *text)
{
    assert_false(text->failed);
    expect_same(buf_view(text), ON_ERROR_REJECT);
    expect_same(buf_view(text), ON_ERROR_SKIP);
    buf_fini(text);
}

/* ---- files ----------------------------------------------------------------------------------- */

static const char *const blocks[] = {"Gola", "गोला", "3172", "PATRATU", "RAMGARH", "रामगढ़"};
static const char *const sectors[] = {"कृषि", "Agriculture", "1", "", "Construction"};

static void put_row(struct buf *out, uint64_t *g, const char *end)
{
    buf_printf(out, "2021-%02d-%02d,607,%s,%s,%s,centre %d,%d%s", (int)rnd(g, 3) + 10,
               (int)rnd(g, 28) + 1, blocks[rnd(g, ARRAY_LEN(blocks))],
               sectors[rnd(g, ARRAY_LEN(sectors))], rnd(g, 2) ? "F" : "", (int)rnd(g, 50),
               (int)rnd(g, 40) + 18, end);
}

static const char header[] = "date,district,block,sector,gender,centre,age";

static void clean_files(void **state)
{
    (void)state;
    uint64_t g = random_seed("clean");
    struct buf t;
    for (int rows = 1; rows < 2000; rows = rows * 5 + 3) {
        buf_init(&t, MEM_MAIN);
        buf_printf(&t, "%s\n", header);
        for (int i = 0; i < rows; i++)
            put_row(&t, &g, i + 1 < rows ? "\n" : "");
        expect_same(buf_view(&t), ON_ERROR_REJECT);
        buf_fini(&t);
    }
}

/* More faults than are listed, of every kind, blank and empty rows among them. */
static void dirty_files(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "2021-11-20,607,Golaa,,,x,30\n",
        "2021-02-30,607,Gola,,,x,30\n",
        "2021-11-20,,Gola,,,x,30\n",
        "2021-11-20,607,Gola,,,x\n",
        "2021-11-20,607,Gola,,Q,x,300\n",
        "2021-11-20,607,Gola,\"\"z,,x,30\n",
        "\n",
        ",,,,,,\n",
        "2021-11-20,607,Gola,,,\xFF,30\n",
        "2021-11-20,Nowhere,Gola,farming,,x,30\n",
        "2020-11-20,607,Gola,1,,x,30\n",
    };
    uint64_t g = random_seed("dirty");
    for (unsigned share = 2; share < 60; share *= 5) {
        struct buf t;
        buf_init(&t, MEM_MAIN);
        buf_printf(&t, "%s\n", header);
        for (int i = 0; i < 700; i++)
            if (rnd(&g, share) == 0)
                buf_cstr(&t, wrong[rnd(&g, ARRAY_LEN(wrong))]);
            else
                put_row(&t, &g, "\n");
        expect_same_both(&t);
    }
}

/* Different words without meaning, more than are explained. */
static void a_file_of_nothing_but_faults(void **state)
{
    (void)state;
    struct buf t;
    buf_init(&t, MEM_MAIN);
    buf_printf(&t, "%s\n", header);
    for (int i = 0; i < 1500; i++)
        buf_printf(&t, "2021-11-20,607,Golaa%d,,F,x,30\n", i);
    expect_same_both(&t);
}

static void quoted_files(void **state)
{
    (void)state;
    static const char *const centre[] = {"plain",
                                         "\"with, comma\"",
                                         "\"two\nlines\"",
                                         "\"say \"\"x\"\"\"",
                                         "a \"quote\" inside",
                                         "\"\"",
                                         "\"three\r\nline\n\nends\"",
                                         "\"ends\"\"\""};
    uint64_t g = random_seed("quoted");
    for (int round = 0; round < 4; round++) {
        const char *end = round % 2 ? "\r\n" : "\n";
        struct buf t;
        buf_init(&t, MEM_MAIN);
        buf_printf(&t,
                   "\xEF\xBB\xBF"
                   "date,\"district\",block,\"centre\",\"of\ntwo lines\"%s",
                   end);
        for (int i = 0; i < 300; i++)
            buf_printf(&t, "2021-11-%02d,%s607%s,%s,%s,%s%s", (int)rnd(&g, 28) + 1,
                       round > 1 ? "\"" : "", round > 1 ? "\"" : "",
                       rnd(&g, 9) || round == 0 ? "Gola" : "Golaa",
                       centre[rnd(&g, ARRAY_LEN(centre))], rnd(&g, 5) ? "" : "\"x\ny\"", end);
        expect_same_both(&t);
    }
}

static void files_that_are_refused_as_a_whole(void **state)
{
    (void)state;
    uint64_t g = random_seed("refused");
    static const char *const last[] = {"2021-11-20,607,Gola,,F,\"open", "2021-11-20,607,\"open\n\n",
                                       "\"\n"};
    for (int kind = 0; kind < 6; kind++) {
        struct buf t;
        buf_init(&t, MEM_MAIN);
        buf_printf(&t, "%s\n", header);
        for (int i = 0; i < 400; i++) {
            if (kind == 3 && i == 250)
                buf_put(&t, "2021-11-20,607,Go\0la,,F,x,30\n", 29);
            if (kind == 4 && i % 40 == 39)
                buf_cstr(&t, "2021-11-20,607,Golaa,,F,x,30\n");
            if (kind == 5 && i % 8 == 0)
                buf_cstr(&t, "2021-11-20,607,Gola,,F,2345 6789 0124,30\n");
            put_row(&t, &g, "\n");
        }
        if (kind < 3)
            buf_cstr(&t, last[kind]);
        expect_same_both(&t);
    }
}

/* Bytes that mean something, in any order, behind a sound header. */
static void random_files(void **state)
{
    (void)state;
    static const char *const bits[] = {
        "\n",   "\r\n", ",", "\"",   "\"\"", "607", "2021-11-20",
        "Gola", "F",    " ", "गोला", ";",    "x",   "\n2021-11-20,607,Gola\n"};
    uint64_t g = random_seed("random");
    for (int round = 0; round < 10; round++) {
        struct buf t;
        buf_init(&t, MEM_MAIN);
        buf_cstr(&t, "date,district,block\n");
        for (uint64_t n = rnd(&g, 600); n > 0; n--)
            buf_cstr(&t, bits[rnd(&g, ARRAY_LEN(bits))]);
        expect_same_both(&t);
    }
}

/* Keys in many orders, some of them none of ours, between lines that are wrong in every way. */
static void ndjson_files(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"date\":\"2021-11-20\",\"district\":607,\"block\":\"Golaa\"}\n",
        "{\"date\":\"2021-02-30\",\"district\":607}\n",
        "{\"date\":\"2021-11-20\",\"district\":607\n",
        "{\"date\":\"2021-11-20\",\"district\":607,\"date\":\"\"}\n",
        "{\"date\":\"2021-11-20\",\"district\":607,\"x\":[1]}\n",
        "{\"date\":\"2021-11-20\",\"district\":607,\"centre\":\"\xFF\"}\n",
        "{\"date\":\"2021-11-20\",\"district\":607,\"centre\":\"\\u12\"}\n",
        "{\"age\":30}\n",
        "\n",
        "{}\n",
        "nonsense\n",
    };
    static const char *const more[] = {"",
                                       ",\"gender\":\"F\"",
                                       ",\"age\":30",
                                       ",\"centre\":\"a \\\"b\\\" \\u0915\"",
                                       ",\"centre\":\"plain\",\"age\":null",
                                       ",\"count\":\"२\"",
                                       ",\"remark\":\"x\"",
                                       ",\"Sector\":\"कृषि\",\"note\":5"};
    uint64_t g = random_seed("ndjson");
    for (unsigned share = 2; share < 60; share *= 5) {
        struct buf t;
        buf_init(&t, MEM_MAIN);
        for (int i = 0; i < 700; i++)
            if (i > 0 && rnd(&g, share) == 0)
                buf_cstr(&t, wrong[rnd(&g, ARRAY_LEN(wrong))]);
            else
                buf_printf(&t, "{\"date\":\"2021-11-%02d\",\"district\":607%s}\n",
                           (int)rnd(&g, 28) + 1, more[rnd(&g, i < 300 ? 4 : ARRAY_LEN(more))]);
        expect_same_both(&t);
    }
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static void a_record_larger_than_a_piece(void **state)
{
    (void)state;
    for (size_t n = LINE_BYTES_MAX - 40; n < LINE_BYTES_MAX + 40; n += 79) {
        struct buf t;
        struct way one = {0, BLOCK, 1 << 16, 0, ON_ERROR_SKIP};
        struct way many = {1000, BLOCK, 1 << 16, THREADS, ON_ERROR_SKIP};
        struct buf a, b;
        buf_init(&t, MEM_MAIN);
        buf_cstr(&t, "date,district,remark\n2021-11-20,607,x\n2021-11-20,607,\"");
        char *p = buf_reserve(&t, n);
        assert_non_null(p);
        memset(p, 'a', n);
        t.n += n;
        buf_cstr(&t, "\"\n2021-11-20,607,y\n");
        buf_init(&a, MEM_MAIN);
        buf_init(&b, MEM_MAIN);
        outcome(buf_view(&t), &one, &a);
        outcome(buf_view(&t), &many, &b);
        assert_true(str_eq(buf_view(&a), buf_view(&b)));
        assert_true(memmem(a.p, a.n, n < LINE_BYTES_MAX ? "3 rows" : "is longer than", 6) != NULL);
        buf_fini(&a);
        buf_fini(&b);
        buf_fini(&t);
    }
}

struct room {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool there;
};

static void on_room(void *ctx)
{
    struct room *room = ctx;
    pthread_mutex_lock(&room->lock);
    room->there = true;
    pthread_cond_signal(&room->changed);
    pthread_mutex_unlock(&room->lock);
}

/* Who may not wait is told when there is room. */
static void room_is_told(void **state)
{
    struct world *w = *state;
    struct room room = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    struct pool *pool;
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct batch_options o = world_options("test", "");
    int waits = 0;
    assert_int_equal(pool_new("readers", 1, 8, &pool, &err), 0);
    o.pool = pool;
    o.piece_bytes = 4000;
    assert_int_equal(batch_new(w->store, w->cell, &o, &b, &err), 0);
    assert_int_equal(batch_push(b, "date,district,centre\n", 21, &err), 0);
    for (int i = 0; i < 20000; i++) {
        char row[64];
        int n = snprintf(row, sizeof row, "2021-11-20,607,centre %d\n", i);
        assert_int_equal(batch_push(b, row, (size_t)n, &err), 0);
        room.there = false;
        if (!batch_is_full(b) || !batch_wait_room(b, on_room, &room))
            continue;
        waits++;
        pthread_mutex_lock(&room.lock);
        while (!room.there)
            pthread_cond_wait(&room.changed, &room.lock);
        pthread_mutex_unlock(&room.lock);
    }
    assert_int_equal(batch_end(b, &r, &err), 0);
    assert_int_equal(r.accepted, 20000);
    print_message("waited %d times\n", waits);
    batch_free(b);
    pool_free(pool);
}

/* The connection breaks off while the readers are at work. */
static void given_up_in_the_middle(void **state)
{
    struct world *w = *state;
    struct pool *pool;
    struct err err;
    struct buf t;
    uint64_t g = random_seed("given up");
    assert_int_equal(pool_new("readers", THREADS, 64, &pool, &err), 0);
    buf_init(&t, MEM_MAIN);
    buf_printf(&t, "%s\n", header);
    for (int i = 0; i < 3000; i++)
        put_row(&t, &g, "\n");
    size_t before = mem_used(MEM_INGEST);
    for (int round = 0; round < 30; round++) {
        struct batch *b;
        struct batch_options o = world_options("test", "");
        o.pool = pool;
        o.piece_bytes = 700;
        o.block_rows = 50;
        assert_int_equal(batch_new(w->store, w->cell, &o, &b, &err), 0);
        assert_int_equal(batch_push(b, t.p, rnd(&g, t.n), &err), 0);
        batch_free(b);
    }
    assert_int_equal(mem_used(MEM_INGEST), before);
    assert_int_equal(world_registrations(w), 0);
    buf_fini(&t);
    pool_free(pool);
}

/* 200 good rows and one that is wrong. */
static void put_csv(struct buf *out, uint64_t *g)
{
    buf_printf(out, "%s\n", header);
    for (int i = 0; i < 200; i++)
        put_row(out, g, "\n");
    buf_cstr(out, "2021-11-20,607,Golaa,,F,x,30\n");
}

static void put_ndjson(struct buf *out, uint64_t *g)
{
    for (int i = 0; i < 200; i++)
        buf_printf(out,
                   "{\"date\":\"2021-11-%02d\",\"district\":607,\"centre\":\"c\\t%d\",\"x\":1}\n",
                   (int)rnd(g, 28) + 1, (int)rnd(g, 30));
    buf_cstr(out, "{\"date\":\"2021-11-20\",\"district\":607,\"block\":\"Golaa\"}\n");
}

static void put_packed(struct buf *out, uint64_t *g)
{
    struct buf plain;
    buf_init(&plain, MEM_MAIN);
    put_ndjson(&plain, g);
    size_t room = ZSTD_compressBound(plain.n);
    char *p = buf_reserve(out, room);
    assert_non_null(p);
    out->n += ZSTD_compress(p, room, plain.p, plain.n, 1);
    buf_fini(&plain);
}

static int import_failing_at(struct world *w, struct pool *pool, struct str text, uint64_t k)
{
    struct batch *b = NULL;
    struct batch_result r;
    struct err err;
    struct batch_options o = world_options("test", "");
    o.pool = pool;
    o.piece_bytes = 500;
    o.block_rows = 60;
    o.on_error = ON_ERROR_SKIP;
    mem_fail_at(k);
    int rc = batch_new(w->store, w->cell, &o, &b, &err);
    if (rc == 0)
        rc = batch_push(b, text.p, text.n, &err);
    if (rc == 0)
        rc = batch_end(b, &r, &err);
    mem_fail_at(0);
    batch_free(b);
    return rc;
}

/* Whichever allocation fails, with readers at work: all or nothing. */
static void survives_failed_allocations(void **state)
{
    static void (*const put[])(struct buf *, uint64_t *) = {put_csv, put_ndjson, put_packed};
    struct world *w = *state;
    struct pool *pool;
    struct err err;
    uint64_t g = random_seed("memory");
    int64_t rows = 0;
    assert_int_equal(pool_new("readers", THREADS, 64, &pool, &err), 0);
    for (size_t form = 0; form < ARRAY_LEN(put); form++) {
        int failures = 0;
        for (uint64_t k = 1; k < 400; k += 1 + k / 30) {
            struct buf t;
            buf_init(&t, MEM_MAIN);
            put[form](&t, &g);
            int rc = import_failing_at(w, pool, buf_view(&t), k);
            assert_true(rc == 0 || rc == ERR_MEM || rc == ERR_UNKNOWN_OUTCOME);
            rows += rc == 0 ? 200 : 0;
            failures += rc != 0;
            assert_int_equal(world_registrations(w), rows);
            buf_fini(&t);
        }
        print_message("%d allocations failed\n", failures);
        assert_true(failures > 20);
    }
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_files),
        cmocka_unit_test(dirty_files),
        cmocka_unit_test(a_file_of_nothing_but_faults),
        cmocka_unit_test(quoted_files),
        cmocka_unit_test(files_that_are_refused_as_a_whole),
        cmocka_unit_test(random_files),
        cmocka_unit_test(ndjson_files),
        cmocka_unit_test(a_record_larger_than_a_piece),
        WORLD_TEST(room_is_told),
        WORLD_TEST(given_up_in_the_middle),
        WORLD_TEST(survives_failed_allocations),
    };
    return cmocka_run_group_tests_name("ingest/crew", tests, NULL, NULL);
}
