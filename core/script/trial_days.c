/* SPDX-License-Identifier: MIT
 *
 * Tests of alerts over days, as `promtool test rules` has them: the registrations come day by day,
 * the rule is evaluated each evening, and on the days named exactly the findings expected fire. The
 * state machine is the one of the server; what other alerts do (waits_for) and the share of places
 * (share_max) are not looked at. */
#include <string.h>

#include "base/date.h"
#include "query/format.h"
#include "script/state.h"
#include "trial_int.h"

enum { DAYS_MAX = 366, FINDINGS_MAX = 1000 };

/* A finding, with its columns as they were last seen. */
struct found {
    struct str key, message, severity;
    struct str *cell;
    struct alert_times times;
    bool seen;
};

struct course {
    struct trial *t;
    const struct alert_rule *rule;
    struct found *at;
    size_t n;
    struct str *column; /* of the rule's query */
    size_t columns;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for a test");
}

static struct found *find(struct course *d, struct str key)
{
    for (size_t i = 0; i < d->n; i++)
        if (str_eq(d->at[i].key, key))
            return &d->at[i];
    return NULL;
}

static int keep(struct course *d, struct str s, struct str *out, struct err *err)
{
    *out = str_copy(&d->t->arena, s);
    return out->p ? 0 : no_memory(err);
}

static int keep_cells(struct course *d, struct found *x, const struct frame *f, size_t row,
                      struct err *err)
{
    struct format_options fo = {.tree = d->t->tree};
    struct buf b;
    int rc = 0;
    buf_init(&b, MEM_SCRIPT);
    for (size_t c = 0; rc == 0 && c < d->columns; c++) {
        struct value v = frame_get(f, row, c);
        buf_clear(&b);
        if (!v.null)
            format_value(&f->col[c], v, &fo, &b);
        rc = keep(d, buf_view(&b), &x->cell[c], err);
    }
    buf_fini(&b);
    return rc;
}

static int see(struct course *d, const struct alert_findings *f, size_t row, struct err *err)
{
    struct found *x = find(d, f->key[row]);
    if (!x) {
        if (d->n == FINDINGS_MAX)
            return FAULT(d->t, "more than %d findings", FINDINGS_MAX);
        x = &d->at[d->n++];
        alert_times_init(&x->times);
        x->cell = ARENA_ARRAY(&d->t->arena, struct str, d->columns);
        if (!x->cell)
            return no_memory(err);
        TRY(keep(d, f->key[row], &x->key, err));
    }
    x->seen = true;
    if (f->level[row] >= 0)
        x->severity = d->rule->level[f->level[row]].name;
    TRY(keep(d, f->message[row].en, &x->message, err));
    return keep_cells(d, x, f->result.frame, row, err);
}

/* What was a finding remains one while `clear` does not hold. */
static bool remains(struct course *d, const struct alert_findings *f, size_t row)
{
    const struct found *x = f->still[row] ? find(d, f->key[row]) : NULL;
    return x && (x->times.state == ALERT_PENDING || x->times.state == ALERT_FIRING);
}

static int keep_columns(struct course *d, const struct frame *f, struct err *err)
{
    if (d->column)
        return 0;
    d->columns = f->cols;
    d->column = ARENA_ARRAY(&d->t->arena, struct str, f->cols);
    if (!d->column)
        return no_memory(err);
    for (size_t c = 0; c < f->cols; c++)
        TRY(keep(d, f->col[c].name, &d->column[c], err));
    return 0;
}

static int step_all(struct course *d, const struct alert_findings *f, int32_t day, struct err *err)
{
    const struct alert_waits w = {d->rule->pending, d->rule->keep, 7};
    size_t rows = f->result.frame->rows;
    bool ladder = d->rule->level[d->rule->levels - 1].condition.n > 0;
    TRY(keep_columns(d, f->result.frame, err));
    if (rows == 0 && ladder && d->rule->no_data != ALERT_NO_DATA_OK)
        return 0;
    for (size_t i = 0; i < d->n; i++)
        d->at[i].seen = false;
    for (size_t i = 0; i < rows; i++)
        if (f->level[i] >= 0 || remains(d, f, i))
            TRY(see(d, f, i, err));
    for (size_t i = 0; i < d->n; i++)
        alert_step(&d->at[i].times, d->at[i].seen, day, &w);
    return 0;
}

