/* SPDX-License-Identifier: MIT
 *
 * `panji serve`: opens the data directory, listens, and waits for signals on the main thread.
 * SIGTERM and SIGINT stop gracefully, a second one at once; SIGHUP reads the configuration and the
 * plugins again; plugins whose files change are loaded by themselves. A service manager is told. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "commands.h"
#include "config.h"
#include "door.h"
#include "net/mappings.h"
#include "plugin_watch.h"
#include "store/tokens.h"
#include "supervisor.h"

enum { DRAIN_MS = 10000, EXIT_AT_ONCE = 3 };

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

static struct request_log log_of(const struct settings *s)
{
    return (struct request_log){(enum requests_logged)s->log.requests, s->log.slow_ms};
}

static void reload_settings(const struct cli *c, struct app *a, struct httpd *h)
{
    struct err err = {0};
    struct settings now;
    if (config_read(c, &now, &err) < 0) {
        log_line(LOG_ERROR, "main", "the configuration was not read again: %s", err.msg);
        return;
    }
    config_reload(&a->settings, &now);
    config_log(&now);
    struct request_log log = log_of(&now);
    httpd_log(h, &log);
    settings_fini(&now);
}

static void reload(const struct cli *c, struct app *a, struct httpd *h)
{
    struct err err = {0};
    supervisor_tell("STATUS=reading the configuration and the plugins again");
    reload_settings(c, a, h);
    if (registry_reload(a->registry, &err) < 0 || alert_engine_run(a->alerts, &err) < 0)
        log_line(LOG_ERROR, "main", "plugins were not loaded again: %s", err.msg);
    else
        log_line(LOG_INFO, "main", "plugins were loaded again");
    tell_mistakes(a->registry);
    supervisor_tell("STATUS=serving");
}

/* A service manager hears that all is well when this server answers for its health. */
static void tell_of_health(const char *dir, int64_t *due_ns)
{
    char url[DOOR_URL_BYTES];
    int64_t ms = supervisor_interval_ms();
    if (ms == 0 || clock_mono_ns() < *due_ns)
        return;
    *due_ns = clock_mono_ns() + ms * 1000000;
    if (door_find(dir, url))
        supervisor_tell("WATCHDOG=1");
    else
        log_line(LOG_ERROR, "main", "the server does not answer for its own health");
}

static uint64_t generation_of(struct registry *r)
{
    const struct plugin_set *set = registry_get(r);
    uint64_t generation = set->generation;
    plugin_set_unref(set);
    return generation;
}

/* Files of plugins changed; those that were stored over HTTP serve already. */
static void follow_files(struct app *a)
{
    struct err err = {0};
    uint64_t before = generation_of(a->registry);
    if (registry_reload(a->registry, &err) < 0) {
        log_line(LOG_ERROR, "main", "plugins that changed were not loaded: %s", err.msg);
        return;
    }
    if (generation_of(a->registry) == before)
        return;
    log_line(LOG_INFO, "main", "plugins changed and were loaded again");
    if (alert_engine_run(a->alerts, &err) < 0)
        log_line(LOG_ERROR, "main", "alerts after plugins changed: %s", err.msg);
    tell_mistakes(a->registry);
}

/* The signal that came, or 0 after an interval without one. */
static int next_signal(const sigset_t *set)
{
    static const struct timespec interval = {.tv_sec = 1};
    int signal_number = sigtimedwait(set, NULL, &interval);
    return signal_number > 0 ? signal_number : errno == EAGAIN || errno == EINTR ? 0 : SIGTERM;
}

static void wait_for_stop(const struct cli *c, struct app *a, struct httpd *h, const sigset_t *set)
{
    struct plugin_watch files;
    int64_t due_ns = 0;
    plugin_watch_open(&files, a->plugins);
    for (;;) {
        int signal_number = next_signal(set);
        httpd_look_at_certificate(h);
        if (signal_number == SIGHUP)
            reload(c, a, h);
        else if (signal_number != 0)
            break;
        if (plugin_watch_told(&files))
            follow_files(a);
        tell_of_health(a->settings.data.p, &due_ns);
    }
    plugin_watch_close(&files);
}

static void on_second_signal(int signal_number)
{
    static const char text[] = "panji: asked to stop for the second time: ends at once\n";
    ssize_t done = write(STDERR_FILENO, text, sizeof text - 1);
    (void)done, (void)signal_number;
    _exit(EXIT_AT_ONCE);
}

/* Whoever asks again does not want to wait for those who are still served. What was acknowledged is
 * stored; what is under way is as after kill -9. */
