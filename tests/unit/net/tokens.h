/* SPDX-License-Identifier: MIT
 *
 * Requests with tokens, over a world. */
#ifndef TEST_NET_TOKENS_H
#define TEST_NET_TOKENS_H

#include "store/tokens.h"
#include "world.h"

/* `token` "": none is sent. */
static inline int tokens_send(struct world *w, const char *method, const char *target,
                              const char *token, const char *body)
{
    char headers[160] = "";
    if (token[0] != '\0')
        snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", token);
    return world_send(w, method, target, headers, body);
}

static inline int tokens_get(struct world *w, const char *target, const char *token)
{
    return tokens_send(w, "GET", target, token, "");
}

static inline int tokens_post(struct world *w, const char *form, const char *admin)
{
    return tokens_send(w, "POST", "/v1/tokens", admin, form);
}

/* Makes one, as `admin` (or "" while nobody is asked). */
static inline void tokens_make(struct world *w, const char *form, const char *admin,
                               char text[TOKEN_TEXT_BYTES + 1])
{
    if (tokens_post(w, form, admin) != 201)
        fail_msg("%s", w->answer);
    const char *at = strstr(w->body, "\"token\":\"");
    assert_non_null(at);
    memcpy(text, at + 9, TOKEN_TEXT_BYTES);
    text[TOKEN_TEXT_BYTES] = '\0';
}

#endif
