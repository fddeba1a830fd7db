/* SPDX-License-Identifier: MIT
 *
 * Putting flags, environment, file and defaults together. */
#include "config.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "door.h"
#include "remote.h"

static const struct settings_refusal not_there[] = {
    {"engine", "clickhouse", "a server over the engine \"clickhouse\" is not there yet",
     "leave it out: panji export moves the data there, panji query --engine clickhouse asks there"},
    {"clickhouse", NULL, "a server over the engine \"clickhouse\" is not there yet",
     "leave it out"},
    {NULL, NULL, NULL, NULL},
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the configuration");
}

/* ---- which file ---- */

static bool path_of_file(const struct cli *c, char out[PATH_MAX])
{
    const char *named = cli_get(c, "config");
    if (named != NULL)
        return snprintf(out, PATH_MAX, "%s", named) < PATH_MAX;
    return snprintf(out, PATH_MAX, "%s/panji.lua", door_data_dir(c)) < PATH_MAX &&
           access(out, F_OK) == 0;
}

static int read_file(const struct cli *c, struct settings *out, struct err *err)
{
    char path[PATH_MAX];
    struct buf mistakes;
    settings_init(out);
    if (!path_of_file(c, path))
        return 0;
    buf_init(&mistakes, MEM_MAIN);
    int rc = settings_read(path, not_there, out, &mistakes, err);
    if (rc < 0 && mistakes.n > 0)
        fprintf(stderr, "%.*s\n", STR_ARG(buf_view(&mistakes)));
    buf_fini(&mistakes);
    return rc;
}

/* A file that was found in a directory cannot send to another one. */
static int same_dir(const struct cli *c, const struct settings *s, struct err *err)
{
    char found[PATH_MAX];
    char named[PATH_MAX];
    const char *dir = door_data_dir(c);
    if (cli_has(c, "config") || s->data.n == 0)
        return 0;
    if (realpath(dir, found) != NULL && realpath(s->data.p, named) != NULL &&
        strcmp(found, named) == 0)
        return 0;
    err_set(err, ERR_PARAM, "%s is in the data directory %s, but says data = \"%s\"", s->path.p,
            dir, s->data.p);
    err_hint(err, "take `data` out of it, or name the file with --config");
    return ERR_PARAM;
}

/* ---- what holds ---- */

/* The first of the two that is set. */
static int choose(struct settings *s, struct str *at, const char *flag, const char *otherwise,
                  struct err *err)
{
    if (flag == NULL && at->n > 0)
        return 0;
    *at = str_copy(&s->arena, str_of(flag != NULL ? flag : otherwise));
    return at->p != NULL ? 0 : no_memory(err);
}

/* Empty: none. */
static int choose_inbox(const struct cli *c, struct settings *s, struct err *err)
{
    char usual[PATH_MAX];
    if (cli_has(c, "no-inbox")) {
        s->inbox = STR("");
        return 0;
    }
    snprintf(usual, sizeof usual, "%s/inbox", s->data.p);
    return choose(s, &s->inbox, cli_get(c, "inbox"), usual, err);
}

static int fill(const struct cli *c, struct settings *s, struct err *err)
{
    char plugins[PLUGINS_PATH_BYTES];
    const char *data = door_data_named(c) ? door_data_dir(c) : NULL;
    app_plugins_dir(plugins);
    TRY(same_dir(c, s, err));
    TRY(choose(s, &s->data, data, door_data_dir(c), err));
    TRY(choose(s, &s->listen, cli_get(c, "listen"), "127.0.0.1:8090", err));
    TRY(choose(s, &s->plugins, cli_get(c, "plugins"), plugins, err));
    TRY(choose_inbox(c, s, err));
    TRY(remote_flags(c, s, err));
    TRY(choose(s, &s->timezone, NULL, clock_zone(), err));
    if (s->fiscal_year_start_month == 0)
        s->fiscal_year_start_month = date_fiscal_month();
    if (s->workers == 0)
        s->workers = app_workers();
    return 0;
}

int config_read(const struct cli *c, struct settings *out, struct err *err)
{
    int rc = read_file(c, out, err);
    if (rc == 0)
        rc = fill(c, out, err);
    if (rc < 0)
        settings_fini(out);
    return rc;
}

int config_apply(const struct settings *s, struct err *err)
{
    TRY(clock_set_zone(s->timezone, err));
    date_set_fiscal_month(s->fiscal_year_start_month);
    mem_limit_all(s->memory_limit);
    return 0;
}

void config_log(const struct settings *s)
{
    log_threshold(s->log.level);
    log_form(s->log.format);
}

/* ---- again ---- */

/* Counts it, too. */
static void waits(const char *name, size_t *n)
{
    log_line(LOG_WARN, "main", "the setting %s has changed: it takes effect at the next start",
             name);
    *n += 1;
}

/* Of the settings as they are printed: the next one's name, and all that it says. A setting begins
 * at the start of a line with a small letter and goes on to the next. */
static bool next_printed(struct str *rest, struct str *name, struct str *all)
{
    size_t end = 0;
    if (rest->n == 0)
        return false;
    const char *equals = memmem(rest->p, rest->n, " = ", 3);
    ASSERT(equals != NULL);
    *name = (struct str){rest->p, (size_t)(equals - rest->p)};
    do {
        const char *line = memchr(rest->p + end, '\n', rest->n - end);
        end = line != NULL ? (size_t)(line - rest->p) + 1 : rest->n;
    } while (end < rest->n && !islower((unsigned char)rest->p[end]));
    *all = (struct str){rest->p, end};
    *rest = (struct str){rest->p + end, rest->n - end};
    return true;
}

static struct str find_printed(struct str printed, struct str name)
{
    struct str n, all;
    while (next_printed(&printed, &n, &all))
        if (str_eq(n, name))
            return all;
    return STR("");
}

/* Of a URL not all is printed. */
static bool urls_differ(const struct settings *old, const struct settings *s)
{
    for (size_t i = 0; i < s->notifiers && i < old->notifiers; i++)
        if (!str_eq(old->notifier[i].url, s->notifier[i].url))
            return true;
    return false;
}

static bool holds_at_once(struct str name)
{
    return str_eq(name, STR("memory_limit")) || str_eq(name, STR("log"));
}

/* Those of `here` that `there` says otherwise, or where `missing`, does not say. */
static void compare(struct str here, struct str there, bool missing, size_t *n)
{
    struct str name, all;
    while (next_printed(&here, &name, &all)) {
        struct str other = find_printed(there, name);
        if (holds_at_once(name) || str_eq(all, other) || (missing && other.n > 0))
            continue;
        char text[64];
        snprintf(text, sizeof text, "%.*s", STR_ARG(name));
        waits(text, n);
    }
}

size_t config_reload(const struct settings *old, const struct settings *s)
{
    size_t n = 0;
    struct buf was;
    struct buf now;
    buf_init(&was, MEM_MAIN);
    buf_init(&now, MEM_MAIN);
    settings_print(old, &was);
    settings_print(s, &now);
    compare(buf_view(&now), buf_view(&was), false, &n);
    compare(buf_view(&was), buf_view(&now), true, &n);
    if (urls_differ(old, s) && str_eq(find_printed(buf_view(&was), STR("notifiers")),
                                      find_printed(buf_view(&now), STR("notifiers"))))
        waits("notifiers", &n);
    buf_fini(&was);
    buf_fini(&now);
    mem_limit_all(s->memory_limit);
    return n;
}
