/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the CSV parser. Bytes pushed in pieces, wherever they are cut, give the same records
 * as pushed whole, or are refused as well; how many records come before a refusal depends on how
 * far the parser could see. */
#include "fuzz.h"

#include "../../core/ingest/csv.h"
#include "base/hash.h"

static int on_record(void *ctx, const struct csv_record *r, struct err *err)
{
    struct buf *out = ctx;
    (void)err;
    ASSERT(r->n >= 1 && r->n <= FIELD_COUNT_MAX);
    buf_printf(out, "%u", r->line);
    for (size_t i = 0; i < r->n; i++) {
        buf_printf(out, "[%zu:", r->field[i].n);
        buf_str(out, r->field[i]);
        buf_char(out, ']');
        for (size_t k = 0; r->ascii && k < r->field[i].n; k++)
            ASSERT((unsigned char)r->field[i].p[k] < 128);
    }
    if (r->fault != NULL)
        buf_printf(out, "!%zu %s", r->fault_field, r->fault);
    buf_char(out, '\n');
    return 0;
}

static int push_copy(struct csv *c, const char *p, size_t n, struct err *err)
{
    char *piece = malloc(n ? n : 1); /* its own block, so that reading over its end shows */
    memcpy(piece, p, n);
    int rc = csv_push(c, piece, n, err);
    free(piece);
    return rc;
}

/* Pieces of `step` bytes; 0: of lengths that `seed` decides. */
static int read_cut(struct str in, size_t step, uint64_t seed, struct buf *records)
{
    struct csv *c = malloc(sizeof *c);
    struct err err = {0};
    int rc = 0;
    csv_init(c, on_record, records);
    for (size_t at = 0, i = 0; rc == 0 && at < in.n; i++) {
        size_t n = step ? step : (size_t)(hash_mix(seed + i) % 97);
        n = n > in.n - at ? in.n - at : n;
        rc = push_copy(c, in.p + at, n, &err);
        at += n;
    }
    if (rc == 0)
        rc = csv_end(c, &err);
    ASSERT(rc == 0 || (rc == err.code && err.msg[0] != '\0'));
    csv_fini(c);
    free(c);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct buf whole, cut;
    buf_init(&whole, MEM_INGEST);
    int rc = read_cut(in, n ? n : 1, 0, &whole);
    size_t steps[] = {1, 3, 63, 64, 65, 0, 0};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        buf_init(&cut, MEM_INGEST);
        ASSERT(read_cut(in, steps[i], i * 1000 + n, &cut) == rc);
        size_t same = cut.n < whole.n ? cut.n : whole.n;
        ASSERT(rc < 0 || cut.n == whole.n);
        ASSERT(same == 0 || memcmp(cut.p, whole.p, same) == 0);
        buf_fini(&cut);
    }
    buf_fini(&whole);
    return 0;
}
