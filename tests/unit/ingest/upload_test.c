/* SPDX-License-Identifier: MIT
 *
 * Reading tables of planners: types, places, sectors, and all that refuses a file. */
#include "ingest/upload.h"

#include <stdlib.h>
#include <unistd.h>

#include "../../../core/ingest/aadhaar.h"
#include "base/buf.h"
#include "base/hash.h"
#include "world.h"

/* What a file gave; fini_read frees it. */
struct got {
    struct snap *snap;
    struct upload_report report;
    struct upload *u;
    int rc;
    struct err err;
};

static void read_table(struct world *w, struct str text, struct got *g)
{
    memset(g, 0, sizeof *g);
    g->snap = snap_cell_get(w->cell);
    g->rc = upload_read(STR("t"), STR("t.csv"), text, g->snap->tree, &g->report, &g->u, &g->err);
}

static void fini_read(struct got *g)
{
    upload_report_fini(&g->report);
    upload_unref(g->u);
    snap_unref(g->snap);
}

static void read_good(struct world *w, struct str text, struct got *g)
{
    read_table(w, text, g);
    if (g->rc < 0)
        fail_msg("%s (%s)", g->err.msg, g->report.errors ? g->report.error[0].reason : "");
}

static void expect_types(const struct got *g, const char *expected)
{
    struct buf b;
    buf_init(&b, MEM_INGEST);
    for (size_t i = 0; i < g->u->frame->cols; i++)
        buf_printf(&b, "%s%.*s:%s", i ? " " : "", STR_ARG(g->u->frame->col[i].name),
                   upload_type_name(g->u, i));
    buf_char(&b, '\0');
    assert_string_equal(b.p, expected);
    buf_fini(&b);
}

static void types_are_guessed_or_given(void **state)
{
    struct got g;
    read_good(*state,
              STR("name,workers,share,open,since,pin,code:STRING,price:FLOAT64\n"
                  "Steel works,1200,0.5,true,2019-04-01,007,12,3\n"
                  "\"Bricks, \"\"Gola\"\"\",,1,FALSE,01-05-2020,829110,,\n"),
              &g);
    expect_types(&g, "name:STRING workers:INT64 share:FLOAT64 open:BOOL since:DATE pin:STRING "
                     "code:STRING price:FLOAT64");
    const struct frame *f = g.u->frame;
    assert_int_equal(f->rows, 2);
    assert_true(str_eq(frame_get(f, 1, 0).s, STR("Bricks, \"Gola\"")));
    assert_int_equal(frame_get(f, 0, 1).i, 1200);
    assert_true(frame_get(f, 1, 1).null);
    assert_int_equal(frame_get(f, 1, 3).i, 0);
    assert_int_equal(frame_get(f, 1, 4).i, date_day(2020, 5, 1));
    assert_true(frame_get(f, 1, 6).null);
    assert_int_equal(g.report.warnings, 0);
    assert_int_equal(g.u->file_bytes, 154);
    fini_read(&g);
}

static int64_t code_at(const struct got *g, size_t row, size_t col)
{
    struct value v = frame_get(g->u->frame, row, col);
    assert_false(v.null);
    return g->snap->tree->at[place_order(g->snap->tree, (uint32_t)v.i)].code;
}

static void places_are_found_inside_their_parent(void **state)
{
    struct got g;
    read_good(*state,
              STR("Block;District;n\n"
                  "3168;;1\n"
                  "ramgarh;607;2\n"
                  "RAMGARH;Dumka;3\n"
                  "गोला;;4\n"
                  ";;5\n"),
              &g);
    expect_types(&g, "Block:block District:district n:INT64");
    static const int64_t blocks[] = {3168, 3175, 3104, 3168};
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        assert_int_equal(code_at(&g, i, 0), blocks[i]);
    assert_int_equal(code_at(&g, 2, 1), 326);
    assert_true(frame_get(g.u->frame, 0, 1).null);
    assert_true(frame_get(g.u->frame, 4, 0).null);
    fini_read(&g);
}

