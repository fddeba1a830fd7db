/* SPDX-License-Identifier: MIT
 *
 * Running a shield: from counted atoms to the answer with its small cells hidden.
 *
 *   atoms    offices of the keys, persons, other offices, count
 *   marked   the same with what the query asks of each: does WHERE take it, its keys, its
 *            conditions
 *   coarse   counts of what the answer tells apart within the offices of a row (its classes)
 *   fine     the same, apart by other offices, too
 *
 * How many registrations an office has is public. So the classes of an office add up to a known
 * number, and cells_hide says which of them may not be told; a figure is hidden that is made of
 * some of those, but not of all. Figures that ask of other offices, too (women of today), are told
 * where no fine class is small, else none of them is. Where nothing of an office can be told, its
 * row stands there once, with its keys of persons hidden as well.
 *
 * Hidden values are NULL, and 0 underneath: nothing behind this step can know them. */
#include "shield.h"

#include "access.h"
#include "cells.h"

/* Of more fine classes it is not asked whether they are all of one kind: they are not. */
enum { ALIKE_MAX = 2048 };

struct shielding {
    struct run *run;
    const struct shield *shield;
    size_t personal; /* keys of persons */
    struct frame *coarse, *fine, *office;
    uint8_t *hidden; /* by coarse row */
    struct frame *out;
    size_t row;
};

/* The classes of one office. */
struct office {
    size_t from, to;           /* coarse rows */
    size_t fine_from, fine_to; /* fine rows */
    size_t row;                /* of the offices' frame, if there is one */
    size_t hidden;             /* classes that may not be told */
    bool nothing;              /* can be told */
    bool small;                /* a fine class is */
};

/* ---- over the atoms ---- */

/* Row by row: what fails is NULL. */
static int lenient_rows(struct run *r, struct eval *ev, struct expr *e, size_t n,
                        struct frame_col *out)
{
    size_t from = ev->row;
    ev->n = 1;
    for (size_t i = 0; i < n; i++) {
        ev->row = from + i;
        int rc = expr_eval(ev, e, NULL);
        if (rc < 0 && rc != ERR_VALUE)
            return run_memory(r);
        if (rc < 0)
            out->null[from + i] = 1;
        else
            vec_copy(out, from + i, &e->out, 1);
    }
    ev->row = from;
    ev->n = n;
    return 0;
}

static int lenient_column(struct run *r, const struct frame *f, struct expr *e,
                          struct frame_col *out)
{
    TRY(frame_col_init(r->arena, out, f->rows, STR(""), e->type, r->err));
    out->list = e->list;
    struct eval ev = run_eval(r, f->col);
    ev.err = NULL;
    for (ev.row = 0; ev.row < f->rows; ev.row += ev.n) {
        ev.n = f->rows - ev.row < r->vector ? f->rows - ev.row : r->vector;
        TRY(run_check(r));
        if (expr_eval(&ev, e, NULL) < 0)
            TRY(lenient_rows(r, &ev, e, ev.n, out));
        else
            vec_copy(out, ev.row, &e->out, ev.n);
    }
    return 0;
}

static int taken(struct shielding *s, const struct frame *atoms, struct frame_col *out)
{
    struct run *r = s->run;
    if (s->shield->where != NULL)
        TRY(lenient_column(r, atoms, s->shield->where, out));
    else
        TRY(frame_col_init(r->arena, out, atoms->rows, STR(""), TYPE_BOOL, r->err));
    for (size_t i = 0; i < atoms->rows; i++) {
        out->i[i] = s->shield->where == NULL || vec_true(out, i);
        out->null[i] = 0;
    }
    return 0;
}

/* What WHERE leaves out is one class, whatever else is asked of it. */
static void only_taken(const struct frame_col *take, size_t rows, struct frame_col *c)
{
    for (size_t i = 0; i < rows; i++) {
        if (take->i[i])
            continue;
        c->null[i] = 1;
        if (c->s != NULL)
            c->s[i] = STR("");
        else if (c->f != NULL)
            c->f[i] = 0;
        else
            c->i[i] = 0;
    }
}

static int condition(struct shielding *s, const struct frame *atoms, size_t k,
                     const struct frame_col *take, struct frame_col *out)
{
    struct expr *cond = s->shield->agg[k].cond;
    if (cond == NULL) {
        TRY(frame_col_init(s->run->arena, out, atoms->rows, STR(""), TYPE_BOOL, s->run->err));
        return 0;
    }
    TRY(lenient_column(s->run, atoms, cond, out));
    for (size_t i = 0; i < atoms->rows; i++) {
        out->i[i] = take->i[i] && vec_true(out, i);
        out->null[i] = 0;
    }
    return 0;
}

