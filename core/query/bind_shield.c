/* SPDX-License-Identifier: MIT
 *
 * Binding a shield: what a grouping asks is taken apart into what it asks of persons and what of
 * offices, until each part reads one side alone. What persons have no part in stays an access as it
 * is.
 *
 *   GROUP BY block, gender  COUNTIF(age < 30 AND sector = 'Agriculture')
 *     offices of the keys: block      persons: gender, age < 30      other offices: sector = ...
 *
 * A part that reads one column of persons is computed while registrations are read, if it can be
 * computed for every value which that column may have: whether it fails would tell who is there.
 * All else is computed over the atoms, where what fails is NULL. */
#include <stdlib.h>

#include "access.h"
#include "agg.h"
#include "base/date.h"
#include "base/limits.h"
#include "fn_code.h"
#include "shield.h"

struct leaves {
    struct expr *at[GROUP_KEYS_MAX];
    size_t n;
};

struct taking {
    struct scope *scope;
    struct access *access;
    uint64_t persons;
    uint32_t at, n; /* of the operator */
    struct leaves places, person, other;
};

static int refuse(struct taking *t, const char *what, const char *hint)
{
    struct binder *b = t->scope->b;
    bind_fail_at(b, ERR_SUPPRESSED, t->at, t->n, "%s", what);
    err_hint(b->err, "%s", hint);
    return ERR_SUPPRESSED;
}

uint64_t shield_persons(const struct query_context *ctx)
{
    uint64_t bits = BASE_BIT(BASE_COUNT); /* of one row: what persons have in common */
    if (ctx->viewer == NULL || ctx->viewer->small_cell_k <= 0)
        return 0;
    for (size_t i = 0; i < ctx->snap->schema->n; i++)
        if (attr_is_of_person(&ctx->snap->schema->attr[i]))
            bits |= BASE_BIT(BASE_ATTR + i);
    return bits;
}

/* ---- parts ---- */

static bool runs_code(const struct expr *e)
{
    if (e->kind != EXPR_CALL)
        return false;
    if (e->fn == &fn_code)
        return true;
    for (size_t k = 0; k < e->args; k++)
        if (runs_code(e->arg[k]))
            return true;
    return false;
}

static bool is_bare(const struct expr *e)
{
    if (e->kind == EXPR_CALL && (e->fn == &fn_dict_text || e->fn == &fn_dict_int))
        e = e->arg[0];
    return e->kind == EXPR_COL;
}

static bool take_nothing(void *ctx, const struct frame_col *c, size_t at, size_t n)
{
    (void)ctx, (void)c, (void)at, (void)n;
    return true;
}

/* 1: it can be computed for every value of its column. */
static int never_fails(struct taking *t, const struct expr *e, int base)
{
    struct run *r = t->scope->b->run;
    struct window3 none = {0};
    int64_t low;
    size_t n = base_domain(r, &none, base, &low);
    struct expr *copy = expr_clone(r->arena, e);
    if (copy == NULL)
        return run_memory(r);
    return n == 0 ? 0 : domain_eval(r, copy, base, low, n, take_nothing, NULL);
}

/* 1: computed while registrations are read; 0: over the atoms, from its parts. */
static int is_part(struct taking *t, const struct expr *e)
{
    if ((e->deps & t->persons) == 0)
        return 1;
    int base = single_base(e);
    if (base < 0)
        return 0;
    return is_bare(e) ? 1 : never_fails(t, e, base);
}

static size_t find(const struct leaves *l, const struct expr *e)
{
    size_t i = 0;
    while (i < l->n && !expr_equal(l->at[i], e))
        i++;
    return i;
}

static int add(struct taking *t, struct leaves *l, struct expr *e)
{
    struct binder *b = t->scope->b;
    if (find(l, e) < l->n)
        return 0;
    if (l->n == GROUP_KEYS_MAX)
        return err_set(b->err, ERR_LIMIT, "The query asks more than %d things of registrations.",
                       GROUP_KEYS_MAX);
    l->at[l->n] = expr_clone(b->arena, e);
    return l->at[l->n++] != NULL ? 0 : bind_memory(b);
}

static int take_parts(struct taking *t, struct expr *e)
{
    if (e->deps == 0)
        return 0;
    int part = is_part(t, e);
    TRY(part);
    if (part && (e->deps & t->persons) != 0)
        return add(t, &t->person, e);
    if (part)
        return find(&t->places, e) < t->places.n ? 0 : add(t, &t->other, e);
    for (size_t k = 0; k < e->args; k++)
        TRY(take_parts(t, e->arg[k]));
    return 0;
}

