/* SPDX-License-Identifier: MIT
 *
 * Tables that a plugin expects planners to upload. Each is kept as a table without rows, which the
 * plugin's queries see until there is one of that name that has its columns. */
#ifndef SCRIPT_UPLOADS_H
#define SCRIPT_UPLOADS_H

#include "object.h"

/* Builds them from the declarations; mistakes are shown. ERR_MEM. */
MUST_USE int uploads_build(struct plugin_object *o, struct err *err);
/* Notes tables that were not uploaded, or are not as expected. */
void uploads_check(struct plugin_object *o, const struct snap *snap);
void uploads_release(struct plugin_object *o);

#endif
