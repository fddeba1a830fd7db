/* SPDX-License-Identifier: MIT
 *
 * Drafts of mappings: what is written is a mapping, whatever stands in the file. */
#include <stdio.h>

#include "world.h"

static void draft_of(struct world *w, const char *text, const char *given, struct buf *out)
{
    struct mapping *m = NULL;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    if (given != NULL)
        assert_int_equal(mapping_parse(str_of(given), &m, &err), 0);
    buf_init(out, MEM_BASE);
    o.draft = true;
    o.mapping = m;
    if (world_batch(w, &o, str_of(text), &b, &r, &err) < 0 || batch_draft(b, out, &err) < 0)
        fail_msg("%s", err.msg);
    buf_char(out, '\0');
    batch_free(b);
    mapping_free(m);
    if (mapping_parse((struct str){out->p, out->n - 1}, &m, &err) < 0)
        fail_msg("%s\n%s", err.msg, out->p);
    mapping_free(m);
}

/* Every suggestion that is complete, accepted. */
static void accept_all(struct buf *draft)
{
    for (char *p = draft->p; *p != '\0'; p++) {
        char *end = strchr(p, '\n');
        bool suggestion = p[0] == '#' && p[1] != ' ';
        if (suggestion && end[-1] != ' ')
            *p = ' ';
        p = end;
    }
}

static void a_completed_draft_takes_the_file(void **state)
{
    struct world *w = *state;
    static const char file[] = "\xEF\xBB\xBFतिथि;जिला;प्रखंड;work = काम;\"x \"\"y\"\"\"\r\n"
                               "20.11.21;RAMGARH;Golla;Minning;1\r\n20.11.21;607;Dulmii;Farm;2\r\n";
    struct buf draft;
    draft_of(w, file, NULL, &draft);
    assert_non_null(strstr(draft.p, "#column: \"work = काम\" = \n"));
    assert_non_null(strstr(draft.p, "#column: x \"y\" = \n"));
    assert_non_null(strstr(draft.p, "# 1 row; near: GOLA (3168)\n"
                                    "#block in district 607: Golla = 3168\n"));
    buf_fini(&draft);
    draft_of(w, file, "column: \"work = काम\" = sector\n", &draft);
    assert_non_null(strstr(draft.p, "# As it was given.\ncolumn: \"work = काम\" = sector\n"));
    assert_non_null(strstr(draft.p, "#sector: Minning = Mining\n"));
    accept_all(&draft);

    struct mapping *m;
    struct batch_options o = world_options("test", "k");
    struct batch *b;
    struct batch_result r;
    struct err err;
    assert_int_equal(mapping_parse((struct str){draft.p, draft.n - 1}, &m, &err), 0);
    o.mapping = m;
    if (world_batch(w, &o, STR(file), &b, &r, &err) < 0)
        fail_msg("%s\n%s", err.msg, draft.p);
    assert_int_equal(r.registrations, 2);
    batch_free(b);
    mapping_free(m);
    buf_fini(&draft);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), 1);
}

static void says_what_is_missing(void **state)
{
    struct world *w = *state;
    struct buf draft;
    draft_of(w, "a,b\n1,2\n", NULL, &draft);
    assert_non_null(strstr(draft.p, "#column: a = \n#column: b = \n"));
    assert_non_null(strstr(draft.p, "#constant: date = \n"));
    assert_non_null(strstr(draft.p, "#constant: district = \n"));
    buf_fini(&draft);
    assert_int_equal(world_registrations(w), 0);
}

/* A file that is longer than what is looked at first. */
static void reads_the_whole_file(void **state)
{
    struct world *w = *state;
    struct buf text, draft;
    buf_init(&text, MEM_BASE);
    buf_cstr(&text, "Date,जिला,प्रखंड\n");
    for (int i = 0; i < 40000; i++)
        buf_printf(&text, "20.11.21,607,%s\n", i < 39000 ? "GOLA" : "Dulmii");
    buf_char(&text, '\0');
    assert_true(text.n > 300 << 10);
    draft_of(w, text.p, NULL, &draft);
    assert_non_null(strstr(draft.p, "39000 of 40000 rows are good"));
    assert_non_null(strstr(draft.p, "# 1000 rows; near: DULMI (6717)\n"));
    buf_fini(&text);
    buf_fini(&draft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_completed_draft_takes_the_file),
        WORLD_TEST(says_what_is_missing),
        WORLD_TEST(reads_the_whole_file),
    };
    return cmocka_run_group_tests_name("ingest/draft", tests, NULL, NULL);
}
