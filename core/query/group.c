/* SPDX-License-Identifier: MIT
 *
 * Grouping. */
#include "group.h"

#include "base/hash.h"

enum { SLOTS_FIRST = 64 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "The query needs more memory than it may use.");
}

/* A larger copy; the old one stays in the arena. */
static void *grow(struct arena *a, const void *old, size_t n, size_t cap, size_t size)
{
    void *p = arena_array(a, cap, size);
    if (p != NULL && n > 0)
        memcpy(p, old, n * size);
    return p;
}

void intern_init(struct intern *t, struct arena *a, enum type type, const struct list *list)
{
    *t = (struct intern){.arena = a, .type = type, .value = {.type = type, .list = list}};
}

static int intern_grow(struct intern *t, struct err *err)
{
    size_t cap = t->cap ? t->cap * 2 : SLOTS_FIRST / 2;
    if (t->type == TYPE_STRING)
        t->value.s = grow(t->arena, t->value.s, t->n, cap, sizeof *t->value.s);
    else if (t->type == TYPE_FLOAT64)
        t->value.f = grow(t->arena, t->value.f, t->n, cap, sizeof *t->value.f);
    else
        t->value.i = grow(t->arena, t->value.i, t->n, cap, sizeof *t->value.i);
    t->value.null = grow(t->arena, t->value.null, t->n, cap, 1);
    if (t->value.null == NULL || (t->value.s == NULL && t->value.f == NULL && t->value.i == NULL) ||
        cap > UINT32_MAX / 4)
        return no_memory(err);
    t->cap = cap;
    return 0;
}

static double plain_zero(double f)
{
    return f + 0.0; /* -0.0 and 0.0 are one value */
}

static uint64_t hash_cell(const struct frame_col *c, size_t i)
{
    if (vec_null(c, i))
        return 0x9E3779B97F4A7C15u;
    if (c->s != NULL)
        return hash64(c->s[i].p, c->s[i].n, 1);
    if (c->f != NULL) {
        double f = plain_zero(c->f[i]);
        uint64_t bits;
        memcpy(&bits, &f, sizeof bits);
        return hash_mix(bits);
    }
    return hash_mix((uint64_t)c->i[i]);
}

static bool same_cell(const struct frame_col *a, size_t i, const struct frame_col *b, size_t j)
{
    bool x = vec_null(a, i);
    bool y = vec_null(b, j);
    if (x || y)
        return x && y;
    if (a->s != NULL)
        return str_eq(a->s[i], b->s[j]);
    if (a->f != NULL) {
        double f = plain_zero(a->f[i]);
        double g = plain_zero(b->f[j]);
        return memcmp(&f, &g, sizeof f) == 0;
    }
    return a->i[i] == b->i[j];
}

static int intern_rehash(struct intern *t, struct err *err)
{
    size_t slots = t->slots ? t->slots * 2 : SLOTS_FIRST;
    uint32_t *slot = ARENA_ARRAY(t->arena, uint32_t, slots);
    if (slot == NULL)
        return no_memory(err);
    for (size_t o = 0; o < t->n; o++) {
        size_t at = hash_cell(&t->value, o) & (slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)o + 1;
    }
    t->slot = slot;
    t->slots = slots;
    return 0;
}

static int intern_one(struct intern *t, const struct frame_col *c, size_t i, uint32_t *out,
                      struct err *err)
{
    if (t->n * 2 >= t->slots)
        TRY(intern_rehash(t, err));
    size_t at = hash_cell(c, i) & (t->slots - 1);
    for (; t->slot[at] != 0; at = (at + 1) & (t->slots - 1))
        if (same_cell(&t->value, t->slot[at] - 1, c, i)) {
            *out = t->slot[at] - 1;
            return 0;
        }
    if (t->n == t->cap)
        TRY(intern_grow(t, err));
    struct frame_col one = *c;
    bool null = vec_null(c, i);
    one.null = NULL;
    one.s = c->s ? c->s + i : NULL;
    one.f = c->f ? c->f + i : NULL;
    one.i = c->i ? c->i + i : NULL;
    vec_copy(&t->value, t->n, &one, 1);
    t->value.null[t->n] = null;
    *out = (uint32_t)t->n++;
    t->slot[at] = *out + 1;
    return 0;
}

int intern_add(struct intern *t, const struct frame_col *c, size_t n, uint32_t *out,
               struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && same_cell(c, i, c, i - 1))
            out[i] = out[i - 1];
        else
            TRY(intern_one(t, c, i, &out[i], err));
    }
    return 0;
}

static int map_rehash(struct u64_map *m, struct err *err)
{
    size_t slots = m->slots ? m->slots * 2 : SLOTS_FIRST;
    uint32_t *slot = ARENA_ARRAY(m->arena, uint32_t, slots);
    if (slot == NULL || slots > UINT32_MAX / 2)
        return no_memory(err);
    for (size_t k = 0; k < m->n; k++) {
        size_t at = hash_mix(m->key[k]) & (slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)k + 1;
    }
    m->slot = slot;
    m->slots = slots;
    return 0;
}

