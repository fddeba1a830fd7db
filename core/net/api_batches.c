/* SPDX-License-Identifier: MIT
 *
 * Imports over HTTP, and the ledger. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "api.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/digits.h"
#include "base/log.h"
#include "faults.h"
#include "net/mappings.h"
#include "query/narrow.h"

/* ---- POST /v1/registrations ------------------------------------------------------------------ */

static int pick(const struct request *r, const char *name, const char *yes, const char *no,
                bool *out, struct err *err)
{
    struct str s = request_arg(r, name);
    *out = s.p != NULL && str_eq(s, str_of(yes));
    if (s.p == NULL || *out || str_eq(s, str_of(no)))
        return 0;
    return err_set(err, ERR_PARAM, "%s=%.*s is neither '%s' nor '%s'", name, STR_ARG(s), no, yes);
}

static int read_day(const char *name, struct str text, int32_t *out, struct err *err)
{
    struct err e;
    if (date_parse(text, out, &e) == 0)
        return 0;
    err_set(err, ERR_PARAM, "%s=%.*s is no date: %s", name, STR_ARG(text), e.msg);
    if (e.hint[0] != '\0')
        err_hint(err, "%s", e.hint);
    return ERR_PARAM;
}

static int open_mapping(struct request *r, struct err *err)
{
    struct str name = request_arg(r, "mapping");
    struct str text = request_arg(r, "mapping_text");
    if (name.p != NULL && text.p != NULL)
        return err_set(err, ERR_PARAM, "give either mapping or mapping_text, not both");
    if (text.p != NULL)
        return mapping_parse(text, &r->mapping, err);
    if (name.p != NULL)
        return mapping_by_name(r->service->plugins_dir, name, &r->mapping, err);
    return 0;
}

static int read_ids(const struct request *r, enum id_policy *out, struct err *err)
{
    struct str s = request_arg(r, "ids");
    if (s.p == NULL || id_policy_of(s, out))
        return 0;
    return err_set(err, ERR_PARAM, "ids=%.*s is none of 'ignore', 'replace' and 'refuse'",
                   STR_ARG(s));
}

static int read_options(struct request *r, struct batch_options *o, struct err *err)
{
    bool skip = false;
    struct str as_on = request_arg(r, "as_on");
    TRY(pick(r, "on_error", "skip", "reject", &skip, err));
    TRY(pick(r, "kind", "correction", "registrations", &o->correction, err));
    TRY(pick(r, "below_zero", "allow", "refuse", &o->below_zero, err));
    TRY(pick(r, "dry_run", "1", "0", &o->dry_run, err));
    TRY(pick(r, "draft_mapping", "1", "0", &o->draft, err));
    if (o->draft && !o->dry_run)
        return err_set(err, ERR_PARAM, "draft_mapping=1 stores nothing: say dry_run=1 with it");
    if (as_on.n > 0)
        TRY(read_day("as_on", as_on, &o->as_on, err));
    TRY(read_ids(r, &o->ids, err));
    o->on_error = skip ? ON_ERROR_SKIP : ON_ERROR_REJECT;
    o->source = request_arg(r, "source");
    o->reason = request_arg(r, "reason");
    o->id = request_header(r, "Idempotency-Key");
    if (o->id.n == 0)
        o->id = request_arg(r, "batch_id");
    TRY(open_mapping(r, err));
    o->mapping = r->mapping;
    return 0;
}

