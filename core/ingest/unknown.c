/* SPDX-License-Identifier: MIT
 *
 * Counting unknown words: a table by (role, place, word). Near names are looked for at the end,
 * once for each word that will be shown. */
#include "unknown.h"

#include <stdlib.h>

#include "base/digits.h"
#include "base/hash.h"

enum { SLOTS = 1 << 11, EXPLAINED_MAX = 200 };
STATIC_ASSERT(SLOTS >= 2 * UNKNOWN_WORDS_MAX, "the table stays half empty");

void unknown_init(struct unknown *u)
{
    *u = (struct unknown){.word = NULL};
}

void unknown_fini(struct unknown *u)
{
    mem_free(MEM_INGEST, u->word);
    mem_free(MEM_INGEST, u->slot);
    unknown_init(u);
}

const struct list *role_list(int role)
{
    if (role == ROLE_SECTOR)
        return &list_sectors;
    return role >= ROLE_ATTR ? schema_in_use()->attr[role - ROLE_ATTR].list : NULL;
}

bool unknown_role(int role)
{
    return role <= ROLE_PANCHAYAT || role_list(role) != NULL;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the unknown words of the file");
}

static bool same(const struct unknown_word *w, const struct unknown_seen *seen, struct str word)
{
    return w->role == seen->role && w->within == seen->within && str_eq(w->word, word);
}

static int make_room(struct unknown *u, struct err *err)
{
    if (u->slot == NULL)
        u->slot = mem_calloc(MEM_INGEST, SLOTS, sizeof *u->slot);
    if (u->slot == NULL)
        return no_memory(err);
    struct unknown_word *more = mem_grown(MEM_INGEST, u->word, u->n, &u->cap, sizeof *more);
    if (more == NULL)
        return no_memory(err);
    u->word = more;
    return 0;
}

/* A word as it is kept: without long numbers, and not longer than any name is. */
static struct str kept(struct str word, char out[NAME_BYTES_MAX])
{
    return (struct str){out, digits_hide(utf8_prefix(word, NAME_BYTES_MAX), out)};
}

int unknown_add(struct unknown *u, struct arena *mem, const struct unknown_seen *seen,
                struct err *err)
{
    char text[NAME_BYTES_MAX];
    struct str word = kept(seen->word, text);
    TRY(make_room(u, err));
    uint64_t hash = hash64(word.p, word.n, (uint64_t)seen->role << 32 | seen->within);
    size_t i = hash & (SLOTS - 1);
    for (; u->slot[i] != 0; i = (i + 1) & (SLOTS - 1)) {
        struct unknown_word *w = &u->word[u->slot[i] - 1];
        if (same(w, seen, word)) {
            w->rows++;
            return 0;
        }
    }
    if (u->n == UNKNOWN_WORDS_MAX) {
        u->further++;
        return 0;
    }
    struct str copy = str_copy(mem, word);
    if (copy.p == NULL)
        return no_memory(err);
    u->word[u->n++] = (struct unknown_word){
        .role = seen->role, .within = seen->within, .line = seen->line, .word = copy, .rows = 1};
    u->slot[i] = (uint32_t)u->n;
    return 0;
}

static int word_cmp(const void *pa, const void *pb)
{
    const struct unknown_word *a = pa;
    const struct unknown_word *b = pb;
    if (a->role != b->role)
        return a->role < b->role ? -1 : 1;
    if (a->rows != b->rows)
        return a->rows > b->rows ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return str_cmp(a->word, b->word);
}

void unknown_end(struct unknown *u, const struct place_tree *tree)
{
    if (u->n > 1)
        qsort(u->word, u->n, sizeof *u->word, word_cmp);
    for (size_t i = 0; i < u->n && i < EXPLAINED_MAX; i++) {
        struct unknown_word *w = &u->word[i];
        near_init(&w->near);
        if (w->role <= ROLE_PANCHAYAT) {
            place_near(tree, role_level(w->role), w->within, w->word, &w->near);
            continue;
        }
        list_near(role_list(w->role), w->word, &w->near);
        if (w->near.n == 0)
            list_near_alias(role_list(w->role), w->word, &w->near);
    }
}