static void a_block_in_two_districts_is_one(void **state)
{
    struct got g;
    read_good(*state, STR("district,block\n745,2494\n505,2494\n"), &g);
    assert_int_equal(frame_get(g.u->frame, 0, 1).i, frame_get(g.u->frame, 1, 1).i);
    fini_read(&g);
}

static void sectors_and_given_types(void **state)
{
    struct got g;
    read_good(*state, STR("sector\tblock:STRING\nकृषि\tGola\n1\tnowhere\n"), &g);
    expect_types(&g, "sector:sector block:STRING");
    assert_int_equal(frame_get(g.u->frame, 0, 0).i, frame_get(g.u->frame, 1, 0).i);
    fini_read(&g);
}

static void forms_of_files(void **state)
{
    struct got g;
    read_good(*state, STR("\xEF\xBB\xBFname,n\r\na,1\r\n\r\n , \r\nb,2"), &g);
    expect_types(&g, "name:STRING n:INT64");
    assert_int_equal(g.u->frame->rows, 2);
    fini_read(&g);
    read_good(*state, STR("2:1 mix,a: b\n1,2\n"), &g);
    expect_types(&g, "2:1 mix:INT64 a: b:INT64");
    fini_read(&g);
}

static void a_word_among_numbers_is_warned_of(void **state)
{
    struct got g;
    read_good(*state, STR("name,workers\na,1\nb,2\nc,many\nd,3\n"), &g);
    expect_types(&g, "name:STRING workers:STRING");
    assert_int_equal(g.report.warnings, 1);
    assert_string_equal(g.report.warning[0],
                        "column \"workers\" is STRING because of line 4: \"many\" is no INT64");
    fini_read(&g);
}

/* One fault, in this line and column, whose reason or near names say `part`. */
static void expect_fault(struct world *w, const char *text, unsigned line, unsigned column,
                         const char *value, const char *part)
{
    struct got g;
    read_table(w, str_of(text), &g);
    assert_int_equal(g.rc, ERR_ROWS);
    assert_null(g.u);
    if (g.report.errors_total != 1)
        fail_msg("%d errors, %s: %s", (int)g.report.errors_total, g.err.msg, text);
    const struct batch_error *e = &g.report.error[0];
    assert_int_equal(e->line, line);
    assert_int_equal(e->column, column);
    assert_string_equal(e->value, value);
    if (strstr(e->reason, part) == NULL && strstr(e->near, part) == NULL)
        fail_msg("\"%s\" (near: %s) does not say \"%s\"", e->reason, e->near, part);
    assert_non_null(strstr(g.err.msg, "t.csv: 1 of "));
    fini_read(&g);
}

static void wrong_rows_are_told_by_place(void **state)
{
    struct world *w = *state;
#define ROWS "name,block,workers:INT64\na,Gola,1\nb,Gola,2\nc,Gola,3\nd,Gola,4\ne,Gola,5\n"
    expect_fault(w, ROWS "f,Gola,many\n", 7, 3, "many", "INT64");
    expect_fault(w, ROWS "f,Golaa,6\n", 7, 2, "Golaa", "GOLA");
    expect_fault(w, ROWS "f,Ramgarh,6\n", 7, 2, "Ramgarh", "7 blocks");
    expect_fault(w, ROWS "f,Gola\n", 7, 0, "", "2 fields");
    expect_fault(w, ROWS "f\xFF,Gola,6\n", 7, 1, "f?", "UTF-8");
    expect_fault(w, ROWS "\"f\"x,Gola,6\n", 7, 1, "f", "quote");
    expect_fault(w, "block,district\nGola,Dumka\n", 2, 1, "Gola", "RAMGARH (607)");
    expect_fault(w, "sector\nAgricultre\n", 2, 1, "Agricultre", "Agriculture");
    expect_fault(w, "d:DATE\n2021-02-30\n", 2, 1, "2021-02-30", "DATE");
    expect_fault(w, "n:INT64\n2345678901245x\n", 2, 1, "xxxxxxxxxxxxxx", "INT64");
}

