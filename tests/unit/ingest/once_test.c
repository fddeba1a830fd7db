/* SPDX-License-Identifier: MIT
 *
 * Registrations that come again: each policy, in a batch and between batches, through retractions,
 * merges and restarts, against a plain list of all rows. */
#include "../../../core/ingest/batch_int.h"
#include "../../../core/store/slabs.h"
#include "../../../core/store/store_int.h"
#include "world.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

static const char three[] = "date,district,block,registration_id\n2021-11-20,607,Gola,A1\n"
                            "2021-11-20,607,Gola,A2\n2021-11-21,607,Mandu,\n";

static int import_as(struct world *w, const char *id, const char *text, enum id_policy ids,
                     enum on_error on_error, struct batch **b, struct batch_result *r,
                     struct err *err)
{
    struct batch_options o = world_options("csc", id);
    o.ids = ids;
    o.on_error = on_error;
    return world_batch(w, &o, str_of(text), b, r, err);
}

static struct batch_result must_import(struct world *w, const char *id, const char *text,
                                       enum id_policy ids)
{
    struct batch *b;
    struct batch_result r;
    struct err err;
    if (import_as(w, id, text, ids, ON_ERROR_REJECT, &b, &r, &err) < 0)
        fail_msg("%s: %s", id, err.msg);
    batch_free(b);
    return r;
}

static void the_first_one_stays(void **state)
{
    struct world *w = *state;
    must_import(w, "b1", three, IDS_UNSET);
    struct batch_result r = must_import(w, "b2", three, IDS_UNSET);
    assert_int_equal(r.repeated, 2);
    assert_int_equal(r.accepted, 1); /* the row without an id cannot be known */
    assert_int_equal(world_registrations(w), 4);
    r = must_import(w, "b2", three, IDS_UNSET);
    assert_true(r.duplicate);
    assert_int_equal(r.repeated, 2);
    world_reopen(w);
    r = must_import(w, "b3", three, IDS_UNSET);
    assert_int_equal(r.repeated, 2);
    assert_int_equal(world_registrations(w), 5);
}

static void the_newer_one_counts_in_its_place(void **state)
{
    struct world *w = *state;
    static const char moved[] = "date,district,block,registration_id\n2021-11-25,607,Mandu,A1\n";
    must_import(w, "b1", three, IDS_UNSET);
    struct batch_result r = must_import(w, "b2", moved, IDS_REPLACE);
    assert_int_equal(r.repeated, 1);
    assert_int_equal(r.replaced, 1);
    assert_int_equal(r.registrations, 1);
    assert_int_equal(world_registrations(w), 3);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), 1);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3172, CUBE_ALL), 2);
}

static int retract(struct world *w, const char *id, struct err *err)
{
    const struct retract_spec spec = {.id = str_of(id)};
    struct retract_result r;
    return store_retract(w->store, &spec, &r, err);
}

static void a_retraction_sets_ids_free(void **state)
{
    struct world *w = *state;
    struct err err;
    must_import(w, "b1", three, IDS_UNSET);
    assert_int_equal(retract(w, "b1", &err), 0);
    for (int opened = 0; opened < 2; opened++) {
        assert_int_equal(world_registrations(w), 0);
        world_reopen(w);
    }
    struct batch_result r = must_import(w, "b2", three, IDS_REFUSE);
    assert_int_equal(r.repeated, 0);
    assert_int_equal(world_registrations(w), 3);
}

static void a_replaced_batch_is_held_by_the_one_that_replaced(void **state)
{
    struct world *w = *state;
    struct err err;
    must_import(w, "b1", three, IDS_UNSET);
    must_import(w, "b2", three, IDS_REPLACE);
    assert_int_equal(retract(w, "b1", &err), ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "\"b2\""));
    struct snap *s = snap_cell_get(w->cell);
    char correction[BATCH_ID_BYTES_MAX + 1];
    struct str id = dict_get(s->dict[ATTR_BATCH], s->batch[2].batch);
    assert_true(s->batch[2].correction);
    memcpy(correction, id.p, id.n + 1);
    snap_unref(s);
    assert_int_equal(retract(w, correction, &err), ERR_CONFLICT);
    assert_int_equal(retract(w, "b2", &err), 0);
    assert_int_equal(world_registrations(w), 3);
    struct batch_result r = must_import(w, "b3", three, IDS_IGNORE);
    assert_int_equal(r.repeated, 2); /* b1 has them again */
    assert_int_equal(retract(w, "b1", &err), 0);
    assert_int_equal(world_registrations(w), 1);
}

