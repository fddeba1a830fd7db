/* SPDX-License-Identifier: MIT
 *
 * What could be a password is covered, and everything keeps its place. */
#include "../../../core/script/settings_int.h"

#include "world.h"

static void passwords_are_covered(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } of[] = {
        {"listen = \"x\"", "listen = \"x\""},
        {"password_file = \"x\"", "password_file = \"x\""},
        {"secret_env = \"x\"\ny", "secret_env = \"x\"\ny"},
        {"password = \"x\"\ny", "password******\ny"},
        {"Passwort=\"x\", a = 1\nb = 2", "Passwort***********\nb = 2"},
        {"t['api_key'] = 'x'\nb", "t['api_key********\nb"},
        {"token = [==[\nab\n]] \n]==] z\nb", "token*******\n**\n***\n******\nb"},
        {"u = \"http://me:x@h/\"", "u = \"http://****@h/\""},
        {"u = \"http://h/a\" -- a@b", "u = \"http://h/*\" -- a@b"},
        {"u = 'http://h:1/a/b?t=c#d', v = 1", "u = 'http://h:1/*********', v = 1"},
        {"u = \"http://h?token=c\"", "u = \"http://h?********"},
        {"u = \"http://me:x/y@h/\"", "u = \"http://*********\""},
        {"password", "password"},
        {"password = [[", "password*****"},
    };
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct arena a;
        arena_init(&a, MEM_SCRIPT, 0);
        char *shown = settings_cover(&a, str_of(of[i].text));
        assert_string_equal(shown, of[i].shown);
        arena_fini(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_covered),
    };
    return cmocka_run_group_tests_name("script/settings_cover", tests, NULL, NULL);
}
