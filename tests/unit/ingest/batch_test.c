/* SPDX-License-Identifier: MIT
 *
 * Batches from the first byte to the answer. */
#include "../../../core/ingest/aadhaar.h"
#include "store/audit.h"
#include "world.h"

#include "base/json.h"

static const char five[] = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n";

static void imports_and_counts(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(world_import(w, "test", "t1", five, &r, &err), 0);
    assert_int_equal(r.accepted, 1);
    assert_int_equal(r.registrations, 5);
    assert_false(r.duplicate);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), 5);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, 1), 5);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3175, CUBE_ALL), 0);
    world_reopen(w);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, 1), 5);
}

static void answers_a_replay_as_before(void **state)
{
    struct world *w = *state;
    struct batch_result first, again;
    struct err err;
    assert_int_equal(world_import(w, "test", "t1", five, &first, &err), 0);
    assert_int_equal(world_import(w, "test", "t1", five, &again, &err), 0);
    assert_true(again.duplicate);
    assert_int_equal(again.snapshot, first.snapshot);
    assert_int_equal(again.registrations, 5);
    assert_int_equal(world_registrations(w), 5);
    assert_int_equal(world_import(w, "test", "t1", "date,district\n2021-11-20,607\n", &again, &err),
                     ERR_CONFLICT);
    assert_int_equal(world_import(w, "test", "t1", "nonsense", &again, &err), ERR_CONFLICT);
    assert_int_equal(world_import(w, "other", "t1", five, &again, &err), 0);
    assert_false(again.duplicate);
    assert_int_equal(world_registrations(w), 10);
}

static void takes_the_content_as_id(void **state)
{
    struct world *w = *state;
    struct batch_result a, b;
    struct err err;
    assert_int_equal(world_import(w, "", "", five, &a, &err), 0);
    assert_int_equal(strlen(a.id), 64);
    assert_string_equal(a.source, "unknown");
    assert_int_equal(world_import(w, "", "", five, &b, &err), 0);
    assert_true(b.duplicate);
    assert_string_equal(a.id, b.id);
    assert_int_equal(world_registrations(w), 5);
}

/* What was stored stays stored, even when the same file would be refused today. */
static void answers_a_replay_that_would_be_refused_today(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "t1");
    struct batch_result r;
    struct batch *b;
    struct err err;
    struct mapping *m;
    static const char text[] = "date,block\n2021-11-20,Gola\n";
    assert_int_equal(mapping_parse(STR("constant: district = 607"), &m, &err), 0);
    o.mapping = m;
    assert_int_equal(world_batch(w, &o, str_of(text), &b, &r, &err), 0);
    batch_free(b);
    mapping_free(m);
    assert_int_equal(world_import(w, "test", "t1", text, &r, &err), 0);
    assert_true(r.duplicate);
    assert_int_equal(world_import(w, "test", "t2", text, &r, &err), ERR_ROWS);
}

static void refuses_the_whole_batch_for_one_bad_row(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf text;
    size_t listed, total;
    buf_init(&text, MEM_BASE);
    buf_cstr(&text, "date,district,block,count\n");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "2021-11-20,607,Gola,%d\n", 1 + i % 7);
    for (int i = 0; i < 250; i++)
        buf_printf(&text, "2021-11-20,607,Nowhere%d,1\n", i);
    assert_int_equal(world_batch(w, &o, buf_view(&text), &b, &r, &err), ERR_ROWS);
    const struct batch_error *e = batch_errors(b, &listed, &total);
    assert_int_equal(listed, IMPORT_ERRORS_MAX);
    assert_int_equal(total, 250);
    assert_int_equal(e[0].line, 1002);
    assert_non_null(strstr(err.msg, "250 of 1250 rows"));
    assert_non_null(strstr(err.hint, "skip"));
    batch_free(b);
    buf_fini(&text);
    assert_int_equal(world_registrations(w), 0);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->batch_count, 0);
    snap_unref(s);
}

