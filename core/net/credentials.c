/* SPDX-License-Identifier: MIT
 *
 * Authorization and Cookie, taken apart. */
#include "credentials.h"

#include <string.h>

int credentials_bearer(struct str header, struct str *out, struct err *err)
{
    const struct str scheme = STR("Bearer");
    if (header.n <= scheme.n || header.p[scheme.n] != ' ' ||
        !str_eq_nocase((struct str){header.p, scheme.n}, scheme))
        return err_set(err, ERR_SIGN_IN, "Authorization is not of the scheme Bearer");
    *out = str_trim((struct str){header.p + scheme.n, header.n - scheme.n});
    return 0;
}

struct str credentials_cookie(struct str header, const char *name)
{
    struct str want = str_of(name);
    while (header.n > 0) {
        const char *end = memchr(header.p, ';', header.n);
        size_t n = end != NULL ? (size_t)(end - header.p) : header.n;
        struct str one = str_trim((struct str){header.p, n});
        header = (struct str){header.p + n + (end != NULL), header.n - n - (end != NULL)};
        if (one.n > want.n && one.p[want.n] == '=' && str_starts(one, want))
            return (struct str){one.p + want.n + 1, one.n - want.n - 1};
    }
    return STR_NULL;
}
