/* SPDX-License-Identifier: MIT
 *
 * Answers from the cube. Three dimensions, each with its groups:
 *
 *   place   cells: nodes of the tree down to the finest level that a key speaks of. A cell above
 *           that level stands for the rows on the node itself: its total less its children's.
 *   sector  slots of the cube; each belongs to a group of sectors.
 *   day     runs of days that belong to one group of days: a window of the cube each.
 *
 *   value[cell][sector group][day group]
 *
 * is filled by look-ups alone, cell by cell in the order of the tree; then cells with equal keys
 * are merged (a block in two districts is one block), and groups that count zero are left out.
 *
 * A group exists when its registrations do not sum to zero; the scan says the same. */
#include "access.h"

#include <stdlib.h>

#include "data/tally.h"

enum {
    CUBE_VALUES_MAX = 1 << 26,
    ALL_SLOTS = 32,
    FEW_WINDOWS = 4, /* up to here look-ups are cheaper than a series */
};

struct cell {
    uint32_t order;
    int32_t parent; /* cell whose total holds this one's and must lose it; -1: none */
    bool own;       /* the node's own rows, though the whole subtree is not in the window */
};

struct day_run {
    int32_t from, to;
    uint32_t group;
};

/* Groups of one dimension, in ascending order of its keys. */
struct dim {
    size_t n;    /* groups */
    size_t keys; /* how many keys of the grouping belong here */
    size_t key[GROUP_KEYS_MAX];
    struct frame_col *col; /* by key: value by group */
    size_t stride;         /* of the group in `value` */
};

struct slice { /* what one aggregate counts */
    uint32_t sectors;
    struct day_run *run;
    size_t runs;
};

struct cube_scan {
    struct run *run;
    const struct access_plan *plan;
    const struct grouping *group;
    struct cell *cell;
    size_t cells, cells_cap;

    struct dim dim[3];
    uint32_t slot_group[ALL_SLOTS];
    struct slice *slice; /* 0: COUNT(*) of the whole window; then one an aggregate */
    int64_t **value;     /* by slice; slices that are the window share it */
    int64_t *series;     /* scratch: a day before the window and its days */
    size_t values;
};

enum { DIM_PLACE, DIM_SECTOR, DIM_DAY };

static int dim_of(const struct expr *e)
{
    int base = single_base(e);
    return base == BASE_SECTOR ? DIM_SECTOR : base == BASE_DAY ? DIM_DAY : DIM_PLACE;
}

/* ---- places ---- */

/* The lowest level that an expression asks for. */
static int finest(const struct expr *e)
{
    if (e->kind != EXPR_CALL)
        return PLACE_COUNTRY;
    if (e->fn == &fn_place_at)
        return (int)e->option;
    if (e->fn == &fn_child_of)
        return e->level;
    int level = PLACE_COUNTRY;
    for (size_t k = 0; k < e->args; k++) {
        int l = finest(e->arg[k]);
        level = l > level ? l : level;
    }
    return level;
}

static int add_cell(struct cube_scan *c, uint32_t order, int32_t parent, bool own)
{
    struct cell *grown =
        arena_grown(c->run->arena, c->cell, c->cells, &c->cells_cap, sizeof *grown);
    if (grown == NULL)
        return run_memory(c->run);
    c->cell = grown;
    c->cell[c->cells++] = (struct cell){order, parent, own};
    return 0;
}

/* The nodes of a subtree down to `level`, each below the cell of its parent; in other borders
 * further down, where something below a node lies elsewhere. */
static int add_subtree(struct cube_scan *c, uint32_t root, int level)
{
    const struct place_tree *t = c->run->snap->tree;
    const uint8_t *mixed = c->run->borders ? c->run->borders->mixed : NULL;
    int32_t open[PLACE_LEVELS] = {0};
    for (uint32_t o = root; o < t->at[root].end;) {
        int l = (int)t->at[o].level;
        bool top = o == root;
        TRY(add_cell(c, o, top ? -1 : open[l - 1], false));
        open[l] = (int32_t)c->cells - 1;
        o = l >= level && !(mixed && mixed[o]) ? t->at[o].end : o + 1;
    }
    return 0;
}

