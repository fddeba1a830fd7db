/* SPDX-License-Identifier: MIT
 *
 * The set of tokens in memory, and finding in it whose text one is. */
#include "tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store_int.h"

enum { ID_AT = 6, USE_STEP_MS = 60000 };

/* ---- roles ---------------------------------------------------------------------------------- */

static const char *const role_names[ACCESS_ROLES] = {"public", "viewer", "planner", "ingest",
                                                     "admin"};

const char *role_name(enum access_role role)
{
    ASSERT(role < ACCESS_ROLES);
    return role_names[role];
}

int role_parse(struct str s)
{
    for (int i = 0; i < ACCESS_ROLES; i++)
        if (str_eq(s, str_of(role_names[i])))
            return i;
    return -1;
}

/* ---- one token ------------------------------------------------------------------------------ */

static struct token_held *held(const struct token *t)
{
    return (struct token_held *)(uintptr_t)t;
}

void token_ref(const struct token *t)
{
    atomic_fetch_add_explicit(&held(t)->refs, 1, memory_order_relaxed);
}

void token_unref(const struct token *t)
{
    if (t == NULL || atomic_fetch_sub_explicit(&held(t)->refs, 1, memory_order_acq_rel) > 1)
        return;
    token_unref(t->parent);
    mem_free(MEM_STORE, held(t));
}

bool token_is_live(const struct token *t, int64_t now_ms)
{
    for (; t != NULL; t = t->parent)
        if (atomic_load(&held(t)->revoked) || (t->expires_ms != 0 && now_ms >= t->expires_ms))
            return false;
    return true;
}

int64_t token_used_ms(const struct token *t)
{
    return atomic_load_explicit(&held(t)->used_ms, memory_order_relaxed);
}

/* Often called for the same token by many threads: written only when it says something new. */
static void note_use(const struct token *t, int64_t now_ms)
{
    for (; t != NULL; t = t->parent)
        if (now_ms - token_used_ms(t) >= USE_STEP_MS)
            atomic_store_explicit(&held(t)->used_ms, now_ms, memory_order_relaxed);
}

/* ---- the set -------------------------------------------------------------------------------- */

struct set {
    struct token_set s; /* first */
    atomic_int refs;
};

void token_set_unref(const struct token_set *p)
{
    struct set *set = (struct set *)(uintptr_t)p;
    if (set == NULL || atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < set->s.n; i++)
        token_unref(set->s.at[i]);
    mem_free(MEM_STORE, (void *)(uintptr_t)set->s.at);
    mem_free(MEM_STORE, set);
}

const struct token_set *store_tokens(struct store *s)
{
    struct token_book *b = &s->tokens;
    pthread_mutex_lock(&b->lock);
    const struct token_set *set = b->set;
    atomic_fetch_add_explicit(&((struct set *)(uintptr_t)set)->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&b->lock);
    return set;
}

static int by_id(const void *a, const void *b)
{
    return memcmp((*(const struct token *const *)a)->id, (*(const struct token *const *)b)->id,
                  TOKEN_ID_BYTES);
}

