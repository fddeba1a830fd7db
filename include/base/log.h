/* SPDX-License-Identifier: MIT
 *
 * Log lines on standard error, one write each: `time level room message key=value...`, or the same
 * as logfmt or JSON. Nothing that a user sent goes in unless it is short; what may be an Aadhaar
 * number is hidden in every line. The last lines are kept in memory for a report of a crash. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };
enum log_form { LOG_TEXT, LOG_LOGFMT, LOG_JSON };

/* Lines below `lowest` are dropped; LOG_INFO at the start. */
void log_threshold(enum log_level lowest);
/* How lines are written; LOG_TEXT at the start. */
void log_form(enum log_form form);
/* At most 1024 bytes a line; control characters print as spaces. `room` as mem_room_name. */
void log_line(enum log_level level, const char *room, const char *fmt, ...) PRINTF_LIKE(3, 4);

struct log_field {
    const char *key;
    struct str text; /* .p NULL: the number */
    double number;
};
/* A message with fields, which programs read. A field that does not fit is left out whole. */
void log_event(enum log_level level, const char *room, const char *message,
               const struct log_field *field, size_t fields);

enum { LOG_KEPT = 64 };
/* The last LOG_KEPT lines to a file, oldest first. May be called from a signal handler: a line that
 * another thread is just writing may come out mixed. */
void log_last(int fd);

#endif
