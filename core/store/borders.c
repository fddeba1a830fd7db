/* SPDX-License-Identifier: MIT
 *
 * Changes of borders: splits, mergers, moves, other names, ends. Each becomes dated events of
 * single nodes (data/history.h), and the stored rows become those of after it.
 *
 *   split   the old place passed a part to the new one, and goes on
 *   merge   the old place passed into the new one, and ended the day before
 *   move    the node hangs below another parent; where one of its code hangs there already (it lay
 *           in two), it passes into that one instead
 *   rename  with another code it is a merge into a place that begins that day
 *   close   the old place ended
 *
 * Changes of one place come in the order of their days: what is already known of later days would
 * else mean something else. A change that is known already is told as such and changes nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "places_int.h"

struct changing {
    struct edit m; /* zero at first */
    const struct border_change *change;
    const struct border_change **order; /* by day */
    size_t n;
    int32_t today;
    struct border_result *out;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the changes of places");
}

int said_fail(const struct said_at *at, unsigned column, struct err *err, int code, const char *fmt,
              ...)
{
    struct err what;
    va_list args;
    va_start(args, fmt);
    err_setv(&what, code, fmt, args);
    va_end(args);
    err_set(err, code, "%s", what.msg);
    if (err != NULL && at->line > 0) {
        err->line = (int)at->line;
        err->column = (int)column;
    }
    return code;
}

/* ---- events --------------------------------------------------------------------------------- */

static const struct place_event *event_find(const struct edit *m, enum place_event_kind kind,
                                            uint32_t index, int32_t on, uint32_t to_id)
{
    for (uint32_t k = m->event_head[index]; k != PLACE_NONE; k = m->event_next[k]) {
        const struct place_event *e = edit_event_at(m, k);
        if (e->kind == kind && e->on == on && (kind == PLACE_RENAMED || e->to_id == to_id))
            return e;
    }
    return NULL;
}

static int no_later(const struct edit *m, uint32_t index, int32_t on, const struct said_at *at,
                    struct err *err)
{
    const struct place_row *r = &m->rows.row[index];
    char day[11];
    int32_t latest = r->valid_from != DAY_NONE && r->valid_from > on ? r->valid_from : on;
    for (uint32_t k = m->event_head[index]; k != PLACE_NONE; k = m->event_next[k])
        if (edit_event_at(m, k)->on > latest)
            latest = edit_event_at(m, k)->on;
    if (latest == on)
        return 0;
    date_format(latest, day);
    said_fail(at, at->on, err, ERR_CONFLICT,
              "a change of %s %lld \"%.*s\" of a later day, %s, is known already",
              place_level_name(r->level), (long long)r->code, STR_ARG(r->name), day);
    err_hint(err, "changes of one place are imported in the order of their days");
    return ERR_CONFLICT;
}

static struct place_event *event_new(struct edit *m, enum place_event_kind kind, uint32_t index,
                                     int32_t on)
{
    struct place_event *e = edit_event(m, index);
    if (e != NULL) {
        e->kind = kind;
        e->on = on;
        m->touched[index] |= TOUCHED_ROW;
    }
    return e;
}

/* 1: it was known. */
static int pass_on(struct edit *m, uint32_t index, uint32_t to, int32_t on, double share,
                   const struct said_at *at, struct err *err)
{
    uint32_t to_id = m->rows.row[to].id;
    if (event_find(m, PLACE_PASSED, index, on, to_id) != NULL)
        return 1;
    TRY(no_later(m, index, on, at, err));
    struct place_event *e = event_new(m, PLACE_PASSED, index, on);
    if (e == NULL)
        return no_memory(err);
    e->to_id = to_id;
    e->share = share;
    return 0;
}

static void end_row(struct edit *m, uint32_t index, int32_t on)
{
    m->rows.row[index].valid_to = on - 1;
    m->touched[index] |= TOUCHED_ROW;
}

/* The row of the same code that hangs below this parent, or PLACE_NONE. */
static uint32_t sibling(const struct edit *m, uint32_t index, uint32_t parent_id)
{
    const struct place_row *r = &m->rows.row[index];
    uint32_t at = edit_first(m, r->level, r->code);
    while (at != PLACE_NONE && m->rows.row[at].parent_id != parent_id)
        at = edit_next(m, at);
    return at == index ? PLACE_NONE : at;
}

