/* SPDX-License-Identifier: MIT
 *
 * Tests of plugins. The private snapshot is built by the same functions as any other; with places
 * of its own, the plugin's target sets are built for them as well. */
#include "trial.h"

#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/near.h"
#include "ingest/upload.h"
#include "query/format.h"
#include "trial_int.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for a test");
}

const struct grid *trial_grid(const struct trial *t, const char *name)
{
    for (size_t i = 0; i < t->d->data.n; i++) {
        if (str_eq(t->d->data.at[i].name, str_of(name)))
            return &t->d->data.at[i];
    }
    return NULL;
}

static int trial_column(const struct grid *g, const char *name)
{
    for (size_t c = 0; c < g->cols; c++) {
        if (str_eq(g->cell[c], str_of(name)))
            return (int)c;
    }
    return -1;
}

/* The text of a cell; .p NULL when there is no such column or nothing in it. */
struct str trial_cell(const struct grid *g, size_t row, const char *column)
{
    int c = trial_column(g, column);
    return c < 0 ? STR_NULL : g->cell[row * g->cols + (size_t)c];
}

int64_t trial_number(struct str s, int64_t otherwise)
{
    int64_t v;
    return s.p && str_to_i64(s, &v) == 0 ? v : otherwise;
}

/* ---- places ---- */

static const char *const place_columns[] = {"level", "code", "parent", "name", "name_hi"};

static bool is_fact(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(place_columns); i++) {
        if (str_eq(name, str_of(place_columns[i])))
            return false;
    }
    return true;
}

static size_t list_facts(const struct grid *g, struct str *fact, int *column)
{
    size_t n = 0;
    for (size_t c = 0; c < g->cols && n < PLACE_FACTS_MAX; c++) {
        if (g->cell[c].p && is_fact(g->cell[c])) {
            fact[n] = g->cell[c];
            column[n++] = (int)c;
        }
    }
    return n;
}

/* The row of the parent among those before; the country for a state. */
static uint32_t parent_of(const struct place_row *rows, size_t n, enum place_level level,
                          int64_t code)
{
    if (level == PLACE_STATE)
        return PLACE_COUNTRY_ID;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].level + 1 == level && rows[i].code == code)
            return rows[i].id;
    }
    return PLACE_NONE;
}

static int fill_place(struct trial *t, const struct grid *g, size_t i, struct place_row *rows)
{
    struct place_row *p = &rows[i - 1];
    int level = place_level_parse(trial_cell(g, i, "level"));
    p->code = trial_number(trial_cell(g, i, "code"), -1);
    p->name = trial_cell(g, i, "name");
    if (level <= PLACE_COUNTRY || p->code < 0 || !p->name.p)
        return FAULT(t, "places, row %zu: level, code and name are needed", i);
    p->id = (uint32_t)i;
    p->level = (enum place_level)level;
    p->name_hi = trial_cell(g, i, "name_hi");
    p->valid_from = p->valid_to = DAY_NONE;
    p->parent_id = parent_of(rows, i - 1, p->level, trial_number(trial_cell(g, i, "parent"), -1));
    if (p->parent_id == PLACE_NONE)
        return FAULT(t, "places, row %zu: its parent must stand before it", i);
    return 0;
}

static int build_tree(struct trial *t, const struct grid *g)
{
    struct str fact[PLACE_FACTS_MAX];
    int column[PLACE_FACTS_MAX];
    struct err err;
    size_t facts = g->rows ? list_facts(g, fact, column) : 0;
    struct place_row *rows = ARENA_ARRAY(&t->arena, struct place_row, g->rows);
    if (!rows)
        return ERR_MEM;
    for (size_t i = 1; i < g->rows; i++) {
        TRY(fill_place(t, g, i, rows));
        for (size_t k = 0; k < PLACE_FACTS_MAX; k++)
            rows[i - 1].fact[k] = (double)NAN;
        for (size_t k = 0; k < facts; k++) {
            struct str s = g->cell[i * g->cols + (size_t)column[k]];
            if (s.p && str_to_f64(s, &rows[i - 1].fact[k]) < 0)
                return FAULT(t, "places, row %zu: \"%.*s\" is no number", i, STR_ARG(s));
        }
    }
    if (place_tree_new(rows, g->rows ? g->rows - 1 : 0, fact, facts, &t->tree, &err) < 0)
        return err.code == ERR_MEM ? ERR_MEM : FAULT(t, "places: %s", err.msg);
    return 0;
}

