/* SPDX-License-Identifier: MIT
 *
 * Reading, comparing, looking behind proxies. */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/hash.h"

enum { TEXT_BYTES = 64, V4_AT = 12, V6_CLIENT_BYTES = 8 };

static const unsigned char v4_prefix[V4_AT] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static bool is_v4(const struct address *a)
{
    return memcmp(a->b, v4_prefix, V4_AT) == 0;
}

bool address_of(const struct sockaddr *a, struct address *out)
{
    memset(out, 0, sizeof *out);
    if (a != NULL && a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        memcpy(out->b, v4_prefix, V4_AT);
        memcpy(out->b + V4_AT, &in.sin_addr, 4);
        return true;
    }
    if (a != NULL && a->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, a, sizeof in);
        memcpy(out->b, &in.sin6_addr, 16);
        return true;
    }
    return false;
}

static bool read_number(const char *text, struct address *out)
{
    memcpy(out->b, v4_prefix, V4_AT);
    return inet_pton(AF_INET, text, out->b + V4_AT) == 1 || inet_pton(AF_INET6, text, out->b) == 1;
}

/* Without the brackets and the port. */
static struct str bare(struct str s)
{
    const char *colon = s.n > 0 ? memchr(s.p, ':', s.n) : NULL;
    if (s.n > 0 && s.p[0] == '[') {
        const char *end = memchr(s.p, ']', s.n);
        return end != NULL ? (struct str){s.p + 1, (size_t)(end - s.p) - 1} : STR("");
    }
    if (colon != NULL && memchr(colon + 1, ':', s.n - (size_t)(colon + 1 - s.p)) == NULL)
        return (struct str){s.p, (size_t)(colon - s.p)};
    return s;
}

bool address_parse(struct str text, struct address *out)
{
    char host[TEXT_BYTES];
    struct str s = bare(str_trim(text));
    memset(out, 0, sizeof *out);
    if (s.n == 0 || s.n >= sizeof host || memchr(s.p, '\0', s.n) != NULL)
        return false;
    memcpy(host, s.p, s.n);
    host[s.n] = '\0';
    return read_number(host, out);
}

bool network_parse(struct str text, struct network *out)
{
    const char *slash = text.n > 0 ? memchr(text.p, '/', text.n) : NULL;
    size_t n = slash != NULL ? (size_t)(slash - text.p) : text.n;
    int64_t bits = 0;
    if (!address_parse((struct str){text.p, n}, &out->at))
        return false;
    int64_t most = is_v4(&out->at) ? 32 : 128;
    if (slash == NULL)
        bits = most;
    else if (str_to_i64((struct str){slash + 1, text.n - n - 1}, &bits) < 0 || bits < 0 ||
             bits > most)
        return false;
    out->bits = (int)(bits + 128 - most);
    return true;
}

static bool shares(const struct address *a, const struct address *b, int bits)
{
    size_t whole = (size_t)bits / 8;
    int rest = bits % 8;
    if (memcmp(a->b, b->b, whole) != 0)
        return false;
    return rest == 0 || ((a->b[whole] ^ b->b[whole]) >> (8 - rest)) == 0;
}

bool network_has(const struct network *list, size_t n, const struct address *a)
{
    for (size_t i = 0; i < n; i++)
        if (shares(&list[i].at, a, list[i].bits))
            return true;
    return false;
}

bool address_is_loopback(const struct address *a)
{
    static const struct address one = {.b = {[15] = 1}};
    if (is_v4(a))
        return a->b[V4_AT] == 127;
    return memcmp(a, &one, sizeof one) == 0;
}

uint64_t address_key(const struct address *a)
{
    return hash64(a->b, is_v4(a) ? sizeof a->b : V6_CLIENT_BYTES, 0);
}

struct address address_behind(struct address peer, struct str forwarded_for,
                              const struct network *proxies, size_t n)
{
    struct str rest = forwarded_for;
    while (rest.n > 0 && network_has(proxies, n, &peer)) {
        const char *comma = memrchr(rest.p, ',', rest.n);
        size_t from = comma != NULL ? (size_t)(comma - rest.p) + 1 : 0;
        struct address before;
        if (!address_parse((struct str){rest.p + from, rest.n - from}, &before))
            break;
        peer = before;
        rest.n = comma != NULL ? from - 1 : 0;
    }
    return peer;
}
