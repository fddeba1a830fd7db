/* SPDX-License-Identifier: MIT
 *
 * Compression: what is packed unpacks to the same; only where the client asks for it. */
#include "../../../core/net/gzip.h"

#include <zlib.h>

#include "test.h"

static void packs_and_unpacks(void **state)
{
    (void)state;
    static char text[200000];
    static char back[sizeof text];
    struct buf b;
    struct err e = {0};
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    buf_init(&b, MEM_NET);
    assert_int_equal(gzip_pack((struct str){text, sizeof text}, &b, &e), 0);
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

static void only_where_it_is_asked_for(void **state)
{
    (void)state;
    assert_true(gzip_is_accepted(STR("gzip")));
    assert_true(gzip_is_accepted(STR("deflate, gzip;q=0.5, br")));
    assert_true(gzip_is_accepted(STR("br, *;q=0.1")));
    assert_false(gzip_is_accepted(STR("")));
    assert_false(gzip_is_accepted(STR("br, deflate")));
    assert_false(gzip_is_accepted(STR("gzip;q=0")));
    assert_false(gzip_is_accepted(STR("gzip; q=0.0, deflate")));
    assert_false(gzip_is_accepted(STR("gzippy")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs_and_unpacks),
        cmocka_unit_test(only_where_it_is_asked_for),
    };
    return cmocka_run_group_tests_name("net/gzip", tests, NULL, NULL);
}