static void stop_at_once_when_asked_again(const sigset_t *set)
{
    struct sigaction act = {.sa_handler = on_second_signal};
    sigemptyset(&act.sa_mask);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    signal(SIGHUP, SIG_IGN);
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

/* Who is let in. */
static const char *welcome(const struct app *a)
{
    const struct token_set *set = store_tokens(a->store);
    bool any = set->any;
    token_set_unref(set);
    if (a->service.anonymous_public)
        return "Whoever sends no token has the role public.";
    return any ? "It asks for a token (panji token create)."
               : "It listens on this machine only and asks nobody who they are (panji token create "
                 "makes it ask).";
}

static void greet(const char *url, const char *dir, const char *who)
{
    fprintf(
        stderr,
        "\nPanji serves %s\n\n"
        "  open in a browser    %s/\n"
        "  sectors              %s/v1/reports/drive/sector_summary.csv?district=607\n"
        "  blocks               %s/v1/reports/drive/block_review.json?district=607\n"
        "  a query              %s/v1/query?q=FROM+registrations+|%%3E+AGGREGATE+COUNT(*)+AS+n\n"
        "  alerts               %s/v1/alerts\n\n"
        "%s Ctrl-C stops it.\n\n",
        dir, url, url, url, url, url, who);
}

/* Where this machine reaches it: every address is one of its own, too. */
static void name_url(const char *listen, size_t n, int port, bool sealed, char url[DOOR_URL_BYTES])
{
    struct str host = {listen, n};
    if (str_eq(host, STR("0.0.0.0")))
        host = STR("127.0.0.1");
    if (str_eq(host, STR("[::]")))
        host = STR("[::1]");
    snprintf(url, DOOR_URL_BYTES, "%s://%.*s:%d", sealed ? "https" : "http", STR_ARG(host), port);
}

static int serve(const struct cli *c, struct app *a, const sigset_t *set, struct err *err)
{
    struct httpd *h = NULL;
    char url[DOOR_URL_BYTES];
    const char *dir = a->settings.data.p;
    const char *listen = a->settings.listen.p;
    const char *colon = strrchr(listen, ':');
    bool sealed = a->settings.tls.cert.n > 0;
    char whole[PATH_MAX];
    const char *cert = sealed ? realpath(a->settings.tls.cert.p, whole) : NULL;
    a->service.request_log = log_of(&a->settings);
    TRY(httpd_start(&a->service, listen, &h, err));
    name_url(listen, (size_t)(colon - listen), httpd_port(h), sealed, url);
    struct door_notice notice = {url, a->instance, a->key, cert};
    int rc = door_announce(dir, &notice, err);
    if (rc == 0) {
        tell_mistakes(a->registry);
        greet(url, dir, welcome(a));
        log_line(LOG_INFO, "main", "listening on %s", url);
        supervisor_tell("READY=1");
        wait_for_stop(c, a, h, set);
        log_line(LOG_INFO, "main", "stopping");
        supervisor_tell("STOPPING=1");
        stop_at_once_when_asked_again(set);
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

static int open_inbox(const struct settings *s, struct app *a, struct inbox **out, struct err *err)
{
    struct inbox_options o = {.dir = s->inbox.p,
                              .store = a->store,
                              .cell = a->cell,
                              .pool = a->readers,
                              .mapping = mapping_of,
                              .mapping_ctx = a};
    if (s->inbox.n == 0)
        return 0;
    TRY(inbox_start(&o, out, err));
    a->service.inbox = *out;
    return 0;
}

/* The effective settings, as a file that would set the same. */
static int check(const struct settings *s, struct err *err)
{
    struct buf out;
    buf_init(&out, MEM_MAIN);
    settings_print(s, &out);
    int rc = buf_check(&out, err);
    if (rc == 0)
        fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
    if (s->path.n > 0)
        fprintf(stderr, "%s: good\n", s->path.p);
    else
        fputs("there is no configuration file: this is what holds without one\n", stderr);
    return rc;
}

/* And tells of the last one. */
static void watch_for_crashes(const char *dir)
{
    char path[DOOR_PATH_BYTES + 16];
    char line[200];
    snprintf(path, sizeof path, "%s/crash.txt", dir);
    if (crash_before(path, line, sizeof line))
        log_line(LOG_ERROR, "main", "the server before this one died: %s; see %s.before", line,
                 path);
    crash_file(path);
}

static int open_and_serve(const struct cli *c, struct settings *s, struct err *err)
{
    static struct app app;
    struct inbox *inbox = NULL;
    sigset_t set;
    char url[DOOR_URL_BYTES];
    char dir[DOOR_PATH_BYTES];
    snprintf(dir, sizeof dir, "%s", s->data.p);
    crash_init(PANJI_VERSION);
    supervisor_init();
    block_signals(&set);
    raise_file_limit();
    int rc = app_open_settings(s, &app, err);
    if (rc == ERR_LOCKED && door_find(dir, url))
        err_hint(err, "a panji serves this directory already at %s", url);
    TRY(rc);
    config_log(&app.settings);
    watch_for_crashes(dir);
    app_catch_up(&app);
    rc = open_inbox(&app.settings, &app, &inbox, err);
    if (rc == 0)
        rc = serve(c, &app, &set, err);
    inbox_stop(inbox);
    app_close(&app);
    return rc;
}

int cmd_serve(const struct cli *c, struct err *err)
{
    struct settings s;
    TRY(config_read(c, &s, err));
    int rc = cli_has(c, "check-config") ? check(&s, err) : config_apply(&s, err);
    if (rc == 0 && !cli_has(c, "check-config"))
        return open_and_serve(c, &s, err);
    settings_fini(&s);
    return rc;
}
