/* SPDX-License-Identifier: MIT
 *
 * Wrong rows as JSON and as lines of text. */
#include "faults.h"

void faults_json(void *faults, struct json *j)
{
    const struct faults *f = faults;
    batch_error_list_json(f->error, f->listed, f->total, j);
}

void faults_text(void *faults, struct buf *out)
{
    const struct faults *f = faults;
    batch_error_list_text(f->error, f->listed, f->total, out);
}
