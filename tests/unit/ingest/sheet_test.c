/* SPDX-License-Identifier: MIT
 *
 * Sheets of markup become CSV. */
#include "../../../core/ingest/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct str text, const char *want)
{
    struct buf room;
    struct str out;
    struct err err;
    buf_init(&room, MEM_INGEST);
    if (sheet_text(text, &room, &out, &err) < 0)
        fail_msg("%s", err.msg);
    if (!str_eq(out, str_of(want)))
        fail_msg("expected %s, got %.*s", want, STR_ARG(out));
    buf_fini(&room);
}

static void plain_text_stays(void **state)
{
    (void)state;
    expect(STR("a,b\n1,<2>\n"), "a,b\n1,<2>\n");
    expect(STR(""), "");
}

static void excel_xml_is_rows_of_cells(void **state)
{
    (void)state;
    expect(STR("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<Workbook xmlns:ss=\"x\"><Styles><Style/>"
               "</Styles><Worksheet><Table>\n<Row><Cell ss:MergeAcross=\"3\"><Data "
               "ss:Type=\"String\">All &amp; everything</Data></Cell></Row>\n<Row><Cell><Data>1"
               "</Data></Cell><Cell ss:Index=\"4\"><Data>say \"x\" &#2327;&#x94B;</Data></Cell>"
               "</Row><Row><Cell/><Cell><Data>b</Data></Cell></Row></Table></Worksheet>"
               "</Workbook>"),
           "\"All & everything\"\n\"1\",,,\"say \"\"x\"\" गो\"\n\"\",\"b\"\n");
}

static void a_page_is_its_table(void **state)
{
    (void)state;
    expect(STR("<html><head><style>td { a: b }</style></head><body><!-- <td>no</td> --><table>"
               "<tr><th>Code<th>Name</tr><tr><td title='a>b'>1</td><td>X<br>Y&nbsp;&unknown;</td>"
               "</tr></table></body></html>"),
           "\"Code\",\"Name\"\n\"1\",\"X Y &unknown;\"\n");
}

static void utf16_becomes_utf8(void **state)
{
    (void)state;
    expect(STR("\xFF\xFE"
               "a\0\t\0\x17\x09\n\0"),
           "a\tग\n");
    expect(STR("\xFE\xFF"
               "\0a\0,\xD8\x3D\xDE\x00"),
           "a,😀");
}

static void expect_refused(struct str text, const char *part)
{
    struct buf room;
    struct str out;
    struct err err;
    buf_init(&room, MEM_INGEST);
    assert_int_equal(sheet_text(text, &room, &out, &err), ERR_ROWS);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    buf_fini(&room);
}

static void refuses_what_is_no_table(void **state)
{
    (void)state;
    expect_refused(STR("PK\x03\x04..."), "xlsx");
    expect_refused(STR("\xD0\xCF\x11\xE0...."), "binary");
    expect_refused(STR("<html><body>Session expired</body></html>"), "without a table");
    expect_refused(STR("\xFF\xFE\x00\xDC"), "UTF-16");
}

/* Cut anywhere, it is read to its end and no further. */
static void any_part_of_a_sheet_is_read(void **state)
{
    (void)state;
    static const char text[] = "<Row><!-- x --><Cell ss:Index=\"3\"><Data>a&#x905;\"</Data></Cell>"
                               "</Row><tr><td>b</td></tr>";
    for (size_t n = 1; n < sizeof text; n++) {
        struct buf room;
        struct str out;
        struct err err;
        char *copy = malloc(n);
        memcpy(copy, text, n);
        buf_init(&room, MEM_INGEST);
        int rc = sheet_text((struct str){copy, n}, &room, &out, &err);
        assert_true(rc == 0 || rc == ERR_ROWS);
        buf_fini(&room);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),         cmocka_unit_test(excel_xml_is_rows_of_cells),
        cmocka_unit_test(a_page_is_its_table),      cmocka_unit_test(utf16_becomes_utf8),
        cmocka_unit_test(refuses_what_is_no_table), cmocka_unit_test(any_part_of_a_sheet_is_read),
    };
    return cmocka_run_group_tests_name("ingest/sheet", tests, NULL, NULL);
}
