/* SPDX-License-Identifier: MIT
 *
 * The tree of places: built once from rows in any order, then read by everybody.
 *
 * Building: rows are sorted by (level, code, id); parents are found by id; children are linked
 * and walked in pre-order; identities are linked; names go into a hash table of
 * (level, key) -> chain of nodes. All memory is one arena, freed with the tree. */
#include "data/place.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/near.h"
#include "data/name.h"

static const char *const level_names[PLACE_LEVELS] = {"country", "state", "district", "block",
                                                      "panchayat"};

/* One spelling of one node. */
struct name_entry {
    uint64_t hash; /* of level and key */
    struct str key;
    uint32_t order;
    bool former;   /* the name of before a change */
    uint32_t next; /* index of the next entry in the bucket, PLACE_NONE at the end */
};

/* The tree as allocated: what the header shows, and what only this file needs. */
struct tree {
    struct place_tree view;
    atomic_int refs;
    struct place_tree *of; /* narrowed: whose arrays these are */
    struct arena mem;
    struct place *node;
    uint32_t *id_order, *order_id;
    struct str *aliases; /* by order */
    struct str *former;  /* by order; read while the tree is built */
    struct name_entry *name;
    uint32_t names, names_cap;
    uint32_t *bucket;
    uint32_t buckets;  /* a power of two */
    uint32_t *by_code; /* orders sorted by (level, code, order) */
};

static const struct tree *tree_of(const struct place_tree *t)
{
    return (const struct tree *)t;
}

/* ---- building ---- */

struct builder {
    struct tree *t;
    const struct place_row *row;
    size_t n;
    uint32_t *sorted;      /* row indices by (level, code, id) */
    uint32_t *row_of_id;   /* row index by id, PLACE_NONE */
    uint32_t *first_child; /* by row index + 1 (0: the country), row index or PLACE_NONE */
    uint32_t *next_child;  /* by row index */
    struct arena scratch;
    struct err *err;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the tree of places");
}

static _Thread_local const struct place_row *sort_rows;

static int row_cmp(const void *pa, const void *pb)
{
    const struct place_row *a = &sort_rows[*(const uint32_t *)pa];
    const struct place_row *b = &sort_rows[*(const uint32_t *)pb];
    if (a->level != b->level) {
        return a->level < b->level ? -1 : 1;
    }
    if (a->code != b->code) {
        return a->code < b->code ? -1 : 1;
    }
    return a->id < b->id ? -1 : a->id > b->id;
}

static int check_row(const struct builder *b, const struct place_row *r)
{
    if (r->level <= PLACE_COUNTRY || r->level >= PLACE_LEVELS || r->id == 0) {
        return err_set(b->err, ERR_VALUE, "place \"%.*s\" has no valid level", STR_ARG(r->name));
    }
    if (r->parent_id == PLACE_COUNTRY_ID) {
        if (r->level == PLACE_STATE) {
            return 0;
        }
        return err_set(b->err, ERR_VALUE, "%s %lld \"%.*s\" has no parent", level_names[r->level],
                       (long long)r->code, STR_ARG(r->name));
    }
    uint32_t p = r->parent_id < b->t->view.ids_max ? b->row_of_id[r->parent_id] : PLACE_NONE;
    if (p == PLACE_NONE) {
        return err_set(b->err, ERR_VALUE, "the parent of %s %lld \"%.*s\" is not there",
                       level_names[r->level], (long long)r->code, STR_ARG(r->name));
    }
    if (b->row[p].level + 1 != r->level) {
        return err_set(b->err, ERR_VALUE, "%s %lld \"%.*s\" cannot lie in a %s",
                       level_names[r->level], (long long)r->code, STR_ARG(r->name),
                       level_names[b->row[p].level]);
    }
    return 0;
}