static int move_into(struct edit *m, uint32_t index, uint32_t other, int32_t on,
                     const struct said_at *at, struct err *err)
{
    const struct place_row *r = &m->rows.row[index];
    if (!edit_is_live(m, other))
        return said_fail(at, at->parent, err, ERR_CONFLICT,
                         "%s %lld lay in that %s before and left it: its coming back is not kept",
                         place_level_name(r->level), (long long)r->code,
                         place_level_name(r->level - 1));
    int rc = pass_on(m, index, other, on, (double)NAN, at, err);
    if (rc == 0)
        end_row(m, index, on);
    return rc;
}

int border_move(struct edit *m, uint32_t index, uint32_t parent_id, int32_t on,
                const struct said_at *at, struct err *err)
{
    struct place_row *r = &m->rows.row[index];
    if (event_find(m, PLACE_MOVED, index, on, parent_id) != NULL)
        return 1;
    uint32_t other = sibling(m, index, parent_id);
    if (other != PLACE_NONE)
        return move_into(m, index, other, on, at, err);
    TRY(no_later(m, index, on, at, err));
    struct place_event *e = event_new(m, PLACE_MOVED, index, on);
    if (e == NULL)
        return no_memory(err);
    e->from_id = r->parent_id;
    e->to_id = parent_id;
    r->parent_id = parent_id;
    return 0;
}

int border_rename(struct edit *m, uint32_t index, struct str name, struct str name_hi, int32_t on,
                  const struct said_at *at, struct err *err)
{
    struct place_row *r = &m->rows.row[index];
    bool same =
        (name.n == 0 || str_eq(r->name, name)) && (name_hi.n == 0 || str_eq(r->name_hi, name_hi));
    if (same || event_find(m, PLACE_RENAMED, index, on, 0) != NULL)
        return 1;
    TRY(no_later(m, index, on, at, err));
    struct place_event *e = event_new(m, PLACE_RENAMED, index, on);
    if (e == NULL)
        return no_memory(err);
    e->old_name = r->name;
    e->old_name_hi = r->name_hi;
    r->name = name.n > 0 ? name : r->name;
    r->name_hi = name_hi.n > 0 ? name_hi : r->name_hi;
    return 0;
}

/* ---- finding places ------------------------------------------------------------------------- */

static int no_such(const struct border_change *c, enum place_level level, int64_t code,
                   unsigned column, struct err *err)
{
    return said_fail(&c->at, column, err, ERR_VALUE, "%s %lld is not known",
                     place_level_name(level), (long long)code);
}

/* The node of a code that is still there; with `parent`, the one that lies in it (0: any). Of
 * several the first, and how many. */
static uint32_t find_live(const struct edit *m, enum place_level level, int64_t code,
                          int64_t parent, size_t *n)
{
    uint32_t found = PLACE_NONE;
    *n = 0;
    for (uint32_t at = edit_first(m, level, code); at != PLACE_NONE; at = edit_next(m, at)) {
        if (!edit_is_live(m, at) ||
            (parent != 0 && edit_code_of(m, m->rows.row[at].parent_id) != parent))
            continue;
        if (found == PLACE_NONE || m->rows.row[at].id < m->rows.row[found].id)
            found = at;
        (*n)++;
    }
    return found;
}

static int find_above(struct changing *g, const struct border_change *c, int64_t code, uint32_t *id,
                      struct err *err)
{
    size_t n;
    *id = PLACE_COUNTRY_ID;
    if (c->level == PLACE_STATE)
        return 0;
    uint32_t at = find_live(&g->m, c->level - 1, code, 0, &n);
    if (at == PLACE_NONE)
        return no_such(c, c->level - 1, code, c->at.parent, err);
    if (n > 1)
        return said_fail(&c->at, c->at.parent, err, ERR_AMBIGUOUS,
                         "%s %lld lies in %zu places: the new border cannot be told",
                         place_level_name(c->level - 1), (long long)code, n);
    *id = g->m.rows.row[at].id;
    return 0;
}

