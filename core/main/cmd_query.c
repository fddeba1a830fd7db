/* SPDX-License-Identifier: MIT
 *
 * `panji query`, `panji report` and `panji plugin`. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "commands.h"
#include "door.h"
#include "form.h"
#include "query/layout.h"
#include "script/plugin.h"

static void add_field(struct buf *path, char mark, const char *prefix, struct str name,
                      struct str value)
{
    buf_char(path, mark);
    buf_cstr(path, prefix);
    httpc_escape(path, name);
    buf_char(path, '=');
    httpc_escape(path, value);
}

static int add_params(struct buf *path, const struct cli *c, const char *prefix, struct err *err)
{
    const char *param;
    for (size_t i = 0; (param = cli_nth(c, "param", i)) != NULL; i++) {
        const char *equals = strchr(param, '=');
        if (equals == NULL || equals == param)
            return err_set(err, ERR_USAGE, "--param %s: write --param NAME=VALUE", param);
        struct str name = {param, (size_t)(equals - param)};
        add_field(path, '&', prefix, name, str_of(equals + 1));
    }
    return 0;
}

static void add_option(struct buf *path, const struct cli *c, const char *name)
{
    const char *value = cli_get(c, name);
    if (value != NULL)
        add_field(path, '&', "", str_of(name), str_of(value));
}

static int finish_path(struct buf *path, const struct cli *c, const char *prefix, struct err *err)
{
    const char *format = cli_get(c, "format");
    add_field(path, '?', "", STR("format"), str_of(format ? format : "table"));
    add_option(path, c, "lang");
    add_option(path, c, "borders");
    TRY(add_params(path, c, prefix, err));
    return 0;
}

static int send_and_print(const struct cli *c, struct buf *path, const struct door_request *form,
                          struct err *err)
{
    static struct door door;
    buf_char(path, '\0');
    TRY(buf_check(path, err));
    TRY(door_open(c, DOOR_READ, &door, err));
    struct door_request rq = *form;
    rq.path = path->p;
    int rc = door_send(&door, &rq, stdout, err);
    door_close(&door);
    return rc;
}

/* --table NAME=FILE.csv, each as a file of the form. */
static int add_tables(struct form *form, const struct cli *c, struct err *err)
{
    const char *table;
    for (size_t i = 0; (table = cli_nth(c, "table", i)) != NULL; i++) {
        char field[TABLE_NAME_BYTES_MAX + 16];
        const char *equals = strchr(table, '=');
        size_t name = equals != NULL ? (size_t)(equals - table) : 0;
        if (name == 0 || equals[1] == '\0')
            return err_set(err, ERR_USAGE, "--table %s: write --table NAME=FILE.csv", table);
        if (name > TABLE_NAME_BYTES_MAX)
            return err_set(err, ERR_USAGE, "--table %s: a name has at most %d bytes", table,
                           TABLE_NAME_BYTES_MAX);
        int n = snprintf(field, sizeof field, "table.%.*s", (int)name, table);
        TRY(form_file(form, (struct str){field, (size_t)n}, equals + 1, TABLE_BYTES_MAX, err));
    }
    return 0;
}

static int send_with_tables(const struct cli *c, struct str text, struct buf *path, struct err *err)
{
    struct form form;
    int rc = form_init(&form, err);
    if (rc == 0) {
        form_field(&form, "q", text);
        rc = add_tables(&form, c, err);
    }
    if (rc == 0)
        rc = form_end(&form, err);
    if (rc == 0) {
        const char *const headers[] = {form.type, NULL};
        struct door_request rq = {
            .method = "POST", .body = buf_view(&form.body), .headers = headers};
        rc = send_and_print(c, path, &rq, err);
    }
    form_fini(&form);
    return rc;
}

static int run_query(const struct cli *c, struct str text, struct err *err)
{
    static const char *const headers[] = {"Content-Type: text/plain; charset=utf-8", NULL};
    struct door_request form = {.method = "POST", .body = text, .headers = headers};
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/query");
    int rc = finish_path(&path, c, "p.", err);
    add_option(&path, c, "limit");
    if (cli_has(c, "explain"))
        buf_cstr(&path, "&explain=1");
    if (rc == 0)
        rc = cli_has(c, "table") ? send_with_tables(c, text, &path, err)
                                 : send_and_print(c, &path, &form, err);
    buf_fini(&path);
    return rc;
}

/* All of FILE, or of standard input. */
static int read_file(const char *path, struct buf *out, struct err *err)
{
    bool input = strcmp(path, "-") == 0;
    FILE *f = input ? stdin : fopen(path, "re");
    char chunk[65536];
    size_t n;
    if (f == NULL)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_put(out, chunk, n);
    int rc = ferror(f) ? err_set(err, ERR_IO, "%s: %s", path, strerror(errno)) : 0;
    if (!input)
        fclose(f);
    return rc < 0 ? rc : buf_check(out, err);
}

/* The query: the argument, or what --file has. */
static int query_text(const struct cli *c, struct buf *out, struct err *err)
{
    const char *file = cli_get(c, "file");
    if (file != NULL && c->args > 0)
        return err_set(err, ERR_USAGE, "give the query either as an argument or in --file");
    if (file == NULL && c->args == 0)
        return err_set(err, ERR_USAGE, "something is missing; usage: panji query 'QUERY'");
    if (file != NULL)
        TRY(read_file(file, out, err));
    else
        buf_cstr(out, c->arg[0]);
    if (str_trim(buf_view(out)).n == 0)
        return err_set(err, ERR_USAGE, "the query is empty");
    return buf_check(out, err);
}