static void refused_rows_are_told_with_their_lines(void **state)
{
    struct world *w = *state;
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t listed, total;
    static const char twice[] = "date,district,registration_id\n2021-11-20,607,B1\n"
                                "2021-11-20,607,A2\n2021-11-20,607,B1\n";
    must_import(w, "b1", three, IDS_UNSET);
    assert_int_equal(import_as(w, "b2", twice, IDS_REFUSE, ON_ERROR_REJECT, &b, &r, &err),
                     ERR_ROWS);
    const struct batch_error *e = batch_errors(b, &listed, &total);
    assert_int_equal(total, 2);
    assert_int_equal(e[0].line, 3);
    assert_int_equal(e[0].column, 3);
    assert_string_equal(e[0].value, "");
    assert_string_equal(e[0].reason,
                        "this registration is in already, with batch \"b1\" of source \"csc\"");
    assert_int_equal(e[1].line, 4);
    assert_string_equal(e[1].reason, "this registration stands in line 2 already");
    batch_free(b);
    assert_int_equal(world_registrations(w), 3);
    assert_int_equal(import_as(w, "b2", twice, IDS_REFUSE, ON_ERROR_SKIP, &b, &r, &err), 0);
    assert_int_equal(r.accepted, 1);
    assert_int_equal(r.rejected, 2);
    batch_free(b);
    struct buf csv;
    buf_init(&csv, MEM_INGEST);
    assert_int_equal(store_rejects_csv(w->store, STR("csc"), STR("b2"), &csv, &err), 0);
    buf_char(&csv, '\0');
    assert_non_null(strstr(csv.p, "line 3, registration_id: this registration is in already"));
    buf_fini(&csv);
    assert_int_equal(world_registrations(w), 4);
}

/* The rows of a registration were corrected before they are replaced by others elsewhere. */
static void replacing_says_what_it_leaves_below_zero(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("csc", "c");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t n;
    must_import(w, "b1", "date,district,block,registration_id\n2021-11-20,607,Gola,A\n", IDS_UNSET);
    o.correction = true;
    assert_int_equal(world_batch(w, &o, STR("date,district,block,count\n2021-11-20,607,Gola,-1\n"),
                                 &b, &r, &err),
                     0);
    batch_free(b);
    assert_int_equal(import_as(w, "b2",
                               "date,district,block,registration_id\n2021-11-20,607,Mandu,A\n",
                               IDS_REPLACE, ON_ERROR_REJECT, &b, &r, &err),
                     0);
    const char *const *warning = batch_warnings(b, &n);
    assert_true(n > 0);
    if (strstr(warning[0], "1 cells") == NULL || strstr(warning[0], "(3168)") == NULL)
        fail_msg("%s", warning[0]);
    batch_free(b);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), -1);
}

static void rejects_stand_in_the_order_of_the_file(void **state)
{
    struct world *w = *state;
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf csv;
    static const char mixed[] = "date,district,registration_id\n2021-11-20,607,A2\n"
                                "2021-13-20,607,B1\n2021-11-20,607,B2\n2021-11-20,607,B2\n"
                                "2021-11-20,x,\n";
    must_import(w, "b1", three, IDS_UNSET);
    assert_int_equal(import_as(w, "b2", mixed, IDS_REFUSE, ON_ERROR_SKIP, &b, &r, &err), 0);
    assert_int_equal(r.rejected, 4);
    batch_free(b);
    buf_init(&csv, MEM_INGEST);
    assert_int_equal(store_rejects_csv(w->store, STR("csc"), STR("b2"), &csv, &err), 0);
    buf_char(&csv, '\0');
    const char *at = csv.p;
    static const char *const parts[] = {
        "\"line 2, registration_id: this registration is in already, with batch \"\"b1\"\" of "
        "source "
        "\"\"csc\"\"; the row is not kept: take it from your file\",,,\r\n",
        "\"line 3, date: ",
        "\"line 5, registration_id: this registration stands in line 4 already; the row is not "
        "kept: take it from your file\",,,\r\n",
        "\"line 6, district: ",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        at = strstr(at, parts[i]);
        if (at == NULL)
            fail_msg("%s is not behind the others: %s", parts[i], csv.p);
    }
    buf_fini(&csv);
}

