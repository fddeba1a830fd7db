/* SPDX-License-Identifier: MIT
 *
 * `panji plugin`: checking plugins, beginning one, and their reference. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "commands.h"
#include "door.h"
#include "form.h"
#include "script/plugin.h"
#include "sketch.h"
#include "store/store.h"

static const char usage[] = "usage: panji plugin check [PATH] | test [PATH] | new NAME | docs";

/* ---- check and test -------------------------------------------------------------------------- */

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

static int check_plugins(const struct cli *c, struct err *err)
{
    char dir[PLUGINS_PATH_BYTES];
    struct snap_cell *cell = NULL;
    app_plugins_dir(dir);
    const char *path = c->args > 1 ? c->arg[1] : dir;
    if (cli_has(c, "data"))
        return check_beside_data(cli_get(c, "data"), path, err);
    TRY(empty_country(&cell, err));
    int rc = check_path(path, cell, err);
    snap_cell_free(cell);
    return rc;
}

/* ---- what a version would change ---- */

/* The files of a plugin as a form: one file, or all of a folder. */
static int add_files(struct form *f, const char *path, struct err *err)
{
    glob_t found = {0};
    char pattern[PLUGINS_PATH_BYTES + 16];
    int rc = 0;
    snprintf(pattern, sizeof pattern, "%s/plugin.lua", path);
    if (access(pattern, F_OK) != 0)
        return form_file(f, STR("file"), path, PLUGIN_BYTES_MAX, err);
    snprintf(pattern, sizeof pattern, "%s/*.lua", path);
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc && rc == 0; i++)
        rc = form_file(f, STR("file"), found.gl_pathv[i], PLUGIN_BYTES_MAX, err);
    globfree(&found);
    return rc;
}

static int put_param(struct buf *path, const char *param, struct err *err)
{
    const char *equals = strchr(param, '=');
    if (equals == NULL || equals == param)
        return err_set(err, ERR_USAGE, "--param %s: write --param NAME=VALUE", param);
    buf_char(path, '&');
    httpc_escape(path, (struct str){param, (size_t)(equals - param)});
    buf_char(path, '=');
    httpc_escape(path, str_of(equals + 1));
    return 0;
}

static int check_address(const struct cli *c, struct buf *path, struct err *err)
{
    static const char *const given[] = {"report", "key", "lang"};
    const char *value;
    buf_cstr(path, "/v1/plugins/check?format=json");
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        if ((value = cli_get(c, given[i])) == NULL)
            continue;
        buf_printf(path, "&%s=", given[i]);
        httpc_escape(path, str_of(value));
    }
    for (size_t i = 0; (value = cli_nth(c, "param", i)) != NULL; i++)
        TRY(put_param(path, value, err));
    buf_char(path, '\0');
    return buf_check(path, err);
}

/* Mistakes as people read them; the report and its difference as the server tells them. */
static int show_check(struct str answer, struct err *err)
{
    struct arena a;
    struct str name, value, plugin = STR(""), version = STR(""), errors = STR(""), notes = STR("");
    struct str report = STR_NULL;
    bool good = false;
    arena_init(&a, MEM_MAIN, 0);
    for (size_t at = 0; json_member(answer, &at, &a, &name, &value);) {
        good = good || (str_eq(name, STR("good")) && str_eq(value, STR("true")));
        plugin = str_eq(name, STR("plugin")) ? value : plugin;
        version = str_eq(name, STR("version")) ? value : version;
        errors = str_eq(name, STR("errors_text")) ? value : errors;
        notes = str_eq(name, STR("notes")) ? value : notes;
        report = str_eq(name, STR("report")) ? value : report;
    }
    fprintf(stderr, "%.*s%.*s", STR_ARG(errors), STR_ARG(notes));
    if (good)
        fprintf(stderr, "%.*s %.*s: good\n", STR_ARG(plugin), STR_ARG(version));
    if (report.p != NULL)
        printf("%.*s\n", STR_ARG(report));
    arena_fini(&a);
    return good ? 0 : err_set(err, ERR_PLUGIN, "%s", "");
}