static void skips_bad_rows_and_keeps_them(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "k");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf csv;
    size_t warnings;
    o.on_error = ON_ERROR_SKIP;
    assert_int_equal(world_batch(w, &o,
                                 STR("date,district,block,count\n2021-11-20,607,Gola,5\n"
                                     "2021-11-20,607,Golaa,0\n2021-02-31,607,Gola,7\n"
                                     "2021-11-20,607,Dulmi,1\n"),
                                 &b, &r, &err),
                     0);
    assert_int_equal(r.accepted, 2);
    assert_int_equal(r.rejected, 2); /* rows, though one is wrong twice */
    assert_int_equal(r.registrations, 6);
    const char *const *warning = batch_warnings(b, &warnings);
    assert_int_equal(warnings, 1);
    assert_non_null(strstr(warning[0], "2 rows"));
    batch_free(b);
    buf_init(&csv, MEM_BASE);
    assert_int_equal(store_rejects_csv(w->store, STR("test"), STR("k"), &csv, &err), 0);
    buf_char(&csv, '\0');
    assert_non_null(strstr(csv.p, "panji_reason,date,district,block,count\r\n"
                                  "\"line 3, block: no block \"\"Golaa\"\" is known"));
    assert_non_null(strstr(csv.p, "; count: count is 0: leave the row out\","
                                  "2021-11-20,607,Golaa,0\r\n\"line 4, date: no such date"));
    assert_non_null(strstr(csv.p, "\",2021-02-31,607,Gola,7\r\n"));
    buf_fini(&csv);
    assert_int_equal(world_registrations(w), 6);
}

static void stores_nothing_in_a_dry_run(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "t1");
    struct batch *b;
    struct batch_result r;
    struct err err;
    o.dry_run = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_batch(w, &o, str_of(five), &b, &r, &err), 0);
        assert_int_equal(r.registrations, 5);
        assert_string_equal(r.id, "t1");
        assert_false(r.duplicate);
        batch_free(b);
    }
    assert_int_equal(world_registrations(w), 0);
    assert_int_equal(world_import(w, "test", "t1", five, &r, &err), 0);
    assert_int_equal(world_batch(w, &o, str_of(five), &b, &r, &err), 0);
    assert_true(r.duplicate);
    batch_free(b);
}

static void takes_corrections_only_when_marked(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "c");
    struct batch *b;
    struct batch_result r;
    struct err err;
    static const char minus[] = "date,district,block,sector,count\n2021-11-20,607,Gola,1,-2\n";
    assert_int_equal(world_import(w, "test", "a", five, &r, &err), 0);
    assert_int_equal(world_import(w, "test", "b", minus, &r, &err), ERR_ROWS);
    o.correction = true;
    assert_int_equal(world_batch(w, &o, str_of(minus), &b, &r, &err), 0);
    assert_int_equal(r.registrations, -2);
    batch_free(b);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 1), 3);
    world_reopen(w);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 1), 3);
}

static void tells_the_lines_that_take_too_much(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "c");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t n, total;
    static const char minus[] = "date,district,block,sector,count\n2021-11-20,607,Gola,1,-3\n"
                                "2021-11-21,607,Gola,1,1\n2021-11-20,607,Gola,1,-3\n";
    assert_int_equal(world_import(w, "test", "a", five, &r, &err), 0);
    o.correction = true;
    o.dry_run = true;
    for (int dry = 1; dry >= 0; dry--, o.dry_run = false) {
        assert_int_equal(world_batch(w, &o, str_of(minus), &b, &r, &err), ERR_ROWS);
        const struct batch_error *e = batch_errors(b, &n, &total);
        assert_int_equal(n, 1);
        assert_int_equal(e->line, 2);
        assert_int_equal(e->column, 5);
        assert_string_equal(e->value, "-3");
        assert_string_equal(e->reason, "GOLA (3168), sector Agriculture, on 2021-11-20 holds 5 "
                                       "registrations; -1 would be left");
        batch_free(b);
    }
    o.below_zero = true;
    assert_int_equal(world_batch(w, &o, str_of(minus), &b, &r, &err), 0);
    const char *const *warning = batch_warnings(b, &n);
    assert_int_equal(n, 1);
    assert_non_null(strstr(warning[0], "1 cells"));
    batch_free(b);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 1), 0);
}

static void checks_source_and_id(void **state)
{
    struct world *w = *state;
    struct batch *b;
    struct err err;
    char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    struct batch_options bad[] = {
        world_options(longest, "a"),
        world_options("a", longest),
        world_options("a\nb", "a"),
        world_options("a", "\xFF"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(batch_new(w->store, w->cell, &bad[i], &b, &err), ERR_PARAM);
}

static void refuses_files_that_are_none(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *text;
        int code;
        const char *part;
    } files[] = {
        {"", ERR_ROWS, "empty"},
        {"\n\n", ERR_ROWS, "empty"},
        {"\xEF\xBB\xBF", ERR_ROWS, "empty"},
        {"date,district\n", ERR_ROWS, "no rows"},
        {"date,district\n,\n,,\n", ERR_ROWS, "no rows"},
        {"date,district\n2021-11-20,\"607\n", ERR_ROWS, "line 2"},
        {"PK\x03\x04 workbook", ERR_ROWS, "Excel"},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct batch_result r;
        struct err err;
        assert_int_equal(world_import(w, "test", "t1", files[i].text, &r, &err), files[i].code);
        if (strstr(err.msg, files[i].part) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.msg, files[i].part);
    }
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->batch_count, 0);
    snap_unref(s);
}

