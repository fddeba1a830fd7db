/* SPDX-License-Identifier: MIT
 *
 * A batch on its way in, as the files of this room share it. */
#ifndef INGEST_BATCH_INT_H
#define INGEST_BATCH_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "aadhaar.h"
#include "base/hash.h"
#include "csv.h"
#include "data/rows.h"
#include "draft.h"
#include "ingest/batch.h"
#include "ingest/unpack.h"
#include "resolve.h"
#include "unknown.h"

enum {
    WARNINGS_MAX = 64,
    DAY_LAUNCH = 18865,      /* 26 August 2021 */
    PIECE_BYTES = 256 << 10, /* text and rows of a piece fit a processor's own cache */
    BLOCK_ROWS = 1 << 19,    /* sorted and packed together */
    SMALL_ROWS = 1 << 16,    /* a batch of fewer is packed by the store */
    READERS_MAX = 16,        /* threads that read one file */
    PIECES_MAX = 4 * READERS_MAX,
    LEAD_BYTES_MAX = 4096, /* blanks before the text, until it is taken for CSV */
    LEAD_STEP_BYTES = 1024,
    UNPACKED_BYTES = 64 << 10, /* of a packed file, between two looks at the crew */
};

/* What the bytes are, as told by whoever sends them or by the first of them. */
enum form { FORM_UNTOLD, FORM_CSV, FORM_NDJSON };

/* A column of the file. */
struct column {
    const char *name; /* theirs, as it may be shown */
    int role;         /* -1: passed over */
    bool other;       /* the mapping says that its long numbers are no Aadhaar numbers */
    bool reason;      /* that of our own files of rejects */
    uint32_t given;   /* the bit of its attribute, 0 where it is none */
    struct aadhaar_count aadhaar; /* once all was read; before, of its name */
};

/* A row that is left out (on_error=skip), in the columns that it was sent in. */
struct left_out {
    uint32_t line;
    struct str text; /* "": not kept */
};

/* An attribute that the file or the mapping gives. */
struct wanted {
    int attr;
    const struct attr *is;
};

/* Some records of the file, whole ones that stand together: their text, then what it was found to
 * be. Belongs to one thread at a time. */
struct piece {
    struct piece *next;
    uint64_t number; /* 0, 1, 2, ... in the file */
    uint32_t line;   /* of the first record */
    char *text;
    size_t n, cap;

    /* The good rows, by column. */
    size_t rows, rows_cap;
    void *columns; /* holds them */
    uint32_t *place;
    int32_t *day, *count;
    id_hash *id; /* with_lines; 0: not stated */
    uint32_t *line_of;
    int32_t *value[ATTRS_MAX];   /* ATTR_NULL: not stated; NULL: not wanted, or text */
    struct str *word[ATTRS_MAX]; /* .n == 0: not stated; in text, or in the reader's memory */
    uint8_t *sector;
    uint32_t given;      /* a bit for each attribute that some row states, or may */
    struct stray *stray; /* keys that are none of ours (keyed.h), in the order met */
    size_t strays, strays_cap;
    struct aadhaar_count loose; /* of keys, and of what stands in no column */

    uint64_t records, bad_rows, empty_rows, before_launch, after_as_on;
    struct unknown_seen *unknown;
    size_t unknowns, unknowns_cap;
    struct left_out *left;
    size_t lefts, lefts_cap;
    struct batch_error *error; /* listed; all of them with on_error=skip */
    size_t errors, errors_cap;
    uint64_t errors_total;
    int rc; /* of an error that ended it */
    struct err err;
};

/* Rows that become one segment: collected, and packed when they are full. */
struct block {
    struct rows *rows; /* NULL when they are packed */
    struct seg *seg;
};

/* What one thread needs to read pieces. It reads them in the order of the file, so what it no
 * longer explains comes behind what others list. */
struct reader {
    struct reader *next;
    const struct batch *b;
    struct piece *piece; /* being read */
    struct csv csv;
    struct keyed *keyed; /* of NDJSON, else NULL */
    struct resolver resolver;
    struct arena mem;
    size_t listed;                 /* errors, of all its pieces */
    struct aadhaar_count *aadhaar; /* by column, of all its pieces */
    struct buf line;               /* for a row that is left out */
};