/* places, others, taken, keys of persons, a condition by aggregate, count */
static int mark(struct shielding *s, const struct frame *atoms, struct frame **out)
{
    const struct shield *sh = s->shield;
    size_t c = sh->places + sh->others;
    TRY(run_frame(s->run, atoms->rows, c + 1 + s->personal + sh->aggs + 1, out));
    struct frame_col *col = (*out)->col;
    for (size_t i = 0; i < sh->places; i++)
        col[i] = atoms->col[i];
    for (size_t i = 0; i < sh->others; i++)
        col[sh->places + i] = atoms->col[sh->places + sh->persons + i];
    struct frame_col *take = &col[c++];
    TRY(taken(s, atoms, take));
    for (size_t k = 0; k < sh->keys; k++) {
        if (!sh->personal[k])
            continue;
        TRY(lenient_column(s->run, atoms, sh->key[k], &col[c]));
        only_taken(take, atoms->rows, &col[c++]);
    }
    for (size_t k = 0; k < sh->aggs; k++)
        TRY(condition(s, atoms, k, take, &col[c++]));
    col[c] = atoms->col[atoms->cols - 1];
    return 0;
}

/* ---- classes ---- */

static int add_key(struct shielding *s, struct grouping *g, const struct frame *f, size_t c)
{
    struct expr *e = expr_col(s->run->arena, (int)c, f->col[c].type);
    if (e == NULL)
        return run_memory(s->run);
    e->list = f->col[c].list;
    g->key[g->keys++] = e;
    return 0;
}

/* Marked atoms by: places, taken, keys of persons, conditions of the kind (coarse: those that ask
 * of persons alone; fine: the others too, then other offices). */
static int classes(struct shielding *s, const struct frame *marked, bool fine, struct frame **out)
{
    const struct shield *sh = s->shield;
    size_t first = sh->places + sh->others;
    size_t conds = first + 1 + s->personal;
    struct agg_spec count = {.kind = AGG_COUNT, .type = TYPE_INT64, .level = PLACE_LEVEL_ANY};
    struct step step = {.kind = STEP_AGGREGATE, .weight = (int)marked->cols - 1};
    struct grouping *g = &step.group;
    g->key = ARENA_ARRAY(s->run->arena, struct expr *, marked->cols);
    if (g->key == NULL)
        return run_memory(s->run);
    g->agg = &count;
    g->aggs = 1;
    for (size_t c = 0; c < sh->places; c++)
        TRY(add_key(s, g, marked, c));
    for (size_t c = first; c < conds; c++)
        TRY(add_key(s, g, marked, c));
    for (size_t k = 0; k < sh->aggs; k++)
        if (fine || !sh->agg[k].mixed)
            TRY(add_key(s, g, marked, conds + k));
    for (size_t c = sh->places; fine && c < first; c++)
        TRY(add_key(s, g, marked, c));
    return frame_aggregate(s->run, &step, marked, out);
}

static bool same_keys(const struct shielding *s, const struct frame *a, size_t i,
                      const struct frame *b, size_t j, size_t from, size_t to)
{
    for (size_t c = from; c < to; c++)
        if (vec_compare(&a->col[c], i, &b->col[c], j, s->run->places) != 0)
            return false;
    return true;
}

static int64_t count_of(const struct frame *f, size_t row)
{
    return f->col[f->cols - 1].i[row];
}

/* The column of a frame of classes that holds the condition of an aggregate. */
static const struct frame_col *cond_col(const struct shielding *s, const struct frame *f, size_t k)
{
    size_t c = s->shield->places + 1 + s->personal;
    for (size_t i = 0; i < k; i++)
        c += f == s->fine || !s->shield->agg[i].mixed;
    return &f->col[c];
}

/* Of fine rows i and j, of one office each: does the figure count both in one row, or neither? */
static bool counts_alike(const struct shielding *s, const struct frame_col *cond, size_t i,
                         size_t j)
{
    size_t from = s->shield->places;
    return cond->i[i] == cond->i[j] &&
           (!cond->i[i] || same_keys(s, s->fine, i, s->fine, j, from, from + 1 + s->personal));
}

/* Is a figure that asks of other offices made of whole offices, because all their persons are of
 * the kind it counts? Then it is known by their totals, once it is known that all are. */
