/* SPDX-License-Identifier: MIT
 *
 * Tables of planners: uploading, listing, reading, dropping. */
#include <string.h>

#include "api.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "query/narrow.h"
#include "tables.h"

/* ---- PUT and DELETE -------------------------------------------------------------------------- */

static void put_columns(struct json *j, const struct upload *u)
{
    json_key(j, "columns");
    json_array(j);
    for (size_t c = 0; c < u->frame->cols; c++) {
        json_object(j);
        json_put_str(j, "name", u->frame->col[c].name);
        json_put_cstr(j, "type", upload_type_name(u, c));
        json_object_end(j);
    }
    json_array_end(j);
}

/* Plugins that expect it otherwise go on without it. */
static void put_misfits(struct json *j, const struct request *r, const struct upload *u)
{
    for (size_t p = 0; p < r->plugins->n; p++) {
        const struct plugin *plugin = &r->plugins->plugin[p];
        for (size_t i = 0; i < plugin->uploads; i++) {
            struct buf text;
            if (!str_eq_nocase(plugin->upload[i]->name, u->name) ||
                upload_fits(plugin->upload[i], u))
                continue;
            buf_init(&text, MEM_NET);
            buf_printf(&text, "reports of the plugin %.*s are without this table: it has ",
                       STR_ARG(plugin->name));
            plugin_upload_misfit(plugin->upload[i], u, false, &text);
            json_str(j, buf_view(&text));
            buf_fini(&text);
        }
    }
}

static void put_warnings(struct json *j, const struct request *r, const struct upload *u,
                         const struct upload_report *report)
{
    json_key(j, "warnings");
    json_array(j);
    for (size_t i = 0; i < report->warnings; i++)
        json_cstr(j, report->warning[i]);
    put_misfits(j, r, u);
    json_array_end(j);
}

static void put_hash(struct json *j, const struct upload *u)
{
    char hex[sizeof u->sha256 * 2 + 1];
    hex_encode(u->sha256, sizeof u->sha256, hex);
    json_put_cstr(j, "sha256", hex);
}

