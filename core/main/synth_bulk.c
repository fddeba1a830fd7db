/* SPDX-License-Identifier: MIT
 *
 * Bulk generation. One pass counts the rows of each block, another lists them block by block
 * (a counting sort of row numbers, 4 bytes a row); then threads take parts of the list, of whole
 * blocks, make their rows and hand them to the bulk load. */
#include "synth_bulk.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "synth.h"

enum {
    PART_ROWS = 1 << 22,
    CENTRES = 55, /* of a block */
    OCCUPATIONS = 390,
    THREADS_MAX = 16,
    CENTRE_CODE = 100000,
    OCCUPATION_CODE = 1000,
    BLOCK_CODE = 10001,
};

struct work {
    struct store_bulk *bulk;
    char id[64]; /* of the batch */
    const struct snap *snap;
    uint64_t n, seed;
    uint32_t *row;                       /* row numbers, block by block */
    uint64_t block_at[SYNTH_BLOCKS + 1]; /* where each block's begin */
    uint32_t block_id[SYNTH_BLOCKS];     /* place ids */
    struct progress *bar;
    pthread_mutex_t lock; /* owns next_block, the bar, rc and err */
    int next_block;
    int rc;
    struct err err;
};

/* ---- the list of rows -------------------------------------------------------------------------
 */

static int list_rows(struct work *w, struct err *err)
{
    w->row = mem_alloc(MEM_MAIN, w->n * sizeof(*w->row));
    uint64_t *at = mem_calloc(MEM_MAIN, SYNTH_BLOCKS, sizeof(*at));
    if (!w->row || !at) {
        mem_free(MEM_MAIN, at);
        return err_set(err, ERR_MEM, "no memory for %llu row numbers", (unsigned long long)w->n);
    }
    for (uint64_t i = 0; i < w->n; i++) {
        w->block_at[synth_block(i, w->seed) + 1]++;
    }
    for (int b = 0; b < SYNTH_BLOCKS; b++) {
        w->block_at[b + 1] += w->block_at[b];
        at[b] = w->block_at[b];
    }
    for (uint64_t i = 0; i < w->n; i++) {
        w->row[at[synth_block(i, w->seed)]++] = (uint32_t)i;
    }
    mem_free(MEM_MAIN, at);
    return 0;
}

static int find_blocks(struct work *w, struct err *err)
{
    for (int b = 0; b < SYNTH_BLOCKS; b++) {
        uint32_t order = place_by_code(w->snap->tree, PLACE_BLOCK, BLOCK_CODE + b);
        if (order == PLACE_NONE) {
            return err_set(err, ERR_NOT_FOUND, "block %d of the synthetic country is missing",
                           BLOCK_CODE + b);
        }
        w->block_id[b] = w->snap->tree->at[order].id;
    }
    return 0;
}

/* ---- one part ----------------------------------------------------------------------------------
 */

enum column { OCCUPATION, GENDER, AGE, CATEGORY, CHANNEL, CENTRE, COLUMNS };

static const char *const column_name[COLUMNS] = {"occupation", "gender",  "age",
                                                 "category",   "channel", "centre"};

/* Local ids of numbers first .. first + n - 1 written out, in that order. */
static int intern_numbers(struct dict *d, int first, int n, struct err *err)
{
    char text[16];
    for (int i = 0; i < n; i++) {
        int32_t id;
        int len = snprintf(text, sizeof(text), "%d", first + i);
        TRY(dict_intern(d, (struct str){text, (size_t)len}, &id, err));
        ASSERT(id == i);
    }
    return 0;
}

static int prepare(struct rows *r, int block, int blocks, int attr[COLUMNS], struct err *err)
{
    for (int c = 0; c < COLUMNS; c++) {
        attr[c] = schema_find(r->schema, str_of(column_name[c]));
        int as = schema_find(&schema_default, str_of(column_name[c]));
        if (attr[c] < 0 || r->schema->attr[attr[c]].kind != schema_default.attr[as].kind)
            return err_set(err, ERR_CONFLICT,
                           "the synthetic country needs the attribute \"%s\" of the default list",
                           column_name[c]);
        TRY(rows_need(r, attr[c], err));
    }
    TRY(dict_new(r->room, &r->local[attr[OCCUPATION]], err));
    TRY(dict_new(r->room, &r->local[attr[CENTRE]], err));
    TRY(intern_numbers(r->local[attr[OCCUPATION]], OCCUPATION_CODE, OCCUPATIONS, err));
    return intern_numbers(r->local[attr[CENTRE]], CENTRE_CODE + block * CENTRES, blocks * CENTRES,
                          err);
}

