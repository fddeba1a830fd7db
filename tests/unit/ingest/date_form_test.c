/* SPDX-License-Identifier: MIT
 *
 * Days as sources write them. */
#include "../../../core/ingest/date_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect_day(const char *form, const char *text, const char *day)
{
    struct date_form f;
    struct err err;
    int32_t got = DAY_NONE;
    char name[11] = "none";
    if (date_form_parse(str_of(form), &f, &err) < 0)
        fail_msg("%s: %s", form, err.msg);
    if (date_form_read(&f, str_of(text), &got))
        date_format(got, name);
    if (strcmp(name, day) != 0)
        fail_msg("%s as %s is %s, not %s", text, form, name, day);
}

static void reads_the_forms_in_use(void **state)
{
    (void)state;
    expect_day("DD-MM-YY", "20-11-21", "2021-11-20");
    expect_day("DD-MM-YY", "2-1-21", "2021-01-02");
    expect_day("D/M/YY", "20/11/69", "2069-11-20");
    expect_day("D/M/YY", "20/11/70", "1970-11-20");
    expect_day("DD.MM.YYYY", "20.11.2021", "2021-11-20");
    expect_day("MM/DD/YYYY", "11/20/2021", "2021-11-20");
    expect_day("DDMMYYYY", "20112021", "2021-11-20");
    expect_day("YYYYMMDD", "20211120", "2021-11-20");
    expect_day("DD-MMM-YYYY", "20-Nov-2021", "2021-11-20");
    expect_day("DD MMM YYYY", "20  SEPTEMBER 2021", "2021-09-20");
    expect_day("DD MMM YYYY", "५ नवम्बर २०२१", "2021-11-05");
    expect_day("DDMMMYY", "05फ़रवरी21", "2021-02-05");
    expect_day("MMM DD, YYYY", "Aug 26, 2021", "2021-08-26");
    expect_day("DD/MM/YYYY *", "20/11/2021 10:35:07", "2021-11-20");
}

static void refuses_what_has_another_form(void **state)
{
    (void)state;
    expect_day("DD-MM-YY", "20-11-2021", "none");
    expect_day("DD-MM-YY", "20/11/21", "none");
    expect_day("DD-MM-YY", "31-02-21", "none");
    expect_day("DD-MM-YY", "", "none");
    expect_day("DD-MM-YY", "20-11-21x", "none");
    expect_day("DD MMM YYYY", "20 Nom 2021", "none");
    expect_day("DD MMM YYYY", "20Nov 2021", "none");
    expect_day("DDMMYYYY", "2112021", "none");
    expect_day("DD/MM/YYYY *", "20/11/2021", "none"); /* a space at least */
    expect_day("DD/MM/YYYY*", "20/11/20212", "none");
    expect_day("MM/DD/YYYY", "20/11/2021", "none");
}

static void refuses_what_is_no_form(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "DD-MM",     "DD-MM-YYYY-YY", "DDD-MM-YY",  "dd-mm-yy",
        "DD-MMMM-YY", "YYY-MM-DD", "DD*MM-YY",      "DD-MM-M-YY", "DD-MM-YY---------------",
        "DD-MM-YY T"};
    struct date_form f;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        if (date_form_parse(str_of(wrong[i]), &f, &err) != ERR_SYNTAX)
            fail_msg("%s", wrong[i]);
        assert_non_null(strstr(err.hint, "DD-MM-YY"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_forms_in_use),
        cmocka_unit_test(refuses_what_has_another_form),
        cmocka_unit_test(refuses_what_is_no_form),
    };
    return cmocka_run_group_tests_name("ingest/date_form", tests, NULL, NULL);
}
