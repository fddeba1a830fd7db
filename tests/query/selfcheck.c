/* SPDX-License-Identifier: MIT
 *
 * Self-checks of the query engine that need no other database, over random questions:
 *
 *   TLP     a query gives the rows of its three parts, where p, where NOT p and where p IS NULL
 *           (Rigger and Su, "Finding Bugs in Database Systems via Query Partitioning", 2020): for
 *           rows, distinct ones, groups with aggregates that add up, and conditions over groups
 *           and joins of them
 *   NoREC   COUNT(*) where p, which the planner optimises, is what p gives as a column, summed
 *           (Rigger and Su, "Detecting Optimization Bugs in Database Engines via Non-optimizing
 *           Reference Engine Construction", 2020)
 *
 *   query_selfcheck SEED COUNT      COUNT of each; over segments, slabs and both, with the cube and
 *                                   without, vectors of any size
 *
 * A failure prints its number and both queries. A question that names a place which is not in the
 * other one named is an error here, and is passed over. */
#include "query/random_world.h"

enum { WORLD_ROWS = 220, DEPTH = 3 };

struct maker {
    struct rng *g;
    struct buf *out;
};

struct checker {
    struct random_world world[2]; /* with corrections; without */
    struct rng g;
    long passed, failed, passed_over;
};

/* ---- pieces of queries ------------------------------------------------------------------------
 */

static uint32_t pick(struct maker *m, uint32_t n)
{
    return rng_below(m->g, n);
}

#define ONE_OF(m, list) ((list)[pick((m), (uint32_t)ARRAY_LEN(list))])

static void put(struct maker *m, const char *s)
{
    buf_cstr(m->out, s);
}

static void put_condition(struct maker *m, int depth);

static void put_number(struct maker *m, int depth)
{
    static const char *const columns[] = {"age",           "count",      "sector_code",
                                          "district_code", "block_code", "age"};
    static const char *const both[] = {" + ", " - "};
    if (depth == 0 || pick(m, 3) == 0) {
        if (pick(m, 3) > 0)
            put(m, ONE_OF(m, columns));
        else
            buf_i64(m->out, (int64_t)pick(m, 70) - 5);
        return;
    }
    switch (pick(m, 7)) {
    case 0:
        put(m, "MOD(");
        put_number(m, depth - 1);
        buf_printf(m->out, ", %u)", 1 + pick(m, 9));
        break;
    case 1:
        put(m, "COALESCE(");
        put_number(m, depth - 1);
        put(m, ", ");
        put_number(m, depth - 1);
        put(m, ")");
        break;
    case 2:
        put(m, "IF(");
        put_condition(m, depth - 1);
        put(m, ", ");
        put_number(m, depth - 1);
        put(m, ", ");
        put_number(m, depth - 1);
        put(m, ")");
        break;
    case 3:
        buf_printf(m->out, "NULLIF(age, %u)", 16 + pick(m, 44));
        break;
    case 4:
        put(m, "EXTRACT(MONTH FROM date)");
        break;
    default:
        put(m, "(");
        put_number(m, depth - 1);
        put(m, ONE_OF(m, both));
        put_number(m, depth - 1);
        put(m, ")");
    }
}

static void put_date(struct maker *m)
{
    char day[11];
    date_format(RANDOM_DAY0 - 2 + (int32_t)pick(m, RANDOM_DAYS + 4), day);
    buf_printf(m->out, "'%s'", day);
}

