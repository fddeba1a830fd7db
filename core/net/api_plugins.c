/* SPDX-License-Identifier: MIT
 *
 * Plugins, the columns of the data, and the description of the API. */
#include "access.h"
#include "api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/near.h"
#include "openapi.h"
#include "store/audit.h"

/* ---- plugins --------------------------------------------------------------------------------- */

enum { ASIDES_SHOWN_MAX = 8 };

static void put_error(struct json *j, const struct plugin *p)
{
    json_key(j, "error");
    json_object(j);
    json_put_text(j, "code", str_of(err_name(p->error.code)));
    json_put_text(j, "detail", str_of(p->error.msg));
    json_put_count(j, "line", p->error.line);
    json_put_count(j, "column", p->error.column);
    json_put_text(j, "excerpt", str_of(p->error.excerpt));
    json_put_text(j, "hint", str_of(p->error.hint));
    json_object_end(j);
    json_put_str(j, "errors_text", p->errors_text);
}

/* What queries may call by name, and what they CALL. */
static void put_functions(struct json *j, const struct plugin *p, bool of_tables)
{
    json_key(j, of_tables ? "table_functions" : "functions");
    json_array(j);
    for (size_t i = 0; i < p->fns; i++)
        if ((p->fn[i].query.n > 0) == of_tables)
            json_str(j, p->fn[i].name);
    json_array_end(j);
}

static void put_names(struct json *j, const struct plugin *p)
{
    json_key(j, "reports");
    json_array(j);
    for (size_t i = 0; i < p->reports; i++)
        json_str(j, p->report[i].name);
    json_array_end(j);
    json_key(j, "alerts");
    json_array(j);
    for (size_t i = 0; i < p->alerts; i++)
        json_str(j, p->alert[i].name);
    json_array_end(j);
    json_key(j, "checks");
    json_array(j);
    for (size_t i = 0; i < p->checks; i++)
        json_str(j, p->check[i].name);
    json_array_end(j);
    put_functions(j, p, false);
    put_functions(j, p, true);
    json_key(j, "targets");
    json_array(j);
    for (size_t i = 0; i < p->targets; i++)
        json_str(j, p->target[i]->name);
    json_array_end(j);
}

/* Scripts that were stopped too often. */
static void put_asides(struct json *j, const struct plugin *p)
{
    struct set_aside at[ASIDES_SHOWN_MAX];
    size_t n = plugin_asides(p, at, ASIDES_SHOWN_MAX);
    if (n == 0)
        return;
    json_key(j, "set_aside");
    json_array(j);
    for (size_t i = 0; i < n; i++) {
        char since[32];
        clock_format(at[i].since_ms, since);
        json_object(j);
        json_put_str(j, "kind", at[i].word);
        json_put_str(j, "name", at[i].name);
        json_put_cstr(j, "since", since);
        json_put_text(j, "detail", str_of(at[i].why));
        json_object_end(j);
    }
    json_array_end(j);
}

/* What is open in the object of a plugin. */
static void put_members(struct json *j, const struct plugin *p, bool hindi)
{
    static const char *const status[] = {
        [PLUGIN_OK] = "ok", [PLUGIN_STALE] = "stale", [PLUGIN_BROKEN] = "broken"};
    json_put_str(j, "name", p->name);
    json_put_str(j, "version", p->version);
    json_put_str(j, "title", text_pick(p->title, hindi));
    json_put_str(j, "path", p->path);
    json_put_cstr(j, "status", status[p->status]);
    json_put_text(j, "sha256", str_of(p->sha256));
    put_names(j, p);
    if (p->notes_text.n > 0) {
        json_put_str(j, "notes_text", p->notes_text);
    }
    if (p->status != PLUGIN_OK)
        put_error(j, p);
    put_asides(j, p);
}

static void put_plugin(struct json *j, const struct plugin *p, bool hindi)
{
    json_object(j);
    put_members(j, p, hindi);
    json_object_end(j);
}

