/* SPDX-License-Identifier: MIT
 *
 * Writing the description. A walk over the tables, top down: paths, operations, parameters, bodies,
 * answers. */
#include "openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "openapi_report.h"
#include "operation.h"
#include "query/sheet.h"
#include "shape.h"

/* What a route takes as its body, by the word in the table. */
static const struct {
    const char *word, *type, *doc;
    bool packed;
} bodies[] = {
    {"fields", "application/json", NULL, false},
    {"fields", "application/x-www-form-urlencoded", NULL, false},
    {"rows", "text/csv", "CSV with a header row", true},
    {"rows", "application/x-ndjson", "An object on each line", true},
    {"file", "text/csv", "CSV with a header row", true},
    {"file", "application/octet-stream", "An export of the Local Government Directory", true},
    {"table", "text/csv", "CSV with a header row", true},
    {"query", "text/plain", "The query", false},
    {"query", "application/x-www-form-urlencoded", NULL, false},
    {"query", "multipart/form-data", NULL, false},
    {"lua", "text/x-lua", "The text of the plugin", false},
    {"files", "text/x-lua", "The text of the plugin", false},
    {"files", "multipart/form-data", NULL, false},
};

/* What comes with an answer that is no JSON. */
static const struct {
    const char *word, *type, *doc;
} others[] = {
    {"page", "text/html", "A page"},
    {"csv", "text/csv", "CSV"},
    {"asset", "*/*", "The file"},
    {"events", "text/event-stream",
     "Server-sent events: snapshot, alerts, plugins, findings; each with an id"},
    {"backup", "application/vnd.sqlite3", "The backup"},
    {"markdown", "text/markdown", "Markdown"},
    {"metrics", "text/plain", "Prometheus' text format"},
};

/* The formats of a table beside JSON. */
static const char *const table_types[] = {"text/csv", "application/x-ndjson", SHEET_TYPE,
                                          "text/html", "text/plain"};

/* ---- small pieces ---- */

static void put_ref(struct json *j, const char *what, const char *name)
{
    char text[96];
    snprintf(text, sizeof text, "#/components/%s/%s", what, name);
    json_put_cstr(j, "$ref", text);
}

static void put_texts(struct json *j, const char *type, const char *doc)
{
    json_key(j, type);
    json_object(j);
    json_key(j, "schema");
    json_object(j);
    json_put_cstr(j, "type", "string");
    if (doc != NULL)
        json_put_cstr(j, "description", doc);
    json_object_end(j);
    json_object_end(j);
}

/* "get_v1_batches_id"; of the root "get_home" */
static void put_operation_id(struct json *j, const struct route *r)
{
    char id[160];
    size_t n = 0;
    for (const char *p = r->method; *p != '\0'; p++)
        id[n++] = (char)tolower((unsigned char)*p);
    for (const char *p = r->pattern; *p != '\0' && n + 2 < sizeof id; p++)
        if (isalnum((unsigned char)*p))
            id[n++] = *p;
        else if (id[n - 1] != '_')
            id[n++] = '_';
    while (id[n - 1] == '_')
        n--;
    if (strcmp(r->pattern, "/") == 0)
        n += (size_t)snprintf(id + n, sizeof id - n, "_home");
    json_put_str(j, "operationId", (struct str){id, n});
}

/* Who may, as x-right and x-role; for what is open to all, that nothing is asked. */
void openapi_access(struct json *j, enum right need)
{
    char roles[80];
    if (need == RIGHT_OPEN) {
        json_key(j, "security");
        json_array(j);
        json_array_end(j);
        return;
    }
    right_roles(need, roles, sizeof roles);
    json_put_cstr(j, "x-right", right_name(need));
    json_put_cstr(j, "x-role", roles);
}

/* ---- parameters ---- */

static void put_choices(struct json *j, struct str list)
{
    json_put_cstr(j, "type", "string");
    json_key(j, "enum");
    json_array(j);
    while (list.n > 0) {
        const char *bar = memchr(list.p, '|', list.n);
        size_t n = bar != NULL ? (size_t)(bar - list.p) : list.n;
        json_str(j, (struct str){list.p, n});
        list = (struct str){list.p + n + (bar != NULL), list.n - n - (bar != NULL)};
    }
    json_array_end(j);
}

