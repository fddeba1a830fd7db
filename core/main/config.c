/* SPDX-License-Identifier: MIT
 *
 * Putting flags, environment, file and defaults together. */
#include "config.h"

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

/* What stands in no text of its own is compared as it is printed. */
static bool print_differs(const struct settings *a, const struct settings *b)
{
    struct buf one;
    struct buf two;
    buf_init(&one, MEM_MAIN);
    buf_init(&two, MEM_MAIN);
    settings_print(a, &one);
    settings_print(b, &two);
    bool differ = !str_eq(buf_view(&one), buf_view(&two));
    buf_fini(&one);
    buf_fini(&two);
    return differ;
}

static bool attributes_differ(const struct settings *old, const struct settings *s)
{
    struct settings a = {.attribute = old->attribute, .attributes = old->attributes};
    struct settings b = {.attribute = s->attribute, .attributes = s->attributes};
    return print_differs(&a, &b);
}

static bool http_differs(const struct settings *old, const struct settings *s)
{
    struct settings a = {.guard = old->guard,
                         .origin = old->origin,
                         .origins = old->origins,
                         .proxy = old->proxy,
                         .proxies = old->proxies};
    struct settings b = {.guard = s->guard,
                         .origin = s->origin,
                         .origins = s->origins,
                         .proxy = s->proxy,
                         .proxies = s->proxies};
    return print_differs(&a, &b);
}

/* Of a URL not all is printed. */
static bool notifiers_differ(const struct settings *old, const struct settings *s)
{
    struct settings a = {.notifier = old->notifier, .notifiers = old->notifiers};
    struct settings b = {.notifier = s->notifier, .notifiers = s->notifiers};
    if (print_differs(&a, &b))
        return true;
    for (size_t i = 0; i < s->notifiers; i++)
        if (!str_eq(old->notifier[i].url, s->notifier[i].url))
            return true;
    return false;
}

static bool default_notify_differs(const struct settings *old, const struct settings *s)
{
    struct settings a = {.default_notify = old->default_notify,
                         .default_notifies = old->default_notifies};
    struct settings b = {.default_notify = s->default_notify,
                         .default_notifies = s->default_notifies};
    return print_differs(&a, &b);
}

size_t config_reload(const struct settings *old, const struct settings *s)
{
    size_t n = 0;
    const struct {
        const char *name;
        struct str before, now;
    } text[] = {
        {"listen", old->listen, s->listen},    {"data", old->data, s->data},
        {"plugins", old->plugins, s->plugins}, {"timezone", old->timezone, s->timezone},
        {"inbox", old->inbox, s->inbox},
    };
    for (size_t i = 0; i < ARRAY_LEN(text); i++)
        if (!str_eq(text[i].before, text[i].now))
            waits(text[i].name, &n);
    if (old->fiscal_year_start_month != s->fiscal_year_start_month)
        waits("fiscal_year_start_month", &n);
    if (old->workers != s->workers)
        waits("workers", &n);
    if (!str_eq(old->tls.cert, s->tls.cert) || !str_eq(old->tls.key, s->tls.key))
        waits("tls", &n);
    if (http_differs(old, s))
        waits("guard, cors or trusted_proxies", &n);
    if (attributes_differ(old, s))
        waits("attributes", &n);
    if (notifiers_differ(old, s))
        waits("notifiers", &n);
    if (default_notify_differs(old, s))
        waits("default_notify", &n);
    mem_limit_all(s->memory_limit);
    return n;
}
