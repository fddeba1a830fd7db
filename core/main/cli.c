/* SPDX-License-Identifier: MIT
 *
 * Parsing of arguments against the table of commands. */
#include "cli.h"

#include <inttypes.h>
#include <string.h>

#include "base/near.h"

static int unknown_command(const struct cli_command *table, size_t n, const char *name,
                           struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < n; i++)
        near_offer(&near, str_of(name), str_of(table[i].name));
    err_set(err, ERR_USAGE, "panji has no command '%s'; `panji --help` lists them", name);
    near_hint(&near, err);
    return ERR_USAGE;
}

static int unknown_option(const struct cli_command *c, struct str name, struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < c->options; i++)
        near_offer(&near, name, str_of(c->option[i].name));
    err_set(err, ERR_USAGE, "`panji %s` has no option --%.*s; `panji %s --help` lists them",
            c->name, STR_ARG(name), c->name);
    if (near.n > 0)
        err_hint(err, "did you mean --%.*s?", STR_ARG(near.name[0]));
    return ERR_USAGE;
}

static const struct cli_option *find_option(const struct cli_command *c, struct str name)
{
    for (size_t i = 0; i < c->options; i++)
        if (str_eq(name, str_of(c->option[i].name)))
            return &c->option[i];
    return NULL;
}

static int add_value(struct cli *c, const struct cli_option *o, const char *value, struct err *err)
{
    if (!o->many && cli_has(c, o->name))
        return err_set(err, ERR_USAGE, "--%s is given twice", o->name);
    if (c->values == CLI_VALUES_MAX)
        return err_set(err, ERR_USAGE, "more than %d options", CLI_VALUES_MAX);
    c->value[c->values++] = (struct cli_value){o, value};
    return 0;
}

/* Does the argument end as the value's name, "[FILE.map]", does? */
static bool ends_alike(const char *arg, const char *name)
{
    const char *end = strrchr(name, '.');
    ASSERT(end != NULL);
    return str_ends(str_of(arg), (struct str){end, strlen(end) - 1});
}

/* *i stands on the option and is moved behind its value. */
static int take_option(struct cli *c, int argc, const char *const *argv, int *i, struct err *err)
{
    const char *text = argv[(*i)++] + 2;
    const char *equals = strchr(text, '=');
    struct str name = {text, equals ? (size_t)(equals - text) : strlen(text)};
    const struct cli_option *o = find_option(c->command, name);
    if (o == NULL)
        return unknown_option(c->command, name, err);
    if (o->value == NULL) {
        if (equals != NULL)
            return err_set(err, ERR_USAGE, "--%s takes no value", o->name);
        return add_value(c, o, "", err);
    }
    if (equals != NULL)
        return add_value(c, o, equals + 1, err);
    if (o->value[0] == '[' && (*i == argc || !ends_alike(argv[*i], o->value)))
        return add_value(c, o, "", err);
    if (*i == argc)
        return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    return add_value(c, o, argv[(*i)++], err);
}

static int take_arg(struct cli *c, const char *text, struct err *err)
{
    if (c->args == c->command->args_max || c->args == CLI_ARGS_MAX)
        return err_set(err, ERR_USAGE,
                       "`panji %s` does not know what to do with '%s'; usage: panji "
                       "%s %s",
                       c->command->name, text, c->command->name, c->command->args);
    c->arg[c->args++] = text;
    return 0;
}

static bool asks_for_help(int argc, const char *const *argv)
{
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int take_all(struct cli *c, int argc, const char *const *argv, struct err *err)
{
    bool options = true;
    for (int i = 2; i < argc;) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            i++;
        } else if (options && argv[i][0] == '-' && argv[i][1] == '-') {
            TRY(take_option(c, argc, argv, &i, err));
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            return err_set(err, ERR_USAGE, "options are written in full: '%s' is not known",
                           argv[i]);
        } else {
            TRY(take_arg(c, argv[i++], err));
        }
    }
    return 0;
}

int cli_parse(const struct cli_command *table, size_t n, int argc, const char *const *argv,
              struct cli *out, struct err *err)
{
    *out = (struct cli){0};
    if (argc < 2)
        return err_set(err, ERR_USAGE, "a command is missing; `panji --help` lists them");
    for (size_t i = 0; i < n; i++)
        if (strcmp(argv[1], table[i].name) == 0)
            out->command = &table[i];
    if (out->command == NULL)
        return unknown_command(table, n, argv[1], err);
    out->help = asks_for_help(argc, argv);
    if (out->help)
        return 0;
    TRY(take_all(out, argc, argv, err));
    if (out->args < out->command->args_min)
        return err_set(err, ERR_USAGE, "something is missing; usage: panji %s %s",
                       out->command->name, out->command->args);
    return 0;
}

const char *cli_nth(const struct cli *c, const char *name, size_t i)
{
    for (size_t v = 0; v < c->values; v++)
        if (strcmp(c->value[v].option->name, name) == 0 && i-- == 0)
            return c->value[v].value;
    return NULL;
}

const char *cli_get(const struct cli *c, const char *name)
{
    return cli_nth(c, name, 0);
}

bool cli_has(const struct cli *c, const char *name)
{
    return cli_get(c, name) != NULL;
}

int cli_number(const struct cli *c, const char *name, int64_t fallback, int64_t least, int64_t most,
               int64_t *out, struct err *err)
{
    const char *text = cli_get(c, name);
    *out = fallback;
    if (text == NULL)
        return 0;
    if (str_to_i64(str_of(text), out) < 0 || *out < least || *out > most)
        return err_set(err, ERR_USAGE, "--%s %s is not a whole number from %" PRId64 " to %" PRId64,
                       name, text, least, most);
    return 0;
}

/* ---- help ------------------------------------------------------------------------------------ */

static void print_option(const struct cli_option *o, FILE *out)
{
    char left[40];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    fprintf(out, "  %-22s %s%s\n", left, o->help, o->many ? " (may be repeated)" : "");
}

void cli_help(const struct cli_command *command, FILE *out)
{
    fprintf(out, "usage: panji %s %s%s\n\n%s\n", command->name,
            command->options ? "[options] " : "", command->args, command->help);
    if (command->options > 0)
        fputs("\nOptions\n", out);
    for (size_t i = 0; i < command->options; i++)
        print_option(&command->option[i], out);
}

void cli_help_all(const struct cli_command *table, size_t n, FILE *out)
{
    fputs("panji: analytics for registration drives\n\nCommands\n", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  %-8s %-23s %s\n", table[i].name, table[i].args, table[i].help);
    fputs("\n`panji COMMAND --help` tells the options of a command.\n"
          "Exit codes: 0 done, 1 refused (bad input), 2 wrong use, 3 unavailable or unknown "
          "outcome.\n",
          out);
}
