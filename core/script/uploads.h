/* SPDX-License-Identifier: MIT
 *
 * Tables that a plugin expects planners to upload. Each is kept as a table without rows, which the
 * plugin's queries see until there is one of that name; from then on its columns are compared. */
#ifndef SCRIPT_UPLOADS_H
#define SCRIPT_UPLOADS_H

#include "object.h"

/* Builds them from the declarations; mistakes are shown. ERR_MEM. */
MUST_USE int uploads_build(struct plugin_object *o, struct err *err);
/* Shows what is not in the tables that were uploaded; one that was not is a note. */
void uploads_check(struct plugin_object *o, const struct snap *snap);
void uploads_release(struct plugin_object *o);

#endif
