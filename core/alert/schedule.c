/* SPDX-License-Identifier: MIT
 *
 * Reports that are sent by themselves. Each schedule remembers when it was last carried out; it is
 * due when its time of today has come and that was before. What it sends goes into the outbox in
 * the transaction in which it remembers, so that a report is sent once a day, whatever happens; a
 * server that was down at the hour sends it when it is back the same day. A schedule that is new
 * begins with its next hour. */
#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mime.h"
#include "engine_int.h"
#include "letter.h"
#include "query/format.h"
#include "query/sheet.h"
#include "recipients.h"
#include "store/store.h"

enum { PLACES_MAX = 10000, HTML_ROWS_MAX = 200 };

/* One report for one place. */
struct issue {
    struct evaluation *ev;
    const struct schedule *s;
    const struct notifier *n;
    const struct place *place; /* NULL: of none */
    struct arg *arg;           /* the schedule's, and the place's behind them */
    size_t args;
};

static int64_t due_today(const struct schedule *s, int64_t now_ms)
{
    return clock_moment(clock_day(now_ms), s->minute);
}

/* ---- a report as text ------------------------------------------------------------------------ */

static int run_report(const struct issue *i, bool hindi, struct report_result *out, struct err *err)
{
    struct query_table table[REPORT_TABLES];
    struct cancel cancel;
    report_tables_of(i->ev->e->o.store, table);
    cancel_init(&cancel, QUERY_TIMEOUT_MS);
    struct run_options o = {.snap = i->ev->snap,
                            .arg = i->arg,
                            .args = i->args,
                            .hindi = hindi,
                            .table = table,
                            .tables = ARRAY_LEN(table),
                            .cancel = &cancel};
    return report_run(i->ev->set, i->s->report, &o, out, err);
}

static void put_cell(struct buf *out, const char *tag, struct str s)
{
    buf_printf(out, "<%s>", tag);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '<')
            buf_cstr(out, "&lt;");
        else if (s.p[i] == '&')
            buf_cstr(out, "&amp;");
        else
            buf_char(out, s.p[i]);
    }
    buf_printf(out, "</%s>", tag);
}

static void put_row(struct buf *out, const struct frame *f, size_t row,
                    const struct format_options *o)
{
    struct buf cell;
    buf_init(&cell, MEM_ALERT);
    buf_cstr(out, "<tr>");
    for (size_t c = 0; c < f->cols; c++) {
        struct value v = frame_get(f, row, c);
        buf_clear(&cell);
        if (!v.null)
            format_value(&f->col[c], v, o, &cell);
        put_cell(out, "td", buf_view(&cell));
    }
    buf_cstr(out, "</tr>\r\n");
    buf_fini(&cell);
}