static int index_ids(struct builder *b)
{
    uint32_t max = 0;
    for (size_t i = 0; i < b->n; i++) {
        max = b->row[i].id > max ? b->row[i].id : max;
    }
    b->t->view.ids_max = max + 1;
    b->row_of_id = arena_array(&b->scratch, (size_t)max + 1, sizeof(uint32_t));
    b->t->id_order = arena_array(&b->t->mem, (size_t)max + 1, sizeof(uint32_t));
    if (!b->row_of_id || !b->t->id_order) {
        return no_memory(b->err);
    }
    memset(b->row_of_id, 0xFF, ((size_t)max + 1) * sizeof(uint32_t));
    memset(b->t->id_order, 0xFF, ((size_t)max + 1) * sizeof(uint32_t));
    for (size_t i = 0; i < b->n; i++) {
        if (b->row_of_id[b->row[i].id] != PLACE_NONE) {
            return err_set(b->err, ERR_VALUE, "place id %u is used twice", b->row[i].id);
        }
        b->row_of_id[b->row[i].id] = (uint32_t)i;
    }
    return 0;
}

static int sort_all(struct builder *b)
{
    b->sorted = ARENA_ARRAY(&b->scratch, uint32_t, b->n);
    b->first_child = ARENA_ARRAY(&b->scratch, uint32_t, b->n + 1);
    b->next_child = ARENA_ARRAY(&b->scratch, uint32_t, b->n);
    if (!b->sorted || !b->first_child || !b->next_child) {
        return no_memory(b->err);
    }
    for (size_t i = 0; i < b->n; i++) {
        b->sorted[i] = (uint32_t)i;
    }
    sort_rows = b->row;
    if (b->n > 1) {
        qsort(b->sorted, b->n, sizeof(*b->sorted), row_cmp);
    }
    memset(b->first_child, 0xFF, (b->n + 1) * sizeof(uint32_t));
    return 0;
}

/* Links children in order of code: walks backwards, pushing to the front. */
static int link_children(struct builder *b)
{
    for (size_t i = b->n; i-- > 0;) {
        uint32_t r = b->sorted[i];
        TRY(check_row(b, &b->row[r]));
        uint32_t parent =
            b->row[r].parent_id == PLACE_COUNTRY_ID ? 0 : b->row_of_id[b->row[r].parent_id] + 1;
        b->next_child[r] = b->first_child[parent];
        b->first_child[parent] = r;
        if (i + 1 < b->n) {
            const struct place_row *x = &b->row[r], *y = &b->row[b->sorted[i + 1]];
            bool told = x->home_id || y->home_id || x->same_as || y->same_as;
            if (!told && x->level == y->level && x->code == y->code &&
                x->parent_id == y->parent_id) {
                return err_set(b->err, ERR_VALUE, "%s %lld stands twice in the same parent",
                               level_names[x->level], (long long)x->code);
            }
        }
    }
    return 0;
}

static bool fill_node(struct builder *b, struct place *p, const struct place_row *r, uint32_t order,
                      uint32_t parent)
{
    struct tree *t = b->t;
    *p = (struct place){.id = r->id,
                        .parent = parent,
                        .identity = r->id,
                        .home = r->home_id ? r->home_id : r->parent_id,
                        .gone = r->gone,
                        .same = PLACE_NONE,
                        .level = r->level,
                        .code = r->code,
                        .name = str_copy(&t->mem, r->name),
                        .name_hi = str_copy(&t->mem, r->name_hi),
                        .valid_from = r->valid_from,
                        .valid_to = r->valid_to};
    memcpy(p->fact, r->fact, sizeof(p->fact));
    t->aliases[order] = str_copy(&t->mem, r->aliases);
    t->former[order] = r->former;
    t->id_order[r->id] = order;
    t->order_id[order] = r->id;
    return p->name.p && p->name_hi.p && t->aliases[order].p;
}

/* Depth is bounded by the levels, so this recursion is. */
static bool place_children(struct builder *b, uint32_t first, uint32_t parent, uint32_t *next)
{
    for (uint32_t r = first; r != PLACE_NONE; r = b->next_child[r]) {
        uint32_t order = (*next)++;
        struct place *p = &b->t->node[order];
        if (!fill_node(b, p, &b->row[r], order, parent) ||
            !place_children(b, b->first_child[r + 1], order, next)) {
            return false;
        }
        p->end = *next;
    }
    return true;
}

