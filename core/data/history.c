/* SPDX-License-Identifier: MIT
 *
 * Borders of another day: events taken back, newest first; then every place that is not there is
 * led to the one that it counts as; then parents follow.
 *
 * Trees of other days are made by whoever asks first, outside the lock, and the last few are kept:
 * between two days on which borders changed they are all the same, so there are few. */
#include "data/history.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/date.h"

/* Trees of other days are kept up to so many nodes altogether, but at least the last few. */
enum { CHAIN_MAX = 64, BORDERS_KEPT = 32, KEPT_LEAST = 4, KEPT_NODES = 1 << 20 };

#define ROW_NONE UINT32_MAX
#define ROW_MANY (UINT32_MAX - 1)

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the history of places");
}

/* ---- applying ---- */

struct applying {
    struct place_row *row;
    size_t n;
    const struct place_event *event;
    size_t events;
    int32_t day;
    struct arena *mem;
    uint32_t ids_max;
    uint32_t *row_of;        /* row by id, ROW_NONE */
    uint32_t *heir, *origin; /* by row: the only one, ROW_NONE, or ROW_MANY */
    uint32_t *same;          /* by row: the row that it counts as, itself as a rule */
};

static uint32_t row_by_id(const struct applying *a, uint32_t id)
{
    return id < a->ids_max ? a->row_of[id] : ROW_NONE;
}

static uint32_t *filled(struct arena *mem, size_t n)
{
    uint32_t *p = ARENA_ARRAY(mem, uint32_t, n);
    if (p) {
        memset(p, 0xFF, n * sizeof(*p));
    }
    return p;
}

static int index_rows(struct applying *a, struct err *err)
{
    for (size_t i = 0; i < a->n; i++) {
        a->ids_max = a->row[i].id >= a->ids_max ? a->row[i].id + 1 : a->ids_max;
    }
    a->row_of = filled(a->mem, a->ids_max);
    a->heir = filled(a->mem, a->n);
    a->origin = filled(a->mem, a->n);
    a->same = filled(a->mem, a->n);
    if (!a->row_of || !a->heir || !a->origin || !a->same) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->n; i++) {
        a->row_of[a->row[i].id] = (uint32_t)i;
    }
    return 0;
}

static int check_event(const struct applying *a, const struct place_event *e, struct err *err)
{
    bool known = row_by_id(a, e->id) != ROW_NONE;
    if (e->kind == PLACE_PASSED) {
        known = known && row_by_id(a, e->to_id) != ROW_NONE;
    } else if (e->kind == PLACE_MOVED) {
        known = known && row_by_id(a, e->from_id) != ROW_NONE;
    }
    return known ? 0
                 : err_set(err, ERR_CORRUPT,
                           "a change of place id %u names a place that is missing", e->id);
}

static bool add_former(struct applying *a, struct place_row *r, struct str name)
{
    if (name.n == 0 || memchr(name.p, '|', name.n)) {
        return true;
    }
    size_t n = r->former.n + (r->former.n > 0) + name.n;
    char *p = arena_alloc(a->mem, n);
    if (!p) {
        return false;
    }
    memcpy(p, r->former.p ? r->former.p : "", r->former.n);
    if (r->former.n > 0) {
        p[r->former.n] = '|';
    }
    memcpy(p + n - name.n, name.p, name.n);
    r->former = (struct str){p, n};
    return true;
}

static void note_only(uint32_t *only, uint32_t row)
{
    *only = *only == ROW_NONE || *only == row ? row : ROW_MANY;
}

/* Heirs are those of the day on which a place ended, origins those of the day on which it began:
 * what it gave away or took in between left it what it was. */
static void note_passing(struct applying *a, const struct place_event *e)
{
    uint32_t old = row_by_id(a, e->id), to = row_by_id(a, e->to_id);
    int32_t ended = a->row[old].valid_to;
    if (ended != DAY_NONE && ended == e->on - 1) {
        note_only(&a->heir[old], to);
    }
    if (a->row[to].valid_from == e->on) {
        note_only(&a->origin[to], old);
    }
}

