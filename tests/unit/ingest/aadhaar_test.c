/* SPDX-License-Identifier: MIT
 *
 * Keeping Aadhaar numbers out. The numbers are made here by their check digit; they are nobody's.
 */
#include "../../../core/ingest/aadhaar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Twelve digits whose last is found by trying. */
static void make_number(uint64_t eleven, char out[13])
{
    char digits[12];
    snprintf(out, 13, "%011llu0", (unsigned long long)(eleven % 100000000000ull));
    for (int last = 0; last < 10; last++) {
        out[11] = (char)('0' + last);
        for (int i = 0; i < 12; i++)
            digits[i] = (char)(out[i] - '0');
        if (aadhaar_valid(digits))
            return;
    }
    fail_msg("no check digit for %s", out);
}

/* Verhoeff's own example: 236 takes the check digit 3. */
static void checks_as_verhoeff(void **state)
{
    (void)state;
    int valid = 0;
    char digits[12] = {2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 0};
    for (int last = 0; last < 10; last++) {
        digits[11] = (char)last;
        valid += aadhaar_valid(digits);
    }
    assert_int_equal(valid, 1);
    char number[13];
    make_number(23456789012u, number);
    for (int i = 0; i < 12; i++) { /* every single wrong digit is found, and every swap */
        for (int i2 = 0; i2 < 12; i2++)
            digits[i2] = (char)(number[i2] - '0');
        digits[i] = (char)((digits[i] + 1) % 10);
        assert_false(aadhaar_valid(digits));
    }
    for (int i = 0; i < 11; i++) {
        for (int i2 = 0; i2 < 12; i2++)
            digits[i2] = (char)(number[i2] - '0');
        char swap = digits[i];
        digits[i] = digits[i + 1];
        digits[i + 1] = swap;
        assert_true(digits[i] == digits[i + 1] || !aadhaar_valid(digits));
    }
}

static void knows_the_shapes(void **state)
{
    (void)state;
    static const char *const shaped[] = {
        "234567890123",  "2345 6789 0123", "2345-6789-0123", " 234567890123 ",
        "'234567890123", "२३४५६७८९०१२३",   "२३४५ ६७८९ ०१२३",
    };
    static const char *const other[] = {
        "",
        "23456789012",
        "2345678901234",
        "2345  6789 0123",
        "2021-11-20",
        "abcdefghijkl",
        "234567890123x",
        "x234567890123",
        "Ramgarh, Gola 12",
    };
    char digits[12];
    for (size_t i = 0; i < ARRAY_LEN(shaped); i++) {
        if (!aadhaar_shaped(str_of(shaped[i]), digits))
            fail_msg("%s", shaped[i]);
        assert_int_equal(digits[0], 2);
        assert_int_equal(digits[11], 3);
    }
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        if (aadhaar_shaped(str_of(other[i]), digits))
            fail_msg("%s", other[i]);
}

static struct aadhaar_count look_at(size_t n, size_t valid)
{
    struct aadhaar_count c = {0, 0};
    char number[13];
    for (size_t i = 0; i < n; i++) {
        make_number(23456789012u + i * 7919, number);
        if (i >= valid)
            number[11] = number[11] == '9' ? '0' : (char)(number[11] + 1);
        aadhaar_look(&c, str_of(number));
    }
    aadhaar_look(&c, STR("Gola"));
    return c;
}

static void judges_a_column_against_chance(void **state)
{
    (void)state;
    struct aadhaar_count c = look_at(20, 20);
    assert_true(aadhaar_column(&c));
    c = look_at(1000, 600); /* many mistyped, still not chance */
    assert_true(aadhaar_column(&c));
    c = look_at(1000, 100); /* the portal's own numbers: one in ten passes */
    assert_false(aadhaar_column(&c));
    c = look_at(5, 5);
    assert_true(aadhaar_column(&c));
    c = look_at(5, 4);
    assert_false(aadhaar_column(&c));
    c = look_at(4, 4);
    assert_false(aadhaar_column(&c));
}

static void expect_shown(const char *text, const char *shown)
{
    char out[AADHAAR_SHOWN_BYTES + 1];
    aadhaar_mask(str_of(text), out);
    assert_string_equal(out, shown);
}

static void hides_the_digits(void **state)
{
    (void)state;
    expect_shown("Gola", "Gola");
    expect_shown("2021-11-20", "2021-11-20");
    expect_shown("12345678901", "12345678901");
    expect_shown("234567890123", "xxxxxxxxxxxx");
    expect_shown("id 2345 6789 0123!", "id xxxx xxxx xxxx!");
    expect_shown("2345-6789-0123-4567", "xxxx-xxxx-xxxx-xxxx");
    expect_shown("२३४५६७८९०१२३ गोला", "xxxxxxxxxxxx गोला");
    expect_shown("a\tb\xFF", "a b?");
    expect_shown("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 012",
                 "xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx xxxxxxxxx");
    expect_shown("गोलागोलागोलागोलागोलागोला",
                 "गोलागोलागोलागोलागोलाग"); /* 63 bytes, whole characters */
    expect_shown("....:....:....:....:....:....:....:....:....:....:....:....:23456789012345",
                 "....:....:....:....:....:....:....:....:....:....:....:....:xxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_as_verhoeff),
        cmocka_unit_test(knows_the_shapes),
        cmocka_unit_test(judges_a_column_against_chance),
        cmocka_unit_test(hides_the_digits),
    };
    return cmocka_run_group_tests_name("ingest/aadhaar", tests, NULL, NULL);
}
