/* SPDX-License-Identifier: MIT
 *
 * Rows are asked for one by one, so that one that fails does not end the walk. */
#include "parts.h"

#include <stdio.h>

/* ---- writing --------------------------------------------------------------------------------- */

static int write_part(struct db *db, bool slab, const struct damaged *p, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO part(slab, id, rows, day_min, day_max, place_first, place_last)"
                " VALUES(?, ?, ?, ?, ?, ?, ?)",
                &st, err));
    stmt_put_i64(&st, slab);
    stmt_put_i64(&st, (int64_t)p->id);
    stmt_put_i64(&st, p->rows);
    stmt_put_i64(&st, p->day_min);
    stmt_put_i64(&st, p->day_max);
    stmt_put_i64(&st, p->place_first);
    stmt_put_i64(&st, p->place_last);
    return stmt_run(&st, err);
}

int part_write_seg(struct db *db, const struct seg *s, struct err *err)
{
    struct damaged p = {.id = s->id,
                        .rows = (int64_t)s->rows,
                        .day_min = s->day_min,
                        .day_max = s->day_max,
                        .place_first = s->run_id[0],
                        .place_last = s->run_id[s->runs - 1]};
    return write_part(db, false, &p, err);
}

int part_write_slab(struct db *db, const struct slab *s, struct err *err)
{
    struct damaged p = {.id = s->id,
                        .rows = (int64_t)s->rows,
                        .day_min = s->day_min,
                        .day_max = s->day_max,
                        .place_first = s->group[0].id,
                        .place_last = s->group[s->groups - 1].id};
    return write_part(db, true, &p, err);
}

static int change(struct db *db, const char *sql, bool slab, uint64_t id, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, sql, &st, err));
    stmt_put_i64(&st, (int64_t)id);
    stmt_put_i64(&st, slab);
    return stmt_run(&st, err);
}

int part_drop(struct db *db, bool slab, uint64_t id, const struct damage *damage, struct err *err)
{
    if (damage_has(damage, slab, id))
        return change(db, "UPDATE part SET dead = 1 WHERE id = ?1 AND slab = ?2", slab, id, err);
    TRY(change(db, "DELETE FROM part WHERE id = ?1 AND slab = ?2", slab, id, err));
    return change(db,
                  slab ? "DELETE FROM slab WHERE id = ?1 AND ?2"
                       : "DELETE FROM segment WHERE id = ?1 AND NOT ?2",
                  slab, id, err);
}

int parts_next_id(struct db *db, bool slab, uint64_t *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT coalesce(max(id), 0) + 1 FROM part WHERE slab = ?", &st, err));
    stmt_put_i64(&st, slab);
    TRY(stmt_step(&st, err));
    *out = (uint64_t)stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int next_part(struct parts *p, struct damaged *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(p->db,
                "SELECT id, rows, day_min, day_max, place_first, place_last FROM part"
                " WHERE slab = ? AND id > ? AND NOT dead ORDER BY id LIMIT 1",
                &st, err));
    stmt_put_i64(&st, p->slab);
    stmt_put_i64(&st, (int64_t)p->last);
    int rc = stmt_step(&st, err);
    if (rc != 1)
        return rc;
    *out = (struct damaged){
        .slab = p->slab,
        .id = (uint64_t)stmt_i64(&st, 0),
        .rows = stmt_i64(&st, 1),
        .day_min = (int32_t)stmt_i64(&st, 2),
        .day_max = (int32_t)stmt_i64(&st, 3),
        .place_first = (uint32_t)stmt_i64(&st, 4),
        .place_last = (uint32_t)stmt_i64(&st, 5),
    };
    stmt_done(&st);
    return 1;
}

/* 1, or 0 when there is no such row. */
static int fetch(struct parts *p, uint64_t id, struct buf *data, struct err *err)
{
    struct stmt st;
    buf_clear(data);
    TRY(db_stmt(p->db,
                p->slab ? "SELECT data FROM slab WHERE id = ?"
                        : "SELECT data FROM segment WHERE id = ?",
                &st, err));
    stmt_put_i64(&st, (int64_t)id);
    int rc = stmt_step(&st, err);
    if (rc != 1)
        return rc;
    buf_str(data, stmt_blob(&st, 0));
    stmt_done(&st);
    rc = buf_check(data, err);
    return rc < 0 ? rc : 1;
}

static bool is_whole(const struct parts *p, uint64_t id, const struct buf *data)
{
    return p->slab ? slab_is_whole(buf_view(data), id) : seg_is_whole(buf_view(data), id);
}

/* The page is damaged, but maybe not where the part lies: its own checksums tell. */
static bool save(struct parts *p, uint64_t id, struct buf *data)
{
    struct err ignored;
    db_lenient(p->db, true);
    int rc = fetch(p, id, data, &ignored);
    db_lenient(p->db, false);
    return rc == 1 && is_whole(p, id, data);
}

/* Looks at one part: what is wrong with it, or NULL. */
static int read_part(struct parts *p, uint64_t id, struct buf *data, const char **wrong,
                     struct err *err)
{
    *wrong = NULL;
    int rc = fetch(p, id, data, err);
    if (rc == ERR_CORRUPT) {
        bool saved = save(p, id, data);
        p->damage->saved += saved;
        p->damage->pages = true;
        *wrong = saved ? NULL : err->msg;
        return 0;
    }
    TRY(rc);
    if (rc == 0)
        *wrong = "it is missing";
    else if (!is_whole(p, id, data))
        *wrong = "its bytes do not match its checksums";
    return 0;
}

int parts_next(struct parts *p, uint64_t *id, struct buf *data, struct err *err)
{
    struct damaged part;
    struct err why = {0};
    const char *wrong = NULL;
    int rc;
    do {
        rc = next_part(p, &part, &why);
        if (rc != 1)
            break;
        *id = p->last = part.id;
        rc = read_part(p, part.id, data, &wrong, &why);
        if (rc < 0)
            break;
        rc = wrong == NULL;
        if (wrong != NULL) {
            snprintf(part.why, sizeof part.why, "%.150s", wrong);
            rc = damage_add(p->damage, &part, &why);
        }
    } while (rc == 0);
    if (rc < 0 && err != NULL)
        *err = why;
    return rc;
}
