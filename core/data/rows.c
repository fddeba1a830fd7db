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
    mem_free(r->room, r->id);
    mem_free(r->room, r->line);
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

static int too_many(struct err *err)
{
    return err_set(err, ERR_LIMIT, "a batch holds at most %d rows: send it in parts",
                   BATCH_ROWS_MAX);
}

static int grow(struct rows *r, size_t cap, struct err *err)
{
    int rc = grow_one(r, (void **)&r->place, cap, sizeof(*r->place));
    rc = rc < 0 ? rc : grow_one(r, (void **)&r->sector, cap, sizeof(*r->sector));
    rc = rc < 0 ? rc : grow_one(r, (void **)&r->day, cap, sizeof(*r->day));
    rc = rc < 0 ? rc : grow_one(r, (void **)&r->count, cap, sizeof(*r->count));
    if (r->id && rc == 0) {
        rc = grow_one(r, (void **)&r->id, cap, sizeof(*r->id));
        rc = rc < 0 ? rc : grow_one(r, (void **)&r->line, cap, sizeof(*r->line));
    }
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
    if (r->n >= BATCH_ROWS_MAX) {
        return too_many(err);
    }
    if (r->n == r->cap) {
        TRY(grow(r, r->cap ? r->cap * 2 : ROWS_MIN, err));
    }
    r->sorted_for = 0;
    size_t i = r->n++;
    r->place[i] = place_id;
    r->sector[i] = sector;
    r->day[i] = day;
    r->count[i] = count;
    if (r->id) {
        r->id[i] = 0;
        r->line[i] = 0;
    }
    for (size_t a = 0; a < r->schema->n; a++) {
        if (r->attr[a]) {
            r->attr[a][i] = ATTR_NULL;
        }
    }
    return 0;
}

int rows_room(struct rows *r, size_t n, struct err *err)
{
    r->sorted_for = 0;
    if (n > BATCH_ROWS_MAX - r->n) {
        return too_many(err);
    }
    size_t cap = r->cap * 2 < r->n + n ? r->n + n : r->cap * 2;
    return r->cap - r->n < n ? grow(r, cap, err) : 0;
}