/* Numbers that pass the check, from a counter. */
static void put_number(struct buf *b, unsigned i, bool spaced)
{
    char text[16], digits[12];
    snprintf(text, sizeof text, "%011llu", 23456789012ull + i * 7919ull);
    for (int last = 0; last < 10; last++) {
        text[11] = (char)('0' + last);
        for (int k = 0; k < 12; k++)
            digits[k] = (char)(text[k] - '0');
        if (aadhaar_valid(digits))
            break;
    }
    text[12] = '\0';
    if (spaced)
        buf_printf(b, "%.4s %.4s %.4s", text, text + 4, text + 8);
    else
        buf_cstr(b, text);
}

static void expect_aadhaar_refused(struct world *w, const char *column, bool spaced,
                                   enum on_error on_error)
{
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf text, json;
    struct json j;
    o.on_error = on_error;
    buf_init(&text, MEM_BASE);
    buf_init(&json, MEM_BASE);
    buf_printf(&text, "date,district,block,%s\n", column);
    for (unsigned i = 0; i < 30; i++) {
        buf_cstr(&text, "2021-11-20,607,Golaa,");
        put_number(&text, i, spaced);
        buf_char(&text, '\n');
    }
    assert_int_equal(world_batch(w, &o, buf_view(&text), &b, &r, &err), ERR_ROWS);
    assert_non_null(strstr(err.msg, "Aadhaar"));
    assert_non_null(strstr(err.msg, column));
    json_init(&j, &json);
    json_object(&j);
    batch_errors_json(b, &j);
    json_object_end(&j);
    buf_char(&json, '\0');
    assert_null(strstr(json.p, "2345"));
    assert_null(strstr(err.msg, "2345"));
    batch_free(b);
    buf_fini(&text);
    buf_fini(&json);
    assert_int_equal(world_registrations(w), 0);
}

static void keeps_aadhaar_numbers_out(void **state)
{
    struct world *w = *state;
    expect_aadhaar_refused(w, "centre", false, ON_ERROR_REJECT);
    expect_aadhaar_refused(w, "centre", true, ON_ERROR_SKIP);
    expect_aadhaar_refused(w, "registration_id", false, ON_ERROR_REJECT);
    expect_aadhaar_refused(w, "remark", true, ON_ERROR_REJECT); /* also when it would be ignored */
}

/* Of the last row of the audit trail. */
static void expect_reason(struct world *w, const char *reason)
{
    enum { WHY = 6 };
    struct arena a;
    struct err err;
    struct frame *f;
    arena_init(&a, MEM_BASE, 0);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(store_audit_table(w->store, &a, s, &f, &err), 0);
    struct str why = f->col[WHY].s[f->rows - 1];
    assert_int_equal(why.n, strlen(reason));
    assert_memory_equal(why.p, reason, why.n);
    snap_unref(s);
    arena_fini(&a);
}

static void keeps_them_out_of_names_and_reasons(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf id;
    char reason[100];
    buf_init(&id, MEM_BASE);
    buf_cstr(&id, "ramgarh-");
    put_number(&id, 1, false);
    o.id = buf_view(&id);
    assert_int_equal(batch_new(w->store, w->cell, &o, &b, &err), ERR_PARAM);
    assert_non_null(strstr(err.msg, "id of the batch"));
    assert_null(strstr(err.msg, "23456"));
    static const char *const good[] = {"ramgarh-2021-11-18-0930", "20211118093000",
                                       "0123456789abcdef0123456789abcdef"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        o.id = str_of(good[i]);
        assert_int_equal(batch_new(w->store, w->cell, &o, &b, &err), 0);
        batch_free(b);
    }
    snprintf(reason, sizeof reason, "counted %.*s twice", (int)(id.n - 8), id.p + 8);
    o.reason = str_of(reason);
    o.id = STR("t1");
    assert_int_equal(world_batch(w, &o, STR("date,district\n2021-11-20,607\n"), &b, &r, &err), 0);
    batch_free(b);
    expect_reason(w, "counted xxxxxxxxxxxx twice");
    buf_fini(&id);
}

