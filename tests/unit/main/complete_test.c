/* SPDX-License-Identifier: MIT
 *
 * What may stand where the cursor is. */
#include "../../../core/main/complete.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void add(void *ctx, enum word_kind kind, const char *word)
{
    complete_add(ctx, (int)kind, str_of(word));
}

/* The candidates, with commas between. */
static const char *found(const char *before)
{
    static char text[8192];
    static struct candidates k;
    struct complete c;
    size_t n = 0;
    complete_init(&c);
    query_words(add, &c);
    complete_add(&c, COMPLETE_COLUMN, STR("district"));
    complete_add(&c, COMPLETE_COLUMN, STR("district"));
    complete_add(&c, COMPLETE_COMMAND, STR("\\help"));
    complete_find(&c, str_of(before), &k);
    text[0] = '\0';
    for (size_t i = 0; i < k.n; i++)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", i ? "," : "", STR_ARG(k.text[i]));
    struct str more = complete_common(&k);
    snprintf(text + n, sizeof text - n, "|%.*s%s", STR_ARG(more), k.quoted ? "|quoted" : "");
    complete_fini(&c);
    return text;
}

static void the_word_before_decides(void **state)
{
    (void)state;
    assert_string_equal(found("FROM reg"), "registrations|istrations");
    assert_string_equal(found("FROM registrations |> agg"), "AGGREGATE|REGATE");
    assert_string_equal(found("FROM t |> CALL top"), "top_n|_n");
    assert_string_equal(found("FROM t |> WHERE distr"), "district|ict");
    assert_string_equal(found("SELECT row_n"), "ROW_NUMBER|UMBER");
    assert_string_equal(found("SELECT STRING_AGG(x) FROM t |> join sect"), "sectors|ors");
    assert_string_equal(found("SELECT nothing_like_it"), "|");
}

static void candidates_agree_as_far_as_they_do(void **state)
{
    (void)state;
    assert_string_equal(found("SELECT date_t"), "DATE_TRUNC|RUNC");
    assert_string_equal(found("SELECT approx_"), "APPROX_COUNT_DISTINCT,APPROX_QUANTILES|");
}

static void inside_of_a_text_are_places(void **state)
{
    (void)state;
    assert_string_equal(found("WHERE block = 'Gol"), "||quoted");
    assert_string_equal(found("WHERE block = 'it\\'s Gol"), "||quoted");
    assert_string_equal(found("WHERE block = 'Gola' AND distr"), "district|ict");
}

static void commands(void **state)
{
    (void)state;
    assert_string_equal(found("\\he"), "\\help|lp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_word_before_decides),
        cmocka_unit_test(candidates_agree_as_far_as_they_do),
        cmocka_unit_test(inside_of_a_text_are_places),
        cmocka_unit_test(commands),
    };
    return cmocka_run_group_tests_name("main/complete", tests, NULL, NULL);
}
