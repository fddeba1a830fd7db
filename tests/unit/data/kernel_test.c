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

static void random_column(struct rng *g, struct column *c, uint8_t width, uint8_t share,
                          bool filter)
{
    memset(c, 0, sizeof(*c));
    for (int b = 0; b < KERNEL_WIDTH_MAX; b++) {
        c->plane[b] = c->word[b];
    }
    for (int i = 0; i < ROWS; i++) {
        c->code[i] = (uint8_t)rng_below(g, 1u << width);
        for (int b = 0; b < width; b++) {
            c->word[b][i / 64] |= (uint64_t)((c->code[i] >> b) & 1) << (i % 64);
        }
    }
    c->col.plane = c->plane;
    c->col.width = width;
    for (int i = 0; i < 1 << width; i++) {
        c->col.map[i] = filter ? (rng_below(g, 3) ? 0 : 255) : (uint8_t)(share * rng_below(g, 5));
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

static void counts_are_right_in_every_version(void **state)
{
    (void)state;
    struct rng g = rng_from_env("kernels");
    struct column *c[3];
    const struct kernel_col *col[3];
    struct kernel_hist *hist = calloc(1, sizeof(*hist));
    for (int k = 0; k < 3; k++) {
        c[k] = malloc(sizeof(*c[k]));
        col[k] = &c[k]->col;
    }
    for (int round = 0; round < 300; round++) {
        uint8_t share = (uint8_t)(round % 2 ? 1 : 40);
        random_column(&g, c[0], (uint8_t)rng_below(&g, 9), 1, false);
        random_column(&g, c[1], (uint8_t)rng_below(&g, 9), share, false);
        random_column(&g, c[2], (uint8_t)rng_below(&g, 9), 0, true);
        size_t cols = rng_below(&g, 4);
        uint64_t first = rng_below(&g, ROWS), n = rng_below(&g, (uint32_t)(ROWS - first));
        unsigned groups = share == 1 ? 9 : 200;
        uint64_t want[256] = {0};
        plain(c, cols, first, n, want);
        for (int portable = 0; portable < 2; portable++) {
            uint64_t got[256] = {0};
            kernel_force_portable(portable);
            kernel_count(col, cols, first, n, groups, hist);
            kernel_flush(hist, groups, got);
            assert_memory_equal(got, want, groups * sizeof(*got));
            memset(hist, 0, sizeof(*hist));
        }
        kernel_force_portable(0);
    }
    for (int k = 0; k < 3; k++) {
        free(c[k]);
    }
    free(hist);
}

static void flushing_clears(void **state)
{
    (void)state;
    struct kernel_hist *hist = calloc(1, sizeof(*hist));
    uint64_t out[2] = {5, 0};
    kernel_count(NULL, 0, 0, 100, 1, hist);
    kernel_flush(hist, 1, out);
    kernel_flush(hist, 1, out);
    assert_int_equal(out[0], 105);
    free(hist);
}

int main(void)
{
    printf("# kernels: %s\n", kernel_name());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_right_in_every_version),
        cmocka_unit_test(flushing_clears),
    };
    return cmocka_run_group_tests_name("data/kernel", tests, NULL, NULL);
}
