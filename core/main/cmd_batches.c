/* SPDX-License-Identifier: MIT
 *
 * `panji batches`: the ledger, taking a batch back, and the rows that one left out. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "door.h"

static void add_field(struct buf *path, const char *name, const char *value)
{
    bool first = memchr(path->p, '?', path->n) == NULL;
    if (value == NULL)
        return;
    buf_char(path, first ? '?' : '&');
    buf_cstr(path, name);
    buf_char(path, '=');
    httpc_escape(path, str_of(value));
}

static int send(const struct cli *c, const char *method, struct buf *path, struct err *err)
{
    static struct door door;
    buf_char(path, '\0');
    TRY(buf_check(path, err));
    TRY(door_open(c, DOOR_READ, &door, err));
    struct door_request rq = {.method = method, .path = path->p};
    int rc = door_send(&door, &rq, stdout, err);
    door_close(&door);
    return rc;
}

static int list(const struct cli *c, struct err *err)
{
    struct buf path;
    const char *format = cli_get(c, "format");
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/batches");
    add_field(&path, "format", format ? format : "table");
    add_field(&path, "limit", cli_get(c, "limit"));
    int rc = send(c, "GET", &path, err);
    buf_fini(&path);
    return rc;
}

static int retract(const struct cli *c, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/batches/");
    httpc_escape(&path, str_of(c->arg[1]));
    add_field(&path, "source", cli_get(c, "source"));
    add_field(&path, "reason", cli_get(c, "reason"));
    int rc = send(c, "DELETE", &path, err);
    buf_fini(&path);
    return rc;
}

static int rejects(const struct cli *c, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/batches/");
    httpc_escape(&path, str_of(c->arg[1]));
    buf_cstr(&path, "/rejects.csv");
    add_field(&path, "source", cli_get(c, "source"));
    int rc = send(c, "GET", &path, err);
    buf_fini(&path);
    return rc;
}

int cmd_batches(const struct cli *c, struct err *err)
{
    if (c->args == 0 || (c->args == 1 && strcmp(c->arg[0], "list") == 0)) {
        if (cli_has(c, "source") || cli_has(c, "reason"))
            return err_set(err, ERR_USAGE,
                           "--source and --reason belong to panji batches retract or rejects");
        return list(c, err);
    }
    if (c->args == 2 && strcmp(c->arg[0], "retract") == 0 && c->arg[1][0] != '\0')
        return retract(c, err);
    if (c->args == 2 && strcmp(c->arg[0], "rejects") == 0 && c->arg[1][0] != '\0')
        return rejects(c, err);
    return err_set(err, ERR_USAGE,
                   "usage: panji batches, panji batches retract ID, or panji batches rejects ID");
}
