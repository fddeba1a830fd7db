/* SPDX-License-Identifier: MIT
 *
 * Log lines. Each is put together on the stack and written by one write(2), so that lines of
 * several threads never mix; control characters are printed as spaces, so that no text of a message
 * can start a line of its own. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_BYTES = 1024 };

static atomic_int lowest_level = LOG_INFO;
static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

void log_threshold(enum log_level lowest)
{
    atomic_store_explicit(&lowest_level, (int)lowest, memory_order_relaxed);
}

static void write_all(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* nowhere left to complain to */
        p += done;
        n -= (size_t)done;
    }
}

void log_line(enum log_level level, const char *room, const char *fmt, ...)
{
    ASSERT(level >= LOG_DEBUG && level < LOG_OFF);
    if ((int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed))
        return;
    int saved = errno;
    char time[32];
    clock_format(clock_wall_ms(), time);
    char line[LINE_MAX_BYTES];
    int head = snprintf(line, sizeof line, "%s %-5s %-6s ", time, level_names[level], room);
    size_t n = head < 0 ? 0 : (size_t)head;
    ASSERT(n < sizeof line - 2);
    va_list args;
    va_start(args, fmt);
    int body = vsnprintf(line + n, sizeof line - 1 - n, fmt, args);
    va_end(args);
    size_t space = sizeof line - 2 - n;
    n += body < 0 ? 0 : (size_t)body < space ? (size_t)body : space;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = ' ';
    line[n++] = '\n';
    write_all(line, n);
    errno = saved;
}
