/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: rows packed as a segment and as a slab come back as they were, also from the stored
 * form. The orders, one a line (numbers outside are brought into range):
 *
 *   row PLACE SECTOR DAY COUNT ATTRIBUTE...    a negative attribute is NULL
 *   far PLACE SECTOR DAY COUNT ATTRIBUTE...    the same with a count far from all others
 *   many ROWS SEED SPREAD                      as fuzz_rows in rows.h makes them, once */
#include "seg_check.h"
#include "slab_check.h"

enum { MANY_MAX = 500, LINES_MAX = 300, DAYS = 50000, COUNT_MAX = 4000, SPREADS = 30 };
/* A slab's tables span 2^25 values: counts beyond are refused at once, those just below are slow.
 */
enum { FAR_MAX = 32, FAR_STEP = 1 << 26 };

static struct place_tree *tree, *other;

static void add_row(struct rows *r, const struct fuzz_line *l)
{
    uint32_t place = 1 + (uint32_t)fuzz_below(l->n[0], FUZZ_PLACES);
    uint8_t sector = (uint8_t)fuzz_below(l->n[1], list_sectors.n + 1);
    int32_t day = (int32_t)fuzz_below(l->n[2], DAYS);
    int32_t count = (int32_t)(l->n[3] % COUNT_MAX);
    count = l->op == 'f' ? count % FAR_MAX * FAR_STEP : count;
    ASSERT(rows_add(r, place, sector, day, count, NULL) == 0);
    for (size_t a = 0; a < r->schema->n && a + 4 < l->count; a++)
        if (l->n[a + 4] >= 0) {
            ASSERT(rows_need(r, (int)a, NULL) == 0);
            r->attr[a][r->n - 1] = fuzz_attr_value(&r->schema->attr[a], (uint64_t)l->n[a + 4]);
        }
}

static void fill(struct rows *r, struct str in)
{
    struct fuzz_line l;
    for (int i = 0; i < LINES_MAX && fuzz_next(&in, &l); i++) {
        if (l.op == 'r' || l.op == 'f')
            add_row(r, &l);
        if (l.op == 'm' && r->n == 0) {
            struct fuzz_rng g = {(uint64_t)l.n[1], 0};
            fuzz_rows(&g, r, (size_t)fuzz_below(l.n[0], MANY_MAX),
                      (unsigned)fuzz_below(l.n[2], SPREADS));
        }
    }
}

static void check_seg(const struct rows *r)
{
    struct seg *s = NULL;
    struct rows back;
    rows_init(&back, MEM_DATA, r->schema);
    ASSERT(seg_new(r, tree, 7, &s, NULL) == 0);
    seg_check(s, tree, other);
    ASSERT(seg_to_rows(s, 0, UINT32_MAX, &back, NULL) == 0);
    fuzz_rows_equal(&back, r);
    rows_fini(&back);
    seg_unref(s);
}

/* A count may be too far from the others for a slab: 32 bits are more than its tables span. */
static void check_slab(const struct rows *r)
{
    struct slab *s = NULL;
    struct err err = {0};
    struct rows back;
    rows_init(&back, MEM_DATA, r->schema);
    int rc = slab_new(r, 0, r->n, tree, 7, &s, &err);
    ASSERT(rc == 0 || (rc == ERR_LIMIT && s == NULL));
    if (rc == 0) {
        slab_check(s, tree, other);
        ASSERT(slab_to_rows(s, 0, UINT32_MAX, &back, NULL) == 0);
        fuzz_rows_equal(&back, r);
    }
    rows_fini(&back);
    slab_unref(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct rows r;
    if (tree == NULL) {
        tree = fuzz_tree(FUZZ_PLACES, false);
        other = fuzz_tree(FUZZ_PLACES, true);
    }
    rows_init(&r, MEM_DATA, &schema_default);
    fill(&r, (struct str){(const char *)p, n});
    ASSERT(rows_sort(&r, tree, NULL) == 0);
    if (r.n > 0) {
        check_seg(&r);
        check_slab(&r);
    }
    rows_fini(&r);
    return 0;
}