static void a_hundred_faults_are_listed_and_all_counted(void **state)
{
    struct got g;
    struct buf b;
    buf_init(&b, MEM_INGEST);
    buf_cstr(&b, "n:INT64,block\n");
    for (int i = 0; i < 150; i++)
        buf_cstr(&b, "x,Golaa\n");
    read_table(*state, buf_view(&b), &g);
    assert_int_equal(g.rc, ERR_ROWS);
    assert_int_equal(g.report.errors, IMPORT_ERRORS_MAX);
    assert_int_equal(g.report.errors_total, 300);
    assert_non_null(strstr(g.err.msg, "150 of 150"));
    buf_fini(&b);
    fini_read(&g);
}

static void expect_refused(struct world *w, struct str text, int code, const char *part)
{
    struct got g;
    read_table(w, text, &g);
    assert_int_equal(g.rc, code);
    assert_null(g.u);
    assert_int_equal(g.report.errors, 0);
    if (strstr(g.err.msg, part) == NULL && strstr(g.err.hint, part) == NULL)
        fail_msg("\"%s\" (%s) does not say \"%s\"", g.err.msg, g.err.hint, part);
    assert_non_null(strstr(g.err.msg, "t.csv: "));
    fini_read(&g);
}

static void files_that_are_no_tables(void **state)
{
    struct world *w = *state;
    expect_refused(w, STR(""), ERR_ROWS, "empty");
    expect_refused(w, STR("\n\n"), ERR_ROWS, "empty");
    expect_refused(w, STR("a,b\n"), ERR_ROWS, "no rows");
    expect_refused(w, STR("a,b,A\n1,2,3\n"), ERR_ROWS, "columns 1 and 3 are both \"A\"");
    expect_refused(w, STR("block,Block \n1,2\n"), ERR_ROWS, "columns 1 and 2");
    expect_refused(w, STR("a,,c\n1,2,3\n"), ERR_ROWS, "column 2 has no name");
    expect_refused(w, STR("a,:INT64\n1,2\n"), ERR_ROWS, "column 2 has no name");
    expect_refused(w, STR("a\xFF,b\n1,2\n"), ERR_ROWS, "UTF-8");
    expect_refused(w, STR("a:INTEGER\n1\n"), ERR_ROWS, "INTEGER");
    expect_refused(w, STR("a:FLOAT\n1\n"), ERR_ROWS, "FLOAT64");
    expect_refused(w, STR("a\n\"1\n"), ERR_ROWS, "quote");
}

static void bounds(void **state)
{
    struct world *w = *state;
    struct buf b;
    buf_init(&b, MEM_INGEST);
    for (int i = 0; i < 300; i++)
        buf_printf(&b, "%sc%d", i ? "," : "", i);
    buf_cstr(&b, "\n1\n");
    expect_refused(w, buf_view(&b), ERR_ROWS, "256");
    buf_clear(&b);
    buf_cstr(&b, "n\n");
    for (int i = 0; i <= TABLE_ROWS_MAX; i++)
        buf_cstr(&b, "1\n");
    expect_refused(w, buf_view(&b), ERR_LIMIT, "1000000 rows");
    buf_clear(&b);
    char *p = buf_reserve(&b, TABLE_BYTES_MAX + 1u);
    assert_non_null(p);
    memset(p, 'a', TABLE_BYTES_MAX + 1u);
    expect_refused(w, (struct str){p, TABLE_BYTES_MAX + 1u}, ERR_TOO_LARGE, "67108864");
    buf_fini(&b);
}

