/* SPDX-License-Identifier: MIT
 *
 * The counted stream passes every byte on. */
#include "../../../core/main/progress.h"

#include "test.h"

static void every_byte_is_passed_on(void **state)
{
    (void)state;
    static char text[300000];
    static char got[sizeof text];
    struct progress p;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    FILE *f = fmemopen(text, sizeof text, "r");
    assert_non_null(f);
    progress_start(&p, "test", "bytes", (int64_t)sizeof text);
    FILE *counted = progress_reader(&p, f);
    assert_non_null(counted);
    assert_int_equal(fread(got, 1, sizeof got, counted), sizeof text);
    assert_memory_equal(got, text, sizeof text);
    assert_int_equal(p.ended_ns, 0);
    assert_int_equal(fgetc(counted), EOF);
    assert_int_not_equal(p.ended_ns, 0); /* from here on the answer is waited for */
    progress_wait(&p);
    assert_false(ferror(counted));
    assert_int_equal(p.done, sizeof text);
    fclose(counted);
    assert_int_equal(fseek(f, 0, SEEK_SET), 0); /* f is still open */
    fclose(f);
    progress_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte_is_passed_on)};
    return cmocka_run_group_tests_name("main/progress", tests, NULL, NULL);
}
