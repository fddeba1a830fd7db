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
    for (size_t i = 0; i < f->listed; i++) {
        const struct batch_error *e = &f->error[i];
        buf_printf(out, "  line %u", e->line);
        if (e->column > 0)
            buf_printf(out, ", column %u (%s)", e->column, e->field);
        buf_printf(out, ": '%s': %s", e->value, e->reason);
        if (e->near[0] != '\0')
            buf_printf(out, " (near: %s)", e->near);
        buf_char(out, '\n');
    }
    if (f->total > f->listed)
        buf_printf(out, "  and %llu more\n", (unsigned long long)(f->total - f->listed));
}
