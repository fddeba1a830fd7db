/* SPDX-License-Identifier: MIT
 *
 * The thread that watches the folder. It keeps, of each file it has seen and not put away, what it
 * looked like and since when:
 *
 *     seen --unchanged for settle_ms, nobody writes--> taken --> done, refused (gone from here)
 *       ^                                                |
 *       +---- changed ----+         later <--open outcome+   (tried again when its time has come)
 *
 * inotify only wakes it: what is there is found by looking, so no event can be lost. */
#include "ingest/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "inbox_file.h"

enum {
    POLL_MS = 10000,
    SETTLE_MS = 1000,
    RETRY_MS = 1000,
    RETRY_MS_MAX = 300000,
    GATHER_MS = 50, /* after a wake-up: files often come several at once */
    FILES_MAX = 10000,
    NAME_BYTES = 256,
};

/* A file that was seen. */
struct seen {
    char source[SOURCE_BYTES_MAX + 1];
    char name[NAME_BYTES];
    ino_t inode;
    off_t size;
    int64_t changed_ns; /* its own time of change */
    int64_t since_ms;   /* from when on it looks like this */
    int64_t next_ms;    /* not tried before */
    int failures;
    bool there; /* at this look */
};

struct inbox {
    struct inbox_options opt;
    char *dir;
    int root;
    int notify; /* -1: there is no inotify; it only polls */
    int stop_fd;
    atomic_bool stop;
    pthread_t thread;
    struct seen *seen;
    size_t n, cap;
    atomic_uint_least64_t done, refused, failures, waiting;
};

static int64_t now_ms(void)
{
    return clock_mono_ns() / 1000000;
}

/* ---- looking --------------------------------------------------------------------------------- */