static void within_a_batch_the_policy_chooses(void **state)
{
    struct world *w = *state;
    static const char twice[] = "date,district,block,registration_id\n2021-11-20,607,Mandu,Z\n"
                                "2021-11-20,607,Gola,Z\n";
    struct batch_result r = must_import(w, "b1", twice, IDS_IGNORE);
    assert_int_equal(r.repeated, 1);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3172, CUBE_ALL), 1);
    r = must_import(w, "b2", twice, IDS_REPLACE);
    assert_int_equal(r.repeated, 2);
    assert_int_equal(r.replaced, 1);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3172, CUBE_ALL), 0);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), 1);
}

static void a_row_with_an_id_is_one_registration(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(world_import(w, "csc", "b1",
                                  "date,district,count,registration_id\n2021-11-20,607,2,A\n", &r,
                                  &err),
                     ERR_ROWS);
    must_import(w, "b2", "date,district,count,registration_id\n2021-11-20,607,2,\n", IDS_UNSET);
    assert_int_equal(world_registrations(w), 2);
}

static void a_mapping_names_the_policy_of_a_source(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("csc", "b2");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct mapping *m;
    must_import(w, "b1", three, IDS_UNSET);
    assert_int_equal(mapping_parse(STR("constant: registration_id = refuse"), &m, &err), 0);
    o.mapping = m;
    assert_int_equal(world_batch(w, &o, str_of(three), &b, &r, &err), ERR_ROWS);
    batch_free(b);
    o.ids = IDS_IGNORE; /* what is asked for comes first */
    assert_int_equal(world_batch(w, &o, str_of(three), &b, &r, &err), 0);
    assert_int_equal(r.repeated, 2);
    batch_free(b);
    mapping_free(m);
    assert_int_equal(mapping_parse(STR("constant: registration_id = 17"), &m, &err), 0);
    o = world_options("csc", "b3");
    o.mapping = m;
    assert_int_equal(world_batch(w, &o, str_of(three), &b, &r, &err), ERR_ROWS);
    assert_non_null(strstr(err.msg, "ignore, replace or refuse"));
    batch_free(b);
    mapping_free(m);
}

static void a_dry_run_says_what_would_be(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("csc", "b2");
    struct batch *b;
    struct batch_result r;
    struct err err;
    must_import(w, "b1", three, IDS_UNSET);
    o.dry_run = true;
    o.ids = IDS_REPLACE;
    assert_int_equal(world_batch(w, &o, str_of(three), &b, &r, &err), 0);
    assert_int_equal(r.repeated, 2);
    assert_int_equal(r.replaced, 2);
    assert_int_equal(r.accepted, 3);
    batch_free(b);
    assert_int_equal(world_registrations(w), 3);
}

/* ---- everything in any order ------------------------------------------------------------------
 */

struct rng {
    uint64_t seed, at;
};

static uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((hash_mix(r->seed * 0x9E3779B97F4A7C15ull + r->at++) >> 32) % n);
}

static struct rng rng_from_env(void)
{
    const char *s = getenv("PANJI_TEST_SEED");
    struct rng r = {s ? strtoull(s, NULL, 10) : (uint64_t)clock_mono_ns() % 1000000, 0};
    print_message("PANJI_TEST_SEED=%llu\n", (unsigned long long)r.seed);
    return r;
}

enum { IDS = 40, BATCHES_MAX = 120, ROWS_EACH = 14, STEPS = 150, DAYS = 5 };
static const int64_t block_codes[] = {3168, 3172, 3175};
static const char *const block_names[] = {"Gola", "Mandu", "Ramgarh"};

struct plain_row {
    int id, block, day; /* id -1: none */
    int taken_from;     /* row that it takes off, and then counts -1; -1: none */
};
struct plain_batch {
    struct plain_row row[2 * ROWS_EACH];
    int rows;
    bool gone;
};
struct model {
    struct plain_batch batch[BATCHES_MAX];
    int n;
};

/* The row that counts for an id: batch * 100 + row, or -1. */
static int owner_of(const struct model *m, int id)
{
    int found = -1;
    for (int b = 0; b < m->n; b++)
        for (int i = 0; i < m->batch[b].rows && !m->batch[b].gone; i++)
            if (m->batch[b].row[i].id == id && m->batch[b].row[i].taken_from < 0)
                found = b * 100 + i;
    return found;
}

