/* SPDX-License-Identifier: MIT
 *
 * Forms with files (multipart/form-data, RFC 7578): `curl -F q=... -F table.factories=@list.csv`.
 * Read by the HTTP library; bounds and encodings are checked here. */
#ifndef NET_FORM_H
#define NET_FORM_H

#include "request.h"

struct form_file {
    struct str field; /* "table.factories" */
    struct str name;  /* of the file, as the client calls it */
    struct str text;
};

struct form {
    struct form_file *file;
    size_t files;
};

bool form_is(struct str content_type);
/* The request's body: fields without a file become parameters in r->url, the others files of *out.
 * All memory is the request's. ERR_PARAM for what cannot be read, ERR_LIMIT above URL_ARGS_MAX. */
MUST_USE int form_read(struct request *r, struct form *out, struct err *err);

#endif
