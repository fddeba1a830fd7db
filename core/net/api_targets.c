/* SPDX-License-Identifier: MIT
 *
 * Sets of targets, and the ledger of one. */
#include <math.h>

#include "api.h"
#include "base/date.h"
#include "base/near.h"

struct column {
    const char *name;
    enum type type;
};

static int new_frame(struct request *r, const struct column *col, size_t cols, size_t rows,
                     struct frame **out, struct err *err)
{
    TRY(frame_new(&r->arena, rows, cols, out, err));
    for (size_t c = 0; c < cols; c++)
        TRY(frame_col_init(&r->arena, &(*out)->col[c], rows, str_of(col[c].name), col[c].type,
                           err));
    return 0;
}

static struct value text(struct str s)
{
    return (struct value){.type = TYPE_STRING, .null = s.n == 0, .s = s};
}

static struct value day(int32_t d)
{
    return (struct value){.type = TYPE_DATE, .null = d == DAY_NONE, .i = d};
}

static struct value number(int64_t i)
{
    return (struct value){.type = TYPE_INT64, .i = i};
}

static bool is_seen(const struct request *r, const struct target *t)
{
    return !r->snap->tree->narrowed || place_id_is_seen(r->snap->tree, t->place);
}

/* Of the places that are seen. */
static int64_t sum(const struct request *r, const struct target_set *s)
{
    int64_t total = 0;
    for (size_t i = 0; i < s->n; i++)
        total += is_seen(r, &s->at[i]) ? s->at[i].target : 0;
    return total;
}

/* ---- GET /v1/targets ------------------------------------------------------------------------- */

static const struct column set_columns[] = {
    {"plugin", TYPE_STRING},   {"set", TYPE_STRING},   {"title", TYPE_STRING},
    {"level", TYPE_STRING},    {"from", TYPE_DATE},    {"to", TYPE_DATE},
    {"places", TYPE_INT64},    {"target", TYPE_INT64}, {"source", TYPE_STRING},
    {"decided_on", TYPE_DATE}, {"note", TYPE_STRING},  {"by", TYPE_STRING},
    {"phasing", TYPE_STRING},
};

static const char *const phasing_names[] = {[TARGET_BY_DAYS] = "days",
                                            [TARGET_BY_WORKING_DAYS] = "working_days",
                                            [TARGET_BY_MONTHS] = "months"};

/* A place may have a target for each part. */
static int64_t places(const struct request *r, const struct target_set *s)
{
    int64_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += is_seen(r, &s->at[i]) && (i == 0 || s->at[i].place != s->at[i - 1].place);
    return n;
}

static void put_set(struct request *r, struct frame *f, size_t row, const struct plugin *p,
                    const struct target_set *s)
{
    const struct value cells[] = {
        text(p->name),
        text(s->name),
        text(r->hindi ? s->title_hi : s->title),
        text(str_of(place_level_name(s->level))),
        day(s->from),
        day(s->to),
        number(places(r, s)),
        number(sum(r, s)),
        text(s->source),
        day(s->decided_on),
        text(r->snap->narrowed ? STR("") : s->note), /* it may name places */
        text(str_of(target_by_name(s->by))),
        text(str_of(phasing_names[s->phasing])),
    };
    for (size_t c = 0; c < ARRAY_LEN(cells); c++)
        frame_set(f, row, c, cells[c]);
}

int api_targets(struct request *r, struct err *err)
{
    struct frame *f;
    size_t rows = 0;
    for (size_t p = 0; p < r->plugins->n; p++)
        rows += r->plugins->plugin[p].targets;
    TRY(new_frame(r, set_columns, ARRAY_LEN(set_columns), rows, &f, err));
    size_t row = 0;
    for (size_t p = 0; p < r->plugins->n; p++)
        for (size_t i = 0; i < r->plugins->plugin[p].targets; i++)
            put_set(r, f, row++, &r->plugins->plugin[p], r->plugins->plugin[p].target[i]);
    struct format_options o = request_format_options(r);
    return request_reply_frame(r, f, &o, err);
}

/* ---- GET /v1/targets/PLUGIN/SET -------------------------------------------------------------- */

static const struct column ledger_columns[] = {
    {"place_code", TYPE_INT64}, {"place", TYPE_STRING},      {"target", TYPE_INT64},
    {"basis", TYPE_STRING},     {"weight", TYPE_FLOAT64},    {"from", TYPE_DATE},
    {"to", TYPE_DATE},          {"expected", TYPE_FLOAT64},  {"source", TYPE_STRING},
    {"sector", TYPE_STRING},    {"department", TYPE_STRING},
};