/* Conditions about one column, which the planner knows how to look up. */
static const char *const simple[] = {
    "gender = 'F'",
    "gender != 'M'",
    "gender IN ('F', 'O')",
    "gender IS NULL",
    "gender IS NOT NULL",
    "gender NOT IN ('M')",
    "gender > 'F'",
    "centre = 'JH3'",
    "centre IS NULL",
    "centre IN ('JH1', 'JH2', 'nowhere')",
    "centre NOT IN ('JH1', 'JH5')",
    "centre LIKE 'JH%'",
    "centre NOT LIKE '%2'",
    "centre < 'JH3'",
    "CONCAT(centre, gender) = 'JH1F'",
    "LENGTH(centre) = 3",
    "sector = 'Agriculture'",
    "sector IN ('Construction', 'Agriculture')",
    "sector IS NULL",
    "sector LIKE 'A%'",
    "sector_code BETWEEN 3 AND 17",
    "state = 'Assam'",
    "state != 20",
    "district = 607",
    "district != 326",
    "district IN (607, 616)",
    "district IS NULL",
    "district = 'Dumka'",
    "district LIKE '%a'",
    "block = 3168",
    "block != 3175",
    "block IN (3104, 2494)",
    "block NOT IN (3168, 3175)",
    "block IS NULL",
    "block_code > 3000",
    "block = 'Gobardhana'",
    "panchayat IS NULL",
    "panchayat = 900001",
    "panchayat_code = 900002",
    "age IS NULL",
    "age IN (20, 30, 40, NULL)",
    "age NOT IN (20, 30)",
    "count < 0",
    "date IS NULL",
    "DATE_TRUNC(date, MONTH) = '2021-09-01'",
    "DATE_TRUNC(date, WEEK(MONDAY)) > '2021-09-13'",
    "EXTRACT(DAYOFWEEK FROM date) = 1",
    "TRUE",
    "FALSE",
    "CAST(NULL AS BOOL)",
};

static void put_simple(struct maker *m)
{
    static const char *const compare[] = {" = ", " != ", " < ", " <= ", " > ", " >= "};
    switch (pick(m, 4)) {
    case 0:
        put(m, "date");
        put(m, ONE_OF(m, compare));
        put_date(m);
        break;
    case 1:
        put(m, pick(m, 2) ? "date BETWEEN " : "date NOT BETWEEN ");
        put_date(m);
        put(m, " AND ");
        put_date(m);
        break;
    case 2:
        put(m, "age");
        put(m, ONE_OF(m, compare));
        buf_i64(m->out, 14 + (int64_t)pick(m, 50));
        break;
    default:
        put(m, ONE_OF(m, simple));
    }
}

static void put_condition(struct maker *m, int depth)
{
    static const char *const compare[] = {" = ", " != ", " < ", " <= ", " > ", " >= "};
    static const char *const join[] = {" AND ", " OR ", " AND ", " OR ", " = ", " != "};
    static const char *const tests[] = {" IS TRUE", " IS NOT TRUE", " IS FALSE", " IS NULL",
                                        " IS NOT NULL"};
    uint32_t kind = depth == 0 ? 0 : pick(m, 10);
    put(m, "(");
    if (kind < 4) {
        put_simple(m);
    } else if (kind < 6) {
        put_number(m, depth - 1);
        put(m, ONE_OF(m, compare));
        put_number(m, depth - 1);
    } else if (kind == 6) {
        put(m, "NOT ");
        put_condition(m, depth - 1);
    } else if (kind == 7 && pick(m, 2)) {
        put_condition(m, depth - 1);
        put(m, ONE_OF(m, tests));
    } else {
        put_condition(m, depth - 1);
        put(m, ONE_OF(m, join));
        put_condition(m, depth - 1);
    }
    put(m, ")");
}

static const char *a_key(struct maker *m)
{
    static const char *const keys[] = {
        "state",
        "district",
        "district_code",
        "block_code",
        "sector",
        "sector_code",
        "gender",
        "age",
        "centre",
        "date",
        "panchayat_code",
        "DATE_TRUNC(date, MONTH)",
        "DIV(age, 10)",
        "UPPER(centre)",
        "IF(age > 30, gender, centre)",
        "count",
    };
    return ONE_OF(m, keys);
}

/* ---- asking ------------------------------------------------------------------------------------
 */

