/* SPDX-License-Identifier: MIT
 *
 * `panji serve`: opens the data directory, listens, and waits for signals on the main thread.
 * SIGTERM and SIGINT stop gracefully, SIGHUP loads changed plugins. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "app.h"
#include "base/log.h"
#include "commands.h"
#include "door.h"
#include "net/mappings.h"

enum { DRAIN_MS = 10000 };

/* Signals are blocked before any thread starts, so that only the main thread takes them. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void raise_file_limit(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

/* Mistakes in plugins, whole, as their author reads them. */
static void tell_mistakes(struct registry *registry)
{
    const struct plugin_set *set = registry_get(registry);
    for (size_t i = 0; i < set->n; i++)
        if (set->plugin[i].status != PLUGIN_OK)
            fprintf(stderr, "\nplugin %.*s is not served as it is on disk:\n%.*s\n",
                    STR_ARG(set->plugin[i].name), STR_ARG(set->plugin[i].errors_text));
    plugin_set_unref(set);
}

static void reload(struct app *a)
{
    struct err err = {0};
    if (registry_reload(a->registry, &err) < 0 || alert_engine_run(a->alerts, &err) < 0)
        log_line(LOG_ERROR, "main", "plugins were not loaded again: %s", err.msg);
    else
        log_line(LOG_INFO, "main", "plugins were loaded again");
    tell_mistakes(a->registry);
}

static void wait_for_stop(struct app *a, const sigset_t *set)
{
    for (;;) {
        int signal_number = 0;
        if (sigwait(set, &signal_number) != 0 || signal_number != SIGHUP)
            return;
        reload(a);
    }
}

static void greet(const char *url, const char *dir)
{
    fprintf(
        stderr,
        "\nPanji serves %s\n\n"
        "  open in a browser    %s/\n"
        "  sectors              %s/v1/reports/drive/sector_summary.csv?district=607\n"
        "  blocks               %s/v1/reports/drive/block_review.json?district=607\n"
        "  a query              %s/v1/query?q=FROM+registrations+|%%3E+AGGREGATE+COUNT(*)+AS+n\n"
        "  alerts               %s/v1/alerts\n\n"
        "It listens on this machine only and asks nobody who they are. Ctrl-C stops it.\n\n",
        dir, url, url, url, url, url);
}

static int serve(struct app *a, const char *dir, const char *listen, const sigset_t *set,
                 struct err *err)
{
    struct httpd *h = NULL;
    char url[DOOR_URL_BYTES];
    const char *colon = strrchr(listen, ':');
    TRY(httpd_start(&a->service, listen, &h, err));
    snprintf(url, sizeof url, "http://%.*s:%d", (int)(colon - listen), listen, httpd_port(h));
    int rc = door_announce(dir, url, a->instance, err);
    if (rc == 0) {
        tell_mistakes(a->registry);
        greet(url, dir);
        log_line(LOG_INFO, "main", "listening on %s", url);
        wait_for_stop(a, set);
        log_line(LOG_INFO, "main", "stopping");
        door_withdraw(dir, a->instance);
    }
    httpd_stop(h, DRAIN_MS);
    return rc;
}

/* A source need not have a mapping. */
static int mapping_of(void *ctx, struct str source, struct mapping **out, struct err *err)
{
    const struct app *a = ctx;
    int rc = mapping_by_name(a->plugins, source, out, err);
    return rc == ERR_NOT_FOUND || rc == ERR_PARAM ? 0 : rc;
}

/* DIR/inbox, or where --inbox says. */
static int open_inbox(const struct cli *c, const char *dir, struct app *a, struct inbox **out,
                      struct err *err)
{
    char path[DOOR_PATH_BYTES];
    const char *named = cli_get(c, "inbox");
    if (cli_has(c, "no-inbox"))
        return 0;
    snprintf(path, sizeof path, "%s/inbox", dir);
    struct inbox_options o = {.dir = named != NULL ? named : path,
                              .store = a->store,
                              .cell = a->cell,
                              .pool = a->readers,
                              .mapping = mapping_of,
                              .mapping_ctx = a};
    TRY(inbox_start(&o, out, err));
    a->service.inbox = *out;
    return 0;
}

int cmd_serve(const struct cli *c, struct err *err)
{
    static struct app app;
    struct inbox *inbox = NULL;
    sigset_t set;
    const char *dir = door_data_dir(c);
    const char *listen = cli_get(c, "listen");
    char url[DOOR_URL_BYTES];
    if (cli_has(c, "config"))
        return err_set(err, ERR_UNSUPPORTED,
                       "a configuration file is not read by this version: give --data, --listen "
                       "and --plugins instead of --config");
    block_signals(&set);
    raise_file_limit();
    int rc = app_open(dir, cli_get(c, "plugins"), &app, err);
    if (rc == ERR_LOCKED && door_find(dir, url))
        err_hint(err, "a panji serves this directory already at %s", url);
    TRY(rc);
    rc = open_inbox(c, dir, &app, &inbox, err);
    if (rc == 0)
        rc = serve(&app, dir, listen ? listen : "127.0.0.1:8090", &set, err);
    inbox_stop(inbox);
    app_close(&app);
    return rc;
}
