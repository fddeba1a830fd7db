/* SPDX-License-Identifier: MIT
 *
 * Compressed files, through the unpacker and through a batch. */
#include <zlib.h>
#include <zstd.h>

#include "ingest/unpack.h"
#include "world.h"

/* ---- packing --------------------------------------------------------------------------------- */

static void gzip_add(struct buf *out, struct str text)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, text.n) + 32;
    z.next_in = (z_const Bytef *)(uintptr_t)text.p;
    z.avail_in = (unsigned)text.n;
    z.next_out = (Bytef *)buf_reserve(out, room);
    z.avail_out = (unsigned)room;
    assert_non_null(z.next_out);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
}

static void zstd_add(struct buf *out, struct str text)
{
    size_t room = ZSTD_compressBound(text.n);
    char *p = buf_reserve(out, room);
    assert_non_null(p);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    size_t n = ZSTD_compress2(c, p, room, text.p, text.n);
    assert_false(ZSTD_isError(n));
    out->n += n;
    ZSTD_freeCCtx(c);
}

typedef void (*pack_fn)(struct buf *out, struct str text);
static const pack_fn packers[] = {gzip_add, zstd_add};

static struct str sample(struct buf *b)
{
    buf_init(b, MEM_BASE);
    for (int i = 0; i < 30000; i++)
        buf_printf(b, "line %d of %d\n", i, i * 7919 % 10007);
    return buf_view(b);
}

/* ---- the unpacker ---------------------------------------------------------------------------- */

/* Unpacks in pieces of `step` bytes into rooms of `room`, each of its own block of memory. */
static int unpack_in_steps(struct str in, size_t step, size_t room, struct buf *out,
                           struct err *err)
{
    struct unpack *u;
    int rc = 0;
    assert_int_equal(unpack_new(packing_of(in), &u, err), 0);
    for (size_t at = 0; rc == 0 && at < in.n;) {
        size_t n = in.n - at < step ? in.n - at : step;
        char *p = malloc(n);
        char *space = malloc(room);
        size_t used = 0;
        size_t got = room;
        memcpy(p, in.p + at, n);
        for (size_t from = 0; rc == 0 && (from < n || got == room); from += used) {
            rc = unpack_step(u, p + from, n - from, &used, space, room, &got, err);
            buf_put(out, space, got);
        }
        at += n;
        free(space);
        free(p);
    }
    if (rc == 0)
        rc = unpack_end(u, err);
    unpack_free(u);
    return rc;
}

static void gives_what_was_packed(void **state)
{
    (void)state;
    struct buf text, packed, out;
    struct err err;
    struct str s = sample(&text);
    static const size_t steps[][2] = {{1, 100}, {7, 1}, {1 << 20, 4096}, {333, 65536}};
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        buf_init(&packed, MEM_BASE);
        packers[k](&packed, s);
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            buf_init(&out, MEM_BASE);
            if (unpack_in_steps(buf_view(&packed), steps[i][0], steps[i][1], &out, &err) < 0)
                fail_msg("%s", err.msg);
            assert_true(str_eq(buf_view(&out), s));
            buf_fini(&out);
        }
        buf_init(&out, MEM_BASE);
        assert_int_equal(unpack_whole(buf_view(&packed), s.n, &out, &err), 0);
        assert_true(str_eq(buf_view(&out), s));
        buf_clear(&out);
        assert_int_equal(unpack_whole(buf_view(&packed), s.n - 1, &out, &err), ERR_TOO_LARGE);
        buf_fini(&out);
        buf_fini(&packed);
    }
    buf_fini(&text);
}

static void takes_several_members(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        struct buf packed, out;
        struct err err;
        buf_init(&packed, MEM_BASE);
        buf_init(&out, MEM_BASE);
        packers[k](&packed, STR("one, "));
        packers[k](&packed, STR(""));
        packers[k](&packed, STR("two"));
        if (k == 0)
            buf_put(&packed, "\0\0\0", 3);
        assert_int_equal(unpack_in_steps(buf_view(&packed), 1, 3, &out, &err), 0);
        assert_true(str_eq(buf_view(&out), STR("one, two")));
        buf_cstr(&packed, "x");
        assert_int_equal(unpack_in_steps(buf_view(&packed), 5, 3, &out, &err), ERR_ROWS);
        buf_fini(&packed);
        buf_fini(&out);
    }
}