static int send_check(const struct cli *c, const struct form *f, struct err *err)
{
    static struct door door;
    struct buf path, answer;
    const char *const headers[] = {f->type, NULL};
    struct door_request rq = {.method = "POST", .body = buf_view(&f->body), .headers = headers};
    buf_init(&path, MEM_MAIN);
    buf_init(&answer, MEM_MAIN);
    int rc = check_address(c, &path, err);
    rq.path = path.p;
    if (rc == 0)
        rc = door_open(c, DOOR_READ, &door, err);
    if (rc == 0) {
        rc = door_take(&door, &rq, &answer, err);
        door_close(&door);
    }
    if (rc == 0)
        rc = show_check(buf_view(&answer), err);
    buf_fini(&answer);
    buf_fini(&path);
    return rc;
}

/* Beside the plugins that a server, or a data directory, has. */
static int check_by_server(const struct cli *c, struct err *err)
{
    struct form f;
    if (c->args < 2)
        return err_set(err, ERR_USAGE,
                       "name the plugin's file or folder: panji plugin check PATH "
                       "--report NAME");
    int rc = form_init(&f, err);
    if (rc == 0)
        rc = add_files(&f, c->arg[1], err);
    if (rc == 0)
        rc = form_end(&f, err);
    if (rc == 0)
        rc = send_check(c, &f, err);
    form_fini(&f);
    return rc;
}

/* ---- new ------------------------------------------------------------------------------------- */

static int write_new(const char *path, const struct buf *text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFLICT, "%s is there already; nothing was changed", path);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool whole = write(fd, text->p, text->n) == (ssize_t)text->n;
    if (close(fd) == 0 && whole)
        return 0;
    unlink(path);
    return err_set(err, ERR_IO, "%s could not be written: %s", path, strerror(errno));
}

/* NAME, or the path that it is to have: plugins/NAME.lua. */
static int new_plugin(const struct cli *c, struct err *err)
{
    char path[PLUGINS_PATH_BYTES + 8];
    struct buf text;
    struct str name = str_of(c->arg[1]);
    const char *slash = strrchr(c->arg[1], '/');
    if (slash != NULL)
        name = str_of(slash + 1);
    if (str_ends(name, STR(".lua")))
        name.n -= 4;
    if (slash != NULL)
        snprintf(path, sizeof path, "%.*s%.*s.lua", (int)(slash + 1 - c->arg[1]), c->arg[1],
                 STR_ARG(name));
    else
        snprintf(path, sizeof path, "%s%.*s.lua", access("plugins", F_OK) == 0 ? "plugins/" : "",
                 STR_ARG(name));
    buf_init(&text, MEM_MAIN);
    int rc = sketch_plugin(name, &text, err);
    if (rc == 0)
        rc = write_new(path, &text, err);
    if (rc == 0)
        printf("%s is made. Change it, then: panji plugin check %s\n", path, path);
    buf_fini(&text);
    return rc;
}

/* ---- docs ------------------------------------------------------------------------------------ */

static int write_docs(const char *format, struct buf *out, struct err *err)
{
    if (strcmp(format, "luacheck") == 0)
        return plugin_luacheck(out, err);
    if (strcmp(format, "luals") == 0)
        plugin_luals(out);
    else if (strcmp(format, "markdown") == 0)
        plugin_docs(out);
    else
        return err_set(err, ERR_USAGE, "--format %s: write markdown, luals or luacheck", format);
    return buf_check(out, err);
}

static int print_docs(const struct cli *c, struct err *err)
{
    struct buf out;
    const char *format = cli_get(c, "format");
    buf_init(&out, MEM_MAIN);
    int rc = write_docs(format ? format : "markdown", &out, err);
    if (rc == 0)
        fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
    return rc;
}

int cmd_plugin(const struct cli *c, struct err *err)
{
    const char *what = c->arg[0];
    if (strcmp(what, "docs") == 0 && c->args == 1)
        return print_docs(c, err);
    bool check = strcmp(what, "check") == 0;
    if (check && (cli_has(c, "server") || cli_has(c, "report")))
        return check_by_server(c, err);
    if (check || strcmp(what, "test") == 0)
        return check_plugins(c, err);
    if (strcmp(what, "new") == 0 && c->args == 2)
        return new_plugin(c, err);
    return err_set(err, ERR_USAGE, "%s", usage);
}
