/* SPDX-License-Identifier: MIT
 *
 * Functions that GoogleSQL has and this server has not. */
#ifndef QUERY_FOREIGN_H
#define QUERY_FOREIGN_H

#include <stdbool.h>

#include "base/str.h"

/* Is the function one of them? *instead is what to write in its place, or NULL. */
bool foreign_find(struct str name, const char **instead);

#endif
