/* SPDX-License-Identifier: MIT
 *
 * Slabs on disk: loading them with several threads, putting a merge in the place of what it
 * merged, and filling an empty directory with slabs directly. */
#include "slabs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "base/pool.h"
#include "ids.h"
#include "ledger.h"
#include "parts.h"
#include "store_int.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for a slab");
}

int store_threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 16 ? 16 : (int)n;
}

/* ---- loading --------------------------------------------------------------------------------- */

enum { LOADS_WAITING = 4 }; /* blobs read ahead of the threads that decode them */

/* One blob on its way to a slab. */
struct load {
    struct slab_loader *l;
    struct buf data;
    uint64_t id;
    size_t at; /* index of the slab */
};

struct slab_loader {
    const struct schema *schema;
    const int32_t *dict_counts;
    const struct place_tree *tree;
    struct slab_list *out;
    pthread_mutex_t lock; /* owns the rest */
    pthread_cond_t fewer; /* waiting fell */
    int waiting;
    int rc;
    struct err err;
};

static void load_done(struct load *x, struct slab *b, int rc, const struct err *err)
{
    struct slab_loader *l = x->l;
    pthread_mutex_lock(&l->lock);
    if (rc == 0) {
        l->out->at[x->at] = b;
    } else if (l->rc == 0) {
        l->rc = rc;
        l->err = *err;
    }
    l->waiting--;
    pthread_cond_signal(&l->fewer);
    pthread_mutex_unlock(&l->lock);
    buf_fini(&x->data);
    mem_free(MEM_STORE, x);
}

static void load_decode(void *arg)
{
    struct load *x = arg;
    struct slab *b = NULL;
    struct err err = {0};
    int rc = slab_decode(buf_view(&x->data), x->id, x->l->schema, x->l->dict_counts, x->l->tree, &b,
                         &err);
    load_done(x, b, rc, &err);
}

/* Waits until few enough are on their way; the first failure so far. */
static int loader_wait(struct slab_loader *l, int most)
{
    pthread_mutex_lock(&l->lock);
    while (l->waiting > most) {
        pthread_cond_wait(&l->fewer, &l->lock);
    }
    int rc = l->rc;
    pthread_mutex_unlock(&l->lock);
    return rc;
}

static int list_grow(struct slab_list *out, struct err *err)
{
    if (out->n < out->cap) {
        return 0;
    }
    size_t cap = out->cap ? out->cap * 2 : 64;
    struct slab **at = mem_realloc(MEM_STORE, out->at, cap * sizeof(*at));
    if (!at) {
        return no_memory(err);
    }
    memset(at + out->n, 0, (cap - out->n) * sizeof(*at));
    out->at = at;
    out->cap = cap;
    return 0;
}

/* Takes the bytes over. */
static int load_one(struct slab_loader *l, struct pool *pool, uint64_t id, struct buf *data,
                    struct err *err)
{
    if (loader_wait(l, l->out->n < l->out->cap ? LOADS_WAITING : 0) < 0) {
        return 0; /* told at the end */
    }
    TRY(list_grow(l->out, err));
    struct load *x = mem_calloc(MEM_STORE, 1, sizeof(*x));
    if (!x) {
        return no_memory(err);
    }
    x->l = l;
    x->id = id;
    x->at = l->out->n++;
    x->data = *data;
    buf_init(data, MEM_STORE);
    pthread_mutex_lock(&l->lock);
    l->waiting++;
    pthread_mutex_unlock(&l->lock);
    if (pool_submit(pool, load_decode, x) < 0) {
        int rc = no_memory(err);
        load_done(x, NULL, rc, err);
        return rc;
    }
    return 0;
}

static int load_parts(struct store *s, struct slab_loader *l, struct pool *pool, struct err *err)
{
    struct parts parts = {.db = &s->db, .slab = true, .damage = &s->damage};
    struct buf data;
    uint64_t id;
    int rc;
    buf_init(&data, MEM_STORE);
    while ((rc = parts_next(&parts, &id, &data, err)) == 1) {
        rc = load_one(l, pool, id, &data, err);
        if (rc < 0)
            break;
    }
    buf_fini(&data);
    return rc;
}

