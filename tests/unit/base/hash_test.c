/* SPDX-License-Identifier: MIT
 *
 * Hashes: known answers for what is stored, spread for what is not. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sodium.h>

static void crc32c_has_its_known_answers(void **state)
{
    (void)state;
    unsigned char zeros[32] = {0};
    unsigned char ones[32];
    memset(ones, 0xFF, sizeof ones);
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aau); /* RFC 3720, B.4 */
    assert_int_equal(crc32c(0, ones, 32), 0x62a8ab43u);
    assert_int_equal(crc32c(0, NULL, 0), 0);
}

static void crc32c_agrees_with_its_tables(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    unsigned char data[1000];
    uint64_t x = seed | 1u;
    for (size_t i = 0; i < sizeof data; i++) {
        x = hash_mix(x + i);
        data[i] = (unsigned char)x;
    }
    for (size_t n = 0; n < sizeof data; n += 1 + n / 7) {
        uint32_t whole = crc32c(0, data, n);
        assert_int_equal(whole, crc32c_portable(0, data, n));
        size_t half = n / 3;
        assert_int_equal(whole, crc32c(crc32c(0, data, half), data + half, n - half));
        assert_int_equal(whole, crc32c_portable(crc32c(0, data, half), data + half, n - half));
    }
}

static int bits(uint64_t x)
{
    return __builtin_popcountll(x);
}

static void each_bit_changes_half_of_hash64(void **state)
{
    (void)state;
    unsigned char data[80] = {0};
    for (size_t n = 1; n <= sizeof data; n++) {
        uint64_t base = hash64(data, n, 42);
        int total = 0;
        for (size_t bit = 0; bit < n * 8; bit++) {
            data[bit / 8] ^= (unsigned char)(1u << bit % 8);
            int changed = bits(base ^ hash64(data, n, 42));
            assert_in_range(changed, 8, 56);
            total += changed;
            data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
        int mean = total / (int)(n * 8);
        assert_in_range(mean, 26, 38);
    }
}

static int order(const void *a, const void *b)
{
    uint64_t x;
    uint64_t y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void hash64_has_no_collisions_among_small_keys(void **state)
{
    (void)state;
    enum { KEYS = 200000 };
    uint64_t *h = calloc(KEYS, sizeof *h);
    assert_non_null(h);
    for (uint32_t i = 0; i < KEYS; i++)
        h[i] = hash64(&i, sizeof i, 0);
    qsort(h, KEYS, sizeof *h, order);
    for (size_t i = 1; i < KEYS; i++)
        assert_true(h[i] != h[i - 1]);
    free(h);
}

static void length_and_seed_count(void **state)
{
    (void)state;
    unsigned char zeros[100] = {0};
    for (size_t n = 1; n < sizeof zeros; n++)
        assert_true(hash64(zeros, n, 0) != hash64(zeros, n - 1, 0));
    assert_true(hash64("a", 1, 0) != hash64("a", 1, 1));
    assert_true(hash64(NULL, 0, 0) == hash64(zeros, 0, 0));
    assert_true(hash_mix(1) != hash_mix(2));
}

/* Words that are a constant of the hash make a factor zero. */
static void chosen_words_swallow_nothing(void **state)
{
    (void)state;
    const uint64_t constants[] = {0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu, 0x8ebc6af09c88c6e3u,
                                  0x589965cc75374cc3u, ~0xe7037ed1a0b428dbu};
    for (size_t c = 0; c < sizeof constants / sizeof constants[0]; c++)
        for (size_t at = 0; at < 8; at++)
            for (size_t other = 0; other < 8; other++) {
                uint64_t words[8] = {0};
                words[at] = constants[c];
                uint64_t before = hash64(words, sizeof words, 0);
                words[other] ^= 1;
                assert_in_range(bits(before ^ hash64(words, sizeof words, 0)), 8, 56);
            }
}

static void sha256_has_its_known_answer(void **state)
{
    (void)state;
    struct sha256 h;
    unsigned char sum[32];
    char text[65];
    sha256_init(&h);
    sha256_add(&h, "a", 1);
    sha256_add(&h, "bc", 2);
    sha256_end(&h, sum);
    hex_encode(sum, sizeof sum, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hex_encode(sum, 0, text);
    assert_string_equal(text, "");
}

/* However it was cut, and beside what libsodium says of the whole. */
static void sha256_does_not_depend_on_the_cuts(void **state)
{
    (void)state;
    unsigned char text[1000], sum[32], want[32];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * 131 + i / 7);
    for (size_t n = 0; n < 300; n++)
        for (size_t step = 1; step < 200; step += 1 + step / 3) {
            struct sha256 h;
            sha256_init(&h);
            for (size_t at = 0; at < n; at += step)
                sha256_add(&h, text + at, n - at < step ? n - at : step);
            sha256_add(&h, NULL, 0);
            sha256_end(&h, sum);
            crypto_hash_sha256(want, text, n);
            assert_memory_equal(sum, want, sizeof sum);
        }
}

static void up_to_eight_bytes_are_a_number(void **state)
{
    (void)state;
    unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t n = 0; n <= sizeof data; n++) {
        uint64_t want = 0;
        for (size_t i = 0; i < n; i++)
            want |= (uint64_t)data[i] << (8 * i);
        unsigned char *exact = malloc(n ? n : 1); /* so that a byte too many would be seen */
        memcpy(exact, data, n);
        assert_int_equal(bytes8(exact, n), want);
        free(exact);
    }
}

/* RFC 4231, test cases 2 and 6 (a key longer than a block). */
static void signatures_are_those_of_rfc_4231(void **state)
{
    (void)state;
    unsigned char mac[32];
    unsigned char key[131];
    char hex[65];
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
    hex_encode(mac, sizeof mac, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_sha256(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54, mac);
    hex_encode(mac, sizeof mac, hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_has_its_known_answers),
        cmocka_unit_test(crc32c_agrees_with_its_tables),
        cmocka_unit_test(each_bit_changes_half_of_hash64),
        cmocka_unit_test(hash64_has_no_collisions_among_small_keys),
        cmocka_unit_test(length_and_seed_count),
        cmocka_unit_test(chosen_words_swallow_nothing),
        cmocka_unit_test(up_to_eight_bytes_are_a_number),
        cmocka_unit_test(sha256_has_its_known_answer),
        cmocka_unit_test(sha256_does_not_depend_on_the_cuts),
        cmocka_unit_test(signatures_are_those_of_rfc_4231),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
