/* SPDX-License-Identifier: MIT
 *
 * The wrong rows of a file, in the problem that refuses it. */
#ifndef NET_FAULTS_H
#define NET_FAULTS_H

#include "answer.h"
#include "ingest/batch.h"

struct faults {
    const struct batch_error *error;
    size_t listed;
    uint64_t total;
    const struct batch_unknown *unknown; /* words that nobody knows */
    size_t unknowns, unknowns_total;
};

/* Both take a struct faults: "errors": [...], "errors_total": n, and the unknown words, where there
 * are any; and a line of text each. */
void faults_json(void *faults, struct json *j);
void faults_text(void *faults, struct buf *out);

#endif
