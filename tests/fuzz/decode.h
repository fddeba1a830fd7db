/* SPDX-License-Identifier: MIT
 *
 * The body of the targets that decode: the stored form of segments or slabs, changed in any way
 * behind right checksums (the orders of stored.h), decodes to one that keeps all promises, or is
 * refused as damaged. Include it once, behind
 *
 *   STORED_KIND     seg or slab
 *   form            where its heads hold what
 *   make()          one from sorted rows */
#include "stored.h"

#define KIND_NAME_(kind, what) kind##_##what
#define KIND_NAME(kind, what)  KIND_NAME_(kind, what)
#define KIND(what)             KIND_NAME(STORED_KIND, what)

enum { SAMPLES = 10, ROWS_MAX = 1 << 17 };

static struct place_tree *tree, *other, *fewer;

static void make_sample(unsigned i, struct buf *out)
{
    static const size_t sizes[] = {1, 2, 40, 63, 64, 65, 200, 300, 500, 900};
    struct fuzz_rng g = {i, 0};
    struct rows r;
    struct STORED_KIND *s = NULL;
    buf_init(out, MEM_DATA);
    rows_init(&r, MEM_DATA, &schema_default);
    fuzz_rows(&g, &r, sizes[i], i);
    ASSERT(rows_sort(&r, tree, NULL) == 0);
    ASSERT(make(&r, tree, STORED_ID, &s) == 0);
    ASSERT(KIND(encode)(s, out, NULL) == 0);
    KIND(unref)(s);
    rows_fini(&r);
}

static struct str sample(int64_t n)
{
    static struct buf at[SAMPLES];
    if (tree == NULL) {
        tree = fuzz_tree(FUZZ_PLACES, false);
        other = fuzz_tree(FUZZ_PLACES, true);
        fewer = fuzz_tree(FUZZ_PLACES - 2, false);
        for (unsigned i = 0; i < SAMPLES; i++)
            make_sample(i, &at[i]);
    }
    return buf_view(&at[fuzz_below(n, SAMPLES)]);
}

/* A tree without some of the places refuses, and nothing is left behind. */
static void look_elsewhere(struct STORED_KIND *s)
{
    struct STORED_KIND *moved = NULL;
    struct err err = {0};
    int rc = KIND(retree)(s, fewer, &moved, &err);
    ASSERT(rc == 0 || (rc == ERR_CORRUPT && moved == NULL));
    KIND(unref)(moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct fuzz_line first;
    struct buf bytes;
    struct err err = {0};
    struct STORED_KIND *s = NULL;
    uint64_t rows;
    if (!fuzz_next(&in, &first) || first.op != 's')
        return 0;
    buf_init(&bytes, MEM_DATA);
    stored_change(&form, sample(first.n[0]), in, &bytes);
    memcpy(&rows, bytes.p + STORED_ROWS_AT, sizeof rows);
    if (rows <= ROWS_MAX) {
        int rc = KIND(decode)(buf_view(&bytes), STORED_ID, &schema_default, fuzz_dict_counts(),
                              tree, &s, &err);
        ASSERT(rc == 0 ? s != NULL : rc == ERR_CORRUPT && s == NULL);
        if (rc == 0) {
            KIND(check)(s, tree, other);
            look_elsewhere(s);
        }
        KIND(unref)(s);
    }
    buf_fini(&bytes);
    return 0;
}
