/* SPDX-License-Identifier: MIT
 *
 * Frames: cells of every type, NULLs, columns by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "data/frame.h"

static void cells_read_back(void **state)
{
    (void)state;
    static const enum type types[] = {TYPE_BOOL, TYPE_INT64, TYPE_FLOAT64, TYPE_STRING,
                                      TYPE_DATE, TYPE_PLACE, TYPE_CODED};
    struct arena a;
    struct frame *f = NULL;
    struct err err = {0};
    arena_init(&a, MEM_DATA, 0);
    assert_int_equal(frame_new(&a, 3, ARRAY_LEN(types), &f, &err), 0);
    for (size_t c = 0; c < ARRAY_LEN(types); c++) {
        struct str name = str_of(type_name(types[c]));
        assert_int_equal(frame_col_init(&a, &f->col[c], 3, name, types[c], &err), 0);
        struct value v = {.type = types[c], .i = 1, .f = 2.5, .s = STR("x")};
        frame_set(f, 0, c, v);
        frame_set(f, 1, c, (struct value){.type = types[c], .null = true});
        struct value back = frame_get(f, 0, c);
        assert_int_equal(back.type, types[c]);
        assert_false(back.null);
        assert_true(types[c] == TYPE_FLOAT64  ? back.f == 2.5
                    : types[c] == TYPE_STRING ? str_eq(back.s, STR("x"))
                                              : back.i == 1);
        assert_true(frame_get(f, 1, c).null);
        assert_false(frame_get(f, 2, c).null);
    }
    assert_int_equal(frame_find(f, STR("int64")), 1);
    assert_int_equal(frame_find(f, STR("nothing")), -1);
    arena_fini(&a);
}

static void a_bound_is_kept(void **state)
{
    (void)state;
    struct arena a;
    struct frame *f = NULL;
    struct err err = {0};
    arena_init(&a, MEM_DATA, 1 << 16);
    assert_int_equal(frame_new(&a, 1 << 20, 1, &f, &err), 0);
    assert_int_equal(frame_col_init(&a, &f->col[0], 1 << 20, STR("x"), TYPE_INT64, &err), ERR_MEM);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_read_back),
        cmocka_unit_test(a_bound_is_kept),
    };
    return cmocka_run_group_tests_name("data/frame", tests, NULL, NULL);
}
