/* SPDX-License-Identifier: MIT
 *
 * The words of the language. */
#include "query/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct looking {
    const char *word;
    int kind, found;
};

static void look(void *ctx, enum word_kind kind, const char *word)
{
    struct looking *l = ctx;
    if (strcmp(word, l->word) == 0) {
        l->kind = (int)kind;
        l->found++;
    }
}

static void expect(const char *word, enum word_kind kind)
{
    struct looking l = {word, -1, 0};
    query_words(look, &l);
    assert_int_equal(l.found, 1);
    assert_int_equal(l.kind, kind);
}

static void each_table_tells_its_words(void **state)
{
    (void)state;
    expect("BETWEEN", WORD_KEYWORD);
    expect("AGGREGATE", WORD_OPERATOR);
    expect("UPPER", WORD_FUNCTION);
    expect("COUNTIF", WORD_FUNCTION);
    expect("ROW_NUMBER", WORD_FUNCTION);
    expect("forecast", WORD_TABLE_FUNCTION);
    expect("registrations", WORD_TABLE);
    expect("calendar", WORD_TABLE);
    expect("FISCAL_YEAR", WORD_PART);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_tells_its_words),
    };
    return cmocka_run_group_tests_name("query/words", tests, NULL, NULL);
}
