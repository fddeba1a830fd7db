/* SPDX-License-Identifier: MIT
 *
 * A tick's share is what spreads the pass over the period, and a piece at least. Pieces are jobs of
 * the storage thread, so that nothing waits longer than a piece takes. */
#include "scrub.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "parts.h"
#include "store_int.h"
#include "vfs.h"

static int look_at_piece(struct store *s, void *arg, struct err *err)
{
    struct scrub *x = arg;
    if (x->next == 1)
        TRY(db_checkpoint(&s->db, false, err));
    x->pages = vfs_pages(s->db.h);
    for (int i = 0; i < SCRUB_PIECE_PAGES && x->next <= x->pages; i++, x->next++) {
        enum pagesum sum = PAGESUM_BAD;
        bool read = vfs_check_page(s->db.h, x->next, &sum) == SQLITE_OK;
        if (read && (sum == PAGESUM_GOOD || sum == PAGESUM_EMPTY))
            continue;
        x->bad++;
        log_line(LOG_ERROR, "store", "page %u of panji.db %s", x->next,
                 read ? "does not match its checksum" : "cannot be read");
    }
    atomic_store(&s->scrub_page, x->next);
    return 0;
}

/* ---- which parts it is in -------------------------------------------------------------------- */

struct search {
    struct parts parts;
    struct buf data;
    int more;
};

static int look_at_part(struct store *s, void *arg, struct err *err)
{
    struct search *w = arg;
    uint64_t id;
    if (w->parts.last == 0)
        db_lenient(&s->db, false); /* empties the cache: what counts is what the disk has */
    w->more = parts_next(&w->parts, &id, &w->data, err);
    return w->more < 0 ? w->more : 0;
}

static int search(struct store *s, bool slab, struct damage *found, struct err *err)
{
    struct search w = {.parts = {.db = &s->db, .slab = slab, .damage = found}};
    int rc;
    buf_init(&w.data, MEM_STORE);
    do {
        rc = store_call(s, look_at_part, &w, err);
    } while (rc == 0 && w.more == 1);
    buf_fini(&w.data);
    return rc;
}

static int note(struct store *s, const struct damaged *p, struct err *err)
{
    pthread_mutex_lock(&s->damage_lock);
    int rc = damage_add(&s->damage, p, err);
    pthread_mutex_unlock(&s->damage_lock);
    return rc;
}

/* New ones: what was left out at the start is known. Only this thread changes what is known, so it
 * reads it without the lock, under which nothing may wait for the log. */
static int note_new(struct store *s, const struct damage *found, struct err *err)
{
    size_t before = s->damage.n;
    for (size_t i = 0; i < found->n; i++) {
        struct damaged p = found->at[i];
        if (damage_has(&s->damage, p.slab, p.id))
            continue;
        p.counted = true;
        TRY(note(s, &p, err));
        if (s->damage.n - before > DAMAGED_TOLD)
            continue;
        log_line(LOG_ERROR, "store",
                 "%s %llu is damaged on the disk: %s. Its rows are in memory and counted until the "
                 "next start; restore a backup before that",
                 p.slab ? "slab" : "segment", (unsigned long long)p.id, p.why);
    }
    return 0;
}

static int note_all(struct store *s, void *arg, struct err *err)
{
    int rc = note_new(s, arg, err);
    store_damage_changed(s);
    return rc;
}

static int name_parts(struct store *s, struct err *err)
{
    struct damage found = {.n = 0};
    int rc = search(s, false, &found, err);
    rc = rc < 0 ? rc : search(s, true, &found, err);
    rc = rc < 0 ? rc : store_call(s, note_all, &found, err);
    damage_fini(&found);
    return rc;
}

/* ---- the pass -------------------------------------------------------------------------------- */

static void end_pass(struct store *s, struct scrub *x)
{
    struct err err;
    if (x->bad > 0 && name_parts(s, &err) < 0)
        log_line(LOG_ERROR, "store", "the damage cannot be named: %s", err.msg);
    x->ended_ms = clock_wall_ms();
    x->next = 0;
    atomic_store(&s->scrub_page, 0);
    atomic_store(&s->scrub_bad, x->bad);
    atomic_store(&s->scrub_ended_ms, (uint64_t)x->ended_ms);
    log_line(LOG_INFO, "store", "scrub: %u pages looked at in %lld s, %zu bad", x->pages,
             (long long)((x->ended_ms - x->began_ms) / 1000), x->bad);
}

/* Pages of this tick. */
static int64_t share(const struct store *s, const struct scrub *x)
{
    int64_t ticks = s->scrub_period_ms / SCRUB_TICK_MS + 1;
    int64_t n = (int64_t)x->pages / ticks + 1;
    return n < SCRUB_PIECE_PAGES ? SCRUB_PIECE_PAGES : n;
}

void scrub_tick(struct store *s, int64_t now_ms)
{
    struct scrub *x = &s->scrub;
    struct err err;
    if (store_state_of(s) == STORE_FAILED || s->scrub_period_ms <= 0)
        return;
    if (x->next == 0 && x->ended_ms != 0 && now_ms - x->began_ms < s->scrub_period_ms)
        return;
    if (x->next == 0) {
        x->next = 1;
        x->bad = 0;
        x->began_ms = now_ms;
    }
    for (int64_t done = 0, n = share(s, x); done < n; done += SCRUB_PIECE_PAGES) {
        if (store_call(s, look_at_piece, x, &err) < 0)
            return; /* busy, or closing: at the next tick */
        if (x->next > x->pages) {
            end_pass(s, x);
            return;
        }
    }
}
