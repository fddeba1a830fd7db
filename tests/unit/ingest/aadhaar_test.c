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

/* A number with its digits written in the row of digits that begins at `zero`. */
static struct str in_script(const char number[13], uint32_t zero, char out[64])
{
    size_t n = 0;
    for (int i = 0; i < 12; i++)
        n += utf8_put(out + n, zero + (uint32_t)(number[i] - '0'));
    return (struct str){out, n};
}

/* The form with its @ as the digits of the number. */
static void fill_in(const char *form, const char number[13], char out[100])
{
    size_t at = 0;
    for (; *form != '\0' && at < 99; form++)
        out[at++] = *form == '@' ? *number++ : *form;
    out[at] = '\0';
}

static void finds_numbers_wherever_they_stand(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "@@@@@@@@@@@@",          "@@@@ @@@@ @@@@",
        "@@@@-@@@@-@@@@",        " @@@@  @@@@  @@@@ ",
        "'@@@@@@@@@@@@",         "id: @@@@@@@@@@@@, F",
        "@@@@@@@@@@@@.0",        "@@@@@@@@@@@@.00",
        "@@@@/@@@@/@@@@",        "@@@@_@@@@_@@@@",
        "गोला @@@@@@@@@@@@",     "@@@@@@@@@@@@x",
        "@@@@\xC2\xA0@@@@ @@@@", "@@@@\xE2\x80\x91@@@@-@@@@",
    };
    static const uint32_t zero[] = {0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
                                    0x0C66, 0x0CE6, 0x0D66, 0x0660, 0x06F0, 0xFF10};
    char number[13], text[100], script[64];
    make_number(23456789012u, number);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        fill_in(forms[i], number, text);
        if (!aadhaar_in(str_of(text)))
            fail_msg("%s", text);
    }
    for (size_t i = 0; i < ARRAY_LEN(zero); i++)
        if (!aadhaar_in(in_script(number, zero[i], script)))
            fail_msg("digits from U+%04X", zero[i]);
}

static void knows_what_is_none(void **state)
{
    (void)state;
    static const char *const other[] = {
        "", "Ramgarh", "2021-11-20", "कृषि क्षेत्र के कामगार", "Automobile & Transportation",
    };
    char number[13], text[100];
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        assert_false(aadhaar_in(str_of(other[i])));
    make_number(23456789012u, number);
    snprintf(text, sizeof text, "%s7", number); /* thirteen */
    assert_false(aadhaar_in(str_of(text)));
    assert_false(aadhaar_in((struct str){number, 11}));
    number[11] = number[11] == '9' ? '0' : (char)(number[11] + 1);
    assert_false(aadhaar_in(str_of(number)));
}

/* ---- columns -------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* A column of n different numbers of twelve digits that begin with 2 to 9: `valid` of a hundred are
 * Aadhaar numbers, the others random. */
static bool judged(size_t n, unsigned valid, struct aadhaar_use use)
{
    struct aadhaar_count c = {0};
    struct err err;
    char number[13];
    use.rows = use.rows ? use.rows : n;
    for (size_t i = 0; i < n; i++) {
        make_number(20000000000u + next_random() % 80000000000u, number);
        if (next_random() % 100 >= valid)
            number[11] = (char)('0' + next_random() % 10);
        assert_int_equal(aadhaar_look(&c, str_of(number), (uint32_t)i + 2, &err), 0);
    }
    bool refused = aadhaar_column(&c, &use);
    aadhaar_fini(&c);
    return refused;
}

/* How many of `columns` are refused. */
static int refused_of(int columns, size_t n, unsigned valid)
{
    int refused = 0;
    for (int i = 0; i < columns; i++)
        refused += judged(n, valid, (struct aadhaar_use){.kept = true});
    return refused;
}

/* The portal's own numbers are of this kind: about one in ten passes. Chance has them refused in
 * one column of a hundred thousand; here none of several thousand may be. */
static void lets_other_numbers_in(void **state)
{
    (void)state;
    random_state = 88172645463325252u;
    assert_int_equal(refused_of(3000, 20, 0), 0);
    assert_int_equal(refused_of(1000, 100, 0), 0);
    assert_int_equal(refused_of(20, 10000, 0), 0);
    assert_int_equal(refused_of(500, 5, 0), 0);
}