static struct expr *part_ref(struct taking *t, const struct expr *e)
{
    size_t at = find(&t->places, e);
    if (at == t->places.n) {
        size_t person = find(&t->person, e);
        at += person < t->person.n ? person : t->person.n + find(&t->other, e);
    }
    struct expr *ref = expr_col(t->scope->b->arena, (int)at, e->type);
    if (ref != NULL) {
        ref->list = e->list;
        ref->level = e->level;
    }
    return ref;
}

/* The same over the columns of the atoms. */
static int over_atoms(struct taking *t, const struct expr *e, struct expr **out)
{
    struct binder *b = t->scope->b;
    int part = e->deps == 0 ? 0 : is_part(t, e);
    TRY(part);
    *out = part ? part_ref(t, e) : expr_clone(b->arena, e);
    if (*out == NULL)
        return bind_memory(b);
    for (size_t k = 0; !part && e->kind == EXPR_CALL && k < e->args; k++)
        TRY(over_atoms(t, e->arg[k], &(*out)->arg[k]));
    if (!part)
        (*out)->deps = 0;
    return 0;
}

/* ---- days ---- */

static bool take_column(void *ctx, const struct frame_col *c, size_t at, size_t n)
{
    vec_copy(ctx, at, c, n);
    return true;
}

/* 1: it changes with a week or a month alone. */
static int heeds_weeks(struct taking *t, const struct expr *e)
{
    struct run *r = t->scope->b->run;
    struct window3 w;
    struct frame_col value;
    int64_t low;
    TRY(window_all(r, t->access, &w));
    size_t n = base_domain(r, &w, BASE_DAY, &low);
    struct expr *copy = expr_clone(r->arena, e);
    if (copy == NULL)
        return run_memory(r);
    TRY(frame_col_init(r->arena, &value, n, STR(""), e->type, r->err));
    int done = domain_eval(r, copy, BASE_DAY, low, n, take_column, &value);
    for (size_t i = 2; done > 0 && i < n; i++) {
        int32_t day = (int32_t)low + (int32_t)i - 1;
        bool edge = date_weekday(day) == 0 || date_ymd(day).day == 1;
        if (!edge && vec_compare(&value, i - 1, &value, i, r->places) != 0)
            return 0;
    }
    return done;
}

static int check_days(struct taking *t, const struct expr *e)
{
    if ((e->deps & BASE_BIT(BASE_DAY)) == 0)
        return 0;
    int ok = e->deps == BASE_BIT(BASE_DAY) ? heeds_weeks(t, e) : 0;
    TRY(ok);
    return ok ? 0
              : refuse(t, "Counts of persons are given for whole weeks (from Monday) and months.",
                       "leave the date out, or use DATE_TRUNC(date, ISOWEEK), DATE_TRUNC(date, "
                       "MONTH), or days from a Monday to a Sunday");
}

/* ---- a grouping ---- */

static int split_where(struct taking *t, struct expr *e, struct access *offices,
                       struct leaves *persons)
{
    struct binder *b = t->scope->b;
    if (e->kind == EXPR_CALL && e->fn == &fn_and && (e->deps & t->persons) != 0) {
        for (size_t k = 0; k < e->args; k++)
            TRY(split_where(t, e->arg[k], offices, persons));
        return 0;
    }
    if ((e->deps & t->persons) != 0)
        return add(t, persons, e);
    struct expr **grown = arena_grown(b->arena, offices->where, offices->wheres,
                                      &offices->wheres_cap, sizeof(struct expr *));
    if (grown == NULL)
        return bind_memory(b);
    offices->where = grown;
    offices->where[offices->wheres++] = e;
    return 0;
}

static struct access *new_access(struct taking *t, const struct access *like)
{
    struct access *a = ARENA_NEW(t->scope->b->arena, struct access);
    if (a == NULL)
        return NULL;
    *a = *like;
    a->grouped = true;
    a->group = (struct grouping){0};
    return a;
}

