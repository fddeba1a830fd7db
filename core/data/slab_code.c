/* SPDX-License-Identifier: MIT
 *
 * The stored form of a slab. Layout, little-endian:
 *
 *   header  64 bytes: magic "PSL1", u32 crc32c of the 56 bytes that follow, u64 slab id, u64 rows,
 *           i64 registrations, u32 groups, u32 runs, u32 columns, i32 first day, i32 last day,
 *           u32 weighted, u64 bytes of all sections
 *   section 24 bytes: u32 number, u32 crc32c, u64 bytes, u64 zero; then the payload
 *
 * Sections in order: GROUPS (place ids, first runs, sectors), RUNS (days, rows), COUNT, one ATTR
 * for each attribute of the schema. A column is: u32 kind of table, u32 width, u32 tables, u32
 * entries; the tables' ends, the entries, padding to 8 bytes, the planes without their spare words.
 *
 * A section's checksum starts from the slab's id and the section's number, so that a section of
 * another slab, or at another place, does not pass. Decoding trusts nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "kernel_int.h"
#include "slab_int.h"

enum { HEADER_BYTES = 64, SECTION_BYTES = 24, COL_BYTES = 16 };
static const char magic[4] = {'P', 'S', 'L', '1'};

struct header {
    uint64_t id, rows;
    int64_t registrations;
    uint32_t groups, runs, columns;
    int32_t day_min, day_max;
    uint32_t weighted;
    uint64_t bytes;
};
STATIC_ASSERT(sizeof(struct header) == HEADER_BYTES - 8, "the header has no padding");

struct section {
    uint32_t number, crc;
    uint64_t bytes, zero;
};
STATIC_ASSERT(sizeof(struct section) == SECTION_BYTES, "a section's head has no padding");

static uint32_t section_crc(uint64_t id, uint32_t number, const char *p, size_t n)
{
    uint64_t seed[2] = {id, number};
    return crc32c(crc32c(0, seed, sizeof(seed)), p, n);
}

/* ---- encode ---- */

static void pad8(struct buf *out, size_t from)
{
    while (!out->failed && (out->n - from) % 8 != 0) {
        buf_char(out, 0);
    }
}

static size_t section_open(struct buf *out)
{
    static const struct section empty;
    size_t at = out->n;
    buf_put(out, &empty, sizeof(empty));
    return at;
}

static void section_close(struct buf *out, size_t at, uint64_t id, uint32_t number)
{
    pad8(out, at);
    if (out->failed) {
        return;
    }
    struct section head = {.number = number, .bytes = out->n - at - SECTION_BYTES};
    head.crc = section_crc(id, number, out->p + at + SECTION_BYTES, (size_t)head.bytes);
    memcpy(out->p + at, &head, sizeof(head));
}

static void encode_groups(const struct slab *s, struct buf *out)
{
    for (uint32_t g = 0; g < s->groups; g++) {
        buf_put(out, &s->group[g].id, 4);
    }
    for (uint32_t g = 0; g < s->groups; g++) {
        buf_put(out, &s->group[g].first_run, 4);
    }
    for (uint32_t g = 0; g < s->groups; g++) {
        buf_char(out, (char)s->group[g].sector);
    }
}

static void encode_col(const struct slab_col *c, uint64_t rows, struct buf *out)
{
    size_t start = out->n;
    uint32_t entries = c->tables ? c->table[c->tables] : 0;
    uint32_t head[4] = {(uint32_t)c->parent, c->width, c->tables, entries};
    buf_put(out, head, sizeof(head));
    if (c->tables) {
        buf_put(out, c->table + 1, c->tables * sizeof(*c->table));
        buf_put(out, c->value, entries * sizeof(*c->value));
    }
    pad8(out, start);
    for (int b = 0; b < c->width; b++) {
        buf_put(out, c->plane[b], (size_t)((rows + 63) / 64) * 8);
    }
}