static void keeps_them_out_of_what_is_in_no_column(void **state)
{
    struct world *w = *state;
    static const char *const heads[] = {"date,district", "date,district,"}; /* then a number */
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct batch_options o = world_options("test", "");
        struct batch *b;
        struct batch_result r;
        struct err err;
        struct buf text;
        buf_init(&text, MEM_BASE);
        buf_cstr(&text, heads[i]);
        if (i == 1)
            put_number(&text, 1, false);
        for (unsigned k = 0; k < 30; k++) {
            buf_cstr(&text, "\n2021-11-20,607,");
            if (i == 0)
                put_number(&text, k, false);
        }
        assert_int_equal(world_batch(w, &o, buf_view(&text), &b, &r, &err), ERR_ROWS);
        assert_non_null(strstr(err.msg, "names of columns, or lines that are wrong, hold Aadhaar"));
        batch_free(b);
        buf_fini(&text);
    }
}

static void takes_the_portals_own_numbers(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    struct buf text;
    uint64_t x = 88172645463325252u;
    buf_init(&text, MEM_BASE);
    buf_cstr(&text, "date,district,registration_id\n");
    for (int i = 0; i < 300; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        buf_printf(&text, "2021-11-20,607,%012llu\n", (unsigned long long)(x % 1000000000000u));
    }
    buf_char(&text, '\0');
    assert_int_equal(world_import(w, "test", "", text.p, &r, &err), 0);
    assert_int_equal(r.registrations, 300);
    buf_fini(&text);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void answers_in_json(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "t1");
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf out;
    char want[256];
    buf_init(&out, MEM_BASE);
    assert_int_equal(
        world_batch(w, &o, STR("date,district,remark\n2021-11-20,607,x\n"), &b, &r, &err), 0);
    batch_result_json(b, &r, &out);
    buf_char(&out, '\0');
    snprintf(want, sizeof want,
             "{\"batch\":\"t1\",\"source\":\"test\",\"accepted\":1,\"rejected\":0,"
             "\"registrations\":1,\"repeated\":0,\"replaced\":0,\"duplicate\":false,\"snapshot\":%"
             "llu,\"warnings\":[\"column "
             "\\\"remark\\\" is not known and was ignored\"]}",
             (unsigned long long)r.snapshot);
    assert_string_equal(out.p, want);
    batch_free(b);
    buf_fini(&out);
}

static void lists_errors_in_json(void **state)
{
    struct world *w = *state;
    struct batch *b;
    struct err err;
    struct buf out;
    struct json j;
    buf_init(&out, MEM_BASE);
    world_refused(w, world_options("test", ""), STR("date,district,block\n2021-11-20,607,Golla\n"),
                  &b, &err);
    json_init(&j, &out);
    json_object(&j);
    batch_errors_json(b, &j);
    json_object_end(&j);
    buf_char(&out, '\0');
    assert_string_equal(out.p,
                        "{\"errors\":[{\"line\":2,\"column\":3,\"field\":\"block\",\"value\":"
                        "\"Golla\",\"reason\":\"no block \\\"Golla\\\" is known in RAMGARH (607)\","
                        "\"near\":[\"GOLA\"]}],\"errors_total\":1,\"unknown_words\":[{\"column\":"
                        "\"block\",\"kind\":\"block\",\"within\":\"RAMGARH (607)\",\"word\":"
                        "\"Golla\",\"rows\":1,\"line\":2,\"near\":[\"GOLA\"]}],"
                        "\"unknown_words_total\":1}");
    batch_free(b);
    buf_fini(&out);
}

/* ---- given up, and without memory ------------------------------------------------------------ */

static void leaves_nothing_when_given_up(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "t1");
    struct batch *b;
    struct err err;
    assert_int_equal(batch_new(w->store, w->cell, &o, &b, &err), 0);
    assert_int_equal(batch_push(b, five, sizeof five - 1, &err), 0);
    batch_free(b);
    batch_free(NULL);
    assert_int_equal(world_registrations(w), 0);
}

