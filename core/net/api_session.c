/* SPDX-License-Identifier: MIT
 *
 * /v1/session: who one is here, and signing in and out with a browser. A token is exchanged for a
 * session of its own, whose secret only the cookie has: scripts of a page cannot read it, and
 * signing out ends it here, too. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "api.h"
#include "base/clock.h"
#include "body.h"
#include "who.h"

static void put_moment(struct json *j, const char *key, int64_t ms)
{
    char when[32];
    json_key(j, key);
    if (ms == 0) {
        json_null(j);
        return;
    }
    clock_format(ms, when);
    json_cstr(j, when);
}

static void put_grant(struct json *j, const struct grant *g)
{
    char place[48];
    json_key(j, "places");
    json_array(j);
    for (size_t i = 0; i < g->places; i++) {
        snprintf(place, sizeof place, "%s:%lld", place_level_name(g->place[i].level),
                 (long long)g->place[i].code);
        json_cstr(j, place);
    }
    json_array_end(j);
    json_key(j, "sources");
    json_array(j);
    for (size_t i = 0; i < g->sources; i++)
        json_str(j, g->source[i]);
    json_array_end(j);
}

static void put_rights(struct json *j, const struct request *r)
{
    json_key(j, "may");
    json_array(j);
    for (int right = RIGHT_LOOK; right < RIGHTS; right++)
        if (access_may(r, (enum right)right))
            json_cstr(j, right_name((enum right)right));
    json_array_end(j);
}

static int reply(struct request *r, struct err *err)
{
    struct json j;
    const struct access_of *a = &r->access;
    char who[AUDIT_WHO_BYTES + 1];
    request_who(r, who);
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_bool(&j, "anonymous", a->anonymous);
    json_put_cstr(&j, "name", who);
    json_key(&j, "role");
    if (a->known)
        json_cstr(&j, role_name(a->role));
    else
        json_null(&j);
    put_grant(&j, &r->viewer.grant);
    put_moment(&j, "expires", a->expires_ms);
    put_rights(&j, r);
    json_object_end(&j);
    return request_reply_json(r, err);
}

int api_session(struct request *r, struct err *err)
{
    return reply(r, err);
}

/* The token comes in the body: an address may be written down by a proxy. */
static int take_token(struct request *r, const struct token **out, struct err *err)
{
    if (r->url.args > 0)
        return err_set(err, ERR_PARAM, "the token is sent in the body, not in the address");
    TRY(body_take_args(r, err));
    struct str text = str_trim(request_arg(r, "token"));
    if (r->url.args != 1 || text.n == 0)
        return err_set(err, ERR_PARAM, "send {\"token\": \"panji_...\"}, or a form with `token`");
    *out = store_token_check(r->service->store, text, false, clock_wall_ms(), err);
    return *out != NULL ? 0 : access_refused(r, err);
}

int api_session_post(struct request *r, struct err *err)
{
    char text[TOKEN_TEXT_BYTES + 1];
    const struct token *token = NULL;
    int64_t expires_ms = 0;
    TRY(take_token(r, &token, err));
    int rc = store_session_open(r->service->store, token, text, &expires_ms, err);
    if (rc == 0) {
        access_cookie(r, text, (expires_ms - clock_wall_ms()) / 1000, r->answer.cookie);
        secret_wipe(text, sizeof text);
        access_use(r, token);
        r->access.expires_ms = expires_ms;
        rc = reply(r, err);
    } else {
        token_unref(token);
    }
    return rc;
}

int api_session_delete(struct request *r, struct err *err)
{
    const struct token *t = r->access.token;
    if (t != NULL && t->parent != NULL)
        TRY(store_session_close(r->service->store, t, err));
    access_cookie(r, NULL, 0, r->answer.cookie);
    access_leave(r);
    return reply(r, err);
}
