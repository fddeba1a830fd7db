/* SPDX-License-Identifier: MIT
 *
 * Words that nobody knows, counted. */
#include "../../../core/ingest/unknown.h"

#include <stdio.h>

#include "world.h"

static void add(struct unknown *u, struct arena *mem, int role, uint32_t within, uint32_t line,
                const char *word)
{
    struct err err;
    struct unknown_seen seen = {role, within, line, str_of(word)};
    assert_int_equal(unknown_add(u, mem, &seen, &err), 0);
}

static void expect_word(const struct unknown_word *w, const char *word, uint64_t rows,
                        uint32_t line, const char *near)
{
    assert_true(str_eq(w->word, str_of(word)));
    assert_int_equal(w->rows, rows);
    assert_int_equal(w->line, line);
    assert_int_equal(w->near.n > 0, near != NULL);
    if (near != NULL)
        assert_true(str_eq(w->near.name[0], str_of(near)));
}

static void counts_and_explains(void **state)
{
    struct world *w = *state;
    struct unknown u;
    struct arena mem;
    struct snap *s = snap_cell_get(w->cell);
    uint32_t ramgarh = place_by_code(s->tree, PLACE_DISTRICT, 607);
    uint32_t dumka = place_by_code(s->tree, PLACE_DISTRICT, 326);
    arena_init(&mem, MEM_INGEST, 0);
    unknown_init(&u);
    add(&u, &mem, ROLE_SECTOR, 0, 2, "Minning");
    add(&u, &mem, ROLE_BLOCK, dumka, 3, "Golla");
    for (uint32_t i = 0; i < 5; i++)
        add(&u, &mem, ROLE_BLOCK, ramgarh, 4 + i, "Golla");
    add(&u, &mem, ROLE_BLOCK, ramgarh, 9, "2345 6789 0123");
    add(&u, &mem, ROLE_ATTR + schema_find(&schema_default, STR("gender")), 0, 10, "Femail");
    unknown_end(&u, s->tree);
    assert_int_equal(u.n, 5); /* by role, then the most frequent */
    expect_word(&u.word[0], "Golla", 5, 4, "GOLA");
    expect_word(&u.word[1], "Golla", 1, 3, NULL); /* nothing of the kind in Dumka */
    expect_word(&u.word[2], "xxxx xxxx xxxx", 1, 9, NULL);
    expect_word(&u.word[3], "Minning", 1, 2, "Mining");
    expect_word(&u.word[4], "Femail", 1, 10, "female"); /* an alias */
    unknown_fini(&u);
    arena_fini(&mem);
    snap_unref(s);
}

static void keeps_a_thousand(void **state)
{
    (void)state;
    struct unknown u;
    struct arena mem;
    char word[320], tail[260];
    memset(tail, 'x', sizeof tail - 1);
    tail[sizeof tail - 1] = '\0';
    arena_init(&mem, MEM_INGEST, 0);
    unknown_init(&u);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < UNKNOWN_WORDS_MAX + 7; i++) {
            snprintf(word, sizeof word, "word %u%s", i, tail); /* cut at 256 bytes */
            add(&u, &mem, ROLE_SECTOR, 0, i + 2, word);
        }
    assert_int_equal(u.n, UNKNOWN_WORDS_MAX);
    assert_int_equal(u.further, 14);
    for (size_t i = 0; i < u.n; i++) {
        assert_int_equal(u.word[i].rows, 2);
        assert_int_equal(u.word[i].word.n, NAME_BYTES_MAX);
    }
    unknown_fini(&u);
    arena_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(counts_and_explains),
        cmocka_unit_test(keeps_a_thousand),
    };
    return cmocka_run_group_tests_name("ingest/unknown", tests, NULL, NULL);
}