int api_plugins(struct request *r, struct err *err)
{
    struct json j;
    TRY(request_pin(r, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_i64(&j, "generation", (int64_t)r->plugins->generation);
    json_key(&j, "plugins");
    json_array(&j);
    for (size_t i = 0; i < r->plugins->n; i++)
        put_plugin(&j, &r->plugins->plugin[i], r->hindi);
    json_array_end(&j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

/* ---- GET /v1/plugins/NAME -------------------------------------------------------------------- */

static int no_plugin(const struct plugin_set *set, struct str name, struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < set->n; i++)
        near_offer(&near, name, set->plugin[i].name);
    err_set(err, ERR_NOT_FOUND, "there is no plugin \"%.*s\"", STR_ARG(name));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

static void put_files(struct json *j, const struct plugin *p)
{
    json_key(j, "files");
    json_array(j);
    for (size_t i = 0; i < p->files; i++) {
        json_object(j);
        json_put_str(j, "file", p->file[i].name);
        json_put_str(j, "text", p->file[i].text);
        json_object_end(j);
    }
    json_array_end(j);
}

int api_plugin(struct request *r, struct err *err)
{
    struct str name = r->match.capture[0];
    const struct plugin *p = NULL;
    struct json j;
    TRY(request_pin(r, err));
    for (size_t i = 0; i < r->plugins->n && p == NULL; i++)
        if (str_eq(r->plugins->plugin[i].name, name))
            p = &r->plugins->plugin[i];
    if (p == NULL)
        return no_plugin(r->plugins, name, err);
    json_init(&j, &r->answer.body);
    json_object(&j);
    put_members(&j, p, r->hindi);
    put_files(&j, p);
    json_object_end(&j);
    return request_reply_json(r, err);
}

/* ---- POST /v1/plugins/reload ----------------------------------------------------------------- */

int api_plugins_reload(struct request *r, struct err *err)
{
    struct err alert_err = {0};
    TRY(registry_reload(r->service->registry, err));
    const struct audit_entry e = {.action = STR("reload plugins")};
    struct err audit_err;
    if (store_audit(r->service->store, &e, &audit_err) <
        0) /* a full disk: the plugins are loaded */
        log_line(LOG_WARN, "net", "the audit trail misses a reload: %s", audit_err.msg);
    if (alert_engine_run(r->service->alerts, &alert_err) < 0)
        log_line(LOG_WARN, "net", "alerts after a reload: %s", alert_err.msg);
    return api_plugins(r, err);
}

/* ---- GET /v1/schema -------------------------------------------------------------------------- */

static void put_column(struct json *j, const char *name, const char *type, const char *title_en,
                       const char *title_hi, bool hindi)
{
    json_put_cstr(j, "name", name);
    json_put_cstr(j, "type", type);
    json_put_cstr(j, "title", hindi ? title_hi : title_en);
}

/* What an import accepts. */
static void put_values(struct json *j, const struct list *l, bool hindi)
{
    json_key(j, "values");
    json_array(j);
    for (size_t i = 0; i < l->n; i++)
        if (!l->items[i].retired)
            json_str(j, list_item_name(l, (int64_t)i, hindi));
    json_array_end(j);
}

static void put_attr(struct json *j, const struct attr *a, bool hindi)
{
    static const char *const kinds[] = {
        [ATTR_CHOICE] = "STRING", [ATTR_INT] = "INT64", [ATTR_TEXT] = "STRING"};
    json_object(j);
    put_column(j, a->name, kinds[a->kind], a->title_en, a->title_hi, hindi);
    if (a->kind == ATTR_CHOICE)
        put_values(j, a->list, hindi);
    if (a->kind == ATTR_INT) {
        json_put_i64(j, "min", a->accept_min);
        json_put_i64(j, "max", a->accept_max);
    }
    json_object_end(j);
}

/* What planners uploaded, in the words of DESCRIBE. */
static void put_uploads(struct json *j, const struct upload_set *set)
{
    json_key(j, "tables");
    json_array(j);
    for (size_t i = 0; set != NULL && i < set->n; i++) {
        json_object(j);
        json_put_str(j, "table", set->at[i]->name);
        json_key(j, "columns");
        json_array(j);
        for (size_t c = 0; c < set->at[i]->frame->cols; c++) {
            json_object(j);
            json_put_str(j, "name", set->at[i]->frame->col[c].name);
            json_put_cstr(j, "type", type_name(set->at[i]->frame->col[c].type));
            json_object_end(j);
        }
        json_array_end(j);
        json_object_end(j);
    }
    json_array_end(j);
}

int api_schema(struct request *r, struct err *err)
{
    static const char *const fixed[][4] = {
        {"date", "DATE", "Date", "तिथि"},
        {"state", "STRING", "State", "राज्य"},
        {"district", "STRING", "District", "जिला"},
        {"block", "STRING", "Block", "प्रखंड"},
        {"panchayat", "STRING", "Panchayat", "पंचायत"},
        {"sector", "STRING", "Sector", "क्षेत्र"},
    };
    const struct schema *s = r->snap->schema;
    struct json j;
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_cstr(&j, "table", "registrations");
    json_key(&j, "columns");
    json_array(&j);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        json_object(&j);
        put_column(&j, fixed[i][0], fixed[i][1], fixed[i][2], fixed[i][3], r->hindi);
        json_object_end(&j);
    }
    for (size_t i = 0; i < s->n; i++)
        put_attr(&j, &s->attr[i], r->hindi);
    json_array_end(&j);
    put_uploads(&j, access_may(r, RIGHT_QUERY) ? r->snap->uploads : NULL);
    json_object_end(&j);
    return request_reply_json(r, err);
}

/* ---- GET /openapi.json ----------------------------------------------------------------------- */

int api_openapi(struct request *r, struct err *err)
{
    openapi_write(r->plugins, r->service->version, &r->answer.body);
    return request_reply_json(r, err);
}
