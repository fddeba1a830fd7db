/* SPDX-License-Identifier: MIT
 *
 * Rights: what a route may need, and which role has it. One table; a route that names no right is
 * nobody's. */
#ifndef NET_RIGHT_H
#define NET_RIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "store/tokens.h"

enum right {
    RIGHT_NONE,        /* nobody has it: what a route needs that says nothing */
    RIGHT_OPEN,        /* whoever asks: health, signing in, the pages' own files */
    RIGHT_LOOK,        /* places, columns, words, news */
    RIGHT_SEE,         /* reports and targets */
    RIGHT_QUERY,       /* queries, alerts, findings, uploaded tables */
    RIGHT_BATCHES,     /* the ledger */
    RIGHT_METRICS,     /* numbers of the whole server */
    RIGHT_ACKNOWLEDGE, /* alerts: acknowledge, comment */
    RIGHT_SILENCE,     /* silences */
    RIGHT_TABLES,      /* upload and drop tables */
    RIGHT_PLUGINS,     /* their texts: read, try, store, reload */
    RIGHT_PLACES,      /* import places and borders */
    RIGHT_AUDIT,       /* the audit trail, the messages that go out */
    RIGHT_IMPORT,      /* registrations, published figures; retract */
    RIGHT_ADMIN,       /* tokens, backups, looking at all that is stored */
    RIGHTS
};

/* "query"; what is needed in a sentence. */
const char *right_name(enum right right);
/* `whole`: of a token that is limited to no places or sources. */
bool right_has(enum access_role role, bool whole, enum right right);
/* Does it need a token that is limited to nothing? */
bool right_is_of_whole(enum right right);
/* "planner or admin" */
void right_roles(enum right right, char *out, size_t size);

#endif