/* A place that begins with this change. */
static int begin_place(struct changing *g, const struct border_change *c, uint32_t old,
                       uint32_t *out, struct err *err)
{
    uint32_t above = g->m.rows.row[old].parent_id;
    struct str name = c->name;
    struct str name_hi = c->name_hi;
    if (c->kind == BORDER_RENAME) { /* what is not told stays */
        name = name.n > 0 ? name : g->m.rows.row[old].name;
        name_hi = name_hi.n > 0 ? name_hi : g->m.rows.row[old].name_hi;
    }
    if (name.n == 0 && name_hi.n == 0)
        return said_fail(&c->at, c->at.name, err, ERR_VALUE, "%s %lld is new and has no name",
                         place_level_name(c->level), (long long)c->new_code);
    if (c->parent_code != 0)
        TRY(find_above(g, c, c->parent_code, &above, err));
    struct place_row *r = edit_push(&g->m, c->level, c->new_code, above, out);
    if (r == NULL)
        return no_memory(err);
    r->name = name;
    r->name_hi = name_hi;
    r->valid_from = c->on;
    g->out->added++;
    return 0;
}

/* The new place of a split or a merger, which may begin with it. */
static int find_new(struct changing *g, const struct border_change *c, uint32_t old, uint32_t *out,
                    struct err *err)
{
    size_t n;
    int64_t beside = edit_code_of(&g->m, g->m.rows.row[old].parent_id);
    *out = find_live(&g->m, c->level, c->new_code, c->parent_code ? c->parent_code : beside, &n);
    if (*out == PLACE_NONE && c->parent_code == 0)
        *out = find_live(&g->m, c->level, c->new_code, 0, &n);
    if (*out == PLACE_NONE && edit_first(&g->m, c->level, c->new_code) != PLACE_NONE)
        return said_fail(&c->at, c->at.code, err, ERR_CONFLICT,
                         "%s %lld is known, but not there: it ended, or lies in another place",
                         place_level_name(c->level), (long long)c->new_code);
    if (*out == PLACE_NONE)
        return begin_place(g, c, old, out, err);
    struct place_row *r = &g->m.rows.row[*out];
    if (c->kind != BORDER_MERGE && r->valid_from == DAY_NONE) { /* it came with a newer export */
        r->valid_from = c->on;
        g->m.touched[*out] |= TOUCHED_ROW;
    }
    return 0;
}

/* Rows of the old code that the change is about: those still there, or, where it is known already,
 * those that ended by it. */
static bool is_meant(const struct changing *g, const struct border_change *c, uint32_t at)
{
    const struct place_row *r = &g->m.rows.row[at];
    bool ends = c->kind == BORDER_MERGE || c->kind == BORDER_CLOSE ||
                (c->kind == BORDER_RENAME && c->new_code != 0);
    if (!edit_is_live(&g->m, at) && !(ends && r->valid_to == c->on - 1))
        return false;
    return c->old_parent_code == 0 || c->kind == BORDER_MOVE ||
           edit_code_of(&g->m, r->parent_id) == c->old_parent_code;
}

/* ---- one change ----------------------------------------------------------------------------- */

static int pass_to(struct changing *g, const struct border_change *c, uint32_t old, bool ends,
                   struct err *err)
{
    uint32_t to = edit_first(&g->m, c->level, c->new_code);
    for (; to != PLACE_NONE; to = edit_next(&g->m, to))
        if (event_find(&g->m, PLACE_PASSED, old, c->on, g->m.rows.row[to].id))
            return 1;
    TRY(find_new(g, c, old, &to, err));
    if (to == old)
        return said_fail(&c->at, c->at.code, err, ERR_VALUE, "a place cannot become itself");
    int rc = pass_on(&g->m, old, to, c->on, c->share, &c->at, err);
    if (rc == 0 && ends)
        end_row(&g->m, old, c->on);
    return rc;
}

static int close_row(struct changing *g, const struct border_change *c, uint32_t old,
                     struct err *err)
{
    if (!edit_is_live(&g->m, old))
        return 1;
    TRY(no_later(&g->m, old, c->on, &c->at, err));
    end_row(&g->m, old, c->on);
    return 0;
}

/* Where the place lies there already, it came with a newer export: the file must say where it lay
 * before. */
static int move_known(struct changing *g, const struct border_change *c, uint32_t old,
                      uint32_t parent_id, struct err *err)
{
    struct place_row *r = &g->m.rows.row[old];
    uint32_t before;
    if (event_find(&g->m, PLACE_MOVED, old, c->on, parent_id) != NULL)
        return 1;
    for (uint32_t at = edit_first(&g->m, c->level, c->old_code); at != PLACE_NONE;
         at = edit_next(&g->m, at))
        if (event_find(&g->m, PLACE_PASSED, at, c->on, r->id) != NULL)
            return 1; /* it lay in both, and left one */
    if (c->old_parent_code == 0 || c->old_parent_code == c->parent_code)
        return said_fail(&c->at, c->at.parent, err, ERR_VALUE,
                         "%s %lld lies in %s %lld already, and the change does not say where it "
                         "lay before (old_parent)",
                         place_level_name(c->level), (long long)c->old_code,
                         place_level_name(c->level - 1), (long long)c->parent_code);
    TRY(find_above(g, c, c->old_parent_code, &before, err));
    if (sibling(&g->m, old, before) != PLACE_NONE)
        return said_fail(&c->at, c->at.parent, err, ERR_CONFLICT,
                         "%s %lld is known in both places: that it moved is not",
                         place_level_name(c->level), (long long)c->old_code);
    r->parent_id = before;
    return border_move(&g->m, old, parent_id, c->on, &c->at, err);
}

