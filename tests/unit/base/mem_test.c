/* SPDX-License-Identifier: MIT
 *
 * Memory by room: accounting, budgets, failure on demand, threads; arenas. */
#include "base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void blocks_are_counted_and_given_back(void **state)
{
    (void)state;
    size_t before = mem_used(MEM_DATA);
    char *p = mem_alloc(MEM_DATA, 1000);
    assert_non_null(p);
    memset(p, 7, 1000);
    assert_true(mem_used(MEM_DATA) >= before + 1000);
    p = mem_realloc(MEM_DATA, p, 100000);
    assert_non_null(p);
    assert_int_equal(p[999], 7);
    assert_true(mem_used(MEM_DATA) >= before + 100000);
    p = mem_realloc(MEM_DATA, p, 10);
    assert_true(mem_used(MEM_DATA) < before + 1000);
    mem_free(MEM_DATA, p);
    mem_free(MEM_DATA, NULL);
    assert_int_equal(mem_used(MEM_DATA), before);
}

static void zero_bytes_are_a_block(void **state)
{
    (void)state;
    void *p = mem_alloc(MEM_DATA, 0);
    assert_non_null(p);
    p = mem_realloc(MEM_DATA, p, 0);
    assert_non_null(p);
    mem_free(MEM_DATA, p);
}

static void calloc_clears_and_checks_overflow(void **state)
{
    (void)state;
    unsigned char *p = mem_calloc(MEM_QUERY, 300, 7);
    assert_non_null(p);
    for (size_t i = 0; i < 2100; i++)
        assert_int_equal(p[i], 0);
    mem_free(MEM_QUERY, p);
    size_t half = SIZE_MAX / 2 + 1; /* not a constant to the compiler: it would warn */
    assert_null(mem_calloc(MEM_QUERY, half, 2));
    assert_null(mem_alloc(MEM_QUERY, half));
}

/* The allocator gives the same block again, most likely: nothing of the old content is in it. */
static void blocks_of_the_import_are_wiped(void **state)
{
    (void)state;
    enum { BYTES = 4096 };
    for (int moved = 0; moved < 2; moved++) {
        char *p = mem_alloc(MEM_INGEST, BYTES);
        assert_non_null(p);
        memset(p, 'A', BYTES);
        if (moved) {
            p = mem_realloc(MEM_INGEST, p, BYTES * 100);
            assert_non_null(p);
            assert_int_equal(p[BYTES - 1], 'A');
        }
        mem_free(MEM_INGEST, p);
        char *again = mem_alloc(MEM_INGEST, BYTES);
        assert_non_null(again);
        for (size_t i = 0; i + 1 < BYTES; i++)
            assert_false(again[i] == 'A' && again[i + 1] == 'A');
        mem_free(MEM_INGEST, again);
    }
}

static void a_budget_refuses_and_leaves_the_old_block(void **state)
{
    (void)state;
    mem_limit(MEM_SCRIPT, mem_used(MEM_SCRIPT) + 8192);
    char *p = mem_alloc(MEM_SCRIPT, 4096);
    assert_non_null(p);
    memcpy(p, "kept", 5);
    assert_null(mem_alloc(MEM_SCRIPT, 100000));
    assert_null(mem_realloc(MEM_SCRIPT, p, 100000));
    assert_string_equal(p, "kept");
    size_t used = mem_used(MEM_SCRIPT);
    void *vital = mem_must(MEM_SCRIPT, 100000); /* goes past the budget, but is counted */
    assert_true(mem_used(MEM_SCRIPT) >= used + 100000);
    mem_free(MEM_SCRIPT, vital);
    mem_free(MEM_SCRIPT, p);
    mem_limit(MEM_SCRIPT, 0);
    p = mem_alloc(MEM_SCRIPT, 100000);
    assert_non_null(p);
    mem_free(MEM_SCRIPT, p);
}

static void the_nth_allocation_fails_once(void **state)
{
    (void)state;
    mem_fail_at(2);
    void *a = mem_alloc(MEM_BASE, 10);
    assert_non_null(a);
    assert_null(mem_alloc(MEM_BASE, 10));
    void *b = mem_alloc(MEM_BASE, 10);
    assert_non_null(b);
    mem_fail_at(1);
    mem_fail_at(0);
    b = mem_realloc(MEM_BASE, b, 20);
    assert_non_null(b);
    mem_free(MEM_BASE, a);
    mem_free(MEM_BASE, b);
}

enum { THREADS = 4, ROUNDS = 20000, KEPT = 64 };

static void *churn(void *arg)
{
    enum mem_room room = *(enum mem_room *)arg;
    unsigned char *kept[KEPT] = {NULL};
    uint64_t x = 88172645463325252u + (uint64_t)room;
    for (int i = 0; i < ROUNDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        size_t slot = x % KEPT;
        mem_free(room, kept[slot]);
        size_t n = 1 + (x >> 20) % 5000;
        kept[slot] = mem_alloc(room, n);
        if (kept[slot] == NULL)
            return arg;
        kept[slot][0] = 1;
        kept[slot][n - 1] = 2;
    }
    for (int i = 0; i < KEPT; i++)
        mem_free(room, kept[i]);
    return NULL;
}

static void threads_leave_nothing_behind(void **state)
{
    (void)state;
    enum mem_room rooms[THREADS] = {MEM_QUERY, MEM_QUERY, MEM_NET, MEM_STORE};
    size_t before[MEM_ROOMS];
    for (int r = 0; r < MEM_ROOMS; r++)
        before[r] = mem_used((enum mem_room)r);
    for (int round = 0; round < 3; round++) {
        pthread_t t[THREADS];
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&t[i], NULL, churn, &rooms[i]), 0);
        for (int i = 0; i < THREADS; i++) {
            void *failed = NULL;
            pthread_join(t[i], &failed);
            assert_null(failed);
        }
    }
    for (int r = 0; r < MEM_ROOMS; r++)
        assert_int_equal(mem_used((enum mem_room)r), before[r]);
}

