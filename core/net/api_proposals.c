/* SPDX-License-Identifier: MIT
 *
 * Versions of plugins that are sent: checked with what they would change, and stored. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/limits.h"
#include "base/log.h"
#include "difference.h"
#include "form.h"
#include "operation.h"
#include "store/audit.h"
#include "tables.h"

/* ---- what is wrong with it ------------------------------------------------------------------- */

static void put_mistake(struct json *j, const struct mistake *m)
{
    json_object(j);
    json_put_str(j, "file", m->file);
    json_put_i64(j, "line", m->err.line);
    json_put_i64(j, "column", m->err.column);
    json_put_cstr(j, "code", err_name(m->err.code));
    json_put_cstr(j, "detail", m->err.msg);
    json_put_cstr(j, "excerpt", m->err.excerpt);
    json_put_cstr(j, "hint", m->err.hint);
    json_object_end(j);
}

static void put_mistakes(void *proposal, struct json *j)
{
    size_t n;
    const struct mistake *m = proposal_mistakes(proposal, &n);
    json_key(j, "errors");
    json_array(j);
    for (size_t i = 0; i < n; i++)
        put_mistake(j, &m[i]);
    json_array_end(j);
    json_put_str(j, "errors_text", proposal_plugin(proposal)->errors_text);
}

static void list_mistakes(void *proposal, struct buf *out)
{
    buf_str(out, proposal_plugin(proposal)->errors_text);
}

/* ---- POST /v1/plugins/check ------------------------------------------------------------------ */

static const char *const own_args[] = {"plugin", "report", "key"};

static bool is_own_arg(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(own_args); i++)
        if (str_eq(name, str_of(own_args[i])))
            return true;
    return false;
}

/* The report's parameters among those sent. `strict`: others, too, so that they are refused; the
 * version that serves may not know them all. */
static int args_for(struct request *r, const struct report *rep, bool strict, struct run_options *o,
                    struct err *err)
{
    struct arg *arg = ARENA_ARRAY(&r->arena, struct arg, r->url.args);
    if (arg == NULL)
        return err_set(err, ERR_MEM, "no memory for the parameters");
    o->args = 0;
    for (size_t i = 0; i < r->url.args; i++) {
        struct str name = r->url.arg[i].name;
        bool declared = false;
        for (size_t p = 0; p < rep->params; p++)
            declared |= str_eq(rep->param[p].name, name);
        if (is_own_arg(name) || r->url.arg[i].value.n == 0)
            continue;
        if (declared || (strict && !operation_is_common(name)))
            arg[o->args++] = r->url.arg[i];
    }
    o->arg = arg;
    return 0;
}

static const struct report *report_of(const struct plugin *p, struct str name)
{
    for (size_t i = 0; i < p->reports; i++)
        if (str_eq(p->report[i].name, name))
            return &p->report[i];
    return NULL;
}

static const struct report *serving_report(const struct request *r, const struct report *rep)
{
    for (size_t i = 0; i < r->plugins->n; i++)
        if (str_eq(r->plugins->plugin[i].name, rep->plugin->name))
            return report_of(&r->plugins->plugin[i], rep->name);
    return NULL;
}

/* Both runs of one report. */
struct runs {
    struct run_options o;
    struct report_result now, was;
};

static void put_difference(struct request *r, const struct report *rep, struct runs *runs,
                           struct json *j, struct str *why_not)
{
    struct err err;
    const struct report *serving = serving_report(r, rep);
    struct format_options o = request_format_options(r);
    json_key(j, "difference");
    if (serving == NULL) {
        *why_not = STR("no version of this report serves");
        json_null(j);
        return;
    }
    int rc = args_for(r, serving, false, &runs->o, &err);
    if (rc == 0)
        rc = report_run(r->plugins, serving, &runs->o, &runs->was, &err);
    if (rc == 0) {
        const struct difference_side was = {runs->was.result.frame, runs->was.has_total};
        const struct difference_side now = {runs->now.result.frame, runs->now.has_total};
        rc = difference_put(&r->arena, &was, &now, request_arg(r, "key"), &o, j, &err);
    }
    if (rc == 0)
        return;
    *why_not = str_copy(&r->arena, str_of(err.msg));
    json_null(j);
}