int slabs_load(struct store *s, const struct place_tree *tree, struct slab_list *out,
               struct err *err)
{
    struct pool *pool = NULL;
    struct slab_loader l = {
        .schema = s->schema, .dict_counts = s->dict_saved, .tree = tree, .out = out};
    TRY(parts_next_id(&s->db, true, &s->slab_next, err));
    TRY(pool_new("load", store_threads(), LOADS_WAITING * 2, &pool, err));
    pthread_mutex_init(&l.lock, NULL);
    pthread_cond_init(&l.fewer, NULL);
    int rc = load_parts(s, &l, pool, err);
    int decoded = loader_wait(&l, 0);
    pool_free(pool);
    pthread_cond_destroy(&l.fewer);
    pthread_mutex_destroy(&l.lock);
    if (rc == 0 && decoded < 0) {
        *err = l.err;
        rc = decoded;
    }
    return rc;
}

void slab_list_fini(struct slab_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        slab_unref(list->at[i]);
    }
    mem_free(MEM_STORE, list->at);
    *list = (struct slab_list){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

static int write_slab(struct db *db, const struct slab *b, struct str data, bool pending,
                      struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO slab VALUES(?, ?, ?, ?, ?, ?, ?)", &st, err));
    stmt_put_i64(&st, (int64_t)b->id);
    stmt_put_i64(&st, pending);
    stmt_put_i64(&st, (int64_t)b->rows);
    stmt_put_i64(&st, b->day_min);
    stmt_put_i64(&st, b->day_max);
    stmt_put_i64(&st, (int64_t)data.n);
    stmt_put_blob(&st, data.p, data.n);
    return stmt_run(&st, err);
}

/* ---- a merge in the place of what it merged -------------------------------------------------- */

struct install {
    const struct snap *from;
    const struct merge *m;
    const struct buf *data; /* encoded fresh slabs */
};

static int write_merge(struct store *s, const struct install *in, struct err *err)
{
    const struct merge *m = in->m;
    for (size_t i = 0; i < m->fresh; i++) {
        const struct slab *b = m->slab[m->slabs - m->fresh + i];
        TRY(write_slab(&s->db, b, buf_view(&in->data[i]), false, err));
        TRY(part_write_slab(&s->db, b, err));
    }
    for (size_t i = 0; i < m->drop_segs; i++) {
        TRY(ids_keep_rows(&s->db, in->from->seg[i]->id, err));
        TRY(part_drop(&s->db, false, in->from->seg[i]->id, &s->damage, err));
    }
    for (size_t i = 0; i < m->drop_slabs; i++) {
        TRY(part_drop(&s->db, true, m->drop_slab[i], &s->damage, err));
    }
    return 0;
}

static int publish_merge(struct store *s, const struct snap *now, const struct install *in,
                         struct err *err)
{
    struct snap *next;
    struct snap_change change = {.merged = true,
                                 .drop_segs = in->m->drop_segs,
                                 .slab = in->m->slab,
                                 .slabs = in->m->slabs,
                                 .dense = in->m->dense,
                                 .folded = in->m->folded};
    TRY(meta_set_i64(&s->db, "snapshot", (int64_t)now->id + 1, err));
    TRY(snap_next(now, &change, &next, err));
    int rc = store_commit(s, err);
    if (rc < 0) {
        snap_unref(next);
        return rc;
    }
    snap_cell_set(s->cell, next);
    return 0;
}

/* Storage thread. 1: the tree of places changed meanwhile, and the merge is void. */
static int install_now(struct store *s, void *arg, struct err *err)
{
    const struct install *in = arg;
    struct snap *now = snap_cell_get(s->cell);
    int rc = 1;
    if (now->tree->version == in->from->tree->version) {
        rc = store_writable(s, err);
        rc = rc < 0 ? rc : db_begin(&s->db, err);
        rc = rc < 0 ? rc : write_merge(s, in, err);
        rc = rc < 0 ? rc : publish_merge(s, now, in, err);
        if (rc < 0) {
            store_rollback(s);
        }
    }
    snap_unref(now);
    return rc;
}

int slabs_install(struct store *s, const struct snap *from, const struct merge *m, struct err *err)
{
    struct buf *data = mem_calloc(MEM_STORE, m->fresh, sizeof(*data));
    int rc = data ? 0 : no_memory(err);
    for (size_t i = 0; data && i < m->fresh; i++) {
        buf_init(&data[i], MEM_STORE);
        if (rc == 0) {
            rc = slab_encode(m->slab[m->slabs - m->fresh + i], &data[i], err);
        }
    }
    struct install in = {from, m, data};
    rc = rc < 0 ? rc : store_call(s, install_now, &in, err);
    for (size_t i = 0; data && i < m->fresh; i++) {
        buf_fini(&data[i]);
    }
    mem_free(MEM_STORE, data);
    return rc;
}

/* ---- bulk loading ---------------------------------------------------------------------------- */

struct store_bulk {
    struct store *s;
    struct snap *snap;    /* the empty state that is filled */
    pthread_mutex_t lock; /* owns the rest */
    struct slab_list list;
    uint64_t rows;
    int64_t registrations;
    uint64_t next_id;
    bool ended; /* what is on disk is in the ledger */
};

/* What a bulk load that was left off wrote: its ids are to be used again. */
static int bulk_sweep(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    TRY(db_begin(&s->db, err));
    int rc = db_exec(&s->db, "DELETE FROM slab WHERE pending", err);
    rc = rc < 0 ? rc : store_commit(s, err);
    if (rc < 0) {
        store_rollback(s);
    }
    return rc;
}

static int bulk_begin(struct store *s, void *arg, struct err *err)
{
    struct store_bulk *b = arg;
    b->snap = snap_cell_get(s->cell);
    b->next_id = s->slab_next;
    if (b->snap->rows > 0) {
        return err_set(err, ERR_CONFLICT,
                       "the data directory has registrations already: a bulk load needs an empty "
                       "one");
    }
    TRY(store_writable(s, err));
    return bulk_sweep(s, NULL, err);
}

int store_bulk_new(struct store *s, struct store_bulk **out, struct err *err)
{
    struct store_bulk *b = mem_calloc(MEM_STORE, 1, sizeof(*b));
    if (!b) {
        return no_memory(err);
    }
    if (atomic_exchange(&s->bulk, true)) {
        mem_free(MEM_STORE, b);
        return err_set(err, ERR_BUSY, "another bulk load is under way");
    }
    b->s = s;
    pthread_mutex_init(&b->lock, NULL);
    int rc = store_call(s, bulk_begin, b, err);
    if (rc < 0) {
        b->ended = true; /* nothing to sweep */
        store_bulk_free(b);
        return rc;
    }
    *out = b;
    return 0;
}

/* The dictionaries are the storage thread's to write. */
static int bulk_share(struct store *s, void *arg, struct err *err)
{
    struct snap *now = snap_cell_get(s->cell);
    int rc = rows_share(arg, now->dict, err);
    snap_unref(now);
    return rc;
}

struct bulk_write {
    struct slab *slab;
    struct buf data;
};

static int bulk_write(struct store *s, void *arg, struct err *err)
{
    struct bulk_write *w = arg;
    TRY(db_begin(&s->db, err));
    int rc = write_slab(&s->db, w->slab, buf_view(&w->data), true, err);
    rc = rc < 0 ? rc : store_commit(s, err);
    if (rc < 0) {
        store_rollback(s);
    }
    return rc;
}

/* Puts a slab that is on disk on the list. */
static int bulk_push(struct store_bulk *b, struct slab *slab, struct err *err)
{
    pthread_mutex_lock(&b->lock);
    int rc = list_grow(&b->list, err);
    if (rc == 0) {
        b->list.at[b->list.n++] = slab_ref(slab);
        b->rows += slab->rows;
        b->registrations += slab->registrations;
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

static uint64_t bulk_next_id(struct store_bulk *b)
{
    pthread_mutex_lock(&b->lock);
    uint64_t id = b->next_id++;
    pthread_mutex_unlock(&b->lock);
    return id;
}

int store_bulk_add(struct store_bulk *b, struct rows *rows, struct err *err)
{
    ASSERT(rows->n > 0 && rows->n <= SLAB_ROWS_MAX);
    struct bulk_write w = {0};
    TRY(store_call(b->s, bulk_share, rows, err));
    TRY(rows_sort(rows, b->snap->tree, err));
    TRY(slab_new(rows, 0, rows->n, b->snap->tree, bulk_next_id(b), &w.slab, err));
    buf_init(&w.data, MEM_STORE);
    int rc = slab_encode(w.slab, &w.data, err);
    rc = rc < 0 ? rc : store_call(b->s, bulk_write, &w, err);
    rc = rc < 0 ? rc : bulk_push(b, w.slab, err);
    buf_fini(&w.data);
    slab_unref(w.slab);
    return rc;
}

struct bulk_end {
    struct store_bulk *b;
    const struct batch_spec *spec;
    struct batch_result *out;
    struct dense *dense;
};

static int bulk_commit(struct store *s, struct bulk_end *e, const struct snap *now, struct err *err)
{
    int32_t saved[ATTRS_MAX];
    struct snap *next;
    struct batch_note note = {.seq = s->ledger_next,
                              .accepted = e->out->accepted,
                              .registrations = e->out->registrations,
                              .received_ms = e->out->received_ms,
                              .as_on = e->spec->as_on};
    struct snap_change change = {.merged = true,
                                 .slab = e->b->list.at,
                                 .slabs = e->b->list.n,
                                 .dense = e->dense,
                                 .batch = &note,
                                 .batches = 1,
                                 .received_ms = e->out->received_ms};
    TRY(dict_intern(now->dict[ATTR_SOURCE], e->spec->source, &note.source, err));
    TRY(dict_intern(now->dict[ATTR_BATCH], e->spec->id, &note.batch, err));
    for (size_t i = 0; i < e->b->list.n; i++)
        TRY(part_write_slab(&s->db, e->b->list.at[i], err));
    TRY(db_exec(&s->db, "UPDATE slab SET pending = 0", err));
    TRY(ledger_write(&s->db, e->spec, e->out, s->ledger_next, 0, err));
    TRY(audit_write(s,
                    (struct audit_entry){.action = STR("bulk load"),
                                         .object = str_of(e->out->id),
                                         .source = str_of(e->out->source)},
                    err, "accepted %lld, registrations %lld", (long long)e->out->accepted,
                    (long long)e->out->registrations));
    TRY(words_save(s, now, saved, err));
    TRY(meta_set_i64(&s->db, "snapshot", (int64_t)now->id + 1, err));
    TRY(snap_next(now, &change, &next, err));
    int rc = store_commit(s, err);
    if (rc < 0) {
        snap_unref(next);
        return rc;
    }
    memcpy(s->dict_saved, saved, sizeof(saved));
    s->ledger_next++;
    s->slab_next = e->b->next_id;
    snap_cell_set(s->cell, next);
    return 0;
}

static int bulk_finish(struct store *s, void *arg, struct err *err)
{
    struct bulk_end *e = arg;
    struct snap *now = snap_cell_get(s->cell);
    e->out->snapshot = now->id + 1;
    int rc = now->id == e->b->snap->id
                 ? 0
                 : err_set(err, ERR_CONFLICT, "the data changed while the bulk load ran");
    rc = rc < 0 ? rc : db_begin(&s->db, err);
    rc = rc < 0 ? rc : bulk_commit(s, e, now, err);
    if (rc < 0) {
        store_rollback(s);
    }
    snap_unref(now);
    return rc;
}

static int by_id(const void *pa, const void *pb)
{
    const struct slab *a = *(struct slab *const *)pa, *b = *(struct slab *const *)pb;
    return a->id < b->id ? -1 : a->id > b->id;
}

int store_bulk_end(struct store_bulk *b, const struct batch_spec *spec, struct batch_result *out,
                   struct err *err)
{
    ASSERT(spec->source.n <= SOURCE_BYTES_MAX && spec->id.n <= BATCH_ID_BYTES_MAX);
    struct bulk_end e = {.b = b, .spec = spec, .out = out};
    *out = (struct batch_result){.accepted = (int64_t)b->rows,
                                 .registrations = b->registrations,
                                 .received_ms = clock_wall_ms()};
    memcpy(out->source, spec->source.p, spec->source.n);
    memcpy(out->id, spec->id.p, spec->id.n);
    qsort(b->list.at, b->list.n, sizeof(struct slab *), by_id); /* as they will be read again */
    const struct dense_rows rows = {.slab = b->list.at, .slabs = b->list.n};
    TRY(dense_new(b->snap->tree, &rows, store_threads(), &e.dense, err));
    int rc = store_call(b->s, bulk_finish, &e, err);
    b->ended = rc == 0;
    dense_unref(e.dense);
    return rc;
}

void store_bulk_free(struct store_bulk *b)
{
    if (b) {
        struct err err;
        if (!b->ended && store_call(b->s, bulk_sweep, NULL, &err) < 0) {
            log_line(LOG_WARN, "store", "parts of a bulk load stay until the next: %s", err.msg);
        }
        atomic_store(&b->s->bulk, false);
        slab_list_fini(&b->list);
        snap_unref(b->snap);
        pthread_mutex_destroy(&b->lock);
        mem_free(MEM_STORE, b);
    }
}
