/* SPDX-License-Identifier: MIT
 *
 * The CSV parser: what it reads must not depend on how the bytes were cut, and must be what a slow
 * and plain reader of one byte at a time reads. */
#include "../../../core/ingest/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Records as text: "line[field][field]!fault\n". */
struct seen {
    struct buf text;
    size_t records;
};

static int on_record(void *ctx, const struct csv_record *r, struct err *err)
{
    struct seen *s = ctx;
    (void)err;
    buf_printf(&s->text, "%u", r->line);
    for (size_t i = 0; i < r->n; i++) {
        buf_char(&s->text, '[');
        buf_str(&s->text, r->field[i]);
        buf_char(&s->text, ']');
        if (r->ascii)
            for (size_t k = 0; k < r->field[i].n; k++)
                assert_true((unsigned char)r->field[i].p[k] < 128);
    }
    if (r->fault != NULL)
        buf_printf(&s->text, "!%zu", r->fault_field);
    buf_char(&s->text, '\n');
    s->records++;
    return 0;
}

/* Cuts at `first`, then every `step` bytes. */
static int read_cut(struct str s, size_t first, size_t step, struct seen *seen, struct err *err)
{
    struct csv *c = malloc(sizeof *c);
    csv_init(c, on_record, seen);
    int rc = 0;
    size_t at = 0;
    while (rc == 0 && at < s.n) {
        size_t n = at == 0 ? first : step;
        n = n > s.n - at ? s.n - at : n;
        char *piece = malloc(n + 1); /* its own block, so that reading over its end shows */
        memcpy(piece, s.p + at, n);
        rc = csv_push(c, piece, n, err);
        free(piece);
        at += n;
    }
    if (rc == 0)
        rc = csv_end(c, err);
    csv_fini(c);
    free(c);
    return rc;
}

static int read_whole(struct str s, struct seen *seen, struct err *err)
{
    return read_cut(s, s.n ? s.n : 1, s.n ? s.n : 1, seen, err);
}

/* ---- the plain reader ----------------------------------------------------------------------- */

struct plain {
    char delimiter;
    struct buf out, record, field;
    bool started, was_quoted, faulty;
    size_t fields, fault_field, bytes;
    unsigned line, line_of_record;
};

static void plain_field(struct plain *p, bool last)
{
    if (last && !p->was_quoted && p->field.n > 0 && p->field.p[p->field.n - 1] == '\r')
        p->field.n--;
    buf_char(&p->record, '[');
    buf_str(&p->record, buf_view(&p->field));
    buf_char(&p->record, ']');
    p->fields++;
    p->bytes += p->field.n + p->faulty;
    p->was_quoted = false;
    p->started = false;
    buf_clear(&p->field);
}

static void plain_record(struct plain *p)
{
    plain_field(p, true);
    if (p->fields > 1 || p->bytes > 0) {
        buf_printf(&p->out, "%u", p->line_of_record);
        buf_str(&p->out, buf_view(&p->record));
        if (p->faulty)
            buf_printf(&p->out, "!%zu", p->fault_field);
        buf_char(&p->out, '\n');
    }
    buf_clear(&p->record);
    p->fields = 0;
    p->bytes = 0;
    p->faulty = false;
    p->line_of_record = p->line;
}

/* One quoted field from behind its opening quote; the offset behind the text after it. */
static size_t plain_quoted(struct plain *p, struct str s, size_t i, bool *open)
{
    *open = true;
    while (i < s.n) {
        char b = s.p[i++];
        p->line += b == '\n';
        if (b != '"') {
            buf_char(&p->field, b);
        } else if (i < s.n && s.p[i] == '"') {
            buf_char(&p->field, '"');
            i++;
        } else {
            *open = false;
            break;
        }
    }
    size_t from = i;
    while (!*open && i < s.n && s.p[i] != p->delimiter && s.p[i] != '\n')
        i++;
    bool cr = i == from + 1 && s.p[from] == '\r' && (i == s.n || s.p[i] == '\n');
    if (i > from && !cr && !p->faulty) {
        p->faulty = true;
        p->fault_field = p->fields;
    }
    return i;
}

