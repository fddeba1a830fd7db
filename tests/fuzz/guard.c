/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: header fields at the door, one a line, "name: value". What passes has one reading:
 * one host, and one length or chunks or neither. */
#include "fuzz.h"

#include "../../core/net/guard.h"

static void field(struct guard *g, struct str line)
{
    const char *colon = memchr(line.p, ':', line.n);
    size_t name = colon ? (size_t)(colon - line.p) : line.n;
    size_t skip = name + (colon != NULL);
    guard_header(g, (struct str){line.p, name}, (struct str){line.p + skip, line.n - skip});
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct guard g;
    struct err err = {0};
    guard_init(&g);
    while (in.n > 0) {
        const char *nl = memchr(in.p, '\n', in.n);
        size_t size = nl ? (size_t)(nl - in.p) : in.n;
        field(&g, (struct str){in.p, size});
        in.p += size + (nl != NULL);
        in.n -= size + (nl != NULL);
    }
    if (guard_end(&g, true, &err) < 0) {
        ASSERT(err.code == ERR_USAGE && err.msg[0] != '\0');
        return 0;
    }
    ASSERT(guard_end(&g, false, &err) == 0);
    ASSERT(g.hosts == 1 && g.host.n > 0 && g.lengths + g.encodings <= 1);
    ASSERT(g.lengths == 0 || g.length >= 0);
    ASSERT(guard_has_body(&g) == (g.length > 0 || g.chunked));
    ASSERT(!guard_is_foreign(&g) || g.origin.n > 0);
    return 0;
}