static bool held_by_another(const struct model *m, int batch)
{
    for (int b = 0; b < m->n; b++)
        for (int i = 0; i < m->batch[b].rows && !m->batch[b].gone; i++)
            if (m->batch[b].row[i].taken_from >= 0 && m->batch[b].row[i].taken_from / 100 == batch)
                return true;
    return false;
}

static void check_counts(struct world *w, const struct model *m)
{
    int64_t want[3][DAYS] = {{0}};
    for (int b = 0; b < m->n; b++)
        for (int i = 0; i < m->batch[b].rows && !m->batch[b].gone; i++) {
            const struct plain_row *r = &m->batch[b].row[i];
            want[r->block][r->day] += r->taken_from < 0 ? 1 : -1;
        }
    struct snap *s = snap_cell_get(w->cell);
    for (int p = 0; p < 3; p++)
        for (int d = 0; d < DAYS; d++) {
            uint32_t order = place_by_code(s->tree, PLACE_BLOCK, block_codes[p]);
            while (place_above(s->tree, order, PLACE_DISTRICT) !=
                   place_by_code(s->tree, PLACE_DISTRICT, 607))
                order++;
            int32_t day = 18951 + d; /* 2021-11-20 */
            int64_t got = tally_window(s, order, CUBE_ALL, day, day);
            if (got != want[p][d])
                fail_msg("block %d, day %d: %lld, should be %lld", p, d, (long long)got,
                         (long long)want[p][d]);
        }
    snap_unref(s);
}

/* What the batch becomes, row by row as sent. */
static int expect(struct model *m, const struct plain_row *sent, int n, enum id_policy policy,
                  int *repeated)
{
    struct plain_batch *b = &m->batch[m->n];
    int refused = 0;
    *b = (struct plain_batch){.rows = 0};
    *repeated = 0;
    for (int i = 0; i < n; i++) {
        bool before = false, after = false;
        int had = sent[i].id >= 0 ? owner_of(m, sent[i].id) : -1;
        for (int k = 0; k < n && sent[i].id >= 0; k++) {
            before |= k < i && sent[k].id == sent[i].id;
            after |= k > i && sent[k].id == sent[i].id;
        }
        *repeated += had >= 0 || before;
        bool drop = policy == IDS_REPLACE ? after : before || had >= 0;
        refused += drop && policy == IDS_REFUSE;
        if (drop)
            continue;
        b->row[b->rows++] = sent[i];
        if (had >= 0) {
            struct plain_row off = m->batch[had / 100].row[had % 100];
            off.taken_from = had;
            off.id = -1;
            b->row[b->rows++] = off;
        }
    }
    return refused;
}

static void import_any(struct world *w, struct model *m, struct rng *g)
{
    struct plain_row sent[ROWS_EACH];
    int n = 1 + (int)rng_below(g, ROWS_EACH), repeated;
    char text[4096], id[16];
    size_t used = (size_t)snprintf(text, sizeof text, "date,district,block,registration_id\n");
    for (int i = 0; i < n; i++) {
        sent[i] = (struct plain_row){rng_below(g, 5) == 0 ? -1 : (int)rng_below(g, IDS),
                                     (int)rng_below(g, 3), (int)rng_below(g, DAYS), -1};
        used += (size_t)snprintf(text + used, sizeof text - used, "2021-11-%d,607,%s,",
                                 20 + sent[i].day, block_names[sent[i].block]);
        if (sent[i].id >= 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "UW-%d", sent[i].id);
        used += (size_t)snprintf(text + used, sizeof text - used, "\n");
    }
    snprintf(id, sizeof id, "b%d", m->n);
    enum id_policy policy = IDS_IGNORE + (enum id_policy)rng_below(g, 3);
    enum on_error on_error = rng_below(g, 3) == 0 ? ON_ERROR_REJECT : ON_ERROR_SKIP;
    int refused = expect(m, sent, n, policy, &repeated);
    struct batch_options o = world_options("csc", id);
    struct batch *b;
    struct batch_result r;
    struct err err;
    o.ids = policy;
    o.on_error = on_error;
    o.block_rows = 4; /* several segments */
    int rc = world_batch(w, &o, str_of(text), &b, &r, &err);
    batch_free(b);
    if (refused > 0 && on_error == ON_ERROR_REJECT) {
        assert_int_equal(rc, ERR_ROWS);
        return;
    }
    if (rc < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.repeated, repeated);
    assert_int_equal(r.rejected, refused);
    m->n++;
}