/* Every allocation from the first byte to the answer fails once. */
static void fail_every_allocation(struct world *w, size_t piece_bytes, size_t block_rows)
{
    static const char text[] =
        "date,district,block,centre,remark,gender\n"
        "2021-11-20,607,Gola,\"say \"\"x\"\"\",a,F\n"
        "2021-11-20,607,Golaa,y,b,M\n2021-02-30,607,Gola,y,b,M\n"
        "2021-11-21,607,Dulmi,\"z\",234567890120,F\n20/11/2021,607,Mandu,z,b,\n";
    int64_t expected = 0;
    int failures = 0;
    for (unsigned k = 1, quiet = 0; quiet < 40; k++) {
        char id[32];
        struct batch_options o;
        struct batch *b = NULL;
        struct batch_result r;
        struct err err;
        snprintf(id, sizeof id, "b%lld", (long long)expected);
        o = world_options("test", id);
        o.on_error = ON_ERROR_SKIP;
        o.piece_bytes = piece_bytes;
        o.block_rows = block_rows;
        mem_fail_at(k);
        int rc = batch_new(w->store, w->cell, &o, &b, &err);
        if (rc == 0)
            rc = batch_push(b, text, 50, &err);
        if (rc == 0)
            rc = batch_push(b, text + 50, sizeof text - 51, &err);
        if (rc == 0)
            rc = batch_end(b, &r, &err);
        mem_fail_at(0);
        batch_free(b);
        if (rc < 0 && rc != ERR_MEM && rc != ERR_UNKNOWN_OUTCOME)
            fail_msg("allocation %u: %d %s", k, rc, err.msg);
        quiet = rc == 0 ? quiet + 1 : 0;
        failures += rc != 0;
        expected += rc == 0 ? 3 : 0;
        assert_int_equal(world_registrations(w), expected);
    }
    print_message("%d allocations failed\n", failures);
    assert_true(failures > 30);
}

static void survives_every_failed_allocation(void **state)
{
    fail_every_allocation(*state, 0, 0);
}

/* The same of a file in several pieces and blocks, which are packed before they are stored. */
static void large_ones_survive_every_failed_allocation(void **state)
{
    fail_every_allocation(*state, 48, 1);
}

/* The same of a draft: nothing is stored, and what is written is whole or an error. */
static void drafts_survive_every_failed_allocation(void **state)
{
    struct world *w = *state;
    static const char text[] =
        "दिनांक,जिला,प्रखंड,लिंग,UAN,remark\n20.11.21,रामगढ़,Golaa,F,234567890120,a\n"
        "20.11.21,Ramgarh,Dulmii,स्त्री,234567890121,b\n"
        "20.11.21,Ramgarh,Dulmii,x,234567890122,b\n";
    struct mapping *given;
    struct err err;
    int failures = 0;
    assert_int_equal(
        mapping_parse(STR("district: रामगढ़ = 607\nnumbers: UAN = other\n"), &given, &err), 0);
    for (unsigned k = 1, quiet = 0; quiet < 40; k++) {
        struct batch_options o = world_options("test", "");
        struct batch *b = NULL;
        struct batch_result r;
        struct buf out;
        buf_init(&out, MEM_BASE);
        o.draft = true;
        o.mapping = given;
        mem_fail_at(k);
        int rc = batch_new(w->store, w->cell, &o, &b, &err);
        if (rc == 0)
            rc = batch_push(b, text, sizeof text - 1, &err);
        if (rc == 0)
            rc = batch_end(b, &r, &err);
        if (rc == 0)
            rc = batch_draft(b, &out, &err);
        mem_fail_at(0);
        batch_free(b);
        if (rc < 0 && rc != ERR_MEM)
            fail_msg("allocation %u: %d %s", k, rc, err.msg);
        buf_char(&out, '\0');
        if (rc == 0)
            assert_non_null(strstr(out.p, "format: date = DD.MM.YY"));
        buf_fini(&out);
        quiet = rc == 0 ? quiet + 1 : 0;
        failures += rc != 0;
    }
    mapping_free(given);
    print_message("%d allocations failed\n", failures);
    assert_true(failures > 30);
    assert_int_equal(world_registrations(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(imports_and_counts),
        WORLD_TEST(answers_a_replay_as_before),
        WORLD_TEST(takes_the_content_as_id),
        WORLD_TEST(answers_a_replay_that_would_be_refused_today),
        WORLD_TEST(refuses_the_whole_batch_for_one_bad_row),
        WORLD_TEST(skips_bad_rows_and_keeps_them),
        WORLD_TEST(stores_nothing_in_a_dry_run),
        WORLD_TEST(takes_corrections_only_when_marked),
        WORLD_TEST(tells_the_lines_that_take_too_much),
        WORLD_TEST(checks_source_and_id),
        WORLD_TEST(refuses_files_that_are_none),
        WORLD_TEST(keeps_aadhaar_numbers_out),
        WORLD_TEST(keeps_them_out_of_names_and_reasons),
        WORLD_TEST(keeps_them_out_of_what_is_in_no_column),
        WORLD_TEST(takes_the_portals_own_numbers),
        WORLD_TEST(answers_in_json),
        WORLD_TEST(lists_errors_in_json),
        WORLD_TEST(leaves_nothing_when_given_up),
        WORLD_TEST(survives_every_failed_allocation),
        WORLD_TEST(large_ones_survive_every_failed_allocation),
        WORLD_TEST(drafts_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("ingest/batch", tests, NULL, NULL);
}
