/* SPDX-License-Identifier: MIT
 *
 * Slabs in memory: grouping, choosing tables, laying out planes, reading back. */
#include "data/slab.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "slab_int.h"

enum { RUN_ROWS_MAX = UINT16_MAX, SPARE_WORDS = 8 };

/* ---- memory ---- */

size_t slab_words(uint64_t rows)
{
    return (size_t)((rows + 63) / 64) + SPARE_WORDS;
}

static void col_fini(struct slab_col *c)
{
    mem_free(MEM_DATA, c->table);
    mem_free(MEM_DATA, c->value);
    for (int i = 0; i < SLAB_WIDTH_MAX; i++) {
        mem_free(MEM_DATA, c->plane[i]);
    }
}

struct slab *slab_alloc(const struct schema *schema, uint64_t rows, uint32_t groups, uint32_t runs)
{
    struct slab_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (!b) {
        return NULL;
    }
    struct slab *s = &b->view;
    atomic_init(&b->refs, 1);
    s->schema = schema;
    s->rows = rows;
    s->groups = groups;
    s->runs = runs;
    s->group = mem_calloc(MEM_DATA, (size_t)groups + 1, sizeof(*s->group));
    s->run_day = mem_alloc(MEM_DATA, runs * sizeof(*s->run_day));
    s->run_rows = mem_alloc(MEM_DATA, runs * sizeof(*s->run_rows));
    if (!s->group || !s->run_day || !s->run_rows) {
        slab_unref(s);
        return NULL;
    }
    return s;
}

struct slab *slab_ref(struct slab *s)
{
    atomic_fetch_add_explicit(&((struct slab_box *)s)->refs, 1, memory_order_relaxed);
    return s;
}

void slab_unref(struct slab *s)
{
    struct slab_box *b = (struct slab_box *)s;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    mem_free(MEM_DATA, s->group);
    if (b->origin) { /* all but the groups is its */
        slab_unref(b->origin);
        mem_free(MEM_DATA, b);
        return;
    }
    mem_free(MEM_DATA, s->run_day);
    mem_free(MEM_DATA, s->run_rows);
    col_fini(&s->count);
    for (int i = 0; i < ATTRS_MAX; i++) {
        col_fini(&s->attr[i]);
    }
    mem_free(MEM_DATA, b);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for a slab of registrations");
}

/* ---- groups and runs ---- */

/* The rows being packed: a window of `r`. */
struct input {
    const struct rows *r;
    size_t first, n;
    const struct place_tree *tree;
    const struct cancel *cancel; /* or NULL */
};

static bool new_group(const struct input *in, size_t i)
{
    size_t k = in->first + i;
    return i == 0 || in->r->place[k] != in->r->place[k - 1] ||
           in->r->sector[k] != in->r->sector[k - 1];
}

static void count_parts(const struct input *in, uint32_t *groups, uint32_t *runs)
{
    size_t length = 0;
    *groups = *runs = 0;
    for (size_t i = 0; i < in->n; i++) {
        bool group = new_group(in, i);
        bool run = group || in->r->day[in->first + i] != in->r->day[in->first + i - 1] ||
                   length == RUN_ROWS_MAX;
        *groups += group;
        *runs += run;
        length = run ? 1 : length + 1;
    }
}

static void open_group(struct slab *s, const struct input *in, size_t i, uint32_t g, uint32_t run)
{
    size_t k = in->first + i;
    bool other_place = g > 0 && s->group[g - 1].id != in->r->place[k];
    s->group[g] =
        (struct slab_group){.place = place_order(in->tree, in->r->place[k]),
                            .id = in->r->place[k],
                            .place_index = g == 0 ? 0 : s->group[g - 1].place_index + other_place,
                            .first_run = run,
                            .first_row = i,
                            .sector = in->r->sector[k]};
}

