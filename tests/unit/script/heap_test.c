/* SPDX-License-Identifier: MIT
 *
 * The memory of a Lua state. */
#include "../../../core/script/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void blocks_keep_their_bytes(void **state)
{
    (void)state;
    enum { BLOCKS = 500, STEPS = 20000 };
    struct heap h;
    unsigned char *p[BLOCKS] = {0};
    size_t n[BLOCKS] = {0};
    uint64_t seed = 42;
    heap_init(&h, 64 << 20, NULL);
    for (int i = 0; i < STEPS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t k = (seed >> 33) % BLOCKS;
        size_t want = (seed >> 40) % 5 == 0 ? 0 : (seed >> 45) % 3000;
        for (size_t b = 0; b < n[k]; b++)
            assert_int_equal(p[k][b], (unsigned char)k);
        p[k] = heap_alloc(&h, p[k], n[k], want);
        assert_true(want == 0 ? p[k] == NULL : p[k] != NULL);
        for (size_t b = 0; b < (want < n[k] ? want : n[k]); b++)
            assert_int_equal(p[k][b], (unsigned char)k);
        if (want)
            memset(p[k], (int)k, want);
        n[k] = want;
    }
    heap_fini(&h);
    assert_int_equal(h.used, 0);
}

static void the_cap_holds(void **state)
{
    (void)state;
    struct heap h;
    heap_init(&h, 1 << 20, NULL);
    size_t got = 0;
    while (heap_alloc(&h, NULL, 0, 1000))
        got += 1000;
    assert_true(got <= 1 << 20 && got > 900000);
    assert_true(h.used <= h.bytes_max);
    heap_fini(&h);
    assert_null(heap_alloc(&h, NULL, 0, (1 << 20) / HEAP_BLOCK_SHARE + 1));
    heap_fini(&h);
}

static void a_late_script_gets_nothing_more(void **state)
{
    (void)state;
    atomic_int late = 0;
    struct heap h;
    heap_init(&h, 1 << 20, &late);
    void *p = heap_alloc(&h, NULL, 0, 2000);
    assert_non_null(p);
    atomic_store(&late, 1);
    assert_null(heap_alloc(&h, p, 2000, 4000));
    assert_non_null(heap_alloc(&h, NULL, 0, 100)); /* for its error message */
    p = heap_alloc(&h, p, 2000, 500);              /* shrinking goes on */
    assert_non_null(p);
    heap_fini(&h);
}

static void everything_goes_back(void **state)
{
    (void)state;
    size_t before = mem_used(MEM_SCRIPT);
    struct heap h;
    heap_init(&h, 8 << 20, NULL);
    for (int i = 0; i < 1000; i++)
        assert_non_null(heap_alloc(&h, NULL, 0, (size_t)i * 7 + 1));
    heap_fini(&h);
    assert_int_equal(mem_used(MEM_SCRIPT), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_their_bytes),
        cmocka_unit_test(the_cap_holds),
        cmocka_unit_test(a_late_script_gets_nothing_more),
        cmocka_unit_test(everything_goes_back),
    };
    return cmocka_run_group_tests_name("script/heap", tests, NULL, NULL);
}