static void encode_sections(const struct slab *s, struct buf *out)
{
    uint32_t number = 0;
    size_t at = section_open(out);
    encode_groups(s, out);
    section_close(out, at, s->id, number++);
    at = section_open(out);
    buf_put(out, s->run_day, s->runs * sizeof(*s->run_day));
    buf_put(out, s->run_rows, s->runs * sizeof(*s->run_rows));
    section_close(out, at, s->id, number++);
    for (size_t i = 0; i <= s->schema->n; i++) {
        at = section_open(out);
        encode_col(i == 0 ? &s->count : &s->attr[i - 1], s->rows, out);
        section_close(out, at, s->id, number++);
    }
}

int slab_encode(const struct slab *s, struct buf *out, struct err *err)
{
    static const char empty[HEADER_BYTES];
    size_t start = out->n;
    buf_put(out, empty, HEADER_BYTES);
    encode_sections(s, out);
    TRY(buf_check(out, err));
    struct header h = {s->id,
                       s->rows,
                       s->registrations,
                       s->groups,
                       s->runs,
                       (uint32_t)s->schema->n,
                       s->day_min,
                       s->day_max,
                       s->weighted,
                       out->n - start - HEADER_BYTES};
    uint32_t crc = crc32c(0, &h, sizeof(h));
    memcpy(out->p + start, magic, 4);
    memcpy(out->p + start + 4, &crc, 4);
    memcpy(out->p + start + 8, &h, sizeof(h));
    return 0;
}

/* ---- decode ---- */

struct reader {
    struct str in;
    size_t at;
    uint64_t id;
    uint32_t number; /* of the next section */
    struct err *err;
};

static int damaged(const struct reader *r, const char *what)
{
    return err_set(r->err, ERR_CORRUPT, "slab %llu is damaged: %s", (unsigned long long)r->id,
                   what);
}

static int read_header(struct reader *r, struct header *h, size_t columns)
{
    uint32_t crc;
    if (r->in.n < HEADER_BYTES || memcmp(r->in.p, magic, 4) != 0) {
        return damaged(r, "no header");
    }
    memcpy(&crc, r->in.p + 4, 4);
    memcpy(h, r->in.p + 8, sizeof(*h));
    if (crc != crc32c(0, h, sizeof(*h))) {
        return damaged(r, "its header does not match its checksum");
    }
    if (h->id != r->id) {
        return damaged(r, "it is another slab");
    }
    if (h->columns > columns ||
        h->columns <= ATTR_BATCH) { /* what was declared later comes behind */
        return damaged(r, "it has other columns than this server");
    }
    r->at = HEADER_BYTES;
    bool sane = h->bytes == r->in.n - HEADER_BYTES && h->rows > 0 && h->rows <= SLAB_ROWS_MAX &&
                h->groups > 0 && h->groups <= h->runs && h->runs <= h->rows && h->weighted <= 1 &&
                h->day_min >= DAY_MIN && h->day_max <= DAY_MAX && h->day_min <= h->day_max;
    return sane ? 0 : damaged(r, "its numbers make no sense");
}

static int read_section(struct reader *r, struct str *payload)
{
    struct section head;
    if (r->in.n - r->at < SECTION_BYTES) {
        return damaged(r, "it ends too early");
    }
    memcpy(&head, r->in.p + r->at, sizeof(head));
    r->at += SECTION_BYTES;
    if (head.number != r->number || head.zero != 0 || head.bytes > r->in.n - r->at) {
        return damaged(r, "a section's head is wrong");
    }
    *payload = (struct str){r->in.p + r->at, (size_t)head.bytes};
    if (section_crc(r->id, r->number, payload->p, payload->n) != head.crc) {
        return damaged(r, "a section does not match its checksum");
    }
    r->at += payload->n;
    r->number++;
    return 0;
}

static size_t padded(size_t n)
{
    return (n + 7) / 8 * 8;
}