static int store_it(struct request *r, struct upload *u, const struct upload_report *report,
                    struct err *err)
{
    struct json j;
    bool replaced = false;
    uint64_t snapshot = 0;
    TRY(store_upload_put(r->service->store, u, &replaced, &snapshot, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_str(&j, "table", u->name);
    json_put_i64(&j, "rows", (int64_t)u->frame->rows);
    put_columns(&j, u);
    json_put_bool(&j, "replaced", replaced);
    put_hash(&j, u);
    json_put_i64(&j, "snapshot", (int64_t)snapshot);
    put_warnings(&j, r, u, report);
    json_object_end(&j);
    r->answer.status = replaced ? 200 : 201;
    r->answer.snapshot = snapshot;
    log_line(LOG_INFO, "net", "table %.*s: %zu rows%s", STR_ARG(u->name), u->frame->rows,
             replaced ? ", replaced" : "");
    return request_reply_json(r, err);
}

int api_table_put(struct request *r, struct err *err)
{
    struct upload_report report;
    struct upload *u = NULL;
    struct str file;
    struct str name = r->match.capture[0];
    TRY(query_table_name(name, err));
    TRY(request_pin(r, err));
    TRY(request_file(r, TABLE_BYTES_MAX, &file, err));
    int rc = upload_read(name, STR(""), file, r->snap->tree, &report, &u, err);
    if (rc == 0) {
        rc = store_it(r, u, &report, err);
    } else if (rc == ERR_ROWS) {
        tables_refuse(r, &report, err);
        rc = 0;
    }
    upload_unref(u);
    upload_report_fini(&report);
    return rc;
}

int api_table_drop(struct request *r, struct err *err)
{
    struct json j;
    uint64_t snapshot = 0;
    TRY(store_upload_drop(r->service->store, r->match.capture[0], &snapshot, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_str(&j, "table", r->match.capture[0]);
    json_put_bool(&j, "dropped", true);
    json_put_i64(&j, "snapshot", (int64_t)snapshot);
    json_object_end(&j);
    r->answer.snapshot = snapshot;
    return request_reply_json(r, err);
}

/* ---- GET ------------------------------------------------------------------------------------- */

enum { LIST_COLUMNS = 7, LIST_EXPECTED_BY = 6 };
static const struct {
    const char *name;
    enum type type;
} list_columns[LIST_COLUMNS] = {
    {"name", TYPE_STRING},        {"rows", TYPE_INT64},    {"columns", TYPE_STRING},
    {"bytes", TYPE_INT64},        {"sha256", TYPE_STRING}, {"received", TYPE_STRING},
    {"expected_by", TYPE_STRING},
};

/* "name:STRING, block:block, workers:INT64" */
static int columns_text(struct request *r, const struct upload *u, struct str *out, struct err *err)
{
    struct buf b;
    buf_init(&b, MEM_NET);
    for (size_t c = 0; c < u->frame->cols; c++)
        buf_printf(&b, "%s%.*s:%s", c ? ", " : "", STR_ARG(u->frame->col[c].name),
                   upload_type_name(u, c));
    int rc = buf_check(&b, err);
    if (rc == 0)
        *out = str_copy(&r->arena, buf_view(&b));
    buf_fini(&b);
    return rc;
}

/* The first plugin that expects a table of this name, and what it looks like to it; or NULL. */
static const struct plugin *expecting(const struct plugin_set *set, struct str name)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct plugin *p = &set->plugin[i];
        for (size_t k = 0; k < p->uploads; k++)
            if (str_eq_nocase(p->upload[k]->name, name))
                return p;
    }
    return NULL;
}

static void put_expecting(struct request *r, struct frame *f, size_t row, struct str table)
{
    const struct plugin *p = expecting(r->plugins, table);
    f->col[LIST_EXPECTED_BY].s[row] = p != NULL ? p->name : STR("");
    f->col[LIST_EXPECTED_BY].null[row] = p == NULL;
}

/* One that is expected and not there: what is known of it are its name and columns. */
static int list_expected(struct request *r, struct frame *f, size_t row, const struct upload *u,
                         struct err *err)
{
    f->col[0].s[row] = u->name;
    for (size_t c = 1; c < LIST_COLUMNS; c++)
        f->col[c].null[row] = c != 2;
    put_expecting(r, f, row, u->name);
    return columns_text(r, u, &f->col[2].s[row], err);
}

static int list_one(struct request *r, struct frame *f, size_t row, const struct upload *u,
                    struct err *err)
{
    char hex[sizeof u->sha256 * 2 + 1];
    char when[32];
    struct frame_col *col = f->col;
    hex_encode(u->sha256, sizeof u->sha256, hex);
    clock_format(u->received_ms, when);
    col[0].s[row] = u->name;
    const struct frame *seen;
    TRY(narrow_frame(&r->arena, r->snap, u->frame, &seen, err));
    col[1].i[row] = (int64_t)seen->rows;
    TRY(columns_text(r, u, &col[2].s[row], err));
    col[3].i[row] = (int64_t)u->file_bytes;
    col[4].s[row] = str_copy(&r->arena, str_of(hex));
    col[5].s[row] = str_copy(&r->arena, str_of(when));
    for (size_t c = 3; c < 6; c++)
        col[c].null[row] = r->snap->narrowed; /* of all of it */
    put_expecting(r, f, row, u->name);
    if (col[2].s[row].p == NULL || col[4].s[row].p == NULL || col[5].s[row].p == NULL)
        return err_set(err, ERR_MEM, "no memory for the list of tables");
    return 0;
}

/* The expected tables that nobody has uploaded, each once; how many when `out` is NULL. */
static size_t collect_expected(const struct request *r, const struct upload **out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->plugins->n; i++) {
        const struct plugin *p = &r->plugins->plugin[i];
        for (size_t k = 0; k < p->uploads; k++) {
            struct str name = p->upload[k]->name;
            if (upload_find(r->snap->uploads, name) != NULL || expecting(r->plugins, name) != p)
                continue;
            if (out != NULL)
                out[n] = p->upload[k];
            n++;
        }
    }
    return n;
}

int api_tables(struct request *r, struct err *err)
{
    const struct upload_set *set = r->snap->uploads;
    size_t there = set != NULL ? set->n : 0;
    size_t n = there + collect_expected(r, NULL);
    const struct upload **expected = ARENA_ARRAY(&r->arena, const struct upload *, n);
    struct frame *f;
    if (expected == NULL)
        return err_set(err, ERR_MEM, "no memory for the list of tables");
    (void)collect_expected(r, expected);
    TRY(frame_new(&r->arena, n, LIST_COLUMNS, &f, err));
    for (size_t c = 0; c < LIST_COLUMNS; c++)
        TRY(frame_col_init(&r->arena, &f->col[c], n, str_of(list_columns[c].name),
                           list_columns[c].type, err));
    for (size_t i = 0; i < there; i++)
        TRY(list_one(r, f, i, set->at[i], err));
    for (size_t i = there; i < n; i++)
        TRY(list_expected(r, f, i, expected[i - there], err));
    struct format_options o = request_format_options(r);
    return request_reply_frame(r, f, &o, err);
}

static int no_table(const struct request *r, struct str name, struct err *err)
{
    struct near_list near;
    near_init(&near);
    upload_near(r->snap->uploads, name, &near);
    err_set(err, ERR_NOT_FOUND, "there is no table \"%.*s\"", STR_ARG(name));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

int api_table(struct request *r, struct err *err)
{
    struct str name = r->match.capture[0];
    const struct upload *u = upload_find(r->snap->uploads, name);
    int64_t limit;
    TRY(request_number(r, "limit", TABLE_ROWS_MAX, TABLE_ROWS_MAX, &limit, err));
    if (u == NULL)
        return no_table(r, name, err);
    const struct frame *seen;
    TRY(narrow_frame(&r->arena, r->snap, u->frame, &seen, err));
    struct frame shown = *seen;
    struct format_options o = request_format_options(r);
    o.truncated = shown.rows > (size_t)limit;
    if (o.truncated)
        shown.rows = (size_t)limit;
    return request_reply_frame(r, &shown, &o, err);
}
