/* SPDX-License-Identifier: MIT
 *
 * Parts of mails. */
#include "base/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;

static void is(const char *expected)
{
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_clear(&out);
}

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg==\r\n"},
                                           {"fo", "Zm8=\r\n"},
                                           {"foo", "Zm9v\r\n"},
                                           {"foob", "Zm9vYg==\r\n"},
                                           {"fooba", "Zm9vYmE=\r\n"},
                                           {"\xff\xfe", "//4=\r\n"}};
    buf_init(&out, MEM_BASE);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        mime_base64(&out, str_of(pairs[i][0]));
        is(pairs[i][1]);
    }
    char long_text[100];
    memset(long_text, 'a', sizeof long_text);
    mime_base64(&out, (struct str){long_text, sizeof long_text});
    assert_int_equal(out.n, 76 + 2 + 60 + 2);
    buf_fini(&out);
}

static void headers_carry_any_script_and_no_line_of_their_own(void **state)
{
    (void)state;
    buf_init(&out, MEM_BASE);
    mime_header(&out, "Subject", STR("plain text"));
    is("Subject: plain text\r\n");
    mime_header(&out, "Subject", STR("गोला"));
    is("Subject: =?UTF-8?B?4KSX4KWL4KSy4KS+?=\r\n");
    mime_header(&out, "To", STR("a\r\nBcc: b"));
    is("To: =?UTF-8?B?YQ0KQmNjOiBi?=\r\n");
    mime_header(&out, "Subject", STR("गोला गोला गोला गोला"));
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "?=\r\n =?UTF-8?B?"));
    buf_fini(&out);
}

static void dates_are_those_of_rfc_5322(void **state)
{
    (void)state;
    buf_init(&out, MEM_BASE);
    mime_date(&out, 1637217000000);
    is("Thu, 18 Nov 2021 12:00:00 +0530");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(headers_carry_any_script_and_no_line_of_their_own),
        cmocka_unit_test(dates_are_those_of_rfc_5322),
    };
    return cmocka_run_group_tests_name("base/mime", tests, NULL, NULL);
}
