/* SPDX-License-Identifier: MIT
 *
 * The ClickHouse that a command or a configuration means. */
#ifndef MAIN_REMOTE_H
#define MAIN_REMOTE_H

#include "cli.h"
#include "data/snap.h"
#include "script/secret.h"
#include "script/settings.h"
#include "store/clickhouse.h"

struct remote {
    struct clickhouse at;
    char password[SECRET_BYTES_MAX];
};

/* --engine, --url, --database, --cluster, --user and --password-file into the settings; what was
 * not given stays. ERR_USAGE for an engine that is none, or clickhouse without an address. */
MUST_USE int remote_flags(const struct cli *c, struct settings *s, struct err *err);
/* `r` keeps its place, and the settings live, while it is in use. */
MUST_USE int remote_open(const struct settings *s, struct remote *r, struct err *err);
/* Where the engine is clickhouse: queries over the snapshot in the cell, and those that come after
 * it, find the registrations there. Before anyone else has the cell. ERR_CONFLICT when other
 * registrations are there. */
MUST_USE int remote_use(const struct settings *s, struct snap_cell *cell, struct remote *r,
                        struct err *err);

#endif
