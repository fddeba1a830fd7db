/* SPDX-License-Identifier: MIT
 *
 * complete(level, under => place): a row for every place of the level, also where nothing came. */
#include "tvf.h"

enum { LEVEL, UNDER };

/* `under` is a place above the level: a name that several levels share means the nearest. */
static int bind_under(struct scope *s, struct tvf_call *c, int level)
{
    struct value *v = &c->value[UNDER];
    const struct place_tree *t = s->b->places;
    bool plain = c->arg[UNDER] != NULL && !v->null && v->type == TYPE_STRING &&
                 memchr(v->s.p, ':', v->s.n) == NULL;
    for (int l = level - 1; plain && l >= PLACE_STATE; l--) {
        uint32_t found;
        if (place_find(t, (enum place_level)l, 0, v->s, &found, 1) == 0)
            continue;
        uint32_t id;
        TRY(bind_place(s, l, v->s, c->arg[UNDER], &id));
        *v = (struct value){.type = TYPE_PLACE, .i = id};
        return 0;
    }
    return tvf_place_value(s, c, UNDER);
}

static int bind_complete(struct scope *s, struct tvf_call *c)
{
    struct str word = c->value[LEVEL].s;
    int level = c->value[LEVEL].null ? -1 : place_level_parse(word);
    if (level < 0 && !s->b->check) {
        struct near_list near;
        near_init(&near);
        for (int l = PLACE_STATE; l < PLACE_LEVELS; l++)
            near_offer(&near, word, str_of(place_level_name((enum place_level)l)));
        tvf_fail(s, c, LEVEL, ERR_UNKNOWN_NAME, "\"%.*s\" is no level of places", STR_ARG(word));
        near_hint(&near, s->b->err);
        if (near.n == 0)
            err_hint(s->b->err, "levels are state, district, block, panchayat");
        return ERR_UNKNOWN_NAME;
    }
    TRY(bind_under(s, c, level));
    c->value[LEVEL].i = level;
    int col = tvf_place_column(c, level);
    const struct expr *e = col >= 0 ? c->col[col].expr : NULL;
    if (e == NULL || (e->level != level && e->level != PLACE_LEVEL_ANY && level >= 0))
        return tvf_fail(s, c, -1, ERR_TYPE, "complete('%.*s') needs a column of that level",
                        STR_ARG(word));
    c->column[LEVEL] = col;
    return 0;
}

/* Identities of the level inside `under`, once each. */
static int places_below(struct run *r, const struct tvf_call *c, uint32_t **out, size_t *n)
{
    const struct place_tree *t = r->places;
    int level = (int)c->value[LEVEL].i;
    uint32_t root = 0;
    if (!c->value[UNDER].null) {
        uint32_t order = place_order(t, (uint32_t)c->value[UNDER].i);
        root = order == PLACE_NONE ? PLACE_NONE : place_first(t, order);
    }
    *out = ARENA_ARRAY(r->arena, uint32_t, t->n);
    uint8_t *met = ARENA_ARRAY(r->arena, uint8_t, t->ids_max);
    if (*out == NULL || met == NULL)
        return run_memory(r);
    *n = 0;
    for (; root != PLACE_NONE; root = t->at[root].same)
        for (uint32_t o = root; o < t->at[root].end;) {
            uint32_t id = t->at[o].identity;
            bool here = (int)t->at[o].level == level && !t->at[o].gone && place_is_seen(t, o);
            if (here && !met[id]) {
                met[id] = 1;
                (*out)[(*n)++] = id;
            }
            o = (int)t->at[o].level >= level ? t->at[o].end : o + 1;
        }
    return 0;
}

/* Rows of the input, then one for each place that has none. */
static int add_missing(struct run *r, const struct tvf_call *c, const struct frame *in,
                       const uint32_t *missing, size_t n, struct frame **out)
{
    size_t rows = in->rows + n;
    TRY(run_frame(r, rows, in->cols, out));
    for (size_t k = 0; k < in->cols; k++) {
        struct frame_col *to = &(*out)->col[k];
        const struct frame_col *from = &in->col[k];
        TRY(frame_col_init(r->arena, to, rows, from->name, from->type, r->err));
        to->list = from->list;
        vec_copy(to, 0, from, in->rows);
        bool place = (int)k == c->column[LEVEL];
        for (size_t i = 0; i < n; i++) {
            to->null[in->rows + i] = !place && from->type != TYPE_INT64;
            if (place)
                to->i[in->rows + i] = missing[i];
        }
    }
    return 0;
}

static int run_complete(struct run *r, const struct tvf_call *c, const struct frame *in,
                        struct frame **out)
{
    uint32_t *place;
    size_t n = 0;
    TRY(places_below(r, c, &place, &n));
    const struct frame_col *col = &in->col[c->column[LEVEL]];
    uint8_t *met = ARENA_ARRAY(r->arena, uint8_t, r->places->ids_max);
    if (met == NULL)
        return run_memory(r);
    for (size_t i = 0; i < in->rows; i++)
        if (!vec_null(col, i) && col->i[i] < (int64_t)r->places->ids_max)
            met[col->i[i]] = 1;
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        if (!met[place[i]])
            place[missing++] = place[i];
    struct frame *all;
    TRY(add_missing(r, c, in, place, missing, &all));
    struct sort_key key = {expr_col(r->arena, c->column[LEVEL], TYPE_PLACE), false, false};
    struct step sort = {.sort = &key, .sorts = 1, .limit = SIZE_MAX};
    return key.expr == NULL ? run_memory(r) : frame_sort(r, &sort, all, out);
}

const struct tvf tvf_complete = {"complete",
                                 {{"level", TYPE_STRING, true, false},
                                  {"under", TYPE_NULL, false, false},
                                  {NULL, TYPE_NULL, false, false}},
                                 bind_complete,
                                 run_complete};
