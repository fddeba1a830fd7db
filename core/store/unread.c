/* SPDX-License-Identifier: MIT
 *
 * Noted once, before there is a second thread. */
#include "unread.h"

#include <stdio.h>

#include "base/log.h"
#include "store_int.h"

int unread_name(const char *table, int rc, struct err *err)
{
    if (rc != ERR_CORRUPT || err == NULL)
        return rc;
    struct err why = *err;
    return err_set(err, rc, "the table \"%s\" of panji.db is damaged: %s", table, why.msg);
}

int unread_note(struct store *s, enum unread which, int rc, const struct err *err)
{
    static const char *const what[UNREAD_KINDS] = {
        [UNREAD_FINDINGS] = "findings cannot be read: none are shown, none are stored",
        [UNREAD_IDS] = "the ids of registrations cannot be read: files that have a registration_id "
                       "are refused",
        [UNREAD_AUDIT] = "the audit trail cannot be read: nothing is stored or changed",
    };
    if (rc != ERR_CORRUPT)
        return rc;
    snprintf(s->unread[which], UNREAD_WHY_BYTES, "%s (%.300s)", what[which], err->msg);
    log_line(LOG_ERROR, "store", "%s. " DB_DAMAGED_HINT, s->unread[which]);
    return 0;
}

int unread_check(const struct store *s, enum unread which, struct err *err)
{
    if (s->unread[which][0] == '\0')
        return 0;
    err_set(err, ERR_UNAVAILABLE, "%s", s->unread[which]);
    err_hint(err, DB_DAMAGED_HINT);
    return ERR_UNAVAILABLE;
}

const char *store_unread(const struct store *s, size_t i)
{
    for (size_t k = 0; k < UNREAD_KINDS; k++)
        if (s->unread[k][0] != '\0' && i-- == 0)
            return s->unread[k];
    return NULL;
}
