/* SPDX-License-Identifier: MIT
 *
 * The account: an open table with a row for each batch of the ledger, into which all rows that are
 * held are counted. */
#include "damage.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"

void damage_fini(struct damage *d)
{
    mem_free(MEM_STORE, d->at);
    mem_free(MEM_STORE, d->loss);
    *d = (struct damage){.n = 0};
}

/* Where it is, or would be. */
static size_t place_of(const struct damage *d, bool slab, uint64_t id)
{
    size_t from = 0, to = d->n;
    while (from < to) {
        size_t i = from + (to - from) / 2;
        bool before = d->at[i].slab != slab ? !d->at[i].slab : d->at[i].id < id;
        *(before ? &from : &to) = before ? i + 1 : i;
    }
    return from;
}

static bool is_at(const struct damage *d, size_t i, bool slab, uint64_t id)
{
    return i < d->n && d->at[i].slab == slab && d->at[i].id == id;
}

int damage_add(struct damage *d, const struct damaged *part, struct err *err)
{
    size_t i = place_of(d, part->slab, part->id);
    if (is_at(d, i, part->slab, part->id))
        return 0;
    struct damaged *more = mem_grown(MEM_STORE, d->at, d->n, &d->cap, sizeof *more);
    if (more == NULL)
        return err_set(err, ERR_MEM, "no memory for the parts that are damaged");
    d->at = more;
    memmove(&d->at[i + 1], &d->at[i], (d->n - i) * sizeof *d->at);
    d->at[i] = *part;
    d->n++;
    return 0;
}

bool damage_has(const struct damage *d, bool slab, uint64_t id)
{
    return is_at(d, place_of(d, slab, id), slab, id);
}

void damage_settle(struct damage *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++)
        if (d->at[i].counted)
            d->at[kept++] = d->at[i];
    d->n = kept;
}

uint64_t damage_mark(const struct damage *d)
{
    uint64_t h = 0;
    for (size_t i = 0; i < d->n; i++) {
        uint64_t facts[2] = {d->at[i].slab, d->at[i].id};
        h = hash64(facts, sizeof facts, h + 1);
    }
    int64_t sums[2] = {d->rows, d->registrations};
    return d->n == 0 && d->losses == 0 ? 0 : hash64(sums, sizeof sums, h) | 1;
}

/* ---- the account ----------------------------------------------------------------------------- */

struct tally {
    const struct batch_note *note;
    int64_t rows, registrations;
};

struct account {
    const struct batch_note *batch;
    size_t batches;
    int64_t rows, registrations; /* held, those that name no batch included */
    size_t mask;
    struct tally *at;
};

static struct tally *find(const struct account *a, int32_t source, int32_t batch)
{
    uint64_t key = (uint64_t)(uint32_t)source << 32 | (uint32_t)batch;
    size_t i = (size_t)hash_mix(key) & a->mask;
    while (a->at[i].note != NULL &&
           (a->at[i].note->source != source || a->at[i].note->batch != batch))
        i = (i + 1) & a->mask;
    return &a->at[i];
}

int account_new(const struct batch_note *batch, size_t batches, struct account **out,
                struct err *err)
{
    size_t cap = 16;
    while (cap < batches * 2)
        cap *= 2;
    struct account *a = mem_calloc(MEM_STORE, 1, sizeof *a);
    struct tally *at = mem_calloc(MEM_STORE, cap, sizeof *at);
    if (a == NULL || at == NULL) {
        mem_free(MEM_STORE, a);
        mem_free(MEM_STORE, at);
        return err_set(err, ERR_MEM, "no memory to compare the batches with the ledger");
    }
    *a = (struct account){.batch = batch, .batches = batches, .mask = cap - 1, .at = at};
    for (size_t i = 0; i < batches; i++)
        find(a, batch[i].source, batch[i].batch)->note = &batch[i];
    *out = a;
    return 0;
}

void account_free(struct account *a)
{
    if (a == NULL)
        return;
    mem_free(MEM_STORE, a->at);
    mem_free(MEM_STORE, a);
}

static void add(struct account *a, int32_t source, int32_t batch, int64_t rows,
                int64_t registrations)
{
    struct tally *t = find(a, source, batch);
    a->rows += rows;
    a->registrations += registrations;
    if (t->note == NULL)
        return; /* a bulk load that does not say whose its rows are */
    t->rows += rows;
    t->registrations += registrations;
}

void account_seg(struct account *a, const struct seg *seg)
{
    const struct seg_col *source = &seg->attr[ATTR_SOURCE], *batch = &seg->attr[ATTR_BATCH];
    add(a, source->present ? source->base : ATTR_NULL, batch->present ? batch->base : ATTR_NULL,
        (int64_t)seg->rows, seg->registrations);
}

enum { LOOK_ROWS = 256 };

static void account_rows(struct account *a, const struct slab *b, const struct slab_group *g,
                         uint64_t first, size_t n)
{
    int32_t source[LOOK_ROWS], batch[LOOK_ROWS], count[LOOK_ROWS];
    slab_unpack(&b->attr[ATTR_SOURCE], g, first, n, source);
    slab_unpack(&b->attr[ATTR_BATCH], g, first, n, batch);
    if (b->weighted)
        slab_unpack(&b->count, g, first, n, count);
    for (size_t i = 0; i < n;) {
        size_t end = i;
        int64_t sum = 0;
        for (; end < n && source[end] == source[i] && batch[end] == batch[i]; end++)
            sum += b->weighted ? count[end] : 1;
        add(a, source[i], batch[i], (int64_t)(end - i), sum);
        i = end;
    }
}

