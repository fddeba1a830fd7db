/* SPDX-License-Identifier: MIT
 *
 * The plain way to answer: an array of rows, gone through once for each question. A question is
 * made at random, written as a query, and answered here by loops alone. */
#ifndef TEST_QUERY_PLAIN_H
#define TEST_QUERY_PLAIN_H

#include "../data/random_rows.h"

#include "base/buf.h"
#include "base/limits.h"
#include "data/snap.h"

enum {
    STATE,
    DISTRICT,
    BLOCK,
    PANCHAYAT,
    SECTOR,
    DATE,
    MONTH,
    GENDER,
    AGE,
    CENTRE,
    SOURCE,
    BATCH,
    COLUMNS
};
enum { KEYS_MAX = 3, FILTERS_MAX = 3, IDS_MAX = 4096 };
#define NONE INT64_MIN

static const char *const column_names[COLUMNS] = {
    "state_code", "district_code", "block_code", "panchayat_code", "sector_code", "date",
    "month",      "gender",        "age",        "centre",         "source",      "batch"};
static const char *const plain_sources[] = {"csc", "camp", "portal"};

/* A row; numbers stand for texts, NONE is NULL. */
struct plain_row {
    uint32_t place; /* stable id */
    int32_t count;
    int id;                 /* of the registration; 0: none */
    size_t taken;           /* 1 + the row that this one takes off; 0: none */
    int64_t value[COLUMNS]; /* but for places, which the tree tells */
};

struct plain_batch {
    int source, id; /* which together are the key */
    size_t first, rows;
    int64_t registrations;
    int64_t received_ms, retracted_ms; /* 0: it counts */
    bool correction;
    bool with_ids;
    size_t part_of; /* 1 + the batch with which it came and goes; 0: it stands alone */
    uint32_t content;
};

struct plain {
    struct plain_row *row;
    size_t rows;
    struct plain_batch *batch; /* in order of commit; their rows follow each other */
    size_t batches;
};

struct filter {
    int col;
    int64_t lo, hi;
};

/* What a question is made for: the cube's columns, counts of any (bit planes), all aggregates. */
enum made_for { FOR_CUBE, FOR_PLANES, FOR_ROWS };

struct question {
    enum made_for made_for;
    int key[KEYS_MAX];
    size_t keys;
    struct filter filter[FILTERS_MAX];
    size_t filters;
    int64_t countif; /* COUNTIF(date >= ...) */
    int32_t as_of;   /* DAY_NONE: now */
};

/* Batches are called b0, b1, ...; those that came with another have the name that they were given.
 */
enum { GIVEN_FIRST = 1000000, GIVEN_MAX = 512 };
static char plain_given[GIVEN_MAX][BATCH_ID_BYTES_MAX + 1];

static inline void plain_name(int64_t id, char out[BATCH_ID_BYTES_MAX + 1])
{
    if (id >= GIVEN_FIRST)
        memcpy(out, plain_given[id - GIVEN_FIRST], BATCH_ID_BYTES_MAX + 1);
    else
        snprintf(out, BATCH_ID_BYTES_MAX + 1, "b%d", (int)id);
}

static inline int32_t plain_ist_day(int64_t ms)
{
    return (int32_t)((ms + 19800000) / 86400000);
}

static inline bool plain_counts(const struct plain_batch *b, int32_t as_of)
{
    if (as_of == DAY_NONE)
        return b->retracted_ms == 0;
    return plain_ist_day(b->received_ms) <= as_of &&
           (b->retracted_ms == 0 || plain_ist_day(b->retracted_ms) > as_of);
}

/* ---- values ---- */

static inline int64_t place_code(const struct place_tree *t, uint32_t id, enum place_level level)
{
    uint32_t o = place_order(t, id);
    while (o != PLACE_NONE && t->at[o].level > level)
        o = t->at[o].parent;
    return o != PLACE_NONE && t->at[o].level == level ? t->at[o].code : NONE;
}

static inline int64_t plain_value(const struct place_tree *t, const struct plain_row *r, int col)
{
    if (col <= PANCHAYAT)
        return place_code(t, r->place, (enum place_level)(PLACE_STATE + col));
    if (col == MONTH)
        return date_trunc((int32_t)r->value[DATE], DATE_PART_MONTH, 4);
    return r->value[col];
}

static inline void put_value(struct buf *out, int col, int64_t v, bool quoted)
{
    char day[16];
    const char *q = quoted ? "'" : "";
    if (v == NONE)
        return;
    if (col == DATE || col == MONTH) {
        date_format((int32_t)v, day);
        buf_printf(out, "%s%s%s", q, day, q);
    } else if (col == GENDER) {
        buf_printf(out, "%s%s%s", q, list_gender.items[v].name, q);
    } else if (col == CENTRE) {
        buf_printf(out, "%sC%lld%s", q, (long long)v, q);
    } else if (col == SOURCE) {
        buf_printf(out, "%s%s%s", q, plain_sources[v], q);
    } else if (col == BATCH) {
        char name[BATCH_ID_BYTES_MAX + 1];
        plain_name(v, name);
        buf_printf(out, "%s%s%s", q, name, q);
    } else {
        buf_i64(out, v);
    }
}