static int make_rows(const struct work *w, int block, int end, struct rows *r, struct err *err)
{
    int attr[COLUMNS];
    for (uint64_t k = w->block_at[block]; k < w->block_at[end]; k++) {
        struct synth_row x;
        synth_row(w->row[k], w->seed, &x);
        TRY(rows_add(r, w->block_id[x.block], (uint8_t)(x.sector + 1), x.day, 1, err));
        if (r->n == 1) {
            TRY(prepare(r, block, end - block, attr, err));
        }
        size_t i = r->n - 1;
        r->attr[attr[OCCUPATION]][i] = x.occupation;
        r->attr[attr[GENDER]][i] = x.gender;
        r->attr[attr[AGE]][i] = x.age;
        r->attr[attr[CATEGORY]][i] = x.category;
        r->attr[attr[CHANNEL]][i] = x.channel;
        r->attr[attr[CENTRE]][i] = x.centre - block * CENTRES;
    }
    return 0;
}

static int make_part(struct work *w, int block, int end, struct err *err)
{
    struct rows r;
    rows_init(&r, MEM_MAIN, w->snap->schema);
    int rc = make_rows(w, block, end, &r, err);
    rc = rc < 0 ? rc : rows_fill_text(&r, ATTR_SOURCE, STR("synthetic"), err);
    rc = rc < 0 ? rc : rows_fill_text(&r, ATTR_BATCH, str_of(w->id), err);
    if (rc == 0 && r.n > 0) {
        rc = store_bulk_add(w->bulk, &r, err);
    }
    rows_fini(&r);
    return rc;
}

/* The next blocks to make: as many as fit a part, at least one. False: no more, or one failed. */
static bool take_part(struct work *w, int *block, int *end)
{
    pthread_mutex_lock(&w->lock);
    *block = *end = w->next_block;
    while (*end < SYNTH_BLOCKS &&
           (*end == *block || w->block_at[*end + 1] - w->block_at[*block] <= PART_ROWS)) {
        (*end)++;
    }
    bool any = w->rc == 0 && *block < SYNTH_BLOCKS;
    w->next_block = *end;
    pthread_mutex_unlock(&w->lock);
    return any;
}

static void *make_parts(void *arg)
{
    struct work *w = arg;
    int block, end;
    while (take_part(w, &block, &end)) {
        struct err err = {0};
        int rc = make_part(w, block, end, &err);
        pthread_mutex_lock(&w->lock);
        if (rc < 0 && w->rc == 0) {
            w->rc = rc;
            w->err = err;
        }
        progress_add(w->bar, (int64_t)(w->block_at[end] - w->block_at[block]));
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

static int make_all(struct work *w, int threads, struct err *err)
{
    pthread_t thread[THREADS_MAX];
    int started = 0;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    while (started < threads - 1 && pthread_create(&thread[started], NULL, make_parts, w) == 0) {
        started++;
    }
    make_parts(w);
    for (int i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
    }
    if (w->rc < 0 && err) {
        *err = w->err;
    }
    return w->rc;
}

/* ---- all
 * ----------------------------------------------------------------------------------------- */

static int finish(struct work *w, struct err *err)
{
    struct sha256 h;
    struct batch_result result;
    struct batch_spec spec = {.source = STR("synthetic"), .id = str_of(w->id), .as_on = DAY_NONE};
    sha256_init(&h);
    sha256_add(&h, spec.id.p, spec.id.n);
    sha256_end(&h, spec.sha256);
    return store_bulk_end(w->bulk, &spec, &result, err);
}

int synth_bulk(struct store *s, struct snap_cell *cell, uint64_t n, uint64_t seed, int threads,
               struct progress *bar, struct err *err)
{
    ASSERT(n > 0 && n <= UINT32_MAX);
    struct work *w = mem_calloc(MEM_MAIN, 1, sizeof(*w));
    if (!w) {
        return err_set(err, ERR_MEM, "no memory to make the country");
    }
    w->n = n;
    w->seed = seed;
    w->bar = bar;
    snprintf(w->id, sizeof(w->id), "all-%llu-%llu", (unsigned long long)n,
             (unsigned long long)seed);
    pthread_mutex_init(&w->lock, NULL);
    struct snap *snap = snap_cell_get(cell);
    w->snap = snap;
    int rc = store_bulk_new(s, &w->bulk, err);
    rc = rc < 0 ? rc : find_blocks(w, err);
    rc = rc < 0 ? rc : list_rows(w, err);
    rc = rc < 0 ? rc : make_all(w, threads, err);
    mem_free(MEM_MAIN, w->row);
    rc = rc < 0 ? rc : finish(w, err);
    store_bulk_free(w->bulk);
    snap_unref(snap);
    pthread_mutex_destroy(&w->lock);
    mem_free(MEM_MAIN, w);
    return rc;
}
