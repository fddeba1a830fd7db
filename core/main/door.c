/* SPDX-License-Identifier: MIT
 *
 * Finding a server, or being one for a moment. */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"
#include "progress.h"

enum { NOTICE_BYTES = DOOR_PATH_BYTES + 1024 };
enum { PROBE_MS = 2000, DRAIN_MS = 2000, HEADERS_MAX = 8 };

static const char default_dir[] = "panji-data";
static const char default_url[] = "http://127.0.0.1:8090";

const char *door_data_dir(const struct cli *c)
{
    const char *dir = cli_get(c, "data");
    if (dir == NULL)
        dir = getenv("PANJI_DATA");
    return dir != NULL && dir[0] != '\0' ? dir : default_dir;
}

bool door_data_named(const struct cli *c)
{
    const char *dir = getenv("PANJI_DATA");
    return cli_has(c, "data") || (dir != NULL && dir[0] != '\0');
}

/* ---- the announcement ------------------------------------------------------------------------ */

static void announcement_path(const char *dir, char out[DOOR_PATH_BYTES])
{
    snprintf(out, DOOR_PATH_BYTES, "%s/server.json", dir);
}

/* The key lets in whoever can read it: its owner alone. */
int door_announce(const char *dir, const struct door_notice *n, struct err *err)
{
    char path[DOOR_PATH_BYTES];
    char fresh[DOOR_PATH_BYTES + 8];
    announcement_path(dir, path);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        return err_set(err, ERR_IO, "%s: %s", fresh, strerror(errno));
    fprintf(f, "{\"url\":\"%s\",\"instance\":\"%s\",\"pid\":%ld,\"key\":\"%s\"", n->url,
            n->instance, (long)getpid(), n->key);
    if (n->cert != NULL)
        fprintf(f, ",\"cert\":\"%s\"", n->cert);
    fputs("}\n", f);
    if (fclose(f) != 0 || rename(fresh, path) != 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return 0;
}

static bool read_announcement(const char *dir, char *text, size_t size)
{
    char path[DOOR_PATH_BYTES];
    announcement_path(dir, path);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    size_t n = fread(text, 1, size - 1, f);
    text[n] = '\0';
    fclose(f);
    return n > 0;
}

void door_withdraw(const char *dir, const char *instance)
{
    char path[DOOR_PATH_BYTES];
    char text[NOTICE_BYTES];
    announcement_path(dir, path);
    if (read_announcement(dir, text, sizeof text) && strstr(text, instance) != NULL)
        unlink(path);
}

/* The text of one member of our own small file. */
static bool member(const char *text, const char *key, char *out, size_t size)
{
    char mark[32];
    snprintf(mark, sizeof mark, "\"%s\":\"", key);
    const char *from = strstr(text, mark);
    if (from == NULL)
        return false;
    from += strlen(mark);
    const char *to = strchr(from, '"');
    if (to == NULL || (size_t)(to - from) >= size)
        return false;
    memcpy(out, from, (size_t)(to - from));
    out[to - from] = '\0';
    return true;
}

/* A server answers at url; with an instance, it is that one. */
static bool answers(const char *url, const char *instance, const char *cert)
{
    char health[DOOR_URL_BYTES + 16];
    struct httpc_response rs = {0};
    struct err ignored;
    snprintf(health, sizeof health, "%s/healthz", url);
    struct httpc_request rq = {
        .method = "GET", .url = health, .timeout_ms = PROBE_MS, .ca_file = cert, .any_name = true};
    buf_init(&rs.body, MEM_MAIN);
    bool found = httpc_send(&rq, &rs, &ignored) == 0 && rs.status == 200;
    if (found && instance != NULL)
        found = memmem(rs.body.p, rs.body.n, instance, strlen(instance)) != NULL;
    buf_fini(&rs.body);
    return found;
}

bool door_find(const char *dir, char *url)
{
    char text[NOTICE_BYTES];
    char instance[INSTANCE_BYTES];
    char cert[DOOR_PATH_BYTES];
    return read_announcement(dir, text, sizeof text) && member(text, "url", url, DOOR_URL_BYTES) &&
           member(text, "instance", instance, sizeof instance) &&
           answers(url, instance, member(text, "cert", cert, sizeof cert) ? cert : NULL);
}

static void trust(const struct cli *c, const char *dir, struct door *d)
{
    char text[NOTICE_BYTES];
    const char *ca = cli_get(c, "ca");
    if (ca == NULL)
        ca = getenv("PANJI_CA");
    d->any_name = false;
    if (ca != NULL && ca[0] != '\0') {
        snprintf(d->ca, sizeof d->ca, "%s", ca);
        return;
    }
    d->any_name = dir != NULL && read_announcement(dir, text, sizeof text) &&
                  member(text, "cert", d->ca, sizeof d->ca);
    if (!d->any_name)
        d->ca[0] = '\0';
}

void door_credentials(const struct cli *c, const char *dir, struct door *d)
{
    char text[NOTICE_BYTES];
    const char *token = cli_get(c, "token");
    if (token == NULL)
        token = getenv("PANJI_TOKEN");
    if (token != NULL && token[0] != '\0')
        snprintf(d->token, sizeof d->token, "%s", token);
    else if (dir != NULL && read_announcement(dir, text, sizeof text) &&
             !member(text, "key", d->token, sizeof d->token))
        d->token[0] = '\0';
    trust(c, dir, d);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int use_url(struct door *d, const char *url, struct err *err)
{
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/')
        n--;
    if (n == 0 || n >= sizeof d->url)
        return err_set(err, ERR_USAGE, "--server %s is no address; write http://127.0.0.1:8090",
                       url);
    memcpy(d->url, url, n);
    d->url[n] = '\0';
    return 0;
}

static bool has_data(const char *dir)
{
    char path[DOOR_PATH_BYTES + sizeof "/panji.db"];
    snprintf(path, sizeof path, "%s/panji.db", dir);
    return access(path, F_OK) == 0;
}

static int no_data(bool named, const char *dir, struct err *err)
{
    if (named) {
        err_set(err, ERR_NOT_FOUND, "there is no data in %s", dir);
        err_hint(err, "`panji places import` and `panji import` with --data %s make it", dir);
        return ERR_NOT_FOUND;
    }
    err_set(err, ERR_UNAVAILABLE, "no server answers at %s and there is no data directory %s",
            default_url, dir);
    err_hint(err, "name one with --data DIR or --server URL");
    return ERR_UNAVAILABLE;
}

int door_has_data(const struct cli *c, struct err *err)
{
    const char *dir = door_data_dir(c);
    return has_data(dir) ? 0 : no_data(true, dir, err);
}

/* A server has an engine of its own. */
static int not_here(struct err *err)
{
    err_set(err, ERR_USAGE, "--engine is for a data directory that no server has");
    err_hint(err, "stop the server, or leave --engine out");
    return ERR_USAGE;
}

static int in_use(const char *dir, struct err *err)
{
    err_hint(err,
             "the process that has %s tells no server that answers: when it is a panji serve that "
             "is starting or stopping, try again in a moment",
             dir);
    return ERR_LOCKED;
}

/* Takes over the settings. */
static int open_app(struct settings *s, struct app *a, struct err *err)
{
    int rc = config_apply(s, err);
    if (rc < 0) {
        settings_fini(s);
        return rc;
    }
    return app_open_settings(s, a, err);
}

static int open_directory(const struct cli *c, struct settings *s, const char *dir,
                          enum door_use use, struct door *d, struct err *err)
{
    int rc = open_app(s, &d->app, err);
    if (rc == ERR_LOCKED && door_find(dir, d->url)) {
        door_credentials(c, dir, d);
        return 0;
    }
    if (rc == ERR_LOCKED)
        return in_use(dir, err);
    TRY(rc);
    /* Whoever asks elsewhere asks one thing: alerts are judged by those who work on what is here.
     */
    if (use == DOOR_READ && d->app.settings.engine == ENGINE_LOCAL)
        app_catch_up(&d->app);
    snprintf(d->token, sizeof d->token, "%s", d->app.key);
    rc = httpd_start(&d->app.service, "127.0.0.1:0", &d->own, err);
    if (rc < 0) {
        app_close(&d->app);
        return rc;
    }
    snprintf(d->url, sizeof d->url, "http://127.0.0.1:%d", httpd_port(d->own));
    return 0;
}

/* The file may name the directory: it is read first when it was named itself. */
static int dir_of(const struct cli *c, char dir[DOOR_PATH_BYTES], struct err *err)
{
    struct settings s;
    snprintf(dir, DOOR_PATH_BYTES, "%s", door_data_dir(c));
    if (!cli_has(c, "config"))
        return 0;
    TRY(config_read(c, &s, err));
    int n = snprintf(dir, DOOR_PATH_BYTES, "%.*s", STR_ARG(s.data));
    settings_fini(&s);
    return n < DOOR_PATH_BYTES ? 0
                               : err_set(err, ERR_USAGE, "the data directory has too long a path");
}

int door_open(const struct cli *c, enum door_use use, struct door *d, struct err *err)
{
    char dir[DOOR_PATH_BYTES];
    struct settings s;
    memset(d, 0, sizeof *d);
    const char *server = cli_get(c, "server");
    if (server != NULL && cli_has(c, "data"))
        return err_set(err, ERR_USAGE, "give either --server or --data, not both");
    door_credentials(c, NULL, d);
    bool engine = cli_has(c, "engine");
    if (server != NULL)
        return engine ? not_here(err) : use_url(d, server, err);
    TRY(dir_of(c, dir, err));
    door_credentials(c, dir, d);
    if (door_find(dir, d->url))
        return engine ? not_here(err) : 0;
    bool named = door_data_named(c) || cli_has(c, "config");
    if (!named && !has_data(dir) && answers(default_url, NULL, NULL))
        return use_url(d, default_url, err);
    if (use == DOOR_READ && !has_data(dir))
        return no_data(named, dir, err);
    TRY(config_read(c, &s, err));
    return open_directory(c, &s, dir, use, d, err);
}

void door_close(struct door *d)
{
    if (d->own == NULL)
        return;
    httpd_stop(d->own, DRAIN_MS);
    app_close(&d->app);
    d->own = NULL;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* The error code whose exit code a status stands for. */
static int code_of_status(int status)
{
    if (status == 404)
        return ERR_NOT_FOUND;
    if (status == 409)
        return ERR_CONFLICT;
    if (status == 422)
        return ERR_ROWS;
    if (status == 504)
        return ERR_TIMEOUT;
    return status >= 500 ? ERR_UNAVAILABLE : ERR_PARAM;
}

/* The complaint as the server worded it goes to standard error whole: it may list a hundred rows.
 */
static int complain(const struct httpc_response *rs, struct err *err)
{
    fwrite(rs->body.p, 1, rs->body.n, stderr);
    err_set(err, code_of_status(rs->status), "%s", "");
    return code_of_status(rs->status);
}

static int deliver(const struct httpc_response *rs, FILE *out, struct err *err)
{
    if (rs->status >= 300)
        return complain(rs, err);
    bool written = rs->body.n == 0 || fwrite(rs->body.p, 1, rs->body.n, out) == rs->body.n;
    if (!written || fflush(out) != 0)
        return err_set(err, ERR_IO, "cannot write the answer: %s", strerror(errno));
    return 0;
}

static void on_tick(void *ctx)
{
    progress_wait(ctx);
}

static void on_got(void *ctx, int64_t done, int64_t total)
{
    struct progress *bar = ctx;
    bar->total = total;
    progress_add(bar, done - bar->done);
}

/* Sends it; *rs is to be initialised, and is the caller's. */
static int exchange(const struct door *d, const struct door_request *rq, struct httpc_response *rs,
                    struct err *err)
{
    struct buf url;
    char token[DOOR_TOKEN_BYTES + 32];
    const char *headers[HEADERS_MAX] = {"Accept: text/plain"};
    size_t n = 1;
    snprintf(token, sizeof token, "Authorization: Bearer %s", d->token);
    if (d->token[0] != '\0')
        headers[n++] = token;
    for (size_t i = 0; rq->headers != NULL && rq->headers[i] != NULL; i++) {
        ASSERT(n + 1 < HEADERS_MAX);
        headers[n++] = rq->headers[i];
    }
    buf_init(&url, MEM_MAIN);
    buf_cstr(&url, d->url);
    buf_cstr(&url, rq->path);
    buf_char(&url, '\0');
    int rc = buf_check(&url, err);
    struct httpc_request send = {.method = rq->method,
                                 .url = url.p,
                                 .headers = headers,
                                 .body = rq->body,
                                 .body_file = rq->body_file,
                                 .tick = rq->bar != NULL ? on_tick : NULL,
                                 .tick_ctx = rq->bar,
                                 .answer_file = rq->answer_file,
                                 .got = rq->bar != NULL ? on_got : NULL,
                                 .got_ctx = rq->bar,
                                 .ca_file = d->ca[0] != '\0' ? d->ca : NULL,
                                 .any_name = d->any_name,
                                 .stop = rq->stop};
    if (rc == 0)
        rc = httpc_send(&send, rs, err);
    if (rq->bar != NULL)
        progress_end(rq->bar); /* what is printed next finds a clean line */
    buf_fini(&url);
    return rc;
}

int door_send(const struct door *d, const struct door_request *rq, FILE *out, struct err *err)
{
    struct httpc_response rs = {0};
    buf_init(&rs.body, MEM_MAIN);
    int rc = exchange(d, rq, &rs, err);
    if (rc == 0)
        rc = deliver(&rs, out, err);
    buf_fini(&rs.body);
    return rc;
}

int door_take(const struct door *d, const struct door_request *rq, struct buf *out, struct err *err)
{
    struct httpc_response rs = {0};
    buf_init(&rs.body, MEM_MAIN);
    int rc = exchange(d, rq, &rs, err);
    if (rc == 0 && rs.status < 300) {
        buf_put(out, rs.body.p, rs.body.n);
        rc = buf_check(out, err);
    } else if (rc == 0) {
        rc = deliver(&rs, stdout, err);
    }
    buf_fini(&rs.body);
    return rc;
}

int door_fetch(const struct door *d, const struct door_request *rq, struct buf *out,
               struct err *err)
{
    struct httpc_response rs = {0};
    buf_init(&rs.body, MEM_MAIN);
    int rc = exchange(d, rq, &rs, err);
    if (rc == 0 && rs.status >= 300)
        rc =
            err_set(err, code_of_status(rs.status), "the server answers with status %d", rs.status);
    if (rc == 0) {
        buf_put(out, rs.body.p, rs.body.n);
        rc = buf_check(out, err);
    }
    buf_fini(&rs.body);
    return rc;
}
