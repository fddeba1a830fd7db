/* SPDX-License-Identifier: MIT
 *
 * What is written to people and programs. */
#include "../../../core/alert/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct alert_row gola, dulmi;
static struct letter_item items[2];
static struct letter letter;

static int setup(void **state)
{
    (void)state;
    gola = (struct alert_row){.id = STR("0123456789abcdef"),
                              .plugin = STR("drive"),
                              .rule = STR("lagging"),
                              .severity = STR("critical"),
                              .key = STR("{\"n\":1}"),
                              .message = STR("Gola: <b>40%</b>"),
                              .message_hi = STR("गोला: 40%"),
                              .fired_ms = 1637217000000};
    dulmi = gola;
    dulmi.id = STR("fedcba9876543210");
    dulmi.severity = STR("warning");
    dulmi.key = STR("{\"n\":2}");
    dulmi.message = STR("Dulmi is fine");
    dulmi.message_hi = STR("");
    dulmi.resolved_ms = 1637217060000;
    items[0] = (struct letter_item){&gola, "firing"};
    items[1] = (struct letter_item){&dulmi, "resolved"};
    letter = (struct letter){.id = STR("m1"),
                             .receiver = "hook",
                             .external_url = "http://panji",
                             .item = items,
                             .items = 2};
    return 0;
}

static struct buf out;

static const char *text(void)
{
    buf_char(&out, '\0');
    return out.p;
}

static void programs_read_alertmanagers_shape(void **state)
{
    (void)state;
    struct err err;
    buf_init(&out, MEM_ALERT);
    assert_int_equal(letter_json(&letter, &out, &err), 0);
    const char *s = text();
    assert_non_null(strstr(s, "{\"version\":\"4\",\"id\":\"m1\",\"groupKey\""));
    assert_non_null(strstr(s, "\"status\":\"firing\",\"receiver\":\"hook\""));
    assert_non_null(strstr(
        s, "\"startsAt\":\"2021-11-18T12:00:00+05:30\",\"endsAt\":\"0001-01-01T00:00:00Z\""));
    assert_non_null(strstr(s, "\"endsAt\":\"2021-11-18T12:01:00+05:30\""));
    assert_non_null(strstr(s, "\"commonLabels\":{\"alertname\":\"lagging\",\"plugin\":\"drive\"}"));
    buf_fini(&out);
}

static void people_read_both_languages_and_no_markup_of_others(void **state)
{
    (void)state;
    buf_init(&out, MEM_ALERT);
    letter_subject(&letter, &out);
    assert_string_equal(text(), "[firing] Gola: <b>40%</b> (+1)");
    buf_clear(&out);
    letter_text(&letter, &out);
    assert_non_null(strstr(text(), "- [firing, critical] Gola: <b>40%</b>"));
    assert_non_null(strstr(out.p, "- [सक्रिय, critical] गोला: 40%"));
    assert_non_null(strstr(out.p, "[ठीक हुआ, warning] Dulmi is fine"));
    buf_clear(&out);
    letter_html(&letter, &out);
    assert_non_null(strstr(text(), "Gola: &lt;b&gt;40%&lt;/b&gt;"));
    assert_null(strstr(out.p, "Gola: <b>"));
    buf_fini(&out);
}

static void a_mail_has_its_parts(void **state)
{
    (void)state;
    const struct mail m = {.id = STR("m1"),
                           .from = STR("p@x.in"),
                           .to = STR("a@x.in"),
                           .subject = STR("गोला\nBcc: b"),
                           .text = STR("text"),
                           .html = STR("<p>"),
                           .file = STR("a,b\n"),
                           .file_type = STR("text/csv"),
                           .file_name = STR("r.csv"),
                           .now_ms = 1637217000000};
    buf_init(&out, MEM_ALERT);
    mail_write(&m, &out);
    const char *s = text();
    assert_non_null(strstr(s, "Message-ID: <m1@panji>\r\n"));
    assert_non_null(strstr(s, "Date: Thu, 18 Nov 2021 12:00:00 +0530\r\n"));
    assert_non_null(strstr(s, "multipart/mixed"));
    assert_non_null(strstr(s, "filename=\"r.csv\""));
    assert_non_null(strstr(s, "YSxiCg=="));
    assert_null(strstr(s, "\nBcc"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_read_alertmanagers_shape),
        cmocka_unit_test(people_read_both_languages_and_no_markup_of_others),
        cmocka_unit_test(a_mail_has_its_parts),
    };
    return cmocka_run_group_tests_name("alert/letter", tests, setup, NULL);
}
