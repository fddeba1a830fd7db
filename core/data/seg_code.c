/* SPDX-License-Identifier: MIT
 *
 * The stored form of a segment. Layout, little-endian:
 *
 *   header  48 bytes: magic "PSG2", u32 crc32c of the 40 bytes that follow, u64 segment id,
 *           u64 rows, u64 runs, u32 columns (attributes of the schema), u32 bytes of all
 *           sections modulo 2^32, i64 registrations
 *   section 12 bytes: u32 kind, u32 bytes, u32 crc32c; then the payload, padded to 8 bytes
 *
 * Sections in order: the rows, place ids, days and sectors of the runs, COUNT, then one ATTR for
 * each attribute of the schema; all are packed columns. Files made before have "PSG1" and one
 * section for the runs, whose four arrays are plain: they are still read. The checksum of a
 * section starts from the segment's id and the section's number, so that a section of another
 * segment, or at another place, does not pass.
 *
 * Encoding and decoding assert and check the same things; decoding trusts nothing. */
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "data/seg.h"
#include "seg_int.h"

enum { HEADER_BYTES = 48, SECTION_BYTES = 16, COL_BYTES = 16 };
static const char magic[4] = {'P', 'S', 'G', '2'};
static const char magic_before[4] = {'P', 'S', 'G', '1'};

STATIC_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the stored form is little-endian");

/* ---- encode ---- */

static void put_u32(struct buf *b, uint32_t v)
{
    buf_put(b, &v, sizeof(v));
}

static void put_u64(struct buf *b, uint64_t v)
{
    buf_put(b, &v, sizeof(v));
}

static uint32_t section_crc(uint64_t id, uint32_t number, const char *p, size_t n)
{
    uint64_t seed[2] = {id, number};
    return crc32c(crc32c(0, seed, sizeof(seed)), p, n);
}

/* A section's head is written before its size is known and filled in behind. */
static size_t section_open(struct buf *out)
{
    size_t at = out->n;
    for (int i = 0; i < SECTION_BYTES / 8; i++) {
        put_u64(out, 0);
    }
    return at;
}

static void section_close(struct buf *out, size_t at, uint64_t id, uint32_t number)
{
    while (!out->failed && (out->n - at) % 8 != 0) {
        buf_char(out, 0);
    }
    if (out->failed) {
        return;
    }
    size_t bytes = out->n - at - SECTION_BYTES;
    ASSERT(bytes <= UINT32_MAX);
    uint32_t head[4] = {number, (uint32_t)bytes,
                        section_crc(id, number, out->p + at + SECTION_BYTES, bytes), 0};
    memcpy(out->p + at, head, sizeof(head));
}

static void encode_col(const struct seg_col *c, uint64_t rows, struct buf *out)
{
    uint32_t flags = (uint32_t)c->present | (uint32_t)c->nulls << 1 | (uint32_t)c->width << 8;
    put_u32(out, flags);
    put_u32(out, (uint32_t)c->base);
    put_u32(out, (uint32_t)c->max);
    put_u32(out, 0);
    size_t words = seg_col_words(c->width, rows);
    if (words > 0) {
        buf_put(out, c->word, (words - 1) * sizeof(*c->word)); /* the spare word is not stored */
    }
}

enum { RUN_COLUMNS = 4 };

/* Column `which` of the runs, as values. */
static void run_values(const struct seg *s, int which, int32_t *v)
{
    for (uint32_t k = 0; k < s->runs; k++) {
        v[k] = which == 0   ? (int32_t)(s->run_row[k + 1] - s->run_row[k])
               : which == 1 ? (int32_t)s->run_id[k]
               : which == 2 ? s->run_day[k]
                            : (int32_t)s->run_sector[k];
    }
}

