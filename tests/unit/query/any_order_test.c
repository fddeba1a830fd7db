/* SPDX-License-Identifier: MIT
 *
 * Random batches, corrections, retractions, merges, new places and restarts in any order: every
 * question has the answer that plain loops over an array of rows give, with vectors of any size,
 * by cube and by scan, now and as known on any day before. PANJI_TEST_SEED chooses what happens,
 * PANJI_TEST_STEPS how much of it. */
#include "plain.h"

#include "../../../core/store/slabs.h"
#include "../../../core/store/store_int.h"
#include "data/tally.h"
#include "query/format.h"
#include "query/query.h"
#include "store/tmpdir.h"

#include "base/log.h"

enum { STEPS = 110, ROWS_MAX = 60, QUESTIONS = 6, MERGE_AT_LEAST = 100, DAY_MS = 86400000 };

/* ---- the clock ---- */

static int64_t now_ms;

static int64_t wall_ms(void)
{
    return now_ms;
}

static int64_t mono_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const struct clock_source test_clock = {mono_ns, wall_ms};

/* ---- the world ---- */

struct world {
    struct rng g;
    bool single; /* every row is one registration, so that bit planes count */
    char dir[128];
    struct snap_cell *cell;
    struct store *store;
    struct plain plain;
    int32_t first_day;
    int64_t next_code;
    struct buf text, want, got;
    size_t asked, merged, retracted, reopened, replaced;
};

static uint32_t below(struct world *w, uint32_t n)
{
    return rng_below(&w->g, n);
}

static void open_store(struct world *w)
{
    struct err err = {0};
    assert_int_equal(snap_cell_new(&w->cell, &err), 0);
    if (store_open(w->dir, w->cell, &w->store, &err) < 0)
        fail_msg("store_open: %s", err.msg);
}

static void close_store(struct world *w)
{
    store_close(w->store);
    snap_cell_free(w->cell);
}

static struct place_change place(enum place_level level, int64_t code, int64_t parent)
{
    struct place_change c = {.level = level,
                             .code = code,
                             .parent_code = parent,
                             .name = STR("Somewhere"),
                             .valid_from = DAY_NONE,
                             .valid_to = DAY_NONE};
    for (size_t i = 0; i < PLACE_FACTS_MAX; i++)
        c.fact[i] = (double)NAN;
    return c;
}

static void add_places(struct world *w, const struct place_change *c, size_t n)
{
    struct place_merge_result r;
    struct err err = {0};
    if (store_places_merge(w->store, &(struct place_changes){.at = c, .n = n, .on = DAY_NONE}, &r,
                           &err) < 0)
        fail_msg("store_places_merge: %s", err.msg);
}

/* Two states; block 2494 lies in two districts. */
static void first_places(struct world *w)
{
    const struct place_change c[] = {
        place(PLACE_STATE, 20, 0),
        place(PLACE_STATE, 18, 0),
        place(PLACE_DISTRICT, 607, 20),
        place(PLACE_DISTRICT, 326, 20),
        place(PLACE_DISTRICT, 739, 18),
        place(PLACE_DISTRICT, 616, 18),
        place(PLACE_BLOCK, 3175, 607),
        place(PLACE_BLOCK, 3168, 607),
        place(PLACE_BLOCK, 3104, 326),
        place(PLACE_BLOCK, 2494, 739),
        place(PLACE_BLOCK, 2494, 616),
        place(PLACE_PANCHAYAT, 900001, 3168),
        place(PLACE_PANCHAYAT, 900002, 3168),
    };
    add_places(w, c, ARRAY_LEN(c));
}

static void world_make(struct world *w, const char *what, bool single)
{
    *w = (struct world){.g = rng_from_env(what), .single = single, .next_code = 10};
    log_threshold(LOG_OFF);
    now_ms = (int64_t)date_day(2021, 11, 1) * DAY_MS;
    w->first_day = plain_ist_day(now_ms);
    clock_replace(&test_clock);
    buf_init(&w->text, MEM_BASE);
    buf_init(&w->want, MEM_BASE);
    buf_init(&w->got, MEM_BASE);
    tmpdir_make(w->dir);
    open_store(w);
    first_places(w);
}

