/* SPDX-License-Identifier: MIT
 *
 * The drive's own numbers among the metrics: registrations of each district, and how far each has
 * come of the targets that it has. A scrape takes what was counted last, and has it counted anew on
 * a worker when the data or the plugins have changed since: it never waits. */
#ifndef NET_DRIVE_H
#define NET_DRIVE_H

#include "net/httpd.h"

struct drive;

/* Begins to count, unless the settings say that they are not wanted. The service outlives it. */
struct drive *drive_new(const struct service *service); /* aborts when there is no memory */
/* Waits for a count that is under way. NULL is fine. */
void drive_free(struct drive *d);
/* Any thread. */
void drive_write(struct drive *d, struct buf *out);

#endif
