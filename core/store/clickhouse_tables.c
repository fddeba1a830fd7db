/* SPDX-License-Identifier: MIT
 *
 * Makes the tables in ClickHouse. Every statement can be repeated: what is there stays. */
#include "store/clickhouse_tables.h"

#include <stdio.h>

#include "data/rows.h"

enum { SQL_BYTES = 4096 };

/* The tables of a node, and those of the whole; the same without a cluster. */
struct making {
    const struct clickhouse *at;
    const struct schema *schema;
    const struct cancel *cancel;
    struct err *err;
    struct str database, on; /* on: " ON CLUSTER c", or nothing */
    const char *suffix;
    bool replicated;
    struct buf sql;
};

void clickhouse_put_attr(struct buf *b, const struct schema *schema, int attr)
{
    buf_cstr(b, "`attr_");
    for (const char *p = schema->attr[attr].name; *p != '\0'; p++) {
        if (*p == '`' || *p == '\\')
            buf_char(b, '\\');
        buf_char(b, *p);
    }
    buf_char(b, '`');
}

int clickhouse_attr_bytes(const struct schema *schema, int attr)
{
    const struct attr *a = &schema->attr[attr];
    if (a->kind == ATTR_CHOICE)
        return a->list->n <= INT8_MAX ? 1 : 2;
    if (a->kind == ATTR_INT && a->min > INT8_MIN && a->max <= INT8_MAX)
        return 1;
    return a->kind == ATTR_INT && a->min > INT16_MIN && a->max <= INT16_MAX ? 2 : 4;
}

int32_t clickhouse_attr_null(const struct schema *schema, int attr)
{
    int bytes = clickhouse_attr_bytes(schema, attr);
    return bytes == 1 ? INT8_MIN : bytes == 2 ? INT16_MIN : ATTR_NULL;
}

/* Its name and type. */
static void put_declared(struct making *m, int attr)
{
    clickhouse_put_attr(&m->sql, m->schema, attr);
    buf_printf(&m->sql, " Int%d DEFAULT %d", 8 * clickhouse_attr_bytes(m->schema, attr),
               clickhouse_attr_null(m->schema, attr));
}

static int send(struct making *m)
{
    TRY(buf_check(&m->sql, m->err));
    int rc = clickhouse_do(m->at, buf_view(&m->sql), STR_NULL, m->cancel, m->err);
    buf_clear(&m->sql);
    return rc;
}

/* Of a table of a node. */
static void put_engine(struct making *m, const char *name, const char *table)
{
    buf_printf(&m->sql, ") ENGINE = %s%s", m->replicated ? "Replicated" : "", name);
    if (m->replicated)
        buf_printf(&m->sql, "('/clickhouse/tables/{shard}/%.*s/%s', '{replica}')",
                   STR_ARG(m->database), table);
    buf_cstr(&m->sql, " PARTITION BY toYear(toDate(day)) "
                      "ORDER BY (state, district, block, place, sector, day)");
}

static int make_registrations(struct making *m)
{
    struct buf *b = &m->sql;
    buf_printf(b, "CREATE TABLE IF NOT EXISTS %.*s." CLICKHOUSE_REGISTRATIONS "%s%.*s (",
               STR_ARG(m->database), m->suffix, STR_ARG(m->on));
    buf_cstr(b, "state UInt32, district UInt32, block UInt32, place UInt32, sector UInt8, "
                "day UInt16, registrations Int32");
    for (size_t a = 0; a < m->schema->n; a++) {
        buf_cstr(b, ", ");
        put_declared(m, (int)a);
    }
    put_engine(m, "MergeTree", CLICKHOUSE_REGISTRATIONS);
    return send(m);
}

/* The sums of a cell come together whenever ClickHouse merges. `lines` keeps cells whose
 * registrations cancel out, as the rows are there. */
