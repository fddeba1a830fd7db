/* SPDX-License-Identifier: MIT
 *
 * The columns of a registration beside place, sector, date and count: its attributes. All may be
 * NULL (not stated). The order is that of `attr` and never changes while data is loaded; what is
 * declared later comes behind.
 *
 * A schema is immutable and counted; schema_default lives as long as the process. */
#ifndef DATA_SCHEMA_H
#define DATA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "data/list.h"

enum attr_kind {
    ATTR_CHOICE, /* value: index into `list` */
    ATTR_INT,    /* value: the number, within min..max */
    ATTR_TEXT,   /* value: id in the attribute's dictionary */
};

struct attr {
    const char *name; /* column name, as in a CSV header and in a query */
    enum attr_kind kind;
    const struct list *list; /* ATTR_CHOICE */
    int32_t min, max;        /* ATTR_INT: what is stored lies within */
    const char *title_en, *title_hi;
    int32_t accept_min, accept_max; /* ATTR_INT: what is accepted, within min..max */
};

struct schema_life;
struct schema {
    size_t n;
    struct attr attr[ATTRS_MAX];
    struct schema_life *life; /* NULL: as long as the process */
};

/* The fixed first two, set by the import and not by a column of the file. */
enum { ATTR_SOURCE = 0, ATTR_BATCH = 1 };

enum { ATTR_INT_MOST = 1000000000 }; /* and its negative: no integer lies beyond */

/* source batch occupation gender age category channel centre camp department establishment */
extern const struct schema schema_default;

/* Does it say something of the person (gender, age, ..., whatever was declared), and not of the
 * office where the registration was made? */
bool attr_is_of_person(const struct attr *a);
/* Index by name (ASCII case ignored), or -1. */
int schema_find(const struct schema *s, struct str name);

const struct schema *schema_ref(const struct schema *s);
void schema_unref(const struct schema *s); /* NULL is fine */

/* A column of registrations that is no attribute has the name, or may have it ("..._code"). */
bool attr_name_taken(struct str name);

/* An attribute as the configuration wants it. Titles may be NULL: those that it has, or its name.
 */
struct attr_wish {
    struct attr attr;
    bool off; /* it is not wanted: only its name counts */
};

/* `base` with the wishes: those of its attributes in their places, new ones behind, all texts
 * copied. `holds`: there are registrations with the attributes of base, so that what they carry
 * must stay readable: no attribute goes or changes its kind, values that are not wanted are
 * retired, new ones come behind, a range only widens for reading. ERR_CONFLICT says what cannot be;
 * ERR_PARAM: no name of an attribute, or values that are the same; ERR_LIMIT: more than ATTRS_MAX.
 */
MUST_USE int schema_merge(const struct schema *base, bool holds, const struct attr_wish *wish,
                          size_t wishes, const struct schema **out, struct err *err);
/* Do both say the same? */
bool schema_equal(const struct schema *a, const struct schema *b);

/* The schema of the process, for what is read before there is data: the names of columns in
 * mappings. The default list unless another one was set; takes a reference. */
const struct schema *schema_in_use(void);
void schema_use(const struct schema *s);

#endif
