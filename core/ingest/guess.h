/* SPDX-License-Identifier: MIT
 *
 * The type that all values of a column have: what a planner's file does not say itself. */
#ifndef INGEST_GUESS_H
#define INGEST_GUESS_H

#include "aadhaar.h"
#include "data/value.h"

struct guess {
    unsigned ruled_out; /* bit t: not all values so far are of enum type t */
    uint32_t values;    /* looked at; empty ones are none */
    /* The value at which a column of something else became one of texts. */
    enum type before; /* what it was; TYPE_STRING: it never was anything else */
    uint32_t line;
    char value[AADHAAR_SHOWN_BYTES + 1]; /* as it may be shown */
};

void guess_init(struct guess *g);
/* A trimmed value, not empty. */
void guess_look(struct guess *g, struct str value, uint32_t line);
/* INT64, FLOAT64, BOOL or DATE where every value reads as one, else STRING. */
enum type guess_type(const struct guess *g);

/* A value of a type from text: 0, or ERR_VALUE with the reason. Not for places and coded ones. */
MUST_USE int value_read(enum type type, struct str text, struct value *out, struct err *err);

#endif
