/* SPDX-License-Identifier: MIT
 *
 * Alert rules: compiled when their plugin is loaded, run over a snapshot. The conditions of the
 * severity ladder become columns of the rule's own query, so that there is one evaluator and one
 * language; a row to which no step of the ladder applies is no finding. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/near.h"
#include "compile.h"
#include "message.h"
#include "object.h"
#include "param.h"
#include "query/format.h"
#include "rule_default.h"
#include "script/plugin.h"

enum { EXPR_INDENT = 11 }; /* characters of "|> EXTEND (" */

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for an alert");
}

/* ---- loading ---- */

static void unknown_column(struct reader *r, struct str name, const struct frame *f,
                           const char *where)
{
    struct err *e = reader_fault(r, name, ERR_UNKNOWN_NAME,
                                 "%s names the column \"%.*s\", which the query does not give",
                                 where, STR_ARG(name));
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < f->cols; i++)
        near_offer(&near, name, f->col[i].name);
    near_hint(&near, e);
}

static int check_key(struct plugin_object *o, struct reader *r, const struct alert_rule *rule,
                     const struct frame *f, struct rule_code *code, struct err *err)
{
    code->key = ARENA_ARRAY(&o->arena, int, rule->keys);
    if (!code->key)
        return no_memory(err);
    for (size_t i = 0; i < rule->keys; i++) {
        code->key[i] = frame_find(f, rule->key[i]);
        if (code->key[i] < 0) {
            unknown_column(r, rule->key[i], f, "\"key\"");
            continue;
        }
        if (f->col[code->key[i]].type != TYPE_FLOAT64)
            continue;
        struct err *e = reader_fault(r, rule->key[i], ERR_TYPE,
                                     "the key \"%.*s\" is a measured value", STR_ARG(rule->key[i]));
        err_hint(e, "a key that changes with every batch makes a new alert every time");
    }
    return 0;
}

static void check_message(struct reader *r, struct str template, const struct frame *f)
{
    size_t at = 0;
    size_t start;
    struct str name;
    while (message_next(template, &at, &start, &name)) {
        if (frame_find(f, name) < 0)
            unknown_column(r, name, f, "\"message\"");
    }
}

/* How columns are shown: as declared, else per cent by name. */
static int check_columns(struct plugin_object *o, struct reader *r, const struct records *in,
                         const struct frame *f, struct rule_code *code, struct err *err)
{
    code->decimals = ARENA_ARRAY(&o->arena, int, f->cols);
    code->percent = ARENA_ARRAY(&o->arena, bool, f->cols);
    if (!code->decimals || !code->percent)
        return no_memory(err);
    for (size_t c = 0; c < f->cols; c++) {
        code->decimals[c] = -1;
        code->percent[c] =
            str_eq(f->col[c].name, STR("pct")) || str_ends(f->col[c].name, STR("_pct"));
    }
    const struct column_decl *d = in->at;
    for (size_t i = 0; i < in->n; i++) {
        int c = d[i].name.n ? frame_find(f, d[i].name) : -1;
        if (c < 0) {
            if (d[i].name.n)
                unknown_column(r, d[i].name, f, "\"columns\"");
            continue;
        }
        code->percent[c] = str_eq(d[i].type, STR("percent"));
        if (d[i].decimals.given && d[i].decimals.value >= 0 && d[i].decimals.value <= 6)
            code->decimals[c] = (int)d[i].decimals.value;
        else if (str_eq(d[i].type, STR("integer")))
            code->decimals[c] = 0;
    }
    return 0;
}

static int build_levels(struct plugin_object *o, struct reader *r, const struct alert_decl *d,
                        struct alert_rule *rule, struct err *err)
{
    const struct severity_decl *s = d->severity.at;
    size_t n = d->severity.n ? d->severity.n : 1;
    struct alert_level *level = ARENA_ARRAY(&o->arena, struct alert_level, n);
    if (!level)
        return no_memory(err);
    if (d->severity.n == 0)
        level[0].name = STR("warning");
    for (size_t i = 0; i < d->severity.n; i++) {
        level[i] = (struct alert_level){s[i].name, s[i].condition};
        if (s[i].condition.n == 0 && i + 1 < d->severity.n) {
            struct err *e =
                reader_fault(r, s[i].name, ERR_VALUE, "the steps behind \"%.*s\" are never reached",
                             STR_ARG(s[i].name));
            err_hint(e, "only the last step of \"severity\" stands without a condition");
        }
    }
    rule->level = level;
    rule->levels = n;
    return 0;
}

