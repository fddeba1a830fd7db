/* SPDX-License-Identifier: MIT
 *
 * From what was sent to a role. */
#include "access.h"

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/clock.h"
#include "cors.h"
#include "credentials.h"
#include "gate.h"

static const char plain_cookie[] = "panji_session";
static const char secure_cookie[] = "__Host-panji_session"; /* browsers take it over TLS alone */

/* ---- what was sent -------------------------------------------------------------------------- */

struct sent {
    struct str text;
    bool session; /* it came as a cookie */
};

/* Takes api_key out of the parameters, so that nothing behind this line can show it: no log, no
 * link on a page, no tag. */
static struct str take_key(struct request *r)
{
    struct str key = STR_NULL;
    size_t kept = 0;
    for (size_t i = 0; i < r->url.args; i++) {
        if (str_eq(r->url.arg[i].name, STR("api_key")))
            key = key.p == NULL ? r->url.arg[i].value : key;
        else
            r->url.arg[kept++] = r->url.arg[i];
    }
    r->url.args = kept;
    return key;
}

static int look(struct request *r, struct sent *out, struct err *err)
{
    struct str header = request_header(r, "Authorization");
    struct str key = take_key(r);
    *out = (struct sent){.session = false};
    if (header.n > 0 && key.p != NULL)
        return err_set(err, ERR_USAGE, "a token was sent twice: as Authorization and as api_key");
    if (header.n > 0)
        return credentials_bearer(header, &out->text, err);
    if (key.p != NULL) {
        out->text = key;
        return 0;
    }
    struct str cookies = request_header(r, "Cookie");
    out->text = credentials_cookie(cookies, secure_cookie);
    if (out->text.p == NULL)
        out->text = credentials_cookie(cookies, plain_cookie);
    out->session = out->text.p != NULL;
    return 0;
}

/* ---- who that is ---------------------------------------------------------------------------- */

static void enter_role(struct request *r, enum access_role role, const struct grant *g,
                       struct str name)
{
    r->access.role = role;
    r->access.known = true;
    r->access.name = name;
    r->viewer = (struct viewer){.grant = *g};
    if (role == ROLE_PUBLIC)
        r->viewer.small_cell_k = r->service->small_cells_public;
    else if (role == ROLE_VIEWER)
        r->viewer.small_cell_k = r->service->small_cells_viewer;
}

/* The command line on the same directory: who may read the file with the key is its user. */
static bool is_local(const struct request *r, struct str text)
{
    const struct service *s = r->service;
    unsigned char a[SECRET_BYTES], b[SECRET_BYTES];
    static const unsigned char key[SECRET_BYTES];
    if (s->local_key == NULL || !str_starts(text, STR("local_")))
        return false;
    secret_hash(key, text.p, text.n, a);
    secret_hash(key, s->local_key, strlen(s->local_key), b);
    return secret_equal(a, b);
}

static const struct sockaddr *client_of(const struct request *r)
{
    const union MHD_ConnectionInfo *info =
        r->conn != NULL ? MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                        : NULL;
    return info != NULL ? info->client_addr : NULL;
}

int access_refused(struct request *r, struct err *err)
{
    struct address client;
    if (gate_client(r->gate, client_of(r), request_header(r, "X-Forwarded-For"), &client))
        r->access.wait_ms = tries_fail(r->tries, &client, clock_wall_ms());
    r->answer.authenticate = "Bearer realm=\"panji\", error=\"invalid_token\"";
    err_hint(err, "an administrator makes another one: panji token create");
    return ERR_SIGN_IN;
}

static int enter_text(struct request *r, const struct sent *sent, struct err *err)
{
    static const struct grant whole;
    if (!sent->session && is_local(r, sent->text)) {
        enter_role(r, ROLE_ADMIN, &whole, STR(""));
        r->access.local = true;
        return 0;
    }
    const struct token *t =
        store_token_check(r->service->store, sent->text, sent->session, clock_wall_ms(), err);
    if (t == NULL)
        return access_refused(r, err);
    access_use(r, t);
    return 0;
}

void access_use(struct request *r, const struct token *t)
{
    token_unref(r->access.token);
    r->access = (struct access_of){.token = t, .expires_ms = t->expires_ms};
    enter_role(r, t->role, &t->grant, t->name);
}

bool access_is_open(struct store *s)
{
    const struct token_set *set = store_tokens(s);
    bool any = set->any;
    token_set_unref(set);
    return !any;
}

/* Who is nobody sees nothing, whatever a handler forgets. */
static void enter_nobody(struct request *r)
{
    static const struct grant whole;
    static const struct grant_place nowhere = {PLACE_STATE, -1};
    const struct service *s = r->service;
    r->viewer = (struct viewer){.grant = {.place = &nowhere, .places = 1}};
    if (s->anonymous_public)
        enter_role(r, ROLE_PUBLIC, &whole, STR(""));
    else if (s->loopback && guard_host_is_ours(&r->guard) && access_is_open(s->store))
        enter_role(r, ROLE_ADMIN, &whole, STR(""));
    r->access.anonymous = true;
}

/* ---- what they may -------------------------------------------------------------------------- */

bool access_may(const struct request *r, enum right right)
{
    if (right == RIGHT_OPEN)
        return true;
    return r->access.known && right_has(r->access.role, viewer_is_whole(&r->viewer), right);
}