/* Whole columns, those with a tenth mistyped, and those with a good part of such numbers. */
static void refuses_columns_of_aadhaar_numbers(void **state)
{
    (void)state;
    random_state = 88172645463325252u;
    assert_int_equal(refused_of(500, 5, 100), 500);
    assert_int_equal(refused_of(500, 20, 100), 500);
    assert_true(refused_of(500, 20, 85) >= 498);
    assert_int_equal(refused_of(200, 100, 50), 200);
    assert_int_equal(refused_of(5, 10000, 10), 5);
    for (int i = 0; i < 100; i++) /* said to be others, and found out */
        assert_true(judged(20, 100, (struct aadhaar_use){.other = true}));
}

/* Four or fewer prove nothing: most of them passing is enough, unless it was said that they are
 * others, or they are lost among many rows and not kept. */
static void is_careful_with_few(void **state)
{
    (void)state;
    random_state = 88172645463325252u;
    for (size_t n = 1; n <= 4; n++) {
        assert_true(judged(n, 100, (struct aadhaar_use){.kept = true, .rows = 1000}));
        assert_true(judged(n, 100, (struct aadhaar_use){.rows = n}));
        assert_false(judged(n, 100, (struct aadhaar_use){.rows = 1000}));
        assert_false(judged(n, 100, (struct aadhaar_use){.kept = true, .other = true}));
    }
    int refused = refused_of(4000, 1, 0); /* as the header of the file says: one in ten */
    assert_in_range(refused, 320, 480);
}

/* A centre's number in all of its rows is one number. */
static void counts_different_numbers(void **state)
{
    (void)state;
    struct aadhaar_use use = {.rows = 40000};
    struct err err;
    char number[13];
    struct aadhaar_count c = {0};
    for (uint64_t i = 0; i < 20000; i++) {
        make_number(23456789012u + i % 20 * 7919, number);
        if (i % 20 > 2) /* three of twenty pass, as they may */
            number[11] = number[11] == '9' ? '0' : (char)(number[11] + 1);
        assert_int_equal(aadhaar_look(&c, str_of(number), 2, &err), 0);
    }
    assert_false(aadhaar_column(&c, &use));
    assert_int_equal(c.n, 20);
    aadhaar_fini(&c);
}

/* Whoever read which rows, and in whatever order they are put together. */
static void merges_to_the_same(void **state)
{
    (void)state;
    struct err err;
    char number[13];
    struct aadhaar_count all = {0}, part[3] = {{0}, {0}, {0}}, merged = {0};
    struct aadhaar_use use = {.rows = 5000};
    for (uint64_t i = 0; i < 5000; i++) {
        make_number(23456789012u + i * 7919, number);
        assert_int_equal(aadhaar_look(&all, str_of(number), (uint32_t)i, &err), 0);
        assert_int_equal(aadhaar_look(&part[i * i % 3], str_of(number), (uint32_t)i, &err), 0);
    }
    for (int i = 2; i >= 0; i--)
        assert_int_equal(aadhaar_merge(&merged, &part[i], &err), 0);
    assert_true(aadhaar_column(&all, &use) && aadhaar_column(&merged, &use));
    assert_int_equal(all.n, merged.n);
    assert_int_equal(all.shaped, merged.shaped);
    assert_memory_equal(all.hash, merged.hash, all.n * sizeof *all.hash);
    aadhaar_fini(&all);
    aadhaar_fini(&merged);
    for (int i = 0; i < 3; i++)
        aadhaar_fini(&part[i]);
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
        cmocka_unit_test(finds_numbers_wherever_they_stand),
        cmocka_unit_test(knows_what_is_none),
        cmocka_unit_test(lets_other_numbers_in),
        cmocka_unit_test(refuses_columns_of_aadhaar_numbers),
        cmocka_unit_test(is_careful_with_few),
        cmocka_unit_test(counts_different_numbers),
        cmocka_unit_test(merges_to_the_same),
        cmocka_unit_test(hides_the_digits),
    };
    return cmocka_run_group_tests_name("ingest/aadhaar", tests, NULL, NULL);
}