static int move(struct changing *g, const struct border_change *c, struct err *err)
{
    size_t n;
    uint32_t parent_id;
    if (c->level == PLACE_STATE || c->parent_code == 0)
        return said_fail(&c->at, c->at.parent, err, ERR_VALUE,
                         "a move says where to, as parent: the code of a %s",
                         place_level_name(c->level > PLACE_STATE ? c->level - 1 : PLACE_STATE));
    TRY(find_above(g, c, c->parent_code, &parent_id, err));
    uint32_t old;
    uint32_t there = find_live(&g->m, c->level, c->old_code, c->parent_code, &n);
    old = find_live(&g->m, c->level, c->old_code, c->old_parent_code, &n);
    if (old == PLACE_NONE && there != PLACE_NONE)
        return move_known(g, c, there, parent_id, err);
    if (old == PLACE_NONE)
        return no_such(c, c->level, c->old_code, c->at.code, err);
    if (n > 1)
        return said_fail(&c->at, c->at.code, err, ERR_AMBIGUOUS,
                         "%s %lld lies in %zu places: say in old_parent which of them it leaves",
                         place_level_name(c->level), (long long)c->old_code, n);
    if (old == there)
        return move_known(g, c, old, parent_id, err);
    return border_move(&g->m, old, parent_id, c->on, &c->at, err);
}

/* Where the row bears the new name already, the file says the old one. */
static int rename_row(struct changing *g, const struct border_change *c, uint32_t at,
                      struct err *err)
{
    struct place_row *r = &g->m.rows.row[at];
    if (c->name.n == 0 && c->name_hi.n == 0)
        return said_fail(&c->at, c->at.name, err, ERR_VALUE, "the new name is missing");
    if (c->old_name.n > 0 && event_find(&g->m, PLACE_RENAMED, at, c->on, 0) == NULL) {
        r->name = c->old_name;
        r->name_hi = c->old_name_hi.n > 0 ? c->old_name_hi : r->name_hi;
    }
    return border_rename(&g->m, at, c->name, c->name_hi, c->on, &c->at, err);
}

static int change_row(struct changing *g, const struct border_change *c, uint32_t at,
                      struct err *err)
{
    switch (c->kind) {
    case BORDER_SPLIT:
        return pass_to(g, c, at, false, err);
    case BORDER_MERGE:
        return pass_to(g, c, at, true, err);
    case BORDER_RENAME:
        return c->new_code != 0 ? pass_to(g, c, at, true, err) : rename_row(g, c, at, err);
    case BORDER_CLOSE:
        return close_row(g, c, at, err);
    case BORDER_MOVE:
        break;
    }
    UNREACHABLE();
}

/* All nodes of the code. 1: all that was known. */
static int change_rows(struct changing *g, const struct border_change *c, struct err *err)
{
    bool found = false;
    int known = 1;
    for (uint32_t at = edit_first(&g->m, c->level, c->old_code); at != PLACE_NONE;
         at = edit_next(&g->m, at)) {
        if (!is_meant(g, c, at))
            continue;
        found = true;
        int rc = change_row(g, c, at, err);
        if (rc < 0)
            return rc;
        known &= rc;
    }
    if (found)
        return known;
    if (edit_first(&g->m, c->level, c->old_code) != PLACE_NONE)
        return said_fail(&c->at, c->at.code, err, ERR_CONFLICT,
                         "%s %lld ended before, or does not lie in the old_parent told",
                         place_level_name(c->level), (long long)c->old_code);
    return no_such(c, c->level, c->old_code, c->at.code, err);
}

