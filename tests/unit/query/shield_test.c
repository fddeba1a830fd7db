/* SPDX-License-Identifier: MIT
 *
 * The proof that small counts stay hidden: random tables, random questions, and somebody who knows
 * how many registrations each sector has and sees one answer. All tables are tried that fit what he
 * knows; each hidden figure must differ between two of them, each figure that is told must be true,
 * and none of persons may be small. */
#include "random_world.h"

enum { SECTORS = 3, ATOMS = 4 * SECTORS, ROWS_MAX = 64, CELLS_MAX = 512, K = 3, TRIALS = 250 };

/* Atom 4 * sector + 2 * gender + old. */
static const uint8_t sector_codes[SECTORS] = {1, 7, 12};

struct pred {
    int gender, old, sector; /* -1: any */
    bool or ;
};

struct question {
    bool by_sector, by_gender, by_old, filters;
    struct pred where, cond[3];
    size_t aggs; /* number 0 counts all */
};

struct cell {
    uint32_t mask; /* of atoms */
    int64_t value;
    bool hidden, open;
};

struct attack {
    int64_t truth[ATOMS], at[ATOMS], whole[SECTORS];
    bool asked[SECTORS]; /* by number, apart from the others */
    struct cell cell[CELLS_MAX];
    size_t cells;
    size_t tables;
};

static bool holds(const struct pred *p, int atom)
{
    int is[3] = {atom >> 1 & 1, atom & 1, atom / 4};
    int want[3] = {p->gender, p->old, p->sector};
    bool all = true;
    bool some = false;
    for (int i = 0; i < 3; i++)
        if (want[i] >= 0) {
            all = all && is[i] == want[i];
            some = some || is[i] == want[i];
        }
    return p->or ? some : all;
}

static uint32_t mask_of(const struct pred *p)
{
    uint32_t mask = 0;
    for (int i = 0; i < ATOMS; i++)
        mask |= (uint32_t)holds(p, i) << i;
    return mask;
}

static void put_pred(struct buf *b, const struct pred *p)
{
    const char *join = "";
    const char *next = p->or ? " OR " : " AND ";
    if (p->gender >= 0) {
        buf_printf(b, "gender = '%c'", "FM"[p->gender]);
        join = next;
    }
    if (p->old >= 0) {
        buf_printf(b, "%sage %s 30", join, p->old ? ">=" : "<");
        join = next;
    }
    if (p->sector >= 0)
        buf_printf(b, "%ssector_code = %d", join, sector_codes[p->sector]);
}

static struct pred random_pred(struct rng *g)
{
    struct pred p = {(int)rng_below(g, 3) - 1, (int)rng_below(g, 3) - 1, -1, false};
    if (rng_below(g, 3) == 0)
        p.sector = (int)rng_below(g, SECTORS);
    if (p.gender < 0 && p.old < 0 && p.sector < 0)
        p.gender = (int)rng_below(g, 2);
    p.or = rng_below(g, 4) == 0;
    return p;
}

static struct question random_question(struct rng *g)
{
    struct question q = {rng_below(g, 2) == 0, rng_below(g, 3) == 0, rng_below(g, 4) == 0,
                         rng_below(g, 3) == 0, random_pred(g),       {{0}},
                         1 + rng_below(g, 3)};
    q.cond[0] = (struct pred){-1, -1, -1, false};
    for (size_t i = 1; i < q.aggs; i++)
        q.cond[i] = random_pred(g);
    return q;
}

static void put_question(struct buf *b, const struct question *q)
{
    const char *join = " GROUP BY ";
    buf_cstr(b, "FROM registrations |> ");
    if (q->filters) {
        buf_cstr(b, "WHERE ");
        put_pred(b, &q->where);
        buf_cstr(b, " |> ");
    }
    buf_cstr(b, "AGGREGATE COUNT(*)");
    for (size_t i = 1; i < q->aggs; i++) {
        buf_cstr(b, ", COUNTIF(");
        put_pred(b, &q->cond[i]);
        buf_cstr(b, ")");
    }
    if (q->by_sector) {
        buf_printf(b, "%ssector_code AS s", join);
        join = ", ";
    }
    if (q->by_gender) {
        buf_printf(b, "%sgender = 'M' AS g", join);
        join = ", ";
    }
    if (q->by_old)
        buf_printf(b, "%sage >= 30 AS o", join);
    buf_char(b, '\0');
}

