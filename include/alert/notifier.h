/* SPDX-License-Identifier: MIT
 *
 * Who can be told: the notifiers that the administrator has set up. All texts are the caller's and
 * outlive their use. */
#ifndef ALERT_NOTIFIER_H
#define ALERT_NOTIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum notify_type { NOTIFY_ALERTMANAGER, NOTIFY_SMTP, NOTIFY_WEBHOOK, NOTIFY_FILE };

/* What its type does not use is NULL. */
struct notifier {
    const char *name;
    enum notify_type type;
    const char *url;    /* http(s)://host[:port] of an Alertmanager or a webhook, smtp(s)://host */
    const char *user;   /* alertmanager, smtp: NULL: no login */
    const char *secret; /* webhook: the key of its signature, NULL: not signed; else the password */
    const char *from;   /* smtp: the sender's address */
    /* smtp: addresses, "officers:LEVEL" or "officers:LEVEL:ROLE": those whom the uploaded table
     * `officers` names for the place that the message is about */
    const struct str *to;
    size_t tos;
    const char *ca_file; /* smtp: whom to trust in the place of the system's list; NULL */
    const char *path;    /* file: the directory, made when it is not there */
    int64_t timeout_ms;  /* of one attempt; 0: ten seconds */
};

#endif