int rows_need(struct rows *r, int attr, struct err *err)
{
    ASSERT(attr >= 0 && (size_t)attr < r->schema->n && r->cap > 0);
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

int rows_need_ids(struct rows *r, struct err *err)
{
    ASSERT(r->cap > 0);
    if (r->id) {
        return 0;
    }
    r->line = mem_alloc(r->room, r->cap * sizeof(*r->line));
    r->id = r->line ? mem_alloc(r->room, r->cap * sizeof(*r->id)) : NULL;
    if (!r->id) {
        mem_free(r->room, r->line);
        r->line = NULL;
        return no_memory(err, r->n);
    }
    memset(r->id, 0, r->n * sizeof(*r->id));
    memset(r->line, 0, r->n * sizeof(*r->line));
    return 0;
}

static void pick32(const int32_t *from, const uint8_t *drop, size_t n, int32_t *to)
{
    for (size_t i = 0; i < n; i++) {
        if (!drop[i]) {
            *to++ = from[i];
        }
    }
}

static int pick_attrs(const struct rows *r, const uint8_t *drop, struct rows *to, struct err *err)
{
    for (size_t a = 0; a < r->schema->n; a++) {
        if (!r->attr[a]) {
            continue;
        }
        TRY(rows_need(to, (int)a, err));
        pick32(r->attr[a], drop, r->n, to->attr[a]);
        to->local[a] = r->local[a] ? dict_ref(r->local[a]) : NULL;
    }
    return 0;
}

int rows_pick(const struct rows *r, const uint8_t *drop, struct rows *to, struct err *err)
{
    size_t n = 0;
    ASSERT(to->n == 0 && to->schema == r->schema && !to->id);
    for (size_t i = 0; i < r->n; i++) {
        n += !drop[i];
    }
    if (n == 0) {
        return 0;
    }
    TRY(rows_room(to, n, err));
    if (r->id) {
        TRY(rows_need_ids(to, err));
    }
    TRY(pick_attrs(r, drop, to, err));
    pick32((int32_t *)r->place, drop, r->n, (int32_t *)to->place);
    pick32(r->day, drop, r->n, to->day);
    pick32(r->count, drop, r->n, to->count);
    for (size_t i = 0; i < r->n; i++) {
        if (drop[i]) {
            continue;
        }
        to->sector[to->n] = r->sector[i];
        if (r->id) {
            to->id[to->n] = r->id[i];
            to->line[to->n] = r->line[i];
        }
        to->n++;
    }
    ASSERT(to->n == n);
    to->sorted_for = r->sorted_for;
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
    int rc = dict_intern_from(shared, r->local[attr], map, err);
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

/* Rows are sorted by two keys of at most 32 bits, the lesser one first, each by a stable radix sort
 * of its digits: the sector with the day (from the earliest of these rows), then the place. What
 * moves is a word of 64 bits, the key over the number of the row. */
enum { DIGIT_BITS_MAX = 11 };

struct sorting {
    uint32_t *order; /* of each row's place */
    uint64_t *word, *spare;
    uint32_t order_max;
    int32_t day_min;
    unsigned day_bits;
    uint32_t lesser_max;
};

static unsigned bits_of(uint32_t highest)
{
    return highest == 0 ? 0 : 32 - (unsigned)__builtin_clz(highest);
}

static uint32_t lesser_key(const struct sorting *s, const struct rows *r, size_t i)
{
    return (uint32_t)r->sector[i] << s->day_bits | (uint32_t)(r->day[i] - s->day_min);
}

static int survey(struct sorting *s, const struct rows *r, const struct place_tree *tree,
                  struct err *err)
{
    int32_t day_max = INT32_MIN;
    s->day_min = INT32_MAX;
    for (size_t i = 0; i < r->n; i++) {
        s->day_min = r->day[i] < s->day_min ? r->day[i] : s->day_min;
        day_max = r->day[i] > day_max ? r->day[i] : day_max;
    }
    ASSERT((int64_t)day_max - s->day_min < 1 << 26);
    s->day_bits = bits_of((uint32_t)(day_max - s->day_min));
    for (size_t i = 0; i < r->n; i++) {
        uint32_t order = place_order(tree, r->place[i]);
        if (order == PLACE_NONE) {
            return err_set(err, ERR_CORRUPT, "place id %u is not in the tree", r->place[i]);
        }
        ASSERT(r->sector[i] < 64);
        s->order[i] = order;
        s->order_max |= order;
        s->lesser_max |= lesser_key(s, r, i);
    }
    return 0;
}

static bool is_sorted(const struct sorting *s, const struct rows *r)
{
    for (size_t i = 1; i < r->n; i++) {
        if (s->order[i - 1] > s->order[i] ||
            (s->order[i - 1] == s->order[i] && lesser_key(s, r, i - 1) > lesser_key(s, r, i))) {
            return false;
        }
    }
    return true;
}

/* One stable pass by the digit of `bits` bits at `shift`. */
static void radix_pass(const uint64_t *from, uint64_t *to, size_t n, unsigned shift, unsigned bits)
{
    size_t at[1 << DIGIT_BITS_MAX] = {0};
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        at[(from[i] >> shift) & mask]++;
    }
    size_t sum = 0;
    for (size_t d = 0; d <= mask; d++) {
        size_t here = at[d];
        at[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < n; i++) {
        to[at[(from[i] >> shift) & mask]++] = from[i];
    }
}

/* By the keys, which are at most `highest`, in digits of one width. */
static void radix_sort(struct sorting *s, size_t n, uint32_t highest)
{
    unsigned bits = bits_of(highest);
    unsigned digits = (bits + DIGIT_BITS_MAX - 1) / DIGIT_BITS_MAX;
    unsigned width = digits > 0 ? (bits + digits - 1) / digits : 0;
    for (unsigned d = 0; d < digits; d++) {
        radix_pass(s->word, s->spare, n, 32 + d * width, width);
        uint64_t *t = s->word;
        s->word = s->spare;
        s->spare = t;
    }
}

static void sort_words(struct sorting *s, const struct rows *r)
{
    for (size_t i = 0; i < r->n; i++) {
        s->word[i] = (uint64_t)lesser_key(s, r, i) << 32 | i;
    }
    radix_sort(s, r->n, s->lesser_max);
    for (size_t i = 0; i < r->n; i++) {
        uint32_t row = (uint32_t)s->word[i];
        s->word[i] = (uint64_t)s->order[row] << 32 | row;
    }
    radix_sort(s, r->n, s->order_max);
}

static void permute32(int32_t *v, int32_t *scratch, const uint64_t *word, size_t n)
{
    if (!v) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        scratch[i] = v[(uint32_t)word[i]];
    }
    memcpy(v, scratch, n * sizeof(*v));
}

static void permute64(uint64_t *v, uint64_t *scratch, const uint64_t *word, size_t n)
{
    if (!v) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        scratch[i] = v[(uint32_t)word[i]];
    }
    memcpy(v, scratch, n * sizeof(*v));
}

static void permute_all(struct rows *r, void *scratch, const uint64_t *word)
{
    uint8_t *s8 = scratch;
    for (size_t i = 0; i < r->n; i++) {
        s8[i] = r->sector[(uint32_t)word[i]];
    }
    memcpy(r->sector, s8, r->n);
    permute32((int32_t *)r->place, scratch, word, r->n);
    permute32(r->day, scratch, word, r->n);
    permute32(r->count, scratch, word, r->n);
    permute32((int32_t *)r->line, scratch, word, r->n);
    permute64(r->id, scratch, word, r->n);
    for (size_t a = 0; a < r->schema->n; a++) {
        permute32(r->attr[a], scratch, word, r->n);
    }
}

int rows_sort(struct rows *r, const struct place_tree *tree, struct err *err)
{
    ASSERT(r->n < UINT32_MAX);
    if (r->sorted_for == tree->version) {
        return 0;
    }
    struct sorting s = {
        .order = mem_alloc(r->room, r->n * sizeof(*s.order)),
        .word = mem_alloc(r->room, r->n * sizeof(*s.word)),
        .spare = mem_alloc(r->room, r->n * sizeof(*s.spare)),
    };
    int rc = s.order && s.word && s.spare ? 0 : no_memory(err, r->n);
    if (rc == 0 && r->n > 0) {
        rc = survey(&s, r, tree, err);
    }
    if (rc == 0 && !is_sorted(&s, r)) {
        sort_words(&s, r);
        permute_all(r, (void *)s.spare, s.word);
    }
    r->sorted_for = rc == 0 ? tree->version : 0;
    mem_free(r->room, s.order);
    mem_free(r->room, s.word);
    mem_free(r->room, s.spare);
    return rc;
}
