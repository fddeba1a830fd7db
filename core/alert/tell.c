/* SPDX-License-Identifier: MIT
 *
 * Who is to know. A finding remembers whether anybody was told that it fires (told_ms, told_level);
 * from that and its state follows what is to be said, so that nothing is said twice and nothing is
 * forgotten, whatever happened in between:
 *
 *     fires, nobody knows                     "firing"     unless silenced
 *     fires, worse than was told              "firing"     even if acknowledged
 *     fires, known for `remind`               "reminder"   unless silenced or acknowledged
 *     fires, not acknowledged for `after`     "escalated"  to those of the escalation
 *     is over, somebody knows                 "resolved"   to all who were told
 *     an acknowledgement's time has come      nobody knows any more
 *
 * Where no notifier is set up nothing is said, and what still fires is told when one is.
 *
 * An Alertmanager is told by the courier, again and again, and gets no letters. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "engine_int.h"
#include "letter.h"
#include "recipients.h"
#include "silence.h"

/* One finding for one notifier. */
struct tell {
    const struct notifier *notifier;
    struct str recipient; /* empty where the notifier has none */
    const struct alert_row *row;
    const char *status;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for messages");
}

/* ---- names ----------------------------------------------------------------------------------- */

const struct notifier *notifier_find(const struct alert_engine *e, struct str name)
{
    for (size_t i = 0; i < e->o.notifiers; i++)
        if (str_eq(str_of(e->o.notifier[i].name), name))
            return &e->o.notifier[i];
    return NULL;
}

static bool any_known(const struct alert_engine *e, const struct str *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (notifier_find(e, name[i]) != NULL)
            return true;
    return false;
}

static bool names(const struct str *name, size_t n, const struct notifier *of)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name[i], str_of(of->name)))
            return true;
    return false;
}

static bool is_default(const struct alert_engine *e, const struct notifier *n)
{
    for (size_t i = 0; i < e->o.default_notifies; i++)
        if (strcmp(e->o.default_notify[i], n->name) == 0)
            return true;
    return false;
}

static bool escalates_to(const struct alert_rule *rule, const struct notifier *n)
{
    return rule != NULL && rule->escalations > 0 &&
           names(rule->escalation->notify, rule->escalation->notifies, n);
}

bool rule_notifies(const struct alert_engine *e, const struct alert_rule *rule,
                   const struct notifier *n, bool escalated)
{
    bool own = rule != NULL && any_known(e, rule->notify, rule->notifies);
    if (own ? names(rule->notify, rule->notifies, n) : is_default(e, n))
        return true;
    return escalated && escalates_to(rule, n);
}

bool is_silenced(const struct alert_engine *e, const struct alert_row *r, const struct snap *snap,
                 int64_t now_ms)
{
    return silences_cover(e->silence, e->silences, r, snap != NULL ? snap->tree : NULL, now_ms);
}

/* ---- lists ----------------------------------------------------------------------------------- */

