/* SPDX-License-Identifier: MIT
 *
 * What is left behind when the process dies of a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT):
 * a report with the signal, the functions that were running and the last lines of the log, on
 * standard error and in a file. No memory and no arguments are in it. The process then dies by the
 * signal, without a core. */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* Once, before there is a second thread; `version` stands in the report and is kept. Where a
 * sanitizer is built in, its own reports are left to it and only SIGABRT is taken. */
void crash_init(const char *version);
/* From now on the report goes into this file, too, in the place of one that is there. False: the
 * path is too long. */
bool crash_file(const char *path);
/* The first line of a report that is there from before, without its end; false: there is none. The
 * file is put aside as PATH.before. */
bool crash_before(const char *path, char *out, size_t size);

#endif
