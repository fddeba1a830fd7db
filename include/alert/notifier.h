/* SPDX-License-Identifier: MIT
 *
 * Who can be told: the notifiers that the administrator has set up. All texts are the caller's and
 * outlive their use. */
#ifndef ALERT_NOTIFIER_H
#define ALERT_NOTIFIER_H

#include <stddef.h>
#include <stdint.h>

enum notifier_type { NOTIFIER_ALERTMANAGER, NOTIFIER_WEBHOOK, NOTIFIER_SMTP, NOTIFIER_FILE };

struct notifier {
    const char *name;
    enum notifier_type type;
    const char *url; /* http(s)://host[:port] of an Alertmanager or a webhook, smtp(s)://host */
    const char *secret_file; /* webhook: the key of its signature; NULL: not signed */
    const char *from;        /* smtp: the sender's address */
    /* smtp: addresses separated by commas, or "officers:LEVEL" or "officers:LEVEL:ROLE": those whom
     * the uploaded table `officers` names for the place that the message is about */
    const char *to;
    const char *user, *password_file; /* smtp: NULL: no login */
    const char *ca_file;              /* whom to trust beside the system's list; NULL */
    const char *path;                 /* file: the directory, made when it is not there */
    int64_t timeout_ms;               /* of one attempt; 0: ten seconds */
};

#endif
