/* SPDX-License-Identifier: MIT
 *
 * The columns that a file of registrations may have, by name: those of the schema in use. */
#ifndef INGEST_COLUMNS_H
#define INGEST_COLUMNS_H

#include "base/near.h"
#include "base/str.h"
#include "data/place.h"
#include "data/schema.h"

/* What a column means. The four levels stand in the order of enum place_level. */
enum role {
    ROLE_STATE,
    ROLE_DISTRICT,
    ROLE_BLOCK,
    ROLE_PANCHAYAT,
    ROLE_DATE,
    ROLE_SECTOR,
    ROLE_COUNT,
    ROLE_REGISTRATION_ID,
    ROLE_ATTR, /* ROLE_ATTR + index in the schema */
    ROLES = ROLE_ATTR + ATTRS_MAX
};

/* The role of a name (ASCII case ignored; a space or a hyphen stands for `_`), or -1. The
 * attributes that an import sets itself (source, batch) have none. */
int column_role(struct str name);
struct str column_name(int role);
static inline enum place_level role_level(int role)
{
    return (enum place_level)(role - ROLE_STATE + PLACE_STATE);
}
/* Offers all column names. */
void column_near(struct str word, struct near_list *out);

#endif