int u64_map_add(struct u64_map *m, uint64_t key, uint32_t *out, struct err *err)
{
    if (m->n * 2 >= m->slots)
        TRY(map_rehash(m, err));
    size_t at = hash_mix(key) & (m->slots - 1);
    for (; m->slot[at] != 0; at = (at + 1) & (m->slots - 1))
        if (m->key[m->slot[at] - 1] == key) {
            *out = m->slot[at] - 1;
            return 0;
        }
    if (m->n == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : SLOTS_FIRST / 2;
        m->key = grow(m->arena, m->key, m->n, cap, sizeof *m->key);
        if (m->key == NULL)
            return no_memory(err);
        m->cap = cap;
    }
    m->key[m->n] = key;
    *out = (uint32_t)m->n++;
    m->slot[at] = *out + 1;
    return 0;
}

static uint64_t key_count(const struct group_key *k)
{
    return k->of_code != NULL || k->identity ? (k->count ? k->count : 1) : UINT64_C(1) << 32;
}

int groups_init(struct groups *g, struct arena *a, size_t vector, size_t cells_max, struct err *err)
{
    g->arena = a;
    g->vector = vector;
    g->scratch = ARENA_ARRAY(a, uint32_t, vector * (g->keys ? g->keys : 1));
    g->combined = ARENA_ARRAY(a, uint64_t, vector);
    if (g->scratch == NULL || g->combined == NULL)
        return no_memory(err);
    g->map.arena = a;
    uint64_t cells = 1;
    bool small = true;
    uint64_t product = 1;
    for (size_t k = 0; k < g->keys; k++) {
        uint64_t count = key_count(&g->key[k]);
        small = small && count <= cells_max && cells * count <= cells_max;
        cells = small ? cells * count : 0;
        g->part[k].arena = a;
        g->packs[k] = product > (UINT64_C(1) << 62) / count;
        if (__builtin_mul_overflow(g->packs[k] ? UINT64_C(1) << 32 : product, count, &product))
            product = UINT64_MAX; /* a packed number times 2^32 just fits */
    }
    g->dense = small;
    g->cells = cells;
    return 0;
}

static int remember(struct groups *g, uint32_t group, size_t i, struct err *err)
{
    if (group < g->n)
        return 0;
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : SLOTS_FIRST;
        size_t width = g->keys ? g->keys : 1;
        g->ordinal = grow(g->arena, g->ordinal, g->n * width, cap * width, sizeof *g->ordinal);
        if (g->ordinal == NULL)
            return no_memory(err);
        g->cap = cap;
    }
    for (size_t k = 0; k < g->keys; k++)
        g->ordinal[g->n * g->keys + k] = g->scratch[k * g->vector + i];
    g->n++;
    return 0;
}

int groups_combine(struct groups *g, size_t n, uint32_t *gid, struct err *err)
{
    uint64_t *sum = g->combined;
    memset(sum, 0, n * sizeof *sum);
    for (size_t k = 0; k < g->keys; k++) {
        const uint32_t *o = g->scratch + k * g->vector;
        uint64_t count = key_count(&g->key[k]);
        for (size_t i = 0; g->packs[k] && i < n; i++) {
            uint32_t packed;
            TRY(u64_map_add(&g->part[k], sum[i], &packed, err));
            sum[i] = packed;
        }
        for (size_t i = 0; i < n; i++)
            sum[i] = sum[i] * count + o[i];
    }
    for (size_t i = 0; g->dense && i < n; i++)
        gid[i] = (uint32_t)sum[i];
    for (size_t i = 0; !g->dense && i < n; i++) {
        if (i > 0 && sum[i] == sum[i - 1]) {
            gid[i] = gid[i - 1];
            continue;
        }
        TRY(u64_map_add(&g->map, sum[i], &gid[i], err));
        TRY(remember(g, gid[i], i, err));
    }
    return 0;
}

size_t groups_count(const struct groups *g)
{
    return g->dense ? (size_t)g->cells : g->n;
}

uint32_t groups_ordinal(const struct groups *g, size_t i, size_t k)
{
    if (!g->dense)
        return g->ordinal[i * g->keys + k];
    uint32_t rest = (uint32_t)i; /* dense groups are few enough for 32 bits, which divide faster */
    for (size_t j = g->keys - 1; j > k; j--)
        rest /= (uint32_t)key_count(&g->key[j]);
    return rest % (uint32_t)key_count(&g->key[k]);
}

struct value group_key_value(const struct group_key *k, uint32_t o)
{
    if (!k->identity)
        return vec_get(&k->values.value, o);
    struct value v = {.type = k->values.type, .null = o == 0};
    if (o > 0 && k->dict != NULL)
        v.s = dict_get(k->dict, (int32_t)(k->low + (int64_t)o - 1));
    else if (o > 0)
        v.i = k->low + (int64_t)o - 1;
    return v;
}