static int add_cells(struct cube_scan *c)
{
    const struct place_tree *t = c->run->snap->tree;
    const struct ranges *place = &c->plan->window.place;
    int level = PLACE_COUNTRY;
    for (size_t k = 0; k < c->group->keys; k++) {
        int l = finest(c->group->key[k]);
        level = l > level ? l : level;
    }
    for (size_t i = 0; i < place->n; i++)
        for (uint32_t o = place->at[i].lo; o < place->at[i].hi;) {
            if (t->at[o].end > place->at[i].hi) {
                TRY(add_cell(c, o++, -1, true));
                continue;
            }
            TRY(add_subtree(c, o, level));
            o = t->at[o].end;
        }
    return 0;
}

/* ---- groups of a dimension ---- */

static int compare_rows(const struct frame_col *col, size_t keys, size_t i, size_t j,
                        const struct place_tree *t)
{
    for (size_t k = 0; k < keys; k++) {
        int c = vec_compare(&col[k], i, &col[k], j, t);
        if (c != 0)
            return c;
    }
    return 0;
}

struct sorting {
    const struct frame_col *col;
    size_t keys;
    const struct place_tree *tree;
};

static int by_keys(const void *a, const void *b, void *ctx)
{
    const struct sorting *s = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    int c = compare_rows(s->col, s->keys, x, y, s->tree);
    return c != 0 ? c : (x > y) - (x < y);
}

/* Puts the points 0 .. n - 1 into the order of their keys. Points mostly come in order, with others
 * in between (a district's own rows among its blocks): those that do not fit are sorted alone and
 * merged. `by` has room for 2n. */
static void order_points(const struct sorting *s, size_t n, uint32_t *by)
{
    uint32_t *rest = by + n;
    size_t kept = 0;
    size_t others = 0;
    bool sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        if (kept == 0 || compare_rows(s->col, s->keys, by[kept - 1], i, s->tree) <= 0) {
            by[kept++] = i;
            continue;
        }
        sorted = sorted &&
                 (others == 0 || compare_rows(s->col, s->keys, rest[others - 1], i, s->tree) <= 0);
        rest[others++] = i;
    }
    if (!sorted)
        qsort_r(rest, others, sizeof *rest, by_keys, (void *)(uintptr_t)s);
    while (others > 0) { /* from the end, into the room that the others left */
        bool from_rest =
            kept == 0 || by_keys(&rest[others - 1], &by[kept - 1], (void *)(uintptr_t)s) > 0;
        size_t to = kept + others - 1;
        by[to] = from_rest ? rest[--others] : by[--kept];
    }
}

/* Values of `from` at the rows listed. */
static void gather(const struct frame_col *from, const uint32_t *row, size_t n,
                   struct frame_col *to)
{
    for (size_t i = 0; from->null != NULL && i < n; i++)
        to->null[i] = from->null[row[i]];
    for (size_t i = 0; from->i != NULL && i < n; i++)
        to->i[i] = from->i[row[i]];
    for (size_t i = 0; from->f != NULL && i < n; i++)
        to->f[i] = from->f[row[i]];
    for (size_t i = 0; from->s != NULL && i < n; i++)
        to->s[i] = from->s[row[i]];
}

/* Sorts n points by their keys and numbers the different ones: group_of by point, and the keys by
 * group. Without keys all points are one group. */
static int number_groups(struct cube_scan *c, struct dim *d, const struct frame_col *col, size_t n,
                         uint32_t *group_of)
{
    struct run *r = c->run;
    uint32_t *by = ARENA_ARRAY(r->arena, uint32_t, 2 * n);
    uint32_t *first = ARENA_ARRAY(r->arena, uint32_t, n); /* a point of each group */
    if (by == NULL || first == NULL)
        return run_memory(r);
    struct sorting s = {col, d->keys, r->places};
    order_points(&s, n, by);
    d->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_rows(col, d->keys, by[i - 1], by[i], s.tree) != 0)
            first[d->n++] = by[i];
        group_of[by[i]] = (uint32_t)d->n - 1;
    }
    for (size_t k = 0; k < d->keys; k++) {
        TRY(frame_col_init(r->arena, &d->col[k], d->n, STR(""), col[k].type, r->err));
        d->col[k].list = col[k].list;
        gather(&col[k], first, d->n, &d->col[k]);
    }
    return 0;
}

