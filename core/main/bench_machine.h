/* SPDX-License-Identifier: MIT
 *
 * What a benchmark must tell beside its figures: on which machine, with which kernels, and how much
 * memory this process holds. */
#ifndef MAIN_BENCH_MACHINE_H
#define MAIN_BENCH_MACHINE_H

#include <stdint.h>

/* A few lines on standard output, the first of which is `title`. */
void bench_machine_print(const char *title);

struct bench_memory {
    uint64_t resident, peak; /* bytes; 0 where /proc does not tell */
};
struct bench_memory bench_memory(void);

/* "1", "310 million", "1.5 million", "20,000": for people. Returns out. */
const char *bench_count(uint64_t n, char out[32]);

#endif
