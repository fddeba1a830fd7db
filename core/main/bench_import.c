/* SPDX-License-Identifier: MIT
 *
 * The calls are those that the HTTP server makes for an import. A batch's time runs from its first
 * byte to its acknowledgement, when it is on disk and visible. */
#include "bench_import.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "bench_dir.h"
#include "bench_machine.h"
#include "hist.h"
#include "ingest/batch.h"
#include "synth.h"

enum {
    PUSH_BYTES = 1 << 18, /* pieces that a file is read in */
    CSV_ROWS = 20000,
    SMALL_ROWS = 1000,
    SMALL_TEXTS = 64, /* different contents of the small batches */
    SMALL_DROPPED = 2,
    SMALL_SECONDS = 5,
    CLIENTS_MAX = 8,
};

struct desk {
    struct snap_cell *cell;
    struct store *store;
    struct buf small[SMALL_TEXTS];
    atomic_uint_fast64_t next_id;
};

static double seconds_since(int64_t start_ns)
{
    return (double)(clock_mono_ns() - start_ns) / 1e9;
}

static int push_all(struct batch *b, struct str text, struct err *err)
{
    for (size_t at = 0; at < text.n; at += PUSH_BYTES) {
        size_t n = text.n - at < PUSH_BYTES ? text.n - at : PUSH_BYTES;
        TRY(batch_push(b, text.p + at, n, err));
    }
    return 0;
}

/* One batch, acknowledged. The id makes it new, whatever its content. */
static int import_text(struct desk *d, struct str text, struct err *err)
{
    char id[32];
    int n =
        snprintf(id, sizeof id, "bench-%llu", (unsigned long long)atomic_fetch_add(&d->next_id, 1));
    struct batch_options o = {.source = STR("bench"), .id = {id, (size_t)n}, .as_on = DAY_NONE};
    struct batch_result result;
    struct batch *batch = NULL;
    TRY(batch_new(d->store, d->cell, &o, &batch, err));
    int rc = push_all(batch, text, err);
    if (rc == 0)
        rc = batch_end(batch, &result, err);
    batch_free(batch);
    return rc;
}

static int make_text(uint64_t first, uint64_t rows, struct buf *out, struct err *err)
{
    buf_init(out, MEM_MAIN);
    synth_csv_header(out);
    for (uint64_t i = 0; i < rows; i += CSV_ROWS)
        synth_csv(first + i, rows - i < CSV_ROWS ? rows - i : CSV_ROWS, 1, out);
    return buf_check(out, err);
}

/* ---- one file -------------------------------------------------------------------------------- */

static int import_file(struct desk *d, uint64_t rows, struct err *err)
{
    struct buf text;
    char count[32];
    int rc = make_text(0, rows, &text, err);
    int64_t start = clock_mono_ns();
    if (rc == 0)
        rc = import_text(d, buf_view(&text), err);
    double s = seconds_since(start);
    double mb = (double)text.n / 1e6;
    buf_fini(&text);
    TRY(rc);
    printf("  %-42s %9.2f million rows/s  %.0f MB/s, one file of %s rows\n", "CSV to durable",
           (double)rows / s / 1e6, mb / s, bench_count(rows, count));
    return 0;
}

/* ---- small batches --------------------------------------------------------------------------- */

struct client {
    struct desk *desk;
    int number;
    int64_t until_ns;
    struct hist *hist;
    int rc;
    struct err err;
};

static void *send_batches(void *arg)
{
    struct client *c = arg;
    for (uint64_t k = 0; c->rc == 0 && clock_mono_ns() < c->until_ns; k++) {
        size_t which = ((size_t)c->number * 7 + k) % SMALL_TEXTS;
        int64_t start = clock_mono_ns();
        c->rc = import_text(c->desk, buf_view(&c->desk->small[which]), &c->err);
        if (k >= SMALL_DROPPED)
            hist_add(c->hist, clock_mono_ns() - start);
    }
    return NULL;
}

static void print_small(const struct hist *h, int clients, double batches_s)
{
    char what[64];
    snprintf(what, sizeof what, "batches of 1,000, %d at a time", clients);
    printf("  %-42s %9.0f rows/s          acknowledged in ms: p50 %.1f  p90 %.1f  p99 %.1f  max "
           "%.1f, %llu batches\n",
           what, batches_s * SMALL_ROWS, (double)hist_quantile(h, 0.5) / 1e6,
           (double)hist_quantile(h, 0.9) / 1e6, (double)hist_quantile(h, 0.99) / 1e6,
           (double)h->most / 1e6, (unsigned long long)h->n);
}

static int import_small(struct desk *d, int clients, struct err *err)
{
    struct client c[CLIENTS_MAX] = {0};
    pthread_t thread[CLIENTS_MAX];
    struct hist *h = mem_must(MEM_MAIN, CLIENTS_MAX * sizeof *h);
    int64_t start = clock_mono_ns();
    uint64_t first = atomic_load(&d->next_id);
    int started = 0;
    int rc = 0;
    for (; started < clients && rc == 0; started++) {
        c[started] = (struct client){.desk = d,
                                     .number = started,
                                     .until_ns = start + SMALL_SECONDS * INT64_C(1000000000),
                                     .hist = &h[started]};
        if (pthread_create(&thread[started], NULL, send_batches, &c[started]) != 0)
            rc = err_set(err, ERR_UNAVAILABLE, "no thread for a client");
    }
    for (int i = 0; i < started - (rc < 0); i++) {
        pthread_join(thread[i], NULL);
        if (i > 0)
            hist_merge(&h[0], &h[i]);
        if (rc == 0 && c[i].rc < 0) {
            rc = c[i].rc;
            *err = c[i].err;
        }
    }
    if (rc == 0)
        print_small(&h[0], clients,
                    (double)(atomic_load(&d->next_id) - first) / seconds_since(start));
    mem_free(MEM_MAIN, h);
    return rc;
}

static int import_all(struct desk *d, uint64_t rows, struct err *err)
{
    TRY(synth_places(d->store, err));
    TRY(import_file(d, rows, err));
    for (size_t i = 0; i < SMALL_TEXTS; i++)
        TRY(make_text(rows + i * SMALL_ROWS, SMALL_ROWS, &d->small[i], err));
    TRY(import_small(d, 1, err));
    return import_small(d, CLIENTS_MAX, err);
}

int bench_import(uint64_t rows, struct err *err)
{
    struct bench_dir dir;
    struct desk *d = mem_must(MEM_MAIN, sizeof *d);
    int rc = bench_dir_temporary(&dir, err);
    rc = rc < 0 ? rc : snap_cell_new(&d->cell, err);
    rc = rc < 0 ? rc : store_open(dir.path, d->cell, &d->store, err);
    rc = rc < 0 ? rc : import_all(d, rows, err);
    for (size_t i = 0; i < SMALL_TEXTS; i++)
        if (d->small[i].p != NULL)
            buf_fini(&d->small[i]);
    store_close(d->store);
    if (d->cell != NULL)
        snap_cell_free(d->cell);
    bench_dir_close(&dir);
    mem_free(MEM_MAIN, d);
    return rc;
}