static int make_cells(struct making *m)
{
    struct buf *b = &m->sql;
    buf_printf(b, "CREATE TABLE IF NOT EXISTS %.*s." CLICKHOUSE_CELLS "%s%.*s (",
               STR_ARG(m->database), m->suffix, STR_ARG(m->on));
    buf_printf(b, "state UInt32, district UInt32, block UInt32, place UInt32, sector UInt8, "
                  "day UInt16, registrations Int64, lines UInt64");
    put_engine(m, "SummingMergeTree", CLICKHOUSE_CELLS);
    TRY(send(m));
    buf_printf(
        b,
        "CREATE MATERIALIZED VIEW IF NOT EXISTS %.*s.cells_feed%.*s TO %.*s." CLICKHOUSE_CELLS
        "%s AS SELECT state, district, block, place, sector, day, "
        "toInt64(registrations) AS registrations, toUInt64(1) AS lines FROM "
        "%.*s." CLICKHOUSE_REGISTRATIONS "%s",
        STR_ARG(m->database), STR_ARG(m->on), STR_ARG(m->database), m->suffix, STR_ARG(m->database),
        m->suffix);
    return send(m);
}

static int make_whole(struct making *m, const char *table)
{
    struct str cluster = m->at->address.cluster;
    buf_printf(&m->sql,
               "CREATE TABLE IF NOT EXISTS %.*s.%s AS %.*s.%s_local ENGINE = "
               "Distributed(%.*s, %.*s, %s_local, district)",
               STR_ARG(m->database), table, STR_ARG(m->database), table, STR_ARG(cluster),
               STR_ARG(m->database), table);
    return send(m);
}

/* ---- what is there ---- */

static int ask_number(struct making *m, int64_t *out)
{
    struct buf answer;
    buf_init(&answer, MEM_STORE);
    int rc = buf_check(&m->sql, m->err);
    if (rc == 0)
        rc = clickhouse_ask(m->at, buf_view(&m->sql), m->cancel, &answer, m->err);
    if (rc == 0 && str_to_i64(str_trim(buf_view(&answer)), out) < 0)
        rc = clickhouse_failed(buf_view(&answer), m->err);
    buf_clear(&m->sql);
    buf_fini(&answer);
    return rc;
}

/* Attributes that were declared since the table was made become columns. */
static int add_columns(struct making *m, const char *suffix)
{
    for (size_t a = 0; a < m->schema->n; a++) {
        int64_t there;
        buf_printf(&m->sql,
                   "SELECT count() FROM system.columns WHERE database = '%.*s' AND table = "
                   "'" CLICKHOUSE_REGISTRATIONS "%s' AND concat('`', name, '`') = '",
                   STR_ARG(m->database), suffix);
        clickhouse_put_attr(&m->sql, m->schema, (int)a);
        buf_char(&m->sql, '\'');
        TRY(ask_number(m, &there));
        if (there > 0)
            continue;
        buf_printf(&m->sql, "ALTER TABLE %.*s." CLICKHOUSE_REGISTRATIONS "%s%.*s ADD COLUMN ",
                   STR_ARG(m->database), suffix, STR_ARG(m->on));
        put_declared(m, (int)a);
        TRY(send(m));
    }
    return 0;
}

/* Where the nodes of a cluster know their own names, each table is kept by all replicas. */
static int find_replicas(struct making *m)
{
    int64_t macros = 0;
    buf_cstr(&m->sql, "SELECT count() FROM system.macros WHERE macro IN ('shard', 'replica')");
    TRY(ask_number(m, &macros));
    m->replicated = macros == 2;
    return 0;
}

/* The nodes that have their table already. */
static int count_nodes(struct making *m, int64_t *there, int64_t *all)
{
    struct str cluster = m->at->address.cluster;
    buf_printf(&m->sql, "SELECT uniqExact(shard_num) FROM system.clusters WHERE cluster = '%.*s'",
               STR_ARG(cluster));
    TRY(ask_number(m, all));
    if (*all == 0) {
        err_set(m->err, ERR_PARAM, "ClickHouse knows no cluster '%.*s'", STR_ARG(cluster));
        err_hint(m->err, "its names stand in its system.clusters");
        return ERR_PARAM;
    }
    buf_printf(&m->sql,
               "SELECT count() FROM cluster('%.*s', system, tables) WHERE database = '%.*s' AND "
               "name = '" CLICKHOUSE_REGISTRATIONS "_local'",
               STR_ARG(cluster), STR_ARG(m->database));
    return ask_number(m, there);
}

