/* SPDX-License-Identifier: MIT
 *
 * Finding functions by name. */
#include "fn.h"

/* Functions with rules of their own (bind_fn.c). */
static const struct fn_def fns_special[] = {
    {"IF", NULL, {NULL, NULL, false}},
    {"COALESCE", NULL, {NULL, NULL, false}},
    {"IFNULL", NULL, {NULL, NULL, false}},
    {"NULLIF", NULL, {NULL, NULL, false}},
    {"LEAST", NULL, {NULL, NULL, false}},
    {"GREATEST", NULL, {NULL, NULL, false}},
    {"DATE_TRUNC", NULL, {NULL, NULL, false}},
    {"DATE_ADD", NULL, {NULL, NULL, false}},
    {"DATE_SUB", NULL, {NULL, NULL, false}},
    {"DATE_DIFF", NULL, {NULL, NULL, false}},
    {"CHILD_OF", NULL, {NULL, NULL, false}},
    {"IN_PLACE", NULL, {NULL, NULL, false}},
    {"DATE", NULL, {NULL, NULL, false}},
    {"DATE_BUCKET", NULL, {NULL, NULL, false}},
    {"LAST_DAY", NULL, {NULL, NULL, false}},
    {"NORMALIZE", NULL, {NULL, NULL, false}},
    {"NORMALIZE_AND_CASEFOLD", NULL, {NULL, NULL, false}},
    {NULL, NULL, {NULL, NULL, false}},
};

static const struct fn_def *const tables[] = {fns_special, fns_num, fns_text, fns_unicode,
                                              fns_date};

const struct fn_def *fn_find(struct str name)
{
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct fn_def *f = tables[t]; f->name != NULL; f++)
            if (str_eq_nocase(name, str_of(f->name)))
                return f;
    return NULL;
}

void fn_near(struct str name, struct near_list *near)
{
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct fn_def *f = tables[t]; f->name != NULL; f++)
            near_offer(near, name, str_of(f->name));
}

void fn_words(word_fn *fn, void *ctx)
{
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct fn_def *f = tables[t]; f->name != NULL; f++)
            fn(ctx, WORD_FUNCTION, f->name);
}