static int number_nodes(struct builder *b)
{
    struct tree *t = b->t;
    uint32_t n = (uint32_t)b->n + 1;
    t->node = ARENA_ARRAY(&t->mem, struct place, n);
    t->aliases = ARENA_ARRAY(&t->mem, struct str, n);
    t->former = ARENA_ARRAY(&b->scratch, struct str, n);
    t->by_code = ARENA_ARRAY(&t->mem, uint32_t, n);
    t->order_id = ARENA_ARRAY(&t->mem, uint32_t, n);
    if (!t->node || !t->aliases || !t->former || !t->by_code || !t->order_id) {
        return no_memory(b->err);
    }
    struct place_row root = {.level = PLACE_COUNTRY,
                             .name = STR("India"),
                             .name_hi = STR("भारत"),
                             .valid_from = DAY_NONE,
                             .valid_to = DAY_NONE};
    for (size_t i = 0; i < PLACE_FACTS_MAX; i++) {
        root.fact[i] = NAN;
    }
    uint32_t next = 1;
    if (!fill_node(b, &t->node[0], &root, 0, PLACE_NONE) ||
        !place_children(b, b->first_child[0], 0, &next)) {
        return no_memory(b->err);
    }
    ASSERT(next == n); /* every row hangs below the country: parents were checked */
    t->node[0].end = n;
    t->view.n = n;
    t->view.at = t->node;
    t->view.id_order = t->id_order;
    t->view.order_id = t->order_id;
    return 0;
}

/* b->sorted is by (level, code, id): equal ones stand together, the lowest id first. */
static void link_identities(struct builder *b)
{
    struct tree *t = b->t;
    t->by_code[0] = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct place_row *r = &b->row[b->sorted[i]];
        uint32_t order = t->id_order[r->id];
        t->by_code[i + 1] = order;
        if (i > 0) {
            uint32_t before = t->by_code[i];
            if (t->node[before].level == r->level && t->node[before].code == r->code) {
                t->node[order].identity = t->node[before].identity;
                t->node[before].same = order;
            }
        }
    }
}

/* The node that row i counts as, where that is one of another code; else PLACE_NONE. */
static uint32_t other_node(const struct builder *b, size_t i)
{
    const struct place_row *r = &b->row[b->sorted[i]];
    uint32_t to = r->same_as ? place_order(&b->t->view, r->same_as) : PLACE_NONE;
    return to == PLACE_NONE || b->t->node[to].code == r->code ? PLACE_NONE : to;
}

/* All nodes of a place that counts as another follow the nodes of that one. */
static void join_nodes(struct tree *t, uint32_t first, uint32_t to)
{
    uint32_t last = place_by_code(&t->view, t->node[to].level, t->node[to].code);
    uint32_t identity = t->node[last].identity;
    for (; t->node[last].same != PLACE_NONE; last = t->node[last].same) {
        if (last == first) {
            return; /* the two count as each other */
        }
    }
    if (last == first) {
        return;
    }
    t->node[last].same = first;
    for (uint32_t i = first; i != PLACE_NONE; i = t->node[i].same) {
        t->node[i].identity = identity;
    }
}

static void link_same_as(struct builder *b)
{
    struct tree *t = b->t;
    for (size_t i = 0; i < b->n; i++) {
        uint32_t first = t->by_code[i + 1];
        uint32_t to = other_node(b, i);
        if (to != PLACE_NONE &&
            first == place_by_code(&t->view, t->node[first].level, t->node[first].code)) {
            join_nodes(t, first, to);
        }
    }
}

static bool add_name(struct tree *t, uint32_t order, struct str name, bool former)
{
    char buf[NAME_KEY_BYTES_MAX];
    struct str key = name_key(name, buf);
    if (key.n == 0) {
        return true;
    }
    if (t->names == t->names_cap) {
        return false;
    }
    uint64_t hash = hash64(key.p, key.n, (uint64_t)t->node[order].level);
    uint32_t *head = &t->bucket[hash & (t->buckets - 1)];
    /* Names of a node are added one after the other: those it has stand in front. */
    uint32_t i = *head;
    for (; i != PLACE_NONE && t->name[i].order == order; i = t->name[i].next) {
        if (str_eq(t->name[i].key, key)) {
            return true;
        }
    }
    struct str copy = str_copy(&t->mem, key);
    t->name[t->names] = (struct name_entry){hash, copy, order, former, *head};
    *head = t->names++;
    return copy.p != NULL;
}