/* ---- questions ---- */

/* A condition that some rows pass: around a value that one of them has. */
static inline void make_filter(struct rng *g, const struct plain *p, const struct place_tree *t,
                               struct filter *f)
{
    static const int cols[] = {STATE, DISTRICT, BLOCK, PANCHAYAT, SECTOR, DATE,
                               DATE,  GENDER,   AGE,   CENTRE,    SOURCE, BATCH};
    const struct plain_row *r = &p->row[rng_below(g, (uint32_t)p->rows)];
    f->col = cols[rng_below(g, ARRAY_LEN(cols))];
    f->lo = f->hi = plain_value(t, r, f->col);
    if (f->lo == NONE) {
        f->col = DATE;
        f->lo = f->hi = r->value[DATE];
    }
    if (f->col == DATE || f->col == AGE) {
        f->lo -= rng_below(g, 20);
        f->hi += rng_below(g, 20);
    }
}

static inline void make_question(struct rng *g, const struct plain *p, const struct place_tree *t,
                                 int32_t first_day, int32_t today, struct question *q)
{
    *q = (struct question){.made_for = (enum made_for)rng_below(g, 3), .as_of = DAY_NONE};
    bool cubed = q->made_for == FOR_CUBE;
    for (size_t n = rng_below(g, KEYS_MAX + 1); q->keys < n;)
        q->key[q->keys++] = (int)rng_below(g, cubed ? MONTH + 1 : COLUMNS);
    for (size_t n = p->rows ? rng_below(g, FILTERS_MAX) : 0; q->filters < n;) {
        make_filter(g, p, t, &q->filter[q->filters]);
        q->filters += !cubed || q->filter[q->filters].col <= DATE;
    }
    q->countif = RANDOM_DAY0 + rng_below(g, RANDOM_DAYS);
    if (rng_below(g, 3) == 0)
        q->as_of = first_day - 1 + (int32_t)rng_below(g, (uint32_t)(today - first_day) + 3);
}

static inline void write_where(struct buf *out, const struct question *q)
{
    for (size_t i = 0; i < q->filters; i++) {
        const struct filter *f = &q->filter[i];
        buf_printf(out, "%s %s BETWEEN ", i ? " AND" : " |> WHERE", column_names[f->col]);
        put_value(out, f->col, f->lo, true);
        buf_cstr(out, " AND ");
        put_value(out, f->col, f->hi, true);
    }
}

static inline void write_query(struct buf *out, const struct question *q)
{
    char day[16];
    buf_clear(out);
    buf_cstr(out, "FROM registrations");
    if (q->as_of != DAY_NONE) {
        date_format(q->as_of, day);
        buf_printf(out, " FOR SYSTEM_TIME AS OF '%s'", day);
    }
    write_where(out, q);
    date_format((int32_t)q->countif, day);
    buf_cstr(out, " |> AGGREGATE COUNT(*) AS n");
    if (q->made_for != FOR_PLANES)
        buf_printf(out, ", COUNTIF(date >= '%s') AS late", day);
    if (q->made_for == FOR_ROWS)
        buf_cstr(out, ", COUNT(DISTINCT centre) AS centres, MIN(age) AS young, MAX(age) AS old,"
                      " MIN(date) AS first, MAX(date) AS last, SUM(age) AS sum");
    for (size_t k = 0; k < q->keys; k++) {
        buf_cstr(out, k ? ", " : " GROUP BY ");
        buf_cstr(out, q->key[k] == MONTH ? "DATE_TRUNC(date, MONTH)" : column_names[q->key[k]]);
        buf_printf(out, " AS k%zu", k);
    }
    buf_char(out, '\0');
}

/* ---- answers ---- */

struct group {
    int64_t key[KEYS_MAX];
    int64_t n, late, young, old, first, last, sum;
    int64_t aged;  /* registrations of a known age: when there are none, their sum is NULL */
    uint64_t seen; /* centres, by bit */
};

static inline void widen_by(int64_t *lo, int64_t *hi, int64_t v)
{
    *lo = *lo == NONE || v < *lo ? v : *lo;
    *hi = *hi == NONE || v > *hi ? v : *hi;
}

