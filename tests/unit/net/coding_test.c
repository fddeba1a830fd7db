/* SPDX-License-Identifier: MIT
 *
 * Compression: what is packed unpacks to the same; only where the client asks for it. */
#include "../../../core/net/coding.h"

#include <zlib.h>
#include <zstd.h>

#include "test.h"

static void gzip_packs_and_unpacks(void **state)
{
    (void)state;
    static char text[200000];
    static char back[sizeof text];
    struct buf b;
    struct err e = {0};
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    buf_init(&b, MEM_NET);
    assert_int_equal(coding_pack(CODING_GZIP, (struct str){text, sizeof text}, &b, &e), 0);
    assert_true(b.n < sizeof text / 10);
    z_stream z = {.next_in = (Bytef *)b.p,
                  .avail_in = (unsigned)b.n,
                  .next_out = (Bytef *)back,
                  .avail_out = sizeof back};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, sizeof text);
    assert_memory_equal(back, text, sizeof text);
    inflateEnd(&z);
    buf_fini(&b);
}

static void zstd_packs_and_unpacks(void **state)
{
    (void)state;
    static char text[200000];
    static char back[sizeof text];
    struct buf b;
    struct err e = {0};
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    buf_init(&b, MEM_NET);
    assert_int_equal(coding_pack(CODING_ZSTD, (struct str){text, sizeof text}, &b, &e), 0);
    assert_true(b.n < sizeof text / 10);
    assert_int_equal(ZSTD_decompress(back, sizeof back, b.p, b.n), sizeof text);
    assert_memory_equal(back, text, sizeof text);
    buf_fini(&b);
}

static void the_greatest_weight_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum coding want;
    } of[] = {
        {"gzip", CODING_GZIP},
        {"deflate, gzip;q=0.5, br", CODING_GZIP},
        {"gzip, deflate, br, zstd", CODING_ZSTD},
        {"zstd;q=0.5, gzip;q=0.8", CODING_GZIP},
        {"zstd;q=0.8, gzip;q=0.8", CODING_ZSTD},
        {"ZSTD", CODING_ZSTD},
        {"zstd;q=0, *", CODING_GZIP},
        {"br, *;q=0.1", CODING_ZSTD},
        {"identity, gzip;q=0.5", CODING_NONE},
        {"identity;q=0.5, gzip", CODING_GZIP},
        {"", CODING_NONE},
        {"br, deflate", CODING_NONE},
        {"gzip;q=0", CODING_NONE},
        {"gzip; q=0.0, deflate", CODING_NONE},
        {"gzip;q=nonsense", CODING_NONE},
        {"gzippy", CODING_NONE},
        {"*;q=0", CODING_NONE},
        {",,;q=1,", CODING_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(of); i++)
        assert_int_equal(coding_choose(str_of(of[i].header)), of[i].want);
    assert_true(coding_is_accepted(STR("br;q=0.1"), STR("br")));
    assert_false(coding_is_accepted(STR("br;q=0, *"), STR("br")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_packs_and_unpacks),
        cmocka_unit_test(zstd_packs_and_unpacks),
        cmocka_unit_test(the_greatest_weight_is_chosen),
    };
    return cmocka_run_group_tests_name("net/coding", tests, NULL, NULL);
}
