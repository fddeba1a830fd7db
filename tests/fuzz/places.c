/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: files of places, the directory's exports and our own form, merged into a real store.
 * A file is taken whole, and the tree is a tree, or nothing changes. */
#include "world.h"

static void check_tree(const struct place_tree *t)
{
    ASSERT(t->n > 0 && t->at[0].end == t->n && t->at[0].level == PLACE_COUNTRY);
    for (uint32_t o = 1; o < t->n; o++) {
        const struct place *p = &t->at[o];
        const struct place *above = &t->at[p->parent];
        ASSERT(p->parent < o && p->end > o && p->end <= above->end);
        ASSERT(p->level == above->level + 1 && place_order(t, p->id) == o);
        ASSERT(p->code > 0 && p->name.n + p->name_hi.n > 0);
        ASSERT(utf8_check(p->name) == p->name.n);
        ASSERT(utf8_check(p->name_hi) == p->name_hi.n);
        uint32_t first = place_by_code(t, p->level, p->code);
        while (first != o && first != PLACE_NONE)
            first = t->at[first].same;
        ASSERT(first == o);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct world *w = fuzz_world_get();
    struct places_report report;
    struct err err = {0};
    struct snap *before = snap_cell_get(w->cell);
    int rc = places_import(w->store, (struct str){(const char *)p, n}, NULL, &report, &err);
    struct snap *after = snap_cell_get(w->cell);
    if (rc < 0) {
        fuzz_check_error(rc, &err);
        ASSERT(after == before);
    } else {
        ASSERT(report.kind[0] != '\0' &&
               after->tree->n == before->tree->n + report.merged.added + report.borders.added);
        check_tree(after->tree);
    }
    snap_unref(before);
    snap_unref(after);
    return 0;
}