static int evening(struct course *d, const struct run_options *o, int32_t day, struct err *err)
{
    struct alert_findings f;
    struct err why;
    struct run_options with = *o;
    snap_unref(d->t->snap);
    d->t->snap = NULL;
    d->t->until = day;
    TRY(trial_snap(d->t, err));
    with.snap = d->t->snap;
    if (alert_rule_run(&d->t->set, d->rule, &with, &f, &why) < 0)
        return FAULT(d->t, "%s", why.msg);
    int rc = step_all(d, &f, day, err);
    alert_findings_fini(&f);
    return rc;
}

/* ---- comparing ---- */

static struct str cell_named(const struct course *d, const struct found *x, struct str name)
{
    if (str_eq(name, STR("severity")))
        return x->severity;
    if (str_eq(name, STR("message")))
        return x->message;
    for (size_t c = 0; c < d->columns; c++)
        if (str_eq_nocase(d->column[c], name))
            return x->cell[c];
    return STR_NULL;
}

static bool matches(const struct course *d, const struct found *x, const struct pairs *want)
{
    for (size_t i = 0; i < want->n; i++) {
        struct str got = cell_named(d, x, want->name[i]);
        if (!got.p || !trial_same(got, want->value[i]))
            return false;
    }
    return true;
}

static void tell(const struct course *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->at[i].times.state == ALERT_FIRING)
            buf_printf(out, "%s[%.*s] %.*s", out->n ? ", " : "", STR_ARG(d->at[i].severity),
                       STR_ARG(d->at[i].message));
}

static int fault_of_day(struct course *d, const char *day, const char *what)
{
    struct buf b;
    buf_init(&b, MEM_SCRIPT);
    tell(d, &b);
    int rc = FAULT(d->t, "on %s %s; firing: %.*s", day, what,
                   (int)(b.n == 0    ? 7
                         : b.n < 300 ? b.n
                                     : 300),
                   b.n ? b.p : "nothing");
    buf_fini(&b);
    return rc;
}

/* As many as expected, and each of those is there. */
static int compare(struct course *d, const struct by_day *want)
{
    char day[11];
    size_t firing = 0;
    date_format(want->day, day);
    for (size_t i = 0; i < d->n; i++)
        firing += d->at[i].times.state == ALERT_FIRING;
    if (firing != want->fires.n)
        return fault_of_day(d, day, "another number of findings is expected");
    for (size_t k = 0; k < want->fires.n; k++) {
        bool found = false;
        for (size_t i = 0; i < d->n; i++)
            found = found || (d->at[i].times.state == ALERT_FIRING &&
                              matches(d, &d->at[i], &want->fires.row[k]));
        if (!found)
            return fault_of_day(d, day, "a finding that is expected does not fire");
    }
    return 0;
}

/* The first day of the registrations, DAY_MAX when there are none. */
static int first_day(struct trial *t, int32_t *out)
{
    const struct grid *g = trial_grid(t, "registrations");
    *out = DAY_MAX;
    for (size_t i = 1; g && i < g->rows; i++) {
        int32_t day;
        TRY(trial_day(t, g, i, "date", &day));
        *out = day < *out ? day : *out;
    }
    return 0;
}

int trial_by_day(struct trial *t, const struct alert_rule *rule, const struct run_options *o,
                 struct err *err)
{
    struct course d = {
        .t = t, .rule = rule, .at = ARENA_ARRAY(&t->arena, struct found, FINDINGS_MAX)};
    const struct by_days *want = &t->d->by_day;
    int32_t day;
    if (!d.at)
        return no_memory(err);
    if (rule->by_clock)
        return FAULT(t, "\"by_day\" is for alerts whose times are days of data");
    TRY(first_day(t, &day));
    int32_t last = want->at[want->n - 1].day;
    if (day > want->at[0].day)
        day = want->at[0].day;
    if (last - day > DAYS_MAX)
        return FAULT(t, "\"by_day\" spans more than %d days", DAYS_MAX);
    for (size_t k = 0; day <= last; day++) {
        TRY(evening(&d, o, day, err));
        if (day == want->at[k].day)
            TRY(compare(&d, &want->at[k++]));
    }
    return 0;
}
