/* SPDX-License-Identifier: MIT
 *
 * The format is SQLite's (fileformat2, section 4): numbers are big-endian; the checksums run over
 * words whose order the magic number's lowest bit tells, and go on from frame to frame. */
#include "wal.h"

#include <string.h>

#include "base/hash.h"

enum { MAGIC = 0x377f0682, MARK_VERSION = 1 };

static uint32_t big(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t little(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* n is a multiple of 8. */
static void add(struct wal_scan *s, const unsigned char *p, uint32_t n)
{
    uint32_t a = s->sum[0], b = s->sum[1];
    for (uint32_t i = 0; i < n; i += 8) {
        a += (s->big_endian ? big(p + i) : little(p + i)) + b;
        b += (s->big_endian ? big(p + i + 4) : little(p + i + 4)) + a;
    }
    s->sum[0] = a;
    s->sum[1] = b;
}

static bool sums_are(const struct wal_scan *s, const unsigned char *p)
{
    return big(p) == s->sum[0] && big(p + 4) == s->sum[1];
}

void wal_salt(const unsigned char head[WAL_HEADER_BYTES], uint32_t salt[2])
{
    salt[0] = big(head + 16);
    salt[1] = big(head + 20);
}

bool wal_ends_commit(const unsigned char head[WAL_FRAME_HEAD_BYTES])
{
    return big(head + 4) != 0;
}

bool wal_scan_begin(struct wal_scan *s, const unsigned char head[WAL_HEADER_BYTES])
{
    *s = (struct wal_scan){.big_endian = big(head) & 1};
    wal_salt(head, s->salt);
    add(s, head, 24);
    return (big(head) & ~1u) == MAGIC && big(head + 8) == PAGESUM_PAGE_BYTES &&
           sums_are(s, head + 24);
}

bool wal_scan_frame(struct wal_scan *s, const unsigned char frame[WAL_FRAME_BYTES])
{
    if (big(frame) == 0 || big(frame + 8) != s->salt[0] || big(frame + 12) != s->salt[1])
        return false;
    add(s, frame, 8);
    add(s, frame + WAL_FRAME_HEAD_BYTES, PAGESUM_PAGE_BYTES);
    if (!sums_are(s, frame + 16))
        return false;
    s->frames++;
    if (wal_ends_commit(frame))
        s->committed = s->frames;
    return true;
}

void wal_mark_encode(const struct wal_mark *m, unsigned char out[WAL_MARK_BYTES])
{
    uint32_t version = MARK_VERSION;
    memset(out, 0, WAL_MARK_BYTES);
    memcpy(out, "PNJM", 4);
    memcpy(out + 4, &version, 4);
    memcpy(out + 8, m->salt, 8);
    memcpy(out + 16, &m->frames, 8);
    uint32_t crc = crc32c(0, out, WAL_MARK_BYTES - 4);
    memcpy(out + WAL_MARK_BYTES - 4, &crc, 4);
}

bool wal_mark_decode(const unsigned char in[WAL_MARK_BYTES], struct wal_mark *m)
{
    uint32_t version, crc;
    memcpy(&version, in + 4, 4);
    memcpy(&crc, in + WAL_MARK_BYTES - 4, 4);
    memcpy(m->salt, in + 8, 8);
    memcpy(&m->frames, in + 16, 8);
    return memcmp(in, "PNJM", 4) == 0 && version == MARK_VERSION &&
           crc == crc32c(0, in, WAL_MARK_BYTES - 4);
}
