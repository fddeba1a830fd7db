/* SPDX-License-Identifier: MIT
 *
 * Target sets from their declarations: totals of places one level up are shared out over the
 * places below them, agreed figures stay as they are, nothing is lost.
 *
 * A figure for a place that is not loaded is a mistake; but when none of a set's places are there
 * (another state's data is loaded, or none yet), or what it is shared by is not known, the set
 * stays empty and a note says why. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/near.h"
#include "object.h"
#include "target_parts.h"

#define MONTHS_TOLERANCE 0.05 /* thirds are written as 33.33 */

struct builder {
    struct plugin_object *object;
    struct reader *r;
    const struct targets_decl *d;
    const struct place_tree *tree;
    struct target_set *set;
    struct set_figures figures;
    size_t cap;
    bool empty; /* it cannot be built from what is loaded; a note says why */
    struct err *err;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for targets");
}

/* The set stays empty, and says why: once, as one reason is enough. */
static void PRINTF_LIKE(2, 3) stay_empty(struct builder *b, const char *fmt, ...)
{
    char text[ERR_MSG_BYTES];
    va_list args;
    if (b->empty)
        return;
    b->empty = true;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    object_note(b->object, "targets \"%.*s\" are empty: %s", STR_ARG(b->set->name), text);
    b->set->note = str_copy(&b->object->arena, str_of(text));
}

static const struct figure *figure_find(const struct figures *f, int64_t code, int part)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].code == code && f->at[i].part == part)
            return &f->at[i];
    }
    return NULL;
}

/* " for Energy", where the set has parts. */
static void part_shown(const struct builder *b, int part, char out[ERR_MSG_BYTES / 4])
{
    out[0] = '\0';
    if (b->set->parts > 0)
        snprintf(out, ERR_MSG_BYTES / 4, " for %.*s", STR_ARG(b->set->part[part].name));
}

/* "there is no" block with the code 17 "..." */
static void code_fault(struct builder *b, enum place_level level, int64_t code, const char *before,
                       const char *after)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)code);
    struct err *e = reader_fault(b->r, str_of(text), ERR_UNKNOWN_NAME, "%s %s with the code %s%s",
                                 before, place_level_name(level), text, after);
    err_hint(e, "`panji places find NAME` lists places with their codes");
}

static size_t known_codes(const struct place_tree *t, const struct codes *c, enum place_level level)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += place_by_code(t, level, c->at[i].code) != PLACE_NONE;
    return n;
}

static void unknown_codes(struct builder *b, const struct codes *c, enum place_level level)
{
    for (size_t i = 0; i < c->n; i++) {
        bool told = i > 0 && c->at[i - 1].code == c->at[i].code;
        if (!told && place_by_code(b->tree, level, c->at[i].code) == PLACE_NONE)
            code_fault(b, level, c->at[i].code, "there is no", "");
    }
}

/* A place that ended keeps its figure: what it counts as is found where the figure is read. */
static uint32_t own_id(const struct place_tree *t, uint32_t node)
{
    return t->at[node].gone ? t->at[node].id : t->at[node].identity;
}