static void put_frame(struct request *r, const struct report_result *now, struct json *j)
{
    struct format_options o = request_format_options(r);
    const struct frame *f = now->result.frame;
    json_key(j, "rows");
    json_array(j);
    for (size_t i = 0; i < f->rows; i++) {
        json_object(j);
        for (size_t c = 0; c < f->cols; c++) {
            json_key_str(j, f->col[c].name);
            format_json_value(j, &f->col[c], frame_get(f, i, c), &o);
        }
        json_object_end(j);
    }
    json_array_end(j);
    json_put_bool(j, "total_row", now->has_total);
    json_put_bool(j, "truncated", now->result.truncated);
    json_put_str(j, "summary", now->summary);
}

static void put_result(struct request *r, const struct report *rep, struct runs *runs,
                       struct json *j)
{
    struct str why_not = STR("");
    json_key(j, "report");
    json_object(j);
    json_put_str(j, "name", rep->name);
    put_frame(r, &runs->now, j);
    put_difference(r, rep, runs, j, &why_not);
    if (why_not.n > 0) {
        json_put_str(j, "no_difference", why_not);
    }
    json_object_end(j);
}

static void put_reports(struct json *j, const struct plugin *p)
{
    json_key(j, "reports");
    json_array(j);
    for (size_t i = 0; i < p->reports; i++)
        json_str(j, p->report[i].name);
    json_array_end(j);
}

static void put_head(struct json *j, struct proposal *p)
{
    const struct plugin *plugin = proposal_plugin(p);
    size_t mistakes;
    (void)proposal_mistakes(p, &mistakes);
    json_put_str(j, "plugin", plugin->name);
    json_put_str(j, "version", plugin->version);
    json_put_bool(j, "good", mistakes == 0);
    json_put_cstr(j, "sha256", plugin->sha256);
    put_reports(j, plugin);
    json_put_i64(j, "tests", (int64_t)proposal_tests(p));
    json_put_str(j, "notes", plugin->notes_text);
    put_mistakes(p, j);
}

