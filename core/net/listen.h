/* SPDX-License-Identifier: MIT
 *
 * The listening socket. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>

#include "base/err.h"

/* Binds "ADDR:PORT" or "[ADDR6]:PORT" and listens; *port is what was taken (for port 0, which one
 * came). ERR_USAGE for what is no address;
 * ERR_UNAVAILABLE when it is taken. The caller closes *fd. */
/* Does it only reach this machine? ERR_USAGE when it is no address. */
MUST_USE int listen_is_loopback(const char *address, bool *out, struct err *err);
MUST_USE int listen_open(const char *address, int *fd, int *port, struct err *err);

#endif
