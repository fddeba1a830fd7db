/* SPDX-License-Identifier: MIT
 *
 * Bodies as parameters. They are read into the same list as those of the address, so that nobody
 * behind this file can tell them apart; a name in both is refused. */
#include "body.h"

#include <string.h>

#include "base/json.h"
#include "operation.h"

static int no_json(struct err *err)
{
    err_set(err, ERR_PARAM, "the body is no flat JSON object");
    err_hint(err, "send {\"by\": \"...\", \"reason\": \"...\"}: texts and numbers, nothing nested");
    return ERR_PARAM;
}

/* Its members, in the place of those of a form. */
static int take_json(struct request *r, struct str body, struct err *err)
{
    size_t at = 0;
    struct str name;
    struct str value;
    struct arg *arg = ARENA_ARRAY(&r->arena, struct arg, r->url.args + URL_ARGS_MAX);
    if (arg == NULL)
        return err_set(err, ERR_MEM, "no memory for the request");
    body = str_trim(body);
    if (body.n < 2 || body.p[0] != '{' || body.p[body.n - 1] != '}')
        return no_json(err);
    if (r->url.args > 0)
        memcpy(arg, r->url.arg, r->url.args * sizeof *arg);
    r->url.arg = arg;
    size_t n = r->url.args;
    while (json_member(body, &at, &r->arena, &name, &value)) {
        if (n == r->url.args + URL_ARGS_MAX ||
            memchr("[{", value.n > 0 ? value.p[0] : ' ', 2) != NULL)
            return no_json(err);
        arg[n++] = (struct arg){name, str_eq(value, STR("null")) ? STR("") : value};
    }
    r->url.args = n;
    return 0;
}

static int check_twice(const struct request *r, struct err *err)
{
    for (size_t i = 0; i < r->url.args; i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(r->url.arg[i].name, r->url.arg[k].name))
                return err_set(err, ERR_PARAM, "%.*s is there twice", STR_ARG(r->url.arg[i].name));
    return 0;
}

int body_take_args(struct request *r, struct err *err)
{
    struct str type = request_header(r, "Content-Type");
    struct str body = {r->body.p, r->body.n};
    if (body.n == 0)
        return 0;
    if (utf8_check(body) < body.n)
        return err_set(err, ERR_PARAM, "the body is not valid UTF-8");
    bool json = str_starts(type, STR("application/json"));
    bool form = type.n == 0 || str_starts(type, STR("application/x-www-form-urlencoded"));
    if (!json && !form)
        return err_set(err, ERR_PARAM, "the body is %.*s, and should be a form or JSON",
                       STR_ARG(type));
    TRY(json ? take_json(r, body, err) : url_form(&r->arena, body, &r->url, err));
    TRY(check_twice(r, err));
    return operation_check(r->match.route, &r->url, false, err);
}
