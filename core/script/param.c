/* SPDX-License-Identifier: MIT
 *
 * Parameters: declared, checked, converted. A place is taken by code or by an unambiguous name in
 * either script and handed on as the node it is, so that nothing further down looks at names. */
#include "param.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/digits.h"
#include "base/near.h"
#include "data/list.h"
#include "object.h"

enum { TEXT_BYTES_MAX = 4096, CANDIDATES_SHOWN = 8 };

static const struct {
    const char *name;
    enum type type;
} types[] = {
    [PARAM_STRING] = {"string", TYPE_STRING},
    [PARAM_INTEGER] = {"integer", TYPE_INT64},
    [PARAM_NUMBER] = {"number", TYPE_FLOAT64},
    [PARAM_BOOLEAN] = {"boolean", TYPE_BOOL},
    [PARAM_PERCENT] = {"percent", TYPE_FLOAT64},
    [PARAM_DATE] = {"date", TYPE_DATE},
    [PARAM_MONTH] = {"month", TYPE_DATE}, /* its first day */
    [PARAM_FISCAL_YEAR] = {"fiscal_year", TYPE_STRING},
    [PARAM_CHOICE] = {"choice", TYPE_STRING},
    [PARAM_PLACE] = {"place", TYPE_PLACE},
    [PARAM_SECTOR] = {"sector", TYPE_STRING},
    [PARAM_LIST] = {"list", TYPE_STRING},
};

enum type param_value_type(enum param_type type)
{
    return types[type].type;
}

int param_type_parse(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(name, str_of(types[i].name)))
            return (int)i;
    }
    return -1;
}

int32_t params_latest(const struct snap *snap)
{
    return snap && snap->day_min <= snap->day_max ? snap->day_max : clock_today();
}

/* ---- one value ---- */

struct binder {
    struct arena *a;
    const struct snap *snap;
    const struct place_tree *tree; /* in the borders asked for */
    struct bound *out;
};

static bool wrong(struct binder *b, struct str name, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool wrong(struct binder *b, struct str name, const char *fmt, ...)
{
    struct violation *v = &b->out->violation[b->out->violations++];
    char *shown = arena_copy(b->a, name.p, name.n); /* a name that nobody knows came from outside */
    v->name = (struct str){shown, shown ? digits_hide(name, shown) : 0};
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(v->reason, sizeof v->reason, fmt, args);
    va_end(args);
    if (n >= (int)sizeof v->reason) /* not in the middle of a character */
        v->reason[utf8_check(str_of(v->reason))] = '\0';
    v->reason[digits_hide(str_of(v->reason), v->reason)] = '\0';
    return false;
}

static bool in_range(struct binder *b, const struct param *p, double v)
{
    if (p->has_min && v < p->min)
        return wrong(b, p->name, "must be at least %g", p->min);
    if (p->has_max && v > p->max)
        return wrong(b, p->name, "must be at most %g", p->max);
    return true;
}

static bool bind_integer(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    if (str_to_i64(s, &v->i) < 0)
        return wrong(b, p->name, "\"%.*s\" is not a whole number", STR_ARG(s));
    return in_range(b, p, (double)v->i);
}

static bool bind_number(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    struct str digits = s;
    if (p->type == PARAM_PERCENT && str_ends(s, STR("%")))
        digits.n--;
    if (str_to_f64(str_trim(digits), &v->f) < 0 || !isfinite(v->f))
        return wrong(b, p->name, "\"%.*s\" is not a number", STR_ARG(s));
    return in_range(b, p, v->f);
}

static bool bind_boolean(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    bool yes = str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("yes")) || str_eq(s, STR("1"));
    bool no = str_eq_nocase(s, STR("false")) || str_eq_nocase(s, STR("no")) || str_eq(s, STR("0"));
    v->i = yes;
    return yes || no ? true : wrong(b, p->name, "\"%.*s\" is neither true nor false", STR_ARG(s));
}

static bool bind_date(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    int32_t day;
    struct err err;
    if (str_eq_nocase(s, STR("latest"))) {
        v->i = params_latest(b->snap);
        return true;
    }
    if (date_parse(s, &day, &err) < 0)
        return wrong(b, p->name, "%s", err.msg);
    v->i = day;
    return true;
}