static bool add_list(struct tree *t, uint32_t order, struct str rest, bool former)
{
    while (rest.n > 0) {
        const char *bar = memchr(rest.p, '|', rest.n);
        size_t n = bar ? (size_t)(bar - rest.p) : rest.n;
        if (!add_name(t, order, (struct str){rest.p, n}, former)) {
            return false;
        }
        rest.p += n + (bar != NULL);
        rest.n -= n + (bar != NULL);
    }
    return true;
}

static bool add_names_of(struct tree *t, uint32_t order)
{
    const struct place *p = &t->node[order];
    return add_name(t, order, p->name, false) && add_name(t, order, p->name_hi, false) &&
           add_list(t, order, t->aliases[order], false) &&
           add_list(t, order, t->former[order], true);
}

static uint32_t count_list(struct str list)
{
    uint32_t n = list.n > 0;
    for (size_t k = 0; k < list.n; k++) {
        n += list.p[k] == '|';
    }
    return n;
}

static uint32_t count_names(const struct tree *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->view.n; i++) {
        n += 2 + count_list(t->aliases[i]) + count_list(t->former[i]);
    }
    return n;
}

static int index_names(struct builder *b)
{
    struct tree *t = b->t;
    t->names_cap = count_names(t);
    for (t->buckets = 16; t->buckets < t->names_cap; t->buckets *= 2) {
    }
    t->name = ARENA_ARRAY(&t->mem, struct name_entry, t->names_cap);
    t->bucket = ARENA_ARRAY(&t->mem, uint32_t, t->buckets);
    if (!t->name || !t->bucket) {
        return no_memory(b->err);
    }
    memset(t->bucket, 0xFF, t->buckets * sizeof(uint32_t));
    for (uint32_t i = t->view.n; i-- > 0;) { /* backwards: chains come out in order */
        if (!add_names_of(t, i)) {
            return no_memory(b->err);
        }
    }
    return 0;
}

static int build(struct builder *b)
{
    TRY(index_ids(b));
    TRY(sort_all(b));
    TRY(link_children(b));
    TRY(number_nodes(b));
    link_identities(b);
    link_same_as(b);
    return index_names(b);
}

int place_tree_new(const struct place_row *rows, size_t n, const struct str *fact_names,
                   size_t facts, struct place_tree **out, struct err *err)
{
    static atomic_uint_fast64_t versions = 1;
    ASSERT(facts <= PLACE_FACTS_MAX && n < PLACE_NONE - 1);
    struct tree *t = mem_calloc(MEM_DATA, 1, sizeof(*t));
    if (!t) {
        return no_memory(err);
    }
    atomic_init(&t->refs, 1);
    arena_init(&t->mem, MEM_DATA, 0);
    t->view.version = atomic_fetch_add(&versions, 1);
    t->view.facts = facts;
    bool ok = true;
    for (size_t i = 0; i < facts; i++) {
        t->view.fact_name[i] = str_copy(&t->mem, fact_names[i]);
        ok = ok && t->view.fact_name[i].p;
    }
    struct builder b = {.t = t, .row = rows, .n = n, .err = err};
    arena_init(&b.scratch, MEM_DATA, 0);
    int rc = ok ? build(&b) : no_memory(err);
    arena_fini(&b.scratch);
    if (rc < 0) {
        place_tree_unref(&t->view);
        return rc;
    }
    *out = &t->view;
    return 0;
}

struct place_tree *place_tree_ref(struct place_tree *t)
{
    atomic_fetch_add_explicit(&((struct tree *)t)->refs, 1, memory_order_relaxed);
    return t;
}

void place_tree_unref(struct place_tree *view)
{
    struct tree *t = (struct tree *)view;
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    place_tree_unref(t->of);
    arena_fini(&t->mem);
    mem_free(MEM_DATA, t);
}

