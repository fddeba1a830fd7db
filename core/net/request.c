/* SPDX-License-Identifier: MIT
 *
 * What a handler asks a request: parameters, format, language, pins, tag. */
#include "request.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/limits.h"
#include "coding.h"
#include "ingest/mapping.h"
#include "page.h"
#include "store/audit.h"

struct request *request_new(struct httpd *h, const struct service *service,
                            struct MHD_Connection *conn, const char *target)
{
    struct request *r = mem_calloc(MEM_NET, 1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->httpd = h;
    r->service = service;
    r->conn = conn;
    r->target = str_of(target);
    r->started_ns = clock_mono_ns();
    arena_init(&r->arena, MEM_NET, 0);
    buf_init(&r->body, MEM_INGEST); /* where what people send is wiped behind them */
    answer_init(&r->answer);
    guard_init(&r->guard);
    int rc = url_parse(&r->arena, str_of(target), &r->url, &r->err);
    ASSERT(rc == 0 || r->err.code < 0);
    return r;
}

void request_free(struct request *r)
{
    if (r == NULL)
        return;
    batch_free(r->batch);
    mapping_free(r->mapping);
    request_unpin(r);
    token_unref(r->access.token);
    answer_fini(&r->answer);
    buf_fini(&r->body);
    arena_fini(&r->arena);
    mem_free(MEM_NET, r);
}

int request_pin_snap(struct request *r, struct err *err)
{
    if (r->snap != NULL)
        return 0;
    struct snap *s = snap_cell_get(r->service->cell);
    if (s == NULL)
        return err_set(err, ERR_UNAVAILABLE, "the server is still loading its data");
    if (viewer_is_whole(&r->viewer)) {
        r->snap = s;
    } else {
        int rc = snap_narrow(s, &r->viewer.grant, &r->snap, err);
        snap_unref(s);
        TRY(rc);
    }
    r->answer.snapshot = r->snap->id;
    return 0;
}

int request_pin(struct request *r, struct err *err)
{
    TRY(request_pin_snap(r, err));
    if (r->plugins == NULL)
        r->plugins = registry_get(r->service->registry);
    return 0;
}

void request_unpin(struct request *r)
{
    borders_unref(r->borders);
    r->borders = NULL;
    snap_unref(r->snap);
    r->snap = NULL;
    if (r->plugins != NULL)
        plugin_set_unref(r->plugins);
    r->plugins = NULL;
}

struct str request_arg(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->url.args; i++)
        if (str_eq(r->url.arg[i].name, str_of(name)))
            return r->url.arg[i].value;
    return STR_NULL;
}

struct str request_header(const struct request *r, const char *name)
{
    return str_of(MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name));
}

int request_number(const struct request *r, const char *name, int64_t fallback, int64_t most,
                   int64_t *out, struct err *err)
{
    struct str s = request_arg(r, name);
    *out = fallback;
    if (s.p == NULL)
        return 0;
    if (str_to_i64(s, out) < 0 || *out < 0 || *out > most)
        return err_set(err, ERR_PARAM, "%s=%.*s is not a whole number from 0 to %lld", name,
                       STR_ARG(s), (long long)most);
    return 0;
}

/* ---- negotiation ---------------------------------------------------------------------------- */

static int format_by_name(struct str name)
{
    if (str_eq(name, STR("html")))
        return OUT_HTML;
    return str_eq(name, STR("xlsx")) ? OUT_XLSX : format_parse(name);
}

static int pick_named_format(struct request *r, struct str name, struct err *err)
{
    r->format = format_by_name(name);
    if (r->format >= 0)
        return 0;
    r->format = FORMAT_JSON;
    err_set(err, ERR_PARAM, "the format '%.*s' is not known", STR_ARG(name));
    err_hint(err, "the formats are json, csv, ndjson, xlsx, html and table");
    return ERR_PARAM;
}

/* The first type in Accept that we can write; browsers put text/html first. */
static int format_by_accept(struct str accept)
{
    static const struct {
        struct str type;
        int format;
    } types[] = {{{"text/html", 9}, OUT_HTML},
                 {{"text/csv", 8}, FORMAT_CSV},
                 {{"application/x-ndjson", 20}, FORMAT_NDJSON},
                 {{"application/json", 16}, FORMAT_JSON},
                 {{SHEET_TYPE, sizeof SHEET_TYPE - 1}, OUT_XLSX}};
    while (accept.n > 0) {
        accept = str_trim(accept);
        for (size_t i = 0; i < ARRAY_LEN(types); i++)
            if (str_starts(accept, types[i].type))
                return types[i].format;
        const char *comma = memchr(accept.p, ',', accept.n);
        size_t skip = comma ? (size_t)(comma - accept.p) + 1 : accept.n;
        accept = (struct str){accept.p + skip, accept.n - skip};
    }
    return FORMAT_JSON;
}

