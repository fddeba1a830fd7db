/* SPDX-License-Identifier: MIT
 *
 * A password or key that a setting names and never holds: the file that it is in, or the variable
 * of the environment. What was read is the caller's to wipe; no message of ours ever has it. */
#ifndef SCRIPT_SECRET_H
#define SCRIPT_SECRET_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { SECRET_BYTES_MAX = 4096 };

struct secret {
    struct str file; /* a path; .n == 0: none */
    struct str env;  /* a variable of the environment; .n == 0: none */
};

bool secret_is_named(const struct secret *s);
/* Its text without the ends of lines at the end, NUL-terminated. ERR_NOT_FOUND: the variable is not
 * set; ERR_IO: the file cannot be read; ERR_VALUE: it is empty; ERR_TOO_LARGE. */
MUST_USE int secret_read(const struct secret *s, char out[SECRET_BYTES_MAX], struct err *err);

#endif