/* One that came after the day is taken back; one that came before leaves the former name. */
static int apply_event(struct applying *a, const struct place_event *e, struct err *err)
{
    struct place_row *r = &a->row[row_by_id(a, e->id)];
    bool later = e->on > a->day;
    if (e->kind == PLACE_MOVED && later) {
        r->parent_id = e->from_id;
    } else if (e->kind == PLACE_RENAMED && later) {
        r->name = e->old_name;
        r->name_hi = e->old_name_hi;
    } else if (e->kind == PLACE_RENAMED) {
        return add_former(a, r, e->old_name) && add_former(a, r, e->old_name_hi) ? 0
                                                                                 : no_memory(err);
    } else if (e->kind == PLACE_PASSED) {
        note_passing(a, e);
    }
    return 0;
}

/* The place that row i counts as: itself while it is there. */
static uint32_t follow(const struct applying *a, uint32_t i)
{
    uint32_t at = i;
    for (int k = 0; k < CHAIN_MAX; k++) {
        const struct place_row *r = &a->row[at];
        bool ended = r->valid_to != DAY_NONE && r->valid_to < a->day;
        uint32_t next = !r->gone ? ROW_NONE : ended ? a->heir[at] : a->origin[at];
        if (next >= ROW_MANY || a->row[next].level != r->level) {
            return at;
        }
        at = next;
    }
    return i; /* a circle */
}

static void mark_gone(struct applying *a)
{
    for (size_t i = 0; i < a->n; i++) {
        struct place_row *r = &a->row[i];
        r->gone = (r->valid_to != DAY_NONE && r->valid_to < a->day) ||
                  (r->valid_from != DAY_NONE && r->valid_from > a->day);
    }
    for (size_t i = 0; i < a->n; i++) {
        a->same[i] = follow(a, (uint32_t)i);
    }
}

/* Parents first: what lies in a place that counts as another lies in that one; then each such place
 * itself goes to where the other is. */
static void move_parents(struct applying *a, const uint32_t *stored)
{
    for (size_t i = 0; i < a->n; i++) {
        struct place_row *r = &a->row[i];
        uint32_t p = row_by_id(a, r->parent_id);
        if (p != ROW_NONE && a->same[p] != p) {
            r->parent_id = a->row[a->same[p]].id;
        }
    }
    for (size_t i = 0; i < a->n; i++) {
        struct place_row *r = &a->row[i];
        if (a->same[i] != i) {
            r->parent_id = a->row[a->same[i]].parent_id;
            r->same_as = a->row[a->same[i]].id;
        }
        r->home_id = r->parent_id != stored[i] ? stored[i] : 0;
    }
}

int history_apply(struct place_row *row, size_t n, const struct place_event *event, size_t events,
                  int32_t day, struct arena *mem, struct err *err)
{
    struct applying a = {
        .row = row, .n = n, .event = event, .events = events, .day = day, .mem = mem};
    uint32_t *stored = ARENA_ARRAY(mem, uint32_t, n);
    if (!stored) {
        return no_memory(err);
    }
    TRY(index_rows(&a, err));
    for (size_t i = 0; i < n; i++) {
        stored[i] = row[i].parent_id;
    }
    for (size_t i = events; i-- > 0;) {
        TRY(check_event(&a, &event[i], err));
        TRY(apply_event(&a, &event[i], err));
    }
    mark_gone(&a);
    move_parents(&a, stored);
    return 0;
}

/* ---- the history ---- */

struct border_box {
    struct borders view;
    atomic_int refs;
    struct place_tree *tree;
    uint32_t *order;
    uint8_t *mixed;
};

struct history {
    struct place_history view;
    atomic_int refs;
    struct arena mem;
    struct place_tree *now;
    const struct place_event **passed; /* by place, then in order */
    size_t passed_n;
    pthread_mutex_t lock; /* owns what follows */
    struct {
        size_t era;
        struct borders *borders;
    } kept[BORDERS_KEPT]; /* the one used last first */
};

