/* SPDX-License-Identifier: MIT
 *
 * Whether anything is hidden between the pieces of a header. libmicrohttpd 0.9.75 reads its lines
 * as texts of C: what stands behind a NUL, a line without a name or one that is folded is dropped
 * or joined, and nobody is told. But the pieces that it hands out lie in its buffer one behind the
 * other, as they came: what was dropped is a gap. Other versions keep other buffers, or refuse such
 * lines themselves; there is no seam to look at then. Only addresses are compared, nothing is read.
 */
#ifndef NET_SEAM_H
#define NET_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct seam {
    uintptr_t at; /* the end of the piece before */
    bool gap;
};

/* The version of the library is the one that is known. */
bool seam_is_known(const char *version);
/* Begins with this piece. */
void seam_start(struct seam *s, struct str piece);
/* The next piece begins at least and at most so many bytes behind the end of the last one. */
void seam_next(struct seam *s, struct str piece, size_t least, size_t most);
/* The whole header ends here: behind the last piece are its line end and an empty line. */
void seam_end(struct seam *s, uintptr_t end);

#endif
