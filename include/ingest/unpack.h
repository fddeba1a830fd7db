/* SPDX-License-Identifier: MIT
 *
 * Compressed files: gzip (RFC 1952, also several members behind one another) and zstd (RFC 8878,
 * also several frames), unpacked as their bytes come, into pieces of the caller's.
 *
 * What comes out is bounded by UNPACK_RATIO_MAX and UNPACK_BYTES_MAX (base/limits.h), so that a few
 * kilobytes made to grow without end are refused and not worked off. One thread at a time. */
#ifndef INGEST_UNPACK_H
#define INGEST_UNPACK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

/* Bytes from the beginning of a file that tell its packing. */
enum { PACKING_MAGIC_BYTES = 4 };

/* What the first bytes of a file say; PACKING_NONE when they are of neither kind. */
enum packing packing_of(struct str head);
const char *packing_name(enum packing packing);
/* The word of Content-Encoding: gzip, x-gzip, zstd; identity and an empty one are PACKING_NONE.
 * ERR_MEDIA for any other. */
MUST_USE int packing_parse(struct str coding, enum packing *out, struct err *err);

struct unpack;
/* `packing` is not PACKING_NONE. ERR_MEM. */
MUST_USE int unpack_new(enum packing packing, struct unpack **out, struct err *err);
void unpack_free(struct unpack *u); /* NULL is fine */
/* Takes *used of the n bytes at p and writes *got bytes, at most `room`, to out. Fewer than `room`
 * with all bytes used: it has nothing more to give until it gets more. ERR_ROWS: damaged, or
 * something stands behind its end; ERR_LIMIT: it grows beyond the bounds; ERR_MEM. *used and *got
 * hold after a failure too, and every further call gives the same. */
MUST_USE int unpack_step(struct unpack *u, const char *p, size_t n, size_t *used, char *out,
                         size_t room, size_t *got, struct err *err);
/* No more bytes: ERR_ROWS when they end in the middle. All that unpack_step has to give was taken
 * before. */
MUST_USE int unpack_end(struct unpack *u, struct err *err);
/* Appends the whole of `in`, which is packed, unpacked. ERR_TOO_LARGE above `most` bytes. */
MUST_USE int unpack_whole(struct str in, size_t most, struct buf *out, struct err *err);

#endif
