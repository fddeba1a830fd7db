/* SPDX-License-Identifier: MIT
 *
 * The text of a token. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../../core/store/tokens.h"

/* The pattern of the header, by which a scanner finds leaked ones. */
static void scanners_find_it(void **state)
{
    (void)state;
    regex_t re;
    assert_int_equal(regcomp(&re, "^panji[_s][0-9a-z]{8}_[0-9a-z]{46}$", REG_EXTENDED), 0);
    for (int i = 0; i < 200; i++) {
        char text[TOKEN_TEXT_BYTES + 1], id[TOKEN_ID_BYTES + 1];
        token_text_new(i & 1, text, id);
        assert_int_equal(regexec(&re, text, 0, NULL, 0), 0);
        assert_memory_equal(text + 6, id, TOKEN_ID_BYTES);
        assert_true(token_text_is_whole(str_of(text), i & 1));
        assert_false(token_text_is_whole(str_of(text), !(i & 1)));
    }
    regfree(&re);
}

static void slips_are_found(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_BYTES + 1], id[TOKEN_ID_BYTES + 1];
    token_text_new(false, text, id);
    for (size_t i = 6; i + 1 < TOKEN_TEXT_BYTES; i++) { /* two letters changed places */
        char a = text[i], b = text[i + 1];
        if (a == b)
            continue;
        text[i] = b;
        text[i + 1] = a;
        assert_false(token_text_is_whole(str_of(text), false));
        text[i] = a;
        text[i + 1] = b;
    }
    assert_false(token_text_is_whole(STR_NULL, false));
    assert_false(token_text_is_whole((struct str){text, TOKEN_TEXT_BYTES - 1}, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanners_find_it),
        cmocka_unit_test(slips_are_found),
    };
    return cmocka_run_group_tests_name("store/token_text", tests, NULL, NULL);
}
