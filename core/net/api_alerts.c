/* SPDX-License-Identifier: MIT
 *
 * Alerts: what fires, what happened, what people say about it; and the same as Prometheus tells it.
 * What is sent comes as parameters, as a form, or as a flat JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "body.h"
#include "said.h"
#include "store/alerts.h"
#include "store/audit.h"
#include "tables.h"

/* ---- tables ---------------------------------------------------------------------------------- */

static int reply(struct request *r, const struct frame *f, struct err *err)
{
    struct format_options o = request_format_options(r);
    return request_reply_frame(r, f, &o, err);
}

/* place=block:3168, or a name that is none but of one place; 0 (the country) when it was not sent.
 */
static int find_place(struct request *r, uint32_t *order, struct err *err)
{
    struct str text = str_trim(request_arg(r, "place"));
    uint32_t found[2] = {0, 0};
    size_t n = 0;
    *order = 0;
    if (text.n == 0)
        return 0;
    const char *colon = memchr(text.p, ':', text.n);
    int level =
        colon != NULL ? place_level_parse((struct str){text.p, (size_t)(colon - text.p)}) : -1;
    if (level > PLACE_COUNTRY)
        text = (struct str){colon + 1, text.n - (size_t)(colon + 1 - text.p)};
    for (int l = level > PLACE_COUNTRY ? level : PLACE_STATE;
         l <= (level > PLACE_COUNTRY ? level : PLACE_PANCHAYAT) && n == 0; l++)
        n = place_find(r->snap->tree, (enum place_level)l, 0, text, found, 2);
    if (n != 1) {
        err_set(err, ERR_PARAM, "place=%.*s is %s", STR_ARG(text),
                n == 0 ? "no place" : "the name of several places");
        err_hint(err, "write it with its level and code, as block:3168; GET /v1/places finds them");
        return ERR_PARAM;
    }
    *order = found[0];
    return 0;
}

/* The rows that are kept. */
static int pick(struct request *r, const struct frame *all, const bool *keep, struct frame **out,
                struct err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < all->rows; i++)
        n += keep[i];
    TRY(frame_new(&r->arena, n, all->cols, out, err));
    for (size_t k = 0; k < all->cols; k++) {
        size_t row = 0;
        TRY(frame_col_init(&r->arena, &(*out)->col[k], n, all->col[k].name, all->col[k].type, err));
        for (size_t i = 0; i < all->rows; i++)
            if (keep[i])
                frame_set(*out, row++, k, frame_get(all, i, k));
    }
    return 0;
}

static int keep_new(struct request *r, const struct frame *all, bool **out, struct err *err)
{
    *out = ARENA_ARRAY(&r->arena, bool, all->rows + 1);
    return *out != NULL ? 0 : err_set(err, ERR_MEM, "no memory for the alerts");
}

/* Those of the place and of all below it. A place that lies in two is below both. */
static int only_under(struct request *r, const struct frame *all, uint32_t within,
                      struct frame **out, struct err *err)
{
    const struct place_tree *tree = r->snap->tree;
    size_t c = (size_t)frame_find(all, STR("place"));
    bool *keep;
    TRY(keep_new(r, all, &keep, err));
    for (size_t i = 0; i < all->rows; i++) {
        struct value v = frame_get(all, i, c);
        uint32_t node = v.null ? PLACE_NONE : place_order(tree, (uint32_t)v.i);
        node = node != PLACE_NONE ? place_first(tree, node) : node;
        for (; node != PLACE_NONE && !keep[i]; node = tree->at[node].same)
            keep[i] = node >= within && node < tree->at[within].end;
    }
    return pick(r, all, keep, out, err);
}

int api_alerts(struct request *r, struct err *err)
{
    struct frame *f;
    uint32_t within;
    TRY(request_pin(r, err));
    TRY(find_place(r, &within, err));
    TRY(tables_seen(r, "alerts", &f, err));
    if (within != 0)
        TRY(only_under(r, f, within, &f, err));
    return reply(r, f, err);
}

/* The rows whose id is the one asked for. */
static int only_id(struct request *r, const struct frame *all, struct str id, struct frame **out,
                   struct err *err)
{
    size_t c = (size_t)frame_find(all, STR("id"));
    bool *keep;
    TRY(keep_new(r, all, &keep, err));
    for (size_t i = 0; i < all->rows; i++)
        keep[i] = str_eq(frame_get(all, i, c).s, id);
    return pick(r, all, keep, out, err);
}

int api_alerts_history(struct request *r, struct err *err)
{
    struct frame *f;
    struct str id = request_arg(r, "id");
    TRY(request_pin(r, err));
    TRY(tables_seen(r, "alert_history", &f, err));
    if (id.p != NULL)
        TRY(only_id(r, f, id, &f, err));
    return reply(r, f, err);
}

