/* SPDX-License-Identifier: MIT
 *
 * A dictionary: strings in chunks that never move, found through an open-addressing hash table.
 *
 * Layout: id -> chunk[id / 1024]->str[id % 1024]. The chunk directory has a fixed size, so a
 * reader that knows an id follows two pointers without a lock. `count` is stored with release
 * after the entry and loaded with acquire by dict_count; an id that reached a reader through a
 * published snapshot is covered by that publication.
 *
 * The table is looked at at random, so a look-up should touch one cache line: a slot holds what a
 * string of at most eight bytes is found by entirely (see key_of), and dict_intern_all asks for the
 * lines of a few strings before it looks at the first. */
#include "data/dict.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/hash.h"
#include "base/mem.h"

enum { CHUNK_STRINGS = 1024, CHUNKS_MAX = 16384, TABLE_MIN = 64, AHEAD = 32 };

/* `id` is the string's id + 1; 0: the slot is free. */
struct dict_slot {
    uint64_t key;
    uint32_t n;
    int32_t id;
};

struct dict_chunk {
    struct str str[CHUNK_STRINGS];
};

struct dict {
    enum mem_room room;
    atomic_int refs;
    pthread_mutex_t lock; /* owns table, mask, text; taken by find and intern */
    _Atomic int32_t count;
    uint32_t mask; /* table slots - 1 */
    struct dict_slot *table;
    struct arena text;
    struct dict_chunk *chunk[CHUNKS_MAX];
};

/* Strings of one length that are short have equal keys only when they are equal: the mix is a
 * bijection of their bytes. */
static uint64_t key_of(struct str s)
{
    return s.n <= 8 ? hash_mix(bytes8(s.p, s.n)) : hash64(s.p, s.n, 0);
}

int dict_new(enum mem_room room, struct dict **out, struct err *err)
{
    struct dict *d = mem_calloc(room, 1, sizeof(*d));
    struct dict_slot *table = mem_calloc(room, TABLE_MIN, sizeof(*table));
    if (!d || !table) {
        mem_free(room, d);
        mem_free(room, table);
        return err_set(err, ERR_MEM, "no memory for a dictionary");
    }
    d->table = table;
    d->room = room;
    d->mask = TABLE_MIN - 1;
    atomic_init(&d->refs, 1);
    atomic_init(&d->count, 0);
    pthread_mutex_init(&d->lock, NULL);
    arena_init(&d->text, room, 0);
    *out = d;
    return 0;
}