static int encode_run_column(const struct seg *s, const int32_t *v, uint32_t number,
                             struct buf *out, struct err *err)
{
    struct seg_col c;
    TRY(seg_col_pack(&c, v, s->runs, err));
    size_t at = section_open(out);
    encode_col(&c, s->runs, out);
    section_close(out, at, s->id, number);
    mem_free(MEM_DATA, c.word);
    return 0;
}

static int encode_runs(const struct seg *s, struct buf *out, uint32_t *number, struct err *err)
{
    int rc = 0;
    int32_t *v = mem_alloc(MEM_DATA, s->runs * sizeof(*v));
    if (!v) {
        return err_set(err, ERR_MEM, "no memory to store a segment");
    }
    for (int i = 0; i < RUN_COLUMNS && rc == 0; i++) {
        run_values(s, i, v);
        rc = encode_run_column(s, v, (*number)++, out, err);
    }
    mem_free(MEM_DATA, v);
    return rc;
}

/* What seg_encode appends, or a little more: asked for at once. */
static size_t encoded_bytes(const struct seg *s)
{
    size_t n = HEADER_BYTES + (RUN_COLUMNS + s->schema->n + 1) * (SECTION_BYTES + COL_BYTES + 8);
    n += (size_t)s->runs * 10;
    for (size_t i = 0; i <= s->schema->n; i++) {
        n += seg_col_words((i == 0 ? &s->count : &s->attr[i - 1])->width, s->rows) * 8;
    }
    return n;
}

int seg_encode(const struct seg *s, struct buf *out, struct err *err)
{
    ASSERT(s->rows > 0 && s->runs > 0 && s->run_row[s->runs] == s->rows);
    size_t start = out->n;
    if (!buf_reserve(out, encoded_bytes(s))) {
        return buf_check(out, err);
    }
    for (int i = 0; i < HEADER_BYTES / 8; i++) {
        put_u64(out, 0);
    }
    uint32_t number = 0;
    TRY(encode_runs(s, out, &number, err));
    for (size_t i = 0; i <= s->schema->n; i++) {
        size_t at = section_open(out);
        encode_col(i == 0 ? &s->count : &s->attr[i - 1], s->rows, out);
        section_close(out, at, s->id, number++);
    }
    TRY(buf_check(out, err));
    char *h = out->p + start;
    uint32_t tail[2] = {(uint32_t)s->schema->n, (uint32_t)(out->n - start - HEADER_BYTES)};
    uint64_t body[3] = {s->id, s->rows, s->runs};
    memcpy(h + 8, body, sizeof(body));
    memcpy(h + 32, tail, sizeof(tail));
    memcpy(h + 40, &s->registrations, 8);
    uint32_t crc = crc32c(0, h + 8, HEADER_BYTES - 8);
    memcpy(h, magic, 4);
    memcpy(h + 4, &crc, 4);
    return 0;
}

/* ---- decode ---- */

struct reader {
    struct str in;
    size_t at;
    uint64_t id;
    uint32_t number; /* of the next section */
    bool plain_runs; /* "PSG1" */
    struct err *err;
};

static int damaged(const struct reader *r, const char *what)
{
    return err_set(r->err, ERR_CORRUPT, "segment %llu is damaged: %s", (unsigned long long)r->id,
                   what);
}

struct header {
    uint64_t id, rows, runs;
    uint32_t columns, bytes;
    int64_t registrations;
};

static int read_header(struct reader *r, struct header *h, size_t columns)
{
    uint32_t crc;
    if (r->in.n < HEADER_BYTES) {
        return damaged(r, "no header");
    }
    r->plain_runs = memcmp(r->in.p, magic_before, 4) == 0;
    if (!r->plain_runs && memcmp(r->in.p, magic, 4) != 0) {
        return damaged(r, "no header");
    }
    memcpy(&crc, r->in.p + 4, 4);
    if (crc != crc32c(0, r->in.p + 8, HEADER_BYTES - 8)) {
        return damaged(r, "its header does not match its checksum");
    }
    memcpy(h, r->in.p + 8, HEADER_BYTES - 8);
    r->at = HEADER_BYTES;
    if (h->id != r->id) {
        return damaged(r, "it is another segment");
    }
    if (h->columns > columns ||
        h->columns <= ATTR_BATCH) { /* what was declared later comes behind */
        return damaged(r, "it has other columns than this server");
    }
    if (h->bytes != (uint32_t)(r->in.n - HEADER_BYTES)) {
        return damaged(r, "its length is not what the header says");
    }
    bool sane =
        h->rows > 0 && h->runs > 0 && h->runs <= h->rows && h->rows <= BATCH_ROWS_MAX * 8ull;
    return sane ? 0 : damaged(r, "its counts make no sense");
}

