/* SPDX-License-Identifier: MIT
 *
 * Who started this server and watches it: systemd (Type=notify), told by datagrams to the socket in
 * $NOTIFY_SOCKET (sd_notify(3)). Without one, nothing happens. Main thread alone. */
#ifndef MAIN_SUPERVISOR_H
#define MAIN_SUPERVISOR_H

#include <stdint.h>

/* Takes what the environment says out of it, so that no child speaks for us. */
void supervisor_init(void);
/* "READY=1\nSTATUS=...": lines as systemd reads them. */
void supervisor_tell(const char *lines);
/* How often it wants to hear that all is well, halved; 0: it does not. */
int64_t supervisor_interval_ms(void);

#endif
