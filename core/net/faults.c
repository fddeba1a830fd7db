/* SPDX-License-Identifier: MIT
 *
 * Wrong rows as JSON and as lines of text. */
#include "faults.h"

void faults_json(void *faults, struct json *j)
{
    const struct faults *f = faults;
    batch_error_list_json(f->error, f->listed, f->total, j);
    batch_unknown_list_json(f->unknown, f->unknowns, f->unknowns_total, j);
}

static void unknown_text(const struct faults *f, struct buf *out)
{
    if (f->unknowns > 0)
        buf_cstr(out, "words that are not known:\n");
    for (size_t i = 0; i < f->unknowns; i++) {
        const struct batch_unknown *u = &f->unknown[i];
        buf_printf(out, "  %s '%s'", u->kind, u->word);
        if (u->within[0] != '\0')
            buf_printf(out, " in %s", u->within);
        buf_printf(out, ": %llu row%s, line %u first", (unsigned long long)u->rows,
                   u->rows == 1 ? "" : "s", u->line);
        if (u->near[0] != '\0')
            buf_printf(out, " (near: %s)", u->near);
        buf_char(out, '\n');
    }
    if (f->unknowns_total > f->unknowns)
        buf_printf(out, "  and %zu more\n", f->unknowns_total - f->unknowns);
    if (f->unknowns > 0)
        buf_cstr(out, "a mapping can translate them: --dry-run --draft-mapping writes a draft\n");
}

void faults_text(void *faults, struct buf *out)
{
    const struct faults *f = faults;
    batch_error_list_text(f->error, f->listed, f->total, out);
    unknown_text(f, out);
}
