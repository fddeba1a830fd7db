/* SPDX-License-Identifier: MIT
 *
 * Reports as operations: /v1/reports/PLUGIN/NAME with the report's own parameters and columns. */
#include "openapi_report.h"

#include <stdio.h>

#include "route.h"
#include "shape.h"

/* ---- both languages ---- */

static void put_title(struct json *j, const char *key, struct text t)
{
    if (t.en.n > 0)
        json_put_str(j, key, t.en);
    if (t.hi.n > 0)
        json_put_str(j, "x-title-hi", t.hi);
}

/* ---- parameters ---- */

/* Dates may be "latest", places a name in either script or a code: those stay texts. */
static const struct {
    const char *type, *doc;
} param_kinds[] = {
    [PARAM_STRING] = {"string", ""},
    [PARAM_INTEGER] = {"integer", ""},
    [PARAM_NUMBER] = {"number", ""},
    [PARAM_BOOLEAN] = {"boolean", ""},
    [PARAM_PERCENT] = {"number", ""},
    [PARAM_DATE] = {"string", "a day, YYYY-MM-DD, or latest"},
    [PARAM_MONTH] = {"string", "a month, YYYY-MM"},
    [PARAM_FISCAL_YEAR] = {"string", "a fiscal year, as 2021-22"},
    [PARAM_CHOICE] = {"string", ""},
    [PARAM_PLACE] = {"string", "a place by code, or by name in either script"},
    [PARAM_SECTOR] = {"string", "a sector by code, or by name in either script"},
    [PARAM_LIST] = {"string", "values between commas"},
};

static void put_choices(struct json *j, const struct param *p)
{
    if (p->choices == 0 || p->type != PARAM_CHOICE)
        return;
    json_key(j, "enum");
    json_array(j);
    for (size_t i = 0; i < p->choices; i++)
        json_str(j, p->choice[i]);
    json_array_end(j);
}

static void put_schema(struct json *j, const struct param *p)
{
    bool number = p->type == PARAM_INTEGER || p->type == PARAM_NUMBER || p->type == PARAM_PERCENT;
    json_key(j, "schema");
    json_object(j);
    json_put_cstr(j, "type", param_kinds[p->type].type);
    put_choices(j, p);
    if (number && p->has_min) {
        json_key(j, "minimum");
        json_f64(j, p->min);
    }
    if (number && p->has_max) {
        json_key(j, "maximum");
        json_f64(j, p->max);
    }
    if (p->fallback.p != NULL && p->type != PARAM_BOOLEAN && !number)
        json_put_str(j, "default", p->fallback);
    json_object_end(j);
}

static void put_doc(struct json *j, const struct param *p)
{
    char doc[512];
    const char *kind = param_kinds[p->type].doc;
    struct str title = p->help.en.n > 0 ? p->help.en : p->title.en;
    snprintf(doc, sizeof doc, "%.*s%s%s", STR_ARG(title), title.n > 0 && kind[0] ? ": " : "", kind);
    if (doc[0] != '\0')
        json_put_cstr(j, "description", doc);
}

static void put_param(struct json *j, const struct param *p)
{
    json_object(j);
    json_put_str(j, "name", p->name);
    json_put_cstr(j, "in", "query");
    if (p->required)
        json_put_bool(j, "required", true);
    put_doc(j, p);
    if (p->title.hi.n > 0)
        json_put_str(j, "x-title-hi", p->title.hi);
    if (p->type == PARAM_PLACE && p->level < PLACE_LEVELS)
        json_put_cstr(j, "x-level", place_level_name(p->level));
    put_schema(j, p);
    json_object_end(j);
}

static void put_borders(struct json *j)
{
    json_object(j);
    json_put_cstr(j, "name", "borders");
    json_put_cstr(j, "in", "query");
    json_put_cstr(j, "description", "Places in the borders of that day");
    json_key(j, "schema");
    shape_type_schema(STR("date"), j);
    json_object_end(j);
}

static bool has_param(const struct report *r, const char *name)
{
    for (size_t i = 0; i < r->params; i++)
        if (str_eq(r->param[i].name, str_of(name)))
            return true;
    return false;
}