static bool copy_events(struct history *h, const struct place_event *event, size_t n)
{
    struct place_event *to = ARENA_ARRAY(&h->mem, struct place_event, n);
    bool ok = to != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        to[i] = event[i];
        to[i].old_name = str_copy(&h->mem, event[i].old_name);
        to[i].old_name_hi = str_copy(&h->mem, event[i].old_name_hi);
        ok = to[i].old_name.p && to[i].old_name_hi.p;
        ASSERT(i == 0 || event[i].on >= event[i - 1].on);
    }
    h->view.n = n;
    h->view.event = to;
    return ok;
}

static int day_cmp(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Days on which something moved, began, or was there no more. */
static bool list_days(struct history *h)
{
    const struct place_tree *t = h->now;
    int32_t today = clock_today();
    int32_t *day = ARENA_ARRAY(&h->mem, int32_t, h->view.n + 2 * (size_t)t->n);
    size_t all = 0;
    for (size_t i = 0; day && i < h->view.n; i++) {
        day[all++] = h->view.event[i].on;
    }
    for (uint32_t i = 0; day && i < t->n; i++) {
        const struct place *p = &t->at[i];
        if (p->valid_from != DAY_NONE && p->valid_from <= today) {
            day[all++] = p->valid_from;
        }
        if (p->valid_to != DAY_NONE && p->valid_to < today) {
            day[all++] = p->valid_to + 1;
        }
    }
    if (all > 1) {
        qsort(day, all, sizeof(*day), day_cmp);
    }
    for (size_t i = 0; i < all; i++) {
        if (i == 0 || day[i] != day[i - 1]) {
            day[h->view.days++] = day[i];
        }
    }
    h->view.day = day;
    return day != NULL;
}

static int passed_cmp(const void *pa, const void *pb)
{
    const struct place_event *a = *(const struct place_event *const *)pa;
    const struct place_event *b = *(const struct place_event *const *)pb;
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    return (a > b) - (a < b);
}

static bool index_passed(struct history *h)
{
    h->passed = arena_array(&h->mem, h->view.n, sizeof(struct place_event *));
    for (size_t i = 0; h->passed && i < h->view.n; i++) {
        if (h->view.event[i].kind == PLACE_PASSED) {
            h->passed[h->passed_n++] = &h->view.event[i];
        }
    }
    if (h->passed_n > 1) {
        qsort(h->passed, h->passed_n, sizeof(*h->passed), passed_cmp);
    }
    return h->passed != NULL;
}

int history_new(struct place_tree *now, const struct place_event *event, size_t n,
                struct place_history **out, struct err *err)
{
    struct history *h = mem_calloc(MEM_DATA, 1, sizeof(*h));
    if (!h) {
        return no_memory(err);
    }
    atomic_init(&h->refs, 1);
    pthread_mutex_init(&h->lock, NULL);
    arena_init(&h->mem, MEM_DATA, 0);
    h->now = place_tree_ref(now);
    if (!copy_events(h, event, n) || !index_passed(h) || !list_days(h)) {
        history_unref(&h->view);
        return no_memory(err);
    }
    *out = &h->view;
    return 0;
}

struct place_history *history_ref(struct place_history *h)
{
    atomic_fetch_add_explicit(&((struct history *)h)->refs, 1, memory_order_relaxed);
    return h;
}

void history_unref(struct place_history *view)
{
    struct history *h = (struct history *)view;
    if (!h || atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < BORDERS_KEPT; i++) {
        borders_unref(h->kept[i].borders);
    }
    place_tree_unref(h->now);
    pthread_mutex_destroy(&h->lock);
    arena_fini(&h->mem);
    mem_free(MEM_DATA, h);
}

size_t history_era(const struct place_history *h, int32_t day)
{
    size_t low = 0, high = h ? h->days : 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (h->day[mid] <= day) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* ---- borders ---- */

struct borders *borders_ref(struct borders *b)
{
    atomic_fetch_add_explicit(&((struct border_box *)b)->refs, 1, memory_order_relaxed);
    return b;
}

void borders_unref(struct borders *view)
{
    struct border_box *b = (struct border_box *)view;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    place_tree_unref(b->tree);
    mem_free(MEM_DATA, b->order);
    mem_free(MEM_DATA, b->mixed);
    mem_free(MEM_DATA, b);
}

/* Today's places as they are stored. The country is not among rows. */
static struct place_row *stored_rows(const struct place_tree *t, struct arena *a)
{
    struct place_row *row = ARENA_ARRAY(a, struct place_row, t->n);
    for (uint32_t i = 1; row && i < t->n; i++) {
        const struct place *p = &t->at[i];
        row[i - 1] = (struct place_row){.id = p->id,
                                        .parent_id = p->home,
                                        .level = p->level,
                                        .code = p->code,
                                        .name = p->name,
                                        .name_hi = p->name_hi,
                                        .aliases = place_aliases(t, i),
                                        .valid_from = p->valid_from,
                                        .valid_to = p->valid_to};
        memcpy(row[i - 1].fact, p->fact, sizeof(p->fact));
    }
    return row;
}

static int build_tree(const struct history *h, int32_t day, struct place_tree **out,
                      struct err *err)
{
    struct arena a;
    const struct place_tree *now = h->now;
    arena_init(&a, MEM_DATA, 0);
    struct place_row *row = stored_rows(now, &a);
    int rc = row ? history_apply(row, now->n - 1, h->view.event, h->view.n, day, &a, err)
                 : no_memory(err);
    if (rc == 0) {
        rc = place_tree_new(row, now->n - 1, now->fact_name, now->facts, out, err);
    }
    arena_fini(&a);
    return rc;
}

static uint32_t identity_above(const struct place_tree *t, uint32_t order)
{
    uint32_t up = t->at[order].parent;
    return up == PLACE_NONE ? PLACE_NONE : t->at[up].identity;
}

/* Is the node's place above another one in the tree than what today's is there? */
static bool is_elsewhere(const struct place_tree *now, const struct place_tree *then,
                         const uint32_t *order, uint32_t i)
{
    uint32_t up = now->at[i].parent;
    return identity_above(then, order[i]) != then->at[order[up]].identity;
}

static void map_nodes(struct border_box *b, const struct place_tree *now)
{
    for (uint32_t i = 0; i < now->n; i++) {
        b->order[i] = place_order(b->tree, now->order_id[i]);
        ASSERT(b->order[i] != PLACE_NONE); /* every id has a node in every tree */
    }
    for (uint32_t i = 1; i < now->n; i++) {
        if (is_elsewhere(now, b->tree, b->order, i)) {
            for (uint32_t up = now->at[i].parent; up != PLACE_NONE; up = now->at[up].parent) {
                b->mixed[up] = 1;
            }
        }
    }
}

static int build(const struct history *h, int32_t day, struct borders **out, struct err *err)
{
    struct border_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (!b) {
        return no_memory(err);
    }
    atomic_init(&b->refs, 1);
    int rc = build_tree(h, day, &b->tree, err);
    b->order = mem_alloc(MEM_DATA, h->now->n * sizeof(*b->order));
    b->mixed = mem_calloc(MEM_DATA, h->now->n, 1);
    if (rc == 0 && (!b->order || !b->mixed)) {
        rc = no_memory(err);
    }
    if (rc < 0) {
        borders_unref(&b->view);
        return rc;
    }
    map_nodes(b, h->now);
    b->view = (struct borders){b->tree, day, b->order, b->mixed};
    *out = &b->view;
    return 0;
}

static struct borders *find_kept(struct history *h, size_t era)
{
    for (size_t i = 0; i < BORDERS_KEPT; i++) {
        if (!h->kept[i].borders || h->kept[i].era != era) {
            continue;
        }
        struct borders *b = h->kept[i].borders;
        memmove(&h->kept[1], &h->kept[0], i * sizeof(h->kept[0]));
        h->kept[0].era = era;
        h->kept[0].borders = b;
        return borders_ref(b);
    }
    return NULL;
}

static size_t kept_max(const struct history *h)
{
    size_t n = KEPT_NODES / h->now->n;
    return n < KEPT_LEAST ? KEPT_LEAST : n < BORDERS_KEPT ? n : BORDERS_KEPT;
}

static void keep(struct history *h, size_t era, struct borders *b)
{
    for (size_t i = kept_max(h) - 1; i < BORDERS_KEPT - 1; i++) {
        borders_unref(h->kept[i].borders);
        h->kept[i].borders = NULL;
    }
    borders_unref(h->kept[BORDERS_KEPT - 1].borders);
    memmove(&h->kept[1], &h->kept[0], (BORDERS_KEPT - 1) * sizeof(h->kept[0]));
    h->kept[0].era = era;
    h->kept[0].borders = borders_ref(b);
}

int history_borders(struct place_history *view, int32_t day, struct borders **out, struct err *err)
{
    struct history *h = (struct history *)view;
    *out = NULL;
    size_t era = history_era(view, day);
    if (!h || era == view->days) {
        return 0;
    }
    pthread_mutex_lock(&h->lock);
    *out = find_kept(h, era);
    pthread_mutex_unlock(&h->lock);
    if (*out) {
        return 0;
    }
    TRY(build(h, view->day[era] - 1, out, err)); /* the last day, whichever was asked for */
    pthread_mutex_lock(&h->lock);
    struct borders *other = find_kept(h, era);
    if (other) {
        borders_unref(*out);
        *out = other;
    } else {
        keep(h, era, *out);
    }
    pthread_mutex_unlock(&h->lock);
    return 0;
}

/* ---- telling ---- */

size_t history_heirs(const struct place_history *h, uint32_t id, const struct place_event **out,
                     size_t max)
{
    const struct history *all = (const struct history *)h;
    size_t low = 0, high = all ? all->passed_n : 0, n = 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (all->passed[mid]->id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (; all && low < all->passed_n && all->passed[low]->id == id; low++, n++) {
        if (n < max) {
            out[n] = all->passed[low];
        }
    }
    return n;
}

enum { HEIRS_TOLD = 4 };

void history_say_end(const struct place_history *h, const struct place_tree *t, uint32_t order,
                     struct buf *out)
{
    const struct place_event *heir[HEIRS_TOLD];
    const struct place *p = &t->at[order];
    char day[11];
    size_t n = history_heirs(h, p->id, heir, HEIRS_TOLD);
    if (p->valid_from != DAY_NONE && n == 0 && p->valid_to == DAY_NONE) {
        date_format(p->valid_from, day);
        buf_printf(out, "it began on %s", day);
        return;
    }
    if (p->valid_to != DAY_NONE) {
        date_format(p->valid_to, day);
        buf_printf(out, "it ended after %s", day);
    }
    for (size_t i = 0; i < n && i < HEIRS_TOLD; i++) {
        uint32_t to = place_order(t, heir[i]->to_id);
        if (to == PLACE_NONE) {
            continue;
        }
        const struct place *q = &t->at[to];
        buf_printf(out, "%s %s %lld %.*s", i > 0 ? "," : ": it passed into",
                   place_level_name(q->level), (long long)q->code, STR_ARG(place_name(q, false)));
    }
}

int history_heirs_text(const struct place_history *h, const struct place_tree *t, uint32_t id,
                       bool hindi, struct arena *a, struct str *out, struct err *err)
{
    const struct place_event *heir[HEIRS_TOLD];
    char day[11];
    size_t n = history_heirs(h, id, heir, HEIRS_TOLD);
    struct buf b;
    *out = (struct str){"", 0};
    if (n == 0) {
        return 0;
    }
    buf_init(&b, MEM_DATA);
    for (size_t i = 0; i < n && i < HEIRS_TOLD; i++) {
        uint32_t order = place_order(t, heir[i]->to_id);
        const struct place *p = &t->at[order];
        date_format(heir[i]->on, day);
        buf_printf(&b, "%s%s %lld %.*s since %s", i > 0 ? "; " : "", place_level_name(p->level),
                   (long long)p->code, STR_ARG(place_name(p, hindi)), day);
    }
    if (n > HEIRS_TOLD) {
        buf_printf(&b, "; and %zu more", n - HEIRS_TOLD);
    }
    int rc = buf_check(&b, err);
    *out = str_copy(a, buf_view(&b));
    buf_fini(&b);
    return rc < 0 ? rc : out->p ? 0 : no_memory(err);
}
