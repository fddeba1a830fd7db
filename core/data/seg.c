/* SPDX-License-Identifier: MIT
 *
 * Segments in memory: packing, reading, moving to another tree. The stored form is in
 * seg_code.c. */
#include "data/seg.h"

#include <stdatomic.h>
#include <string.h>

#include "seg_int.h"

struct seg *seg_alloc(const struct schema *schema, uint64_t rows, uint32_t runs)
{
    struct seg_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (!b) {
        return NULL;
    }
    struct seg *s = &b->view;
    atomic_init(&b->refs, 1);
    s->schema = schema;
    s->rows = rows;
    s->runs = runs;
    s->run_place = mem_alloc(MEM_DATA, runs * sizeof(*s->run_place));
    s->run_id = mem_alloc(MEM_DATA, runs * sizeof(*s->run_id));
    s->run_sector = mem_alloc(MEM_DATA, runs * sizeof(*s->run_sector));
    s->run_day = mem_alloc(MEM_DATA, runs * sizeof(*s->run_day));
    s->run_row = mem_alloc(MEM_DATA, ((size_t)runs + 1) * sizeof(*s->run_row));
    if (!s->run_place || !s->run_id || !s->run_sector || !s->run_day || !s->run_row) {
        seg_unref(s);
        return NULL;
    }
    return s;
}

struct seg *seg_ref(struct seg *s)
{
    atomic_fetch_add_explicit(&((struct seg_box *)s)->refs, 1, memory_order_relaxed);
    return s;
}

/* A segment made by seg_retree owns its run_place alone; the rest is its origin's. */
void seg_unref(struct seg *s)
{
    struct seg_box *b = (struct seg_box *)s;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    mem_free(MEM_DATA, s->run_place);
    if (b->origin) {
        seg_unref(b->origin);
    } else {
        mem_free(MEM_DATA, s->run_id);
        mem_free(MEM_DATA, s->run_sector);
        mem_free(MEM_DATA, s->run_day);
        mem_free(MEM_DATA, s->run_row);
        mem_free(MEM_DATA, s->run_count);
        mem_free(MEM_DATA, s->count.word);
        for (int i = 0; i < ATTRS_MAX; i++) {
            mem_free(MEM_DATA, s->attr[i].word);
        }
    }
    mem_free(MEM_DATA, b);
}

/* ---- columns ---- */

size_t seg_col_words(uint8_t width, uint64_t rows)
{
    return width == 0 ? 0 : (size_t)((rows * width + 63) / 64) + 1;
}

static uint64_t code_at(const struct seg_col *c, uint64_t row)
{
    uint64_t bit = row * c->width;
    uint64_t w = bit >> 6;
    unsigned shift = (unsigned)(bit & 63);
    uint64_t v = c->word[w] >> shift;
    if (shift + c->width > 64) {
        v |= c->word[w + 1] << (64 - shift);
    }
    return v & ((1ull << c->width) - 1);
}

static int32_t value_of(const struct seg_col *c, uint64_t code)
{
    if (c->nulls) {
        return code == 0 ? ATTR_NULL : (int32_t)(c->base + (int64_t)code - 1);
    }
    return (int32_t)(c->base + (int64_t)code);
}

int32_t seg_value(const struct seg_col *c, uint64_t row)
{
    if (!c->present) {
        return ATTR_NULL;
    }
    return c->width == 0 ? c->base : value_of(c, code_at(c, row));
}

void seg_unpack(const struct seg_col *c, uint64_t first, size_t n, int32_t *out)
{
    if (!c->present || c->width == 0) {
        int32_t v = c->present ? c->base : ATTR_NULL;
        for (size_t i = 0; i < n; i++) {
            out[i] = v;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = value_of(c, code_at(c, first + i));
    }
}

static void put_code(uint64_t *word, unsigned width, uint64_t row, uint64_t code)
{
    uint64_t bit = row * width;
    uint64_t w = bit >> 6;
    unsigned shift = (unsigned)(bit & 63);
    word[w] |= code << shift;
    if (shift + width > 64) {
        word[w + 1] |= code >> (64 - shift);
    }
}

static uint8_t bits_for(uint64_t highest)
{
    return highest == 0 ? 0 : (uint8_t)(64 - __builtin_clzll(highest));
}

/* Finds the range of the values and whether any is NULL. */
static void col_survey(struct seg_col *c, const int32_t *v, size_t n)
{
    *c = (struct seg_col){0};
    for (size_t i = 0; i < n; i++) {
        if (v[i] == ATTR_NULL) {
            c->nulls = true;
        } else if (!c->present) {
            c->present = true;
            c->base = c->max = v[i];
        } else if (v[i] < c->base) {
            c->base = v[i];
        } else if (v[i] > c->max) {
            c->max = v[i];
        }
    }
}

int seg_col_pack(struct seg_col *c, const int32_t *v, size_t n, struct err *err)
{
    col_survey(c, v, n);
    if (!c->present) {
        c->nulls = false;
        return 0;
    }
    uint64_t highest = (uint64_t)((int64_t)c->max - c->base) + c->nulls;
    c->width = bits_for(highest);
    if (c->width == 0) {
        return 0;
    }
    c->word = mem_calloc(MEM_DATA, seg_col_words(c->width, n), sizeof(*c->word));
    if (!c->word) {
        return err_set(err, ERR_MEM, "no memory for a segment of %zu rows", n);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t code = v[i] == ATTR_NULL ? 0 : (uint64_t)((int64_t)v[i] - c->base) + c->nulls;
        put_code(c->word, c->width, i, code);
    }
    return 0;
}

/* ---- building ---- */

static bool same_run(const struct rows *r, size_t a, size_t b)
{
    return r->place[a] == r->place[b] && r->sector[a] == r->sector[b] && r->day[a] == r->day[b];
}

static uint32_t count_runs(const struct rows *r)
{
    uint32_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        n += i == 0 || !same_run(r, i - 1, i);
    }
    return n;
}