/* The keys of a dimension evaluated over its points, one of which each code is. */
static int key_columns(struct cube_scan *c, struct dim *d, int base, const int64_t *code,
                       const uint8_t *null, size_t n, struct frame_col **out)
{
    struct run *r = c->run;
    struct frame_col base_col[BASE_COLS] = {0};
    base_col[base].type = base == BASE_DAY      ? TYPE_DATE
                          : base == BASE_SECTOR ? TYPE_CODED
                                                : TYPE_INT64;
    base_col[base].list = base == BASE_SECTOR ? &list_sectors : NULL;
    int64_t *copy = ARENA_ARRAY(r->arena, int64_t, n);
    *out = ARENA_ARRAY(r->arena, struct frame_col, d->keys);
    d->col = ARENA_ARRAY(r->arena, struct frame_col, d->keys);
    if (copy == NULL || *out == NULL || d->col == NULL)
        return run_memory(r);
    memcpy(copy, code, n * sizeof *copy);
    base_col[base].i = copy;
    if (null != NULL) {
        base_col[base].null = ARENA_ARRAY(r->arena, uint8_t, n);
        if (base_col[base].null == NULL)
            return run_memory(r);
        memcpy(base_col[base].null, null, n);
    }
    struct eval ev = run_eval(r, base_col);
    ev.n = n;
    for (size_t k = 0; k < d->keys; k++) {
        struct expr *e = c->group->key[d->key[k]];
        TRY(expr_eval(&ev, e, NULL));
        TRY(frame_col_init(r->arena, &(*out)[k], n, STR(""), e->type, r->err));
        (*out)[k].list = e->list;
        vec_copy(&(*out)[k], 0, &e->out, n);
    }
    return 0;
}

static int place_groups(struct cube_scan *c, uint32_t **group_of)
{
    struct run *r = c->run;
    struct dim *d = &c->dim[DIM_PLACE];
    int64_t *order = ARENA_ARRAY(r->arena, int64_t, c->cells);
    *group_of = ARENA_ARRAY(r->arena, uint32_t, c->cells);
    if (order == NULL || *group_of == NULL)
        return run_memory(r);
    for (size_t i = 0; i < c->cells; i++)
        order[i] = c->cell[i].order;
    struct frame_col *col;
    TRY(key_columns(c, d, BASE_ORDER, order, NULL, c->cells, &col));
    return number_groups(c, d, col, c->cells, *group_of);
}

static int sector_groups(struct cube_scan *c)
{
    struct dim *d = &c->dim[DIM_SECTOR];
    int64_t code[ALL_SLOTS];
    uint8_t null[ALL_SLOTS];
    uint32_t slot[ALL_SLOTS];
    uint32_t group_of[ALL_SLOTS];
    size_t n = 0;
    for (uint32_t s = 0; s <= list_sectors.n; s++)
        if (c->plan->window.sectors >> s & 1) {
            slot[n] = s;
            null[n] = s == 0;
            code[n++] = s ? (int64_t)s - 1 : 0;
        }
    struct frame_col *col;
    TRY(key_columns(c, d, BASE_SECTOR, code, null, n, &col));
    TRY(number_groups(c, d, col, n, group_of));
    for (size_t i = 0; i < n; i++)
        c->slot_group[slot[i]] = group_of[i];
    return 0;
}

/* Days of the window, each with its group, as runs; `ok` narrows them further for one aggregate. */
static int day_runs(struct cube_scan *c, const uint32_t *group_of, const struct days *w,
                    const struct days *also, struct slice *out)
{
    size_t n = (size_t)(w->hi - w->lo) + 1;
    size_t cap = c->dim[DIM_DAY].n * 2 + 2;
    out->run = ARENA_ARRAY(c->run->arena, struct day_run, cap < n ? cap : n);
    size_t room = cap < n ? cap : n;
    for (size_t i = 0; i < n && out->run != NULL; i++) {
        int32_t day = w->lo + (int32_t)i;
        bool in = w->ok == NULL || w->ok[i];
        in = in && day >= also->lo && day <= also->hi &&
             (also->ok == NULL || also->ok[day - also->lo]);
        if (!in)
            continue;
        struct day_run *last = out->runs ? &out->run[out->runs - 1] : NULL;
        uint32_t g = group_of ? group_of[i] : 0;
        if (last != NULL && last->to == day - 1 && last->group == g) {
            last->to = day;
            continue;
        }
        if (out->runs == room) {
            struct day_run *grown = ARENA_ARRAY(c->run->arena, struct day_run, n);
            if (grown == NULL)
                return run_memory(c->run);
            memcpy(grown, out->run, out->runs * sizeof *grown);
            out->run = grown;
            room = n;
        }
        out->run[out->runs++] = (struct day_run){day, day, g};
    }
    return out->run == NULL ? run_memory(c->run) : 0;
}

