/* SPDX-License-Identifier: MIT
 *
 * Numbers for people, and the memory of a process. */
#include "../../../core/main/bench_machine.h"

#include <string.h>

#include "base/mem.h"
#include "test.h"

static void counts_are_written_for_people(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {209386, "209,386"},
                 {1000000, "1 million"},
                 {1500000, "1.5 million"},
                 {1234567, "1,234,567"},
                 {310000000, "310 million"}};
    char out[32];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(bench_count(cases[i].n, out), cases[i].text);
}

static void memory_that_is_touched_is_told(void **state)
{
    enum { BYTES = 64 << 20 };
    (void)state;
    struct bench_memory before = bench_memory();
    char *p = mem_alloc(MEM_MAIN, BYTES);
    assert_non_null(p);
    memset(p, 1, BYTES);
    struct bench_memory after = bench_memory();
    assert_true(p[BYTES - 1] == 1);
    mem_free(MEM_MAIN, p);
    assert_true(before.resident > 0);
    assert_true(after.resident >= before.resident + BYTES * 3 / 4);
    assert_true(after.peak >= after.resident);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_are_written_for_people),
                                       cmocka_unit_test(memory_that_is_touched_is_told)};
    return cmocka_run_group_tests_name("main/bench_machine", tests, NULL, NULL);
}
