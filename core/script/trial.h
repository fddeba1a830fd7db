/* SPDX-License-Identifier: MIT
 *
 * The tests of a plugin: a report or an alert runs on data of the test's own, and what comes out
 * is compared. A plugin whose tests fail does not serve. */
#ifndef SCRIPT_TRIAL_H
#define SCRIPT_TRIAL_H

#include "object.h"

/* Runs all tests of a checked object; failures are mistakes of the plugin. A test that needs places
 * when none are loaded is left out with a note. */
MUST_USE int trials_run(struct plugin_object *o, const struct snap *snap,
                        const struct target_book *book, const struct fn_book *functions,
                        struct err *err);

#endif
