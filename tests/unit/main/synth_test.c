/* SPDX-License-Identifier: MIT
 *
 * The synthetic country: rows worked out by hand from the published formulas, and their shares. */
#include "../../../core/main/synth.h"

#include "base/date.h"
#include "base/hash.h"
#include "test.h"

static uint32_t draw(uint64_t i, uint64_t seed, uint64_t k, uint64_t m)
{
    uint64_t x = (16 * i + k + seed * (UINT64_C(1) << 40)) ^ UINT64_C(0x4CF2D2BAAE6DA887);
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    x ^= x >> 33;
    return (uint32_t)(((x >> 32) * m) >> 32);
}

static void rows_follow_the_formulas(void **state)
{
    (void)state;
    struct synth_row r;
    for (uint64_t i = 0; i < 1000; i++) {
        synth_row(i, 7, &r);
        uint32_t a = draw(i, 7, 0, 7200);
        uint32_t b = draw(i, 7, 1, 7200);
        assert_int_equal(r.block, a < b ? a : b);
        assert_int_equal(r.district, r.block * 780 / 7200);
        assert_int_equal(r.state, r.district * 36 / 780);
        assert_int_equal(r.age, 16 + (draw(i, 7, 8, 44) < draw(i, 7, 9, 44) ? draw(i, 7, 8, 44)
                                                                            : draw(i, 7, 9, 44)));
        assert_int_equal(r.centre, r.block * 55 + (int32_t)draw(i, 7, 14, 55));
        assert_in_range(r.day - date_day(2021, 8, 26), 0, 1899);
        assert_in_range(r.sector, 0, 29);
        assert_in_range(r.occupation - r.sector * 13, 0, 12);
    }
}

static void shares_are_those_of_the_drive(void **state)
{
    (void)state;
    int agriculture = 0;
    int women = 0;
    struct synth_row r;
    for (uint64_t i = 0; i < 100000; i++) {
        synth_row(i, 0, &r);
        agriculture += r.sector == 0;
        women += r.gender == 0;
    }
    assert_in_range(agriculture, 51400, 53400);
    assert_in_range(women, 52000, 54000);
}

static void csv_lines_are_whole(void **state)
{
    (void)state;
    struct buf b;
    size_t lines = 0;
    buf_init(&b, MEM_MAIN);
    synth_csv_header(&b);
    synth_csv(5, 10, 0, &b);
    for (size_t i = 0; i < b.n; i++)
        lines += b.p[i] == '\n';
    assert_int_equal(lines, 11);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_follow_the_formulas),
        cmocka_unit_test(shares_are_those_of_the_drive),
        cmocka_unit_test(csv_lines_are_whole),
    };
    return cmocka_run_group_tests_name("main/synth", tests, NULL, NULL);
}