/* The answer as CSV with any engine; false when the question is an error here. */
static bool answer(struct checker *c, struct random_world *w, struct str text, struct buf *out)
{
    static const size_t vectors[] = {1, 3, 7, 64, 2048, 2048};
    struct query *q = NULL;
    struct query_result r;
    struct err err = {0};
    struct query_context ctx = {.snap = w->parts[rng_below(&c->g, 3)],
                                .no_cube = rng_below(&c->g, 3) == 0,
                                .vector_rows = vectors[rng_below(&c->g, ARRAY_LEN(vectors))]};
    struct format_options o = {.tree = w->tree, .as_on = DAY_NONE};
    buf_clear(out);
    int rc = query_parse(text, &q, &err);
    rc = rc < 0 ? rc : query_run(q, &ctx, &r, &err);
    query_unref(q);
    if (rc < 0) {
        if (rc != ERR_UNKNOWN_NAME) {
            printf("%.*s\n%s: %s\n", STR_ARG(text), err_name(rc), err.msg);
            exit(1);
        }
        return false;
    }
    rc = format_frame(r.frame, FORMAT_CSV, &o, out, &err);
    ASSERT(rc == 0);
    query_result_fini(&r);
    return true;
}

/* Both questions have the same answer. */
static void check(struct checker *c, struct random_world *w, const char *what, struct str one,
                  struct str other)
{
    struct buf a, b;
    buf_init(&a, MEM_QUERY);
    buf_init(&b, MEM_QUERY);
    if (!answer(c, w, one, &a) || !answer(c, w, other, &b)) {
        c->passed_over++;
    } else if (str_eq(buf_view(&a), buf_view(&b))) {
        c->passed++;
    } else {
        c->failed++;
        printf("FAILED %s, question %ld\n%.*s\n--- gives\n%.*s\n%.*s\n--- gives\n%.*s\n", what,
               c->passed + c->failed + c->passed_over, STR_ARG(one), STR_ARG(buf_view(&a)),
               STR_ARG(other), STR_ARG(buf_view(&b)));
    }
    buf_fini(&a);
    buf_fini(&b);
}

/* ---- TLP ------------------------------------------------------------------------------------- */

enum { PARTS = 3 };

/* What stands around the condition in each of the parts. */
static const char *const part_before[PARTS] = {"", "NOT ", ""};
static const char *const part_behind[PARTS] = {"", "", " IS NULL"};

/* The union of `head` |> WHERE part |> `tail`. */
static void put_union(struct buf *out, struct str head, struct str p, struct str tail,
                      bool distinct)
{
    const char *join[PARTS] = {"", distinct ? "\n|> UNION DISTINCT (" : "\n|> UNION ALL (", ", ("};
    for (int i = 0; i < PARTS; i++)
        buf_printf(out, "%s%.*s\n|> WHERE %s%.*s%s\n%.*s%s", join[i], STR_ARG(head), part_before[i],
                   STR_ARG(p), part_behind[i], STR_ARG(tail), i == 0 ? "" : ")");
}

static void put_order(struct buf *out, int columns)
{
    buf_cstr(out, "\n|> ORDER BY ");
    for (int i = 1; i <= columns; i++)
        buf_printf(out, "%s%d", i > 1 ? ", " : "", i);
}

/* Texts of a question being made. */
struct question {
    struct buf head, p, tail, one, other;
};

static void question_init(struct question *q, struct checker *c)
{
    struct buf *all[] = {&q->head, &q->p, &q->tail, &q->one, &q->other};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(all[i], MEM_QUERY);
    struct maker m = {&c->g, &q->head};
    put(&m, "FROM registrations");
    if (rng_below(&c->g, 2) == 0) {
        put(&m, "\n|> WHERE ");
        put_condition(&m, 1);
    }
    m.out = &q->p;
    put_condition(&m, DEPTH);
}

static void question_fini(struct question *q)
{
    struct buf *all[] = {&q->head, &q->p, &q->tail, &q->one, &q->other};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_fini(all[i]);
}

