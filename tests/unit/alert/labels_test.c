/* SPDX-License-Identifier: MIT
 *
 * Labels: what tells a finding from others, in the form that Alertmanager takes. */
#include "../../../core/alert/labels.h"

#include "../script/world.h"

static struct place_tree *tree(void)
{
    struct err err;
    struct place_tree *t;
    struct str fact = STR("workers");
    assert_int_equal(place_tree_new(world_places, ARRAY_LEN(world_places), &fact, 1, &t, &err), 0);
    return t;
}

static void labels_are(const struct alert_row *r, const char *expected)
{
    struct place_tree *t = tree();
    struct arena a;
    struct labels l;
    struct err err;
    struct buf out;
    struct json j;
    arena_init(&a, MEM_ALERT, 0);
    buf_init(&out, MEM_ALERT);
    assert_int_equal(labels_of(r, t, &a, &l, &err), 0);
    json_init(&j, &out);
    labels_json(&j, &l);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_fini(&out);
    arena_fini(&a);
    place_tree_unref(t);
}

static void a_block_stands_under_its_district(void **state)
{
    (void)state;
    const struct alert_row r = {.plugin = STR("drive"),
                                .rule = STR("lagging"),
                                .severity = STR("warning"),
                                .key = STR("{\"block\":3168}"),
                                .place_level = PLACE_BLOCK,
                                .place_code = 3168};
    labels_are(
        &r, "{\"alertname\":\"lagging\",\"block\":\"Gola\",\"block_code\":\"3168\",\"district\":"
            "\"Ramgarh\",\"district_code\":\"607\",\"plugin\":\"drive\",\"severity\":\"warning\","
            "\"state\":\"Jharkhand\",\"state_code\":\"20\"}");
}

static void other_columns_of_the_key_are_labels_too(void **state)
{
    (void)state;
    const struct alert_row r = {
        .plugin = STR("p"),
        .rule = STR("r"),
        .severity = STR("w"),
        .key = STR("{\"2nd-name\":\"सड़क \\\"A\\\" \\ud83d\\ude00\",\"n\":7,\"none\":null}")};
    labels_are(&r, "{\"_2nd_name\":\"सड़क \\\"A\\\" "
                   "\xF0\x9F\x98\x80\",\"alertname\":\"r\",\"n\":\"7\",\"plugin\":\"p\","
                   "\"severity\":\"w\"}");
}

static void what_all_share_is_common(void **state)
{
    (void)state;
    struct labels a = {.n = 3,
                       .at = {{STR("a"), STR("1")}, {STR("b"), STR("2")}, {STR("c"), STR("3")}}};
    const struct labels b = {.n = 2, .at = {{STR("a"), STR("1")}, {STR("c"), STR("4")}}};
    labels_common(&a, &b);
    assert_int_equal(a.n, 1);
    assert_true(str_eq(label_value(&a, "a"), STR("1")));
    assert_int_equal(label_value(&a, "c").n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_stands_under_its_district),
        cmocka_unit_test(other_columns_of_the_key_are_labels_too),
        cmocka_unit_test(what_all_share_is_common),
    };
    return cmocka_run_group_tests_name("alert/labels", tests, NULL, NULL);
}
