/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a request target ("/path?name=value&...") and, behind the first line, the text of a
 * form. What is read is UTF-8 without control characters in its path, or the target is refused. */
#include "fuzz.h"

#include "../../core/net/url.h"
#include "base/limits.h"

static void check(struct arena *a, const struct url *u)
{
    ASSERT(u->path.n > 0 && u->path.p[0] == '/' && utf8_check(u->path) == u->path.n);
    ASSERT(memchr(u->path.p, '\0', u->path.n) == NULL);
    ASSERT(u->args <= URL_ARGS_MAX);
    for (size_t i = 0; i < u->args; i++) {
        struct str name = u->arg[i].name, value = u->arg[i].value;
        ASSERT(utf8_check(name) == name.n && utf8_check(value) == value.n);
        ASSERT(memchr(name.p, '\0', name.n) == NULL && memchr(value.p, '\0', value.n) == NULL);
    }
    struct str back = url_segment(a, u->path);
    ASSERT(back.n == u->path.n && memchr(back.p, URL_SLASH, back.n) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    const char *nl = memchr(in.p, '\n', in.n);
    size_t first = nl ? (size_t)(nl - in.p) : n;
    struct str target = {in.p, first};
    struct str form = {in.p + first + (nl != NULL), n - first - (nl != NULL)};
    struct arena a;
    struct url u;
    struct err err = {0};
    arena_init(&a, MEM_NET, 0);
    int rc = url_parse(&a, target, &u, &err);
    if (rc == 0) {
        check(&a, &u);
        size_t args = u.args;
        rc = url_form(&a, form, &u, &err);
        ASSERT(rc < 0 || u.args >= args);
        if (rc == 0)
            check(&a, &u);
    }
    ASSERT(rc == 0 || (rc == err.code && err.msg[0] != '\0'));
    arena_fini(&a);
    return 0;
}