static int check(const struct changing *g, const struct border_change *c, struct err *err)
{
    bool needs_new = c->kind == BORDER_SPLIT || c->kind == BORDER_MERGE;
    char day[11];
    date_format(g->today, day);
    if (c->level <= PLACE_COUNTRY || c->level >= PLACE_LEVELS)
        return said_fail(&c->at, 0, err, ERR_VALUE,
                         "a change is of a state, district, block or panchayat");
    if (c->old_code <= 0 || (needs_new && c->new_code <= 0))
        return said_fail(&c->at, c->at.code, err, ERR_VALUE,
                         "a code is missing: a split or merge needs the old and the new one");
    if (c->old_code == c->new_code)
        return said_fail(&c->at, c->at.code, err, ERR_VALUE, "the old and the new code are one");
    if (c->on == DAY_NONE)
        return said_fail(&c->at, c->at.on, err, ERR_VALUE, "the day of the change is missing");
    if (c->on > g->today)
        return said_fail(&c->at, c->at.on, err, ERR_VALUE,
                         "the change takes effect on a day that has not come (today is %s): import "
                         "it then",
                         day);
    if (c->name.n > NAME_BYTES_MAX || c->name_hi.n > NAME_BYTES_MAX)
        return said_fail(&c->at, c->at.name, err, ERR_LIMIT, "the name is longer than %d bytes",
                         NAME_BYTES_MAX);
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* By day; of one day, places begin before others move into them, then as they came. */
static int by_day(const void *pa, const void *pb)
{
    const struct border_change *a = *(const struct border_change *const *)pa;
    const struct border_change *b = *(const struct border_change *const *)pb;
    if (a->on != b->on)
        return a->on < b->on ? -1 : 1;
    bool move_a = a->kind == BORDER_MOVE;
    bool move_b = b->kind == BORDER_MOVE;
    if (move_a != move_b)
        return move_a ? 1 : -1;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    return (a > b) - (a < b);
}

/* Storage thread; perhaps more than once. */
static int change_all(struct edit *m, void *arg, struct err *err)
{
    struct changing *g = arg;
    (void)m;
    *g->out = (struct border_result){.applied = 0};
    g->order = arena_array(&g->m.mem, g->n, sizeof(struct border_change *));
    if (g->order == NULL)
        return no_memory(err);
    for (size_t i = 0; i < g->n; i++) {
        g->order[i] = &g->change[i];
        TRY(check(g, &g->change[i], err));
    }
    if (g->n > 1)
        qsort(g->order, g->n, sizeof *g->order, by_day);
    for (size_t i = 0; i < g->n; i++) {
        const struct border_change *c = g->order[i];
        int rc = c->kind == BORDER_MOVE ? move(g, c, err) : change_rows(g, c, err);
        if (rc < 0)
            return rc;
        g->out->applied += rc == 0;
        g->out->known += rc == 1;
    }
    return 0;
}

int store_borders_change(struct store *s, const struct border_change *change, size_t n,
                         struct border_result *out, struct err *err)
{
    *out = (struct border_result){.applied = 0};
    struct changing g = {.change = change, .n = n, .today = clock_today(), .out = out};
    int rc = edit_run(s, &g.m, n, change_all, &g, err);
    out->snapshot = g.m.snapshot;
    return rc;
}

/* ---- notices -------------------------------------------------------------------------------- */

struct noticing {
    const struct place_notice *notice;
    size_t n;
    size_t *added;
};

static int add_notice(struct store *s, const struct place_notice *p, size_t *added, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db,
                "INSERT INTO place_notice VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
                " RETURNING 1",
                &st, err));
    stmt_put_i64(&st, p->level);
    stmt_put_i64(&st, p->code);
    stmt_put_i64(&st, p->on);
    stmt_put_str(&st, p->operation);
    stmt_put_str(&st, p->name);
    stmt_put_i64(&st, clock_wall_ms());
    int rc = stmt_step(&st, err);
    if (rc == 1) {
        (*added)++;
        stmt_done(&st);
    }
    return rc < 0 ? rc : 0;
}

static int notice_call(struct store *s, void *arg, struct err *err)
{
    const struct noticing *g = arg;
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    int rc = 0;
    for (size_t i = 0; i < g->n && rc == 0; i++)
        rc = add_notice(s, &g->notice[i], g->added, err);
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0)
        store_rollback(s);
    return rc;
}

int store_notices_add(struct store *s, const struct place_notice *notice, size_t n, size_t *added,
                      struct err *err)
{
    struct noticing g = {notice, n, added};
    *added = 0;
    return store_call(s, notice_call, &g, err);
}
