/* SPDX-License-Identifier: MIT
 *
 * What an evaluation leaves behind, stored and then taken into the book. The history is what
 * differs between the rows that were and the drafts that will be: nothing can change without its
 * line. */
#include "base/log.h"
#include "engine_int.h"

/* What a change of the machine is called; NULL: none that is told. */
static const char *state_event(const struct alert_row *was, const struct alert_row *is)
{
    enum alert_state before = was != NULL ? was->times.state : ALERT_GONE;
    if (before == is->times.state)
        return NULL;
    switch (is->times.state) {
    case ALERT_PENDING:
        return "pending";
    case ALERT_FIRING:
        return "firing";
    case ALERT_RESOLVED:
        return "resolved";
    case ALERT_GONE:
        return before == ALERT_PENDING ? "withdrawn" : NULL;
    }
    return NULL;
}

static int note_draft(struct evaluation *ev, const struct finding *f, struct err *err)
{
    const struct alert_row *was = f->row;
    const struct alert_row *is = f->draft;
    const char *event = state_event(was, is);
    if (event != NULL)
        TRY(event_add(ev, is, event, STR(""), STR(""), err));
    if (was == NULL)
        return 0;
    if (event == NULL && is->times.state == ALERT_FIRING && was->level != is->level)
        TRY(event_add(ev, is, "severity", STR(""), was->severity, err));
    if (was->ack_ms != 0 && is->ack_ms == 0 && was->ack_until_ms != 0 &&
        was->ack_until_ms <= ev->now_ms)
        TRY(event_add(ev, is, "acknowledgement_ended", was->ack_by, was->ack_reason, err));
    if (was->escalated_ms == 0 && is->escalated_ms != 0)
        TRY(event_add(ev, is, "escalated", STR(""), STR(""), err));
    return 0;
}

/* Drafts to be written, ids to be dropped. */
struct lists {
    const struct alert_row **put;
    struct str *drop;
    size_t puts, drops;
};

static int collect(struct evaluation *ev, struct lists *l, struct err *err)
{
    const struct book *b = &ev->e->book;
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k < b->slot[i]->n; k++)
            n += b->slot[i]->at[k].draft != NULL;
    *l = (struct lists){.put = arena_array(&ev->mem, n, sizeof(struct alert_row *)),
                        .drop = ARENA_ARRAY(&ev->mem, struct str, n)};
    if (l->put == NULL || l->drop == NULL)
        return err_set(err, ERR_MEM, "no memory for alerts");
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->slot[i]->n; k++) {
            const struct finding *f = &b->slot[i]->at[k];
            if (f->draft == NULL)
                continue;
            TRY(note_draft(ev, f, err));
            if (f->draft->times.state != ALERT_GONE)
                l->put[l->puts++] = f->draft;
            else if (f->row != NULL)
                l->drop[l->drops++] = f->row->id;
        }
    }
    return 0;
}

static int store_it(struct evaluation *ev, const struct lists *l, int64_t *seq, struct err *err)
{
    struct alert_changes c = {.put = l->put,
                              .puts = l->puts,
                              .drop = l->drop,
                              .drops = l->drops,
                              .event = ev->event,
                              .events = ev->events,
                              .out = ev->out,
                              .outs = ev->outs,
                              .mark = ev->mark,
                              .mark_ms = ev->mark_ms,
                              .at_ms = ev->now_ms,
                              .seq = seq};
    bool nothing = c.puts + c.drops + c.events + c.outs == 0 && c.mark == NULL;
    if (c.mark == NULL && ev->judged != 0) {
        c.mark = JUDGED;
        c.mark_ms = ev->judged;
    }
    if (ev->e->o.store == NULL || (nothing && !ev->dear))
        return 0;
    return store_alerts_write(ev->e->o.store, &c, err);
}

/* Nobody else changes the book meanwhile: run_lock is held. */
int commit(struct evaluation *ev, struct err *err)
{
    struct alert_engine *e = ev->e;
    struct lists l;
    int64_t seq = e->seq;
    int rc = collect(ev, &l, err);
    if (rc == 0)
        rc = store_it(ev, &l, &seq, err);
    pthread_mutex_lock(&e->lock);
    bool changed = rc == 0 && l.puts + l.drops + ev->events > 0;
    if (rc == 0)
        book_accept(&e->book);
    else
        book_reject(&e->book);
    e->seq = seq;
    if (changed)
        version_update(e);
    e->stats.store_failures += rc < 0;
    void (*listener)(void *) = changed ? e->listener : NULL;
    void *ctx = e->listener_ctx;
    pthread_mutex_unlock(&e->lock);
    if (listener != NULL)
        listener(ctx);
    if (rc == 0 && e->courier != NULL && (ev->outs > 0 || changed))
        courier_wake(e->courier);
    return rc;
}
