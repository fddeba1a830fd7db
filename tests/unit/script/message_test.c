/* SPDX-License-Identifier: MIT
 *
 * Messages from templates. */
#include "../../../core/script/message.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"

static struct arena arena;

/* name STRING, done INT64, pct FLOAT64 (per cent), day DATE, none INT64 (NULL) */
static struct frame *sample(void)
{
    static const struct {
        const char *name;
        enum type type;
    } column[] = {{"name", TYPE_STRING}, {"done", TYPE_INT64}, {"pct", TYPE_FLOAT64},
                  {"day", TYPE_DATE},    {"none", TYPE_INT64}, {"rate", TYPE_FLOAT64}};
    struct frame *f;
    assert_int_equal(frame_new(&arena, 1, ARRAY_LEN(column), &f, NULL), 0);
    for (size_t c = 0; c < ARRAY_LEN(column); c++)
        assert_int_equal(
            frame_col_init(&arena, &f->col[c], 1, str_of(column[c].name), column[c].type, NULL), 0);
    frame_set(f, 0, 0, (struct value){.type = TYPE_STRING, .s = STR("Gola")});
    frame_set(f, 0, 1, (struct value){.type = TYPE_INT64, .i = 1234567});
    frame_set(f, 0, 2, (struct value){.type = TYPE_FLOAT64, .f = 40.06});
    frame_set(f, 0, 3, (struct value){.type = TYPE_DATE, .i = date_day(2021, 11, 18)});
    frame_set(f, 0, 4, (struct value){.type = TYPE_INT64, .null = true});
    frame_set(f, 0, 5, (struct value){.type = TYPE_FLOAT64, .f = -123456.25});
    return f;
}

static void gives(const char *template, bool hindi, const char *expected)
{
    const int decimals[] = {-1, -1, -1, -1, -1, 0};
    const bool percent[] = {false, false, true, false, false, false};
    struct message_style style = {decimals, percent};
    struct buf out;
    arena_init(&arena, MEM_SCRIPT, 0);
    buf_init(&out, MEM_SCRIPT);
    message_fill(str_of(template), sample(), 0, &style, NULL, hindi, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_fini(&out);
    arena_fini(&arena);
}

static void columns_are_filled_in(void **state)
{
    (void)state;
    gives("{name}: {pct} of target", false, "Gola: 40.1% of target");
    gives("{done} on {day}", false, "12,34,567 on 18 Nov 2021");
    gives("{day} को {done}", true, "18 नवंबर 2021 को 12,34,567");
    gives("{rate}", false, "-1,23,456");
    gives("{none}", false, "–");
    gives("", false, "");
    gives("no columns", false, "no columns");
}

static void braces_stand_for_themselves(void **state)
{
    (void)state;
    gives("{{name}} {name}", false, "{name} Gola");
    gives("{unknown}", false, "{unknown}");
    gives("{name", false, "{name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_filled_in),
        cmocka_unit_test(braces_stand_for_themselves),
    };
    return cmocka_run_group_tests_name("script/message", tests, NULL, NULL);
}