static void put_param_schema(struct json *j, const struct operation_param *p)
{
    json_key(j, "schema");
    json_object(j);
    if (memchr(p->type.p, '|', p->type.n) != NULL) {
        put_choices(j, p->type);
    } else if (str_eq(p->type, STR("flag"))) {
        put_choices(j, STR("0|1"));
    } else if (str_eq(p->type, STR("integer"))) {
        json_put_cstr(j, "type", "integer");
        json_put_i64(j, "minimum", 0);
    } else {
        json_put_cstr(j, "type", str_eq(p->type, STR("number")) ? "number" : "string");
    }
    if (str_eq(p->type, STR("day")))
        json_put_cstr(j, "format", "date");
    if (p->fallback.p != NULL)
        json_put_str(j, "default", p->fallback);
    json_object_end(j);
}

/* "p.*": an object of whatever names; each member is a parameter p.NAME. There is no style of
 * OpenAPI that says so: it is told in words, and by x-prefix. */
static void put_prefixed(struct json *j, const struct operation_param *p)
{
    struct str prefix = {p->name.p, p->name.n - 2};
    char doc[200];
    snprintf(doc, sizeof doc, "%.*s (each is sent as %.*s.NAME)", STR_ARG(p->doc), STR_ARG(prefix));
    json_object(j);
    json_put_str(j, "name", prefix);
    json_put_cstr(j, "in", "query");
    json_put_cstr(j, "description", doc);
    json_put_str(j, "x-prefix", (struct str){p->name.p, p->name.n - 1});
    json_put_cstr(j, "style", "form");
    json_put_bool(j, "explode", true);
    json_key(j, "schema");
    json_object(j);
    json_put_cstr(j, "type", "object");
    json_key(j, "additionalProperties");
    shape_type_schema(STR("text"), j);
    json_object_end(j);
    json_object_end(j);
}

static void put_param(struct json *j, const struct operation_param *p)
{
    if (str_ends(p->name, STR(".*"))) {
        put_prefixed(j, p);
        return;
    }
    json_object(j);
    json_put_str(j, "name", p->name);
    json_put_cstr(j, "in", p->in_path ? "path" : "query");
    if (p->required)
        json_put_bool(j, "required", true);
    json_put_str(j, "description", p->doc);
    put_param_schema(j, p);
    json_object_end(j);
}

static void put_shared_param(struct json *j, const char *name)
{
    json_object(j);
    put_ref(j, "parameters", name);
    json_object_end(j);
}

static bool is_body_field(const struct route *r, const struct operation_param *p)
{
    return r->body != NULL && strcmp(r->body, "fields") == 0 && !p->in_path;
}

void openapi_shared_params(struct json *j, unsigned flags)
{
    put_shared_param(j, "lang");
    put_shared_param(j, "timeout");
    if (flags & ROUTE_FORMAT) {
        put_shared_param(j, "format");
        put_shared_param(j, "bom");
    }
    if (flags & ROUTE_TAGGED)
        put_shared_param(j, "ifNoneMatch");
}

static void put_params(struct json *j, const struct route *r)
{
    struct operation_param p;
    json_key(j, "parameters");
    json_array(j);
    for (const char *at = r->params; operation_param(r, &at, &p);)
        if (!is_body_field(r, &p) && !str_eq(p.name, STR("*")))
            put_param(j, &p);
    if (r->flags & ROUTE_BATCH)
        put_shared_param(j, "idempotencyKey");
    if (r->flags & ROUTE_FORMAT || strcmp(r->method, "GET") == 0)
        openapi_shared_params(j, r->flags);
    json_array_end(j);
}

/* ---- bodies ---- */

