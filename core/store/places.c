/* SPDX-License-Identifier: MIT
 *
 * Places on disk: reading them all, and merging changes in. A merge reads the stored rows into
 * memory, applies the changes level by level (so that a parent always comes before its children,
 * whatever the order of the file), builds the new tree, which checks it, writes the rows that
 * changed, and publishes: one transaction, one snapshot.
 *
 * An id is given once and never changes: segments refer to it. */
#include <math.h>
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/hash.h"
#include "store_int.h"

enum { ROWS_FIRST = 1024 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the places");
}

/* ---- reading -------------------------------------------------------------------------------- */

static struct place_row *rows_push(struct arena *a, struct place_rows *rows)
{
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : ROWS_FIRST;
        struct place_row *p = ARENA_ARRAY(a, struct place_row, cap);
        if (p == NULL)
            return NULL;
        if (rows->n > 0)
            memcpy(p, rows->row, rows->n * sizeof *p);
        rows->row = p;
        rows->cap = cap;
    }
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

int places_load(struct db *db, struct arena *a, struct place_rows *out, struct err *err)
{
    *out = (struct place_rows){.n = 0};
    TRY(read_places(db, a, out, err));
    TRY(read_fact_names(db, a, out, err));
    return read_facts(db, out, err);
}

/* ---- merging -------------------------------------------------------------------------------- */

struct merge {
    struct store *s;
    const struct place_change *change;
    size_t n;
    const struct str *fact_name;
    size_t facts;
    struct place_merge_result *out;

    struct arena mem;
    struct place_rows rows;
    size_t facts_before;
    int fact_at[PLACE_FACTS_MAX]; /* theirs -> stored */
    uint32_t id_next;
    uint8_t *touched; /* by row index: bit 0 the row itself, bit 1 its facts */
    size_t touched_cap;
    uint32_t *bucket; /* row index by (level, code), PLACE_NONE: none */
    uint32_t *chain;  /* next row index of the same bucket */
    size_t buckets;   /* a power of two */
};

enum { TOUCHED_ROW = 1, TOUCHED_FACTS = 2, TOUCHED_NEW = 4 };

static size_t bucket_of(const struct merge *m, enum place_level level, int64_t code)
{
    return hash_mix((uint64_t)code * PLACE_LEVELS + level) & (m->buckets - 1);
}

static void link_row(struct merge *m, uint32_t index)
{
    const struct place_row *r = &m->rows.row[index];
    uint32_t *head = &m->bucket[bucket_of(m, r->level, r->code)];
    m->chain[index] = *head;
    *head = index;
}

/* Room for every row there is and may come. */
static int index_rows(struct merge *m, struct err *err)
{
    size_t most = m->rows.n + m->n;
    for (m->buckets = 64; m->buckets < most; m->buckets *= 2)
        continue;
    m->bucket = ARENA_ARRAY(&m->mem, uint32_t, m->buckets);
    m->chain = ARENA_ARRAY(&m->mem, uint32_t, most);
    m->touched = ARENA_ARRAY(&m->mem, uint8_t, most);
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

static uint32_t first_of(const struct merge *m, uint32_t index, enum place_level level,
                         int64_t code)
{
    while (index != PLACE_NONE &&
           (m->rows.row[index].level != level || m->rows.row[index].code != code))
        index = m->chain[index];
    return index;
}

/* Rows stand in order of id: new ones get higher ids and stand behind. -1 for the country. */
static int64_t code_of_id(const struct merge *m, uint32_t id)
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
    return low < m->rows.n && m->rows.row[low].id == id ? m->rows.row[low].code : -1;
}

static int parent_unclear(const struct place_change *c, size_t found, struct err *err)
{
    const char *level = place_level_name(c->level);
    const char *above = place_level_name(c->level - 1);
    if (found == 0) {
        err_set(err, ERR_VALUE, "%s %lld \"%.*s\" lies in %s %lld, which is not known", level,
                (long long)c->code, STR_ARG(c->name), above, (long long)c->parent_code);
        err_hint(err, "import the %ss first", above);
        return ERR_VALUE;
    }
    err_set(err, ERR_AMBIGUOUS, "%s %lld \"%.*s\" lies in %s %lld, which there is in %zu places",
            level, (long long)c->code, STR_ARG(c->name), above, (long long)c->parent_code, found);
    err_hint(err, "add a column parent_parent with the code of the place above the parent");
    return ERR_AMBIGUOUS;
}

