/* SPDX-License-Identifier: MIT
 *
 * Watches by inotify. A folder that comes is watched from the next question on; its files are found
 * by looking, so that no event can be lost. */
#include "plugin_watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

enum { EVENTS_BYTES = 16 << 10 };

static const uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK;

/* A folder that is watched already stays so. */
static void watch_folders(const struct plugin_watch *w)
{
    char path[PATH_MAX];
    inotify_add_watch(w->fd, w->dir, changes);
    DIR *d = opendir(w->dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_LNK))
            continue;
        if (snprintf(path, sizeof path, "%s/%s", w->dir, e->d_name) < (int)sizeof path)
            inotify_add_watch(w->fd, path, changes);
    }
    if (d)
        closedir(d);
}

void plugin_watch_open(struct plugin_watch *w, const char *dir)
{
    *w = (struct plugin_watch){.dir = dir, .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    if (w->fd < 0)
        log_line(LOG_WARN, "main",
                 "changes of plugins are not noticed (%s): POST /v1/plugins/reload tells of them",
                 strerror(errno));
    else
        watch_folders(w);
}

void plugin_watch_close(struct plugin_watch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

/* Files of Lua and folders; what an editor keeps beside them begins with a dot. Events that were
 * lost count as a change. */
static bool matters(const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW)
        return true;
    if (e->len == 0 || e->name[0] == '.')
        return false;
    return (e->mask & IN_ISDIR) ||
           (!(e->mask & IN_CREATE) && str_ends(str_of(e->name), STR(".lua")));
}

static bool take_events(const struct plugin_watch *w)
{
    _Alignas(struct inotify_event) char bytes[EVENTS_BYTES];
    bool changed = false;
    ssize_t n;
    while ((n = read(w->fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t at = 0; at < n;) {
            struct inotify_event e;
            memcpy(&e, bytes + at, sizeof e);
            const void *event = bytes + at;
            changed = matters(event) || changed;
            at += (ssize_t)(sizeof e + e.len);
        }
    }
    return changed;
}

bool plugin_watch_told(struct plugin_watch *w)
{
    if (w->fd < 0)
        return false;
    if (take_events(w)) {
        w->moving = true;
        watch_folders(w);
        return false;
    }
    bool told = w->moving;
    w->moving = false;
    return told;
}
