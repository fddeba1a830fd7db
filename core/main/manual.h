/* SPDX-License-Identifier: MIT
 *
 * What is printed from the table of commands beside --help: the manual page panji(1) and the
 * completion for bash. `make install` writes both into files. */
#ifndef MAIN_MANUAL_H
#define MAIN_MANUAL_H

#include "cli.h"

/* mdoc(7), as man and mandoc read it. */
void manual_page(const struct cli_command *table, size_t n, const char *version, FILE *out);
/* A script that bash sources. */
void manual_completion(const struct cli_command *table, size_t n, FILE *out);

#endif
