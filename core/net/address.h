/* SPDX-License-Identifier: MIT
 *
 * Addresses of clients and the networks that the configuration trusts. An IPv4 address is held as
 * the IPv6 one that stands for it, so that one kind is compared. Pure functions. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/str.h"

struct address {
    unsigned char b[16];
};
struct network {
    struct address at;
    int bits;
};

/* False: it is of no kind that is known. a may be NULL. */
bool address_of(const struct sockaddr *a, struct address *out);
/* "10.1.2.3", "::1", "[::1]:443", "10.1.2.3:443": the port is passed over. */
bool address_parse(struct str text, struct address *out);
/* "10.0.0.0/8", or one address. */
bool network_parse(struct str text, struct network *out);
bool network_has(const struct network *list, size_t n, const struct address *a);
bool address_is_loopback(const struct address *a);
/* The same for whoever counts as one client: an IPv4 address, or the 64 bits that an IPv6 client
 * is given to choose its addresses from. */
uint64_t address_key(const struct address *a);

/* Who stands behind proxies that are trusted: X-Forwarded-For read from its end, where the nearest
 * proxy wrote, to the first address that is no such proxy. What cannot be read ends it. */
struct address address_behind(struct address peer, struct str forwarded_for,
                              const struct network *proxies, size_t n);

#endif