/* The parameters as members of an object. */
static void put_fields(struct json *j, const struct route *r)
{
    struct operation_param p;
    json_put_cstr(j, "type", "object");
    json_key(j, "properties");
    json_object(j);
    for (const char *at = r->params; operation_param(r, &at, &p);) {
        if (p.in_path || str_ends(p.name, STR("*")))
            continue;
        json_key_str(j, p.name);
        json_object(j);
        json_put_cstr(j, "type", "string");
        json_put_str(j, "description", p.doc);
        json_object_end(j);
    }
    json_object_end(j);
    json_key(j, "required");
    json_array(j);
    for (const char *at = r->params; operation_param(r, &at, &p);)
        if (p.required && !p.in_path)
            json_str(j, p.name);
    json_array_end(j);
}

static void put_body_type(struct json *j, const struct route *r, size_t i)
{
    if (bodies[i].doc != NULL) {
        put_texts(j, bodies[i].type, bodies[i].doc);
        return;
    }
    json_key(j, bodies[i].type);
    json_object(j);
    json_key(j, "schema");
    json_object(j);
    put_fields(j, r);
    json_object_end(j);
    json_object_end(j);
}

static void put_body(struct json *j, const struct route *r)
{
    bool packed = false;
    if (r->body == NULL)
        return;
    json_key(j, "requestBody");
    json_object(j);
    json_key(j, "content");
    json_object(j);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        if (strcmp(bodies[i].word, r->body) != 0)
            continue;
        put_body_type(j, r, i);
        packed |= bodies[i].packed;
    }
    json_object_end(j);
    json_put_bool(j, "required", true);
    if (packed)
        json_put_cstr(j, "description", "May be packed with gzip or zstd");
    json_object_end(j);
}

/* ---- answers ---- */

/* A table: what all have, and the rows. */
void openapi_table(struct json *j, struct str row, void (*put_row)(void *, struct json *),
                   void *ctx)
{
    json_key(j, "content");
    json_object(j);
    json_key(j, "application/json");
    json_object(j);
    json_key(j, "schema");
    json_object(j);
    json_key(j, "allOf");
    json_array(j);
    json_object(j);
    put_ref(j, "schemas", "Table");
    json_object_end(j);
    json_object(j);
    json_put_cstr(j, "type", "object");
    json_key(j, "properties");
    json_object(j);
    json_key(j, "data");
    json_object(j);
    json_put_cstr(j, "type", "array");
    json_key(j, "items");
    if (put_row != NULL)
        put_row(ctx, j);
    else
        shape_type_schema(row, j);
    json_object_end(j);
    json_object_end(j);
    json_object_end(j);
    json_array_end(j);
    json_object_end(j);
    json_object_end(j);
    for (size_t i = 0; i < ARRAY_LEN(table_types); i++)
        put_texts(j, table_types[i], NULL);
    json_object_end(j);
}

static void put_content(struct json *j, const struct operation_answer *a)
{
    if (a->rows) {
        openapi_table(j, a->shape, NULL, NULL);
        return;
    }
    json_key(j, "content");
    json_object(j);
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (!str_eq(a->shape, str_of(others[i].word)))
            continue;
        put_texts(j, others[i].type, others[i].doc);
        found = true;
    }
    if (!found) {
        json_key(j, "application/json");
        json_object(j);
        json_key(j, "schema");
        shape_type_schema(a->shape, j);
        json_object_end(j);
    }
    json_object_end(j);
}

void openapi_headers(struct json *j, unsigned flags)
{
    json_key(j, "headers");
    json_object(j);
    static const char *const names[][2] = {{"Panji-Request-Id", "requestId"},
                                           {"Server-Timing", "serverTiming"},
                                           {"ETag", "etag"},
                                           {"Panji-Snapshot", "snapshot"}};
    size_t n = flags & ROUTE_TAGGED ? ARRAY_LEN(names) : 2;
    for (size_t i = 0; i < n; i++) {
        json_key(j, names[i][0]);
        json_object(j);
        put_ref(j, "headers", names[i][1]);
        json_object_end(j);
    }
    json_object_end(j);
}

void openapi_other_answers(struct json *j, unsigned flags)
{
    if (flags & ROUTE_TAGGED) {
        json_key(j, "304");
        json_object(j);
        json_put_cstr(j, "description", "The client has this answer");
        json_object_end(j);
    }
    json_key(j, "default");
    json_object(j);
    put_ref(j, "responses", "problem");
    json_object_end(j);
}