static int read_section(struct reader *r, struct str *payload)
{
    uint32_t head[4];
    if (r->in.n - r->at < SECTION_BYTES) {
        return damaged(r, "it ends too early");
    }
    memcpy(head, r->in.p + r->at, sizeof(head));
    r->at += SECTION_BYTES;
    if (head[0] != r->number || head[3] != 0 || head[1] > r->in.n - r->at) {
        return damaged(r, "a section's head is wrong");
    }
    *payload = (struct str){r->in.p + r->at, head[1]};
    if (section_crc(r->id, r->number, payload->p, payload->n) != head[2]) {
        return damaged(r, "a section does not match its checksum");
    }
    r->at += head[1];
    r->number++;
    return 0;
}

static size_t padded(size_t n)
{
    return (n + 7) / 8 * 8;
}

static int check_runs(struct reader *r, struct seg *s)
{
    s->run_row[s->runs] = (uint32_t)s->rows;
    s->day_min = INT32_MAX;
    s->day_max = INT32_MIN;
    bool ok = s->run_row[0] == 0;
    for (uint32_t i = 0; i < s->runs; i++) {
        ok = ok && s->run_row[i] < s->run_row[i + 1] && s->run_sector[i] <= list_sectors.n &&
             s->run_day[i] >= DAY_MIN && s->run_day[i] <= DAY_MAX;
        s->day_min = s->run_day[i] < s->day_min ? s->run_day[i] : s->day_min;
        s->day_max = s->run_day[i] > s->day_max ? s->run_day[i] : s->day_max;
    }
    return ok ? 0 : damaged(r, "its runs make no sense");
}

static int read_plain_runs(struct reader *r, struct seg *s)
{
    struct str in;
    size_t n = s->runs;
    TRY(read_section(r, &in));
    if (in.n != padded(n * 17)) {
        return damaged(r, "its runs have another size");
    }
    for (size_t k = 0; k < n; k++) {
        uint64_t row;
        memcpy(&row, in.p + k * 8, 8);
        if (row >= s->rows) {
            return damaged(r, "its runs make no sense");
        }
        s->run_row[k] = (uint32_t)row;
    }
    memcpy(s->run_id, in.p + n * 8, n * 4);
    memcpy(s->run_day, in.p + n * 12, n * 4);
    memcpy(s->run_sector, in.p + n * 16, n);
    return check_runs(r, s);
}

static int read_words(struct reader *r, struct seg_col *c, struct str in, uint64_t rows)
{
    size_t words = seg_col_words(c->width, rows);
    size_t stored = words > 0 ? (words - 1) * 8 : 0;
    if (in.n != padded(COL_BYTES + stored)) {
        return damaged(r, "a column has another size");
    }
    if (words == 0) {
        return 0;
    }
    c->word = mem_calloc(MEM_DATA, words, sizeof(*c->word));
    if (!c->word) {
        return err_set(r->err, ERR_MEM, "no memory for a segment");
    }
    memcpy(c->word, in.p + COL_BYTES, stored);
    return 0;
}

/* The zone of the header must be the zone of the values, or a scan that trusts it would err. A code
 * beyond 32 bits with its base may read as NULL, where there is none. */
