/* SPDX-License-Identifier: MIT
 *
 * The stored form of an uploaded table. Layout, little-endian:
 *
 *   "PUT1", u32 columns, u32 rows
 *   a column: u32 type (below), u32 bytes of its name, its name
 *             a bit for each row, set where it is NULL
 *             the values of the other rows: BOOL one byte; INT64, DATE, place, sector and FLOAT64
 *             eight; STRING u32 bytes and the text
 *   u32 crc32c of the table's name and all before
 *
 * Types are written by number: 1 BOOL, 2 INT64, 3 FLOAT64, 4 STRING, 5 DATE, 6 sector, 16 + level a
 * place. Decoding trusts nothing, not even what passes the checksum. */
#include "base/date.h"
#include "base/hash.h"
#include "base/limits.h"
#include "data/upload.h"

STATIC_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the stored form is little-endian");

static const char magic[4] = {'P', 'U', 'T', '1'};

enum { CODE_PLACE = 16 };
static const struct {
    uint32_t code;
    enum type type;
} codes[] = {{1, TYPE_BOOL},   {2, TYPE_INT64}, {3, TYPE_FLOAT64},
             {4, TYPE_STRING}, {5, TYPE_DATE},  {6, TYPE_CODED}};

static uint32_t checksum(struct str name, const char *p, size_t n)
{
    return crc32c(crc32c(0, name.p, name.n), p, n);
}

/* ---- encode ---- */

static void put_u32(struct buf *b, uint32_t v)
{
    buf_put(b, &v, sizeof(v));
}

static void put_text(struct buf *b, struct str s)
{
    put_u32(b, (uint32_t)s.n);
    buf_put(b, s.p, s.n);
}

static uint32_t code_of(const struct upload *u, size_t col)
{
    enum type type = u->frame->col[col].type;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (codes[i].type == type) {
            return codes[i].code;
        }
    }
    ASSERT(type == TYPE_PLACE);
    return CODE_PLACE + (uint32_t)u->level[col];
}

static void put_nulls(struct buf *b, const struct frame_col *c, size_t rows)
{
    for (size_t at = 0; at < rows; at += 8) {
        unsigned char bits = 0;
        for (size_t i = at; i < rows && i < at + 8; i++) {
            bits = (unsigned char)(bits | (c->null[i] ? 1u << (i - at) : 0));
        }
        buf_put(b, &bits, 1);
    }
}

static void put_value(struct buf *b, const struct frame_col *c, size_t row)
{
    if (c->type == TYPE_STRING) {
        put_text(b, c->s[row]);
    } else if (c->type == TYPE_FLOAT64) {
        buf_put(b, &c->f[row], sizeof(*c->f));
    } else if (c->type == TYPE_BOOL) {
        buf_char(b, (char)(c->i[row] != 0));
    } else {
        buf_put(b, &c->i[row], sizeof(*c->i));
    }
}

int upload_encode(const struct upload *u, struct buf *out, struct err *err)
{
    const struct frame *f = u->frame;
    size_t start = out->n;
    buf_put(out, magic, sizeof(magic));
    put_u32(out, (uint32_t)f->cols);
    put_u32(out, (uint32_t)f->rows);
    for (size_t c = 0; c < f->cols; c++) {
        put_u32(out, code_of(u, c));
        put_text(out, f->col[c].name);
        put_nulls(out, &f->col[c], f->rows);
        for (size_t i = 0; i < f->rows; i++) {
            if (!f->col[c].null[i]) {
                put_value(out, &f->col[c], i);
            }
        }
    }
    TRY(buf_check(out, err));
    put_u32(out, checksum(u->name, out->p + start, out->n - start));
    return buf_check(out, err);
}

/* ---- decode ---- */

/* What is left to read. */
struct cursor {
    const char *p;
    size_t n;
    struct str name;
    const struct place_tree *tree;
};

static int damaged(const struct cursor *k, const char *what, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "the stored table \"%.*s\" is damaged: %s", STR_ARG(k->name),
                   what);
}

static const char *take(struct cursor *k, size_t n)
{
    const char *p = k->p;
    if (k->n < n) {
        return NULL;
    }
    k->p += n;
    k->n -= n;
    return p;
}

static int take_bytes(struct cursor *k, void *out, size_t n, struct err *err)
{
    const char *p = take(k, n);
    if (!p) {
        return damaged(k, "it ends too early", err);
    }
    memcpy(out, p, n);
    return 0;
}

static int take_text(struct cursor *k, struct str *out, struct err *err)
{
    uint32_t n;
    TRY(take_bytes(k, &n, sizeof(n), err));
    *out = (struct str){take(k, n), n};
    if (!out->p) {
        return damaged(k, "a text ends too early", err);
    }
    return utf8_check(*out) == n ? 0 : damaged(k, "a text is not UTF-8", err);
}

