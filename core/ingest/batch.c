/* SPDX-License-Identifier: MIT
 *
 * A batch: bytes are unpacked, hashed and cut into pieces (cutter.h) as they come, and the crew
 * reads the pieces; the first record is the header, every other a row. What refuses the whole file
 * is kept until the end, because only then the hash is known: a batch that was stored before is
 * answered from the ledger, whatever would be said of it today.
 *
 *     new -> push ... push -> end -> free
 *              |                |
 *              refused: the rest is only hashed, the end says why */
#include "ingest/batch.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "batch_int.h"
#include "cutter.h"

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

/* A hash or a UUID: twelve digits stand together in one of thousands. */
static bool is_hash_name(struct str s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (strchr("-0123456789abcdefABCDEF", s.p[i]) == NULL)
            return false;
        digits += s.p[i] != '-';
    }
    return digits >= 32;
}

/* Names are kept, so that nothing of an Aadhaar number may be in them. */
static int refuse_aadhaar(const char *what, struct err *err)
{
    err_set(err, ERR_PARAM, "the %s looks like an Aadhaar number, and these are not kept", what);
    err_hint(err, "give it another name");
    return ERR_PARAM;
}

static int check_options(const struct batch_options *o, struct err *err)
{
    TRY(check_name("source", str_trim(o->source), SOURCE_BYTES_MAX, err));
    if (aadhaar_in(o->source))
        return refuse_aadhaar("source", err);
    TRY(check_name("id of the batch", str_trim(o->id), BATCH_ID_BYTES_MAX, err));
    if (!is_hash_name(o->id) && digits_name_aadhaar(o->id))
        return refuse_aadhaar("id of the batch", err);
    return check_name("reason", str_trim(o->reason), REASON_BYTES_MAX, err);
}

static int on_header(void *ctx, const struct csv_record *record, struct err *err)
{
    return header_read(ctx, record, err);
}

static int begin_draft(struct batch *b)
{
    b->opt.dry_run = true;
    b->opt.on_error = ON_ERROR_REJECT;
    b->draft = draft_new(b->opt.mapping);
    return b->draft != NULL ? 0 : ERR_MEM;
}

/* As it is kept. */
static struct str copy_hidden(struct arena *mem, struct str s)
{
    char *text = arena_alloc(mem, s.n);
    return (struct str){text, text != NULL ? digits_hide(s, text) : 0};
}

static int copy_options(struct batch *b, const struct batch_options *o, struct err *err)
{
    struct str source = str_trim(o->source);
    b->opt = *o;
    b->opt.source = str_copy(&b->mem, source.n > 0 ? source : STR("unknown"));
    b->opt.id = str_copy(&b->mem, str_trim(o->id));
    b->opt.reason = copy_hidden(&b->mem, str_trim(o->reason));
    if (b->opt.draft && begin_draft(b) < 0)
        return no_memory(err);
    return b->opt.source.p && b->opt.id.p && b->opt.reason.p ? 0 : no_memory(err);
}

/* Whoever is limited to places knows no others: neither names nor near names. */
static int narrow(struct snap **snap, const struct grant *g, struct err *err)
{
    struct snap *whole = *snap;
    if (grant_is_whole(g))
        return 0;
    int rc = snap_narrow(whole, g, snap, err);
    snap_unref(whole);
    return rc;
}

