/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a mapping that is given, a line "--", and a file. The draft that goes on from the
 * one for the other is a mapping itself, however the file was cut, and stores nothing. */
#include "world.h"

/* 0 with the draft, or how the file was refused. */
static int draft(struct world *w, const struct mapping *given, struct str file, size_t step,
                 struct buf *out)
{
    struct batch_options o = world_options("fuzz", "");
    struct batch *b = NULL;
    struct batch_result r;
    struct err err = {0};
    int rc = 0;
    o.draft = true;
    o.mapping = given;
    ASSERT(batch_new(w->store, w->cell, &o, &b, &err) == 0);
    for (size_t at = 0; rc == 0 && at < file.n; at += step)
        rc = batch_push(b, file.p + at, file.n - at < step ? file.n - at : step, &err);
    if (rc == 0)
        rc = batch_end(b, &r, &err);
    if (rc == 0)
        rc = batch_draft(b, out, &err);
    if (rc < 0)
        fuzz_check_error(rc, &err);
    batch_free(b);
    return rc;
}

static void check(struct str text)
{
    struct mapping *m = NULL;
    struct err err = {0};
    ASSERT(utf8_check(text) == text.n);
    if (mapping_parse(text, &m, &err) < 0) {
        fprintf(stderr, "%s\n%.*s\n", err.msg, STR_ARG(text));
        ASSERT(false);
    }
    mapping_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct world *w = fuzz_world_get();
    struct mapping *given = NULL;
    const uint8_t *end = n > 4 ? memmem(p, n, "\n--\n", 4) : NULL;
    if (end == NULL ||
        mapping_parse((struct str){(const char *)p, (size_t)(end - p)}, &given, NULL) < 0)
        return 0;
    struct str file = {(const char *)end + 4, n - (size_t)(end - p) - 4};
    struct buf whole, cut;
    int64_t before = world_registrations(w);
    buf_init(&whole, MEM_BASE);
    buf_init(&cut, MEM_BASE);
    int rc = draft(w, given, file, file.n ? file.n : 1, &whole);
    int again = draft(w, given, file, 1 + n % 90, &cut);
    ASSERT(rc == again && str_eq(buf_view(&whole), buf_view(&cut)));
    if (rc == 0)
        check(buf_view(&whole));
    ASSERT(world_registrations(w) == before);
    buf_fini(&whole);
    buf_fini(&cut);
    mapping_free(given);
    return 0;
}
