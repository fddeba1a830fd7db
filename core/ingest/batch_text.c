/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a batch, as lines of text and as a table. */
#include "ingest/batch.h"

void batch_error_list_text(const struct batch_error *error, size_t listed, uint64_t total,
                           struct buf *out)
{
    for (size_t i = 0; i < listed; i++) {
        const struct batch_error *e = &error[i];
        buf_printf(out, "  line %u", e->line);
        if (e->column > 0)
            buf_printf(out, ", column %u (%s)", e->column, e->field);
        buf_printf(out, ": '%s': %s", e->value, e->reason);
        if (e->near[0] != '\0')
            buf_printf(out, " (near: %s)", e->near);
        buf_char(out, '\n');
    }
    if (total > listed)
        buf_printf(out, "  and %llu more\n", (unsigned long long)(total - listed));
}

void batch_errors_text(const struct batch *b, struct buf *out)
{
    size_t listed;
    size_t total;
    const struct batch_error *e = batch_errors(b, &listed, &total);
    batch_error_list_text(e, listed, total, out);
}

static void put_field(struct buf *out, const char *text)
{
    buf_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_char(out, '"');
        buf_char(out, *text);
    }
    buf_char(out, '"');
}

void batch_errors_csv(const struct batch *b, struct buf *out)
{
    size_t listed;
    size_t total;
    const struct batch_error *e = batch_errors(b, &listed, &total);
    if (listed > 0)
        buf_cstr(out, "line,column,field,value,reason,near\r\n");
    for (size_t i = 0; i < listed; i++) {
        const char *const texts[] = {e[i].field, e[i].value, e[i].reason, e[i].near};
        buf_printf(out, "%u,%u", e[i].line, e[i].column);
        for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
            buf_char(out, ',');
            put_field(out, texts[k]);
        }
        buf_cstr(out, "\r\n");
    }
}
