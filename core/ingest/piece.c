/* SPDX-License-Identifier: MIT
 *
 * Pieces of a file, and reading one. Its columns are made for as many rows as it has lines, in one
 * block of memory, so that no row asks for any. */
#include <string.h>

#include "batch_int.h"
#include "keyed.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to read the file");
}

/* ---- pieces --------------------------------------------------------------------------------- */

struct piece *piece_new(void)
{
    return mem_calloc(MEM_INGEST, 1, sizeof(struct piece));
}

static void forget_numbers(struct piece *p)
{
    for (size_t i = 0; i < p->strays; i++)
        aadhaar_fini(&p->stray[i].aadhaar);
    p->strays = 0;
    aadhaar_fini(&p->loose);
}

void piece_free(struct piece *p)
{
    if (p == NULL)
        return;
    forget_numbers(p);
    mem_free(MEM_INGEST, p->text);
    mem_free(MEM_INGEST, p->columns);
    mem_free(MEM_INGEST, p->unknown);
    mem_free(MEM_INGEST, p->left);
    mem_free(MEM_INGEST, p->error);
    mem_free(MEM_INGEST, p->stray);
    mem_free(MEM_INGEST, p);
}

void piece_clear(struct piece *p)
{
    forget_numbers(p);
    *p = (struct piece){
        .text = p->text,
        .cap = p->cap,
        .columns = p->columns,
        .rows_cap = p->rows_cap,
        .unknown = p->unknown,
        .unknowns_cap = p->unknowns_cap,
        .left = p->left,
        .lefts_cap = p->lefts_cap,
        .error = p->error,
        .errors_cap = p->errors_cap,
        .stray = p->stray,
        .strays_cap = p->strays_cap,
    };
}

int piece_put(struct piece *p, const char *text, size_t n, struct err *err)
{
    enum { FIRST_BYTES = 16 << 10 };
    if (n == 0)
        return 0;
    if (p->cap - p->n < n) {
        size_t cap = p->cap * 2 < FIRST_BYTES ? FIRST_BYTES : p->cap * 2;
        cap = cap < p->n + n ? p->n + n : cap;
        char *more = mem_realloc(MEM_INGEST, p->text, cap);
        if (more == NULL)
            return no_memory(err);
        p->text = more;
        p->cap = cap;
    }
    memcpy(p->text + p->n, text, n);
    p->n += n;
    return 0;
}

/* A column of `size` bytes a row out of the block. */
static void *column(char **at, size_t rows, size_t size)
{
    char *p = *at;
    *at += rows * size;
    return p;
}

static size_t row_bytes(const struct batch *b)
{
    size_t bytes = 3 * sizeof(int32_t) + 1; /* place, day, count; sector */
    if (b->with_lines)
        bytes += sizeof(id_hash) + sizeof(uint32_t);
    for (size_t i = 0; i < b->wants; i++)
        bytes += b->want[i].is->kind == ATTR_TEXT ? sizeof(struct str) : sizeof(int32_t);
    return bytes;
}

/* The widest first, so that all are aligned. */
static void place_columns(struct piece *p, const struct batch *b)
{
    char *at = p->columns;
    if (b->with_lines)
        p->id = column(&at, p->rows_cap, sizeof(*p->id));
    for (size_t i = 0; i < b->wants; i++)
        if (b->want[i].is->kind == ATTR_TEXT)
            p->word[b->want[i].attr] = column(&at, p->rows_cap, sizeof(struct str));
    if (b->with_lines)
        p->line_of = column(&at, p->rows_cap, sizeof(*p->line_of));
    p->place = column(&at, p->rows_cap, sizeof(*p->place));
    p->day = column(&at, p->rows_cap, sizeof(*p->day));
    p->count = column(&at, p->rows_cap, sizeof(*p->count));
    for (size_t i = 0; i < b->wants; i++)
        if (b->want[i].is->kind != ATTR_TEXT)
            p->value[b->want[i].attr] = column(&at, p->rows_cap, sizeof(int32_t));
    p->sector = column(&at, p->rows_cap, sizeof(*p->sector));
}

