/* SPDX-License-Identifier: MIT
 *
 * The bar is drawn at most ten times a second, with one write each. */
#include "progress.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { BAR = 30, EVERY_NS = 100000000 };

static void draw(struct progress *p)
{
    char bar[BAR + 1];
    int64_t now = clock_mono_ns();
    if (now - p->shown_ns < EVERY_NS || !isatty(STDERR_FILENO))
        return;
    double seconds = (double)(now - p->started_ns) / 1e9;
    double rate = seconds > 0 ? (double)p->done / seconds / 1e6 : 0;
    double part = p->total > 0 ? (double)p->done / (double)p->total : 0;
    int full = (int)((part > 1 ? 1 : part) * BAR);
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    p->shown_ns = now;
    if (p->total > 0)
        fprintf(stderr, "\r\033[K%s [%s] %3.0f%% %.1f million %s/s", p->what, bar, part * 100, rate,
                p->unit);
    else
        fprintf(stderr, "\r\033[K%s %.1f million %s, %.1f/s", p->what, (double)p->done / 1e6,
                p->unit, rate);
}

void progress_wait(struct progress *p)
{
    int64_t now = clock_mono_ns();
    if (p->ended_ns == 0 || now - p->shown_ns < EVERY_NS || !isatty(STDERR_FILENO))
        return;
    long long seconds = (now - p->ended_ns) / 1000000000;
    p->shown_ns = now;
    if (p->waits != NULL)
        fprintf(stderr, "\r\033[K%s: %lld s", p->waits, seconds);
    else
        fprintf(stderr, "\r\033[K%s is read, being stored: %lld s", p->what, seconds);
}

void progress_tell(struct progress *p, const char *what)
{
    p->waits = what;
    p->ended_ns = clock_mono_ns();
}

void progress_start(struct progress *p, const char *what, const char *unit, int64_t total)
{
    *p = (struct progress){.what = what, .unit = unit, .total = total};
    p->started_ns = clock_mono_ns();
}

void progress_add(struct progress *p, int64_t n)
{
    p->done += n;
    p->ended_ns = 0;
    draw(p);
}

void progress_end(struct progress *p)
{
    if (p->shown_ns != 0)
        fputs("\r\033[K", stderr);
    p->shown_ns = 0;
}

struct counted {
    struct progress *progress;
    FILE *f;
};

static ssize_t read_counted(void *cookie, char *p, size_t n)
{
    struct counted *c = cookie;
    size_t got = fread(p, 1, n, c->f);
    if (got > 0)
        progress_add(c->progress, (int64_t)got);
    else
        c->progress->ended_ns = clock_mono_ns();
    return got == 0 && ferror(c->f) ? -1 : (ssize_t)got;
}

static int close_counted(void *cookie)
{
    mem_free(MEM_MAIN, cookie);
    return 0;
}

FILE *progress_reader(struct progress *p, FILE *f)
{
    struct counted *c = mem_alloc(MEM_MAIN, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (struct counted){p, f};
    cookie_io_functions_t io = {.read = read_counted, .close = close_counted};
    FILE *wrapped = fopencookie(c, "r", io);
    if (wrapped == NULL)
        mem_free(MEM_MAIN, c);
    else
        setvbuf(wrapped, NULL, _IOFBF, 1 << 18);
    return wrapped;
}
