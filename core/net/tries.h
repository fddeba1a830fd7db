/* SPDX-License-Identifier: MIT
 *
 * Failed attempts to be let in, by client: after some, each further answer waits, twice as long
 * every time, so that nobody tries secrets at the speed of a network. Who has a good token is never
 * made to wait: several people may come from one address. A table of fixed size; what does not fit
 * takes the place of what failed longest ago. Any thread. */
#ifndef NET_TRIES_H
#define NET_TRIES_H

#include "address.h"

enum { TRIES_FREE = 4, TRIES_WAIT_MS = 200, TRIES_WAIT_MAX_MS = 5000, TRIES_FORGET_MS = 60000 };

struct tries;
struct tries *tries_new(void);    /* aborts when there is no memory: start-up */
void tries_free(struct tries *t); /* NULL is fine */
/* One more; for how long the answer is to wait. An IPv6 client is known by its network. */
int64_t tries_fail(struct tries *t, const struct address *client, int64_t now_ms);

#endif
