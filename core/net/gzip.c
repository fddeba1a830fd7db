/* SPDX-License-Identifier: MIT
 *
 * zlib in one go, its memory counted under this room. */
#include "gzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum { LEVEL = 5, WINDOW_GZIP = 15 + 16, MEMORY = 8, HEADER_BYTES = 18 };

/* Weight of one item in thousandths; 1000 where none is given. */
static int weight_of(struct str item)
{
    const char *q = memmem(item.p, item.n, ";q=", 3);
    double w = 1;
    if (q == NULL)
        q = memmem(item.p, item.n, "; q=", 4);
    if (q == NULL)
        return 1000;
    q = strchr(q, '=') + 1;
    if (str_to_f64(str_trim((struct str){q, (size_t)(item.p + item.n - q)}), &w) < 0)
        return 0;
    return (int)(w * 1000);
}

static bool names(struct str item, struct str coding)
{
    return str_starts(item, coding) &&
           (item.n == coding.n || item.p[coding.n] == ';' || item.p[coding.n] == ' ');
}

bool coding_is_accepted(struct str accept_encoding, struct str coding)
{
    struct str rest = accept_encoding;
    while (rest.n > 0) {
        const char *comma = memchr(rest.p, ',', rest.n);
        size_t n = comma ? (size_t)(comma - rest.p) : rest.n;
        struct str item = str_trim((struct str){rest.p, n});
        size_t skip = n + (comma ? 1 : 0);
        rest = (struct str){rest.p + skip, rest.n - skip};
        if (names(item, coding) || names(item, STR("*")))
            return weight_of(item) > 0;
    }
    return false;
}

bool gzip_is_accepted(struct str accept_encoding)
{
    return coding_is_accepted(accept_encoding, STR("gzip"));
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

int gzip_pack(struct str in, struct buf *out, struct err *err)
{
    z_stream z = {.zalloc = take, .zfree = give};
    if (in.n > UINT_MAX)
        return err_set(err, ERR_TOO_LARGE, "the answer is too large to be compressed");
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
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
