/* SPDX-License-Identifier: MIT
 *
 * Findings on disk and in memory. What readers see is a book: immutable, counted, in an arena of
 * its own. A write makes the next book before it commits and puts it in place after, so that
 * nothing can fail between what is on disk and what is seen.
 *
 * Invariants
 *  1. The book holds every open finding, and the newest closed ones, in the order in which they
 *     are shown.
 *  2. The revision on disk and in the book go up together, by one a write. */
#include "findings.h"

#include <string.h>

#include "base/clock.h"
#include "base/date.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for findings");
}

const char *finding_event_name(enum finding_event e)
{
    static const char *const names[] = {
        [FINDING_OPENED] = "opened", [FINDING_CHANGED] = "changed", [FINDING_CLOSED] = "closed"};
    return names[e];
}

/* ---- books ----------------------------------------------------------------------------------- */

static struct book *book_new(size_t cap)
{
    struct book *b = mem_calloc(MEM_STORE, 1, sizeof *b);
    if (b == NULL)
        return NULL;
    atomic_init(&b->refs, 1);
    arena_init(&b->arena, MEM_STORE, 0);
    b->at = arena_array(&b->arena, cap, sizeof *b->at);
    if (b->at != NULL)
        return b;
    book_unref(b);
    return NULL;
}

void book_unref(struct book *b)
{
    if (b == NULL || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) > 1)
        return;
    arena_fini(&b->arena);
    mem_free(MEM_STORE, b);
}

struct book *book_get(struct store *s)
{
    pthread_mutex_lock(&s->book_lock);
    struct book *b = s->book;
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&s->book_lock);
    return b;
}

static void book_set(struct store *s, struct book *b)
{
    pthread_mutex_lock(&s->book_lock);
    struct book *old = s->book;
    s->book = b;
    pthread_mutex_unlock(&s->book_lock);
    book_unref(old);
}

int finding_copy(struct arena *a, const struct finding *from, struct finding *to, struct err *err)
{
    *to = *from;
    struct str *text[] = {&to->plugin,     &to->check,   &to->key,    &to->severity, &to->message,
                          &to->message_hi, &to->figures, &to->source, &to->batch};
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        *text[i] = str_copy(a, *text[i]);
        if (text[i]->p == NULL)
            return no_memory(err);
    }
    return 0;
}

/* Smaller is worse. */
static int severity_rank(struct str s)
{
    static const char *const known[] = {"critical", "error", "warning", "info"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eq(s, str_of(known[i])))
            return (int)i;
    return (int)ARRAY_LEN(known);
}

static int identity_cmp(const struct finding *a, const struct finding *b)
{
    int c = str_cmp(a->plugin, b->plugin);
    if (c == 0)
        c = str_cmp(a->check, b->check);
    return c ? c : str_cmp(a->key, b->key);
}

static int show_cmp(const void *pa, const void *pb)
{
    const struct finding *a = pa;
    const struct finding *b = pb;
    bool open = a->resolved_on == DAY_NONE;
    if (open != (b->resolved_on == DAY_NONE))
        return open ? -1 : 1;
    if (!open && a->resolved_on != b->resolved_on)
        return a->resolved_on > b->resolved_on ? -1 : 1;
    int c = severity_rank(a->severity) - severity_rank(b->severity);
    return c ? c : identity_cmp(a, b);
}

/* Puts the rows in order and leaves out the oldest closed ones. */
static void book_seal(struct book *b)
{
    qsort(b->at, b->n, sizeof *b->at, show_cmp);
    b->open = 0;
    while (b->open < b->n && b->at[b->open].resolved_on == DAY_NONE)
        b->open++;
    if (b->n > b->open + FINDINGS_CLOSED_MAX)
        b->n = b->open + FINDINGS_CLOSED_MAX;
}

/* ---- loading --------------------------------------------------------------------------------- */

static int32_t day_or_none(struct stmt *st, int column)
{
    return stmt_is_null(st, column) ? DAY_NONE : (int32_t)stmt_i64(st, column);
}

