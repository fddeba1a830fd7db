/* SPDX-License-Identifier: MIT
 *
 * Percent-decoding and splitting of request targets and forms. */
#include "url.h"

#include "base/limits.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int decode_escape(struct str s, size_t at, char *out, struct err *err)
{
    int high = at + 1 < s.n ? hex(s.p[at + 1]) : -1;
    int low = at + 2 < s.n ? hex(s.p[at + 2]) : -1;
    if (high < 0 || low < 0)
        return err_set(err, ERR_USAGE,
                       "the address has a '%%' that is not followed by two "
                       "hexadecimal digits; a plain '%%' is written %%25");
    *out = (char)(high * 16 + low);
    return 0;
}

/* In a path: `raw` is the last byte as it was sent, *c what it means. */
static int keep_slash(char raw, char *c, struct err *err)
{
    if ((unsigned char)*c < ' ' || *c == 0x7F)
        return err_set(err, ERR_USAGE, "the path contains a control character");
    if (*c == '/' && raw != '/')
        *c = URL_SLASH;
    return 0;
}

/* `form`: '+' stands for a space, as it does behind the '?'. */
static int decode(struct arena *a, struct str s, bool form, struct str *out, struct err *err)
{
    char *p = arena_alloc(a, s.n + 1);
    if (p == NULL)
        return err_set(err, ERR_MEM, "no memory for the address");
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            TRY(decode_escape(s, i, &c, err));
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        if (c == '\0')
            return err_set(err, ERR_USAGE, "the address contains a NUL byte");
        if (!form)
            TRY(keep_slash(s.p[i], &c, err));
        p[n++] = c;
    }
    *out = (struct str){p, n};
    if (utf8_check(*out) != n)
        return err_set(err, ERR_USAGE, "the address is not valid UTF-8 once decoded");
    return 0;
}

static struct str cut(struct str *rest, char at)
{
    const char *p = rest->n ? memchr(rest->p, at, rest->n) : NULL;
    size_t n = p ? (size_t)(p - rest->p) : rest->n;
    struct str head = {rest->p, n};
    size_t skip = n + (p ? 1 : 0);
    *rest = (struct str){rest->p + skip, rest->n - skip};
    return head;
}

static size_t count_fields(struct str s)
{
    size_t n = 1;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '&';
    return n;
}

int url_form(struct arena *a, struct str text, struct url *out, struct err *err)
{
    if (text.n == 0)
        return 0;
    size_t room = out->args + count_fields(text);
    if (room > URL_ARGS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d parameters in one request", URL_ARGS_MAX);
    struct arg *arg = ARENA_ARRAY(a, struct arg, room);
    if (arg == NULL)
        return err_set(err, ERR_MEM, "no memory for the parameters");
    if (out->args > 0)
        memcpy(arg, out->arg, out->args * sizeof *arg);
    out->arg = arg;
    while (text.n > 0) {
        struct str field = cut(&text, '&');
        if (field.n == 0)
            continue;
        struct str name = cut(&field, '=');
        struct arg *next = &arg[out->args];
        TRY(decode(a, name, true, &next->name, err));
        TRY(decode(a, field, true, &next->value, err));
        out->args++;
    }
    return 0;
}

struct str url_segment(struct arena *a, struct str segment)
{
    char *p = arena_copy(a, segment.p, segment.n);
    for (size_t i = 0; p != NULL && i < segment.n; i++)
        if (p[i] == URL_SLASH)
            p[i] = '/';
    return (struct str){p, segment.n};
}

int url_parse(struct arena *a, struct str target, struct url *out, struct err *err)
{
    *out = (struct url){.path = STR("/")};
    if (target.n > HTTP_URL_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE,
                       "the address has %zu bytes, the longest allowed has %d: send a long query "
                       "as the body of a POST",
                       target.n, HTTP_URL_BYTES_MAX);
    if (target.n == 0 || target.p[0] != '/')
        return err_set(err, ERR_USAGE, "the address must start with '/'");
    struct str path = cut(&target, '?');
    TRY(decode(a, path, false, &out->path, err));
    return url_form(a, target, out, err);
}
