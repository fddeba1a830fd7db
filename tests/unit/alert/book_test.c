/* SPDX-License-Identifier: MIT
 *
 * The book of findings: looked up, drafted, accepted, rejected. */
#include "../../../core/alert/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct str key_of(int i)
{
    static char text[8][32];
    static int at;
    at = (at + 1) % 8;
    snprintf(text[at], sizeof text[at], "{\"block\":%d}", i);
    return str_of(text[at]);
}

static void draft(struct finding *f, enum alert_state state, const char *message)
{
    struct err err;
    struct alert_row next = *finding_now(f);
    next.times.state = state;
    next.message = str_of(message);
    assert_int_equal(finding_draft(f, &next, &err), 0);
}

static void thousands_are_found_again(void **state)
{
    (void)state;
    struct book b;
    struct err err;
    struct finding *f;
    book_init(&b);
    struct slot *s = book_slot(&b, STR("p"), STR("r"), true);
    for (int i = 0; i < 5000; i++) {
        assert_null(slot_find(s, key_of(i)));
        assert_int_equal(slot_add(&b, s, key_of(i), &f, &err), 0);
        draft(f, i % 3 == 0 ? ALERT_GONE : ALERT_FIRING, "m");
    }
    book_accept(&b);
    assert_int_equal(b.findings, 3333);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(slot_find(s, key_of(i)) != NULL, i % 3 != 0);
    assert_null(book_slot(&b, STR("p"), STR("other"), false));
    f = slot_find(s, key_of(4));
    struct slot *of;
    assert_ptr_equal(book_by_id(&b, f->row->id, &of), f);
    assert_ptr_equal(of, s);
    assert_null(book_by_id(&b, STR("0"), &of));
    book_fini(&b);
}

static void what_is_rejected_never_was(void **state)
{
    (void)state;
    struct book b;
    struct err err;
    struct finding *f;
    book_init(&b);
    struct slot *s = book_slot(&b, STR("p"), STR("r"), true);
    assert_int_equal(slot_add(&b, s, key_of(1), &f, &err), 0);
    draft(f, ALERT_FIRING, "one");
    book_accept(&b);
    assert_int_equal(slot_add(&b, s, key_of(2), &f, &err), 0);
    draft(slot_find(s, key_of(1)), ALERT_RESOLVED, "over");
    book_reject(&b);
    assert_null(slot_find(s, key_of(2)));
    f = slot_find(s, key_of(1));
    assert_int_equal(f->row->times.state, ALERT_FIRING);
    assert_string_equal(f->row->message.p, "one");
    assert_null(f->draft);
    assert_int_equal(b.findings, 1);
    book_fini(&b);
}

static void seeing_the_same_again_is_no_draft(void **state)
{
    (void)state;
    struct book b;
    struct err err;
    struct finding *f;
    book_init(&b);
    struct slot *s = book_slot(&b, STR("p"), STR("r"), true);
    assert_int_equal(slot_add(&b, s, key_of(1), &f, &err), 0);
    draft(f, ALERT_FIRING, "one");
    book_accept(&b);
    f = slot_find(s, key_of(1));
    draft(f, ALERT_FIRING, "one");
    assert_null(f->draft);
    draft(f, ALERT_FIRING, "two");
    assert_non_null(f->draft);
    book_fini(&b);
}

/* Ids stand in letters and links: they are for ever. */
static void ids_are_for_ever(void **state)
{
    (void)state;
    char id[17];
    char other[17];
    finding_id(STR("drive"), STR("lagging_block"), STR("{\"block\":3168}"), id);
    assert_string_equal(id, "dca45539f55468c0");
    finding_id(STR("drivelagging"), STR("_block"), STR("{\"block\":3168}"), other);
    assert_string_not_equal(id, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_are_found_again),
        cmocka_unit_test(what_is_rejected_never_was),
        cmocka_unit_test(seeing_the_same_again_is_no_draft),
        cmocka_unit_test(ids_are_for_ever),
    };
    return cmocka_run_group_tests_name("alert/book", tests, NULL, NULL);
}
