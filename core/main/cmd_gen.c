/* SPDX-License-Identifier: MIT
 *
 * `panji gen`: the synthetic country as CSV, or straight into a data directory through the same
 * rows, segments and store that an import goes through. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/hash.h"
#include "commands.h"
#include "progress.h"
#include "synth.h"
#include "synth_bulk.h"

enum { CSV_ROWS = 20000, BATCH_ROWS = 4000000, BULK_THREADS = 2 };

struct plan {
    uint64_t rows, seed;
    struct progress bar;
};

static int64_t part(const struct plan *p, uint64_t done, uint64_t most)
{
    return (int64_t)(p->rows - done < most ? p->rows - done : most);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static int write_csv(struct plan *p, FILE *f, const char *name, struct err *err)
{
    struct buf b;
    buf_init(&b, MEM_MAIN);
    synth_csv_header(&b);
    int rc = 0;
    for (uint64_t done = 0; done <= p->rows && rc == 0;) {
        int64_t n = part(p, done, CSV_ROWS);
        synth_csv(done, (uint64_t)n, p->seed, &b);
        rc = buf_check(&b, err);
        if (rc == 0 && fwrite(b.p, 1, b.n, f) != b.n)
            rc = err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
        buf_clear(&b);
        progress_add(&p->bar, n);
        done += (uint64_t)n;
        if (n == 0)
            break;
    }
    buf_fini(&b);
    return rc;
}

static int gen_csv(struct plan *p, const char *name, struct err *err)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *f = standard ? stdout : fopen(name, "we");
    if (f == NULL)
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    int rc = write_csv(p, f, name, err);
    if ((standard ? fflush(f) : fclose(f)) != 0 && rc == 0)
        rc = err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    return rc;
}

/* ---- a data directory ------------------------------------------------------------------------ */

/* The content's identity: what determines the rows. */
static void name_batch(const struct plan *p, uint64_t first, uint64_t n, struct batch_spec *spec,
                       char *id, size_t size)
{
    struct sha256 h;
    int k = snprintf(id, size, "synthetic-%llu-%llu-%llu", (unsigned long long)p->seed,
                     (unsigned long long)first, (unsigned long long)n);
    *spec = (struct batch_spec){.source = STR("synthetic"), .as_on = DAY_NONE};
    spec->id = (struct str){id, (size_t)k};
    sha256_init(&h);
    sha256_add(&h, id, (size_t)k);
    sha256_end(&h, spec->sha256);
}

static int import_part(struct plan *p, struct store *store, struct snap_cell *cell, uint64_t first,
                       uint64_t n, struct err *err)
{
    char id[BATCH_ID_BYTES_MAX + 1];
    struct batch_spec spec;
    struct batch_result result;
    struct rows rows;
    struct snap *snap = snap_cell_get(cell);
    name_batch(p, first, n, &spec, id, sizeof id);
    rows_init(&rows, MEM_MAIN, snap->schema);
    int rc = synth_rows(first, n, p->seed, snap->tree, &rows, err);
    if (rc == 0)
        rc = rows_fill_text(&rows, ATTR_SOURCE, spec.source, err);
    if (rc == 0)
        rc = rows_fill_text(&rows, ATTR_BATCH, spec.id, err);
    if (rc == 0)
        rc = store_import(store, &spec, &rows, &result, err);
    rows_fini(&rows);
    snap_unref(snap);
    return rc;
}

static bool is_empty(struct snap_cell *cell)
{
    struct snap *snap = snap_cell_get(cell);
    bool empty = snap->rows == 0;
    snap_unref(snap);
    return empty;
}

static int import_all(struct plan *p, struct store *store, struct snap_cell *cell, struct err *err)
{
    TRY(synth_places(store, err));
    if (p->rows > 0 && p->rows <= UINT32_MAX && is_empty(cell))
        return synth_bulk(store, cell, p->rows, p->seed, BULK_THREADS, &p->bar, err);
    for (uint64_t done = 0; done < p->rows;) {
        int64_t n = part(p, done, BATCH_ROWS);
        TRY(import_part(p, store, cell, done, (uint64_t)n, err));
        progress_add(&p->bar, n);
        done += (uint64_t)n;
    }
    return 0;
}

static int gen_data(struct plan *p, const char *dir, struct err *err)
{
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    if (mkdir(dir, 0750) != 0 && errno != EEXIST)
        return err_set(err, ERR_IO, "%s: %s", dir, strerror(errno));
    TRY(snap_cell_new(&cell, err));
    int rc = store_open(dir, cell, &store, err);
    if (rc == 0)
        rc = import_all(p, store, cell, err);
    store_close(store);
    snap_cell_free(cell);
    return rc;
}

int cmd_gen(const struct cli *c, struct err *err)
{
    struct plan p = {0};
    int64_t rows;
    int64_t seed;
    const char *csv = cli_get(c, "csv");
    const char *dir = cli_get(c, "data");
    if (!cli_has(c, "rows") || (csv == NULL) == (dir == NULL))
        return err_set(err, ERR_USAGE,
                       "usage: panji gen --rows N [--seed S] --data DIR, or --csv FILE");
    TRY(cli_number(c, "rows", 0, 0, INT64_C(10000000000), &rows, err));
    TRY(cli_number(c, "seed", 0, 0, (1 << 24) - 1, &seed, err));
    p.rows = (uint64_t)rows;
    p.seed = (uint64_t)seed;
    progress_start(&p.bar, csv ? csv : dir, "rows", rows);
    int rc = csv != NULL ? gen_csv(&p, csv, err) : gen_data(&p, dir, err);
    progress_end(&p.bar);
    return rc;
}
