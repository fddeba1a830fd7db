/* SPDX-License-Identifier: MIT
 *
 * Rows being collected, then sorted. */
#include "data/rows.h"

#include <string.h>

enum { ROWS_MIN = 1024 };

void rows_init(struct rows *r, enum mem_room room, const struct schema *schema)
{
    *r = (struct rows){.room = room, .schema = schema};
}

void rows_fini(struct rows *r)
{
    mem_free(r->room, r->place);
    mem_free(r->room, r->sector);
    mem_free(r->room, r->day);
    mem_free(r->room, r->count);
    for (int i = 0; i < ATTRS_MAX; i++) {
        mem_free(r->room, r->attr[i]);
        dict_unref(r->local[i]);
    }
    rows_init(r, r->room, r->schema);
}

static int no_memory(struct err *err, size_t n)
{
    return err_set(err, ERR_MEM, "no memory for a batch of more than %zu rows", n);
}

static int grow_one(struct rows *r, void **column, size_t cap, size_t size)
{
    void *p = mem_realloc(r->room, *column, cap * size);
    if (!p) {
        return ERR_MEM;
    }
    *column = p;
    return 0;
}

static int grow(struct rows *r, struct err *err)
{
    size_t cap = r->cap ? r->cap * 2 : ROWS_MIN;
    if (r->n >= BATCH_ROWS_MAX) {
        return err_set(err, ERR_LIMIT, "a batch holds at most %d rows: send it in parts",
                       BATCH_ROWS_MAX);
    }
    int rc = grow_one(r, (void **)&r->place, cap, sizeof(*r->place));
    rc = rc < 0 ? rc : grow_one(r, (void **)&r->sector, cap, sizeof(*r->sector));
    rc = rc < 0 ? rc : grow_one(r, (void **)&r->day, cap, sizeof(*r->day));
    rc = rc < 0 ? rc : grow_one(r, (void **)&r->count, cap, sizeof(*r->count));
    for (size_t i = 0; i < r->schema->n && rc == 0; i++) {
        if (r->attr[i]) {
            rc = grow_one(r, (void **)&r->attr[i], cap, sizeof(*r->attr[i]));
        }
    }
    if (rc < 0) {
        return no_memory(err, r->n);
    }
    r->cap = cap;
    return 0;
}

int rows_add(struct rows *r, uint32_t place_id, uint8_t sector, int32_t day, int32_t count,
             struct err *err)
{
    if (r->n == r->cap) {
        TRY(grow(r, err));
    }
    size_t i = r->n++;
    r->place[i] = place_id;
    r->sector[i] = sector;
    r->day[i] = day;
    r->count[i] = count;
    for (size_t a = 0; a < r->schema->n; a++) {
        if (r->attr[a]) {
            r->attr[a][i] = ATTR_NULL;
        }
    }
    return 0;
}

int rows_need(struct rows *r, int attr, struct err *err)
{
    ASSERT(attr >= 0 && (size_t)attr < r->schema->n && r->n > 0);
    if (r->attr[attr]) {
        return 0;
    }
    r->attr[attr] = mem_alloc(r->room, r->cap * sizeof(int32_t));
    if (!r->attr[attr]) {
        return no_memory(err, r->n);
    }
    for (size_t i = 0; i < r->n; i++) {
        r->attr[attr][i] = ATTR_NULL;
    }
    return 0;
}

int rows_set(struct rows *r, int attr, int32_t value, struct err *err)
{
    TRY(rows_need(r, attr, err));
    ASSERT(value != ATTR_NULL && r->schema->attr[attr].kind != ATTR_TEXT);
    r->attr[attr][r->n - 1] = value;
    return 0;
}

static int intern_local(struct rows *r, int attr, struct str text, int32_t *id, struct err *err)
{
    ASSERT(r->schema->attr[attr].kind == ATTR_TEXT);
    if (!r->local[attr]) {
        TRY(dict_new(r->room, &r->local[attr], err));
    }
    return dict_intern(r->local[attr], text, id, err);
}

int rows_set_text(struct rows *r, int attr, struct str text, struct err *err)
{
    int32_t id;
    TRY(rows_need(r, attr, err));
    TRY(intern_local(r, attr, text, &id, err));
    r->attr[attr][r->n - 1] = id;
    return 0;
}

int rows_fill_text(struct rows *r, int attr, struct str text, struct err *err)
{
    int32_t id;
    if (r->n == 0) {
        return 0;
    }
    TRY(rows_need(r, attr, err));
    TRY(intern_local(r, attr, text, &id, err));
    for (size_t i = 0; i < r->n; i++) {
        r->attr[attr][i] = id;
    }
    return 0;
}

int64_t rows_registrations(const struct rows *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        sum += r->count[i];
    }
    return sum;
}

/* ---- sharing ---- */

