/* SPDX-License-Identifier: MIT
 *
 * What means something in HTML is escaped, and nothing else. */
#include "base/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void becomes(struct str text, const char *html)
{
    struct buf out;
    buf_init(&out, MEM_MAIN);
    html_text(&out, text);
    buf_char(&out, '\0');
    assert_string_equal(out.p, html);
    buf_fini(&out);
}

static void text_is_escaped(void **state)
{
    (void)state;
    becomes(STR(""), "");
    becomes(STR("Gola, गोला"), "Gola, गोला");
    becomes(STR("<a href=\"x\" title='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
    };
    return cmocka_run_group_tests_name("base/html", tests, NULL, NULL);
}
