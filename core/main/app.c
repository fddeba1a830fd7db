/* SPDX-License-Identifier: MIT
 *
 * Opening order: cell, store (publishes the first snapshot), plugins (checked against it), alerts,
 * checks, pool. Closing order: whoever reads or writes the store, the store, then the rest. */
#include "app.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "wishes.h"

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* `suffix` relative to the directory of the program. */
static bool beside_program(const char *suffix, char out[PLUGINS_PATH_BYTES])
{
    char program[PLUGINS_PATH_BYTES];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n <= 0)
        return false;
    program[n] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    int k = snprintf(out, PLUGINS_PATH_BYTES, "%s/%s", program, suffix);
    return k > 0 && k < PLUGINS_PATH_BYTES && is_dir(out);
}

void app_plugins_dir(char out[PLUGINS_PATH_BYTES])
{
    static const char *const places[] = {"../plugins", "../../plugins", "../share/panji/plugins"};
    snprintf(out, PLUGINS_PATH_BYTES, "plugins");
    if (is_dir(out))
        return;
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (beside_program(places[i], out))
            return;
    snprintf(out, PLUGINS_PATH_BYTES, "plugins");
}

bool app_dashboard_dir(char out[PLUGINS_PATH_BYTES])
{
    static const char *const places[] = {"dashboard", "../dashboard", "../share/panji/dashboard"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (beside_program(places[i], out))
            return true;
    out[0] = '\0';
    return false;
}

int app_workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 2 ? 2 : n > 64 ? 64 : (int)n;
}

/* Threads that read large imports: one a processor. */
static int app_readers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (int)n;
}

static void make_instance(char out[INSTANCE_BYTES])
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        int64_t facts[2] = {clock_wall_ms(), getpid()};
        memcpy(bytes, facts, sizeof bytes);
    }
    hex_encode(bytes, sizeof bytes, out);
}

/* Whoever runs the process is who changes the data, as the audit trail says. */
static void name_user(struct app *a)
{
    unsigned char secret[SECRET_BYTES];
    const struct passwd *p = getpwuid(geteuid());
    if (p != NULL)
        snprintf(a->user, sizeof a->user, "%s", p->pw_name);
    else
        snprintf(a->user, sizeof a->user, "user %lu", (unsigned long)geteuid());
    secret_random(secret, sizeof secret);
    snprintf(a->key, sizeof a->key, "local_");
    secret_write(secret, sizeof secret, a->key + strlen(a->key)); /* zeros are behind it */
    secret_wipe(secret, sizeof secret);
}

static int make_dir(const char *dir, struct err *err)
{
    if (mkdir(dir, 0750) == 0 || (errno == EEXIST && is_dir(dir)))
        return 0;
    return err_set(err, ERR_IO, "cannot make the data directory %s: %s", dir, strerror(errno));
}

/* Where the data does not fit: it was not the machine that had no more. */
static int open_store(const char *dir, struct app *a, struct err *err)
{
    struct attr_wish *wish;
    size_t wishes;
    TRY(wishes_make(&a->settings, &a->settings.arena, &wish, &wishes, err));
    int rc = store_open_wishes(dir, wish, wishes, a->cell, &a->store, err);
    if (rc == ERR_MEM && a->settings.memory_limit > 0)
        err_hint(err, "the setting memory_limit allows %llu MiB: what is stored needs more",
                 (unsigned long long)a->settings.memory_limit >> 20);
    TRY(rc);
    struct snap *first = snap_cell_get(a->cell);
    schema_use(first->schema);
    snap_unref(first);
    return 0;
}

static int open_parts(struct app *a, struct err *err)
{
    const char *dir = a->settings.data.p;
    int workers = a->settings.workers > 0 ? a->settings.workers : app_workers();
    TRY(make_dir(dir, err));
    TRY(snap_cell_new(&a->cell, err));
    TRY(open_store(dir, a, err));
    TRY(remote_use(&a->settings, a->cell, &a->remote, err));
    TRY(registry_new(a->plugins, a->cell, &a->registry, err));
    TRY(notifiers_init(&a->notifiers, &a->settings, err));
    struct alert_options o = {.registry = a->registry, .cell = a->cell, .store = a->store};
    notifiers_use(&a->notifiers, &o);
    TRY(alert_engine_new(&o, &a->alerts, err));
    TRY(checks_new(a->registry, a->cell, a->store, alert_engine_wake, a->alerts, &a->checks, err));
    TRY(pool_new("query", workers, POOL_QUEUE_MAX, &a->pool, err));
    return pool_new("import", app_readers(), POOL_QUEUE_MAX, &a->readers, err);
}

void app_catch_up(struct app *a)
{
    struct err err;
    checks_wake(a->checks);
    if (alert_engine_catch_up(a->alerts, &err) < 0)
        log_line(LOG_WARN, "main", "alerts: %s", err.msg);
}

int app_open_settings(struct settings *s, struct app *a, struct err *err)
{
    memset(a, 0, sizeof *a);
    a->settings = *s;
    settings_init(s);
    snprintf(a->plugins, sizeof a->plugins, "%s", a->settings.plugins.p);
    make_instance(a->instance);
    name_user(a);
    int rc = open_parts(a, err);
    if (rc < 0) {
        app_close(a);
        return rc;
    }
    bool dashboard = app_dashboard_dir(a->dashboard);
    a->service = (struct service){.store = a->store,
                                  .cell = a->cell,
                                  .registry = a->registry,
                                  .alerts = a->alerts,
                                  .checks = a->checks,
                                  .pool = a->pool,
                                  .readers = a->readers,
                                  .version = PANJI_VERSION,
                                  .instance = a->instance,
                                  .settings = &a->settings,
                                  .dashboard_dir = dashboard ? a->dashboard : NULL,
                                  .plugins_dir = a->plugins,
                                  .local_user = a->user,
                                  .local_key = a->key,
                                  .anonymous_public = a->settings.anonymous_public,
                                  .small_cells_public = a->settings.suppression_public,
                                  .small_cells_viewer = a->settings.suppression_viewer};
    if (a->service.small_cells_public < 0)
        a->service.small_cells_public = SMALL_CELLS_PUBLIC;
    if (a->service.small_cells_viewer < 0)
        a->service.small_cells_viewer = SMALL_CELLS_VIEWER;
    return 0;
}

int app_open(const char *dir, const char *plugins, struct app *a, struct err *err)
{
    struct settings s;
    char shipped[PLUGINS_PATH_BYTES];
    settings_init(&s);
    app_plugins_dir(shipped);
    s.data = str_copy(&s.arena, str_of(dir));
    s.plugins = str_copy(&s.arena, str_of(plugins != NULL ? plugins : shipped));
    if (s.data.p == NULL || s.plugins.p == NULL) {
        settings_fini(&s);
        return err_set(err, ERR_MEM, "no memory to open %s", dir);
    }
    return app_open_settings(&s, a, err);
}

void app_close(struct app *a)
{
    pool_free(a->pool);
    pool_free(a->readers);
    checks_free(a->checks); /* wakes the alerts; both read and write the store */
    alert_engine_free(a->alerts);
    store_close(a->store);
    if (a->registry != NULL)
        registry_free(a->registry);
    if (a->cell != NULL)
        snap_cell_free(a->cell);
    notifiers_fini(&a->notifiers);
    schema_use(&schema_default);
    settings_fini(&a->settings);
    memset(a, 0, sizeof *a);
}
