/* SPDX-License-Identifier: MIT
 *
 * Parts are collected from all figures first and then put in order (sectors in that of their list,
 * departments by name), because a Lua table has none. */
#include "target_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/near.h"
#include "data/list.h"
#include "data/name.h"

struct parting {
    struct reader *r;
    const struct targets_decl *d;
    struct target_set *set;
    struct target_part *part;
    double *weight; /* by part, of d->parts */
    bool ok, no_memory;
    struct err *err;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for targets");
}

static struct err *bad(struct parting *p, struct err *e)
{
    p->ok = false;
    return e;
}

/* ---- names ---- */

static void unknown_sector(struct parting *p, struct str name)
{
    struct near_list near;
    struct err *e = bad(p, reader_fault(p->r, name, ERR_UNKNOWN_NAME, "there is no sector \"%.*s\"",
                                        STR_ARG(name)));
    near_init(&near);
    list_near(&list_sectors, name, &near);
    if (near.n > 0)
        near_hint(&near, e);
    else
        err_hint(e, "`panji query 'FROM sectors'` lists them; an English or a Hindi name, an alias "
                    "or the code will do");
}

/* Index of the part of this name; -1 when there is none, with *sector the sector meant. */
static int find(const struct parting *p, struct str name, int *sector)
{
    *sector = -1;
    if (p->set->by == TARGET_BY_DEPARTMENT)
        return target_part_named(p->set, name);
    *sector = list_find(&list_sectors, name);
    return *sector < 0 ? -1 : target_part_sector(p->set, *sector);
}

static struct str kept_key(struct parting *p, struct str name)
{
    char text[NAME_KEY_BYTES_MAX];
    struct str key = str_copy(p->r->arena, name_key(name, text));
    p->no_memory = p->no_memory || !key.p;
    return key;
}

static void collect(struct parting *p, struct str name)
{
    int sector;
    name = str_trim(name);
    if (find(p, name, &sector) >= 0)
        return;
    if (p->set->by == TARGET_BY_SECTOR && sector < 0) {
        unknown_sector(p, name);
    } else if (name.n == 0) {
        bad(p, reader_fault(p->r, STR("by"), ERR_VALUE, "a department has no name"));
    } else if (p->set->parts == TARGET_PARTS_MAX) {
        bad(p, reader_fault(p->r, name, ERR_LIMIT, "a set has no more than %d parts",
                            TARGET_PARTS_MAX));
    } else {
        struct str shown = sector < 0 ? name : list_item_name(&list_sectors, sector, false);
        p->part[p->set->parts++] = (struct target_part){shown, kept_key(p, shown), sector};
    }
}

static void collect_codes(struct parting *p, const struct codes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->at[i].part.p && p->set->by != TARGET_WHOLE) {
            collect(p, c->at[i].part);
        } else if (c->at[i].part.p) {
            struct err *e = bad(p, reader_fault(p->r, c->at[i].part, ERR_PLUGIN,
                                                "there is a figure for \"%.*s\", but no \"by\"",
                                                STR_ARG(c->at[i].part)));
            err_hint(e, "say what the figures are divided by: by = \"sector\", or by = "
                        "\"department\"");
            return;
        }
    }
}

static int part_cmp(const void *a, const void *b)
{
    const struct target_part *x = a, *y = b;
    if (x->sector != y->sector)
        return x->sector < y->sector ? -1 : 1;
    return str_cmp(x->name, y->name);
}

static void read_weights(struct parting *p)
{
    const struct pairs *w = &p->d->parts;
    for (size_t i = 0; i < w->n; i++) {
        double weight;
        int sector;
        int part = find(p, str_trim(w->name[i]), &sector);
        if (str_to_f64(w->value[i], &weight) < 0 || !(weight >= 0) || isinf(weight))
            bad(p, reader_fault(p->r, w->name[i], ERR_VALUE,
                                "the weight of \"%.*s\" in \"parts\" is not a number from 0 on",
                                STR_ARG(w->name[i])));
        else if (part >= 0)
            p->weight[part] += weight;
    }
}

