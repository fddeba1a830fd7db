/* SPDX-License-Identifier: MIT
 *
 * The portal's sectors and the values of attributes, by code and by any of their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/err.h"
#include "data/list.h"
#include "data/schema.h"

static void thirty_sectors_in_alphabetical_order(void **state)
{
    (void)state;
    assert_int_equal(list_sectors.n, 30);
    for (size_t i = 0; i < list_sectors.n; i++) {
        assert_int_equal(list_sectors.items[i].code, (int)i + 1);
        if (i > 0) {
            assert_true(strcmp(list_sectors.items[i - 1].name, list_sectors.items[i].name) < 0);
        }
    }
}

static void every_name_finds_its_item_and_no_other(void **state)
{
    (void)state;
    const struct list *lists[] = {&list_sectors, &list_gender, &list_category, &list_channel};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        for (size_t i = 0; i < lists[k]->n; i++) {
            const struct list_item *it = &lists[k]->items[i];
            assert_int_equal(list_find(lists[k], str_of(it->name)), (int)i);
            assert_int_equal(list_find(lists[k], str_of(it->name_hi)), (int)i);
            for (const char *p = it->aliases; *p;) {
                size_t n = strcspn(p, "|");
                assert_int_equal(list_find(lists[k], (struct str){p, n}), (int)i);
                p += n + (p[n] == '|');
            }
        }
    }
}

static void codes_and_unknown_words(void **state)
{
    (void)state;
    assert_int_equal(list_find(&list_sectors, STR("7")), 6);
    assert_int_equal(list_find(&list_sectors, STR("31")), -1);
    assert_int_equal(list_find(&list_sectors, STR("")), -1);
    assert_int_equal(list_find(&list_sectors, STR("उत्पादन")), -1); /* a district's own word */
    assert_int_equal(list_find(&list_gender, STR("female")), 0);
    struct near_list l;
    near_init(&l);
    list_near(&list_sectors, STR("Agricultur"), &l);
    assert_true(l.n > 0 && str_eq(l.name[0], STR("Agriculture")));
}

static void attributes_are_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(schema_find(&schema_default, STR("source")), ATTR_SOURCE);
    assert_int_equal(schema_find(&schema_default, STR("BATCH")), ATTR_BATCH);
    assert_int_equal(schema_find(&schema_default, STR("shoe_size")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_sectors_in_alphabetical_order),
        cmocka_unit_test(every_name_finds_its_item_and_no_other),
        cmocka_unit_test(codes_and_unknown_words),
        cmocka_unit_test(attributes_are_found_by_name),
    };
    return cmocka_run_group_tests_name("data/list", tests, NULL, NULL);
}
