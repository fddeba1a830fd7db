/* SPDX-License-Identifier: MIT
 *
 * Joins: the right side's rows by key in a hash table, the left side's looked up in order, so that
 * the result is ordered by left row, then by right row. */
#include "group.h"
#include "run.h"

enum { CHECK_PAIRS = 1 << 14 };

struct joining {
    struct run *run;
    const struct join *join;
    const struct frame *left, *right;
    size_t keys;
    struct groups groups; /* of the keys, both sides interned together */
    uint32_t *left_group, *right_group;
    uint8_t *left_null, *right_null; /* some key is NULL: equal to nothing */
    uint32_t *first, *next;          /* right rows by group, ascending: row + 1, 0 ends */
    uint32_t *pair[2];               /* left and right row of each result; PLACE_NONE: none */
    size_t n, cap;
};

static int key_columns(struct joining *j, const struct frame *f, struct expr **key,
                       struct frame_col *col, uint8_t *null)
{
    for (size_t k = 0; k < j->keys; k++) {
        TRY(frame_column(j->run, f, key[k], &col[k]));
        for (size_t i = 0; i < f->rows; i++)
            null[i] |= vec_null(&col[k], i);
    }
    return 0;
}

static int number_rows(struct joining *j, const struct frame *f, const struct frame_col *col,
                       uint32_t *group)
{
    struct run *r = j->run;
    for (size_t at = 0; at < f->rows; at += r->vector) {
        size_t n = f->rows - at < r->vector ? f->rows - at : r->vector;
        TRY(run_check(r));
        for (size_t k = 0; k < j->keys; k++) {
            struct frame_col c = vec_from(&col[k], at);
            TRY(intern_add(&j->groups.key[k].values, &c, n, j->groups.scratch + k * r->vector,
                           r->err));
        }
        TRY(groups_combine(&j->groups, n, group + at, r->err));
    }
    return 0;
}

static int number_sides(struct joining *j)
{
    struct run *r = j->run;
    struct arena *a = r->arena;
    struct frame_col *lc = ARENA_ARRAY(a, struct frame_col, j->keys);
    struct frame_col *rc = ARENA_ARRAY(a, struct frame_col, j->keys);
    j->left_group = ARENA_ARRAY(a, uint32_t, j->left->rows);
    j->right_group = ARENA_ARRAY(a, uint32_t, j->right->rows);
    j->left_null = ARENA_ARRAY(a, uint8_t, j->left->rows);
    j->right_null = ARENA_ARRAY(a, uint8_t, j->right->rows);
    j->groups.keys = j->keys;
    j->groups.key = ARENA_ARRAY(a, struct group_key, j->keys);
    if (lc == NULL || rc == NULL || j->left_group == NULL || j->right_group == NULL ||
        j->left_null == NULL || j->right_null == NULL || j->groups.key == NULL)
        return run_memory(r);
    for (size_t k = 0; k < j->keys; k++)
        intern_init(&j->groups.key[k].values, a, j->join->left_key[k]->type, NULL);
    TRY(groups_init(&j->groups, a, r->vector, 1, r->err));
    TRY(key_columns(j, j->left, j->join->left_key, lc, j->left_null));
    TRY(key_columns(j, j->right, j->join->right_key, rc, j->right_null));
    TRY(number_rows(j, j->right, rc, j->right_group));
    return number_rows(j, j->left, lc, j->left_group);
}

static int chain_right(struct joining *j)
{
    size_t groups = j->keys ? groups_count(&j->groups) : 1;
    j->first = ARENA_ARRAY(j->run->arena, uint32_t, groups);
    j->next = ARENA_ARRAY(j->run->arena, uint32_t, j->right->rows);
    if (j->first == NULL || j->next == NULL)
        return run_memory(j->run);
    for (size_t i = j->right->rows; i-- > 0;) {
        if (j->right_null[i])
            continue;
        uint32_t g = j->right_group[i];
        j->next[i] = j->first[g];
        j->first[g] = (uint32_t)i + 1;
    }
    return 0;
}

static int add_pair(struct joining *j, uint32_t left, uint32_t right)
{
    if (j->n == j->cap) {
        size_t cap = j->cap ? j->cap * 2 : 1024;
        for (int s = 0; s < 2; s++) {
            uint32_t *grown = ARENA_ARRAY(j->run->arena, uint32_t, cap);
            if (grown == NULL)
                return run_memory(j->run);
            if (j->n > 0)
                memcpy(grown, j->pair[s], j->n * sizeof *grown);
            j->pair[s] = grown;
        }
        j->cap = cap;
    }
    if ((j->n & (CHECK_PAIRS - 1)) == 0)
        TRY(run_check(j->run));
    j->pair[0][j->n] = left;
    j->pair[1][j->n++] = right;
    return 0;
}

