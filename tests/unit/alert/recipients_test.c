/* SPDX-License-Identifier: MIT
 *
 * Whom a mail goes to. */
#include "../../../core/alert/recipients.h"

#include "desk.h"

static void goes_to(struct desk *d, struct str to, int level, int64_t code, const char *expected)
{
    struct arena a;
    struct recipients r;
    struct err err;
    char got[512] = "";
    size_t n = 0;
    const struct notifier mail = {.name = "m", .type = NOTIFY_SMTP, .to = &to, .tos = 1};
    struct snap *s = snap_cell_get(d->cell);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(recipients_find(&mail, s, level, code, &a, &r, &err), 0);
    for (size_t i = 0; i < r.n; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%.*s ", STR_ARG(r.at[i]));
    assert_string_equal(got, expected);
    arena_fini(&a);
    snap_unref(s);
}

static void officers_of_the_place(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD);
    goes_to(&d, STR("officers:block"), PLACE_BLOCK, GOLA, ""); /* there is no such table yet */
    desk_upload(&d, "officers",
                "role,email,district,block\nBDO,a@x.in,607,Gola\nclerk,b@x.in,607,Gola\n"
                "BDO,A@x.in,607,Gola\nDDC,c@x.in,607,\nBDO,no address,607,Dulmi\n"
                "BDO,d@x.in,355,Bermo\n");
    goes_to(&d, STR("officers:block"), PLACE_BLOCK, GOLA, "a@x.in b@x.in ");
    goes_to(&d, STR("officers:block:bdo"), PLACE_BLOCK, GOLA, "a@x.in ");
    goes_to(&d, STR("officers:district"), PLACE_BLOCK, GOLA, "c@x.in ");
    goes_to(&d, STR("officers:district"), PLACE_DISTRICT, 607, "c@x.in ");
    goes_to(&d, STR("officers:block"), PLACE_DISTRICT, 607, "");
    goes_to(&d, STR("officers:block"), PLACE_BLOCK, DULMI, "");
    goes_to(&d, STR("officers:block"), PLACE_BLOCK, BERMO, "d@x.in ");
    goes_to(&d, STR("desk@x.in"), PLACE_COUNTRY, 0, "desk@x.in ");
    desk_fini(&d);
}

static void only_addresses_are_addresses(void **state)
{
    (void)state;
    assert_true(recipient_is_address(STR("bdo.gola@example.in")));
    assert_false(recipient_is_address(STR("a@b\r\nBcc: c@d")));
    assert_false(recipient_is_address(STR("a@b,c@d")));
    assert_false(recipient_is_address(STR("@b")));
    assert_false(recipient_is_address(STR("a")));
    assert_false(recipient_is_address(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(officers_of_the_place),
        cmocka_unit_test(only_addresses_are_addresses),
    };
    return cmocka_run_group_tests_name("alert/recipients", tests, NULL, NULL);
}
