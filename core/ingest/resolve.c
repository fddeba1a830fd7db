/* SPDX-License-Identifier: MIT
 *
 * Resolving. The first time a word stands in a column it is searched for, the answer (or the
 * reason why there is none) is remembered, and from then on it costs a look-up.
 *
 * A place is looked for inside the place that the columns before it gave, because names repeat.
 * When it is not there the reason says where it is, if anywhere. Near names are looked for only for
 * the first thousand faults: nobody reads more, and a file of nothing but faults must end some
 * time. */
#include "resolve.h"

#include <stdio.h>

#include "aadhaar.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/number.h"
#include "mapping_int.h"

enum { EXPLAINED_MAX = 1000, CANDIDATES_MAX = 4 };

void resolver_init(struct resolver *r, struct arena *mem, const struct place_tree *tree,
                   struct place_history *history, const struct mapping *mapping, int32_t today,
                   bool correction)
{
    *r = (struct resolver){
        .tree = tree,
        .now = tree,
        .history = history,
        .mapping = mapping,
        .today = today,
        .correction = correction,
        .mem = mem,
    };
    for (int i = 0; i < ROLES; i++)
        words_init(&r->words[i]);
}

static void era_drop(struct era *e)
{
    for (int level = 0; e->borders != NULL && level < PLACE_LEVELS; level++)
        words_fini(&e->words[level]);
    borders_unref(e->borders);
    e->borders = NULL;
}

void resolver_fini(struct resolver *r)
{
    for (int i = 0; i < ROLES; i++)
        words_fini(&r->words[i]);
    for (size_t i = 0; i < ERAS_HELD; i++)
        era_drop(&r->era[i]);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the errors of the file");
}

/* ---- borders -------------------------------------------------------------------------------- */

/* The era if it is held, else the place for it: a free one, or that used longest ago. */
static struct era *era_find(struct resolver *r, size_t number)
{
    struct era *oldest = &r->era[0];
    for (size_t i = 0; i < ERAS_HELD; i++) {
        struct era *e = &r->era[i];
        if (e->borders != NULL && e->number == number)
            return e;
        if (oldest->borders != NULL && (e->borders == NULL || e->used < oldest->used))
            oldest = e;
    }
    era_drop(oldest);
    return oldest;
}

static int era_open(struct resolver *r, struct era *e, size_t number, int32_t day, struct err *err)
{
    TRY(history_borders(r->history, day, &e->borders, err));
    e->number = number;
    for (int level = 0; level < PLACE_LEVELS; level++)
        words_init(&e->words[level]);
    return 0;
}

int resolver_turn(struct resolver *r, int32_t day, struct err *err)
{
    r->tree = r->now;
    r->turned = NULL;
    if (day == DAY_NONE || r->history == NULL)
        return 0;
    size_t number = history_era(r->history, day);
    if (number == r->history->days)
        return 0;
    struct era *e = era_find(r, number);
    if (e->borders == NULL)
        TRY(era_open(r, e, number, day, err));
    e->used = ++r->turns;
    r->turned = e;
    r->tree = e->borders->tree;
    return 1;
}

/* ---- faults --------------------------------------------------------------------------------- */

static int fault_new(struct arena *mem, const char *reason, const struct near_list *near,
                     const struct fault **out, struct err *err)
{
    struct fault *f = ARENA_NEW(mem, struct fault);
    if (f == NULL)
        return no_memory(err);
    f->reason = arena_copy(mem, reason, strlen(reason));
    f->near = near != NULL ? near_joined(mem, near) : "";
    if (f->reason == NULL || f->near == NULL)
        return no_memory(err);
    *out = f;
    return FAULT;
}

/* Where nobody will read the reason. */
static int plain_fault(const struct fault **fault)
{
    static const struct fault plain = {"", ""};
    *fault = &plain;
    return FAULT;
}

int make_fault(struct resolver *r, const struct fault **fault, struct err *err, const char *fmt,
               ...)
{
    struct err text;
    if (r->quiet)
        return plain_fault(fault);
    va_list args;
    va_start(args, fmt);
    err_setv(&text, ERR_VALUE, fmt, args); /* cuts at a character */
    va_end(args);
    return fault_new(r->mem, text.msg, NULL, fault, err);
}

