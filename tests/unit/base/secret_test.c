/* SPDX-License-Identifier: MIT
 *
 * Secrets: hashes that need their key, letters that bytes become. */
#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

/* python3: hashlib.blake2b(b"panji", digest_size=32, key=bytes(range(32))).hexdigest() */
static void hashes_are_blake2b(void **state)
{
    (void)state;
    unsigned char key[SECRET_BYTES], hash[SECRET_BYTES];
    char hex[2 * SECRET_BYTES + 1];
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    secret_hash(key, "panji", 5, hash);
    hex_encode(hash, sizeof hash, hex);
    assert_string_equal(hex, "3924601ff61e19a4439b6392bb0b2b16fc71f61a7edfe4c09255f8eecb44222b");
    key[0] ^= 1;
    unsigned char other[SECRET_BYTES];
    secret_hash(key, "panji", 5, other);
    assert_false(secret_equal(hash, other));
    assert_true(secret_equal(hash, hash));
}

static void equal_looks_at_every_byte(void **state)
{
    (void)state;
    unsigned char a[SECRET_BYTES] = {0};
    for (size_t i = 0; i < sizeof a; i++) {
        unsigned char b[SECRET_BYTES] = {0};
        b[i] = 0x80;
        assert_false(secret_equal(a, b));
    }
}

static void bytes_become_letters(void **state)
{
    (void)state;
    char out[16] = {0};
    secret_write("\x00\x00\x00\x00\x00", 5, out);
    assert_string_equal(out, "00000000");
    secret_write("\xff\xff\xff\xff\xff", 5, out);
    assert_string_equal(out, "zzzzzzzz");
    memset(out, 0, sizeof out);
    secret_write("\xff", 1, out); /* 11111 111(00) */
    assert_string_equal(out, "zw");
    assert_int_equal(secret_letters(1), 2);
    assert_int_equal(secret_letters(25), 40);
}

static void random_bytes_differ_and_are_wiped(void **state)
{
    (void)state;
    unsigned char a[SECRET_BYTES] = {0}, b[SECRET_BYTES] = {0}, none[SECRET_BYTES] = {0};
    secret_random(a, sizeof a);
    secret_random(b, sizeof b);
    assert_false(secret_equal(a, b));
    secret_wipe(a, sizeof a);
    assert_true(secret_equal(a, none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_blake2b),
        cmocka_unit_test(equal_looks_at_every_byte),
        cmocka_unit_test(bytes_become_letters),
        cmocka_unit_test(random_bytes_differ_and_are_wiped),
    };
    return cmocka_run_group_tests_name("base/secret", tests, NULL, NULL);
}
