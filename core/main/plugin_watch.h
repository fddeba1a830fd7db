/* SPDX-License-Identifier: MIT
 *
 * Notices that files of plugins changed. One thread asks now and then; between two questions
 * nothing is done. A change is told when a whole interval passed without another one, so that a
 * file which is being written, or a folder that is being copied, is looked at once, and whole.
 *
 *   quiet --change--> moving --interval without a change: told--> quiet */
#ifndef MAIN_PLUGIN_WATCH_H
#define MAIN_PLUGIN_WATCH_H

#include <stdbool.h>

struct plugin_watch {
    const char *dir; /* the caller's */
    int fd;          /* of inotify; -1: there is none, and nothing is ever told */
    bool moving;
};

/* Watches `dir` and the folders in it. Where that cannot be done, the log says so. */
void plugin_watch_open(struct plugin_watch *w, const char *dir);
void plugin_watch_close(struct plugin_watch *w);
/* To be asked once in every interval. */
bool plugin_watch_told(struct plugin_watch *w);

#endif
