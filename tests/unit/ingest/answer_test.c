/* SPDX-License-Identifier: MIT
 *
 * What is said of a batch. */
#include "base/json.h"
#include "world.h"

static const char file[] = "date,district,प्रखंड,sector\n"
                           "2021-11-20,607,Golla,Farmwork\n2021-11-20,607,Golla,Mining\n"
                           "2021-11-20,607,GOLA,Mining\n2021-11-20,Ramgadh,GOLA,Mining\n";

static void lists_words_by_column(void **state)
{
    struct world *w = *state;
    struct mapping *m;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t listed, total;
    assert_int_equal(mapping_parse(STR("column: प्रखंड = block\n"), &m, &err), 0);
    o.mapping = m;
    assert_int_equal(world_batch(w, &o, STR(file), &b, &r, &err), ERR_ROWS);
    const struct batch_unknown *u = batch_unknown_words(b, &listed, &total);
    assert_int_equal(listed, 3);
    assert_int_equal(total, 3);
    assert_string_equal(u[0].word, "Ramgadh");
    assert_string_equal(u[0].within, "");
    assert_string_equal(u[1].column, "प्रखंड"); /* as they call it */
    assert_string_equal(u[1].kind, "block");
    assert_string_equal(u[1].within, "RAMGARH (607)");
    assert_string_equal(u[1].near, "GOLA");
    assert_int_equal(u[1].rows, 2);
    assert_int_equal(u[1].line, 2);
    assert_string_equal(u[2].word, "Farmwork");
    batch_free(b);
    mapping_free(m);
}

static void an_answer_without_unknown_words_has_none(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "k");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf out;
    buf_init(&out, MEM_BASE);
    assert_int_equal(world_batch(w, &o, STR("date,district\n2021-11-20,607\n"), &b, &r, &err), 0);
    batch_result_json(b, &r, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "\"accepted\":1,\"rejected\":0"));
    assert_null(strstr(out.p, "unknown_words"));
    batch_free(b);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(lists_words_by_column),
        WORLD_TEST(an_answer_without_unknown_words_has_none),
    };
    return cmocka_run_group_tests_name("ingest/answer", tests, NULL, NULL);
}
