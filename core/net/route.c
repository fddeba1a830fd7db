/* SPDX-License-Identifier: MIT
 *
 * Matching of paths against the table: a straight walk, the table has a few dozen rows. */
#include "route.h"

#include <stdio.h>
#include <string.h>

#include "base/near.h"

static const char *const extensions[] = {"json", "csv", "ndjson", "html", "xlsx", "table"};

static struct str strip_extension(struct str *path)
{
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
        struct str ext = str_of(extensions[i]);
        if (path->n > ext.n + 1 && str_ends(*path, ext) && path->p[path->n - ext.n - 1] == '.') {
            struct str found = {path->p + path->n - ext.n, ext.n};
            path->n -= ext.n + 1;
            return found;
        }
    }
    return STR_NULL;
}

/* The next segment, without its slash. */
static struct str segment(struct str *rest)
{
    if (rest->n > 0 && rest->p[0] == '/')
        *rest = (struct str){rest->p + 1, rest->n - 1};
    const char *slash = rest->n ? memchr(rest->p, '/', rest->n) : NULL;
    size_t n = slash ? (size_t)(slash - rest->p) : rest->n;
    struct str s = {rest->p, n};
    *rest = (struct str){rest->p + n, rest->n - n};
    return s;
}

static bool matches(struct str pattern, struct str path, struct route_match *m)
{
    size_t captures = 0;
    while (pattern.n > 0 && path.n > 0) {
        struct str want = segment(&pattern);
        struct str have = segment(&path);
        if (want.n > 0 && want.p[0] == '{') {
            ASSERT(captures < ROUTE_CAPTURES_MAX);
            if (have.n == 0)
                return false;
            m->capture[captures++] = have;
        } else if (!str_eq(want, have)) {
            return false;
        }
    }
    return pattern.n == 0 && path.n == 0;
}

static bool method_fits(const struct route *r, struct str method)
{
    return str_eq(method, str_of(r->method)) ||
           (str_eq(method, STR("HEAD")) && strcmp(r->method, "GET") == 0);
}

static void allow(struct route_match *m, const char *method)
{
    size_t n = strlen(m->allow);
    const char *also = strcmp(method, "GET") == 0 ? ", HEAD" : "";
    snprintf(m->allow + n, sizeof m->allow - n, "%s%s%s", n ? ", " : "", method, also);
}

static int not_found(const struct route *table, size_t n, struct str path, struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(table[i].pattern, table[i - 1].pattern) != 0)
            near_offer(&near, path, str_of(table[i].pattern));
    err_set(err, ERR_NOT_FOUND, "there is nothing at %.*s", STR_ARG(path));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

static bool try_route(const struct route *r, struct str path, struct route_match *m)
{
    struct str ext = STR_NULL;
    if (r->flags & ROUTE_FORMAT)
        ext = strip_extension(&path);
    if (!matches(str_of(r->pattern), path, m))
        return false;
    m->extension = ext;
    return true;
}

int route_find(const struct route *table, size_t n, struct str method, struct str path,
               struct route_match *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        if (!try_route(&table[i], path, out))
            continue;
        if (method_fits(&table[i], method)) {
            out->route = &table[i];
            return 0;
        }
        allow(out, table[i].method);
    }
    if (out->allow[0] != '\0')
        return err_set(err, ERR_METHOD, "%.*s does not accept %.*s; it accepts %s", STR_ARG(path),
                       STR_ARG(method), out->allow);
    return not_found(table, n, path, err);
}