static int add(struct builder *b, uint32_t identity, const struct figure *f, int64_t target,
               const char *basis, double weight)
{
    struct target *grown =
        arena_grown(&b->object->arena, b->set->at, b->set->n, &b->cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(b->err);
    b->set->at = grown;
    b->set->at[b->set->n++] = (struct target){identity, f->part, target, basis, weight};
    return 0;
}

/* Orders of the places of the set's level below all nodes of one code, one for each identity. */
static int parts_of(struct builder *b, uint32_t above, uint32_t **out, size_t *n)
{
    size_t cap = 0;
    for (uint32_t node = above; node != PLACE_NONE; node = b->tree->at[node].same)
        cap += b->tree->at[node].end - node;
    *out = ARENA_ARRAY(&b->object->arena, uint32_t, cap);
    if (!*out)
        return no_memory(b->err);
    *n = 0;
    for (uint32_t node = above; node != PLACE_NONE; node = b->tree->at[node].same) {
        for (uint32_t i = node; i < b->tree->at[node].end; i++) {
            if (b->tree->at[i].level == b->set->level && !b->tree->at[i].gone)
                (*out)[(*n)++] = i;
        }
    }
    return 0;
}

/* "shared by workers", "shared by sector and workers" */
static const char *shared_basis(struct builder *b, const struct figure *f, struct str by)
{
    enum { BYTES_MORE = sizeof "shared by department and " };
    const char *parts = f->shared ? target_by_name(b->set->by) : "";
    char *p = arena_alloc(&b->object->arena, by.n + BYTES_MORE);
    if (p)
        snprintf(p, by.n + BYTES_MORE, "shared by %s%s%.*s", parts,
                 f->shared && by.n > 0 ? " and " : "", STR_ARG(by));
    return p ? p : "shared";
}

struct share {
    uint32_t *part; /* orders of those that take a share */
    double *weight;
    int64_t *value;
    size_t n;
    int64_t left; /* of the total, after the agreed figures */
};

/* Agreed figures go in as they are; the rest of the parts take a share. */
static int split_parts(struct builder *b, const struct figure *total, const uint32_t *part,
                       size_t n, int fact, struct share *s)
{
    for (size_t i = 0; i < n; i++) {
        const struct place *p = &b->tree->at[part[i]];
        const struct figure *fixed = figure_find(&b->figures.fixed, p->code, total->part);
        if (fixed) {
            s->left -= fixed->value;
            TRY(add(b, p->identity, fixed, fixed->value, "fixed", (double)NAN));
            continue;
        }
        double w = fact >= 0 ? p->fact[fact] : (double)NAN;
        if (!(w >= 0))
            stay_empty(b, "no %.*s is known for %s %.*s (%lld)", STR_ARG(b->d->share_by),
                       place_level_name(p->level), STR_ARG(p->name), (long long)p->code);
        s->part[s->n] = part[i];
        s->weight[s->n++] = w;
    }
    return 0;
}

static int share_out(struct builder *b, const struct figure *total, struct share *s)
{
    struct err fault;
    char code[32], part[ERR_MSG_BYTES / 4];
    part_shown(b, total->part, part);
    snprintf(code, sizeof code, "%lld", (long long)total->code);
    if (s->left < 0 || (s->n == 0 && s->left > 0)) {
        struct err *e =
            reader_fault(b->r, str_of(code), ERR_VALUE,
                         "the fixed figures under %s differ from its total of %lld%s by %lld", code,
                         (long long)total->value, part, (long long)-s->left);
        err_hint(e, "the fixed figures must leave something for the places that share the rest");
        return 0;
    }
    if (s->n == 0)
        return 0;
    if (target_share(s->left, s->weight, s->n, s->value, &fault) < 0) {
        if (fault.code == ERR_MEM)
            return no_memory(b->err);
        stay_empty(b, "%s", fault.msg);
        return 0;
    }
    const char *basis = shared_basis(b, total, b->d->share_by);
    for (size_t i = 0; i < s->n; i++)
        TRY(add(b, b->tree->at[s->part[i]].identity, total, s->value[i], basis, s->weight[i]));
    return 0;
}

static int build_total(struct builder *b, const struct figure *total, int fact)
{
    uint32_t above = place_by_code(b->tree, b->set->level - 1, total->code);
    if (above == PLACE_NONE)
        return 0; /* told already */
    uint32_t *part;
    size_t n = 0;
    TRY(parts_of(b, above, &part, &n));
    struct arena *a = &b->object->arena;
    struct share s = {ARENA_ARRAY(a, uint32_t, n), ARENA_ARRAY(a, double, n),
                      ARENA_ARRAY(a, int64_t, n), 0, total->value};
    if (!s.part || !s.weight || !s.value)
        return no_memory(b->err);
    if (n == 0) {
        stay_empty(b, "no %s is known under the code %lld", place_level_name(b->set->level),
                   (long long)total->code);
        return 0;
    }
    TRY(split_parts(b, total, part, n, fact, &s));
    return b->empty ? 0 : share_out(b, total, &s);
}

/* Index of the fact to share by; -1 with b->empty or a mistake when there is none. */
static int fact_of(struct builder *b)
{
    struct str by = b->d->share_by;
    if (by.n == 0) {
        struct err *e = reader_fault(b->r, STR("total"), ERR_VALUE, "\"share_by\" is missing");
        err_hint(e, "a total is shared out by a fact of the places, as share_by = \"workers\"");
        return -1;
    }
    int fact = place_fact_index(b->tree, by);
    if (fact >= 0)
        return fact;
    if (b->tree->facts == 0) {
        stay_empty(b, "the places were loaded without \"%.*s\"", STR_ARG(by));
        return -1;
    }
    struct err *e =
        reader_fault(b->r, by, ERR_UNKNOWN_NAME, "places have no fact \"%.*s\"", STR_ARG(by));
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < b->tree->facts; i++)
        near_offer(&near, by, b->tree->fact_name[i]);
    near_hint(&near, e);
    return -1;
}

