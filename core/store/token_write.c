/* SPDX-License-Identifier: MIT
 *
 * Making and ending tokens: each is one transaction with its row of the audit trail, and what is in
 * memory follows the commit. Sessions come and go without a row of the trail. */
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store_int.h"
#include "tokens.h"

enum { DAY_MS = 86400000, USE_SAVED_EVERY_MS = 300000 };

struct making {
    const struct token_spec *spec;
    const struct token *parent; /* of a session; else NULL */
    struct str places, sources;
    int64_t expires_ms;
    char *text;
};

/* ---- what is asked for ---------------------------------------------------------------------- */

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
            return false;
    return utf8_check(s) == s.n;
}

static int check_spec(const struct token_spec *spec, struct err *err)
{
    const struct grant *g = &spec->grant;
    if (spec->name.n > TOKEN_NAME_BYTES_MAX || !is_plain(spec->name))
        return err_set(err, ERR_PARAM, "the name of a token is a line of at most %d bytes",
                       TOKEN_NAME_BYTES_MAX);
    if (g->places > TOKEN_PLACES_MAX || g->sources > TOKEN_SOURCES_MAX)
        return err_set(err, ERR_LIMIT, "a token is limited to at most %d places and %d sources",
                       TOKEN_PLACES_MAX, TOKEN_SOURCES_MAX);
    for (size_t i = 0; i < g->sources; i++)
        if (g->source[i].n == 0 || g->source[i].n > SOURCE_BYTES_MAX || !is_plain(g->source[i]))
            return err_set(err, ERR_PARAM, "a source is named by 1 to %d bytes on one line",
                           SOURCE_BYTES_MAX);
    if (spec->role == ROLE_ADMIN && !grant_is_whole(g))
        return err_set(err, ERR_PARAM,
                       "the role admin is not limited to places or sources: it may make tokens");
    if (spec->expires_ms != 0 && spec->expires_ms <= clock_wall_ms())
        return err_set(err, ERR_PARAM, "the day on which the token expires is over");
    return 0;
}

static int write_grant(const struct grant *g, struct buf *places, struct buf *sources,
                       struct err *err)
{
    for (size_t i = 0; i < g->places; i++)
        buf_printf(places, "%s%s:%lld", i > 0 ? " " : "", place_level_name(g->place[i].level),
                   (long long)g->place[i].code);
    for (size_t i = 0; i < g->sources; i++)
        buf_printf(sources, "%s%.*s", i > 0 ? "\n" : "", STR_ARG(g->source[i]));
    TRY(buf_check(places, err));
    return buf_check(sources, err);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static int make_key(struct store *s, unsigned char key[SECRET_BYTES], struct err *err)
{
    struct stmt st;
    memcpy(key, s->tokens.key, SECRET_BYTES);
    if (s->tokens.has_key)
        return 0;
    secret_random(key, SECRET_BYTES);
    TRY(db_stmt(&s->db, "INSERT OR REPLACE INTO meta VALUES('token_key', ?)", &st, err));
    stmt_put_blob(&st, key, SECRET_BYTES);
    return stmt_run(&st, err);
}

static int insert(struct store *s, const struct making *m, struct str id,
                  const unsigned char hash[SECRET_BYTES], struct err *err)
{
    struct stmt st;
    const struct token_spec *spec = m->spec;
    bool session = m->parent != NULL;
    TRY(db_stmt(&s->db, "INSERT INTO token VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)", &st, err));
    stmt_put_str(&st, id);
    stmt_put_str(&st, session ? str_of(m->parent->id) : STR(""));
    stmt_put_blob(&st, hash, SECRET_BYTES);
    stmt_put_str(&st, session ? STR("") : spec->name.n > 0 ? spec->name : id);
    stmt_put_str(&st, str_of(role_name(session ? m->parent->role : spec->role)));
    stmt_put_str(&st, m->places);
    stmt_put_str(&st, m->sources);
    stmt_put_i64(&st, clock_wall_ms());
    stmt_put_str(&st, str_of(s->who != NULL ? s->who : "panji"));
    stmt_put_i64(&st, m->expires_ms);
    return stmt_run(&st, err);
}

/* A new text, its row, and the hash by which it is known. */
static int write_new(struct store *s, const struct making *m, char id[TOKEN_ID_BYTES + 1],
                     struct err *err)
{
    unsigned char key[SECRET_BYTES], hash[SECRET_BYTES];
    int rc = make_key(s, key, err);
    token_text_new(m->parent != NULL, m->text, id);
    secret_hash(key, m->text, TOKEN_TEXT_BYTES, hash);
    secret_wipe(key, sizeof key);
    return rc < 0 ? rc : insert(s, m, str_of(id), hash, err);
}

static int finish(struct store *s, int rc, struct err *err)
{
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0) {
        store_rollback(s);
        return rc;
    }
    return tokens_refresh(s, err);
}