int place_tree_narrow(struct place_tree *whole, const struct place_span *seen, size_t n,
                      struct place_tree **out, struct err *err)
{
    struct tree *t = mem_alloc(MEM_DATA, sizeof *t);
    if (!t) {
        return no_memory(err);
    }
    *t = *tree_of(whole);
    atomic_init(&t->refs, 1);
    arena_init(&t->mem, MEM_DATA, 0);
    t->of = place_tree_ref(whole);
    struct place_span *copy = ARENA_ARRAY(&t->mem, struct place_span, n + 1);
    if (!copy) {
        place_tree_unref(&t->view);
        return no_memory(err);
    }
    if (n > 0) {
        memcpy(copy, seen, n * sizeof *copy);
    }
    t->view.narrowed = true;
    t->view.seen = copy;
    t->view.seens = n;
    *out = &t->view;
    return 0;
}

/* The first of the stretches that ends behind this node. */
static size_t span_behind(const struct place_tree *t, uint32_t order)
{
    size_t lo = 0, hi = t->seens;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->seen[mid].hi <= order) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool place_is_seen(const struct place_tree *t, uint32_t order)
{
    if (!t->narrowed) {
        return true;
    }
    size_t i = span_behind(t, order);
    return i < t->seens && t->seen[i].lo <= order;
}

bool place_is_shown(const struct place_tree *t, uint32_t order)
{
    if (!t->narrowed) {
        return true;
    }
    size_t i = span_behind(t, order);
    return i < t->seens && t->seen[i].lo < t->at[order].end;
}

bool place_id_is_seen(const struct place_tree *t, uint32_t id)
{
    uint32_t order = place_order(t, id);
    return order != PLACE_NONE && place_is_seen(t, order);
}

static bool same_shape(const struct place_tree *a, const struct place_tree *b)
{
    if (a->n != b->n || memcmp(a->order_id, b->order_id, a->n * sizeof(*a->order_id)) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < a->n; i++) {
        if (a->at[i].parent != b->at[i].parent || a->at[i].level != b->at[i].level) {
            return false;
        }
    }
    return true;
}

void place_tree_adopt(struct place_tree *t, const struct place_tree *old)
{
    if (same_shape(t, old)) {
        t->version = old->version;
    }
}

/* ---- looking up ---- */

static int code_cmp(const struct place *p, enum place_level level, int64_t code)
{
    if (p->level != level) {
        return p->level < level ? -1 : 1;
    }
    return p->code < code ? -1 : p->code > code;
}