static void fill_parts(struct slab *s, const struct input *in)
{
    uint32_t g = 0, run = 0;
    for (size_t i = 0; i < in->n; i++) {
        int32_t day = in->r->day[in->first + i];
        bool group = new_group(in, i);
        if (group) {
            open_group(s, in, i, g++, run);
        }
        if (group || day - s->day_min != s->run_day[run - 1] ||
            s->run_rows[run - 1] == RUN_ROWS_MAX) {
            s->run_day[run] = (uint16_t)(day - s->day_min);
            s->run_rows[run++] = 0;
        }
        s->run_rows[run - 1]++;
        s->registrations += in->r->count[in->first + i];
    }
    ASSERT(g == s->groups && run == s->runs);
    s->places = s->group[g - 1].place_index + 1;
    s->group[g] = (struct slab_group){.place = PLACE_NONE, .first_run = run, .first_row = in->n};
}

/* ---- tables ---- */

/* One column being coded. Values are looked up in arrays over their range, shifted by one so that
 * NULL is 0. */
struct coder {
    const struct slab *s;
    const int32_t *v; /* the column's values, n of them */
    size_t n;
    int32_t low;     /* slot of value x: x - low + 1; of NULL: 0 */
    size_t span;     /* slots */
    uint32_t *stamp; /* by slot */
    uint64_t *seen;  /* by sector and slot, bits; only for few values */
};

static size_t slot_of(const struct coder *c, int32_t v)
{
    return v == ATTR_NULL ? 0 : (size_t)((int64_t)v - c->low) + 1;
}

enum { SPAN_MAX = 1 << 25, SECTOR_SPAN_MAX = 1 << 16, SECTORS = 32 };

static int coder_init(struct coder *c, const struct slab *s, const int32_t *v, size_t n,
                      struct err *err)
{
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (size_t i = 0; i < n; i++) {
        if (v[i] != ATTR_NULL) {
            low = v[i] < low ? v[i] : low;
            high = v[i] > high ? v[i] : high;
        }
    }
    *c = (struct coder){.s = s, .v = v, .n = n, .low = low};
    c->span = low > high ? 1 : (size_t)((int64_t)high - low) + 2;
    if (c->span > SPAN_MAX) {
        return err_set(err, ERR_LIMIT, "a column's values span more than %d", SPAN_MAX);
    }
    c->stamp = mem_calloc(MEM_DATA, c->span, sizeof(*c->stamp));
    if (c->span <= SECTOR_SPAN_MAX) {
        c->seen = mem_calloc(MEM_DATA, SECTORS * ((c->span + 63) / 64), sizeof(*c->seen));
    }
    return c->stamp && (c->seen || c->span > SECTOR_SPAN_MAX) ? 0 : no_memory(err);
}

static void coder_fini(struct coder *c)
{
    mem_free(MEM_DATA, c->stamp);
    mem_free(MEM_DATA, c->seen);
}

/* How many entries tables of one kind need: the largest, and all together. */
struct need {
    uint32_t largest, all;
};

static void need_of_whole(struct coder *c, struct need *out)
{
    memset(c->stamp, 0, c->span * sizeof(*c->stamp));
    *out = (struct need){0, 0};
    for (size_t i = 0; i < c->n; i++) {
        size_t slot = slot_of(c, c->v[i]);
        out->all += c->stamp[slot] == 0;
        c->stamp[slot] = 1;
    }
    out->largest = out->all;
}

static void need_of_places(struct coder *c, struct need *out)
{
    memset(c->stamp, 0, c->span * sizeof(*c->stamp));
    *out = (struct need){0, 0};
    uint32_t here = 0, place = UINT32_MAX;
    for (uint32_t g = 0; g < c->s->groups; g++) {
        if (c->s->group[g].place_index != place) {
            place = c->s->group[g].place_index;
            here = 0;
        }
        for (uint64_t i = c->s->group[g].first_row; i < c->s->group[g + 1].first_row; i++) {
            uint32_t *stamp = &c->stamp[slot_of(c, c->v[i])];
            if (*stamp != place + 1) {
                *stamp = place + 1;
                out->all++;
                here++;
            }
        }
        out->largest = here > out->largest ? here : out->largest;
    }
}