static void put_condition(struct buf *b, struct str s, size_t i)
{
    buf_cstr(b, "\n|> EXTEND (");
    for (size_t k = 0; k < s.n; k++)
        buf_char(b, s.p[k] == '\n' || s.p[k] == '\r' ? ' ' : s.p[k]);
    buf_printf(b, ") AS `level_%zu__`", i);
}

static int count_lines(struct str s)
{
    int n = 1;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

/* A mistake behind the rule's own query lies in a condition. */
static void condition_fault(struct reader *r, const struct alert_decl *d,
                            const struct alert_rule *rule, const struct err *fault)
{
    int line = count_lines(d->query);
    struct err shifted = *fault;
    for (size_t i = 0; i < rule->levels; i++) {
        if (rule->level[i].condition.n == 0 || ++line != fault->line)
            continue;
        shifted.line = 1;
        shifted.column = fault->column > EXPR_INDENT ? fault->column - EXPR_INDENT : 1;
        reader_text_fault(r, rule->level[i].condition, &shifted);
        return;
    }
    if (rule->clear.n > 0 && ++line == fault->line) {
        shifted.line = 1;
        shifted.column = fault->column > EXPR_INDENT ? fault->column - EXPR_INDENT : 1;
        reader_text_fault(r, d->clear, &shifted);
        return;
    }
    reader_text_fault(r, d->query, fault);
}

static void check_conditions(struct reader *r, const struct alert_rule *rule, const struct frame *f,
                             size_t first)
{
    size_t c = first;
    for (size_t i = 0; i < rule->levels; i++) {
        if (rule->level[i].condition.n == 0)
            continue;
        if (f->col[c].type != TYPE_BOOL && f->col[c].type != TYPE_NULL)
            reader_fault(r, rule->level[i].condition, ERR_TYPE,
                         "the condition \"%.*s\" is neither true nor false",
                         STR_ARG(rule->level[i].condition));
        c++;
    }
    if (rule->clear.n > 0 && f->col[c].type != TYPE_BOOL && f->col[c].type != TYPE_NULL)
        reader_fault(r, STR("clear"), ERR_TYPE, "\"clear\" is neither true nor false");
}

/* The rule's query with the conditions behind it. */
static int compile_levels(struct plugin_object *o, struct reader *r, const struct alert_decl *d,
                          struct alert_rule *rule, struct rule_code *code,
                          const struct query_context *ctx, struct err *err)
{
    struct buf extra;
    struct err fault;
    struct query_result result;
    buf_init(&extra, MEM_SCRIPT);
    for (size_t i = 0; i < rule->levels; i++) {
        if (rule->level[i].condition.n)
            put_condition(&extra, rule->level[i].condition, i + 1);
    }
    if (rule->clear.n > 0)
        put_condition(&extra, d->clear, rule->levels + 1);
    int rc = buf_check(&extra, err);
    if (rc == 0)
        rc = compile_query(o, r, d->query, buf_view(&extra), rule->param, rule->params, ctx,
                           &code->query, &result, &fault, err);
    buf_fini(&extra);
    if (rc == 0) {
        check_conditions(r, rule, result.frame, code->columns);
        query_result_fini(&result);
    }
    if (rc == ERR_PLUGIN && fault.code != 0)
        condition_fault(r, d, rule, &fault);
    return rc == ERR_PLUGIN ? 0 : rc;
}

/* A check may leave out its key and its message; an alert has both, or was faulted already. */
static int fill_in(struct plugin_object *o, struct reader *r, struct alert_rule *rule,
                   const struct frame *f, struct err *err)
{
    struct strs key;
    if (!rule->check)
        return 0;
    if (rule->keys == 0) {
        TRY(rule_default_key(&o->arena, f, &key, err));
        rule->key = key.at;
        rule->keys = key.n;
    }
    if (rule->keys == 0 && f->cols > 0) {
        struct err *e = reader_fault(r, STR("query"), ERR_PLUGIN,
                                     "no column of the query tells one violation from another");
        err_hint(e, "add a place, a day or a name to the rows, or say which: key = { ... }");
    }
    if (rule->message.en.n == 0)
        TRY(rule_default_message(&o->arena, rule->name, rule->title, f, &rule->message, err));
    return 0;
}

/* The rule's own query, for its columns. */
static int compile_rule(struct plugin_object *o, struct reader *r, const struct alert_decl *d,
                        struct alert_rule *rule, struct rule_code *code,
                        const struct query_context *ctx, struct err *err)
{
    struct err fault;
    struct query *q;
    struct query_result result;
    int rc = compile_query(o, r, d->query, STR(""), rule->param, rule->params, ctx, &q, &result,
                           &fault, err);
    if (rc == ERR_PLUGIN) {
        if (fault.code != 0)
            reader_text_fault(r, d->query, &fault);
        return 0;
    }
    TRY(rc);
    code->columns = result.frame->cols;
    rc = fill_in(o, r, rule, result.frame, err);
    if (rc == 0)
        rc = check_key(o, r, rule, result.frame, code, err);
    if (rc == 0)
        rc = check_columns(o, r, &d->columns, result.frame, code, err);
    check_message(r, d->message.en, result.frame);
    check_message(r, d->message.hi, result.frame);
    query_result_fini(&result);
    return rc < 0 ? rc : compile_levels(o, r, d, rule, code, ctx, err);
}

static enum alert_no_data no_data_of(struct str s)
{
    if (str_eq(s, STR("ok")))
        return ALERT_NO_DATA_OK;
    return str_eq(s, STR("alert")) ? ALERT_NO_DATA_ALERT : ALERT_NO_DATA_KEEP;
}

/* Days of data; where the clock is spoken of, milliseconds. */
static int64_t span_in(struct span s, bool by_clock)
{
    enum { DAY_MS = 86400000 };
    return by_clock && !s.clock ? s.n * DAY_MS : s.n;
}

/* "data", or a span of the clock. A rule in time of the clock is looked at each minute. */
static void build_every(struct reader *r, const struct alert_decl *d, struct alert_rule *rule)
{
    enum { MINUTE_MS = 60000 };
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"minute", MINUTE_MS}, {"hour", 60 * MINUTE_MS}, {"day", 24 * 60 * MINUTE_MS}};
    rule->every_ms = rule->by_clock ? MINUTE_MS : 0;
    if (d->every.n == 0 || str_eq(d->every, STR("data")))
        return;
    char *end;
    long n = strtol(d->every.p, &end, 10);
    struct str unit = str_trim(str_of(end));
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct str name = str_of(units[i].unit);
        if (end == d->every.p || n < 1 || n > 1440 || !str_starts(unit, name) ||
            (unit.n != name.n && !(unit.n == name.n + 1 && unit.p[name.n] == 's')))
            continue;
        rule->every_ms = n * units[i].ms;
        return;
    }
    struct err *e =
        reader_fault(r, d->every, ERR_VALUE, "every = \"%.*s\" is not a rhythm", STR_ARG(d->every));
    err_hint(e, "write \"data\", \"10 minutes\", \"1 hour\" or \"1 day\"");
}