static struct str part_shown(const struct request *r, const struct target_set *s,
                             const struct target *t, enum target_by by)
{
    if (s->by != by)
        return STR("");
    const struct target_part *p = &s->part[t->part];
    return p->sector >= 0 ? list_item_name(&list_sectors, p->sector, r->hindi) : p->name;
}

static int find_set(struct request *r, const struct target_set **out, struct err *err)
{
    struct str plugin = r->match.capture[0];
    struct str name = r->match.capture[1];
    struct near_list near;
    near_init(&near);
    for (size_t p = 0; p < r->plugins->n; p++) {
        const struct plugin *at = &r->plugins->plugin[p];
        for (size_t i = 0; i < at->targets; i++) {
            near_offer(&near, name, at->target[i]->name);
            if (str_eq(at->name, plugin) && str_eq(at->target[i]->name, name)) {
                *out = at->target[i];
                return 0;
            }
        }
    }
    err_set(err, ERR_NOT_FOUND,
            "there is no set of targets '%.*s/%.*s'; GET /v1/targets lists them", STR_ARG(plugin),
            STR_ARG(name));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

/* "sector and workers" in Hindi. The facts of places have the names of their files. */
static void put_shared_by(struct buf *b, struct str by)
{
    static const struct {
        struct str en;
        const char *hi;
    } parts[] = {{{"sector", 6}, "क्षेत्र"}, {{"department", 10}, "विभाग"}};
    struct str and = STR(" and ");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!str_starts(by, parts[i].en))
            continue;
        buf_cstr(b, parts[i].hi);
        by = (struct str){by.p + parts[i].en.n, by.n - parts[i].en.n};
    }
    if (str_starts(by, and)) {
        buf_cstr(b, " और ");
        by = (struct str){by.p + and.n, by.n - and.n};
    }
    buf_str(b, by);
    buf_cstr(b, " के अनुपात में बाँटा हुआ");
}

/* How the figure came about. */
static struct str basis_shown(struct request *r, const struct target *t)
{
    struct str basis = str_of(t->basis), shared = STR("shared by ");
    struct buf b;
    if (!r->hindi)
        return basis;
    if (!str_starts(basis, shared))
        return str_eq(basis, STR("fixed")) ? STR("तय किया हुआ") : STR("दिया हुआ");
    buf_init(&b, MEM_NET);
    put_shared_by(&b, (struct str){basis.p + shared.n, basis.n - shared.n});
    struct str shown = b.failed ? STR_NULL : str_copy(&r->arena, buf_view(&b));
    buf_fini(&b);
    return shown.p ? shown : basis;
}

static void put_target(struct request *r, struct frame *f, size_t row, const struct target_set *s,
                       const struct target *t, int32_t as_on)
{
    const struct place_tree *tree = r->snap->tree;
    uint32_t order = place_order(tree, t->place);
    ASSERT(order != PLACE_NONE);
    struct value weight = {.type = TYPE_FLOAT64, .null = isnan(t->weight), .f = t->weight};
    struct value expected = {.type = TYPE_FLOAT64,
                             .null = as_on == DAY_NONE,
                             .f = as_on == DAY_NONE ? 0 : target_expected(s, t->target, as_on)};
    const struct value cells[] = {
        number(tree->at[order].code),
        text(place_name(&tree->at[order], r->hindi)),
        number(t->target),
        text(basis_shown(r, t)),
        weight,
        day(s->from),
        day(s->to),
        expected,
        text(s->source),
        text(part_shown(r, s, t, TARGET_BY_SECTOR)),
        text(part_shown(r, s, t, TARGET_BY_DEPARTMENT)),
    };
    for (size_t c = 0; c < ARRAY_LEN(cells); c++)
        frame_set(f, row, c, cells[c]);
}

int api_target_set(struct request *r, struct err *err)
{
    const struct target_set *s = NULL;
    struct frame *f;
    TRY(find_set(r, &s, err));
    TRY(new_frame(r, ledger_columns, ARRAY_LEN(ledger_columns), s->n, &f, err));
    struct format_options o = request_format_options(r);
    size_t row = 0;
    for (size_t i = 0; i < s->n; i++)
        if (is_seen(r, &s->at[i]))
            put_target(r, f, row++, s, &s->at[i], o.as_on);
    f->rows = row;
    return request_reply_frame(r, f, &o, err);
}