int request_day(const struct request *r, const char *name, int32_t *out, struct err *err)
{
    struct err why;
    struct str s = request_arg(r, name);
    *out = DAY_NONE;
    if (s.p != NULL && date_parse(str_trim(s), out, &why) < 0)
        return err_set(err, ERR_PARAM, "%s=%.*s is no day: %s", name, STR_ARG(s), why.msg);
    return 0;
}

int request_borders(struct request *r, const char *name, struct err *err)
{
    int32_t day;
    TRY(request_day(r, name, &day, err));
    borders_unref(r->borders);
    r->borders = NULL;
    if (day != DAY_NONE && r->snap->tree->narrowed)
        return err_set(err, ERR_FORBIDDEN,
                       "borders of another day are not for a token that is limited to places: they "
                       "would lie in others");
    return day == DAY_NONE ? 0 : history_borders(r->snap->history, day, &r->borders, err);
}

const struct place_tree *request_places(const struct request *r)
{
    return r->borders ? r->borders->tree : r->snap->tree;
}

static int pick_format(struct request *r, struct err *err)
{
    struct str named = request_arg(r, "format");
    if (named.p == NULL)
        named = r->match.extension;
    if (named.n > 0)
        return pick_named_format(r, named, err);
    r->format = format_by_accept(request_header(r, "Accept"));
    return 0;
}

/* Weight of a language in Accept-Language in thousandths, 0 when it is not there. */
static int language_weight(struct str header, struct str code)
{
    while (header.n > 0) {
        const char *comma = memchr(header.p, ',', header.n);
        size_t n = comma ? (size_t)(comma - header.p) : header.n;
        struct str item = str_trim((struct str){header.p, n});
        size_t skip = n + (comma ? 1 : 0);
        header = (struct str){header.p + skip, header.n - skip};
        bool fits = item.n >= 2 && str_eq_nocase((struct str){item.p, 2}, code) &&
                    (item.n == 2 || item.p[2] == '-' || item.p[2] == ';');
        if (!fits)
            continue;
        const char *q = memmem(item.p, item.n, "q=", 2);
        double weight = 1;
        if (q != NULL &&
            str_to_f64((struct str){q + 2, (size_t)(item.p + item.n - q - 2)}, &weight) < 0)
            weight = 0;
        return (int)(weight * 1000);
    }
    return 0;
}

static int pick_language(struct request *r, struct err *err)
{
    struct str lang = request_arg(r, "lang");
    if (lang.p == NULL) {
        struct str header = request_header(r, "Accept-Language");
        r->hindi = language_weight(header, STR("hi")) > language_weight(header, STR("en"));
        return 0;
    }
    r->hindi = str_eq(lang, STR("hi"));
    if (!r->hindi && !str_eq(lang, STR("en")))
        return err_set(err, ERR_PARAM, "lang=%.*s is not known: the languages are en and hi",
                       STR_ARG(lang));
    return 0;
}

static int pick_timeout(struct request *r, struct err *err)
{
    struct str s = request_arg(r, "timeout");
    double value = QUERY_TIMEOUT_MS / 1000.0;
    double unit = 1000;
    if (s.p != NULL) {
        if (str_ends(s, STR("ms"))) {
            unit = 1;
            s.n -= 2;
        } else if (str_ends(s, STR("s"))) {
            s.n -= 1;
        }
        if (str_to_f64(s, &value) < 0 || !(value * unit >= 1 && value * unit <= QUERY_TIMEOUT_MS))
            return err_set(err, ERR_PARAM,
                           "timeout must be a number of seconds (or 500ms, 5s), at most %d s",
                           QUERY_TIMEOUT_MS / 1000);
    }
    cancel_init(&r->cancel, (int64_t)(value * unit));
    return 0;
}

int request_negotiate(struct request *r, struct err *err)
{
    r->answer.varies = true;
    r->coding = coding_choose(request_header(r, "Accept-Encoding"));
    TRY(pick_format(r, err));
    r->answer.page = r->format == OUT_HTML;
    TRY(pick_language(r, err));
    return pick_timeout(r, err);
}

/* ---- the tag -------------------------------------------------------------------------------- */

/* Places and sources in the order in which the token names them. */
static uint64_t hash_grant(const struct grant *g, uint64_t h)
{
    h = hash64(&g->places, sizeof g->places, h);
    for (size_t i = 0; i < g->places; i++) {
        int64_t place[] = {(int64_t)g->place[i].level, g->place[i].code};
        h = hash64(place, sizeof place, h);
    }
    for (size_t i = 0; i < g->sources; i++)
        h = hash64(g->source[i].p, g->source[i].n, hash_mix(h));
    return h;
}

