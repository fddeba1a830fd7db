/* SPDX-License-Identifier: MIT
 *
 * Packing a large batch:
 *
 *     the caller and the pool    sort the parts
 *     storage thread             known already? else the shared ids of all words
 *     the caller and the pool    words in, pack, encode
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

static int sort_one(void *ctx, size_t i, struct err *err)
{
    struct parcels *p = ctx;
    return rows_sort(p->at[i].rows, p->tree, err);
}

/* Words that a failed commit leaves behind in memory do no harm: see dict_saved. */
static int share(struct store *s, void *arg, struct err *err)
{
    struct parcels *p = arg;
    struct batch_result first;
    unsigned char sha256[32];
    struct str source = str_of(p->names->source);
    struct str id = str_of(p->names->id);
    int known = ledger_find(&s->db, source, id, &first, sha256, err);
    if (known != 0)
        return known;
    struct snap *now = snap_cell_get(s->cell);
    int rc = rows_words(p->at[0].rows, now->dict, &p->map, err);
    rc = rc < 0 ? rc : dict_intern(now->dict[ATTR_SOURCE], source, &p->source, err);
    rc = rc < 0 ? rc : dict_intern(now->dict[ATTR_BATCH], id, &p->batch, err);
    p->first_id = s->segment_next;
    snap_unref(now);
    return rc;
}

static int encode(struct parcel *at, struct err *err)
{
    buf_clear(&at->data);
    return seg_encode(at->seg, &at->data, err);
}

static int pack_one(void *ctx, size_t i, struct err *err)
{
    struct parcels *p = ctx;
    struct parcel *at = &p->at[i];
    rows_use(at->rows, &p->map);
    TRY(seg_new(at->rows, p->tree, p->first_id + i, &at->seg, err));
    rows_fini(at->rows); /* the memory is wanted for the next */
    seg_fill(at->seg, ATTR_SOURCE, p->source);
    seg_fill(at->seg, ATTR_BATCH, p->batch);
    return encode(at, err);
}

static int pack(struct parcels *p, struct err *err)
{
    TRY(pool_each(p->pool, p->n, sort_one, p, err));
    int known = store_call(p->s, share, p, err);
    if (known != 0)
        return known;
    return pool_each(p->pool, p->n, pack_one, p, err);
}

int parcels_pack(struct store *s, const struct batch_result *names, struct rows *const *part,
                 size_t parts, struct pool *pool, struct parcels **out, struct err *err)
{
    struct parcels *p = mem_calloc(MEM_STORE, 1, sizeof(*p) + parts * sizeof(p->at[0]));
    if (p == NULL)
        return no_memory(err);
    struct snap *snap = snap_cell_get(s->cell);
    p->s = s;
    p->pool = pool;
    p->names = names;
    p->tree = place_tree_ref(snap->tree);
    snap_unref(snap);
    p->n = parts;
    for (size_t i = 0; i < parts; i++) {
        p->at[i].rows = part[i];
        buf_init(&p->at[i].data, MEM_STORE);
    }
    int rc = pack(p, err);
    if (rc == 0) {
        *out = p;
        return 1;
    }
    parcels_free(p);
    return rc < 0 ? rc : 0;
}

int parcels_settle(struct parcels *p, const struct place_tree *tree, uint64_t id, struct err *err)
{
    if (id == p->first_id && tree->version == p->tree->version)
        return 0;
    for (size_t i = 0; i < p->n; i++) {
        struct parcel *at = &p->at[i];
        struct seg *moved = NULL;
        TRY(seg_retree(at->seg, tree, &moved, err));
        seg_unref(at->seg);
        at->seg = moved;
        at->seg->id = id + i;
        TRY(encode(at, err));
    }
    p->first_id = id;
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
    rows_map_fini(&p->map);
    place_tree_unref(p->tree);
    mem_free(MEM_STORE, p);
}