static void put_answers(struct json *j, const struct route *r)
{
    struct operation_answer a;
    char status[8];
    json_key(j, "responses");
    json_object(j);
    for (const char *at = r->answer; operation_answer(r, &at, &a);) {
        snprintf(status, sizeof status, "%d", a.status);
        json_key(j, status);
        json_object(j);
        json_put_cstr(j, "description", a.status == 201 ? "Made" : "Done");
        openapi_headers(j, r->flags);
        put_content(j, &a);
        json_object_end(j);
    }
    openapi_other_answers(j, r->flags);
    json_object_end(j);
}

/* ---- paths ---- */

/* "/v1/batches/{id}" belongs to batches; what has no such place is about the server. */
static struct str tag_of(const struct route *r)
{
    const char *p = strstr(r->pattern, "/v1/");
    if (p == NULL)
        return STR("server");
    p += 4;
    return (struct str){p, strcspn(p, "/")};
}

static void put_operation(struct json *j, const struct route *r)
{
    char method[8];
    snprintf(method, sizeof method, "%s", r->method);
    for (char *p = method; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    json_key(j, method);
    json_object(j);
    put_operation_id(j, r);
    json_put_cstr(j, "summary", r->doc);
    json_key(j, "tags");
    json_array(j);
    json_str(j, tag_of(r));
    json_array_end(j);
    openapi_access(j, r->need);
    put_params(j, r);
    put_body(j, r);
    put_answers(j, r);
    json_object_end(j);
}

static bool stands_before(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(routes[i].pattern, routes[row].pattern) == 0)
            return true;
    return false;
}

static void put_paths(struct json *j, const struct plugin_set *plugins)
{
    json_key(j, "paths");
    json_object(j);
    for (size_t i = 0; i < routes_count; i++) {
        if (stands_before(i))
            continue;
        json_key(j, routes[i].pattern);
        json_object(j);
        for (size_t k = i; k < routes_count; k++)
            if (strcmp(routes[i].pattern, routes[k].pattern) == 0)
                put_operation(j, &routes[k]);
        json_object_end(j);
    }
    openapi_reports(plugins, j);
    json_object_end(j);
}

/* ---- what is shared ---- */

static void put_shared(struct json *j, const char *key, const char *name, const char *in,
                       const char *doc, const char *choices)
{
    json_key(j, key);
    json_object(j);
    json_put_cstr(j, "name", name);
    json_put_cstr(j, "in", in);
    json_put_cstr(j, "description", doc);
    json_key(j, "schema");
    json_object(j);
    if (choices != NULL)
        put_choices(j, str_of(choices));
    else
        json_put_cstr(j, "type", "string");
    json_object_end(j);
    json_object_end(j);
}

static void put_shared_params(struct json *j)
{
    json_key(j, "parameters");
    json_object(j);
    put_shared(j, "lang", "lang", "query", "Language of names, titles and messages", "en|hi");
    put_shared(j, "timeout", "timeout", "query", "Gives up after that: 5, 5s, 500ms; at most 30 s",
               NULL);
    put_shared(j, "format", "format", "query", "Goes before Accept",
               "json|csv|ndjson|xlsx|html|table");
    put_shared(j, "bom", "bom", "query", "CSV with a byte order mark, for Excel", "0|1");
    put_shared(j, "ifNoneMatch", "If-None-Match", "header", "A tag that the client has", NULL);
    put_shared(j, "idempotencyKey", "Idempotency-Key", "header",
               "The batch's id: sent twice, stored once", NULL);
    json_object_end(j);
}

static void put_shared_headers(struct json *j)
{
    static const char *const header[][2] = {
        {"requestId", "By which the log knows this request"},
        {"serverTiming", "Milliseconds: parse, plan, run, format, total"},
        {"etag", "Same tag, same answer"},
        {"snapshot", "The state of the data that answered"},
    };
    json_key(j, "headers");
    json_object(j);
    for (size_t i = 0; i < ARRAY_LEN(header); i++) {
        json_key(j, header[i][0]);
        json_object(j);
        json_put_cstr(j, "description", header[i][1]);
        json_key(j, "schema");
        shape_type_schema(STR("text"), j);
        json_object_end(j);
    }
    json_object_end(j);
}

