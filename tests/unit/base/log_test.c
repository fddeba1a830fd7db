/* SPDX-License-Identifier: MIT
 *
 * Log lines: their form, their threshold, one line each whatever is in them. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    assert_in_range(n, 1000, 1024);
    assert_int_equal(out[n - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_room_and_message),
        cmocka_unit_test(below_the_threshold_is_silence),
        cmocka_unit_test(no_message_makes_a_second_line),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
