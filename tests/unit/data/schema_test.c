/* SPDX-License-Identifier: MIT
 *
 * Attributes: the default list, and what declarations make of it with and without registrations. */
#include "data/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct list_item school_items[] = {{0, "None", "अशिक्षित", "none|never", false},
                                                {1, "Primary", "प्राथमिक", "primary", false}};
static const struct list school = {"education", 2, school_items};
static const struct list_item less_items[] = {{0, "primary", "primary", "primary|class 5", false},
                                              {1, "graduate", "graduate", "graduate", false}};
static const struct list less = {"education", 2, less_items};

static const struct attr_wish education = {
    .attr = {.name = "education", .kind = ATTR_CHOICE, .list = &school, .title_en = "Education"}};
static const struct attr_wish education_less = {
    .attr = {.name = "education", .kind = ATTR_CHOICE, .list = &less}};

static struct attr_wish size_wish(int32_t min, int32_t max)
{
    return (struct attr_wish){.attr = {.name = "size",
                                       .kind = ATTR_INT,
                                       .min = min,
                                       .max = max,
                                       .accept_min = min,
                                       .accept_max = max}};
}

static const struct schema *merged(const struct schema *base, bool holds,
                                   const struct attr_wish *wish, size_t n)
{
    const struct schema *s = NULL;
    struct err err = {0};
    int rc = schema_merge(base, holds, wish, n, &s, &err);
    if (rc < 0)
        print_error("%s\n", err.msg);
    assert_int_equal(rc, 0);
    return s;
}

static void the_default_list_is_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(schema_find(&schema_default, STR("source")), ATTR_SOURCE);
    assert_int_equal(schema_find(&schema_default, STR("BATCH")), ATTR_BATCH);
    assert_int_equal(schema_find(&schema_default, STR("shoe_size")), -1);
    const struct schema *same = merged(&schema_default, true, NULL, 0);
    assert_true(schema_equal(&schema_default, same));
    schema_unref(same);
}

static void declared_attributes_come_behind(void **state)
{
    (void)state;
    struct attr_wish wish[] = {education, size_wish(1, 40)};
    const struct schema *s = merged(&schema_default, true, wish, 2);
    assert_int_equal(s->n, schema_default.n + 2);
    const struct attr *a = &s->attr[schema_default.n];
    assert_string_equal(a->name, "education");
    assert_string_equal(a->title_en, "Education");
    assert_string_equal(a->title_hi, "Education");
    assert_ptr_not_equal(a->list, &school); /* a copy */
    assert_int_equal(list_find(a->list, STR("never")), 0);
    assert_int_equal(a[1].accept_max, 40);
    const struct schema *other = schema_ref(s);
    schema_unref(s);
    assert_int_equal(other->n, schema_default.n + 2);
    schema_unref(other);
}

static void without_registrations_everything_may_change(void **state)
{
    (void)state;
    struct attr_wish wish[] = {{.attr = {.name = "camp"}, .off = true},
                               {.attr = {.name = "age", .kind = ATTR_TEXT}},
                               {.attr = {.name = "gender", .kind = ATTR_CHOICE, .list = &less}}};
    const struct schema *s = merged(&schema_default, false, wish, 3);
    assert_int_equal(s->n, schema_default.n - 1);
    assert_int_equal(schema_find(s, STR("camp")), -1);
    assert_int_equal(s->attr[schema_find(s, STR("age"))].kind, ATTR_TEXT);
    assert_int_equal(s->attr[schema_find(s, STR("gender"))].list->n, 2);
    schema_unref(s);
}

