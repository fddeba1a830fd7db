/* SPDX-License-Identifier: MIT
 *
 * Limits and trust, from the configuration. */
#include "gate.h"

#include <stdatomic.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "clients.h"

enum { FILES = 128 }; /* of the store, and whatever else is open */

struct gate {
    struct clients *clients;
    struct network *proxy;
    size_t proxies;
    unsigned per_client;
    bool counts_loopback;
    atomic_uint_least64_t refused;
};

/* What is usual, where the configuration does not say. No more connections than there are numbers
 * for their sockets. */
struct watch_limits gate_limits(const struct settings *s)
{
    struct guard_setting g = s != NULL ? s->guard : (struct guard_setting){0};
    struct watch_limits l = {.header_ms = (g.header_s ? g.header_s : HTTP_HEADER_S) * 1000ll,
                             .body_ms = (g.body_s ? g.body_s : HTTP_BODY_S) * 1000ll,
                             .idle_ms = (g.idle_s ? g.idle_s : HTTP_IDLE_S) * 1000ll};
    rlim_t connections = (rlim_t)(g.connections ? g.connections : HTTP_CONNECTIONS_MAX);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
        connections + GATE_RESERVE + FILES > files.rlim_cur) {
        rlim_t room = files.rlim_cur > GATE_RESERVE + 2 * FILES
                          ? files.rlim_cur - GATE_RESERVE - FILES
                          : FILES;
        log_line(LOG_WARN, "net",
                 "at most %llu files may be open (ulimit -n), so at most %llu "
                 "connections",
                 (unsigned long long)files.rlim_cur, (unsigned long long)room);
        connections = room;
    }
    l.connections = (unsigned)connections;
    l.sealed = s != NULL && s->tls.cert.n > 0;
    return l;
}

int gate_new(const struct settings *settings, struct gate **out, struct err *err)
{
    struct gate *g = mem_must(MEM_NET, sizeof *g);
    int given = settings != NULL ? settings->guard.connections_per_client : 0;
    size_t n = settings != NULL ? settings->proxies : 0;
    g->clients = clients_new();
    g->counts_loopback = given > 0;
    g->per_client = given > 0 ? (unsigned)given : HTTP_CLIENT_MAX;
    g->proxy = mem_must(MEM_NET, (n + 1) * sizeof *g->proxy);
    for (size_t i = 0; i < n; i++)
        if (!network_parse(settings->proxy[i], &g->proxy[g->proxies++])) {
            gate_free(g);
            return err_set(err, ERR_PARAM, "\"%.*s\" is no address and no network",
                           STR_ARG(settings->proxy[i]));
        }
    *out = g;
    return 0;
}

void gate_free(struct gate *g)
{
    if (g == NULL)
        return;
    clients_free(g->clients);
    mem_free(MEM_NET, g->proxy);
    mem_free(MEM_NET, g);
}

static bool counts(const struct gate *g, const struct sockaddr *from, struct address *a)
{
    return address_of(from, a) && !network_has(g->proxy, g->proxies, a) &&
           (g->counts_loopback || !address_is_loopback(a));
}

bool gate_lets_in(struct gate *g, const struct sockaddr *from)
{
    struct address a;
    if (!counts(g, from, &a) || clients_count(g->clients, address_key(&a)) < g->per_client)
        return true;
    atomic_fetch_add_explicit(&g->refused, 1, memory_order_relaxed);
    return false;
}

void gate_opened(struct gate *g, const struct sockaddr *from)
{
    struct address a;
    if (counts(g, from, &a))
        clients_enter(g->clients, address_key(&a));
}

void gate_closed(struct gate *g, const struct sockaddr *from)
{
    struct address a;
    if (counts(g, from, &a))
        clients_leave(g->clients, address_key(&a));
}

uint64_t gate_refused(const struct gate *g)
{
    return atomic_load_explicit(&g->refused, memory_order_relaxed);
}

bool gate_is_proxy(const struct gate *g, const struct sockaddr *from)
{
    struct address a;
    return address_of(from, &a) && network_has(g->proxy, g->proxies, &a);
}

bool gate_client(const struct gate *g, const struct sockaddr *from, struct str forwarded_for,
                 struct address *out)
{
    struct address a;
    if (!address_of(from, &a))
        return false;
    *out = address_behind(a, forwarded_for, g->proxy, g->proxies);
    return true;
}
