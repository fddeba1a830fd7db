/* SPDX-License-Identifier: MIT
 *
 * The commands: each takes the parsed command line and returns 0 or an error whose exit code ends
 * the program. Results go to standard output, all else to standard error. */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

#include "cli.h"

int cmd_serve(const struct cli *c, struct err *err);
int cmd_import(const struct cli *c, struct err *err);
int cmd_query(const struct cli *c, struct err *err);
int cmd_shell(const struct cli *c, struct err *err);
int cmd_report(const struct cli *c, struct err *err);
int cmd_places(const struct cli *c, struct err *err);
int cmd_tables(const struct cli *c, struct err *err);
int cmd_batches(const struct cli *c, struct err *err);
int cmd_stated(const struct cli *c, struct err *err);
int cmd_plugin(const struct cli *c, struct err *err);
int cmd_backup(const struct cli *c, struct err *err);
int cmd_export(const struct cli *c, struct err *err);
int cmd_restore(const struct cli *c, struct err *err);
int cmd_verify(const struct cli *c, struct err *err);
int cmd_gen(const struct cli *c, struct err *err);
int cmd_bench(const struct cli *c, struct err *err);
int cmd_token(const struct cli *c, struct err *err);
int cmd_version(const struct cli *c, struct err *err);

#endif