/* All pairs with equal keys; with `outer`, rows without a partner too. */
static int make_pairs(struct joining *j, bool outer)
{
    for (uint32_t i = 0; i < j->left->rows; i++) {
        uint32_t right = j->left_null[i] ? 0 : j->first[j->left_group[i]];
        if (right == 0 && outer)
            TRY(add_pair(j, i, PLACE_NONE));
        for (; right != 0; right = j->next[right - 1])
            TRY(add_pair(j, i, right - 1));
    }
    return 0;
}

/* One side's columns of the pairs; NULL where the other side has no partner there. */
static int side_frame(struct joining *j, const struct frame *side, const uint32_t *pair,
                      struct frame **out)
{
    struct run *r = j->run;
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, j->n);
    if (row == NULL)
        return run_memory(r);
    for (size_t i = 0; i < j->n; i++)
        row[i] = pair[i] == PLACE_NONE ? 0 : pair[i];
    bool empty = side->rows == 0;
    TRY(empty ? run_frame(r, j->n, side->cols, out) : frame_gather(r, side, row, j->n, out));
    for (size_t c = 0; c < side->cols; c++) {
        struct frame_col *to = &(*out)->col[c];
        if (empty) {
            TRY(frame_col_init(r->arena, to, j->n, side->col[c].name, side->col[c].type, r->err));
            to->list = side->col[c].list;
        }
        for (size_t i = 0; i < j->n; i++)
            to->null[i] |= pair[i] == PLACE_NONE;
    }
    return 0;
}

/* A row without a partner on the side that carries registrations is one, or what the other side's
 * row stands for. */
static void weigh_alone(const struct joining *j, struct frame *f)
{
    const struct join *join = j->join;
    struct frame_col *w = join->weight >= 0 ? &f->col[join->weight] : NULL;
    const struct frame_col *other = join->other_weight >= 0 ? &f->col[join->other_weight] : NULL;
    for (size_t i = 0; w != NULL && i < f->rows; i++) {
        if (!w->null[i])
            continue;
        w->null[i] = 0;
        w->i[i] = other != NULL && !other->null[i] ? other->i[i] : 1;
    }
}

/* The pairs as a frame of all columns. */
static int pairs_frame(struct joining *j, struct frame **out)
{
    struct frame *l;
    struct frame *r;
    TRY(side_frame(j, j->left, j->pair[0], &l));
    TRY(side_frame(j, j->right, j->pair[1], &r));
    TRY(run_frame(j->run, j->n, l->cols + r->cols, out));
    memcpy((*out)->col, l->col, l->cols * sizeof *l->col);
    memcpy((*out)->col + l->cols, r->col, r->cols * sizeof *r->col);
    weigh_alone(j, *out);
    return 0;
}

/* Drops the pairs for which the rest of ON is not true; with `outer`, a left row that loses all
 * its partners keeps one row. */
static int filter_pairs(struct joining *j, const struct frame *all, bool outer)
{
    struct frame_col on;
    TRY(frame_column(j->run, all, j->join->on, &on));
    uint32_t *left = j->pair[0];
    uint32_t *right = j->pair[1];
    size_t n = 0;
    for (size_t i = 0; i < j->n;) {
        uint32_t row = left[i];
        size_t kept = n;
        for (; i < j->n && left[i] == row; i++)
            if (right[i] != PLACE_NONE && vec_true(&on, i)) {
                left[n] = row;
                right[n++] = right[i];
            }
        if (n == kept && outer) {
            left[n] = row;
            right[n++] = PLACE_NONE;
        }
    }
    j->n = n;
    return 0;
}

/* Right rows that are in no pair, behind all others. */
static int add_alone(struct joining *j)
{
    uint8_t *paired = ARENA_ARRAY(j->run->arena, uint8_t, j->right->rows);
    if (paired == NULL)
        return run_memory(j->run);
    for (size_t i = 0; i < j->n; i++)
        if (j->pair[1][i] != PLACE_NONE)
            paired[j->pair[1][i]] = 1;
    for (uint32_t i = 0; i < j->right->rows; i++)
        if (!paired[i])
            TRY(add_pair(j, PLACE_NONE, i));
    return 0;
}

int frame_join(struct run *r, const struct step *s, const struct frame *in, struct frame **out)
{
    struct joining j = {.run = r, .join = s->join, .left = in, .keys = s->join->keys};
    struct frame *right;
    TRY(plan_run(r, s->join->right, &right));
    j.right = right;
    if (in->rows >= PLACE_NONE - 1 || right->rows >= PLACE_NONE - 1)
        return run_memory(r);
    bool outer = s->join->kind == JOIN_LEFT || s->join->kind == JOIN_FULL;
    bool alone = s->join->kind == JOIN_RIGHT || s->join->kind == JOIN_FULL;
    TRY(number_sides(&j));
    TRY(chain_right(&j));
    TRY(make_pairs(&j, outer));
    if (s->join->on != NULL) {
        TRY(pairs_frame(&j, out));
        TRY(filter_pairs(&j, *out, outer));
    }
    if (alone)
        TRY(add_alone(&j));
    return pairs_frame(&j, out);
}
