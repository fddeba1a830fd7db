/* SPDX-License-Identifier: MIT
 *
 * What the configuration says about the HTTP server: encryption, what it bears, whose pages may
 * read from it, which proxies are believed. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "settings_int.h"

enum { SECONDS_MAX = 3600, NETWORK_BYTES = 64 };

static struct str take_file(struct taking *t, struct str name)
{
    struct str path = take_path(t, name);
    if (path.n > 0 && access(path.p, R_OK) != 0)
        take_fault(t, name, "%s cannot be read: %s", path.p, strerror(errno));
    return path;
}

void take_tls(struct taking *t)
{
    t->out->tls.cert = take_file(t, t->decl->tls.cert);
    t->out->tls.key = take_file(t, t->decl->tls.key);
}

/* ---- what is borne ---- */

static int take_count(struct taking *t, const char *name, struct number n, int most)
{
    if (!n.given)
        return 0;
    if (n.value >= 1 && n.value <= most && n.value <= (double)(int)n.value)
        return (int)n.value;
    take_fault(t, str_of(name), "\"%s\" must be a whole number from 1 to %d", name, most);
    return 0;
}

void take_guard(struct taking *t)
{
    const struct guard_decl *d = &t->decl->guard;
    t->out->guard = (struct guard_setting){
        .connections = take_count(t, "connections", d->connections, HTTP_CONNECTIONS_MOST),
        .connections_per_client = take_count(t, "connections_per_client", d->connections_per_client,
                                             HTTP_CONNECTIONS_MOST),
        .header_s = take_count(t, "header", d->header, SECONDS_MAX),
        .body_s = take_count(t, "body", d->body, SECONDS_MAX),
        .idle_s = take_count(t, "idle", d->idle, SECONDS_MAX)};
}

/* ---- whose pages ---- */

/* As a browser writes it: scheme and host, and nothing behind. */
static void check_origin(struct taking *t, struct str origin)
{
    size_t host;
    if (str_eq(origin, STR("*")))
        return;
    if (has_scheme(origin, "http|https", &host) && host < origin.n &&
        host_end(origin) == origin.n && memchr(origin.p, '@', origin.n) == NULL)
        return;
    struct err *e = take_fault(t, origin, "\"%.*s\" is no origin of pages", STR_ARG(origin));
    err_hint(e, "write scheme and host alone, as \"https://dash.example.in\", or \"*\"");
}

void take_cors(struct taking *t)
{
    t->out->origin = t->decl->cors.origins.at;
    t->out->origins = t->decl->cors.origins.n;
    for (size_t i = 0; i < t->out->origins; i++)
        check_origin(t, t->out->origin[i]);
}

/* ---- which proxies ---- */

static bool is_network(struct str s)
{
    char host[NETWORK_BYTES];
    unsigned char bytes[16];
    const char *slash = s.n > 0 ? memchr(s.p, '/', s.n) : NULL;
    size_t n = slash != NULL ? (size_t)(slash - s.p) : s.n;
    int64_t bits = 0;
    if (n == 0 || n >= sizeof host)
        return false;
    memcpy(host, s.p, n);
    host[n] = '\0';
    bool v4 = inet_pton(AF_INET, host, bytes) == 1;
    if (!v4 && inet_pton(AF_INET6, host, bytes) != 1)
        return false;
    return slash == NULL || (str_to_i64((struct str){slash + 1, s.n - n - 1}, &bits) == 0 &&
                             bits >= 0 && bits <= (v4 ? 32 : 128));
}

void take_proxies(struct taking *t)
{
    t->out->proxy = t->decl->trusted_proxies.at;
    t->out->proxies = t->decl->trusted_proxies.n;
    for (size_t i = 0; i < t->out->proxies; i++) {
        struct str s = t->out->proxy[i];
        if (is_network(s))
            continue;
        struct err *e = take_fault(t, s, "\"%.*s\" is no address and no network", STR_ARG(s));
        err_hint(e, "write \"127.0.0.1\", \"10.0.0.0/8\" or \"fd00::/8\"");
    }
}

/* ---- the fields ---- */

static const struct field tls_fields[] = {
    {"cert", FIELD_STRING, true, 0, AT(tls_decl, cert), NULL, NULL, "the chain of certificates"},
    {"key", FIELD_STRING, true, 0, AT(tls_decl, key), NULL, NULL, "the file of the private key"},
};
const struct record tls_record = RECORD("tls", tls_decl, tls_fields, "Encrypted connections.");

static const struct field guard_fields[] = {
    {"connections", FIELD_NUMBER, false, 0, AT(guard_decl, connections), NULL, NULL,
     "connections in all, 8192 when nothing is said"},
    {"connections_per_client", FIELD_NUMBER, false, 0, AT(guard_decl, connections_per_client), NULL,
     NULL, "connections of one address, 256 when nothing is said, and then not of this machine"},
    {"header", FIELD_NUMBER, false, 0, AT(guard_decl, header), NULL, NULL,
     "seconds in which the header of a request must come, 5 when nothing is said"},
    {"body", FIELD_NUMBER, false, 0, AT(guard_decl, body), NULL, NULL,
     "seconds in which a body must come, 10 when nothing is said; one more for each KiB"},
    {"idle", FIELD_NUMBER, false, 0, AT(guard_decl, idle), NULL, NULL,
     "seconds in which nothing comes or goes, 30 when nothing is said"},
};
const struct record guard_record =
    RECORD("guard", guard_decl, guard_fields, "What the HTTP server bears.");

static const struct field cors_fields[] = {
    {"origins", FIELD_STRINGS, true, 0, AT(cors_decl, origins), NULL, NULL,
     "origins of pages, as \"https://dash.example.in\", or \"*\""},
};
const struct record cors_record =
    RECORD("cors", cors_decl, cors_fields, "Whose pages may read answers.");
