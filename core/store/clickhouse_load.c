/* SPDX-License-Identifier: MIT
 *
 * Moves rows: a piece of a segment or a slab at a time becomes the body of an INSERT, in
 * ClickHouse's binary rows (fixed widths, little endian). What arrived is counted twice, by us on
 * the way and by ClickHouse at the end, in both tables. */
#include "store/clickhouse_load.h"

#include <stdlib.h>

#include "base/hash.h"
#include "store/clickhouse_tables.h"

enum { PIECE_ROWS = 1 << 19 };

struct loading {
    const struct clickhouse *at;
    const struct snap *snap;
    const struct cancel *cancel;
    void (*progress)(void *ctx, uint64_t rows, uint64_t all);
    void *ctx;
    struct err *err;
    struct buf sql, body;
    struct rows rows;
    uint64_t sent;
    int64_t *lines, *sums; /* by state and day, [state index * days + day - day_min] */
    uint32_t *state;       /* by id of a place: index of its state */
    size_t states, days;
};

static void put_bytes(char *p, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (char)(v >> 8 * i);
}

static void put_u32(char *p, uint32_t v)
{
    put_bytes(p, v, 4);
}

/* The id of the place above, as stored; 0 where there is none. */
static uint32_t home_at(const struct place_tree *t, uint32_t order, enum place_level level)
{
    while (t->at[order].level > level)
        order = place_order(t, t->at[order].home);
    return t->at[order].level == level ? t->at[order].id : 0;
}

static void count(struct loading *l, size_t i, uint32_t state)
{
    size_t at = l->state[state] * l->days + (size_t)(l->rows.day[i] - l->snap->held_min);
    l->lines[at]++;
    l->sums[at] += l->rows.count[i];
}

static int put_row(struct loading *l, size_t i)
{
    const struct place_tree *t = l->snap->tree;
    size_t attrs = l->snap->schema->n;
    uint32_t order = place_order(t, l->rows.place[i]);
    char *p = buf_reserve(&l->body, 23 + 4 * attrs);
    const char *start = p;
    if (p == NULL)
        return err_set(l->err, ERR_MEM, "There is no memory for the rows to be moved.");
    ASSERT(order != PLACE_NONE && l->rows.day[i] >= 0 && l->rows.day[i] <= UINT16_MAX);
    uint32_t state = home_at(t, order, PLACE_STATE);
    put_u32(p, state);
    put_u32(p + 4, home_at(t, order, PLACE_DISTRICT));
    put_u32(p + 8, home_at(t, order, PLACE_BLOCK));
    put_u32(p + 12, l->rows.place[i]);
    p[16] = (char)l->rows.sector[i];
    p[17] = (char)(l->rows.day[i] & 0xFF);
    p[18] = (char)(l->rows.day[i] >> 8);
    put_u32(p + 19, (uint32_t)l->rows.count[i]);
    p += 23;
    for (size_t a = 0; a < attrs; a++) {
        int32_t v = l->rows.attr[a] ? l->rows.attr[a][i] : ATTR_NULL;
        int bytes = clickhouse_attr_bytes(l->snap->schema, (int)a);
        if (v == ATTR_NULL)
            v = clickhouse_attr_null(l->snap->schema, (int)a);
        put_bytes(p, (uint32_t)v, bytes);
        p += bytes;
    }
    l->body.n += (size_t)(p - start);
    count(l, i, state);
    return 0;
}

