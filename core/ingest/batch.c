/* SPDX-License-Identifier: MIT
 *
 * A batch: bytes are hashed and cut into pieces as they come, and the crew reads the pieces; the
 * first record is the header, every other a row. What refuses the whole file is kept until the end,
 * because only then the hash is known: a batch that was stored before is answered from the ledger,
 * whatever would be said of it today.
 *
 *     new -> push ... push -> end -> free
 *              |                |
 *              refused: the rest is only hashed, the end says why */
#include "ingest/batch.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/json.h"
#include "batch_int.h"

/* ---- beginning ------------------------------------------------------------------------------ */

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the batch");
}

static int check_name(const char *what, struct str s, size_t max, struct err *err)
{
    if (s.n > max)
        return err_set(err, ERR_PARAM, "the %s is longer than %zu bytes", what, max);
    if (utf8_check(s) < s.n)
        return err_set(err, ERR_PARAM, "the %s is not valid UTF-8", what);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return err_set(err, ERR_PARAM, "the %s holds a control character", what);
    return 0;
}

static int on_header(void *ctx, const struct csv_record *record, struct err *err)
{
    return header_read(ctx, record, err);
}

static int copy_options(struct batch *b, const struct batch_options *o, struct err *err)
{
    struct str source = str_trim(o->source);
    b->opt = *o;
    b->opt.source = str_copy(&b->mem, source.n > 0 ? source : STR("unknown"));
    b->opt.id = str_copy(&b->mem, str_trim(o->id));
    b->opt.reason = str_copy(&b->mem, str_trim(o->reason));
    return b->opt.source.p && b->opt.id.p && b->opt.reason.p ? 0 : no_memory(err);
}

static size_t piece_bytes(const struct batch_options *o)
{
    return o->piece_bytes ? o->piece_bytes : PIECE_BYTES;
}

int batch_new(struct store *store, struct snap_cell *cell, const struct batch_options *options,
              struct batch **out, struct err *err)
{
    TRY(check_name("source", str_trim(options->source), SOURCE_BYTES_MAX, err));
    TRY(check_name("id of the batch", str_trim(options->id), BATCH_ID_BYTES_MAX, err));
    TRY(check_name("reason", str_trim(options->reason), REASON_BYTES_MAX, err));
    struct snap *snap = snap_cell_get(cell);
    if (snap == NULL)
        return err_set(err, ERR_UNAVAILABLE, "the data is still being loaded");
    struct batch *b = mem_calloc(MEM_INGEST, 1, sizeof *b);
    if (b == NULL) {
        snap_unref(snap);
        return no_memory(err);
    }
    b->store = store;
    b->cell = cell;
    b->snap = snap;
    b->today = clock_today();
    b->open_max = piece_bytes(options);
    arena_init(&b->mem, MEM_INGEST, 0);
    csv_init(&b->head, on_header, b);
    sha256_init(&b->hash);
    crew_init(b, options->pool);
    memset(b->at, 0xFF, sizeof b->at);
    int rc = copy_options(b, options, err);
    if (rc < 0)
        batch_free(b);
    else
        *out = b;
    return rc;
}

static void free_rows(struct rows *rows)
{
    if (rows == NULL)
        return;
    rows_fini(rows);
    mem_free(MEM_INGEST, rows);
}

void batch_free(struct batch *b)
{
    if (b == NULL)
        return;
    crew_fini(b);
    piece_free(b->open);
    for (size_t i = 0; i < b->blocks; i++) {
        free_rows(b->block[i].rows);
        seg_unref(b->block[i].seg);
    }
    for (size_t i = 0; i < b->spares; i++)
        free_rows(b->spare[i]);
    mem_free(MEM_INGEST, b->block);
    for (int a = 0; a < ATTRS_MAX; a++)
        dict_unref(b->words[a]);
    csv_fini(&b->head);
    mem_free(MEM_INGEST, b->reject);
    arena_fini(&b->mem);
    snap_unref(b->snap);
    mem_free(MEM_INGEST, b);
}

/* ---- errors and warnings -------------------------------------------------------------------- */

void batch_warn(struct batch *b, const char *fmt, ...)
{
    struct err text;
    va_list args;
    if (b->warnings == WARNINGS_MAX)
        return;
    va_start(args, fmt);
    err_setv(&text, 0, fmt, args);
    va_end(args);
    const char *copy = arena_copy(&b->mem, text.msg, strlen(text.msg));
    if (copy != NULL)
        b->warning[b->warnings++] = copy;
}

const struct batch_error *batch_errors(const struct batch *b, size_t *listed, size_t *total)
{
    *listed = b->errors;
    *total = b->errors_total;
    return b->error;
}

const char *const *batch_warnings(const struct batch *b, size_t *n)
{
    *n = b->warnings;
    return b->warning;
}