static int reply(struct request *r, struct proposal *p, const struct report *rep, struct runs *runs,
                 struct err *err)
{
    struct json j;
    json_init(&j, &r->answer.body);
    json_object(&j);
    put_head(&j, p);
    if (rep != NULL)
        put_result(r, rep, runs, &j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

static int no_report(const struct plugin *p, struct str name, struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < p->reports; i++)
        near_offer(&near, name, p->report[i].name);
    err_set(err, ERR_NOT_FOUND, "the version that was sent has no report \"%.*s\"", STR_ARG(name));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

/* With the report that was asked for, where the version is good. */
static int reply_with_report(struct request *r, struct proposal *p, struct str name,
                             struct err *err)
{
    struct tables tables;
    tables_init(&tables, r);
    struct runs runs = {.o = {.snap = r->snap,
                              .viewer = &r->viewer,
                              .hindi = r->hindi,
                              .table = tables.at,
                              .tables = tables.n,
                              .cancel = &r->cancel,
                              .pool = r->service->pool,
                              .rows_max = QUERY_ROWS_MAX}};
    const struct report *rep = report_of(proposal_plugin(p), name);
    if (rep == NULL)
        return no_report(proposal_plugin(p), name, err);
    TRY(args_for(r, rep, true, &runs.o, err));
    int rc = report_run(proposal_set(p), rep, &runs.o, &runs.now, err);
    if (rc == ERR_PARAM) {
        struct problem_more more = {report_violations_json, report_violations_text, &runs.now};
        answer_problem(&r->answer, err, &more);
        rc = 0;
    } else if (rc == 0) {
        rc = reply(r, p, rep, &runs, err);
    }
    report_result_fini(&runs.now);
    report_result_fini(&runs.was);
    return rc;
}

static int propose(struct request *r, struct str name, struct str *text, struct proposal **p,
                   struct err *err)
{
    TRY(request_pin(r, err));
    TRY(request_file(r, PLUGIN_BYTES_MAX + 1, text, err));
    if (text->n == 0)
        return err_set(err, ERR_PARAM,
                       "the body is empty: send the plugin's text, "
                       "curl --data-binary @mine.lua");
    return proposal_new(r->plugins, r->snap, name, *text, p, err);
}

static bool is_main_file(struct str name)
{
    return str_eq(name, STR("plugin.lua")) || str_ends(name, STR("/plugin.lua"));
}

/* "drive/plugin.lua" is a file of drive. */
static struct str folder_of(const struct form *f)
{
    for (size_t i = 0; i < f->files; i++) {
        struct str name = f->file[i].name;
        if (!is_main_file(name))
            continue;
        size_t end = name.n - (sizeof "plugin.lua" - 1);
        size_t start = end;
        while (start > 0 && (start == end || name.p[start - 1] != '/'))
            start--;
        return (struct str){name.p + start, end > start ? end - start - 1 : 0};
    }
    return STR("");
}

/* The files of a form; one that is not plugin.lua is a plugin of one file. */
static int propose_files(struct request *r, const struct form *f, struct proposal **p,
                         struct err *err)
{
    struct str name = request_arg(r, "plugin");
    struct plugin_file *file = ARENA_ARRAY(&r->arena, struct plugin_file, f->files);
    if (file == NULL)
        return err_set(err, ERR_MEM, "no memory to check a plugin");
    if (f->files == 0)
        return err_set(err, ERR_PARAM,
                       "the form has no file: curl -F file=@plugin.lua -F file=@targets.lua");
    TRY(request_pin(r, err));
    for (size_t i = 0; i < f->files; i++)
        file[i] = (struct plugin_file){f->file[i].name, f->file[i].text};
    if (f->files == 1 && !is_main_file(f->file[0].name))
        return proposal_new(r->plugins, r->snap, name, f->file[0].text, p, err);
    return proposal_new_folder(r->plugins, r->snap, name.n > 0 ? name : folder_of(f), file,
                               f->files, p, err);
}

int api_plugin_check(struct request *r, struct err *err)
{
    struct proposal *p = NULL;
    struct form form = {.files = 0};
    struct str text;
    size_t mistakes;
    bool is_form = form_is(request_header(r, "Content-Type"));
    if (is_form)
        TRY(form_read(r, &form, err));
    struct str report = request_arg(r, "report");
    if (report.n == 0)
        TRY(operation_check(r->match.route, &r->url, true, err));
    if (is_form)
        TRY(propose_files(r, &form, &p, err));
    else
        TRY(propose(r, request_arg(r, "plugin"), &text, &p, err));
    (void)proposal_mistakes(p, &mistakes);
    int rc = report.n > 0 && mistakes == 0 ? reply_with_report(r, p, report, err)
                                           : reply(r, p, NULL, NULL, err);
    proposal_free(p);
    return rc;
}

/* ---- PUT /v1/plugins/NAME -------------------------------------------------------------------- */

static void refuse(struct request *r, struct proposal *p, struct str name)
{
    struct err e;
    size_t n;
    (void)proposal_mistakes(p, &n);
    err_set(&e, ERR_PLUGIN, "the plugin %.*s has %zu mistake%s and is not stored", STR_ARG(name), n,
            n == 1 ? "" : "s");
    struct problem_more more = {put_mistakes, list_mistakes, p};
    answer_problem(&r->answer, &e, &more);
}

/* The version is stored whatever becomes of the row: a full disk is told in the log. */
static void note_stored(struct request *r, const struct plugin *p, bool replaced)
{
    char what[160];
    struct err err;
    snprintf(what, sizeof what, "version %.*s, sha256 %.64s", STR_ARG(p->version), p->sha256);
    const struct audit_entry e = {.action = replaced ? STR("replace plugin") : STR("add plugin"),
                                  .object = p->name,
                                  .what = str_of(what)};
    if (store_audit(r->service->store, &e, &err) < 0)
        log_line(LOG_WARN, "net", "the audit trail misses the plugin %.*s: %s", STR_ARG(p->name),
                 err.msg);
}

static int store_it(struct request *r, struct proposal *p, struct str text, struct err *err)
{
    struct json j;
    bool replaced = false;
    const struct plugin *plugin = proposal_plugin(p);
    TRY(registry_store(r->service->registry, plugin->name, text, &replaced, err));
    note_stored(r, plugin, replaced);
    json_init(&j, &r->answer.body);
    json_object(&j);
    put_head(&j, p);
    json_put_bool(&j, "replaced", replaced);
    json_object_end(&j);
    r->answer.status = replaced ? 200 : 201;
    return request_reply_json(r, err);
}

int api_plugin_put(struct request *r, struct err *err)
{
    struct proposal *p = NULL;
    struct str text;
    struct str name = r->match.capture[0];
    size_t mistakes;
    TRY(propose(r, name, &text, &p, err));
    (void)proposal_mistakes(p, &mistakes);
    int rc = 0;
    if (mistakes > 0)
        refuse(r, p, name);
    else
        rc = store_it(r, p, text, err);
    proposal_free(p);
    return rc;
}