static int group_atoms(struct taking *t, struct shield *s, const struct access *offices)
{
    struct binder *b = t->scope->b;
    const struct leaves *all[] = {&t->places, &t->person, &t->other};
    struct agg_spec count = {
        .kind = AGG_COUNT, .type = TYPE_INT64, .level = PLACE_LEVEL_ANY, .at = t->at, .n = t->n};
    size_t index;
    s->atoms = new_access(t, offices);
    s->places = t->places.n;
    s->persons = t->person.n;
    s->others = t->other.n;
    if (s->atoms == NULL)
        return bind_memory(b);
    struct grouping *g = &s->atoms->group;
    if (s->places + s->persons + s->others > GROUP_KEYS_MAX)
        return err_set(b->err, ERR_LIMIT, "The query asks more than %d things of registrations.",
                       GROUP_KEYS_MAX);
    g->key = ARENA_ARRAY(b->arena, struct expr *, GROUP_KEYS_MAX);
    if (g->key == NULL)
        return bind_memory(b);
    for (size_t l = 0; l < ARRAY_LEN(all); l++)
        for (size_t i = 0; i < all[l]->n; i++)
            g->key[g->keys++] = all[l]->at[i];
    return bind_agg_add(b, g, count, &index);
}

/* What an aggregate counts, as a condition; NULL: all. */
static int counted(struct taking *t, const struct agg_spec *spec, struct expr **out)
{
    struct binder *b = t->scope->b;
    *out = NULL;
    if (spec->distinct ||
        (spec->kind != AGG_COUNT && spec->kind != AGG_COUNTIF && spec->kind != AGG_COUNT_OF)) {
        t->at = spec->at;
        t->n = spec->n;
        return refuse(t, "Of persons only counts are given to your role: COUNT(*), COUNT, COUNTIF.",
                      "count with COUNTIF(condition), or leave the columns of persons out");
    }
    if (spec->kind == AGG_COUNT)
        return 0;
    *out = spec->arg;
    if (spec->kind == AGG_COUNTIF)
        return 0;
    *out = expr_call1(b->arena, &fn_is_null, TYPE_BOOL, spec->arg);
    if (*out == NULL)
        return bind_memory(b);
    (*out)->option = 0; /* IS NOT NULL */
    return 0;
}

/* Does it ask more of offices than the keys do? */
static bool asks_others(const struct taking *t, const struct expr *e)
{
    if (e->deps == 0)
        return false;
    if ((e->deps & t->persons) == 0)
        return find(&t->places, e) == t->places.n;
    for (size_t k = 0; e->kind == EXPR_CALL && k < e->args; k++)
        if (asks_others(t, e->arg[k]))
            return true;
    return false;
}

static int take_keys(struct taking *t, const struct grouping *g)
{
    for (size_t k = 0; k < g->keys; k++) {
        const struct expr *e = g->key[k];
        bool personal = (e->deps & t->persons) != 0;
        if (personal && (e->deps & ~t->persons) != 0)
            return refuse(t, "A column to group by speaks of persons and of offices at once.",
                          "group by two columns: GROUP BY block, gender");
        if (!personal)
            TRY(add(t, &t->places, g->key[k]));
    }
    return 0;
}

static int key_columns(struct taking *t, struct shield *s, const struct grouping *g)
{
    struct binder *b = t->scope->b;
    s->keys = g->keys;
    s->key = ARENA_ARRAY(b->arena, struct expr *, g->keys + 1);
    s->personal = ARENA_ARRAY(b->arena, bool, g->keys + 1);
    if (s->key == NULL || s->personal == NULL)
        return bind_memory(b);
    for (size_t k = 0; k < g->keys; k++) {
        s->personal[k] = (g->key[k]->deps & t->persons) != 0;
        if (s->personal[k]) {
            TRY(over_atoms(t, g->key[k], &s->key[k]));
        } else { /* a constant is a column of the atoms, too */
            s->key[k] = part_ref(t, g->key[k]);
            if (s->key[k] == NULL)
                return bind_memory(b);
        }
    }
    return 0;
}

static int where_column(struct taking *t, struct shield *s, const struct leaves *where)
{
    struct binder *b = t->scope->b;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, where->n + 1);
    if (arg == NULL)
        return bind_memory(b);
    for (size_t i = 0; i < where->n; i++) {
        TRY(over_atoms(t, where->at[i], &arg[i]));
        s->where_mixed = s->where_mixed || asks_others(t, where->at[i]);
    }
    s->where = where->n == 0 ? NULL : arg[0];
    if (where->n > 1)
        s->where = expr_call(b->arena, &fn_and, TYPE_BOOL, arg, where->n);
    return where->n > 1 && s->where == NULL ? bind_memory(b) : 0;
}

