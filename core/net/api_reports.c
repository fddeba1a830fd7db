/* SPDX-License-Identifier: MIT
 *
 * Reports: the list of them with their parameters, and running one. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/limits.h"
#include "operation.h"
#include "page.h"
#include "tables.h"

/* ---- GET /v1/reports ------------------------------------------------------------------------- */

static const char *const param_types[] = {"string",  "integer", "number", "boolean",
                                          "percent", "date",    "month",  "fiscal_year",
                                          "choice",  "place",   "sector", "list"};

static void put_str(struct json *j, const char *key, struct str s)
{
    if (s.p == NULL)
        return;
    json_put_str(j, key, s);
}

static void put_choices(struct json *j, const struct param *p)
{
    if (p->choices == 0)
        return;
    json_key(j, "choices");
    json_array(j);
    for (size_t i = 0; i < p->choices; i++)
        json_str(j, p->choice[i]);
    json_array_end(j);
}

static void put_text(struct json *j, const char *key, struct text t, bool hindi)
{
    if (t.en.n > 0)
        json_put_str(j, key, text_pick(t, hindi));
}

static void put_number(struct json *j, const char *key, bool there, double v)
{
    if (!there)
        return;
    json_key(j, key);
    json_f64(j, v);
}

static void put_param(struct json *j, const struct param *p, bool hindi)
{
    json_object(j);
    put_str(j, "name", p->name);
    json_put_cstr(j, "type", param_types[p->type]);
    if (p->type == PARAM_PLACE && p->level < PLACE_LEVELS) {
        json_put_cstr(j, "level", place_level_name(p->level));
    }
    json_put_bool(j, "required", p->required);
    put_str(j, "default", p->fallback);
    put_choices(j, p);
    put_number(j, "min", p->has_min, p->min);
    put_number(j, "max", p->has_max, p->max);
    put_text(j, "title", p->title, hindi);
    put_text(j, "help", p->help, hindi);
    json_object_end(j);
}

/* How a column is shown: its title comes with the rows. */
static void put_column(struct json *j, const struct report_column *c, bool hindi)
{
    json_object(j);
    put_str(j, "name", c->name);
    if (c->type.n > 0)
        put_str(j, "type", c->type);
    put_text(j, "help", c->help, hindi);
    if (c->bands > 0) {
        json_key(j, "bands");
        json_array(j);
        for (size_t i = 0; i < c->bands; i++)
            json_f64(j, c->band[i]);
        json_array_end(j);
    }
    json_object_end(j);
}

static void put_shape(struct json *j, const struct report *rep, bool hindi)
{
    json_key(j, "columns");
    json_array(j);
    for (size_t i = 0; i < rep->columns; i++)
        put_column(j, &rep->column[i], hindi);
    json_array_end(j);
    if (rep->chart_json.n > 0) {
        json_key(j, "chart");
        json_raw(j, rep->chart_json);
    }
}

static void put_report(struct json *j, const struct report *rep, bool hindi)
{
    char href[256];
    struct str plugin = rep->plugin->name;
    snprintf(href, sizeof href, "/v1/reports/%.*s/%.*s", STR_ARG(plugin), STR_ARG(rep->name));
    json_object(j);
    put_str(j, "plugin", plugin);
    put_str(j, "name", rep->name);
    put_str(j, "title", text_pick(rep->title, hindi));
    put_text(j, "help", rep->help, hindi);
    put_str(j, "href", str_of(href));
    json_key(j, "params");
    json_array(j);
    for (size_t i = 0; i < rep->params; i++)
        put_param(j, &rep->param[i], hindi);
    json_array_end(j);
    put_shape(j, rep, hindi);
    json_object_end(j);
}