static int collect_all(struct parting *p)
{
    const struct targets_decl *d = p->d;
    p->part = ARENA_ARRAY(p->r->arena, struct target_part, TARGET_PARTS_MAX);
    p->weight = ARENA_ARRAY(p->r->arena, double, TARGET_PARTS_MAX);
    if (!p->part || !p->weight)
        return no_memory(p->err);
    p->set->part = p->part;
    collect_codes(p, &d->total);
    collect_codes(p, &d->fixed);
    collect_codes(p, &d->values);
    for (size_t i = 0; i < d->parts.n && p->set->by != TARGET_WHOLE; i++)
        collect(p, d->parts.name[i]);
    if (d->parts.n > 0 && p->set->by == TARGET_WHOLE)
        bad(p, reader_fault(p->r, STR("parts"), ERR_PLUGIN, "\"parts\" needs \"by\""));
    if (p->no_memory)
        return no_memory(p->err);
    if (!p->ok)
        return 0;
    qsort(p->part, p->set->parts, sizeof *p->part, part_cmp);
    read_weights(p);
    return 0;
}

/* ---- figures ---- */

static void undivided(struct parting *p, const char *field, int64_t code)
{
    const char *by = target_by_name(p->set->by);
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)code);
    struct err *e =
        bad(p, reader_fault(p->r, str_of(text), ERR_PLUGIN,
                            "the figure of [%s] in \"%s\" names no %s", text, field, by));
    if (strcmp(field, "fixed") == 0)
        err_hint(e, "an agreed figure is of one %s: [%s] = { [\"name\"] = count }", by, text);
    else
        err_hint(e, "write [%s] = { [\"name\"] = count }, or give weights: parts = { ... }", text);
}

/* One figure over all parts, by their weights. */
static int divide(struct parting *p, const struct code_value *whole, struct figures *out)
{
    int64_t *value = ARENA_ARRAY(p->r->arena, int64_t, p->set->parts);
    struct err why;
    if (!value)
        return no_memory(p->err);
    if (target_share(whole->value, p->weight, p->set->parts, value, &why) < 0) {
        if (why.code == ERR_MEM)
            return no_memory(p->err);
        bad(p, reader_fault(p->r, STR("parts"), ERR_VALUE, "\"parts\": %s", why.msg));
        return 0;
    }
    for (size_t i = 0; i < p->set->parts; i++) {
        if (p->weight[i] > 0)
            out->at[out->n++] = (struct figure){whole->code, value[i], (int)i, true};
    }
    return 0;
}

static int figure_cmp(const void *a, const void *b)
{
    const struct figure *x = a, *y = b;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static int take(struct parting *p, const char *field, const struct codes *c, struct figures *out)
{
    bool by = p->set->by != TARGET_WHOLE;
    bool may_divide = by && p->d->parts.n > 0 && strcmp(field, "fixed") != 0;
    size_t each = may_divide ? p->set->parts + 1 : 1;
    out->at = ARENA_ARRAY(p->r->arena, struct figure, c->n * each);
    if (!out->at)
        return no_memory(p->err);
    for (size_t i = 0; i < c->n; i++) {
        const struct code_value *v = &c->at[i];
        int sector;
        if (v->part.p)
            out->at[out->n++] =
                (struct figure){v->code, v->value, find(p, str_trim(v->part), &sector), false};
        else if (!by)
            out->at[out->n++] = (struct figure){v->code, v->value, 0, false};
        else if (may_divide)
            TRY(divide(p, v, out));
        else
            undivided(p, field, v->code);
    }
    qsort(out->at, out->n, sizeof *out->at, figure_cmp);
    return 0;
}

int target_parts_read(struct reader *r, const struct targets_decl *d, struct target_set *set,
                      struct set_figures *out, bool *ok, struct err *err)
{
    struct parting p = {.r = r, .d = d, .set = set, .ok = true, .err = err};
    memset(out, 0, sizeof *out);
    set->by = str_eq(d->by, STR("sector"))       ? TARGET_BY_SECTOR
              : str_eq(d->by, STR("department")) ? TARGET_BY_DEPARTMENT
                                                 : TARGET_WHOLE;
    TRY(collect_all(&p));
    if (p.ok)
        TRY(take(&p, "total", &d->total, &out->total));
    if (p.ok)
        TRY(take(&p, "fixed", &d->fixed, &out->fixed));
    if (p.ok)
        TRY(take(&p, "values", &d->values, &out->values));
    *ok = p.ok;
    return 0;
}
