/* SPDX-License-Identifier: MIT
 *
 * Connections are counted by client. */
#include "../../../core/net/clients.h"

#include "test.h"

static void each_client_is_counted_apart(void **state)
{
    (void)state;
    struct clients *c = clients_new();
    for (uint64_t key = 0; key < 5000; key += 1024) /* in one bucket */
        for (uint64_t i = 0; i <= key / 1024; i++)
            clients_enter(c, key);
    assert_int_equal(clients_count(c, 0), 1);
    assert_int_equal(clients_count(c, 2048), 3);
    assert_int_equal(clients_count(c, 7), 0);
    clients_leave(c, 2048);
    assert_int_equal(clients_count(c, 2048), 2);
    clients_leave(c, 0);
    assert_int_equal(clients_count(c, 0), 0);
    clients_leave(c, 7); /* was not counted */
    assert_int_equal(clients_count(c, 7), 0);
    clients_free(c);
    clients_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_client_is_counted_apart)};
    return cmocka_run_group_tests_name("net/clients", tests, NULL, NULL);
}
