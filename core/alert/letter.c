/* SPDX-License-Identifier: MIT
 *
 * Letters. Officers read English or Hindi: every mail says all in both. */
#include "letter.h"

#include "base/clock.h"
#include "base/html.h"
#include "base/json.h"
#include "base/mime.h"
#include "labels.h"

/* ---- JSON ------------------------------------------------------------------------------------ */

static bool is_over(const struct letter_item *i)
{
    return strcmp(i->status, "resolved") == 0;
}

static bool all_over(const struct letter *l)
{
    for (size_t i = 0; i < l->items; i++)
        if (!is_over(&l->item[i]))
            return false;
    return true;
}

static void put_moment(struct json *j, const char *key, int64_t ms)
{
    if (ms == 0)
        json_put_cstr(j, key, "0001-01-01T00:00:00Z");
    else
        json_put_moment(j, key, ms);
}

static void put_alert(struct json *j, const struct letter *l, const struct letter_item *i,
                      const struct labels *labels)
{
    json_object(j);
    json_put_cstr(j, "status", is_over(i) ? "resolved" : "firing");
    json_key(j, "labels");
    labels_json(j, labels);
    json_key(j, "annotations");
    annotations_json(j, i->row);
    put_moment(j, "startsAt", i->row->fired_ms);
    put_moment(j, "endsAt", is_over(i) ? i->row->resolved_ms : 0);
    json_put_cstr(j, "generatorURL", l->external_url);
    json_put_str(j, "fingerprint", i->row->id);
    json_put_cstr(j, "reason", i->status);
    json_object_end(j);
}

static int put_alerts(struct json *j, const struct letter *l, struct arena *a,
                      struct labels *common, struct err *err)
{
    json_key(j, "alerts");
    json_array(j);
    for (size_t i = 0; i < l->items; i++) {
        struct labels labels;
        TRY(labels_of(l->item[i].row, l->tree, a, &labels, err));
        if (i == 0)
            *common = labels;
        else
            labels_common(common, &labels);
        put_alert(j, l, &l->item[i], &labels);
    }
    json_array_end(j);
    return 0;
}

static void put_head(struct json *j, const struct letter *l)
{
    json_put_cstr(j, "version", "4");
    json_put_str(j, "id", l->id);
    json_put_cstr(j, "groupKey", "{}:{}");
    json_put_i64(j, "truncatedAlerts", 0);
    json_put_cstr(j, "status", all_over(l) ? "resolved" : "firing");
    json_put_cstr(j, "receiver", l->receiver);
    json_put_cstr(j, "externalURL", l->external_url);
    json_key(j, "groupLabels");
    json_object(j);
    json_object_end(j);
}

int letter_json(const struct letter *l, struct buf *out, struct err *err)
{
    struct arena a;
    struct labels common = {.n = 0};
    struct json j;
    arena_init(&a, MEM_ALERT, 0);
    json_init(&j, out);
    json_object(&j);
    put_head(&j, l);
    int rc = put_alerts(&j, l, &a, &common, err);
    if (rc == 0) {
        json_key(&j, "commonLabels");
        labels_json(&j, &common);
        json_key(&j, "commonAnnotations");
        json_object(&j);
        json_object_end(&j);
        json_object_end(&j);
    }
    arena_fini(&a);
    return rc < 0 ? rc : buf_check(out, err);
}

/* ---- for people ------------------------------------------------------------------------------ */

static const struct {
    const char *status, *en, *hi;
} words[] = {
    {"firing", "firing", "सक्रिय"},
    {"resolved", "recovered", "ठीक हुआ"},
    {"escalated", "not acknowledged", "अब तक स्वीकार नहीं"},
    {"reminder", "still firing", "अब भी सक्रिय"},
};

static const char *word(const char *status, bool hindi)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i].status, status) == 0)
            return hindi ? words[i].hi : words[i].en;
    return status;
}

void letter_subject(const struct letter *l, struct buf *out)
{
    const struct letter_item *first = &l->item[0];
    buf_printf(out, "[%s] %.*s", word(first->status, false), STR_ARG(first->row->message));
    if (l->items > 1)
        buf_printf(out, " (+%zu)", l->items - 1);
}

