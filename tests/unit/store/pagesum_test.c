/* SPDX-License-Identifier: MIT
 *
 * Pages and their checksums. */
#include "../../../core/store/pagesum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static unsigned char page[PAGESUM_PAGE_BYTES];

static void fill(void)
{
    for (int i = 0; i < PAGESUM_PAGE_BYTES; i++)
        page[i] = (unsigned char)(i * 31 >> 3);
    pagesum_put(page, 7);
}

static void knows_its_page(void **state)
{
    (void)state;
    fill();
    assert_int_equal(pagesum_check(page, 7), PAGESUM_GOOD);
    assert_int_equal(pagesum_check(page, 8), PAGESUM_ELSEWHERE);
}

static void finds_every_bit(void **state)
{
    (void)state;
    fill();
    for (int bit = 0; bit < PAGESUM_PAGE_BYTES * 8; bit++) {
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(pagesum_check(page, 7), PAGESUM_BAD);
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

static void takes_zeros_for_never_written(void **state)
{
    (void)state;
    memset(page, 0, sizeof page);
    assert_int_equal(pagesum_check(page, 7), PAGESUM_EMPTY);
    for (int bit = 0; bit < PAGESUM_PAGE_BYTES * 8; bit += 5) {
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(pagesum_check(page, 7), PAGESUM_BAD);
        page[bit / 8] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_page),
        cmocka_unit_test(finds_every_bit),
        cmocka_unit_test(takes_zeros_for_never_written),
    };
    return cmocka_run_group_tests_name("store/pagesum", tests, NULL, NULL);
}