/* Who reads the pieces: drawn in crew.c. */
struct crew {
    pthread_mutex_t lock; /* owns the rest */
    pthread_cond_t changed;
    struct pool *pool; /* NULL: whoever pushes reads */
    struct reader *idle;
    size_t readers, readers_max;
    size_t jobs;                    /* of the pool, for this batch */
    struct piece *first, *last;     /* cut, not read yet */
    struct piece *read[PIECES_MAX]; /* read, not taken in yet: by number % PIECES_MAX */
    struct piece *spare;
    uint64_t next; /* number of the piece to be taken in next */
    size_t under_way, under_way_max;
    size_t packing; /* blocks */
    bool taking_in;
    batch_room_fn room;
    void *room_ctx;
    int rc; /* of a failure; what refuses the file stands in the batch */
    struct err err;
};

struct batch {
    struct store *store;
    struct snap_cell *cell;
    struct snap *snap;        /* names are looked up here */
    struct batch_options opt; /* its strings in mem */
    int32_t today;
    struct arena mem;
    struct sha256 hash;
    uint64_t bytes;
    bool ended;
    atomic_bool over; /* refused or failed: the rest of the file is only hashed */

    /* Unpacking, as the bytes come: one thread, that of cutting. */
    char magic[PACKING_MAGIC_BYTES]; /* the first bytes, until they are enough */
    size_t magic_n;
    bool packing_known;
    struct unpack *unpack; /* NULL: the file comes as it is */
    char *unpacked;        /* UNPACKED_BYTES */
    bool broken;           /* it could not be unpacked to its end */

    /* Cutting: one thread. */
    enum form form;
    struct buf lead;    /* the first bytes of the text, until they tell its form */
    struct csv head;    /* the first record */
    struct piece *open; /* being filled */
    size_t open_max;    /* bytes, until it is cut */
    uint64_t pieces;    /* cut so far */
    int late;           /* what is wrong behind the last piece, or 0 */
    struct err late_err;

    /* Columns: not changed once the header was read. */
    struct column *column; /* NULL before the header */
    size_t columns;
    int at[ROLES]; /* index of the column of a role, -1 */
    struct str constant[ROLES];
    struct wanted want[ATTRS_MAX];
    size_t wants;
    uint32_t always; /* bits of the attributes that every row may state */
    bool with_lines; /* rows keep their line until they are stored: for ids, and for corrections */
    bool mended;     /* it is one of our own files of rejects */
    bool with_ids;   /* there is a column of ids of registrations */
    enum id_policy ids;
    unsigned char id_key[HASH_KEY_BYTES];

    struct crew crew;

    /* Taken in, in the order of the file. */
    struct block *block; /* the array under the crew's lock */
    size_t blocks, blocks_cap, blocks_packed;
    struct rows *spare[READERS_MAX + 1]; /* of blocks that were packed; under the crew's lock */
    size_t spares;
    struct dict *words[ATTRS_MAX]; /* of all blocks */
    uint32_t given;                /* bits of the attributes that were stated so far */
    struct column *stray;          /* keys that are none of ours */
    struct str *stray_text;        /* as written */
    size_t strays;
    struct aadhaar_count loose; /* of keys, and of what stands in no column */
    uint64_t rows;
    int64_t registrations;
    uint64_t records; /* behind the header, empty ones not counted */
    uint64_t bad_rows;
    uint64_t empty_rows, before_launch, after_as_on;
    uint64_t below_zero; /* cells */
    uint64_t repeated;   /* rows whose registration was recognised */

    /* What is wrong. */
    int refused; /* the file as a whole (ERR_ROWS, ERR_LIMIT), or 0 */
    struct err refusal;
    struct batch_error error[IMPORT_ERRORS_MAX];
    size_t errors; /* listed */
    uint64_t errors_total;
    struct reject *reject; /* on_error=skip: all of them */
    size_t rejects, rejects_cap;
    uint64_t left_bytes;  /* of the rows that were left out */
    struct buf left_head; /* the names of their columns */
    size_t left_columns;
    struct draft *draft; /* NULL: none is wanted */
    bool secret;         /* refused for its Aadhaar numbers */
    struct unknown unknown;
    struct batch_unknown *unknown_list; /* for the answer; made at the end */
    size_t unknown_listed;
    const char *warning[WARNINGS_MAX];
    size_t warnings;
};

