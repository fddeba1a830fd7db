/* SPDX-License-Identifier: MIT
 *
 * Tokens: who may ask, in which role, and for which places and sources. A session is a token of its
 * own that a browser got for one: it has its parent's name, role and grant, and ends with it.
 *
 * Invariants
 *  1. A secret is shown once, when it is made; what is kept is its hash (BLAKE2b, keyed).
 *  2. All tokens are in memory as one immutable set behind a pointer. A token itself outlives the
 *     set for as long as somebody holds it, and knows when it was revoked: whoever holds it for
 *     long (a stream) asks token_is_live again.
 *  3. Rows of tokens are never deleted, those of sessions are.
 *
 * All functions may be called from any thread; those that change something wait for the disk. */
#ifndef STORE_TOKENS_H
#define STORE_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "data/grant.h"
#include "store/store.h"

enum access_role { ROLE_PUBLIC, ROLE_VIEWER, ROLE_PLANNER, ROLE_INGEST, ROLE_ADMIN, ACCESS_ROLES };
const char *role_name(enum access_role role); /* "planner" */
int role_parse(struct str s);                 /* -1: none of this name */

/* As text: "panji_" (of a session: "panjis"), the id, '_', the secret and six letters that tell a
 * mistyped one; letters are those of secret_write. A pattern that finds leaked ones:
 * panji[_s][0-9a-z]{8}_[0-9a-z]{46} */
enum { TOKEN_ID_BYTES = 8, TOKEN_TEXT_BYTES = 61, TOKEN_NAME_BYTES_MAX = 64 };

struct token {
    char id[TOKEN_ID_BYTES + 1];
    struct str name;
    enum access_role role;
    struct grant grant;
    const struct token *parent; /* of a session; else NULL */
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
    int64_t revoked_ms; /* as the set was made; 0: not */
    struct str created_by;
    unsigned char hash[SECRET_BYTES];
};
/* A reference that its holder gives back. */
void token_ref(const struct token *t);
void token_unref(const struct token *t); /* NULL is fine */
/* Neither expired nor revoked by now, nor its parent. */
bool token_is_live(const struct token *t, int64_t now_ms);
/* When it was last used, about; 0: never. */
int64_t token_used_ms(const struct token *t);

struct token_set {
    const struct token *const *at; /* by id */
    size_t n;
    bool any; /* there are tokens, or there were: nobody is let in without one */
};
const struct token_set *store_tokens(struct store *s); /* a reference */
void token_set_unref(const struct token_set *set);

/* Whose text this is: a reference, and its use is noted. NULL: nobody's, or not live any more;
 * `err` says which. What is done takes as long for any text. */
MUST_USE const struct token *store_token_check(struct store *s, struct str text, bool session,
                                               int64_t now_ms, struct err *err);

struct token_spec {
    struct str name; /* empty: its id */
    enum access_role role;
    struct grant grant;
    int64_t expires_ms; /* 0: never */
};
/* Writes the text, which nobody can have again. ERR_PARAM, ERR_CONFLICT (a live token has this
 * name), ERR_LIMIT. */
MUST_USE int store_token_create(struct store *s, const struct token_spec *spec,
                                char text[TOKEN_TEXT_BYTES + 1], struct err *err);
/* It is not let in from now on, nor are its sessions. ERR_NOT_FOUND, ERR_CONFLICT (it was revoked
 * before). */
MUST_USE int store_token_revoke(struct store *s, struct str id, struct err *err);

/* A session of a live token. The oldest of its sessions goes where there are too many. */
MUST_USE int store_session_open(struct store *s, const struct token *of,
                                char text[TOKEN_TEXT_BYTES + 1], int64_t *expires_ms,
                                struct err *err);
MUST_USE int store_session_close(struct store *s, const struct token *session, struct err *err);

/* A key of this data directory for a purpose; zeros until the first token is made. */
void store_secret_for(struct store *s, const char *purpose, unsigned char key[SECRET_BYTES]);

#endif
