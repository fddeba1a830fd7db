/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: files of published figures, into a real store. A file is taken whole or not at all,
 * and taken again it adds nothing. */
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct world *w = fuzz_world_get();
    struct str text = {(const char *)p, n};
    struct stated_report report;
    struct err err = {0};
    struct snap *before = snap_cell_get(w->cell);
    int rc = stated_import(w->store, w->cell, text, STR("paper"), NULL, &report, &err);
    struct snap *after = snap_cell_get(w->cell);
    if (rc < 0) {
        fuzz_check_error(rc, &err);
        ASSERT(after->stated_count == before->stated_count);
    } else {
        ASSERT(after->stated_count == before->stated_count + report.added);
        ASSERT(stated_import(w->store, w->cell, text, STR("paper"), NULL, &report, &err) == 0);
        ASSERT(report.added == 0);
    }
    snap_unref(before);
    snap_unref(after);
    return 0;
}
