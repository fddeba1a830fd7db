/* SPDX-License-Identifier: MIT
 *
 * Strings, numbers in text, UTF-8. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void compares(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), str_of("abc")));
    assert_false(str_eq(STR("abc"), STR("abd")));
    assert_true(str_eq(STR_NULL, STR("")));
    assert_true(str_eq(str_of(NULL), STR_NULL));
    assert_true(str_eq_nocase(STR("RaNchi"), STR("rAnCHI")));
    assert_false(str_eq_nocase(STR("@"), STR("`"))); /* 32 apart, and no letters */
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_int_equal(str_cmp(STR_NULL, STR("")), 0);
    assert_true(str_cmp(STR("\xC3\xA9"), STR("z")) > 0);
    assert_true(str_starts(STR("block_code"), STR("block")));
    assert_false(str_starts(STR("b"), STR("block")));
    assert_true(str_ends(STR("block_code"), STR("_code")));
    assert_true(str_ends(STR("x"), STR_NULL));
    assert_false(str_ends(STR("e"), STR("code")));
}

static void trims(void **state)
{
    (void)state;
    assert_true(str_eq(str_trim(STR(" \t a b\r\n")), STR("a b")));
    assert_int_equal(str_trim(STR("  \v\f ")).n, 0);
    assert_int_equal(str_trim(STR_NULL).n, 0);
}

static void copies_into_an_arena(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_BASE, 64);
    struct str s = str_copy(&a, STR("abc"));
    assert_string_equal(s.p, "abc");
    assert_int_equal(s.n, 3);
    char long_text[100] = {0};
    struct str none = str_copy(&a, (struct str){long_text, sizeof long_text});
    assert_null(none.p);
    assert_int_equal(none.n, 0);
    arena_fini(&a);
}

static void reads_whole_numbers(void **state)
{
    (void)state;
    int64_t v = 77;
    assert_int_equal(str_to_i64(STR("-9223372036854775808"), &v), 0);
    assert_true(v == INT64_MIN);
    assert_int_equal(str_to_i64(STR("9223372036854775807"), &v), 0);
    assert_true(v == INT64_MAX);
    assert_int_equal(str_to_i64(STR("+0012"), &v), 0);
    assert_int_equal(v, 12);
    const char *const bad[] = {
        "",     "-",   "+", "9223372036854775808", "-9223372036854775809", " 1", "1 ", "1.0",
        "0x10", "1e3", "१"};
    v = 77;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(str_to_i64(str_of(bad[i]), &v), ERR_VALUE);
    assert_int_equal(v, 77);
}

static void reads_decimals(void **state)
{
    (void)state;
    double v = 0;
    assert_int_equal(str_to_f64(STR("-12.5e-1"), &v), 0);
    assert_true(v <= -1.25 && v >= -1.25);
    assert_int_equal(str_to_f64(STR(".5"), &v), 0);
    assert_int_equal(str_to_f64(STR("5."), &v), 0);
    assert_int_equal(str_to_f64(STR("1E+2"), &v), 0);
    assert_int_equal((int)v, 100);
    const char *const bad[] = {"",    ".",     "-",     "1e", "1e+", "inf",
                               "nan", "0x1p3", "1e999", "1 ", " 1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(str_to_f64(str_of(bad[i]), &v), ERR_VALUE);
    char zeros[500];
    memset(zeros, '0', sizeof zeros);
    assert_int_equal(str_to_f64((struct str){zeros, sizeof zeros}, &v), ERR_VALUE);
}

static void every_character_survives_utf8(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        char bytes[4];
        struct str s = {bytes, utf8_put(bytes, c)};
        size_t at = 0;
        assert_int_equal(utf8_check(s), s.n);
        assert_int_equal(utf8_next(s, &at), c);
        assert_int_equal(at, s.n);
    }
    char bytes[4];
    assert_int_equal(utf8_put(bytes, 0xD800), 3);
    assert_memory_equal(bytes, "\xEF\xBF\xBD", 3);
    assert_int_equal(utf8_put(bytes, 0x110000), 3);
}

static void bad_utf8_is_found_where_it_is(void **state)
{
    (void)state;
    const char *const bad[] = {
        "\x80",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xE0\xA4",
        "\xF0\x90\x80",
        "\xC3",
        "\xE0\xA4\x41",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char text[32] = "twelve bytes";
        memcpy(text + 12, bad[i], strlen(bad[i]) + 1);
        assert_int_equal(utf8_check(str_of(text)), 12);
        size_t at = 12;
        assert_int_equal(utf8_next(str_of(text), &at), 0xFFFD);
        assert_int_equal(at, 13);
    }
    assert_int_equal(utf8_check(STR("पंजी and ASCII behind it")),
                     sizeof "पंजी and ASCII behind it" - 1);
    assert_int_equal(utf8_check(STR_NULL), 0);
}

static void counts_and_widths(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(STR("पंजी")), 4);
    assert_int_equal(utf8_width(STR("पंजी")), 2);
    assert_int_equal(utf8_width(STR("Ramgarh")), 7);
    assert_int_equal(utf8_width(STR("क्‍ष")), 2); /* with a joiner */
    assert_int_equal(utf8_width(STR("日本")), 4);
    assert_int_equal(utf8_width(STR("e\xCC\x81")), 1);
    assert_int_equal(utf8_width(STR("\x01\x7F")), 0);
    assert_int_equal(utf8_width(STR("é₹—")), 3);
}

static void prefixes_end_with_a_character(void **state)
{
    (void)state;
    const struct str name = STR("रामगढ़ block");
    for (size_t n = 0; n <= name.n + 2; n++) {
        struct str cut = utf8_prefix(name, n);
        assert_ptr_equal(cut.p, name.p);
        assert_true(cut.n <= n && cut.n + 3 > (n < name.n ? n : name.n));
        assert_int_equal(utf8_check(cut), cut.n);
    }
    assert_int_equal(utf8_prefix(STR("\xA4\xA4\xA4\xA4"), 2).n, 0); /* no character at all */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_end_with_a_character),
        cmocka_unit_test(compares),
        cmocka_unit_test(trims),
        cmocka_unit_test(copies_into_an_arena),
        cmocka_unit_test(reads_whole_numbers),
        cmocka_unit_test(reads_decimals),
        cmocka_unit_test(every_character_survives_utf8),
        cmocka_unit_test(bad_utf8_is_found_where_it_is),
        cmocka_unit_test(counts_and_widths),
    };
    return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