static void world_free(struct world *w)
{
    print_message("%zu questions over %zu batches of %zu rows; %zu registrations replaced, %zu "
                  "retractions, %zu merges, %zu restarts\n",
                  w->asked, w->plain.batches, w->plain.rows, w->replaced, w->retracted, w->merged,
                  w->reopened);
    close_store(w);
    tmpdir_remove(w->dir);
    clock_replace(NULL);
    free(w->plain.row);
    free(w->plain.batch);
    buf_fini(&w->text);
    buf_fini(&w->want);
    buf_fini(&w->got);
}

/* ---- batches ---- */

static void random_row(struct world *w, const struct place_tree *t, bool correction,
                       struct plain_row *r)
{
    static const int32_t late = 400;
    do
        r->place = t->at[below(w, t->n)].id;
    while (t->at[place_order(t, r->place)].level < PLACE_DISTRICT);
    r->count = w->single ? 1 : 1 + (int32_t)below(w, 4);
    if (correction && below(w, 3) > 0)
        r->count = -r->count;
    int32_t day = RANDOM_DAY0 + (int32_t)below(w, RANDOM_DAYS);
    if (below(w, 40) == 0)
        day += (int32_t)below(w, 2 * late) - late;
    for (int c = 0; c < COLUMNS; c++)
        r->value[c] = NONE;
    r->value[DATE] = day;
    if (below(w, 5) > 0)
        r->value[SECTOR] = 1 + below(w, 4);
    if (below(w, 4) > 0)
        r->value[GENDER] = below(w, 3);
    if (below(w, 4) > 0)
        r->value[AGE] = 16 + below(w, 44);
    if (below(w, 3) > 0)
        r->value[CENTRE] = below(w, 12);
}

static void to_rows(const struct plain *p, const struct plain_batch *b, struct rows *out)
{
    struct err err = {0};
    char centre[16];
    int attr_gender = schema_find(&schema_default, STR("gender"));
    int attr_age = schema_find(&schema_default, STR("age"));
    int attr_centre = schema_find(&schema_default, STR("centre"));
    rows_init(out, MEM_INGEST, &schema_default);
    for (size_t i = b->first; i < b->first + b->rows; i++) {
        const struct plain_row *r = &p->row[i];
        uint8_t sector = r->value[SECTOR] == NONE ? 0 : (uint8_t)r->value[SECTOR];
        assert_int_equal(rows_add(out, r->place, sector, (int32_t)r->value[DATE], r->count, &err),
                         0);
        if (r->value[GENDER] != NONE)
            assert_int_equal(rows_set(out, attr_gender, (int32_t)r->value[GENDER], &err), 0);
        if (r->value[AGE] != NONE)
            assert_int_equal(rows_set(out, attr_age, (int32_t)r->value[AGE], &err), 0);
        if (r->value[CENTRE] != NONE) {
            snprintf(centre, sizeof centre, "C%d", (int)r->value[CENTRE]);
            assert_int_equal(rows_set_text(out, attr_centre, str_of(centre), &err), 0);
        }
    }
}

static void send(struct world *w, const struct plain_batch *b, struct batch_result *out)
{
    struct rows rows;
    struct err err = {0};
    struct sha256 h;
    char id[16];
    snprintf(id, sizeof id, "b%d", b->id);
    struct batch_spec spec = {.source = str_of(plain_sources[b->source]),
                              .id = str_of(id),
                              .as_on = DAY_NONE,
                              .correction = b->correction};
    sha256_init(&h);
    sha256_add(&h, &b->content, sizeof b->content);
    sha256_end(&h, spec.sha256);
    to_rows(&w->plain, b, &rows);
    if (store_import(w->store, &spec, &rows, out, &err) < 0)
        fail_msg("store_import: %s", err.msg);
    rows_fini(&rows);
    assert_int_equal(out->accepted, b->rows);
    assert_int_equal(out->registrations, b->registrations);
    assert_int_equal(out->retracted, b->retracted_ms > 0);
}

static bool is_taken(const struct plain *p, int source, int id)
{
    for (size_t i = 0; i < p->batches; i++)
        if (p->batch[i].source == source && p->batch[i].id == id)
            return true;
    return false;
}

