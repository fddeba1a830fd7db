/* SPDX-License-Identifier: MIT
 *
 * Digits of many scripts, and long numbers hidden. */
#include "base/digits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void reads_digits_of_every_script(void **state)
{
    (void)state;
    /* Latin, full width, Arabic, extended Arabic, then Devanagari to Malayalam: zero of each */
    static const uint32_t zero[] = {'0',    0xFF10, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66,
                                    0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66};
    char text[4];
    size_t bytes;
    for (size_t i = 0; i < ARRAY_LEN(zero); i++) {
        for (uint32_t d = 0; d < 10; d++) {
            struct str s = {text, utf8_put(text, zero[i] + d)};
            assert_int_equal(digit_at(s, 0, &bytes), d);
            assert_int_equal(bytes, s.n);
        }
        struct str behind = {text, utf8_put(text, zero[i] + 10)};
        assert_int_equal(digit_at(behind, 0, &bytes), -1);
        struct str before = {text, utf8_put(text, zero[i] - 1)};
        assert_int_equal(digit_at(before, 0, &bytes), -1);
    }
    assert_int_equal(digit_at(STR("\xE0\xA5"), 0, &bytes), -1); /* cut off */
}

static void expect_run(const char *text, size_t count, size_t end)
{
    struct digit_run run;
    assert_true(digit_run_at(str_of(text), 0, &run));
    if (run.count != count || run.end != end)
        fail_msg("%s: %zu digits up to %zu", text, run.count, run.end);
}

static void runs_go_over_separators(void **state)
{
    (void)state;
    expect_run("1234 5678-9012", 12, 14);
    expect_run("12  34", 4, 6);
    expect_run("12   34", 2, 2);
    expect_run("12, 34", 2, 2);
    expect_run("1234\xC2\xA0"
               "5678",
               8, 10); /* a no-break space */
    expect_run("१२\xE2\x80\x8D३", 3, 12);
    expect_run("12 ", 2, 2);
    struct digit_run run;
    assert_false(digit_run_at(STR("a1"), 0, &run));
}

static void expect_hidden(const char *text, const char *hidden)
{
    char out[200];
    size_t n = digits_hide(str_of(text), out);
    out[n] = '\0';
    assert_string_equal(out, hidden);
}

static void hides_long_numbers(void **state)
{
    (void)state;
    expect_hidden("", "");
    expect_hidden("12345678901", "12345678901");
    expect_hidden("id 123456789012, 7", "id xxxxxxxxxxxx, 7");
    expect_hidden("1234 5678 9012 and 2021-11-20", "xxxx xxxx xxxx and 2021-11-20");
    expect_hidden("१२३४५६७८९०१२ गोला", "xxxxxxxxxxxx गोला");
    char text[] = "1234-5678-9012-3456";
    assert_int_equal(digits_hide(str_of(text), text), sizeof text - 1); /* in place */
    assert_string_equal(text, "xxxx-xxxx-xxxx-xxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_digits_of_every_script),
        cmocka_unit_test(runs_go_over_separators),
        cmocka_unit_test(hides_long_numbers),
    };
    return cmocka_run_group_tests_name("base/digits", tests, NULL, NULL);
}