static void tlp_rows(struct checker *c)
{
    struct question q;
    question_init(&q, c);
    struct maker m = {&c->g, &q.tail};
    int columns = 3 + (int)rng_below(&c->g, 3);
    bool distinct = rng_below(&c->g, 3) == 0;
    put(&m, "|> SELECT count, age AS a");
    for (int i = 2; i < columns; i++) {
        put(&m, ", ");
        put(&m, a_key(&m));
        buf_printf(m.out, " AS c%d", i);
    }
    if (distinct)
        put(&m, "\n|> DISTINCT");
    buf_printf(&q.one, "%.*s\n%.*s", STR_ARG(buf_view(&q.head)), STR_ARG(buf_view(&q.tail)));
    put_order(&q.one, columns);
    put_union(&q.other, buf_view(&q.head), buf_view(&q.p), buf_view(&q.tail), distinct);
    put_order(&q.other, columns);
    check(c, &c->world[0], "TLP of rows", buf_view(&q.one), buf_view(&q.other));
    question_fini(&q);
}

/* Aggregates, and how those of the parts become that of the whole. With corrections only counts
 * add up: what has no registrations left is no group. */
static const struct {
    const char *part, *whole;
} sums[] = {
    {"COUNT(*)", "IFNULL(SUM(s0), 0)"},
    {"COUNT(age)", "IFNULL(SUM(s1), 0)"},
    {"COUNTIF(gender = 'F' OR age > 40)", "IFNULL(SUM(s2), 0)"},
    {"SUM(age)", "SUM(s3)"},
    {"MIN(age)", "MIN(s4)"},
    {"MAX(centre)", "MAX(s5)"},
    {"MIN(date)", "MIN(s6)"},
    {"SUM(count)", "SUM(s7)"},
    {"LOGICAL_OR(age > 55)", "LOGICAL_OR(s8)"},
};

static void put_sums(struct buf *out, size_t n, bool whole)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s AS s%zu", i ? ", " : "", whole ? sums[i].whole : sums[i].part, i);
}

static void put_keys(struct maker *m, int keys)
{
    for (int i = 0; i < keys; i++) {
        put(m, i ? ", " : " GROUP BY ");
        put(m, a_key(m));
        buf_printf(m->out, " AS k%d", i);
    }
}

static void tlp_groups(struct checker *c)
{
    struct question q;
    question_init(&q, c);
    struct maker m = {&c->g, &q.tail};
    bool positive = rng_below(&c->g, 3) > 0;
    size_t n = positive ? ARRAY_LEN(sums) : 1;
    int keys = (int)rng_below(&c->g, 3);
    put(&m, "|> AGGREGATE ");
    put_sums(m.out, n, false);
    put_keys(&m, keys);
    buf_printf(&q.one, "%.*s\n%.*s", STR_ARG(buf_view(&q.head)), STR_ARG(buf_view(&q.tail)));
    put_order(&q.one, keys + (int)n);
    put_union(&q.other, buf_view(&q.head), buf_view(&q.p), buf_view(&q.tail), false);
    buf_cstr(&q.other, "\n|> AGGREGATE ");
    put_sums(&q.other, n, true);
    for (int i = 0; i < keys; i++)
        buf_printf(&q.other, "%sk%d", i ? ", " : " GROUP BY ", i);
    if (keys > 0)
        buf_cstr(&q.other, "\n|> WHERE s0 != 0");
    put_order(&q.other, keys + (int)n);
    check(c, &c->world[positive], "TLP of groups", buf_view(&q.one), buf_view(&q.other));
    question_fini(&q);
}

/* A condition over the columns of groups: n, x, k0. */
static void put_over_groups(struct maker *m, int depth)
{
    static const char *const ready[] = {
        "n > 3",         "x > 40",     "n < x",        "k0 IS NULL",  "x IS NULL",
        "MOD(n, 2) = 0", "x - n < 30", "NOT (x > 20)", "n IN (1, 2)", "x IN (20, NULL)"};
    put(m, "(");
    if (depth == 0 || pick(m, 2) == 0) {
        put(m, ONE_OF(m, ready));
    } else {
        put_over_groups(m, depth - 1);
        put(m, pick(m, 2) ? " AND " : " OR ");
        put_over_groups(m, depth - 1);
    }
    put(m, ")");
}