static int day_groups(struct cube_scan *c, uint32_t **group_of)
{
    struct run *r = c->run;
    struct dim *d = &c->dim[DIM_DAY];
    const struct days *w = &c->plan->window.days;
    *group_of = NULL;
    if (d->keys == 0) {
        d->n = 1;
        return 0;
    }
    size_t n = (size_t)(w->hi - w->lo) + 1;
    int64_t *day = ARENA_ARRAY(r->arena, int64_t, n);
    *group_of = ARENA_ARRAY(r->arena, uint32_t, n);
    if (day == NULL || *group_of == NULL)
        return run_memory(r);
    for (size_t i = 0; i < n; i++)
        day[i] = w->lo + (int64_t)i;
    struct frame_col *col;
    TRY(key_columns(c, d, BASE_DAY, day, NULL, n, &col));
    return number_groups(c, d, col, n, *group_of);
}

/* ---- values ---- */

static bool whole_sectors(const struct cube_scan *c, uint32_t set)
{
    uint32_t all = (UINT32_C(1) << (list_sectors.n + 1)) - 1;
    return (set & all) == all && c->dim[DIM_SECTOR].n == 1;
}

/* Adds the windows of one series. Runs that follow each other share a look-up. */
static void add_series(const struct cube_series *s, const struct slice *w, int64_t *row)
{
    int32_t end = 0;
    int64_t before = 0;
    for (size_t k = 0; k < w->runs; k++) {
        const struct day_run *d = &w->run[k];
        if (k == 0 || end != d->from - 1)
            before = cube_upto(s, d->from - 1);
        int64_t now = cube_upto(s, d->to);
        row[d->group] += now - before;
        before = now;
        end = d->to;
    }
}

/* From the path-copying cube alone: series are read in place. */
static void add_from_cube(struct cube_scan *c, uint32_t order, const struct slice *w, int64_t *cell)
{
    const struct cube *cube = c->run->snap->cube;
    size_t days = c->dim[DIM_DAY].n;
    if (whole_sectors(c, w->sectors)) {
        const struct cube_series *s = cube_get(cube, order, CUBE_ALL);
        if (s != NULL)
            add_series(s, w, cell);
        return;
    }
    for (int slot = 0; slot < CUBE_SECTORS; slot++) {
        if (!(w->sectors >> slot & 1))
            continue;
        const struct cube_series *s = cube_get(cube, order, slot);
        if (s != NULL)
            add_series(s, w, cell + c->slot_group[slot] * days);
    }
}

/* A few windows, all slots of each at once. */
static void add_windows(struct cube_scan *c, uint32_t order, const struct slice *w, int64_t *cell)
{
    const struct snap *snap = c->run->snap;
    size_t days = c->dim[DIM_DAY].n;
    int64_t sum[CUBE_SLOTS];
    for (size_t k = 0; k < w->runs; k++) {
        const struct day_run *d = &w->run[k];
        if (whole_sectors(c, w->sectors)) {
            cell[d->group] += tally_window(snap, order, CUBE_ALL, d->from, d->to);
            continue;
        }
        tally_slots(snap, order, d->from, d->to, sum);
        for (int slot = 0; slot < CUBE_SECTORS; slot++)
            if (w->sectors >> slot & 1)
                cell[c->slot_group[slot] * days + d->group] += sum[slot];
    }
}

/* Many windows: the series of a slot, day by day, and its differences. */
static void add_slot_series(struct cube_scan *c, uint32_t order, int slot, const struct slice *w,
                            int64_t *row)
{
    int32_t first = w->run[0].from - 1;
    uint32_t n = (uint32_t)(w->run[w->runs - 1].to - first) + 1;
    tally_series(c->run->snap, order, slot, first, n, c->series);
    for (size_t k = 0; k < w->runs; k++)
        row[w->run[k].group] +=
            c->series[w->run[k].to - first] - c->series[w->run[k].from - 1 - first];
}

