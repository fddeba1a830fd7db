/* SPDX-License-Identifier: MIT
 *
 * `panji backup`, `panji restore`, `panji verify`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "door.h"
#include "progress.h"
#include "store/backup.h"

/* ---- a bar for what the store does ----------------------------------------------------------- */

struct steps {
    struct progress bar;
    const char *step;
};

static void on_step(void *ctx, const char *step, uint64_t done, uint64_t total)
{
    struct steps *s = ctx;
    if (s->step == NULL || strcmp(s->step, step) != 0) {
        progress_end(&s->bar);
        progress_start(&s->bar, step, strcmp(step, "copying") == 0 ? "bytes" : step,
                       (int64_t)total);
        s->step = step;
    }
    progress_add(&s->bar, (int64_t)done - s->bar.done);
}

/* ---- backup ---------------------------------------------------------------------------------- */

static int send_for(const struct cli *c, FILE *f, struct err *err)
{
    static struct door door;
    struct progress bar;
    TRY(door_open(c, DOOR_READ, &door, err));
    progress_start(&bar, "backup", "bytes", 0);
    progress_tell(&bar, "the backup is being made and verified");
    struct door_request rq = {
        .method = "POST", .path = "/v1/backup", .body = STR(""), .answer_file = f, .bar = &bar};
    int rc = door_send(&door, &rq, stderr, err);
    door_close(&door);
    return rc;
}

/* What arrived is looked at again: a network and a disk lie between. */
static int look_at(const char *part, struct err *err)
{
    struct verify_report report;
    struct steps steps = {.step = NULL};
    const struct store_progress p = {on_step, &steps};
    verify_report_init(&report);
    int rc = store_verify_path(part, false, &p, &report, err);
    progress_end(&steps.bar);
    if (rc == 0 && report.faults > 0)
        rc = err_set(err, ERR_CORRUPT, "the backup was damaged on its way: %.200s", report.text.p);
    if (rc == 0)
        verify_report_print(&report, &report.text);
    if (rc == 0)
        fprintf(stderr, "%.*s", (int)report.text.n, report.text.p);
    verify_report_fini(&report);
    return rc;
}

static int write_failed(const char *path, struct err *err)
{
    int code = errno == ENOSPC ? ERR_FULL : ERR_IO;
    return err_set(err, code, "%s cannot be written: %s", path, strerror(errno));
}

static int fill(const struct cli *c, const char *part, struct err *err)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        return write_failed(part, err);
    int rc = send_for(c, f, err);
    if (rc == 0 && (fflush(f) != 0 || fsync(fileno(f)) != 0))
        rc = write_failed(part, err);
    if (fclose(f) != 0 && rc == 0)
        rc = write_failed(part, err);
    return rc < 0 ? rc : look_at(part, err);
}

/* The name is on disk when its directory is. */
static void sync_directory(const char *path)
{
    char dir[DOOR_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

int cmd_backup(const struct cli *c, struct err *err)
{
    const char *file = c->arg[0];
    char part[DOOR_PATH_BYTES];
    if (snprintf(part, sizeof part, "%s.part", file) >= (int)sizeof part)
        return err_set(err, ERR_USAGE, "the name of the file is too long");
    if (access(file, F_OK) == 0) {
        err_set(err, ERR_CONFLICT, "there is a file %s already", file);
        err_hint(err, "give another name, with the date for example");
        return ERR_CONFLICT;
    }
    int rc = fill(c, part, err);
    if (rc == 0 && rename(part, file) != 0)
        rc = write_failed(file, err);
    if (rc < 0)
        unlink(part);
    else
        sync_directory(file);
    return rc;
}

/* ---- restore --------------------------------------------------------------------------------- */

int cmd_restore(const struct cli *c, struct err *err)
{
    struct verify_report report;
    struct steps steps = {.step = NULL};
    const struct store_progress p = {on_step, &steps};
    const char *dir = door_data_dir(c);
    verify_report_init(&report);
    int rc = store_restore(c->arg[0], dir, &p, &report, err);
    progress_end(&steps.bar);
    if (rc == 0)
        fprintf(stderr, "restored into %s: snapshot %llu, %lld batches, %lld registrations\n", dir,
                (unsigned long long)report.snapshot, (long long)report.batches,
                (long long)report.registrations);
    else if (report.faults > 0)
        fprintf(stderr, "%.*s", (int)report.text.n, report.text.p);
    verify_report_fini(&report);
    return rc;
}

/* ---- verify ---------------------------------------------------------------------------------- */

/* Damage is an answer, not a failure of the command: code 1. */
static int verdict(struct str text, struct err *err)
{
    fwrite(text.p, 1, text.n, stdout);
    if (text.n >= 5 && memcmp(text.p, "sound", 5) == 0)
        return 0;
    return err_set(err, ERR_CONFLICT, "%s", "");
}

static int verify_server(const struct cli *c, const char *dir, const char *url, struct err *err)
{
    struct door door = {.own = NULL};
    struct buf text;
    struct progress bar;
    snprintf(door.url, sizeof door.url, "%s", url);
    door_credentials(c, dir, &door);
    buf_init(&text, MEM_MAIN);
    progress_start(&bar, "verify", "pages", 0);
    progress_tell(&bar, "the server is looking at all that it has stored");
    struct door_request rq = {.method = "POST", .path = "/v1/verify", .body = STR(""), .bar = &bar};
    int rc = door_fetch(&door, &rq, &text, err);
    rc = rc < 0 ? rc : verdict(buf_view(&text), err);
    buf_fini(&text);
    return rc;
}

static int verify_path(const char *path, struct err *err)
{
    struct verify_report report;
    struct steps steps = {.step = NULL};
    const struct store_progress p = {on_step, &steps};
    struct buf text;
    verify_report_init(&report);
    buf_init(&text, MEM_MAIN);
    int rc = store_verify_path(path, true, &p, &report, err);
    progress_end(&steps.bar);
    if (rc == 0) {
        verify_report_print(&report, &text);
        rc = verdict(buf_view(&text), err);
    }
    buf_fini(&text);
    verify_report_fini(&report);
    return rc;
}

int cmd_verify(const struct cli *c, struct err *err)
{
    const char *dir = door_data_dir(c);
    const char *server = cli_get(c, "server");
    char url[DOOR_URL_BYTES];
    if (c->args == 1 && (server != NULL || cli_has(c, "data")))
        return err_set(err, ERR_USAGE, "give either FILE, --data or --server");
    if (c->args == 1)
        return verify_path(c->arg[0], err);
    if (server != NULL)
        return verify_server(c, NULL, server, err);
    if (door_find(dir, url))
        return verify_server(c, dir, url, err);
    return verify_path(dir, err);
}
