/* SPDX-License-Identifier: MIT
 *
 * The data directories of a benchmark: made with the synthetic country in it, kept or removed,
 * copied, weighed. */
#ifndef MAIN_BENCH_DIR_H
#define MAIN_BENCH_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { BENCH_DIR_BYTES = 4096 };

struct bench_dir {
    char path[BENCH_DIR_BYTES];
    bool temporary; /* removed by bench_dir_close */
    double made_s;  /* seconds that making the country took; 0: it was there */
};

/* The country of `rows` rows: in `dir`, made when there is no such directory and kept, or where
 * `dir` is NULL in a temporary directory. A country is there whole or not at all. */
MUST_USE int bench_dir_open(const char *dir, uint64_t rows, struct bench_dir *out, struct err *err);
/* An empty temporary directory ($TMPDIR, else /tmp). */
MUST_USE int bench_dir_temporary(struct bench_dir *out, struct err *err);
/* A temporary copy beside `dir`, so on the same disk. ERR_LOCKED when the directory is in use. */
MUST_USE int bench_dir_copy(const char *dir, struct bench_dir *out, struct err *err);
void bench_dir_close(struct bench_dir *d);

/* Bytes of all files in it. */
uint64_t bench_dir_weight(const char *dir);

#endif
