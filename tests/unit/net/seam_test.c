/* SPDX-License-Identifier: MIT
 *
 * Gaps between the pieces of a header. */
#include "../../../core/net/seam.h"

#include "test.h"

/* name: the pieces of "GET /a HTTP/1.1\r\nHost: b\r\n\r\n" as they lie, the value `hidden` shorter.
 */
static bool has_gap(const char *text, size_t hidden, size_t cut)
{
    struct seam s;
    size_t n = strlen(text);
    seam_start(&s, (struct str){text, 3});
    seam_next(&s, (struct str){text + 4, 2}, 1, 1);
    seam_next(&s, (struct str){text + 7, 8}, 1, 1);
    seam_next(&s, (struct str){text + 17, 4}, 1, 2);
    seam_next(&s, (struct str){text + 23, n - 4 - 23 - hidden}, 1, 100);
    seam_end(&s, (uintptr_t)text + n - cut);
    return s.gap;
}

static void what_is_dropped_leaves_a_gap(void **state)
{
    (void)state;
    static const char text[] = "GET /a HTTP/1.1\r\nHost: bcd\r\n\r\n";
    assert_false(has_gap(text, 0, 0));
    assert_true(has_gap(text, 1, 0));
    assert_true(has_gap(text, 0, 3));
}

static void only_one_version_is_known(void **state)
{
    (void)state;
    assert_true(seam_is_known("0.9.75"));
    assert_false(seam_is_known("0.9.77"));
    assert_false(seam_is_known("1.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dropped_leaves_a_gap),
        cmocka_unit_test(only_one_version_is_known),
    };
    return cmocka_run_group_tests_name("net/seam", tests, NULL, NULL);
}