static void need_of_sectors(struct coder *c, struct need *out)
{
    uint32_t here[SECTORS] = {0};
    size_t words = (c->span + 63) / 64;
    *out = (struct need){0, 0};
    for (uint32_t g = 0; g < c->s->groups; g++) {
        uint8_t sector = c->s->group[g].sector;
        uint64_t *seen = c->seen + sector * words;
        for (uint64_t i = c->s->group[g].first_row; i < c->s->group[g + 1].first_row; i++) {
            size_t slot = slot_of(c, c->v[i]);
            uint64_t bit = 1ull << (slot & 63);
            here[sector] += !(seen[slot >> 6] & bit);
            seen[slot >> 6] |= bit;
        }
    }
    for (int i = 0; i < SECTORS; i++) {
        out->all += here[i];
        out->largest = here[i] > out->largest ? here[i] : out->largest;
    }
}

static uint8_t width_for(uint32_t entries)
{
    return entries <= 1 ? 0 : (uint8_t)(32 - __builtin_clz(entries - 1));
}

static uint64_t cost_bits(const struct coder *c, struct need n)
{
    return (uint64_t)c->n * width_for(n.largest) + 32ull * n.all;
}

/* Picks the kind of table that makes the column smallest. */
static struct need choose(struct coder *c, struct slab_col *col)
{
    struct need best, n;
    need_of_whole(c, &best);
    col->parent = SLAB_WHOLE;
    col->tables = 1;
    if (best.all <= 2) {
        return best;
    }
    if (c->seen) {
        need_of_sectors(c, &n);
        if (cost_bits(c, n) < cost_bits(c, best)) {
            best = n;
            col->parent = SLAB_BY_SECTOR;
            col->tables = SECTORS;
        }
    }
    need_of_places(c, &n);
    if (cost_bits(c, n) < cost_bits(c, best)) {
        best = n;
        col->parent = SLAB_BY_PLACE;
        col->tables = c->s->places;
    }
    return best;
}

static int int32_cmp(const void *pa, const void *pb)
{
    int32_t a = *(const int32_t *)pa, b = *(const int32_t *)pb;
    return a < b ? -1 : a > b;
}

uint32_t slab_table(const struct slab_col *c, const struct slab_group *g)
{
    return c->parent == SLAB_WHOLE ? 0 : c->parent == SLAB_BY_SECTOR ? g->sector : g->place_index;
}

/* The groups that use table t follow each other only for places; for the rest all are looked at. */
static void table_groups(const struct slab *s, const struct slab_col *col, uint32_t t,
                         uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = s->groups;
    if (col->parent != SLAB_BY_PLACE) {
        return;
    }
    uint32_t lo = 0, hi = s->groups;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (s->group[mid].place_index < t) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *from = lo;
    while (lo < s->groups && s->group[lo].place_index == t) {
        lo++;
    }
    *to = lo;
}

/* Collects the values of table t, sorted; stamps are t + 1 (they were cleared). */
static uint32_t collect(struct coder *c, const struct slab_col *col, uint32_t t, int32_t *out)
{
    uint32_t n = 0, from, to;
    table_groups(c->s, col, t, &from, &to);
    for (uint32_t g = from; g < to; g++) {
        if (slab_table(col, &c->s->group[g]) != t) {
            continue;
        }
        for (uint64_t i = c->s->group[g].first_row; i < c->s->group[g + 1].first_row; i++) {
            uint32_t *stamp = &c->stamp[slot_of(c, c->v[i])];
            if (*stamp != t + 1) {
                *stamp = t + 1;
                out[n++] = c->v[i];
            }
        }
    }
    qsort(out, n, sizeof(*out), int32_cmp);
    return n;
}

/* Stores `code` at bit row % 64 of each plane. */
static void put_code(struct slab_col *col, uint64_t row, uint32_t code)
{
    for (int b = 0; code != 0; b++, code >>= 1) {
        if (code & 1) {
            col->plane[b][row >> 6] |= 1ull << (row & 63);
        }
    }
}

