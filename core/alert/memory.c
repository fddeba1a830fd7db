/* SPDX-License-Identifier: MIT
 *
 * What people say: acknowledgements, comments, silences. Each is stored with its line of history
 * before the call returns. */
#include "base/clock.h"
#include "base/limits.h"
#include "engine_int.h"

/* ---- texts ----------------------------------------------------------------------------------- */

static int check_text(const char *what, struct str s, size_t most, bool needed, struct err *err)
{
    if (needed && s.n == 0)
        return err_set(err, ERR_PARAM, "%s is missing", what);
    if (s.n > most)
        return err_set(err, ERR_PARAM, "%s has %zu bytes; %zu is the most", what, s.n, most);
    if (utf8_check(s) < s.n)
        return err_set(err, ERR_PARAM, "%s is not valid UTF-8", what);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return err_set(err, ERR_PARAM, "%s holds a control character", what);
    return 0;
}

static int check_name(struct str by, struct err *err)
{
    return check_text("the name (by)", by, ALERT_NAME_BYTES_MAX, true, err);
}

/* ---- findings -------------------------------------------------------------------------------- */

/* A change of one finding by somebody. */
struct deed {
    struct str id, by, note;
    const char *event;
    int64_t until_ms;
    int (*apply)(const struct deed *d, int64_t now_ms, struct alert_row *r, struct err *err);
};

static int draft_deed(struct evaluation *ev, const struct deed *d, struct err *err)
{
    struct slot *s;
    struct finding *f = book_by_id(&ev->e->book, d->id, &s);
    if (f == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no alert '%.*s'; GET /v1/alerts lists them",
                       STR_ARG(d->id));
    struct alert_row next = *finding_now(f);
    if (d->apply != NULL)
        TRY(d->apply(d, ev->now_ms, &next, err));
    TRY(finding_draft(f, &next, err));
    return event_add(ev, finding_now(f), d->event, d->by, d->note, err);
}

static int run_deed(struct alert_engine *e, const struct deed *d, struct err *err)
{
    struct evaluation ev;
    pthread_mutex_lock(&e->run_lock);
    int rc = evaluation_begin(e, &ev, err);
    if (rc == 0) {
        pthread_mutex_lock(&e->lock);
        rc = draft_deed(&ev, d, err);
        if (rc < 0)
            book_reject(&e->book);
        pthread_mutex_unlock(&e->lock);
        if (rc == 0)
            rc = commit(&ev, err);
        evaluation_end(&ev);
    }
    pthread_mutex_unlock(&e->run_lock);
    return rc;
}

static int apply_acknowledge(const struct deed *d, int64_t now_ms, struct alert_row *r,
                             struct err *err)
{
    if (r->times.state != ALERT_FIRING && r->times.state != ALERT_PENDING)
        return err_set(err, ERR_CONFLICT,
                       "the alert '%.*s' is over: there is nothing to "
                       "acknowledge",
                       STR_ARG(d->id));
    if (d->until_ms != 0 && d->until_ms <= now_ms)
        return err_set(err, ERR_PARAM, "the time until which the cause is known is past");
    r->ack_by = d->by;
    r->ack_reason = d->note;
    r->ack_ms = now_ms;
    r->ack_until_ms = d->until_ms;
    return 0;
}

int alert_acknowledge(struct alert_engine *e, struct str id, struct str by, struct str reason,
                      int64_t until_ms, struct err *err)
{
    struct deed d = {id, by, reason, "acknowledged", until_ms, apply_acknowledge};
    TRY(check_name(by, err));
    TRY(check_text("the reason", reason, ALERT_TEXT_BYTES_MAX, true, err));
    return run_deed(e, &d, err);
}

static int apply_unacknowledge(const struct deed *d, int64_t now_ms, struct alert_row *r,
                               struct err *err)
{
    (void)now_ms;
    if (r->ack_ms == 0)
        return err_set(err, ERR_CONFLICT, "the alert '%.*s' is not acknowledged", STR_ARG(d->id));
    r->ack_by = r->ack_reason = STR("");
    r->ack_ms = r->ack_until_ms = 0;
    return 0;
}

int alert_unacknowledge(struct alert_engine *e, struct str id, struct str by, struct err *err)
{
    struct deed d = {id, by, STR(""), "acknowledgement_taken_back", 0, apply_unacknowledge};
    TRY(check_name(by, err));
    return run_deed(e, &d, err);
}

int alert_comment(struct alert_engine *e, struct str id, struct str by, struct str text,
                  struct err *err)
{
    struct deed d = {id, by, text, "comment", 0, NULL};
    TRY(check_name(by, err));
    TRY(check_text("the text", text, ALERT_TEXT_BYTES_MAX, true, err));
    return run_deed(e, &d, err);
}

/* ---- silences -------------------------------------------------------------------------------- */

int silences_reload(struct alert_engine *e, struct err *err)
{
    struct arena mem;
    struct alert_silence *all = NULL;
    size_t n = 0;
    if (e->o.store == NULL)
        return 0;
    arena_init(&mem, MEM_ALERT, 0);
    int rc = store_silences_read(e->o.store, clock_wall_ms(), &mem, &all, &n, err);
    if (rc < 0) {
        arena_fini(&mem);
        return rc;
    }
    pthread_mutex_lock(&e->lock);
    arena_fini(&e->silence_mem);
    e->silence_mem = mem;
    e->silence = all;
    e->silences = n;
    version_update(e);
    pthread_mutex_unlock(&e->lock);
    return 0;
}

static int check_silence(const struct alert_engine *e, const struct alert_silence *s,
                         struct err *err)
{
    if (e->o.store == NULL)
        return err_set(err, ERR_UNAVAILABLE, "there is no store to remember a silence");
    TRY(check_name(s->author, err));
    TRY(check_text("the reason", s->reason, ALERT_TEXT_BYTES_MAX, true, err));
    TRY(check_text("the rule", s->rule, ALERT_NAME_BYTES_MAX, false, err));
    TRY(check_text("the plugin", s->plugin, ALERT_NAME_BYTES_MAX, false, err));
    if (s->until_ms <= clock_wall_ms())
        return err_set(err, ERR_PARAM, "the silence would end before it begins");
    if (s->rule.n == 0 && s->place_level <= PLACE_COUNTRY) {
        err_set(err, ERR_PARAM, "a silence names a rule, a place, or both");
        err_hint(err, "silencing everything would hide what nobody thought of");
        return ERR_PARAM;
    }
    return 0;
}

int alert_silence_add(struct alert_engine *e, const struct alert_silence *s, int64_t *id,
                      struct err *err)
{
    struct alert_silence now = *s;
    TRY(check_silence(e, s, err));
    now.created_ms = clock_wall_ms();
    pthread_mutex_lock(&e->run_lock);
    int rc = store_silence_add(e->o.store, &now, id, err);
    if (rc == 0)
        rc = silences_reload(e, err);
    pthread_mutex_unlock(&e->run_lock);
    return rc;
}

int alert_silence_end(struct alert_engine *e, int64_t id, struct str by, struct err *err)
{
    TRY(check_name(by, err));
    if (e->o.store == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no silence %lld", (long long)id);
    pthread_mutex_lock(&e->run_lock);
    int rc = store_silence_end(e->o.store, id, by, clock_wall_ms(), err);
    if (rc == 0)
        rc = silences_reload(e, err);
    pthread_mutex_unlock(&e->run_lock);
    return rc < 0 ? rc : alert_engine_tick(e, err);
}