static int build_escalation(struct plugin_object *o, const struct alert_decl *d,
                            struct alert_rule *rule, struct err *err)
{
    const struct escalate_decl *e = &d->escalate;
    if (!e->after.given)
        return 0;
    struct alert_escalation *out = ARENA_NEW(&o->arena, struct alert_escalation);
    if (!out)
        return no_memory(err);
    out->by_clock = e->after.clock || rule->by_clock;
    out->after = span_in(e->after, out->by_clock);
    out->notify = e->notify.at;
    out->notifies = e->notify.n;
    rule->escalation = out;
    rule->escalations = 1;
    return 0;
}

/* The alerts that it waits for are others of the same plugin. */
static void check_waits(struct plugin_object *o, struct reader *r, const struct alert_rule *rule)
{
    for (size_t i = 0; i < rule->waits; i++) {
        struct near_list near;
        bool found = false;
        near_init(&near);
        for (size_t k = 0; k < o->host.declarations; k++) {
            const struct declaration *d = &o->host.declaration[k];
            if (strcmp(d->word->name, "alert") != 0 || str_eq(d->id, rule->name))
                continue;
            found = found || str_eq(d->id, rule->waits_for[i]);
            near_offer(&near, rule->waits_for[i], d->id);
        }
        if (found)
            continue;
        struct err *e = reader_fault(r, rule->waits_for[i], ERR_UNKNOWN_NAME,
                                     "\"waits_for\" names \"%.*s\", which is no other alert here",
                                     STR_ARG(rule->waits_for[i]));
        near_hint(&near, e);
    }
}