int event_add(struct evaluation *ev, const struct alert_row *row, const char *event, struct str who,
              struct str note, struct err *err)
{
    struct alert_event *grown =
        arena_grown(&ev->mem, ev->event, ev->events, &ev->event_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    ev->event = grown;
    ev->event[ev->events++] = (struct alert_event){row, event, who, note, ev->day};
    return 0;
}

int out_add(struct evaluation *ev, const struct outbox_row *m, struct err *err)
{
    struct outbox_row *grown =
        arena_grown(&ev->mem, ev->out, ev->outs, &ev->out_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    ev->out = grown;
    ev->out[ev->outs++] = *m;
    return 0;
}

int message_id(struct evaluation *ev, struct str notifier, struct str recipient, struct str *out,
               struct err *err)
{
    struct sha256 h;
    unsigned char digest[32];
    char hex[65];
    const int64_t facts[3] = {ev->now_ms, clock_mono_ns(), (int64_t)ev->outs};
    sha256_init(&h);
    sha256_add(&h, notifier.p, notifier.n);
    sha256_add(&h, "", 1);
    sha256_add(&h, recipient.p, recipient.n);
    sha256_add(&h, facts, sizeof facts);
    sha256_end(&h, digest);
    hex_encode(digest, sizeof digest, hex);
    *out = str_copy(&ev->mem, (struct str){hex, 24});
    return out->p != NULL ? 0 : no_memory(err);
}

static int tell_one(struct evaluation *ev, const struct notifier *n, struct str recipient,
                    const struct alert_row *row, const char *status, struct err *err)
{
    struct tell *grown = arena_grown(&ev->mem, ev->tell, ev->tells, &ev->tell_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    ev->tell = grown;
    ev->tell[ev->tells++] = (struct tell){n, recipient, row, status};
    return 0;
}

/* A mail goes to each of its recipients; where there is none it is a dead letter, so that the gap
 * in the list of officers shows. */
static int tell_through(struct evaluation *ev, const struct notifier *n,
                        const struct alert_row *row, const char *status, struct err *err)
{
    struct recipients to;
    if (n->type == NOTIFY_ALERTMANAGER)
        return 0;
    if (n->type != NOTIFY_SMTP)
        return tell_one(ev, n, STR(""), row, status, err);
    TRY(recipients_find(n, ev->snap, row->place_level, row->place_code, &ev->mem, &to, err));
    for (size_t i = 0; i < to.n; i++)
        TRY(tell_one(ev, n, to.at[i], row, status, err));
    return to.n > 0 ? 0 : tell_one(ev, n, STR(""), row, status, err);
}

/* ---- what is to be said ---------------------------------------------------------------------- */

struct saying {
    const char *status;   /* to those of the rule, NULL: nothing */
    const char *escalate; /* to those of the escalation */
};

static bool escalation_due(const struct evaluation *ev, const struct alert_rule *rule,
                           const struct alert_row *r)
{
    const struct alert_escalation *x = rule->escalation;
    if (x->by_clock)
        return ev->now_ms - r->fired_ms >= x->after;
    return ev->day - r->times.fired_at >= x->after;
}

/* Is there anybody to say it to? Else it stays unsaid, until a notifier is set up. */
static bool anybody(const struct alert_engine *e, const struct alert_rule *rule, bool escalated)
{
    for (size_t i = 0; i < e->o.notifiers; i++)
        if (escalated ? escalates_to(rule, &e->o.notifier[i])
                      : rule_notifies(e, rule, &e->o.notifier[i], false))
            return true;
    return false;
}

/* Changes *r as if it were said already. */
static struct saying say_firing(const struct evaluation *ev, const struct alert_rule *rule,
                                struct alert_row *r)
{
    struct saying s = {NULL, NULL};
    bool acknowledged = r->ack_ms != 0;
    bool worse = r->told_ms != 0 && r->level < r->told_level;
    if (is_silenced(ev->e, r, ev->snap, ev->now_ms))
        return s;
    if (!anybody(ev->e, rule, false))
        s.status = NULL;
    else if (r->told_ms == 0 || worse)
        s.status = "firing";
    else if (!acknowledged && rule != NULL && rule->remind_ms > 0 &&
             ev->now_ms - r->told_ms >= rule->remind_ms)
        s.status = "reminder";
    if (s.status != NULL) {
        r->told_ms = ev->now_ms;
        r->told_level = r->level;
    }
    if (!acknowledged && rule != NULL && rule->escalations > 0 && r->escalated_ms == 0 &&
        escalation_due(ev, rule, r) && anybody(ev->e, rule, true)) {
        s.escalate = "escalated";
        r->escalated_ms = ev->now_ms;
    }
    return s;
}

static struct saying say(const struct evaluation *ev, const struct alert_rule *rule,
                         struct alert_row *r)
{
    struct saying s = {NULL, NULL};
    if (r->ack_ms != 0 && r->ack_until_ms != 0 && r->ack_until_ms <= ev->now_ms) {
        r->ack_ms = r->ack_until_ms = r->told_ms = 0;
        r->ack_by = r->ack_reason = STR("");
    }
    if (r->times.state == ALERT_FIRING)
        return say_firing(ev, rule, r);
    if (r->times.state == ALERT_PENDING || r->told_ms == 0)
        return s;
    s.status = "resolved";
    if (r->escalated_ms != 0)
        s.escalate = "resolved";
    r->told_ms = 0;
    r->told_level = -1;
    return s;
}

static int tell_finding(struct evaluation *ev, const struct alert_rule *rule, struct finding *f,
                        struct err *err)
{
    struct alert_row next = *finding_now(f);
    struct saying s = say(ev, rule, &next);
    TRY(finding_draft(f, &next, err));
    for (size_t i = 0; i < ev->e->o.notifiers; i++) {
        const struct notifier *n = &ev->e->o.notifier[i];
        bool first = rule_notifies(ev->e, rule, n, false);
        if (s.status != NULL && first)
            TRY(tell_through(ev, n, finding_now(f), s.status, err));
        else if (s.escalate != NULL && escalates_to(rule, n))
            TRY(tell_through(ev, n, finding_now(f), s.escalate, err));
    }
    return 0;
}

/* ---- letters --------------------------------------------------------------------------------- */

static int by_addressee(const void *pa, const void *pb)
{
    const struct tell *a = pa;
    const struct tell *b = pb;
    if (a->notifier != b->notifier)
        return a->notifier < b->notifier ? -1 : 1;
    int c = str_cmp(a->recipient, b->recipient);
    if (c != 0)
        return c;
    c = strcmp(a->status, b->status);
    if (c == 0 && a->row->level != b->row->level)
        return a->row->level < b->row->level ? -1 : 1;
    return c != 0 ? c : str_cmp(a->row->id, b->row->id);
}

static int keep(struct evaluation *ev, struct buf *b, struct str *out, struct err *err)
{
    int rc = buf_check(b, err);
    if (rc == 0) {
        *out = str_copy(&ev->mem, buf_view(b));
        rc = out->p != NULL ? 0 : no_memory(err);
    }
    buf_fini(b);
    return rc;
}

static int write_mail(struct evaluation *ev, const struct notifier *n, const struct letter *l,
                      struct outbox_row *m, struct err *err)
{
    struct buf text;
    struct buf html;
    struct buf body;
    buf_init(&text, MEM_ALERT);
    buf_init(&html, MEM_ALERT);
    buf_init(&body, MEM_ALERT);
    letter_text(l, &text);
    letter_html(l, &html);
    struct mail mail = {.id = m->id,
                        .from = str_of(n->from),
                        .to = m->recipient,
                        .subject = m->subject,
                        .text = buf_view(&text),
                        .html = buf_view(&html),
                        .now_ms = ev->now_ms};
    mail_write(&mail, &body);
    body.failed = body.failed || text.failed || html.failed;
    buf_fini(&text);
    buf_fini(&html);
    return keep(ev, &body, &m->body, err);
}

static int write_json(struct evaluation *ev, const struct letter *l, struct outbox_row *m,
                      struct err *err)
{
    struct buf body;
    buf_init(&body, MEM_ALERT);
    int rc = letter_json(l, &body, err);
    if (rc < 0) {
        buf_fini(&body);
        return rc;
    }
    return keep(ev, &body, &m->body, err);
}

/* All that one addressee is told in this evaluation. */
static int write_letter(struct evaluation *ev, const struct tell *t, size_t n, struct err *err)
{
    struct letter_item *item = ARENA_ARRAY(&ev->mem, struct letter_item, n);
    struct outbox_row m = {.notifier = str_of(t->notifier->name), .recipient = t->recipient};
    struct buf subject;
    if (item == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        item[i] = (struct letter_item){t[i].row, t[i].status};
    TRY(message_id(ev, m.notifier, m.recipient, &m.id, err));
    struct letter l = {.id = m.id,
                       .receiver = t->notifier->name,
                       .external_url = ev->e->o.external_url ? ev->e->o.external_url : "",
                       .item = item,
                       .items = n,
                       .tree = ev->snap->tree,
                       .now_ms = ev->now_ms};
    buf_init(&subject, MEM_ALERT);
    letter_subject(&l, &subject);
    TRY(keep(ev, &subject, &m.subject, err));
    m.created_ms = m.due_ms = ev->now_ms;
    bool is_mail = t->notifier->type == NOTIFY_SMTP;
    if (is_mail && m.recipient.n == 0) {
        m.state = OUTBOX_DEAD;
        m.error = STR("nobody is named for this place: see the table officers");
    }
    TRY(is_mail ? write_mail(ev, t->notifier, &l, &m, err) : write_json(ev, &l, &m, err));
    return out_add(ev, &m, err);
}

enum { LETTER_ITEMS_MAX = 500 };

static int write_letters(struct evaluation *ev, struct err *err)
{
    if (ev->tells > 0)
        qsort(ev->tell, ev->tells, sizeof *ev->tell, by_addressee);
    for (size_t i = 0; i < ev->tells;) {
        size_t n = 1;
        while (i + n < ev->tells && n < LETTER_ITEMS_MAX &&
               ev->tell[i + n].notifier == ev->tell[i].notifier &&
               str_eq(ev->tell[i + n].recipient, ev->tell[i].recipient))
            n++;
        TRY(write_letter(ev, &ev->tell[i], n, err));
        i += n;
    }
    return 0;
}

int tell_all(struct evaluation *ev, struct err *err)
{
    struct book *b = &ev->e->book;
    int rc = 0;
    pthread_mutex_lock(&ev->e->lock);
    for (size_t i = 0; rc == 0 && i < b->n; i++) {
        const struct alert_rule *rule = rule_of(ev->set, b->slot[i], NULL);
        for (size_t k = 0; rc == 0 && k < b->slot[i]->n; k++)
            rc = tell_finding(ev, rule, &b->slot[i]->at[k], err);
    }
    pthread_mutex_unlock(&ev->e->lock);
    return rc < 0 ? rc : write_letters(ev, err);
}