/* Twenty numbers of Aadhaar's form, made for this test. */
static void aadhaar_numbers_refuse_the_file(void **state)
{
    struct world *w = *state;
    struct buf b;
    int made = 0;
    buf_init(&b, MEM_INGEST);
    buf_cstr(&b, "name,id\n");
    for (int64_t n = 234567890000; made < 20; n++) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)n);
        if (!aadhaar_in(str_of(text)))
            continue;
        buf_printf(&b, "a,%s\n", text);
        made++;
    }
    struct got g;
    read_table(w, buf_view(&b), &g);
    assert_int_equal(g.rc, ERR_ROWS);
    assert_non_null(strstr(g.err.msg, "\"id\") holds Aadhaar numbers"));
    assert_null(strstr(g.err.msg, "23456789"));
    assert_int_equal(g.err.column, 2);
    buf_fini(&b);
    fini_read(&g);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct world *w = *state;
    struct got g;
    int failed = 0;
    for (uint64_t at = 1; at < 200; at++) {
        struct snap *s = snap_cell_get(w->cell);
        memset(&g, 0, sizeof g);
        mem_fail_at(at);
        g.snap = s;
        g.rc = upload_read(STR("t"), STR(""), STR("block,n,s\nGola,1,x\nGolaa,x,y\n"), s->tree,
                           &g.report, &g.u, &g.err);
        mem_fail_at(0);
        assert_true(g.rc == ERR_MEM || g.rc == ERR_ROWS);
        failed += g.rc == ERR_MEM;
        fini_read(&g);
    }
    assert_true(failed > 5);
}

/* Files with bytes changed, cut out and doubled: a table whose values fit their types, or a refusal
 * that says something. */
static void damaged_files_do_no_harm(void **state)
{
    static const char good[] = "name,district,block,sector,n:INT64,when,share\n"
                               "\"a, \"\"b\"\"\",607,Gola,कृषि,1,2021-11-20,0.5\n"
                               "c,Dumka,3104,,-2,20-11-2021,1e3\r\n;\t,,,,,,\n";
    struct world *w = *state;
    const char *seed_text = getenv("PANJI_TEST_SEED");
    uint64_t seed = seed_text ? strtoul(seed_text, NULL, 10) : (unsigned)getpid();
    uint64_t rng = hash_mix(seed + 1);
    size_t taken = 0;
    print_message("# PANJI_TEST_SEED=%llu\n", (unsigned long long)seed);
    for (int round = 0; round < 3000; round++) {
        char text[2 * sizeof good];
        size_t n = sizeof good - 1;
        memcpy(text, good, n);
        for (int k = 0; k < 1 + round % 4; k++) {
            rng = hash_mix(rng + 1);
            size_t at = (size_t)(rng >> 32) % n;
            size_t part = 1 + (size_t)(rng >> 8) % 12;
            if (rng % 3 == 0) {
                text[at] = (char)(rng >> 16);
            } else if (rng % 3 == 1 && n + part < sizeof text && at + part < n) {
                memmove(text + at + part, text + at, n - at);
                n += part;
            } else if (at + part < n) {
                memmove(text + at, text + at + part, n - at - part);
                n -= part;
            }
        }
        struct got g;
        read_table(w, (struct str){text, n}, &g);
        assert_true(g.rc == 0 || g.rc == ERR_ROWS);
        assert_true(g.rc == 0 || g.err.msg[0] != '\0');
        assert_true((g.u != NULL) == (g.rc == 0));
        taken += g.rc == 0;
        struct buf stored;
        struct upload *again = NULL;
        buf_init(&stored, MEM_INGEST);
        if (g.u != NULL) {
            assert_int_equal(upload_encode(g.u, &stored, &g.err), 0);
            assert_int_equal(
                upload_decode(STR("t"), buf_view(&stored), g.snap->tree, &again, &g.err), 0);
        }
        buf_fini(&stored);
        upload_unref(again);
        fini_read(&g);
    }
    assert_true(taken > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(types_are_guessed_or_given),
        WORLD_TEST(places_are_found_inside_their_parent),
        WORLD_TEST(a_block_in_two_districts_is_one),
        WORLD_TEST(sectors_and_given_types),
        WORLD_TEST(forms_of_files),
        WORLD_TEST(a_word_among_numbers_is_warned_of),
        WORLD_TEST(wrong_rows_are_told_by_place),
        WORLD_TEST(a_hundred_faults_are_listed_and_all_counted),
        WORLD_TEST(files_that_are_no_tables),
        WORLD_TEST(bounds),
        WORLD_TEST(aadhaar_numbers_refuse_the_file),
        WORLD_TEST(memory_that_runs_out_is_told),
        WORLD_TEST(damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests_name("ingest/upload", tests, NULL, NULL);
}
