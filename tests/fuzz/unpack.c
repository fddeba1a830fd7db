/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: unpacking. The first byte says how the rest is taken: as a packed file, damaged or
 * not, which gives the same however its bytes and the room are cut; or as a text, which is packed
 * and comes out again as it was. */
#include "fuzz.h"

#include <zlib.h>
#include <zstd.h>

#include "base/hash.h"
#include "ingest/unpack.h"

enum { OUT_MAX = 4 << 20 };

static int unpack_cut(struct str in, size_t step, size_t room, struct buf *out)
{
    struct unpack *u;
    struct err err = {0};
    int rc = 0;
    char *space = malloc(room);
    ASSERT(unpack_new(packing_of(in), &u, &err) == 0);
    for (size_t at = 0; rc == 0 && at < in.n && out->n < OUT_MAX;) {
        size_t n = in.n - at < step ? in.n - at : step;
        char *piece = malloc(n); /* its own block, so that reading over its end shows */
        size_t got = room;
        memcpy(piece, in.p + at, n);
        for (size_t from = 0; rc == 0 && (from < n || got == room) && out->n < OUT_MAX;) {
            size_t used;
            rc = unpack_step(u, piece + from, n - from, &used, space, room, &got, &err);
            ASSERT(used <= n - from && got <= room);
            ASSERT(rc < 0 || used > 0 || got > 0 || from == n);
            buf_put(out, space, got);
            from += used;
        }
        free(piece);
        at += n;
    }
    if (rc == 0 && out->n < OUT_MAX)
        rc = unpack_end(u, &err);
    ASSERT(rc == 0 || ((rc == ERR_ROWS || rc == ERR_LIMIT) && err.msg[0] != '\0'));
    unpack_free(u);
    free(space);
    return rc;
}

static void take_packed(struct str in)
{
    static const size_t cuts[][2] = {{1, 4096}, {7, 1000}, {4096, 257}};
    struct buf whole, cut;
    if (packing_of(in) == PACKING_NONE)
        return;
    buf_init(&whole, MEM_INGEST);
    int rc = unpack_cut(in, in.n, 65536, &whole);
    for (size_t i = 0; i < ARRAY_LEN(cuts) && whole.n < OUT_MAX; i++) {
        buf_init(&cut, MEM_INGEST);
        int again = unpack_cut(in, cuts[i][0], cuts[i][1], &cut);
        ASSERT((again < 0) == (rc < 0));
        ASSERT(rc < 0 || str_eq(buf_view(&cut), buf_view(&whole)));
        buf_fini(&cut);
    }
    buf_fini(&whole);
}

static void pack(bool gzip, struct str text, struct buf *out)
{
    size_t room = gzip ? compressBound(text.n) + 64 : ZSTD_compressBound(text.n);
    char *p = buf_reserve(out, room);
    ASSERT(p != NULL);
    if (!gzip) {
        out->n += ZSTD_compress(p, room, text.p, text.n, 1);
        return;
    }
    z_stream z = {0};
    ASSERT(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)text.p;
    z.avail_in = (unsigned)text.n;
    z.next_out = (Bytef *)p;
    z.avail_out = (unsigned)room;
    ASSERT(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
}

static void take_text(struct str text)
{
    for (int gzip = 0; gzip < 2; gzip++) {
        struct buf packed, out;
        buf_init(&packed, MEM_INGEST);
        buf_init(&out, MEM_INGEST);
        pack(gzip, text, &packed);
        ASSERT(unpack_cut(buf_view(&packed), 1 + hash64(text.p, text.n, 1) % 50, 333, &out) == 0);
        ASSERT(str_eq(buf_view(&out), text));
        buf_fini(&out);
        buf_fini(&packed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n == 0)
        return 0;
    struct str rest = {(const char *)p + 1, n - 1};
    if (p[0] == 't')
        take_text(rest);
    else
        take_packed(rest);
    return 0;
}