/* ---- tokens --------------------------------------------------------------------------------- */

static int check_name(struct store *s, struct str name, struct err *err)
{
    const struct token_set *set = s->tokens.set;
    int64_t now = clock_wall_ms();
    size_t tokens = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct token *t = set->at[i];
        if (t->parent != NULL)
            continue;
        tokens++;
        if (name.n > 0 && str_eq(t->name, name) && token_is_live(t, now)) {
            err_set(err, ERR_CONFLICT, "there is a token \"%.*s\" already (%s)", STR_ARG(name),
                    t->id);
            err_hint(err, "the audit trail knows people by these names: choose another, or revoke "
                          "that one first");
            return ERR_CONFLICT;
        }
    }
    return tokens < TOKENS_MAX
               ? 0
               : err_set(err, ERR_LIMIT, "there are %d tokens already, revoked ones included",
                         TOKENS_MAX);
}

static int tell_new(struct store *s, const struct making *m, const char *id, struct err *err)
{
    const struct token_spec *spec = m->spec;
    char expires[32] = "never";
    char object[TOKEN_NAME_BYTES_MAX + TOKEN_ID_BYTES + 4];
    snprintf(object, sizeof object, "%s%s%.*s%s", id, spec->name.n > 0 ? " (" : "",
             STR_ARG(spec->name), spec->name.n > 0 ? ")" : "");
    if (m->expires_ms != 0)
        clock_format(m->expires_ms, expires);
    return audit_write(
        s, (struct audit_entry){.action = STR("create token"), .object = str_of(object)}, err,
        "%s, %zu places, %zu sources, expires %s", role_name(spec->role), spec->grant.places,
        spec->grant.sources, expires);
}

static int create_call(struct store *s, void *arg, struct err *err)
{
    const struct making *m = arg;
    char id[TOKEN_ID_BYTES + 1];
    TRY(store_writable(s, err));
    TRY(check_name(s, m->spec->name, err));
    TRY(db_begin(&s->db, err));
    int rc = write_new(s, m, id, err);
    if (rc == 0)
        rc = tell_new(s, m, id, err);
    return finish(s, rc, err);
}

int store_token_create(struct store *s, const struct token_spec *spec,
                       char text[TOKEN_TEXT_BYTES + 1], struct err *err)
{
    struct buf places, sources;
    TRY(check_spec(spec, err));
    buf_init(&places, MEM_STORE);
    buf_init(&sources, MEM_STORE);
    int rc = write_grant(&spec->grant, &places, &sources, err);
    struct making m = {.spec = spec,
                       .places = buf_view(&places),
                       .sources = buf_view(&sources),
                       .expires_ms = spec->expires_ms,
                       .text = text};
    if (rc == 0)
        rc = store_call(s, create_call, &m, err);
    buf_fini(&places);
    buf_fini(&sources);
    return rc;
}

static const struct token *find_token(struct store *s, struct str id)
{
    const struct token_set *set = s->tokens.set;
    for (size_t i = 0; i < set->n; i++)
        if (set->at[i]->parent == NULL && str_eq(str_of(set->at[i]->id), id))
            return set->at[i];
    return NULL;
}

static int write_revoked(struct store *s, const struct token *t, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "UPDATE token SET revoked_ms = ? WHERE id = ?", &st, err));
    stmt_put_i64(&st, clock_wall_ms());
    stmt_put_str(&st, str_of(t->id));
    TRY(stmt_run(&st, err));
    TRY(db_stmt(&s->db, "DELETE FROM token WHERE parent = ?", &st, err));
    stmt_put_str(&st, str_of(t->id));
    TRY(stmt_run(&st, err));
    return audit_write(s,
                       (struct audit_entry){.action = STR("revoke token"), .object = str_of(t->id)},
                       err, "%.*s", STR_ARG(t->name));
}

static int revoke_call(struct store *s, void *arg, struct err *err)
{
    struct str id = *(struct str *)arg;
    const struct token *t = find_token(s, id);
    if (t == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no token '%.*s'", STR_ARG(id));
    if (t->revoked_ms != 0)
        return err_set(err, ERR_CONFLICT, "the token %s was revoked before", t->id);
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    return finish(s, write_revoked(s, t, err), err);
}

int store_token_revoke(struct store *s, struct str id, struct err *err)
{
    return store_call(s, revoke_call, &id, err);
}

/* ---- sessions ------------------------------------------------------------------------------- */

static int drop(struct store *s, const char *id, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "DELETE FROM token WHERE id = ? AND parent <> ''", &st, err));
    stmt_put_str(&st, str_of(id));
    return stmt_run(&st, err);
}