/* Codes of all rows that use table t; stamps become codes + 1 of this table. */
static void encode(struct coder *c, struct slab_col *col, uint32_t t)
{
    uint32_t from, to;
    table_groups(c->s, col, t, &from, &to);
    for (uint32_t i = col->table[t]; i < col->table[t + 1]; i++) {
        c->stamp[slot_of(c, col->value[i])] = i - col->table[t];
    }
    for (uint32_t g = from; g < to; g++) {
        if (slab_table(col, &c->s->group[g]) != t) {
            continue;
        }
        for (uint64_t i = c->s->group[g].first_row; i < c->s->group[g + 1].first_row; i++) {
            put_code(col, i, c->stamp[slot_of(c, c->v[i])]);
        }
    }
}

static int alloc_planes(struct slab_col *col, uint64_t rows, struct err *err)
{
    for (int b = 0; b < col->width; b++) {
        col->plane[b] = mem_calloc(MEM_DATA, slab_words(rows), sizeof(uint64_t));
        if (!col->plane[b]) {
            return no_memory(err);
        }
    }
    return 0;
}

static int fill_col(struct coder *c, struct slab_col *col, struct need need, struct err *err)
{
    col->width = width_for(need.largest);
    if (col->width > SLAB_WIDTH_MAX) {
        return err_set(err, ERR_LIMIT, "a column has more than %d values", 1 << SLAB_WIDTH_MAX);
    }
    col->table = mem_calloc(MEM_DATA, (size_t)col->tables + 1, sizeof(*col->table));
    col->value = mem_alloc(MEM_DATA, need.all * sizeof(*col->value));
    if (!col->table || !col->value) {
        return no_memory(err);
    }
    memset(c->stamp, 0, c->span * sizeof(*c->stamp));
    for (uint32_t t = 0; t < col->tables; t++) {
        col->table[t + 1] = col->table[t] + collect(c, col, t, col->value + col->table[t]);
    }
    ASSERT(col->table[col->tables] == need.all);
    TRY(alloc_planes(col, c->n, err));
    for (uint32_t t = 0; col->width > 0 && t < col->tables; t++) {
        encode(c, col, t);
    }
    return 0;
}

static int pack_col(const struct slab *s, struct slab_col *col, const int32_t *v, size_t n,
                    struct err *err)
{
    struct coder c;
    int rc = coder_init(&c, s, v, n, err);
    if (rc == 0) {
        struct need need = choose(&c, col);
        rc = fill_col(&c, col, need, err);
    }
    coder_fini(&c);
    return rc;
}

/* ---- building ---- */

static bool all_ones(const int32_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i] != 1) {
            return false;
        }
    }
    return true;
}

static int pack_all(struct slab *s, const struct input *in, struct err *err)
{
    const int32_t *count = in->r->count + in->first;
    s->weighted = !all_ones(count, in->n);
    if (s->weighted) {
        TRY(pack_col(s, &s->count, count, in->n, err));
    }
    for (size_t a = 0; a < s->schema->n; a++) {
        ASSERT(!in->r->local[a]);
        TRY(cancel_check(in->cancel, err));
        if (in->r->attr[a]) {
            TRY(pack_col(s, &s->attr[a], in->r->attr[a] + in->first, in->n, err));
        }
    }
    return 0;
}

static void find_days(const struct input *in, int32_t *min, int32_t *max)
{
    *min = INT32_MAX;
    *max = INT32_MIN;
    for (size_t i = in->first; i < in->first + in->n; i++) {
        *min = in->r->day[i] < *min ? in->r->day[i] : *min;
        *max = in->r->day[i] > *max ? in->r->day[i] : *max;
    }
}

int slab_new(const struct rows *r, size_t first, size_t n, const struct place_tree *tree,
             uint64_t id, struct slab **out, struct err *err)
{
    return slab_pack(r, first, n, tree, id, NULL, out, err);
}

