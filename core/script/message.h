/* SPDX-License-Identifier: MIT
 *
 * Messages: templates with {column} in braces, filled from a row as people read figures: counts
 * grouped the Indian way, per cents with their sign, days with the name of the month. */
#ifndef SCRIPT_MESSAGE_H
#define SCRIPT_MESSAGE_H

#include "base/buf.h"
#include "data/frame.h"
#include "data/place.h"

struct message_style {
    const int *decimals; /* by column, of FLOAT64; -1: one */
    const bool *percent;
};

/* The next {name} at or behind *at: its name, with *at behind it and *start on its brace. false
 * when there is none. `{{` stands for a brace. */
bool message_next(struct str template, size_t *at, size_t *start, struct str *name);
/* Fills the template from one row. A name that is no column stays as it is. */
void message_fill(struct str template, const struct frame *f, size_t row,
                  const struct message_style *style, const struct place_tree *tree, bool hindi,
                  struct buf *out);

#endif
