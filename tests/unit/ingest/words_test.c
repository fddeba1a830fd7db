/* SPDX-License-Identifier: MIT
 *
 * Words seen before. */
#include "../../../core/ingest/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* -1: not seen, or a fault. */
static int32_t value_of(const struct words *w, uint32_t context, const char *text)
{
    int32_t value;
    const struct fault *fault;
    int found = words_find(w, context, str_of(text), &value, &fault);
    return found && fault == NULL ? value : -1;
}

static void remembers_by_context(void **state)
{
    (void)state;
    struct words w;
    struct arena a;
    const struct fault fault = {"no", ""};
    const struct fault *why;
    int32_t value;
    /* Up to eight bytes, up to sixteen, more; two that begin and end alike. */
    static const char *const name[] = {"R",
                                       "Ramgarh",
                                       "Ramgarh8",
                                       "Ramgarh 9",
                                       "Ramgarh 12345678",
                                       "Ramgarh 1234 5678 x",
                                       "Ramgarh 1234 6678 x",
                                       "रामगढ़"};
    words_init(&w);
    arena_init(&a, MEM_INGEST, 0);
    assert_int_equal(value_of(&w, 1, "Ramgarh"), -1);
    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        words_add(&w, &a, 1, str_of(name[i]), 3175, NULL);
        words_add(&w, &a, 2, str_of(name[i]), 3104, NULL);
        words_add(&w, &a, 3, str_of(name[i]), 0, &fault);
    }
    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        assert_int_equal(value_of(&w, 1, name[i]), 3175);
        assert_int_equal(value_of(&w, 2, name[i]), 3104);
        assert_int_equal(value_of(&w, 1, name[i]), 3175);
        assert_int_equal(words_find(&w, 3, str_of(name[i]), &value, &why), 1);
        assert_ptr_equal(why, &fault);
        assert_int_equal(value_of(&w, 4, name[i]), -1);
    }
    assert_int_equal(value_of(&w, 1, "Ramgarh "), -1);
    assert_int_equal(value_of(&w, 1, "Ramgar"), -1);
    assert_int_equal(value_of(&w, 1, "रामगढ"), -1);
    assert_int_equal(value_of(&w, 1, ""), -1);
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
        assert_int_equal(value_of(&w, 0, text), i);
    }
    assert_int_equal(value_of(&w, 0, "word 65999"), -1);
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
        int32_t value = value_of(&w, 0, "Gola");
        assert_true(value == -1 || value == 7);
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
