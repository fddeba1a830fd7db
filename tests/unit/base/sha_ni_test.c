/* SPDX-License-Identifier: MIT
 *
 * The processor's SHA-256, beside libsodium's. */
#include "../../../core/base/sha_ni.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* A message of whole blocks: libsodium's state before its padding is what the blocks must give. */
static void agrees_with_libsodium(void **state)
{
    (void)state;
    unsigned char text[64 * 20];
    uint32_t seed = 12345;
    if (!sha_ni_here())
        skip();
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
    for (size_t blocks = 0; blocks <= 20; blocks++) {
        crypto_hash_sha256_state theirs, ours;
        crypto_hash_sha256_init(&theirs);
        crypto_hash_sha256_init(&ours);
        crypto_hash_sha256_update(&theirs, text, blocks * 64);
        sha_ni_blocks(ours.state, text, blocks);
        assert_memory_equal(ours.state, theirs.state, sizeof ours.state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libsodium),
    };
    return cmocka_run_group_tests_name("base/sha_ni", tests, NULL, NULL);
}
