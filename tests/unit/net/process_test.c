/* SPDX-License-Identifier: MIT
 *
 * The numbers of the process. */
#include "../../../core/net/process.h"

#include <stdio.h>
#include <stdlib.h>

#include "test.h"

static double number(const char *text, const char *name)
{
    char key[80];
    snprintf(key, sizeof key, "\n%s ", name);
    const char *at = strstr(text, key);
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

static void they_are_told(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, MEM_NET);
    process_metrics(&b);
    buf_char(&b, '\0');
    assert_true(number(b.p, "process_cpu_seconds_total") >= 0);
    assert_true(number(b.p, "process_resident_memory_bytes") > 100000);
    double open = number(b.p, "process_open_fds");
    FILE *f = fopen("/dev/null", "re");
    assert_non_null(f);
    buf_clear(&b);
    process_metrics(&b);
    buf_char(&b, '\0');
    assert_true(number(b.p, "process_open_fds") > open);
    assert_true(number(b.p, "process_max_fds") > open);
    fclose(f);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_told),
    };
    return cmocka_run_group_tests_name("net/process", tests, NULL, NULL);
}
