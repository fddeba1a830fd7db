/* SPDX-License-Identifier: MIT
 *
 * A mail, by SMTP. The body was made whole and safe when it was queued; nothing of a finding is put
 * into a header here. An address that is none is ERR_VALUE: no later attempt would mend it. */
#include <stdio.h>

#include "base/mailc.h"
#include "notify.h"
#include "recipients.h"

int notify_mail(const struct notifier *n, const struct outbox_row *m, notify_stop stop,
                struct err *err)
{
    char to[256];
    if (!recipient_is_address(m->recipient) || m->recipient.n >= sizeof to)
        return err_set(err, ERR_VALUE, "'%.*s' is no address of mail", STR_ARG(m->recipient));
    snprintf(to, sizeof to, "%.*s", STR_ARG(m->recipient));
    struct mailc_message mail = {.url = n->url,
                                 .user = n->user,
                                 .password = n->secret,
                                 .ca_file = n->ca_file,
                                 .from = n->from,
                                 .to = to,
                                 .text = m->body,
                                 .timeout_ms = n->timeout_ms ? n->timeout_ms : NOTIFY_TIMEOUT_MS,
                                 .stop = stop};
    return mailc_send(&mail, err);
}
