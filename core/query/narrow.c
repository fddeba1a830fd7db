/* SPDX-License-Identifier: MIT
 *
 * Rows of tables, for whoever sees a part of them. */
#include "query/narrow.h"

#include <string.h>

#include "base/str.h"

/* ---- rows ----------------------------------------------------------------------------------- */

struct looking {
    const struct snap *snap;
    const struct frame *f;
    int source; /* column, or -1 */
};

static bool cell_null(const struct frame_col *c, size_t row)
{
    return c->null != NULL && c->null[row] != 0;
}

static bool places_are_seen(const struct looking *l, size_t row)
{
    const struct place_tree *t = l->snap->tree;
    bool seen = false;
    for (size_t c = 0; t->narrowed && c < l->f->cols; c++) {
        const struct frame_col *col = &l->f->col[c];
        if (col->type != TYPE_PLACE || cell_null(col, row))
            continue;
        uint32_t order = place_order(t, (uint32_t)col->i[row]);
        if (order == PLACE_NONE || !place_is_shown(t, order))
            return false;
        seen = seen || place_is_seen(t, order);
    }
    return seen || !t->narrowed;
}

static bool source_is_seen(const struct looking *l, size_t row)
{
    if (l->snap->source_seen == NULL || l->source < 0)
        return true;
    const struct frame_col *col = &l->f->col[l->source];
    return !cell_null(col, row) && snap_sees_source_named(l->snap, col->s[row]);
}

static int gather(struct arena *a, const struct frame *in, const uint32_t *row, size_t n,
                  struct frame **out, struct err *err)
{
    TRY(frame_new(a, n, in->cols, out, err));
    for (size_t c = 0; c < in->cols; c++) {
        struct frame_col *to = &(*out)->col[c];
        TRY(frame_col_init(a, to, n, in->col[c].name, in->col[c].type, err));
        to->list = in->col[c].list;
        for (size_t i = 0; i < n; i++)
            frame_set(*out, i, c, frame_get(in, row[i], c));
    }
    return 0;
}

static int keep(struct arena *a, const struct frame *in, bool (*pass)(void *ctx, size_t row),
                void *ctx, const struct frame **out, struct err *err)
{
    struct frame *kept;
    size_t n = 0;
    uint32_t *row = ARENA_ARRAY(a, uint32_t, in->rows + 1);
    if (row == NULL || in->rows > UINT32_MAX)
        return err_set(err, ERR_MEM, "There is no memory for the table.");
    for (size_t i = 0; i < in->rows; i++)
        if (pass(ctx, i))
            row[n++] = (uint32_t)i;
    TRY(gather(a, in, row, n, &kept, err));
    *out = kept;
    return 0;
}

static bool is_seen(void *ctx, size_t row)
{
    const struct looking *l = ctx;
    return places_are_seen(l, row) && source_is_seen(l, row);
}

int narrow_frame(struct arena *a, const struct snap *snap, const struct frame *in,
                 const struct frame **out, struct err *err)
{
    struct looking l = {snap, in, frame_find(in, STR("source"))};
    *out = in;
    if (!snap->narrowed)
        return 0;
    if (l.source >= 0 && in->col[l.source].type != TYPE_STRING)
        l.source = -1;
    return keep(a, in, is_seen, &l, out, err);
}

/* ---- tables --------------------------------------------------------------------------------- */

static bool no_row(void *ctx, size_t row)
{
    (void)ctx, (void)row;
    return false;
}

/* Rows whose id is among those of another table that are seen. */
struct ids {
    const struct frame *of, *in;
    int of_id, in_id;
};

static bool has_id(void *ctx, size_t row)
{
    const struct ids *x = ctx;
    for (size_t i = 0; i < x->of->rows; i++)
        if (str_eq(x->of->col[x->of_id].s[i], x->in->col[x->in_id].s[row]))
            return true;
    return false;
}

static int by_ids(const struct query_table *list, size_t n, const struct query_table *t,
                  struct arena *a, const struct snap *snap, const struct frame *in,
                  const struct frame **out, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, t->ids_of) != 0)
            continue;
        struct ids x = {.in = in, .in_id = frame_find(in, STR("id"))};
        TRY(narrow_table(list, n, &list[i], a, snap, &x.of, err));
        x.of_id = frame_find(x.of, STR("id"));
        return x.of_id >= 0 && x.in_id >= 0 ? keep(a, in, has_id, &x, out, err)
                                            : keep(a, in, no_row, NULL, out, err);
    }
    return keep(a, in, no_row, NULL, out, err);
}

int narrow_table(const struct query_table *list, size_t n, const struct query_table *t,
                 struct arena *a, const struct snap *snap, const struct frame **out,
                 struct err *err)
{
    struct frame *f;
    TRY(t->fill(t->ctx, a, snap, &f, err));
    *out = f;
    if (!snap->narrowed || t->sent)
        return 0;
    if (t->of_all_sources && snap->source_seen != NULL)
        return keep(a, f, no_row, NULL, out, err);
    return t->ids_of != NULL ? by_ids(list, n, t, a, snap, f, out, err)
                             : narrow_frame(a, snap, f, out, err);
}

/* ---- batches -------------------------------------------------------------------------------- */

static const char of_batches[] =
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY source, batch";

static void take_counts(const struct snap *snap, const struct frame *f, int64_t *seen)
{
    for (size_t row = 0; row < f->rows; row++) {
        if (cell_null(&f->col[0], row) || cell_null(&f->col[1], row))
            continue;
        int32_t source = dict_find(snap->dict[ATTR_SOURCE], f->col[0].s[row]);
        int32_t batch = dict_find(snap->dict[ATTR_BATCH], f->col[1].s[row]);
        for (size_t i = 0; i < snap->batch_count; i++)
            if (snap->batch[i].source == source && snap->batch[i].batch == batch)
                seen[i] = f->col[2].i[row];
    }
}

static int count(const struct snap *snap, int64_t *seen, struct err *err)
{
    struct query *q;
    struct query_result result;
    struct query_context ctx = {.snap = snap, .rows_max = INT32_MAX};
    TRY(query_parse(STR(of_batches), &q, err));
    int rc = query_run(q, &ctx, &result, err);
    if (rc == 0) {
        take_counts(snap, result.frame, seen);
        query_result_fini(&result);
    }
    query_unref(q);
    return rc;
}

int narrow_batches(const struct snap *snap, struct arena *a, int64_t **out, struct err *err)
{
    int64_t *seen = ARENA_ARRAY(a, int64_t, snap->batch_count + 1);
    if (seen == NULL)
        return err_set(err, ERR_MEM, "There is no memory for the batches.");
    for (size_t i = 0; i < snap->batch_count; i++) {
        bool whole = !snap->tree->narrowed && snap_sees_source(snap, snap->batch[i].source);
        seen[i] = whole ? snap->batch[i].registrations : -1;
    }
    *out = seen;
    return snap->tree->narrowed ? count(snap, seen, err) : 0;
}