/* Cut anywhere it is cut off; a bit turned anywhere is damage, or makes no difference. */
static void tells_what_is_not_whole(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        struct buf packed, out;
        struct err err;
        size_t damaged = 0;
        struct str text = STR("date,district\n2021-11-20,607\n");
        buf_init(&packed, MEM_BASE);
        packers[k](&packed, text);
        for (size_t n = PACKING_MAGIC_BYTES; n < packed.n; n++) {
            buf_init(&out, MEM_BASE);
            assert_int_equal(unpack_whole((struct str){packed.p, n}, 1000, &out, &err), ERR_ROWS);
            assert_non_null(strstr(err.msg, "ends in the middle"));
            buf_fini(&out);
        }
        for (size_t n = 10; n < packed.n; n++) {
            buf_init(&out, MEM_BASE);
            packed.p[n] ^= 0x10;
            int rc = unpack_whole(buf_view(&packed), 1000, &out, &err);
            packed.p[n] ^= 0x10;
            assert_true(rc == ERR_ROWS || (rc == 0 && str_eq(buf_view(&out), text)));
            damaged += rc < 0;
            buf_fini(&out);
        }
        assert_true(damaged > (packed.n - 10) * 9 / 10);
        buf_fini(&packed);
    }
}

static void bounds_what_grows(void **state)
{
    (void)state;
    size_t n = 3 * (size_t)UNPACK_FREE_BYTES / 2;
    char *zeros = calloc(1, n);
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        struct buf packed, out;
        struct err err;
        buf_init(&packed, MEM_BASE);
        buf_init(&out, MEM_BASE);
        packers[k](&packed, (struct str){zeros, n});
        assert_int_equal(unpack_whole(buf_view(&packed), 2 * n, &out, &err), ERR_LIMIT);
        assert_non_null(strstr(err.msg, "250 times"));
        assert_true(out.n <= UNPACK_FREE_BYTES + (1 << 20));
        buf_clear(&out);
        assert_int_equal(unpack_whole(buf_view(&packed), 1000, &out, &err), ERR_TOO_LARGE);
        buf_fini(&out);
        buf_fini(&packed);
    }
    free(zeros);
}

static void names_of_packings(void **state)
{
    (void)state;
    enum packing p;
    struct err err;
    assert_int_equal(packing_parse(STR(" GZIP"), &p, &err), 0);
    assert_int_equal(p, PACKING_GZIP);
    assert_int_equal(packing_parse(STR("zstd"), &p, &err), 0);
    assert_int_equal(p, PACKING_ZSTD);
    assert_int_equal(packing_parse(STR("identity"), &p, &err), 0);
    assert_int_equal(p, PACKING_NONE);
    assert_int_equal(packing_parse(STR("br"), &p, &err), ERR_MEDIA);
    assert_int_equal(packing_parse(STR("gzip, gzip"), &p, &err), ERR_MEDIA);
    assert_int_equal(packing_of(STR("date")), PACKING_NONE);
    assert_int_equal(packing_of(STR("")), PACKING_NONE);
}

/* The n-th allocation fails, for every n that there is. */
static void without_memory(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        struct buf packed, out;
        struct err err;
        int rc = ERR_MEM;
        buf_init(&packed, MEM_BASE);
        packers[k](&packed, STR("date,district\n2021-11-20,607\n"));
        for (uint64_t n = 1; rc == ERR_MEM && n < 100; n++) {
            buf_init(&out, MEM_BASE);
            mem_fail_at(n);
            rc = unpack_whole(buf_view(&packed), 1000, &out, &err);
            mem_fail_at(0);
            assert_true(rc == 0 || rc == ERR_MEM);
            buf_fini(&out);
        }
        assert_int_equal(rc, 0);
        buf_fini(&packed);
    }
}