static void put_table(struct buf *out, const struct report_result *r,
                      const struct format_options *o)
{
    const struct frame *f = r->result.frame;
    if (r->summary.n > 0)
        put_cell(out, "p", r->summary);
    buf_cstr(out, "<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">\r\n<tr>");
    for (size_t c = 0; c < f->cols; c++)
        put_cell(out, "th", r->title != NULL ? r->title[c] : f->col[c].name);
    buf_cstr(out, "</tr>\r\n");
    for (size_t i = 0; i < f->rows && i < HTML_ROWS_MAX; i++)
        put_row(out, f, i, o);
    buf_cstr(out, "</table>\r\n");
}

static int write_file(const struct issue *i, const struct report_result *r,
                      const struct format_options *o, struct buf *file, struct err *err)
{
    struct sheet sheet = {
        .frame = r->result.frame, .options = o, .title = text_pick(i->s->report->title, o->hindi)};
    int format = format_parse(i->s->format);
    if (str_eq(i->s->format, STR("xlsx")))
        return sheet_write(&sheet, file, err);
    return format_frame(r->result.frame, format >= 0 ? (enum format)format : FORMAT_CSV, o, file,
                        err);
}

/* The report in one language: as a file, and as a part of a page. */
static int write_report(const struct issue *i, bool hindi, struct buf *file, struct buf *page,
                        struct str *title, struct err *err)
{
    struct report_result r;
    int rc = run_report(i, hindi, &r, err);
    struct format_options o = {.tree = i->ev->snap->tree,
                               .hindi = hindi,
                               .bom = true,
                               .title = r.title,
                               .snapshot = i->ev->snap->id,
                               .as_on = r.as_on,
                               .total_row = r.has_total,
                               .summary = r.summary};
    if (rc == 0 && file != NULL)
        rc = write_file(i, &r, &o, file, err);
    if (rc == 0) {
        buf_cstr(page, "<h3>");
        put_cell(page, "span", text_pick(i->s->report->title, hindi));
        if (i->place != NULL)
            put_cell(page, "span", place_name(i->place, hindi));
        buf_cstr(page, "</h3>\r\n");
        put_table(page, &r, &o);
        *title = text_pick(i->s->title.en.n > 0 ? i->s->title : i->s->report->title, hindi);
    }
    report_result_fini(&r);
    return rc;
}

/* ---- messages -------------------------------------------------------------------------------- */

static int keep(struct evaluation *ev, struct buf *b, struct str *out, struct err *err)
{
    TRY(buf_check(b, err));
    *out = str_copy(&ev->mem, buf_view(b));
    return out->p != NULL ? 0 : err_set(err, ERR_MEM, "no memory for a report");
}

static struct str file_name(const struct issue *i)
{
    char name[128];
    char day[11];
    date_format(i->ev->day, day);
    if (i->place != NULL)
        snprintf(name, sizeof name, "%.*s-%lld-%s.%.*s", STR_ARG(i->s->report->name),
                 (long long)i->place->code, day, STR_ARG(i->s->format));
    else
        snprintf(name, sizeof name, "%.*s-%s.%.*s", STR_ARG(i->s->report->name), day,
                 STR_ARG(i->s->format));
    struct str s = str_copy(&i->ev->mem, str_of(name));
    return s.p != NULL ? s : STR("report.csv");
}

static int subject_of(const struct issue *i, struct str en, struct str hi, struct str *out,
                      struct err *err)
{
    struct buf b;
    char day[11];
    date_format(i->ev->day, day);
    buf_init(&b, MEM_ALERT);
    buf_str(&b, en);
    if (i->place != NULL)
        buf_printf(&b, ", %.*s", STR_ARG(i->place->name));
    if (!str_eq(en, hi))
        buf_printf(&b, " / %.*s", STR_ARG(hi));
    buf_printf(&b, ", %s", day);
    int rc = keep(i->ev, &b, out, err);
    buf_fini(&b);
    return rc;
}

static void put_base64(struct json *j, struct str content)
{
    struct buf coded;
    buf_init(&coded, MEM_ALERT);
    mime_base64(&coded, content);
    json_str(j, buf_view(&coded));
    buf_fini(&coded);
}

/* {"id","report","title","place","as_on","file","content"}, for webhooks. */
static void put_json(const struct issue *i, const struct outbox_row *m, struct str content,
                     struct buf *out)
{
    struct json j;
    char day[11];
    date_format(i->ev->day, day);
    json_init(&j, out);
    json_object(&j);
    json_put_str(&j, "id", m->id);
    json_put_str(&j, "report", i->s->report->name);
    json_put_str(&j, "title", m->subject);
    json_key(&j, "place");
    if (i->place != NULL)
        json_i64(&j, i->place->code);
    else
        json_null(&j);
    json_put_cstr(&j, "as_on", day);
    json_put_str(&j, "file", file_name(i));
    json_key(&j, "content"); /* a workbook is bytes: as base64 */
    if (str_eq(i->s->format, STR("xlsx")))
        put_base64(&j, content);
    else
        json_str(&j, content);
    json_object_end(&j);
}

static struct str file_type(struct str format)
{
    if (str_eq(format, STR("xlsx")))
        return STR(SHEET_TYPE);
    return str_eq(format, STR("json")) ? STR("application/json") : STR("text/csv; charset=utf-8");
}

static int add_message(const struct issue *i, struct str recipient, struct str file,
                       struct str page, struct str subject, struct err *err)
{
    struct outbox_row m = {.notifier = str_of(i->n->name),
                           .recipient = recipient,
                           .subject = subject,
                           .created_ms = i->ev->now_ms,
                           .due_ms = i->ev->now_ms};
    struct buf body;
    TRY(message_id(i->ev, m.notifier, recipient, &m.id, err));
    buf_init(&body, MEM_ALERT);
    if (i->n->type == NOTIFY_SMTP) {
        struct mail mail = {.id = m.id,
                            .from = str_of(i->n->from),
                            .to = recipient,
                            .subject = subject,
                            .text = subject,
                            .html = page,
                            .file = file,
                            .file_type = file_type(i->s->format),
                            .file_name = file_name(i),
                            .now_ms = i->ev->now_ms};
        mail_write(&mail, &body);
    } else if (i->n->type == NOTIFY_WEBHOOK) {
        put_json(i, &m, file, &body);
    } else {
        m.recipient = file_name(i);
        buf_str(&body, file);
    }
    int rc = keep(i->ev, &body, &m.body, err);
    buf_fini(&body);
    return rc < 0 ? rc : out_add(i->ev, &m, err);
}

static int write_issue(const struct issue *i, const struct recipients *to, struct err *err)
{
    struct buf file;
    struct buf page;
    struct str en = STR("");
    struct str hi = STR("");
    struct str subject = STR("");
    buf_init(&file, MEM_ALERT);
    buf_init(&page, MEM_ALERT);
    int rc = write_report(i, false, &file, &page, &en, err);
    if (rc == 0)
        rc = write_report(i, true, NULL, &page, &hi, err);
    if (rc == 0 && (file.failed || page.failed))
        rc = err_set(err, ERR_MEM, "no memory for a report");
    if (rc == 0)
        rc = subject_of(i, en, hi, &subject, err);
    for (size_t k = 0; rc == 0 && k < to->n; k++)
        rc = add_message(i, to->at[k], buf_view(&file), buf_view(&page), subject, err);
    if (rc == 0 && i->n->type != NOTIFY_SMTP)
        rc = add_message(i, STR(""), buf_view(&file), buf_view(&page), subject, err);
    buf_fini(&file);
    buf_fini(&page);
    return rc;
}

/* ---- places ---------------------------------------------------------------------------------- */

static int issue_for(struct evaluation *ev, const struct schedule *s, const struct notifier *n,
                     const struct place *place, struct err *err)
{
    struct recipients to = {.n = 0};
    char code[24];
    struct issue i = {ev, s, n, place, ARENA_ARRAY(&ev->mem, struct arg, s->args + 1), s->args};
    if (i.arg == NULL)
        return err_set(err, ERR_MEM, "no memory for a schedule");
    if (n->type == NOTIFY_SMTP)
        TRY(recipients_find(n, ev->snap, place != NULL ? (int)place->level : PLACE_COUNTRY,
                            place != NULL ? place->code : 0, &ev->mem, &to, err));
    if (n->type == NOTIFY_SMTP && to.n == 0)
        return 0; /* nobody wants it */
    for (size_t k = 0; k < s->args; k++)
        i.arg[k] = s->arg[k];
    if (place != NULL) {
        snprintf(code, sizeof code, "%lld", (long long)place->code);
        i.arg[i.args++] = (struct arg){str_of(place_level_name(place->level)), str_of(code)};
    }
    return write_issue(&i, &to, err);
}

/* A report that fails for one place is told and left out: the others are not to wait for it. */
static int issue_all(struct evaluation *ev, const struct schedule *s, const struct notifier *n,
                     struct err *err)
{
    const struct place_tree *tree = ev->snap->tree;
    size_t done = 0;
    if (s->level < 0)
        return issue_for(ev, s, n, NULL, err);
    for (uint32_t i = 0; i < tree->n && done < PLACES_MAX; i++) {
        const struct place *p = &tree->at[i];
        if ((int)p->level != s->level || p->id != p->identity)
            continue;
        int rc = issue_for(ev, s, n, p, err);
        if (rc == ERR_MEM)
            return rc;
        if (rc < 0)
            log_line(LOG_WARN, "alert", "schedule %.*s for %lld: %s", STR_ARG(s->name),
                     (long long)p->code, err->msg);
        done++;
    }
    return 0;
}

/* ---- due ------------------------------------------------------------------------------------- */

static int carry_out(struct evaluation *ev, const struct schedule *s, struct err *err)
{
    char mark[192];
    int64_t last = 0;
    int64_t due = due_today(s, ev->now_ms);
    const struct notifier *n = notifier_find(ev->e, s->deliver);
    snprintf(mark, sizeof mark, "schedule:%.*s/%.*s", STR_ARG(s->plugin->name), STR_ARG(s->name));
    TRY(store_alerts_mark(ev->e->o.store, mark, &last, err));
    bool first = last == 0;
    if (!first && (ev->now_ms < due || last >= due))
        return 0;
    if (!first && n == NULL)
        log_line(LOG_WARN, "alert", "schedule %.*s: there is no notifier %.*s", STR_ARG(s->name),
                 STR_ARG(s->deliver));
    ev->outs = 0;
    if (!first && n != NULL)
        TRY(issue_all(ev, s, n, err));
    ev->mark = mark;
    ev->mark_ms = ev->now_ms;
    int rc = commit(ev, err);
    ev->mark = NULL;
    ev->outs = 0;
    return rc;
}

void schedules_run(struct alert_engine *e)
{
    struct evaluation ev;
    struct err err;
    if (e->o.store == NULL)
        return;
    pthread_mutex_lock(&e->run_lock);
    if (evaluation_begin(e, &ev, &err) == 0) {
        for (size_t p = 0; p < ev.set->n; p++)
            for (size_t i = 0; i < ev.set->plugin[p].schedules; i++)
                if (carry_out(&ev, &ev.set->plugin[p].schedule[i], &err) < 0)
                    log_line(LOG_WARN, "alert", "a schedule could not be carried out: %s", err.msg);
        evaluation_end(&ev);
    }
    pthread_mutex_unlock(&e->run_lock);
}
