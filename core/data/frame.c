/* SPDX-License-Identifier: MIT
 *
 * Frames: small tables by columns, in an arena. */
#include "data/frame.h"

int frame_new(struct arena *a, size_t rows, size_t cols, struct frame **out, struct err *err)
{
    struct frame *f = ARENA_NEW(a, struct frame);
    struct frame_col *col = f ? ARENA_ARRAY(a, struct frame_col, cols) : NULL;
    if (!col) {
        return err_set(err, ERR_MEM, "no memory for a table of %zu columns", cols);
    }
    f->rows = rows;
    f->cols = cols;
    f->col = col;
    *out = f;
    return 0;
}

int frame_col_init(struct arena *a, struct frame_col *c, size_t rows, struct str name,
                   enum type type, struct err *err)
{
    *c = (struct frame_col){.name = name, .type = type};
    c->null = ARENA_ARRAY(a, uint8_t, rows);
    bool ok = c->null != NULL;
    if (type == TYPE_FLOAT64) {
        ok = ok && (c->f = ARENA_ARRAY(a, double, rows)) != NULL;
    } else if (type == TYPE_STRING) {
        ok = ok && (c->s = ARENA_ARRAY(a, struct str, rows)) != NULL;
    } else {
        ok = ok && (c->i = ARENA_ARRAY(a, int64_t, rows)) != NULL;
    }
    return ok ? 0 : err_set(err, ERR_MEM, "no memory for a column of %zu rows", rows);
}

struct value frame_get(const struct frame *f, size_t row, size_t col)
{
    ASSERT(row < f->rows && col < f->cols);
    const struct frame_col *c = &f->col[col];
    struct value v = {.type = c->type,
                      .null = c->null && c->null[row],
                      .hidden = c->null && (c->null[row] & FRAME_HIDDEN) != 0};
    if (v.null) {
        return v;
    }
    if (c->type == TYPE_FLOAT64) {
        v.f = c->f[row];
    } else if (c->type == TYPE_STRING) {
        v.s = c->s[row];
    } else {
        v.i = c->i[row];
    }
    return v;
}

void frame_set(struct frame *f, size_t row, size_t col, struct value v)
{
    ASSERT(row < f->rows && col < f->cols);
    struct frame_col *c = &f->col[col];
    ASSERT(v.null || v.type == c->type);
    ASSERT(c->null || !v.null);
    if (c->null) {
        c->null[row] = v.hidden ? FRAME_HIDDEN : v.null;
    }
    if (v.null) {
        return;
    }
    if (c->type == TYPE_FLOAT64) {
        c->f[row] = v.f;
    } else if (c->type == TYPE_STRING) {
        c->s[row] = v.s;
    } else {
        c->i[row] = v.i;
    }
}

int frame_find(const struct frame *f, struct str name)
{
    for (size_t i = 0; i < f->cols; i++) {
        if (str_eq_nocase(f->col[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}