int api_reports(struct request *r, struct err *err)
{
    struct json j;
    if (r->format == OUT_HTML)
        return api_home_page(r, err);
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_key(&j, "reports");
    json_array(&j);
    for (size_t p = 0; p < r->plugins->n; p++)
        for (size_t i = 0; i < r->plugins->plugin[p].reports; i++)
            put_report(&j, &r->plugins->plugin[p].report[i], r->hindi);
    json_array_end(&j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

/* ---- GET /v1/reports/PLUGIN/NAME ------------------------------------------------------------- */

/* What was sent, without the parameters that say how to answer, unless the report declares them. A
 * form sends a field that was left empty as an empty text: that is none. */
static int report_args(struct request *r, const struct report *rep, struct run_options *o,
                       struct err *err)
{
    struct arg *arg = ARENA_ARRAY(&r->arena, struct arg, r->url.args + 1);
    if (arg == NULL)
        return err_set(err, ERR_MEM, "no memory for the parameters");
    for (size_t i = 0; i < r->url.args; i++) {
        bool declared = false;
        for (size_t p = 0; p < rep->params; p++)
            declared |= str_eq(rep->param[p].name, r->url.arg[i].name);
        if (declared && r->url.arg[i].value.n == 0)
            continue;
        bool borders = !declared && str_eq(r->url.arg[i].name, STR("borders"));
        if (!borders && (declared || !operation_is_common(r->url.arg[i].name)))
            arg[o->args++] = r->url.arg[i];
    }
    o->arg = arg;
    return 0;
}

void report_violations_json(void *ctx, struct json *j)
{
    const struct report_result *result = ctx;
    if (result->violations == 0)
        return;
    json_key(j, "violations");
    json_array(j);
    for (size_t i = 0; i < result->violations; i++) {
        json_object(j);
        put_str(j, "parameter", result->violation[i].name);
        json_put_cstr(j, "reason", result->violation[i].reason);
        json_object_end(j);
    }
    json_array_end(j);
}

void report_violations_text(void *ctx, struct buf *out)
{
    const struct report_result *result = ctx;
    for (size_t i = 0; i < result->violations; i++)
        buf_printf(out, "  %.*s: %s\n", STR_ARG(result->violation[i].name),
                   result->violation[i].reason);
}

/* The same request with another extension or language, for the links of a page. */
static struct str other_form(struct request *r, const struct report *rep, const char *extension,
                             const char *lang)
{
    struct buf b;
    buf_init(&b, MEM_NET);
    buf_printf(&b, "/v1/reports/%.*s/%.*s.%s", STR_ARG(rep->plugin->name), STR_ARG(rep->name),
               extension);
    char mark = '?';
    for (size_t i = 0; i < r->url.args; i++) {
        const struct arg *a = &r->url.arg[i];
        if (str_eq(a->name, STR("lang")) || str_eq(a->name, STR("format")))
            continue;
        buf_char(&b, mark);
        page_url(&b, a->name);
        buf_char(&b, '=');
        page_url(&b, a->value);
        mark = '&';
    }
    buf_printf(&b, "%clang=%s", mark, lang);
    struct str copy = str_copy(&r->arena, buf_view(&b));
    buf_fini(&b);
    return copy;
}

static int reply_page(struct request *r, const struct report *rep,
                      const struct report_result *result, const struct format_options *o,
                      struct err *err)
{
    const char *lang = r->hindi ? "hi" : "en";
    const char *other = r->hindi ? "en" : "hi";
    struct page_link link[] = {
        {r->hindi ? "In English" : "हिन्दी में", other_form(r, rep, "html", other)},
        {"Excel", other_form(r, rep, "xlsx", lang)},
        {"CSV", other_form(r, rep, "csv", lang)},
        {"JSON", other_form(r, rep, "json", lang)},
    };
    struct page_table page = {.frame = result->result.frame,
                              .options = o,
                              .title = text_pick(rep->title, r->hindi),
                              .help = text_pick(rep->help, r->hindi),
                              .total = result->has_total,
                              .link = link,
                              .links = ARRAY_LEN(link)};
    if (rep->columns == result->result.frame->cols)
        page.column = rep->column;
    r->answer.type = page_type;
    return page_write_table(&page, &r->answer.body, err);
}

static int reply_sheet(struct request *r, const struct report *rep,
                       const struct report_result *result, const struct format_options *o,
                       struct err *err)
{
    struct sheet sheet = {.frame = result->result.frame,
                          .options = o,
                          .title = text_pick(rep->title, r->hindi),
                          .help = text_pick(rep->help, r->hindi)};
    struct sheet_column *c = ARENA_ARRAY(&r->arena, struct sheet_column, rep->columns + 1);
    if (c == NULL)
        return err_set(err, ERR_MEM, "no memory for the columns of the sheet");
    for (size_t i = 0; i < rep->columns; i++)
        c[i] = (struct sheet_column){.percent = str_eq(rep->column[i].type, STR("percent")),
                                     .band = rep->column[i].band,
                                     .bands = rep->column[i].bands};
    if (rep->columns == result->result.frame->cols)
        sheet.column = c;
    return request_reply_sheet(r, &sheet, rep->name, err);
}

static int reply_report(struct request *r, const struct report *rep, struct report_result *result,
                        struct err *err)
{
    struct format_options o = request_format_options(r);
    o.title = result->title;
    o.as_on = result->as_on;
    o.truncated = result->result.truncated;
    o.hidden_below = result->result.k;
    o.summary = result->summary;
    o.total_row = result->has_total;
    r->answer.engine = result->result.engine;
    answer_timing(&r->answer, "run", result->result.run_ns);
    if (r->format == OUT_HTML)
        return reply_page(r, rep, result, &o, err);
    if (r->format == OUT_XLSX)
        return reply_sheet(r, rep, result, &o, err);
    return request_reply_frame(r, result->result.frame, &o, err);
}

int api_report(struct request *r, struct err *err)
{
    const struct report *rep = NULL;
    struct tables tables;
    tables_init(&tables, r);
    struct run_options o = {.snap = r->snap,
                            .viewer = &r->viewer,
                            .hindi = r->hindi,
                            .table = tables.at,
                            .tables = tables.n,
                            .cancel = &r->cancel,
                            .pool = r->service->pool};
    struct report_result result;
    int64_t limit;
    TRY(plugin_find_report(r->plugins, r->match.capture[0], r->match.capture[1], &rep, err));
    TRY(request_borders(r, "borders", err));
    o.borders = r->borders;
    TRY(report_args(r, rep, &o, err));
    TRY(request_number(r, "limit", QUERY_ROWS_MAX, INT32_MAX, &limit, err));
    o.rows_max = limit > 0 ? (size_t)limit : 1;
    memset(&result, 0, sizeof result);
    int rc = report_run(r->plugins, rep, &o, &result, err);
    if (rc == ERR_PARAM) {
        struct problem_more more = {report_violations_json, report_violations_text, &result};
        answer_problem(&r->answer, err, &more);
        rc = 0;
    } else if (rc == 0) {
        rc = reply_report(r, rep, &result, err);
    }
    report_result_fini(&result);
    return rc;
}