static int find_parent(struct merge *m, const struct place_change *c, uint32_t *id, struct err *err)
{
    if (c->level == PLACE_STATE) {
        *id = PLACE_COUNTRY_ID;
        return 0;
    }
    enum place_level above = c->level - 1;
    uint32_t at = m->bucket[bucket_of(m, above, c->parent_code)];
    size_t found = 0;
    while ((at = first_of(m, at, above, c->parent_code)) != PLACE_NONE) {
        const struct place_row *r = &m->rows.row[at];
        if (c->parent_parent_code == 0 || code_of_id(m, r->parent_id) == c->parent_parent_code) {
            *id = r->id;
            found++;
        }
        at = m->chain[at];
    }
    return found == 1 ? 0 : parent_unclear(c, found, err);
}

static uint32_t find_row(const struct merge *m, const struct place_change *c, uint32_t parent_id)
{
    uint32_t at = m->bucket[bucket_of(m, c->level, c->code)];
    while ((at = first_of(m, at, c->level, c->code)) != PLACE_NONE) {
        if (m->rows.row[at].parent_id == parent_id)
            return at;
        at = m->chain[at];
    }
    return PLACE_NONE;
}

static bool replace_str(struct str *old, struct str given)
{
    if (given.n == 0 || str_eq(*old, given))
        return false;
    *old = given;
    return true;
}

static bool replace_day(int32_t *old, int32_t given)
{
    if (given == DAY_NONE || *old == given)
        return false;
    *old = given;
    return true;
}

/* Takes what the change gives. The strings are the caller's, who waits until all is done. */
static uint8_t apply(const struct merge *m, struct place_row *r, const struct place_change *c)
{
    bool row = replace_str(&r->name, c->name);
    row |= replace_str(&r->name_hi, c->name_hi);
    row |= replace_str(&r->aliases, c->aliases);
    row |= replace_day(&r->valid_from, c->valid_from);
    row |= replace_day(&r->valid_to, c->valid_to);
    bool facts = false;
    for (size_t i = 0; i < m->facts; i++) {
        double *old = &r->fact[m->fact_at[i]];
        if (!isnan(c->fact[i]) && !(*old >= c->fact[i] && *old <= c->fact[i])) {
            *old = c->fact[i];
            facts = true;
        }
    }
    return (uint8_t)((row ? TOUCHED_ROW : 0) | (facts ? TOUCHED_FACTS : 0));
}

static int check_change(const struct place_change *c, struct err *err)
{
    if (c->level <= PLACE_COUNTRY || c->level >= PLACE_LEVELS)
        return err_set(err, ERR_VALUE,
                       "a place to add must be a state, district, block or panchayat");
    const char *level = place_level_name(c->level);
    if (c->code <= 0)
        return err_set(err, ERR_VALUE, "the code of a %s is a number above 0, not %lld", level,
                       (long long)c->code);
    if (c->name.n > NAME_BYTES_MAX || c->name_hi.n > NAME_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the name of %s %lld is longer than %d bytes", level,
                       (long long)c->code, NAME_BYTES_MAX);
    return 0;
}

static int add_row(struct merge *m, const struct place_change *c, uint32_t parent_id,
                   struct err *err)
{
    if (c->name.n == 0 && c->name_hi.n == 0)
        return err_set(err, ERR_VALUE, "%s %lld is new and has no name", place_level_name(c->level),
                       (long long)c->code);
    struct place_row *r = rows_push(&m->mem, &m->rows);
    if (r == NULL)
        return no_memory(err);
    uint32_t index = (uint32_t)m->rows.n - 1;
    r->id = m->id_next++;
    r->parent_id = parent_id;
    r->level = c->level;
    r->code = c->code;
    link_row(m, index);
    m->touched[index] = (uint8_t)(apply(m, r, c) | TOUCHED_NEW);
    m->out->added++;
    return 0;
}

static int merge_one(struct merge *m, const struct place_change *c, struct err *err)
{
    uint32_t parent_id;
    TRY(check_change(c, err));
    TRY(find_parent(m, c, &parent_id, err));
    uint32_t at = find_row(m, c, parent_id);
    if (at == PLACE_NONE)
        return add_row(m, c, parent_id, err);
    if (c->implied)
        return 0;
    uint8_t what = apply(m, &m->rows.row[at], c);
    if (what == 0)
        m->out->unchanged++;
    else if (m->touched[at] == 0)
        m->out->updated++;
    m->touched[at] |= what;
    return 0;
}

