/* SPDX-License-Identifier: MIT
 *
 * Finds the ClickHouse that a command or a configuration means. */
#include "remote.h"

#include "store/clickhouse_load.h"

static int take(const struct cli *c, const char *name, struct settings *s, struct str *at,
                struct err *err)
{
    const char *flag = cli_get(c, name);
    if (flag == NULL)
        return 0;
    *at = str_copy(&s->arena, str_of(flag));
    return at->p != NULL ? 0 : err_set(err, ERR_MEM, "no memory for the configuration");
}

int remote_flags(const struct cli *c, struct settings *s, struct err *err)
{
    struct str engine = str_of(cli_get(c, "engine"));
    if (engine.n == 0)
        return 0;
    bool clickhouse = str_eq(engine, STR("clickhouse"));
    if (!clickhouse && !str_eq(engine, STR("local")))
        return err_set(err, ERR_USAGE, "--engine %.*s is none: there are local and clickhouse",
                       STR_ARG(engine));
    s->engine = clickhouse ? ENGINE_CLICKHOUSE : ENGINE_LOCAL;
    struct clickhouse_setting *to = &s->clickhouse;
    if (to->database.n == 0)
        to->database = STR("panji");
    TRY(take(c, "url", s, &to->url, err));
    TRY(take(c, "database", s, &to->database, err));
    TRY(take(c, "cluster", s, &to->cluster, err));
    TRY(take(c, "user", s, &to->user, err));
    TRY(take(c, "password-file", s, &to->password.file, err));
    if (!clickhouse || to->url.n > 0)
        return 0;
    err_set(err, ERR_USAGE, "which ClickHouse is not said");
    err_hint(err, "--engine clickhouse --url http://HOST:8123");
    return ERR_USAGE;
}

int remote_open(const struct settings *s, struct remote *r, struct err *err)
{
    const struct clickhouse_setting *set = &s->clickhouse;
    *r = (struct remote){.password = ""};
    if (secret_is_named(&set->password))
        TRY(secret_read(&set->password, r->password, err));
    struct clickhouse_address where = {.url = set->url,
                                       .database = set->database,
                                       .cluster = set->cluster,
                                       .user = set->user,
                                       .password = str_of(r->password)};
    return clickhouse_open(&where, NULL, &r->at, err);
}

int remote_use(const struct settings *s, struct snap_cell *cell, struct remote *r, struct err *err)
{
    if (s->engine != ENGINE_CLICKHOUSE)
        return 0;
    TRY(remote_open(s, r, err));
    struct snap *first = snap_cell_get(cell);
    int rc = clickhouse_holds(&r->at, first, NULL, err);
    if (rc == 0)
        first->clickhouse = &r->at;
    snap_unref(first);
    return rc;
}