static int build_values(struct builder *b, const struct figures *all, const char *basis)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct figure *f = &all->at[i];
        uint32_t node = place_by_code(b->tree, b->set->level, f->code);
        if (node == PLACE_NONE)
            continue;
        const char *how = f->shared ? shared_basis(b, f, STR("")) : basis;
        TRY(add(b, own_id(b->tree, node), f, f->value, how, (double)NAN));
    }
    return 0;
}

static int target_cmp(const void *a, const void *b)
{
    const struct target *x = a;
    const struct target *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

/* A fixed figure must belong to a place that was reached; a place may be reached once, for each
 * part. */
static void check_figures(struct builder *b)
{
    struct target_set *s = b->set;
    const struct figures *fixed = &b->figures.fixed;
    char what[ERR_MSG_BYTES / 2], part[ERR_MSG_BYTES / 4];
    int64_t sum;
    for (size_t i = 1; i < s->n; i++) {
        uint32_t node = place_order(b->tree, s->at[i].place);
        if (target_cmp(&s->at[i], &s->at[i - 1]) != 0 || node == PLACE_NONE)
            continue;
        part_shown(b, s->at[i].part, part);
        snprintf(what, sizeof what, " gets a target twice%s", part);
        code_fault(b, s->level, b->tree->at[node].code, "the", what);
    }
    for (size_t i = 0; i < fixed->n; i++) {
        uint32_t node = place_by_code(b->tree, s->level, fixed->at[i].code);
        if (node == PLACE_NONE || target_sum(s, own_id(b->tree, node), fixed->at[i].part, &sum))
            continue;
        part_shown(b, fixed->at[i].part, part);
        snprintf(what, sizeof what, " lies under none of the totals%s", part);
        code_fault(b, s->level, fixed->at[i].code, "the", what);
    }
}

/* None of the places is loaded: the set waits for them. */
static bool nothing_known(struct builder *b)
{
    enum place_level level = b->set->level;
    size_t known = known_codes(b->tree, &b->d->values, level);
    if (b->d->total.n)
        known += known_codes(b->tree, &b->d->total, level - 1);
    else
        known += known_codes(b->tree, &b->d->fixed, level);
    if (known > 0 || b->d->total.n + b->d->values.n + b->d->fixed.n == 0)
        return false;
    stay_empty(b, "its places are not loaded");
    return true;
}

static int build_figures(struct builder *b)
{
    const struct targets_decl *d = b->d;
    if (d->total.n + d->values.n + d->fixed.n == 0) {
        struct err *e = reader_fault(b->r, STR_NULL, ERR_VALUE, "there are no figures");
        err_hint(e, "give total = { [code] = count }, or values = { [code] = count }");
        return 0;
    }
    bool ok;
    TRY(target_parts_read(b->r, d, b->set, &b->figures, &ok, b->err));
    if (!ok || nothing_known(b))
        return 0;
    unknown_codes(b, &d->values, b->set->level);
    unknown_codes(b, &d->fixed, b->set->level);
    TRY(build_values(b, &b->figures.values, "given"));
    if (d->total.n == 0)
        return build_values(b, &b->figures.fixed, "fixed");
    unknown_codes(b, &d->total, b->set->level - 1);
    int fact = fact_of(b);
    for (size_t i = 0; i < b->figures.total.n && fact >= 0; i++)
        TRY(build_total(b, &b->figures.total.at[i], fact));
    if (b->empty || fact < 0)
        b->set->n = 0;
    return 0;
}

/* One percentage a month, 100 in all. */
static void check_months(struct builder *b)
{
    const struct targets_decl *d = b->d;
    bool dated = d->from != DAY_NONE && d->to != DAY_NONE;
    size_t months = dated ? target_months(d->from, d->to) : d->phasing.months.n;
    double sum = 0;
    bool negative = false;
    for (size_t i = 0; i < d->phasing.months.n; i++) {
        sum += d->phasing.months.at[i];
        negative = negative || !(d->phasing.months.at[i] >= 0);
    }
    if (months != d->phasing.months.n)
        reader_fault(b->r, STR("phasing"), ERR_VALUE,
                     "\"phasing\" has %zu percentages, \"from\" to \"to\" touches %zu months",
                     d->phasing.months.n, months);
    else if (negative || fabs(sum - 100) > MONTHS_TOLERANCE)
        reader_fault(
            b->r, STR("phasing"), ERR_VALUE,
            "the percentages of \"phasing\" must not be negative and add up to 100, not %g", sum);
}

static void set_phasing(struct builder *b)
{
    const struct phasing *p = &b->d->phasing;
    struct target_set *set = b->set;
    set->phasing = str_eq(p->by, STR("working_days")) ? TARGET_BY_WORKING_DAYS : TARGET_BY_DAYS;
    if (p->months.n == 0)
        return;
    set->phasing = TARGET_BY_MONTHS;
    set->month_pct = p->months.at;
    set->months = p->months.n;
    check_months(b);
}

/* ---- days that do not count ---- */

static int day_cmp(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The days of the planners' table `holidays`; NULL when there is none. */
static const struct frame_col *uploaded_days(const struct upload_set *uploads)
{
    const struct upload *u = upload_find(uploads, STR("holidays"));
    for (size_t c = 0; u && c < u->frame->cols; c++) {
        if (u->frame->col[c].type == TYPE_DATE && str_eq_nocase(u->frame->col[c].name, STR("date")))
            return &u->frame->col[c];
    }
    return NULL;
}

/* Those declared and those uploaded, each once, within the set's time. */
static int set_holidays(struct builder *b, const struct upload_set *uploads)
{
    const struct days *own = &b->d->holidays;
    const struct upload *u = upload_find(uploads, STR("holidays"));
    const struct frame_col *date = uploaded_days(uploads);
    size_t rows = date ? u->frame->rows : 0, n = 0;
    int32_t *all = ARENA_ARRAY(&b->object->arena, int32_t, own->n + rows);
    if (!all)
        return no_memory(b->err);
    for (size_t i = 0; i < own->n; i++)
        all[n++] = own->at[i];
    for (size_t i = 0; i < rows; i++) {
        if (!date->null[i] && date->i[i] >= b->d->from && date->i[i] <= b->d->to)
            all[n++] = (int32_t)date->i[i];
    }
    qsort(all, n, sizeof *all, day_cmp);
    b->set->holidays = all;
    b->set->holiday_count = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || all[i] != all[i - 1])
            all[b->set->holiday_count++] = all[i];
    }
    return 0;
}

