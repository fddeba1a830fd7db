/* SPDX-License-Identifier: MIT
 *
 * Uploaded tables: their bounds, and sets of them that replace and drop by name. */
#include "fixture.h"

#include "base/limits.h"
#include "data/upload.h"

static struct upload *table(const char *name, size_t rows, int64_t value)
{
    struct upload *u = NULL;
    struct err err = {0};
    assert_int_equal(upload_new(str_of(name), rows, 1, &u, &err), 0);
    assert_int_equal(upload_col(u, 0, STR("n"), TYPE_INT64, UPLOAD_LEVEL_NONE, &err), 0);
    for (size_t i = 0; i < rows; i++) {
        frame_set(u->frame, i, 0, (struct value){.type = TYPE_INT64, .i = value});
    }
    return u;
}

/* The set with one table more; the old set is let go. */
static struct upload_set *put(struct upload_set *old, struct upload *u)
{
    struct upload_set *next = NULL;
    struct err err = {0};
    assert_int_equal(upload_set_next(old, u, STR(""), &next, &err), 0);
    upload_set_unref(old);
    upload_unref(u);
    return next;
}

static void a_new_column_is_null(void **state)
{
    (void)state;
    struct upload *u = table("t", 3, 7);
    struct err err = {0};
    assert_int_equal(upload_col(u, 0, STR("x"), TYPE_STRING, UPLOAD_LEVEL_NONE, &err), 0);
    assert_true(frame_get(u->frame, 2, 0).null);
    assert_string_equal(upload_type_name(u, 0), "STRING");
    assert_int_equal(upload_col(u, 0, STR("b"), TYPE_PLACE, PLACE_BLOCK, &err), 0);
    assert_string_equal(upload_type_name(u, 0), "block");
    assert_int_equal(upload_col(u, 0, STR("s"), TYPE_CODED, UPLOAD_LEVEL_NONE, &err), 0);
    assert_string_equal(upload_type_name(u, 0), "sector");
    upload_unref(u);
}

static void bounds_are_told(void **state)
{
    (void)state;
    struct upload *u = NULL;
    struct err err = {0};
    char name[TABLE_NAME_BYTES_MAX + 2];
    memset(name, 'a', sizeof(name));
    assert_int_equal(upload_new(STR(""), 1, 1, &u, &err), ERR_LIMIT);
    assert_int_equal(upload_new((struct str){name, sizeof(name)}, 1, 1, &u, &err), ERR_LIMIT);
    assert_int_equal(upload_new(STR("t"), TABLE_ROWS_MAX + 1, 1, &u, &err), ERR_LIMIT);
    assert_int_equal(upload_new(STR("t"), 1, 0, &u, &err), ERR_LIMIT);
    assert_int_equal(upload_new(STR("t"), 1, TABLE_COLUMNS_MAX + 1, &u, &err), ERR_LIMIT);
    assert_non_null(strstr(err.msg, "columns"));
    for (uint64_t at = 1; at <= 2; at++) {
        mem_fail_at(at);
        assert_int_equal(upload_new(STR("t"), 1, 1, &u, &err), ERR_MEM);
    }
    mem_fail_at(0);
}

static void a_set_is_in_order_of_names(void **state)
{
    (void)state;
    static const char *const names[] = {"m", "z", "A", "mm", "q", "b"};
    static const char *const sorted[] = {"A", "b", "m", "mm", "q", "z"};
    struct upload_set *s = NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        s = put(s, table(names[i], 1, (int64_t)i));
    }
    assert_int_equal(s->n, ARRAY_LEN(names));
    for (size_t i = 0; i < s->n; i++) {
        assert_string_equal(s->at[i]->name.p, sorted[i]);
        assert_ptr_equal(upload_find(s, str_of(sorted[i])), s->at[i]);
    }
    assert_null(upload_find(s, STR("x")));
    assert_null(upload_find(NULL, STR("m")));
    upload_set_unref(s);
}

static void a_name_is_there_once_whatever_its_case(void **state)
{
    (void)state;
    struct upload_set *old = put(put(NULL, table("Factories", 2, 1)), table("camps", 1, 2));
    struct upload_set *held = upload_set_ref(old);
    struct upload_set *next = put(old, table("FACTORIES", 5, 3));
    assert_int_equal(next->n, 2);
    assert_int_equal(upload_find(next, STR("factories"))->frame->rows, 5);
    assert_int_equal(upload_find(held, STR("factories"))->frame->rows, 2);
    assert_true(next->bytes > 0);
    upload_set_unref(held);
    upload_set_unref(next);
}

static void a_dropped_one_is_gone_from_the_next_set_only(void **state)
{
    (void)state;
    struct upload_set *s = put(put(NULL, table("a", 1, 1)), table("b", 1, 2)), *next = NULL;
    struct err err = {0};
    assert_int_equal(upload_set_next(s, NULL, STR("A"), &next, &err), 0);
    assert_int_equal(next->n, 1);
    assert_null(upload_find(next, STR("a")));
    assert_int_equal(frame_get(upload_find(s, STR("a"))->frame, 0, 0).i, 1);
    assert_true(next->bytes < s->bytes);
    upload_set_unref(s);
    assert_int_equal(frame_get(upload_find(next, STR("b"))->frame, 0, 0).i, 2);
    upload_set_unref(next);
}

static void near_names_are_offered(void **state)
{
    (void)state;
    struct upload_set *s = put(NULL, table("factories", 1, 1));
    struct near_list near;
    near_init(&near);
    upload_near(s, STR("factorys"), &near);
    upload_near(NULL, STR("factorys"), &near);
    assert_int_equal(near.n, 1);
    upload_set_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_column_is_null),
        cmocka_unit_test(bounds_are_told),
        cmocka_unit_test(a_set_is_in_order_of_names),
        cmocka_unit_test(a_name_is_there_once_whatever_its_case),
        cmocka_unit_test(a_dropped_one_is_gone_from_the_next_set_only),
        cmocka_unit_test(near_names_are_offered),
    };
    return cmocka_run_group_tests_name("data/upload", tests, NULL, NULL);
}
