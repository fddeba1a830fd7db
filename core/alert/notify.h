/* SPDX-License-Identifier: MIT
 *
 * One attempt to deliver. All may be tried again with the same message; ERR_VALUE says that trying
 * again is of no use. */
#ifndef ALERT_NOTIFY_H
#define ALERT_NOTIFY_H

#include "alert/notifier.h"
#include "store/alerts.h"

/* Looked at while an attempt runs: true gives it up. */
typedef bool (*notify_stop)(void);

enum { NOTIFY_TIMEOUT_MS = 10000 };

/* POST of the body, with the message's id and, where there is a key, its signature:
 *   X-Panji-Id: the id            X-Panji-Signature: sha256=HMAC-SHA-256 of the body, hexadecimal
 * Any 2xx is success. */
MUST_USE int notify_webhook(const struct notifier *n, const struct outbox_row *m, notify_stop stop,
                            struct err *err);
/* Sends the body, which is a whole mail, to the message's recipient. */
MUST_USE int notify_mail(const struct notifier *n, const struct outbox_row *m, notify_stop stop,
                         struct err *err);
/* Writes the body to PATH/ID.json (or PATH/ID-RECIPIENT where that names a file): whole or not at
 * all, and over what an earlier attempt left. */
MUST_USE int notify_file(const struct notifier *n, const struct outbox_row *m, struct err *err);

/* One finding as an Alertmanager is to know it. */
struct standing {
    struct alert_row *row;
    bool resolved;
};
/* POST /api/v2/alerts: firing ones end in four times `resend_ms` from now unless they are sent
 * again, so that a server that died does not alarm for ever. The heartbeat goes with them. */
MUST_USE int notify_alertmanager(const struct notifier *n, const struct standing *s, size_t count,
                                 const struct place_tree *tree, const char *external_url,
                                 int64_t now_ms, int64_t resend_ms, notify_stop stop,
                                 struct err *err);

#endif
