/* SPDX-License-Identifier: MIT
 *
 * Making a large batch ready:
 *
 *     storage thread             known already? else the shared ids of all words
 *     the caller and the pool    words in, encode
 *     storage thread             the transaction (import.c)
 *
 * What else is stored between the two visits to the storage thread may take the ids that the
 * segments were to have, or change the tree of places: then they are encoded again. */
#include "parcel.h"

#include <string.h>

#include "base/pool.h"
#include "ledger.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to store the batch");
}

static int share_words(struct parcels *p, const struct snap *now, struct err *err)
{
    for (size_t a = 0; a < now->schema->n; a++) {
        if (p->words[a] == NULL)
            continue;
        size_t n = (size_t)dict_count(p->words[a]);
        p->map[a] = mem_alloc(MEM_STORE, n * sizeof(*p->map[a]));
        if (p->map[a] == NULL)
            return no_memory(err);
        TRY(dict_intern_from(now->dict[a], p->words[a], p->map[a], err));
    }
    TRY(dict_intern(now->dict[ATTR_SOURCE], str_of(p->names->source), &p->source, err));
    return dict_intern(now->dict[ATTR_BATCH], str_of(p->names->id), &p->batch, err);
}

/* 1: it is in the ledger. Words that a commit which fails leaves behind in memory do no harm: see
 * dict_saved. */
static int share(struct store *s, void *arg, struct err *err)
{
    struct parcels *p = arg;
    struct batch_result first;
    unsigned char sha256[32];
    int known =
        ledger_find(&s->db, str_of(p->names->source), str_of(p->names->id), &first, sha256, err);
    if (known != 0)
        return known;
    struct snap *now = snap_cell_get(s->cell);
    int rc = share_words(p, now, err);
    p->first_id = s->segment_next;
    snap_unref(now);
    return rc;
}

static int encode(struct parcel *at, struct err *err)
{
    buf_clear(&at->data);
    return seg_encode(at->seg, &at->data, err);
}

static int make_ready(void *ctx, size_t i, struct err *err)
{
    struct parcels *p = ctx;
    struct seg *seg = p->at[i].seg;
    for (size_t a = 0; a < seg->schema->n; a++)
        if (p->map[a] != NULL)
            TRY(seg_translate(seg, (int)a, p->map[a], err));
    seg_fill(seg, ATTR_SOURCE, p->source);
    seg_fill(seg, ATTR_BATCH, p->batch);
    seg->id = p->first_id + i;
    return encode(&p->at[i], err);
}

int parcels_new(struct store *s, const struct batch_result *names, struct seg *const *seg,
                size_t segs, struct dict *const *words, struct pool *pool, struct parcels **out,
                struct err *err)
{
    struct parcels *p = mem_calloc(MEM_STORE, 1, sizeof(*p) + segs * sizeof(p->at[0]));
    if (p == NULL)
        return no_memory(err);
    p->s = s;
    p->names = names;
    p->words = words;
    p->n = segs;
    for (size_t i = 0; i < segs; i++) {
        p->at[i].seg = seg_ref(seg[i]);
        buf_init(&p->at[i].data, MEM_STORE);
    }
    int rc = store_call(s, share, p, err);
    rc = rc == 0 ? pool_each(pool, segs, make_ready, p, err) : rc;
    if (rc == 0) {
        *out = p;
        return 1;
    }
    parcels_free(p);
    return rc < 0 ? rc : 0;
}

int parcels_settle(struct parcels *p, const struct place_tree *tree, uint64_t id, struct err *err)
{
    for (size_t i = 0; i < p->n; i++) {
        struct parcel *at = &p->at[i];
        struct seg *moved = NULL;
        if (at->seg->id == id + i && at->seg->tree_version == tree->version)
            continue;
        TRY(seg_retree(at->seg, tree, &moved, err));
        seg_unref(at->seg);
        at->seg = moved;
        at->seg->id = id + i;
        TRY(encode(at, err));
    }
    return 0;
}

void parcels_free(struct parcels *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++) {
        seg_unref(p->at[i].seg);
        buf_fini(&p->at[i].data);
    }
    for (int a = 0; a < ATTRS_MAX; a++)
        mem_free(MEM_STORE, p->map[a]);
    mem_free(MEM_STORE, p);
}