static bool explain(struct resolver *r)
{
    return r->explained++ < EXPLAINED_MAX;
}

static struct words *words_of(struct resolver *r, int role)
{
    bool place = role >= ROLE_STATE && role <= ROLE_PANCHAYAT;
    return place && r->turned != NULL ? &r->turned->words[role_level(role)] : &r->words[role];
}

/* What was found out about a word, remembered. `found` is what a search gave: 0 with *value, or
 * FAULT with *fault. */
static int remember(struct resolver *r, int role, uint32_t context, struct str text, int found,
                    int32_t value, const struct fault *fault)
{
    if (found >= 0)
        words_add(words_of(r, role), r->mem, context, text, found == 0 ? value : 0,
                  found == 0 ? NULL : fault);
    return found;
}

/* 0 or FAULT when the word was seen before, -1 when not. */
static inline int recall(struct resolver *r, int role, uint32_t context, struct str text,
                         int32_t *value, const struct fault **fault)
{
    int32_t v;
    if (!words_find(words_of(r, role), context, text, &v, fault))
        return -1;
    if (*fault != NULL)
        return FAULT;
    *value = v;
    return 0;
}

/* ---- dates ---------------------------------------------------------------------------------- */

/* As the mapping says that the source writes them: what is said takes the place of DD-MM-YYYY,
 * which would read some of them wrongly. */
static int search_form(struct resolver *r, const struct date_form *form, size_t forms,
                       struct str text, int32_t *day, const struct fault **fault, struct err *err)
{
    struct err why;
    char shown[AADHAAR_SHOWN_BYTES + 1];
    for (size_t i = 0; i < forms; i++)
        if (date_form_read(&form[i], text, day))
            return 0;
    if (date_parse_iso(text, day, &why) == 0)
        return 0;
    aadhaar_mask(text, shown);
    return make_fault(r, fault, err, "'%s' is not a date written as %.*s%s", shown,
                      STR_ARG(form[0].text), forms > 1 ? " or another format of the mapping" : "");
}

static int read_date(struct resolver *r, struct str text, int32_t *day, const struct fault **fault,
                     struct err *err)
{
    struct err why;
    const struct date_form *form;
    size_t forms = mapping_date_forms(r->mapping, &form);
    if (forms > 0)
        return search_form(r, form, forms, text, day, fault, err);
    if (date_parse(text, day, &why) == 0)
        return 0;
    bool known = str_starts(str_of(why.msg), STR("there is no"));
    return make_fault(r, fault, err, "%s%s", known ? "no such date: " : "", why.msg);
}

static int search_date(struct resolver *r, struct str text, int32_t *day,
                       const struct fault **fault, struct err *err)
{
    char name[11];
    char shown[AADHAAR_SHOWN_BYTES + 1];
    int rc = read_date(r, text, day, fault, err);
    if (rc != 0)
        return rc;
    if (*day >= REGISTRATION_DAY_MIN && *day <= r->today)
        return 0;
    date_format(r->today, name);
    aadhaar_mask(text, shown);
    if (*day < REGISTRATION_DAY_MIN)
        return make_fault(r, fault, err, "%s lies before 1970, when nobody was registered", shown);
    return make_fault(r, fault, err, "%s lies in the future (today is %s)", shown, name);
}

