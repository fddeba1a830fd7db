/* SPDX-License-Identifier: MIT
 *
 * `panji token`: makes, lists and revokes tokens. The text of a new one goes to standard output and
 * nowhere else. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "door.h"

static int send(const struct cli *c, const char *method, struct buf *path, struct str form,
                struct err *err)
{
    static struct door door;
    const char *headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
    buf_char(path, '\0');
    TRY(buf_check(path, err));
    TRY(door_open(c, DOOR_WRITE, &door, err));
    struct door_request rq = {
        .method = method, .path = path->p, .body = form, .headers = form.n > 0 ? headers : NULL};
    int rc = door_send(&door, &rq, stdout, err);
    door_close(&door);
    return rc;
}

static void add(struct buf *form, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_cstr(form, form->n > 0 ? "&" : "");
    buf_cstr(form, name);
    buf_char(form, '=');
    httpc_escape(form, str_of(value));
}

/* All values of an option, between commas. */
static void add_all(struct buf *form, const char *name, const struct cli *c, const char *option)
{
    struct buf all;
    const char *value;
    buf_init(&all, MEM_MAIN);
    for (size_t i = 0; (value = cli_nth(c, option, i)) != NULL; i++) {
        buf_cstr(&all, i > 0 ? "," : "");
        buf_cstr(&all, value);
    }
    buf_char(&all, '\0');
    if (!all.failed && all.n > 1)
        add(form, name, all.p);
    buf_fini(&all);
}

static int create(const struct cli *c, struct err *err)
{
    struct buf path, form;
    if (!cli_has(c, "role")) {
        err_set(err, ERR_USAGE, "a token needs a role: panji token create --role R");
        err_hint(err, "the roles are public, viewer, planner, ingest and admin");
        return ERR_USAGE;
    }
    buf_init(&path, MEM_MAIN);
    buf_init(&form, MEM_MAIN);
    buf_cstr(&path, "/v1/tokens");
    add(&form, "role", cli_get(c, "role"));
    add(&form, "name", cli_get(c, "name"));
    add(&form, "expires", cli_get(c, "expires"));
    add_all(&form, "places", c, "place");
    add_all(&form, "sources", c, "source");
    int rc = buf_check(&form, err);
    if (rc == 0)
        rc = send(c, "POST", &path, buf_view(&form), err);
    if (rc == 0)
        fputs("This is shown once: only a hash of it is kept.\n", stderr);
    buf_fini(&path);
    buf_fini(&form);
    return rc;
}

static int list(const struct cli *c, struct err *err)
{
    struct buf path;
    const char *format = cli_get(c, "format");
    buf_init(&path, MEM_MAIN);
    buf_printf(&path, "/v1/tokens?format=%s", format != NULL ? format : "table");
    int rc = send(c, "GET", &path, STR(""), err);
    buf_fini(&path);
    return rc;
}

static int revoke(const struct cli *c, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/tokens/");
    httpc_escape(&path, str_of(c->arg[1]));
    int rc = send(c, "DELETE", &path, STR(""), err);
    buf_fini(&path);
    return rc;
}

int cmd_token(const struct cli *c, struct err *err)
{
    bool creates = c->args == 1 && strcmp(c->arg[0], "create") == 0;
    static const char *const of_create[] = {"role", "place", "source", "name", "expires"};
    for (size_t i = 0; !creates && i < ARRAY_LEN(of_create); i++)
        if (cli_has(c, of_create[i]))
            return err_set(err, ERR_USAGE, "--%s belongs to panji token create", of_create[i]);
    if (creates)
        return create(c, err);
    if (c->args == 1 && strcmp(c->arg[0], "list") == 0)
        return list(c, err);
    if (c->args == 2 && strcmp(c->arg[0], "revoke") == 0 && c->arg[1][0] != '\0')
        return revoke(c, err);
    return err_set(
        err, ERR_USAGE,
        "usage: panji token create --role R, panji token list, or panji token revoke ID");
}
