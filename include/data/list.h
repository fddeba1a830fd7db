/* SPDX-License-Identifier: MIT
 *
 * Lists of coded values with names in English and Hindi: the portal's thirty sectors, and the
 * allowed values of attributes such as gender. Immutable; those below live as long as the process,
 * declared ones as long as their schema. */
#ifndef DATA_LIST_H
#define DATA_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/near.h"
#include "base/str.h"

struct list_item {
    int64_t code;
    const char *name;    /* what it prints as in English */
    const char *name_hi; /* in Hindi */
    const char *aliases; /* other spellings, either script, separated by '|' */
    bool retired;        /* stays readable, and is no longer accepted */
};

struct list {
    const char *name; /* "sectors" */
    size_t n;
    const struct list_item *items;
};

/* Index of the item whose code, name or alias (by name_key) is `text`; -1 when there is none. */
int list_find(const struct list *l, struct str text);
int list_find_code(const struct list *l, int64_t code);
void list_near(const struct list *l, struct str text, struct near_list *out);
/* The names that are accepted, "F, M, O", as far as they fit. */
enum { LIST_NAMES_BYTES = 160 };
void list_allowed(const struct list *l, char out[LIST_NAMES_BYTES]);
/* The same of aliases. */
void list_near_alias(const struct list *l, struct str text, struct near_list *out);
struct str list_item_name(const struct list *l, int64_t index, bool hindi);

/* The portal's sectors in alphabetical order, codes 1..30, Agriculture first. Index = code - 1. */
extern const struct list list_sectors;
extern const struct list list_gender;   /* codes 0 F, 1 M, 2 O */
extern const struct list list_category; /* 0 OBC, 1 GEN, 2 SC, 3 ST */
extern const struct list list_channel;  /* 0 CSC, 1 SELF, 2 SSK, 3 UMANG */

#endif
