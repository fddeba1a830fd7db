/* SPDX-License-Identifier: MIT
 *
 * Places on disk: reading them all, and writing what a change of places made of them. A change
 * reads the stored rows and events into memory, works on them (place_merge.c, borders.c), builds
 * the new tree, which checks it, writes the rows that changed and the events that are new, and
 * publishes: one transaction, one snapshot.
 *
 * An id is given once and never changes: segments refer to it. A place that ended keeps its row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/hash.h"
#include "places_int.h"
#include "slabs.h"

enum { ROWS_FIRST = 1024 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the places");
}

/* ---- reading -------------------------------------------------------------------------------- */

static struct place_row *rows_push(struct arena *a, struct place_rows *rows)
{
    struct place_row *p = arena_grown(a, rows->row, rows->n, &rows->cap, sizeof *p);
    if (p == NULL)
        return NULL;
    rows->row = p;
    struct place_row *r = &rows->row[rows->n++];
    *r = (struct place_row){.valid_from = DAY_NONE, .valid_to = DAY_NONE};
    for (size_t i = 0; i < PLACE_FACTS_MAX; i++)
        r->fact[i] = (double)NAN;
    return r;
}

static int32_t day_or_none(struct stmt *st, int column)
{
    return stmt_is_null(st, column) ? DAY_NONE : (int32_t)stmt_i64(st, column);
}

static int read_place(struct arena *a, struct stmt *st, struct place_rows *rows, struct err *err)
{
    struct place_row *r = rows_push(a, rows);
    if (r == NULL)
        return no_memory(err);
    int64_t level = stmt_i64(st, 2);
    if (level <= PLACE_COUNTRY || level >= PLACE_LEVELS || stmt_i64(st, 0) >= PLACE_NONE)
        return err_set(err, ERR_CORRUPT, "a stored place has id %lld and level %lld",
                       (long long)stmt_i64(st, 0), (long long)level);
    r->id = (uint32_t)stmt_i64(st, 0);
    r->parent_id = (uint32_t)stmt_i64(st, 1);
    r->level = (enum place_level)level;
    r->code = stmt_i64(st, 3);
    r->name = str_copy(a, stmt_str(st, 4));
    r->name_hi = str_copy(a, stmt_str(st, 5));
    r->aliases = str_copy(a, stmt_str(st, 6));
    r->valid_from = day_or_none(st, 7);
    r->valid_to = day_or_none(st, 8);
    return r->name.p && r->name_hi.p && r->aliases.p ? 0 : no_memory(err);
}