/* Every second id or so is one that another source used before. */
static void add_batch(struct world *w)
{
    struct plain *p = &w->plain;
    struct batch_result result;
    struct snap *s = snap_cell_get(w->cell);
    p->batch = realloc(p->batch, (p->batches + 1) * sizeof *p->batch);
    struct plain_batch *b = &p->batch[p->batches];
    *b = (struct plain_batch){.first = p->rows,
                              .rows = below(w, 12) == 0 ? 0 : 1 + below(w, ROWS_MAX),
                              .correction = !w->single && below(w, 5) == 0,
                              .content = (uint32_t)p->batches,
                              .received_ms = now_ms};
    do {
        b->source = (int)below(w, ARRAY_LEN(plain_sources));
        b->id = (int)below(w, (uint32_t)p->batches + 1);
    } while (is_taken(p, b->source, b->id));
    p->row = realloc(p->row, (p->rows + b->rows + 1) * sizeof *p->row);
    for (size_t i = 0; i < b->rows; i++) {
        struct plain_row *r = &p->row[p->rows + i];
        *r = (struct plain_row){.id = 0};
        random_row(w, s->tree, b->correction, r);
        r->value[SOURCE] = b->source;
        r->value[BATCH] = b->id;
        b->registrations += r->count;
    }
    snap_unref(s);
    send(w, b, &result);
    assert_false(result.duplicate);
    p->rows += b->rows;
    p->batches++;
}

static void send_again(struct world *w)
{
    struct batch_result result;
    if (w->plain.batches == 0)
        return;
    struct plain_batch *b = &w->plain.batch[below(w, (uint32_t)w->plain.batches)];
    if (b->with_ids || b->part_of > 0)
        return;
    send(w, b, &result);
    assert_true(result.duplicate);
}

/* ---- registrations with ids, the newer in the place of the older ---- */

enum { IDS = 60 };

/* The row that counts for an id: 1 + its index, or 0. */
static size_t owner_of(const struct plain *p, size_t batches, int id)
{
    for (size_t b = batches; b-- > 0;)
        for (size_t i = p->batch[b].first; i < p->batch[b].first + p->batch[b].rows; i++)
            if (p->batch[b].retracted_ms == 0 && p->row[i].id == id)
                return i + 1;
    return 0;
}

/* Rows of distinct ids, in their order. */
static void rows_with_ids(struct world *w, const struct place_tree *t, struct plain_batch *b)
{
    struct plain *p = &w->plain;
    p->row = realloc(p->row, (p->rows + IDS) * sizeof *p->row);
    for (int id = 1; id < IDS; id++) {
        struct plain_row *r = &p->row[b->first + b->rows];
        if (below(w, 4) > 0)
            continue;
        *r = (struct plain_row){.id = id};
        random_row(w, t, false, r);
        r->count = 1;
        r->value[SOURCE] = b->source;
        r->value[BATCH] = b->id;
        b->rows++;
        b->registrations++;
    }
}

static void send_ids(struct world *w, struct plain_batch *b, struct batch_result *out)
{
    struct rows rows;
    struct seg *seg = NULL;
    struct err err = {0};
    id_hash hash[IDS];
    uint32_t owner[IDS];
    char id[BATCH_ID_BYTES_MAX + 1];
    struct idset *set = store_ids(w->store);
    struct snap *s = snap_cell_get(w->cell);
    struct dict *words[ATTRS_MAX] = {NULL};
    plain_name(b->id, id);
    struct batch_spec spec = {
        .source = str_of(plain_sources[b->source]), .id = str_of(id), .as_on = DAY_NONE};
    to_rows(&w->plain, b, &rows);
    for (size_t i = 0; i < b->rows; i++)
        hash[i] = (id_hash)w->plain.row[b->first + i].id;
    idset_find(set, hash, b->rows, owner);
    if (b->rows > 0) {
        assert_int_equal(rows_need_ids(&rows, &err), 0);
        memcpy(rows.id, hash, b->rows * sizeof *hash);
        assert_int_equal(rows_sort(&rows, s->tree, &err), 0);
        assert_int_equal(seg_new(&rows, s->tree, 0, &seg, &err), 0);
    }
    for (size_t a = 0; a < s->schema->n; a++)
        words[a] = rows.local[a];
    const id_hash *row[] = {rows.id};
    struct id_claims claims = {
        .against = set, .n = b->rows, .hash = hash, .owner = owner, .replace = true, .row = row};
    if (store_import_ids(w->store, &spec, &claims, &seg, seg != NULL, words, NULL, out, &err) < 0)
        fail_msg("store_import_ids: %s", err.msg);
    assert_false(claims.stale);
    seg_unref(seg);
    rows_fini(&rows);
    snap_unref(s);
    idset_unref(set);
}

