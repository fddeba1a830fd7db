/* SPDX-License-Identifier: MIT
 *
 * Reading what a setting only names. */
#include "script/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool secret_is_named(const struct secret *s)
{
    return s->file.n > 0 || s->env.n > 0;
}

static int from_env(struct str name, char out[SECRET_BYTES_MAX], size_t *n, struct err *err)
{
    const char *value = getenv(name.p);
    if (value == NULL)
        return err_set(err, ERR_NOT_FOUND, "the variable %s of the environment is not set", name.p);
    *n = strlen(value);
    if (*n < SECRET_BYTES_MAX)
        memcpy(out, value, *n);
    return 0;
}

static int from_file(struct str path, char out[SECRET_BYTES_MAX], size_t *n, struct err *err)
{
    FILE *f = fopen(path.p, "rbe");
    if (f == NULL)
        return err_set(err, ERR_IO, "cannot open %s: %s", path.p, strerror(errno));
    *n = fread(out, 1, SECRET_BYTES_MAX, f);
    int rc = ferror(f) ? err_set(err, ERR_IO, "cannot read %s: %s", path.p, strerror(errno)) : 0;
    fclose(f);
    return rc;
}

int secret_read(const struct secret *s, char out[SECRET_BYTES_MAX], struct err *err)
{
    size_t n = 0;
    struct str where = s->file.n > 0 ? s->file : s->env;
    ASSERT(secret_is_named(s));
    TRY(s->file.n > 0 ? from_file(s->file, out, &n, err) : from_env(s->env, out, &n, err));
    if (n >= SECRET_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE,
                       "what %s holds is too long for a password, a key or an address", where.p);
    while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == '\r'))
        n--;
    out[n] = '\0';
    if (n == 0)
        return err_set(err, ERR_VALUE,
                       "%s is empty where a password, a key or an address is expected", where.p);
    return 0;
}
