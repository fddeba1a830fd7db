/* SPDX-License-Identifier: MIT
 *
 * The difference of two tables: rows are sorted by key on both sides and walked together; what is
 * shown stands in the order of the tables again. */
#include "difference.h"

#include <stdlib.h>
#include <string.h>

#include "base/near.h"

enum { ALONE = -1 };

struct keyed {
    struct str key;
    size_t row;
};

struct side {
    const struct frame *f;
    size_t rows; /* without that of totals */
    bool total;
    struct keyed *order; /* by key, then row */
    long *partner;       /* by row: the row of the other side, or ALONE */
};

struct pair { /* a column that both have */
    size_t was, now;
    bool key;
};

struct work {
    struct arena *a;
    struct side was, now;
    struct pair *pair;
    size_t pairs;
    const struct format_options *o;
    struct json *j;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the difference");
}

/* ---- columns ---- */

static long column(const struct frame *f, struct str name)
{
    for (size_t c = 0; c < f->cols; c++)
        if (str_eq(f->col[c].name, name))
            return (long)c;
    return ALONE;
}

static bool is_number(const struct frame_col *c)
{
    return c->type == TYPE_INT64 || c->type == TYPE_FLOAT64;
}

static void pair_columns(struct work *w)
{
    for (size_t c = 0; c < w->now.f->cols; c++) {
        long was = column(w->was.f, w->now.f->col[c].name);
        if (was != ALONE)
            w->pair[w->pairs++] = (struct pair){(size_t)was, c, false};
    }
}

static int take_key(struct work *w, struct str name, struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < w->pairs; i++) {
        struct str has = w->now.f->col[w->pair[i].now].name;
        if (str_eq(has, name)) {
            w->pair[i].key = true;
            return 0;
        }
        near_offer(&near, name, has);
    }
    err_set(err, ERR_PARAM, "key: the two versions have no column \"%.*s\" in common",
            STR_ARG(name));
    near_hint(&near, err);
    return ERR_PARAM;
}

static int choose_keys(struct work *w, struct str key, struct err *err)
{
    for (size_t i = 0; key.n == 0 && i < w->pairs; i++)
        w->pair[i].key = !is_number(&w->now.f->col[w->pair[i].now]) &&
                         !is_number(&w->was.f->col[w->pair[i].was]);
    while (key.n > 0) {
        const char *comma = memchr(key.p, ',', key.n);
        size_t n = comma != NULL ? (size_t)(comma - key.p) : key.n;
        TRY(take_key(w, str_trim((struct str){key.p, n}), err));
        n += comma != NULL;
        key = (struct str){key.p + n, key.n - n};
    }
    return 0;
}

/* ---- rows ---- */