static void build_share(struct reader *r, const struct alert_decl *d, struct alert_rule *rule)
{
    if (!d->share_max.given)
        return;
    rule->share_max = d->share_max.value;
    if (rule->share_max <= 0 || rule->share_max > 100)
        reader_fault(r, STR("share_max"), ERR_VALUE, "\"share_max\" is a per cent above 0");
    if (rule->level[rule->levels - 1].condition.n > 0)
        return;
    struct err *e = reader_fault(r, STR("share_max"), ERR_VALUE,
                                 "\"share_max\" needs to know the rows that are no findings");
    err_hint(e, "let the query give a row for every place, and the last step of \"severity\" a "
                "condition");
}

static void build_times(const struct alert_decl *d, struct alert_rule *rule)
{
    rule->by_clock = d->pending.clock || d->keep.clock;
    rule->pending = span_in(d->pending, rule->by_clock);
    rule->keep = span_in(d->keep, rule->by_clock);
    rule->remind_ms = span_in(d->remind, true);
    rule->error_ok = str_eq(d->error, STR("ok"));
}

static void build_texts(const struct alert_decl *d, struct alert_rule *rule)
{
    rule->title = d->title;
    rule->help = d->help;
    rule->message = d->message;
    rule->no_data = no_data_of(d->no_data);
    rule->clear = d->clear;
    rule->key = d->key.at;
    rule->keys = d->key.n;
    rule->waits_for = d->waits_for.at;
    rule->waits = d->waits_for.n;
    rule->notify = d->notify.at;
    rule->notifies = d->notify.n;
}

int rule_check(struct plugin_object *o, size_t declaration, struct alert_rule *rule,
               const struct query_context *ctx, struct err *err)
{
    const struct alert_decl *d = o->data[declaration];
    struct rule_code *code = ARENA_NEW(&o->arena, struct rule_code);
    struct reader r;
    if (!code)
        return no_memory(err);
    object_reader(o, declaration, &r);
    code->object = o;
    code->text = d->query;
    rule->code = code;
    rule->check = strcmp(o->host.declaration[declaration].word->name, "check") == 0;
    build_texts(d, rule);
    build_times(d, rule);
    build_every(&r, d, rule);
    check_waits(o, &r, rule);
    TRY(build_escalation(o, d, rule, err));
    TRY(params_build(o, &r, &d->params, true, &rule->param, &rule->params, err));
    TRY(build_levels(o, &r, d, rule, err));
    build_share(&r, d, rule);
    return d->query.n ? compile_rule(o, &r, d, rule, code, ctx, err) : 0;
}

/* ---- running ---- */

static int row_level(const struct alert_rule *rule, const struct frame *f, size_t row)
{
    size_t c = rule->code->columns;
    for (size_t i = 0; i < rule->levels; i++) {
        if (rule->level[i].condition.n == 0)
            return (int)i;
        struct value v = frame_get(f, row, c++);
        if (!v.null && v.i != 0)
            return (int)i;
    }
    return -1;
}

/* What no step of the ladder makes a finding, and `clear` does not end. */
static bool row_still(const struct alert_rule *rule, const struct frame *f, size_t row)
{
    if (rule->clear.n == 0)
        return false;
    struct value v = frame_get(f, row, f->cols - 1);
    return v.null || v.i == 0;
}