static void put_problem(struct json *j)
{
    json_key(j, "responses");
    json_object(j);
    json_key(j, "problem");
    json_object(j);
    json_put_cstr(j, "description", "Why it was refused; `code` is for programs");
    json_key(j, "content");
    json_object(j);
    json_key(j, "application/problem+json");
    json_object(j);
    json_key(j, "schema");
    shape_type_schema(STR("Problem"), j);
    json_object_end(j);
    json_object_end(j);
    json_object_end(j);
    json_object_end(j);
}

static void put_schemas(struct json *j)
{
    json_key(j, "schemas");
    json_object(j);
    for (size_t i = 0; i < shapes_count; i++) {
        json_key(j, shapes[i].name);
        shape_schema(&shapes[i], j);
    }
    json_object_end(j);
}

/* The ways to say who asks; "in" NULL: in Authorization. */
static const struct {
    const char *name, *in, *field, *doc;
} schemes[] = {
    {"bearer", NULL, NULL, "Authorization: Bearer panji_..."},
    {"api_key", "query", "api_key", "Where a program can send nothing else"},
    {"cookie", "cookie", "panji_session", "Of a browser that signed in: POST /v1/session"},
};

static void put_schemes(struct json *j)
{
    json_key(j, "securitySchemes");
    json_object(j);
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        json_key(j, schemes[i].name);
        json_object(j);
        json_put_cstr(j, "type", schemes[i].in != NULL ? "apiKey" : "http");
        if (schemes[i].in != NULL) {
            json_put_cstr(j, "in", schemes[i].in);
            json_put_cstr(j, "name", schemes[i].field);
        } else {
            json_put_cstr(j, "scheme", "bearer");
        }
        json_put_cstr(j, "description", schemes[i].doc);
        json_object_end(j);
    }
    json_object_end(j);
}

/* One of them; or none, where the server lets nobody in particular in. */
static void put_security(struct json *j)
{
    json_key(j, "security");
    json_array(j);
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        json_object(j);
        json_key(j, schemes[i].name);
        json_array(j);
        json_array_end(j);
        json_object_end(j);
    }
    json_object(j);
    json_object_end(j);
    json_array_end(j);
}

static void put_components(struct json *j)
{
    json_key(j, "components");
    json_object(j);
    put_schemes(j);
    put_schemas(j);
    put_shared_params(j);
    put_shared_headers(j);
    put_problem(j);
    json_object_end(j);
}

static void put_info(struct json *j, const char *version)
{
    json_key(j, "info");
    json_object(j);
    json_put_cstr(j, "title", "Panji");
    json_put_cstr(j, "x-title-hi", "पंजी");
    json_put_cstr(j, "version", version);
    json_put_cstr(j, "summary", "Analytics for registration drives");
    json_put_cstr(j, "description",
                  "Every report of the plugins is an operation of its own, under the tag "
                  "`reports`. With `shape=array` a table is its rows alone, for tools that want "
                  "a bare array. A parameter that an operation does not know is an error.");
    json_key(j, "license");
    json_object(j);
    json_put_cstr(j, "name", "MIT");
    json_put_cstr(j, "identifier", "MIT");
    json_object_end(j);
    json_object_end(j);
}

void openapi_write(const struct plugin_set *plugins, const char *version, struct buf *out)
{
    struct json j;
    json_init(&j, out);
    json_object(&j);
    json_put_cstr(&j, "openapi", "3.1.0");
    put_info(&j, version);
    json_key(&j, "servers");
    json_array(&j);
    json_object(&j);
    json_put_cstr(&j, "url", "/");
    json_object_end(&j);
    json_array_end(&j);
    put_security(&j);
    put_paths(&j, plugins);
    put_components(&j);
    json_object_end(&j);
}
