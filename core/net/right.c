/* SPDX-License-Identifier: MIT
 *
 * The table of rights. */
#include "right.h"

#include <stdio.h>
#include <string.h>

#define R(role) (1u << ROLE_##role)
#define ALL     (R(PUBLIC) | R(VIEWER) | R(PLANNER) | R(INGEST) | R(ADMIN))

static const struct {
    const char *name;
    unsigned roles;
    bool whole; /* it cannot be had for some places alone */
} rights[RIGHTS] = {
    [RIGHT_NONE] = {"none", 0, true},
    [RIGHT_OPEN] = {"open", ALL, false},
    [RIGHT_LOOK] = {"look", ALL, false},
    [RIGHT_SEE] = {"see", R(PUBLIC) | R(VIEWER) | R(PLANNER) | R(ADMIN), false},
    [RIGHT_QUERY] = {"query", R(VIEWER) | R(PLANNER) | R(ADMIN), false},
    [RIGHT_BATCHES] = {"batches", R(VIEWER) | R(PLANNER) | R(INGEST) | R(ADMIN), false},
    [RIGHT_METRICS] = {"metrics", R(VIEWER) | R(PLANNER) | R(ADMIN), true},
    [RIGHT_ACKNOWLEDGE] = {"acknowledge", R(VIEWER) | R(PLANNER) | R(ADMIN), false},
    [RIGHT_SILENCE] = {"silence", R(PLANNER) | R(ADMIN), false},
    [RIGHT_TABLES] = {"tables", R(PLANNER) | R(ADMIN), true},
    [RIGHT_PLUGINS] = {"plugins", R(PLANNER) | R(ADMIN), true},
    [RIGHT_PLACES] = {"places", R(PLANNER) | R(ADMIN), true},
    [RIGHT_AUDIT] = {"audit", R(PLANNER) | R(ADMIN), true},
    [RIGHT_IMPORT] = {"import", R(INGEST) | R(ADMIN), false},
    [RIGHT_ADMIN] = {"admin", R(ADMIN), true},
};

const char *right_name(enum right right)
{
    ASSERT(right < RIGHTS);
    return rights[right].name;
}

bool right_has(enum access_role role, bool whole, enum right right)
{
    ASSERT(right < RIGHTS && role < ACCESS_ROLES);
    return (rights[right].roles >> role & 1) && (whole || !rights[right].whole);
}

bool right_is_of_whole(enum right right)
{
    return rights[right].whole;
}

void right_roles(enum right right, char *out, size_t size)
{
    size_t n = 0;
    unsigned left = rights[right].roles;
    out[0] = '\0';
    for (int role = 0; role < ACCESS_ROLES && n < size; role++) {
        if (!(left >> role & 1))
            continue;
        left &= ~(1u << role);
        n += (size_t)snprintf(out + n, size - n, "%s%s",
                              n == 0      ? ""
                              : left != 0 ? ", "
                                          : " or ",
                              role_name((enum access_role)role));
    }
}
