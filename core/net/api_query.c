/* SPDX-License-Identifier: MIT
 *
 * GET and POST /v1/query. A POST body is the query itself, or a form with the same fields as GET,
 * in which tables may be sent along as files. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/limits.h"
#include "base/log.h"
#include "form.h"
#include "operation.h"
#include "store/audit.h"
#include "tables.h"

/* Parameters arrive as text. Whole numbers and decimals become numbers, unless quoted ('607') or
 * written with a leading zero; all else stays text, which the engine reads as a date or a place
 * where one is wanted. */
static struct value param_value(struct str s)
{
    struct value v = {.type = TYPE_STRING, .s = s};
    bool zero_led = s.n > 1 && s.p[0] == '0' && s.p[1] != '.';
    if (s.n >= 2 && s.p[0] == '\'' && s.p[s.n - 1] == '\'') {
        v.s = (struct str){s.p + 1, s.n - 2};
    } else if (!zero_led && str_to_i64(s, &v.i) == 0) {
        v.type = TYPE_INT64;
    } else if (!zero_led && s.n > 0 && strchr("-.0123456789", s.p[0]) && str_to_f64(s, &v.f) == 0) {
        v.type = TYPE_FLOAT64;
    }
    return v;
}

static int unknown_file(struct str name, struct err *err)
{
    err_set(err, ERR_PARAM, "/v1/query takes no file '%.*s'", STR_ARG(name));
    err_hint(err, "the CSV of a table goes in table.NAME");
    return ERR_PARAM;
}

static bool has_prefix(struct str name, struct str prefix)
{
    return name.n > prefix.n && str_starts(name, prefix);
}

/* Files of a form are tables, nothing else. */
static int check_files(const struct form *form, struct err *err)
{
    for (size_t i = 0; form != NULL && i < form->files; i++)
        if (!has_prefix(form->file[i].field, STR("table.")))
            return unknown_file(form->file[i].field, err);
    return 0;
}

static int read_params(struct request *r, struct query_context *ctx, struct err *err)
{
    struct query_param *p = ARENA_ARRAY(&r->arena, struct query_param, r->url.args + 1);
    if (p == NULL)
        return err_set(err, ERR_MEM, "no memory for the parameters");
    for (size_t i = 0; i < r->url.args; i++) {
        const struct arg *a = &r->url.arg[i];
        if (!str_starts(a->name, STR("p.")))
            continue;
        p[ctx->params].name = (struct str){a->name.p + 2, a->name.n - 2};
        p[ctx->params++].value = param_value(a->value);
    }
    ctx->param = p;
    return 0;
}

static void take_timings(struct request *r, const struct query_result *q)
{
    answer_timing(&r->answer, "parse", q->parse_ns);
    answer_timing(&r->answer, "plan", q->plan_ns);
    answer_timing(&r->answer, "run", q->run_ns);
    r->answer.engine = q->engine;
}

/* Rows of registrations that somebody takes away: each time, so that such an answer is not kept. */
static void note_export(struct request *r, const struct query_result *q)
{
    char what[AUDIT_WHAT_BYTES];
    struct err err;
    if (!q->listed || q->frame->rows == 0 || r->access.token == NULL)
        return;
    snprintf(what, sizeof what, "%zu rows, role %s, snapshot %llu", q->frame->rows,
             role_name(r->access.role), (unsigned long long)r->snap->id);
    const struct audit_entry e = {
        .action = STR("export"), .object = STR("registrations"), .what = str_of(what)};
    if (store_audit(r->service->store, &e, &err) < 0)
        log_line(LOG_WARN, "net", "the audit trail misses an export: %s", err.msg);
    r->answer.etag[0] = '\0';
}

static int reply(struct request *r, const struct query_result *q, struct err *err)
{
    note_export(r, q);
    struct format_options o = request_format_options(r);
    o.truncated = q->truncated;
    o.hidden_below = q->k;
    take_timings(r, q);
    if (q->timed)
        r->answer.etag[0] = '\0'; /* never kept */
    return request_reply_frame(r, q->frame, &o, err);
}

static int run(struct request *r, struct str text, const struct tables *tables, struct err *err)
{
    struct query_context ctx = {
        .table = tables->at, .tables = tables->n, .cancel = &r->cancel, .pool = r->service->pool};
    struct query_result result;
    struct query *q = NULL;
    int64_t limit;
    TRY(request_number(r, "limit", QUERY_ROWS_MAX, INT32_MAX, &limit, err));
    TRY(read_params(r, &ctx, err));
    TRY(request_borders(r, "borders", err));
    ctx.snap = r->snap;
    ctx.viewer = &r->viewer;
    ctx.borders = r->borders;
    ctx.targets = &r->plugins->targets;
    ctx.fn = r->plugins->fn;
    ctx.fns = r->plugins->fns;
    ctx.hindi = r->hindi;
    ctx.rows_max = limit > 0 ? (size_t)limit : 1;
    ctx.explain = str_eq(request_arg(r, "explain"), STR("1"));
    r->query = text;
    TRY(query_parse(text, &q, err));
    int rc = query_run(q, &ctx, &result, err);
    if (rc == 0) {
        rc = reply(r, &result, err);
        query_result_fini(&result);
    }
    query_unref(q); /* an answer may hold texts of the query */
    return rc;
}

static int run_with_tables(struct request *r, struct str text, const struct form *form,
                           struct err *err)
{
    struct tables tables;
    TRY(check_files(form, err));
    TRY(request_pin(r, err));
    tables_init(&tables, r);
    int rc = tables_take(&tables, r, form, err);
    if (rc == 0) {
        rc = run(r, text, &tables, err);
    } else if (rc == ERR_ROWS) {
        tables_refuse(r, &tables.report, err);
        rc = 0;
    }
    tables_fini(&tables);
    return rc;
}

static int run_arg(struct request *r, const struct form *form, struct err *err)
{
    struct str q = request_arg(r, "q");
    if (q.p != NULL)
        return run_with_tables(r, q, form, err);
    err_set(err, ERR_PARAM, "the query is missing: send it as q");
    err_hint(err, "curl --get http://HOST/v1/query --data-urlencode 'q=FROM registrations |> "
                  "AGGREGATE COUNT(*) AS n GROUP BY district'");
    return ERR_PARAM;
}

int api_query(struct request *r, struct err *err)
{
    return run_arg(r, NULL, err);
}

static int check_body_type(struct str type, struct err *err)
{
    if (!str_starts(type, STR("application/json")))
        return 0;
    err_set(err, ERR_UNSUPPORTED, "a query as JSON is not understood");
    err_hint(err, "send the query itself as text/plain, or a form: curl --data-urlencode 'q=...'");
    return ERR_UNSUPPORTED;
}

int api_query_post(struct request *r, struct err *err)
{
    struct str type = request_header(r, "Content-Type");
    struct str body = buf_view(&r->body);
    struct form form = {.files = 0};
    TRY(check_body_type(type, err));
    bool fields = str_starts(type, STR("application/x-www-form-urlencoded"));
    if (fields)
        TRY(url_form(&r->arena, body, &r->url, err));
    if (form_is(type))
        TRY(form_read(r, &form, err));
    if (fields || form_is(type)) {
        TRY(operation_check(r->match.route, &r->url, false, err));
        TRY(request_negotiate(r, err));
        body = STR_NULL;
    }
    if (body.n == 0)
        return run_arg(r, &form, err);
    if (request_arg(r, "q").p != NULL)
        return err_set(err, ERR_PARAM, "the query is there twice: as the body and as q");
    return run_with_tables(r, body, NULL, err);
}
