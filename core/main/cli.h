/* SPDX-License-Identifier: MIT
 *
 * The command line, taken apart: `panji COMMAND [--option VALUE | --option=VALUE | --flag] ARG...`.
 * Commands and their options are tables, from which --help is printed too. Options may stand before
 * and behind arguments; `--` ends them; a lone `-` is an argument. */
#ifndef MAIN_CLI_H
#define MAIN_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum { CLI_VALUES_MAX = 128, CLI_ARGS_MAX = 1024 };

struct cli_option {
    const char *name;  /* without the dashes */
    const char *value; /* what its value is called, NULL: a flag; "[FILE.map]": it may be left out,
                          and is taken where the next argument ends in .map too */
    const char *help;
    bool many; /* may be given several times */
};

struct cli;
struct cli_command {
    const char *name;
    const char *args; /* as usage shows them, "" for none */
    int args_min, args_max;
    const char *help; /* one line */
    const struct cli_option *option;
    size_t options;
    int (*run)(const struct cli *c, struct err *err);
};

struct cli_value {
    const struct cli_option *option;
    const char *value; /* "" for a flag */
};

/* Borrows argv. */
struct cli {
    const struct cli_command *command;
    struct cli_value value[CLI_VALUES_MAX];
    size_t values;
    const char *arg[CLI_ARGS_MAX];
    int args;
    bool help; /* --help was there: nothing else was checked */
};

/* argv[1] is the command. ERR_USAGE with near names. */
MUST_USE int cli_parse(const struct cli_command *table, size_t n, int argc, const char *const *argv,
                       struct cli *out, struct err *err);
/* The option's value; NULL when it was not given. */
const char *cli_get(const struct cli *c, const char *name);
bool cli_has(const struct cli *c, const char *name);
/* The i-th value of an option that may be given several times; NULL behind the last. */
const char *cli_nth(const struct cli *c, const char *name, size_t i);
/* A whole number from least to most; `fallback` when it was not given. ERR_USAGE. */
MUST_USE int cli_number(const struct cli *c, const char *name, int64_t fallback, int64_t least,
                        int64_t most, int64_t *out, struct err *err);

/* Help of one command, or of all. */
void cli_help(const struct cli_command *command, FILE *out);
void cli_help_all(const struct cli_command *table, size_t n, FILE *out);

#endif
