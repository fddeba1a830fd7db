/* SPDX-License-Identifier: MIT
 *
 * Unpacking through zlib and libzstd, their memory counted under this room.
 *
 *     BETWEEN --first byte of a member or frame--> WITHIN --its last byte--> BETWEEN
 *        |                                           |
 *        +-- the end of the bytes: whole             +-- the end of the bytes: cut off
 *     either --damage, a bound--> failed: the same error for ever
 *
 * Behind the last gzip member zeros may stand, as tapes and some tools leave them; anything else
 * that begins no member or frame is damage. */
#include "ingest/unpack.h"

#include <limits.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* memory of the caller's */
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/limits.h"

enum { WINDOW_GZIP = 15 + 16, STEP_BYTES_MAX = 1 << 30 };

struct unpack {
    enum packing packing;
    z_stream z;
    ZSTD_DCtx *zstd;
    bool within;       /* a member or frame was begun and has not ended */
    bool padding;      /* zeros behind the last member */
    bool began;        /* at least one member or frame */
    uint64_t in, out;  /* bytes so far */
    uint64_t base;     /* of them before the step at hand */
    struct err failed; /* .code < 0: how it ended */
};

static const char gzip_magic[] = "\x1F\x8B";
static const char zstd_magic[] = "\x28\xB5\x2F\xFD";

enum packing packing_of(struct str head)
{
    if (str_starts(head, STR(gzip_magic)))
        return PACKING_GZIP;
    return str_starts(head, STR(zstd_magic)) ? PACKING_ZSTD : PACKING_NONE;
}

const char *packing_name(enum packing packing)
{
    static const char *const names[] = {"plain", "gzip", "zstd"};
    return names[packing];
}

int packing_parse(struct str coding, enum packing *out, struct err *err)
{
    coding = str_trim(coding);
    *out = PACKING_NONE;
    if (coding.n == 0 || str_eq_nocase(coding, STR("identity")))
        return 0;
    if (str_eq_nocase(coding, STR("gzip")) || str_eq_nocase(coding, STR("x-gzip")))
        *out = PACKING_GZIP;
    else if (str_eq_nocase(coding, STR("zstd")))
        *out = PACKING_ZSTD;
    if (*out != PACKING_NONE)
        return 0;
    err_set(err, ERR_MEDIA, "the Content-Encoding '%.*s' is not known",
            (int)(coding.n < 64 ? coding.n : 64), coding.p);
    err_hint(err, "send the file as it is, or packed once with gzip or zstd");
    return ERR_MEDIA;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void *zlib_take(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return mem_calloc(MEM_INGEST, count, size);
}

static void *zstd_take(void *opaque, size_t n)
{
    (void)opaque;
    return mem_alloc(MEM_INGEST, n);
}

static void give(void *opaque, void *p)
{
    (void)opaque;
    mem_free(MEM_INGEST, p);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to unpack the file");
}

/* A window above the bound is refused by the library; it is what a decoder must keep in memory. */
static int open_zstd(struct unpack *u, struct err *err)
{
    ZSTD_customMem memory = {zstd_take, give, NULL};
    u->zstd = ZSTD_createDCtx_advanced(memory);
    if (u->zstd == NULL)
        return no_memory(err);
    size_t rc = ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, UNPACK_WINDOW_LOG_MAX);
    ASSERT(!ZSTD_isError(rc));
    return 0;
}

static int open_gzip(struct unpack *u, struct err *err)
{
    u->z.zalloc = zlib_take;
    u->z.zfree = give;
    return inflateInit2(&u->z, WINDOW_GZIP) == Z_OK ? 0 : no_memory(err);
}

int unpack_new(enum packing packing, struct unpack **out, struct err *err)
{
    ASSERT(packing != PACKING_NONE);
    struct unpack *u = mem_calloc(MEM_INGEST, 1, sizeof *u);
    if (u == NULL)
        return no_memory(err);
    u->packing = packing;
    int rc = packing == PACKING_GZIP ? open_gzip(u, err) : open_zstd(u, err);
    if (rc < 0)
        mem_free(MEM_INGEST, u);
    else
        *out = u;
    return rc;
}

void unpack_free(struct unpack *u)
{
    if (u == NULL)
        return;
    if (u->packing == PACKING_GZIP)
        inflateEnd(&u->z);
    ZSTD_freeDCtx(u->zstd);
    mem_free(MEM_INGEST, u);
}

/* ---- failures -------------------------------------------------------------------------------- */

static int damaged(struct unpack *u, size_t used, const char *what)
{
    const char *name = packing_name(u->packing);
    if (!u->began)
        err_set(&u->failed, ERR_ROWS, "the file was sent as %s, but is not: %s", name, what);
    else
        err_set(&u->failed, ERR_ROWS, "the %s file is damaged at byte %llu: %s", name,
                (unsigned long long)(u->base + used), what);
    err_hint(&u->failed, "pack it anew, see that `%s -t` finds it whole, and send it again", name);
    return ERR_ROWS;
}