/* Aggregates of offices go to their access, counts of persons to the atoms. */
static int take_aggs(struct taking *t, struct shield *s, const struct grouping *g,
                     struct expr **cond)
{
    struct binder *b = t->scope->b;
    s->aggs = g->aggs;
    s->agg = ARENA_ARRAY(b->arena, struct shield_agg, g->aggs + 1);
    if (s->agg == NULL)
        return bind_memory(b);
    for (size_t k = 0; k < g->aggs; k++) {
        size_t index;
        s->agg[k].office = -1;
        if (s->office != NULL && (agg_deps(&g->agg[k]) & t->persons) == 0) {
            TRY(bind_agg_add(b, &s->office->group, g->agg[k], &index));
            s->agg[k].office = (int)index;
            continue;
        }
        TRY(counted(t, &g->agg[k], &cond[k]));
        if (cond[k] != NULL)
            TRY(take_parts(t, cond[k]));
    }
    return 0;
}

static int agg_columns(struct taking *t, struct shield *s, struct expr *const *cond)
{
    for (size_t k = 0; k < s->aggs; k++)
        if (cond[k] != NULL) {
            TRY(over_atoms(t, cond[k], &s->agg[k].cond));
            s->agg[k].mixed = asks_others(t, cond[k]);
        }
    return 0;
}

static bool all_constant_false(const struct access *a)
{
    for (size_t i = 0; i < a->wheres; i++)
        if (a->where[i]->kind == EXPR_CONST && (a->where[i]->value.null || !a->where[i]->value.i))
            return true;
    return false;
}

static bool same_list(struct expr *const *a, size_t n, struct expr *const *b, size_t m)
{
    for (size_t i = 0; i < n && n == m; i++)
        if (!expr_equal(a[i], b[i]))
            return false;
    return n == m;
}

static bool same_cond(const struct expr *a, const struct expr *b)
{
    return a == NULL || b == NULL ? a == b : expr_equal(a, b);
}

static bool same_shield(const struct shield *a, const struct shield *b)
{
    if (!same_list(a->atoms->where, a->atoms->wheres, b->atoms->where, b->atoms->wheres) ||
        !same_list(a->atoms->group.key, a->atoms->group.keys, b->atoms->group.key,
                   b->atoms->group.keys) ||
        !same_list(a->key, a->keys, b->key, b->keys) || !same_cond(a->where, b->where) ||
        a->aggs != b->aggs)
        return false;
    for (size_t k = 0; k < a->aggs; k++)
        if (!same_cond(a->agg[k].cond, b->agg[k].cond) || a->agg[k].office != b->agg[k].office)
            return false;
    return true;
}

/* One answer counts persons once: from two counts over different rows a third could be computed. */
static int count_once(struct taking *t, struct shield *s)
{
    struct run *r = t->scope->b->run;
    if (all_constant_false(t->access) || (r->shield != NULL && same_shield(r->shield, s)))
        return 0;
    bool before = r->shield != NULL || (r->ctx->asked_persons != NULL && *r->ctx->asked_persons);
    if (before)
        return refuse(t, "Persons are counted twice for one answer.",
                      "count them in one AGGREGATE, with COUNTIF for each figure, or ask twice");
    r->shield = s;
    if (r->ctx->asked_persons != NULL)
        *r->ctx->asked_persons = true;
    return 0;
}

static bool asks_persons(const struct taking *t, const struct access *a, const struct grouping *g)
{
    uint64_t deps = 0;
    for (size_t i = 0; i < a->wheres; i++)
        deps |= a->where[i]->deps;
    for (size_t k = 0; k < g->keys; k++)
        deps |= g->key[k]->deps;
    for (size_t k = 0; k < g->aggs; k++)
        deps |= agg_deps(&g->agg[k]);
    return (deps & t->persons) != 0;
}

/* Programs would see one person at a time. */
static int check_code(struct taking *t, const struct access *a, const struct grouping *g)
{
    bool code = false;
    for (size_t i = 0; i < a->wheres; i++)
        code = code || ((a->where[i]->deps & t->persons) != 0 && runs_code(a->where[i]));
    for (size_t k = 0; k < g->keys; k++)
        code = code || ((g->key[k]->deps & t->persons) != 0 && runs_code(g->key[k]));
    for (size_t k = 0; k < g->aggs; k++)
        code = code || (g->agg[k].arg != NULL && (g->agg[k].arg->deps & t->persons) != 0 &&
                        runs_code(g->agg[k].arg));
    return !code
               ? 0
               : refuse(t, "A function that is a program is called with what is known of persons.",
                        "call it over the counts, behind AGGREGATE");
}