/* false: a quote stays open. */
static bool plain_read(struct plain *p, struct str s)
{
    size_t i = 0;
    bool open = false;
    p->line = 1;
    p->line_of_record = 1;
    while (i < s.n && !open) {
        char b = s.p[i++];
        if (b == '"' && !p->started) {
            p->was_quoted = true;
            p->started = true;
            i = plain_quoted(p, s, i, &open);
        } else if (b == p->delimiter) {
            plain_field(p, false);
        } else if (b == '\n') {
            p->line++;
            plain_record(p);
        } else {
            p->started = true;
            buf_char(&p->field, b);
        }
    }
    if (!open && s.n > 0 && s.p[s.n - 1] != '\n')
        plain_record(p);
    return !open;
}

static void plain_init(struct plain *p, char delimiter)
{
    *p = (struct plain){.delimiter = delimiter};
    buf_init(&p->out, MEM_BASE);
    buf_init(&p->record, MEM_BASE);
    buf_init(&p->field, MEM_BASE);
}

static void plain_fini(struct plain *p)
{
    buf_fini(&p->out);
    buf_fini(&p->record);
    buf_fini(&p->field);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static void check_cut(struct str s, size_t first, size_t step, const struct plain *p, bool closed)
{
    struct seen seen = {.records = 0};
    struct err err;
    buf_init(&seen.text, MEM_BASE);
    int rc = read_cut(s, first, step, &seen, &err);
    assert_int_equal(rc, closed ? 0 : ERR_ROWS);
    if (!str_eq(buf_view(&seen.text), buf_view(&p->out)))
        fail_msg("cut at %zu then every %zu:\n<<%.*s>>\nread as\n%.*s\nbut should be\n%.*s", first,
                 step, STR_ARG(s), STR_ARG(buf_view(&seen.text)), STR_ARG(buf_view(&p->out)));
    buf_fini(&seen.text);
}

/* The whole records at the start of `rest`, about `step` bytes of them, by a parser of their own.
 */
static size_t read_part(struct str rest, size_t step, char delimiter, uint32_t *line,
                        struct seen *seen)
{
    struct csv *c = malloc(sizeof *c);
    struct err err;
    size_t end = 0;
    for (size_t n = step; end == 0 && n < rest.n + step; n += step)
        end = csv_cut(delimiter, rest.p, n < rest.n ? n : rest.n);
    char *part = malloc(end + 1); /* its own block, as above */
    memcpy(part, rest.p, end);
    csv_init(c, on_record, seen);
    c->delimiter = delimiter;
    assert_int_equal(csv_whole(c, part, end, *line, &err), 0);
    *line += csv_lines(part, end);
    csv_fini(c);
    free(part);
    free(c);
    return end;
}

/* The first record alone, then parts of about `step` bytes. */
static void check_parts(struct str s, size_t step, const struct plain *p)
{
    struct csv *head = malloc(sizeof *head);
    struct seen seen = {.records = 0};
    struct buf rest;
    struct err err;
    size_t used = 0;
    buf_init(&seen.text, MEM_BASE);
    buf_init(&rest, MEM_BASE);
    csv_init(head, on_record, &seen);
    for (size_t at = 0, n; at < s.n && !head->handed; at += n) {
        assert_int_equal(csv_first(head, s.p + at, s.n - at < step ? s.n - at : step, &n, &err), 0);
        used = at + n;
    }
    if (!head->handed)
        assert_int_equal(csv_end(head, &err), 0);
    assert_true(seen.records <= 1);
    buf_put(&rest, head->carry.p, head->carry.n);
    buf_put(&rest, s.p + used, s.n - used);
    if (rest.n > 0 && rest.p[rest.n - 1] != '\n')
        buf_char(&rest, '\n');
    uint32_t line = head->line;
    for (size_t at = 0; at < rest.n;) {
        size_t n =
            read_part((struct str){rest.p + at, rest.n - at}, step, head->delimiter, &line, &seen);
        assert_true(n > 0);
        at += n;
    }
    if (!str_eq(buf_view(&seen.text), buf_view(&p->out)))
        fail_msg("in parts of %zu:\n<<%.*s>>\nread as\n%.*s\nbut should be\n%.*s", step, STR_ARG(s),
                 STR_ARG(buf_view(&seen.text)), STR_ARG(buf_view(&p->out)));
    csv_fini(head);
    free(head);
    buf_fini(&rest);
    buf_fini(&seen.text);
}

static void check_all_cuts(struct str s, char delimiter)
{
    struct plain p;
    plain_init(&p, delimiter);
    bool closed = plain_read(&p, s);
    for (size_t first = 1; first <= s.n; first++)
        check_cut(s, first, s.n, &p, closed);
    for (size_t step = 1; step < 20; step++)
        check_cut(s, step, step, &p, closed);
    for (size_t step = 1; closed && step < s.n + 2; step++)
        check_parts(s, step, &p);
    plain_fini(&p);
}

static void reads_tricky_files_however_cut(void **state)
{
    (void)state;
    static const char *const files[] = {
        "a,b\n1,2\n",
        "a,b\r\n1,2\r\n",
        "a,b\n1,2",
        "a,b\r\n1,2\r",
        "a,b\n\n\n1,2\n\r\n3,4\n",
        "a,b\n\"1\",\"2\"\n",
        "a,b\n\"x,y\",\"line\nbreak\"\n5,6\n",
        "a,b\n\"he said \"\"no\"\"\",\"\"\"\"\n",
        "a,b\n\"\",\"\"\n,\n",
        "a,b\n5\" pipe,x\"y\"z\n",
        "a,b\n\"x\" y,2\n3,\"4\"z\"\n5,6\n",
        "a,b\n\"open,2\n3,4\n",
        "a,b\n1,\"open at the end",
        "a,b\n1,\"closed at the end\"",
        "a,b\n\"quoted\"\r\n\"again\"\r\n",
        "a,b\n\xE0\xA4\x95\xE0\xA5\x83\xE0\xA4\xB7\xE0\xA4\xBF,\xFF\xFE\n",
        "a,b,c\n1,2\n1,2,3,4,5\n",
        "one\ntwo\nthree\n",
        "a,b\n0123456789012345678901234567890123456789012345678901234567890123,64\n1,2\n",
        "a,b\n01234567890123456789012345678901234567890123456789012345678901,\"62\"\n1,2\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        check_all_cuts(str_of(files[i]), ',');
    check_all_cuts(STR("a;b\n1,5;2\n"), ';');
    check_all_cuts(STR("a\tb\n1,5\t2;3\n"), '\t');
}

/* Where the first line ends depends on what delimits it, which is only known behind its end. */
static void reads_a_first_line_that_another_delimiter_would_end_elsewhere(void **state)
{
    (void)state;
    static const char *const files[] = {
        "a,b,c;\"x,\"\n1,2,3\n",
        "a,b,c;\"x,\"",
        "a,b,c;\"x,\"\n1,\"2\",3\",y\n4\n",
        "a,b,c;\"x\n1;\"2\n\"3\",4\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        check_all_cuts(str_of(files[i]), ',');
}

static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static void reads_random_files_as_the_plain_reader(void **state)
{
    (void)state;
    static const char letters[] = {'a', 'b', ',', ',', '"', '"', '\n', '\r', ';', '\xE0', ' '};
    uint64_t seed = (uint64_t)time(NULL) * 2654435761u + 88172645463325252u;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int file = 0; file < 400; file++) {
        /* Every other file is random from its first line on, which so many commas delimit. */
        char text[400] = "h,i\n";
        size_t head = 4;
        if (file % 2) {
            head = 40;
            memset(text, ',', head);
        }
        size_t n = head + (size_t)(next_random(&seed) % 300);
        for (size_t i = head; i < n; i++)
            text[i] = letters[next_random(&seed) % sizeof letters];
        struct str s = {text, n};
        struct plain p;
        plain_init(&p, ',');
        bool closed = plain_read(&p, s);
        check_cut(s, n, n, &p, closed);
        for (int k = 0; k < 12; k++) {
            check_cut(s, 1 + (size_t)(next_random(&seed) % n),
                      1 + (size_t)(next_random(&seed) % 70), &p, closed);
            if (closed)
                check_parts(s, 1 + (size_t)(next_random(&seed) % 90), &p);
        }
        plain_fini(&p);
    }
}

static void expect(const char *text, size_t n, int code, const char *part, const char *records)
{
    struct seen seen = {.records = 0};
    struct err err = {.code = 0};
    buf_init(&seen.text, MEM_BASE);
    assert_int_equal(read_whole((struct str){text, n}, &seen, &err), code);
    if (code < 0 && strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    if (records != NULL) {
        buf_char(&seen.text, '\0');
        assert_string_equal(seen.text.p, records);
    }
    buf_fini(&seen.text);
}

#define EXPECT(text, code, part, records) expect(text, sizeof(text) - 1, code, part, records)

static void drops_the_byte_order_mark(void **state)
{
    (void)state;
    EXPECT("\xEF\xBB\xBF"
           "a;b\n1;2\n",
           0, "", "1[a][b]\n2[1][2]\n");
    EXPECT("\xEF\xBB\xBF", 0, "", "");
    EXPECT("\xEF\xBB\xBF"
           "a,b",
           0, "", "1[a][b]\n");
    EXPECT("\xEF\xBB\xBF"
           "\"da\nte\",b\n1,2\n",
           0, "", "1[da\nte][b]\n3[1][2]\n");
    check_all_cuts(STR("a;b\n1;2\n\xEF\xBB\xBF;3\n"), ';');
}

static void tells_the_delimiter_from_the_first_line(void **state)
{
    (void)state;
    EXPECT("\n\na;b;\"c,d,e,f\"\n1;2;3\n", 0, "", "3[a][b][c,d,e,f]\n4[1][2][3]\n");
    EXPECT("a\tb,c\td\n", 0, "", "1[a][b,c][d]\n");
    EXPECT("single\nx;y\n", 0, "", "1[single]\n2[x;y]\n");
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    EXPECT("PK\x03\x04 workbook", ERR_ROWS, "Excel", NULL);
    EXPECT("\xFF\xFE"
           "a\0b\0",
           ERR_ROWS, "UTF-16", NULL);
    EXPECT("\x1F\x8B compressed", ERR_ROWS, "gzip", NULL);
    EXPECT("a,b\n1,2\n3,\0\n", ERR_ROWS, "line 3", NULL);
    EXPECT("a,b\n1,2\n\"3,4\n5,6\n", ERR_ROWS, "line 3", "1[a][b]\n2[1][2]\n");
}

static void knows_what_is_no_text_when_it_comes_byte_by_byte(void **state)
{
    (void)state;
    struct seen seen = {.records = 0};
    struct err err;
    buf_init(&seen.text, MEM_BASE);
    assert_int_equal(read_cut(STR("\xFF\xFE\nx,y\n"), 1, 1, &seen, &err), ERR_ROWS);
    assert_non_null(strstr(err.msg, "UTF-16"));
    assert_int_equal(read_cut(STR("PK\x03\x04 workbook"), 2, 1, &seen, &err), ERR_ROWS);
    assert_non_null(strstr(err.msg, "Excel"));
    assert_int_equal(seen.records, 0);
    assert_int_equal(read_cut(STR("\nPK\x03\x04\n"), 1, 1, &seen, &err), 0);
    assert_int_equal(seen.records, 1); /* only a file begins like that */
    buf_fini(&seen.text);
}

static void refuses_a_line_that_is_too_long(void **state)
{
    (void)state;
    size_t n = 13u << 20;
    char *text = malloc(n);
    memset(text, 'x', n);
    memcpy(text, "a,b\n1,2\n", 8);
    expect(text, n, ERR_LIMIT, "line 3 is longer", "1[a][b]\n2[1][2]\n");
    text[8] = '"'; /* nor when it is a quoted field of many lines */
    memset(text + 9, '\n', 1000);
    expect(text, n, ERR_LIMIT, "line 3 is longer", "1[a][b]\n2[1][2]\n");
    free(text);
}

static void reads_a_line_as_long_as_allowed(void **state)
{
    (void)state;
    size_t n = LINE_BYTES_MAX + 4;
    char *text = malloc(n);
    struct seen seen = {.records = 0};
    struct err err;
    memset(text, '"', n); /* doubled quotes throughout: the scratch space is used to its end */
    memcpy(text, "a,b\n", 4);
    text[n - 1] = '\n';
    text[n - 2] = ',';
    if ((n - 6) % 2 != 0)
        text[n - 3] = ',';
    buf_init(&seen.text, MEM_BASE);
    assert_int_equal(read_cut((struct str){text, n}, 70000, 70000, &seen, &err), 0);
    assert_int_equal(seen.records, 2);
    buf_fini(&seen.text);
    free(text);
}

static void faults_a_record_of_too_many_fields(void **state)
{
    (void)state;
    char text[1200] = "a,b\n";
    struct seen seen = {.records = 0};
    struct err err;
    memset(text + 4, ',', 300);
    memcpy(text + 304, "\n1,2\n", 6);
    buf_init(&seen.text, MEM_BASE);
    assert_int_equal(read_whole(str_of(text), &seen, &err), 0);
    buf_char(&seen.text, '\0');
    assert_non_null(strstr(seen.text.p, "!256\n3[1][2]\n"));
    buf_fini(&seen.text);
}

static void counts_lines(void **state)
{
    (void)state;
    static char text[20000];
    uint64_t seed = 7;
    for (size_t n = 0; n < sizeof text; n = n * 3 + 1) {
        uint32_t want = 0;
        for (size_t i = 0; i < n; i++) {
            text[i] = n % 2 || next_random(&seed) % 3 ? '\n' : 'x';
            want += text[i] == '\n';
        }
        assert_int_equal(csv_lines(text, n), want);
    }
}

static void repeats_its_error(void **state)
{
    (void)state;
    struct seen seen = {.records = 0};
    struct csv *c = malloc(sizeof *c);
    struct err err, again;
    buf_init(&seen.text, MEM_BASE);
    csv_init(c, on_record, &seen);
    assert_int_equal(csv_push(c, "a\0", 2, &err), ERR_ROWS);
    assert_int_equal(csv_push(c, "b\n", 2, &again), ERR_ROWS);
    assert_string_equal(err.msg, again.msg);
    assert_int_equal(csv_end(c, &again), ERR_ROWS);
    assert_string_equal(err.msg, again.msg);
    csv_fini(c);
    free(c);
    buf_fini(&seen.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tricky_files_however_cut),
        cmocka_unit_test(reads_a_first_line_that_another_delimiter_would_end_elsewhere),
        cmocka_unit_test(reads_random_files_as_the_plain_reader),
        cmocka_unit_test(drops_the_byte_order_mark),
        cmocka_unit_test(tells_the_delimiter_from_the_first_line),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(knows_what_is_no_text_when_it_comes_byte_by_byte),
        cmocka_unit_test(refuses_a_line_that_is_too_long),
        cmocka_unit_test(reads_a_line_as_long_as_allowed),
        cmocka_unit_test(faults_a_record_of_too_many_fields),
        cmocka_unit_test(counts_lines),
        cmocka_unit_test(repeats_its_error),
    };
    return cmocka_run_group_tests_name("ingest/csv", tests, NULL, NULL);
}
