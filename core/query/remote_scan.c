/* SPDX-License-Identifier: MIT
 *
 * Reads what ClickHouse counted as if it were rows of a segment: in the order of places, sectors,
 * days, then of the other columns, so that an answer does not depend on how it was come by. */
#include "remote.h"
#include "scan.h"
#include "store/clickhouse_tables.h"

struct reading {
    struct scan *scan;
    const struct remote_plan *plan;
    struct clickhouse_rows got;
};

/* What one number of the answer stands for. False: what no table of ours holds. */
static bool value_of(const struct run *r, const struct remote_column *c, int64_t v, int64_t *out,
                     bool *null)
{
    *null = false;
    *out = v;
    if (c->base == BASE_ORDER) {
        if (v < 0 || (uint64_t)v >= c->n || c->first[v] == 0)
            return false;
        *out = (int64_t)c->first[v] - 1;
    } else if (c->base == BASE_SECTOR) {
        *null = v == 0;
        *out = v == 0 ? 0 : v - 1;
        return v >= 0 && v <= (int64_t)list_sectors.n;
    } else if (c->base >= BASE_ATTR) {
        const struct attr *a = &r->snap->schema->attr[c->base - BASE_ATTR];
        *null = v == clickhouse_attr_null(r->snap->schema, c->base - BASE_ATTR);
        *out = *null ? 0 : v;
        if (*null)
            return true;
        if (a->kind == ATTR_INT)
            return v >= a->min && v <= a->max;
        return v >= 0 &&
               v < (a->kind == ATTR_CHOICE ? (int64_t)a->list->n
                                           : dict_count(r->snap->dict[c->base - BASE_ATTR]));
    }
    return true;
}

static int unknown_value(struct run *r)
{
    err_set(r->err, ERR_UNAVAILABLE,
            "The tables in ClickHouse hold what this data directory does "
            "not know");
    err_hint(r->err, "they are another's, or older: move the data again by panji export");
    return ERR_UNAVAILABLE;
}

/* The values in the place of the numbers: NULL as ATTR_NULL, which is below all of them. */
static int translate(struct reading *g)
{
    struct run *r = g->scan->run;
    for (size_t i = 0; i < g->got.rows; i++) {
        int64_t *row = &g->got.value[i * g->got.cols];
        for (size_t k = 0; k < g->plan->cols; k++) {
            int64_t v;
            bool null;
            if (!value_of(r, &g->plan->col[k], row[k], &v, &null))
                return unknown_value(r);
            row[k] = null ? ATTR_NULL : v;
        }
    }
    return 0;
}

static int by_columns(const void *a, const void *b, void *ctx)
{
    const struct reading *g = ctx;
    const int64_t *x = &g->got.value[*(const uint32_t *)a * g->got.cols];
    const int64_t *y = &g->got.value[*(const uint32_t *)b * g->got.cols];
    for (size_t k = 0; k < g->got.cols; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* One row as often as it is there, which stands for so many registrations each time. */
static int hand_on(struct reading *g, const int64_t *row, int64_t times, int64_t registrations)
{
    struct scan *s = g->scan;
    size_t cols = g->plan->cols;
    for (; times > 0 && !s->stop; times--) {
        for (size_t k = 0; k < cols; k++) {
            struct frame_col *to = &s->col[g->plan->col[k].base];
            to->null[s->n] = row[k] == ATTR_NULL;
            to->i[s->n] = row[k] == ATTR_NULL ? 0 : row[k];
        }
        s->col[BASE_COUNT].i[s->n] = registrations;
        s->n++;
        if (s->n == s->vector)
            TRY(scan_flush(s));
    }
    return 0;
}

static int read_rows(struct reading *g)
{
    struct run *r = g->scan->run;
    if (g->got.rows > UINT32_MAX)
        return run_memory(r);
    uint32_t *order = ARENA_ARRAY(r->arena, uint32_t, g->got.rows);
    if (order == NULL)
        return run_memory(r);
    TRY(translate(g));
    for (size_t i = 0; i < g->got.rows; i++)
        order[i] = (uint32_t)i;
    TRY(run_sort(r, order, g->got.rows, by_columns, g));
    for (size_t i = 0; i < g->got.rows && !g->scan->stop; i++) {
        const int64_t *row = &g->got.value[order[i] * g->got.cols];
        int64_t sum = row[g->got.cols - 2];
        int64_t lines = row[g->got.cols - 1];
        r->rows_read += (uint64_t)lines;
        TRY(g->plan->rows ? hand_on(g, row, lines, row[g->plan->cols]) : hand_on(g, row, 1, sum));
    }
    return g->scan->n > 0 && !g->scan->stop ? scan_flush(g->scan) : 0;
}

int remote_read(struct scan *s)
{
    struct run *r = s->run;
    struct remote_plan p;
    struct reading g = {.scan = s, .plan = &p};
    if (s->plan->window.never)
        return 0;
    int rc = remote_plan(r, s->plan, &p);
    if (rc == 0)
        rc = clickhouse_select(r->snap->clickhouse, buf_view(&p.sql), remote_keys(&p) + 2,
                               r->ctx->cancel, r->arena, &g.got, r->err);
    remote_fini(&p);
    return rc == 0 ? read_rows(&g) : rc;
}
