/* SPDX-License-Identifier: MIT
 *
 * Distances between addresses. */
#include "seam.h"

/* Line ends: "\n" or "\r\n"; at the end of the header there are two. */
enum { ENDS_LEAST = 2, ENDS_MOST = 4 };

bool seam_is_known(const char *version)
{
    return str_eq(str_of(version), STR("0.9.75"));
}

void seam_start(struct seam *s, struct str piece)
{
    *s = (struct seam){.at = (uintptr_t)piece.p + piece.n};
}

static void expect(struct seam *s, uintptr_t from, size_t least, size_t most)
{
    if (from < s->at + least || from > s->at + most)
        s->gap = true;
}

void seam_next(struct seam *s, struct str piece, size_t least, size_t most)
{
    expect(s, (uintptr_t)piece.p, least, most);
    s->at = (uintptr_t)piece.p + piece.n;
}

void seam_end(struct seam *s, uintptr_t end)
{
    expect(s, end, ENDS_LEAST, ENDS_MOST);
}
