/* SPDX-License-Identifier: MIT
 *
 * The book of findings as this room's files share it. */
#ifndef STORE_FINDINGS_INT_H
#define STORE_FINDINGS_INT_H

#include <stdlib.h>

#include "store/findings.h"
#include "store_int.h"

struct book {
    atomic_int refs;
    uint64_t revision;
    struct arena arena; /* of all texts */
    struct finding *at; /* open ones first, in the order in which they are shown */
    size_t n, open;
};

/* The current book, pinned until book_unref (NULL is fine). Any thread. */
struct book *book_get(struct store *s);
void book_unref(struct book *b);
/* With all texts. ERR_MEM. */
MUST_USE int finding_copy(struct arena *a, const struct finding *from, struct finding *to,
                          struct err *err);

#endif
