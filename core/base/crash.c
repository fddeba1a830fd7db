/* SPDX-License-Identifier: MIT
 *
 * Reports of crashes. What runs in the handler is safe there: write, open, and a backtrace whose
 * library was loaded before. A second fault in it ends the process at once. */
#include "base/crash.h"

#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { FRAMES_MAX = 64, STACK_BYTES = 64 << 10 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const int faults[] = {SIGABRT};
#else
static const int faults[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#endif

static char report_path[PATH_MAX];
static char program_version[64];
static char spare_stack[STACK_BYTES]; /* for when the main thread's has run over */
static volatile sig_atomic_t crashed;

static void put(int fd, const char *s)
{
    ssize_t done = write(fd, s, strlen(s));
    (void)done; /* nowhere left to complain to */
}

static void put_number(int fd, long long v)
{
    char digits[24];
    size_t n = sizeof digits - 1;
    digits[n] = '\0';
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0 && n > 0);
    put(fd, digits + n);
}

static const char *name_of(int fault)
{
    switch (fault) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    default:
        return "SIGABRT";
    }
}

static void write_report(int fd, int fault, void *const *frame, int frames)
{
    put(fd, "Panji ");
    put(fd, program_version);
    put(fd, " crashed: ");
    put(fd, name_of(fault));
    put(fd, ", process ");
    put_number(fd, getpid());
    put(fd, ", seconds since 1970: ");
    put_number(fd, (long long)time(NULL));
    put(fd, "\n\nrunning (addr2line -f -e panji ADDRESS tells the lines):\n");
    backtrace_symbols_fd(frame, frames, fd);
    put(fd, "\nthe last lines of the log:\n");
    log_last(fd);
    put(fd, "\nWhat was acknowledged is stored. Please report this with the file.\n");
}

static void on_fault(int fault)
{
    void *frame[FRAMES_MAX];
    if (crashed)
        _exit(128 + fault);
    crashed = 1;
    int frames = backtrace(frame, FRAMES_MAX);
    write_report(STDERR_FILENO, fault, frame, frames);
    int fd = report_path[0] != '\0'
                 ? open(report_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                 : -1;
    if (fd >= 0) {
        write_report(fd, fault, frame, frames);
        close(fd);
    }
    raise(fault); /* the handler was taken away as it was called */
}

void crash_init(const char *version)
{
    void *frame[2];
    stack_t spare = {.ss_sp = spare_stack, .ss_size = sizeof spare_stack};
    struct sigaction act = {.sa_handler = on_fault,
                            .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_ONSTACK};
    (void)backtrace(frame, 2); /* loads what it needs */
    snprintf(program_version, sizeof program_version, "%s", version);
    sigaltstack(&spare, NULL);
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        sigaction(faults[i], &act, NULL);
}

bool crash_file(const char *path)
{
    int n = snprintf(report_path, sizeof report_path, "%s", path);
    if (n > 0 && n < (int)sizeof report_path)
        return true;
    report_path[0] = '\0';
    return false;
}

bool crash_before(const char *path, char *out, size_t size)
{
    char aside[PATH_MAX];
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    bool told = fgets(out, (int)size, f) != NULL;
    fclose(f);
    if (told)
        out[strcspn(out, "\n")] = '\0';
    int n = snprintf(aside, sizeof aside, "%s.before", path);
    if (n > 0 && n < (int)sizeof aside && rename(path, aside) != 0)
        log_line(LOG_WARN, "base", "the report of a crash cannot be put aside: %s", path);
    return told;
}