/* YYYY-MM, as the first day of the month. */
static bool bind_month(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    int64_t year;
    int64_t month;
    if (str_eq_nocase(s, STR("latest"))) {
        v->i = date_trunc(params_latest(b->snap), DATE_PART_MONTH, 4);
        return true;
    }
    if (s.n != 7 || s.p[4] != '-' || str_to_i64((struct str){s.p, 4}, &year) < 0 ||
        str_to_i64((struct str){s.p + 5, 2}, &month) < 0 || !date_valid((int)year, (int)month, 1))
        return wrong(b, p->name, "\"%.*s\" is not a month as 2021-11", STR_ARG(s));
    v->i = date_day((int)year, (int)month, 1);
    return true;
}

static bool bind_text(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    if (s.n > TEXT_BYTES_MAX)
        return wrong(b, p->name, "is longer than %d bytes", TEXT_BYTES_MAX);
    v->s = str_copy(b->a, s);
    return true;
}

static bool bind_fiscal_year(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    int month = date_fiscal_month();
    int64_t year;
    char label[16];
    char latest[16];
    date_fiscal_label(params_latest(b->snap), month, latest);
    if (str_eq_nocase(s, STR("latest")))
        return bind_text(b, p, str_of(latest), v);
    if (s.n >= 4 && str_to_i64((struct str){s.p, 4}, &year) == 0 && year > 0) {
        date_fiscal_label(date_day((int)year, month, 1), month, label);
        if (str_eq(s, str_of(label)))
            return bind_text(b, p, s, v);
    }
    return wrong(b, p->name, "\"%.*s\" is not a fiscal year as %s", STR_ARG(s), latest);
}

static bool bind_choice(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    char all[160] = "";
    size_t n = 0;
    for (size_t i = 0; i < p->choices; i++) {
        if (str_eq_nocase(p->choice[i], s)) {
            v->s = p->choice[i];
            return true;
        }
        if (n < sizeof all)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%.*s", i ? ", " : "",
                                  STR_ARG(p->choice[i]));
    }
    return wrong(b, p->name, "\"%.*s\" is none of: %s", STR_ARG(s), all);
}

static bool bind_sector(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    int at = list_find(&list_sectors, s);
    if (at >= 0) {
        v->s = str_of(list_sectors.items[at].name);
        return true;
    }
    struct near_list near;
    near_init(&near);
    list_near(&list_sectors, s, &near);
    if (near.n > 0)
        return wrong(b, p->name, "there is no sector \"%.*s\"; did you mean \"%.*s\"?", STR_ARG(s),
                     STR_ARG(near.name[0]));
    return wrong(b, p->name, "there is no sector \"%.*s\"", STR_ARG(s));
}

/* ---- places ---- */

static bool ambiguous(struct binder *b, const struct param *p, struct str s, const uint32_t *at,
                      size_t n)
{
    const struct place_tree *t = b->tree;
    char all[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && i < CANDIDATES_SHOWN && used < sizeof all; i++) {
        const struct place *x = &t->at[at[i]];
        struct str above = x->parent == PLACE_NONE ? STR("") : t->at[x->parent].name;
        const char *level = p->level == PLACE_LEVELS ? place_level_name(x->level) : "";
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s%s%lld (%.*s)", i ? ", " : "",
                                 level, level[0] ? ":" : "", (long long)x->code, STR_ARG(above));
    }
    return wrong(b, p->name, "\"%.*s\" stands for %zu places: give the code, one of %s", STR_ARG(s),
                 n, all);
}

static bool no_place(struct binder *b, const struct param *p, struct str s, enum place_level level)
{
    struct near_list near;
    near_init(&near);
    place_near(b->tree, level, 0, s, &near);
    if (near.n > 0)
        return wrong(b, p->name, "there is no %s \"%.*s\"; did you mean \"%.*s\"?",
                     place_level_name(level), STR_ARG(s), STR_ARG(near.name[0]));
    return wrong(b, p->name, "there is no %s \"%.*s\"", place_level_name(level), STR_ARG(s));
}

/* "district:607" names its level: takes that off; else as the parameter says, PLACE_LEVELS: any. */
static enum place_level level_of(const struct param *p, struct str *s)
{
    const char *colon = memchr(s->p, ':', s->n);
    struct str word = {s->p, colon ? (size_t)(colon - s->p) : 0};
    int level = colon ? place_level_parse(str_trim(word)) : -1;
    if (level < 0 || (p->level != PLACE_LEVELS && level != (int)p->level))
        return p->level;
    *s = str_trim((struct str){colon + 1, s->n - word.n - 1});
    return (enum place_level)level;
}

