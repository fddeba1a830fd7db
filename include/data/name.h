/* SPDX-License-Identifier: MIT
 *
 * Names as people write them, in two scripts, made comparable. A key folds what does not change
 * the meaning of a name: ASCII case, runs of white space and punctuation (to one space), the two
 * spellings of a nukta letter (U+095D and U+0922 U+093C), zero-width joiners, Latin letters with
 * marks are left alone. Two names are the same name when their keys are equal. */
#ifndef DATA_NAME_H
#define DATA_NAME_H

#include "base/mem.h"
#include "base/str.h"

enum { NAME_KEY_BYTES_MAX = 512 };

/* Writes the key of `name` into out (NAME_KEY_BYTES_MAX bytes), cut there if longer. */
struct str name_key(struct str name, char *out);

#endif
