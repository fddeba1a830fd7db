/* SPDX-License-Identifier: MIT
 *
 * The shapes of what is answered as JSON, for /openapi.json: objects with their members. A member
 * is `name:TYPE`, between spaces; `name?:TYPE` may be left out, `TYPE|null` may be null. TYPE is
 * text, integer, number, boolean, date, moment, any, object, (a,b,c): one of these texts; the name
 * of a shape; [TYPE]: a list; {TYPE}: an object that has such values under any name. */
#ifndef NET_SHAPE_H
#define NET_SHAPE_H

#include "base/json.h"

struct shape {
    const char *name, *doc, *members;
};
extern const struct shape shapes[];
extern const size_t shapes_count;

/* The schema of a shape, or of one type: JSON Schema 2020-12, with references to
 * #/components/schemas. */
void shape_schema(const struct shape *s, struct json *j);
void shape_type_schema(struct str type, struct json *j);
/* Its members, in an open object: others may follow. */
void shape_put_type(struct json *j, struct str type);

#endif
