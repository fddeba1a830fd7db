/* SPDX-License-Identifier: MIT
 *
 * Alertmanager's API, version 2. It is told a state, not events: whatever it missed it learns with
 * the next telling. A batch that it finds fault with is stored all the same but for the alert at
 * fault, so a 400 is told in the log and not tried again. */
#include <stdio.h>

#include "base/clock.h"
#include "base/httpc.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mime.h"
#include "labels.h"
#include "notify.h"

enum { BATCH_MAX = 256, RESENDS = 4 };

static void put_url(struct json *j, const char *external_url)
{
    if (external_url[0] == '\0')
        return;
    json_put_cstr(j, "generatorURL", external_url);
}

static int put_standing(struct json *j, const struct standing *s, const struct place_tree *tree,
                        const char *external_url, int64_t ends_ms, struct arena *a, struct err *err)
{
    struct labels labels;
    TRY(labels_of(s->row, tree, a, &labels, err));
    json_object(j);
    json_key(j, "labels");
    labels_json(j, &labels);
    json_key(j, "annotations");
    annotations_json(j, s->row);
    json_put_moment(j, "startsAt", s->row->fired_ms);
    json_put_moment(j, "endsAt", s->resolved ? s->row->resolved_ms : ends_ms);
    put_url(j, external_url);
    json_object_end(j);
    return 0;
}

/* Fires as long as somebody tells of it: route it to what notices that it has stopped. */
static void put_heartbeat(struct json *j, const char *external_url, int64_t ends_ms)
{
    json_object(j);
    json_key(j, "labels");
    json_object(j);
    json_put_cstr(j, "alertname", "panji_heartbeat");
    json_put_cstr(j, "severity", "none");
    json_object_end(j);
    json_key(j, "annotations");
    json_object(j);
    json_put_cstr(j, "summary", "Panji evaluates its alerts. When this one ends, nobody does.");
    json_key(j, "summary_hi");
    json_cstr(j, "पंजी अपने अलर्ट जाँच रहा है। यह बंद हो जाए तो कोई नहीं जाँच रहा।");
    json_object_end(j);
    json_put_moment(j, "endsAt", ends_ms);
    put_url(j, external_url);
    json_object_end(j);
}

/* "Authorization: Basic ..." without the ends of lines of base64. */
static void put_login(const struct notifier *n, struct buf *out)
{
    struct buf plain;
    struct buf coded;
    buf_init(&plain, MEM_ALERT);
    buf_init(&coded, MEM_ALERT);
    buf_printf(&plain, "%s:%s", n->user, n->secret != NULL ? n->secret : "");
    mime_base64(&coded, buf_view(&plain));
    buf_cstr(out, "Authorization: Basic ");
    for (size_t i = 0; i < coded.n; i++)
        if (coded.p[i] > ' ')
            buf_char(out, coded.p[i]);
    buf_char(out, '\0');
    buf_fini(&plain);
    buf_fini(&coded);
}

static int post(const struct notifier *n, struct str body, notify_stop stop, struct err *err)
{
    char url[2048];
    struct httpc_response rs;
    const char *slash = n->url[0] != '\0' && n->url[strlen(n->url) - 1] == '/' ? "" : "/";
    struct buf login;
    buf_init(&login, MEM_ALERT);
    if (n->user != NULL)
        put_login(n, &login);
    const char *const headers[] = {"Content-Type: application/json", login.p, NULL};
    int k = snprintf(url, sizeof url, "%s%sapi/v2/alerts", n->url, slash);
    if (k < 0 || k >= (int)sizeof url)
        return buf_fini(&login), err_set(err, ERR_LIMIT, "the address of %s is too long", n->name);
    struct httpc_request rq = {.method = "POST",
                               .url = url,
                               .headers = headers,
                               .body = body,
                               .timeout_ms = n->timeout_ms ? n->timeout_ms : NOTIFY_TIMEOUT_MS,
                               .stop = stop};
    buf_init(&rs.body, MEM_ALERT);
    int rc = httpc_send(&rq, &rs, err);
    if (rc == 0 && rs.status == 400)
        log_line(LOG_WARN, "alert", "%s refused an alert: %.*s", n->name,
                 (int)(rs.body.n < 300 ? rs.body.n : 300), rs.body.n > 0 ? rs.body.p : "");
    else if (rc == 0 && (rs.status < 200 || rs.status > 299))
        rc = err_set(err, ERR_UNAVAILABLE, "%s answered %d", n->name, rs.status);
    buf_fini(&rs.body);
    buf_fini(&login);
    return rc;
}

int notify_alertmanager(const struct notifier *n, const struct standing *s, size_t count,
                        const struct place_tree *tree, const char *external_url, int64_t now_ms,
                        int64_t resend_ms, notify_stop stop, struct err *err)
{
    struct buf body;
    int64_t ends_ms = now_ms + RESENDS * resend_ms;
    int rc = 0;
    buf_init(&body, MEM_ALERT);
    for (size_t from = 0; rc == 0 && (from == 0 || from < count); from += BATCH_MAX) {
        struct arena a;
        struct json j;
        arena_init(&a, MEM_ALERT, 0);
        buf_clear(&body);
        json_init(&j, &body);
        json_array(&j);
        if (from == 0)
            put_heartbeat(&j, external_url, ends_ms);
        for (size_t i = from; rc == 0 && i < count && i < from + BATCH_MAX; i++)
            rc = put_standing(&j, &s[i], tree, external_url, ends_ms, &a, err);
        if (rc == 0) {
            json_array_end(&j);
            rc = buf_check(&body, err);
        }
        arena_fini(&a);
        if (rc == 0)
            rc = post(n, buf_view(&body), stop, err);
    }
    buf_fini(&body);
    return rc;
}