static void arenas_hand_out_cleared_aligned_space(void **state)
{
    (void)state;
    size_t before = mem_used(MEM_QUERY);
    struct arena a;
    arena_init(&a, MEM_QUERY, 0);
    for (int round = 0; round < 2; round++) {
        for (size_t n = 0; n < 40000; n = n * 3 / 2 + 1) {
            unsigned char *p = arena_alloc(&a, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, n);
        }
        assert_string_equal(arena_copy(&a, "nine", 4), "nine");
        assert_string_equal(arena_copy(&a, NULL, 0), "");
        arena_fini(&a);
        assert_int_equal(mem_used(MEM_QUERY), before);
    }
}

static void small_requests_share_chunks_beside_a_large_one(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_QUERY, 0);
    char *first = arena_alloc(&a, 16);
    assert_non_null(arena_alloc(&a, 3 << 20));
    char *second = arena_alloc(&a, 16);
    assert_ptr_equal(second, first + 16);
    arena_fini(&a);
}

static void an_arena_has_its_bound(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_QUERY, 1024);
    assert_non_null(arena_alloc(&a, 1000));
    assert_null(arena_alloc(&a, 100));
    assert_non_null(arena_alloc(&a, 16));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    arena_fini(&a);
    mem_fail_at(1);
    assert_null(arena_alloc(&a, 16));
    assert_non_null(arena_alloc(&a, 16));
    arena_fini(&a);
}

static void rooms_have_names(void **state)
{
    (void)state;
    assert_string_equal(mem_room_name(MEM_BASE), "base");
    assert_string_equal(mem_room_name(MEM_MAIN), "main");
}

static void all_rooms_together_have_a_budget(void **state)
{
    (void)state;
    size_t before = 0;
    for (int r = 0; r < MEM_ROOMS; r++)
        before += mem_used((enum mem_room)r);
    assert_int_equal(mem_share(1000, 4), 1000);
    mem_limit_all(before + (8u << 20));
    assert_int_equal(mem_share(1u << 30, 4), (before + (8u << 20)) / 4);
    assert_int_equal(mem_share(10, 4), 10);
    char *p = mem_alloc(MEM_QUERY, 6u << 20);
    assert_non_null(p);
    assert_null(mem_alloc(MEM_SCRIPT, 3u << 20)); /* another room, the same budget */
    assert_null(mem_alloc(MEM_DATA, 3u << 19));   /* an eighth stays for questions */
    char *more = mem_alloc(MEM_QUERY, 3u << 19);
    assert_non_null(more);
    char *small = mem_alloc(MEM_QUERY, 100); /* too small to be looked at */
    assert_non_null(small);
    void *vital = mem_must(MEM_SCRIPT, 8u << 20);
    mem_free(MEM_SCRIPT, vital);
    mem_free(MEM_QUERY, small);
    mem_free(MEM_QUERY, more);
    mem_free(MEM_QUERY, p);
    mem_limit_all(0);
}

/* One thing is pushed after another; what was pushed before stays. */
static void arrays_grow(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_BASE, 0);
    uint32_t *in_heap = NULL, *in_arena = NULL;
    size_t heap_cap = 0, arena_cap = 0;
    for (uint32_t n = 0; n < 1000; n++) {
        in_heap = mem_grown(MEM_BASE, in_heap, n, &heap_cap, sizeof *in_heap);
        in_arena = arena_grown(&a, in_arena, n, &arena_cap, sizeof *in_arena);
        assert_non_null(in_heap);
        assert_non_null(in_arena);
        assert_true(heap_cap > n && arena_cap > n);
        in_heap[n] = in_arena[n] = n;
    }
    for (uint32_t n = 0; n < 1000; n++)
        assert_true(in_heap[n] == n && in_arena[n] == n);
    mem_free(MEM_BASE, in_heap);
    arena_fini(&a);
}

static void arrays_that_cannot_grow_stand(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_BASE, 256);
    size_t cap = 0;
    char *array = arena_grown(&a, NULL, 0, &cap, 8);
    assert_non_null(array);
    memset(array, 'x', cap * 8);
    const size_t before = cap;
    assert_null(arena_grown(&a, array, cap, &cap, 8));
    assert_int_equal(cap, before);
    assert_int_equal(array[cap * 8 - 1], 'x');
    arena_fini(&a);

    cap = SIZE_MAX / 4;
    assert_null(mem_grown(MEM_BASE, array, cap, &cap, 4)); /* no size_t counts the bytes */
    cap = SIZE_MAX / 2 + 1;
    assert_null(mem_grown(MEM_BASE, array, cap, &cap, 1));
    assert_int_equal(cap, SIZE_MAX / 2 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_counted_and_given_back),
        cmocka_unit_test(zero_bytes_are_a_block),
        cmocka_unit_test(calloc_clears_and_checks_overflow),
        cmocka_unit_test(blocks_of_the_import_are_wiped),
        cmocka_unit_test(a_budget_refuses_and_leaves_the_old_block),
        cmocka_unit_test(all_rooms_together_have_a_budget),
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(threads_leave_nothing_behind),
        cmocka_unit_test(arenas_hand_out_cleared_aligned_space),
        cmocka_unit_test(small_requests_share_chunks_beside_a_large_one),
        cmocka_unit_test(an_arena_has_its_bound),
        cmocka_unit_test(rooms_have_names),
        cmocka_unit_test(arrays_grow),
        cmocka_unit_test(arrays_that_cannot_grow_stand),
    };
    return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}
