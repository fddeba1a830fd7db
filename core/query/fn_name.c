/* SPDX-License-Identifier: MIT
 *
 * From what is stored to what a query speaks of: places above a row, codes, names, texts of
 * dictionaries. */
#include "fn.h"

/* The row's place in the tree of places, which need not be that of the rows. */
static uint32_t order_of(const struct eval *ev, int64_t order)
{
    return ev->borders ? ev->borders->order[order] : (uint32_t)order;
}

/* Values of places are ids of identities, so that a block in two districts is one block. */
static int eval_place_at(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct place_tree *t = ev->places;
    enum place_level level = (enum place_level)e->option;
    int64_t last = -1;
    uint32_t node = PLACE_NONE;
    for (size_t i = 0; i < ev->n; i++) {
        int64_t order = e->arg[0]->out.i[i];
        if (order != last) {
            last = order;
            node = place_above(t, order_of(ev, order), level);
        }
        e->null_buf[i] = node == PLACE_NONE;
        e->out.i[i] = node == PLACE_NONE ? 0 : t->at[node].identity;
    }
    e->out.null = e->null_buf;
    return 0;
}

/* The node one level below one of the listed nodes, above `order`; PLACE_NONE outside of them and
 * on them. */
static uint32_t child_above(const struct place_tree *t, const struct node_list *within,
                            uint32_t order)
{
    for (size_t k = 0; k < within->n; k++) {
        uint32_t node = within->order[k];
        if (order > node && order < t->at[node].end)
            return place_above(t, order, (enum place_level)(t->at[node].level + 1));
    }
    return PLACE_NONE;
}

static int eval_child_of(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct place_tree *t = ev->places;
    int64_t last = -1;
    uint32_t node = PLACE_NONE;
    for (size_t i = 0; i < ev->n; i++) {
        int64_t order = e->arg[0]->out.i[i];
        if (order != last) {
            last = order;
            node = child_above(t, e->aux, order_of(ev, order));
        }
        e->null_buf[i] = node == PLACE_NONE;
        e->out.i[i] = node == PLACE_NONE ? 0 : t->at[node].identity;
    }
    e->out.null = e->null_buf;
    return 0;
}

static const struct place *place_of(const struct eval *ev, int64_t id)
{
    uint32_t order = place_order(ev->places, (uint32_t)id);
    return order == PLACE_NONE ? NULL : &ev->places->at[order];
}

static int eval_place_code(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        const struct place *p = vec_null(&e->out, i) ? NULL : place_of(ev, e->arg[0]->out.i[i]);
        e->out.i[i] = p ? p->code : 0;
    }
    return 0;
}

static int eval_list_code(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct list *l = e->arg[0]->list;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        int64_t item = e->arg[0]->out.i[i];
        bool known = !vec_null(&e->out, i) && item >= 0 && (size_t)item < l->n;
        e->out.i[i] = known ? l->items[item].code : 0;
    }
    return 0;
}

static int eval_name_text(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct expr *x = e->arg[0];
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        e->out.s[i] = STR("");
        if (vec_null(&e->out, i))
            continue;
        if (x->type == TYPE_CODED) {
            e->out.s[i] = list_item_name(x->list, x->out.i[i], ev->hindi);
            continue;
        }
        const struct place *p = place_of(ev, x->out.i[i]);
        if (p != NULL)
            e->out.s[i] = place_name(p, ev->hindi);
    }
    return 0;
}

static int eval_dict_text(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct dict *d = e->aux;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.s[i] = vec_null(&e->out, i) ? STR("") : dict_get(d, (int32_t)e->arg[0]->out.i[i]);
    return 0;
}

/* What is known so far of a dictionary's texts as numbers. */
struct int_cache {
    size_t n;
    uint8_t *state; /* 0 not looked at, 1 a number, 2 none */
    int64_t *value;
};

static int int_cache_get(struct eval *ev, struct expr *e, const struct dict *d,
                         struct int_cache **out)
{
    size_t n = (size_t)dict_count(d);
    struct int_cache *c = e->state;
    if (c == NULL || c->n < n) {
        c = ARENA_NEW(ev->arena, struct int_cache);
        if (c == NULL)
            return eval_memory(ev);
        c->n = n;
        c->state = ARENA_ARRAY(ev->arena, uint8_t, n);
        c->value = ARENA_ARRAY(ev->arena, int64_t, n);
        if (c->state == NULL || c->value == NULL)
            return eval_memory(ev);
        e->state = c;
    }
    *out = c;
    return 0;
}

static int eval_dict_int(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    const struct dict *d = e->aux;
    const struct frame_col *in = &e->arg[0]->out;
    struct int_cache *c = NULL;
    TRY(int_cache_get(ev, e, d, &c));
    for (size_t i = 0; i < ev->n; i++) {
        e->null_buf[i] = 1;
        e->out.i[i] = 0;
        size_t id = (size_t)in->i[i];
        if (vec_null(in, i) || id >= c->n)
            continue;
        if (c->state[id] == 0)
            c->state[id] = str_to_i64(dict_get(d, (int32_t)id), &c->value[id]) == 0 ? 1 : 2;
        if (c->state[id] == 1) {
            e->null_buf[i] = 0;
            e->out.i[i] = c->value[id];
        }
    }
    e->out.null = e->null_buf;
    return 0;
}

const struct fn fn_place_at = {"place", eval_place_at, false};
const struct fn fn_child_of = {"CHILD_OF", eval_child_of, false};
const struct fn fn_place_code = {"code", eval_place_code, false};
const struct fn fn_list_code = {"code", eval_list_code, false};
const struct fn fn_name_text = {"name", eval_name_text, false};
const struct fn fn_dict_text = {"text", eval_dict_text, false};
const struct fn fn_dict_int = {"number", eval_dict_int, false};
