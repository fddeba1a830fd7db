/* SPDX-License-Identifier: MIT
 *
 * A form with files, as the body of a request (multipart/form-data, RFC 7578). */
#ifndef MAIN_FORM_H
#define MAIN_FORM_H

#include "base/buf.h"
#include "base/err.h"
#include "cli.h"

enum { FORM_TYPE_BYTES = 96 };

struct form {
    struct buf body;            /* MEM_MAIN */
    char type[FORM_TYPE_BYTES]; /* "Content-Type: multipart/form-data; boundary=..." */
    const char *boundary;       /* in type */
};

/* ERR_IO when the system gives no random boundary. */
MUST_USE int form_init(struct form *f, struct err *err);
void form_fini(struct form *f);
void form_field(struct form *f, const char *name, struct str value);
/* A file of that name, read whole: at most bytes_max. "-": standard input. ERR_NOT_FOUND, ERR_IO,
 * ERR_TOO_LARGE, all with the file's name. */
MUST_USE int form_file(struct form *f, struct str field, const char *path, size_t bytes_max,
                       struct err *err);
/* --table NAME=FILE.csv, each as a file of the form. Errors of form_file; ERR_USAGE. */
MUST_USE int form_tables(struct form *f, const struct cli *c, struct err *err);
/* Closes the form; the body is then whole. */
MUST_USE int form_end(struct form *f, struct err *err);

#endif