int api_outbox(struct request *r, struct err *err)
{
    struct frame *f;
    TRY(request_pin(r, err));
    TRY(store_outbox_table(r->service->store, &r->arena, r->snap, &f, err));
    return reply(r, f, err);
}

/* ---- what people say ------------------------------------------------------------------------- */

/* Of an alert that whoever asks does not see nothing is told, not even that it is there. */
static int check_seen(struct request *r, struct err *err)
{
    struct frame *f;
    if (viewer_is_whole(&r->viewer))
        return 0;
    TRY(request_pin(r, err));
    TRY(tables_seen(r, "alerts", &f, err));
    TRY(only_id(r, f, r->match.capture[0], &f, err));
    return f->rows > 0 ? 0
                       : err_set(err, ERR_NOT_FOUND, "there is no alert '%.*s'",
                                 STR_ARG(r->match.capture[0]));
}

/* Whoever has a token need not say who that is. */
static struct str said_by(const struct request *r)
{
    struct str by = str_trim(request_arg(r, "by"));
    return by.n == 0 && r->access.token != NULL ? r->access.name : by;
}

/* The trail has it, too, in the name of whoever was let in. The change itself is made: a full disk
 * would have refused it. */
static void note(const char *action, struct str object, struct str why, struct request *r)
{
    struct err err;
    const struct audit_entry e = {
        .action = str_of(action), .object = object, .why = why, .what = STR("")};
    if (store_audit(r->service->store, &e, &err) < 0)
        log_line(LOG_WARN, "net", "the audit trail misses a change: %s", err.msg);
}

static int done(struct request *r, const char *what, struct err *err)
{
    struct json j;
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_str(&j, "id", r->match.capture[0]);
    json_put_cstr(&j, "done", what);
    json_object_end(&j);
    return request_reply_json(r, err);
}

int api_alert_acknowledge(struct request *r, struct err *err)
{
    int64_t until_ms = 0;
    TRY(check_seen(r, err));
    TRY(body_take_args(r, err));
    if (request_arg(r, "until").n > 0)
        TRY(said_moment("until", str_trim(request_arg(r, "until")), &until_ms, err));
    TRY(alert_acknowledge(r->service->alerts, r->match.capture[0], said_by(r),
                          str_trim(request_arg(r, "reason")), until_ms, err));
    note("acknowledge", r->match.capture[0], str_trim(request_arg(r, "reason")), r);
    return done(r, "acknowledged", err);
}

int api_alert_unacknowledge(struct request *r, struct err *err)
{
    TRY(check_seen(r, err));
    TRY(body_take_args(r, err));
    TRY(alert_unacknowledge(r->service->alerts, r->match.capture[0], said_by(r), err));
    note("unacknowledge", r->match.capture[0], STR(""), r);
    return done(r, "acknowledgement taken back", err);
}

int api_alert_comment(struct request *r, struct err *err)
{
    TRY(check_seen(r, err));
    TRY(body_take_args(r, err));
    TRY(alert_comment(r->service->alerts, r->match.capture[0], said_by(r),
                      str_trim(request_arg(r, "text")), err));
    return done(r, "noted", err);
}

int api_outbox_retry(struct request *r, struct err *err)
{
    TRY(store_outbox_retry(r->service->store, r->match.capture[0], clock_wall_ms(), err));
    return done(r, "waiting again", err);
}

/* ---- silences -------------------------------------------------------------------------------- */

static int read_place(struct request *r, struct alert_silence *s, struct err *err)
{
    uint32_t order = 0;
    TRY(find_place(r, &order, err));
    if (order == 0)
        return 0;
    s->place_level = (int)r->snap->tree->at[order].level;
    s->place_code = r->snap->tree->at[order].code;
    return 0;
}

/* Whoever is limited silences places of his own alone, and sees no others. */
static bool silence_is_seen(const struct request *r, const struct alert_silence *s)
{
    const struct snap *snap = r->snap;
    if (!snap->narrowed)
        return true;
    uint32_t order = place_by_code(snap->tree, (enum place_level)s->place_level, s->place_code);
    return snap->source_seen == NULL && s->place_level > PLACE_COUNTRY && order != PLACE_NONE &&
           place_is_seen(snap->tree, order);
}

static int check_silence(const struct request *r, const struct alert_silence *s, struct err *err)
{
    if (silence_is_seen(r, s))
        return 0;
    err_set(err, ERR_FORBIDDEN, "the token is limited, and this silence would reach further");
    err_hint(err, "name a place of the token's own: place=LEVEL:CODE");
    return ERR_FORBIDDEN;
}

