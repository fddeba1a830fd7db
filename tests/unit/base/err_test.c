/* SPDX-License-Identifier: MIT
 *
 * Errors: the table, the sentence that never breaks a character, the excerpt with its caret. */
#include "base/err.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

static void at(struct err *err, const char *text, const char *where, size_t span)
{
    const char *p = strstr(text, where);
    assert_non_null(p);
    err_set(err, ERR_SYNTAX, "wrong");
    err_at(err, text, strlen(text), (size_t)(p - text), span);
}

static void the_table_ties_code_name_status_and_exit(void **state)
{
    (void)state;
    assert_string_equal(err_name(ERR_ROWS), "rows_refused");
    assert_int_equal(err_http(ERR_ROWS), 422);
    assert_int_equal(err_exit(ERR_ROWS), 1);
    assert_int_equal(err_exit(ERR_USAGE), 2);
    assert_int_equal(err_exit(ERR_UNKNOWN_OUTCOME), 3);
    assert_string_equal(err_name(-999), "internal");
    assert_int_equal(err_http(0), 200);
    assert_int_equal(err_exit(0), 0);
    assert_string_equal(err_title(ERR_FULL), "The disk is full");
}

static void set_returns_the_code_and_forgets_the_old_place(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO);
    struct err err;
    at(&err, "abc", "b", 1);
    err_hint(&err, "try %d", 3);
    assert_string_equal(err.hint, "try 3");
    assert_int_equal(err_set(&err, ERR_IO, "again: %s", err.msg), ERR_IO);
    assert_string_equal(err.msg, "again: wrong");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.excerpt, "");
    assert_int_equal(err.line, 0);
    err_clear(&err);
    assert_int_equal(err.code, 0);
    assert_string_equal(err.msg, "");
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    char text[2000];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\u0930", 4);
        struct err err;
        err_set(&err, ERR_VALUE, "%s", text);
        size_t n = strlen(err.msg);
        assert_in_range(n, ERR_MSG_BYTES - 4, ERR_MSG_BYTES - 1);
        assert_int_equal(utf8_check((struct str){err.msg, n}), n);
    }
}

static void the_excerpt_points_at_the_place(void **state)
{
    (void)state;
    struct err err;
    at(&err, "-- a\n\nFROM registrations |> WHERE distrct = 'x'\n|> LIMIT 3", "distrct", 7);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 29);
    assert_string_equal(err.excerpt, "  3 | FROM registrations |> WHERE distrct = 'x'\n"
                                     "                                  ^^^^^^^");
}

static void columns_are_characters_and_carets_are_columns(void **state)
{
    (void)state;
    struct err err;
    /* "नि" is two characters, one column wide. */
    at(&err, "'नि' = x", "x", 1);
    assert_int_equal(err.column, 8);
    assert_string_equal(err.excerpt, "  1 | 'नि' = x\n"
                                     "            ^");
    at(&err, "\ta\r\nb", "a", 1);
    assert_string_equal(err.excerpt, "  1 |  a\n       ^");
}

static void the_end_of_the_text_is_a_place(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_SYNTAX, "more is missing");
    err_at(&err, "FROM", 4, 4, 1);
    assert_string_equal(err.excerpt, "  1 | FROM\n          ^");
    err_at(&err, "FROM\n", 5, 99, 0);
    assert_int_equal(err.line, 2);
    assert_string_equal(err.excerpt, "  2 | \n      ^");
    err_at(&err, "", 0, 0, 0);
    assert_int_equal(err.column, 1);
}

static void a_long_line_is_a_window(void **state)
{
    (void)state;
    char text[5001];
    memset(text, '.', 5000);
    text[5000] = '\0';
    memcpy(text + 2500, "HERE", 4);
    struct err err;
    at(&err, text, "HERE", 4);
    assert_int_equal(err.column, 2501);
    assert_non_null(strstr(err.excerpt, "  1 | ..."));
    char *below = strchr(err.excerpt, '\n');
    assert_non_null(below);
    size_t caret = strcspn(below + 1, "^");
    assert_int_equal(strncmp(err.excerpt + caret, "HERE", 4), 0);
    assert_string_equal(below + 1 + caret, "^^^^");
}

static void any_text_fits_the_excerpt(void **state)
{
    (void)state;
    char text[6001];
    for (size_t i = 0; i < 6000; i += 6)
        memcpy(text + i, "\u0915\u093F", 7); /* a letter and its mark */
    struct err err;
    err_set(&err, ERR_SYNTAX, "wrong");
    for (size_t offset = 0; offset <= 6000; offset += 7) {
        err_at(&err, text, 6000, offset, 6000);
        size_t n = strlen(err.excerpt);
        assert_true(n < ERR_EXCERPT_BYTES - 1);
        assert_int_equal(utf8_check((struct str){err.excerpt, n}), n);
        assert_non_null(strchr(err.excerpt, '^'));
    }
    unsigned char junk[64];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (unsigned char)(0x80 + i * 2);
    err_at(&err, (const char *)junk, sizeof junk, 30, 3);
    assert_true(err.column >= 1);
}

static void an_assertion_stops_the_process(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(pipes[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        ASSERT(child != 0);
        _exit(0);
    }
    close(pipes[1]);
    char text[512] = "";
    assert_true(read(pipes[0], text, sizeof text - 1) > 0);
    close(pipes[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "err_test.c"));
    assert_non_null(strstr(text, "child != 0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_ties_code_name_status_and_exit),
        cmocka_unit_test(set_returns_the_code_and_forgets_the_old_place),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(the_excerpt_points_at_the_place),
        cmocka_unit_test(columns_are_characters_and_carets_are_columns),
        cmocka_unit_test(the_end_of_the_text_is_a_place),
        cmocka_unit_test(a_long_line_is_a_window),
        cmocka_unit_test(any_text_fits_the_excerpt),
        cmocka_unit_test(an_assertion_stops_the_process),
    };
    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