static bool is_ndjson(const struct request *r)
{
    static const char *const types[] = {"application/x-ndjson", "application/ndjson",
                                        "application/jsonl", "application/x-jsonlines",
                                        "application/json-lines"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (request_is_type(r, types[i]))
            return true;
    return false;
}

/* Whoever is limited sends for his own sources, and takes nothing from other places. */
static int check_grant(const struct request *r, const struct batch_options *o, struct err *err)
{
    const struct grant *g = &r->viewer.grant;
    if (!grant_has_source(g, o->source.n > 0 ? o->source : STR("unknown"))) {
        err_set(err, ERR_FORBIDDEN, "the token is not for the source \"%.*s\"",
                STR_ARG(o->source.n > 0 ? o->source : STR("unknown")));
        err_hint(err, "say whose registrations they are: source=");
        return ERR_FORBIDDEN;
    }
    if (!grant_is_whole(g) && o->ids == IDS_REPLACE)
        return err_set(err, ERR_FORBIDDEN,
                       "ids=replace is not for a token that is limited: it would take "
                       "registrations from other places and sources");
    return 0;
}

int api_registrations_begin(struct request *r, struct err *err)
{
    struct batch_options o = {.as_on = DAY_NONE,
                              .pool = r->service->readers,
                              .packing = r->packing,
                              .ndjson = is_ndjson(r)};
    TRY(read_options(r, &o, err));
    o.source = access_source(r);
    o.grant = &r->viewer.grant;
    TRY(check_grant(r, &o, err));
    o.id = str_copy(&r->arena, o.id);
    if (o.id.p == NULL)
        return err_set(err, ERR_MEM, "no memory for the request");
    return batch_new(r->service->store, r->service->cell, &o, &r->batch, err);
}

/* A file refused as a whole has no list. */
static void refuse_batch(struct request *r, const struct err *err)
{
    struct faults faults = {.total = 0};
    size_t total = 0;
    faults.error = batch_errors(r->batch, &faults.listed, &total);
    faults.total = total;
    faults.unknown = batch_unknown_words(r->batch, &faults.unknowns, &faults.unknowns_total);
    struct problem_more more = {faults_json, faults_text, &faults};
    answer_problem(&r->answer, err, err->code == ERR_ROWS ? &more : NULL);
}

/* Where the findings are that came up since, once the checks have run: they do so behind the
 * answer. Goes into the object that the import wrote. */
static void put_findings(struct buf *out, uint64_t snapshot)
{
    ASSERT(out->n > 0 && out->p[out->n - 1] == '}');
    out->n--;
    buf_printf(out, ",\"findings\":\"/v1/findings?opened_since=%llu\"}",
               (unsigned long long)snapshot);
}

int api_registrations(struct request *r, struct err *err)
{
    struct batch_result result;
    int rc = batch_end(r->batch, &result, err);
    if (rc < 0) {
        refuse_batch(r, err);
        log_line(LOG_INFO, "net", "a batch was refused: %s", err_name(rc));
        return 0;
    }
    if (str_eq(request_arg(r, "draft_mapping"), STR("1"))) {
        r->answer.type = "text/plain; charset=utf-8";
        r->answer.snapshot = result.snapshot;
        return batch_draft(r->batch, &r->answer.body, err);
    }
    batch_result_json(r->batch, &result, &r->answer.body);
    bool dry_run = str_eq(request_arg(r, "dry_run"), STR("1"));
    if (!dry_run && !r->answer.body.failed)
        put_findings(&r->answer.body, result.snapshot);
    buf_char(&r->answer.body, '\n');
    r->answer.status = result.duplicate || dry_run ? 200 : 201;
    r->answer.rows = result.accepted;
    r->answer.snapshot = result.snapshot;
    log_line(LOG_INFO, "net", "batch of %s: %lld rows, %lld registrations%s", result.source,
             (long long)result.accepted, (long long)result.registrations,
             result.duplicate ? " (was here before)" : "");
    return buf_check(&r->answer.body, err);
}

/* ---- the ledger ------------------------------------------------------------------------------ */

enum { BATCH_COLUMNS = 13 };
static const struct {
    const char *name;
    enum type type;
} batch_columns[BATCH_COLUMNS] = {
    {"batch", TYPE_STRING},     {"source", TYPE_STRING},       {"accepted", TYPE_INT64},
    {"rejected", TYPE_INT64},   {"registrations", TYPE_INT64}, {"as_on", TYPE_DATE},
    {"correction", TYPE_BOOL},  {"received", TYPE_STRING},     {"snapshot", TYPE_INT64},
    {"retracted", TYPE_STRING}, {"reason", TYPE_STRING},       {"repeated", TYPE_INT64},
    {"replaced", TYPE_INT64},
};

static int new_frame(struct request *r, size_t rows, struct frame **out, struct err *err)
{
    TRY(frame_new(&r->arena, rows, BATCH_COLUMNS, out, err));
    for (size_t c = 0; c < BATCH_COLUMNS; c++)
        TRY(frame_col_init(&r->arena, &(*out)->col[c], rows, str_of(batch_columns[c].name),
                           batch_columns[c].type, err));
    return 0;
}

static struct value text_value(struct str s)
{
    return (struct value){.type = TYPE_STRING, .s = s};
}

static struct value number_value(enum type type, int64_t i)
{
    return (struct value){.type = type, .i = i};
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the list of batches");
}

/* A moment as text of the request's own. */
static int put_time(struct request *r, struct frame *f, size_t row, size_t col, int64_t ms,
                    struct err *err)
{
    char when[32];
    clock_format(ms, when);
    struct str text = str_copy(&r->arena, str_of(when));
    frame_set(f, row, col, text_value(text));
    return text.p != NULL ? 0 : no_memory(err);
}

static int put_retraction(struct request *r, struct frame *f, size_t row,
                          const struct batch_note *b, struct err *err)
{
    const struct retraction *gone = retraction_find(r->snap->gone, b->source, b->batch);
    struct value none = {.type = TYPE_STRING, .null = true, .s = STR("")};
    frame_set(f, row, 9, none);
    frame_set(f, row, 10, none);
    if (gone == NULL)
        return 0;
    if (gone->reason.n > 0)
        frame_set(f, row, 10, text_value(gone->reason));
    return put_time(r, f, row, 9, gone->retracted_ms, err);
}

/* Of a batch that came for other places, too, only the registrations are told that are seen. */
static void put_number(struct frame *f, size_t row, size_t col, const struct snap *s, int64_t n)
{
    frame_set(f, row, col, (struct value){.type = TYPE_INT64, .null = s->tree->narrowed, .i = n});
}

static int fill_row(struct request *r, struct frame *f, size_t row, const struct batch_note *b,
                    int64_t seen, struct err *err)
{
    const struct snap *s = r->snap;
    frame_set(f, row, 0, text_value(dict_get(s->dict[ATTR_BATCH], b->batch)));
    frame_set(f, row, 1, text_value(dict_get(s->dict[ATTR_SOURCE], b->source)));
    put_number(f, row, 2, s, b->accepted);
    put_number(f, row, 3, s, b->rejected);
    frame_set(f, row, 4, number_value(TYPE_INT64, seen));
    struct value as_on = number_value(TYPE_DATE, b->as_on);
    as_on.null = b->as_on == DAY_NONE;
    frame_set(f, row, 5, as_on);
    frame_set(f, row, 6, number_value(TYPE_BOOL, b->correction));
    TRY(put_time(r, f, row, 7, b->received_ms, err));
    frame_set(f, row, 8, number_value(TYPE_INT64, (int64_t)b->snapshot));
    put_number(f, row, 11, s, b->repeated);
    put_number(f, row, 12, s, b->replaced);
    return put_retraction(r, f, row, b, err);
}

static bool is_seen(const struct snap *s, const int64_t *seen, size_t i)
{
    return !s->narrowed || seen[i] >= 0;
}

int api_batches(struct request *r, struct err *err)
{
    struct frame *f;
    int64_t limit;
    TRY(request_number(r, "limit", 1000, 1000000, &limit, err));
    const struct snap *s = r->snap;
    int64_t *seen;
    size_t n = 0, row = 0;
    TRY(narrow_batches(s, &r->arena, &seen, err));
    for (size_t i = 0; i < s->batch_count; i++)
        n += is_seen(s, seen, i);
    size_t rows = n < (size_t)limit ? n : (size_t)limit;
    TRY(new_frame(r, rows, &f, err));
    for (size_t i = s->batch_count; i > 0 && row < rows; i--) /* newest first */
        if (is_seen(s, seen, i - 1))
            TRY(fill_row(r, f, row++, &s->batch[i - 1], seen[i - 1], err));
    struct format_options o = request_format_options(r);
    o.truncated = rows < n;
    return request_reply_frame(r, f, &o, err);
}

/* When and why, or null. */
static void put_gone(struct json *j, const struct retraction *gone)
{
    char when[32];
    json_key(j, "retracted");
    if (gone == NULL) {
        json_null(j);
    } else {
        clock_format(gone->retracted_ms, when);
        json_cstr(j, when);
    }
    json_key(j, "reason");
    if (gone == NULL || gone->reason.n == 0)
        json_null(j);
    else
        json_str(j, gone->reason);
}

static void put_batch(struct json *j, const struct snap *s, const struct batch_note *b,
                      int64_t seen)
{
    char text[32];
    json_object(j);
    json_put_str(j, "batch", dict_get(s->dict[ATTR_BATCH], b->batch));
    json_put_str(j, "source", dict_get(s->dict[ATTR_SOURCE], b->source));
    bool whole = !s->tree->narrowed;
    if (whole) {
        json_put_i64(j, "accepted", b->accepted);
        json_put_i64(j, "rejected", b->rejected);
    }
    json_put_i64(j, "registrations", seen);
    if (whole) {
        json_put_i64(j, "repeated", b->repeated);
        json_put_i64(j, "replaced", b->replaced);
    }
    if (b->as_on != DAY_NONE) {
        date_format(b->as_on, text);
        json_put_cstr(j, "as_on", text);
    }
    json_put_bool(j, "correction", b->correction);
    clock_format(b->received_ms, text);
    json_put_cstr(j, "received", text);
    json_put_i64(j, "snapshot", (int64_t)b->snapshot);
    put_gone(j, retraction_find(s->gone, b->source, b->batch));
    json_object_end(j);
}

/* Names the sources that used an id. */
static int several_sources(const struct snap *s, const int64_t *seen, struct str id, int32_t batch,
                           struct err *err)
{
    char list[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < s->batch_count && used + SOURCE_BYTES_MAX + 8 < sizeof list; i++)
        if (s->batch[i].batch == batch && is_seen(s, seen, i))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s'%.*s'", used ? ", " : "",
                                     STR_ARG(dict_get(s->dict[ATTR_SOURCE], s->batch[i].source)));
    err_set(err, ERR_AMBIGUOUS_BATCH, "several sources have a batch '%.*s': %s", STR_ARG(id), list);
    err_hint(err, "name one with source=");
    return ERR_AMBIGUOUS_BATCH;
}

