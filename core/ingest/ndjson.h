/* SPDX-License-Identifier: MIT
 *
 * One line of NDJSON: a JSON object (RFC 8259) whose values are texts, numbers, true, false or
 * null, handed out member by member. It is read strictly: what two readers could take for different
 * things is a fault. Nothing is allocated. */
#ifndef INGEST_NDJSON_H
#define INGEST_NDJSON_H

#include "base/str.h"

enum ndjson_kind { NDJSON_TEXT, NDJSON_NUMBER, NDJSON_BOOL, NDJSON_NULL };

struct ndjson_member {
    struct str key, value; /* slices of the line, or of the scratch where `moved` */
    size_t at;             /* offset of the value in the line */
    enum ndjson_kind kind;
    bool moved; /* the value had escapes */
};

struct ndjson {
    const char *p, *end; /* the line */
    const char *at;
    const char *limit; /* up to which may be read */
    char *scratch;     /* texts with their escapes resolved */
    bool began, over;
    /* How it ended, when not well: */
    const char *fault;     /* a sentence, or NULL */
    size_t fault_at;       /* offset in the line */
    struct str fault_key;  /* of the member it is about, or empty */
    struct str fault_text; /* what stands there, up to the line's end, or empty */
};

/* Begins a line of n bytes without its line end; `limit` is the end of the memory that it stands
 * in. `scratch` has room for n bytes, or is NULL where the line has no backslash. */
void ndjson_open(struct ndjson *j, const char *p, size_t n, const char *limit, char *scratch);
/* The next member; false at the end, or at a fault. */
bool ndjson_next(struct ndjson *j, struct ndjson_member *m);
/* Nothing but blanks. */
bool ndjson_is_blank(const char *p, size_t n);

#endif