/* The number that stands for a name that the store has given. */
static int given_number(struct str name)
{
    int i = 0;
    while (plain_given[i][0] != '\0' && !str_eq(str_of(plain_given[i]), name))
        i++;
    assert_true(i + 1 < GIVEN_MAX);
    memcpy(plain_given[i], name.p, name.n + 1);
    return GIVEN_FIRST + i;
}

/* The name of the newest correction of a source. */
static int newest_correction(struct world *w, int source, size_t rows)
{
    struct snap *s = snap_cell_get(w->cell);
    int number = -1;
    for (size_t i = s->batch_count; i-- > 0 && number < 0;) {
        struct str by = dict_get(s->dict[ATTR_SOURCE], s->batch[i].source);
        if (!str_eq(by, str_of(plain_sources[source])) || !s->batch[i].correction)
            continue;
        assert_int_equal(s->batch[i].accepted, rows);
        number = given_number(dict_get(s->dict[ATTR_BATCH], s->batch[i].batch));
    }
    snap_unref(s);
    return number;
}

/* The rows that take off what a source had, as the batch that came with batch `main`. */
static size_t add_taken(struct world *w, size_t main, int source)
{
    struct plain *p = &w->plain;
    struct plain_batch of = p->batch[main];
    struct plain_batch b = {.source = source,
                            .first = p->rows,
                            .correction = true,
                            .part_of = main + 1,
                            .received_ms = of.received_ms};
    p->row = realloc(p->row, (p->rows + of.rows + 1) * sizeof *p->row);
    for (size_t i = of.first; i < of.first + of.rows; i++) {
        size_t had = owner_of(p, main, p->row[i].id);
        if (had == 0 || p->row[had - 1].value[SOURCE] != source)
            continue;
        struct plain_row *r = &p->row[b.first + b.rows++];
        *r = p->row[had - 1];
        r->id = 0;
        r->taken = had;
        r->count = -1;
        b.registrations--;
    }
    if (b.rows == 0)
        return 0;
    b.id = newest_correction(w, source, b.rows);
    for (size_t i = b.first; i < b.first + b.rows; i++)
        p->row[i].value[BATCH] = b.id;
    p->rows += b.rows;
    p->batch = realloc(p->batch, (p->batches + 2) * sizeof *p->batch);
    p->batch[p->batches++] = b;
    return b.rows;
}

static void add_ids(struct world *w)
{
    struct plain *p = &w->plain;
    struct batch_result result;
    struct snap *s = snap_cell_get(w->cell);
    size_t main = p->batches, replaced = 0;
    p->batch = realloc(p->batch, (p->batches + 2) * sizeof *p->batch);
    struct plain_batch *b = &p->batch[main];
    *b = (struct plain_batch){.first = p->rows,
                              .source = (int)below(w, ARRAY_LEN(plain_sources)),
                              .id = GIVEN_FIRST / 2 + (int)main,
                              .with_ids = true,
                              .content = (uint32_t)main,
                              .received_ms = now_ms};
    rows_with_ids(w, s->tree, b);
    snap_unref(s);
    send_ids(w, b, &result);
    p->rows += b->rows;
    p->batches++;
    for (int source = 0; source < (int)ARRAY_LEN(plain_sources); source++)
        replaced += add_taken(w, main, source);
    assert_int_equal(result.replaced, replaced);
    w->replaced += replaced;
}

/* Does a batch that counts take rows of this one off? */
static bool is_held(const struct plain *p, const struct plain_batch *b)
{
    for (size_t k = 0; k < p->batches; k++)
        for (size_t i = p->batch[k].first; i < p->batch[k].first + p->batch[k].rows; i++)
            if (p->batch[k].retracted_ms == 0 && p->row[i].taken > b->first &&
                p->row[i].taken <= b->first + b->rows)
                return true;
    return false;
}

static size_t sources_of(const struct plain *p, int id)
{
    size_t n = 0;
    for (size_t i = 0; i < p->batches; i++)
        n += p->batch[i].id == id;
    return n;
}