bool id_policy_of(struct str name, enum id_policy *out)
{
    static const char *const names[] = {"ignore", "replace", "refuse"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq_nocase(name, str_of(names[i]))) {
            *out = IDS_IGNORE + (enum id_policy)i;
            return true;
        }
    return false;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* What has been gathered goes to the crew up to the end of its last record; the rest begins the
 * next piece. Where no record ends in it, more is gathered. */
static int cut(struct batch *b, struct err *err)
{
    struct piece *p = b->open;
    size_t end = csv_cut(b->head.delimiter, p->text, p->n);
    size_t most = LINE_BYTES_MAX + 1; /* of one record, and then it is refused */
    if (end == 0) {
        b->open_max = b->open_max < most / 2 ? b->open_max * 2 : most;
        return p->n == most ? csv_too_long(p->line, err) : 0;
    }
    struct piece *rest = crew_spare(b);
    if (rest == NULL)
        return no_memory(err);
    int rc = piece_put(rest, p->text + end, p->n - end, err);
    if (rc < 0) {
        piece_free(rest);
        return rc;
    }
    rest->line = p->line + csv_lines(p->text, end);
    p->n = end;
    b->open = rest;
    b->open_max = rest->n < piece_bytes(&b->opt) ? piece_bytes(&b->opt) : most;
    return crew_put(b, p, err);
}

static int gather(struct batch *b, const char *p, size_t n, struct err *err)
{
    while (n > 0 && !atomic_load(&b->over)) {
        size_t room = b->open_max - b->open->n;
        size_t part = n < room ? n : room;
        TRY(piece_put(b->open, p, part, err));
        p += part;
        n -= part;
        if (b->open->n >= b->open_max)
            TRY(cut(b, err));
    }
    return 0;
}

/* Behind the header: the first piece begins with what the parser has seen of it. */
static int open_first(struct batch *b, struct err *err)
{
    struct buf *carry = &b->head.carry;
    b->open = piece_new();
    if (b->open == NULL)
        return no_memory(err);
    b->open->line = b->head.line;
    TRY(gather(b, carry->p, carry->n, err));
    buf_fini(carry);
    return 0;
}

static int push(struct batch *b, const char *p, size_t n, struct err *err)
{
    if (b->open == NULL) {
        size_t used;
        TRY(csv_first(&b->head, p, n, &used, err));
        if (!b->head.handed)
            return 0;
        TRY(open_first(b, err));
        p += used;
        n -= used;
    }
    return gather(b, p, n, err);
}

/* Keeps what was wrong behind the last piece. What refuses the file is told at the end, when
 * nothing before it does; anything else at once, and again. */
static int told_late(struct batch *b, int rc, const struct err *why, struct err *err)
{
    if (rc == 0)
        return 0;
    if (b->late == 0) {
        b->late = rc;
        b->late_err = *why;
    }
    if (is_refusal(b->late))
        return 0;
    if (err != NULL)
        *err = b->late_err;
    return b->late;
}

int batch_push(struct batch *b, const char *p, size_t n, struct err *err)
{
    struct err why;
    ASSERT(!b->ended);
    sha256_add(&b->hash, p, n);
    b->bytes += n;
    int rc = b->late < 0 ? b->late : push(b, p, n, &why);
    return told_late(b, rc, &why, err);
}

/* The text behind the last cut: its last record may have no line end, or no end at all. */
static int cut_last(struct batch *b, struct err *err)
{
    struct piece *p = b->open;
    if (p == NULL || p->n == 0 || atomic_load(&b->over))
        return 0;
    if (p->text[p->n - 1] != '\n')
        TRY(piece_put(p, "\n", 1, err));
    size_t end = csv_cut(b->head.delimiter, p->text, p->n);
    uint32_t line = p->line + csv_lines(p->text, end);
    bool whole = end == p->n;
    if (!whole)
        TRY(csv_check(p->text + end, p->n - end, line, err));
    p->n = end;
    b->open = NULL;
    if (end == 0)
        piece_free(p);
    else
        TRY(crew_put(b, p, err));
    return whole ? 0 : csv_unclosed(line, err);
}

static int finish(struct batch *b, struct err *err)
{
    if (b->open == NULL) {
        TRY(csv_end(&b->head, err));
        if (!b->head.handed)
            return 0;
        TRY(open_first(b, err));
    }
    return cut_last(b, err);
}

/* ---- the end -------------------------------------------------------------------------------- */

static int check_columns(const struct batch *b, struct err *err)
{
    for (size_t i = 0; i < b->columns; i++) {
        const struct column *c = &b->column[i];
        if (!aadhaar_column(&c->aadhaar))
            continue;
        err_set(err, ERR_ROWS, "column %zu (\"%s\") holds Aadhaar numbers", i + 1, c->name);
        err_hint(err, "no Aadhaar number is ever taken in, not even to be ignored: remove the "
                      "column and send the file again");
        return ERR_ROWS;
    }
    return 0;
}

static int check_content(const struct batch *b, struct err *err)
{
    if (b->bytes == 0 || b->column == NULL)
        return err_set(err, ERR_ROWS, "the file is empty");
    if (b->records == 0)
        return err_set(err, ERR_ROWS, "the file has a first line but no rows");
    return 0;
}

static int check_rows(const struct batch *b, struct err *err)
{
    if (b->bad_rows == 0 || b->opt.on_error == ON_ERROR_SKIP)
        return 0;
    err_set(err, ERR_ROWS, "%llu of %llu rows are wrong; nothing was stored",
            (unsigned long long)b->bad_rows, (unsigned long long)b->records);
    err_hint(err, "mend them and send the file again, or send it with on_error=skip");
    return ERR_ROWS;
}

/* A column of Aadhaar numbers goes first: nothing else about the file is worth telling then, and
 * the values listed so far are not shown. */
static int judge(struct batch *b, struct err *err)
{
    struct err why;
    int rc = check_columns(b, &why);
    if (rc < 0) {
        b->errors = 0;
        b->errors_total = 0;
        b->refused = rc;
        b->refusal = why;
    }
    if (b->refused < 0) {
        if (err != NULL)
            *err = b->refusal;
        return b->refused;
    }
    TRY(check_content(b, err));
    return check_rows(b, err);
}

static void warn_repeated(struct batch *b)
{
    static const char *const what[] = {
        [IDS_IGNORE] = "the first of each stays and these do not count",
        [IDS_REPLACE] = "these count in the place of the earlier ones",
        [IDS_REFUSE] = "they were refused",
    };
    if (b->repeated > 0)
        batch_warn(b, "%llu rows are of registrations that were in already, as their ids tell: %s",
                   (unsigned long long)b->repeated, what[b->ids]);
}

static void warn_counts(struct batch *b)
{
    if (b->below_zero > 0)
        batch_warn(b, "%llu cells of place, sector and day hold less than nothing now",
                   (unsigned long long)b->below_zero);
    warn_repeated(b);
    if (b->empty_rows > 0)
        batch_warn(b, "%llu rows without any value were passed over",
                   (unsigned long long)b->empty_rows);
    if (b->before_launch > 0)
        batch_warn(b, "%llu rows are dated before 26 August 2021, when registration began",
                   (unsigned long long)b->before_launch);
    if (b->after_as_on > 0)
        batch_warn(b, "%llu rows are dated after the day that the batch speaks of (as_on)",
                   (unsigned long long)b->after_as_on);
    if (b->bad_rows > 0)
        batch_warn(b, "%llu rows were left out, see the rejects of the batch",
                   (unsigned long long)b->bad_rows);
}

/* The answer of an earlier time: 1 and *out, 0 when there is none, ERR_CONFLICT when the content
 * was another. */
static int known_before(struct batch *b, const struct batch_spec *spec, struct batch_result *out,
                        struct err *err)
{
    unsigned char sha256[32];
    int rc = store_batch_find(b->store, spec->source, spec->id, out, sha256, err);
    if (rc <= 0)
        return rc;
    if (memcmp(sha256, spec->sha256, sizeof sha256) == 0) {
        out->duplicate = true;
        return 1;
    }
    err_set(err, ERR_CONFLICT, "batch \"%s\" of source \"%s\" was stored with other content",
            out->id, out->source);
    err_hint(err, "a batch cannot be changed: send the new content under a new id");
    return ERR_CONFLICT;
}

static void dry_result(const struct batch *b, const struct batch_spec *spec,
                       struct batch_result *out)
{
    *out = (struct batch_result){
        .accepted = (int64_t)b->rows,
        .rejected = (int64_t)b->bad_rows,
        .registrations = b->registrations,
        .snapshot = b->snap->id,
    };
    memcpy(out->source, spec->source.p, spec->source.n);
    memcpy(out->id, spec->id.p, spec->id.n);
}

static int store_small(struct batch *b, const struct batch_spec *spec, struct batch_result *out,
                       struct err *err)
{
    struct rows none;
    if (b->blocks > 0)
        return store_import(b->store, spec, b->block[0].rows, out, err);
    rows_init(&none, MEM_INGEST, b->snap->schema);
    return store_import(b->store, spec, &none, out, err);
}

static int store(struct batch *b, struct batch_spec *spec, struct batch_result *out,
                 struct err *err)
{
    if (b->with_lines)
        return once_store(b, spec, out, err);
    if (b->blocks == 0 || (b->blocks == 1 && b->rows < SMALL_ROWS))
        return store_small(b, spec, out, err);
    struct block *last = &b->block[b->blocks - 1];
    TRY(block_pack(b, last->rows, &last->seg, err));
    struct seg **seg = ARENA_ARRAY(&b->mem, struct seg *, b->blocks);
    if (seg == NULL)
        return no_memory(err);
    for (size_t i = 0; i < b->blocks; i++)
        seg[i] = b->block[i].seg;
    return store_import_segs(b->store, spec, seg, b->blocks, b->words, b->opt.pool, out, err);
}

/* A dry run: all checks, nothing stored. */
static int try_only(struct batch *b, struct batch_spec *spec, struct batch_result *out,
                    struct err *err)
{
    if (b->with_lines)
        return once_store(b, spec, out, err);
    dry_result(b, spec, out);
    return 0;
}

static int commit(struct batch *b, struct batch_spec *spec, struct batch_result *out,
                  struct err *err)
{
    struct err why;
    int verdict = judge(b, &why);
    if (verdict < 0 || b->opt.dry_run || b->with_lines) {
        int rc = known_before(b, spec, out, err);
        if (rc != 0)
            return rc;
    }
    if (verdict < 0) {
        if (err != NULL)
            *err = why;
        return verdict;
    }
    TRY(b->opt.dry_run ? try_only(b, spec, out, err) : store(b, spec, out, err));
    warn_counts(b);
    return 0;
}

int batch_end(struct batch *b, struct batch_result *out, struct err *err)
{
    struct err why;
    char hex[65];
    ASSERT(!b->ended);
    b->ended = true;
    int rc = b->late < 0 ? b->late : finish(b, &why);
    TRY(told_late(b, rc, &why, err));
    TRY(crew_finish(b, err));
    if (b->refused == 0 && b->late < 0) {
        b->refused = b->late;
        b->refusal = b->late_err;
    }
    struct batch_spec spec = {
        .source = b->opt.source,
        .id = b->opt.id,
        .as_on = b->opt.as_on,
        .correction = b->opt.correction,
        .reason = b->opt.reason,
        .reject = b->reject,
        .rejects = b->rejects,
        .rejected = (int64_t)b->bad_rows,
    };
    sha256_end(&b->hash, spec.sha256);
    if (spec.id.n == 0) {
        hex_encode(spec.sha256, sizeof spec.sha256, hex);
        spec.id = str_of(hex);
    }
    TRY(commit(b, &spec, out, err));
    if (out->retracted)
        batch_warn(b, "the batch was retracted and does not count: to count its rows again, send "
                      "them under a new id");
    return 0;
}

/* ---- answers -------------------------------------------------------------------------------- */

void batch_result_json(const struct batch *b, const struct batch_result *r, struct buf *out)
{
    struct json j;
    json_init(&j, out);
    json_object(&j);
    json_key(&j, "batch");
    json_cstr(&j, r->id);
    json_key(&j, "source");
    json_cstr(&j, r->source);
    json_key(&j, "accepted");
    json_i64(&j, r->accepted);
    json_key(&j, "rejected");
    json_i64(&j, r->rejected);
    json_key(&j, "registrations");
    json_i64(&j, r->registrations);
    json_key(&j, "repeated");
    json_i64(&j, r->repeated);
    json_key(&j, "replaced");
    json_i64(&j, r->replaced);
    json_key(&j, "duplicate");
    json_bool(&j, r->duplicate);
    if (r->retracted) {
        json_key(&j, "retracted");
        json_bool(&j, true);
    }
    json_key(&j, "snapshot");
    json_i64(&j, (int64_t)r->snapshot);
    json_key(&j, "warnings");
    json_array(&j);
    for (size_t i = 0; i < b->warnings; i++)
        json_cstr(&j, b->warning[i]);
    json_array_end(&j);
    json_object_end(&j);
}

static void near_json(struct json *j, const char *near)
{
    json_array(j);
    while (*near != '\0') {
        size_t n = strcspn(near, "|");
        json_str(j, (struct str){near, n});
        near += n + (near[n] == '|');
    }
    json_array_end(j);
}

void batch_errors_json(const struct batch *b, struct json *j)
{
    batch_error_list_json(b->error, b->errors, b->errors_total, j);
}

void batch_error_list_json(const struct batch_error *error, size_t listed, uint64_t total,
                           struct json *j)
{
    json_key(j, "errors");
    json_array(j);
    for (size_t i = 0; i < listed; i++) {
        const struct batch_error *e = &error[i];
        json_object(j);
        json_key(j, "line");
        json_i64(j, e->line);
        json_key(j, "column");
        json_i64(j, e->column);
        json_key(j, "field");
        json_cstr(j, e->field);
        json_key(j, "value");
        json_cstr(j, e->value);
        json_key(j, "reason");
        json_cstr(j, e->reason);
        json_key(j, "near");
        near_json(j, e->near);
        json_object_end(j);
    }
    json_array_end(j);
    json_key(j, "errors_total");
    json_i64(j, (int64_t)total);
}
