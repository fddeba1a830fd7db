/* SPDX-License-Identifier: MIT
 *
 * Outgoing mail (SMTP over libcurl). Blocking: never called on an HTTP thread. */
#ifndef BASE_MAILC_H
#define BASE_MAILC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct mailc_message {
    const char *url;      /* smtps://host[:port], or smtp://host[:port]: then STARTTLS is demanded,
                             unless the host is this machine */
    const char *user;     /* NULL: no login */
    const char *password; /* with user */
    const char *ca_file;  /* NULL: the system's list */
    const char *from, *to;
    struct str text; /* the whole message, lines ended by CR LF */
    int64_t timeout_ms;
    bool (*stop)(void); /* looked at meanwhile: true gives it up. NULL: none */
};

/* ERR_VALUE: the server refused it for good (5xx): trying again is of no use. ERR_UNKNOWN_OUTCOME:
 * the message was sent and no answer came. ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_CANCELLED: it did not
 * get there. */
MUST_USE int mailc_send(const struct mailc_message *m, struct err *err);

#endif