static int read_groups(struct reader *r, struct slab *s, const struct place_tree *tree)
{
    struct str in;
    size_t n = s->groups;
    TRY(read_section(r, &in));
    if (in.n != padded(n * 9)) {
        return damaged(r, "its groups have another size");
    }
    for (size_t g = 0; g < n; g++) {
        struct slab_group *x = &s->group[g];
        memcpy(&x->id, in.p + g * 4, 4);
        memcpy(&x->first_run, in.p + n * 4 + g * 4, 4);
        x->sector = (uint8_t)in.p[n * 8 + g];
        x->place = place_order(tree, x->id);
        bool other = g > 0 && x->id != s->group[g - 1].id;
        x->place_index = g == 0 ? 0 : s->group[g - 1].place_index + other;
        if (x->place == PLACE_NONE) {
            return damaged(r, "it names a place that is not there");
        }
        bool after = g == 0 ? x->first_run == 0 : x->first_run > s->group[g - 1].first_run;
        if (!after || x->first_run >= s->runs || x->sector > list_sectors.n) {
            return damaged(r, "its groups make no sense");
        }
    }
    s->places = s->group[n - 1].place_index + 1;
    s->group[n] =
        (struct slab_group){.place = PLACE_NONE, .first_run = s->runs, .first_row = s->rows};
    return 0;
}

static int read_runs(struct reader *r, struct slab *s)
{
    struct str in;
    size_t n = s->runs;
    uint64_t row = 0;
    TRY(read_section(r, &in));
    if (in.n != padded(n * 4)) {
        return damaged(r, "its runs have another size");
    }
    memcpy(s->run_day, in.p, n * 2);
    memcpy(s->run_rows, in.p + n * 2, n * 2);
    for (uint32_t g = 0; g < s->groups; g++) {
        s->group[g].first_row = row;
        for (uint32_t k = s->group[g].first_run; k < s->group[g + 1].first_run; k++) {
            bool first = k == s->group[g].first_run;
            if (s->run_rows[k] == 0 || (!first && s->run_day[k] < s->run_day[k - 1]) ||
                s->run_day[k] > s->day_max - s->day_min) {
                return damaged(r, "its runs make no sense");
            }
            row += s->run_rows[k];
        }
    }
    return row == s->rows ? 0 : damaged(r, "its runs do not add up to its rows");
}

/* Tables: ends that do not fall, entries that rise, no table larger than the width can name. */
static int check_tables(struct reader *r, const struct slab_col *c)
{
    for (uint32_t t = 0; t < c->tables; t++) {
        if (c->table[t] > c->table[t + 1] || c->table[t + 1] - c->table[t] > 1u << c->width) {
            return damaged(r, "a column's tables make no sense");
        }
        for (uint32_t i = c->table[t] + 1; i < c->table[t + 1]; i++) {
            if (c->value[i - 1] >= c->value[i]) {
                return damaged(r, "a column's values are out of order");
            }
        }
    }
    return 0;
}

static int read_tables(struct reader *r, struct slab_col *c, struct str in, uint32_t entries)
{
    size_t bytes = COL_BYTES + ((size_t)c->tables + entries) * 4;
    if (in.n < padded(bytes)) {
        return damaged(r, "a column's tables are cut short");
    }
    c->table = mem_calloc(MEM_DATA, (size_t)c->tables + 1, sizeof(*c->table));
    c->value = mem_alloc(MEM_DATA, entries * sizeof(*c->value));
    if (!c->table || !c->value) {
        return err_set(r->err, ERR_MEM, "no memory for a slab");
    }
    memcpy(c->table + 1, in.p + COL_BYTES, c->tables * sizeof(*c->table));
    memcpy(c->value, in.p + COL_BYTES + c->tables * 4ull, entries * sizeof(*c->value));
    if (c->table[c->tables] != entries) {
        return damaged(r, "a column's tables do not end where its values do");
    }
    for (uint32_t t = 0; t < c->tables; t++) {
        if (c->table[t + 1] > entries) {
            return damaged(r, "a column's tables make no sense");
        }
    }
    return check_tables(r, c);
}

