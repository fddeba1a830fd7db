/* SPDX-License-Identifier: MIT
 *
 * Grouping what a scan reads. A key whose values are a function of one column is worked out once
 * for every code that the column can have; where the keys together have few combinations, each is
 * a place in an array (dense), else a hash table numbers them. Slabs that allow it are counted on
 * their bit planes (slab_scan.c), the rest row by row.
 *
 * COUNT(*) needs no state of its own: it is the registrations of the group, which are counted in
 * any case, because a group is there only when they do not sum to zero. */
#include "scan.h"
#include "slab_scan.h"

struct key_table {
    struct run *run;
    struct group_key *key;
};

static bool take_ordinals(void *ctx, const struct frame_col *c, size_t at, size_t n)
{
    struct key_table *t = ctx;
    return intern_add(&t->key->values, c, n, t->key->of_code + at, NULL) == 0;
}

enum { RANGE_GROUPS_MAX = 4096 }; /* groups looked at to narrow a column */

struct value_range {
    int32_t lo, hi; /* lo > hi: no value, or NULL alone */
    size_t groups;  /* looked at so far */
};

static void widen(struct value_range *r, int32_t lo, int32_t hi)
{
    r->lo = lo < r->lo ? lo : r->lo;
    r->hi = hi > r->hi ? hi : r->hi;
}

static void widen_by_table(struct value_range *r, const struct slab_col *c, uint32_t table)
{
    uint32_t from = c->table[table];
    uint32_t to = c->table[table + 1];
    if (from < to && c->value[from] == ATTR_NULL)
        from++;
    if (from < to)
        widen(r, c->value[from], c->value[to - 1]);
}

/* Tables of a place are those of the window's places; of others there are few. */
static void widen_by_slab(struct value_range *r, const struct slab *b, int attr, struct range place)
{
    const struct slab_col *c = &b->attr[attr];
    if (c->parent != SLAB_BY_PLACE) {
        for (uint32_t t = 0; t < c->tables; t++)
            widen_by_table(r, c, t);
        return;
    }
    uint32_t g = slab_find(b, place.lo);
    for (; g < b->groups && b->group[g].place < place.hi && r->groups <= RANGE_GROUPS_MAX; g++) {
        widen_by_table(r, c, slab_table(c, &b->group[g]));
        r->groups++;
    }
}

/* The values that rows in the window's places may have; false: too many places to look at. */
static bool attr_range(const struct scan *s, int attr, struct value_range *r)
{
    const struct snap *snap = s->run->snap;
    const struct ranges *place = &s->plan->window.place;
    *r = (struct value_range){INT32_MAX, INT32_MIN, 0};
    for (size_t i = 0; i < snap->segs; i++)
        if (snap->seg[i]->attr[attr].present)
            widen(r, snap->seg[i]->attr[attr].base, snap->seg[i]->attr[attr].max);
    for (size_t i = 0; i < snap->slabs; i++)
        for (size_t k = 0; k < place->n && snap->slab[i]->attr[attr].tables > 0; k++)
            widen_by_slab(r, snap->slab[i], attr, place->at[k]);
    return r->groups <= RANGE_GROUPS_MAX;
}

/* Codes of values from *low on, NULL in front, that a column can have here: *n of them. */
static void narrow(const struct scan *s, int base, int64_t *low, size_t *n)
{
    struct value_range r;
    if (base < BASE_ATTR || s->run->snap->clickhouse != NULL ||
        !attr_range(s, base - BASE_ATTR, &r))
        return;
    *low = r.lo > r.hi ? 0 : r.lo;
    *n = r.lo > r.hi ? 1 : (size_t)((int64_t)r.hi - r.lo) + 2;
}

/* A text attribute itself: the id of the dictionary, less the lowest that can occur, is the
 * ordinal. */
static void key_of_dict(const struct scan *s, struct group_key *key, const struct expr *e)
{
    key->identity = true;
    key->dict = e->aux;
    key->base = e->arg[0]->col;
    key->low = 0;
    key->count = (size_t)dict_count(key->dict) + 1;
    narrow(s, key->base, &key->low, &key->count);
}

