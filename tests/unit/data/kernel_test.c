/* SPDX-License-Identifier: MIT
 *
 * The counting kernels against row-by-row counting, and against each other. */
#include "random_rows.h"

#include "data/kernel.h"

enum { ROWS = 3000, WORDS = ROWS / 64 + 10 };

struct column {
    uint64_t word[KERNEL_WIDTH_MAX][WORDS];
    uint64_t *plane[KERNEL_WIDTH_MAX];
    uint8_t code[ROWS];
    struct kernel_col col;
};

static void random_column(struct rng *g, struct column *c, uint8_t width, uint8_t share, int filter)
{
    memset(c, 0, sizeof(*c));
    for (int b = 0; b < KERNEL_WIDTH_MAX; b++) {
        c->plane[b] = c->word[b];
    }
    c->col.entries = (uint16_t)(1 + rng_below(g, 1u << width));
    for (int i = 0; i < ROWS; i++) {
        c->code[i] = (uint8_t)rng_below(g, c->col.entries);
        for (int b = 0; b < width; b++) {
            c->word[b][i / 64] |= (uint64_t)((c->code[i] >> b) & 1) << (i % 64);
        }
    }
    c->col.plane = c->plane;
    c->col.width = width;
    for (int i = 0; i < 1 << width; i++) {
        c->col.map[i] = filter ? (rng_below(g, 10) < (unsigned)filter ? 0 : 255)
                               : (uint8_t)(share * rng_below(g, 5));
    }
}

static void plain(struct column *const *c, size_t cols, uint64_t first, uint64_t n, uint64_t *out)
{
    for (uint64_t i = first; i < first + n; i++) {
        unsigned sum = 0;
        for (size_t k = 0; k < cols; k++) {
            sum += c[k]->col.map[c[k]->code[i]];
        }
        if (sum < 255) {
            out[sum]++;
        }
    }
}

static const char *const versions[] = {"portable", "avx2", "avx512"};

struct world {
    struct column *c[3];
    const struct kernel_col *col[3];
    struct kernel_hist *hist;
    struct kernel_space *space;
    struct kernel_plan plan;
};

static void world_init(struct world *w)
{
    w->hist = calloc(1, sizeof(*w->hist));
    w->space = kernel_space_new();
    for (int k = 0; k < 3; k++) {
        w->c[k] = malloc(sizeof(*w->c[k]));
        w->col[k] = &w->c[k]->col;
    }
}

static void world_fini(struct world *w)
{
    for (int k = 0; k < 3; k++) {
        free(w->c[k]);
    }
    free(w->hist);
    kernel_space_free(w->space);
}

/* Two keys, the second in steps of `share`, and a filter, in any order. Gives the groups. */
static unsigned random_columns(struct rng *g, struct world *w, int round)
{
    uint8_t share = (uint8_t)(round % 2 ? 5 : 40);
    random_column(g, w->c[0], (uint8_t)rng_below(g, round % 4 ? 4 : 9), 1, 0);
    random_column(g, w->c[1], (uint8_t)rng_below(g, round % 4 ? 5 : 9), share, 0);
    random_column(g, w->c[2], (uint8_t)rng_below(g, 9), 0, round % 3 ? 7 : 1);
    for (int k = 0; k < 3; k++) {
        w->col[k] = &w->c[(k + round) % 3]->col;
    }
    return 4u + 4u * share + 1u;
}

static void columns_of(const struct world *w, struct column *c[3])
{
    for (int k = 0; k < 3; k++) {
        c[k] =
            (struct column *)(void *)((char *)(uintptr_t)w->col[k] - offsetof(struct column, col));
    }
}

static void counts_are_right_in_every_version(void **state)
{
    (void)state;
    struct rng g = rng_from_env("kernels");
    struct world w;
    struct column *c[3];
    int ways[4] = {0};
    world_init(&w);
    for (int round = 0; round < 600; round++) {
        unsigned groups = random_columns(&g, &w, round);
        size_t cols = rng_below(&g, 4);
        uint64_t first = rng_below(&g, ROWS), n = rng_below(&g, (uint32_t)(ROWS - first));
        uint64_t want[256] = {0};
        columns_of(&w, c);
        plain(c, cols, first, n, want);
        kernel_prepare(&w.plan, w.col, cols, groups, round % 5 == 0);
        ways[w.plan.way]++;
        for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
            uint64_t got[256] = {0};
            if (!kernel_use(versions[v])) {
                continue;
            }
            kernel_count(&w.plan, w.space, first, n, w.hist);
            kernel_flush(&w.plan, w.hist, got);
            assert_memory_equal(got, want, groups * sizeof(*got));
            memset(w.hist, 0, sizeof(*w.hist));
        }
    }
    kernel_use(NULL);
    assert_true(ways[KERNEL_MASKS] > 5 && ways[KERNEL_CODES] > 20 && ways[KERNEL_BYTES] > 20 &&
                ways[KERNEL_GATHER] > 10);
    world_fini(&w);
}

/* The end of each stretch, some of them empty; their number. */
static size_t random_cuts(struct rng *g, uint32_t rows, uint32_t *end)
{
    size_t cuts = 1 + rng_below(g, 60);
    for (size_t i = 0; i < cuts; i++) {
        uint32_t from = i > 0 ? end[i - 1] : 0;
        end[i] = from + rng_below(g, rng_below(g, 2) ? 7 : (rows - from) / 3 + 1);
        end[i] = end[i] < rows ? end[i] : rows;
    }
    return cuts;
}

static void stretches_are_counted_one_by_one(void **state)
{
    (void)state;
    struct rng g = rng_from_env("kernel_cuts");
    struct world w;
    struct column *c[3];
    static uint32_t got[60 * 256];
    uint32_t end[60];
    world_init(&w);
    for (int round = 0; round < 400; round++) {
        unsigned groups = random_columns(&g, &w, round);
        size_t cols = rng_below(&g, 4);
        uint64_t first = rng_below(&g, ROWS);
        size_t cuts = random_cuts(&g, (uint32_t)(ROWS - first), end);
        columns_of(&w, c);
        kernel_prepare(&w.plan, w.col, cols, groups, round % 5 == 0);
        for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
            if (!kernel_use(versions[v])) {
                continue;
            }
            memset(got, 0xAA, sizeof(got));
            kernel_count_cuts(&w.plan, w.space, first, end, cuts, got);
            for (size_t i = 0; i < cuts; i++) {
                uint64_t want[256] = {0};
                uint32_t from = i > 0 ? end[i - 1] : 0;
                plain(c, cols, first + from, end[i] - from, want);
                for (unsigned k = 0; k < groups; k++) {
                    assert_int_equal(got[i * groups + k], want[k]);
                }
            }
        }
    }
    kernel_use(NULL);
    world_fini(&w);
}

static void flushing_clears(void **state)
{
    (void)state;
    struct world w;
    uint64_t out[2] = {5, 0};
    world_init(&w);
    kernel_prepare(&w.plan, NULL, 0, 1, 0);
    kernel_count(&w.plan, w.space, 0, 100, w.hist);
    kernel_flush(&w.plan, w.hist, out);
    kernel_flush(&w.plan, w.hist, out);
    assert_int_equal(out[0], 105);
    world_fini(&w);
}

int main(void)
{
    printf("# kernels: %s\n", kernel_name());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_right_in_every_version),
        cmocka_unit_test(stretches_are_counted_one_by_one),
        cmocka_unit_test(flushing_clears),
    };
    return cmocka_run_group_tests_name("data/kernel", tests, NULL, NULL);
}
