/* SPDX-License-Identifier: MIT
 *
 * Who asks, and what they may do. A route needs a right (right.h); a role has rights; a token has a
 * role and perhaps a grant (places, sources).
 *
 *   nothing was sent     who is anonymous: all rights while there are no tokens and the server
 *                        listens on loopback; the role public where that is switched on; else 401
 *   a token's text       its role: Authorization: Bearer, api_key=, or the cookie of a session. A
 *                        cookie changes something only for pages of this server, else 403
 *   nobody's text        401, later and later for a client that goes on
 *
 * What may be seen is not decided here: that is the request's viewer, and the query engine's. */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include "request.h"

/* Finds out who asks, and whether they may what the route needs: sets r->access and r->viewer.
 * ERR_SIGN_IN, ERR_FORBIDDEN. On an HTTP thread: it waits for nothing. */
MUST_USE int access_enter(struct request *r, struct err *err);
/* The token was revoked or has expired since: r->err says so, and nothing that was read is sent.
 * What was written is told. */
bool access_has_ended(struct request *r);
void access_leave(struct request *r); /* gives the token back: anonymous from now on */
/* From now on the request is of this token, whose reference it takes over. */
void access_use(struct request *r, const struct token *t);
/* A text that was nobody's: the answer waits, and says how to go on. Returns ERR_SIGN_IN. */
int access_refused(struct request *r, struct err *err);
bool access_may(const struct request *r, enum right right);
/* ERR_FORBIDDEN, saying who may. */
MUST_USE int access_need(const struct request *r, enum right right, struct err *err);

/* The parameter `source`; where none was sent, the only one that the token is for. */
struct str access_source(const struct request *r);

/* Are all let in, as long as it listens on loopback? */
bool access_is_open(struct store *s);
/* May it listen on this address? ERR_USAGE, with what to do. */
MUST_USE int access_check_listen(const struct service *s, bool loopback, const char *listen,
                                 struct err *err);

/* The Set-Cookie of a session that lasts so long; text NULL: ends it. */
void access_cookie(const struct request *r, const char *text, int64_t seconds,
                   char out[COOKIE_BYTES]);

#endif