static void add_node(struct cube_scan *c, uint32_t order, const struct slice *w, int64_t *cell)
{
    size_t days = c->dim[DIM_DAY].n;
    if (w->runs == 0)
        return;
    if (c->run->snap->slabs == 0 && c->run->snap->larges == 0) {
        add_from_cube(c, order, w, cell);
    } else if (w->runs <= FEW_WINDOWS) {
        add_windows(c, order, w, cell);
    } else if (whole_sectors(c, w->sectors)) {
        add_slot_series(c, order, CUBE_ALL, w, cell);
    } else {
        for (int slot = 0; slot < CUBE_SECTORS; slot++)
            if (w->sectors >> slot & 1)
                add_slot_series(c, order, slot, w, cell + c->slot_group[slot] * days);
    }
}

static int fill(struct cube_scan *c, const struct slice *w, int64_t *value)
{
    const struct place_tree *t = c->run->snap->tree;
    size_t width = c->dim[DIM_SECTOR].n * c->dim[DIM_DAY].n;
    int64_t *child = ARENA_ARRAY(c->run->arena, int64_t, width);
    if (child == NULL)
        return run_memory(c->run);
    for (size_t i = 0; i < c->cells; i++) {
        if ((i & 1023) == 0)
            TRY(run_check(c->run));
        uint32_t order = c->cell[i].order;
        int64_t *row = value + i * width;
        add_node(c, order, w, row);
        if (!c->cell[i].own)
            continue;
        memset(child, 0, width * sizeof *child);
        for (uint32_t o = order + 1; o < t->at[order].end; o = t->at[o].end)
            add_node(c, o, w, child);
        for (size_t k = 0; k < width; k++)
            row[k] -= child[k];
    }
    /* A parent comes before its children, so every row is still a total when it is taken off. */
    for (size_t i = 0; i < c->cells; i++) {
        if (c->cell[i].parent < 0)
            continue;
        int64_t *up = value + (size_t)c->cell[i].parent * width;
        for (size_t k = 0; k < width; k++)
            up[k] -= value[i * width + k];
    }
    return 0;
}

/* Cells of one group become one row, in the order of the groups. */
static int merge_cells(struct cube_scan *c, const uint32_t *group_of, int64_t **value)
{
    size_t width = c->dim[DIM_SECTOR].n * c->dim[DIM_DAY].n;
    bool same = c->dim[DIM_PLACE].n == c->cells;
    for (size_t i = 0; same && i < c->cells; i++)
        same = group_of[i] == i;
    if (same)
        return 0;
    int64_t *merged = ARENA_ARRAY(c->run->arena, int64_t, c->dim[DIM_PLACE].n * width);
    if (merged == NULL)
        return run_memory(c->run);
    for (size_t i = 0; i < c->cells; i++)
        for (size_t k = 0; k < width; k++)
            merged[group_of[i] * width + k] += (*value)[i * width + k];
    *value = merged;
    return 0;
}

/* What one COUNTIF adds to the window. */
static int narrow_slice(struct cube_scan *c, struct expr *e, struct window3 *w)
{
    if (e->kind == EXPR_CALL && e->fn == &fn_and) {
        for (size_t k = 0; k < e->args; k++)
            TRY(narrow_slice(c, e->arg[k], w));
        return 0;
    }
    if (e->deps != 0) {
        int done = window_narrow(c->run, w, e);
        TRY(done);
        return done ? 0 : err_set(c->run->err, ERR_INTERNAL, "A condition cannot be counted.");
    }
    struct eval ev = run_eval(c->run, NULL);
    ev.n = 1;
    TRY(expr_eval(&ev, e, NULL));
    if (!vec_true(&e->out, 0))
        w->sectors = 0;
    return 0;
}