static int take_row(struct stmt *st, struct book *b, struct err *err)
{
    struct finding f = {.plugin = stmt_str(st, 1),
                        .check = stmt_str(st, 2),
                        .key = stmt_str(st, 3),
                        .severity = stmt_str(st, 4),
                        .message = stmt_str(st, 5),
                        .message_hi = stmt_str(st, 6),
                        .figures = stmt_str(st, 7),
                        .source = stmt_str(st, 8),
                        .batch = stmt_str(st, 9),
                        .place = stmt_is_null(st, 10) ? PLACE_NONE : (uint32_t)stmt_i64(st, 10),
                        .since = (int32_t)stmt_i64(st, 11),
                        .last_seen = (int32_t)stmt_i64(st, 12),
                        .resolved_on = day_or_none(st, 13),
                        .opened_ms = stmt_i64(st, 14),
                        .times = stmt_i64(st, 15),
                        .snapshot = (uint64_t)stmt_i64(st, 16)};
    struct str id = stmt_str(st, 0);
    if (id.n != FINDING_ID_BYTES - 1)
        return err_set(err, ERR_CORRUPT, "a finding has the id \"%.*s\"", STR_ARG(id));
    memcpy(f.id, id.p, id.n);
    TRY(finding_copy(&b->arena, &f, &b->at[b->n], err));
    b->n++;
    return 0;
}

