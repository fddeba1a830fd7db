/* SPDX-License-Identifier: MIT
 *
 * How many connections each client has, so that one cannot take them all. Threads: any. */
#ifndef NET_CLIENTS_H
#define NET_CLIENTS_H

#include <stdint.h>

#include "base/err.h"

struct clients;

struct clients *clients_new(void);
void clients_free(struct clients *c); /* NULL is fine */

/* A connection of this client opens, or closes (each is told once). Where memory is short it is
 * not counted. */
void clients_enter(struct clients *c, uint64_t key);
void clients_leave(struct clients *c, uint64_t key);
unsigned clients_count(struct clients *c, uint64_t key);

#endif
