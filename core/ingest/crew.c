/* SPDX-License-Identifier: MIT
 *
 * The crew of a batch: threads of a pool that read its pieces, side by side, and take them in, one
 * after the other.
 *
 *   push ── cut ──> first .. last ──reader──> read[] ──in order──> take_in ──full block──> packed
 *                   (waiting)     (any thread)       (one at a time)        (any thread)
 *
 * Invariants
 *  1. A piece is under way from crew_put until it was taken in; at most under_way_max are, so that
 *     the memory of a batch beside its rows is bounded, and read[] has a place for each.
 *  2. Pieces leave the waiting list in the order of the file, so each reader reads in that order.
 *  3. Whoever puts the piece into read[] that is to be taken in next, or finds it there, takes
 *     it in unless somebody is at it; that one looks again before he leaves.
 *  4. Nothing is held locked while a piece is read or taken in, or a block is packed.
 *
 * When the batch is over, what is still under way is passed through without being looked at. */
#include <string.h>

#include "base/pool.h"
#include "batch_int.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the batch");
}

void crew_init(struct batch *b, struct pool *pool)
{
    struct crew *c = &b->crew;
    int threads = pool != NULL ? pool_threads(pool) : 1;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    c->pool = pool;
    c->readers_max = threads < READERS_MAX ? (size_t)threads : READERS_MAX;
    c->under_way_max = 2 * c->readers_max + 2;
    ASSERT(c->under_way_max <= PIECES_MAX);
}

void crew_fini(struct batch *b)
{
    struct crew *c = &b->crew;
    atomic_store(&b->over, true);
    pthread_mutex_lock(&c->lock);
    while (c->jobs > 0)
        pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
    struct piece *next;
    for (struct piece *p = c->first; p != NULL; p = next) {
        next = p->next;
        piece_free(p);
    }
    for (struct piece *p = c->spare; p != NULL; p = next) {
        next = p->next;
        piece_free(p);
    }
    for (size_t i = 0; i < PIECES_MAX; i++)
        piece_free(c->read[i]);
    for (struct reader *r = c->idle; r != NULL;) {
        struct reader *gone = r;
        r = r->next;
        reader_free(gone);
    }
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
}

/* ---- with the lock held --------------------------------------------------------------------- */

/* What ends the batch: the first in the order of the file, because this is where it is found. */
static void end_with(struct batch *b, int rc, const struct err *why)
{
    struct crew *c = &b->crew;
    if (is_refusal(rc)) {
        b->refused = rc;
        b->refusal = *why;
    } else {
        c->rc = rc;
        c->err = *why;
    }
    atomic_store(&b->over, true);
}

static void fail(struct batch *b, int rc, const struct err *why)
{
    if (!atomic_load(&b->over))
        end_with(b, rc, why);
}

static void make_room(struct crew *c)
{
    c->under_way--;
    if (c->room != NULL && c->under_way < c->under_way_max) {
        batch_room_fn fn = c->room;
        c->room = NULL;
        fn(c->room_ctx);
    }
    pthread_cond_broadcast(&c->changed);
}

static void take_in_ready(struct batch *b)
{
    struct crew *c = &b->crew;
    struct piece *p;
    if (c->taking_in)
        return;
    c->taking_in = true;
    while ((p = c->read[c->next % PIECES_MAX]) != NULL) {
        struct err err;
        int rc = 0;
        c->read[c->next % PIECES_MAX] = NULL;
        c->next++;
        if (!atomic_load(&b->over)) {
            pthread_mutex_unlock(&c->lock);
            rc = take_in(b, p, &err);
            pthread_mutex_lock(&c->lock);
        }
        if (rc < 0)
            fail(b, rc, &err);
        piece_clear(p);
        p->next = c->spare;
        c->spare = p;
        make_room(c);
    }
    c->taking_in = false;
}

/* All but the last block, which may still grow. Rows that keep their lines wait for the end of the
 * file: which of them stay is decided there. */
static void pack_ready(struct batch *b)
{
    struct crew *c = &b->crew;
    while (!b->with_lines && b->blocks_packed + 1 < b->blocks && !atomic_load(&b->over)) {
        struct err err;
        size_t i = b->blocks_packed++;
        struct rows *rows = b->block[i].rows;
        struct seg *seg = NULL;
        c->packing++;
        pthread_mutex_unlock(&c->lock);
        int rc = block_pack(b, rows, &seg, &err);
        pthread_mutex_lock(&c->lock);
        c->packing--;
        if (rc < 0)
            fail(b, rc, &err);
        b->block[i].seg = seg;
        if (rc == 0 && b->spares < ARRAY_LEN(b->spare)) {
            b->spare[b->spares++] = rows;
            b->block[i].rows = NULL;
        }
        pthread_cond_broadcast(&c->changed);
    }
}