/* Candidates at one level, or at every level from the highest down. */
static size_t candidates(struct binder *b, enum place_level one, struct str s, uint32_t *at)
{
    if (one != PLACE_LEVELS)
        return place_find(b->tree, one, 0, s, at, CANDIDATES_SHOWN);
    size_t n = 0;
    for (int level = PLACE_COUNTRY; level < PLACE_LEVELS; level++) {
        size_t room = n < CANDIDATES_SHOWN ? CANDIDATES_SHOWN - n : 0;
        n += place_find(b->tree, (enum place_level)level, 0, s, at + (CANDIDATES_SHOWN - room),
                        room);
    }
    return n;
}

static bool bind_place(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    uint32_t at[CANDIDATES_SHOWN];
    enum place_level level = level_of(p, &s);
    if (level == PLACE_LEVELS && str_eq_nocase(s, STR("country"))) {
        v->i = PLACE_COUNTRY_ID;
        return true;
    }
    size_t n = candidates(b, level, s, at);
    if (n == 0)
        return no_place(b, p, s, level == PLACE_LEVELS ? PLACE_DISTRICT : level);
    if (n > 1)
        return ambiguous(b, p, s, at, n);
    v->i = b->tree->at[at[0]].identity;
    return true;
}

static bool bind_value(struct binder *b, const struct param *p, struct str s, struct value *v)
{
    s = str_trim(s);
    if (utf8_check(s) < s.n)
        return wrong(b, p->name, "is not valid UTF-8");
    switch (p->type) {
    case PARAM_INTEGER:
        return bind_integer(b, p, s, v);
    case PARAM_NUMBER:
    case PARAM_PERCENT:
        return bind_number(b, p, s, v);
    case PARAM_BOOLEAN:
        return bind_boolean(b, p, s, v);
    case PARAM_DATE:
        return bind_date(b, p, s, v);
    case PARAM_MONTH:
        return bind_month(b, p, s, v);
    case PARAM_FISCAL_YEAR:
        return bind_fiscal_year(b, p, s, v);
    case PARAM_CHOICE:
        return bind_choice(b, p, s, v);
    case PARAM_PLACE:
        return bind_place(b, p, s, v);
    case PARAM_SECTOR:
        return bind_sector(b, p, s, v);
    case PARAM_STRING:
    case PARAM_LIST:
        return bind_text(b, p, s, v);
    }
    UNREACHABLE();
}

/* ---- all of them ---- */

static const struct param *param_find(const struct param *param, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(param[i].name, name))
            return &param[i];
    }
    return NULL;
}

static void unknown_arg(struct binder *b, const struct param *param, size_t n, struct str name)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < n; i++)
        near_offer(&near, name, param[i].name);
    if (near.n > 0)
        wrong(b, name, "is not a parameter here; did you mean \"%.*s\"?", STR_ARG(near.name[0]));
    else
        wrong(b, name, "is not a parameter here");
}

/* The value as sent last, or an empty str with .p == NULL. */
static struct str sent(const struct param *p, const struct arg *arg, size_t args)
{
    struct str found = STR_NULL;
    for (size_t i = 0; i < args; i++) {
        if (str_eq(arg[i].name, p->name))
            found = arg[i].value;
    }
    return found.n > 0 ? found : STR_NULL;
}

static void bind_one(struct binder *b, const struct param *p, struct str s, struct query_param *q)
{
    q->name = p->name;
    q->value = (struct value){.type = param_value_type(p->type), .null = true};
    if (!s.p)
        s = p->fallback;
    if (!s.p) {
        if (p->required)
            wrong(b, p->name, "is required");
        return;
    }
    q->value.null = !bind_value(b, p, s, &q->value);
    if (!q->value.null && p->type == PARAM_DATE && str_eq(p->name, STR("as_on")))
        b->out->as_on = (int32_t)q->value.i;
}

