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

/* Twelve digits that pass as an Aadhaar number, the last of them found here. */
static void make_number(char out[13], const char *eleven)
{
    char digits[12];
    memcpy(out, eleven, 11);
    out[12] = '\0';
    for (int i = 0; i < 11; i++)
        digits[i] = (char)(eleven[i] - '0');
    for (digits[11] = 0; !aadhaar_valid(digits);)
        digits[11]++;
    out[11] = (char)('0' + digits[11]);
}

static void expect_message(const char *text, const char *shown)
{
    char out[200];
    size_t n = digits_hide_aadhaar(str_of(text), out);
    out[n] = '\0';
    assert_string_equal(out, shown);
}

static void messages_keep_names_dates_and_numbers(void **state)
{
    (void)state;
    static const char *const kept[] = {
        "",
        "batch \"ramgarh-2021-11-18-0930\"",
        "backup-20211118-093000.db",
        "batch 20211118093000",
        "ramgarh 20211118 0930",
        "from 2021-11-01..2021-11-30",
        "2021-11-05 2021-11-06 2021-11-07",
        "05-11-2021 06-11-2021",
        "607-2021-11-18-1",
        "int64 overflow: 9223372036854775807 + 1",
        "9223372036854775807 9223372036854775807",
        "12345678901",
    };
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        expect_message(kept[i], kept[i]);
}

static void messages_hide_aadhaar_numbers(void **state)
{
    (void)state;
    char n[13], text[100];
    make_number(n, "23456789012");
    expect_message(n, "xxxxxxxxxxxx");
    snprintf(text, sizeof text, "%s 2021-11-05", n);
    expect_message(text, "xxxxxxxxxxxx 2021-11-05");
    snprintf(text, sizeof text, "2021-11-05 %s %s 20", n, n);
    expect_message(text, "2021-11-05 xxxxxxxxxxxx xxxxxxxxxxxx 20");
    snprintf(text, sizeof text, "7 %.4s-%.4s-%.4s 2021-11-05", n, n + 4, n + 8);
    expect_message(text, "7 xxxx-xxxx-xxxx xxxx-11-05"); /* four digits more may begin there */
    snprintf(text, sizeof text, "a %.6s %.6s 19", n, n + 6);
    expect_message(text, "a xxxxxx xxxxxx 19");
    snprintf(text, sizeof text, "%.6s %.5s%c", n, n + 6, n[11] == '0' ? '1' : '0');
    expect_message(text, text); /* no check digit, and no form of one */
    expect_message("1234567890123456", "xxxxxxxxxxxxxxxx");
    expect_message("१२३४ ५६७८ ९०१२ गोला", "xxxx xxxx xxxx गोला");
}

static void names_are_told_from_aadhaar_numbers(void **state)
{
    (void)state;
    char n[13], text[100];
    make_number(n, "23456789012");
    assert_true(digits_name_aadhaar(str_of(n)));
    snprintf(text, sizeof text, "ramgarh-%.4s %.4s %.4s-2021-11-18", n, n + 4, n + 8);
    assert_true(digits_name_aadhaar(str_of(text)));
    snprintf(text, sizeof text, "गोला%.6s_%s", n, n + 6);
    assert_true(digits_name_aadhaar(str_of(text)));
    n[11] = n[11] == '0' ? '1' : '0';
    assert_false(digits_name_aadhaar(str_of(n)));
    for (int day = 1; day <= 30; day++) { /* one in ten of them passes the check */
        char form[5][40];
        snprintf(form[0], sizeof form[0], "202111%02d0930", day);
        snprintf(form[1], sizeof form[1], "20211118%02d3000", day % 24);
        snprintf(form[2], sizeof form[2], "r-2021-11-%02d-0930", day);
        snprintf(form[3], sizeof form[3], "202111%02d-0930", day);
        snprintf(form[4], sizeof form[4], "607-%02d-11-2021.1", day);
        for (size_t i = 0; i < ARRAY_LEN(form); i++)
            assert_false(digits_name_aadhaar(str_of(form[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_digits_of_every_script),
        cmocka_unit_test(runs_go_over_separators),
        cmocka_unit_test(hides_long_numbers),
        cmocka_unit_test(messages_keep_names_dates_and_numbers),
        cmocka_unit_test(messages_hide_aadhaar_numbers),
        cmocka_unit_test(names_are_told_from_aadhaar_numbers),
    };
    return cmocka_run_group_tests_name("base/digits", tests, NULL, NULL);
}