/* Sends the rows collected. */
static int send_piece(struct loading *l)
{
    struct buf *b = &l->sql;
    buf_clear(b);
    buf_clear(&l->body);
    if (l->rows.n == 0)
        return 0;
    for (size_t i = 0; i < l->rows.n; i++)
        TRY(put_row(l, i));
    buf_printf(b,
               "INSERT INTO %.*s." CLICKHOUSE_REGISTRATIONS
               " (state, district, block, place, sector, day, registrations",
               STR_ARG(l->at->address.database));
    for (size_t a = 0; a < l->snap->schema->n; a++) {
        buf_cstr(b, ", ");
        clickhouse_put_attr(b, l->snap->schema, (int)a);
    }
    buf_cstr(b, ") FORMAT RowBinary");
    TRY(buf_check(b, l->err));
    TRY(clickhouse_do(l->at, buf_view(b), buf_view(&l->body), l->cancel, l->err));
    l->sent += l->rows.n;
    if (l->progress != NULL)
        l->progress(l->ctx, l->sent, l->snap->rows);
    rows_fini(&l->rows);
    rows_init(&l->rows, MEM_STORE, l->snap->schema);
    return 0;
}

/* The groups of a slab, so many places at a time as make a piece. */
static int send_slab(struct loading *l, const struct slab *b)
{
    for (uint32_t g = 0, first = 0; g < b->groups; g++) {
        bool last = g + 1 == b->groups;
        bool full = b->group[g + 1].first_row - b->group[first].first_row >= PIECE_ROWS;
        if (!last && (!full || b->group[g + 1].place == b->group[g].place))
            continue;
        TRY(slab_to_rows(b, b->group[first].place, b->group[g].place + 1, &l->rows, l->err));
        TRY(send_piece(l));
        first = g + 1;
    }
    return 0;
}

static int send_all(struct loading *l)
{
    const struct snap *s = l->snap;
    for (size_t i = 0; i < s->slabs; i++)
        TRY(send_slab(l, s->slab[i]));
    for (size_t i = 0; i < s->segs; i++) {
        TRY(seg_to_rows(s->seg[i], 0, s->tree->n, &l->rows, l->err));
        if (l->rows.n >= PIECE_ROWS / 2)
            TRY(send_piece(l));
    }
    return send_piece(l);
}

/* ---- counting ---- */

static int differs(struct loading *l, const char *table, const char *what, int64_t there,
                   int64_t here)
{
    err_set(l->err, ERR_UNAVAILABLE,
            "ClickHouse counts %lld %s in %s where %lld were sent: the data is not moved",
            (long long)there, what, table, (long long)here);
    err_hint(l->err, "nobody else may write to its tables: empty them and move again");
    return ERR_UNAVAILABLE;
}

static int compare(struct loading *l, const char *table, const struct clickhouse_rows *got)
{
    size_t cells = 0;
    for (size_t i = 0; i < l->states * l->days; i++)
        cells += l->lines[i] != 0;
    if (got->rows != cells)
        return differs(l, table, "days of states", (int64_t)got->rows, (int64_t)cells);
    for (size_t i = 0; i < got->rows; i++) {
        const int64_t *row = &got->value[i * got->cols];
        int64_t day = row[1] - l->snap->held_min;
        bool known = row[0] >= 0 && row[0] < (int64_t)l->snap->tree->ids_max && day >= 0 &&
                     day < (int64_t)l->days;
        size_t at = known ? l->state[row[0]] * l->days + (size_t)day : 0;
        if (!known || row[2] != l->sums[at])
            return differs(l, table, "registrations of a state's day", row[2],
                           known ? l->sums[at] : 0);
        if (row[3] != l->lines[at])
            return differs(l, table, "rows of a state's day", row[3], l->lines[at]);
    }
    return 0;
}

static int verify(struct loading *l, const char *table, const char *lines)
{
    struct arena a;
    struct clickhouse_rows got;
    arena_init(&a, MEM_STORE, 0);
    buf_clear(&l->sql);
    buf_printf(&l->sql,
               "SELECT state, day, sum(registrations), %s FROM %.*s.%s GROUP BY state, day WITH "
               "TOTALS",
               lines, STR_ARG(l->at->address.database), table);
    int rc = buf_check(&l->sql, l->err);
    if (rc == 0)
        rc = clickhouse_select(l->at, buf_view(&l->sql), 4, l->cancel, &a, &got, l->err);
    if (rc == 0)
        rc = compare(l, table, &got);
    arena_fini(&a);
    return rc;
}

