/* SPDX-License-Identifier: MIT
 *
 * Tokens inside this room: the book that holds the current set, and its texts. */
#ifndef STORE_ROOM_TOKENS_H
#define STORE_ROOM_TOKENS_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/tokens.h"

struct db;

/* The token, and what changes of it. */
struct token_held {
    struct token t; /* first: what others see */
    atomic_int refs;
    atomic_bool revoked;
    atomic_int_least64_t used_ms, saved_ms; /* last use; as far as it is on disk */
};

struct token_book {
    pthread_mutex_t lock; /* of the pointer */
    const struct token_set *set;
    unsigned char key[SECRET_BYTES];
    bool has_key;
};

void token_book_init(struct token_book *b);
void token_book_fini(struct token_book *b);
/* From the database, while it opens. */
MUST_USE int tokens_load(struct store *s, struct err *err);
/* Storage thread: reads them again after a commit, so that what is in memory is what is on disk.
 * Those that are known stay the same objects. */
MUST_USE int tokens_refresh(struct store *s, struct err *err);
/* Storage thread: what was used since the last time is written down. Nothing when nothing was. */
void tokens_save_use(struct store *s);
/* Background thread: has that done from time to time. */
void tokens_tick(struct store *s, int64_t now_ms);

/* token_text.c: the text of id and secret; and back. */
enum { TOKEN_SECRET_LETTERS = 40, TOKEN_CHECK_LETTERS = 6 };
void token_text_new(bool session, char text[TOKEN_TEXT_BYTES + 1], char id[TOKEN_ID_BYTES + 1]);
/* Is it of this form, and not mistyped? The id stands at text + 6. */
bool token_text_is_whole(struct str text, bool session);

/* What a check has done, for the test that it is always the same. */
struct token_work {
    size_t hashed, compared;
};
/* The token of the set that has this text, live or not; NULL: none. */
const struct token *token_of(const struct token_set *set, const unsigned char key[SECRET_BYTES],
                             struct str text, bool session, struct token_work *work);

#endif