static bool is_whole_offices(const struct shielding *s, const struct office *o,
                             const struct frame_col *cond)
{
    size_t others = s->fine->cols - 1 - s->shield->others;
    for (size_t i = o->fine_from; i < o->fine_to; i++)
        for (size_t j = o->fine_from; j < i; j++)
            if (!counts_alike(s, cond, i, j) &&
                same_keys(s, s->fine, i, s->fine, j, others, s->fine->cols - 1))
                return false;
    return true;
}

static bool tells_offices(const struct shielding *s, const struct office *o)
{
    if (o->fine_to - o->fine_from > ALIKE_MAX)
        return false;
    for (size_t k = 0; k < s->shield->aggs; k++)
        if (s->shield->agg[k].mixed && is_whole_offices(s, o, cond_col(s, s->fine, k)))
            return true;
    return false;
}

static void look_at(struct shielding *s, struct office *o)
{
    const int64_t *count = s->coarse->col[s->coarse->cols - 1].i + o->from;
    int64_t k = s->shield->k;
    bool told = cells_hide(count, o->to - o->from, k, s->hidden + o->from);
    o->hidden = 0;
    o->small = false;
    for (size_t i = o->from; i < o->to; i++)
        o->hidden += s->hidden[i];
    for (size_t i = o->fine_from; i < o->fine_to; i++)
        o->small = o->small || count_of(s->fine, i) < k;
    o->nothing = !told || (o->small && (s->shield->where_mixed || tells_offices(s, o)));
}

/* The office of the coarse row `o->to`. */
static void next_office(struct shielding *s, struct office *o)
{
    size_t places = s->shield->places;
    o->from = o->to++;
    while (o->to < s->coarse->rows && same_keys(s, s->coarse, o->from, s->coarse, o->to, 0, places))
        o->to++;
    o->fine_from = o->fine_to;
    while (s->fine != NULL && o->fine_to < s->fine->rows &&
           same_keys(s, s->coarse, o->from, s->fine, o->fine_to, 0, places))
        o->fine_to++;
    look_at(s, o);
}

/* ---- the answer ---- */

static void hide(struct frame_col *c, size_t row)
{
    c->null[row] = FRAME_HIDDEN;
}

/* A count over the classes of rows from .. to; the other classes of the office do not have it. */
static void put_count(struct shielding *s, const struct office *o, size_t k, size_t from, size_t to,
                      const struct frame *f, struct frame_col *out)
{
    const struct shield_agg *a = &s->shield->agg[k];
    const struct frame_col *cond = a->cond ? cond_col(s, f, k) : NULL;
    size_t hidden = 0;
    int64_t sum = 0;
    for (size_t i = from; i < to; i++) {
        if (cond != NULL && !cond->i[i])
            continue;
        sum += count_of(f, i);
        hidden += f == s->coarse && s->hidden[i];
    }
    bool part = a->mixed ? o->small : hidden > 0 && hidden < o->hidden;
    if (o->nothing || part)
        hide(out, s->row);
    else
        out->i[s->row] = sum;
}

static void put_counts(struct shielding *s, const struct office *o, size_t from, size_t to,
                       size_t fine_from, size_t fine_to)
{
    const struct shield *sh = s->shield;
    for (size_t k = 0; k < sh->aggs; k++) {
        struct frame_col *out = &s->out->col[sh->keys + k];
        if (sh->agg[k].office >= 0)
            vec_copy_cell(out, s->row, &s->office->col[sh->keys + (size_t)sh->agg[k].office],
                          o->row);
        else if (sh->agg[k].mixed)
            put_count(s, o, k, fine_from, fine_to, s->fine, out);
        else
            put_count(s, o, k, from, to, s->coarse, out);
    }
}

static void put_keys(struct shielding *s, const struct office *o, size_t row)
{
    size_t person = s->shield->places + 1;
    for (size_t k = 0; k < s->shield->keys; k++) {
        struct frame_col *out = &s->out->col[k];
        size_t c = s->shield->personal[k] ? person++ : (size_t)s->shield->key[k]->col;
        if (s->shield->personal[k] && o->nothing)
            hide(out, s->row);
        else
            vec_copy_cell(out, s->row, &s->coarse->col[c], row);
    }
}