/* Of the whole, on the node that is spoken to. */
static int make_moved(struct making *m)
{
    buf_printf(&m->sql,
               "CREATE TABLE IF NOT EXISTS %.*s." CLICKHOUSE_MOVED
               " (lines UInt64, batches UInt64, places UInt32, tree UInt32) "
               "ENGINE = MergeTree ORDER BY lines",
               STR_ARG(m->database));
    return send(m);
}

static int make_parts(struct making *m)
{
    buf_printf(&m->sql, "CREATE DATABASE IF NOT EXISTS %.*s%.*s", STR_ARG(m->database),
               STR_ARG(m->on));
    TRY(send(m));
    TRY(make_registrations(m));
    TRY(add_columns(m, m->suffix));
    return make_cells(m);
}

static int no_queue(struct making *m)
{
    struct err why = m->err != NULL ? *m->err : (struct err){0};
    err_set(m->err, ERR_UNAVAILABLE, "The tables cannot be made on all nodes of the cluster: %s",
            why.msg);
    err_hint(m->err,
             "where ClickHouse has no queue of changes (ZooKeeper), make them on each node: "
             "panji export --engine clickhouse --url NODE --cluster NAME --tables");
    return ERR_UNAVAILABLE;
}

static int make_cluster(struct making *m)
{
    char on[128];
    int64_t there = 0;
    int64_t all = 0;
    m->suffix = "_local";
    TRY(count_nodes(m, &there, &all));
    if (there < all) {
        int n = snprintf(on, sizeof on, " ON CLUSTER %.*s", STR_ARG(m->at->address.cluster));
        m->on = (struct str){on, (size_t)n};
        if (make_parts(m) < 0)
            return no_queue(m);
        m->on = STR("");
    }
    TRY(make_whole(m, CLICKHOUSE_REGISTRATIONS));
    TRY(make_whole(m, CLICKHOUSE_CELLS));
    TRY(add_columns(m, ""));
    return make_moved(m);
}

int clickhouse_tables(const struct clickhouse *c, const struct schema *schema, bool here,
                      const struct cancel *cancel, struct err *err)
{
    bool cluster = c->address.cluster.n > 0;
    struct making m = {.at = c,
                       .schema = schema,
                       .cancel = cancel,
                       .err = err,
                       .database = c->address.database,
                       .suffix = cluster ? "_local" : ""};
    buf_init(&m.sql, MEM_STORE);
    int rc = cluster ? find_replicas(&m) : 0;
    if (rc == 0)
        rc = cluster && !here ? make_cluster(&m) : make_parts(&m);
    if (rc == 0 && !cluster)
        rc = make_moved(&m);
    buf_fini(&m.sql);
    return rc;
}

static int drop(struct making *m, const char *table)
{
    buf_printf(&m->sql, "DROP TABLE IF EXISTS %.*s.%s%.*s", STR_ARG(m->database), table,
               STR_ARG(m->on));
    return send(m);
}

/* The mark goes first: what is left of a table is not taken for a whole one. */
int clickhouse_drop(const struct clickhouse *c, bool here, const struct cancel *cancel,
                    struct err *err)
{
    static const char *const whole[] = {CLICKHOUSE_MOVED, CLICKHOUSE_CELLS,
                                        CLICKHOUSE_REGISTRATIONS};
    static const char *const part[] = {"cells_feed", CLICKHOUSE_CELLS "_local",
                                       CLICKHOUSE_REGISTRATIONS "_local"};
    char on[128];
    struct making m = {
        .at = c, .cancel = cancel, .err = err, .database = c->address.database, .on = STR("")};
    buf_init(&m.sql, MEM_STORE);
    buf_printf(&m.sql, "CREATE DATABASE IF NOT EXISTS %.*s", STR_ARG(m.database));
    int rc = send(&m);
    for (size_t i = 0; i < ARRAY_LEN(whole) && rc == 0; i++)
        rc = drop(&m, whole[i]);
    if (c->address.cluster.n > 0 && !here) {
        int n = snprintf(on, sizeof on, " ON CLUSTER %.*s", STR_ARG(c->address.cluster));
        m.on = (struct str){on, (size_t)n};
    }
    for (size_t i = 0; i < ARRAY_LEN(part) && rc == 0; i++)
        rc = drop(&m, part[i]);
    buf_fini(&m.sql);
    return rc;
}