static inline void group_add(struct group *g, const struct question *q, const struct plain_row *r)
{
    g->n += r->count;
    g->late += r->value[DATE] >= q->countif ? r->count : 0;
    widen_by(&g->first, &g->last, r->value[DATE]);
    if (r->value[AGE] != NONE) {
        widen_by(&g->young, &g->old, r->value[AGE]);
        g->sum += r->value[AGE] * r->count;
        g->aged += r->count;
    }
    if (r->value[CENTRE] != NONE)
        g->seen |= UINT64_C(1) << r->value[CENTRE];
}

static inline bool passes(const struct place_tree *t, const struct question *q,
                          const struct plain_row *r)
{
    for (size_t i = 0; i < q->filters; i++) {
        int64_t v = plain_value(t, r, q->filter[i].col);
        if (v == NONE || v < q->filter[i].lo || v > q->filter[i].hi)
            return false;
    }
    return true;
}

struct groups_found {
    struct group *at;
    size_t n, cap;
    uint32_t *slot; /* by hash: index + 1 */
    size_t slots;
};

static inline struct group *group_of(struct groups_found *f, const int64_t key[KEYS_MAX])
{
    size_t at = 0;
    for (int k = 0; k < KEYS_MAX; k++)
        at = hash_mix(at ^ (uint64_t)key[k]);
    at %= f->slots;
    while (f->slot[at] && memcmp(f->at[f->slot[at] - 1].key, key, KEYS_MAX * sizeof *key) != 0)
        at = (at + 1) % f->slots;
    if (f->slot[at])
        return &f->at[f->slot[at] - 1];
    struct group *g = &f->at[f->n++];
    f->slot[at] = (uint32_t)f->n;
    *g = (struct group){.young = NONE, .old = NONE, .first = NONE, .last = NONE};
    memcpy(g->key, key, KEYS_MAX * sizeof *key);
    return g;
}

static inline void find_groups(const struct plain *p, const struct place_tree *t,
                               const struct question *q, struct groups_found *f)
{
    for (size_t b = 0; b < p->batches; b++) {
        const struct plain_batch *batch = &p->batch[b];
        if (!plain_counts(batch, q->as_of))
            continue;
        for (size_t i = batch->first; i < batch->first + batch->rows; i++) {
            int64_t key[KEYS_MAX] = {0};
            if (!passes(t, q, &p->row[i]))
                continue;
            for (size_t k = 0; k < q->keys; k++)
                key[k] = plain_value(t, &p->row[i], q->key[k]);
            group_add(group_of(f, key), q, &p->row[i]);
        }
    }
}

static inline void put_cell(struct buf *out, int col, int64_t v)
{
    buf_char(out, ',');
    put_value(out, col, v, false);
}

static inline void put_group(struct buf *out, const struct question *q, const struct group *g)
{
    for (size_t k = 0; k < q->keys; k++) {
        put_value(out, q->key[k], g->key[k], false);
        buf_char(out, ',');
    }
    buf_i64(out, g->n);
    if (q->made_for != FOR_PLANES)
        put_cell(out, AGE, g->late);
    if (q->made_for == FOR_ROWS) {
        put_cell(out, AGE, __builtin_popcountll(g->seen));
        put_cell(out, AGE, g->young);
        put_cell(out, AGE, g->old);
        put_cell(out, DATE, g->first);
        put_cell(out, DATE, g->last);
        put_cell(out, AGE, g->aged ? g->sum : NONE);
    }
    buf_char(out, '\n');
}

/* The lines of the answer, in any order. */
static inline void plain_answer(const struct plain *p, const struct place_tree *t,
                                const struct question *q, struct buf *out)
{
    struct groups_found f = {.slots = 2 * p->rows + 2};
    int64_t none[KEYS_MAX] = {0};
    f.at = calloc(p->rows + 1, sizeof *f.at);
    f.slot = calloc(f.slots, sizeof *f.slot);
    buf_clear(out);
    find_groups(p, t, q, &f);
    if (q->keys == 0)
        group_of(&f, none);
    for (size_t i = 0; i < f.n; i++)
        if (f.at[i].n != 0 || q->keys == 0)
            put_group(out, q, &f.at[i]);
    buf_char(out, '\0');
    free(f.at);
    free(f.slot);
}

static inline int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Puts the lines of a text into ascending order. */
static inline void sort_lines(char *text)
{
    size_t n = 0, at = 0;
    char **line = calloc(strlen(text) + 1, sizeof *line);
    char *copy = strdup(text), *rest = copy;
    for (char *l; (l = strsep(&rest, "\n")) != NULL;)
        if (l[0] != '\0')
            line[n++] = l;
    if (n > 1)
        qsort(line, n, sizeof *line, by_text);
    for (size_t i = 0; i < n; i++) {
        size_t bytes = strlen(line[i]);
        memcpy(text + at, line[i], bytes);
        text[at + bytes] = '\n';
        at += bytes + 1;
    }
    text[at] = '\0';
    free(copy);
    free(line);
}

#endif
