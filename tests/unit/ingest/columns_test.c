/* SPDX-License-Identifier: MIT
 *
 * Names of columns. */
#include "../../../core/ingest/columns.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void knows_columns_however_written(void **state)
{
    (void)state;
    assert_int_equal(column_role(STR("date")), ROLE_DATE);
    assert_int_equal(column_role(STR(" DISTRICT ")), ROLE_DISTRICT);
    assert_int_equal(column_role(STR("Registration ID")), ROLE_REGISTRATION_ID);
    assert_int_equal(column_role(STR("registration-id")), ROLE_REGISTRATION_ID);
    int gender = column_role(STR("Gender"));
    assert_true(gender >= ROLE_ATTR);
    assert_true(str_eq(column_name(gender), STR("gender")));
    assert_int_equal(role_level(ROLE_PANCHAYAT), PLACE_PANCHAYAT);
}

static void keeps_what_the_import_sets_itself(void **state)
{
    (void)state;
    assert_int_equal(column_role(STR("source")), -1);
    assert_int_equal(column_role(STR("batch")), -1);
    assert_int_equal(column_role(STR("")), -1);
    assert_int_equal(column_role(STR("remark")), -1);
}

static void offers_near_names(void **state)
{
    (void)state;
    struct near_list near;
    near_init(&near);
    column_near(STR("distict"), &near);
    assert_true(near.n > 0);
    assert_true(str_eq(near.name[0], STR("district")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_columns_however_written),
        cmocka_unit_test(keeps_what_the_import_sets_itself),
        cmocka_unit_test(offers_near_names),
    };
    return cmocka_run_group_tests_name("ingest/columns", tests, NULL, NULL);
}