static void retract(struct world *w)
{
    struct plain *p = &w->plain;
    if (p->batches == 0)
        return;
    struct plain_batch *b = &p->batch[below(w, (uint32_t)p->batches)];
    struct retract_result r;
    struct err err = {0};
    char id[BATCH_ID_BYTES_MAX + 1];
    plain_name(b->id, id);
    struct retract_spec spec = {.id = str_of(id), .reason = STR("sent by mistake")};
    int rc = store_retract(w->store, &spec, &r, &err);
    if (sources_of(p, b->id) > 1) {
        assert_int_equal(rc, ERR_AMBIGUOUS_BATCH);
        spec.source = str_of(plain_sources[b->source]);
        rc = store_retract(w->store, &spec, &r, &err);
    }
    if (b->part_of > 0 || (b->retracted_ms == 0 && is_held(p, b))) {
        assert_int_equal(rc, ERR_CONFLICT);
        return;
    }
    if (rc < 0)
        fail_msg("store_retract: %s", err.msg);
    assert_int_equal(r.duplicate, b->retracted_ms > 0);
    assert_int_equal(r.registrations, b->registrations);
    assert_int_equal(r.accepted, b->rows);
    if (!r.duplicate)
        b->retracted_ms = now_ms;
    for (size_t i = 0; i < p->batches && !r.duplicate; i++)
        if (p->batch[i].part_of == (size_t)(b - p->batch) + 1)
            p->batch[i].retracted_ms = now_ms;
    assert_int_equal(r.retracted_ms, b->retracted_ms);
    w->retracted += !r.duplicate;
}

/* ---- what happens around them ---- */

static void new_place(struct world *w)
{
    static const int64_t districts[] = {607, 326, 739, 616};
    int64_t code = w->next_code++;
    struct place_change c = place(PLACE_BLOCK, code, districts[below(w, 4)]);
    uint32_t what = below(w, 4);
    if (what == 0)
        c = place(PLACE_DISTRICT, code, below(w, 2) ? 20 : 18);
    if (what == 1)
        c = place(PLACE_PANCHAYAT, 800000 + code, below(w, 2) ? 3168 : 3175);
    add_places(w, &c, 1);
}

/* A merge of an older snapshot, while other things go on. */
static void merge(struct world *w)
{
    struct snap *from = snap_cell_get(w->cell);
    struct merge m;
    struct err err = {0};
    bool due = from->segs > 0 || (from->gone && from->gone->minuses > from->folded);
    if (due && (from->slabs > 0 || from->segs > 0)) {
        if (merge_run(from, w->store->slab_next, 1, NULL, &m, &err) < 0)
            fail_msg("merge_run: %s", err.msg);
        for (uint32_t n = below(w, 4); n > 0; n--) {
            if (below(w, 2))
                add_batch(w);
            else
                retract(w);
        }
        if (below(w, 10) == 0)
            new_place(w);
        int rc = slabs_install(w->store, from, &m, &err);
        if (rc < 0)
            fail_msg("slabs_install: %s", err.msg);
        if (rc == 0)
            w->store->slab_next += m.fresh;
        w->merged += rc == 0;
        merge_fini(&m);
    }
    snap_unref(from);
}

static void reopen(struct world *w)
{
    struct snap *before = snap_cell_get(w->cell);
    uint64_t id = before->id;
    int64_t received_ms = before->received_ms;
    snap_unref(before);
    close_store(w);
    open_store(w);
    struct snap *after = snap_cell_get(w->cell);
    assert_int_equal(after->id, id);
    assert_true(after->received_ms <= received_ms); /* a change of places is not kept */
    snap_unref(after);
    w->reopened++;
}

/* ---- comparing ---- */

static void compare_totals(struct world *w, const struct snap *s)
{
    int64_t registrations = 0;
    int32_t day_min = INT32_MAX, day_max = INT32_MIN;
    for (size_t b = 0; b < w->plain.batches; b++) {
        const struct plain_batch *batch = &w->plain.batch[b];
        for (size_t i = batch->first;
             plain_counts(batch, DAY_NONE) && i < batch->first + batch->rows; i++) {
            int32_t day = (int32_t)w->plain.row[i].value[DATE];
            registrations += w->plain.row[i].count;
            day_min = day < day_min ? day : day_min;
            day_max = day > day_max ? day : day_max;
        }
    }
    assert_int_equal(s->rows, w->plain.rows);
    assert_int_equal(s->registrations, registrations);
    assert_int_equal(tally_window(s, 0, CUBE_ALL, INT32_MIN, INT32_MAX), registrations);
    assert_int_equal(s->day_min, day_min);
    assert_int_equal(s->day_max, day_max);
}

