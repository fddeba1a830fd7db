/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: what says who asks. A line of Authorization, one of cookies, the text of a token.
 * What is taken lies in what was sent, and nothing but a token's own text is one. */
#include "fuzz.h"

#include <stdio.h>

#include "../../core/net/credentials.h"
#include "../../core/store/tokens.h"

static struct str next_line(struct str *in)
{
    const char *nl = in->n > 0 ? memchr(in->p, '\n', in->n) : NULL;
    struct str line = {in->p, nl != NULL ? (size_t)(nl - in->p) : in->n};
    size_t skip = line.n + (nl != NULL);
    *in = (struct str){in->p + skip, in->n - skip};
    return line;
}

static bool lies_in(struct str part, struct str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* A text that is whole says so again, and no letter of it may change. */
static void check_text(struct str text)
{
    char copy[TOKEN_TEXT_BYTES];
    bool token = token_text_is_whole(text, false);
    bool session = token_text_is_whole(text, true);
    ASSERT(!(token && session));
    if (!token && !session)
        return;
    ASSERT(text.n == TOKEN_TEXT_BYTES);
    for (size_t i = 0; i < sizeof copy; i++) {
        memcpy(copy, text.p, sizeof copy);
        copy[i] = (char)(copy[i] ^ 1);
        ASSERT(!token_text_is_whole((struct str){copy, sizeof copy}, session));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct str text;
    struct err err = {0};
    struct str authorization = next_line(&in);
    struct str cookies = next_line(&in);
    if (credentials_bearer(authorization, &text, &err) == 0) {
        ASSERT(lies_in(text, authorization));
        check_text(text);
    } else {
        ASSERT(err.code == ERR_SIGN_IN);
    }
    text = credentials_cookie(cookies, "panji_session");
    ASSERT(lies_in(text, cookies) && (text.n == 0 || memchr(text.p, ';', text.n) == NULL));
    check_text(text);
    check_text(in);
    struct token_work work = {0};
    const struct token_set none = {.n = 0};
    const unsigned char key[SECRET_BYTES] = {0};
    ASSERT(token_of(&none, key, in, false, &work) == NULL);
    ASSERT(work.hashed == TOKEN_TEXT_BYTES && work.compared == SECRET_BYTES);
    return 0;
}
