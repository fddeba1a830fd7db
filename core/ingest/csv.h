/* SPDX-License-Identifier: MIT
 *
 * Comma-separated values as they come in (RFC 4180): bytes are pushed in, cut anywhere, and each
 * record is handed on as soon as it is whole. Comma, semicolon or tab is told from the first
 * record. LF or CR LF ends a record; a quoted field may hold both. Records of one
 * empty field (blank lines) are passed over.
 *
 * Fields are slices of the caller's bytes where the record lies in one piece, else of the parser's
 * memory; no allocation is made for a record. One thread at a time.
 *
 * A file may also be read by several parsers at once: csv_first finds the first record, csv_cut
 * where the rest can be cut, and csv_whole reads each part on a parser of its own. What comes out
 * is the same. */
#ifndef INGEST_CSV_H
#define INGEST_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

struct csv_record {
    uint32_t line;           /* 1-based, where the record starts */
    size_t n;                /* fields, at least 1 */
    const struct str *field; /* valid during the call */
    struct str raw;          /* as it was sent, without its line end; likewise */
    bool ascii;              /* surely no byte above 127 */
    bool filled;             /* something stands beside the fields */
    bool moved;              /* some fields are not slices of the bytes read */
    const char *fault;       /* a sentence on what is wrong with the form of the record, or NULL */
    size_t fault_field;      /* the field it is about */
};

/* An error ends the parsing. */
typedef int (*csv_fn)(void *ctx, const struct csv_record *record, struct err *err);

struct csv {
    csv_fn fn;
    void *ctx;
    char delimiter;   /* 0 until the first record was seen */
    uint32_t line;    /* of the record that comes next */
    struct buf carry; /* the start of a record that is not whole yet */
    int carry_state;  /* of the scan at its end */
    char *scratch;    /* fields with doubled quotes taken out; LINE_BYTES_MAX, made when needed */
    size_t scratch_n;
    int rc;      /* of an error, which every further call repeats */
    bool handed; /* a record was handed on */
    bool alone;  /* only the first record is wanted */
    struct str field[FIELD_COUNT_MAX];
    struct err kept;
};

void csv_init(struct csv *c, csv_fn fn, void *ctx);
void csv_fini(struct csv *c);
/* More bytes. ERR_LIMIT: a record above LINE_BYTES_MAX; ERR_ROWS: not a text file; or what the
 * callback gave. */
MUST_USE int csv_push(struct csv *c, const char *p, size_t n, struct err *err);
/* No more bytes: hands on a last record without a line end. ERR_ROWS: a quote was never closed. */
MUST_USE int csv_end(struct csv *c, struct err *err);

/* Takes bytes up to the end of the first record and hands on that one alone. *used: of the bytes;
 * fewer than n once it was handed on. The carry then holds what stands before the rest of them. */
MUST_USE int csv_first(struct csv *c, const char *p, size_t n, size_t *used, struct err *err);
/* The offset behind the last record that ends in p, which starts with a record; 0: none does. */
size_t csv_cut(char delimiter, const char *p, size_t n);
/* The line ends in p. */
uint32_t csv_lines(const char *p, size_t n);
/* ERR_ROWS when p, which begins on line `line`, is no text. */
MUST_USE int csv_check(const char *p, size_t n, uint32_t line, struct err *err);
/* What the parser says of a record that is too long, and of a file that ends within quotes. */
MUST_USE int csv_too_long(uint32_t line, struct err *err);
MUST_USE int csv_unclosed(uint32_t line, struct err *err);
/* Reads whole records, the first of them on line `line`. The delimiter is known. */
MUST_USE int csv_whole(struct csv *c, const char *p, size_t n, uint32_t line, struct err *err);

#endif