static int map_facts(struct merge *m, struct err *err)
{
    m->facts_before = m->rows.facts;
    for (size_t i = 0; i < m->facts; i++) {
        size_t at = 0;
        while (at < m->rows.facts && !str_eq_nocase(m->rows.fact_name[at], m->fact_name[i]))
            at++;
        if (at == PLACE_FACTS_MAX)
            return err_set(err, ERR_LIMIT, "places hold at most %d facts; \"%.*s\" is one more",
                           PLACE_FACTS_MAX, STR_ARG(m->fact_name[i]));
        if (at == m->rows.facts)
            m->rows.fact_name[m->rows.facts++] = m->fact_name[i];
        m->fact_at[i] = (int)at;
    }
    return 0;
}

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
                " name = excluded.name, name_hi = excluded.name_hi, aliases = excluded.aliases,"
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

static int write_fact_names(struct merge *m, struct err *err)
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

static int write_all(struct merge *m, uint64_t snapshot, struct err *err)
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
    return meta_set_i64(db, "snapshot", (int64_t)snapshot, err);
}

/* The transaction, with the next snapshot built before its commit. */
static int commit_tree(struct merge *m, struct snap *old, struct place_tree *tree, struct err *err)
{
    struct store *s = m->s;
    struct snap *next = NULL;
    struct snap_change change = {.tree = tree, .received_ms = clock_wall_ms()};
    TRY(store_writable(s, err));
    TRY(snap_next(old, &change, &next, err));
    int rc = db_begin(&s->db, err);
    if (rc == 0)
        rc = write_all(m, next->id, err);
    if (rc == 0)
        rc = audit_write(s, (struct audit_entry){.action = STR("places")}, err,
                         "%zu added, %zu updated", m->out->added, m->out->updated);
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0) {
        store_rollback(s);
        snap_unref(next);
        return rc;
    }
    m->out->snapshot = next->id;
    snap_cell_set(s->cell, next);
    return 0;
}

static int publish(struct merge *m, struct err *err)
{
    struct snap *old = snap_cell_get(m->s->cell);
    struct place_tree *tree = NULL;
    int rc = 0;
    m->out->snapshot = old->id;
    if (m->out->added + m->out->updated > 0 || m->rows.facts > m->facts_before) {
        rc = place_tree_new(m->rows.row, m->rows.n, m->rows.fact_name, m->rows.facts, &tree, err);
        if (rc == 0)
            rc = commit_tree(m, old, tree, err);
    }
    place_tree_unref(tree);
    snap_unref(old);
    return rc;
}

static int merge_in_order(struct merge *m, struct err *err)
{
    TRY(places_load(&m->s->db, &m->mem, &m->rows, err));
    TRY(map_facts(m, err));
    TRY(index_rows(m, err));
    for (int level = PLACE_STATE; level < PLACE_LEVELS; level++)
        for (size_t i = 0; i < m->n; i++)
            if ((int)m->change[i].level == level)
                TRY(merge_one(m, &m->change[i], err));
    return publish(m, err);
}

static int merge_call(struct store *s, void *arg, struct err *err)
{
    struct merge *m = arg;
    m->s = s;
    arena_init(&m->mem, MEM_STORE, 0);
    int rc = merge_in_order(m, err);
    arena_fini(&m->mem);
    return rc;
}

int store_places_merge(struct store *s, const struct place_change *change, size_t n,
                       const struct str *fact_names, size_t facts, struct place_merge_result *out,
                       struct err *err)
{
    if (facts > PLACE_FACTS_MAX)
        return err_set(err, ERR_LIMIT, "places hold at most %d facts, these have %zu",
                       PLACE_FACTS_MAX, facts);
    for (size_t i = 0; i < n; i++)
        if (change[i].level <= PLACE_COUNTRY || change[i].level >= PLACE_LEVELS)
            return err_set(err, ERR_VALUE,
                           "only states, districts, blocks and panchayats can be added");
    *out = (struct place_merge_result){.added = 0};
    struct merge m = {
        .change = change, .n = n, .fact_name = fact_names, .facts = facts, .out = out};
    return store_call(s, merge_call, &m, err);
}