static int read_rows(struct db *db, struct book *b, size_t cap, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(db,
                "SELECT id, plugin, check_name, key, severity, message, message_hi, figures,"
                " source, batch_id, place_id, since, last_seen, resolved_on, opened_ms, times,"
                " snapshot FROM finding ORDER BY resolved_on IS NULL DESC, resolved_on DESC, id"
                " LIMIT ?",
                &st, err));
    stmt_put_i64(&st, (int64_t)cap);
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_row(&st, b, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

int findings_load(struct store *s, struct err *err)
{
    enum { CAP = FINDINGS_OPEN_MAX + FINDINGS_CLOSED_MAX };
    int64_t revision = 0;
    struct err why;
    TRY(meta_get_i64(&s->db, "findings", &revision, err));
    struct book *b = book_new(CAP);
    if (b == NULL)
        return no_memory(err);
    b->revision = (uint64_t)revision;
    int rc = read_rows(&s->db, b, CAP, &why);
    if (rc == ERR_CORRUPT)
        b->n = 0;
    rc = unread_note(s, UNREAD_FINDINGS, rc, &why);
    if (rc < 0) {
        book_unref(b);
        if (err != NULL)
            *err = why;
        return rc;
    }
    book_seal(b);
    book_set(s, b);
    return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct writing {
    struct finding_change *change;
    size_t n;
    int32_t day;
    uint64_t snapshot;
    int64_t now_ms;
};

static void put_text(struct stmt *st, const struct finding *f)
{
    stmt_put_str(st, f->severity);
    stmt_put_str(st, f->message);
    stmt_put_str(st, f->message_hi);
    stmt_put_str(st, f->figures);
    stmt_put_str(st, f->source);
    stmt_put_str(st, f->batch);
}

static int write_row(struct db *db, const struct finding *f, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO finding(id, plugin, check_name, key, severity, message, message_hi,"
                " figures, source, batch_id, place_id, since, last_seen, resolved_on, opened_ms,"
                " times, snapshot) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT(id) DO UPDATE SET severity = excluded.severity,"
                " message = excluded.message, message_hi = excluded.message_hi,"
                " figures = excluded.figures, source = excluded.source,"
                " batch_id = excluded.batch_id, place_id = excluded.place_id,"
                " since = excluded.since, last_seen = excluded.last_seen,"
                " resolved_on = excluded.resolved_on, opened_ms = excluded.opened_ms,"
                " times = excluded.times, snapshot = excluded.snapshot",
                &st, err));
    stmt_put_str(&st, str_of(f->id));
    stmt_put_str(&st, f->plugin);
    stmt_put_str(&st, f->check);
    stmt_put_str(&st, f->key);
    put_text(&st, f);
    if (f->place == PLACE_NONE)
        stmt_put_null(&st);
    else
        stmt_put_i64(&st, f->place);
    stmt_put_i64(&st, f->since);
    stmt_put_i64(&st, f->last_seen);
    if (f->resolved_on == DAY_NONE)
        stmt_put_null(&st);
    else
        stmt_put_i64(&st, f->resolved_on);
    stmt_put_i64(&st, f->opened_ms);
    stmt_put_i64(&st, f->times);
    stmt_put_i64(&st, (int64_t)f->snapshot);
    return stmt_run(&st, err);
}

static int write_event(struct db *db, const struct writing *w, const struct finding_change *c,
                       struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO finding_event(id, event, at_ms, day, snapshot, severity, message,"
                " message_hi, figures, source, batch_id) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                &st, err));
    stmt_put_str(&st, str_of(c->now.id));
    stmt_put_str(&st, str_of(finding_event_name(c->event)));
    stmt_put_i64(&st, w->now_ms);
    stmt_put_i64(&st, w->day);
    stmt_put_i64(&st, (int64_t)w->snapshot);
    put_text(&st, &c->now);
    return stmt_run(&st, err);
}

static int write_changes(struct store *s, const struct writing *w, uint64_t revision,
                         struct err *err)
{
    for (size_t i = 0; i < w->n; i++) {
        TRY(write_row(&s->db, &w->change[i].now, err));
        if (w->change[i].told)
            TRY(write_event(&s->db, w, &w->change[i], err));
    }
    return meta_set_i64(&s->db, "findings", (int64_t)revision, err);
}

static int change_cmp(const void *pa, const void *pb)
{
    const struct finding_change *a = *(const struct finding_change *const *)pa;
    const struct finding_change *b = *(const struct finding_change *const *)pb;
    return strcmp(a->now.id, b->now.id);
}

static const struct finding_change *find_change(const struct finding_change *const *sorted,
                                                size_t n, const char *id)
{
    size_t lo = 0;
    size_t hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(sorted[mid]->now.id, id);
        if (c == 0)
            return sorted[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* What the old book says, with the changes in it. */
static int book_next(const struct book *old, const struct writing *w, struct book **out,
                     struct err *err)
{
    struct book *b = book_new(old->n + w->n);
    const struct finding_change **sorted =
        b == NULL ? NULL : arena_array(&b->arena, w->n, sizeof *sorted);
    if (sorted == NULL) {
        book_unref(b);
        return no_memory(err);
    }
    for (size_t i = 0; i < w->n; i++)
        sorted[i] = &w->change[i];
    qsort(sorted, w->n, sizeof *sorted, change_cmp);
    int rc = 0;
    for (size_t i = 0; i < old->n && rc == 0; i++) {
        if (find_change(sorted, w->n, old->at[i].id) == NULL)
            rc = finding_copy(&b->arena, &old->at[i], &b->at[b->n++], err);
    }
    for (size_t i = 0; i < w->n && rc == 0; i++)
        rc = finding_copy(&b->arena, &w->change[i].now, &b->at[b->n++], err);
    if (rc < 0) {
        book_unref(b);
        return rc;
    }
    b->revision = old->revision + 1;
    book_seal(b);
    *out = b;
    return 0;
}

static int commit(struct store *s, const struct writing *w, struct book *next, struct err *err)
{
    TRY(store_writable(s, err));
    int rc = db_begin(&s->db, err);
    if (rc == 0)
        rc = write_changes(s, w, next->revision, err);
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0)
        store_rollback(s);
    return rc;
}

/* How often one that opens has been open before: the book may have left it out by now. */
static int count_times(struct db *db, struct finding *f, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT times FROM finding WHERE id = ?", &st, err));
    stmt_put_str(&st, str_of(f->id));
    int rc = stmt_step(&st, err);
    f->times = rc == 1 ? stmt_i64(&st, 0) + 1 : 1;
    if (rc == 1)
        stmt_done(&st);
    return rc < 0 ? rc : 0;
}

static int write_call(struct store *s, void *arg, struct err *err)
{
    const struct writing *w = arg;
    struct book *next = NULL;
    TRY(unread_check(s, UNREAD_FINDINGS, err));
    for (size_t i = 0; i < w->n; i++) {
        if (w->change[i].event == FINDING_OPENED)
            TRY(count_times(&s->db, &w->change[i].now, err));
    }
    TRY(book_next(s->book, w, &next, err)); /* this thread alone replaces s->book */
    int rc = commit(s, w, next, err);
    if (rc < 0)
        book_unref(next);
    else
        book_set(s, next);
    return rc;
}

int store_findings_write(struct store *s, struct finding_change *change, size_t n, int32_t day,
                         uint64_t snapshot, struct err *err)
{
    struct writing w = {change, n, day, snapshot, clock_wall_ms()};
    return n == 0 ? 0 : store_call(s, write_call, &w, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int order_cmp(const void *a, const void *b)
{
    return identity_cmp(a, b);
}

int store_findings_open(struct store *s, struct arena *a, struct finding **out, size_t *n,
                        struct err *err)
{
    struct book *b = book_get(s);
    int rc = 0;
    *n = b->open;
    *out = ARENA_ARRAY(a, struct finding, b->open);
    if (*out == NULL)
        rc = no_memory(err);
    for (size_t i = 0; i < b->open && rc == 0; i++)
        rc = finding_copy(a, &b->at[i], &(*out)[i], err);
    if (rc == 0)
        qsort(*out, *n, sizeof **out, order_cmp);
    book_unref(b);
    return rc;
}

uint64_t store_findings_revision(struct store *s)
{
    struct book *b = book_get(s);
    uint64_t revision = b->revision;
    book_unref(b);
    return revision;
}