static int key_init(struct scan *s, struct group_key *key, struct expr *e)
{
    struct run *r = s->run;
    *key = (struct group_key){.base = single_base(e)};
    intern_init(&key->values, r->arena, e->type, e->list);
    if (e->kind == EXPR_CALL && e->fn == &fn_dict_text) {
        key_of_dict(s, key, e);
        return 0;
    }
    if (key->base < 0)
        return 0;
    size_t n = base_domain(r, &s->plan->window, key->base, &key->low);
    if (n == 0)
        return 0;
    narrow(s, key->base, &key->low, &n);
    key->of_code = ARENA_ARRAY(r->arena, uint32_t, n);
    if (key->of_code == NULL)
        return run_memory(r);
    struct key_table t = {r, key};
    int done = domain_eval(r, e, key->base, key->low, n, take_ordinals, &t);
    TRY(done);
    key->codes = n;
    key->count = key->values.n;
    if (done)
        return 0;
    key->of_code = NULL;
    intern_init(&key->values, r->arena, e->type, e->list);
    return 0;
}

static int key_ordinals(struct scan *s, size_t k)
{
    struct group_key *key = &s->groups.key[k];
    struct expr *e = s->plan->access->group.key[k];
    uint32_t *out = s->groups.scratch + k * s->groups.vector;
    if (key->identity || key->of_code != NULL) {
        const struct frame_col *c = &s->col[key->base];
        for (size_t i = 0; i < s->n; i++) {
            uint64_t code = c->null[i] ? 0 : (uint64_t)(c->i[i] - key->low) + 1;
            ASSERT(key->identity ? code < key->count : code < key->codes);
            out[i] = key->identity ? (uint32_t)code : key->of_code[code];
        }
        return 0;
    }
    struct eval ev = run_eval(s->run, s->col);
    ev.n = s->n;
    TRY(expr_eval(&ev, e, NULL));
    return intern_add(&key->values, &e->out, s->n, out, s->run->err);
}

static int reserve(struct scan *s, size_t n)
{
    if (n > s->net_cap) {
        size_t cap = s->net_cap * 2 > n ? s->net_cap * 2 : n;
        int64_t *grown = ARENA_ARRAY(s->run->arena, int64_t, cap);
        if (grown == NULL)
            return run_memory(s->run);
        if (s->net_cap > 0)
            memcpy(grown, s->net, s->net_cap * sizeof *grown);
        s->net = grown;
        s->net_cap = cap;
    }
    const struct grouping *g = &s->plan->access->group;
    for (size_t k = 0; k < g->aggs; k++)
        if (g->agg[k].kind != AGG_COUNT)
            TRY(agg_reserve(&s->agg[k], n, s->run->err));
    return 0;
}

static int consume_groups(struct scan *s)
{
    const struct grouping *g = &s->plan->access->group;
    for (size_t k = 0; k < g->keys; k++)
        TRY(key_ordinals(s, k));
    TRY(groups_combine(&s->groups, s->n, s->gid, s->run->err));
    TRY(reserve(s, groups_count(&s->groups)));
    const int64_t *weight = s->col[BASE_COUNT].i;
    for (size_t i = 0; i < s->n; i++)
        s->net[s->gid[i]] += weight[i];
    for (size_t k = 0; k < g->aggs; k++) {
        struct agg_input arg;
        if (g->agg[k].kind == AGG_COUNT)
            continue;
        struct eval ev = run_eval(s->run, s->col);
        ev.n = s->n;
        TRY(agg_eval(&ev, &g->agg[k], &arg));
        TRY(agg_add(&s->agg[k], &arg, s->gid, weight, s->n, s->run->places, s->run->err));
    }
    return 0;
}

/* Groups that have registrations, in ascending order of their numbers. */
static int live_groups(struct scan *s, uint32_t **live, size_t *n)
{
    size_t all = groups_count(&s->groups);
    all = s->net_cap < all ? s->net_cap : all;
    *n = 0;
    for (size_t i = 0; i < all; i++)
        *n += s->net[i] != 0;
    *live = ARENA_ARRAY(s->run->arena, uint32_t, *n);
    if (*live == NULL)
        return run_memory(s->run);
    for (size_t i = 0, to = 0; i < all; i++)
        if (s->net[i] != 0)
            (*live)[to++] = (uint32_t)i;
    return 0;
}

