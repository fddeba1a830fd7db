/* SPDX-License-Identifier: MIT
 *
 * The store tells how many merges ended and how long they took together; looked at every two
 * milliseconds, that gives the beginning and the end of each. */
#include "bench_watch.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { LOOK_NS = 2000000 };

/* ---- merges ---------------------------------------------------------------------------------- */

static void note_merges(struct bench_watch *w)
{
    struct store_stats now;
    store_stats_get(w->store, &now);
    if (now.merges != w->last.merges && w->merges < WATCH_MERGES_MAX) {
        int64_t end = clock_mono_ns();
        int64_t took = (int64_t)(now.merge_ns - w->last.merge_ns);
        w->merge[w->merges++] = (struct watch_span){end - took - LOOK_NS, end};
    }
    w->last = now;
}

static void *look(void *arg)
{
    struct bench_watch *w = arg;
    struct timespec pause = {0, LOOK_NS};
    while (!atomic_load(&w->stop)) {
        nanosleep(&pause, NULL);
        note_merges(w);
    }
    return NULL;
}

bool bench_watch_merged(const struct bench_watch *w, int64_t from_ns, int64_t to_ns)
{
    for (size_t i = 0; i < w->merges; i++)
        if (w->merge[i].from_ns <= to_ns && w->merge[i].to_ns >= from_ns)
            return true;
    return false;
}

/* ---- processors ------------------------------------------------------------------------------ */

static double process_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct bench_watch *w, const char *name, double seconds, double waiting_s)
{
    size_t i = 0;
    while (i < w->cpus && strcmp(w->cpu[i].name, name) != 0)
        i++;
    if (i == WATCH_NAMES_MAX)
        return;
    if (i == w->cpus)
        snprintf(w->cpu[w->cpus++].name, WATCH_NAME_BYTES, "%.15s", name);
    w->cpu[i].seconds += seconds;
    w->cpu[i].waiting_s += waiting_s;
}

/* One thread of /proc/self/task; `sign` -1 at the start of a phase. */
static void add_thread(struct bench_watch *w, const char *id, int sign)
{
    char path[128], name[WATCH_NAME_BYTES + 1] = "";
    unsigned long long ns = 0, waiting_ns = 0;
    snprintf(path, sizeof path, "/proc/self/task/%.16s/comm", id);
    FILE *f = fopen(path, "re");
    if (f == NULL || fgets(name, sizeof name, f) == NULL)
        name[0] = '\0';
    if (f != NULL)
        fclose(f);
    snprintf(path, sizeof path, "/proc/self/task/%.16s/schedstat", id);
    f = fopen(path, "re");
    if (f == NULL || fscanf(f, "%llu %llu", &ns, &waiting_ns) != 2)
        ns = waiting_ns = 0;
    if (f != NULL)
        fclose(f);
    name[strcspn(name, "\n-")] = '\0'; /* "query-1" is one of the query threads */
    add(w, name, sign * (double)ns / 1e9, sign * (double)waiting_ns / 1e9);
}

static void add_threads(struct bench_watch *w, int sign)
{
    struct dirent *e;
    DIR *d = opendir("/proc/self/task");
    while (d != NULL && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            add_thread(w, e->d_name, sign);
    if (d != NULL)
        closedir(d);
    w->total_s += sign * process_s();
}

/* ---- a phase --------------------------------------------------------------------------------- */

int bench_watch_start(struct bench_watch *w, struct store *store, struct err *err)
{
    memset(w, 0, sizeof *w);
    w->store = store;
    atomic_init(&w->stop, false);
    store_stats_get(store, &w->first);
    w->last = w->first;
    add_threads(w, -1);
    int rc = pthread_create(&w->thread, NULL, look, w);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "no thread to watch: %s", strerror(rc));
    pthread_setname_np(w->thread, "watch");
    return 0;
}

void bench_watch_stop(struct bench_watch *w)
{
    add_threads(w, 1);
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
}
