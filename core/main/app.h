/* SPDX-License-Identifier: MIT
 *
 * Everything that one data directory needs to be served: store, snapshot cell, plugins, alerts, the
 * query pool. Used by `serve` and by commands that work on a directory. */
#ifndef MAIN_APP_H
#define MAIN_APP_H

#include "net/httpd.h"
#include "notifiers.h"
#include "remote.h"
#include "script/settings.h"

#define PANJI_VERSION "0.1.0"

enum { APP_KEY_BYTES = 60, INSTANCE_BYTES = 33, PLUGINS_PATH_BYTES = 4096 };

struct app {
    struct snap_cell *cell;
    struct store *store;
    struct registry *registry;
    struct alert_engine *alerts;
    struct checks *checks;
    struct pool *pool;
    struct pool *readers;
    struct remote remote; /* where the engine is clickhouse */
    struct notifiers notifiers;
    struct settings settings; /* what it was opened with */
    char instance[INSTANCE_BYTES];
    char plugins[PLUGINS_PATH_BYTES];
    char dashboard[PLUGINS_PATH_BYTES]; /* "": none */
    char user[64];                      /* who runs this process */
    char key[APP_KEY_BYTES];            /* by which that user is known to the server */
    struct service service;             /* all of the above, for httpd_start */
};

/* Opens the data directory of the settings (made when it is not there) with their plugins and
 * workers, and takes the settings over in every case. On failure nothing is left open. ERR_LOCKED
 * when another process has the directory. */
MUST_USE int app_open_settings(struct settings *s, struct app *a, struct err *err);
/* Looks at what came while nobody did: judges the alerts, and has the checks run behind it. A
 * command that only writes leaves that to whoever opens the directory next. */
void app_catch_up(struct app *a);
/* As app_open_settings with nothing but a directory. plugins NULL: app_plugins_dir. */
MUST_USE int app_open(const char *dir, const char *plugins, struct app *a, struct err *err);
void app_close(struct app *a);

/* ./plugins, else the plugins beside the program or installed with it. */
void app_plugins_dir(char out[PLUGINS_PATH_BYTES]);
/* The built dashboard beside the program, or installed with it; false and "" when there is none. */
bool app_dashboard_dir(char out[PLUGINS_PATH_BYTES]);

/* Query workers: one a processor, at least two. */
int app_workers(void);

#endif