static void retract_any(struct world *w, struct model *m, struct rng *g)
{
    char id[16];
    struct err err;
    if (m->n == 0)
        return;
    int b = (int)rng_below(g, (uint32_t)m->n);
    if (m->batch[b].gone)
        return;
    snprintf(id, sizeof id, "b%d", b);
    int rc = retract(w, id, &err);
    if (held_by_another(m, b)) {
        assert_int_equal(rc, ERR_CONFLICT);
        return;
    }
    assert_int_equal(rc, 0);
    m->batch[b].gone = true;
}

static void merge_now(struct world *w)
{
    struct snap *from = snap_cell_get(w->cell);
    struct merge m;
    struct err err = {0};
    if (from->segs > 0) {
        assert_int_equal(merge_run(from, w->store->slab_next, 1, NULL, &m, &err), 0);
        if (slabs_install(w->store, from, &m, &err) < 0)
            fail_msg("slabs_install: %s", err.msg);
        w->store->slab_next += m.fresh;
        merge_fini(&m);
    }
    snap_unref(from);
}

static void is_what_a_plain_list_says(void **state)
{
    struct world *w = *state;
    struct rng g = rng_from_env();
    struct model *m = calloc(1, sizeof *m);
    for (int step = 0; step < STEPS && m->n < BATCHES_MAX; step++) {
        uint32_t what = rng_below(&g, 20);
        if (what == 0)
            world_reopen(w);
        else if (what == 1)
            merge_now(w);
        else if (what < 7)
            retract_any(w, m, &g);
        else
            import_any(w, m, &g);
        check_counts(w, m);
    }
    print_message("%d batches\n", m->n);
    free(m);
}

/* ---- many rows, several readers
 * ------------------------------------------------------------------ */

enum { MANY = 60000 };

/* Rows 0 .. MANY - 1 in an order of their own, each with its id. */
static void many_rows(struct buf *out, uint32_t step)
{
    buf_clear(out);
    buf_cstr(out, "date,district,block,centre,registration_id\n");
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t k = (uint32_t)((uint64_t)i * step % MANY);
        buf_printf(out, "2021-11-%u,607,%s,JH%u,UW-%012u\n", 1 + k % 28, block_names[k % 3], k % 97,
                   k);
    }
}

static void many_sent_twice_are_counted_once(void **state)
{
    struct world *w = *state;
    struct pool *pool;
    struct buf text;
    struct batch *b;
    struct batch_result r;
    struct err err;
    static const struct {
        enum id_policy ids;
        uint32_t step; /* coprime to MANY */
        int64_t accepted, repeated, replaced;
    } sent[] = {
        {IDS_IGNORE, 1, MANY, 0, 0},
        {IDS_IGNORE, 7, 0, MANY, 0},
        {IDS_REPLACE, 11, MANY, MANY, MANY},
        {IDS_IGNORE, 13, 0, MANY, 0},
    };
    assert_int_equal(pool_new("test", 3, 64, &pool, &err), 0);
    buf_init(&text, MEM_INGEST);
    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        char id[8];
        snprintf(id, sizeof id, "m%zu", i);
        struct batch_options o = world_options("csc", id);
        many_rows(&text, sent[i].step);
        o.pool = pool;
        o.piece_bytes = 20000;
        o.block_rows = 7000;
        o.ids = sent[i].ids;
        assert_int_equal(world_batch(w, &o, buf_view(&text), &b, &r, &err), 0);
        batch_free(b);
        assert_int_equal(r.accepted, sent[i].accepted);
        assert_int_equal(r.repeated, sent[i].repeated);
        assert_int_equal(r.replaced, sent[i].replaced);
        assert_int_equal(world_registrations(w), MANY);
        assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), MANY / 3);
    }
    pool_free(pool);
    buf_fini(&text);
    world_reopen(w);
    assert_int_equal(world_registrations(w), MANY);
}

/* ---- several senders at once --------------------------------------------------------------------
 */

enum { SENDERS = 4, SENT = 6 };

struct sender {
    struct world *w;
    pthread_t thread;
    int number;
    int64_t accepted, repeated;
};

