/* SPDX-License-Identifier: MIT
 *
 * The notifiers of the configuration, as the alerts take them: their secrets are read here, once.
 */
#ifndef MAIN_NOTIFIERS_H
#define MAIN_NOTIFIERS_H

#include "alert/engine.h"
#include "script/settings.h"

struct notifiers {
    struct arena mem;
    struct notifier *at;
    size_t n;
    const char **default_notify;
    size_t default_notifies;
    char external_url[512];
};

/* ERR_IO, ERR_NOT_FOUND, ...: a secret cannot be read. On failure nothing is left to free. */
MUST_USE int notifiers_init(struct notifiers *n, const struct settings *s, struct err *err);
/* Wipes the secrets. */
void notifiers_fini(struct notifiers *n);
/* Puts them into the options of the engine. */
void notifiers_use(const struct notifiers *n, struct alert_options *o);

#endif
