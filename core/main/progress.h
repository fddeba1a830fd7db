/* SPDX-License-Identifier: MIT
 *
 * A progress bar on standard error, when that is a terminal. */
#ifndef MAIN_PROGRESS_H
#define MAIN_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

struct progress {
    const char *what;
    int64_t total; /* 0: not known */
    int64_t done;
    int64_t shown_ns;
    int64_t started_ns;
    const char *unit;  /* "bytes", "rows" */
    const char *waits; /* for: progress_tell */
    int64_t ended_ns;  /* when all was read: others are at work from then on; 0: not yet */
};

void progress_start(struct progress *p, const char *what, const char *unit, int64_t total);
void progress_add(struct progress *p, int64_t n);
/* Until something is added: tells what is waited for, and for how long. Static text. */
void progress_tell(struct progress *p, const char *what);
/* Called meanwhile. Behind the last byte of a progress_reader: tells that it is being stored, and
 * for how long. */
void progress_wait(struct progress *p);
void progress_end(struct progress *p); /* clears the line */

/* A stream that reads from f and moves the bar; NULL when there is no memory. Closing it leaves f
 * open. */
FILE *progress_reader(struct progress *p, FILE *f);

#endif
