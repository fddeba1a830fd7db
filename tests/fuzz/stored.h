/* SPDX-License-Identifier: MIT
 *
 * The stored form of a segment or a slab, taken apart, changed and put together again with sizes
 * and checksums that are right, so that what lies behind the checksums is reached.
 *
 * The orders, one a line (numbers outside are brought into range):
 *
 *   sample N                     which of the samples; first of all
 *   put SECTION OFFSET VALUE     32 bits of a section, at a multiple of 4
 *   byte SECTION OFFSET VALUE
 *   add SECTION OFFSET VALUE     to the 32 bits there
 *   grow SECTION OFFSET WORDS    zero words of 8 bytes put in
 *   cut SECTION OFFSET WORDS     words taken out
 *   head OFFSET VALUE            32 bits of the header, behind its checksum
 *   drop SECTION                 the section is not there
 *   width SECTION BITS           a column of values that wide, its size made to fit */
#ifndef TESTS_FUZZ_STORED_H
#define TESTS_FUZZ_STORED_H

#include "base/buf.h"
#include "base/hash.h"
#include "data/schema.h"
#include "fuzz.h"

/* Where the heads hold what; the header's checksum is its second 32 bits, the number of rows stands
 * at STORED_ROWS_AT. */
struct stored_form {
    size_t header, header_bytes_at, header_bytes_size;
    size_t head, bytes_at, bytes_size, crc_at;
    /* Sets the width in a column's section; the bytes that it then has. */
    size_t (*widen)(char *column, uint32_t bits, uint64_t rows);
};

struct stored {
    const struct stored_form *form;
    unsigned char header[64];
    struct buf section[ATTRS_MAX + 4];
    bool dropped[ATTRS_MAX + 4];
    size_t n;
};

enum {
    STORED_ID = 42,
    STORED_BYTES_MAX = 1 << 18,
    STORED_ROWS_AT = 16,
    STORED_COL_BYTES = 16, /* of a column's head */
    STORED_BITS_MAX = 40
};

static inline uint64_t stored_size(const struct stored_form *f, const char *head)
{
    uint64_t size = 0;
    memcpy(&size, head + f->bytes_at, f->bytes_size);
    return size;
}

static inline void stored_split(struct stored *x, const struct stored_form *f, struct str in)
{
    *x = (struct stored){.form = f};
    memcpy(x->header, in.p, f->header);
    for (size_t at = f->header; at < in.n; x->n++) {
        uint64_t size = stored_size(f, in.p + at);
        ASSERT(x->n < ARRAY_LEN(x->section) && at + f->head + size <= in.n);
        buf_init(&x->section[x->n], MEM_DATA);
        buf_put(&x->section[x->n], in.p + at + f->head, (size_t)size);
        at += f->head + (size_t)size;
    }
}

static inline void stored_join(const struct stored *x, struct buf *out)
{
    const struct stored_form *f = x->form;
    unsigned char header[64];
    buf_put(out, x->header, f->header);
    for (size_t i = 0; i < x->n; i++) {
        if (x->dropped[i])
            continue;
        char head[32] = {0};
        uint64_t seed[2] = {STORED_ID, i}, size = x->section[i].n;
        uint32_t number = (uint32_t)i;
        uint32_t crc = crc32c(crc32c(0, seed, sizeof seed), x->section[i].p, x->section[i].n);
        memcpy(head, &number, sizeof number);
        memcpy(head + f->bytes_at, &size, f->bytes_size);
        memcpy(head + f->crc_at, &crc, sizeof crc);
        buf_put(out, head, f->head);
        buf_str(out, buf_view(&x->section[i]));
    }
    uint64_t all = out->n - f->header;
    memcpy(header, x->header, f->header);
    memcpy(header + f->header_bytes_at, &all, f->header_bytes_size);
    uint32_t crc = crc32c(0, header + 8, f->header - 8);
    memcpy(header + 4, &crc, sizeof crc);
    memcpy(out->p, header, f->header);
}

static inline void stored_fini(struct stored *x)
{
    for (size_t i = 0; i < x->n; i++)
        buf_fini(&x->section[i]);
}

static inline void stored_put(struct buf *b, const struct fuzz_line *l)
{
    size_t size = l->op == 'b' ? 1 : 4;
    if (b->n < size)
        return;
    size_t at = (size_t)fuzz_below(l->n[1], b->n / size) * size;
    uint32_t v = 0;
    if (l->op == 'a')
        memcpy(&v, b->p + at, size);
    v += (uint32_t)l->n[2];
    memcpy(b->p + at, &v, size);
}

static inline void stored_grow(struct buf *b, const struct fuzz_line *l)
{
    size_t words = (size_t)fuzz_below(l->n[2], 300) + 1;
    size_t at = 8 * (size_t)fuzz_below(l->n[1], b->n / 8 + 1);
    if (b->n + words * 8 > STORED_BYTES_MAX)
        return;
    size_t rest = b->n - at;
    ASSERT(buf_reserve(b, words * 8) != NULL);
    memmove(b->p + at + words * 8, b->p + at, rest);
    memset(b->p + at, 0, words * 8);
    b->n += words * 8;
}

static inline void stored_cut(struct buf *b, const struct fuzz_line *l)
{
    size_t at = 8 * (size_t)fuzz_below(l->n[1], b->n / 8 + 1), words = (b->n - at) / 8;
    words = words ? (size_t)fuzz_below(l->n[2], words) + 1 : 0;
    memmove(b->p + at, b->p + at + words * 8, b->n - at - words * 8);
    b->n -= words * 8;
}

static inline void stored_widen(const struct stored *x, struct buf *b, const struct fuzz_line *l)
{
    uint64_t rows;
    memcpy(&rows, x->header + STORED_ROWS_AT, sizeof rows);
    if (b->n < STORED_COL_BYTES || rows > STORED_BYTES_MAX / STORED_BITS_MAX)
        return;
    size_t n = x->form->widen(b->p, (uint32_t)fuzz_below(l->n[1], STORED_BITS_MAX), rows);
    if (n > STORED_BYTES_MAX)
        return;
    if (n > b->n) {
        ASSERT(buf_reserve(b, n - b->n) != NULL);
        memset(b->p + b->n, 0, n - b->n);
    }
    b->n = n;
}

static inline void stored_order(struct stored *x, const struct fuzz_line *l)
{
    size_t i = (size_t)fuzz_below(l->n[0], x->n);
    struct buf *b = &x->section[i];
    if (l->op == 'h') {
        size_t at = 8 + 4 * (size_t)fuzz_below(l->n[0], (x->form->header - 8) / 4);
        uint32_t v = (uint32_t)l->n[1];
        memcpy(x->header + at, &v, sizeof v);
    } else if (l->op == 'p' || l->op == 'b' || l->op == 'a') {
        stored_put(b, l);
    } else if (l->op == 'g') {
        stored_grow(b, l);
    } else if (l->op == 'c') {
        stored_cut(b, l);
    } else if (l->op == 'w' && i > 0) {
        stored_widen(x, b, l);
    } else if (l->op == 'd') {
        x->dropped[i] = true;
    }
}

/* The sample (given its stored form) after all orders of `in`. */
static inline void stored_change(const struct stored_form *f, struct str sample, struct str in,
                                 struct buf *out)
{
    struct stored x;
    struct fuzz_line line;
    stored_split(&x, f, sample);
    for (int i = 0; i < 200 && fuzz_next(&in, &line); i++)
        stored_order(&x, &line);
    stored_join(&x, out);
    stored_fini(&x);
}

#endif
