/* SPDX-License-Identifier: MIT
 *
 * Attributes and notifiers of the configuration. */
#include "settings_file.h"

static void attributes_keep_the_order_of_the_text(void **state)
{
    (void)state;
    struct settings_file f;
    settings_file_read(&f,
                       "attributes = {\n"
                       "  migrant = { type = \"choice\", values = { \"Y\", { \"N\", title = { en = "
                       "\"No\", hi = \"नहीं\" }, aliases = { \"nahin\" } } } },\n"
                       "  household = { type = \"integer\", min = 1, max = 40 },\n"
                       "  camp = false,\n"
                       "  bank = { type = \"text\", title = { en = \"Bank\", hi = \"बैंक\" } },\n"
                       "}\n",
                       NULL);
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.s.attributes, 4);
    const struct attribute_setting *a = f.s.attribute;
    assert_string_equal(a[0].name.p, "migrant");
    assert_int_equal(a[0].type, ATTRIBUTE_CHOICE);
    assert_int_equal(a[0].values, 2);
    assert_string_equal(a[0].value[0].name.p, "Y");
    assert_string_equal(a[0].value[1].title.hi.p, "नहीं");
    assert_string_equal(a[0].value[1].alias[0].p, "nahin");
    assert_string_equal(a[1].name.p, "household");
    assert_int_equal(a[1].min, 1);
    assert_int_equal(a[1].max, 40);
    assert_true(a[2].off);
    assert_int_equal(a[3].type, ATTRIBUTE_TEXT);
    assert_string_equal(a[3].title.hi.p, "बैंक");
    settings_file_done(&f);
}

static void attributes_are_checked(void **state)
{
    (void)state;
    REFUSED("attributes = { Education = { type = \"text\" } }\n", "no name for a column");
    REFUSED("attributes = { sector = { type = \"text\" } }\n", "that is a column already");
    REFUSED("attributes = { e = { type = \"choice\", values = { \"a|b\", \"\" } } }\n",
            "has a '|' in it", "a value is empty");
    REFUSED("attributes = { e = { type = \"choice\" } }\n", "a choice needs its values",
            "in attributes.e");
    REFUSED("attributes = { e = { type = \"text\", values = { \"a\" } } }\n",
            "only a choice has \"values\"");
    REFUSED("attributes = { e = { type = \"text\", min = 2 } }\n", "only an integer has \"min\"");
    REFUSED("attributes = { e = { type = \"integer\", min = 2, max = 1 } }\n", "larger than");
    REFUSED("attributes = { e = { type = \"integer\", min = 1.5 } }\n", "whole number");
    REFUSED("attributes = { e = { typ = \"integer\" }, f = 3, { type = \"text\" } }\n",
            "unknown field \"typ\" of an attribute", "\"f\" must be a table",
            "a value without a name in \"attributes\"");
}

static void a_name_leads_to_one_value(void **state)
{
    (void)state;
    struct settings_file f;
    settings_file_read(&f,
                       "attributes = { e = { type = \"choice\", values = { { \"F\", title = { en = "
                       "\"f\", hi = \"f\" }, aliases = { \"F\", \"female\" } }, \"M\" } } }\n",
                       NULL);
    assert_int_equal(f.rc, 0); /* its own names may be alike */
    settings_file_done(&f);
    REFUSED("attributes = {\n e = { type = \"choice\", values = { \"F\", \"F\" } } }\n",
            "two values are called \"F\"", "panji.lua:2:", "^");
    REFUSED("attributes = { e = { type = \"choice\", values = { \"F\", { \"M\", aliases = { "
            "\"f\" } } } } }\n",
            "two values are called \"f\"", "it is a name of \"F\" already");
    REFUSED(
        "attributes = { e = { type = \"choice\", values = { { \"1\", title = { en = \"a b\", hi "
        "= \"c\" } }, \"A  B\" } } }\n",
        "two values are called");
}

static void notifiers_have_what_their_type_has(void **state)
{
    (void)state;
    struct settings_file f;
    settings_file_read(
        &f,
        "notifiers = { office = { type = \"alertmanager\", url = \"http://127.0.0.1:9093\" },\n"
        "  bdo = { type = \"smtp\", url = \"smtps://mail.example.in\", from = "
        "\"panji@example.in\", to = \"officers:block\", user = \"p\", password_env = \"PW\" },\n"
        "  hook = { type = \"webhook\", url = \"https://h/x\", secret_file = \"panji.lua\" },\n"
        "  desk = { type = \"file\", path = \"out/\" } }\ndefault_notify = { \"office\" }\n",
        NULL);
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.s.notifiers, 4);
    assert_int_equal(f.s.notifier[0].type, NOTIFIER_ALERTMANAGER);
    assert_string_equal(f.s.notifier[1].to[0].p, "officers:block");
    assert_string_equal(f.s.notifier[1].secret.env.p, "PW");
    assert_non_null(strstr(f.s.notifier[2].secret.file.p, "/panji.lua"));
    assert_non_null(strstr(f.s.notifier[3].path.p, "/out/"));
    assert_int_equal(f.s.default_notifies, 1);
    settings_file_done(&f);
}

static void notifiers_are_checked(void **state)
{
    (void)state;
    REFUSED("notifiers = { a = { type = \"webhok\" } }\n", "did you mean \"webhook\"?");
    REFUSED("notifiers = { a = { type = \"webhook\" } }\n", "type \"webhook\" needs \"url\"",
            "in notifiers.a");
    REFUSED("notifiers = { a = { type = \"file\", path = \"x\", url = \"http://h\" } }\n",
            "of type \"file\" has no \"url\"");
    REFUSED("notifiers = { a = { type = \"webhook\", url = \"http://h\", url_env = \"U\" } }\n",
            "leave one of them out");
    REFUSED("notifiers = { a = { type = \"webhook\", url_file = \"no\" } }\n", "cannot be read");
    REFUSED("notifiers = { a = { type = \"file\", path = \"x\", url_env = \"U\" } }\n",
            "of type \"file\" has no \"url_env\"");
    REFUSED("notifiers = { a = { type = \"alertmanager\", url = \"ftp://h\" } }\n",
            "\"url\" is no address", "http://HOST:PORT");
    REFUSED("notifiers = { a = { type = \"webhook\", url = \"http://u:p@h\" } }\n",
            "has a user or a password in it");
    REFUSED(
        "notifiers = { a = { type = \"webhook\", url = \"http://h\", secret_file = \"no\" } }\n",
        "cannot be read");
    REFUSED("notifiers = { a = { type = \"smtp\", url = \"smtp://h\", from = \"x\", to = "
            "{ \"officers:blok\", \"a@b\", \"a@b@c\" } } }\n",
            "\"x\" is no address of mail", "\"blok\" is no level", "\"a@b@c\" is no address");
    REFUSED("notifiers = { a = false, b = { type = \"webhok\" }, c = { type = \"file\" } }\n",
            "cannot be switched off", "webhok", "needs \"path\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_keep_the_order_of_the_text),
        cmocka_unit_test(attributes_are_checked),
        cmocka_unit_test(a_name_leads_to_one_value),
        cmocka_unit_test(notifiers_have_what_their_type_has),
        cmocka_unit_test(notifiers_are_checked),
    };
    return cmocka_run_group_tests_name("script/settings_people", tests, NULL, NULL);
}