int slab_pack(const struct rows *r, size_t first, size_t n, const struct place_tree *tree,
              uint64_t id, const struct cancel *cancel, struct slab **out, struct err *err)
{
    ASSERT(n > 0 && n <= SLAB_ROWS_MAX && first + n <= r->n);
    struct input in = {r, first, n, tree, cancel};
    uint32_t groups, runs;
    int32_t day_min, day_max;
    find_days(&in, &day_min, &day_max);
    if (day_max - day_min > UINT16_MAX) {
        return err_set(err, ERR_LIMIT, "the days of a slab span more than %d", UINT16_MAX);
    }
    count_parts(&in, &groups, &runs);
    struct slab *s = slab_alloc(r->schema, n, groups, runs);
    if (!s) {
        return no_memory(err);
    }
    s->id = id;
    s->tree_version = tree->version;
    s->day_min = day_min;
    s->day_max = day_max;
    fill_parts(s, &in);
    int rc = pack_all(s, &in, err);
    if (rc < 0) {
        slab_unref(s);
        return rc;
    }
    *out = s;
    return 0;
}

/* ---- reading ---- */

uint32_t slab_code(const struct slab_col *c, uint64_t row)
{
    uint32_t code = 0;
    for (int b = 0; b < c->width; b++) {
        code |= (uint32_t)((c->plane[b][row >> 6] >> (row & 63)) & 1) << b;
    }
    return code;
}

void slab_unpack(const struct slab_col *c, const struct slab_group *g, uint64_t first, size_t n,
                 int32_t *out)
{
    const int32_t *value = c->tables ? c->value + c->table[slab_table(c, g)] : NULL;
    for (size_t i = 0; i < n; i++) {
        out[i] = value ? value[slab_code(c, first + i)] : ATTR_NULL;
    }
}

uint32_t slab_find(const struct slab *s, uint32_t order)
{
    uint32_t lo = 0, hi = s->groups;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->group[mid].place < order) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* Sum of n row counts, four at a time in the halves of two words: no carry passes between them
 * for the 16,384 steps that a group can have at most before they are folded. */
static uint64_t sum_rows(const uint16_t *v, size_t n)
{
    const uint64_t low = 0x0000FFFF0000FFFFull;
    uint64_t sum = 0, total = 0;
    size_t i = 0;
    while (i + 4 <= n) {
        size_t stop = n - i > 1 << 15 ? i + (1 << 15) : n;
        for (sum = 0; i + 4 <= stop; i += 4) {
            uint64_t x;
            memcpy(&x, v + i, sizeof(x));
            sum += (x & low) + ((x >> 16) & low);
        }
        total += (sum & UINT32_MAX) + (sum >> 32);
    }
    for (; i < n; i++) {
        total += v[i];
    }
    return total;
}

/* First run from lo to hi - 1 whose day is not before `day`. */
static uint32_t find_run(const struct slab *s, uint32_t lo, uint32_t hi, int32_t day)
{
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->day_min + (int32_t)s->run_day[mid] < day) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

void slab_seek(const struct slab *s, uint32_t g, int32_t day, uint32_t *run, uint64_t *row)
{
    uint32_t first = s->group[g].first_run;
    *run = find_run(s, first, s->group[g + 1].first_run, day);
    *row = s->group[g].first_row + sum_rows(s->run_rows + first, *run - first);
}

void slab_span(const struct slab *s, uint32_t g, int32_t from, int32_t to, uint64_t *first,
               uint64_t *n)
{
    uint32_t run, end;
    slab_seek(s, g, from, &run, first);
    end = find_run(s, run, s->group[g + 1].first_run, to);
    *n = sum_rows(s->run_rows + run, end - run);
}

int64_t slab_run_count(const struct slab *s, const struct slab_group *g, uint32_t run, uint64_t row)
{
    if (!s->weighted) {
        return s->run_rows[run];
    }
    const int32_t *value = s->count.value + s->count.table[slab_table(&s->count, g)];
    int64_t sum = 0;
    for (uint64_t i = row; i < row + s->run_rows[run]; i++) {
        sum += value[slab_code(&s->count, i)];
    }
    return sum;
}

