/* SPDX-License-Identifier: MIT
 *
 * Files that are no certificate. What is shown in a handshake: tests/e2e/test_tls.py. */
#include "../../../core/net/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static void what_is_no_certificate_is_told(void **state)
{
    (void)state;
    struct err e = {0};
    char path[] = "/tmp/panji-tls-XXXXXX";
    int fd = mkstemp(path);
    bool changed = true;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "nonsense", 8), 8);
    close(fd);
    assert_int_equal(tls_open("/nonexistent", path, &e), ERR_PARAM);
    assert_non_null(strstr(e.msg, "/nonexistent cannot be used"));
    assert_int_equal(tls_open(path, path, &e), ERR_PARAM);
    assert_non_null(strstr(e.msg, path));
    assert_int_equal(tls_look(&changed, &e), 0); /* it is not open */
    assert_false(changed);
    tls_close();
    unlink(path);
}

static void nothing_is_shown_before(void **state)
{
    (void)state;
    gnutls_pcert_st *chain;
    unsigned n;
    gnutls_privkey_t key;
    assert_true(tls_retrieve(NULL, NULL, 0, NULL, 0, &chain, &n, &key) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_certificate_is_told),
        cmocka_unit_test(nothing_is_shown_before),
    };
    return cmocka_run_group_tests_name("net/tls", tests, NULL, NULL);
}