/* The batch of this id; source= chooses when two sources used the same. */
static int find_batch(struct request *r, const struct batch_note **out, int64_t *registrations,
                      struct err *err)
{
    const struct snap *s = r->snap;
    int64_t *seen;
    struct str id = r->match.capture[0];
    struct str source = request_arg(r, "source");
    int32_t batch_id = dict_find(s->dict[ATTR_BATCH], id);
    int32_t source_id = source.n ? dict_find(s->dict[ATTR_SOURCE], source) : -1;
    size_t found = 0;
    TRY(narrow_batches(s, &r->arena, &seen, err));
    for (size_t i = 0; i < s->batch_count && batch_id >= 0; i++) {
        const struct batch_note *b = &s->batch[i];
        if (b->batch != batch_id || (source.n > 0 && b->source != source_id) ||
            !is_seen(s, seen, i))
            continue;
        *out = b;
        *registrations = seen[i];
        found++;
    }
    if (found == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no batch '%.*s'; GET /v1/batches lists them",
                       STR_ARG(id));
    return found == 1 ? 0 : several_sources(s, seen, id, batch_id, err);
}

int api_batch(struct request *r, struct err *err)
{
    const struct batch_note *b = NULL;
    struct json j;
    TRY(request_pin(r, err));
    int64_t seen = 0;
    TRY(find_batch(r, &b, &seen, err));
    json_init(&j, &r->answer.body);
    put_batch(&j, r->snap, b, seen);
    return request_reply_json(r, err);
}

