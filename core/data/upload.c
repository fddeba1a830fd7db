/* SPDX-License-Identifier: MIT
 *
 * Uploaded tables in memory, and sets of them. A set is small and changes rarely, so the next one
 * is a copy. */
#include "data/upload.h"

#include <strings.h>

#include "base/limits.h"

/* ---- one table ---- */

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the table");
}

static int check_size(struct str name, size_t rows, size_t cols, struct err *err)
{
    if (name.n == 0 || name.n > TABLE_NAME_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "the name of a table has 1 to %d bytes, this one %zu",
                       TABLE_NAME_BYTES_MAX, name.n);
    }
    if (rows > TABLE_ROWS_MAX) {
        return err_set(err, ERR_LIMIT, "a table has at most %d rows", TABLE_ROWS_MAX);
    }
    if (cols == 0 || cols > TABLE_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "a table has 1 to %d columns, this one %zu",
                       TABLE_COLUMNS_MAX, cols);
    }
    return 0;
}

int upload_new(struct str name, size_t rows, size_t cols, struct upload **out, struct err *err)
{
    TRY(check_size(name, rows, cols, err));
    struct upload *u = mem_calloc(MEM_DATA, 1, sizeof(*u));
    if (!u) {
        return no_memory(err);
    }
    atomic_init(&u->refs, 1);
    arena_init(&u->mem, MEM_DATA, TABLE_MEMORY_BYTES);
    u->name = str_copy(&u->mem, name);
    u->level = ARENA_ARRAY(&u->mem, int, cols);
    int rc =
        u->name.p && u->level ? frame_new(&u->mem, rows, cols, &u->frame, err) : no_memory(err);
    if (rc < 0) {
        upload_unref(u);
        return rc;
    }
    *out = u;
    return 0;
}

int upload_col(struct upload *u, size_t col, struct str name, enum type type, int level,
               struct err *err)
{
    struct frame *f = u->frame;
    ASSERT(col < f->cols && type != TYPE_NULL);
    ASSERT((type == TYPE_PLACE) == (level != UPLOAD_LEVEL_NONE));
    struct str own = str_copy(&u->mem, name);
    if (!own.p) {
        return no_memory(err);
    }
    TRY(frame_col_init(&u->mem, &f->col[col], f->rows, own, type, err));
    f->col[col].list = type == TYPE_CODED ? &list_sectors : NULL;
    u->level[col] = level;
    memset(f->col[col].null, 1, f->rows);
    return 0;
}

int upload_text_room(struct upload *u, size_t bytes, struct err *err)
{
    ASSERT(!u->text);
    u->text = arena_alloc(&u->mem, bytes + 1);
    u->text_cap = bytes;
    return u->text ? 0 : no_memory(err);
}

struct str upload_text(struct upload *u, struct str s)
{
    ASSERT(u->text && s.n <= u->text_cap - u->text_n);
    char *p = u->text + u->text_n;
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    u->text_n += s.n;
    return (struct str){p, s.n};
}

struct upload *upload_ref(struct upload *u)
{
    atomic_fetch_add_explicit(&u->refs, 1, memory_order_relaxed);
    return u;
}

void upload_unref(struct upload *u)
{
    if (!u || atomic_fetch_sub_explicit(&u->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    arena_fini(&u->mem);
    mem_free(MEM_DATA, u);
}

const char *upload_type_name(const struct upload *u, size_t col)
{
    ASSERT(col < u->frame->cols);
    enum type type = u->frame->col[col].type;
    if (type == TYPE_PLACE) {
        return place_level_name((enum place_level)u->level[col]);
    }
    return type == TYPE_CODED ? "sector" : type_name(type);
}

/* ---- against what is wanted ---- */

static bool same_kind(const struct upload *want, size_t w, const struct upload *have, size_t h)
{
    enum type a = want->frame->col[w].type;
    enum type b = have->frame->col[h].type;
    return (a == b && want->level[w] == have->level[h]) || (a == TYPE_FLOAT64 && b == TYPE_INT64);
}

enum upload_fit upload_fit(const struct upload *want, size_t col, const struct upload *have,
                           size_t *found)
{
    for (size_t c = 0; c < have->frame->cols; c++) {
        if (!str_eq_nocase(have->frame->col[c].name, want->frame->col[col].name))
            continue;
        *found = c;
        return same_kind(want, col, have, c) ? UPLOAD_FITS : UPLOAD_DIFFERS;
    }
    return UPLOAD_LACKS;
}

bool upload_fits(const struct upload *want, const struct upload *have)
{
    size_t found;
    for (size_t c = 0; c < want->frame->cols; c++)
        if (upload_fit(want, c, have, &found) != UPLOAD_FITS)
            return false;
    return true;
}

/* ---- sets ---- */

static int compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = strncasecmp(a.p, b.p, n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static void append(struct upload_set *s, struct upload *u)
{
    s->at[s->n++] = upload_ref(u);
    s->bytes += u->mem.used;
}

static struct upload_set *set_new(size_t room)
{
    struct upload_set *s =
        mem_calloc(MEM_DATA, 1, sizeof(struct upload_set) + room * sizeof(struct upload *));
    if (s) {
        atomic_init(&s->refs, 1);
    }
    return s;
}

int upload_set_next(const struct upload_set *old, struct upload *u, struct str drop,
                    struct upload_set **out, struct err *err)
{
    size_t n = old ? old->n : 0;
    struct upload_set *s = set_new(n + 1);
    if (!s) {
        return no_memory(err);
    }
    bool placed = u == NULL;
    for (size_t i = 0; i < n; i++) {
        int order = placed ? 1 : compare(old->at[i]->name, u->name);
        if (!placed && order >= 0) {
            append(s, u);
            placed = true;
        }
        if (order != 0 && !str_eq_nocase(old->at[i]->name, drop)) {
            append(s, old->at[i]);
        }
    }
    if (!placed) {
        append(s, u);
    }
    *out = s;
    return 0;
}

struct upload_set *upload_set_ref(struct upload_set *s)
{
    if (s) {
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    }
    return s;
}

void upload_set_unref(struct upload_set *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        upload_unref(s->at[i]);
    }
    mem_free(MEM_DATA, s);
}

struct upload *upload_find(const struct upload_set *s, struct str name)
{
    for (size_t i = 0; s && i < s->n; i++) {
        if (str_eq_nocase(s->at[i]->name, name)) {
            return s->at[i];
        }
    }
    return NULL;
}

void upload_near(const struct upload_set *s, struct str name, struct near_list *near)
{
    for (size_t i = 0; s && i < s->n; i++) {
        near_offer(near, name, s->at[i]->name);
    }
}