static int not_moved(const struct clickhouse *c, const char *why, struct err *err)
{
    err_set(err, ERR_CONFLICT, "The tables in ClickHouse (%.*s) %s", STR_ARG(c->address.database),
            why);
    err_hint(err, "panji export --engine clickhouse --replace moves the data there");
    return ERR_CONFLICT;
}

/* Attributes that were declared, or widened, since the tables were made. */
static int check_columns(const struct clickhouse *c, const struct snap *s,
                         const struct cancel *cancel, struct err *err)
{
    struct buf sql, answer;
    int64_t there = 0;
    buf_init(&sql, MEM_STORE);
    buf_init(&answer, MEM_STORE);
    buf_printf(&sql,
               "SELECT count() FROM system.columns WHERE database = '%.*s' AND table = "
               "'" CLICKHOUSE_REGISTRATIONS "' AND concat('`', name, '` ', type) IN (''",
               STR_ARG(c->address.database));
    for (size_t a = 0; a < s->schema->n; a++) {
        buf_cstr(&sql, ", '");
        clickhouse_put_attr(&sql, s->schema, (int)a);
        buf_printf(&sql, " Int%d'", 8 * clickhouse_attr_bytes(s->schema, (int)a));
    }
    buf_char(&sql, ')');
    int rc = buf_check(&sql, err);
    if (rc == 0)
        rc = clickhouse_ask(c, buf_view(&sql), cancel, &answer, err);
    if (rc == 0 && str_to_i64(str_trim(buf_view(&answer)), &there) < 0)
        rc = clickhouse_failed(buf_view(&answer), err);
    if (rc == 0 && there != (int64_t)s->schema->n)
        rc = not_moved(c, "have other attributes than this data directory", err);
    buf_fini(&answer);
    buf_fini(&sql);
    return rc;
}

static int is_empty(struct loading *l)
{
    struct arena a;
    struct clickhouse_rows got;
    arena_init(&a, MEM_STORE, 0);
    buf_printf(&l->sql,
               "SELECT sum(registrations), count() FROM (SELECT registrations, toUInt8(0) AS Z "
               "FROM %.*s." CLICKHOUSE_REGISTRATIONS ") GROUP BY Z WITH TOTALS",
               STR_ARG(l->at->address.database));
    int rc = buf_check(&l->sql, l->err);
    if (rc == 0)
        rc = clickhouse_select(l->at, buf_view(&l->sql), 2, l->cancel, &a, &got, l->err);
    if (rc == 0 && got.rows > 0) {
        rc = err_set(l->err, ERR_CONFLICT, "The tables in ClickHouse hold %lld rows already",
                     (long long)got.value[1]);
        err_hint(l->err, "--replace empties them first");
    }
    arena_fini(&a);
    return rc;
}

static int count_states(struct loading *l)
{
    const struct place_tree *t = l->snap->tree;
    const struct snap *s = l->snap;
    l->days = s->held_min <= s->held_max ? (size_t)(s->held_max - s->held_min) + 1 : 0;
    l->states = 1; /* 0: rows of the country */
    l->state = mem_calloc(MEM_STORE, t->ids_max, sizeof *l->state);
    if (l->state == NULL)
        return err_set(l->err, ERR_MEM, "There is no memory to count what is moved.");
    for (uint32_t o = 0; o < t->n; o++)
        if (t->at[o].level == PLACE_STATE)
            l->state[t->at[o].id] = (uint32_t)l->states++;
    l->lines = mem_calloc(MEM_STORE, l->states * l->days + 1, sizeof *l->lines);
    l->sums = mem_calloc(MEM_STORE, l->states * l->days + 1, sizeof *l->sums);
    if (l->lines == NULL || l->sums == NULL)
        return err_set(l->err, ERR_MEM, "There is no memory to count what is moved.");
    return 0;
}

/* ---- the mark ---- */