/* Whose batch it is, where whoever asks is limited: one that is not seen is not there, and of one
 * that came for other places, too, nothing is told or done that reaches further. */
static int own_source(struct request *r, bool all, struct str *source, struct err *err)
{
    const struct batch_note *b = NULL;
    int64_t seen = 0;
    if (viewer_is_whole(&r->viewer))
        return 0;
    TRY(request_pin(r, err));
    TRY(find_batch(r, &b, &seen, err));
    *source = dict_get(r->snap->dict[ATTR_SOURCE], b->source);
    if (!r->snap->tree->narrowed || (!all && seen == b->registrations))
        return 0;
    return err_set(err, ERR_FORBIDDEN,
                   "the token is limited to places, and the batch may hold rows of others");
}

int api_batch_rejects(struct request *r, struct err *err)
{
    struct str source = request_arg(r, "source");
    TRY(own_source(r, true, &source, err));
    if (str_eq(request_arg(r, "bom"), STR("1")))
        buf_cstr(&r->answer.body, "\xEF\xBB\xBF");
    TRY(store_rejects_csv(r->service->store, source, r->match.capture[0], &r->answer.body, err));
    r->answer.type = format_content_type(FORMAT_CSV);
    return buf_check(&r->answer.body, err);
}

/* ---- DELETE /v1/batches/{id} ----------------------------------------------------------------- */

