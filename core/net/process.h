/* SPDX-License-Identifier: MIT
 *
 * The numbers of this process, under the names that Prometheus' own libraries give them. */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include "base/buf.h"

/* What the system does not tell is left out. */
void process_metrics(struct buf *out);

#endif