static int take_apart(struct taking *t, const struct grouping *g, struct shield *s)
{
    struct binder *b = t->scope->b;
    struct access offices = *t->access;
    struct leaves where = {.n = 0};
    struct expr **cond = ARENA_ARRAY(b->arena, struct expr *, g->aggs + 1);
    bool personal = false;
    if (cond == NULL)
        return bind_memory(b);
    offices.where = NULL;
    offices.wheres = offices.wheres_cap = 0;
    for (size_t i = 0; i < t->access->wheres; i++)
        TRY(split_where(t, t->access->where[i], &offices, &where));
    TRY(take_keys(t, g));
    for (size_t k = 0; k < g->keys; k++)
        personal = personal || (g->key[k]->deps & t->persons) != 0;
    if (where.n == 0 && !personal) {
        s->office = new_access(t, &offices);
        if (s->office == NULL)
            return bind_memory(b);
        s->office->group.key = g->key;
        s->office->group.keys = g->keys;
    }
    for (size_t i = 0; i < where.n; i++)
        TRY(take_parts(t, where.at[i]));
    for (size_t k = 0; k < g->keys; k++)
        if ((g->key[k]->deps & t->persons) != 0)
            TRY(take_parts(t, g->key[k]));
    TRY(take_aggs(t, s, g, cond));
    TRY(group_atoms(t, s, &offices));
    TRY(key_columns(t, s, g));
    TRY(where_column(t, s, &where));
    TRY(agg_columns(t, s, cond));
    for (size_t i = 0; i < offices.wheres; i++)
        TRY(check_days(t, offices.where[i]));
    for (size_t i = 0; i < t->places.n; i++)
        TRY(check_days(t, t->places.at[i]));
    for (size_t i = 0; i < t->other.n; i++)
        TRY(check_days(t, t->other.at[i]));
    return 0;
}

int bind_shield(struct scope *s, struct access *a, const struct grouping *g, uint32_t at,
                uint32_t n, struct step *step)
{
    struct binder *b = s->b;
    struct taking t = {.scope = s, .access = a, .persons = b->persons, .at = at, .n = n};
    step->kind = STEP_ACCESS;
    step->access = a;
    a->grouped = true;
    a->group = *g;
    if (b->persons == 0 || !asks_persons(&t, a, g))
        return 0;
    struct shield *shield = ARENA_NEW(b->arena, struct shield);
    if (shield == NULL)
        return bind_memory(b);
    int64_t k = b->ctx->viewer->small_cell_k;
    shield->k = k < SMALL_CELLS_LEAST ? SMALL_CELLS_LEAST : k;
    if (a->as_of)
        return refuse(&t, "What was known of persons on an earlier day is not given to your role.",
                      "leave FOR SYSTEM_TIME AS OF out, or the columns of persons");
    TRY(check_code(&t, a, g));
    TRY(take_apart(&t, g, shield));
    TRY(count_once(&t, shield));
    step->kind = STEP_SHIELD;
    step->shield = shield;
    return 0;
}

int shield_rows(struct scope *s, struct access *a)
{
    struct binder *b = s->b;
    struct taking t = {.scope = s, .access = a, .persons = b->persons};
    struct grouping g = {.key = a->out, .keys = a->outs - 1};
    struct agg_spec count = {.kind = AGG_COUNT, .type = TYPE_INT64, .level = PLACE_LEVEL_ANY};
    size_t index;
    if (b->persons == 0)
        return 0;
    if (asks_persons(&t, a, &g)) {
        err_set(b->err, ERR_SUPPRESSED,
                "Registrations are not given one by one where a column says something of persons.");
        err_hint(b->err,
                 "count first: |> AGGREGATE COUNT(*) AS n GROUP BY ...; or name the columns "
                 "of offices that you need: |> SELECT date, block, sector");
        return ERR_SUPPRESSED;
    }
    TRY(bind_agg_add(b, &g, count, &index));
    a->grouped = true;
    a->group = g;
    return 0;
}
