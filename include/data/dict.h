/* SPDX-License-Identifier: MIT
 *
 * A dictionary of strings: ids 0, 1, 2, ... in order of first appearance, never removed.
 *
 * Threads: one writer (dict_intern), any number of readers. dict_get of an id that was published
 * to the reader takes no lock; dict_find and dict_intern take the dictionary's mutex. Strings stay
 * where they are for the life of the dictionary. */
#ifndef DATA_DICT_H
#define DATA_DICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct dict;

MUST_USE int dict_new(enum mem_room room, struct dict **out, struct err *err);
struct dict *dict_ref(struct dict *d);
void dict_unref(struct dict *d); /* NULL is fine */

/* Id of s, added when new. */
MUST_USE int dict_intern(struct dict *d, struct str s, int32_t *id, struct err *err);
/* Ids of many at once, cheaper than one by one; strings of no bytes get `none`. After a failure
 * some may have been added. */
MUST_USE int dict_intern_all(struct dict *d, const struct str *s, size_t n, int32_t none,
                             int32_t *id, struct err *err);
/* The ids of all strings of `from`, which nobody writes to: map[dict_count(from)], by its ids. */
MUST_USE int dict_intern_from(struct dict *d, const struct dict *from, int32_t *map,
                              struct err *err);
/* Id of s, or -1. */
int32_t dict_find(struct dict *d, struct str s);
/* id < dict_count; NUL-terminated. */
struct str dict_get(const struct dict *d, int32_t id);
int32_t dict_count(const struct dict *d);

#endif
