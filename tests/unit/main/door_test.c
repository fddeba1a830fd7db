/* SPDX-License-Identifier: MIT
 *
 * The way to the data: a server is found only when it answers and is the one announced. */
#include "../../../core/main/door.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "store/tmpdir.h"
#include "test.h"

static const struct cli_option options[] = {
    {"data", "DIR", "", false}, {"server", "URL", "", false}, {"plugins", "DIR", "", false}};
static const struct cli_command commands[] = {{"x", "", 0, 0, "", options, 3, NULL}};

static struct cli cli;
static struct door door;
static char dir[128];

static void parse(const char *const *argv)
{
    struct err e = {0};
    int n = 0;
    while (argv[n] != NULL)
        n++;
    assert_int_equal(cli_parse(commands, 1, n, argv, &cli, &e), 0);
}

static int setup(void **state)
{
    (void)state;
    log_threshold(LOG_OFF);
    tmpdir_make(dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    return 0;
}

static void a_directory_is_served_to_ourselves(void **state)
{
    (void)state;
    struct err e = {0};
    char url[DOOR_URL_BYTES];
    parse((const char *const[]){"panji", "x", "--data", dir, "--plugins", "/nonexistent", NULL});
    assert_int_equal(door_open(&cli, DOOR_READ, &door, &e), ERR_NOT_FOUND); /* nothing there */
    assert_int_equal(door_open(&cli, DOOR_WRITE, &door, &e), 0);
    assert_non_null(door.own);
    assert_false(door_find(dir, url)); /* it tells nobody */
    door_close(&door);
    assert_int_equal(door_open(&cli, DOOR_READ, &door, &e), 0);
    door_close(&door);
}

static void an_announced_server_is_used(void **state)
{
    (void)state;
    struct err e = {0};
    char url[DOOR_URL_BYTES];
    static struct door second;
    parse((const char *const[]){"panji", "x", "--data", dir, "--plugins", "/nonexistent", NULL});
    assert_int_equal(door_open(&cli, DOOR_WRITE, &door, &e), 0);
    assert_int_equal(door_open(&cli, DOOR_WRITE, &second, &e), ERR_LOCKED);
    assert_int_equal(
        door_announce(dir, &(struct door_notice){door.url, "somebody-else", "k", NULL}, &e), 0);
    assert_false(door_find(dir, url));
    assert_int_equal(
        door_announce(dir, &(struct door_notice){door.url, door.app.instance, door.app.key, NULL},
                      &e),
        0);
    assert_true(door_find(dir, url));
    assert_string_equal(url, door.url);
    assert_int_equal(door_open(&cli, DOOR_WRITE, &second, &e), 0);
    assert_null(second.own);
    assert_string_equal(second.token, door.app.key);
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s/server.json", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    door_close(&second);
    door_withdraw(dir, "somebody-else");
    assert_true(door_find(dir, url));
    door_withdraw(dir, door.app.instance);
    assert_false(door_find(dir, url));
    door_close(&door);
}

static void server_or_data_not_both(void **state)
{
    (void)state;
    struct err e = {0};
    parse((const char *const[]){"panji", "x", "--data", dir, "--server", "http://127.0.0.1:1/",
                                NULL});
    assert_int_equal(door_open(&cli, DOOR_READ, &door, &e), ERR_USAGE);
    parse((const char *const[]){"panji", "x", "--server", "http://127.0.0.1:1/", NULL});
    assert_int_equal(door_open(&cli, DOOR_READ, &door, &e), 0);
    assert_string_equal(door.url, "http://127.0.0.1:1");
}

static void refusals_have_exit_codes(void **state)
{
    (void)state;
    struct err e = {0};
    parse((const char *const[]){"panji", "x", "--data", dir, "--plugins", "/nonexistent", NULL});
    assert_int_equal(door_open(&cli, DOOR_WRITE, &door, &e), 0);
    struct door_request rq = {.method = "GET", .path = "/v1/batches/none"};
    assert_int_equal(door_send(&door, &rq, stdout, &e), ERR_NOT_FOUND);
    assert_string_equal(e.msg, ""); /* it was told as the server worded it */
    door_close(&door);
}

int main(void)
{
    unsetenv("PANJI_DATA");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_directory_is_served_to_ourselves, setup, teardown),
        cmocka_unit_test_setup_teardown(an_announced_server_is_used, setup, teardown),
        cmocka_unit_test_setup_teardown(server_or_data_not_both, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_have_exit_codes, setup, teardown),
    };
    return cmocka_run_group_tests_name("main/door", tests, NULL, NULL);
}
