/* SPDX-License-Identifier: MIT
 *
 * The attributes of the configuration in the words of the data room. */
#ifndef MAIN_WISHES_H
#define MAIN_WISHES_H

#include "data/schema.h"
#include "script/settings.h"

/* All memory in the arena. *out is NULL where the configuration declares none. */
MUST_USE int wishes_make(const struct settings *s, struct arena *a, struct attr_wish **out,
                         size_t *n, struct err *err);

#endif
