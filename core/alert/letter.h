/* SPDX-License-Identifier: MIT
 *
 * Letters: what is written to somebody about findings, whole, before it goes into the outbox. */
#ifndef ALERT_LETTER_H
#define ALERT_LETTER_H

#include "base/buf.h"
#include "store/alerts.h"

/* One finding in a letter. */
struct letter_item {
    const struct alert_row *row;
    const char *status; /* "firing", "resolved", "escalated", "reminder" */
};

struct letter {
    struct str id;            /* of the message */
    const char *receiver;     /* the notifier's name */
    const char *external_url; /* of this server, for links; "" */
    const struct letter_item *item;
    size_t items;
    const struct place_tree *tree;
    int64_t now_ms;
};

/* Alertmanager's webhook body, version 4. */
MUST_USE int letter_json(const struct letter *l, struct buf *out, struct err *err);
/* One sentence of what it is about. */
void letter_subject(const struct letter *l, struct buf *out);
/* As a person reads it, English then Hindi. */
void letter_text(const struct letter *l, struct buf *out);
void letter_html(const struct letter *l, struct buf *out);

/* A mail (RFC 5322), to be sent as it is. */
struct mail {
    struct str id, from, to, subject;
    struct str text, html;                 /* html.n == 0: none */
    struct str file, file_type, file_name; /* attached; file.p NULL: none */
    int64_t now_ms;
};
void mail_write(const struct mail *m, struct buf *out);

#endif
