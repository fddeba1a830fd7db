/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a query, parsed, bound, planned and run on the small country of the query tests,
 * with little memory and time, also for somebody who may not see small counts. Every engine gives
 * the same answer, or each refuses; nothing of a query stays behind. */
#include "fuzz.h"

#include "../query/world.h"
#include "query/format.h"

enum { MEMORY_BYTES = 48 << 20, TIMEOUT_MS = 1500 };

static struct world world;

struct variant {
    size_t vector;
    bool no_cube, merged;
};

struct answer {
    int code; /* 0, or of the error */
    bool limited;
    struct buf text;
};

static bool is_limit(int code)
{
    return code == ERR_MEM || code == ERR_LIMIT || code == ERR_TIMEOUT || code == ERR_TOO_LARGE;
}

static void format(const struct query_result *r, struct answer *a)
{
    struct err err = {0};
    struct buf other;
    struct format_options o = {.tree = world.tree, .as_on = DAY_NONE};
    a->code = format_frame(r->frame, FORMAT_CSV, &o, &a->text, &err);
    for (enum format f = FORMAT_JSON; f <= FORMAT_TABLE; f++) {
        buf_init(&other, MEM_QUERY);
        int rc = format_frame(r->frame, f, &o, &other, &err);
        ASSERT(rc == 0 || is_limit(rc));
        ASSERT(rc < 0 || utf8_check(buf_view(&other)) == other.n);
        buf_fini(&other);
    }
}

static void run(const struct query *q, struct variant v, int k, struct answer *a)
{
    struct err err = {0};
    struct query_result r;
    struct cancel cancel;
    struct viewer viewer = {.small_cell_k = k};
    cancel_init(&cancel, TIMEOUT_MS);
    struct query_context ctx = {.snap = v.merged ? world.merged : world.snap,
                                .viewer = &viewer,
                                .targets = &world.book,
                                .table = world_tables,
                                .tables = ARRAY_LEN(world_tables),
                                .param = world_params,
                                .params = ARRAY_LEN(world_params),
                                .cancel = &cancel,
                                .rows_max = 5000,
                                .vector_rows = v.vector,
                                .no_cube = v.no_cube};
    buf_init(&a->text, MEM_QUERY);
    a->code = query_run(q, &ctx, &r, &err);
    ASSERT(a->code <= 0);
    ASSERT(a->code == 0 || (err.code == a->code && err.msg[0] != '\0'));
    ASSERT(utf8_check(str_of(err.msg)) == strlen(err.msg));
    if (a->code == 0) {
        a->limited = r.truncated;
        format(&r, a);
        query_result_fini(&r);
    }
    a->limited = a->limited || is_limit(a->code);
}

static bool says(struct str text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++)
        if (str_eq_nocase((struct str){text.p + i, n}, (struct str){word, n}))
            return true;
    return false;
}

/* Slabs hold rows in another order than segments: these words make an answer depend on it. */
static bool asks_for_order(struct str text)
{
    static const char *const words[] = {"LIMIT", "OVER",     "STRING_AGG", "ANY_VALUE",
                                        "CALL",  "DISTINCT", "JOIN",       "ASSERT"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (says(text, words[i]))
            return true;
    return false;
}

static int str_order(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The lines of an answer in the order of their letters. */
static void sort_lines(struct buf *b)
{
    size_t n = 0, at = 0;
    struct buf out;
    struct str *line = malloc((b->n + 1) * sizeof *line);
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i] == '\n') {
            line[n++] = (struct str){b->p + at, i - at};
            at = i + 1;
        }
    qsort(line, n, sizeof *line, str_order);
    buf_init(&out, MEM_QUERY);
    for (size_t i = 0; i < n; i++) {
        buf_str(&out, line[i]);
        buf_char(&out, '\n');
    }
    free(line);
    buf_fini(b);
    *b = out;
}

static void compare(const struct query *q, struct str text, int k)
{
    static const struct variant variants[] = {
        {2048, false, false}, {1, true, false}, {7, true, true}, {2048, false, true}};
    struct answer first = {0}, a;
    bool explains = says(text, "EXPLAIN"), order = asks_for_order(text);
    run(q, variants[0], k, &first);
    for (size_t i = 1; i < ARRAY_LEN(variants) && !first.limited; i++) {
        bool slabs = variants[i].merged;
        a = (struct answer){0};
        run(q, variants[i], k, &a);
        if (!a.limited && !explains && !(slabs && order)) {
            ASSERT(a.code == first.code);
            if (slabs) {
                sort_lines(&a.text);
                sort_lines(&first.text);
            }
            ASSERT(str_eq(buf_view(&a.text), buf_view(&first.text)));
        }
        buf_fini(&a.text);
    }
    buf_fini(&first.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str text = {(const char *)p, n};
    struct query *q = NULL;
    struct err err = {0};
    if (world.tree == NULL) {
        world_init(&world);
        mem_limit(MEM_QUERY, MEMORY_BYTES);
    }
    size_t before = mem_used(MEM_QUERY);
    int rc = query_parse(text, &q, &err);
    ASSERT(rc == 0 ? q != NULL : rc < 0 && q == NULL && err.msg[0] != '\0');
    if (rc == 0) {
        compare(q, text, 0);
        compare(q, text, 3); /* for who may not see small counts */
    }
    query_unref(q);
    ASSERT(mem_used(MEM_QUERY) == before);
    return 0;
}
