/* SPDX-License-Identifier: MIT
 *
 * Words seen before. */
#include "../../../core/ingest/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void remembers_by_context(void **state)
{
    (void)state;
    struct words w;
    struct arena a;
    const struct fault fault = {"no", ""};
    words_init(&w);
    arena_init(&a, MEM_INGEST, 0);
    assert_null(words_find(&w, 1, STR("Ramgarh")));
    words_add(&w, &a, 1, STR("Ramgarh"), 3175, NULL);
    words_add(&w, &a, 2, STR("Ramgarh"), 3104, NULL);
    words_add(&w, &a, 3, STR("Ramgarh"), 0, &fault);
    assert_int_equal(words_find(&w, 1, STR("Ramgarh"))->value, 3175);
    assert_int_equal(words_find(&w, 2, STR("Ramgarh"))->value, 3104);
    assert_int_equal(words_find(&w, 1, STR("Ramgarh"))->value, 3175);
    assert_ptr_equal(words_find(&w, 3, STR("Ramgarh"))->fault, &fault);
    assert_true(words_find(&w, 3, STR("Ramgarh"))->is_fault);
    assert_false(words_find(&w, 2, STR("Ramgarh"))->is_fault);
    assert_null(words_find(&w, 1, STR("Ramgarh ")));
    assert_null(words_find(&w, 1, STR("")));
    arena_fini(&a);
    words_fini(&w);
}

static void remembers_many_up_to_its_bound(void **state)
{
    (void)state;
    struct words w;
    struct arena a;
    char text[32];
    words_init(&w);
    arena_init(&a, MEM_INGEST, 0);
    for (int i = 0; i < WORDS_MAX + 1000; i++) {
        snprintf(text, sizeof text, "word %d", i);
        words_add(&w, &a, 0, str_of(text), i, NULL);
    }
    assert_int_equal(w.n, WORDS_MAX);
    for (int i = 0; i < WORDS_MAX; i += 101) {
        snprintf(text, sizeof text, "word %d", i);
        assert_int_equal(words_find(&w, 0, str_of(text))->value, i);
    }
    assert_null(words_find(&w, 0, STR("word 65999")));
    arena_fini(&a);
    words_fini(&w);
}

static void does_without_memory(void **state)
{
    (void)state;
    struct words w;
    struct arena a;
    words_init(&w);
    arena_init(&a, MEM_INGEST, 0);
    for (uint64_t k = 1; k < 4; k++) {
        mem_fail_at(k);
        words_add(&w, &a, 0, STR("Gola"), 7, NULL);
        mem_fail_at(0);
        const struct word *at = words_find(&w, 0, STR("Gola"));
        assert_true(at == NULL || at->value == 7);
    }
    arena_fini(&a);
    words_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_by_context),
        cmocka_unit_test(remembers_many_up_to_its_bound),
        cmocka_unit_test(does_without_memory),
    };
    return cmocka_run_group_tests_name("ingest/words", tests, NULL, NULL);
}