static int rows_of_group(const struct slab *s, uint32_t g, struct rows *r, struct err *err)
{
    uint64_t row = s->group[g].first_row;
    for (uint32_t k = s->group[g].first_run; k < s->group[g + 1].first_run; k++) {
        for (uint32_t i = 0; i < s->run_rows[k]; i++, row++) {
            int32_t count = 1;
            if (s->weighted) {
                slab_unpack(&s->count, &s->group[g], row, 1, &count);
            }
            TRY(rows_add(r, s->group[g].id, s->group[g].sector, s->day_min + s->run_day[k], count,
                         err));
        }
    }
    return 0;
}

int slab_to_rows(const struct slab *s, uint32_t from, uint32_t to, struct rows *r, struct err *err)
{
    size_t first = r->n;
    uint32_t lo = slab_find(s, from), hi = slab_find(s, to);
    uint64_t skipped = s->group[lo].first_row;
    for (uint32_t g = lo; g < hi; g++) {
        TRY(rows_of_group(s, g, r, err));
    }
    for (size_t a = 0; a < s->schema->n; a++) {
        if (!s->attr[a].tables || r->n == first) {
            continue;
        }
        TRY(rows_need(r, (int)a, err));
        for (uint32_t g = lo; g < hi; g++) {
            uint64_t row = s->group[g].first_row;
            slab_unpack(&s->attr[a], &s->group[g], row, s->group[g + 1].first_row - row,
                        r->attr[a] + first + (row - skipped));
        }
    }
    return 0;
}

/* ---- another tree ---- */

bool slab_groups_sorted(const struct slab *s)
{
    for (uint32_t g = 1; g < s->groups; g++) {
        uint64_t a = (uint64_t)s->group[g - 1].place << 8 | s->group[g - 1].sector;
        uint64_t b = (uint64_t)s->group[g].place << 8 | s->group[g].sector;
        if (a >= b) {
            return false;
        }
    }
    return true;
}

int slab_resort(const struct slab *s, const struct place_tree *tree, struct slab **out,
                struct err *err)
{
    struct rows r;
    rows_init(&r, MEM_DATA, s->schema);
    int rc = slab_to_rows(s, 0, UINT32_MAX, &r, err);
    rc = rc < 0 ? rc : rows_sort(&r, tree, err);
    rc = rc < 0 ? rc : slab_new(&r, 0, r.n, tree, s->id, out, err);
    rows_fini(&r);
    return rc;
}

/* A slab that shares everything with s but the groups, whose orders are the tree's. */
static struct slab *share(struct slab *s, const struct place_tree *tree)
{
    struct slab_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    struct slab_group *group = mem_alloc(MEM_DATA, (s->groups + 1ull) * sizeof(*group));
    if (!b || !group) {
        mem_free(MEM_DATA, b);
        mem_free(MEM_DATA, group);
        return NULL;
    }
    struct slab *origin = ((struct slab_box *)s)->origin;
    b->view = *s;
    b->view.group = group;
    b->view.tree_version = tree->version;
    b->origin = slab_ref(origin ? origin : s);
    atomic_init(&b->refs, 1);
    memcpy(group, s->group, (s->groups + 1ull) * sizeof(*group));
    for (uint32_t g = 0; g < s->groups; g++) {
        group[g].place = place_order(tree, group[g].id);
    }
    return &b->view;
}

int slab_retree(struct slab *s, const struct place_tree *tree, struct slab **out, struct err *err)
{
    if (s->tree_version == tree->version) {
        *out = slab_ref(s);
        return 0;
    }
    for (uint32_t g = 0; g < s->groups; g++) {
        if (place_order(tree, s->group[g].id) == PLACE_NONE) {
            return err_set(err, ERR_CORRUPT, "a slab names place id %u, which is not there",
                           s->group[g].id);
        }
    }
    struct slab *moved = share(s, tree);
    if (!moved) {
        return no_memory(err);
    }
    if (slab_groups_sorted(moved)) {
        *out = moved;
        return 0;
    }
    slab_unref(moved);
    return slab_resort(s, tree, out, err);
}