/* Rows of the answer whose ordinals are worked out at a time. */
enum { CHUNK = 1024 };

/* Ordinals of all keys of n groups, ordinal[k * CHUNK + i]. Dense numbers ascend, so that mostly
 * the last ordinal alone grows; only a carry needs a division. */
static void ordinals_of(const struct groups *g, const uint32_t *group, size_t n, uint32_t *ordinal)
{
    uint32_t now[GROUP_KEYS_MAX] = {0};
    uint32_t before = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t carry = group[i] - before;
        before = group[i];
        for (size_t k = g->keys; g->dense && k-- > 0 && carry > 0;) {
            uint32_t count = g->key[k].count ? (uint32_t)g->key[k].count : 1;
            uint32_t sum = now[k] + carry;
            carry = sum < count ? 0 : sum / count;
            now[k] = sum - carry * count;
        }
        for (size_t k = 0; k < g->keys; k++)
            ordinal[k * CHUNK + i] = g->dense ? now[k] : groups_ordinal(g, group[i], k);
    }
}

/* Values of an ordinal each into rows from `row` on. */
static void put_identity(const struct group_key *key, const uint32_t *ordinal, size_t n,
                         struct frame_col *to, size_t row)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t o = ordinal[i];
        to->null[row + i] = o == 0;
        if (o > 0 && key->dict != NULL)
            to->s[row + i] = dict_get(key->dict, (int32_t)(key->low + (int64_t)o - 1));
        else if (o > 0)
            to->i[row + i] = key->low + (int64_t)o - 1;
    }
}

static void put_values(const struct frame_col *from, const uint32_t *ordinal, size_t n,
                       struct frame_col *to, size_t row)
{
    for (size_t i = 0; i < n; i++)
        to->null[row + i] = vec_null(from, ordinal[i]);
    for (size_t i = 0; i < n && from->s != NULL; i++)
        to->s[row + i] = from->s[ordinal[i]];
    for (size_t i = 0; i < n && from->f != NULL; i++)
        to->f[row + i] = from->f[ordinal[i]];
    for (size_t i = 0; i < n && from->i != NULL; i++)
        to->i[row + i] = from->i[ordinal[i]];
}

static int put_keys(struct scan *s, const uint32_t *live, size_t rows, struct frame *f)
{
    const struct groups *g = &s->groups;
    uint32_t *ordinal = ARENA_ARRAY(s->run->arena, uint32_t, g->keys * CHUNK);
    if (ordinal == NULL)
        return run_memory(s->run);
    for (size_t row = 0; row < rows; row += CHUNK) {
        size_t n = rows - row < CHUNK ? rows - row : CHUNK;
        ordinals_of(g, live + row, n, ordinal);
        for (size_t k = 0; k < g->keys; k++) {
            const struct group_key *key = &g->key[k];
            if (key->identity)
                put_identity(key, ordinal + k * CHUNK, n, &f->col[k], row);
            else
                put_values(&key->values.value, ordinal + k * CHUNK, n, &f->col[k], row);
        }
    }
    return 0;
}

static int put_agg(struct scan *s, size_t k, const uint32_t *live, size_t rows,
                   struct frame_col *to)
{
    if (s->plan->access->group.agg[k].kind == AGG_COUNT) {
        memset(to->null, 0, rows);
        for (size_t row = 0; row < rows; row++)
            to->i[row] = s->net[live[row]];
        return 0;
    }
    for (size_t row = 0; row < rows; row++)
        TRY(run_agg_result(s->run, &s->agg[k], live[row], to, row));
    return 0;
}

