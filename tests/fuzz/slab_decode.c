/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the stored form of slabs, changed in any way behind right checksums (the orders of
 * stored.h). It decodes to a slab that keeps all promises, or is refused as damaged. */
#include "slab_check.h"
#include "stored.h"

enum { SAMPLES = 10, ROWS_MAX = 1 << 17 };

static const struct stored_form form = {.header = 64,
                                        .header_bytes_at = 56,
                                        .header_bytes_size = 8,
                                        .head = 24,
                                        .bytes_at = 8,
                                        .bytes_size = 8,
                                        .crc_at = 4};

static struct place_tree *tree, *other, *fewer;

static void make_sample(unsigned i, struct buf *out)
{
    static const size_t sizes[] = {1, 2, 40, 63, 64, 65, 200, 300, 500, 900};
    struct fuzz_rng g = {i, 0};
    struct rows r;
    struct slab *s = NULL;
    buf_init(out, MEM_DATA);
    rows_init(&r, MEM_DATA, &schema_default);
    fuzz_rows(&g, &r, sizes[i], i);
    ASSERT(rows_sort(&r, tree, NULL) == 0);
    ASSERT(slab_new(&r, 0, r.n, tree, STORED_ID, &s, NULL) == 0);
    ASSERT(slab_encode(s, out, NULL) == 0);
    slab_unref(s);
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
static void look_elsewhere(struct slab *s)
{
    struct slab *moved = NULL;
    struct err err = {0};
    int rc = slab_retree(s, fewer, &moved, &err);
    ASSERT(rc == 0 || (rc == ERR_CORRUPT && moved == NULL));
    slab_unref(moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct fuzz_line first;
    struct buf bytes;
    struct err err = {0};
    struct slab *s = NULL;
    uint64_t rows;
    if (!fuzz_next(&in, &first) || first.op != 's')
        return 0;
    buf_init(&bytes, MEM_DATA);
    stored_change(&form, sample(first.n[0]), in, &bytes);
    memcpy(&rows, bytes.p + 16, sizeof rows);
    if (rows <= ROWS_MAX) {
        int rc = slab_decode(buf_view(&bytes), STORED_ID, &schema_default, fuzz_dict_counts(), tree,
                             &s, &err);
        ASSERT(rc == 0 ? s != NULL : rc == ERR_CORRUPT && s == NULL);
        if (rc == 0) {
            slab_check(s, tree, other);
            look_elsewhere(s);
        }
        slab_unref(s);
    }
    buf_fini(&bytes);
    return 0;
}
