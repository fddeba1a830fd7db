/* SPDX-License-Identifier: MIT
 *
 * `panji`: the table of commands, and the way out. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app.h"
#include "base/log.h"
#include "commands.h"
#include "manual.h"

#define DATA                                                                                       \
    {                                                                                              \
        "data", "DIR", "the data directory (else $PANJI_DATA, else panji-data)", false             \
    }
#define SERVER                                                                                     \
    {                                                                                              \
        "server", "URL", "a running server, instead of a directory", false                         \
    }
#define TOKEN                                                                                      \
    {                                                                                              \
        "token", "TOKEN", "who asks, at a server ($PANJI_TOKEN is not seen by others)", false      \
    }
#define CA                                                                                         \
    {                                                                                              \
        "ca", "FILE",                                                                              \
            "certificates to trust at an https server (else $PANJI_CA, else the "                  \
            "system's)",                                                                           \
            false                                                                                  \
    }
#define PLUGINS                                                                                    \
    {                                                                                              \
        "plugins", "DIR", "the plugins (else ./plugins, else those shipped)", false                \
    }
#define CONFIG                                                                                     \
    {                                                                                              \
        "config", "FILE", "the configuration (else panji.lua in the data directory)", false        \
    }
#define FORMAT                                                                                     \
    {                                                                                              \
        "format", "F", "table (default), csv, json, ndjson or xlsx", false                         \
    }
#define SHELL_FORMAT                                                                               \
    {                                                                                              \
        "format", "F", "table (default), csv, json or ndjson", false                               \
    }
#define LANG                                                                                       \
    {                                                                                              \
        "lang", "L", "en or hi", false                                                             \
    }
#define PARAM                                                                                      \
    {                                                                                              \
        "param", "NAME=VALUE", "a parameter", true                                                 \
    }

static const struct cli_option serve_options[] = {
    DATA,
    {"listen", "ADDR:PORT", "where to listen (default 127.0.0.1:8090)", false},
    PLUGINS,
    {"inbox", "DIR", "the watched folder (default: inbox in the data directory)", false},
    {"no-inbox", NULL, "watch no folder", false},
    CONFIG,
    {"check-config", NULL, "check the configuration, print what holds, serve nothing", false},
};
static const struct cli_option import_options[] = {
    DATA,
    SERVER,
    TOKEN,
    CA,
    PLUGINS,
    CONFIG,
    {"source", "S", "who sends it: csc, portal, camp, ...", false},
    {"as-on", "DATE", "the day the file speaks of", false},
    {"batch-id", "ID", "its identity (else its SHA-256)", false},
    {"mapping", "M", "a mapping's name, or its file (with a '/' or ending in .map)", false},
    {"on-error", "reject|skip", "refuse the batch, or leave bad rows out", false},
    {"kind", "correction", "counts may be negative", false},
    {"ids", "POLICY", "a registration_id that is in already: ignore (default), replace, refuse",
     false},
    {"reason", "TEXT", "why it is sent; kept in the audit trail", false},
    {"below-zero", "allow", "a correction may take away more than there is", false},
    {"dry-run", NULL, "check everything, store nothing", false},
    {"draft-mapping", "[FILE.map]", "with --dry-run: draft a mapping (else to standard output)",
     false},
};
/* clang-format off */
#define CLICKHOUSE                                                                                 \
    {"url", "URL", "of the engine clickhouse: its HTTP address", false},                           \
    {"database", "NAME", "clickhouse: the database (default panji)", false},                       \
    {"cluster", "NAME", "clickhouse: the cluster that the tables are on", false},                  \
    {"user", "NAME", "clickhouse: who asks", false},                                               \
    {"password-file", "FILE", "clickhouse: the file with the password", false}
/* clang-format on */
#define ENGINE                                                                                     \
    {                                                                                              \
        "engine", "ENGINE", "where the registrations are: local (default), clickhouse", false      \
    }