static int read_planes(struct reader *r, struct slab_col *c, const char *p, uint64_t rows)
{
    size_t bytes = (size_t)((rows + 63) / 64) * 8;
    for (int b = 0; b < c->width; b++) {
        c->plane[b] = mem_calloc(MEM_DATA, slab_words(rows), sizeof(uint64_t));
        if (!c->plane[b]) {
            return err_set(r->err, ERR_MEM, "no memory for a slab");
        }
        memcpy(c->plane[b], p + (size_t)b * bytes, bytes);
    }
    return 0;
}

/* Rows of word w whose code is below `entries`, compared bit by bit from the highest down: `same`
 * are those that are like `entries` so far, at most 2^width - 1. */
static uint64_t rows_below(const struct slab_col *c, uint64_t w, uint32_t entries)
{
    uint64_t below = 0, same = ~0ull;
    for (int b = c->width; b-- > 0;) {
        uint64_t plane = c->plane[b][w];
        if (entries >> b & 1) {
            below |= same & ~plane;
            same &= plane;
        } else {
            same &= ~plane;
        }
    }
    return below;
}

/* Every row's code must name an entry of its table. */
static bool group_codes_ok(const struct slab_col *c, const struct slab_group *g)
{
    uint32_t t = slab_table(c, g);
    uint32_t entries = c->table[t + 1] - c->table[t];
    uint64_t first = g->first_row, end = g[1].first_row, outside = 0;
    if (entries == 1u << c->width) {
        return true;
    }
    for (uint64_t w = first / 64; w * 64 < end; w++) {
        outside |= kernel_rows_mask(w, first, end) & ~rows_below(c, w, entries);
    }
    return outside == 0;
}

static int check_codes(struct reader *r, const struct slab *s, const struct slab_col *c)
{
    for (uint32_t g = 0; g < s->groups; g++) {
        if (!group_codes_ok(c, &s->group[g])) {
            return damaged(r, "a row has a code without a value");
        }
    }
    return 0;
}

static int read_col(struct reader *r, const struct slab *s, struct slab_col *c, bool *present)
{
    struct str in;
    uint32_t head[4];
    TRY(read_section(r, &in));
    if (in.n < COL_BYTES) {
        return damaged(r, "a column has no head");
    }
    memcpy(head, in.p, sizeof(head));
    *present = head[2] > 0;
    if (!*present) {
        return in.n == COL_BYTES && head[0] == 0 && head[1] == 0 && head[3] == 0
                   ? 0
                   : damaged(r, "an empty column is not empty");
    }
    uint32_t tables = head[0] == SLAB_WHOLE ? 1 : head[0] == SLAB_BY_SECTOR ? 32 : s->places;
    if (head[0] > SLAB_BY_PLACE || head[1] > SLAB_WIDTH_MAX || head[2] != tables ||
        head[3] > s->rows) {
        return damaged(r, "a column's head makes no sense");
    }
    c->parent = (enum slab_parent)head[0];
    c->width = (uint8_t)head[1];
    c->tables = tables;
    TRY(read_tables(r, c, in, head[3]));
    size_t planes = padded(COL_BYTES + ((size_t)tables + head[3]) * 4);
    if (in.n != planes + c->width * (size_t)((s->rows + 63) / 64) * 8) {
        return damaged(r, "a column has another size");
    }
    TRY(read_planes(r, c, in.p + planes, s->rows));
    return check_codes(r, s, c);
}

static int check_attr(struct reader *r, const struct attr *a, const struct slab_col *c,
                      int32_t dict_count)
{
    int64_t most = a->kind == ATTR_TEXT     ? (int64_t)dict_count - 1
                   : a->kind == ATTR_CHOICE ? (int64_t)a->list->n - 1
                                            : a->max;
    int64_t least = a->kind == ATTR_INT ? a->min : 0;
    for (uint32_t i = 0; i < c->table[c->tables]; i++) {
        if (c->value[i] != ATTR_NULL && (c->value[i] < least || c->value[i] > most)) {
            return damaged(r, "a value is none of its column's");
        }
    }
    return 0;
}