static int share_one(struct rows *r, int attr, struct dict *shared, struct err *err)
{
    int32_t n = dict_count(r->local[attr]);
    int32_t *map = mem_alloc(r->room, (size_t)n * sizeof(*map));
    if (!map) {
        return no_memory(err, r->n);
    }
    int rc = 0;
    for (int32_t i = 0; i < n && rc == 0; i++) {
        rc = dict_intern(shared, dict_get(r->local[attr], i), &map[i], err);
    }
    for (size_t i = 0; i < r->n && rc == 0; i++) {
        int32_t *v = &r->attr[attr][i];
        *v = *v == ATTR_NULL ? ATTR_NULL : map[*v];
    }
    mem_free(r->room, map);
    if (rc == 0) {
        dict_unref(r->local[attr]);
        r->local[attr] = NULL;
    }
    return rc;
}

int rows_share(struct rows *r, struct dict *const *shared, struct err *err)
{
    for (size_t i = 0; i < r->schema->n; i++) {
        if (r->local[i]) {
            ASSERT(shared[i]);
            TRY(share_one(r, (int)i, shared[i], err));
        }
    }
    return 0;
}

/* ---- sorting ---- */

/* The sort key in one word: place order, sector, day (from the earliest day of the batch). */
struct key {
    uint64_t word;
    uint32_t row;
};

enum { DAY_BITS = 26, SECTOR_BITS = 6, RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };

static int make_keys(const struct rows *r, const struct place_tree *tree, struct key *key,
                     uint64_t *all, struct err *err)
{
    int32_t first = INT32_MAX;
    for (size_t i = 0; i < r->n; i++) {
        first = r->day[i] < first ? r->day[i] : first;
    }
    uint64_t or_all = 0;
    for (size_t i = 0; i < r->n; i++) {
        uint32_t order = place_order(tree, r->place[i]);
        if (order == PLACE_NONE) {
            return err_set(err, ERR_CORRUPT, "place id %u is not in the tree", r->place[i]);
        }
        uint64_t day = (uint64_t)((int64_t)r->day[i] - first);
        ASSERT(day < (1u << DAY_BITS) && r->sector[i] < (1u << SECTOR_BITS));
        key[i].word =
            (uint64_t)order << (DAY_BITS + SECTOR_BITS) | (uint64_t)r->sector[i] << DAY_BITS | day;
        key[i].row = (uint32_t)i;
        or_all |= key[i].word;
    }
    *all = or_all;
    return 0;
}

static bool is_sorted(const struct key *key, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (key[i - 1].word > key[i].word) {
            return false;
        }
    }
    return true;
}

/* One stable pass of a least-significant-digit radix sort. */
static void radix_pass(const struct key *from, struct key *to, size_t n, int shift)
{
    size_t at[RADIX] = {0};
    for (size_t i = 0; i < n; i++) {
        at[(from[i].word >> shift) & (RADIX - 1)]++;
    }
    size_t sum = 0;
    for (size_t i = 0; i < RADIX; i++) {
        size_t here = at[i];
        at[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < n; i++) {
        to[at[(from[i].word >> shift) & (RADIX - 1)]++] = from[i];
    }
}

/* Digits that are 0 in every key are skipped. Returns whichever of the two holds the result. */
static struct key *radix_sort(struct key *a, struct key *b, size_t n, uint64_t all)
{
    for (int shift = 0; shift < 64; shift += RADIX_BITS) {
        if ((all >> shift) & (RADIX - 1)) {
            radix_pass(a, b, n, shift);
            struct key *t = a;
            a = b;
            b = t;
        }
    }
    return a;
}

static void permute32(int32_t *v, int32_t *scratch, const struct key *key, size_t n)
{
    if (!v) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        scratch[i] = v[key[i].row];
    }
    memcpy(v, scratch, n * sizeof(*v));
}

static void permute_all(struct rows *r, int32_t *scratch, const struct key *key)
{
    uint8_t *s8 = (uint8_t *)scratch;
    for (size_t i = 0; i < r->n; i++) {
        s8[i] = r->sector[key[i].row];
    }
    memcpy(r->sector, s8, r->n);
    permute32((int32_t *)r->place, scratch, key, r->n);
    permute32(r->day, scratch, key, r->n);
    permute32(r->count, scratch, key, r->n);
    for (size_t a = 0; a < r->schema->n; a++) {
        permute32(r->attr[a], scratch, key, r->n);
    }
}

int rows_sort(struct rows *r, const struct place_tree *tree, struct err *err)
{
    ASSERT(r->n < UINT32_MAX);
    struct key *a = mem_alloc(r->room, r->n * sizeof(*a));
    struct key *b = mem_alloc(r->room, r->n * sizeof(*b));
    uint64_t all = 0;
    int rc = a && b ? make_keys(r, tree, a, &all, err) : no_memory(err, r->n);
    if (rc == 0 && !is_sorted(a, r->n)) {
        struct key *sorted = radix_sort(a, b, r->n, all);
        permute_all(r, (int32_t *)(sorted == a ? b : a), sorted);
    }
    mem_free(r->room, a);
    mem_free(r->room, b);
    return rc;
}
