/* SPDX-License-Identifier: MIT
 *
 * Preparing columns for counting: the choice between masks and bytes, and the program for masks.
 *
 * "Which codes have this value?" is a function of the planes' bits. It is taken apart from the
 * highest bit down (Shannon's expansion): the upper half of the codes, the lower half, and a
 * selection between their masks by the plane. Halves that are alike need no selection, codes that
 * do not occur may count as either, and a selection that was made before is used again, so that a
 * range of codes costs about two selections a plane and a single code one (Bryant, "Graph-Based
 * Algorithms for Boolean Function Manipulation", IEEE Transactions on Computers 1986). */
#include "kernel_int.h"

#include <string.h>

#include "base/err.h"

enum {
    ANY = 255,   /* a mask that may be any: none of its codes occurs */
    FAILED = 254 /* the program is too long */
};

/* Costs for 512 rows in the one unit of what a selection takes on AVX-512 per 5, from timing them.
 */
enum {
    COST_NODE = 5,   /* a selection */
    COST_GROUP = 9,  /* a group counted by masks */
    COST_SPLIT = 10, /* a part that is split in two */
    COST_LAST = 5,   /* a part that is only counted */
    COST_PLANE = 8,  /* a plane expanded to bytes */
    COST_COL = 48,   /* a column of bytes mapped */
    COST_BLOCK = 64, /* anything by bytes */
    COST_ROW = 768,  /* all rows, counted one by one */
    COST_MOVE = 12,  /* a plane of rows that passed moved together */
};

/* ---- one value of one column ---------------------------------------------------------------- */

struct value {
    struct kernel_plan *plan;
    const struct kernel_col *col;
    uint8_t share;
    uint8_t plane0; /* index in the plan of the column's plane 0 */
};

/* The mask that takes hi where the plane's bit is 1 and lo elsewhere. */
static uint8_t pick(struct kernel_plan *p, uint8_t plane, uint8_t hi, uint8_t lo)
{
    if (hi == FAILED || lo == FAILED)
        return FAILED;
    if (hi == lo || lo == ANY)
        return hi;
    if (hi == ANY)
        return lo;
    for (size_t i = 0; i < p->nodes; i++)
        if (p->node[i].plane == plane && p->node[i].hi == hi && p->node[i].lo == lo)
            return (uint8_t)(i + MASK_FIRST);
    if (p->nodes == KERNEL_NODES_MAX)
        return FAILED;
    p->node[p->nodes] = (struct kernel_node){plane, hi, lo};
    return (uint8_t)(p->nodes++ + MASK_FIRST);
}

/* The mask of the codes from .. from + 2^bits - 1 that have the value. */
static uint8_t split(const struct value *v, unsigned from, unsigned bits)
{
    if (from >= v->col->entries)
        return ANY;
    if (bits == 0)
        return v->col->map[from] == v->share ? MASK_ALL : MASK_NONE;
    uint8_t lo = split(v, from, bits - 1);
    uint8_t hi = split(v, from + (1u << (bits - 1)), bits - 1);
    return pick(v->plan, (uint8_t)(v->plane0 + bits - 1), hi, lo);
}

/* ---- columns -------------------------------------------------------------------------------- */

/* The different shares of a column that are not dropped, ascending. */
static size_t shares_of(const struct kernel_col *c, uint8_t share[KERNEL_GROUPS_MAX])
{
    bool seen[KERNEL_GROUPS_MAX + 1] = {false};
    size_t n = 0;
    for (unsigned i = 0; i < c->entries; i++)
        seen[c->map[i]] = true;
    for (unsigned s = 0; s < DROPPED; s++)
        if (seen[s])
            share[n++] = (uint8_t)s;
    return n;
}

static bool has_dropped(const struct kernel_col *c)
{
    for (unsigned i = 0; i < c->entries; i++)
        if (c->map[i] == DROPPED)
            return true;
    return false;
}

/* Adds the planes of a column; the number of its first one in *plane0. */
static bool add_planes(struct kernel_plan *p, const struct kernel_col *c, uint8_t *plane0)
{
    if (p->planes + c->width > KERNEL_NODES_MAX)
        return false;
    *plane0 = (uint8_t)p->planes;
    for (int b = 0; b < c->width; b++)
        p->plane[p->planes++] = c->plane[b];
    return true;
}

/* A column all of whose passing codes have one share: a test, and a number for every row. */
static bool add_test(struct kernel_plan *p, const struct kernel_col *c, uint8_t share)
{
    struct value v = {p, c, share, 0};
    p->base = (uint8_t)(p->base + share);
    if (!has_dropped(c))
        return true;
    if (!add_planes(p, c, &v.plane0))
        return false;
    p->test[p->tests] = split(&v, 0, c->width);
    return p->test[p->tests++] != FAILED;
}

/* The program of a column that is a key. */
static bool add_key(struct kernel_plan *p, size_t key)
{
    struct value v = {p, p->col[p->key_col[key]], 0, 0};
    uint8_t share[KERNEL_GROUPS_MAX];
    size_t first = p->key_first[key], n = shares_of(v.col, share);
    if (first + n > KERNEL_ENTRIES_MAX || !add_planes(p, v.col, &v.plane0))
        return false;
    for (size_t i = 0; i < n; i++) {
        v.share = share[i];
        p->share[first + i] = share[i];
        p->mask[first + i] = split(&v, 0, v.col->width);
        if (p->mask[first + i] == FAILED)
            return false;
    }
    p->key_first[key + 1] = first + n;
    return true;
}

/* A column none of whose codes passes. */
static bool add_nothing(struct kernel_plan *p)
{
    p->test[p->tests++] = MASK_NONE;
    return true;
}