static int check_values(struct reader *r, const struct seg_col *c, uint64_t rows)
{
    for (uint64_t i = 0; c->width > 0 && i < rows; i++) {
        int32_t v = seg_value(c, i);
        if (v == ATTR_NULL ? !c->nulls : v < c->base || v > c->max) {
            return damaged(r, "a value lies outside its column's range");
        }
    }
    return 0;
}

static int read_col(struct reader *r, struct seg_col *c, uint64_t rows)
{
    struct str in;
    uint32_t head[4];
    TRY(read_section(r, &in));
    if (in.n < COL_BYTES) {
        return damaged(r, "a column has no head");
    }
    memcpy(head, in.p, sizeof(head));
    *c = (struct seg_col){.width = (uint8_t)(head[0] >> 8),
                          .present = head[0] & 1,
                          .nulls = (head[0] >> 1) & 1,
                          .base = (int32_t)head[1],
                          .max = (int32_t)head[2]};
    bool ok = (head[0] >> 16) == 0 && (head[0] & 0xFC) == 0 && head[3] == 0 && c->width <= 32 &&
              c->base <= c->max && (c->present || (c->width == 0 && !c->nulls)) &&
              (c->width > 0 || !c->nulls);
    if (!ok) {
        return damaged(r, "a column's head makes no sense");
    }
    TRY(read_words(r, c, in, rows));
    return check_values(r, c, rows);
}

/* A column of the runs as values; each at least `least`. */
static int read_run_column(struct reader *r, const struct seg *s, int32_t least, int32_t *v)
{
    struct seg_col c = {0};
    int rc = read_col(r, &c, s->runs);
    if (rc == 0 && (!c.present || c.nulls || c.base < least)) {
        rc = damaged(r, "its runs make no sense");
    }
    if (rc == 0) {
        seg_unpack(&c, 0, s->runs, v);
    }
    mem_free(MEM_DATA, c.word);
    return rc;
}

/* From the rows of each run. */
static int number_rows(struct reader *r, struct seg *s, const int32_t *rows)
{
    uint64_t row = 0;
    for (uint32_t k = 0; k < s->runs; k++) {
        s->run_row[k] = (uint32_t)row;
        row += (uint32_t)rows[k];
        if (row > s->rows) {
            return damaged(r, "its runs make no sense");
        }
    }
    return row == s->rows ? 0 : damaged(r, "its runs make no sense");
}

static int read_run_columns(struct reader *r, struct seg *s, int32_t *v)
{
    TRY(read_run_column(r, s, 1, v));
    TRY(number_rows(r, s, v));
    TRY(read_run_column(r, s, 0, (int32_t *)s->run_id));
    TRY(read_run_column(r, s, DAY_MIN, s->run_day));
    TRY(read_run_column(r, s, 0, v));
    for (uint32_t k = 0; k < s->runs; k++) {
        s->run_sector[k] = v[k] <= UINT8_MAX ? (uint8_t)v[k] : UINT8_MAX;
    }
    return check_runs(r, s);
}

static int read_runs(struct reader *r, struct seg *s)
{
    if (r->plain_runs) {
        return read_plain_runs(r, s);
    }
    int32_t *v = mem_alloc(MEM_DATA, s->runs * sizeof(*v));
    if (!v) {
        return err_set(r->err, ERR_MEM, "no memory for a segment");
    }
    int rc = read_run_columns(r, s, v);
    mem_free(MEM_DATA, v);
    return rc;
}

/* Sums that are not stored, from the counts. */
static int add_up(struct reader *r, struct seg *s, int64_t registrations)
{
    TRY(seg_count_runs(s, r->err));
    return s->registrations == registrations
               ? 0
               : damaged(r, "its counts do not add up to what the header says");
}