/* Takes away those that are over, and the oldest where there are too many. */
static int make_room(struct store *s, const struct token *parent, struct err *err)
{
    const struct token_set *set = s->tokens.set;
    const struct token *oldest = NULL;
    int64_t now = clock_wall_ms();
    size_t all = 0, own = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct token *t = set->at[i];
        if (t->parent == NULL)
            continue;
        if (!token_is_live(t, now)) {
            TRY(drop(s, t->id, err));
            continue;
        }
        all++;
        if (strcmp(t->parent->id, parent->id) != 0)
            continue;
        own++;
        if (oldest == NULL || t->created_ms < oldest->created_ms)
            oldest = t;
    }
    if (own >= SESSIONS_OF_TOKEN_MAX)
        return drop(s, oldest->id, err);
    return all < SESSIONS_MAX
               ? 0
               : err_set(err, ERR_BUSY, "%d people are signed in already", SESSIONS_MAX);
}

static int open_call(struct store *s, void *arg, struct err *err)
{
    const struct making *m = arg;
    char id[TOKEN_ID_BYTES + 1];
    TRY(store_writable(s, err));
    if (!token_is_live(m->parent, clock_wall_ms()))
        return err_set(err, ERR_SIGN_IN, "the token was revoked");
    TRY(db_begin(&s->db, err));
    int rc = make_room(s, m->parent, err);
    if (rc == 0)
        rc = write_new(s, m, id, err);
    return finish(s, rc, err);
}

int store_session_open(struct store *s, const struct token *of, char text[TOKEN_TEXT_BYTES + 1],
                       int64_t *expires_ms, struct err *err)
{
    *expires_ms = clock_wall_ms() + (int64_t)SESSION_DAYS * DAY_MS;
    if (of->expires_ms != 0 && of->expires_ms < *expires_ms)
        *expires_ms = of->expires_ms;
    struct making m = {.parent = of,
                       .places = STR(""),
                       .sources = STR(""),
                       .expires_ms = *expires_ms,
                       .text = text};
    return store_call(s, open_call, &m, err);
}

static int close_call(struct store *s, void *arg, struct err *err)
{
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    return finish(s, drop(s, arg, err), err);
}

int store_session_close(struct store *s, const struct token *session, struct err *err)
{
    char id[TOKEN_ID_BYTES + 1];
    ASSERT(session->parent != NULL);
    memcpy(id, session->id, sizeof id);
    return store_call(s, close_call, id, err);
}

/* ---- last use ------------------------------------------------------------------------------- */

static struct token_held *held(const struct token *t)
{
    return (struct token_held *)(uintptr_t)t;
}

static bool is_unsaved(const struct token *t)
{
    return token_used_ms(t) != atomic_load(&held(t)->saved_ms);
}

static int save_one(struct store *s, const struct token *t, struct err *err)
{
    struct stmt st;
    int64_t used = token_used_ms(t);
    if (!is_unsaved(t))
        return 0;
    TRY(db_stmt(&s->db, "UPDATE token SET used_ms = ? WHERE id = ?", &st, err));
    stmt_put_i64(&st, used);
    stmt_put_str(&st, str_of(t->id));
    TRY(stmt_run(&st, err));
    atomic_store(&held(t)->saved_ms, used);
    return 0;
}

/* Nobody waits for it; when it fails the next round tries again. */
void tokens_save_use(struct store *s)
{
    const struct token_set *set = s->tokens.set;
    size_t unsaved = 0;
    for (size_t i = 0; set != NULL && i < set->n; i++)
        unsaved += is_unsaved(set->at[i]);
    if (unsaved == 0 || store_state_of(s) != STORE_READY || db_begin(&s->db, NULL) < 0)
        return;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < set->n; i++)
        rc = save_one(s, set->at[i], NULL);
    if (rc < 0 || store_commit(s, NULL) < 0)
        store_rollback(s);
}

static int save_call(struct store *s, void *arg, struct err *err)
{
    (void)arg, (void)err;
    tokens_save_use(s);
    return 0;
}

void tokens_tick(struct store *s, int64_t now_ms)
{
    if (now_ms - s->tokens_saved_ms < USE_SAVED_EVERY_MS && now_ms >= s->tokens_saved_ms)
        return;
    s->tokens_saved_ms = now_ms;
    if (store_call(s, save_call, NULL, NULL) < 0)
        s->tokens_saved_ms = 0;
}
