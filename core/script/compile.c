/* SPDX-License-Identifier: MIT
 *
 * Reports when they are loaded: their queries are parsed, bound and typed against the snapshot of
 * the moment, so that a mistake shows when the plugin is loaded and not when an officer waits for
 * the report. */
#include "compile.h"

#include <string.h>

#include "base/near.h"
#include "column.h"
#include "param.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to compile a plugin");
}

static bool declares(const struct param *param, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(param[i].name, name))
            return true;
    }
    return false;
}

/* Every @name in the query is a parameter. */
static bool check_params(struct reader *r, const struct query *q, struct str text,
                         const struct param *param, size_t params)
{
    size_t n;
    const struct str *used = query_params(q, &n);
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (declares(param, params, used[i]))
            continue;
        ok = false;
        size_t at = r->anchor;
        const char *hit =
            memmem(r->source->text.p + r->start, r->source->text.n - r->start, text.p, text.n);
        if (hit)
            r->anchor = (size_t)(hit - r->source->text.p);
        struct err *e = reader_fault(r, used[i], ERR_PARAM, "the parameter @%.*s is not declared",
                                     STR_ARG(used[i]));
        r->anchor = at;
        struct near_list near;
        near_init(&near);
        for (size_t k = 0; k < params; k++)
            near_offer(&near, used[i], param[k].name);
        if (near.n > 0)
            near_hint(&near, e);
        else
            err_hint(e, "add it: params = { { \"%.*s\", type = ... } }", STR_ARG(used[i]));
    }
    return ok;
}

int compile_query(struct plugin_object *o, struct reader *r, struct str text, struct str extra,
                  const struct param *param, size_t params, const struct query_context *ctx,
                  struct query **q, struct query_result *result, struct err *fault, struct err *err)
{
    struct buf whole;
    buf_init(&whole, MEM_SCRIPT);
    buf_str(&whole, text);
    buf_str(&whole, extra);
    int rc = buf_check(&whole, err);
    *q = NULL;
    if (rc == 0 && query_parse(buf_view(&whole), q, fault) < 0)
        rc = ERR_PLUGIN;
    buf_fini(&whole);
    if (rc < 0)
        return rc;
    TRY(object_keep(o, *q, err));
    err_clear(fault);
    if (!check_params(r, *q, text, param, params))
        return ERR_PLUGIN;
    struct query_param *typed;
    TRY(params_typed(&o->arena, param, params, &typed, err));
    struct query_context with = *ctx;
    with.param = typed;
    with.params = params;
    return query_check(*q, &with, result, fault) < 0 ? ERR_PLUGIN : 0;
}

/* Compiles one query; its mistakes are shown. 0 with *q NULL after a mistake. */
static int compile_shown(struct plugin_object *o, struct reader *r, struct str text,
                         const struct report *report, const struct query_context *ctx,
                         struct query **q, struct query_result *result, struct err *err)
{
    struct err fault;
    err_clear(&fault);
    int rc = compile_query(o, r, text, STR(""), report->param, report->params, ctx, q, result,
                           &fault, err);
    if (rc != ERR_PLUGIN)
        return rc;
    if (fault.code != 0)
        reader_text_fault(r, text, &fault);
    *q = NULL;
    return 0;
}

/* What goes with what. */
static bool check_form(struct reader *r, const struct report_decl *d)
{
    struct err *e = NULL;
    if (!d->query.n && !d->run) {
        e = reader_fault(r, STR_NULL, ERR_PLUGIN, "there is no \"query\"");
        err_hint(e, "give query = [[ FROM ... ]], or run = function(p, query) ... end");
    } else if (d->query.n && d->run) {
        e = reader_fault(r, STR("run"), ERR_PLUGIN, "\"query\" and \"run\" stand together");
        err_hint(e, "a report with run has queries = { name = [[...]] } and calls query(\"name\")");
    } else if (d->queries.n && !d->run) {
        e = reader_fault(r, STR("queries"), ERR_PLUGIN, "\"queries\" needs \"run\"");
        err_hint(e, "a report with one query has query = [[...]]");
    } else if (d->run && !d->columns.n) {
        e = reader_fault(r, STR("run"), ERR_PLUGIN, "a report with \"run\" needs \"columns\"");
        err_hint(e, "columns = { { \"block\" }, { \"done\", type = \"integer\" } }");
    }
    return e == NULL;
}

static int compile_named(struct plugin_object *o, struct reader *r, const struct report_decl *d,
                         const struct report *report, struct report_code *code,
                         const struct query_context *ctx, struct err *err)
{
    code->queries = d->queries;
    code->named = ARENA_ARRAY(&o->arena, struct query *, d->queries.n);
    if (!code->named)
        return no_memory(err);
    for (size_t i = 0; i < d->queries.n; i++) {
        struct query_result result;
        TRY(compile_shown(o, r, d->queries.text[i], report, ctx, &code->named[i], &result, err));
        if (code->named[i])
            query_result_fini(&result);
    }
    return 0;
}

static int build_columns(struct plugin_object *o, struct reader *r, const struct report_decl *d,
                         const struct frame *frame, struct report *report, struct report_code *code,
                         const struct query_context *ctx, struct err *err)
{
    TRY(columns_build(o, r, &d->columns, frame, d->total, report, &code->column, err));
    if (!d->total || d->run)
        return 0;
    struct query_param *typed;
    TRY(params_typed(&o->arena, report->param, report->params, &typed, err));
    struct query_context with = *ctx;
    with.param = typed;
    with.params = report->params;
    return totals_compile(o, r, report, code->column, &with, &code->totals, err);
}

static int compile_main(struct plugin_object *o, struct reader *r, const struct report_decl *d,
                        struct report *report, struct report_code *code,
                        const struct query_context *ctx, struct err *err)
{
    if (d->run) {
        TRY(compile_named(o, r, d, report, code, ctx, err));
        return build_columns(o, r, d, NULL, report, code, ctx, err);
    }
    struct query_result result;
    TRY(compile_shown(o, r, d->query, report, ctx, &code->query, &result, err));
    if (!code->query)
        return 0;
    int rc = build_columns(o, r, d, result.frame, report, code, ctx, err);
    query_result_fini(&result);
    return rc;
}

int report_check(struct plugin_object *o, size_t declaration, struct report *report,
                 const struct query_context *ctx, struct err *err)
{
    const struct report_decl *d = o->data[declaration];
    struct report_code *code = ARENA_NEW(&o->arena, struct report_code);
    if (!code)
        return no_memory(err);
    struct reader r;
    object_reader(o, declaration, &r);
    code->object = o;
    code->declaration = declaration;
    code->summary = d->summary;
    code->run = d->run;
    report->code = code;
    report->title = d->title;
    report->help = d->help;
    report->total = d->total;
    report->chart_json = d->chart;
    TRY(params_build(o, &r, &d->params, false, &report->param, &report->params, err));
    if (!check_form(&r, d))
        return 0;
    return compile_main(o, &r, d, report, code, ctx, err);
}
