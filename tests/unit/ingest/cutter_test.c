/* SPDX-License-Identifier: MIT
 *
 * Files in pieces: the same comes out wherever they are cut. */
#include "world.h"

static void counts_the_same_however_cut(void **state)
{
    struct world *w = *state;
    static const char text[] = "date;district;block;centre\r\n2021-11-20;607;\"Gola\";\"a;b\"\r\n"
                               "20-11-2021;ramgarh;गोला;x\r\n21/11/2021;607;3168;\"say \"\"x\"\"\"";
    for (size_t cut = 1; cut < sizeof text - 1; cut++) {
        struct batch_options o = world_options("test", "");
        struct batch *b;
        struct batch_result r;
        struct err err;
        assert_int_equal(batch_new(w->store, w->cell, &o, &b, &err), 0);
        assert_int_equal(batch_push(b, text, cut, &err), 0);
        assert_int_equal(batch_push(b, text + cut, sizeof text - 1 - cut, &err), 0);
        assert_int_equal(batch_end(b, &r, &err), 0);
        assert_int_equal(r.accepted, 3);
        assert_int_equal(r.duplicate, cut > 1); /* the same hash, whatever the pieces */
        batch_free(b);
    }
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), 3);
}

static void refuses_a_line_of_13_megabytes(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t n = 13u << 20;
    char *text = malloc(n);
    memset(text, 'G', n);
    memcpy(text, "date,district\n2021-11-20,", 25);
    assert_int_equal(world_batch(w, &o, (struct str){text, n}, &b, &r, &err), ERR_LIMIT);
    assert_non_null(strstr(err.msg, "line 2"));
    batch_free(b);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(counts_the_same_however_cut),
        WORLD_TEST(refuses_a_line_of_13_megabytes),
    };
    return cmocka_run_group_tests_name("ingest/cutter", tests, NULL, NULL);
}
