/* SPDX-License-Identifier: MIT
 *
 * `panji query` and `panji report`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "door.h"
#include "form.h"
#include "query/layout.h"

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

static int send_with_tables(const struct cli *c, struct str text, struct buf *path, struct err *err)
{
    struct form form;
    int rc = form_init(&form, err);
    if (rc == 0) {
        form_field(&form, "q", text);
        rc = form_tables(&form, c, err);
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