static void fill_runs(struct seg *s, const struct rows *r, const struct place_tree *tree)
{
    uint32_t k = 0;
    s->day_min = INT32_MAX;
    s->day_max = INT32_MIN;
    for (size_t i = 0; i < r->n; i++) {
        if (i == 0 || !same_run(r, i - 1, i)) {
            s->run_id[k] = r->place[i];
            s->run_place[k] = place_order(tree, r->place[i]);
            s->run_sector[k] = r->sector[i];
            s->run_day[k] = r->day[i];
            s->run_row[k] = (uint32_t)i;
            s->day_min = r->day[i] < s->day_min ? r->day[i] : s->day_min;
            s->day_max = r->day[i] > s->day_max ? r->day[i] : s->day_max;
            k++;
        }
    }
    ASSERT(k == s->runs);
    s->run_row[k] = (uint32_t)r->n;
}

int seg_count_runs(struct seg *s, struct err *err)
{
    if (s->count.width == 0 && s->count.base == 1) {
        s->registrations = (int64_t)s->rows;
        return 0;
    }
    s->run_count = mem_alloc(MEM_DATA, s->runs * sizeof(*s->run_count));
    if (!s->run_count) {
        return err_set(err, ERR_MEM, "no memory for a segment of %llu rows",
                       (unsigned long long)s->rows);
    }
    s->registrations = 0;
    for (uint32_t k = 0; k < s->runs; k++) {
        int64_t sum = 0;
        for (uint64_t i = s->run_row[k]; i < s->run_row[k + 1]; i++) {
            sum += seg_value(&s->count, i);
        }
        s->run_count[k] = sum;
        s->registrations += sum;
    }
    return 0;
}

bool seg_runs_sorted(const struct seg *s)
{
    for (uint32_t i = 1; i < s->runs; i++) {
        uint64_t a = (uint64_t)s->run_place[i - 1] << 8 | s->run_sector[i - 1];
        uint64_t b = (uint64_t)s->run_place[i] << 8 | s->run_sector[i];
        if (a > b || (a == b && s->run_day[i - 1] >= s->run_day[i])) {
            return false;
        }
    }
    return true;
}

int seg_new(const struct rows *r, const struct place_tree *tree, uint64_t id, struct seg **out,
            struct err *err)
{
    ASSERT(r->n > 0);
    struct seg *s = seg_alloc(r->schema, r->n, count_runs(r));
    if (!s) {
        return err_set(err, ERR_MEM, "no memory for a segment of %zu rows", r->n);
    }
    s->id = id;
    s->tree_version = tree->version;
    fill_runs(s, r, tree);
    ASSERT(seg_runs_sorted(s));
    int rc = seg_col_pack(&s->count, r->count, r->n, err);
    rc = rc < 0 ? rc : seg_count_runs(s, err);
    for (size_t i = 0; i < r->schema->n && rc == 0; i++) {
        if (r->attr[i]) {
            rc = seg_col_pack(&s->attr[i], r->attr[i], r->n, err);
        }
    }
    if (rc < 0) {
        seg_unref(s);
        return rc;
    }
    *out = s;
    return 0;
}

void seg_fill(struct seg *s, int attr, int32_t value)
{
    ASSERT(s->schema->attr[attr].kind == ATTR_TEXT && value >= 0);
    mem_free(MEM_DATA, s->attr[attr].word);
    s->attr[attr] = (struct seg_col){.present = true, .base = value, .max = value};
}