/* The plugin's sets for the test's own places and holidays; mistakes in them are told elsewhere. */
static int build_targets(struct trial *t, struct err *err)
{
    struct plugin_object *o = t->o;
    struct diags *unheard = ARENA_NEW(&t->arena, struct diags);
    const struct target_set **set = arena_array(&t->arena, o->pub.targets, sizeof *set);
    size_t n = 0;
    size_t notes = o->notes.n;
    if (!unheard || !set)
        return no_memory(err);
    for (size_t i = 0; i < o->host.declarations; i++) {
        struct target_set *s;
        struct reader r;
        if (strcmp(o->host.declaration[i].word->name, "targets") != 0 || !o->data[i])
            continue;
        s = ARENA_NEW(&t->arena, struct target_set);
        if (!s)
            return no_memory(err);
        object_reader(o, i, &r);
        r.diags = unheard;
        s->name = o->host.declaration[i].id;
        TRY(targets_build(o, &r, o->data[i], t->tree, t->snap->uploads, s, err));
        set[n++] = s;
    }
    o->notes.n = notes;
    t->set.targets = (struct target_book){n, set};
    return 0;
}

/* ---- registrations and stated figures ---- */

/* The lowest place that a row names, each looked for inside the one above. */
int trial_place(struct trial *t, const struct grid *g, size_t row, uint32_t *order)
{
    *order = 0;
    for (int level = PLACE_STATE; level < PLACE_LEVELS; level++) {
        const char *name = place_level_name((enum place_level)level);
        struct str s = trial_cell(g, row, name);
        uint32_t at;
        if (!s.p)
            continue;
        size_t n = place_find(t->tree, (enum place_level)level, *order, s, &at, 1);
        if (n != 1)
            return FAULT(t, "%.*s, row %zu: %s %s \"%.*s\"", STR_ARG(g->name), row,
                         n ? "there are several of the" : "there is no", name, STR_ARG(s));
        *order = at;
    }
    return *order ? 0 : FAULT(t, "%.*s, row %zu: a place is needed", STR_ARG(g->name), row);
}

int trial_sector(struct trial *t, const struct grid *g, size_t row, uint8_t *sector)
{
    struct str s = trial_cell(g, row, "sector");
    int at = s.p ? list_find(&list_sectors, s) : -1;
    if (s.p && at < 0)
        return FAULT(t, "%.*s, row %zu: there is no sector \"%.*s\"", STR_ARG(g->name), row,
                     STR_ARG(s));
    *sector = (uint8_t)(at + 1);
    return 0;
}

int trial_day(struct trial *t, const struct grid *g, size_t row, const char *column, int32_t *day)
{
    struct str s = trial_cell(g, row, column);
    if (!s.p || date_parse(s, day, NULL) < 0)
        return FAULT(t, "%.*s, row %zu: \"%s\" must be a date", STR_ARG(g->name), row, column);
    return 0;
}

