/* SPDX-License-Identifier: MIT
 *
 * Sets of ids against a plain array: batches that come, take over and are retracted in any order.
 */
#include "random_rows.h"

#include "data/idset.h"

enum { POOL = 600, STEPS = 400 };

/* The plain way: who has each hash, by owner. */
struct plain {
    id_hash hash[POOL];           /* ascending */
    uint8_t has[STEPS + 1][POOL]; /* by owner */
    bool gone[STEPS + 1];
};

static id_hash any_hash(struct rng *g)
{
    return hash_mix(g->seed + ++g->at * 0x9E3779B97F4A7C15ull);
}

static int ascending(const void *a, const void *b)
{
    id_hash x = *(const id_hash *)a, y = *(const id_hash *)b;
    return x < y ? -1 : x > y;
}

static void check(const struct idset *s, const struct plain *p, uint32_t owners)
{
    uint32_t got[POOL];
    idset_find(s, p->hash, POOL, got);
    for (size_t i = 0; i < POOL; i++) {
        uint32_t want = 0;
        for (uint32_t o = 1; o <= owners; o++)
            if (p->has[o][i] && !p->gone[o])
                want = o;
        if (got[i] != want)
            fail_msg("hash %zu is of %u and should be of %u", i, got[i], want);
    }
}

static void replace(struct idset **s, struct idset *next)
{
    idset_unref(*s);
    *s = next;
}

static void is_what_a_plain_array_says(void **state)
{
    (void)state;
    struct plain *p = calloc(1, sizeof *p);
    struct rng g = rng_from_env("idset");
    struct idset *s;
    struct idset *next;
    struct err err;
    id_hash some[POOL];
    for (size_t i = 0; i < POOL; i++)
        p->hash[i] = any_hash(&g);
    qsort(p->hash, POOL, sizeof(id_hash), ascending);
    assert_int_equal(idset_new(&s, &err), 0);
    uint32_t owners = 0;
    for (int step = 0; step < STEPS; step++) {
        if (owners > 0 && rng_below(&g, 4) == 0) {
            uint32_t o = 1 + rng_below(&g, owners);
            if (p->gone[o])
                continue;
            p->gone[o] = true;
            assert_int_equal(idset_retract(s, o, &next, &err), 0);
        } else {
            size_t n = 0;
            uint32_t one_in = 1 + rng_below(&g, 200);
            owners++;
            for (size_t i = 0; i < POOL; i++)
                if (rng_below(&g, one_in) == 0) {
                    p->has[owners][i] = 1;
                    some[n++] = p->hash[i];
                }
            assert_int_equal(idset_add(s, some, n, owners, &next, &err), 0);
        }
        replace(&s, next);
        check(s, p, owners);
    }
    idset_unref(s);
    free(p);
}

/* What a failed commit leaves behind does not change the set that it came from. */
static void a_set_is_never_changed(void **state)
{
    (void)state;
    struct idset *s;
    struct idset *next;
    struct err err;
    const id_hash hash[] = {1, 5, UINT64_MAX};
    uint32_t owner[3];
    assert_int_equal(idset_new(&s, &err), 0);
    assert_int_equal(idset_add(s, hash, 3, 1, &next, &err), 0);
    idset_find(s, hash, 3, owner);
    assert_int_equal(owner[0] + owner[1] + owner[2], 0);
    idset_find(next, hash, 3, owner);
    assert_int_equal(owner[0] + owner[1] + owner[2], 3);
    replace(&s, next);
    assert_int_equal(idset_retract(s, 1, &next, &err), 0);
    idset_find(s, hash, 3, owner);
    assert_int_equal(owner[2], 1);
    idset_find(next, hash, 3, owner);
    assert_int_equal(owner[2], 0);
    idset_unref(next);
    assert_int_equal(idset_count(s), 3);
    idset_unref(s);
}

/* Twelve bytes an id, however many batches they came in. */
static void takes_the_memory_that_is_told(void **state)
{
    (void)state;
    enum { BATCHES = 300, EACH = 100 };
    struct idset *s;
    struct idset *next;
    struct err err;
    id_hash some[EACH];
    struct rng g = rng_from_env("idset");
    assert_int_equal(idset_new(&s, &err), 0);
    for (uint32_t b = 1; b <= BATCHES; b++) {
        for (size_t i = 0; i < EACH; i++)
            some[i] = any_hash(&g);
        qsort(some, EACH, sizeof(id_hash), ascending);
        assert_int_equal(idset_add(s, some, EACH, b, &next, &err), 0);
        replace(&s, next);
    }
    assert_int_equal(idset_count(s), BATCHES * EACH);
    assert_true(idset_bytes(s) < 12 * BATCHES * EACH + 4096);
    idset_unref(s);
}

static void sorts_stably(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct id_row *v = malloc(2 * N * sizeof *v);
    struct rng g = rng_from_env("idset");
    for (uint32_t i = 0; i < N; i++)
        v[i] = (struct id_row){any_hash(&g) >> rng_below(&g, 64), i};
    id_rows_sort(v, v + N, N);
    for (size_t i = 1; i < N; i++) {
        assert_true(v[i - 1].hash <= v[i].hash);
        assert_true(v[i - 1].hash < v[i].hash || v[i - 1].row < v[i].row);
    }
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_a_plain_array_says),
        cmocka_unit_test(a_set_is_never_changed),
        cmocka_unit_test(takes_the_memory_that_is_told),
        cmocka_unit_test(sorts_stably),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