static int read_places(struct db *db, struct arena *a, struct place_rows *rows, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(db,
                "SELECT id, parent_id, level, code, name, name_hi, aliases, valid_from, valid_to"
                " FROM place ORDER BY id",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = read_place(a, &st, rows, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int read_fact_names(struct db *db, struct arena *a, struct place_rows *rows, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(db, "SELECT id, name FROM fact ORDER BY id", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        if (rows->facts == PLACE_FACTS_MAX || stmt_i64(&st, 0) != (int64_t)rows->facts)
            rc = err_set(err, ERR_CORRUPT, "the names of the facts of places are damaged");
        else if ((rows->fact_name[rows->facts++] = str_copy(a, stmt_str(&st, 1))).p == NULL)
            rc = no_memory(err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int read_facts(struct db *db, struct place_rows *rows, struct err *err)
{
    struct stmt st;
    size_t at = 0;
    int rc;
    TRY(db_stmt(db, "SELECT place_id, fact_id, value FROM place_fact ORDER BY place_id", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        int64_t id = stmt_i64(&st, 0);
        int64_t fact = stmt_i64(&st, 1);
        while (at < rows->n && rows->row[at].id < id)
            at++;
        if (at == rows->n || rows->row[at].id != id || fact < 0 || fact >= (int64_t)rows->facts) {
            stmt_done(&st);
            return err_set(err, ERR_CORRUPT, "a fact belongs to place id %lld, which is missing",
                           (long long)id);
        }
        rows->row[at].fact[fact] = stmt_f64(&st, 2);
    }
    return rc;
}

static struct place_event *event_push(struct arena *a, struct place_event **event, size_t *n,
                                      size_t *cap)
{
    struct place_event *p = arena_grown(a, *event, *n, cap, sizeof *p);
    if (p == NULL)
        return NULL;
    *event = p;
    return &(*event)[(*n)++];
}

static int read_event(struct arena *a, struct stmt *st, struct place_rows *rows, struct err *err)
{
    struct place_event *e = event_push(a, &rows->event, &rows->events, &rows->events_cap);
    if (e == NULL)
        return no_memory(err);
    *e = (struct place_event){.kind = (enum place_event_kind)stmt_i64(st, 0),
                              .on = (int32_t)stmt_i64(st, 1),
                              .id = (uint32_t)stmt_i64(st, 2),
                              .from_id = (uint32_t)stmt_i64(st, 3),
                              .to_id = (uint32_t)stmt_i64(st, 4),
                              .old_name = str_copy(a, stmt_str(st, 5)),
                              .old_name_hi = str_copy(a, stmt_str(st, 6)),
                              .share = stmt_is_null(st, 7) ? (double)NAN : stmt_f64(st, 7)};
    if (e->kind > PLACE_PASSED)
        return err_set(err, ERR_CORRUPT, "a stored change of places has kind %d", (int)e->kind);
    return e->old_name.p && e->old_name_hi.p ? 0 : no_memory(err);
}

static int read_events(struct db *db, struct arena *a, struct place_rows *rows, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(db,
                "SELECT kind, effective_on, place_id, from_id, to_id, old_name, old_name_hi, share"
                " FROM place_event ORDER BY effective_on, seq",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = read_event(a, &st, rows, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

int places_load(struct db *db, struct arena *a, struct place_rows *out, struct err *err)
{
    *out = (struct place_rows){.n = 0};
    TRY(read_places(db, a, out, err));
    TRY(read_fact_names(db, a, out, err));
    TRY(read_facts(db, out, err));
    return read_events(db, a, out, err);
}

/* Did borders change, or places begin or end? */
static bool has_history(const struct place_rows *rows)
{
    bool dated = rows->events > 0;
    for (size_t i = 0; i < rows->n && !dated; i++)
        dated = rows->row[i].valid_from != DAY_NONE || rows->row[i].valid_to != DAY_NONE;
    return dated;
}

int places_tree(const struct place_rows *rows, struct arena *a, struct place_tree **tree,
                struct place_history **history, struct err *err)
{
    struct place_row *row = ARENA_ARRAY(a, struct place_row, rows->n);
    *tree = NULL;
    *history = NULL;
    if (row == NULL)
        return no_memory(err);
    if (rows->n > 0)
        memcpy(row, rows->row, rows->n * sizeof *row);
    TRY(history_apply(row, rows->n, rows->event, rows->events, clock_today(), a, err));
    TRY(place_tree_new(row, rows->n, rows->fact_name, rows->facts, tree, err));
    return has_history(rows) ? history_new(*tree, rows->event, rows->events, history, err) : 0;
}

/* ---- a change at work ----------------------------------------------------------------------- */

static size_t bucket_of(const struct edit *m, enum place_level level, int64_t code)
{
    return hash_mix((uint64_t)code * PLACE_LEVELS + level) & (m->buckets - 1);
}

static void link_row(struct edit *m, uint32_t index)
{
    const struct place_row *r = &m->rows.row[index];
    uint32_t *head = &m->bucket[bucket_of(m, r->level, r->code)];
    m->chain[index] = *head;
    *head = index;
}

/* Room for every row there is and may come. */
static int index_rows(struct edit *m, size_t more, struct err *err)
{
    m->rows_max = m->rows.n + more;
    for (m->buckets = 64; m->buckets < m->rows_max; m->buckets *= 2)
        continue;
    m->bucket = ARENA_ARRAY(&m->mem, uint32_t, m->buckets);
    m->chain = ARENA_ARRAY(&m->mem, uint32_t, m->rows_max);
    m->touched = ARENA_ARRAY(&m->mem, uint8_t, m->rows_max);
    if (m->bucket == NULL || m->chain == NULL || m->touched == NULL)
        return no_memory(err);
    memset(m->bucket, 0xFF, m->buckets * sizeof *m->bucket);
    m->id_next = PLACE_COUNTRY_ID + 1;
    for (size_t i = 0; i < m->rows.n; i++) {
        link_row(m, (uint32_t)i);
        if (m->rows.row[i].id >= m->id_next)
            m->id_next = m->rows.row[i].id + 1;
    }
    return 0;
}

static uint32_t first_of(const struct edit *m, uint32_t index, enum place_level level, int64_t code)
{
    while (index != PLACE_NONE &&
           (m->rows.row[index].level != level || m->rows.row[index].code != code))
        index = m->chain[index];
    return index;
}

uint32_t edit_first(const struct edit *m, enum place_level level, int64_t code)
{
    return first_of(m, m->bucket[bucket_of(m, level, code)], level, code);
}

uint32_t edit_next(const struct edit *m, uint32_t index)
{
    const struct place_row *r = &m->rows.row[index];
    return first_of(m, m->chain[index], r->level, r->code);
}

/* Rows stand in order of id: new ones get higher ids and stand behind. */
uint32_t edit_row_of(const struct edit *m, uint32_t id)
{
    size_t low = 0;
    size_t high = m->rows.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (m->rows.row[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < m->rows.n && m->rows.row[low].id == id ? (uint32_t)low : PLACE_NONE;
}

int64_t edit_code_of(const struct edit *m, uint32_t id)
{
    uint32_t at = edit_row_of(m, id);
    return at == PLACE_NONE ? -1 : m->rows.row[at].code;
}

struct place_row *edit_push(struct edit *m, enum place_level level, int64_t code,
                            uint32_t parent_id, uint32_t *index)
{
    ASSERT(m->rows.n < m->rows_max);
    struct place_row *r = rows_push(&m->mem, &m->rows);
    if (r == NULL)
        return NULL;
    *index = (uint32_t)m->rows.n - 1;
    r->id = m->id_next++;
    r->parent_id = parent_id;
    r->level = level;
    r->code = code;
    link_row(m, *index);
    m->touched[*index] = TOUCHED_NEW;
    return r;
}

/* Chains event k to those of the place in row `index`. */
static bool link_event(struct edit *m, uint32_t k, uint32_t index)
{
    if (k >= m->event_cap) {
        size_t cap = m->event_cap ? m->event_cap * 2 : m->rows.events + 64;
        uint32_t *p = ARENA_ARRAY(&m->mem, uint32_t, cap);
        if (p == NULL)
            return false;
        if (m->event_cap > 0)
            memcpy(p, m->event_next, m->event_cap * sizeof *p);
        m->event_next = p;
        m->event_cap = cap;
    }
    m->event_next[k] = m->event_head[index];
    m->event_head[index] = k;
    return true;
}

static int index_events(struct edit *m, struct err *err)
{
    m->event_head = ARENA_ARRAY(&m->mem, uint32_t, m->rows_max);
    if (m->event_head == NULL)
        return no_memory(err);
    memset(m->event_head, 0xFF, m->rows_max * sizeof *m->event_head);
    for (size_t k = 0; k < m->rows.events; k++) {
        uint32_t at = edit_row_of(m, m->rows.event[k].id);
        if (at == PLACE_NONE)
            return err_set(err, ERR_CORRUPT, "a change belongs to place id %u, which is missing",
                           m->rows.event[k].id);
        if (!link_event(m, (uint32_t)k, at))
            return no_memory(err);
    }
    return 0;
}

struct place_event *edit_event(struct edit *m, uint32_t index)
{
    struct place_event *e = event_push(&m->mem, &m->fresh, &m->fresh_n, &m->fresh_cap);
    if (e == NULL || !link_event(m, (uint32_t)(m->rows.events + m->fresh_n - 1), index))
        return NULL;
    *e = (struct place_event){.id = m->rows.row[index].id, .share = (double)NAN};
    return e;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put_day(struct stmt *st, int32_t day)
{
    if (day == DAY_NONE)
        stmt_put_null(st);
    else
        stmt_put_i64(st, day);
}

static int write_row(struct db *db, const struct place_row *r, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO place VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
                " parent_id = excluded.parent_id, name = excluded.name, name_hi = "
                "excluded.name_hi, aliases = excluded.aliases,"
                " valid_from = excluded.valid_from, valid_to = excluded.valid_to",
                &st, err));
    stmt_put_i64(&st, r->id);
    stmt_put_i64(&st, r->parent_id);
    stmt_put_i64(&st, r->level);
    stmt_put_i64(&st, r->code);
    stmt_put_str(&st, r->name);
    stmt_put_str(&st, r->name_hi);
    stmt_put_str(&st, r->aliases);
    put_day(&st, r->valid_from);
    put_day(&st, r->valid_to);
    return stmt_run(&st, err);
}

static int write_facts(struct db *db, const struct place_row *r, size_t facts, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT OR REPLACE INTO place_fact VALUES(?, ?, ?)", &st, err));
    for (size_t i = 0; i < facts; i++) {
        if (isnan(r->fact[i]))
            continue;
        stmt_put_i64(&st, r->id);
        stmt_put_i64(&st, (int64_t)i);
        stmt_put_f64(&st, r->fact[i]);
        TRY(stmt_run(&st, err));
    }
    return 0;
}

static int write_fact_names(struct edit *m, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&m->s->db, "INSERT INTO fact VALUES(?, ?)", &st, err));
    for (size_t i = m->facts_before; i < m->rows.facts; i++) {
        stmt_put_i64(&st, (int64_t)i);
        stmt_put_str(&st, m->rows.fact_name[i]);
        TRY(stmt_run(&st, err));
    }
    return 0;
}

static int write_events(struct edit *m, struct err *err)
{
    struct stmt st;
    int64_t now = clock_wall_ms();
    TRY(db_stmt(&m->s->db, "INSERT INTO place_event VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &st,
                err));
    for (size_t i = 0; i < m->fresh_n; i++) {
        const struct place_event *e = &m->fresh[i];
        stmt_put_i64(&st, (int64_t)e->kind);
        stmt_put_i64(&st, e->on);
        stmt_put_i64(&st, e->id);
        stmt_put_i64(&st, e->from_id);
        stmt_put_i64(&st, e->to_id);
        stmt_put_str(&st, e->old_name);
        stmt_put_str(&st, e->old_name_hi);
        if (isnan(e->share))
            stmt_put_null(&st);
        else
            stmt_put_f64(&st, e->share);
        stmt_put_i64(&st, now);
        TRY(stmt_run(&st, err));
    }
    return 0;
}

static int write_all(struct edit *m, uint64_t snapshot, struct err *err)
{
    struct db *db = &m->s->db;
    TRY(write_fact_names(m, err));
    for (size_t i = 0; i < m->rows.n; i++) {
        const struct place_row *r = &m->rows.row[i];
        if (m->touched[i] & (TOUCHED_ROW | TOUCHED_NEW))
            TRY(write_row(db, r, err));
        if (m->touched[i] & TOUCHED_FACTS)
            TRY(write_facts(db, r, m->rows.facts, err));
    }
    TRY(write_events(m, err));
    return meta_set_i64(db, "snapshot", (int64_t)snapshot, err);
}

static int by_day(const void *pa, const void *pb)
{
    const struct place_event *a = *(const struct place_event *const *)pa;
    const struct place_event *b = *(const struct place_event *const *)pb;
    if (a->on != b->on)
        return a->on < b->on ? -1 : 1;
    return (a > b) - (a < b);
}

/* Those of before and the new ones, by day; of one day as they came. */
static int join_events(struct edit *m, struct err *err)
{
    size_t n = m->rows.events + m->fresh_n;
    struct place_event *all = ARENA_ARRAY(&m->mem, struct place_event, n);
    struct place_event *sorted = ARENA_ARRAY(&m->mem, struct place_event, n);
    const struct place_event **order = arena_array(&m->mem, n, sizeof(struct place_event *));
    if (all == NULL || sorted == NULL || order == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        all[i] = *edit_event_at(m, (uint32_t)i);
        order[i] = &all[i];
    }
    if (n > 1)
        qsort(order, n, sizeof *order, by_day);
    for (size_t i = 0; i < n; i++)
        sorted[i] = *order[i];
    m->rows.event = sorted;
    m->rows.events = m->rows.events_cap = n;
    return 0;
}

static bool is_changed(const struct edit *m)
{
    for (size_t i = 0; i < m->rows.n; i++)
        if (m->touched[i] != 0)
            return true;
    return m->fresh_n > 0 || m->rows.facts > m->facts_before;
}

/* ---- a change from start to end -------------------------------------------------------------- */

struct running {
    struct edit *m;
    size_t more;
    edit_work work;
    void *arg;
    bool changed;
};

static void drop_layout(struct edit *m)
{
    for (size_t i = 0; i < m->slabs; i++)
        slab_unref(m->slab[i]);
    mem_free(MEM_STORE, m->slab);
    dense_unref(m->dense);
    m->slab = NULL;
    m->slabs = 0;
    m->dense = NULL;
}

static void edit_close(struct edit *m)
{
    drop_layout(m);
    history_unref(m->history);
    place_tree_unref(m->tree);
    snap_unref(m->base);
    m->history = NULL;
    m->tree = NULL;
    m->base = NULL;
    arena_fini(&m->mem);
}

/* Storage thread: from what is stored to the tree that is to be. */
static int plan_call(struct store *s, void *arg, struct err *err)
{
    struct running *r = arg;
    struct edit *m = r->m;
    *m = (struct edit){.s = s, .base = snap_cell_get(s->cell)};
    m->snapshot = m->base->id;
    arena_init(&m->mem, MEM_STORE, 0);
    TRY(places_load(&s->db, &m->mem, &m->rows, err));
    m->facts_before = m->rows.facts;
    TRY(index_rows(m, r->more, err));
    TRY(index_events(m, err));
    TRY(r->work(m, r->arg, err));
    r->changed = is_changed(m);
    if (!r->changed)
        return 0;
    TRY(join_events(m, err));
    TRY(places_tree(&m->rows, &m->mem, &m->tree, &m->history, err));
    place_tree_adopt(m->tree, m->base->tree);
    return 0;
}

/* The caller's thread: the merged rows of the base for the new tree. */
static int lay_out(struct edit *m, struct err *err)
{
    const struct snap *base = m->base;
    struct retraction_set *gone = NULL;
    drop_layout(m);
    if (base->slabs == 0 || m->tree->version == base->tree->version)
        return 0;
    m->slab = mem_calloc(MEM_STORE, base->slabs, sizeof(struct slab *));
    if (m->slab == NULL)
        return no_memory(err);
    for (; m->slabs < base->slabs; m->slabs++)
        TRY(slab_retree(base->slab[m->slabs], m->tree, &m->slab[m->slabs], err));
    if (base->gone != NULL)
        TRY(retraction_set_retree(base->gone, m->tree, &gone, err));
    struct dense_rows rows = {.slab = m->slab,
                              .slabs = m->slabs,
                              .minus = gone ? gone->minus : NULL,
                              .minuses = gone ? gone->minuses : 0};
    int rc = dense_new(m->tree, &rows, store_threads(), &m->dense, err);
    m->folded = rows.minuses;
    retraction_set_unref(gone);
    return rc;
}

static bool same_slabs(const struct snap *a, const struct snap *b)
{
    return a->slabs == b->slabs &&
           (a->slabs == 0 || memcmp(a->slab, b->slab, a->slabs * sizeof(struct slab *)) == 0);
}

static int audit_edit(struct edit *m, struct err *err)
{
    size_t added = 0, updated = 0;
    for (size_t i = 0; i < m->rows.n; i++) {
        added += (m->touched[i] & TOUCHED_NEW) != 0;
        updated += m->touched[i] != 0 && !(m->touched[i] & TOUCHED_NEW);
    }
    return audit_write(m->s, (struct audit_entry){.action = STR("places")}, err,
                       "%zu added, %zu updated, %zu changes of borders", added, updated,
                       m->fresh_n);
}

/* The transaction, with the next snapshot built before its commit. */
static int commit_tree(struct edit *m, const struct snap *old, struct err *err)
{
    struct store *s = m->s;
    struct snap *next = NULL;
    struct snap_change change = {.tree = m->tree,
                                 .history = m->history,
                                 .merged = m->slabs > 0,
                                 .slab = m->slab,
                                 .slabs = m->slabs,
                                 .dense = m->dense,
                                 .folded = m->folded,
                                 .received_ms = clock_wall_ms()};
    TRY(store_writable(s, err));
    TRY(snap_next(old, &change, &next, err));
    int rc = db_begin(&s->db, err);
    if (rc == 0)
        rc = write_all(m, next->id, err);
    if (rc == 0)
        rc = audit_edit(m, err);
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0) {
        store_rollback(s);
        snap_unref(next);
        return rc;
    }
    m->snapshot = next->id;
    snap_cell_set(s->cell, next);
    return 0;
}

enum { ROWS_MERGED = 1, PLACES_CHANGED = 2 };

/* Storage thread. ROWS_MERGED: other slabs have come, which are not laid out; PLACES_CHANGED: all
 * begins anew. */
static int commit_call(struct store *s, void *arg, struct err *err)
{
    struct edit *m = arg;
    struct snap *old = snap_cell_get(s->cell);
    int rc = 0;
    if (old->tree != m->base->tree) {
        rc = PLACES_CHANGED;
    } else if (!same_slabs(old, m->base)) {
        snap_unref(m->base);
        m->base = snap_ref(old);
        rc = ROWS_MERGED;
    } else {
        rc = commit_tree(m, old, err);
    }
    snap_unref(old);
    return rc;
}

static int publish(struct store *s, struct edit *m, struct err *err)
{
    int rc = ROWS_MERGED;
    while (rc == ROWS_MERGED) {
        TRY(lay_out(m, err));
        rc = store_call(s, commit_call, m, err);
    }
    return rc;
}

int edit_run(struct store *s, struct edit *m, size_t more, edit_work work, void *arg,
             struct err *err)
{
    struct running r = {.m = m, .more = more, .work = work, .arg = arg};
    int rc = PLACES_CHANGED;
    while (rc == PLACES_CHANGED) {
        edit_close(m);
        rc = store_call(s, plan_call, &r, err);
        if (rc == 0 && r.changed)
            rc = publish(s, m, err);
    }
    edit_close(m);
    return rc;
}
