/* SPDX-License-Identifier: MIT
 *
 * A growing run of bytes. Failure is sticky: once memory ran out, further writes do nothing and
 * `failed` stays true, so that a writer checks once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

struct buf {
    char *p;
    size_t n;
    size_t cap;
    enum mem_room room;
    bool failed;
};

void buf_init(struct buf *b, enum mem_room room);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory and forgets a failure */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_cstr(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
/* Shortest decimal that reads back as v; integers print with ".0" only when `keep_point`. */
void buf_f64(struct buf *b, double v, bool keep_point);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Space for n more bytes at b->p + b->n; the caller adds to b->n. NULL when failed. */
MUST_USE char *buf_reserve(struct buf *b, size_t n);
struct str buf_view(const struct buf *b);
/* 0, or ERR_MEM when a write was lost. */
MUST_USE int buf_check(const struct buf *b, struct err *err);

#endif