static int read_reason(struct request *r, struct str *out, struct err *err)
{
    struct str sent = str_trim(request_arg(r, "reason"));
    char *text = arena_alloc(&r->arena, sent.n);
    if (text == NULL)
        return no_memory(err);
    *out = (struct str){text, digits_hide(sent, text)}; /* it is kept */
    if (out->n > REASON_BYTES_MAX)
        return err_set(err, ERR_PARAM, "the reason has %zu bytes; %d is the most", out->n,
                       REASON_BYTES_MAX);
    if (utf8_check(*out) < out->n)
        return err_set(err, ERR_PARAM, "the reason is not valid UTF-8");
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < 0x20 || out->p[i] == 0x7F)
            return err_set(err, ERR_PARAM, "the reason holds a control character");
    return 0;
}

static int put_below(struct request *r, struct json *j, const struct below_zero *below,
                     struct err *err)
{
    struct buf text;
    TRY(request_pin_snap(r, err));
    buf_init(&text, MEM_NET);
    below_warning(r->snap, below, &text);
    json_key(j, "warnings");
    json_array(j);
    json_str(j, buf_view(&text));
    json_array_end(j);
    int rc = buf_check(&text, err);
    buf_fini(&text);
    return rc;
}

static void put_outcome(struct json *j, const struct retract_result *r)
{
    char when[32];
    json_put_cstr(j, "batch", r->id);
    json_put_cstr(j, "source", r->source);
    json_put_i64(j, "accepted", r->accepted);
    json_put_i64(j, "registrations", r->registrations);
    clock_format(r->retracted_ms, when);
    json_put_cstr(j, "retracted", when);
    json_key(j, "reason");
    if (r->reason[0] == '\0')
        json_null(j);
    else
        json_cstr(j, r->reason);
    json_put_bool(j, "duplicate", r->duplicate);
    json_put_i64(j, "snapshot", (int64_t)r->snapshot);
}

int api_batch_retract(struct request *r, struct err *err)
{
    struct retract_spec spec = {.source = request_arg(r, "source"), .id = r->match.capture[0]};
    struct retract_result result;
    struct json j;
    TRY(own_source(r, false, &spec.source, err));
    TRY(read_reason(r, &spec.reason, err));
    spec.below = ARENA_ARRAY(&r->arena, struct below_zero, 1);
    if (spec.below == NULL)
        return no_memory(err);
    TRY(store_retract(r->service->store, &spec, &result, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    put_outcome(&j, &result);
    if (!result.duplicate && spec.below->total > 0)
        TRY(put_below(r, &j, spec.below, err));
    json_object_end(&j);
    r->answer.snapshot = result.snapshot;
    log_line(LOG_INFO, "net", "a batch of %s was retracted: %lld registrations%s", result.source,
             (long long)result.registrations, result.duplicate ? " (it was before)" : "");
    return request_reply_json(r, err);
}