static int make_slices(struct cube_scan *c, const uint32_t *day_group)
{
    const struct window3 *w = &c->plan->window;
    size_t n = c->group->aggs + 1;
    c->slice = ARENA_ARRAY(c->run->arena, struct slice, n);
    c->value = ARENA_ARRAY(c->run->arena, int64_t *, n);
    if (c->slice == NULL || c->value == NULL)
        return run_memory(c->run);
    for (size_t k = 0; k < n; k++) {
        struct expr *condition = k > 0 ? c->group->agg[k - 1].arg : NULL;
        if (k > 0 && condition == NULL)
            continue;
        struct window3 narrow = *w;
        if (condition != NULL)
            TRY(narrow_slice(c, condition, &narrow));
        c->slice[k].sectors = narrow.sectors;
        TRY(day_runs(c, day_group, &w->days, &narrow.days, &c->slice[k]));
    }
    return 0;
}

static int fill_all(struct cube_scan *c, const uint32_t *place_group)
{
    const struct days *w = &c->plan->window.days;
    c->series = ARENA_ARRAY(c->run->arena, int64_t, (size_t)(w->hi - w->lo) + 2);
    if (c->series == NULL)
        return run_memory(c->run);
    for (size_t k = 0; k <= c->group->aggs; k++) {
        if (k > 0 && c->group->agg[k - 1].arg == NULL) {
            c->value[k] = c->value[0];
            continue;
        }
        c->value[k] = ARENA_ARRAY(c->run->arena, int64_t, c->values);
        if (c->value[k] == NULL)
            return run_memory(c->run);
        TRY(fill(c, &c->slice[k], c->value[k]));
        TRY(merge_cells(c, place_group, &c->value[k]));
    }
    return 0;
}

/* ---- rows ---- */

/* The dimensions in the order in which the keys name them, so that rows come out sorted. */
static void nest(const struct cube_scan *c, int order[3])
{
    int n = 0;
    bool used[3] = {false};
    for (size_t k = 0; k < c->group->keys; k++) {
        int d = dim_of(c->group->key[k]);
        if (!used[d])
            order[n++] = d;
        used[d] = true;
    }
    for (int d = 0; d < 3; d++)
        if (!used[d])
            order[n++] = d;
}

/* Rows of the answer: the group of each dimension (in the order of nest), and where its values
 * stand. */
struct answer {
    uint32_t *group[3];
    uint32_t *index;
    size_t rows;
};

static int list_rows(struct cube_scan *c, const struct dim *const dim[3], struct answer *a)
{
    struct arena *arena = c->run->arena;
    const int64_t *count = c->value[0];
    bool all = c->group->keys == 0;
    size_t rows = all ? 1 : 0;
    for (size_t i = 0; !all && i < dim[0]->n * dim[1]->n * dim[2]->n; i++)
        rows += count[i] != 0;
    a->index = ARENA_ARRAY(arena, uint32_t, rows);
    for (int d = 0; d < 3; d++)
        a->group[d] = ARENA_ARRAY(arena, uint32_t, rows);
    if (a->index == NULL || a->group[0] == NULL || a->group[1] == NULL || a->group[2] == NULL)
        return run_memory(c->run);
    for (size_t x = 0; x < dim[0]->n; x++)
        for (size_t y = 0; y < dim[1]->n; y++)
            for (size_t z = 0; z < dim[2]->n; z++) {
                size_t at = x * dim[0]->stride + y * dim[1]->stride + z * dim[2]->stride;
                if (!all && count[at] == 0)
                    continue;
                a->group[0][a->rows] = (uint32_t)x;
                a->group[1][a->rows] = (uint32_t)y;
                a->group[2][a->rows] = (uint32_t)z;
                a->index[a->rows++] = (uint32_t)at;
            }
    ASSERT(a->rows == rows);
    return 0;
}

/* The keys of each dimension stand together: then the rows come in the order of the keys. */
static bool nested_order(const struct grouping *g)
{
    bool left[3] = {false};
    for (size_t k = 1; k < g->keys; k++) {
        int before = dim_of(g->key[k - 1]);
        int now = dim_of(g->key[k]);
        left[before] = left[before] || now != before;
        if (left[now])
            return false;
    }
    return true;
}