/* Moves the text into the arena; the buffer is used for the next one. */
static int keep_text(struct arena *a, struct buf *b, struct str *out, struct err *err)
{
    TRY(buf_check(b, err));
    *out = str_copy(a, buf_view(b));
    buf_clear(b);
    return out->p ? 0 : no_memory(err);
}

static void put_key(struct json *j, const struct frame_col *c, struct value v,
                    const struct place_tree *tree)
{
    char date[11];
    uint32_t node;
    if (v.null) {
        json_null(j);
        return;
    }
    switch (v.type) {
    case TYPE_PLACE:
        node = place_order(tree, (uint32_t)v.i);
        json_i64(j, node == PLACE_NONE ? -1 : tree->at[node].code);
        return;
    case TYPE_CODED:
        json_i64(j, c->list->items[v.i].code);
        return;
    case TYPE_INT64:
        json_i64(j, v.i);
        return;
    case TYPE_BOOL:
        json_bool(j, v.i != 0);
        return;
    case TYPE_DATE:
        date_format((int32_t)v.i, date);
        json_cstr(j, date);
        return;
    case TYPE_STRING:
        json_str(j, v.s);
        return;
    case TYPE_NULL:
    case TYPE_FLOAT64:
        json_null(j);
        return;
    }
}

/* The lowest place in the key. */
static void row_place(const struct alert_rule *rule, struct alert_findings *out, size_t row,
                      const struct place_tree *tree)
{
    const struct frame *f = out->result.frame;
    out->place[row] = (struct finding_place){PLACE_COUNTRY, 0};
    for (size_t k = 0; k < rule->keys; k++) {
        size_t c = (size_t)rule->code->key[k];
        struct value v = frame_get(f, row, c);
        if (v.null || v.type != TYPE_PLACE)
            continue;
        uint32_t node = place_order(tree, (uint32_t)v.i);
        if (node != PLACE_NONE && tree->at[node].level > out->place[row].level)
            out->place[row] = (struct finding_place){tree->at[node].level, tree->at[node].code};
    }
}

/* {"block":6717} : a name may change, the code stays. */
static int row_key(const struct alert_rule *rule, struct alert_findings *out, size_t row,
                   const struct place_tree *tree, struct buf *b, struct err *err)
{
    const struct frame *f = out->result.frame;
    struct json j;
    json_init(&j, b);
    json_object(&j);
    for (size_t k = 0; k < rule->keys; k++) {
        size_t c = (size_t)rule->code->key[k];
        json_key_str(&j, rule->key[k]);
        put_key(&j, &f->col[c], frame_get(f, row, c), tree);
    }
    json_object_end(&j);
    return keep_text(&out->own, b, &out->key[row], err);
}

static int row_message(const struct alert_rule *rule, struct alert_findings *out, size_t row,
                       const struct place_tree *tree, bool hindi, struct buf *b, struct err *err)
{
    struct message_style style = {rule->code->decimals, rule->code->percent};
    message_fill(text_pick(rule->message, hindi), out->result.frame, row, &style, tree, hindi, b);
    struct text *m = &out->message[row];
    return keep_text(&out->own, b, hindi ? &m->hi : &m->en, err);
}

static int key_cmp(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Two findings with one identity would be one alert with two values. */
static int check_unique(const struct alert_rule *rule, struct alert_findings *out, size_t rows,
                        struct err *err)
{
    struct str *sorted = ARENA_ARRAY(&out->own, struct str, rows);
    if (!sorted)
        return no_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        if (out->level[i] >= 0)
            sorted[n++] = out->key[i];
    }
    qsort(sorted, n, sizeof *sorted, key_cmp);
    for (size_t i = 1; i < n; i++) {
        if (!str_eq(sorted[i], sorted[i - 1]))
            continue;
        err_set(err, ERR_VALUE, "%s %.*s/%.*s gives two rows for %.*s",
                rule->check ? "check" : "alert", STR_ARG(rule->plugin->name), STR_ARG(rule->name),
                STR_ARG(sorted[i]));
        err_hint(err, "add the columns to \"key\" that tell them apart, or group the query by it");
        return ERR_VALUE;
    }
    return 0;
}