/* That of the file's text; NDJSON has none, and its rejects are told with commas. */
static inline char batch_delimiter(const struct batch *b)
{
    return b->form == FORM_CSV ? b->head.delimiter : ',';
}

/* What the files of rejects call the column of reasons, which stands before those of the source. */
#define REASON_COLUMN "panji_reason"

/* Told at the end, when the hash is known; any other error at once. */
static inline bool is_refusal(int rc)
{
    return rc == ERR_ROWS || rc == ERR_LIMIT;
}

/* header.c: reads the first record. ERR_ROWS refuses the file. */
MUST_USE int header_read(struct batch *b, const struct csv_record *record, struct err *err);

/* The same for a form whose rows name their fields. */
MUST_USE int header_keyed(struct batch *b, struct err *err);
/* A column or a key that is none of ours. */
void header_warn_ignored(struct batch *b, const char *what, const struct column *c);

/* row.c: checks a record and adds it to the reader's piece, or says there what is wrong with it. */
MUST_USE int row_read(struct reader *r, const struct csv_record *record, struct err *err);

/* piece.c */
struct piece *piece_new(void);    /* NULL: no memory */
void piece_free(struct piece *p); /* NULL is fine */
/* Appends text. */
MUST_USE int piece_put(struct piece *p, const char *text, size_t n, struct err *err);
/* Empty again, memory kept. */
void piece_clear(struct piece *p);
struct reader *reader_new(const struct batch *b); /* NULL: no memory */
void reader_free(struct reader *r);
/* Reads the text of a piece; how it ended is in piece->rc. */
void piece_read(struct reader *r, struct piece *p);
/* Notes an error in column `column` (index; -1: the whole row). */
MUST_USE int piece_error(struct reader *r, uint32_t line, int column, struct str value,
                         const struct fault *fault, struct err *err);

/* left_out.c: keeps a row that is wrong, in the form in which it can be mended and sent again. */
MUST_USE int left_out_keep(struct reader *r, const struct csv_record *record, struct err *err);
/* A line that is no row at all. */
MUST_USE int left_out_lost(struct reader *r, uint32_t line, struct err *err);
/* The names of its columns, from the first record; NULL: those of the batch. */
void left_out_head(struct batch *b, const struct csv_record *record);

/* said.c: makes the list of unknown words, once all was taken in. */
MUST_USE int unknown_list(struct batch *b, struct err *err);

/* take_in.c: pieces in the order of the file become blocks of rows and lists of errors. ERR_ROWS or
 * ERR_LIMIT refuse the file. One thread at a time. */
MUST_USE int take_in(struct batch *b, const struct piece *p, struct err *err);

/* Sorts and packs the rows of a block; any thread. The rows are empty afterwards, memory kept. */
MUST_USE int block_pack(const struct batch *b, struct rows *rows, struct seg **out,
                        struct err *err);

/* take_in.c: lists an error that was found when all rows were in. */
MUST_USE int take_error(struct batch *b, const struct batch_error *e, struct err *err);

/* once.c: recognises registrations by their ids and stores the rest, and tells of cells that a
 * correction takes below zero. The rows that are refused are listed as errors of the batch. */
MUST_USE int once_store(struct batch *b, struct batch_spec *spec, struct batch_result *out,
                        struct err *err);

/* crew.c */
void crew_init(struct batch *b, struct pool *pool);
/* Waits until nobody is at work for the batch. */
void crew_fini(struct batch *b);
/* Hands a piece over; helps or waits while too many are under way. */
MUST_USE int crew_put(struct batch *b, struct piece *p, struct err *err);
/* An empty piece, used before or new. NULL: no memory. */
struct piece *crew_spare(struct batch *b);
/* All pieces are taken in afterwards, and what readers counted is with the columns. */
MUST_USE int crew_finish(struct batch *b, struct err *err);

/* batch.c: a warning; further ones than WARNINGS_MAX are left out. */
void batch_warn(struct batch *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
