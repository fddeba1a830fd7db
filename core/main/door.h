/* SPDX-License-Identifier: MIT
 *
 * The way to the data, for commands: a running server where there is one (by --server, or because
 * it told so in DIR/server.json), else the data directory itself, opened here and served to
 * ourselves on a loopback port of the moment. Either way a command speaks HTTP, and gives the same
 * answers, messages and exit codes. */
#ifndef MAIN_DOOR_H
#define MAIN_DOOR_H

#include "app.h"
#include "base/httpc.h"
#include "cli.h"

enum { DOOR_URL_BYTES = 256, DOOR_PATH_BYTES = 4096, DOOR_TOKEN_BYTES = 128 };

struct door {
    char url[DOOR_URL_BYTES];     /* "http://127.0.0.1:8090" */
    char token[DOOR_TOKEN_BYTES]; /* by which we are known there; "": by nothing */
    char ca[DOOR_PATH_BYTES];     /* certificates to trust; "": those of the system */
    bool any_name;                /* one of them is shown for whatever name */
    struct app app;               /* open when own != NULL */
    struct httpd *own;
};

enum door_use { DOOR_READ, DOOR_WRITE }; /* a directory is only made for writing */

/* From --server, --data, --plugins and --config. ERR_LOCKED: a process without a reachable server
 * has the directory. */
MUST_USE int door_open(const struct cli *c, enum door_use use, struct door *d, struct err *err);
void door_close(struct door *d);

/* The data directory a command means: --data, else $PANJI_DATA, else panji-data. */
const char *door_data_dir(const struct cli *c);
/* ERR_NOT_FOUND when there is no data in it. */
MUST_USE int door_has_data(const struct cli *c, struct err *err);
/* It was named, by the option or the environment. */
bool door_data_named(const struct cli *c);

/* DIR/server.json, by which a server is found. */
struct door_notice {
    const char *url, *instance, *key;
    const char *cert; /* that is shown there; NULL: connections are not encrypted */
};
MUST_USE int door_announce(const char *dir, const struct door_notice *n, struct err *err);
void door_withdraw(const char *dir, const char *instance);
/* --token, else $PANJI_TOKEN, else the key of the server that is announced in `dir` (may be NULL);
 * --ca, else $PANJI_CA, else the certificate that is announced there. */
void door_credentials(const struct cli *c, const char *dir, struct door *d);
/* Is a server announced there, and does it answer? url: DOOR_URL_BYTES. */
bool door_find(const char *dir, char *url);

/* Sends and copies a good answer to `out`. A refusal is printed to standard error as the server
 * worded it and becomes an err without a message, whose exit code fits the status. */
struct progress;
struct door_request {
    const char *method;
    const char *path; /* with its query string */
    struct str body;
    FILE *body_file;
    const char *const *headers; /* beside Accept; NULL-terminated, or NULL */
    FILE *answer_file;          /* takes a good answer's body, or NULL */
    struct progress *bar;       /* ended when the answer is there, or NULL */
    bool (*stop)(void);         /* true gives it up: ERR_CANCELLED; or NULL */
};
MUST_USE int door_send(const struct door *d, const struct door_request *rq, FILE *out,
                       struct err *err);

/* The same, a good answer put behind `out`. */
MUST_USE int door_take(const struct door *d, const struct door_request *rq, struct buf *out,
                       struct err *err);

/* The same, the body of a good answer put behind `out`; a refusal is not told. */
MUST_USE int door_fetch(const struct door *d, const struct door_request *rq, struct buf *out,
                        struct err *err);

#endif
