/* SPDX-License-Identifier: MIT
 *
 * A backup over HTTP, and the look at all that is stored. The file is made beside the data, where
 * there is as much space again, and has no name any more when it is sent. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api.h"
#include "base/log.h"
#include "store/backup.h"

enum { PATH_BYTES = 4300 };

static int open_file(const char *path, struct answer *a, struct err *err)
{
    struct stat st;
    a->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (a->fd < 0 || fstat(a->fd, &st) != 0)
        return err_set(err, ERR_IO, "the backup cannot be read: %s", strerror(errno));
    a->fd_bytes = (uint64_t)st.st_size;
    return 0;
}

int api_backup(struct request *r, struct err *err)
{
    char path[PATH_BYTES];
    struct verify_report report;
    struct answer *a = &r->answer;
    snprintf(path, sizeof path, "%s/" STORE_BACKUP_PART, store_dir(r->service->store));
    verify_report_init(&report);
    int rc = store_backup(r->service->store, path, NULL, &report, err);
    if (rc == 0) {
        rc = open_file(path, a, err);
        unlink(path);
    }
    a->snapshot = report.snapshot;
    a->type = "application/vnd.sqlite3";
    a->download = rc == 0;
    snprintf(a->file, sizeof a->file, "panji.backup");
    verify_report_fini(&report);
    return rc;
}

/* ---- verify ---------------------------------------------------------------------------------- */

static void put_json(struct json *j, const struct verify_report *v)
{
    json_object(j);
    json_put_bool(j, "sound", v->faults == 0);
    json_put_i64(j, "faults", (int64_t)v->faults);
    json_put_i64(j, "pages", (int64_t)v->pages);
    json_put_i64(j, "parts", (int64_t)v->parts);
    json_put_i64(j, "batches", v->batches);
    json_put_i64(j, "registrations", v->registrations);
    json_put_i64(j, "snapshot", (int64_t)v->snapshot);
    json_put_str(j, "report", buf_view(&v->text));
    json_object_end(j);
}

int api_verify(struct request *r, struct err *err)
{
    struct verify_report report;
    struct json j;
    verify_report_init(&report);
    int rc = store_verify(r->service->store, NULL, &report, err);
    if (rc == 0 && r->answer.plain) {
        verify_report_print(&report, &r->answer.body);
        r->answer.type = "text/plain; charset=utf-8";
        rc = buf_check(&r->answer.body, err);
    } else if (rc == 0) {
        json_init(&j, &r->answer.body);
        put_json(&j, &report);
        rc = request_reply_json(r, err);
    }
    if (rc == 0 && report.faults > 0)
        log_line(LOG_ERROR, "net", "verify: %zu faults", report.faults);
    verify_report_fini(&report);
    return rc;
}