static int make_columns(struct piece *p, const struct batch *b, struct err *err)
{
    size_t rows = csv_lines(p->text, p->n);
    if (rows > p->rows_cap || p->columns == NULL) {
        mem_free(MEM_INGEST, p->columns);
        p->rows_cap = rows + rows / 4;
        p->columns = mem_alloc(MEM_INGEST, p->rows_cap * row_bytes(b));
        if (p->columns == NULL) {
            p->rows_cap = 0;
            return no_memory(err);
        }
    }
    place_columns(p, b);
    return 0;
}

/* ---- errors --------------------------------------------------------------------------------- */

static int list(struct piece *p, const struct batch_error *e, struct err *err)
{
    struct batch_error *room =
        mem_grown(MEM_INGEST, p->error, p->errors, &p->errors_cap, sizeof *e);
    if (room == NULL)
        return no_memory(err);
    p->error = room;
    p->error[p->errors++] = *e;
    return 0;
}

int piece_error(struct reader *r, uint32_t line, int column, struct str value,
                const struct fault *fault, struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    r->piece->errors_total++;
    if (r->listed == IMPORT_ERRORS_MAX && r->b->opt.on_error != ON_ERROR_SKIP) {
        r->resolver.quiet = true;
        return 0;
    }
    struct str masked = aadhaar_mask(value, shown);
    struct batch_error e = {
        .line = line,
        .column = (uint32_t)(column + 1),
        .field = column < 0 ? "" : r->b->column[column].name,
        .value = arena_copy(&r->mem, masked.p, masked.n),
        .reason = fault->reason,
        .near = fault->near,
    };
    if (e.value == NULL)
        return no_memory(err);
    if (r->keyed != NULL)
        keyed_place(r, column, &e.column, &e.field);
    r->listed++;
    return list(r->piece, &e, err);
}

/* ---- reading -------------------------------------------------------------------------------- */

static int on_record(void *ctx, const struct csv_record *record, struct err *err)
{
    return row_read(ctx, record, err);
}

struct reader *reader_new(const struct batch *b)
{
    struct reader *r = mem_calloc(MEM_INGEST, 1, sizeof *r);
    struct keyed *keyed = b->form == FORM_NDJSON && r != NULL ? keyed_new(b) : NULL;
    if (r == NULL || (b->form == FORM_NDJSON && keyed == NULL)) {
        mem_free(MEM_INGEST, r);
        return NULL;
    }
    r->b = b;
    r->keyed = keyed;
    arena_init(&r->mem, MEM_INGEST, 0);
    csv_init(&r->csv, on_record, r);
    r->csv.delimiter = b->head.delimiter;
    buf_init(&r->line, MEM_INGEST);
    r->aadhaar = ARENA_ARRAY(&r->mem, struct aadhaar_count, b->columns);
    if (r->aadhaar == NULL) {
        keyed_free(keyed);
        arena_fini(&r->mem);
        mem_free(MEM_INGEST, r);
        return NULL;
    }
    /* In the borders of another day a place would lie in others than the grant says. */
    resolver_init(&r->resolver, &r->mem, b->snap->tree,
                  b->snap->tree->narrowed ? NULL : b->snap->history, b->opt.mapping, b->today,
                  b->opt.correction);
    return r;
}

void reader_free(struct reader *r)
{
    for (size_t i = 0; i < r->b->columns; i++)
        aadhaar_fini(&r->aadhaar[i]);
    buf_fini(&r->line);
    resolver_fini(&r->resolver);
    csv_fini(&r->csv);
    keyed_free(r->keyed);
    arena_fini(&r->mem);
    mem_free(MEM_INGEST, r);
}

void piece_read(struct reader *r, struct piece *p)
{
    r->piece = p;
    p->given = r->b->always;
    p->rc = make_columns(p, r->b, &p->err);
    if (p->rc == 0)
        p->rc = r->keyed != NULL ? keyed_read(r, &p->err)
                                 : csv_whole(&r->csv, p->text, p->n, p->line, &p->err);
    r->piece = NULL;
}