static void what_registrations_carry_stays_readable(void **state)
{
    (void)state;
    struct attr_wish wish[] = {education, size_wish(1, 40)};
    const struct schema *s = merged(&schema_default, true, wish, 2);
    struct attr_wish then[] = {education_less, size_wish(5, 50)};
    const struct schema *t = merged(s, true, then, 2);
    schema_unref(s);
    const struct list *l = t->attr[schema_default.n].list;
    assert_int_equal(l->n, 3);
    assert_true(l->items[0].retired);
    assert_string_equal(l->items[0].name, "None");
    assert_string_equal(l->items[1].name, "Primary"); /* titles stay where none were given */
    assert_string_equal(l->items[1].name_hi, "प्राथमिक");
    assert_int_equal(list_find(l, STR("class 5")), 1);
    assert_string_equal(l->items[2].name, "graduate");
    assert_int_equal(l->items[2].code, 2); /* 1 is taken */
    const struct attr *size = &t->attr[schema_default.n + 1];
    assert_int_equal(size->min, 1);
    assert_int_equal(size->max, 50);
    assert_int_equal(size->accept_min, 5);
    const struct schema *again = merged(t, true, then, 2); /* each start says it again */
    assert_true(schema_equal(t, again));
    schema_unref(again);
    schema_unref(t);
}

static void refused(const struct attr_wish *wish, bool holds, int code, const char *part)
{
    const struct schema *s = NULL;
    struct err err = {0};
    assert_int_equal(schema_merge(&schema_default, holds, wish, 1, &s, &err), code);
    assert_non_null(strstr(err.msg, part));
    assert_null(s);
}

static void what_cannot_be_is_explained(void **state)
{
    (void)state;
    static const struct list_item twice[] = {{0, "a", "a", "a", false}, {1, "A", "A", "A", false}};
    static const struct list alike = {"x", 2, twice};
    refused(&(struct attr_wish){.attr = {.name = "camp"}, .off = true}, true, ERR_CONFLICT,
            "\"camp\", which cannot be taken away");
    refused(&(struct attr_wish){.attr = {.name = "age", .kind = ATTR_TEXT}}, true, ERR_CONFLICT,
            "cannot change its type");
    refused(&(struct attr_wish){.attr = {.name = "batch", .kind = ATTR_TEXT}}, false, ERR_PARAM,
            "set by the import");
    refused(&(struct attr_wish){.attr = {.name = "district", .kind = ATTR_TEXT}}, false, ERR_PARAM,
            "a column already");
    refused(&(struct attr_wish){.attr = {.name = "x_code", .kind = ATTR_TEXT}}, false, ERR_PARAM,
            "a column already");
    refused(&(struct attr_wish){.attr = {.name = "x", .kind = ATTR_CHOICE, .list = &alike}}, false,
            ERR_PARAM, "two values of \"x\" are the same");
}

static void there_are_not_too_many(void **state)
{
    (void)state;
    static char name[ATTRS_MAX][16];
    static struct attr_wish wish[ATTRS_MAX];
    const struct schema *s;
    struct err err;
    for (int i = 0; i < ATTRS_MAX; i++) {
        snprintf(name[i], sizeof name[i], "a%d", i);
        wish[i].attr = (struct attr){.name = name[i], .kind = ATTR_TEXT};
    }
    size_t room = ATTRS_MAX - schema_default.n;
    assert_int_equal(schema_merge(&schema_default, true, wish, room, &s, &err), 0);
    schema_unref(s);
    assert_int_equal(schema_merge(&schema_default, true, wish, room + 1, &s, &err), ERR_LIMIT);
}

static void the_schema_in_use_is_held(void **state)
{
    (void)state;
    const struct schema *s = merged(&schema_default, true, &education, 1);
    schema_use(s);
    schema_unref(s);
    assert_int_equal(schema_find(schema_in_use(), STR("education")), schema_default.n);
    schema_use(&schema_default);
    assert_ptr_equal(schema_in_use(), &schema_default);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_list_is_found_by_name),
        cmocka_unit_test(declared_attributes_come_behind),
        cmocka_unit_test(without_registrations_everything_may_change),
        cmocka_unit_test(what_registrations_carry_stays_readable),
        cmocka_unit_test(what_cannot_be_is_explained),
        cmocka_unit_test(there_are_not_too_many),
        cmocka_unit_test(the_schema_in_use_is_held),
    };
    return cmocka_run_group_tests_name("data/schema", tests, NULL, NULL);
}