/* Rows of offices: each with the counts of its persons. */
static int put_offices(struct shielding *s)
{
    struct office o = {.to = 0};
    size_t keys = s->shield->keys;
    TRY(frame_order_keys(s->run, &s->office, keys));
    for (o.row = 0; o.row < s->office->rows; o.row++) {
        bool found = false;
        while (!found && o.to < s->coarse->rows) {
            struct office before = o;
            next_office(s, &o);
            int order = 0;
            for (size_t k = 0; k < keys && order == 0; k++)
                order = vec_compare(&s->coarse->col[s->shield->key[k]->col], o.from,
                                    &s->office->col[k], o.row, s->run->places);
            found = order == 0;
            if (order > 0) {
                o = before;
                break;
            }
        }
        struct office none = {.row = o.row};
        for (size_t k = 0; k < keys; k++)
            vec_copy_cell(&s->out->col[k], s->row, &s->office->col[k], o.row);
        if (found)
            put_counts(s, &o, o.from, o.to, o.fine_from, o.fine_to);
        else
            put_counts(s, &none, 0, 0, 0, 0);
        s->row++;
    }
    return 0;
}

/* The rows of one office: one for each of its keys of persons. */
static void put_persons(struct shielding *s, const struct office *o)
{
    size_t take = s->shield->places;
    size_t fine = o->fine_from;
    if (o->nothing) {
        put_keys(s, o, o->from);
        put_counts(s, o, 0, 0, 0, 0);
        s->row++;
        return;
    }
    for (size_t i = o->from, to; i < o->to; i = to) {
        int64_t net = 0;
        for (to = i;
             to < o->to && same_keys(s, s->coarse, i, s->coarse, to, take, take + 1 + s->personal);
             to++)
            net += count_of(s->coarse, to);
        size_t fine_from = fine;
        while (s->fine != NULL && fine < o->fine_to &&
               same_keys(s, s->coarse, i, s->fine, fine, take, take + 1 + s->personal))
            fine++;
        if (!s->coarse->col[take].i[i] || (net == 0 && s->shield->keys > 0))
            continue;
        put_keys(s, o, i);
        put_counts(s, o, i, to, fine_from, fine);
        s->row++;
    }
}

static int put_all_persons(struct shielding *s)
{
    struct office o = {.to = 0};
    while (o.to < s->coarse->rows) {
        TRY(run_check(s->run));
        next_office(s, &o);
        put_persons(s, &o);
    }
    if (s->row == 0 && s->shield->keys == 0) {
        struct office none = {.to = 0};
        put_counts(s, &none, 0, 0, 0, 0);
        s->row = 1;
    }
    s->out->rows = s->row;
    return frame_order_keys(s->run, &s->out, s->shield->keys);
}

static int new_answer(struct shielding *s)
{
    struct run *r = s->run;
    const struct shield *sh = s->shield;
    size_t rows = s->office != NULL ? s->office->rows : s->coarse->rows + 1;
    TRY(run_frame(r, rows, sh->keys + sh->aggs, &s->out));
    for (size_t k = 0; k < sh->keys + sh->aggs; k++) {
        struct frame_col *c = &s->out->col[k];
        const struct expr *key = k < sh->keys ? sh->key[k] : NULL;
        int office = key ? -1 : sh->agg[k - sh->keys].office;
        const struct agg_spec *spec = office >= 0 ? &sh->office->group.agg[office] : NULL;
        enum type type = key ? key->type : spec ? spec->type : TYPE_INT64;
        TRY(frame_col_init(r->arena, c, rows, STR(""), type, r->err));
        c->list = key ? key->list : spec ? spec->list : NULL;
    }
    return 0;
}

static bool is_mixed(const struct shield *sh)
{
    bool mixed = sh->where_mixed;
    for (size_t k = 0; k < sh->aggs; k++)
        mixed = mixed || sh->agg[k].mixed;
    return mixed;
}

int shield_run(struct run *r, const struct shield *shield, struct frame **out)
{
    struct shielding s = {.run = r, .shield = shield};
    struct frame *atoms;
    struct frame *marked;
    for (size_t k = 0; k < shield->keys; k++)
        s.personal += shield->personal[k];
    TRY(access_run(r, shield->atoms, &atoms));
    if (shield->office != NULL)
        TRY(access_run(r, shield->office, &s.office));
    TRY(mark(&s, atoms, &marked));
    TRY(classes(&s, marked, false, &s.coarse));
    if (is_mixed(shield))
        TRY(classes(&s, marked, true, &s.fine));
    s.hidden = ARENA_ARRAY(r->arena, uint8_t, s.coarse->rows + 1);
    if (s.hidden == NULL)
        return run_memory(r);
    TRY(new_answer(&s));
    TRY(shield->office != NULL ? put_offices(&s) : put_all_persons(&s));
    *out = s.out;
    return 0;
}
