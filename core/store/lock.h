/* SPDX-License-Identifier: MIT
 *
 * The lock of a data directory: one process at a time. The kernel drops it when the process ends,
 * however it ends. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/err.h"

/* Takes dir/lock and writes the process id into it. ERR_LOCKED says who has it. */
MUST_USE int lock_take(const char *dir, int *fd, struct err *err);
void lock_drop(int fd); /* -1 is fine */

#endif