/* `attributes`: those of registrations are columns as well. */
int trial_columns(struct trial *t, const struct grid *g, const char *const *known, bool attributes)
{
    for (size_t c = 0; c < g->cols && g->rows; c++) {
        struct near_list near;
        near_init(&near);
        bool found = attributes && schema_find(t->around->schema, g->cell[c]) >= 0;
        for (size_t i = 0; known[i]; i++) {
            found = found || str_eq(g->cell[c], str_of(known[i]));
            near_offer(&near, g->cell[c], str_of(known[i]));
        }
        if (found)
            continue;
        struct err *e =
            reader_fault(&t->r, g->cell[c], ERR_UNKNOWN_NAME, "%.*s: there is no column \"%.*s\"",
                         STR_ARG(g->name), STR_ARG(g->cell[c]));
        near_hint(&near, e);
        return ERR_PLUGIN;
    }
    return 0;
}

static int set_attribute(struct trial *t, struct rows *rows, int attr, struct str s,
                         struct err *err)
{
    const struct attr *a = &rows->schema->attr[attr];
    int64_t v = 0;
    if (a->kind == ATTR_TEXT)
        return rows_set_text(rows, attr, s, err);
    if (a->kind == ATTR_CHOICE)
        v = list_find(a->list, s);
    else if (str_to_i64(s, &v) < 0 || v < a->accept_min || v > a->accept_max)
        v = -1;
    if (v < 0)
        return FAULT(t, "registrations: \"%.*s\" is no value of %s", STR_ARG(s), a->name);
    return rows_set(rows, attr, (int32_t)v, err);
}

/* The attributes of the row that was added last. */
static int set_attributes(struct trial *t, const struct grid *g, size_t row, struct rows *rows,
                          struct err *err)
{
    for (size_t c = 0; c < g->cols; c++) {
        struct str s = g->cell[row * g->cols + c];
        int attr = s.p ? schema_find(rows->schema, g->cell[c]) : -1;
        if (attr >= 0)
            TRY(set_attribute(t, rows, attr, s, err));
    }
    return 0;
}

static int add_registration(struct trial *t, const struct grid *g, size_t i, struct rows *rows,
                            struct err *err)
{
    uint32_t order;
    uint8_t sector;
    int32_t day;
    int64_t count = trial_number(trial_cell(g, i, "count"), 1);
    TRY(trial_day(t, g, i, "date", &day));
    if (day > t->until)
        return 0; /* it has not come yet */
    TRY(trial_place(t, g, i, &order));
    TRY(trial_sector(t, g, i, &sector));
    if (count < INT32_MIN || count > INT32_MAX)
        return FAULT(t, "registrations, row %zu: the count is too large", i);
    TRY(rows_add(rows, t->tree->at[order].id, sector, day, (int32_t)count, err));
    return set_attributes(t, g, i, rows, err);
}

static int add_registrations(struct trial *t, const struct grid *g, struct rows *rows,
                             struct err *err)
{
    static const char *const known[] = {"date",      "state",  "district", "block",
                                        "panchayat", "sector", "count",    NULL};
    TRY(trial_columns(t, g, known, true));
    for (size_t i = 1; i < g->rows; i++)
        TRY(add_registration(t, g, i, rows, err));
    return 0;
}

static int publish(struct trial *t, struct rows *rows, const struct snap *empty,
                   struct snap_change *change, struct err *err)
{
    struct seg *seg = NULL;
    int rc = rows_share(rows, empty->dict, err);
    if (rc == 0)
        rc = rows_sort(rows, t->tree, err);
    if (rc == 0 && rows->n > 0)
        rc = seg_new(rows, t->tree, 1, &seg, err);
    change->seg = &seg;
    change->segs = seg != NULL;
    if (rc == 0)
        rc = snap_next(empty, change, &t->snap, err);
    seg_unref(seg);
    return rc;
}

/* ---- tables of planners ---- */

/* What a test may say beside tables of planners. */
static const char *const own_tables[] = {
    "registrations", "stated",   "places",          "batches", "rejects",
    "reject_counts", "findings", "finding_history", "alerts",  "alert_history"};

static bool is_own(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(own_tables); i++) {
        if (str_eq(name, str_of(own_tables[i])))
            return false;
    }
    return true;
}