static int keyed_cmp(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    int c = str_cmp(x->key, y->key);
    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

static int key_of(struct work *w, const struct side *s, size_t row, struct str *out,
                  struct err *err)
{
    struct buf b;
    buf_init(&b, MEM_NET);
    for (size_t i = 0; i < w->pairs; i++) {
        if (!w->pair[i].key)
            continue;
        size_t c = s == &w->was ? w->pair[i].was : w->pair[i].now;
        struct value v = frame_get(s->f, row, c);
        buf_char(&b, v.null ? '-' : '+');
        format_value(&s->f->col[c], v, w->o, &b);
        buf_char(&b, '\0');
    }
    int rc = buf_check(&b, err);
    if (rc == 0) {
        *out = str_copy(w->a, buf_view(&b));
        rc = out->p != NULL ? 0 : no_memory(err);
    }
    buf_fini(&b);
    return rc;
}

static int sort_rows(struct work *w, struct side *s, struct err *err)
{
    s->order = ARENA_ARRAY(w->a, struct keyed, s->rows);
    s->partner = ARENA_ARRAY(w->a, long, s->rows);
    if (s->order == NULL || s->partner == NULL)
        return no_memory(err);
    for (size_t i = 0; i < s->rows; i++) {
        s->order[i].row = i;
        s->partner[i] = ALONE;
        TRY(key_of(w, s, i, &s->order[i].key, err));
    }
    qsort(s->order, s->rows, sizeof *s->order, keyed_cmp);
    return 0;
}

static void match(struct work *w)
{
    size_t i = 0;
    size_t k = 0;
    while (i < w->was.rows && k < w->now.rows) {
        const struct keyed *x = &w->was.order[i];
        const struct keyed *y = &w->now.order[k];
        int c = str_cmp(x->key, y->key);
        if (c == 0) {
            w->was.partner[x->row] = (long)y->row;
            w->now.partner[y->row] = (long)x->row;
        }
        i += c <= 0;
        k += c >= 0;
    }
}

static bool same_value(const struct work *w, const struct pair *p, size_t was, size_t now)
{
    struct value a = frame_get(w->was.f, was, p->was);
    struct value b = frame_get(w->now.f, now, p->now);
    struct buf x;
    struct buf y;
    if (a.null || b.null)
        return a.null == b.null;
    buf_init(&x, MEM_NET);
    buf_init(&y, MEM_NET);
    format_value(&w->was.f->col[p->was], a, w->o, &x);
    format_value(&w->now.f->col[p->now], b, w->o, &y);
    bool same = str_eq(buf_view(&x), buf_view(&y));
    buf_fini(&y);
    buf_fini(&x);
    return same;
}

static bool same_row(const struct work *w, size_t was, size_t now)
{
    for (size_t i = 0; i < w->pairs; i++)
        if (!same_value(w, &w->pair[i], was, now))
            return false;
    return true;
}

/* ---- writing ---- */

static void put_value(struct work *w, const struct frame *f, size_t row, size_t c)
{
    json_key_str(w->j, f->col[c].name);
    format_json_value(w->j, &f->col[c], frame_get(f, row, c), w->o);
}

static void put_row(struct work *w, const struct frame *f, size_t row)
{
    json_object(w->j);
    for (size_t c = 0; c < f->cols; c++)
        put_value(w, f, row, c);
    json_object_end(w->j);
}

/* The columns of a changed row that differ, as one of the sides has them. */
static void put_changed_side(struct work *w, const char *name, bool now, size_t was_row,
                             size_t now_row)
{
    json_key(w->j, name);
    json_object(w->j);
    for (size_t i = 0; i < w->pairs; i++) {
        if (same_value(w, &w->pair[i], was_row, now_row))
            continue;
        if (now)
            put_value(w, w->now.f, now_row, w->pair[i].now);
        else
            put_value(w, w->was.f, was_row, w->pair[i].was);
    }
    json_object_end(w->j);
}

static void put_sides(struct work *w, size_t was_row, size_t now_row)
{
    put_changed_side(w, "was", false, was_row, now_row);
    put_changed_side(w, "now", true, was_row, now_row);
}

static void put_changed(struct work *w, size_t was_row, size_t now_row)
{
    json_object(w->j);
    json_key(w->j, "key");
    json_object(w->j);
    for (size_t i = 0; i < w->pairs; i++)
        if (w->pair[i].key)
            put_value(w, w->now.f, now_row, w->pair[i].now);
    json_object_end(w->j);
    put_sides(w, was_row, now_row);
    json_object_end(w->j);
}

/* The rows of a side that the other has not. */
static size_t put_alone(struct work *w, const char *name, const struct side *s)
{
    size_t n = 0;
    json_key(w->j, name);
    json_array(w->j);
    for (size_t i = 0; i < s->rows; i++) {
        if (s->partner[i] != ALONE)
            continue;
        if (n++ < DIFFERENCE_ROWS_MAX)
            put_row(w, s->f, i);
    }
    json_array_end(w->j);
    return n;
}

static size_t put_all_changed(struct work *w, size_t *same)
{
    size_t n = 0;
    *same = 0;
    json_key(w->j, "changed");
    json_array(w->j);
    for (size_t i = 0; i < w->now.rows; i++) {
        if (w->now.partner[i] == ALONE)
            continue;
        size_t was = (size_t)w->now.partner[i];
        if (same_row(w, was, i))
            (*same)++;
        else if (n++ < DIFFERENCE_ROWS_MAX)
            put_changed(w, was, i);
    }
    json_array_end(w->j);
    return n;
}

static void put_columns(struct work *w, const char *name, const struct frame *f,
                        const struct frame *other)
{
    json_key(w->j, name);
    json_array(w->j);
    for (size_t c = 0; c < f->cols; c++)
        if (column(other, f->col[c].name) == ALONE)
            json_str(w->j, f->col[c].name);
    json_array_end(w->j);
}

static void put_key(struct work *w)
{
    json_key(w->j, "key");
    json_array(w->j);
    for (size_t i = 0; i < w->pairs; i++)
        if (w->pair[i].key)
            json_str(w->j, w->now.f->col[w->pair[i].now].name);
    json_array_end(w->j);
}

/* Null where the rows of totals say the same, or one has none. */
static void put_total(struct work *w)
{
    json_key(w->j, "total");
    if (!w->was.total || !w->now.total || same_row(w, w->was.rows, w->now.rows)) {
        json_null(w->j);
        return;
    }
    json_object(w->j);
    put_sides(w, w->was.rows, w->now.rows);
    json_object_end(w->j);
}

static void put_count(struct work *w, const char *name, size_t n)
{
    json_put_i64(w->j, name, (int64_t)n);
}

static void put_all(struct work *w)
{
    size_t same;
    json_object(w->j);
    put_key(w);
    put_columns(w, "columns_added", w->now.f, w->was.f);
    put_columns(w, "columns_removed", w->was.f, w->now.f);
    size_t added = put_alone(w, "added", &w->now);
    size_t removed = put_alone(w, "removed", &w->was);
    size_t changed = put_all_changed(w, &same);
    put_total(w);
    put_count(w, "rows_added", added);
    put_count(w, "rows_removed", removed);
    put_count(w, "rows_changed", changed);
    put_count(w, "rows_same", same);
    json_object_end(w->j);
}

static struct side side_of(const struct difference_side *s)
{
    bool total = s->total && s->frame->rows > 0;
    return (struct side){.f = s->frame, .rows = s->frame->rows - total, .total = total};
}

int difference_put(struct arena *a, const struct difference_side *was,
                   const struct difference_side *now, struct str key,
                   const struct format_options *o, struct json *j, struct err *err)
{
    struct work w = {.a = a, .was = side_of(was), .now = side_of(now), .o = o, .j = j};
    w.pair = ARENA_ARRAY(a, struct pair, now->frame->cols);
    if (w.pair == NULL)
        return no_memory(err);
    pair_columns(&w);
    TRY(choose_keys(&w, key, err));
    TRY(sort_rows(&w, &w.was, err));
    TRY(sort_rows(&w, &w.now, err));
    match(&w);
    put_all(&w);
    return 0;
}
