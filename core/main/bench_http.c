/* SPDX-License-Identifier: MIT
 *
 * wrk runs twice for each line, and the first, short run is dropped. Panji and the bare library
 * take turns, so that both meet the same machine. */
#include "bench_http.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/httpc.h"
#include "bench_ask.h"
#include "bench_client.h"

enum { TARGET_BYTES = 2048, PATH_BYTES = 4096, ANSWER_ROWS = 240 };

/* Each request asks for another district and another limit, which no answer kept before fits. The
 * threads of wrk count from places far apart. */
static const char uncached[] =
    "local threads = 0\n"
    "function setup(thread) thread:set('base', threads * 1000000000) threads = threads + 1 end\n"
    "local i = 0\n"
    "function request()\n"
    "  i = i + 1\n"
    "  local district = tostring(1001 + i * 7 % 780)\n"
    "  local path = wrk.path:gsub('1301', district, 1)\n"
    "  return wrk.format('GET', path .. '&limit=' .. (1000 + (base + i) % 2000000000))\n"
    "end\n";

/* ---- other programs -------------------------------------------------------------------------- */

/* Starts a program with its output in a pipe, and its input, unless `in` is NULL, from another. */
static pid_t start(char *const *argv, FILE **out, int *in)
{
    posix_spawn_file_actions_t actions;
    int from[2] = {-1, -1};
    int to[2] = {-1, -1};
    pid_t child = -1;
    if (pipe2(from, O_CLOEXEC) != 0 || (in != NULL && pipe2(to, O_CLOEXEC) != 0))
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    if (in != NULL)
        posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    if (posix_spawnp(&child, argv[0], &actions, NULL, argv, environ) != 0)
        child = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(from[1]);
    if (in != NULL) {
        close(to[0]);
        *in = to[1];
    }
    *out = fdopen(from[0], "re");
    return child;
}

struct wrk {
    double per_second, p99_ms;
    long bad; /* answers that were none */
};

/* "1.23ms" in milliseconds. */
static double in_ms(double v, const char *unit)
{
    return strcmp(unit, "us") == 0 ? v / 1000 : strcmp(unit, "s") == 0 ? v * 1000 : v;
}

static void read_line(const char *line, struct wrk *w)
{
    char unit[8];
    double v;
    if (sscanf(line, " Requests/sec: %lf", &v) == 1)
        w->per_second = v;
    if (sscanf(line, " 99%% %lf%7[a-z]", &v, unit) == 2)
        w->p99_ms = in_ms(v, unit);
    (void)sscanf(line, " Non-2xx or 3xx responses: %ld", &w->bad);
}

/* False: there is no wrk. */
static bool run_wrk(const char *seconds, const char *url, const char *option, const char *value,
                    struct wrk *w)
{
    static char program[] = "wrk", threads[] = "-t2", clients[] = "-c64", latency[] = "--latency";
    char copy[4][TARGET_BYTES];
    char *argv[] = {program, threads, clients, latency, copy[0], copy[1], NULL, NULL, NULL};
    char line[512];
    FILE *f = NULL;
    snprintf(copy[0], sizeof copy[0], "-d%s", seconds);
    snprintf(copy[1], sizeof copy[1], "%s", url);
    if (option != NULL) {
        snprintf(copy[2], sizeof copy[2], "%s", option);
        snprintf(copy[3], sizeof copy[3], "%s", value);
        argv[6] = copy[2];
        argv[7] = copy[3];
    }
    *w = (struct wrk){0};
    pid_t child = start(argv, &f, NULL);
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        read_line(line, w);
    if (f != NULL)
        fclose(f);
    if (child > 0)
        waitpid(child, NULL, 0);
    return child > 0 && w->per_second > 0;
}

static void measure(const char *what, int port, const char *target, const char *option,
                    const char *value)
{
    char url[TARGET_BYTES];
    struct wrk w;
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, target);
    if (port == 0 || !run_wrk("1s", url, option, value, &w)) {
        printf("  %-42s %9s (%s)\n", what, "-",
               port == 0 ? "bare-http is not built: make bench" : "wrk is not installed");
        return;
    }
    run_wrk("4s", url, option, value, &w);
    printf("  %-42s %9.0f answers/s       p99 %.1f ms%s\n", what, w.per_second, w.p99_ms,
           w.bad > 0 ? ", and there were errors" : "");
    fflush(stdout);
}

