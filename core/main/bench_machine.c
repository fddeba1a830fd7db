/* SPDX-License-Identifier: MIT
 *
 * Read from /proc, and told as unknown where that does not say it. */
#include "bench_machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app.h"
#include "data/kernel.h"

enum { LINE_BYTES = 512, MILLION = 1000000 };

/* The text behind "name" and a colon in a file of such lines; empty when there is none. */
static struct str field(const char *file, const char *name, char line[LINE_BYTES])
{
    struct str found = STR_NULL;
    FILE *f = fopen(file, "re");
    while (f != NULL && found.p == NULL && fgets(line, LINE_BYTES, f) != NULL) {
        const char *colon = strchr(line, ':');
        if (colon != NULL && strncmp(line, name, strlen(name)) == 0)
            found = str_trim(str_of(colon + 1));
    }
    if (f != NULL)
        fclose(f);
    return found;
}

/* "VmRSS:   123 kB" in bytes. */
static uint64_t kilobytes(const char *file, const char *name)
{
    char line[LINE_BYTES];
    unsigned long long kb = 0;
    struct str s = field(file, name, line);
    if (s.n == 0 || sscanf(s.p, "%llu", &kb) != 1)
        return 0;
    return kb * 1024;
}

struct bench_memory bench_memory(void)
{
    return (struct bench_memory){kilobytes("/proc/self/status", "VmRSS"),
                                 kilobytes("/proc/self/status", "VmHWM")};
}

void bench_machine_print(const char *title)
{
    char line[LINE_BYTES];
    struct utsname u = {0};
    struct str cpu = field("/proc/cpuinfo", "model name", line);
    if (cpu.n == 0)
        cpu = STR("unknown processor");
    uname(&u);
    printf("%s\n", title);
    printf("  machine   %.*s, %ld processors, %.1f GiB, %s %s\n", STR_ARG(cpu),
           sysconf(_SC_NPROCESSORS_ONLN),
           (double)kilobytes("/proc/meminfo", "MemTotal") / (1 << 30), u.sysname, u.release);
    printf("  panji     %s, %d workers, %s kernels\n", PANJI_VERSION, app_workers(), kernel_name());
}

const char *bench_count(uint64_t n, char out[32])
{
    if (n >= MILLION && n % (MILLION / 10) == 0)
        snprintf(out, 32, "%.*f million", n % MILLION == 0 ? 0 : 1, (double)n / MILLION);
    else if (n >= MILLION)
        snprintf(out, 32, "%llu,%03llu,%03llu", (unsigned long long)(n / MILLION),
                 (unsigned long long)(n / 1000 % 1000), (unsigned long long)(n % 1000));
    else if (n >= 1000)
        snprintf(out, 32, "%llu,%03llu", (unsigned long long)(n / 1000),
                 (unsigned long long)(n % 1000));
    else
        snprintf(out, 32, "%llu", (unsigned long long)n);
    return out;
}
