/* SPDX-License-Identifier: MIT
 *
 * Names of types, as the user knows them. */
#include "data/value.h"

const char *type_name(enum type t)
{
    switch (t) {
    case TYPE_NULL:
        return "NULL";
    case TYPE_BOOL:
        return "BOOL";
    case TYPE_INT64:
        return "INT64";
    case TYPE_FLOAT64:
        return "FLOAT64";
    case TYPE_DATE:
        return "DATE";
    case TYPE_STRING:
    case TYPE_PLACE:
    case TYPE_CODED:
        return "STRING";
    }
    UNREACHABLE();
}