/* Do ascending numbers of groups stand for ascending keys? Then nothing needs sorting. */
static bool in_order(const struct scan *s)
{
    const struct groups *g = &s->groups;
    for (size_t k = 0; k < g->keys; k++) {
        const struct frame_col *v = &g->key[k].values.value;
        if (g->key[k].dict != NULL)
            return false;
        for (size_t o = 1; o < g->key[k].values.n && !g->key[k].identity; o++)
            if (vec_compare(v, o - 1, v, o, s->run->places) >= 0)
                return false;
    }
    return g->dense;
}

static int groups_frame(struct scan *s, struct frame **out)
{
    struct run *r = s->run;
    const struct grouping *g = &s->plan->access->group;
    static uint32_t only[1]; /* without keys there is one group, registrations or not */
    uint32_t *live = only;
    size_t rows = 1;
    if (g->keys == 0)
        TRY(reserve(s, 1));
    else
        TRY(live_groups(s, &live, &rows));
    struct frame *f;
    TRY(run_frame(r, rows, g->keys + g->aggs, &f));
    for (size_t k = 0; k < g->keys + g->aggs; k++) {
        const struct expr *e = k < g->keys ? g->key[k] : NULL;
        const struct agg_spec *spec = e ? NULL : &g->agg[k - g->keys];
        TRY(frame_col_init(r->arena, &f->col[k], rows, STR(""), e ? e->type : spec->type, r->err));
        f->col[k].list = e ? e->list : spec->list;
    }
    if (g->keys > 0)
        TRY(put_keys(s, live, rows, f));
    for (size_t k = 0; k < g->aggs; k++)
        TRY(put_agg(s, k, live, rows, &f->col[g->keys + k]));
    *out = f;
    return r->any_order || in_order(s) ? 0 : frame_order_keys(r, out, g->keys);
}

/* Slabs that can be counted on their bit planes are. */
static int scan_planes(struct scan *s, uint8_t **done)
{
    struct run *r = s->run;
    bool here = r->snap->clickhouse == NULL && r->snap->slabs > 0;
    if (!here || s->plan->window.never || !slab_scan_fits(s->plan, &s->groups))
        return 0;
    size_t cells = groups_count(&s->groups);
    TRY(reserve(s, cells));
    *done = ARENA_ARRAY(r->arena, uint8_t, r->snap->slabs);
    if (*done == NULL)
        return run_memory(r);
    return slab_scan(r, s->plan, &s->groups, s->net, *done, &r->rows_read);
}

static int groups_setup(struct scan *s)
{
    struct run *r = s->run;
    const struct grouping *g = &s->plan->access->group;
    s->groups.keys = g->keys;
    s->groups.key = ARENA_ARRAY(r->arena, struct group_key, g->keys);
    s->agg = ARENA_ARRAY(r->arena, struct agg_state, g->aggs);
    if (s->groups.key == NULL || s->agg == NULL)
        return run_memory(r);
    if (g->keys > GROUP_KEYS_MAX)
        return err_set(r->err, ERR_LIMIT, "GROUP BY has more than %d columns.", GROUP_KEYS_MAX);
    for (size_t k = 0; k < g->keys; k++)
        TRY(key_init(s, &s->groups.key[k], g->key[k]));
    size_t cells = r->snap->rows < 256 ? 1024 : (size_t)r->snap->rows * 4;
    return groups_init(&s->groups, r->arena, s->vector, cells < DENSE_MAX ? cells : DENSE_MAX,
                       r->err);
}

int scan_groups(struct scan *s, struct frame **out)
{
    struct run *r = s->run;
    const struct grouping *g = &s->plan->access->group;
    uint8_t *done = NULL;
    s->consume = consume_groups;
    TRY(groups_setup(s));
    for (size_t k = 0; k < g->aggs; k++)
        TRY(agg_init(&s->agg[k], &g->agg[k], r->arena, s->vector, r->err));
    TRY(scan_planes(s, &done));
    TRY(scan_all(s, done));
    return groups_frame(s, out);
}

int scan_groups_outline(struct scan *s, struct scan_outline *out)
{
    TRY(groups_setup(s));
    out->dense = s->groups.dense;
    out->cells = s->groups.cells;
    out->planes =
        s->run->snap->slabs > 0 && !s->plan->window.never && slab_scan_fits(s->plan, &s->groups);
    return 0;
}