static bool is_left_alone(const char *name)
{
    static const char *const ends[] = {".part", ".tmp", ".filepart", ".crdownload", "~"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (str_ends(str_of(name), str_of(ends[i])))
            return true;
    return name[0] == '.';
}

static struct seen *find(struct inbox *in, const char *source, const char *name, ino_t inode)
{
    for (size_t i = 0; i < in->n; i++) {
        struct seen *s = &in->seen[i];
        if (s->inode == inode && strcmp(s->name, name) == 0 && strcmp(s->source, source) == 0)
            return s;
    }
    return NULL;
}

static struct seen *add(struct inbox *in, const char *source, const char *name)
{
    struct seen *more = mem_grown(MEM_INGEST, in->seen, in->n, &in->cap, sizeof *more);
    if (more == NULL)
        return NULL;
    in->seen = more;
    struct seen *s = &in->seen[in->n++];
    *s = (struct seen){.size = -1};
    snprintf(s->source, sizeof s->source, "%s", source);
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

/* What cannot be remembered now is seen again at the next look. */
static void look_at(struct inbox *in, const char *source, const char *name, const struct stat *st)
{
    struct seen *s = find(in, source, name, st->st_ino);
    int64_t changed = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    if (s == NULL && (in->n == FILES_MAX || strlen(name) >= NAME_BYTES))
        return;
    if (s == NULL)
        s = add(in, source, name);
    if (s == NULL)
        return;
    if (s->inode != st->st_ino || s->size != st->st_size || s->changed_ns != changed) {
        s->inode = st->st_ino;
        s->size = st->st_size;
        s->changed_ns = changed;
        s->since_ms = now_ms();
        s->next_ms = 0;
        s->failures = 0;
    }
    s->there = true;
}

static bool is_ours(const char *name)
{
    return strcmp(name, "done") == 0 || strcmp(name, "refused") == 0;
}

static void watch(struct inbox *in, int fd)
{
    char path[64];
    uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (in->notify >= 0)
        (void)inotify_add_watch(in->notify, path, events);
}

static void look_through(struct inbox *in, int fd, const char *source);

/* A folder in the root is a source; one in a source is nothing, and left alone. */
static void look_into(struct inbox *in, int fd, const char *source, const char *name)
{
    if (source[0] != '\0' || strlen(name) > SOURCE_BYTES_MAX)
        return;
    int folder = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    look_through(in, folder, name);
    close(folder);
}

static void look_through(struct inbox *in, int fd, const char *source)
{
    struct dirent *e;
    struct stat st;
    watch(in, fd); /* before looking: what comes meanwhile wakes it again */
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    if (d == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((e = readdir(d)) != NULL) {
        bool ours = source[0] == '\0' && is_ours(e->d_name);
        if (ours || is_left_alone(e->d_name) ||
            fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            look_into(in, fd, source, e->d_name);
        else
            look_at(in, source, e->d_name, &st);
    }
    closedir(d);
}

static int by_name(const void *pa, const void *pb)
{
    const struct seen *a = pa;
    const struct seen *b = pb;
    int c = strcmp(a->source, b->source);
    return c != 0 ? c : strcmp(a->name, b->name);
}

static void look(struct inbox *in)
{
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++)
        in->seen[i].there = false;
    look_through(in, in->root, "");
    for (size_t i = 0; i < in->n; i++)
        if (in->seen[i].there)
            in->seen[n++] = in->seen[i];
    in->n = n;
    if (n > 1)
        qsort(in->seen, n, sizeof *in->seen, by_name);
    atomic_store(&in->waiting, n);
}

/* ---- taking ---------------------------------------------------------------------------------- */

static void try_later(struct inbox *in, struct seen *s, const struct err *why)
{
    char shown[65];
    int64_t wait = in->opt.retry_ms;
    for (int i = 0; i < s->failures && wait < RETRY_MS_MAX; i++)
        wait *= 2;
    wait = wait < RETRY_MS_MAX ? wait : RETRY_MS_MAX;
    s->failures++;
    s->next_ms = now_ms() + wait;
    atomic_fetch_add(&in->failures, 1);
    inbox_shown(s->name, shown);
    log_line(LOG_WARN, "ingest", "inbox: %s stays, to be tried again in %lld s: %s", shown,
             (long long)(wait + 999) / 1000, why->msg);
}

static void take(struct inbox *in, struct seen *s, const struct inbox_file *f)
{
    struct err err = {0};
    int ready = inbox_file_ready(f, &err);
    if (ready == 0 || ready == ERR_NOT_FOUND) { /* written still, or gone */
        s->since_ms = now_ms();
        return;
    }
    switch (inbox_file_take(f, &err)) {
    case INBOX_DONE:
        s->there = false;
        atomic_fetch_sub(&in->waiting, 1);
        atomic_fetch_add(&in->done, 1);
        break;
    case INBOX_REFUSED:
        s->there = false;
        atomic_fetch_sub(&in->waiting, 1);
        atomic_fetch_add(&in->refused, 1);
        break;
    case INBOX_LATER:
        if (!atomic_load(&in->stop))
            try_later(in, s, &err);
        break;
    }
}

static int open_folder(const struct inbox *in, const char *source)
{
    return openat(in->root, source[0] != '\0' ? source : ".",
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int64_t due_ms(const struct inbox *in, const struct seen *s)
{
    int64_t settled = s->since_ms + in->opt.settle_ms;
    return settled > s->next_ms ? settled : s->next_ms;
}

static void take_due(struct inbox *in)
{
    for (size_t i = 0; i < in->n && !atomic_load(&in->stop); i++) {
        struct seen *s = &in->seen[i];
        if (due_ms(in, s) > now_ms())
            continue;
        int folder = open_folder(in, s->source);
        if (folder < 0)
            continue;
        struct inbox_file f = {.root = in->root,
                               .folder = folder,
                               .source = s->source,
                               .name = s->name,
                               .options = &in->opt,
                               .stop = &in->stop};
        take(in, s, &f);
        close(folder);
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void drain(int fd)
{
    char events[4096];
    while (fd >= 0 && read(fd, events, sizeof events) > 0) {
    }
}

/* Until something stirs, a file's time has come, or it is time to look anyway. */
static void wait_for_change(struct inbox *in)
{
    int64_t wait = in->opt.poll_ms;
    int64_t now = now_ms();
    for (size_t i = 0; i < in->n; i++) {
        int64_t left = due_ms(in, &in->seen[i]) - now;
        if (in->seen[i].there && left < wait)
            wait = left > 0 ? left : 0;
    }
    struct pollfd fds[2] = {{.fd = in->stop_fd, .events = POLLIN},
                            {.fd = in->notify, .events = POLLIN}};
    if (poll(fds, 2, (int)wait) > 0 && fds[0].revents == 0)
        (void)poll(fds, 1, GATHER_MS);
    drain(in->notify);
}

static void *run(void *arg)
{
    struct inbox *in = arg;
    while (!atomic_load(&in->stop)) {
        look(in);
        take_due(in);
        wait_for_change(in);
    }
    return NULL;
}

/* ---- start and stop -------------------------------------------------------------------------- */

static int cannot(struct inbox *in, const char *what, struct err *err)
{
    return err_set(err, ERR_IO, "the watched folder %s cannot be %s: %s", in->dir, what,
                   strerror(errno));
}

static int open_all(struct inbox *in, struct err *err)
{
    if (mkdir(in->dir, 0770) != 0 && errno != EEXIST)
        return cannot(in, "made", err);
    in->root = open(in->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in->root < 0)
        return cannot(in, "opened", err);
    in->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (in->stop_fd < 0)
        return cannot(in, "watched", err);
    in->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (in->notify < 0)
        log_line(LOG_WARN, "ingest", "inbox: no inotify (%s): it is looked through every %lld s",
                 strerror(errno), (long long)in->opt.poll_ms / 1000);
    return 0;
}

static void release(struct inbox *in)
{
    int fds[] = {in->root, in->notify, in->stop_fd};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    mem_free(MEM_INGEST, in->seen);
    mem_free(MEM_INGEST, in->dir);
    mem_free(MEM_INGEST, in);
}

int inbox_start(const struct inbox_options *options, struct inbox **out, struct err *err)
{
    struct inbox *in = mem_must(MEM_INGEST, sizeof *in);
    size_t n = strlen(options->dir) + 1;
    in->opt = *options;
    in->opt.poll_ms = options->poll_ms ? options->poll_ms : POLL_MS;
    in->opt.settle_ms = options->settle_ms ? options->settle_ms : SETTLE_MS;
    in->opt.retry_ms = options->retry_ms ? options->retry_ms : RETRY_MS;
    in->root = in->notify = in->stop_fd = -1;
    in->dir = mem_must(MEM_INGEST, n);
    memcpy(in->dir, options->dir, n);
    int rc = open_all(in, err);
    if (rc == 0 && pthread_create(&in->thread, NULL, run, in) != 0)
        rc = err_set(err, ERR_UNAVAILABLE, "the thread of the watched folder does not start");
    if (rc < 0) {
        release(in);
        return rc;
    }
    pthread_setname_np(in->thread, "inbox");
    *out = in;
    return 0;
}

void inbox_stop(struct inbox *in)
{
    uint64_t one = 1;
    if (in == NULL)
        return;
    atomic_store(&in->stop, true);
    if (write(in->stop_fd, &one, sizeof one) != (ssize_t)sizeof one)
        log_line(LOG_WARN, "ingest", "inbox: it stops at its next look");
    pthread_join(in->thread, NULL);
    release(in);
}

void inbox_stats_get(struct inbox *in, struct inbox_stats *out)
{
    *out = (struct inbox_stats){.done = atomic_load(&in->done),
                                .refused = atomic_load(&in->refused),
                                .failures = atomic_load(&in->failures),
                                .waiting = atomic_load(&in->waiting)};
}
