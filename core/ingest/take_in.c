/* SPDX-License-Identifier: MIT
 *
 * Taking pieces in, in the order of the file: their rows become blocks, words become ids in the
 * order in which they first stand in the file, errors a list. Nothing here depends on who read the
 * piece. */
#include <string.h>

#include "batch_int.h"
#include "keyed.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the batch");
}

/* ---- errors --------------------------------------------------------------------------------- */

static int keep_reject(struct batch *b, const struct batch_error *e, const char *record,
                       struct err *err)
{
    if (b->rejects == IMPORT_REJECTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d errors: this file needs mending as a whole",
                       IMPORT_REJECTS_MAX);
    struct reject *p = mem_grown(MEM_INGEST, b->reject, b->rejects, &b->rejects_cap, sizeof *p);
    if (p == NULL)
        return no_memory(err);
    b->reject = p;
    b->reject[b->rejects++] =
        (struct reject){e->line, e->column, e->field, e->value, e->reason, record};
    return 0;
}

/* The row that an error is about, when it is the first about it; else NULL. Both stand in the order
 * of the file. */
static const char *left_row(struct batch *b, const struct piece *p, size_t *next, uint32_t line)
{
    if (*next == p->lefts || p->left[*next].line != line)
        return NULL;
    b->left_bytes += p->left[*next].text.n;
    return p->left[(*next)++].text.p;
}

static int list_error(struct batch *b, const struct batch_error *e, const char *record,
                      struct err *err)
{
    if (b->errors < IMPORT_ERRORS_MAX)
        b->error[b->errors++] = *e;
    return b->opt.on_error == ON_ERROR_SKIP ? keep_reject(b, e, record, err) : 0;
}

/* The row's own text is gone by now: its columns stay empty. */
int take_error(struct batch *b, const struct batch_error *e, struct err *err)
{
    return list_error(b, e, "", err);
}

static int take_errors(struct batch *b, const struct piece *p, struct err *err)
{
    size_t left = 0;
    b->errors_total += p->errors_total;
    for (size_t i = 0; i < p->errors; i++) {
        bool kept = b->opt.on_error == ON_ERROR_SKIP;
        const char *record = kept ? left_row(b, p, &left, p->error[i].line) : NULL;
        TRY(list_error(b, &p->error[i], record, err));
    }
    if (b->left_bytes > REJECT_TEXT_BYTES_MAX)
        return err_set(err, ERR_LIMIT,
                       "the rows that are wrong have more than %u MiB: this file needs mending as "
                       "a whole",
                       REJECT_TEXT_BYTES_MAX >> 20);
    for (size_t i = 0; i < p->unknowns; i++)
        TRY(unknown_add(&b->unknown, &b->mem, &p->unknown[i], err));
    return 0;
}

static void take_counts(struct batch *b, const struct piece *p)
{
    b->records += p->records;
    b->bad_rows += p->bad_rows;
    b->empty_rows += p->empty_rows;
    b->before_launch += p->before_launch;
    b->after_as_on += p->after_as_on;
}

/* ---- blocks --------------------------------------------------------------------------------- */

static size_t block_rows(const struct batch *b)
{
    return b->opt.block_rows ? b->opt.block_rows : BLOCK_ROWS;
}

/* Adds an empty block; its rows are those of one that was packed, or new. */
static int push_block(struct batch *b, struct err *err)
{
    struct rows *rows = b->spares > 0 ? b->spare[--b->spares] : NULL;
    struct block *more = mem_grown(MEM_INGEST, b->block, b->blocks, &b->blocks_cap, sizeof *more);
    if (more == NULL)
        return no_memory(err);
    b->block = more;
    if (rows == NULL) {
        rows = mem_alloc(MEM_INGEST, sizeof *rows);
        if (rows == NULL)
            return no_memory(err);
        rows_init(rows, MEM_INGEST, b->snap->schema);
    }
    b->block[b->blocks++] = (struct block){.rows = rows};
    return 0;
}

/* The rows that are being filled, with room for one at least. Behind a full block comes a whole one
 * more, most likely. */
