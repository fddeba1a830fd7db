/* SPDX-License-Identifier: MIT
 *
 * Reading the rows of the table of routes. */
#include "operation.h"

#include <stdio.h>
#include <string.h>

#include "base/near.h"

static const char *const common[] = {"format",  "lang",  "bom",    "shape",
                                     "timeout", "limit", "api_key"};

bool operation_is_common(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        if (str_eq(name, str_of(common[i])))
            return true;
    return false;
}

/* What stands before the first of the marks, *rest behind it; all of it where there is none. */
static struct str cut(struct str *rest, char mark)
{
    const char *end = rest->n > 0 ? memchr(rest->p, mark, rest->n) : NULL;
    struct str first = {rest->p, end != NULL ? (size_t)(end - rest->p) : rest->n};
    size_t used = first.n + (end != NULL);
    *rest = (struct str){rest->p + used, rest->n - used};
    return first;
}

static bool is_in_path(const struct route *route, struct str name)
{
    const char *p = route->pattern;
    while ((p = strchr(p, '{')) != NULL) {
        p++;
        if (strncmp(p, name.p, name.n) == 0 && p[name.n] == '}')
            return true;
    }
    return false;
}

bool operation_param(const struct route *route, const char **at, struct operation_param *out)
{
    struct str rest = str_of(*at);
    if (rest.n == 0)
        return false;
    struct str line = cut(&rest, '\n');
    *at = rest.p;
    struct str head = cut(&line, ' ');
    struct str name = cut(&head, ':');
    *out = (struct operation_param){.name = name, .doc = line};
    out->type = cut(&head, '=');
    out->fallback = head.n > 0 ? head : STR_NULL;
    if (str_ends(out->type, STR("!"))) {
        out->required = true;
        out->type.n--;
    }
    out->in_path = is_in_path(route, name);
    out->required |= out->in_path;
    ASSERT(name.n > 0 && (out->type.n > 0 || str_eq(name, STR("*"))));
    return true;
}

bool operation_answer(const struct route *route, const char **at, struct operation_answer *out)
{
    struct str rest = str_of(*at);
    int64_t status = 0;
    (void)route;
    if (rest.n == 0)
        return false;
    struct str one = str_trim(cut(&rest, ';'));
    *at = rest.p;
    int rc = str_to_i64(cut(&one, ' '), &status);
    ASSERT(rc == 0 && status >= 200 && status < 300 && one.n > 0);
    *out = (struct operation_answer){.status = (int)status, .shape = one};
    out->rows = one.p[0] == '[';
    if (out->rows)
        out->shape = (struct str){one.p + 1, one.n - 2};
    return true;
}

static bool fits(struct str known, struct str name, bool strict)
{
    if (str_ends(known, STR(".*")))
        return name.n >= known.n && str_starts(name, (struct str){known.p, known.n - 1});
    return str_eq(known, name) || (!strict && str_eq(known, STR("*")));
}

static bool is_known(const struct route *route, struct str name, bool strict)
{
    struct operation_param p;
    for (const char *at = route->params; operation_param(route, &at, &p);)
        if (!p.in_path && fits(p.name, name, strict))
            return true;
    return operation_is_common(name);
}

/* All there are: p.NAME stands for those with a prefix. */
static void list_all(const struct route *route, struct err *err)
{
    struct operation_param p;
    char list[ERR_HINT_BYTES] = "";
    size_t n = 0;
    for (const char *at = route->params; operation_param(route, &at, &p);) {
        bool prefix = str_ends(p.name, STR(".*"));
        if (p.in_path || str_eq(p.name, STR("*")) || n + p.name.n + 8 > sizeof list)
            continue;
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%.*s%s", n > 0 ? ", " : "",
                              (int)(p.name.n - prefix), p.name.p, prefix ? "NAME" : "");
    }
    if (n > 0)
        err_hint(err, "it takes %s", list);
}

static int unknown(const struct route *route, struct str name, struct err *err)
{
    struct operation_param p;
    struct near_list near;
    near_init(&near);
    for (const char *at = route->params; operation_param(route, &at, &p);)
        if (!p.in_path && !str_ends(p.name, STR("*")))
            near_offer(&near, name, p.name);
    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        near_offer(&near, name, str_of(common[i]));
    err_set(err, ERR_PARAM, "%s takes no parameter '%.*s'", route->pattern, STR_ARG(name));
    if (near.n > 0)
        near_hint(&near, err);
    else
        list_all(route, err);
    return ERR_PARAM;
}

int operation_check(const struct route *route, const struct url *url, bool strict, struct err *err)
{
    for (size_t i = 0; i < url->args; i++)
        if (!is_known(route, url->arg[i].name, strict))
            return unknown(route, url->arg[i].name, err);
    return 0;
}