int params_bind(struct arena *a, const struct param *param, size_t params, const struct arg *arg,
                size_t args, const struct snap *snap, const struct place_tree *tree,
                struct bound *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    out->as_on = params_latest(snap);
    out->param = ARENA_ARRAY(a, struct query_param, params);
    out->violation = ARENA_ARRAY(a, struct violation, params + args);
    if (!out->param || !out->violation)
        return err_set(err, ERR_MEM, "no memory for parameters");
    struct binder b = {.a = a, .snap = snap, .tree = tree, .out = out};
    for (size_t i = 0; i < args; i++) {
        if (!param_find(param, params, arg[i].name))
            unknown_arg(&b, param, params, arg[i].name);
    }
    for (size_t i = 0; i < params; i++)
        bind_one(&b, &param[i], sent(&param[i], arg, args), &out->param[i]);
    out->n = params;
    if (out->violations == 0)
        return 0;
    const struct violation *v = &out->violation[0];
    err_set(err, ERR_PARAM, "parameter \"%.*s\": %s%s", STR_ARG(v->name), v->reason,
            out->violations > 1 ? " (and more)" : "");
    return ERR_PARAM;
}

int params_typed(struct arena *a, const struct param *param, size_t params,
                 struct query_param **out, struct err *err)
{
    *out = ARENA_ARRAY(a, struct query_param, params);
    if (!*out)
        return err_set(err, ERR_MEM, "no memory for parameters");
    for (size_t i = 0; i < params; i++) {
        (*out)[i].name = param[i].name;
        (*out)[i].value = (struct value){.type = param_value_type(param[i].type), .null = true};
    }
    return 0;
}

/* ---- from the declarations ---- */

static void check_param(struct reader *r, const struct param_decl *d, struct param *p)
{
    if (p->type == PARAM_CHOICE && d->choices.n == 0) {
        struct err *e = reader_fault(r, d->name, ERR_VALUE,
                                     "the choice \"%.*s\" has no \"choices\"", STR_ARG(d->name));
        err_hint(e, "give choices = { \"a\", \"b\" }");
    }
    if (d->level.n && p->type != PARAM_PLACE)
        reader_fault(r, STR("level"), ERR_VALUE, "\"level\" is only for places");
    if (p->has_min && p->has_max && p->min > p->max)
        reader_fault(r, d->name, ERR_VALUE, "\"min\" of \"%.*s\" is above its \"max\"",
                     STR_ARG(d->name));
    if (d->required && d->fallback.n)
        reader_fault(r, d->name, ERR_VALUE,
                     "\"%.*s\" is required and has a default: one is too much", STR_ARG(d->name));
}

static void fill_param(const struct param_decl *d, struct param *p)
{
    int type = param_type_parse(d->type);
    int level = d->level.n ? place_level_parse(d->level) : PLACE_LEVELS;
    p->name = d->name;
    p->type = type < 0 ? PARAM_STRING : (enum param_type)type;
    p->level = level < 0 ? PLACE_LEVELS : (enum place_level)level;
    p->required = d->required;
    p->fallback = d->fallback;
    p->has_min = d->min.given;
    p->min = d->min.value;
    p->has_max = d->max.given;
    p->max = d->max.value;
    p->choice = d->choices.at;
    p->choices = d->choices.n;
    p->title = d->title;
    p->help = d->help;
}

/* Names that appear before are looked at too: a parameter is declared once. */
static bool is_repeated(const struct param *p, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(p[i].name, p[at].name))
            return true;
    }
    return false;
}

int params_build(struct plugin_object *o, struct reader *r, const struct records *in,
                 bool needs_default, const struct param **out, size_t *n, struct err *err)
{
    const struct param_decl *d = in->at;
    struct param *p = ARENA_ARRAY(&o->arena, struct param, in->n);
    if (!p)
        return err_set(err, ERR_MEM, "no memory for parameters");
    for (size_t i = 0; i < in->n; i++) {
        fill_param(&d[i], &p[i]);
        check_param(r, &d[i], &p[i]);
        if (d[i].name.n && is_repeated(p, i))
            reader_fault(r, d[i].name, ERR_CONFLICT, "the parameter \"%.*s\" is declared twice",
                         STR_ARG(d[i].name));
        if (needs_default && d[i].required) {
            struct err *e = reader_fault(r, d[i].name, ERR_VALUE,
                                         "the parameter \"%.*s\" is required", STR_ARG(d[i].name));
            err_hint(e, "an alert runs by itself: give every parameter a default");
        }
    }
    *out = p;
    *n = in->n;
    return 0;
}