static int open_block(struct batch *b, struct rows **out, struct err *err)
{
    int rc = 0;
    pthread_mutex_lock(&b->crew.lock); /* others look for blocks to pack */
    size_t before = b->blocks;
    if (before == 0 || b->block[before - 1].rows->n == block_rows(b))
        rc = push_block(b, err);
    *out = rc == 0 ? b->block[b->blocks - 1].rows : NULL;
    pthread_mutex_unlock(&b->crew.lock);
    if (rc == 0 && before > 0 && b->blocks > before)
        rc = rows_room(*out, block_rows(b), err);
    return rc;
}

int block_pack(const struct batch *b, struct rows *rows, struct seg **out, struct err *err)
{
    TRY(rows_sort(rows, b->snap->tree, err));
    TRY(seg_new(rows, b->snap->tree, 0, out, err));
    rows->n = 0;
    return 0;
}

static int take_words(struct batch *b, int attr, const struct str *word, size_t n, int32_t *out,
                      struct err *err)
{
    size_t empty = 0;
    while (b->words[attr] == NULL && empty < n && word[empty].n == 0)
        out[empty++] = ATTR_NULL;
    if (empty == n)
        return 0;
    if (b->words[attr] == NULL)
        TRY(dict_new(MEM_INGEST, &b->words[attr], err));
    return dict_intern_all(b->words[attr], word, n, ATTR_NULL, out, err);
}

static int take_attr(struct batch *b, const struct piece *p, size_t from, size_t n,
                     struct rows *block, int attr, struct err *err)
{
    if (!(b->given >> attr & 1)) /* nor in any row before */
        return 0;
    TRY(rows_need(block, attr, err));
    int32_t *out = block->attr[attr] + block->n;
    if (p->value[attr] != NULL) {
        memcpy(out, p->value[attr] + from, n * sizeof(*out));
        return 0;
    }
    TRY(take_words(b, attr, p->word[attr] + from, n, out, err));
    if (block->local[attr] == NULL && b->words[attr] != NULL)
        block->local[attr] = dict_ref(b->words[attr]);
    return 0;
}

static int take_ids(const struct piece *p, size_t from, size_t n, struct rows *block,
                    struct err *err)
{
    TRY(rows_need_ids(block, err));
    memcpy(block->id + block->n, p->id + from, n * sizeof(*p->id));
    memcpy(block->line + block->n, p->line_of + from, n * sizeof(*p->line_of));
    return 0;
}

static int take_rows(struct batch *b, const struct piece *p, size_t from, size_t n,
                     struct rows *block, struct err *err)
{
    TRY(rows_room(block, n, err));
    memcpy(block->place + block->n, p->place + from, n * sizeof(*p->place));
    memcpy(block->sector + block->n, p->sector + from, n * sizeof(*p->sector));
    memcpy(block->day + block->n, p->day + from, n * sizeof(*p->day));
    memcpy(block->count + block->n, p->count + from, n * sizeof(*p->count));
    if (b->with_lines)
        TRY(take_ids(p, from, n, block, err));
    for (size_t i = 0; i < b->wants; i++)
        TRY(take_attr(b, p, from, n, block, b->want[i].attr, err));
    for (size_t i = from; i < from + n; i++)
        b->registrations += p->count[i];
    block->n += n;
    b->rows += n;
    return 0;
}

static int take_all_rows(struct batch *b, const struct piece *p, struct err *err)
{
    for (size_t at = 0; at < p->rows;) {
        struct rows *block = NULL;
        TRY(open_block(b, &block, err));
        size_t room = block_rows(b) - block->n;
        size_t n = p->rows - at < room ? p->rows - at : room;
        TRY(take_rows(b, p, at, n, block, err));
        at += n;
    }
    return 0;
}

int take_in(struct batch *b, const struct piece *p, struct err *err)
{
    if (p->rc < 0 && !is_refusal(p->rc)) {
        *err = p->err;
        return p->rc;
    }
    if (p->rows > BATCH_ROWS_MAX - b->rows)
        return err_set(err, ERR_LIMIT, "a batch holds at most %d rows: send it in parts",
                       BATCH_ROWS_MAX);
    take_counts(b, p);
    b->given |= p->given;
    TRY(keyed_take_strays(b, p, err));
    TRY(aadhaar_merge(&b->loose, &p->loose, err));
    TRY(take_errors(b, p, err));
    TRY(take_all_rows(b, p, err));
    if (p->rc < 0)
        *err = p->err;
    return p->rc;
}