static uint32_t first_by_code(const struct place_tree *t, enum place_level level, int64_t code)
{
    const uint32_t *by = tree_of(t)->by_code;
    uint32_t lo = 0, hi = t->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (code_cmp(&t->at[by[mid]], level, code) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < t->n && code_cmp(&t->at[by[lo]], level, code) == 0 ? by[lo] : PLACE_NONE;
}

uint32_t place_by_code(const struct place_tree *t, enum place_level level, int64_t code)
{
    uint32_t i = first_by_code(t, level, code);
    while (i != PLACE_NONE && !place_is_shown(t, i)) {
        i = t->at[i].same;
    }
    return i;
}

uint32_t place_first(const struct place_tree *t, uint32_t order)
{
    const struct place *p = &t->at[place_order(t, t->at[order].identity)];
    return first_by_code(t, p->level, p->code);
}

uint32_t place_above(const struct place_tree *t, uint32_t order, enum place_level level)
{
    ASSERT(order < t->n);
    while (t->at[order].level > level) {
        order = t->at[order].parent;
    }
    return t->at[order].level == level ? order : PLACE_NONE;
}

int place_fact_index(const struct place_tree *t, struct str name)
{
    for (size_t i = 0; i < t->facts; i++) {
        if (str_eq_nocase(t->fact_name[i], name)) {
            return (int)i;
        }
    }
    return -1;
}

struct str place_aliases(const struct place_tree *t, uint32_t order)
{
    ASSERT(order < t->n);
    return tree_of(t)->aliases[order];
}

/* What is not shown is not found. */
static bool inside(const struct place_tree *t, uint32_t within, uint32_t order)
{
    return order >= within && order < t->at[within].end && place_is_shown(t, order);
}

/* Found places, one per identity; of those that are gone, one per code. */
struct found {
    uint32_t *out;
    size_t max, n;
    bool gone, former; /* what is looked for */
};

static bool found_same(const struct place_tree *t, const struct found *f, uint32_t a, uint32_t b)
{
    return f->gone ? t->at[a].code == t->at[b].code : t->at[a].identity == t->at[b].identity;
}

static void found_add(const struct place_tree *t, struct found *f, uint32_t order)
{
    for (size_t i = 0; i < f->n && i < f->max; i++) {
        if (found_same(t, f, f->out[i], order)) {
            return;
        }
    }
    if (f->n < f->max) {
        f->out[f->n] = order;
    }
    f->n++;
}

static void find_code(const struct place_tree *t, enum place_level level, uint32_t within,
                      int64_t code, struct found *f)
{
    uint32_t i = place_by_code(t, level, code);
    for (; i != PLACE_NONE && t->at[i].code == code; i = t->at[i].same) {
        if (t->at[i].gone == f->gone && inside(t, within, i)) {
            found_add(t, f, i);
        }
    }
}

static void find_name(const struct place_tree *t, enum place_level level, uint32_t within,
                      struct str key, struct found *f)
{
    const struct tree *x = tree_of(t);
    uint64_t hash = hash64(key.p, key.n, (uint64_t)level);
    for (uint32_t i = x->bucket[hash & (x->buckets - 1)]; i != PLACE_NONE; i = x->name[i].next) {
        const struct name_entry *e = &x->name[i];
        const struct place *p = &t->at[e->order];
        if (e->hash == hash && p->level == level && p->gone == f->gone &&
            (!e->former || f->former) && str_eq(e->key, key) && inside(t, within, e->order)) {
            found_add(t, f, e->order);
        }
    }
}

static size_t find(const struct place_tree *t, enum place_level level, uint32_t within,
                   struct str text, struct found *f)
{
    ASSERT(within < t->n);
    int64_t code;
    if (str_to_i64(text, &code) == 0) {
        find_code(t, level, within, code, f);
        return f->n;
    }
    char buf[NAME_KEY_BYTES_MAX];
    struct str key = name_key(text, buf);
    if (key.n > 0) {
        find_name(t, level, within, key, f);
    }
    if (key.n > 0 && f->n == 0) {
        f->former = true;
        find_name(t, level, within, key, f);
    }
    return f->n;
}

size_t place_find(const struct place_tree *t, enum place_level level, uint32_t within,
                  struct str text, uint32_t *out, size_t max)
{
    struct found f = {.out = out, .max = max};
    return find(t, level, within, text, &f);
}

size_t place_find_gone(const struct place_tree *t, enum place_level level, uint32_t within,
                       struct str text, uint32_t *out, size_t max)
{
    struct found f = {.out = out, .max = max, .gone = true};
    return find(t, level, within, text, &f);
}

void place_near(const struct place_tree *t, enum place_level level, uint32_t within,
                struct str text, struct near_list *out)
{
    for (uint32_t i = within; i < t->at[within].end; i++) {
        if (t->at[i].level == level && !t->at[i].gone && place_is_shown(t, i)) {
            near_offer(out, text, t->at[i].name);
            if (t->at[i].name_hi.n > 0) {
                near_offer(out, text, t->at[i].name_hi);
            }
        }
    }
}

const char *place_level_name(enum place_level level)
{
    ASSERT(level < PLACE_LEVELS);
    return level_names[level];
}

int place_level_parse(struct str s)
{
    static const char *const plurals[PLACE_LEVELS] = {"countries", "states", "districts", "blocks",
                                                      "panchayats"};
    for (int i = 0; i < PLACE_LEVELS; i++) {
        if (str_eq_nocase(s, str_of(level_names[i])) || str_eq_nocase(s, str_of(plurals[i]))) {
            return i;
        }
    }
    return -1;
}

struct str place_name(const struct place *p, bool hindi)
{
    return (hindi && p->name_hi.n > 0) || p->name.n == 0 ? p->name_hi : p->name;
}
