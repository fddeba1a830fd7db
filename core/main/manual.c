/* SPDX-License-Identifier: MIT
 *
 * The manual page and the completion. */
#include "manual.h"

#include <string.h>

/* ---- the page ---- */

/* A text of a page: backslashes and what would begin a request are kept from being read. */
static void put_text(const char *s, FILE *out)
{
    if (*s == '.' || *s == '\'')
        fputs("\\&", out);
    for (; *s != '\0'; s++) {
        if (*s == '\\')
            fputs("\\e", out);
        else if (*s == '-')
            fputs("\\-", out);
        else
            fputc(*s, out);
    }
}

static void put_option(const struct cli_option *o, FILE *out)
{
    fprintf(out, ".It Fl \\-%s", o->name);
    if (o->value != NULL) {
        fputs(" Ar ", out);
        put_text(o->value, out);
    }
    fputc('\n', out);
    put_text(o->help, out);
    fputs(o->many ? " (may be repeated).\n" : ".\n", out);
}

static void put_command(const struct cli_command *c, FILE *out)
{
    fprintf(out, ".Ss %s", c->name);
    if (c->args[0] != '\0') {
        fputc(' ', out);
        put_text(c->args, out);
    }
    fputc('\n', out);
    put_text(c->help, out);
    fputs(".\n", out);
    if (c->options == 0)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < c->options; i++)
        put_option(&c->option[i], out);
    fputs(".El\n", out);
}

static const char page_head[] =
    ".Os Panji\n"
    ".Sh NAME\n"
    ".Nm panji\n"
    ".Nd analytics server for registration drives\n"
    ".Sh SYNOPSIS\n"
    ".Nm\n"
    ".Ar command\n"
    ".Op Fl \\-option Ar value ...\n"
    ".Op Ar argument ...\n"
    ".Sh DESCRIPTION\n"
    ".Nm\n"
    "keeps the register of a registration drive in memory as columns, answers questions about it,\n"
    "and serves the reports, targets and alerts that planners write in Lua, over HTTP, in Hindi\n"
    "and English.\n"
    "Commands work on a data directory whether a server runs on it or not.\n"
    "Results go to standard output, all else to standard error.\n"
    ".Sh COMMANDS\n";

static const char page_tail[] =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width Ds\n"
    ".It Ev PANJI_DATA\n"
    "The data directory, where no option names one.\n"
    ".It Ev PANJI_TOKEN\n"
    "The token that commands show a server.\n"
    ".It Ev PANJI_HISTORY\n"
    "The history of\n"
    ".Nm\n"
    ".Cm shell .\n"
    ".It Ev NOTIFY_SOCKET , WATCHDOG_USEC\n"
    "Set by\n"
    ".Xr systemd 1\n"
    "for a service that tells how it is.\n"
    ".El\n"
    ".Sh FILES\n"
    ".Bl -tag -width Ds\n"
    ".It Pa DIR/panji.lua\n"
    "The configuration of a data directory, where\n"
    ".Fl \\-config\n"
    "names no other.\n"
    ".It Pa DIR/panji.db\n"
    "All that is stored.\n"
    "It is copied by\n"
    ".Nm\n"
    ".Cm backup ,\n"
    "never as a file while a server runs.\n"
    ".It Pa DIR/inbox\n"
    "The watched folder.\n"
    ".It Pa DIR/crash.txt\n"
    "What a server that died of a fault left behind.\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    ".Bl -tag -width Ds\n"
    ".It 0\n"
    "Done.\n"
    ".It 1\n"
    "Refused: what was given is wrong.\n"
    ".It 2\n"
    "Wrong use of the command line.\n"
    ".It 3\n"
    "Unavailable, or the outcome is unknown; a server that was asked twice to stop.\n"
    ".El\n"
    ".Pp\n"
    "A server stops on SIGTERM and SIGINT when it has answered who is there, and at once when it\n"
    "is asked again.\n"
    "On SIGHUP it reads its configuration and the plugins again.\n"
    ".Sh EXAMPLES\n"
    ".Dl panji serve \\-\\-data /var/lib/panji \\-\\-listen 127.0.0.1:8090\n"
    ".Dl panji import day.csv \\-\\-source csc \\-\\-data /var/lib/panji\n"
    ".Dl panji query 'FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district'\n"
    ".Dl panji report drive/block_review \\-\\-param district=607\n"
    ".Dl panji backup /backup/panji.backup \\-\\-data /var/lib/panji\n";

/* The day of the page is left out: the same version prints the same page. */
void manual_page(const struct cli_command *table, size_t n, const char *version, FILE *out)
{
    fprintf(out,
            ".\\\" Panji %s. Written by `panji --man` from the table of commands.\n"
            ".Dd $Mdocdate$\n.Dt PANJI 1\n",
            version);
    fputs(page_head, out);
    for (size_t i = 0; i < n; i++)
        put_command(&table[i], out);
    fputs(page_tail, out);
}

/* ---- completion ---- */

static void put_words(const struct cli_command *c, FILE *out)
{
    fprintf(out, "    %s) words=\"", c->name);
    for (size_t i = 0; i < c->options; i++)
        fprintf(out, "--%s ", c->option[i].name);
    fputs("--help\" ;;\n", out);
}

/* Options whose value is one of a few, by the help of the command line: "reject|skip". */
static void put_values(const struct cli_command *table, size_t n, FILE *out)
{
    for (size_t c = 0; c < n; c++)
        for (size_t i = 0; i < table[c].options; i++) {
            const struct cli_option *o = &table[c].option[i];
            if (o->value == NULL || strchr(o->value, '|') == NULL)
                continue;
            fprintf(out, "    %s:--%s) words=\"", table[c].name, o->name);
            for (const char *p = o->value; *p != '\0'; p++)
                fputc(*p == '|' ? ' ' : *p, out);
            fputs("\" ;;\n", out);
        }
}

void manual_completion(const struct cli_command *table, size_t n, FILE *out)
{
    fputs("# Completion of panji for bash. Written by `panji --completion`.\n"
          "_panji() {\n"
          "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "  local command=${COMP_WORDS[1]} words=\n"
          "  COMPREPLY=()\n"
          "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "    words=\"",
          out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s ", table[i].name);
    fputs("--help\"\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "    return\n"
          "  fi\n"
          "  case $command:$before in\n",
          out);
    put_values(table, n, out);
    fputs("  esac\n"
          "  if [ -z \"$words\" ] && [[ $word == -* ]]; then\n"
          "    case $command in\n",
          out);
    for (size_t i = 0; i < n; i++)
        put_words(&table[i], out);
    fputs("    esac\n"
          "  fi\n"
          "  if [ -n \"$words\" ]; then\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "  else\n"
          "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "  fi\n"
          "}\n"
          "complete -o filenames -F _panji panji\n",
          out);
}
