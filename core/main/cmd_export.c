/* SPDX-License-Identifier: MIT
 *
 * `panji export`: the registrations of a data directory, moved to ClickHouse and counted there.
 * The directory stays as it is. */
#include <stdio.h>

#include "commands.h"
#include "door.h"
#include "progress.h"
#include "remote.h"
#include "store/clickhouse_load.h"
#include "store/clickhouse_tables.h"
#include "store/store.h"

static void show(void *ctx, uint64_t rows, uint64_t all)
{
    struct progress *bar = ctx;
    (void)all;
    progress_add(bar, (int64_t)rows - bar->done);
}

static int move(const struct cli *c, const struct clickhouse *at, const struct snap *snap,
                struct err *err)
{
    struct clickhouse_moved moved;
    struct progress bar;
    bool here = cli_has(c, "tables");
    if (cli_has(c, "replace"))
        TRY(clickhouse_drop(at, here, NULL, err));
    TRY(clickhouse_tables(at, snap->schema, here, NULL, err));
    if (here) {
        puts("the tables are there");
        return 0;
    }
    progress_start(&bar, at->address.url.p, "rows", (int64_t)snap->rows);
    int rc = clickhouse_load(at, snap, NULL, show, &bar, &moved, err);
    progress_end(&bar);
    TRY(rc);
    printf("%llu rows, %lld registrations moved, and counted there by state and day\n",
           (unsigned long long)moved.rows, (long long)moved.registrations);
    return 0;
}

static int move_directory(const struct cli *c, const char *dir, const struct clickhouse *at,
                          struct err *err)
{
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    TRY(snap_cell_new(&cell, err));
    int rc = store_open(dir, cell, &store, err);
    if (rc == ERR_LOCKED)
        err_hint(err, "stop the server: nothing may come while the registrations are moved");
    if (rc == 0) {
        struct snap *snap = snap_cell_get(cell);
        rc = move(c, at, snap, err);
        snap_unref(snap);
    }
    store_close(store);
    snap_cell_free(cell);
    return rc;
}

int cmd_export(const struct cli *c, struct err *err)
{
    struct settings s;
    struct remote remote;
    const char *dir = door_data_dir(c);
    TRY(door_has_data(c, err));
    settings_init(&s);
    int rc = remote_flags(c, &s, err);
    if (rc == 0 && s.engine != ENGINE_CLICKHOUSE)
        rc = err_set(err, ERR_USAGE,
                     "usage: panji export --engine clickhouse --url URL [--data DIR]");
    if (rc == 0)
        rc = remote_open(&s, &remote, err);
    if (rc == 0)
        rc = move_directory(c, dir, &remote.at, err);
    settings_fini(&s);
    return rc;
}