struct dict *dict_ref(struct dict *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void dict_unref(struct dict *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (int i = 0; i < CHUNKS_MAX && d->chunk[i]; i++) {
        mem_free(d->room, d->chunk[i]);
    }
    arena_fini(&d->text);
    mem_free(d->room, d->table);
    pthread_mutex_destroy(&d->lock);
    mem_free(d->room, d);
}

/* Slot of s, or the free slot where it belongs. */
static struct dict_slot *slot_of(const struct dict *d, struct str s, uint64_t key)
{
    uint32_t i = (uint32_t)key & d->mask;
    for (;;) {
        struct dict_slot *at = &d->table[i];
        bool same = at->key == key && at->n == s.n;
        if (at->id == 0 || (same && (s.n <= 8 || str_eq(dict_get(d, at->id - 1), s)))) {
            return at;
        }
        i = (i + 1) & d->mask;
    }
}

static int grow(struct dict *d)
{
    uint32_t slots = (d->mask + 1) * 2;
    struct dict_slot *table = mem_calloc(d->room, slots, sizeof(*table));
    if (!table) {
        return ERR_MEM;
    }
    for (uint32_t i = 0; i <= d->mask; i++) {
        if (d->table[i].id) {
            uint32_t to = (uint32_t)d->table[i].key & (slots - 1);
            while (table[to].id) {
                to = (to + 1) & (slots - 1);
            }
            table[to] = d->table[i];
        }
    }
    mem_free(d->room, d->table);
    d->table = table;
    d->mask = slots - 1;
    return 0;
}

/* Puts a new string behind the last id. The slot is free and the table has room. */
static int append(struct dict *d, struct str s, uint64_t key, struct dict_slot *slot, int32_t *id)
{
    int32_t n = atomic_load_explicit(&d->count, memory_order_relaxed);
    int32_t c = n / CHUNK_STRINGS;
    if (c >= CHUNKS_MAX) {
        return ERR_LIMIT;
    }
    if (!d->chunk[c]) {
        d->chunk[c] = mem_calloc(d->room, 1, sizeof(struct dict_chunk));
        if (!d->chunk[c]) {
            return ERR_MEM;
        }
    }
    struct str copy = str_copy(&d->text, s);
    if (!copy.p) {
        return ERR_MEM;
    }
    d->chunk[c]->str[n % CHUNK_STRINGS] = copy;
    *slot = (struct dict_slot){key, (uint32_t)s.n, n + 1};
    atomic_store_explicit(&d->count, n + 1, memory_order_release);
    *id = n;
    return 0;
}

static int intern_locked(struct dict *d, struct str s, uint64_t key, int32_t *id)
{
    struct dict_slot *slot = slot_of(d, s, key);
    if (slot->id) {
        *id = slot->id - 1;
        return 0;
    }
    if ((uint32_t)dict_count(d) >= (d->mask + 1) / 2) {
        TRY(grow(d));
        slot = slot_of(d, s, key);
    }
    return append(d, s, key, slot, id);
}

static int told(int rc, struct err *err)
{
    if (rc == ERR_LIMIT) {
        return err_set(err, rc, "more than %d different values in one column",
                       CHUNKS_MAX * CHUNK_STRINGS);
    }
    return rc < 0 ? err_set(err, rc, "no memory for a dictionary") : 0;
}

int dict_intern(struct dict *d, struct str s, int32_t *id, struct err *err)
{
    pthread_mutex_lock(&d->lock);
    int rc = intern_locked(d, s, key_of(s), id);
    pthread_mutex_unlock(&d->lock);
    return told(rc, err);
}

/* At most AHEAD strings, whose slots are asked for together. */
static int intern_few(struct dict *d, const struct str *s, size_t n, int32_t none, int32_t *id)
{
    uint64_t key[AHEAD];
    for (size_t i = 0; i < n; i++) {
        key[i] = s[i].n > 0 ? key_of(s[i]) : 0;
        __builtin_prefetch(&d->table[(uint32_t)key[i] & d->mask]);
    }
    for (size_t i = 0; i < n; i++) {
        id[i] = none;
        if (s[i].n > 0) {
            TRY(intern_locked(d, s[i], key[i], &id[i]));
        }
    }
    return 0;
}

int dict_intern_all(struct dict *d, const struct str *s, size_t n, int32_t none, int32_t *id,
                    struct err *err)
{
    int rc = 0;
    pthread_mutex_lock(&d->lock);
    for (size_t at = 0; at < n && rc == 0; at += AHEAD) {
        rc = intern_few(d, s + at, n - at < AHEAD ? n - at : AHEAD, none, id + at);
    }
    pthread_mutex_unlock(&d->lock);
    return told(rc, err);
}

int dict_intern_from(struct dict *d, const struct dict *from, int32_t *map, struct err *err)
{
    int32_t n = dict_count(from);
    for (int32_t at = 0; at < n; at += CHUNK_STRINGS) {
        size_t part = n - at < CHUNK_STRINGS ? (size_t)(n - at) : CHUNK_STRINGS;
        TRY(dict_intern_all(d, from->chunk[at / CHUNK_STRINGS]->str, part, -1, map + at, err));
    }
    return 0;
}

int32_t dict_find(struct dict *d, struct str s)
{
    pthread_mutex_lock(&d->lock);
    int32_t id = slot_of(d, s, key_of(s))->id - 1;
    pthread_mutex_unlock(&d->lock);
    return id;
}

struct str dict_get(const struct dict *d, int32_t id)
{
    ASSERT(id >= 0 && id < CHUNKS_MAX * CHUNK_STRINGS);
    return d->chunk[id / CHUNK_STRINGS]->str[id % CHUNK_STRINGS];
}

int32_t dict_count(const struct dict *d)
{
    return atomic_load_explicit(&d->count, memory_order_acquire);
}