static int check_bounds(struct unpack *u)
{
    unsigned long long ratio = u->in > 0 ? u->out / u->in : 0;
    if (u->out > UNPACK_FREE_BYTES && ratio > UNPACK_RATIO_MAX) {
        err_set(&u->failed, ERR_LIMIT,
                "the file grows to more than %u times its size when it is unpacked, which no list "
                "of registrations does",
                UNPACK_RATIO_MAX);
        err_hint(&u->failed, "if it is what you mean to send, send it unpacked");
        return ERR_LIMIT;
    }
    if (u->out > UNPACK_BYTES_MAX)
        return err_set(&u->failed, ERR_LIMIT, "the file is larger than %llu GiB when unpacked",
                       UNPACK_BYTES_MAX >> 30);
    return 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* One window of bytes and one of room. */
struct step {
    const char *p;
    size_t n, used;
    char *out;
    size_t room, got;
};

static int inflate_more(struct unpack *u, struct step *s)
{
    u->z.next_in = (z_const Bytef *)(uintptr_t)(s->p + s->used);
    u->z.avail_in = (unsigned)(s->n - s->used);
    u->z.next_out = (Bytef *)(s->out + s->got);
    u->z.avail_out = (unsigned)(s->room - s->got);
    int rc = inflate(&u->z, Z_NO_FLUSH);
    s->used = s->n - u->z.avail_in;
    s->got = s->room - u->z.avail_out;
    if (rc == Z_STREAM_END) {
        u->within = false;
        return inflateReset(&u->z) == Z_OK ? 0 : damaged(u, s->used, "its state is lost");
    }
    if (rc == Z_MEM_ERROR)
        return no_memory(&u->failed);
    if (rc == Z_OK || rc == Z_BUF_ERROR)
        return 0;
    return damaged(u, s->used, u->z.msg != NULL ? u->z.msg : "it asks for a dictionary");
}

static int zstd_more(struct unpack *u, struct step *s)
{
    ZSTD_inBuffer in = {s->p, s->n, s->used};
    ZSTD_outBuffer out = {s->out, s->room, s->got};
    size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);
    s->used = in.pos;
    s->got = out.pos;
    if (rc == 0)
        u->within = false;
    if (!ZSTD_isError(rc))
        return 0;
    if (ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation)
        return no_memory(&u->failed);
    return damaged(u, s->used, ZSTD_getErrorName(rc));
}

/* Zeros behind the last gzip member are passed over; once one was, nothing else may come. */
static void pass_zeros(struct unpack *u, struct step *s)
{
    bool behind = u->packing == PACKING_GZIP && u->began && !u->within;
    while (behind && s->used < s->n && s->p[s->used] == '\0') {
        u->padding = true;
        s->used++;
    }
}

static int one_step(struct unpack *u, struct step *s)
{
    pass_zeros(u, s);
    if (!u->within && s->used == s->n)
        return 0;
    if (u->padding)
        return damaged(u, s->used, "something stands behind its end");
    u->within = true;
    size_t got = s->got;
    int rc = u->packing == PACKING_GZIP ? inflate_more(u, s) : zstd_more(u, s);
    u->began = u->began || rc == 0 || s->got > got;
    return rc;
}

int unpack_step(struct unpack *u, const char *p, size_t n, size_t *used, char *out, size_t room,
                size_t *got, struct err *err)
{
    struct step s = {.p = p, .n = n < STEP_BYTES_MAX ? n : STEP_BYTES_MAX, .out = out};
    s.room = room < STEP_BYTES_MAX ? room : STEP_BYTES_MAX;
    int rc = u->failed.code;
    uint64_t before = u->out;
    bool moved = true;
    u->base = u->in;
    while (rc == 0 && moved && s.got < s.room) {
        size_t at = s.used + s.got;
        rc = one_step(u, &s);
        moved = s.used + s.got > at;
        u->in = u->base + s.used;
        u->out = before + s.got;
        if (rc == 0)
            rc = check_bounds(u);
    }
    *used = s.used;
    *got = s.got;
    if (rc < 0 && err != NULL)
        *err = u->failed;
    return rc;
}

int unpack_end(struct unpack *u, struct err *err)
{
    if (u->failed.code == 0 && (u->within || !u->began)) {
        err_set(&u->failed, ERR_ROWS, "the %s file ends in the middle, after %llu bytes",
                packing_name(u->packing), (unsigned long long)u->in);
        err_hint(&u->failed, "it was cut off on its way: send it again, whole");
    }
    if (err != NULL)
        *err = u->failed;
    return u->failed.code;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int unpack_all(struct unpack *u, struct str in, size_t most, struct buf *out,
                      struct err *err)
{
    enum { PART = 256 << 10 };
    size_t at = 0;
    for (;;) {
        size_t used = 0;
        size_t got = 0;
        char *room = buf_reserve(out, PART);
        if (room == NULL)
            return no_memory(err);
        TRY(unpack_step(u, in.p + at, in.n - at, &used, room, PART, &got, err));
        at += used;
        out->n += got;
        if (out->n > most)
            return err_set(err, ERR_TOO_LARGE,
                           "the file is larger than the %zu bytes allowed here when unpacked",
                           most);
        if (got < PART && at == in.n)
            return unpack_end(u, err);
    }
}

int unpack_whole(struct str in, size_t most, struct buf *out, struct err *err)
{
    struct unpack *u;
    enum packing packing = packing_of(in);
    ASSERT(packing != PACKING_NONE);
    TRY(unpack_new(packing, &u, err));
    int rc = unpack_all(u, in, most, out, err);
    unpack_free(u);
    return rc;
}
