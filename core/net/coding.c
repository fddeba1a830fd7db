/* SPDX-License-Identifier: MIT
 *
 * zlib and libzstd in one go, their memory counted under this room. */
#include "coding.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY /* memory of the caller's */
#include <zstd.h>

enum { GZIP_LEVEL = 5, ZSTD_LEVEL = 3, WINDOW_GZIP = 15 + 16, MEMORY = 8, HEADER_BYTES = 18 };

enum { NOT_NAMED = -1, WHOLE = 1000 };

/* Weight of one item in thousandths: "gzip;q=0.5", and none given is a whole one. */
static int weight_of(struct str item)
{
    const char *semicolon = item.n > 0 ? memchr(item.p, ';', item.n) : NULL;
    double w = 1;
    if (semicolon == NULL)
        return WHOLE;
    struct str q = str_trim((struct str){semicolon + 1, (size_t)(item.p + item.n - semicolon) - 1});
    if (q.n < 3 || (q.p[0] != 'q' && q.p[0] != 'Q') || q.p[1] != '=' ||
        str_to_f64((struct str){q.p + 2, q.n - 2}, &w) < 0 || !(w >= 0))
        return 0;
    return w >= 1 ? WHOLE : (int)(w * WHOLE);
}

static bool names(struct str item, struct str coding)
{
    const char *semicolon = item.n > 0 ? memchr(item.p, ';', item.n) : NULL;
    if (semicolon != NULL)
        item.n = (size_t)(semicolon - item.p);
    return str_eq_nocase(str_trim(item), coding);
}

/* Of this very name; NOT_NAMED where there is none. */
static int weight_named(struct str header, struct str name)
{
    struct str rest = header;
    while (rest.n > 0) {
        const char *comma = memchr(rest.p, ',', rest.n);
        size_t n = comma ? (size_t)(comma - rest.p) : rest.n;
        struct str item = str_trim((struct str){rest.p, n});
        size_t skip = n + (comma ? 1 : 0);
        rest = (struct str){rest.p + skip, rest.n - skip};
        if (names(item, name))
            return weight_of(item);
    }
    return NOT_NAMED;
}

static int weight(struct str header, struct str name)
{
    int w = weight_named(header, name);
    if (w == NOT_NAMED)
        w = weight_named(header, STR("*"));
    return w == NOT_NAMED ? 0 : w;
}

bool coding_is_accepted(struct str accept_encoding, struct str name)
{
    return weight(accept_encoding, name) > 0;
}

enum coding coding_choose(struct str accept_encoding)
{
    int gzip = weight(accept_encoding, STR("gzip"));
    int zstd = weight(accept_encoding, STR("zstd"));
    int none = weight_named(accept_encoding, STR("identity"));
    if (gzip == 0 && zstd == 0)
        return CODING_NONE;
    if (none > gzip && none > zstd)
        return CODING_NONE;
    return zstd >= gzip ? CODING_ZSTD : CODING_GZIP;
}

const char *coding_name(enum coding coding)
{
    static const char *const name[] = {NULL, "gzip", "zstd"};
    return name[coding];
}

static void *take(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return mem_calloc(MEM_NET, count, size);
}

static void give(void *opaque, void *p)
{
    (void)opaque;
    mem_free(MEM_NET, p);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to compress the answer");
}

static int pack_gzip(struct str in, struct buf *out, struct err *err)
{
    z_stream z = {.zalloc = take, .zfree = give};
    if (in.n > UINT_MAX)
        return err_set(err, ERR_TOO_LARGE, "the answer is too large to be compressed");
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return no_memory(err);
    size_t room = deflateBound(&z, in.n) + HEADER_BYTES;
    char *p = room <= UINT_MAX ? buf_reserve(out, room) : NULL;
    int rc = p == NULL ? no_memory(err) : 0;
    if (rc == 0) {
        z.next_in = (z_const Bytef *)(uintptr_t)in.p;
        z.avail_in = (unsigned)in.n;
        z.next_out = (Bytef *)p;
        z.avail_out = (unsigned)room;
        int end = deflate(&z, Z_FINISH);
        ASSERT(end == Z_STREAM_END);
        out->n += z.total_out;
    }
    deflateEnd(&z);
    return rc;
}

static void *take_zstd(void *opaque, size_t size)
{
    (void)opaque;
    return mem_alloc(MEM_NET, size);
}

static int pack_zstd(struct str in, struct buf *out, struct err *err)
{
    ZSTD_customMem mem = {take_zstd, give, NULL};
    ZSTD_CCtx *z = ZSTD_createCCtx_advanced(mem);
    size_t room = ZSTD_compressBound(in.n);
    char *p = z != NULL ? buf_reserve(out, room) : NULL;
    size_t n = 0;
    if (p != NULL)
        n = ZSTD_compressCCtx(z, p, room, in.p, in.n, ZSTD_LEVEL);
    ZSTD_freeCCtx(z);
    if (p == NULL || ZSTD_isError(n))
        return no_memory(err);
    out->n += n;
    return 0;
}

int coding_pack(enum coding coding, struct str in, struct buf *out, struct err *err)
{
    ASSERT(coding != CODING_NONE);
    return coding == CODING_ZSTD ? pack_zstd(in, out, err) : pack_gzip(in, out, err);
}
