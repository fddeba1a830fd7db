/* SPDX-License-Identifier: MIT
 *
 * Secrets come from a file or the environment. */
#include "script/secret.h"

#include <stdlib.h>

#include "world.h"

static void a_file_gives_its_text_without_the_end_of_line(void **state)
{
    (void)state;
    struct world w;
    struct err err = {0};
    char path[256];
    char out[SECRET_BYTES_MAX];
    world_init(&w);
    world_path(&w, "pw", path);
    struct secret s = {.file = str_of(path)};
    assert_true(secret_is_named(&s));
    assert_int_equal(secret_read(&s, out, &err), ERR_IO);
    world_write(&w, "pw", "two words\r\n\n");
    assert_int_equal(secret_read(&s, out, &err), 0);
    assert_string_equal(out, "two words");
    world_write(&w, "pw", "\n");
    assert_int_equal(secret_read(&s, out, &err), ERR_VALUE);
    char *large = malloc(SECRET_BYTES_MAX + 1);
    memset(large, 'x', SECRET_BYTES_MAX);
    large[SECRET_BYTES_MAX] = '\0';
    world_write(&w, "pw", large);
    free(large);
    assert_int_equal(secret_read(&s, out, &err), ERR_TOO_LARGE);
    world_fini(&w);
}

static void a_variable_gives_its_value(void **state)
{
    (void)state;
    struct err err = {0};
    char out[SECRET_BYTES_MAX];
    struct secret s = {.env = STR("PANJI_TEST_SECRET")};
    unsetenv("PANJI_TEST_SECRET");
    assert_int_equal(secret_read(&s, out, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "PANJI_TEST_SECRET"));
    setenv("PANJI_TEST_SECRET", "hunter2", 1);
    assert_int_equal(secret_read(&s, out, &err), 0);
    assert_string_equal(out, "hunter2");
    unsetenv("PANJI_TEST_SECRET");
    assert_false(secret_is_named(&(struct secret){.file = STR_NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_text_without_the_end_of_line),
        cmocka_unit_test(a_variable_gives_its_value),
    };
    return cmocka_run_group_tests_name("script/secret", tests, NULL, NULL);
}