/* Read as a file of a planner is: every cell stands in quotes. */
static void put_csv(const struct grid *g, struct buf *out)
{
    for (size_t i = 0; i < g->rows * g->cols; i++) {
        struct str s = g->cell[i];
        buf_char(out, '"');
        for (size_t k = 0; s.p && k < s.n; k++) {
            if (s.p[k] == '"')
                buf_char(out, '"');
            buf_char(out, s.p[k]);
        }
        buf_cstr(out, (i + 1) % g->cols == 0 ? "\"\n" : "\",");
    }
}

static int read_own(struct trial *t, const struct grid *g, struct upload **out)
{
    struct upload_report report;
    struct buf text;
    struct err err;
    buf_init(&text, MEM_SCRIPT);
    put_csv(g, &text);
    int rc = upload_read(g->name, STR(""), buf_view(&text), t->tree, &report, out, &err);
    if (rc == ERR_ROWS && report.errors > 0)
        rc = FAULT(t, "%.*s, row %u: %s", STR_ARG(g->name), report.error[0].line - 1,
                   report.error[0].reason);
    else if (rc < 0 && rc != ERR_MEM)
        rc = FAULT(t, "%.*s: %s", STR_ARG(g->name), err.msg);
    upload_report_fini(&report);
    buf_fini(&text);
    return rc;
}

/* Those of the test beside those around, which speak of the places around: with places of its own
 * a test sees only its own. */
static int build_uploads(struct trial *t, struct upload_set **out, struct err *err)
{
    *out = t->tree == t->around->tree ? upload_set_ref(t->around->uploads) : NULL;
    for (size_t i = 0; i < t->d->data.n; i++) {
        struct upload *u = NULL;
        struct upload_set *next = NULL;
        if (!is_own(t->d->data.at[i].name))
            continue;
        int rc = read_own(t, &t->d->data.at[i], &u);
        if (rc == 0)
            rc = upload_set_next(*out, u, STR(""), &next, err);
        upload_unref(u);
        if (rc < 0)
            return rc;
        upload_set_unref(*out);
        *out = next;
    }
    return 0;
}

int trial_snap(struct trial *t, struct err *err)
{
    const struct grid *registrations = trial_grid(t, "registrations");
    struct snap_change change = {0};
    struct snap *empty = NULL;
    struct rows rows;
    rows_init(&rows, MEM_SCRIPT, t->around->schema);
    int rc = registrations ? add_registrations(t, registrations, &rows, err) : 0;
    if (rc == 0)
        rc = snap_new(t->tree, t->around->schema, 1, &empty, err);
    if (rc == 0)
        rc = trial_stated(t, empty, &change, err);
    if (rc == 0)
        rc = trial_batches(t, empty, &change, err);
    if (rc == 0)
        rc = build_uploads(t, &change.uploads, err);
    if (rc == 0)
        rc = publish(t, &rows, empty, &change, err);
    upload_set_unref(change.uploads);
    snap_unref(empty);
    rows_fini(&rows);
    return rc;
}

/* ---- comparing ---- */