/* All that determines the answer, folded into one running hash. CURRENT_DATE is part of it, how far
 * alerts, findings and the audit trail have got (a query may name their tables), and the settings
 * that change what is shown. */
static uint64_t tag_hash(const struct request *r, uint64_t seed)
{
    const struct snap *s = r->snap;
    int64_t alerts = (int64_t)(alert_engine_snapshot(r->service->alerts) ^
                               hash_mix(alert_engine_version(r->service->alerts)));
    int64_t trail = (int64_t)store_audit_count(r->service->store);
    int64_t findings = (int64_t)store_findings_revision(r->service->store);
    int64_t checked =
        r->match.route->flags & ROUTE_CHECKS ? (int64_t)checks_snapshot(r->service->checks) : 0;
    int64_t facts[] = {(int64_t)r->access.role,
                       r->access.known,
                       r->viewer.small_cell_k,
                       (int64_t)s->id,
                       s->received_ms,
                       s->registrations,
                       clock_today(),
                       r->format,
                       r->hindi,
                       (int64_t)r->coding,
                       alerts,
                       trail,
                       findings,
                       checked,
                       (int64_t)r->plugins_hash,
                       date_fiscal_month(),
                       (int64_t)store_damage_mark(r->service->store)};
    uint64_t h = hash64(facts, sizeof facts, seed);
    h = hash_grant(&r->viewer.grant, h);
    h = hash64(clock_zone(), strlen(clock_zone()), h);
    h = hash64(r->service->version, strlen(r->service->version), h);
    if (r->answer.origin != NULL)
        h = hash64(r->answer.origin, strlen(r->answer.origin), h);
    h = hash64(r->url.path.p, r->url.path.n, h);
    for (size_t i = 0; i < r->url.args; i++) {
        h = hash64(r->url.arg[i].name.p, r->url.arg[i].name.n, hash_mix(h));
        h = hash64(r->url.arg[i].value.p, r->url.arg[i].value.n, h);
    }
    return hash_mix(h);
}

/* If-None-Match: a list of tags, or '*'; W/ makes no difference here (RFC 9110 13.1.2). */
static bool has_tag(struct str header, const char *etag)
{
    return header.n > 0 && (str_eq(str_trim(header), STR("*")) ||
                            memmem(header.p, header.n, etag, strlen(etag)) != NULL);
}

bool request_tag(struct request *r)
{
    /* A key of this directory: or figures that go in could be tried against the tag. */
    uint64_t seed[SECRET_BYTES / sizeof(uint64_t)];
    store_secret_for(r->service->store, "etag", (unsigned char *)seed);
    r->key = (struct cache_key){tag_hash(r, seed[0] ^ 1), tag_hash(r, seed[1] ^ 2)};
    snprintf(r->answer.etag, sizeof r->answer.etag, "\"%016llx%016llx\"",
             (unsigned long long)r->key.a, (unsigned long long)r->key.b);
    return request_has_tag(r);
}

bool request_has_tag(const struct request *r)
{
    return has_tag(request_header(r, "If-None-Match"), r->answer.etag);
}

int64_t request_wait_ms(const struct request *r)
{
    int64_t seconds;
    struct str prefer = request_header(r, "Prefer");
    while (prefer.n > 0) {
        const char *comma = memchr(prefer.p, ',', prefer.n);
        size_t n = comma ? (size_t)(comma - prefer.p) : prefer.n;
        struct str item = str_trim((struct str){prefer.p, n});
        prefer = (struct str){prefer.p + n + (comma != NULL), prefer.n - n - (comma != NULL)};
        if (item.n > 5 && str_eq_nocase((struct str){item.p, 5}, STR("wait=")) &&
            str_to_i64((struct str){item.p + 5, item.n - 5}, &seconds) == 0 && seconds > 0)
            return (seconds < EVENT_WAIT_MAX_S ? seconds : EVENT_WAIT_MAX_S) * 1000;
    }
    return 0;
}

/* ---- replies -------------------------------------------------------------------------------- */