static bool are_there(const struct place_tree *t, const struct codes *c, enum place_level level)
{
    for (size_t i = 0; i < c->n; i++) {
        uint32_t node = place_by_code(t, level, c->at[i].code);
        if (node != PLACE_NONE && t->at[node].gone)
            return false;
    }
    return true;
}

bool targets_fit(const struct targets_decl *d, const struct place_tree *tree)
{
    int level = place_level_parse(d->level);
    return level > PLACE_COUNTRY && are_there(tree, &d->values, (enum place_level)level) &&
           are_there(tree, &d->fixed, (enum place_level)level) &&
           are_there(tree, &d->total, (enum place_level)(level - 1));
}

int targets_build(struct plugin_object *o, struct reader *r, const struct targets_decl *d,
                  const struct place_tree *tree, const struct upload_set *uploads,
                  struct target_set *set, struct err *err)
{
    struct builder b = {.object = o, .r = r, .d = d, .tree = tree, .set = set, .err = err};
    set->title = d->title.en;
    set->title_hi = d->title.hi.n > 0 ? d->title.hi : d->title.en;
    set->source = d->source;
    set->from = d->from;
    set->to = d->to;
    set->decided_on = d->decided_on;
    set_phasing(&b);
    TRY(set_holidays(&b, uploads));
    bool dated = d->from != DAY_NONE && d->to != DAY_NONE;
    if (dated && d->from > d->to)
        reader_fault(r, STR("to"), ERR_VALUE, "\"to\" lies before \"from\"");
    int level = place_level_parse(d->level);
    if (level <= PLACE_COUNTRY)
        return 0; /* told when it was read */
    set->level = (enum place_level)level;
    TRY(build_figures(&b));
    if (set->n > 0) {
        qsort(set->at, set->n, sizeof *set->at, target_cmp);
        check_figures(&b);
    }
    if (!dated || d->from > d->to)
        set->n = 0; /* a mistake: no day of it can be reckoned with */
    return 0;
}
