/* SPDX-License-Identifier: MIT
 *
 * What the clients of `panji bench mixed` send: questions of the benchmark with other places each
 * time, and batches of CSV. */
#ifndef MAIN_BENCH_MIX_H
#define MAIN_BENCH_MIX_H

#include "bench_load.h"

/* Classes of questions, told apart because their work is so different. */
enum mix_kind { MIX_CUBE, MIX_TABLE, MIX_PLACE, MIX_HEAVY, MIX_BATCH, MIX_KINDS };
const char *mix_name(enum mix_kind kind);

/* A reader's questions: all but the heavy ones in turn, or the heavy ones. Requests differ between
 * readers of different numbers, and each from the one before. */
struct mix_reader {
    int number;
    bool heavy;
};
int mix_question(const void *reader, uint64_t k, struct buf *out);

/* Batches; the k-th has the id "run-k". */
enum { MIX_TEXTS = 64 };
struct mix_writer {
    struct buf text[MIX_TEXTS]; /* contents, used in turn */
    const char *run;            /* set by the caller */
};
/* Contents of `rows` rows of all places, dated in the last `days` days of the country. */
MUST_USE int mix_writer_init(struct mix_writer *w, int64_t rows, int32_t days, struct err *err);
void mix_writer_fini(struct mix_writer *w);
int mix_batch(const void *writer, uint64_t k, struct buf *out);
/* Registrations that an answer to a batch acknowledges; 0 for a refusal. */
int64_t mix_acknowledged(const struct bench_reply *r);

#endif