bool trial_same(struct str got, struct str want)
{
    double a;
    double b;
    if (str_eq(got, want))
        return true;
    return str_to_f64(got, &a) == 0 && str_to_f64(want, &b) == 0 &&
           fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static int compare_cell(struct trial *t, struct str row, struct str column, struct str got,
                        struct str want)
{
    if (trial_same(got, want))
        return 0;
    return FAULT(t, "%.*s: %.*s is \"%.*s\", expected \"%.*s\"", STR_ARG(row), STR_ARG(column),
                 STR_ARG(got), STR_ARG(want));
}

/* One expected row against one that came; `findings` adds severity and message. */
static int compare_row(struct trial *t, const struct pairs *want, const struct frame *f, size_t row,
                       struct str label, const struct alert_rule *rule,
                       const struct alert_findings *findings)
{
    struct format_options fo = {.tree = t->tree};
    for (size_t i = 0; i < want->n; i++) {
        struct str got = STR_NULL;
        struct buf b;
        int c = frame_find(f, want->name[i]);
        buf_init(&b, MEM_SCRIPT);
        if (rule && str_eq(want->name[i], STR("severity")))
            got = rule->level[findings->level[row]].name;
        else if (rule && str_eq(want->name[i], STR("message")))
            got = findings->message[row].en;
        else if (c < 0)
            return FAULT(t, "%.*s: there is no column \"%.*s\"", STR_ARG(label),
                         STR_ARG(want->name[i]));
        else if (!frame_get(f, row, (size_t)c).null)
            format_value(&f->col[c], frame_get(f, row, (size_t)c), &fo, &b);
        int rc = compare_cell(t, label, want->name[i], got.p ? got : buf_view(&b), want->value[i]);
        buf_fini(&b);
        TRY(rc);
    }
    return 0;
}

static struct str row_label(struct trial *t, size_t i)
{
    struct buf b;
    buf_init(&b, MEM_SCRIPT);
    buf_printf(&b, "row %zu", i);
    struct str s = str_copy(&t->arena, buf_view(&b));
    buf_fini(&b);
    return s.p ? s : STR("row");
}

static int compare_count(struct trial *t, size_t got)
{
    size_t want = t->d->expect.n;
    if (got == want)
        return 0;
    return FAULT(t, "%zu row%s came, expected %zu", got, got == 1 ? "" : "s", want);
}

/* ---- running ---- */

static int try_report(struct trial *t, const struct report *report, const struct run_options *o)
{
    struct report_result result;
    struct err err;
    int rc = report_run(&t->set, report, o, &result, &err);
    if (rc < 0) {
        rc = FAULT(t, "%s", err.msg);
    } else {
        const struct frame *f = result.result.frame;
        size_t rows = f->rows - result.has_total;
        rc = compare_count(t, rows);
        for (size_t i = 0; rc == 0 && i < rows; i++)
            rc = compare_row(t, &t->d->expect.row[i], f, i, row_label(t, i + 1), NULL, NULL);
        if (rc == 0 && t->d->expect.has_total)
            rc = result.has_total
                     ? compare_row(t, &t->d->expect.total, f, rows, STR("total"), NULL, NULL)
                     : FAULT(t, "there is no row of totals");
    }
    report_result_fini(&result);
    return rc;
}

static int try_alert(struct trial *t, const struct alert_rule *rule, const struct run_options *o)
{
    struct alert_findings f;
    struct err err;
    if (alert_rule_run(&t->set, rule, o, &f, &err) < 0)
        return FAULT(t, "%s", err.msg);
    size_t found = 0;
    for (size_t i = 0; i < f.result.frame->rows; i++)
        found += f.level[i] >= 0;
    int rc = compare_count(t, found);
    size_t k = 0;
    for (size_t i = 0; rc == 0 && i < f.result.frame->rows; i++) {
        if (f.level[i] < 0)
            continue;
        rc = compare_row(t, &t->d->expect.row[k], f.result.frame, i, row_label(t, k + 1), rule, &f);
        k++;
    }
    alert_findings_fini(&f);
    return rc;
}

static int no_such_thing(struct trial *t)
{
    struct near_list near;
    const struct plugin *p = &t->o->pub;
    struct err *e = reader_fault(&t->r, t->d->run, ERR_UNKNOWN_NAME,
                                 "there is no report, alert or check \"%.*s\"", STR_ARG(t->d->run));
    near_init(&near);
    for (size_t i = 0; i < p->reports; i++)
        near_offer(&near, t->d->run, p->report[i].name);
    for (size_t i = 0; i < p->alerts; i++)
        near_offer(&near, t->d->run, p->alert[i].name);
    for (size_t i = 0; i < p->checks; i++)
        near_offer(&near, t->d->run, p->check[i].name);
    near_hint(&near, e);
    return ERR_PLUGIN;
}

static int try_it(struct trial *t, struct err *err)
{
    const struct plugin *p = &t->o->pub;
    struct arg *arg = ARENA_ARRAY(&t->arena, struct arg, t->d->params.n);
    if (!arg)
        return no_memory(err);
    for (size_t i = 0; i < t->d->params.n; i++)
        arg[i] = (struct arg){t->d->params.name[i], t->d->params.value[i]};
    struct run_options o = {.snap = t->snap,
                            .arg = arg,
                            .args = t->d->params.n,
                            .table = t->table,
                            .tables = REPORT_TABLES};
    for (size_t i = 0; i < p->reports; i++) {
        if (str_eq(p->report[i].name, t->d->run))
            return try_report(t, &p->report[i], &o);
    }
    for (size_t i = 0; i < p->alerts; i++) {
        if (str_eq(p->alert[i].name, t->d->run))
            return t->d->by_day.n > 0 ? trial_by_day(t, &p->alert[i], &o, err)
                                      : try_alert(t, &p->alert[i], &o);
    }
    for (size_t i = 0; i < p->checks; i++) {
        if (str_eq(p->check[i].name, t->d->run))
            return try_alert(t, &p->check[i], &o);
    }
    return no_such_thing(t);
}

/* A name that is nearly one of ours is a mistake, any other is a table of planners. */
static int check_tables(struct trial *t)
{
    for (size_t i = 0; i < t->d->data.n; i++) {
        struct str name = t->d->data.at[i].name;
        struct near_list near;
        struct err why;
        if (!is_own(name))
            continue;
        near_init(&near);
        for (size_t k = 0; k < ARRAY_LEN(own_tables); k++)
            near_offer(&near, name, str_of(own_tables[k]));
        if (near.n == 0 && query_table_name(name, &why) == 0)
            continue;
        struct err *e = reader_fault(&t->r, name, ERR_UNKNOWN_NAME, "a test has no table \"%.*s\"",
                                     STR_ARG(name));
        err_hint(e, "there are registrations, stated, places, batches, rejects, reject_counts, "
                    "findings, finding_history, alerts, alert_history, and tables of planners by "
                    "their names");
        return ERR_PLUGIN;
    }
    return 0;
}

static int run_trial(struct trial *t, const struct target_book *book, struct err *err)
{
    const struct grid *places = trial_grid(t, "places");
    TRY(check_tables(t));
    if (places) {
        TRY(build_tree(t, places));
    } else {
        t->tree = place_tree_ref(t->around->tree);
        t->set.targets = *book;
    }
    if (t->tree->n <= 1) {
        object_note(t->o, "%s is left out: no places are loaded", t->r.what);
        return 0;
    }
    if (!t->d->expect.row && t->d->by_day.n == 0)
        return FAULT(t, "there is neither \"expect\" nor \"by_day\"");
    TRY(trial_snap(t, err));
    if (places || trial_grid(t, "holidays"))
        TRY(build_targets(t, err));
    report_tables_of(NULL, t->table);
    TRY(trial_tables(t, err));
    return try_it(t, err);
}

int trials_run(struct plugin_object *o, const struct snap *snap, const struct target_book *book,
               const struct fn_book *functions, struct err *err)
{
    for (size_t i = 0; i < o->host.declarations; i++) {
        if (strcmp(o->host.declaration[i].word->name, "test") != 0 || !o->data[i])
            continue;
        struct trial t = {.o = o, .d = o->data[i], .around = snap, .until = DAY_MAX};
        t.set.fn = functions->at;
        t.set.fns = functions->n;
        object_reader(o, i, &t.r);
        arena_init(&t.arena, MEM_SCRIPT, 0);
        int rc = run_trial(&t, book, err);
        snap_unref(t.snap);
        place_tree_unref(t.tree);
        arena_fini(&t.arena);
        if (rc == ERR_MEM)
            return no_memory(err);
    }
    return 0;
}
