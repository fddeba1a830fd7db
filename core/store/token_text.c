/* SPDX-License-Identifier: MIT
 *
 * The text of a token: 40 random bits that name it, 200 that are its secret, and a check that finds
 * a slip of the hand before anybody is asked, and lets a scanner of leaks be sure. */
#include <string.h>

#include "base/hash.h"
#include "tokens.h"

enum { ID_AT = 6, SECRET_AT = ID_AT + TOKEN_ID_BYTES + 1, ID_RANDOM = 5, SECRET_RANDOM = 25 };
enum { CHECK_AT = SECRET_AT + TOKEN_SECRET_LETTERS, CHECK_BYTES = 4 };

STATIC_ASSERT(CHECK_AT + TOKEN_CHECK_LETTERS == TOKEN_TEXT_BYTES, "the parts are the whole");

static const char *prefix(bool session)
{
    return session ? "panjis" : "panji_";
}

/* Six letters carry 30 of the 32 bits. */
static void write_check(const char *text, char out[TOKEN_CHECK_LETTERS])
{
    char letters[TOKEN_CHECK_LETTERS + 1];
    uint32_t sum = crc32c(0, text, CHECK_AT);
    const unsigned char bytes[CHECK_BYTES] = {(unsigned char)(sum >> 24),
                                              (unsigned char)(sum >> 16), (unsigned char)(sum >> 8),
                                              (unsigned char)sum};
    secret_write(bytes, sizeof bytes, letters);
    memcpy(out, letters, TOKEN_CHECK_LETTERS);
}

void token_text_new(bool session, char text[TOKEN_TEXT_BYTES + 1], char id[TOKEN_ID_BYTES + 1])
{
    unsigned char bytes[SECRET_RANDOM];
    memcpy(text, prefix(session), ID_AT);
    secret_random(bytes, ID_RANDOM);
    secret_write(bytes, ID_RANDOM, text + ID_AT);
    text[SECRET_AT - 1] = '_';
    secret_random(bytes, SECRET_RANDOM);
    secret_write(bytes, SECRET_RANDOM, text + SECRET_AT);
    write_check(text, text + CHECK_AT);
    text[TOKEN_TEXT_BYTES] = '\0';
    memcpy(id, text + ID_AT, TOKEN_ID_BYTES);
    id[TOKEN_ID_BYTES] = '\0';
    secret_wipe(bytes, sizeof bytes);
}

bool token_text_is_whole(struct str text, bool session)
{
    char check[TOKEN_CHECK_LETTERS];
    if (text.n != TOKEN_TEXT_BYTES || memcmp(text.p, prefix(session), ID_AT) != 0 ||
        text.p[SECRET_AT - 1] != '_')
        return false;
    write_check(text.p, check);
    return memcmp(check, text.p + CHECK_AT, sizeof check) == 0;
}