/* Do the ids of a map differ from what they stand for by the same number, from one to another? */
static bool is_shift(const int32_t *map, int32_t from, int32_t to)
{
    for (int32_t v = from; v <= to; v++) {
        if (map[v] - v != map[from] - from) {
            return false;
        }
    }
    return true;
}

int seg_translate(struct seg *s, int attr, const int32_t *map, struct err *err)
{
    struct seg_col *c = &s->attr[attr];
    if (!c->present) {
        return 0;
    }
    if (is_shift(map, c->base, c->max)) { /* the codes stay */
        c->max = map[c->max];
        c->base = map[c->base];
        return 0;
    }
    struct seg_col fresh = {0};
    int32_t *v = mem_alloc(MEM_DATA, s->rows * sizeof(*v));
    if (!v) {
        return err_set(err, ERR_MEM, "no memory for a segment of %llu rows",
                       (unsigned long long)s->rows);
    }
    seg_unpack(c, 0, s->rows, v);
    for (uint64_t i = 0; i < s->rows; i++) {
        v[i] = v[i] == ATTR_NULL ? ATTR_NULL : map[v[i]];
    }
    int rc = seg_col_pack(&fresh, v, s->rows, err);
    mem_free(MEM_DATA, v);
    if (rc == 0) {
        mem_free(MEM_DATA, c->word);
        *c = fresh;
    }
    return rc;
}

/* ---- another tree ---- */

uint32_t seg_find(const struct seg *s, uint32_t order)
{
    uint32_t lo = 0, hi = s->runs;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->run_place[mid] < order) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

int seg_to_rows(const struct seg *s, uint32_t from, uint32_t to, struct rows *r, struct err *err)
{
    size_t first = r->n;
    uint32_t lo = seg_find(s, from), hi = seg_find(s, to);
    for (uint32_t k = lo; k < hi; k++) {
        for (uint64_t i = s->run_row[k]; i < s->run_row[k + 1]; i++) {
            TRY(rows_add(r, s->run_id[k], s->run_sector[k], s->run_day[k], seg_value(&s->count, i),
                         err));
        }
    }
    for (size_t a = 0; a < s->schema->n; a++) {
        if (s->attr[a].present && r->n > first) {
            TRY(rows_need(r, (int)a, err));
            seg_unpack(&s->attr[a], s->run_row[lo], r->n - first, r->attr[a] + first);
        }
    }
    return 0;
}

int seg_resort(const struct seg *s, const struct place_tree *tree, struct seg **out,
               struct err *err)
{
    struct rows r;
    rows_init(&r, MEM_DATA, s->schema);
    int rc = seg_to_rows(s, 0, UINT32_MAX, &r, err);
    rc = rc < 0 ? rc : rows_sort(&r, tree, err);
    rc = rc < 0 ? rc : seg_new(&r, tree, s->id, out, err);
    rows_fini(&r);
    return rc;
}

/* A segment that shares everything with s but the orders. */
static struct seg *share(struct seg *s, uint32_t *run_place, uint64_t version)
{
    struct seg_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (!b) {
        return NULL;
    }
    struct seg *origin = ((struct seg_box *)s)->origin;
    b->view = *s;
    b->view.run_place = run_place;
    b->view.tree_version = version;
    atomic_init(&b->refs, 1);
    b->origin = seg_ref(origin ? origin : s);
    return &b->view;
}

int seg_map_runs(const uint32_t *run_id, uint32_t runs, const struct place_tree *tree,
                 uint32_t *run_place, struct err *err)
{
    for (uint32_t i = 0; i < runs; i++) {
        run_place[i] = place_order(tree, run_id[i]);
        if (run_place[i] == PLACE_NONE) {
            return err_set(err, ERR_CORRUPT, "a segment names place id %u, which is not there",
                           run_id[i]);
        }
    }
    return 0;
}

int seg_retree(struct seg *s, const struct place_tree *tree, struct seg **out, struct err *err)
{
    if (s->tree_version == tree->version) {
        *out = seg_ref(s);
        return 0;
    }
    uint32_t *orders = mem_alloc(MEM_DATA, s->runs * sizeof(*orders));
    struct seg *moved = NULL;
    int rc = orders ? seg_map_runs(s->run_id, s->runs, tree, orders, err) : ERR_MEM;
    if (rc == 0) {
        moved = share(s, orders, tree->version);
        rc = moved ? 0 : ERR_MEM;
    }
    if (rc < 0) {
        mem_free(MEM_DATA, orders);
        return rc == ERR_MEM ? err_set(err, rc, "no memory to move a segment") : rc;
    }
    if (seg_runs_sorted(moved)) {
        *out = moved;
        return 0;
    }
    seg_unref(moved);
    return seg_resort(s, tree, out, err);
}
