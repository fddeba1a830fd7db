/* SPDX-License-Identifier: MIT
 *
 * Crashes of a child: it dies by the signal and leaves a report with the log and no data. */
#include "base/crash.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

static char dir[64];
static char path[96];

/* The child's standard error goes nowhere. */
static int crash_by(int fault)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char secret[64] = "on the stack: Sita Devi";
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(9);
        crash_init("1.2.3");
        if (!crash_file(path))
            _exit(8);
        log_line(LOG_INFO, "test", "the last line");
        raise(fault);
        _exit(secret[0] == 'o' ? 7 : 6);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void it_dies_by_the_signal_and_leaves_a_report(void **state)
{
    char text[16384] = "";
    char line[200];
    (void)state;
    int status = crash_by(SIGABRT);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    assert_non_null(strstr(text, "Panji 1.2.3 crashed: SIGABRT, process "));
    assert_non_null(strstr(text, "running"));
    assert_non_null(strstr(text, "the last line\n"));
    assert_null(strstr(text, "Sita"));
    assert_true(crash_before(path, line, sizeof line));
    assert_non_null(strstr(line, "SIGABRT"));
    assert_false(crash_before(path, line, sizeof line));
    snprintf(line, sizeof line, "%s.before", path);
    assert_int_equal(unlink(line), 0);
}

static void every_fault_is_taken(void **state)
{
    (void)state;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        char line[200];
        int status = crash_by(faults[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), faults[i]);
        assert_true(crash_before(path, line, sizeof line));
    }
    snprintf(path + strlen(path), 8, ".before");
    assert_int_equal(unlink(path), 0);
#endif
}

static int up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/panji-crash-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/crash.txt", dir);
    return 0;
}

static int down(void **state)
{
    (void)state;
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_dies_by_the_signal_and_leaves_a_report, up, down),
        cmocka_unit_test_setup_teardown(every_fault_is_taken, up, down),
    };
    return cmocka_run_group_tests_name("base/crash", tests, NULL, NULL);
}