static const struct cli_option query_options[] = {
    DATA,
    SERVER,
    TOKEN,
    CA,
    PLUGINS,
    CONFIG,
    ENGINE,
    CLICKHOUSE,
    PARAM,
    FORMAT,
    LANG,
    {"table", "NAME=FILE.csv", "a table of this query alone", true},
    {"limit", "N", "at most N rows", false},
    {"borders", "DATE", "places in the borders of that day (else today's)", false},
    {"explain", NULL, "show the plan instead", false},
    {"file", "FILE", "read the query from here ('-': standard input)", false},
    {"format-query", NULL, "print the query in its canonical layout; run nothing", false},
};
static const struct cli_option shell_options[] = {
    DATA,
    SERVER,
    TOKEN,
    CA,
    PLUGINS,
    CONFIG,
    PARAM,
    SHELL_FORMAT,
    LANG,
    {"table", "NAME=FILE.csv", "a table of these queries alone", true},
    {"limit", "N", "at most N rows", false},
    {"borders", "DATE", "places in the borders of that day (else today's)", false},
};
static const struct cli_option report_options[] = {
    DATA,    SERVER, TOKEN,  CA,
    PLUGINS, CONFIG, ENGINE, CLICKHOUSE,
    PARAM,   FORMAT, LANG,   {"borders", "DATE", "places in the borders of that day", false},
};
static const struct cli_option places_options[] = {
    DATA,
    SERVER,
    TOKEN,
    CA,
    PLUGINS,
    CONFIG,
    FORMAT,
    LANG,
    {"level", "LEVEL", "find: only state, district, ...; import: of a list of changes", false},
    {"under", "PLACE", "find: only under a place, such as district:607", false},
    {"as-on", "DATE", "find: in the borders of that day", false},
    {"effective-on", "DATE", "import: since when what differs is so", false},
};
static const struct cli_option tables_options[] = {DATA,    SERVER, TOKEN, CA,
                                                   PLUGINS, CONFIG, FORMAT};
static const struct cli_option batches_options[] = {
    DATA,
    SERVER,
    TOKEN,
    CA,
    PLUGINS,
    CONFIG,
    FORMAT,
    {"limit", "N", "list: at most N batches, the newest first", false},
    {"source", "S", "whose batch, when several sources used the id", false},
    {"reason", "TEXT", "retract: why; it is kept", false},
};
static const struct cli_option stated_options[] = {
    DATA, SERVER, TOKEN, CA, PLUGINS, CONFIG, {"source", "S", "who published the figures", false}};
static const struct cli_option plugin_options[] = {
    {"data", "DIR", "check against the places and columns of this data", false},
    {"server", "URL", "check beside the plugins of a running server", false},
    PLUGINS,
    CONFIG,
    {"report", "NAME", "check: show this report, and what the version would change in it", false},
    {"param", "NAME=VALUE", "of that report (may be repeated)", true},
    {"key", "COLUMNS", "columns that tell its rows apart, between commas", false},
    {"lang", "L", "en or hi", false},
    {"format", "F", "docs: markdown (default), luals (for editors), luacheck", false}};
static const struct cli_option token_options[] = {
    DATA,
    SERVER,
    TOKEN,
    CA,
    PLUGINS,
    CONFIG,
    FORMAT,
    {"role", "R", "create: public, viewer, planner, ingest or admin", false},
    {"place", "PLACE", "create: only this one, as district:607; may be given several times", true},
    {"source", "S", "create: only this source; may be given several times", true},
    {"name", "N", "create: whose it is, as the audit trail will say", false},
    {"expires", "WHEN", "create: a day, or \"90 days\" (else never)", false},
};
static const struct cli_option backup_options[] = {DATA, SERVER, TOKEN, CA, PLUGINS, CONFIG};
static const struct cli_option restore_options[] = {DATA};
static const struct cli_option verify_options[] = {DATA, SERVER, TOKEN, CA};
static const struct cli_option export_options[] = {
    DATA,
    {"engine", "clickhouse", "where they go", false},
    CLICKHOUSE,
    {"replace", NULL, "drop its tables first, with all that is in them", false},
    {"tables", NULL, "make the tables of that node, and move nothing", false},
};
static const struct cli_option gen_options[] = {
    {"rows", "N", "how many rows", false},
    {"seed", "S", "which country (default 0)", false},
    {"data", "DIR", "straight into this data directory", false},
    {"csv", "FILE", "or as CSV into this file ('-': standard output)", false},
};
static const struct cli_option bench_options[] = {
    {"rows", "N", "rows of the synthetic country (default 1000000); growth: N,N,...", false},
    {"data", "DIR", "a country that is kept; growth: DIR/ROWS; mixed: it is copied", false},
    {"rate", "N", "mixed: rows a second that arrive (default 50000)", false},
    {"batch", "N", "mixed: rows of a batch (default 1000)", false},
    {"days", "N", "mixed: days that the rows of a batch are spread over (default 30)", false},
    {"readers", "N", "mixed: clients that ask (default 4)", false},
    {"asks", "N", "mixed: questions of each in a second (default 50)", false},
    {"heavy", "N", "mixed: questions of the whole country in a minute (default 60)", false},
    {"seconds", "N", "mixed: how long each phase lasts (default 30)", false},
    {"file", "FILE", "questions: lines of an id, a tab, a query", false},
    {"runs", "N", "questions: how often each is asked (default 6)", false},
    {"out", "DIR", "questions: the answers, ID.csv each", false},
    ENGINE,
    CLICKHOUSE,
    {"threads", "N", "questions: accepted for the peers' sake; Panji decides by itself", false},
};

