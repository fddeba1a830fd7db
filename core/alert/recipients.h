/* SPDX-License-Identifier: MIT
 *
 * Who gets a mail: the addresses of a notifier, or the officers of a place, whom the planners'
 * table `officers` names. Its columns: `email`, one or more places (`block`, `district`, ...), and
 * if they like `name` and `role`. An officer belongs to the lowest place of his row. */
#ifndef ALERT_RECIPIENTS_H
#define ALERT_RECIPIENTS_H

#include "alert/notifier.h"
#include "data/snap.h"

struct recipients {
    struct str *at; /* addresses */
    size_t n, cap;
    struct arena *a;
};

/* Those of `n` for a message about the place (PLACE_COUNTRY: about none). None is no failure. Texts
 * are the notifier's or the snapshot's. */
MUST_USE int recipients_find(const struct notifier *n, const struct snap *snap, int place_level,
                             int64_t place_code, struct arena *a, struct recipients *out,
                             struct err *err);
/* May this be written into a header and an envelope? One address, no spaces, no controls. */
bool recipient_is_address(struct str s);

#endif