/* Figures that lack what is damaged say so. */
static struct str warn(struct request *r)
{
    struct store_damage d;
    char text[WARNING_BYTES * 2];
    if (store_damage_mark(r->service->store) == 0)
        return STR("");
    store_damage_get(r->service->store, &d);
    if (d.batches == 0)
        return STR("");
    if (r->snap == NULL || r->snap->narrowed) { /* how many would tell of the others */
        snprintf(r->answer.warning, sizeof r->answer.warning,
                 "registrations are missing: their storage is damaged");
        return r->hindi ? STR("निबंधन इन आँकड़ों में नहीं हैं: उनका भंडार क्षतिग्रस्त है")
                        : str_of(r->answer.warning);
    }
    snprintf(r->answer.warning, sizeof r->answer.warning,
             "%lld registrations of %zu batches are missing: their storage is damaged "
             "(panji verify)",
             (long long)d.registrations, d.batches);
    if (!r->hindi)
        return str_of(r->answer.warning);
    snprintf(text, sizeof text,
             "%zu बैचों के %lld निबंधन इन आँकड़ों में नहीं हैं: "
             "उनका भंडार क्षतिग्रस्त है (panji verify)",
             d.batches, (long long)d.registrations);
    return str_copy(&r->arena, str_of(text));
}

struct format_options request_format_options(struct request *r)
{
    struct format_options o = {.hindi = r->hindi, .as_on = DAY_NONE};
    o.bom = str_eq(request_arg(r, "bom"), STR("1"));
    o.bare_array = str_eq(request_arg(r, "shape"), STR("array"));
    o.warning = warn(r);
    if (r->snap != NULL) {
        o.tree = request_places(r);
        o.snapshot = r->snap->id;
        if (r->snap->day_min <= r->snap->day_max)
            o.as_on = r->snap->day_max;
    }
    return o;
}

int request_reply_frame(struct request *r, const struct frame *f, const struct format_options *o,
                        struct err *err)
{
    int64_t start = clock_mono_ns();
    struct answer *a = &r->answer;
    a->rows = (int64_t)f->rows;
    if (r->format == OUT_HTML) {
        struct page_table page = {.frame = f, .options = o, .title = str_of(r->match.route->doc)};
        TRY(page_write_table(&page, &a->body, err));
        a->type = page_type;
    } else if (r->format == OUT_XLSX) {
        struct sheet sheet = {.frame = f, .options = o, .title = str_of(r->match.route->doc)};
        TRY(request_reply_sheet(r, &sheet, STR("panji"), err));
    } else {
        TRY(format_frame(f, (enum format)r->format, o, &a->body, err));
        a->type = format_content_type((enum format)r->format);
    }
    answer_timing(a, "format", clock_mono_ns() - start);
    return buf_check(&a->body, err);
}

int request_reply_sheet(struct request *r, const struct sheet *s, struct str name, struct err *err)
{
    TRY(sheet_write(s, &r->answer.body, err));
    r->answer.type = SHEET_TYPE;
    snprintf(r->answer.file, sizeof r->answer.file, "%.*s.xlsx", STR_ARG(name));
    return 0;
}

int request_reply_json(struct request *r, struct err *err)
{
    buf_char(&r->answer.body, '\n');
    return buf_check(&r->answer.body, err);
}

/* ---- the body ---------------------------------------------------------------------------------
 */

bool request_is_type(const struct request *r, const char *type)
{
    struct str s = request_header(r, "Content-Type");
    const char *end = s.n > 0 ? memchr(s.p, ';', s.n) : NULL;
    if (end != NULL)
        s.n = (size_t)(end - s.p);
    return str_eq_nocase(str_trim(s), str_of(type));
}

int request_packing(struct request *r, struct err *err)
{
    unsigned flags = r->match.route->flags;
    bool file = flags & (ROUTE_BATCH | ROUTE_FILE) || (flags & ROUTE_TABLES && flags & ROUTE_WRITE);
    TRY(packing_parse(request_header(r, "Content-Encoding"), &r->packing, err));
    if (r->packing != PACKING_NONE && !file)
        return err_set(err, ERR_MEDIA, "a packed body is read where a file is sent, not here");
    if (r->packing != PACKING_NONE)
        return 0;
    if (request_is_type(r, "application/gzip") || request_is_type(r, "application/x-gzip"))
        r->packing = PACKING_GZIP;
    else if (request_is_type(r, "application/zstd"))
        r->packing = PACKING_ZSTD;
    return 0;
}

int request_file(struct request *r, size_t most, struct str *out, struct err *err)
{
    struct buf plain;
    *out = buf_view(&r->body);
    enum packing packing = packing_of(*out);
    if (r->packing != PACKING_NONE && packing != r->packing)
        return err_set(err, ERR_ROWS, "the file was sent as %s, but is not",
                       packing_name(r->packing));
    if (packing == PACKING_NONE)
        return 0;
    buf_init(&plain, MEM_NET);
    int rc = unpack_whole(*out, most, &plain, err);
    if (rc < 0) {
        buf_fini(&plain);
        return rc;
    }
    buf_fini(&r->body);
    r->body = plain;
    *out = buf_view(&r->body);
    return 0;
}