/* Tells tests from keys, and makes the program of the tests. */
static bool add_tests(struct kernel_plan *p)
{
    uint8_t share[KERNEL_GROUPS_MAX];
    bool ok = true;
    for (size_t i = 0; i < p->cols && ok; i++) {
        size_t n = shares_of(p->col[i], share);
        if (n > 1)
            p->key_col[p->keys++] = (uint8_t)i;
        else
            ok = n == 0 ? add_nothing(p) : add_test(p, p->col[i], share[0]);
    }
    p->test_nodes = p->nodes;
    return ok;
}

/* One key with one value that every row has. */
static void add_all(struct kernel_plan *p)
{
    p->mask[0] = MASK_ALL;
    p->share[0] = 0;
    p->key_first[1] = 1;
    p->keys = 1;
}

/* What each combination of the keys but the last adds to the group, in the order in which the
 * kernels make them. */
static bool share_parts(struct kernel_plan *p)
{
    p->parts = 1;
    p->part_share[0] = p->base;
    for (size_t k = 0; k + 1 < p->keys; k++) {
        size_t first = p->key_first[k], n = p->key_first[k + 1] - first;
        if (p->parts * n > KERNEL_PARTS_MAX)
            return false;
        for (size_t i = p->parts; i-- > 0;)
            for (size_t j = n; j-- > 0;)
                p->part_share[i * n + j] = (uint8_t)(p->part_share[i] + p->share[first + j]);
        p->parts *= n;
    }
    return true;
}

/* The planes of the keys one behind the other; false: none, or too many. */
static bool add_code_planes(struct kernel_plan *p)
{
    p->code_planes = 0;
    for (size_t k = 0; k < p->keys; k++) {
        const struct kernel_col *c = p->col[p->key_col[k]];
        if (p->code_planes + c->width > KERNEL_CODE_PLANES_MAX)
            return false;
        for (int b = 0; b < c->width; b++)
            p->code_plane[p->code_planes++] = c->plane[b];
    }
    return p->code_planes > 0;
}

/* The program of the keys. */
static bool add_keys(struct kernel_plan *p)
{
    if (p->groups > KERNEL_MASK_GROUPS_MAX)
        return false;
    for (size_t k = 0; k < p->keys; k++)
        if (!add_key(p, k))
            return false;
    if (p->keys == 0)
        add_all(p);
    return share_parts(p);
}

/* ---- choosing ------------------------------------------------------------------------------- */

static size_t cost_of_masks(const struct kernel_plan *p)
{
    size_t last = p->key_first[p->keys] - p->key_first[p->keys - 1];
    return p->nodes * COST_NODE + p->parts * last * COST_GROUP;
}

/* Of `rows` rows those that pass, thought to be as many as codes that do. */
static size_t passing(const struct kernel_plan *p, size_t rows)
{
    for (size_t i = 0; i < p->cols; i++) {
        const struct kernel_col *c = p->col[i];
        size_t pass = 0;
        for (unsigned k = 0; k < c->entries; k++)
            pass += c->map[k] != DROPPED;
        rows = rows * pass / c->entries;
    }
    return rows;
}

static size_t cost_of_bytes(const struct kernel_plan *p)
{
    size_t cost = COST_BLOCK + passing(p, COST_ROW);
    for (size_t i = 0; i < p->cols; i++)
        cost += (size_t)p->col[i]->width * COST_PLANE + COST_COL;
    return cost;
}

/* Each word of a plane of the keys is looked at, each row that passes expanded. */
static size_t cost_of_gather(const struct kernel_plan *p)
{
    size_t cost = COST_BLOCK + p->test_nodes * COST_NODE + passing(p, 2 * COST_ROW);
    for (size_t k = 0; k < p->keys; k++)
        cost += p->col[p->key_col[k]]->width * COST_MOVE;
    return cost;
}

static size_t cost_of_codes(const struct kernel_plan *p)
{
    size_t last = (size_t)1 << (p->code_planes - 1);
    return p->test_nodes * COST_NODE + (last - 1) * COST_SPLIT + last * COST_LAST;
}

/* By bytes or gathered, whichever is cheaper; its cost. */
static size_t choose_rows(struct kernel_plan *p, bool tests_ok)
{
    size_t bytes = cost_of_bytes(p), gather = cost_of_gather(p);
    bool better = tests_ok && p->tests > 0 && gather < bytes;
    p->way = better ? KERNEL_GATHER : KERNEL_BYTES;
    return better ? gather : bytes;
}

void kernel_prepare(struct kernel_plan *p, const struct kernel_col *const *col, size_t cols,
                    unsigned groups, bool brief)
{
    ASSERT(cols <= KERNEL_COLS_MAX && groups > 0 && groups <= KERNEL_GROUPS_MAX);
    p->cols = cols;
    p->groups = groups;
    p->drops = p->cut_masks = false;
    p->base = 0;
    p->planes = p->nodes = p->test_nodes = p->tests = p->keys = p->parts = 0;
    p->key_first[0] = 0;
    for (size_t i = 0; i < cols; i++) {
        ASSERT(col[i]->entries > 0 && col[i]->entries <= 1u << col[i]->width);
        p->col[i] = col[i];
        p->drops = p->drops || has_dropped(col[i]);
    }
    bool tests_ok = add_tests(p);
    size_t cost = choose_rows(p, tests_ok);
    if (brief || !tests_ok)
        return;
    size_t codes = add_code_planes(p) ? cost_of_codes(p) : SIZE_MAX;
    p->cut_masks = add_keys(p) && cost_of_masks(p) <= cost;
    if (p->cut_masks) {
        cost = cost_of_masks(p);
        p->way = KERNEL_MASKS;
    }
    if (codes < cost)
        p->way = KERNEL_CODES;
}