static struct snap *table_of(struct attack *a, struct rng *g, struct place_tree *tree,
                             size_t sectors, int64_t most)
{
    struct rows r;
    struct seg *seg = NULL;
    struct snap *empty = NULL;
    struct snap *out = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    assert_int_equal(snap_new(tree, &schema_default, 1, &empty, NULL), 0);
    for (size_t s = 0; s < SECTORS; s++) {
        a->whole[s] = s < sectors ? (s == 0) + rng_below(g, (uint32_t)most) : 0;
        bool alike = rng_below(g, 4) == 0;
        for (int64_t i = 0; i < a->whole[s]; i++)
            a->truth[4 * s + rng_below(g, alike ? 2 : 4)]++;
    }
    for (size_t i = 0; i < ATOMS; i++) {
        if (a->truth[i] == 0)
            continue;
        assert_int_equal(
            rows_add(&r, 6, sector_codes[i / 4], RANDOM_DAY0, (int32_t)a->truth[i], NULL), 0);
        int32_t gender = (int32_t)list_find(&list_gender, i >> 1 & 1 ? STR("M") : STR("F"));
        assert_int_equal(rows_set(&r, 3, gender, NULL), 0);
        assert_int_equal(rows_set(&r, 4, i & 1 ? 40 : 20, NULL), 0);
    }
    assert_int_equal(rows_share(&r, empty->dict, NULL), 0);
    assert_int_equal(rows_sort(&r, tree, NULL), 0);
    assert_int_equal(seg_new(&r, tree, 1, &seg, NULL), 0);
    struct snap_change change = {.seg = &seg, .segs = 1};
    assert_int_equal(snap_next(empty, &change, &out, NULL), 0);
    seg_unref(seg);
    snap_unref(empty);
    rows_fini(&r);
    return out;
}

static int64_t sum_of(const int64_t *atom, uint32_t mask)
{
    int64_t sum = 0;
    for (int i = 0; i < ATOMS; i++)
        sum += mask >> i & 1 ? atom[i] : 0;
    return sum;
}

/* It tells apart persons of a sector. */
static bool is_of_persons(const struct attack *a, uint32_t mask)
{
    for (size_t s = 0; s < SECTORS; s++) {
        uint32_t part = mask >> (4 * s) & 15;
        if (a->whole[s] > 0 && part != 0 && part != 15)
            return true;
    }
    return false;
}

/* It is small, or what is left of its sectors is. */
static bool is_delicate(const struct attack *a, uint32_t mask)
{
    int64_t n = sum_of(a->truth, mask);
    int64_t rest = -n;
    for (size_t s = 0; s < SECTORS; s++)
        rest += mask >> (4 * s) & 15 ? a->whole[s] : 0;
    return is_of_persons(a, mask) && ((n > 0 && n < K) || (rest > 0 && rest < K));
}

/* `mixed`: it asks of sectors, too, so that their totals may be taken off it. */
static void add_cell(struct attack *a, uint32_t mask, struct value v, bool mixed, const char *text)
{
    int64_t truth = sum_of(a->truth, mask);
    assert_in_range(a->cells, 0, CELLS_MAX - 1 - SECTORS);
    if (!v.hidden && v.i != truth)
        fail_msg("%s\n%lld is told in place of %lld", text, (long long)v.i, (long long)truth);
    if (!v.hidden && truth > 0 && truth < K && is_of_persons(a, mask))
        fail_msg("%s\n%lld persons are told", text, (long long)truth);
    a->cell[a->cells++] = (struct cell){mask, v.i, v.hidden, !v.hidden || !is_delicate(a, mask)};
    uint32_t part[SECTORS] = {0};
    for (size_t s = 0; s < SECTORS; s++)
        part[a->asked[s] ? s : 0] |= mask & (15u << (4 * s));
    for (size_t s = 0; mixed && !v.hidden && s < SECTORS; s++)
        a->cell[a->cells++] = (struct cell){part[s], 0, true, !is_delicate(a, part[s])};
}

/* The row of these keys; -1: none. With `merged`, the one that stands for all persons. */
static long find_row(const struct frame *f, const struct question *q, int sector, int gender,
                     int old, bool merged)
{
    size_t keys = (size_t)q->by_sector + q->by_gender + q->by_old;
    for (size_t r = 0; r < f->rows; r++) {
        size_t c = 0;
        bool is = true;
        if (q->by_sector)
            is = frame_get(f, r, c++).i == sector_codes[sector];
        for (; c < keys; c++) {
            struct value v = frame_get(f, r, c);
            bool by_gender = q->by_gender && c == (size_t)q->by_sector;
            is = is && (merged ? v.hidden : !v.hidden && v.i == (by_gender ? gender : old));
        }
        if (is)
            return (long)r;
    }
    return -1;
}

static bool is_mixed(const struct question *q, size_t k)
{
    return q->cond[k].sector >= 0 || (q->filters && q->where.sector >= 0 && q->where.or);
}