int access_need(const struct request *r, enum right right, struct err *err)
{
    char roles[80];
    if (access_may(r, right))
        return 0;
    right_roles(right, roles, sizeof roles);
    if (!r->access.known) {
        err_set(err, ERR_SIGN_IN, "who asks is not known, and this is for the role %s", roles);
        err_hint(err, "send a token: Authorization: Bearer panji_...");
        return ERR_SIGN_IN;
    }
    if (right_has(r->access.role, true, right)) {
        err_set(err, ERR_FORBIDDEN,
                "this is about all places and sources, and the token is limited to some");
        err_hint(err, "it needs a token of the role %s that is limited to none", roles);
        return ERR_FORBIDDEN;
    }
    err_set(err, ERR_FORBIDDEN, "the role %s may not do this: it is for the role %s",
            role_name(r->access.role), roles[0] != '\0' ? roles : "of nobody");
    return ERR_FORBIDDEN;
}

static bool is_unsafe(const struct request *r)
{
    const char *method = r->match.route->method;
    return strcmp(method, "GET") != 0;
}

/* Whose page sent it? A browser says so itself (Fetch Metadata), older ones by Origin. */
static int check_page(const struct request *r, bool session, struct err *err)
{
    struct str site = request_header(r, "Sec-Fetch-Site");
    if (!is_unsafe(r))
        return 0;
    bool foreign = guard_is_foreign(&r->guard) ||
                   (site.n > 0 && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none")));
    if (foreign && (session || !cors_names(r->answer.origin)))
        return err_set(err, ERR_FORBIDDEN,
                       "a page from elsewhere (%.*s) may not change anything here",
                       STR_ARG(r->guard.origin.n > 0 ? r->guard.origin : site));
    if (session && site.n == 0 && r->guard.origin.n == 0) {
        err_set(err, ERR_FORBIDDEN,
                "a cookie alone changes nothing: it is not told which page "
                "sent this");
        err_hint(err, "programs send a token: Authorization: Bearer panji_...");
        return ERR_FORBIDDEN;
    }
    return 0;
}

int access_enter(struct request *r, struct err *err)
{
    struct sent sent;
    enum right need = r->match.route->need;
    if (r->match.route->flags & ROUTE_SHELL && httpd_assets(r->httpd) == NULL)
        need = RIGHT_SEE; /* the list of reports, in the place of the dashboard */
    bool open = need == RIGHT_OPEN;
    int rc = look(r, &sent, err);
    if (rc == 0 && sent.text.p != NULL)
        rc = enter_text(r, &sent, err);
    else if (rc == 0)
        enter_nobody(r);
    /* A cookie that is over is none, where none is needed: signing in again, and health. */
    if (rc == ERR_SIGN_IN && open && sent.session) {
        enter_nobody(r);
        err_clear(err);
        r->access.wait_ms = 0;
        r->answer.authenticate = NULL;
        rc = 0;
    }
    if (rc == 0)
        rc = check_page(r, sent.session && r->access.token != NULL, err);
    if (rc == 0)
        rc = access_need(r, need, err);
    if (rc == ERR_SIGN_IN && r->answer.authenticate == NULL)
        r->answer.authenticate = "Bearer realm=\"panji\"";
    return rc;
}

struct str access_source(const struct request *r)
{
    struct str s = request_arg(r, "source");
    const struct grant *g = &r->viewer.grant;
    return str_trim(s).n == 0 && g->sources == 1 ? g->source[0] : s;
}

bool access_has_ended(struct request *r)
{
    const struct token *t = r->access.token;
    bool wrote = r->match.route != NULL && r->match.route->flags & ROUTE_WRITE;
    if (t == NULL || wrote || token_is_live(t, clock_wall_ms()))
        return false;
    err_set(&r->err, ERR_SIGN_IN, "the token was revoked or has expired");
    r->answer.authenticate = "Bearer realm=\"panji\", error=\"invalid_token\"";
    r->answer.etag[0] = '\0';
    return true;
}

void access_leave(struct request *r)
{
    token_unref(r->access.token);
    r->access = (struct access_of){.token = NULL};
    enter_nobody(r);
}

int access_check_listen(const struct service *s, bool loopback, const char *listen, struct err *err)
{
    if (loopback || s->anonymous_public || !access_is_open(s->store))
        return 0;
    err_set(err, ERR_USAGE,
            "listening on %s is refused: it is no loopback address and there are no tokens, so "
            "everyone "
            "who reaches it could read and import",
            listen);
    err_hint(err, "make one first: panji token create --role admin --data DIR; or let everyone see "
                  "what the role public may: anonymous = \"public\" in the configuration");
    return ERR_USAGE;
}

/* ---- cookies -------------------------------------------------------------------------------- */

/* Here, or as the proxy in front says. What a client invents, its own browser has to bear. */
static bool is_encrypted(const struct request *r)
{
    const union MHD_ConnectionInfo *info =
        r->conn != NULL ? MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_PROTOCOL) : NULL;
    return info != NULL || str_eq_nocase(request_header(r, "X-Forwarded-Proto"), STR("https"));
}

void access_cookie(const struct request *r, const char *text, int64_t seconds,
                   char out[COOKIE_BYTES])
{
    bool secure = is_encrypted(r);
    snprintf(out, COOKIE_BYTES, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
             secure ? secure_cookie : plain_cookie, text != NULL ? text : "",
             (long long)(text != NULL ? seconds : 0), secure ? "; Secure" : "");
}
