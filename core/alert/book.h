/* SPDX-License-Identifier: MIT
 *
 * The book of findings: what the engine knows, by rule and key.
 *
 * A finding has the row that is stored (`row`) and, while an evaluation is under way, the one that
 * it will be (`draft`). Nobody but the evaluation sees drafts. When they are stored, book_accept
 * puts them in the place of the rows; when they could not be, book_reject throws them away, and all
 * is as before.
 *
 * Rows are immutable. The evaluation alone changes the book, under the engine's lock, which it
 * never holds while it asks or stores; readers look at rows under the same lock. */
#ifndef ALERT_BOOK_H
#define ALERT_BOOK_H

#include "store/alerts.h"

struct finding {
    struct alert_row *row;   /* NULL: new in this evaluation */
    struct alert_row *draft; /* NULL: nothing of it has changed */
    uint64_t hash;           /* of its key */
    bool seen;               /* in this evaluation */
};

/* The findings of one rule. */
struct slot {
    char *plugin, *rule;
    struct finding *at;
    size_t n, cap;
    uint32_t *bucket; /* index + 1 by hash; 0: free */
    size_t buckets;
    int64_t run_ms, run_ns; /* wall clock of the rule's last evaluation, how long it took; 0 */
    bool failed;            /* that evaluation's query */
};

struct book {
    struct slot **slot;
    size_t n, cap;
    size_t findings;
};

void book_init(struct book *b);
void book_fini(struct book *b);

/* The rule's slot, made when it is not there and `make`. NULL: not there, or no memory. */
struct slot *book_slot(struct book *b, struct str plugin, struct str rule, bool make);
/* By key; NULL when it is not there. */
struct finding *slot_find(struct slot *s, struct str key);
/* Adds one that is not there. ERR_LIMIT, ERR_MEM. */
MUST_USE int slot_add(struct book *b, struct slot *s, struct str key, struct finding **out,
                      struct err *err);
/* By id, in all slots; NULL. */
struct finding *book_by_id(struct book *b, struct str id, struct slot **slot);
/* Takes a stored row: at start. */
MUST_USE int book_load(struct book *b, const struct alert_row *row, struct err *err);

/* What it is now: the draft, else the row. */
const struct alert_row *finding_now(const struct finding *f);
/* Makes `next` its draft, unless it is what the finding is already. */
MUST_USE int finding_draft(struct finding *f, const struct alert_row *next, struct err *err);

/* Drafts become rows; findings that are GONE leave. */
void book_accept(struct book *b);
/* Drafts are thrown away, new findings with them. */
void book_reject(struct book *b);

/* 16 hexadecimal digits and a NUL: the same for the same plugin, rule and key, always. */
void finding_id(struct str plugin, struct str rule, struct str key, char out[17]);

#endif