static inline int digits2(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

/* The form that nearly all files have, YYYY-MM-DD, without a look-up. False: it may be a date all
 * the same, or there may be something to say about it. */
static inline bool plain_date(const struct resolver *r, struct str text, int32_t *day)
{
    static const char form[11] = "0000-00-00";
    int wrong = 0;
    if (text.n != 10)
        return false;
    for (int i = 0; i < 10; i++) { /* a digit where the form has one, else the same byte */
        unsigned char off = (unsigned char)(text.p[i] - form[i]);
        wrong |= off > (form[i] == '0' ? 9 : 0);
    }
    int year = digits2(text.p) * 100 + digits2(text.p + 2);
    int month = digits2(text.p + 5);
    int dom = digits2(text.p + 8);
    if (wrong || year < 1970 || month < 1 || month > 12 || dom < 1 || dom > 28)
        return false;
    *day = date_day(year, month, dom);
    return *day >= REGISTRATION_DAY_MIN && *day <= r->today;
}

int resolve_date(struct resolver *r, struct str text, int32_t *day, const struct fault **fault,
                 struct err *err)
{
    if (plain_date(r, text, day))
        return 0;
    int rc = recall(r, ROLE_DATE, 0, text, day, fault);
    if (rc >= 0)
        return rc;
    rc = search_date(r, text, day, fault, err);
    return remember(r, ROLE_DATE, 0, text, rc, rc == 0 ? *day : 0, *fault);
}

/* ---- places --------------------------------------------------------------------------------- */

static void put_place(struct buf *b, const struct place_tree *t, uint32_t order)
{
    const struct place *p = &t->at[order];
    buf_str(b, place_name(p, false));
    if (order != 0)
        buf_printf(b, " (%lld)", (long long)p->code);
}

/* The candidates with what they lie in: "RAMGARH (3104) in DUMKA (326), ..." */
static void put_candidates(struct buf *b, const struct place_tree *t, const uint32_t *order,
                           size_t found)
{
    for (size_t i = 0; i < found && i < CANDIDATES_MAX; i++) {
        if (i > 0)
            buf_cstr(b, ", ");
        put_place(b, t, order[i]);
        buf_cstr(b, " in ");
        put_place(b, t, t->at[order[i]].parent);
    }
    if (found > CANDIDATES_MAX)
        buf_printf(b, " and %zu more", found - CANDIDATES_MAX);
}

struct search {
    enum place_level level;
    uint32_t within;
    struct str text;
    const char *shown; /* the text as it may be shown */
    uint32_t order[CANDIDATES_MAX];
    size_t found;
};

static void say_elsewhere(struct resolver *r, struct search *s, struct buf *b)
{
    const char *level = place_level_name(s->level);
    buf_printf(b, "%s \"%s\" does not lie in ", level, s->shown);
    put_place(b, r->tree, s->within);
    buf_cstr(b, " but is ");
    put_candidates(b, r->tree, s->order, s->found);
}

static void say_unknown(struct resolver *r, struct search *s, struct buf *b)
{
    buf_printf(b, "no %s \"%s\" is known in ", place_level_name(s->level), s->shown);
    put_place(b, r->tree, s->within);
}

/* It is known, but not in these borders. */
static bool say_gone(struct resolver *r, struct search *s, struct buf *b)
{
    uint32_t gone;
    if (place_find_gone(r->tree, s->level, s->within, s->text, &gone, 1) == 0)
        return false;
    buf_printf(b, "%s \"%s\" is not there on that day: ", place_level_name(s->level), s->shown);
    history_say_end(r->history, r->tree, gone, b);
    return true;
}

static void say_ambiguous(struct resolver *r, struct search *s, struct buf *b)
{
    buf_printf(b, "\"%s\" is the name of %zu %ss: ", s->shown, s->found,
               place_level_name(s->level));
    put_candidates(b, r->tree, s->order, s->found);
    buf_cstr(b, "; give the code");
}

static int place_fault(struct resolver *r, struct search *s, const struct fault **fault,
                       struct err *err)
{
    struct buf b;
    struct near_list near;
    if (r->quiet)
        return plain_fault(fault);
    near_init(&near);
    buf_init(&b, MEM_INGEST);
    if (s->found > 1) {
        say_ambiguous(r, s, &b);
    } else {
        s->found = place_find(r->tree, s->level, 0, s->text, s->order, CANDIDATES_MAX);
        if (say_gone(r, s, &b))
            s->found = 1;
        else if (s->found > 0)
            say_elsewhere(r, s, &b);
        else
            say_unknown(r, s, &b);
        if (explain(r))
            place_near(r->tree, s->level, s->within, s->text, &near);
    }
    buf_char(&b, '\0');
    int rc = b.failed ? no_memory(err) : fault_new(r->mem, b.p, &near, fault, err);
    buf_fini(&b);
    return rc;
}

static int search_place(struct resolver *r, int role, uint32_t within, struct str text,
                        uint32_t *order, const struct fault **fault, struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct search s = {.level = role_level(role), .within = within, .shown = shown};
    s.text = mapping_place(r->mapping, role, r->tree, within, text);
    aadhaar_mask(s.text, shown);
    s.found = place_find(r->tree, s.level, within, s.text, s.order, CANDIDATES_MAX);
    if (s.found != 1)
        return place_fault(r, &s, fault, err);
    *order = s.order[0];
    return 0;
}

int resolve_place(struct resolver *r, int role, uint32_t within, struct str text, uint32_t *order,
                  const struct fault **fault, struct err *err)
{
    int32_t v = 0;
    int rc = recall(r, role, within, text, &v, fault);
    if (rc < 0) {
        rc = search_place(r, role, within, text, order, fault, err);
        return remember(r, role, within, text, rc, rc == 0 ? (int32_t)*order : 0, *fault);
    }
    if (rc == 0)
        *order = (uint32_t)v;
    return rc;
}

/* ---- lists and numbers ---------------------------------------------------------------------- */

static int search_choice(struct resolver *r, int role, const struct list *list, struct str text,
                         int32_t *index, const struct fault **fault, struct err *err)
{
    struct str word = mapping_word(r->mapping, column_name(role), text);
    *index = list_find(list, word);
    if (*index >= 0 && !list->items[*index].retired)
        return 0;
    if (r->quiet)
        return plain_fault(fault);
    char shown[AADHAAR_SHOWN_BYTES + 1];
    char reason[512];
    char names[LIST_NAMES_BYTES];
    struct near_list near;
    near_init(&near);
    if (explain(r))
        list_near(list, word, &near);
    aadhaar_mask(word, shown);
    bool retired = *index >= 0;
    list_allowed(list, names);
    bool few = strstr(names, "...") == NULL;
    snprintf(reason, sizeof reason, "\"%s\" is no %s%.*s%s%s%s", shown,
             retired ? "longer a value of " : "", STR_ARG(column_name(role)),
             few ? " (allowed: " : "", few ? names : "", few ? ")" : "");
    return fault_new(r->mem, reason, &near, fault, err);
}

int resolve_choice(struct resolver *r, int role, const struct list *list, struct str text,
                   int32_t *index, const struct fault **fault, struct err *err)
{
    int rc = recall(r, role, 0, text, index, fault);
    if (rc >= 0)
        return rc;
    rc = search_choice(r, role, list, text, index, fault, err);
    return remember(r, role, 0, text, rc, rc == 0 ? *index : 0, *fault);
}

/* Digits alone at once; else as people write numbers. */
static inline int read_whole(struct str text, int64_t *v, struct err *why)
{
    return str_to_i64(text, v) == 0 ? 0 : number_whole(text, v, why);
}

int resolve_number(struct resolver *r, int role, int32_t min, int32_t max, struct str text,
                   int32_t *value, const struct fault **fault, struct err *err)
{
    int64_t v = 0;
    struct err why;
    bool whole = read_whole(text, &v, &why) == 0;
    if (whole && v >= min && v <= max) {
        *value = (int32_t)v;
        return 0;
    }
    struct str name = column_name(role);
    if (!whole)
        return make_fault(r, fault, err, "%.*s must be a whole number: %s", STR_ARG(name), why.msg);
    return make_fault(r, fault, err, "%.*s must be between %d and %d", STR_ARG(name), min, max);
}

int resolve_count(struct resolver *r, struct str text, int32_t *count, const struct fault **fault,
                  struct err *err)
{
    int64_t v = 0;
    struct err why;
    if (read_whole(text, &v, &why) < 0)
        return make_fault(r, fault, err, "count must be a whole number: %s", why.msg);
    if (v == 0)
        return make_fault(r, fault, err, "count is 0: leave the row out");
    if (v < 0 && !r->correction)
        return make_fault(r, fault, err,
                          "count is negative: only a batch with kind=correction may take away");
    if (v < -ROW_COUNT_MAX || v > ROW_COUNT_MAX)
        return make_fault(r, fault, err, "count is larger than %d", ROW_COUNT_MAX);
    *count = (int32_t)v;
    return 0;
}