/* In a list by id; NULL: it is not there. */
static const struct token *find_id(const struct token *const *at, size_t n, const char *id)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int order = memcmp(at[mid]->id, id, TOKEN_ID_BYTES);
        if (order == 0)
            return at[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static const struct token *by_text(const struct token_set *set, const char *id, bool session)
{
    const struct token *t = find_id(set->at, set->n, id);
    return t != NULL && (t->parent != NULL) == session ? t : NULL;
}

/* The same number of bytes is hashed and compared whether the text is whole, its id known, or its
 * secret right. */
const struct token *token_of(const struct token_set *set, const unsigned char key[SECRET_BYTES],
                             struct str text, bool session, struct token_work *work)
{
    static const unsigned char nobody[SECRET_BYTES];
    char padded[TOKEN_TEXT_BYTES] = {0};
    unsigned char hash[SECRET_BYTES];
    bool whole = token_text_is_whole(text, session);
    if (text.n > 0)
        memcpy(padded, text.p, text.n < sizeof padded ? text.n : sizeof padded);
    secret_hash(key, padded, sizeof padded, hash);
    const struct token *t = by_text(set, padded + ID_AT, session);
    bool same = secret_equal(hash, t != NULL ? t->hash : nobody);
    if (work != NULL) {
        work->hashed += sizeof padded;
        work->compared += sizeof hash;
    }
    secret_wipe(padded, sizeof padded);
    return whole && same ? t : NULL;
}

const struct token *store_token_check(struct store *s, struct str text, bool session,
                                      int64_t now_ms, struct err *err)
{
    unsigned char key[SECRET_BYTES];
    pthread_mutex_lock(&s->tokens.lock);
    memcpy(key, s->tokens.key, sizeof key);
    pthread_mutex_unlock(&s->tokens.lock);
    const struct token_set *set = store_tokens(s);
    const struct token *t = token_of(set, key, text, session, NULL);
    const char *what = session ? "session" : "token";
    bool live = t != NULL && token_is_live(t, now_ms);
    if (live) {
        token_ref(t);
        note_use(t, now_ms);
    } else if (t != NULL) {
        bool expired = t->expires_ms != 0 && now_ms >= t->expires_ms;
        err_set(err, ERR_SIGN_IN, "the %s %s", what, expired ? "has expired" : "was revoked");
    } else if (!session && !token_text_is_whole(text, false)) {
        err_set(err, ERR_SIGN_IN, "what was sent is no token: it is mistyped or cut off");
    } else {
        err_set(err, ERR_SIGN_IN, "the %s is not known", what);
    }
    token_set_unref(set);
    secret_wipe(key, sizeof key);
    return live ? t : NULL;
}

void store_secret_for(struct store *s, const char *purpose, unsigned char key[SECRET_BYTES])
{
    unsigned char own[SECRET_BYTES];
    memset(key, 0, SECRET_BYTES);
    pthread_mutex_lock(&s->tokens.lock);
    bool has = s->tokens.has_key;
    memcpy(own, s->tokens.key, sizeof own);
    pthread_mutex_unlock(&s->tokens.lock);
    if (has)
        secret_hash(own, purpose, strlen(purpose), key);
    secret_wipe(own, sizeof own);
}

/* ---- from the disk -------------------------------------------------------------------------- */

struct loading {
    struct store *s;
    const struct token_set *old;
    const struct token **at;
    size_t n, cap;
    size_t tokens; /* the first of them, by id; sessions come behind */
};

static struct str take_text(char **at, struct str s)
{
    char *p = *at;
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    *at += s.n + 1;
    return (struct str){p, s.n};
}

static size_t words(struct str s, char mark)
{
    size_t n = s.n > 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == mark;
    return n;
}

/* "block:3168" */
static int read_place(struct str word, struct grant_place *out)
{
    const char *colon = memchr(word.p, ':', word.n);
    if (colon == NULL)
        return -1;
    int level = place_level_parse((struct str){word.p, (size_t)(colon - word.p)});
    struct str code = {colon + 1, word.n - (size_t)(colon + 1 - word.p)};
    if (level < 0)
        return -1;
    out->level = (enum place_level)level;
    return str_to_i64(code, &out->code);
}

static struct str next_word(struct str *rest, char mark)
{
    const char *end = memchr(rest->p, mark, rest->n);
    size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
    struct str word = {rest->p, n};
    *rest = (struct str){rest->p + n + (end != NULL), rest->n - n - (end != NULL)};
    return word;
}

static int read_grant(struct token *t, struct grant_place *place, struct str *source,
                      struct str places, struct str sources, struct err *err)
{
    t->grant.place = place;
    t->grant.source = source;
    while (places.n > 0)
        if (read_place(next_word(&places, ' '), &place[t->grant.places++]) < 0)
            return err_set(err, ERR_CORRUPT, "a place of the token %s cannot be read", t->id);
    while (sources.n > 0)
        source[t->grant.sources++] = next_word(&sources, '\n');
    return 0;
}

enum {
    COL_ID,
    COL_PARENT,
    COL_HASH,
    COL_NAME,
    COL_ROLE,
    COL_PLACES,
    COL_SOURCES,
    COL_CREATED,
    COL_BY,
    COL_EXPIRES,
    COL_REVOKED,
    COL_USED
};

/* One block: the token, its places and sources, its texts. */
static int read_token(struct stmt *st, struct token_held **out, struct err *err)
{
    struct str id = stmt_str(st, COL_ID), hash = stmt_blob(st, COL_HASH);
    struct str name = stmt_str(st, COL_NAME), by = stmt_str(st, COL_BY);
    struct str places = stmt_str(st, COL_PLACES), sources = stmt_str(st, COL_SOURCES);
    size_t n_places = words(places, ' '), n_sources = words(sources, '\n');
    int role = role_parse(stmt_str(st, COL_ROLE));
    if (id.n != TOKEN_ID_BYTES || hash.n != SECRET_BYTES || role < 0)
        return err_set(err, ERR_CORRUPT, "a token cannot be read");
    size_t fixed =
        sizeof **out + n_places * sizeof(struct grant_place) + n_sources * sizeof(struct str);
    struct token_held *h = mem_calloc(MEM_STORE, 1, fixed + name.n + by.n + sources.n + 3);
    if (h == NULL)
        return err_set(err, ERR_MEM, "no memory for the tokens");
    struct grant_place *place = (struct grant_place *)(h + 1);
    struct str *source = (struct str *)(place + n_places);
    char *text = (char *)(source + n_sources);
    atomic_init(&h->refs, 1);
    memcpy(h->t.id, id.p, TOKEN_ID_BYTES);
    memcpy(h->t.hash, hash.p, SECRET_BYTES);
    h->t.name = take_text(&text, name);
    h->t.created_by = take_text(&text, by);
    h->t.role = (enum access_role)role;
    h->t.created_ms = stmt_i64(st, COL_CREATED);
    h->t.expires_ms = stmt_i64(st, COL_EXPIRES);
    h->t.revoked_ms = stmt_i64(st, COL_REVOKED);
    atomic_init(&h->revoked, h->t.revoked_ms != 0);
    atomic_init(&h->used_ms, stmt_i64(st, COL_USED));
    atomic_init(&h->saved_ms, stmt_i64(st, COL_USED));
    int rc = read_grant(&h->t, place, source, places, take_text(&text, sources), err);
    if (rc < 0) {
        mem_free(MEM_STORE, h);
        return rc;
    }
    *out = h;
    return 0;
}

/* The object that is there already, with what has changed; else a new one. */
static int take_row(struct loading *l, struct stmt *st, struct err *err)
{
    struct str parent = stmt_str(st, COL_PARENT);
    struct str id = stmt_str(st, COL_ID);
    const struct token **grown = mem_grown(MEM_STORE, l->at, l->n, &l->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory for the tokens");
    l->at = grown;
    const struct token *known =
        l->old != NULL && id.n == TOKEN_ID_BYTES ? by_text(l->old, id.p, parent.n > 0) : NULL;
    if (known != NULL && stmt_i64(st, COL_REVOKED) == known->revoked_ms) {
        token_ref(known);
        l->at[l->n++] = known;
        l->tokens += parent.n == 0;
        return 0;
    }
    struct token_held *h = NULL;
    TRY(read_token(st, &h, err));
    if (known != NULL) { /* revoked: who holds the old object must see it, too */
        atomic_store(&h->used_ms, token_used_ms(known));
        atomic_store(&held(known)->revoked, atomic_load(&h->revoked));
    }
    if (parent.n > 0) {
        const struct token *of =
            parent.n == TOKEN_ID_BYTES ? find_id(l->at, l->tokens, parent.p) : NULL;
        if (of == NULL) {
            mem_free(MEM_STORE, h);
            return err_set(err, ERR_CORRUPT, "a session has no token");
        }
        token_ref(of);
        h->t.parent = of;
        h->t.name = of->name;
        h->t.role = of->role;
        h->t.grant = of->grant;
    }
    l->at[l->n++] = &h->t;
    l->tokens += parent.n == 0;
    return 0;
}

static int read_rows(struct loading *l, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&l->s->db,
                "SELECT id, parent, hash, name, role, places, sources, created_ms, created_by,"
                " expires_ms, revoked_ms, used_ms FROM token ORDER BY parent <> '', id",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_row(l, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int read_key(struct store *s, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "SELECT value FROM meta WHERE key = 'token_key'", &st, err));
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    struct str blob = stmt_blob(&st, 0);
    bool good = blob.n == SECRET_BYTES;
    pthread_mutex_lock(&s->tokens.lock);
    if (good)
        memcpy(s->tokens.key, blob.p, SECRET_BYTES);
    s->tokens.has_key = good;
    pthread_mutex_unlock(&s->tokens.lock);
    stmt_done(&st);
    return good ? 0 : err_set(err, ERR_CORRUPT, "the key of the tokens cannot be read");
}

/* A session that is not in the new set any more has ended. */
static void end_missing(const struct token_set *old, const struct token_set *now)
{
    for (size_t i = 0; old != NULL && i < old->n; i++)
        if (by_text(now, old->at[i]->id, old->at[i]->parent != NULL) == NULL)
            atomic_store(&held(old->at[i])->revoked, true);
}

int tokens_refresh(struct store *s, struct err *err)
{
    struct loading l = {.s = s, .old = s->tokens.set};
    struct set *set = mem_calloc(MEM_STORE, 1, sizeof *set);
    if (set == NULL)
        return err_set(err, ERR_MEM, "no memory for the tokens");
    int rc = read_key(s, err);
    if (rc == 0)
        rc = read_rows(&l, err);
    atomic_init(&set->refs, 1);
    set->s = (struct token_set){l.at, l.n, l.tokens > 0};
    if (rc < 0) {
        token_set_unref(&set->s);
        return rc;
    }
    if (l.n > 0)
        qsort(l.at, l.n, sizeof *l.at, by_id);
    end_missing(l.old, &set->s);
    pthread_mutex_lock(&s->tokens.lock);
    s->tokens.set = &set->s;
    pthread_mutex_unlock(&s->tokens.lock);
    token_set_unref(l.old);
    return 0;
}

int tokens_load(struct store *s, struct err *err)
{
    return tokens_refresh(s, err);
}

void token_book_init(struct token_book *b)
{
    memset(b, 0, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
}

void token_book_fini(struct token_book *b)
{
    token_set_unref(b->set);
    secret_wipe(b->key, sizeof b->key);
    pthread_mutex_destroy(&b->lock);
}
