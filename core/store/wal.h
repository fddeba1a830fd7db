/* SPDX-License-Identifier: MIT
 *
 * SQLite's write-ahead log, read beside SQLite. SQLite takes the log's first frame that is wrong
 * for its end, which is right for a commit that the power cut short, and loses every commit behind
 * a flipped bit without a word. The mark tells the two apart: a small file beside the log, written
 * after each sync, says how many frames were acknowledged.
 *
 *     log     32 bytes of header, then frames of 24 bytes and a page
 *     mark    "PNJM", u32 version, u32 salt[2] of the log, u64 frames, u32 zero, u32 crc32c
 *
 * The mark is not synced, so that a power cut may leave an older one, which promises less; it never
 * promises more than what is on disk. */
#ifndef STORE_WAL_H
#define STORE_WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "pagesum.h"

enum {
    WAL_HEADER_BYTES = 32,
    WAL_FRAME_HEAD_BYTES = 24,
    WAL_FRAME_BYTES = WAL_FRAME_HEAD_BYTES + PAGESUM_PAGE_BYTES,
    WAL_MARK_BYTES = 32,
};

struct wal_mark {
    uint32_t salt[2];
    uint64_t frames; /* acknowledged, from the first on */
};

void wal_mark_encode(const struct wal_mark *m, unsigned char out[WAL_MARK_BYTES]);
bool wal_mark_decode(const unsigned char in[WAL_MARK_BYTES], struct wal_mark *m);

/* A log as it is scanned, frame by frame. */
struct wal_scan {
    uint32_t salt[2];
    uint64_t frames;    /* that are whole so far */
    uint64_t committed; /* of them, up to the last that ends a commit */
    uint32_t sum[2];
    bool big_endian;
};

/* False: no log's header, or a damaged one. */
bool wal_scan_begin(struct wal_scan *s, const unsigned char head[WAL_HEADER_BYTES]);
/* False: this frame is not of the log, which ends before it. */
bool wal_scan_frame(struct wal_scan *s, const unsigned char frame[WAL_FRAME_BYTES]);

/* Numbers in the header of the log and of a frame. */
void wal_salt(const unsigned char head[WAL_HEADER_BYTES], uint32_t salt[2]);
bool wal_ends_commit(const unsigned char head[WAL_FRAME_HEAD_BYTES]);

#endif