static void put_limit(struct json *j)
{
    json_object(j);
    json_put_cstr(j, "name", "limit");
    json_put_cstr(j, "in", "query");
    json_put_cstr(j, "description", "At most so many rows");
    json_key(j, "schema");
    shape_type_schema(STR("integer"), j);
    json_object_end(j);
}

static void put_params(struct json *j, const struct report *r)
{
    json_key(j, "parameters");
    json_array(j);
    for (size_t i = 0; i < r->params; i++)
        put_param(j, &r->param[i]);
    if (!has_param(r, "borders"))
        put_borders(j);
    if (!has_param(r, "limit"))
        put_limit(j);
    openapi_shared_params(j, ROUTE_FORMAT | ROUTE_TAGGED);
    json_array_end(j);
}

/* ---- rows ---- */

static const struct {
    const char *declared, *type;
} column_types[] = {
    {"integer", "integer|null"}, {"number", "number|null"},   {"percent", "number|null"},
    {"date", "date|null"},       {"boolean", "boolean|null"}, {"string", "text|null"},
    {"text", "text|null"},       {"place", "text|null"},      {"sector", "text|null"},
};

/* Without a declared type it is as the query gives it. */
static struct str column_type(struct str declared)
{
    for (size_t i = 0; i < ARRAY_LEN(column_types); i++)
        if (str_eq(declared, str_of(column_types[i].declared)))
            return str_of(column_types[i].type);
    return STR("any");
}

static void put_column(struct json *j, const struct report_column *c)
{
    json_key_str(j, c->name);
    json_object(j);
    shape_put_type(j, column_type(c->type));
    put_title(j, "title", c->title);
    if (c->help.en.n > 0)
        json_put_str(j, "description", c->help.en);
    json_object_end(j);
}

/* A report that declares no columns has those of its query. */
static void put_row(void *ctx, struct json *j)
{
    const struct report *r = ctx;
    if (r->columns == 0) {
        shape_type_schema(STR("Row"), j);
        return;
    }
    json_object(j);
    json_put_cstr(j, "type", "object");
    json_key(j, "properties");
    json_object(j);
    for (size_t i = 0; i < r->columns; i++)
        put_column(j, &r->column[i]);
    json_object_end(j);
    json_key(j, "required");
    json_array(j);
    for (size_t i = 0; i < r->columns; i++)
        json_str(j, r->column[i].name);
    json_array_end(j);
    json_object_end(j);
}

/* ---- operations ---- */

static void put_answers(struct json *j, const struct report *r)
{
    json_key(j, "responses");
    json_object(j);
    json_key(j, "200");
    json_object(j);
    json_put_cstr(j, "description", "The rows");
    openapi_headers(j, ROUTE_TAGGED);
    openapi_table(j, STR_NULL, put_row, (void *)(uintptr_t)r);
    json_object_end(j);
    openapi_other_answers(j, ROUTE_TAGGED);
    json_object_end(j);
}

static void put_report(struct json *j, const struct report *r)
{
    char text[256];
    struct str plugin = r->plugin->name;
    snprintf(text, sizeof text, "/v1/reports/%.*s/%.*s", STR_ARG(plugin), STR_ARG(r->name));
    json_key(j, text);
    json_object(j);
    json_key(j, "get");
    json_object(j);
    snprintf(text, sizeof text, "report_%.*s_%.*s", STR_ARG(plugin), STR_ARG(r->name));
    json_put_cstr(j, "operationId", text);
    put_title(j, "summary", r->title);
    if (r->help.en.n > 0)
        json_put_str(j, "description", r->help.en);
    if (r->help.hi.n > 0)
        json_put_str(j, "x-help-hi", r->help.hi);
    json_key(j, "tags");
    json_array(j);
    json_cstr(j, "reports");
    json_array_end(j);
    openapi_access(j, RIGHT_SEE);
    put_params(j, r);
    put_answers(j, r);
    json_object_end(j);
    json_object_end(j);
}

void openapi_reports(const struct plugin_set *plugins, struct json *j)
{
    for (size_t p = 0; p < plugins->n; p++)
        for (size_t i = 0; i < plugins->plugin[p].reports; i++)
            put_report(j, &plugins->plugin[p].report[i]);
}