/* Where the places with ids below n lie, as stored. */
static uint32_t tree_mark(const struct place_tree *t, uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t id = 0; id < n; id++) {
        uint32_t o = place_order(t, id);
        uint32_t pair[2] = {id, o == PLACE_NONE ? UINT32_MAX : t->at[o].home};
        sum = crc32c(sum, pair, sizeof pair);
    }
    return sum;
}

static int put_mark(struct loading *l)
{
    const struct place_tree *t = l->snap->tree;
    buf_clear(&l->sql);
    buf_printf(&l->sql, "INSERT INTO %.*s." CLICKHOUSE_MOVED " VALUES (%llu, %zu, %u, %u)",
               STR_ARG(l->at->address.database), (unsigned long long)l->sent, l->snap->batch_count,
               t->ids_max, tree_mark(t, t->ids_max));
    TRY(buf_check(&l->sql, l->err));
    return clickhouse_do(l->at, buf_view(&l->sql), STR_NULL, l->cancel, l->err);
}

int clickhouse_holds(const struct clickhouse *c, const struct snap *s, const struct cancel *cancel,
                     struct err *err)
{
    enum { LINES, BATCHES, PLACES, TREE, COLS = TREE + 3 };
    struct arena a;
    struct buf sql;
    struct clickhouse_rows got;
    arena_init(&a, MEM_STORE, 0);
    buf_init(&sql, MEM_STORE);
    buf_printf(&sql,
               "SELECT lines, batches, places, tree, sum(N), count() FROM (SELECT lines, batches, "
               "places, tree, toInt64(1) AS N FROM %.*s." CLICKHOUSE_MOVED
               ") GROUP BY lines, batches, places, tree WITH TOTALS",
               STR_ARG(c->address.database));
    int rc = buf_check(&sql, err);
    if (rc == 0)
        rc = clickhouse_select(c, buf_view(&sql), COLS, cancel, &a, &got, err);
    const int64_t *v = rc == 0 && got.rows == 1 ? got.value : NULL;
    if (rc == 0 && v == NULL)
        rc = not_moved(c, "hold nothing that was moved whole", err);
    else if (rc == 0 && (v[LINES] != (int64_t)s->rows || v[BATCHES] != (int64_t)s->batch_count))
        rc = not_moved(c, "do not hold what has come since", err);
    else if (rc == 0 &&
             (v[PLACES] > s->tree->ids_max || v[TREE] != tree_mark(s->tree, (uint32_t)v[PLACES])))
        rc = not_moved(c, "speak of other places", err);
    else if (rc == 0)
        rc = check_columns(c, s, cancel, err);
    buf_fini(&sql);
    arena_fini(&a);
    return rc;
}

static int load(struct loading *l)
{
    TRY(count_states(l));
    TRY(is_empty(l));
    TRY(check_columns(l->at, l->snap, l->cancel, l->err));
    TRY(send_all(l));
    TRY(verify(l, CLICKHOUSE_REGISTRATIONS, "count()"));
    TRY(verify(l, CLICKHOUSE_CELLS, "toInt64(sum(lines))"));
    return put_mark(l);
}

int clickhouse_load(const struct clickhouse *c, const struct snap *s, const struct cancel *cancel,
                    void (*progress)(void *ctx, uint64_t rows, uint64_t all), void *ctx,
                    struct clickhouse_moved *out, struct err *err)
{
    struct loading l = {
        .at = c, .snap = s, .cancel = cancel, .progress = progress, .ctx = ctx, .err = err};
    buf_init(&l.sql, MEM_STORE);
    buf_init(&l.body, MEM_STORE);
    rows_init(&l.rows, MEM_STORE, s->schema);
    int rc = load(&l);
    *out = (struct clickhouse_moved){.rows = l.sent};
    for (size_t i = 0; rc == 0 && i < l.states * l.days; i++)
        out->registrations += l.sums[i];
    rows_fini(&l.rows);
    buf_fini(&l.body);
    buf_fini(&l.sql);
    mem_free(MEM_STORE, l.state);
    mem_free(MEM_STORE, l.lines);
    mem_free(MEM_STORE, l.sums);
    return rc;
}