void account_slab(struct account *a, const struct slab *slab)
{
    for (uint32_t k = 0; k < slab->groups; k++) {
        const struct slab_group *g = &slab->group[k];
        for (uint64_t row = g->first_row; row < g[1].first_row;) {
            uint64_t left = g[1].first_row - row;
            size_t n = left < LOOK_ROWS ? (size_t)left : LOOK_ROWS;
            account_rows(a, slab, g, row, n);
            row += n;
        }
    }
}

static int push(struct damage *d, const struct loss *x, size_t *cap, struct err *err)
{
    struct loss *p = mem_grown(MEM_STORE, d->loss, d->losses, cap, sizeof *p);
    if (p == NULL)
        return err_set(err, ERR_MEM, "no memory for the batches that are damaged");
    d->loss = p;
    d->loss[d->losses++] = *x;
    d->rows += x->rows;
    d->registrations += x->registrations;
    return 0;
}

/* Rows that name no batch are some bulk load's, which then seems to lack them. */
int account_close(const struct account *a, const struct retraction_set *gone, struct damage *d,
                  struct err *err)
{
    size_t cap = d->losses;
    int64_t rows = -a->rows, registrations = -a->registrations;
    for (size_t i = 0; i < a->batches; i++) {
        const struct batch_note *n = &a->batch[i];
        const struct tally *t = find(a, n->source, n->batch);
        struct loss x = {n->source, n->batch, n->accepted - t->rows,
                         n->registrations - t->registrations};
        rows += n->accepted;
        registrations += n->registrations;
        if (x.rows < 0)
            return err_set(err, ERR_CORRUPT,
                           "the ledger acknowledged %lld rows of a batch, and %lld are held",
                           (long long)n->accepted, (long long)t->rows);
        if ((x.rows != 0 || x.registrations != 0) &&
            retraction_find(gone, n->source, n->batch) == NULL)
            TRY(push(d, &x, &cap, err));
    }
    if (d->losses == 1 && gone == NULL) { /* the sums are right where a batch has unnamed rows */
        d->loss[0].rows = d->rows = rows;
        d->loss[0].registrations = d->registrations = registrations;
    }
    return 0;
}

int damage_account(struct damage *d, const struct held *held, const struct batch_note *batch,
                   size_t batches, const struct retraction_set *gone, struct err *err)
{
    struct account *a;
    TRY(account_new(batch, batches, &a, err));
    for (size_t i = 0; i < held->segs; i++)
        account_seg(a, held->seg[i]);
    for (size_t i = 0; i < held->slabs; i++)
        account_slab(a, held->slab[i]);
    int rc = account_close(a, gone, d, err);
    account_free(a);
    return rc;
}

/* ---- telling --------------------------------------------------------------------------------- */

static void print_place(const struct snap *s, uint32_t id, struct buf *out)
{
    uint32_t order = place_order(s->tree, id);
    if (order == PLACE_NONE)
        buf_printf(out, "place id %u", id);
    else
        buf_printf(out, "%.*s (%lld)", STR_ARG(s->tree->at[order].name),
                   (long long)s->tree->at[order].code);
}

static void print_part(const struct damaged *p, const struct snap *s, struct buf *out)
{
    char from[16], to[16];
    date_format(p->day_min, from);
    date_format(p->day_max, to);
    buf_printf(out, "%s %llu is damaged: %lld rows of %s to %s", p->slab ? "slab" : "segment",
               (unsigned long long)p->id, (long long)p->rows, from, to);
    if (p->place_first != 0) {
        buf_cstr(out, ", from ");
        print_place(s, p->place_first, out);
        buf_cstr(out, " to ");
        print_place(s, p->place_last, out);
    }
    buf_printf(out, " (%s)%s\n", p->why,
               p->counted ? "; they are in memory and counted until the next start" : "");
}

enum { LOSSES_TOLD = 1000 };

void damage_print(const struct damage *d, const struct snap *s, struct buf *out)
{
    for (size_t i = 0; i < d->n && i < DAMAGED_TOLD; i++)
        print_part(&d->at[i], s, out);
    if (d->n > DAMAGED_TOLD)
        buf_printf(out, "and %zu parts more\n", d->n - DAMAGED_TOLD);
    for (size_t i = 0; i < d->losses && i < LOSSES_TOLD; i++)
        buf_printf(out,
                   "batch \"%.*s\" of \"%.*s\": %lld rows with %lld registrations are missing\n",
                   STR_ARG(dict_get(s->dict[ATTR_BATCH], d->loss[i].batch)),
                   STR_ARG(dict_get(s->dict[ATTR_SOURCE], d->loss[i].source)),
                   (long long)d->loss[i].rows, (long long)d->loss[i].registrations);
    if (d->losses > 0)
        buf_printf(
            out,
            "%lld registrations of %zu batches are not counted. To mend it, restore a backup "
            "(panji restore), or retract these batches and import them again under new "
            "ids\n",
            (long long)d->registrations, d->losses);
    else if (d->n > 0)
        buf_cstr(out, "no registrations are missing by it\n");
}