static void *send_all(void *arg)
{
    struct sender *s = arg;
    for (int i = 0; i < SENT; i++) {
        char text[4096], id[32];
        size_t used = (size_t)snprintf(text, sizeof text, "date,district,registration_id\n");
        for (int k = 0; k < 20; k++)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "2021-11-20,607,S-%d-%d\n", i, k);
        snprintf(id, sizeof id, "s%d-%d", s->number, i);
        struct batch_result r;
        struct err err;
        struct batch_options o = world_options("csc", id);
        struct batch *b;
        if (batch_new(s->w->store, s->w->cell, &o, &b, &err) < 0)
            return arg;
        int rc = batch_push(b, text, used, &err);
        rc = rc < 0 ? rc : batch_end(b, &r, &err);
        batch_free(b);
        if (rc < 0)
            return arg;
        s->accepted += r.accepted;
        s->repeated += r.repeated;
    }
    return NULL;
}

static void several_senders_of_the_same_are_counted_once(void **state)
{
    struct world *w = *state;
    struct sender s[SENDERS];
    int64_t accepted = 0, repeated = 0;
    for (int i = 0; i < SENDERS; i++) {
        s[i] = (struct sender){.w = w, .number = i};
        assert_int_equal(pthread_create(&s[i].thread, NULL, send_all, &s[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        void *failed;
        pthread_join(s[i].thread, &failed);
        assert_null(failed);
        accepted += s[i].accepted;
        repeated += s[i].repeated;
    }
    assert_int_equal(accepted, SENT * 20);
    assert_int_equal(repeated, (SENDERS - 1) * SENT * 20);
    assert_int_equal(world_registrations(w), SENT * 20);
}

/* ---- no memory ----------------------------------------------------------------------------------
 */

/* Every allocation from the first byte to the answer fails once, of a batch that takes over what
 * the one before had: whatever fails, there are as many registrations as before. */
static void survives_every_failed_allocation(void **state)
{
    struct world *w = *state;
    int failures = 0, number = 0;
    must_import(w, "first", three, IDS_REPLACE);
    int64_t rows = world_registrations(w);
    for (unsigned k = 1, quiet = 0; quiet < 40; k++) {
        char id[32];
        snprintf(id, sizeof id, "b%d", number);
        struct batch_options o = world_options("csc", id);
        struct batch *b = NULL;
        struct batch_result r;
        struct err err;
        o.ids = IDS_REPLACE;
        mem_fail_at(k);
        int rc = batch_new(w->store, w->cell, &o, &b, &err);
        rc = rc < 0 ? rc : batch_push(b, three, sizeof three - 1, &err);
        rc = rc < 0 ? rc : batch_end(b, &r, &err);
        mem_fail_at(0);
        batch_free(b);
        if (rc < 0 && rc != ERR_MEM && rc != ERR_UNKNOWN_OUTCOME)
            fail_msg("allocation %u: %d %s", k, rc, err.msg);
        quiet = rc == 0 ? quiet + 1 : 0;
        failures += rc != 0;
        number += rc == 0;
        rows += rc == 0; /* the row without an id */
        assert_int_equal(world_registrations(w), rows);
    }
    print_message("%d allocations failed\n", failures);
    assert_true(failures > 50);
    world_reopen(w);
    assert_int_equal(world_registrations(w), rows);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(the_first_one_stays),
        IN_A_WORLD(the_newer_one_counts_in_its_place),
        IN_A_WORLD(a_retraction_sets_ids_free),
        IN_A_WORLD(a_replaced_batch_is_held_by_the_one_that_replaced),
        IN_A_WORLD(refused_rows_are_told_with_their_lines),
        IN_A_WORLD(rejects_stand_in_the_order_of_the_file),
        IN_A_WORLD(replacing_says_what_it_leaves_below_zero),
        IN_A_WORLD(within_a_batch_the_policy_chooses),
        IN_A_WORLD(a_row_with_an_id_is_one_registration),
        IN_A_WORLD(a_mapping_names_the_policy_of_a_source),
        IN_A_WORLD(a_dry_run_says_what_would_be),
        IN_A_WORLD(is_what_a_plain_list_says),
        IN_A_WORLD(many_sent_twice_are_counted_once),
        IN_A_WORLD(survives_every_failed_allocation),
        IN_A_WORLD(several_senders_of_the_same_are_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