/* rule=drive/lagging_block, or the name of the rule alone. */
static void read_rule(struct request *r, struct alert_silence *s)
{
    struct str rule = str_trim(request_arg(r, "rule"));
    const char *slash = rule.n > 0 ? memchr(rule.p, '/', rule.n) : NULL;
    s->plugin = STR("");
    s->rule = rule;
    if (slash == NULL)
        return;
    s->plugin = (struct str){rule.p, (size_t)(slash - rule.p)};
    s->rule = (struct str){slash + 1, rule.n - s->plugin.n - 1};
}

int api_silence_post(struct request *r, struct err *err)
{
    struct alert_silence s = {.place_level = PLACE_COUNTRY};
    int64_t id = 0;
    struct json j;
    TRY(body_take_args(r, err));
    TRY(request_pin(r, err));
    read_rule(r, &s);
    TRY(read_place(r, &s, err));
    TRY(check_silence(r, &s, err));
    TRY(said_moment("until", str_trim(request_arg(r, "until")), &s.until_ms, err));
    s.author = said_by(r);
    s.reason = str_trim(request_arg(r, "reason"));
    TRY(alert_silence_add(r->service->alerts, &s, &id, err));
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)id);
    note("silence", str_of(number), s.reason, r);
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_i64(&j, "id", id);
    json_object_end(&j);
    r->answer.status = 201;
    return request_reply_json(r, err);
}

static int check_own_silence(struct request *r, int64_t id, struct err *err)
{
    struct alert_silence *s;
    size_t n;
    TRY(request_pin(r, err));
    if (!r->snap->narrowed)
        return 0;
    TRY(store_silences_read(r->service->store, 0, &r->arena, &s, &n, err));
    for (size_t i = 0; i < n; i++)
        if (s[i].id == id && silence_is_seen(r, &s[i]))
            return 0;
    return err_set(err, ERR_NOT_FOUND, "there is no silence %lld", (long long)id);
}

int api_silence_delete(struct request *r, struct err *err)
{
    int64_t id;
    TRY(body_take_args(r, err));
    if (str_to_i64(r->match.capture[0], &id) < 0)
        return err_set(err, ERR_NOT_FOUND, "there is no silence '%.*s'",
                       STR_ARG(r->match.capture[0]));
    TRY(check_own_silence(r, id, err));
    TRY(alert_silence_end(r->service->alerts, id, said_by(r), err));
    note("end silence", r->match.capture[0], STR(""), r);
    return done(r, "ended", err);
}

static void put_moment(struct json *j, const char *key, int64_t ms)
{
    char when[32];
    json_key(j, key);
    clock_format(ms, when);
    if (ms != 0)
        json_cstr(j, when);
    else
        json_null(j);
}

static void put_text(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    if (s.n > 0)
        json_str(j, s);
    else
        json_null(j);
}

static void put_silence(struct json *j, const struct alert_silence *s)
{
    json_object(j);
    json_put_i64(j, "id", s->id);
    put_text(j, "plugin", s->plugin);
    put_text(j, "rule", s->rule);
    put_text(j, "level",
             s->place_level > PLACE_COUNTRY
                 ? str_of(place_level_name((enum place_level)s->place_level))
                 : STR(""));
    json_key(j, "place");
    if (s->place_level > PLACE_COUNTRY)
        json_i64(j, s->place_code);
    else
        json_null(j);
    put_moment(j, "created", s->created_ms);
    put_moment(j, "until", s->until_ms);
    put_text(j, "by", s->author);
    put_text(j, "reason", s->reason);
    put_moment(j, "ended", s->ended_ms);
    put_text(j, "ended_by", s->ended_by);
    json_object_end(j);
}

int api_silences(struct request *r, struct err *err)
{
    struct alert_silence *s;
    size_t n;
    struct json j;
    int64_t now = str_eq(request_arg(r, "all"), STR("1")) ? 0 : clock_wall_ms();
    TRY(store_silences_read(r->service->store, now, &r->arena, &s, &n, err));
    TRY(request_pin(r, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_key(&j, "silences");
    json_array(&j);
    for (size_t i = 0; i < n; i++)
        if (silence_is_seen(r, &s[i]))
            put_silence(&j, &s[i]);
    json_array_end(&j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

/* ---- as Prometheus tells it ------------------------------------------------------------------ */

static int prometheus(struct request *r,
                      int (*write)(struct alert_engine *, const struct snap *, struct buf *,
                                   struct err *),
                      struct err *err)
{
    TRY(request_pin(r, err));
    buf_cstr(&r->answer.body, "{\"status\":\"success\",\"data\":");
    TRY(write(r->service->alerts, r->snap, &r->answer.body, err));
    buf_char(&r->answer.body, '}');
    return request_reply_json(r, err);
}

int api_prometheus_alerts(struct request *r, struct err *err)
{
    return prometheus(r, alert_prometheus_alerts, err);
}

int api_prometheus_rules(struct request *r, struct err *err)
{
    return prometheus(r, alert_prometheus_rules, err);
}