#define OPTIONS(o) o, ARRAY_LEN(o)

static const struct cli_command commands[] = {
    {"serve", "", 0, 0, "Serve a data directory over HTTP", OPTIONS(serve_options), cmd_serve},
    {"import", "FILE...", 1, CLI_ARGS_MAX,
     "Import registrations: CSV or NDJSON, also packed ('-': standard input)",
     OPTIONS(import_options), cmd_import},
    {"query", "'QUERY'", 0, 1, "Run a query, or lay it out", OPTIONS(query_options), cmd_query},
    {"shell", "", 0, 0, "Ask queries one after the other", OPTIONS(shell_options), cmd_shell},
    {"report", "PLUGIN/NAME", 1, 1, "Run a report", OPTIONS(report_options), cmd_report},
    {"batches", "[list] | retract ID | rejects ID", 0, 2,
     "List the batches, retract one, or print the rows it left out", OPTIONS(batches_options),
     cmd_batches},
    {"places", "import FILE | find NAME", 2, CLI_ARGS_MAX, "Import or find places",
     OPTIONS(places_options), cmd_places},
    {"tables", "[put NAME FILE | drop NAME]", 0, 3, "List, upload or drop tables of your own",
     OPTIONS(tables_options), cmd_tables},
    {"stated", "FILE", 1, 1, "Import figures as a source published them", OPTIONS(stated_options),
     cmd_stated},
    {"plugin", "check [PATH] | test [PATH] | new NAME | docs", 1, 2,
     "Check plugins and run their tests, begin one, or print their reference",
     OPTIONS(plugin_options), cmd_plugin},
    {"token", "create --role R | list | revoke ID", 1, 2,
     "Make a token (it is shown this once), list or revoke them", OPTIONS(token_options),
     cmd_token},
    {"backup", "FILE", 1, 1, "Write everything into one file, verified; a server goes on",
     OPTIONS(backup_options), cmd_backup},
    {"export", "", 0, 0,
     "Move the registrations of a directory to ClickHouse, and count them there",
     OPTIONS(export_options), cmd_export},
    {"restore", "FILE", 1, 1, "Put a backup into a directory that is new or empty",
     OPTIONS(restore_options), cmd_restore},
    {"verify", "[FILE]", 0, 1, "Look at all that is stored, or at a backup",
     OPTIONS(verify_options), cmd_verify},
    {"gen", "", 0, 0, "Make the synthetic country", OPTIONS(gen_options), cmd_gen},
    {"bench", "[growth | mixed | questions]", 0, 1,
     "Measure this machine: all, sizes, queries beside imports, a file of queries",
     OPTIONS(bench_options), cmd_bench},
    {"version", "", 0, 0, "Print the version", NULL, 0, cmd_version},
};

int cmd_version(const struct cli *c, struct err *err)
{
    (void)c, (void)err;
    puts("panji " PANJI_VERSION);
    return 0;
}

static void print_error(const struct err *e)
{
    if (e->msg[0] == '\0')
        return; /* already told */
    if (e->line > 0)
        fprintf(stderr, "panji: line %d, column %d: %s\n", e->line, e->column, e->msg);
    else
        fprintf(stderr, "panji: %s\n", e->msg);
    if (e->excerpt[0] != '\0')
        fprintf(stderr, "%s\n", e->excerpt);
    if (e->hint[0] != '\0')
        fprintf(stderr, "hint: %s\n", e->hint);
}

static int fail(const struct err *e)
{
    fflush(stdout);
    print_error(e);
    return err_exit(e->code);
}

/* What people send may hold numbers that must not stay anywhere; a dump of the memory would keep
 * them. No debugger of the same user may look at it either. */
static void forbid_dumps(void)
{
    static const struct rlimit none = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        log_line(LOG_WARN, "main", "core dumps cannot be switched off: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    static struct cli cli;
    struct err err = {0};
    forbid_dumps();
    signal(SIGPIPE, SIG_IGN);
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                      strcmp(argv[1], "help") == 0)) {
        cli_help_all(commands, ARRAY_LEN(commands), stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--man") == 0) {
        manual_page(commands, ARRAY_LEN(commands), PANJI_VERSION, stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--completion") == 0) {
        manual_completion(commands, ARRAY_LEN(commands), stdout);
        return 0;
    }
    if (cli_parse(commands, ARRAY_LEN(commands), argc, (const char *const *)argv, &cli, &err) < 0)
        return fail(&err);
    if (cli.help) {
        cli_help(cli.command, stdout);
        return 0;
    }
    log_threshold(strcmp(cli.command->name, "serve") == 0 ? LOG_INFO : LOG_ERROR);
    int rc = cli.command->run(&cli, &err);
    return rc < 0 ? fail(&err) : 0;
}