static int print_layout(struct str text, struct err *err)
{
    struct buf out;
    buf_init(&out, MEM_MAIN);
    int rc = query_layout(text, &out, err);
    if (rc == 0 && fwrite(out.p, 1, out.n, stdout) != out.n)
        rc = err_set(err, ERR_IO, "cannot write: %s", strerror(errno));
    buf_fini(&out);
    return rc;
}

int cmd_query(const struct cli *c, struct err *err)
{
    struct buf text;
    buf_init(&text, MEM_MAIN);
    int rc = query_text(c, &text, err);
    if (rc == 0)
        rc = cli_has(c, "format-query") ? print_layout(buf_view(&text), err)
                                        : run_query(c, buf_view(&text), err);
    buf_fini(&text);
    return rc;
}

int cmd_report(const struct cli *c, struct err *err)
{
    struct door_request form = {.method = "GET"};
    struct buf path;
    struct str name = str_of(c->arg[0]);
    const char *slash = strchr(c->arg[0], '/');
    if (slash == NULL)
        return err_set(err, ERR_USAGE, "a report is named PLUGIN/NAME, such as drive/block_review");
    struct str plugin = {name.p, (size_t)(slash - name.p)};
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/reports/");
    httpc_escape(&path, plugin);
    buf_char(&path, '/');
    httpc_escape(&path, str_of(slash + 1));
    int rc = finish_path(&path, c, "", err);
    if (rc == 0)
        rc = send_and_print(c, &path, &form, err);
    buf_fini(&path);
    return rc;
}

/* ---- plugin check ---------------------------------------------------------------------------- */

/* Without a data directory the queries are checked against an empty country. */
static int empty_country(struct snap_cell **out, struct err *err)
{
    struct place_tree *tree = NULL;
    struct snap *snap = NULL;
    TRY(place_tree_new(NULL, 0, NULL, 0, &tree, err));
    int rc = snap_new(tree, &schema_default, 1, &snap, err);
    place_tree_unref(tree);
    TRY(rc);
    rc = snap_cell_new(out, err);
    if (rc == 0)
        snap_cell_set(*out, snap);
    else
        snap_unref(snap);
    return rc;
}

/* One after the other; the first failure is returned, all are told. */
static int check_one(const char *path, struct snap_cell *cell, int before, struct err *first)
{
    struct err err = {0};
    struct buf out;
    buf_init(&out, MEM_MAIN);
    int rc = plugin_check(path, cell, &out, &err);
    fwrite(out.p, 1, out.n, rc < 0 ? stderr : stdout);
    if (out.n > 0)
        err.msg[0] = '\0'; /* already told */
    else if (rc < 0 && before < 0)
        fprintf(stderr, "%s\n", err.msg);
    buf_fini(&out);
    if (rc < 0 && before == 0)
        *first = err;
    return before < 0 ? before : rc;
}

/* PATH is a plugin's file or folder, or a directory of plugins. */
static int check_path(const char *path, struct snap_cell *cell, struct err *err)
{
    glob_t found = {0};
    char pattern[PLUGINS_PATH_BYTES + 16];
    snprintf(pattern, sizeof pattern, "%s/plugin.lua", path);
    bool folder = access(pattern, F_OK) == 0;
    if (!folder) {
        snprintf(pattern, sizeof pattern, "%s/*.lua", path);
        glob(pattern, 0, NULL, &found);
        snprintf(pattern, sizeof pattern, "%s/*/plugin.lua", path);
        glob(pattern, found.gl_pathc > 0 ? GLOB_APPEND : 0, NULL, &found);
    }
    int rc = 0;
    if (found.gl_pathc == 0)
        rc = check_one(path, cell, rc, err);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *name = strrchr(found.gl_pathv[i], '/');
        if (strcmp(name, "/plugin.lua") == 0)
            *name = '\0';
        rc = check_one(found.gl_pathv[i], cell, rc, err);
    }
    globfree(&found);
    return rc;
}

static int check_beside_data(const char *dir, const char *path, struct err *err)
{
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    TRY(snap_cell_new(&cell, err));
    int rc = store_open(dir, cell, &store, err);
    if (rc == 0)
        rc = check_path(path, cell, err);
    store_close(store);
    snap_cell_free(cell);
    return rc;
}

static int print_docs(struct err *err)
{
    struct buf out;
    buf_init(&out, MEM_MAIN);
    plugin_docs(&out);
    int rc = buf_check(&out, err);
    if (rc == 0)
        fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
    return rc;
}

int cmd_plugin(const struct cli *c, struct err *err)
{
    char dir[PLUGINS_PATH_BYTES];
    struct snap_cell *cell = NULL;
    if (strcmp(c->arg[0], "docs") == 0 && c->args == 1)
        return print_docs(err);
    if (strcmp(c->arg[0], "check") != 0)
        return err_set(err, ERR_USAGE, "usage: panji plugin check [PATH], or panji plugin docs");
    app_plugins_dir(dir);
    const char *path = c->args > 1 ? c->arg[1] : dir;
    if (cli_has(c, "data"))
        return check_beside_data(cli_get(c, "data"), path, err);
    TRY(empty_country(&cell, err));
    int rc = check_path(path, cell, err);
    snap_cell_free(cell);
    return rc;
}