int batch_new(struct store *store, struct snap_cell *cell, const struct batch_options *options,
              struct batch **out, struct err *err)
{
    TRY(check_options(options, err));
    struct snap *snap = snap_cell_get(cell);
    if (snap == NULL)
        return err_set(err, ERR_UNAVAILABLE, "the data is still being loaded");
    TRY(narrow(&snap, options->grant, err));
    struct batch *b = mem_calloc(MEM_INGEST, 1, sizeof *b);
    if (b == NULL) {
        snap_unref(snap);
        return no_memory(err);
    }
    b->store = store;
    b->cell = cell;
    b->snap = snap;
    b->today = clock_today();
    arena_init(&b->mem, MEM_INGEST, 0);
    buf_init(&b->left_head, MEM_INGEST);
    unknown_init(&b->unknown);
    csv_init(&b->head, on_header, b);
    buf_init(&b->lead, MEM_INGEST);
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
    for (size_t i = 0; i < b->columns; i++)
        aadhaar_fini(&b->column[i].aadhaar);
    for (size_t i = 0; i < b->strays; i++)
        aadhaar_fini(&b->stray[i].aadhaar);
    aadhaar_fini(&b->loose);
    unknown_fini(&b->unknown);
    draft_free(b->draft);
    buf_fini(&b->left_head);
    csv_fini(&b->head);
    buf_fini(&b->lead);
    unpack_free(b->unpack);
    mem_free(MEM_INGEST, b->unpacked);
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

/* The text of the file, as its hash sees it. */
static int take_text(struct batch *b, const char *p, size_t n, struct err *err)
{
    struct err why;
    sha256_add(&b->hash, p, n);
    b->bytes += n;
    int rc = b->late < 0 ? b->late : cutter_push(b, p, n, &why);
    return told_late(b, rc, &why, err);
}

/* ---- unpacking ------------------------------------------------------------------------------ */

static uint32_t line_at_hand(const struct batch *b)
{
    const struct piece *p = b->open;
    return p != NULL ? p->line + csv_lines(p->text, p->n) : b->head.line;
}

/* The rest of the file cannot be had. What is behind the break is not known, so neither is the
 * hash. */
static int broken(struct batch *b, int rc, struct err *why, struct err *err)
{
    struct err plain = *why;
    uint32_t line = line_at_hand(b);
    if (rc == ERR_ROWS && b->bytes > 0) {
        err_set(why, rc, "%s (behind line %u of its text)", plain.msg, line);
        memcpy(why->hint, plain.hint, sizeof why->hint);
        why->line = (int)line;
    }
    b->broken = true;
    return told_late(b, rc, why, err);
}

/* Unpacks until all bytes are used, or until the crew is far behind and `wait` is not set. */
static int unpack_some(struct batch *b, const char *p, size_t n, size_t *used, bool wait,
                       struct err *err)
{
    while (!b->broken) {
        struct err why;
        size_t took;
        size_t got;
        int rc = unpack_step(b->unpack, p + *used, n - *used, &took, b->unpacked, UNPACKED_BYTES,
                             &got, &why);
        *used += took;
        TRY(take_text(b, b->unpacked, got, err));
        if (rc < 0)
            TRY(broken(b, rc, &why, err));
        else if (*used == n && got < UNPACKED_BYTES)
            return 0;
        else if (!wait && batch_is_full(b))
            return 0;
    }
    *used = n;
    return 0;
}

static int open_packing(struct batch *b, struct err *err)
{
    enum packing packing = b->opt.packing;
    b->packing_known = true;
    if (packing == PACKING_NONE)
        packing = packing_of((struct str){b->magic, b->magic_n});
    if (packing == PACKING_NONE)
        return take_text(b, b->magic, b->magic_n, err);
    b->unpacked = mem_alloc(MEM_INGEST, UNPACKED_BYTES);
    if (b->unpacked == NULL)
        return no_memory(err);
    TRY(unpack_new(packing, &b->unpack, err));
    size_t used = 0;
    return unpack_some(b, b->magic, b->magic_n, &used, true, err);
}

/* The first bytes tell the packing, and may come one by one. */
static int open_file(struct batch *b, const char *p, size_t n, size_t *used, struct err *err)
{
    size_t room = sizeof b->magic - b->magic_n;
    *used = n < room ? n : room;
    if (*used > 0)
        memcpy(b->magic + b->magic_n, p, *used);
    b->magic_n += *used;
    return b->magic_n == sizeof b->magic ? open_packing(b, err) : 0;
}

static int receive(struct batch *b, const char *p, size_t n, size_t *used, bool wait,
                   struct err *err)
{
    ASSERT(!b->ended);
    *used = 0;
    if (!b->packing_known)
        TRY(open_file(b, p, n, used, err));
    if (*used == n && b->unpack == NULL)
        return 0;
    if (b->unpack != NULL)
        return unpack_some(b, p, n, used, wait, err);
    size_t rest = n - *used;
    *used = n;
    return take_text(b, p + n - rest, rest, err);
}

int batch_push(struct batch *b, const char *p, size_t n, struct err *err)
{
    size_t used;
    return receive(b, p, n, &used, true, err);
}

int batch_push_some(struct batch *b, const char *p, size_t n, size_t *used, struct err *err)
{
    return receive(b, p, n, used, false, err);
}

/* No more bytes come. */
static int end_file(struct batch *b, struct err *err)
{
    struct err why;
    size_t used = 0;
    if (!b->packing_known)
        TRY(open_packing(b, err));
    if (b->unpack == NULL)
        return 0;
    TRY(unpack_some(b, NULL, 0, &used, true, err));
    int rc = b->broken ? 0 : unpack_end(b->unpack, &why);
    return rc < 0 ? broken(b, rc, &why, err) : 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* Are the values of the column stored as they are? */
static bool is_kept(const struct batch *b, int role)
{
    return role >= ROLE_ATTR && b->snap->schema->attr[role - ROLE_ATTR].kind == ATTR_TEXT;
}

static int check_column(const struct batch *b, struct column *c, size_t i, struct err *err)
{
    struct aadhaar_use use = {is_kept(b, c->role), c->other, true, b->records};
    return aadhaar_column(&c->aadhaar, &use) ? aadhaar_refuse(&c->aadhaar, &use, i, c->name, err)
                                             : 0;
}

static int check_columns(struct batch *b, struct err *err)
{
    for (size_t i = 0; i < b->columns; i++)
        TRY(check_column(b, &b->column[i], b->form == FORM_CSV ? i + 1 : 0, err));
    for (size_t i = 0; i < b->strays; i++)
        TRY(check_column(b, &b->stray[i], 0, err));
    struct aadhaar_use nowhere = {.rows = b->loose.shaped};
    return aadhaar_column(&b->loose, &nowhere) ? aadhaar_refuse(&b->loose, &nowhere, 0, NULL, err)
                                               : 0;
}

static int check_content(const struct batch *b, struct err *err)
{
    if (b->bytes == 0 || b->column == NULL)
        return err_set(err, ERR_ROWS, "the file is empty");
    if (b->records == 0 && b->form == FORM_NDJSON)
        return err_set(err, ERR_ROWS, "the file has no rows");
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
        b->unknown_listed = 0;
        b->unknown.n = 0;
        b->secret = true;
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
    if (b->draft != NULL && b->column != NULL &&
        !b->secret) { /* whatever is wrong: it is told there */
        dry_result(b, spec, out);
        return 0;
    }
    if (!b->broken && (verdict < 0 || b->opt.dry_run || b->with_lines)) {
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
    TRY(end_file(b, err));
    int rc = b->late < 0 ? b->late : cutter_end(b, &why);
    TRY(told_late(b, rc, &why, err));
    TRY(crew_finish(b, err));
    TRY(buf_check(&b->left_head, err));
    TRY(unknown_list(b, err));
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
        .reject_head = buf_view(&b->left_head),
        .reject_columns = b->left_columns,
        .reject_delimiter = batch_delimiter(b),
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