/* A reader that nobody uses, or NULL. */
static struct reader *take_reader(struct batch *b)
{
    struct crew *c = &b->crew;
    struct reader *r = c->idle;
    if (r != NULL) {
        c->idle = r->next;
        return r;
    }
    if (c->readers == c->readers_max)
        return NULL;
    r = reader_new(b);
    if (r == NULL) {
        struct err err;
        fail(b, no_memory(&err), &err);
        return NULL;
    }
    c->readers++;
    return r;
}

/* Reads the piece that waits longest and takes in what is ready. False: none waits, or all readers
 * are in use. */
static bool work(struct batch *b)
{
    struct crew *c = &b->crew;
    struct piece *p = c->first;
    struct reader *r = p != NULL ? take_reader(b) : NULL;
    if (p == NULL || (r == NULL && !atomic_load(&b->over)))
        return false;
    c->first = p->next;
    if (c->first == NULL)
        c->last = NULL;
    if (!atomic_load(&b->over)) {
        pthread_mutex_unlock(&c->lock);
        piece_read(r, p);
        pthread_mutex_lock(&c->lock);
    }
    if (r != NULL) {
        r->next = c->idle;
        c->idle = r;
    }
    c->read[p->number % PIECES_MAX] = p;
    take_in_ready(b);
    pack_ready(b);
    return true;
}

/* ---- from outside --------------------------------------------------------------------------- */

static void job(void *arg)
{
    struct batch *b = arg;
    struct crew *c = &b->crew;
    pthread_mutex_lock(&c->lock);
    while (work(b)) {
    }
    c->jobs--;
    pthread_cond_broadcast(&c->changed); /* the batch may be gone as soon as the lock is */
    pthread_mutex_unlock(&c->lock);
}

/* One more thread for the batch, where one is to be had. False: nobody is at work for it. */
static bool hire(struct batch *b)
{
    struct crew *c = &b->crew;
    if (c->pool != NULL && c->jobs < c->readers_max && pool_submit(c->pool, job, b) == 0)
        c->jobs++;
    return c->jobs > 0;
}

struct piece *crew_spare(struct batch *b)
{
    struct crew *c = &b->crew;
    pthread_mutex_lock(&c->lock);
    struct piece *p = c->spare;
    if (p != NULL)
        c->spare = p->next;
    pthread_mutex_unlock(&c->lock);
    if (p == NULL)
        return piece_new();
    p->next = NULL;
    return p;
}

int crew_put(struct batch *b, struct piece *p, struct err *err)
{
    struct crew *c = &b->crew;
    pthread_mutex_lock(&c->lock);
    while (c->under_way == c->under_way_max)
        if (!work(b))
            pthread_cond_wait(&c->changed, &c->lock);
    p->next = NULL;
    p->number = b->pieces++;
    if (c->last != NULL)
        c->last->next = p;
    else
        c->first = p;
    c->last = p;
    c->under_way++;
    if (c->pool == NULL) {
        while (work(b)) {
        }
    } else {
        (void)hire(b);
    }
    int rc = c->rc;
    if (rc < 0 && err != NULL)
        *err = c->err;
    pthread_mutex_unlock(&c->lock);
    return rc;
}

bool batch_is_full(struct batch *b)
{
    struct crew *c = &b->crew;
    pthread_mutex_lock(&c->lock);
    bool full = c->under_way == c->under_way_max;
    pthread_mutex_unlock(&c->lock);
    return full;
}

bool batch_wait_room(struct batch *b, batch_room_fn fn, void *ctx)
{
    struct crew *c = &b->crew;
    pthread_mutex_lock(&c->lock);
    bool full = c->under_way == c->under_way_max && hire(b);
    if (full) {
        c->room = fn;
        c->room_ctx = ctx;
    }
    pthread_mutex_unlock(&c->lock);
    return full;
}

/* Nobody reads any more. */
static int gather_counts(struct batch *b, struct err *err)
{
    for (struct reader *r = b->crew.idle; r != NULL; r = r->next)
        for (size_t i = 0; i < b->columns; i++)
            TRY(aadhaar_merge(&b->column[i].aadhaar, &r->aadhaar[i], err));
    return 0;
}

int crew_finish(struct batch *b, struct err *err)
{
    struct crew *c = &b->crew;
    pthread_mutex_lock(&c->lock);
    while (c->under_way > 0)
        if (!work(b))
            pthread_cond_wait(&c->changed, &c->lock);
    while (c->packing > 0)
        pthread_cond_wait(&c->changed, &c->lock);
    int rc = c->rc;
    if (rc < 0 && err != NULL)
        *err = c->err;
    if (rc == 0)
        rc = gather_counts(b, err);
    pthread_mutex_unlock(&c->lock);
    return rc;
}