/* ---- the bare library ------------------------------------------------------------------------ */

struct bare {
    pid_t child;
    int in; /* it ends when this is closed */
    FILE *out;
    int port; /* 0: it is not there */
};

static void bare_start(struct bare *b)
{
    static char name[PATH_BYTES];
    char *argv[] = {name, NULL};
    ssize_t n = readlink("/proc/self/exe", name, sizeof name - 16);
    *b = (struct bare){.child = -1, .in = -1};
    char *slash = n > 0 ? memrchr(name, '/', (size_t)n) : NULL;
    if (slash == NULL)
        return;
    memcpy(slash, "/bare-http", sizeof "/bare-http");
    b->child = start(argv, &b->out, &b->in);
    if (b->out == NULL || b->child < 0 || fscanf(b->out, "%d", &b->port) != 1)
        b->port = 0;
}

static void bare_stop(struct bare *b)
{
    if (b->in >= 0)
        close(b->in);
    if (b->out != NULL)
        fclose(b->out);
    if (b->child > 0)
        waitpid(b->child, NULL, 0);
}

/* ---- what is asked --------------------------------------------------------------------------- */

static void query_target(const char *id, const char *format, char out[TARGET_BYTES])
{
    struct buf b;
    buf_init(&b, MEM_MAIN);
    httpc_escape(&b, bench_question_text(id));
    snprintf(out, TARGET_BYTES, "/v1/query%s?q=%.*s", format, (int)b.n, b.p);
    buf_fini(&b);
}

/* Asks once, so that the answer is kept: its tag as a header field, and its bytes. */
static int learn(int port, const char *target, char tag[128], uint64_t *bytes, struct err *err)
{
    struct bench_client *c = mem_must(MEM_MAIN, sizeof *c);
    struct bench_reply r;
    struct buf b;
    buf_init(&b, MEM_MAIN);
    bench_client_get(&b, target, "");
    int rc = bench_client_open(c, port, err);
    rc = rc < 0 ? rc : bench_client_ask(c, buf_view(&b), &r, err);
    if (rc == 0 && r.status != 200)
        rc = err_set(err, ERR_INTERNAL, "%s: status %d", target, r.status);
    if (rc == 0) {
        struct str etag = bench_reply_field(&r, "ETag");
        snprintf(tag, 128, "If-None-Match: %.*s", STR_ARG(etag));
        *bytes = r.body_bytes;
    }
    bench_client_close(c);
    buf_fini(&b);
    mem_free(MEM_MAIN, c);
    return rc;
}

static int write_script(char path[PATH_BYTES], struct err *err)
{
    snprintf(path, PATH_BYTES, "/tmp/panji-bench-XXXXXX");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0 || write(fd, uncached, sizeof uncached - 1) != (ssize_t)sizeof uncached - 1) {
        int rc = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return rc;
    }
    close(fd);
    return 0;
}

static int measure_all(int port, int bare, const char *script, struct err *err)
{
    char c4[TARGET_BYTES];
    char c8[TARGET_BYTES];
    char tag[128];
    char what[64];
    uint64_t bytes = 0;
    query_target("C4", "", c4);
    query_target("C8", ".csv", c8);
    snprintf(c8 + strlen(c8), sizeof c8 - strlen(c8), "&limit=%d", ANSWER_ROWS);
    TRY(learn(port, c8, tag, &bytes, err));
    measure("libmicrohttpd alone, 304", bare, "/304", NULL, NULL);
    measure("not modified (304)", port, c8, "-H", tag);
    measure("libmicrohttpd alone, 4 KiB", bare, "/4096", NULL, NULL);
    snprintf(what, sizeof what, "an answer kept, %.1f KiB", (double)bytes / 1024);
    measure(what, port, c8, NULL, NULL);
    measure("libmicrohttpd alone, 16 bytes", bare, "/16", NULL, NULL);
    measure("C4, not kept, another district each time", port, c4, "-s", script);
    return 0;
}

int bench_http(const struct app *a, struct err *err)
{
    char script[PATH_BYTES];
    struct httpd *h = NULL;
    struct bare bare;
    TRY(write_script(script, err));
    bare_start(&bare);
    int rc = httpd_start(&a->service, "127.0.0.1:0", &h, err);
    rc = rc < 0 ? rc : measure_all(httpd_port(h), bare.port, script, err);
    httpd_stop(h, 1000);
    bare_stop(&bare);
    unlink(script);
    return rc;
}
