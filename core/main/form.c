/* SPDX-License-Identifier: MIT
 *
 * Building a form. The boundary is 128 random bits: no file holds it. */
#include "form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "base/limits.h"

enum { BOUNDARY_BYTES = 16, PIECE_BYTES = 64 << 10 };

int form_init(struct form *f, struct err *err)
{
    unsigned char random[BOUNDARY_BYTES];
    char hex[2 * BOUNDARY_BYTES + 1];
    buf_init(&f->body, MEM_MAIN);
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_set(err, ERR_IO, "no random numbers: %s", strerror(errno));
    hex_encode(random, sizeof random, hex);
    snprintf(f->type, sizeof f->type, "Content-Type: multipart/form-data; boundary=%s", hex);
    f->boundary = strchr(f->type, '=') + 1;
    return 0;
}

void form_fini(struct form *f)
{
    buf_fini(&f->body);
}

/* A name between quotes: what would end it is percent-coded, as browsers do. */
static void put_name(struct buf *b, const char *what, struct str name)
{
    buf_printf(b, "; %s=\"", what);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '"' || c == '\r' || c == '\n')
            buf_printf(b, "%%%02X", (unsigned)c);
        else
            buf_char(b, c);
    }
    buf_char(b, '"');
}

static void open_part(struct form *f, struct str field, const char *file)
{
    buf_printf(&f->body, "--%s\r\nContent-Disposition: form-data", f->boundary);
    put_name(&f->body, "name", field);
    if (file != NULL)
        put_name(&f->body, "filename", str_of(file));
    buf_cstr(&f->body, "\r\n\r\n");
}

void form_field(struct form *f, const char *name, struct str value)
{
    open_part(f, str_of(name), NULL);
    buf_str(&f->body, value);
    buf_cstr(&f->body, "\r\n");
}

static int read_all(struct form *f, FILE *in, const char *path, size_t bytes_max, struct err *err)
{
    size_t n = 0;
    for (;;) {
        char *p = buf_reserve(&f->body, PIECE_BYTES);
        size_t got = p != NULL ? fread(p, 1, PIECE_BYTES, in) : 0;
        f->body.n += got;
        n += got;
        if (ferror(in))
            return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        if (n > bytes_max)
            return err_set(err, ERR_TOO_LARGE, "%s: a table has at most %zu bytes", path,
                           bytes_max);
        if (got == 0)
            return buf_check(&f->body, err);
    }
}

int form_file(struct form *f, struct str field, const char *path, size_t bytes_max, struct err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "re");
    if (in == NULL)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    open_part(f, field, standard ? "standard input" : path);
    int rc = read_all(f, in, path, bytes_max, err);
    buf_cstr(&f->body, "\r\n");
    if (!standard)
        fclose(in);
    return rc;
}

int form_end(struct form *f, struct err *err)
{
    buf_printf(&f->body, "--%s--\r\n", f->boundary);
    return buf_check(&f->body, err);
}

int form_tables(struct form *form, const struct cli *c, struct err *err)
{
    const char *table;
    for (size_t i = 0; (table = cli_nth(c, "table", i)) != NULL; i++) {
        char field[TABLE_NAME_BYTES_MAX + 16];
        const char *equals = strchr(table, '=');
        size_t name = equals != NULL ? (size_t)(equals - table) : 0;
        if (name == 0 || equals[1] == '\0')
            return err_set(err, ERR_USAGE, "--table %s: write --table NAME=FILE.csv", table);
        if (name > TABLE_NAME_BYTES_MAX)
            return err_set(err, ERR_USAGE, "--table %s: a name has at most %d bytes", table,
                           TABLE_NAME_BYTES_MAX);
        int n = snprintf(field, sizeof field, "table.%.*s", (int)name, table);
        TRY(form_file(form, (struct str){field, (size_t)n}, equals + 1, TABLE_BYTES_MAX, err));
    }
    return 0;
}
