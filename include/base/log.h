/* SPDX-License-Identifier: MIT
 *
 * Log lines on standard error: `time level room message`, one write each. Nothing that a user sent
 * goes in unless it is short and shown to be no Aadhaar number. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

/* Lines below `lowest` are dropped; LOG_INFO at the start. */
void log_threshold(enum log_level lowest);
/* At most 1024 bytes a line; control characters print as spaces. `room` as mem_room_name. */
void log_line(enum log_level level, const char *room, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