static void read_keys(struct attack *a, const struct frame *f, const struct question *q,
                      const int *key, const char *text)
{
    struct pred of = {q->by_gender ? key[1] : -1, q->by_old ? key[2] : -1,
                      q->by_sector ? key[0] : -1, false};
    size_t keys = (size_t)q->by_sector + q->by_gender + q->by_old;
    uint32_t mask = mask_of(&of) & (q->filters ? mask_of(&q->where) : UINT32_MAX);
    long row = find_row(f, q, key[0], key[1], key[2], false);
    if (row < 0 && (q->by_gender || q->by_old))
        row = find_row(f, q, key[0], key[1], key[2], true);
    if (row < 0) { /* there is none of this kind */
        add_cell(a, mask, (struct value){.type = TYPE_INT64}, is_mixed(q, 0), text);
        return;
    }
    for (size_t k = 0; k < q->aggs; k++)
        add_cell(a, mask & mask_of(&q->cond[k]), frame_get(f, (size_t)row, keys + k),
                 is_mixed(q, k), text);
}

static bool fits(const struct attack *a)
{
    for (size_t i = 0; i < a->cells; i++)
        if (!a->cell[i].hidden && sum_of(a->at, a->cell[i].mask) != a->cell[i].value)
            return false;
    return true;
}

/* All tables from sector s on; true: every hidden figure is open. */
static bool try_tables(struct attack *a, size_t s)
{
    if (s == SECTORS) {
        bool open = true;
        a->tables++;
        bool fit = fits(a);
        for (size_t i = 0; i < a->cells; i++) {
            struct cell *c = &a->cell[i];
            c->open = c->open || !c->hidden ||
                      (fit && sum_of(a->at, c->mask) != sum_of(a->truth, c->mask));
            open = open && c->open;
        }
        return open;
    }
    int64_t *at = a->at + 4 * s;
    for (at[0] = 0; at[0] <= a->whole[s]; at[0]++)
        for (at[1] = 0; at[0] + at[1] <= a->whole[s]; at[1]++)
            for (at[2] = 0; at[0] + at[1] + at[2] <= a->whole[s]; at[2]++) {
                at[3] = a->whole[s] - at[0] - at[1] - at[2];
                if (try_tables(a, s + 1))
                    return true;
            }
    return false;
}

static void fail_known(const struct attack *a, const char *text)
{
    char table[ATOMS * 8];
    int n = 0;
    for (int i = 0; i < ATOMS; i++)
        n += snprintf(table + n, sizeof table - (size_t)n, "%lld%s", (long long)a->truth[i],
                      i % 4 == 3 ? " | " : " ");
    for (size_t i = 0; i < a->cells; i++)
        if (!a->cell[i].open)
            fail_msg("%s\n%s: the count of atoms %x is known", text, table, a->cell[i].mask);
}

static void try_question(struct rng *g, struct place_tree *tree, size_t sectors, int64_t most)
{
    struct attack a = {.cells = 0};
    struct viewer viewer = {.small_cell_k = K};
    struct question q = random_question(g);
    struct query *query = NULL;
    struct query_result r;
    struct err err = {0};
    struct buf text;
    buf_init(&text, MEM_QUERY);
    put_question(&text, &q);
    struct snap *snap = table_of(&a, g, tree, sectors, most);
    struct query_context ctx = {.snap = snap, .viewer = &viewer};
    assert_int_equal(query_parse(str_of(text.p), &query, &err), 0);
    if (query_run(query, &ctx, &r, &err) < 0)
        fail_msg("%s\n%s", text.p, err.msg);
    for (size_t k = 0; k < q.aggs; k++)
        if (q.cond[k].sector > 0)
            a.asked[q.cond[k].sector] = true;
    if (q.filters && q.where.sector > 0)
        a.asked[q.where.sector] = true;
    for (int i = 0; i < SECTORS * 4; i++) {
        int key[3] = {i / 4, i >> 1 & 1, i & 1};
        if ((key[0] == 0 || q.by_sector) && (key[1] == 0 || q.by_gender) &&
            (key[2] == 0 || q.by_old))
            read_keys(&a, r.frame, &q, key, text.p);
    }
    if (!try_tables(&a, 0))
        fail_known(&a, text.p);
    query_result_fini(&r);
    query_unref(query);
    snap_unref(snap);
    buf_fini(&text);
}

static void test_no_answer_gives_a_hidden_figure_away(void **state)
{
    (void)state;
    const char *seed = getenv("PANJI_TEST_SEED");
    struct rng g = {seed ? strtoull(seed, NULL, 10) : 8, 0};
    struct place_tree *tree = fixture_tree();
    for (int i = 0; i < TRIALS; i++) {
        try_question(&g, tree, 1, 12);
        try_question(&g, tree, 2, 8);
        if (i % 4 == 0)
            try_question(&g, tree, 3, 4);
    }
    place_tree_unref(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_answer_gives_a_hidden_figure_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