static int check_attr(struct reader *r, const struct attr *a, const struct seg_col *c,
                      int32_t dict_count)
{
    if (!c->present) {
        return 0;
    }
    int64_t most = a->kind == ATTR_TEXT     ? (int64_t)dict_count - 1
                   : a->kind == ATTR_CHOICE ? (int64_t)a->list->n - 1
                                            : a->max;
    int64_t least = a->kind == ATTR_INT ? a->min : 0;
    return c->base >= least && c->max <= most ? 0 : damaged(r, "a value is none of its column's");
}

static int read_body(struct reader *r, struct seg *s, const struct header *h,
                     const int32_t *dict_counts)
{
    TRY(read_runs(r, s));
    TRY(read_col(r, &s->count, s->rows));
    if (!s->count.present || s->count.nulls || s->count.base == ATTR_NULL) {
        return damaged(r, "a row has no count");
    }
    for (size_t i = 0; i < h->columns; i++) {
        TRY(read_col(r, &s->attr[i], s->rows));
        TRY(check_attr(r, &s->schema->attr[i], &s->attr[i], dict_counts[i]));
    }
    if (r->at != r->in.n) {
        return damaged(r, "there is more behind its end");
    }
    return add_up(r, s, h->registrations);
}

/* With its runs as they were stored, which another tree may bring into another order. */
static int decode(struct str bytes, uint64_t id, const struct schema *schema,
                  const int32_t *dict_counts, const struct place_tree *tree, struct seg **out,
                  struct err *err)
{
    struct reader r = {.in = bytes, .id = id, .err = err};
    struct header h;
    TRY(read_header(&r, &h, schema->n));
    if (h.runs > bytes.n * 8) { /* no two are equal: a run takes a bit at least */
        return damaged(&r, "it has more runs than bytes");
    }
    struct seg *s = seg_alloc(schema, h.rows, (uint32_t)h.runs);
    if (!s) {
        return err_set(err, ERR_MEM, "no memory for a segment of %llu rows",
                       (unsigned long long)h.rows);
    }
    s->id = id;
    s->tree_version = tree->version;
    int rc = read_body(&r, s, &h, dict_counts);
    rc = rc < 0 ? rc : seg_map_runs(s->run_id, s->runs, tree, s->run_place, err);
    if (rc < 0) {
        seg_unref(s);
        return rc;
    }
    *out = s;
    return 0;
}

int seg_decode(struct str bytes, uint64_t id, const struct schema *schema,
               const int32_t *dict_counts, const struct place_tree *tree, struct seg **out,
               struct err *err)
{
    struct seg *s;
    TRY(decode(bytes, id, schema, dict_counts, tree, &s, err));
    if (seg_runs_sorted(s)) {
        *out = s;
        return 0;
    }
    int rc = seg_resort(s, tree, out, err);
    seg_unref(s);
    return rc;
}

int seg_decode_rows(struct str bytes, uint64_t id, const int32_t *dict_counts,
                    const struct place_tree *tree, struct rows *out, struct err *err)
{
    struct seg *s;
    TRY(decode(bytes, id, out->schema, dict_counts, tree, &s, err));
    int rc = seg_to_rows(s, 0, UINT32_MAX, out, err);
    seg_unref(s);
    return rc;
}

bool seg_is_whole(struct str bytes, uint64_t id)
{
    struct reader r = {.in = bytes, .id = id};
    struct header h;
    uint32_t crc;
    struct str payload;
    if (bytes.n < HEADER_BYTES) {
        return false;
    }
    memcpy(&crc, bytes.p + 4, 4);
    memcpy(&h, bytes.p + 8, HEADER_BYTES - 8);
    r.at = HEADER_BYTES;
    bool known = memcmp(bytes.p, magic, 4) == 0 || memcmp(bytes.p, magic_before, 4) == 0;
    bool whole = known && crc == crc32c(0, bytes.p + 8, HEADER_BYTES - 8) && h.id == id &&
                 h.bytes == (uint32_t)(bytes.n - HEADER_BYTES);
    while (whole && r.at < bytes.n) {
        whole = read_section(&r, &payload) == 0;
    }
    return whole;
}
