/* SPDX-License-Identifier: MIT
 *
 * From getrusage and /proc. */
#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void put(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", name, help, name, type, name);
    buf_f64(out, value, false);
    buf_char(out, '\n');
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void put_memory(struct buf *out)
{
    unsigned long long pages = 0;
    unsigned long long resident = 0;
    double page = (double)sysconf(_SC_PAGESIZE);
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return;
    if (fscanf(f, "%llu %llu", &pages, &resident) == 2) {
        put(out, "process_resident_memory_bytes", "gauge", "Memory that the process has.",
            (double)resident * page);
        put(out, "process_virtual_memory_bytes", "gauge", "Addresses that it has.",
            (double)pages * page);
    }
    fclose(f);
}

static void put_files(struct buf *out)
{
    struct rlimit limit;
    int n = -3; /* itself, "." and ".." */
    DIR *d = opendir("/proc/self/fd");
    if (d == NULL)
        return;
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    put(out, "process_open_fds", "gauge", "Files and connections that are open.", n);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        put(out, "process_max_fds", "gauge", "How many may be.", (double)limit.rlim_cur);
}

void process_metrics(struct buf *out)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) == 0)
        put(out, "process_cpu_seconds_total", "counter", "Time on processors.",
            seconds(used.ru_utime) + seconds(used.ru_stime));
    put_memory(out);
    put_files(out);
}