/* ---- batches --------------------------------------------------------------------------------- */

static const char csv[] = "date,district,block,count\n2021-11-20,607,Gola,5\n";

static int import(struct world *w, const char *id, struct str text, enum packing packing,
                  size_t step, struct batch_result *r, struct err *err)
{
    struct batch_options o = world_options("test", id);
    struct batch *b;
    int rc = 0;
    o.packing = packing;
    assert_int_equal(batch_new(w->store, w->cell, &o, &b, err), 0);
    for (size_t at = 0; rc == 0 && at < text.n; at += step)
        rc = batch_push(b, text.p + at, text.n - at < step ? text.n - at : step, err);
    if (rc == 0)
        rc = batch_end(b, r, err);
    batch_free(b);
    return rc;
}

static void the_same_content_is_the_same_batch(void **state)
{
    struct world *w = *state;
    struct batch_result plain, r;
    struct err err;
    struct buf packed;
    assert_int_equal(import(w, "", STR(csv), PACKING_NONE, 1000, &plain, &err), 0);
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        buf_init(&packed, MEM_BASE);
        packers[k](&packed, STR(csv));
        for (size_t step = 1; step < 40; step += 13) {
            assert_int_equal(import(w, "", buf_view(&packed), PACKING_NONE, step, &r, &err), 0);
            assert_true(r.duplicate);
            assert_string_equal(r.id, plain.id);
        }
        enum packing told = k == 0 ? PACKING_GZIP : PACKING_ZSTD;
        assert_int_equal(import(w, "x", buf_view(&packed), told, 9, &r, &err), 0);
        enum packing other = k == 0 ? PACKING_ZSTD : PACKING_GZIP;
        assert_int_equal(import(w, "y", buf_view(&packed), other, 9, &r, &err), ERR_ROWS);
        buf_fini(&packed);
    }
    assert_int_equal(import(w, "z", STR(csv), PACKING_GZIP, 9, &r, &err), ERR_ROWS);
    assert_non_null(strstr(err.msg, "sent as gzip"));
    assert_int_equal(world_registrations(w), 10);
}

static void a_broken_file_refuses_the_batch(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    struct buf packed, text;
    buf_init(&text, MEM_BASE);
    buf_cstr(&text, "date,district,count\n");
    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "2021-11-%02d,607,%d\n", i % 28 + 1, i * 7919 % 1009 + 1);
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        buf_init(&packed, MEM_BASE);
        packers[k](&packed, buf_view(&text));
        struct str half = {packed.p, packed.n / 2};
        assert_int_equal(import(w, "t", half, PACKING_NONE, 100, &r, &err), ERR_ROWS);
        assert_non_null(strstr(err.msg, "ends in the middle"));
        assert_int_equal(world_registrations(w), 0);
        assert_true(k == 1 || (err.line > 1000 && err.line < 2500)); /* zstd: one block */
        buf_fini(&packed);
    }
    assert_int_equal(import(w, "t", buf_view(&text), PACKING_NONE, 100, &r, &err), 0);
    buf_init(&packed, MEM_BASE);
    gzip_add(&packed, buf_view(&text));
    struct str half = {packed.p, packed.n / 2};
    /* Under an id that is known: not "other content", because its content is not known. */
    assert_int_equal(import(w, "t", half, PACKING_NONE, 100, &r, &err), ERR_ROWS);
    assert_int_equal(import(w, "t", buf_view(&packed), PACKING_NONE, 100, &r, &err), 0);
    assert_true(r.duplicate);
    buf_fini(&packed);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_was_packed),
        cmocka_unit_test(takes_several_members),
        cmocka_unit_test(tells_what_is_not_whole),
        cmocka_unit_test(bounds_what_grows),
        cmocka_unit_test(names_of_packings),
        cmocka_unit_test(without_memory),
        WORLD_TEST(the_same_content_is_the_same_batch),
        WORLD_TEST(a_broken_file_refuses_the_batch),
    };
    return cmocka_run_group_tests_name("ingest/unpack", tests, NULL, NULL);
}