/* The answer's lines without the header, sorted. */
static void ask(struct world *w, const struct snap *s, size_t vector, bool no_cube)
{
    struct query *q = NULL;
    struct query_result r;
    struct err err = {0};
    struct query_context ctx = {.snap = s, .no_cube = no_cube, .vector_rows = vector};
    if (query_parse(str_of(w->text.p), &q, &err) < 0 || query_run(q, &ctx, &r, &err) < 0)
        fail_msg("%s\n%s", w->text.p, err.msg);
    struct format_options o = {.tree = s->tree, .as_on = DAY_NONE};
    buf_clear(&w->got);
    assert_int_equal(format_frame(r.frame, FORMAT_CSV, &o, &w->got, &err), 0);
    buf_char(&w->got, '\0');
    char *body = strchr(w->got.p, '\n') + 1;
    memmove(w->got.p, body, strlen(body) + 1);
    sort_lines(w->got.p);
    query_result_fini(&r);
    query_unref(q);
    w->asked++;
}

/* The first line that is not the same; the whole would not fit cmocka's message. */
static void tell_difference(const struct world *w, size_t vector, bool no_cube)
{
    size_t at = 0;
    for (size_t i = 0; w->got.p[i] == w->want.p[i]; i++)
        at = w->got.p[i] == '\n' ? i + 1 : at;
    fail_msg("%s\nvector %zu, %s\nexpected %.200s\ngot      %.200s", w->text.p, vector,
             no_cube ? "no cube" : "cube", w->want.p + at, w->got.p + at);
}

static void compare(struct world *w, bool all)
{
    static const size_t vectors[] = {1, 7, 2048};
    struct snap *s = snap_cell_get(w->cell);
    int32_t today = plain_ist_day(now_ms);
    compare_totals(w, s);
    for (int i = 0; i < QUESTIONS; i++) {
        struct question q;
        make_question(&w->g, &w->plain, s->tree, w->first_day, today, &q);
        write_query(&w->text, &q);
        plain_answer(&w->plain, s->tree, &q, &w->want);
        sort_lines(w->want.p);
        uint32_t chosen = below(w, 6);
        for (uint32_t way = 0; way < 6; way++) {
            if (way != chosen && !all)
                continue;
            ask(w, s, vectors[way / 2], way % 2);
            if (strcmp(w->got.p, w->want.p) != 0)
                tell_difference(w, vectors[way / 2], way % 2);
        }
    }
    snap_unref(s);
}

/* ---- the walk ---- */

static void step(struct world *w)
{
    uint32_t what = below(w, 100);
    struct snap *s = snap_cell_get(w->cell);
    bool many = s->segs >= MERGE_AT_LEAST; /* before the background thread merges */
    snap_unref(s);
    now_ms += below(w, 3) ? below(w, 3600000) : below(w, 2 * DAY_MS);
    if (many || what < 14)
        merge(w);
    else if (what < 26 && !w->single)
        add_ids(w);
    else if (what < 60)
        add_batch(w);
    else if (what < 78)
        retract(w);
    else if (what < 84)
        send_again(w);
    else if (what < 90)
        new_place(w);
    else
        reopen(w);
}

static int steps(void)
{
    const char *text = getenv("PANJI_TEST_STEPS");
    return text ? (int)strtol(text, NULL, 10) : STEPS;
}

static void walk(const char *what, bool single)
{
    struct world w;
    world_make(&w, what, single);
    for (int i = 0; i < steps(); i++) {
        step(&w);
        compare(&w, i % 10 == 0);
    }
    reopen(&w);
    compare(&w, true);
    world_free(&w);
}

static void weighted_rows_and_corrections(void **state)
{
    (void)state;
    walk("any order, with corrections", false);
}

static void one_registration_a_row(void **state)
{
    (void)state;
    walk("any order, single rows", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighted_rows_and_corrections),
        cmocka_unit_test(one_registration_a_row),
    };
    return cmocka_run_group_tests_name("query/any_order", tests, NULL, NULL);
}
