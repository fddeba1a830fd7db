/* SPDX-License-Identifier: MIT
 *
 * Header checks, one pass over the fields. */
#include "guard.h"

enum {
    GOOD,
    BAD_NAME,
    BAD_VALUE,
    BAD_LENGTH,
    TWO_LENGTHS,
    BAD_ENCODING,
    BOTH_FRAMINGS,
    NO_HOST,
    TWO_HOSTS,
    BAD_HOST,
};

static const char *const reasons[] = {
    [GOOD] = "",
    [BAD_NAME] = "a header field name contains a space or another character that is not allowed",
    [BAD_VALUE] = "a header field value contains a control character",
    [BAD_LENGTH] = "Content-Length is not a number",
    [TWO_LENGTHS] = "Content-Length is given more than once",
    [BAD_ENCODING] = "the only Transfer-Encoding understood is 'chunked', given once",
    [BOTH_FRAMINGS] = "Content-Length and Transfer-Encoding together leave the end of the body "
                      "open to two readings",
    [NO_HOST] = "a Host header field is missing",
    [TWO_HOSTS] = "Host is given more than once",
    [BAD_HOST] = "the Host header field is not the name of a host",
};

/* RFC 9110 5.6.2 */
static bool is_token(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_host_char(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != '\0' && strchr(".-_:[]%", c) != NULL;
}

static bool all(struct str s, bool (*good)(char))
{
    for (size_t i = 0; i < s.n; i++)
        if (!good(s.p[i]))
            return false;
    return s.n > 0;
}

static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
            return false;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void refuse(struct guard *g, int why)
{
    if (g->bad == GOOD)
        g->bad = why;
}

static void take_length(struct guard *g, struct str value)
{
    if (++g->lengths > 1)
        refuse(g, TWO_LENGTHS);
    else if (!all(value, is_digit) || str_to_i64(value, &g->length) < 0)
        refuse(g, BAD_LENGTH);
}

static void take_encoding(struct guard *g, struct str value)
{
    g->chunked = str_eq_nocase(value, STR("chunked"));
    if (++g->encodings > 1 || !g->chunked)
        refuse(g, BAD_ENCODING);
}

static void take_host(struct guard *g, struct str value)
{
    g->host = value;
    if (++g->hosts > 1)
        refuse(g, TWO_HOSTS);
    else if (!all(value, is_host_char))
        refuse(g, BAD_HOST);
}

void guard_init(struct guard *g)
{
    *g = (struct guard){.length = -1};
}

void guard_header(struct guard *g, struct str name, struct str value)
{
    if (!all(name, is_token))
        refuse(g, BAD_NAME);
    if (!is_text(value))
        refuse(g, BAD_VALUE);
    if (str_eq_nocase(name, STR("content-length")))
        take_length(g, str_trim(value));
    else if (str_eq_nocase(name, STR("transfer-encoding")))
        take_encoding(g, str_trim(value));
    else if (str_eq_nocase(name, STR("host")))
        take_host(g, str_trim(value));
    else if (str_eq_nocase(name, STR("origin")))
        g->origin = str_trim(value);
}

int guard_end(const struct guard *g, bool http11, struct err *err)
{
    int why = g->bad;
    if (why == GOOD && g->lengths > 0 && g->encodings > 0)
        why = BOTH_FRAMINGS;
    if (why == GOOD && g->hosts == 0 && http11)
        why = NO_HOST;
    if (why == GOOD)
        return 0;
    return err_set(err, ERR_USAGE, "the request is refused: %s", reasons[why]);
}

bool guard_is_foreign(const struct guard *g)
{
    if (g->origin.n == 0)
        return false;
    const char *mark = memmem(g->origin.p, g->origin.n, "://", 3);
    if (mark == NULL)
        return true; /* "null" */
    size_t skip = (size_t)(mark - g->origin.p) + 3;
    struct str host = {g->origin.p + skip, g->origin.n - skip};
    return !str_eq_nocase(host, g->host);
}

bool guard_host_is_ours(const struct guard *g)
{
    const struct str below = STR(".localhost");
    if (g->host.n == 0)
        return true;
    const char *port = memchr(g->host.p, ':', g->host.n);
    struct str name = {g->host.p, port != NULL ? (size_t)(port - g->host.p) : g->host.n};
    if (name.p[0] == '[' || memchr(name.p, '.', name.n) == NULL)
        return true;
    if (name.n > below.n && str_eq_nocase((struct str){name.p + name.n - below.n, below.n}, below))
        return true;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
            return false;
    return true;
}

bool guard_has_body(const struct guard *g)
{
    return g->chunked || g->length > 0;
}
