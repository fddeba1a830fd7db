/* SPDX-License-Identifier: MIT
 *
 * Taking one file.
 *
 *     open (no link is followed) -> read to its end -> unchanged since? -> commit
 *       -> reports written under free names -> the file itself moved beside them
 *
 * The move comes last: until then the file is found again after a crash, and the ledger knows its
 * content. Names are claimed with RENAME_NOREPLACE, so that nothing is overwritten whoever else
 * writes there. */
#include "inbox_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aadhaar.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/json.h"
#include "base/log.h"

enum { READ_BYTES = 256 << 10, NAME_MAX_BYTES = 255, NUMBERS_MAX = 100000 };

STATIC_ASSERT((int)AADHAAR_SHOWN_BYTES == 64, "inbox_shown has room for what is shown");

struct str inbox_shown(const char *name, char out[65])
{
    return aadhaar_mask(str_of(name), out);
}

static int failed(const struct inbox_file *f, const char *what, struct err *err)
{
    char shown[65];
    int code = errno == ENOSPC || errno == EDQUOT ? ERR_FULL
               : errno == ENOENT                  ? ERR_NOT_FOUND
                                                  : ERR_IO;
    const char *why = strerror(errno);
    inbox_shown(f->name, shown);
    return err_set(err, code, "%s %s: %s", what, shown, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int no_regular_file(struct err *err)
{
    err_set(err, ERR_ROWS, "this is no regular file, but a link or something else");
    err_hint(err, "copy the file itself into the folder");
    return ERR_ROWS;
}

static int open_file(const struct inbox_file *f, int *fd, struct stat *st, struct err *err)
{
    *fd = openat(f->folder, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0)
        return errno == ELOOP || errno == ENXIO ? no_regular_file(err)
                                                : failed(f, "cannot open", err);
    if (fstat(*fd, st) != 0 || !S_ISREG(st->st_mode)) {
        close(*fd);
        return no_regular_file(err);
    }
    return 0;
}

int inbox_file_ready(const struct inbox_file *f, struct err *err)
{
    int fd;
    struct stat st;
    if (fstatat(f->folder, f->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return failed(f, "cannot look at", err);
    if (!S_ISREG(st.st_mode))
        return no_regular_file(err);
    TRY(open_file(f, &fd, &st, err));
    /* A read lease is refused while anybody has the file open for writing. Where leases are not to
     * be had (other owners, network file systems) its standing still has to do. */
    (void)fcntl(fd, F_SETSIG, SIGURG); /* whoever opens it meanwhile would else end the process */
    bool writing = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    if (!writing)
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
    close(fd);
    return writing ? 0 : 1;
}

static bool same_state(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int push_all(const struct inbox_file *f, int fd, struct batch *b, char *space,
                    struct err *err)
{
    for (;;) {
        if (atomic_load(f->stop))
            return err_set(err, ERR_UNAVAILABLE, "the server is stopping");
        ssize_t n = read(fd, space, READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(f, "cannot read", err);
        if (n == 0)
            return 0;
        TRY(batch_push(b, space, (size_t)n, err));
    }
}

static int read_file(const struct inbox_file *f, int fd, const struct stat *before, struct batch *b,
                     struct batch_result *result, struct err *err)
{
    struct stat after;
    char *space = mem_alloc(MEM_INGEST, READ_BYTES);
    if (space == NULL)
        return err_set(err, ERR_MEM, "no memory to read the file");
    int rc = push_all(f, fd, b, space, err);
    mem_free(MEM_INGEST, space);
    TRY(rc);
    if (fstat(fd, &after) != 0 || !same_state(before, &after))
        return err_set(err, ERR_BUSY, "the file was changed while it was read");
    return batch_end(b, result, err);
}

/* ---- reports --------------------------------------------------------------------------------- */

/* What there is to tell. */
struct verdict {
    int rc;
    struct err err; /* rc < 0 */
    struct batch_result result;
    struct batch *batch; /* NULL: it was not even begun */
};

static void put_answer(const struct verdict *v, struct buf *out)
{
    struct json j;
    if (v->rc == 0) {
        batch_result_json(v->batch, &v->result, out);
        buf_char(out, '\n');
        return;
    }
    json_init(&j, out);
    json_object(&j);
    json_problem(&j, &v->err);
    if (v->batch != NULL && v->rc == ERR_ROWS)
        batch_errors_json(v->batch, &j);
    json_object_end(&j);
    buf_char(out, '\n');
}

static void put_warnings(const struct verdict *v, struct buf *out)
{
    size_t n = 0;
    const char *const *warning = v->batch != NULL ? batch_warnings(v->batch, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "  note: %s\n", warning[i]);
}

static void put_text(const struct inbox_file *f, const struct verdict *v, struct buf *out)
{
    char when[32];
    char shown[65];
    const struct batch_result *r = &v->result;
    clock_format(clock_wall_ms(), when);
    inbox_shown(f->name, shown);
    buf_printf(out, "%s\n%s / %s\n%s\n\n", shown,
               v->rc == 0 ? "स्वीकार किया गया" : "स्वीकार नहीं किया गया",
               v->rc == 0 ? "taken in" : "refused", when);
    if (v->rc == 0) {
        buf_printf(out, "स्रोत / source: %s\nबैच / batch: %s\n", r->source, r->id);
        buf_printf(out,
                   "पंक्तियाँ / rows: %lld\nछोड़ी गईं / left out: %lld\n"
                   "निबंधन / registrations: %lld\n",
                   (long long)r->accepted, (long long)r->rejected, (long long)r->registrations);
        if (r->duplicate)
            buf_cstr(out,
                     "यह पहले ही आ चुका था, दोबारा नहीं गिना गया / it was here before and does not "
                     "count twice\n");
    } else {
        buf_printf(out, "%s\n", v->err.msg);
        if (v->batch != NULL)
            batch_errors_text(v->batch, out);
        if (v->err.hint[0] != '\0')
            buf_printf(out, "hint: %s\n", v->err.hint);
    }
    put_warnings(v, out);
}

/* The rows that were left out of a batch, or those that refused it; nothing where there are none.
 */
static int put_rejects(const struct inbox_file *f, const struct verdict *v, struct buf *out,
                       struct err *err)
{
    if (v->rc == 0 && v->result.rejected > 0)
        return store_rejects_csv(f->options->store, str_of(v->result.source), str_of(v->result.id),
                                 out, err);
    if (v->rc < 0 && v->batch != NULL)
        batch_errors_csv(v->batch, out);
    return 0;
}

/* ---- putting away ---------------------------------------------------------------------------- */

enum { PART_FILE, PART_JSON, PART_TEXT, PART_REJECTS, PARTS };
static const char *const part_ends[PARTS] = {"", ".report.json", ".report.txt", ".rejects.csv"};

/* "name.csv", "name-2.csv", "name-3.csv"; cut where the file system would not take it. */
static void numbered(const char *name, int number, const char *end, char out[NAME_MAX_BYTES + 1])
{
    char digits[16] = "";
    size_t n = strlen(name);
    const char *dot = strchr(name + 1, '.');
    size_t stem = dot != NULL ? (size_t)(dot - name) : n;
    if (number > 1)
        snprintf(digits, sizeof digits, "-%d", number);
    size_t rest = n - stem + strlen(digits) + strlen(part_ends[PART_JSON]);
    if (rest < NAME_MAX_BYTES && stem + rest > NAME_MAX_BYTES) {
        stem = NAME_MAX_BYTES - rest;
        while (stem > 0 && ((unsigned char)name[stem] & 0xC0) == 0x80)
            stem--; /* not within a character */
    }
    snprintf(out, NAME_MAX_BYTES + 1, "%.*s%s%.*s%s", (int)stem, name, digits, 200,
             name + (dot != NULL ? (size_t)(dot - name) : n), end);
}

static bool is_free(int dir, const char *name, int number)
{
    char path[NAME_MAX_BYTES + 1];
    struct stat st;
    for (int part = 0; part < PARTS; part++) {
        numbered(name, number, part_ends[part], path);
        if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return false;
    }
    return true;
}

static int write_all(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno != EINTR)
            return -1;
        size_t done = n > 0 ? (size_t)n : 0;
        s = (struct str){s.p + done, s.n - done};
    }
    return 0;
}

/* Written under another name first: a report is there whole or not at all. */
static int write_report(const struct inbox_file *f, int dir, const char *path, struct str text,
                        struct err *err)
{
    static const char fresh[] = ".report.tmp";
    int fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return failed(f, "cannot write the report of", err);
    bool good = write_all(fd, text) == 0;
    int why = errno;
    good = close(fd) == 0 && good;
    if (good && renameat2(dir, fresh, dir, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (!good)
        errno = why;
    int rc = failed(f, "cannot write the report of", err);
    (void)unlinkat(dir, fresh, 0);
    return rc;
}

static int write_reports(const struct inbox_file *f, const struct verdict *v, int dir, int number,
                         struct err *err)
{
    char path[NAME_MAX_BYTES + 1];
    struct buf out[PARTS];
    int rc = 0;
    for (int part = PART_JSON; part < PARTS; part++)
        buf_init(&out[part], MEM_INGEST);
    put_answer(v, &out[PART_JSON]);
    put_text(f, v, &out[PART_TEXT]);
    rc = put_rejects(f, v, &out[PART_REJECTS], err);
    for (int part = PART_JSON; part < PARTS && rc == 0; part++) {
        numbered(f->name, number, part_ends[part], path);
        rc = buf_check(&out[part], err);
        if (rc == 0 && out[part].n > 0)
            rc = write_report(f, dir, path, buf_view(&out[part]), err);
    }
    for (int part = PART_JSON; part < PARTS; part++)
        buf_fini(&out[part]);
    return rc;
}

/* The folder done/ or refused/, and in it that of the source. */
static int open_away(const struct inbox_file *f, const char *kind, int *out, struct err *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    (void)mkdirat(f->root, kind, 0750);
    *out = openat(f->root, kind, flags);
    if (*out < 0)
        return failed(f, "cannot open the folder to put away", err);
    if (f->source[0] == '\0')
        return 0;
    int outer = *out;
    (void)mkdirat(outer, f->source, 0750);
    *out = openat(outer, f->source, flags);
    int rc = *out < 0 ? failed(f, "cannot open the folder to put away", err) : 0;
    close(outer);
    return rc;
}

static int put_away_in(const struct inbox_file *f, const struct verdict *v, int dir,
                       struct err *err)
{
    char path[NAME_MAX_BYTES + 1];
    int number = 1;
    while (number < NUMBERS_MAX && !is_free(dir, f->name, number))
        number++;
    TRY(write_reports(f, v, dir, number, err));
    numbered(f->name, number, "", path);
    if (renameat2(f->folder, f->name, dir, path, RENAME_NOREPLACE) == 0)
        return 0;
    int rc = failed(f, "cannot put away", err);
    for (int part = PART_JSON; part < PARTS; part++) {
        numbered(f->name, number, part_ends[part], path);
        (void)unlinkat(dir, path, 0); /* of a file that is not here */
    }
    return rc;
}

static int put_away(const struct inbox_file *f, const struct verdict *v, struct err *err)
{
    int dir;
    TRY(open_away(f, v->rc == 0 ? "done" : "refused", &dir, err));
    int rc = put_away_in(f, v, dir, err);
    close(dir);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int import(const struct inbox_file *f, const struct mapping *mapping, struct verdict *v,
                  struct err *err)
{
    const struct inbox_options *o = f->options;
    struct batch_options b = {.source = str_of(f->source),
                              .as_on = DAY_NONE,
                              .on_error = o->on_error,
                              .mapping = mapping,
                              .pool = o->pool};
    int fd;
    struct stat st;
    TRY(open_file(f, &fd, &st, err));
    int rc = batch_new(o->store, o->cell, &b, &v->batch, err);
    if (rc == 0)
        rc = read_file(f, fd, &st, v->batch, &v->result, err);
    close(fd);
    return rc;
}

static int import_mapped(const struct inbox_file *f, struct mapping **mapping, struct verdict *v,
                         struct err *err)
{
    const struct inbox_options *o = f->options;
    if (o->mapping != NULL && f->source[0] != '\0')
        TRY(o->mapping(o->mapping_ctx, str_of(f->source), mapping, err));
    return import(f, *mapping, v, err);
}

/* Whoever sent the file can do nothing about it, or the outcome is open. */
static bool is_open(int rc)
{
    return rc < 0 && (err_exit(rc) == 3 || rc == ERR_NOT_FOUND);
}

static void tell(const struct inbox_file *f, const struct verdict *v)
{
    char shown[65];
    inbox_shown(f->name, shown);
    if (v->rc < 0)
        log_line(LOG_WARN, "ingest", "inbox: %s was refused: %s", shown, err_name(v->rc));
    else
        log_line(LOG_INFO, "ingest", "inbox: %s of %s: %lld rows, %lld registrations%s", shown,
                 v->result.source, (long long)v->result.accepted,
                 (long long)v->result.registrations,
                 v->result.duplicate ? " (was here before)" : "");
}

enum inbox_outcome inbox_file_take(const struct inbox_file *f, struct err *err)
{
    struct verdict v = {.rc = 0};
    struct mapping *mapping = NULL;
    v.rc = import_mapped(f, &mapping, &v, &v.err);
    bool open = is_open(v.rc);
    if (open && err != NULL)
        *err = v.err;
    if (!open && put_away(f, &v, err) == 0)
        tell(f, &v);
    else
        open = true;
    batch_free(v.batch);
    mapping_free(mapping);
    if (open)
        return INBOX_LATER;
    return v.rc == 0 ? INBOX_DONE : INBOX_REFUSED;
}
