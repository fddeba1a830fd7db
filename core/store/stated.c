/* SPDX-License-Identifier: MIT
 *
 * Published figures on disk: kept as said, in order of arrival. A source that says the same again
 * adds nothing; one that says something else for the same day adds a second figure. */
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "base/date.h"
#include "store_int.h"

struct addition {
    const struct stated_change *change;
    size_t n;
    size_t *added;
    uint64_t *snapshot;
    struct stated *fresh; /* those not on disk before */
    size_t fresh_n;
    int64_t now_ms;
};

static int write_one(struct store *s, const struct stated_change *c, int64_t now_ms,
                     struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db,
                "INSERT INTO stated(as_on, place_id, sector, total, source, received_ms)"
                " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                &st, err));
    stmt_put_i64(&st, c->as_on);
    stmt_put_i64(&st, c->place);
    stmt_put_i64(&st, c->sector);
    stmt_put_i64(&st, c->total);
    stmt_put_str(&st, c->source);
    stmt_put_i64(&st, now_ms);
    return stmt_run(&st, err);
}

static int write_all(struct store *s, struct addition *a, const struct snap *old, struct err *err)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct stated_change *c = &a->change[i];
        if (place_order(old->tree, c->place) == PLACE_NONE)
            return err_set(err, ERR_VALUE, "place id %u is not in the tree", c->place);
        TRY(write_one(s, c, a->now_ms, err));
        if (db_changes(&s->db) == 0)
            continue;
        struct stated *f = &a->fresh[a->fresh_n];
        *f = (struct stated){c->as_on, c->place, c->sector, c->total, 0, a->now_ms};
        TRY(dict_intern(old->dict[ATTR_SOURCE], c->source, &f->source, err));
        a->fresh_n++;
    }
    return 0;
}

static int seal(struct store *s, struct addition *a, struct snap *old, struct err *err)
{
    int32_t saved[ATTRS_MAX];
    struct snap *next;
    struct snap_change change = {
        .stated = a->fresh, .stateds = a->fresh_n, .received_ms = a->now_ms};
    if (a->fresh_n == 0) {
        store_rollback(s);
        return 0;
    }
    TRY(audit_write(s, (struct audit_entry){.action = STR("stated"), .source = a->change[0].source},
                    err, "%zu published figures", a->fresh_n));
    TRY(words_save(s, old, saved, err));
    TRY(meta_set_i64(&s->db, "snapshot", (int64_t)old->id + 1, err));
    TRY(snap_next(old, &change, &next, err));
    int rc = store_commit(s, err);
    if (rc < 0) {
        snap_unref(next);
        return rc;
    }
    memcpy(s->dict_saved, saved, sizeof saved);
    *a->snapshot = next->id;
    snap_cell_set(s->cell, next);
    return 0;
}

static int add_figures(struct store *s, struct addition *a, struct snap *old, struct err *err)
{
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    int rc = write_all(s, a, old, err);
    if (rc == 0)
        rc = seal(s, a, old, err);
    if (rc < 0)
        store_rollback(s);
    return rc;
}

static int add_call(struct store *s, void *arg, struct err *err)
{
    struct addition *a = arg;
    struct snap *old = snap_cell_get(s->cell);
    a->now_ms = clock_wall_ms();
    *a->snapshot = old->id;
    a->fresh = mem_calloc(MEM_STORE, a->n, sizeof *a->fresh);
    int rc = a->fresh == NULL ? err_set(err, ERR_MEM, "no memory for the published figures")
                              : add_figures(s, a, old, err);
    *a->added = rc == 0 ? a->fresh_n : 0;
    mem_free(MEM_STORE, a->fresh);
    snap_unref(old);
    return rc;
}

static int check(const struct stated_change *c, struct err *err)
{
    if (c->source.n == 0 || c->source.n > SOURCE_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the name of a source has 1 to %d bytes, this one %zu",
                       SOURCE_BYTES_MAX, c->source.n);
    if (c->sector > list_sectors.n || c->as_on < DAY_MIN || c->as_on > DAY_MAX)
        return err_set(err, ERR_VALUE, "a published figure has no such sector or day");
    return 0;
}

int store_stated_add(struct store *s, const struct stated_change *change, size_t n, size_t *added,
                     uint64_t *snapshot, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        TRY(check(&change[i], err));
    struct addition a = {.change = change, .n = n, .added = added, .snapshot = snapshot};
    return store_call(s, add_call, &a, err);
}