static void tlp_over_groups(struct checker *c)
{
    struct question q;
    question_init(&q, c);
    struct maker m = {&c->g, &q.head};
    const char *key = a_key(&m);
    buf_printf(m.out, "\n|> AGGREGATE COUNT(*) AS n, MAX(age) AS x GROUP BY %s AS k0", key);
    if (rng_below(&c->g, 2) == 0)
        buf_printf(m.out,
                   "\n|> %s JOIN (FROM registrations |> WHERE age > 35 |> AGGREGATE COUNT(*) AS y "
                   "GROUP BY %s AS j) AS o ON k0 = j\n|> SELECT n, y AS x, k0",
                   rng_below(&c->g, 2) ? "LEFT" : "INNER", key);
    buf_clear(&q.p);
    m.out = &q.p;
    put_over_groups(&m, 2);
    buf_str(&q.one, buf_view(&q.head));
    put_order(&q.one, 3);
    buf_printf(&q.other, "WITH t AS (%.*s)\n", STR_ARG(buf_view(&q.head)));
    put_union(&q.other, STR("FROM t"), buf_view(&q.p), STR(""), false);
    put_order(&q.other, 3);
    check(c, &c->world[0], "TLP over groups", buf_view(&q.one), buf_view(&q.other));
    question_fini(&q);
}

static void tlp(struct checker *c)
{
    switch (rng_below(&c->g, 5)) {
    case 0:
        tlp_rows(c);
        break;
    case 1:
        tlp_over_groups(c);
        break;
    default:
        tlp_groups(c);
    }
}

/* ---- NoREC ----------------------------------------------------------------------------------- */

static void norec(struct checker *c)
{
    struct question q;
    question_init(&q, c);
    struct str head = buf_view(&q.head), p = buf_view(&q.p);
    buf_printf(&q.one, "%.*s\n|> WHERE %.*s\n|> AGGREGATE COUNT(*) AS n", STR_ARG(head),
               STR_ARG(p));
    if (rng_below(&c->g, 2) == 0) /* as rows, behind which nothing is optimised */
        buf_printf(&q.other,
                   "%.*s\n|> SELECT %.*s AS hit, count AS c\n"
                   "|> UNION ALL (SELECT FALSE AS hit, 0 AS c)\n"
                   "|> AGGREGATE IFNULL(SUM(IF(hit, c, 0)), 0) AS n",
                   STR_ARG(head), STR_ARG(p));
    else
        buf_printf(&q.other, "%.*s\n|> EXTEND %.*s AS hit\n|> AGGREGATE COUNTIF(hit) AS n",
                   STR_ARG(head), STR_ARG(p));
    check(c, &c->world[rng_below(&c->g, 2)], "NoREC", buf_view(&q.one), buf_view(&q.other));
    question_fini(&q);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: query_selfcheck SEED COUNT\n");
        return 2;
    }
    struct checker c = {.g = {strtoull(argv[1], NULL, 10), 0}};
    long count = strtol(argv[2], NULL, 10);
    printf("seed %llu\n", (unsigned long long)c.g.seed);
    for (int i = 0; i < 2; i++) {
        c.world[i].g = (struct rng){c.g.seed, 1u << (20 + i)};
        c.world[i].positive = i == 1;
        random_world_fill(&c.world[i], WORLD_ROWS);
    }
    for (long i = 0; i < count && c.failed < 10; i++) {
        tlp(&c);
        norec(&c);
    }
    for (int i = 0; i < 2; i++)
        random_world_fini(&c.world[i]);
    printf("%ld questions passed over\n", c.passed_over);
    if (c.passed < c.passed_over)
        c.failed++; /* too few were tried */
    printf("%ld passed, %ld failed\n", c.passed, c.failed);
    return c.failed > 0;
}
