/* SPDX-License-Identifier: MIT
 *
 * The settings that a command works by: flags, then the environment, then the file of the
 * configuration (--config, else panji.lua in the data directory), then what is there by itself. */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "cli.h"
#include "script/settings.h"

/* Everything that is served by is set: listen, data, plugins, timezone, the month, workers, engine.
 * Mistakes in the file go to standard error, all of them; the error then only says that there were
 * some. On failure nothing is left to free, else settings_fini. */
MUST_USE int config_read(const struct cli *c, struct settings *out, struct err *err);

/* What holds for the process: time zone, fiscal year, memory. Before there is a second thread. */
MUST_USE int config_apply(const struct settings *s, struct err *err);

/* How a server's log is written. At any time. */
void config_log(const struct settings *s);

/* While it runs, the bound of memory and the log follow the file; the names of the settings that
 * differ from `old` are told as waiting for a restart. How many those are. */
size_t config_reload(const struct settings *old, const struct settings *s);

#endif
