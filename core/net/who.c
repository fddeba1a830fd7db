/* SPDX-License-Identifier: MIT
 *
 * Who asks. Addresses are told by their class only: the trail is kept for ever, and an address is
 * somebody's. */
#include "who.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const char *class_of_v4(uint32_t a)
{
    if (a >> 24 == 127)
        return "loopback";
    bool private = a >> 24 == 10 || a >> 20 == 0xAC1 || a >> 16 == 0xC0A8 || a >> 16 == 0xA9FE;
    return private ? "private" : "public";
}

static const char *class_of_v6(const struct in6_addr *a)
{
    if (IN6_IS_ADDR_V4MAPPED(a)) {
        uint32_t v4;
        memcpy(&v4, a->s6_addr + 12, sizeof v4);
        return class_of_v4(ntohl(v4));
    }
    if (IN6_IS_ADDR_LOOPBACK(a))
        return "loopback";
    bool unique_local = (a->s6_addr[0] & 0xFE) == 0xFC;
    return unique_local || IN6_IS_ADDR_LINKLOCAL(a) ? "private" : "public";
}

const char *address_class(const struct sockaddr *a)
{
    if (a != NULL && a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return class_of_v4(ntohl(in.sin_addr.s_addr));
    }
    if (a != NULL && a->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, a, sizeof in);
        return class_of_v6(&in.sin6_addr);
    }
    return "public";
}

void request_who(const struct request *r, char out[AUDIT_WHO_BYTES + 1])
{
    const struct access_of *a = &r->access;
    if (a->local) {
        snprintf(out, AUDIT_WHO_BYTES + 1, "%s (command line)",
                 r->service->local_user != NULL ? r->service->local_user : "somebody");
        return;
    }
    if (a->token != NULL) {
        snprintf(out, AUDIT_WHO_BYTES + 1, "%.*s", STR_ARG(a->name));
        return;
    }
    const union MHD_ConnectionInfo *info =
        r->conn != NULL ? MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                        : NULL;
    snprintf(out, AUDIT_WHO_BYTES + 1, "anonymous (%s)",
             address_class(info != NULL ? info->client_addr : NULL));
}