static int rows_frame(struct cube_scan *c, struct frame **out)
{
    struct run *r = c->run;
    const struct grouping *g = c->group;
    int order[3];
    nest(c, order);
    const struct dim *const dim[3] = {&c->dim[order[0]], &c->dim[order[1]], &c->dim[order[2]]};
    struct answer a = {.rows = 0};
    TRY(list_rows(c, dim, &a));
    TRY(run_frame(r, a.rows, g->keys + g->aggs, out));
    struct frame *f = *out;
    for (size_t k = 0; k < f->cols; k++) {
        const struct expr *e = k < g->keys ? g->key[k] : NULL;
        TRY(frame_col_init(r->arena, &f->col[k], a.rows, STR(""), e ? e->type : TYPE_INT64,
                           r->err));
        f->col[k].list = e ? e->list : NULL;
    }
    for (int d = 0; d < 3; d++)
        for (size_t k = 0; k < dim[d]->keys; k++)
            gather(&dim[d]->col[k], a.group[d], a.rows, &f->col[dim[d]->key[k]]);
    for (size_t k = 0; k < g->aggs; k++)
        for (size_t i = 0; i < a.rows; i++)
            f->col[g->keys + k].i[i] = c->value[k + 1][a.index[i]];
    return r->any_order || nested_order(g) ? 0 : frame_order_keys(r, out, g->keys);
}

static int empty_frame(struct run *r, const struct grouping *g, struct frame **out)
{
    size_t rows = g->keys == 0 ? 1 : 0;
    TRY(run_frame(r, rows, g->keys + g->aggs, out));
    for (size_t k = 0; k < (*out)->cols; k++) {
        const struct expr *e = k < g->keys ? g->key[k] : NULL;
        TRY(frame_col_init(r->arena, &(*out)->col[k], rows, STR(""), e ? e->type : TYPE_INT64,
                           r->err));
        (*out)->col[k].list = e ? e->list : NULL;
    }
    return 0;
}

/* The cells, and the groups of each dimension. 1: the values would be too many. */
static int make_dims(struct cube_scan *c, uint32_t **place_group, uint32_t **day_group)
{
    for (size_t k = 0; k < c->group->keys; k++) {
        struct dim *d = &c->dim[dim_of(c->group->key[k])];
        if (d->keys == GROUP_KEYS_MAX)
            return err_set(c->run->err, ERR_LIMIT, "GROUP BY has more than %d columns.",
                           GROUP_KEYS_MAX);
        d->key[d->keys++] = k;
    }
    TRY(add_cells(c));
    TRY(place_groups(c, place_group));
    TRY(sector_groups(c));
    TRY(day_groups(c, day_group));
    c->dim[DIM_DAY].stride = 1;
    c->dim[DIM_SECTOR].stride = c->dim[DIM_DAY].n;
    c->dim[DIM_PLACE].stride = c->dim[DIM_DAY].n * c->dim[DIM_SECTOR].n;
    return c->cells > CUBE_VALUES_MAX / c->dim[DIM_PLACE].stride;
}

int cube_outline(struct run *r, const struct access_plan *p, struct cube_outline *out)
{
    struct cube_scan c = {.run = r, .plan = p, .group = &p->access->group};
    uint32_t *place_group;
    uint32_t *day_group;
    *out = (struct cube_outline){0};
    if (p->window.never)
        return 0;
    int rc = make_dims(&c, &place_group, &day_group);
    TRY(rc);
    out->too_many = rc > 0;
    out->places = c.dim[DIM_PLACE].n;
    out->sectors = c.dim[DIM_SECTOR].n;
    out->days = c.dim[DIM_DAY].n;
    for (size_t i = 0; i < c.cells; i++)
        out->below_blocks =
            out->below_blocks || r->snap->tree->at[c.cell[i].order].level > PLACE_BLOCK;
    return 0;
}

int access_cube(struct run *r, const struct access_plan *p, struct frame **out)
{
    struct cube_scan c = {.run = r, .plan = p, .group = &p->access->group};
    uint32_t *place_group;
    uint32_t *day_group;
    if (p->window.never)
        return empty_frame(r, c.group, out);
    int rc = make_dims(&c, &place_group, &day_group);
    TRY(rc);
    if (rc > 0)
        return access_scan(r, p, out);
    c.values = c.cells * c.dim[DIM_PLACE].stride;
    TRY(make_slices(&c, day_group));
    TRY(fill_all(&c, place_group));
    return rows_frame(&c, out);
}