/* Counts are never NULL, which would stand first in a table. */
static int check_counts(struct reader *r, const struct slab_col *c)
{
    for (uint32_t i = 0; c->tables > 0 && i < c->table[c->tables]; i++) {
        if (c->value[i] == ATTR_NULL) {
            return damaged(r, "a row has no count");
        }
    }
    return 0;
}

static int add_up(struct reader *r, struct slab *s, int64_t registrations)
{
    int64_t sum = s->weighted ? 0 : (int64_t)s->rows;
    for (uint32_t g = 0; s->weighted && g < s->groups; g++) {
        const int32_t *value = s->count.value + s->count.table[slab_table(&s->count, &s->group[g])];
        for (uint64_t i = s->group[g].first_row; i < s->group[g + 1].first_row; i++) {
            sum += value[slab_code(&s->count, i)];
        }
    }
    s->registrations = sum;
    return sum == registrations ? 0 : damaged(r, "its counts do not add up");
}

static int read_body(struct reader *r, struct slab *s, const struct header *h,
                     const int32_t *dict_counts, const struct place_tree *tree)
{
    bool present;
    TRY(read_groups(r, s, tree));
    TRY(read_runs(r, s));
    TRY(read_col(r, s, &s->count, &present));
    if (present != s->weighted) {
        return damaged(r, "its counts are not where they should be");
    }
    TRY(check_counts(r, &s->count));
    for (size_t a = 0; a < h->columns; a++) {
        TRY(read_col(r, s, &s->attr[a], &present));
        if (present) {
            TRY(check_attr(r, &s->schema->attr[a], &s->attr[a], dict_counts[a]));
        }
    }
    if (r->at != r->in.n) {
        return damaged(r, "there is more behind its end");
    }
    return add_up(r, s, h->registrations);
}

int slab_decode(struct str bytes, uint64_t id, const struct schema *schema,
                const int32_t *dict_counts, const struct place_tree *tree, struct slab **out,
                struct err *err)
{
    struct reader r = {.in = bytes, .id = id, .err = err};
    struct header h;
    TRY(read_header(&r, &h, schema->n));
    if (h.groups * 9ull > bytes.n || h.runs * 4ull > bytes.n) {
        return damaged(&r, "it has more groups or runs than bytes");
    }
    struct slab *s = slab_alloc(schema, h.rows, h.groups, h.runs);
    if (!s) {
        return err_set(err, ERR_MEM, "no memory for a slab of %llu rows",
                       (unsigned long long)h.rows);
    }
    s->id = id;
    s->tree_version = tree->version;
    s->day_min = h.day_min;
    s->day_max = h.day_max;
    s->weighted = h.weighted;
    int rc = read_body(&r, s, &h, dict_counts, tree);
    if (rc == 0 && !slab_groups_sorted(s)) {
        struct slab *sorted = NULL;
        rc = slab_resort(s, tree, &sorted, err);
        slab_unref(s);
        s = sorted;
    }
    if (rc < 0) {
        slab_unref(s);
        return rc;
    }
    *out = s;
    return 0;
}

bool slab_is_whole(struct str bytes, uint64_t id)
{
    struct reader r = {.in = bytes, .id = id};
    struct header h;
    uint32_t crc;
    struct str payload;
    if (bytes.n < HEADER_BYTES) {
        return false;
    }
    memcpy(&crc, bytes.p + 4, 4);
    memcpy(&h, bytes.p + 8, sizeof(h));
    r.at = HEADER_BYTES;
    bool whole = memcmp(bytes.p, magic, 4) == 0 && crc == crc32c(0, &h, sizeof(h)) && h.id == id &&
                 h.bytes == bytes.n - HEADER_BYTES;
    while (whole && r.at < bytes.n) {
        whole = read_section(&r, &payload) == 0;
    }
    return whole;
}
