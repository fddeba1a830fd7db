/* SPDX-License-Identifier: MIT
 *
 * The data of a test that no file of registrations brings: figures as stated, the ledger of
 * batches, and the tables that the store has: rows that were left out, findings, alerts. */
#include <string.h>

#include "base/date.h"
#include "trial_int.h"

enum { DAY_MS = 86400000 };

static int intern(const struct snap *empty, int attr, struct str s, int32_t *id, struct err *err)
{
    *id = ATTR_NULL;
    return s.p ? dict_intern(empty->dict[attr], s, id, err) : 0;
}

static int read_stated(struct trial *t, const struct snap *empty, const struct grid *g, size_t i,
                       struct stated *s, struct err *err)
{
    uint32_t order;
    TRY(trial_day(t, g, i, "as_on", &s->as_on));
    TRY(trial_place(t, g, i, &order));
    TRY(trial_sector(t, g, i, &s->sector));
    s->place = t->tree->at[order].identity;
    s->total = trial_number(trial_cell(g, i, "total"), 0);
    s->received_ms = (int64_t)i * 1000; /* one a second, in the order in which they stand */
    return intern(empty, ATTR_SOURCE, trial_cell(g, i, "source"), &s->source, err);
}

int trial_stated(struct trial *t, const struct snap *empty, struct snap_change *change,
                 struct err *err)
{
    static const char *const known[] = {"as_on",  "state", "district", "block", "panchayat",
                                        "sector", "total", "source",   NULL};
    const struct grid *g = trial_grid(t, "stated");
    if (!g || g->rows == 0)
        return 0;
    struct stated *s = ARENA_ARRAY(&t->arena, struct stated, g->rows);
    if (!s)
        return ERR_MEM;
    TRY(trial_columns(t, g, known, false));
    for (size_t i = 1; i < g->rows; i++)
        TRY(read_stated(t, empty, g, i, &s[i - 1], err));
    change->stated = s;
    change->stateds = g->rows - 1;
    return 0;
}

static int read_batch(struct trial *t, const struct snap *empty, const struct grid *g, size_t i,
                      struct batch_note *b, struct err *err)
{
    int32_t day;
    TRY(trial_day(t, g, i, "received", &day));
    b->received_ms = (int64_t)day * DAY_MS;
    b->as_on = DAY_NONE;
    b->accepted = trial_number(trial_cell(g, i, "accepted"), 0);
    b->rejected = trial_number(trial_cell(g, i, "rejected"), 0);
    b->registrations = trial_number(trial_cell(g, i, "registrations"), b->accepted);
    b->repeated = trial_number(trial_cell(g, i, "repeated"), 0);
    struct str id = trial_cell(g, i, "batch");
    if (!trial_cell(g, i, "source").p || !id.p)
        return FAULT(t, "batches, row %zu: source, batch and received are needed", i);
    TRY(intern(empty, ATTR_SOURCE, trial_cell(g, i, "source"), &b->source, err));
    return intern(empty, ATTR_BATCH, id, &b->batch, err);
}

int trial_batches(struct trial *t, const struct snap *empty, struct snap_change *change,
                  struct err *err)
{
    static const char *const known[] = {"source",   "batch",         "received", "accepted",
                                        "rejected", "registrations", "repeated", NULL};
    const struct grid *g = trial_grid(t, "batches");
    if (!g || g->rows == 0)
        return 0;
    struct batch_note *b = ARENA_ARRAY(&t->arena, struct batch_note, g->rows);
    if (!b)
        return ERR_MEM;
    TRY(trial_columns(t, g, known, false));
    for (size_t i = 1; i < g->rows; i++)
        TRY(read_batch(t, empty, g, i, &b[i - 1], err));
    change->batch = b;
    change->batches = g->rows - 1;
    return 0;
}

/* ---- tables of the store
 * --------------------------------------------------------------------------------- */

static int give_frame(void *ctx, struct arena *a, const struct snap *snap, struct frame **out,
                      struct err *err)
{
    (void)a, (void)snap, (void)err;
    *out = ctx;
    return 0;
}

static bool names_place(const struct grid *g, size_t row)
{
    for (int level = PLACE_STATE; level < PLACE_LEVELS; level++)
        if (trial_cell(g, row, place_level_name((enum place_level)level)).p)
            return true;
    return false;
}

/* The place that a row names by its columns of places, or the one of a level above it. */
static int give_place(struct trial *t, const struct grid *g, size_t row, struct frame_col *out)
{
    uint32_t node;
    int level = place_level_parse(out->name);
    out->null[row - 1] = 1;
    if (!names_place(g, row))
        return 0;
    TRY(trial_place(t, g, row, &node));
    while (level > PLACE_COUNTRY && (int)t->tree->at[node].level > level)
        node = t->tree->at[node].parent;
    if (level > PLACE_COUNTRY && (int)t->tree->at[node].level != level)
        return 0;
    out->null[row - 1] = 0;
    out->i[row - 1] = t->tree->at[node].identity;
    return 0;
}

static int give_value(struct trial *t, const struct grid *g, size_t row, struct frame_col *out)
{
    struct str s = trial_cell(g, row, out->name.p);
    int32_t day = DAY_NONE;
    if (out->type == TYPE_PLACE)
        return give_place(t, g, row, out);
    out->null[row - 1] = s.p == NULL;
    if (out->type == TYPE_STRING) {
        out->s[row - 1] = s.p ? s : STR("");
    } else if (out->type == TYPE_FLOAT64) {
        if (s.p && str_to_f64(s, &out->f[row - 1]) < 0)
            return FAULT(t, "row %zu: \"%.*s\" is no number", row, STR_ARG(s));
    } else if (out->type == TYPE_DATE) {
        if (s.p)
            TRY(trial_day(t, g, row, out->name.p, &day));
        out->i[row - 1] = day;
    } else {
        out->i[row - 1] = trial_number(s, 0);
    }
    return 0;
}

/* A column of the store's own table, filled with the test's. */
static int fill_column(struct trial *t, const struct grid *g, const struct frame_col *like,
                       struct frame_col *out, struct err *err)
{
    TRY(frame_col_init(&t->arena, out, g->rows - 1, like->name, like->type, err));
    for (size_t i = 1; i < g->rows; i++)
        TRY(give_value(t, g, i, out));
    return 0;
}

/* The test's rows in the place of those of one of the store's tables. */
static int replace_table(struct trial *t, struct query_table *table, const struct grid *g,
                         const struct frame *like, struct err *err)
{
    const char **known = arena_array(&t->arena, like->cols + 1, sizeof *known);
    struct frame *f;
    if (!known)
        return ERR_MEM;
    for (size_t c = 0; c < like->cols; c++)
        known[c] = like->col[c].name.p;
    TRY(trial_columns(t, g, known, false));
    TRY(frame_new(&t->arena, g->rows - 1, like->cols, &f, err));
    for (size_t c = 0; c < like->cols; c++)
        TRY(fill_column(t, g, &like->col[c], &f->col[c], err));
    table->fill = give_frame;
    table->ctx = f;
    return 0;
}

int trial_tables(struct trial *t, struct err *err)
{
    for (size_t k = 0; k < REPORT_TABLES; k++) {
        struct query_table *table = &t->table[k];
        const struct grid *g = trial_grid(t, table->name);
        struct frame *like;
        if (!g || g->rows == 0)
            continue;
        TRY(table->fill(NULL, &t->arena, t->snap, &like, err));
        TRY(replace_table(t, table, g, like, err));
    }
    return 0;
}