static int type_of(const struct cursor *k, uint32_t code, enum type *type, int *level,
                   struct err *err)
{
    *level = UPLOAD_LEVEL_NONE;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (codes[i].code == code) {
            *type = codes[i].type;
            return 0;
        }
    }
    if (code < CODE_PLACE || code >= CODE_PLACE + PLACE_LEVELS) {
        return damaged(k, "a column has no known type", err);
    }
    *type = TYPE_PLACE;
    *level = (int)(code - CODE_PLACE);
    return 0;
}

/* What a number may be in a column of its type. */
static bool fits(const struct cursor *k, enum type type, int level, int64_t v)
{
    if (type == TYPE_DATE) {
        return v >= DAY_MIN && v <= DAY_MAX;
    }
    if (type == TYPE_CODED) {
        return v >= 0 && (size_t)v < list_sectors.n;
    }
    if (type != TYPE_PLACE) {
        return true;
    }
    uint32_t order = v >= 0 && v < UINT32_MAX ? place_order(k->tree, (uint32_t)v) : PLACE_NONE;
    return order != PLACE_NONE && (int)k->tree->at[order].level == level;
}

static int take_value(struct cursor *k, struct upload *u, size_t col, size_t row, struct err *err)
{
    struct frame_col *c = &u->frame->col[col];
    if (c->type == TYPE_STRING) {
        struct str s;
        TRY(take_text(k, &s, err));
        c->s[row] = upload_text(u, s);
        return 0;
    }
    if (c->type == TYPE_FLOAT64) {
        return take_bytes(k, &c->f[row], sizeof(*c->f), err);
    }
    size_t bytes = c->type == TYPE_BOOL ? 1 : sizeof(*c->i);
    c->i[row] = 0;
    TRY(take_bytes(k, &c->i[row], bytes, err));
    if (!fits(k, c->type, u->level[col], c->i[row]) || (bytes == 1 && c->i[row] > 1)) {
        return damaged(k, "a value is none of its type", err);
    }
    return 0;
}

static int take_column(struct cursor *k, struct upload *u, size_t col, struct err *err)
{
    uint32_t code;
    enum type type = TYPE_NULL;
    int level;
    struct str name;
    size_t rows = u->frame->rows;
    TRY(take_bytes(k, &code, sizeof(code), err));
    TRY(type_of(k, code, &type, &level, err));
    TRY(take_text(k, &name, err));
    const unsigned char *null = (const unsigned char *)take(k, (rows + 7) / 8);
    if (!null) {
        return damaged(k, "it ends too early", err);
    }
    TRY(upload_col(u, col, name, type, level, err));
    for (size_t i = 0; i < rows; i++) {
        u->frame->col[col].null[i] = null[i / 8] >> (i % 8) & 1;
        if (!u->frame->col[col].null[i]) {
            TRY(take_value(k, u, col, i, err));
        }
    }
    return 0;
}

static int check_frame(struct cursor *k, uint32_t *cols, uint32_t *rows, struct err *err)
{
    char mark[sizeof(magic)];
    uint32_t crc;
    const char *start = k->p;
    if (k->n < sizeof(crc)) {
        return damaged(k, "it is too short", err);
    }
    k->n -= sizeof(crc);
    memcpy(&crc, k->p + k->n, sizeof(crc));
    if (crc != checksum(k->name, start, k->n)) {
        return damaged(k, "its checksum is wrong", err);
    }
    TRY(take_bytes(k, mark, sizeof(mark), err));
    TRY(take_bytes(k, cols, sizeof(*cols), err));
    TRY(take_bytes(k, rows, sizeof(*rows), err));
    if (memcmp(mark, magic, sizeof(magic)) != 0) {
        return damaged(k, "it is of an unknown form", err);
    }
    if (*cols == 0 || *cols > TABLE_COLUMNS_MAX || *rows > TABLE_ROWS_MAX) {
        return damaged(k, "its size cannot be", err);
    }
    return 0;
}

int upload_decode(struct str name, struct str data, const struct place_tree *tree,
                  struct upload **out, struct err *err)
{
    struct cursor k = {data.p, data.n, name, tree};
    struct upload *u;
    uint32_t cols;
    uint32_t rows;
    TRY(check_frame(&k, &cols, &rows, err));
    TRY(upload_new(name, rows, cols, &u, err));
    int rc = upload_text_room(u, k.n, err);
    for (uint32_t c = 0; c < cols && rc == 0; c++) {
        rc = take_column(&k, u, c, err);
    }
    if (rc == 0 && k.n > 0) {
        rc = damaged(&k, "it is longer than its columns", err);
    }
    if (rc < 0) {
        upload_unref(u);
        return rc;
    }
    *out = u;
    return 0;
}