static int make_row(const struct alert_rule *rule, const struct place_tree *tree,
                    struct alert_findings *out, size_t i, struct buf *b, struct err *err)
{
    out->level[i] = row_level(rule, out->result.frame, i);
    out->still[i] = out->level[i] < 0 && row_still(rule, out->result.frame, i);
    if (out->level[i] < 0 && !out->still[i])
        return 0;
    row_place(rule, out, i, tree);
    TRY(row_key(rule, out, i, tree, b, err));
    TRY(row_message(rule, out, i, tree, false, b, err));
    return row_message(rule, out, i, tree, true, b, err);
}

static int make_findings(const struct alert_rule *rule, const struct run_options *o,
                         struct alert_findings *out, struct err *err)
{
    size_t rows = out->result.frame->rows;
    struct buf b;
    out->level = ARENA_ARRAY(&out->own, int, rows);
    out->still = ARENA_ARRAY(&out->own, bool, rows);
    out->message = ARENA_ARRAY(&out->own, struct text, rows);
    out->key = ARENA_ARRAY(&out->own, struct str, rows);
    out->place = ARENA_ARRAY(&out->own, struct finding_place, rows);
    if (!out->level || !out->still || !out->message || !out->key || !out->place)
        return no_memory(err);
    buf_init(&b, MEM_SCRIPT);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < rows; i++)
        rc = make_row(rule, o->snap->tree, out, i, &b, err);
    buf_fini(&b);
    return rc < 0 ? rc : check_unique(rule, out, rows, err);
}

static void put_figure(struct json *j, const struct frame_col *c, struct value v,
                       const struct place_tree *tree)
{
    struct format_options fo = {.tree = tree};
    struct buf b;
    if (v.null || v.type == TYPE_INT64 || v.type == TYPE_BOOL) {
        put_key(j, c, v, tree);
    } else if (v.type == TYPE_FLOAT64) {
        json_f64(j, v.f);
    } else {
        buf_init(&b, MEM_SCRIPT);
        format_value(c, v, &fo, &b);
        json_str(j, buf_view(&b));
        buf_fini(&b);
    }
}

void alert_findings_figures(const struct alert_rule *rule, const struct alert_findings *f,
                            size_t row, const struct place_tree *tree, struct buf *out)
{
    const struct frame *frame = f->result.frame;
    struct json j;
    json_init(&j, out);
    json_object(&j);
    for (size_t c = 0; c < rule->code->columns; c++) {
        json_key_str(&j, frame->col[c].name);
        put_figure(&j, &frame->col[c], frame_get(frame, row, c), tree);
    }
    json_object_end(&j);
}

int alert_rule_run(const struct plugin_set *set, const struct alert_rule *rule,
                   const struct run_options *o, struct alert_findings *out, struct err *err)
{
    struct bound bound;
    memset(out, 0, sizeof *out);
    arena_init(&out->own, MEM_SCRIPT, mem_share(QUERY_MEMORY_BYTES, 4));
    arena_init(&out->result.arena, MEM_SCRIPT, 0);
    int rc = params_bind(&out->own, rule->param, rule->params, o->arg, o->args, o->snap,
                         o->snap->tree, &bound, err);
    struct query_context ctx = {
        .snap = o->snap,
        .viewer = o->viewer,
        .targets = &set->targets,
        .fn = set->fn,
        .fns = set->fns,
        .expected = rule->plugin->upload,
        .expecteds = rule->plugin->uploads,
        .table = o->table,
        .tables = o->tables,
        .param = bound.param,
        .params = bound.n,
        .cancel = o->cancel,
        .pool = o->pool,
        .rows_max = o->rows_max,
    };
    struct query_result got;
    if (rc == 0)
        rc = query_run(rule->code->query, &ctx, &got, err);
    if (rc == 0) {
        out->result = got;
        rc = make_findings(rule, o, out, err);
    }
    if (rc < 0)
        alert_findings_fini(out);
    return rc;
}

struct str alert_rule_query(const struct alert_rule *rule)
{
    return rule->code->text;
}

void alert_findings_fini(struct alert_findings *f)
{
    query_result_fini(&f->result);
    arena_fini(&f->own);
    memset(f, 0, sizeof *f);
}
