/* SPDX-License-Identifier: MIT
 *
 * Numbers as people write them. */
#include "base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct whole {
    const char *text;
    int64_t value;
};

static void check_whole(const struct whole *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t v = -1;
        struct err err = {0};
        if (number_whole(str_of(cases[i].text), &v, &err) < 0 || v != cases[i].value)
            fail_msg("\"%s\" reads as %lld (%s), not %lld", cases[i].text, (long long)v, err.msg,
                     (long long)cases[i].value);
    }
}

static void reads_plain_and_grouped(void **state)
{
    (void)state;
    static const struct whole cases[] = {
        {"0", 0},
        {"266000", 266000},
        {" 266000 ", 266000},
        {"-5", -5},
        {"+5", 5},
        {"\u22125", -5},
        {"007", 7},
        {"2,66,000", 266000},
        {"266,000", 266000},
        {"1,000", 1000},
        {"12,34,56,789", 123456789},
        {"123,456,789", 123456789},
        {"1,23,456", 123456},
        {"99,999", 99999},
        {"2,66,000.00", 266000},
        {"5.0", 5},
        {"5.00", 5},
        {"9223372036854775807", INT64_MAX},
    };
    check_whole(cases, ARRAY_LEN(cases));
}

static void reads_units(void **state)
{
    (void)state;
    static const struct whole cases[] = {
        {"2.66 lakh", 266000},
        {"2.66lakh", 266000},
        {"2.66 Lakhs", 266000},
        {"2.66 lac", 266000},
        {"1.5 crore", 15000000},
        {"1.5 Cr.", 15000000},
        {"31.7 crore", 317000000},
        {"5 thousand", 5000},
        {"5 hazar", 5000},
        {"3 hundred", 300},
        {"1.2 million", 1200000},
        {"2 lakh 8 thousand 308", 208308},
        {"1 crore 2 lakh 3 thousand 4 hundred 5", 10203405},
        {"1 crore 5", 10000005},
        {"1.5 lakh crore", 1500000000000},
        {"2 arab", 2000000000},
        {"-2 lakh", -200000},
        {"1,200 lakh", 120000000},
        {"2.00001 lakh", 200001},
    };
    check_whole(cases, ARRAY_LEN(cases));
}

static void reads_hindi(void **state)
{
    (void)state;
    static const struct whole cases[] = {
        {"२,६६,०००", 266000},
        {"२६६०००", 266000},
        {"2.66 लाख", 266000},
        {"२.६६ लाख", 266000},
        {"2 लाख 8 हजार 308", 208308},
        {"२ लाख ८ हज़ार ३०८", 208308},
        {"8 ह\u091C\u093Cार", 8000},
        {"8 ह\u095Bार", 8000},
        {"1.5 करो\u0921\u093C", 15000000},
        {"1.5 करो\u095C", 15000000},
        {"1.5 करोड", 15000000},
        {"1\u00A0लाख", 100000},
        {"2लाख8हजार308", 208308},
        {"3 सौ", 300},
    };
    check_whole(cases, ARRAY_LEN(cases));
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "no number"},
        {"lakh", "no number"},
        {"abc", "no number"},
        {"5 workers", "no number"},
        {"-", "no number"},
        {"5.", "no number"},
        {".5", "no number"},
        {"1e3", "no number"},
        {"--5", "no number"},
        {"5 - 3", "no number"},
        {"0x10", "no number"},
        {"2,66,00", "commas"},
        {"2,66", "commas"},
        {"2,,000", "commas"},
        {",000", "commas"},
        {"2,66,000,", "commas"},
        {"1,2345", "commas"},
        {"1234,567", "commas"},
        {"123,45,678", "commas"},
        {"1,23,4567", "commas"},
        {"1.2.3", "commas"},
        {"266.000", "two ways"},
        {"2 66 000", "two ways"},
        {"2 lakh 300 thousand", "two ways"},
        {"2.5 lakh 8 thousand", "two ways"},
        {"8 thousand 2 lakh", "two ways"},
        {"2 lakh 1 lakh", "two ways"},
        {"2.666666 lakh", "266666.6, which is not whole"},
        {"0.5", "0.5, which is not whole"},
        {"-1.25", "-1.25, which is not whole"},
        {"99999999999999999999", "more digits"},
        {"9223372036854775808", "more digits"},
        {"99999999999 lakh crore", "more digits"},
        {"1.0000000000000000001", "more digits"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t v;
        struct err err = {0};
        int rc = number_whole(str_of(cases[i].text), &v, &err);
        if (rc != ERR_VALUE || strstr(err.msg, cases[i].says) == NULL)
            fail_msg("\"%s\": %d \"%s\", which does not say \"%s\"", cases[i].text, rc, err.msg,
                     cases[i].says);
    }
}

static void refuses_what_is_too_long(void **state)
{
    (void)state;
    char text[300];
    int64_t v;
    memset(text, '0', sizeof text);
    assert_int_equal(number_whole((struct str){text, sizeof text}, &v, NULL), ERR_VALUE);
    memset(text, ' ', sizeof text);
    assert_int_equal(number_whole((struct str){text, sizeof text}, &v, NULL), ERR_VALUE);
}

static void computes_in_decimals(void **state)
{
    (void)state;
    struct decimal d;
    double v;
    assert_int_equal(number_parse(STR("0.10"), &d, NULL), 0);
    assert_int_equal(d.units, 1);
    assert_int_equal(d.scale, 1);
    assert_int_equal(number_parse(STR("1.23456 lakh"), &d, NULL), 0);
    assert_int_equal(d.units, 123456);
    assert_int_equal(d.scale, 0);
    assert_int_equal(number_real(STR("2,66,000.25"), &v, NULL), 0);
    assert_true(v == 266000.25);
    assert_int_equal(number_real(STR("-0.1"), &v, NULL), 0);
    assert_true(v == -0.1);
    assert_int_equal(number_real(STR("1.1 crore"), &v, NULL), 0);
    assert_true(v == 11000000.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_and_grouped),
        cmocka_unit_test(reads_units),
        cmocka_unit_test(reads_hindi),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_what_is_too_long),
        cmocka_unit_test(computes_in_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
