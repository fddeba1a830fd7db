/* SPDX-License-Identifier: MIT
 *
 * Log lines: their form, their threshold, one line each whatever is in them. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static int64_t test_wall(void)
{
    return 1637411400000; /* 2021-11-20 12:30 UTC */
}

static int64_t test_mono(void)
{
    return 0;
}

static const struct clock_source test_clock = {test_mono, test_wall};

/* Standard error goes through a pipe while `line` is logged. */
static size_t capture(enum log_level level, const char *line, char *out, size_t cap)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    int saved = dup(STDERR_FILENO);
    dup2(pipes[1], STDERR_FILENO);
    log_line(level, "store", "%s", line);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(pipes[1]);
    ssize_t n = read(pipes[0], out, cap - 1);
    close(pipes[0]);
    assert_true(n >= 0);
    out[n] = '\0';
    return (size_t)n;
}

static void a_line_has_time_level_room_and_message(void **state)
{
    (void)state;
    char out[2048];
    clock_replace(&test_clock);
    capture(LOG_WARN, "the disk is slow", out, sizeof out);
    clock_replace(NULL);
    assert_string_equal(out, "2021-11-20T18:00:00+05:30 WARN  store  the disk is slow\n");
}

static void below_the_threshold_is_silence(void **state)
{
    (void)state;
    char out[2048];
    assert_int_equal(capture(LOG_DEBUG, "x", out, sizeof out), 0);
    log_threshold(LOG_DEBUG);
    assert_true(capture(LOG_DEBUG, "x", out, sizeof out) > 0);
    log_threshold(LOG_OFF);
    assert_int_equal(capture(LOG_ERROR, "x", out, sizeof out), 0);
    log_threshold(LOG_INFO);
}

static void no_message_makes_a_second_line(void **state)
{
    (void)state;
    char out[2048];
    capture(LOG_INFO, "one\ntwo\r\x1b[31m", out, sizeof out);
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    assert_null(strchr(out, '\x1b'));
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    size_t n = capture(LOG_INFO, text, out, sizeof out);
    assert_in_range(n, 900, 1024);
    assert_int_equal(out[n - 1], '\n');
}

static size_t event(const struct log_field *f, size_t n, char *out, size_t cap)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    int saved = dup(STDERR_FILENO);
    dup2(pipes[1], STDERR_FILENO);
    log_event(LOG_INFO, "net", "GET \"/v1\"", f, n);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(pipes[1]);
    ssize_t got = read(pipes[0], out, cap - 1);
    close(pipes[0]);
    assert_true(got > 0);
    out[got] = '\0';
    return (size_t)got;
}

static void fields_are_for_programs(void **state)
{
    static const struct log_field f[] = {
        {"id", {"ab", 2}, 0}, {"who", {"an \"other\"\n", 11}, 0}, {"ms", {NULL, 0}, 1.5}};
    char out[2048];
    (void)state;
    clock_replace(&test_clock);
    event(f, 3, out, sizeof out);
    assert_string_equal(out, "2021-11-20T18:00:00+05:30 INFO  net    GET \"/v1\" id=ab "
                             "who=\"an \\\"other\\\" \" ms=1.5\n");
    log_form(LOG_LOGFMT);
    event(f, 3, out, sizeof out);
    assert_string_equal(out, "time=2021-11-20T18:00:00+05:30 level=info room=net "
                             "msg=\"GET \\\"/v1\\\"\" id=ab who=\"an \\\"other\\\" \" ms=1.5\n");
    log_form(LOG_JSON);
    event(f, 3, out, sizeof out);
    assert_string_equal(out, "{\"time\":\"2021-11-20T18:00:00+05:30\",\"level\":\"info\","
                             "\"room\":\"net\",\"msg\":\"GET \\\"/v1\\\"\",\"id\":\"ab\","
                             "\"who\":\"an \\\"other\\\" \",\"ms\":1.5}\n");
    log_form(LOG_TEXT);
    clock_replace(NULL);
}

static void a_field_that_does_not_fit_is_left_out(void **state)
{
    static char text[850];
    char out[2048];
    (void)state;
    memset(text, '"', sizeof text);
    const struct log_field f[] = {{"a", {text, sizeof text}, 0}, {"b", {NULL, 0}, 2}};
    log_form(LOG_JSON);
    size_t n = event(f, 2, out, sizeof out);
    log_form(LOG_TEXT);
    assert_string_equal(out + n - 8, ",\"b\":2}\n");
    assert_null(strstr(out, "\"a\""));
}

static void long_numbers_are_hidden(void **state)
{
    static const struct log_field f[] = {{"n", {"2341 2341 2346", 14}, 0}};
    char out[2048];
    (void)state;
    capture(LOG_INFO, "worker 234123412346 came", out, sizeof out);
    assert_non_null(strstr(out, "worker xxxxxxxxxxxx came"));
    event(f, 1, out, sizeof out);
    assert_null(strstr(out, "2341"));
}

static void bytes_that_are_no_text_are_marked(void **state)
{
    char out[2048];
    (void)state;
    capture(LOG_INFO, "a\xFF\xC3", out, sizeof out);
    assert_non_null(strstr(out, "a??\n"));
}

static void the_last_lines_are_kept(void **state)
{
    char out[LOG_KEPT * 64];
    char text[32];
    int pipes[2];
    (void)state;
    for (int i = 0; i < LOG_KEPT + 3; i++) {
        snprintf(text, sizeof text, "line %d.", i);
        capture(LOG_INFO, text, out, sizeof out);
    }
    assert_int_equal(pipe(pipes), 0);
    log_last(pipes[1]);
    close(pipes[1]);
    ssize_t n = read(pipes[0], out, sizeof out - 1);
    close(pipes[0]);
    assert_true(n > 0);
    out[n] = '\0';
    assert_null(strstr(out, "line 2."));
    assert_non_null(strstr(out, "line 3."));
    snprintf(text, sizeof text, "line %d.\n", LOG_KEPT + 2);
    assert_string_equal(out + n - strlen(text), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_room_and_message),
        cmocka_unit_test(below_the_threshold_is_silence),
        cmocka_unit_test(no_message_makes_a_second_line),
        cmocka_unit_test(fields_are_for_programs),
        cmocka_unit_test(a_field_that_does_not_fit_is_left_out),
        cmocka_unit_test(long_numbers_are_hidden),
        cmocka_unit_test(bytes_that_are_no_text_are_marked),
        cmocka_unit_test(the_last_lines_are_kept),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