static struct str message(const struct alert_row *r, bool hindi)
{
    return hindi && r->message_hi.n > 0 ? r->message_hi : r->message;
}

static void put_lines(const struct letter *l, bool hindi, struct buf *out)
{
    for (size_t i = 0; i < l->items; i++) {
        const struct alert_row *r = l->item[i].row;
        char when[32];
        clock_format(r->fired_ms != 0 ? r->fired_ms : r->since_ms, when);
        buf_printf(out, "- [%s, %.*s] %.*s\r\n  %s %.10s, %.*s/%.*s, %.*s\r\n",
                   word(l->item[i].status, hindi), STR_ARG(r->severity), STR_ARG(message(r, hindi)),
                   hindi ? "आरंभ" : "since", when, STR_ARG(r->plugin), STR_ARG(r->rule),
                   STR_ARG(r->id));
    }
}

void letter_text(const struct letter *l, struct buf *out)
{
    put_lines(l, false, out);
    buf_cstr(out, "\r\n");
    put_lines(l, true, out);
    if (l->external_url[0] != '\0')
        buf_printf(out, "\r\n%s/v1/alerts?format=html\r\n", l->external_url);
}

static void put_list(const struct letter *l, bool hindi, struct buf *out)
{
    buf_printf(out, "<ul lang=\"%s\">\r\n", hindi ? "hi" : "en");
    for (size_t i = 0; i < l->items; i++) {
        buf_printf(out, "<li><b>%s, ", word(l->item[i].status, hindi));
        html_text(out, l->item[i].row->severity);
        buf_cstr(out, "</b> ");
        html_text(out, message(l->item[i].row, hindi));
        buf_cstr(out, "</li>\r\n");
    }
    buf_cstr(out, "</ul>\r\n");
}

void letter_html(const struct letter *l, struct buf *out)
{
    buf_cstr(out, "<!doctype html><html><head><meta charset=\"utf-8\"></head><body>\r\n");
    put_list(l, false, out);
    put_list(l, true, out);
    if (l->external_url[0] != '\0') {
        buf_cstr(out, "<p><a href=\"");
        html_text(out, str_of(l->external_url));
        buf_cstr(out, "/v1/alerts?format=html\">Panji</a></p>\r\n");
    }
    buf_cstr(out, "</body></html>\r\n");
}

/* ---- mail ------------------------------------------------------------------------------------ */

/* No line of base64 begins so. */
#define OUTER "=_panji_outer_="
#define INNER "=_panji_inner_="

static void put_part(struct buf *out, const char *boundary, const char *type, struct str body)
{
    buf_printf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\n", boundary, type);
    buf_cstr(out, "Content-Transfer-Encoding: base64\r\n\r\n");
    mime_base64(out, body);
}

static void put_body(const struct mail *m, struct buf *out)
{
    buf_printf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", INNER);
    put_part(out, INNER, "text/plain", m->text);
    if (m->html.n > 0)
        put_part(out, INNER, "text/html", m->html);
    buf_printf(out, "--%s--\r\n", INNER);
}

static void put_attached(const struct mail *m, struct buf *out)
{
    buf_printf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n", OUTER, OUTER);
    put_body(m, out);
    buf_printf(out, "--%s\r\nContent-Type: %.*s\r\n", OUTER, STR_ARG(m->file_type));
    buf_printf(out, "Content-Disposition: attachment; filename=\"%.*s\"\r\n",
               STR_ARG(m->file_name));
    buf_cstr(out, "Content-Transfer-Encoding: base64\r\n\r\n");
    mime_base64(out, m->file);
    buf_printf(out, "--%s--\r\n", OUTER);
}

void mail_write(const struct mail *m, struct buf *out)
{
    mime_header(out, "From", m->from);
    mime_header(out, "To", m->to);
    mime_header(out, "Subject", m->subject);
    buf_cstr(out, "Date: ");
    mime_date(out, m->now_ms);
    buf_printf(out, "\r\nMessage-ID: <%.*s@panji>\r\n", STR_ARG(m->id));
    buf_cstr(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    if (m->file.p != NULL)
        put_attached(m, out);
    else
        put_body(m, out);
}
