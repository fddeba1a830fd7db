/* SPDX-License-Identifier: MIT
 *
 * The book of findings: a hash of rule and key. Drafts belong to one evaluation and are gone, one
 * way or the other, before the next one begins. */
#include "book.h"

#include <string.h>

#include "base/hash.h"
#include "base/limits.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for alerts");
}

void book_init(struct book *b)
{
    *b = (struct book){.n = 0};
}

static void slot_free(struct slot *s)
{
    for (size_t i = 0; i < s->n; i++) {
        mem_free(MEM_ALERT, s->at[i].row);
        mem_free(MEM_ALERT, s->at[i].draft);
    }
    mem_free(MEM_ALERT, s->at);
    mem_free(MEM_ALERT, s->bucket);
    mem_free(MEM_ALERT, s->plugin);
    mem_free(MEM_ALERT, s->rule);
    mem_free(MEM_ALERT, s);
}

void book_fini(struct book *b)
{
    for (size_t i = 0; i < b->n; i++)
        slot_free(b->slot[i]);
    mem_free(MEM_ALERT, b->slot);
    book_init(b);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static char *dup(struct str s)
{
    char *p = mem_alloc(MEM_ALERT, s.n + 1);
    if (p != NULL) {
        memcpy(p, s.n ? s.p : "", s.n);
        p[s.n] = '\0';
    }
    return p;
}

static bool slots_grow(struct book *b)
{
    struct slot **grown = mem_grown(MEM_ALERT, b->slot, b->n, &b->cap, sizeof(struct slot *));
    if (grown == NULL)
        return false;
    b->slot = grown;
    return true;
}

static struct slot *slot_new(struct book *b, struct str plugin, struct str rule)
{
    struct slot *s = slots_grow(b) ? mem_calloc(MEM_ALERT, 1, sizeof *s) : NULL;
    if (s == NULL)
        return NULL;
    s->plugin = dup(plugin);
    s->rule = dup(rule);
    if (s->plugin == NULL || s->rule == NULL) {
        slot_free(s);
        return NULL;
    }
    b->slot[b->n++] = s;
    return s;
}

struct slot *book_slot(struct book *b, struct str plugin, struct str rule, bool make)
{
    for (size_t i = 0; i < b->n; i++)
        if (str_eq(str_of(b->slot[i]->plugin), plugin) && str_eq(str_of(b->slot[i]->rule), rule))
            return b->slot[i];
    return make ? slot_new(b, plugin, rule) : NULL;
}

/* ---- findings -------------------------------------------------------------------------------- */

const struct alert_row *finding_now(const struct finding *f)
{
    return f->draft != NULL ? f->draft : f->row;
}

static uint64_t key_hash(struct str key)
{
    return hash64(key.p, key.n, 0);
}

/* Where the key is, or would go. */
static size_t probe(const struct slot *s, struct str key, uint64_t hash)
{
    size_t at = (size_t)hash & (s->buckets - 1);
    while (s->bucket[at] != 0) {
        const struct finding *f = &s->at[s->bucket[at] - 1];
        if (f->hash == hash && str_eq(finding_now(f)->key, key))
            break;
        at = (at + 1) & (s->buckets - 1);
    }
    return at;
}

struct finding *slot_find(struct slot *s, struct str key)
{
    if (s->buckets == 0)
        return NULL;
    size_t at = probe(s, key, key_hash(key));
    return s->bucket[at] != 0 ? &s->at[s->bucket[at] - 1] : NULL;
}

static void rehash(struct slot *s)
{
    if (s->buckets == 0)
        return;
    memset(s->bucket, 0, s->buckets * sizeof *s->bucket);
    for (size_t i = 0; i < s->n; i++) {
        size_t at = (size_t)s->at[i].hash & (s->buckets - 1);
        while (s->bucket[at] != 0)
            at = (at + 1) & (s->buckets - 1);
        s->bucket[at] = (uint32_t)i + 1;
    }
}

/* Room for one more, the buckets at most half full. */
static int slot_grow(struct slot *s, struct err *err)
{
    if (s->n < s->cap)
        return 0;
    size_t cap = s->cap > 0 ? s->cap * 2 : 16;
    struct finding *at = mem_realloc(MEM_ALERT, s->at, cap * sizeof *at);
    if (at == NULL)
        return no_memory(err);
    s->at = at;
    uint32_t *bucket = mem_realloc(MEM_ALERT, s->bucket, cap * 2 * sizeof *bucket);
    if (bucket == NULL)
        return no_memory(err);
    s->bucket = bucket;
    s->buckets = cap * 2;
    s->cap = cap;
    rehash(s);
    return 0;
}

void finding_id(struct str plugin, struct str rule, struct str key, char out[17])
{
    struct sha256 h;
    unsigned char digest[32];
    char hex[65];
    sha256_init(&h);
    sha256_add(&h, plugin.p, plugin.n);
    sha256_add(&h, "", 1);
    sha256_add(&h, rule.p, rule.n);
    sha256_add(&h, "", 1);
    sha256_add(&h, key.p, key.n);
    sha256_end(&h, digest);
    hex_encode(digest, sizeof digest, hex);
    memcpy(out, hex, 16);
    out[16] = '\0';
}

/* Its draft says only what it is about; the evaluation replaces it at once. */
static struct alert_row *blank(const struct slot *s, struct str key)
{
    char id[17];
    finding_id(str_of(s->plugin), str_of(s->rule), key, id);
    struct alert_row row = {
        .id = str_of(id),
        .plugin = str_of(s->plugin),
        .rule = str_of(s->rule),
        .key = key,
        .times = {ALERT_GONE, ALERT_NEVER, ALERT_NEVER, ALERT_NEVER, ALERT_NEVER},
        .told_level = -1,
    };
    return alert_row_copy(&row);
}

static int add(struct book *b, struct slot *s, struct alert_row *row, struct alert_row *draft,
               struct finding **out, struct err *err)
{
    struct str key = row != NULL ? row->key : draft->key;
    if (b->findings >= ALERT_FINDINGS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d findings", ALERT_FINDINGS_MAX);
    TRY(slot_grow(s, err));
    uint64_t hash = key_hash(key);
    size_t at = probe(s, key, hash);
    ASSERT(s->bucket[at] == 0);
    s->bucket[at] = (uint32_t)s->n + 1;
    *out = &s->at[s->n++];
    **out = (struct finding){.row = row, .draft = draft, .hash = hash};
    b->findings++;
    return 0;
}

int slot_add(struct book *b, struct slot *s, struct str key, struct finding **out, struct err *err)
{
    struct alert_row *draft = blank(s, key);
    if (draft == NULL)
        return no_memory(err);
    int rc = add(b, s, NULL, draft, out, err);
    if (rc < 0)
        mem_free(MEM_ALERT, draft);
    return rc;
}

int book_load(struct book *b, const struct alert_row *stored, struct err *err)
{
    struct finding *f;
    struct slot *s = book_slot(b, stored->plugin, stored->rule, true);
    struct alert_row *row = s != NULL ? alert_row_copy(stored) : NULL;
    if (row == NULL)
        return no_memory(err);
    int rc = add(b, s, row, NULL, &f, err);
    if (rc < 0)
        mem_free(MEM_ALERT, row);
    return rc;
}

struct finding *book_by_id(struct book *b, struct str id, struct slot **slot)
{
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->slot[i]->n; k++) {
            if (!str_eq(finding_now(&b->slot[i]->at[k])->id, id))
                continue;
            *slot = b->slot[i];
            return &b->slot[i]->at[k];
        }
    }
    return NULL;
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static bool same_texts(const struct alert_row *a, const struct alert_row *b)
{
    return str_eq(a->message, b->message) && str_eq(a->message_hi, b->message_hi) &&
           str_eq(a->severity, b->severity) && str_eq(a->ack_by, b->ack_by) &&
           str_eq(a->ack_reason, b->ack_reason);
}

static bool same_times(const struct alert_times *a, const struct alert_times *b)
{
    return a->state == b->state && a->since == b->since && a->fired_at == b->fired_at &&
           a->absent_from == b->absent_from && a->resolved_at == b->resolved_at;
}

/* But for the snapshot: seeing a finding once more changes nothing of it. */
static bool same(const struct alert_row *a, const struct alert_row *b)
{
    return same_times(&a->times, &b->times) && same_texts(a, b) && a->by_clock == b->by_clock &&
           a->level == b->level && a->place_level == b->place_level &&
           a->place_code == b->place_code && a->since_ms == b->since_ms &&
           a->fired_ms == b->fired_ms && a->resolved_ms == b->resolved_ms &&
           a->ack_ms == b->ack_ms && a->ack_until_ms == b->ack_until_ms &&
           a->escalated_ms == b->escalated_ms && a->told_ms == b->told_ms &&
           a->told_level == b->told_level;
}

int finding_draft(struct finding *f, const struct alert_row *next, struct err *err)
{
    if (same(finding_now(f), next))
        return 0;
    struct alert_row *draft = alert_row_copy(next);
    if (draft == NULL)
        return no_memory(err);
    mem_free(MEM_ALERT, f->draft);
    f->draft = draft;
    return 0;
}

static void settle(struct book *b, struct slot *s, bool accept)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct finding f = s->at[i];
        struct alert_row *drop = accept && f.draft != NULL ? f.row : f.draft;
        f.row = accept && f.draft != NULL ? f.draft : f.row;
        f.draft = NULL;
        mem_free(MEM_ALERT, drop);
        if (f.row == NULL || f.row->times.state == ALERT_GONE) {
            mem_free(MEM_ALERT, f.row);
            b->findings--;
            continue;
        }
        s->at[n++] = f;
    }
    if (n < s->n) {
        s->n = n;
        rehash(s);
    }
}

void book_accept(struct book *b)
{
    for (size_t i = 0; i < b->n; i++)
        settle(b, b->slot[i], true);
}

void book_reject(struct book *b)
{
    for (size_t i = 0; i < b->n; i++)
        settle(b, b->slot[i], false);
}
