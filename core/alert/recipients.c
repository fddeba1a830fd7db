/* SPDX-License-Identifier: MIT
 *
 * Recipients. */
#include "recipients.h"

#include <string.h>

#define OFFICERS "officers:"

bool recipient_is_address(struct str s)
{
    size_t at = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c >= 0x7F || strchr("<>,;:\\\"()[]", c) != NULL)
            return false;
        at += c == '@';
    }
    return at == 1 && s.n > 2 && s.n < 255 && s.p[0] != '@' && s.p[s.n - 1] != '@';
}

static int add(struct recipients *out, struct str address, struct err *err)
{
    if (!recipient_is_address(address))
        return 0;
    for (size_t i = 0; i < out->n; i++)
        if (str_eq_nocase(out->at[i], address))
            return 0;
    struct str *grown = arena_grown(out->a, out->at, out->n, &out->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory for recipients");
    out->at = grown;
    out->at[out->n++] = address;
    return 0;
}

/* ---- officers -------------------------------------------------------------------------------- */

struct office {
    const struct upload *table;
    int place, email, role; /* columns; role -1: none */
    struct str wanted;      /* role; empty: any */
    int64_t identity;
};

static int place_column(const struct upload *u, int level)
{
    for (size_t c = 0; c < u->frame->cols; c++)
        if (u->frame->col[c].type == TYPE_PLACE && u->level[c] == level)
            return (int)c;
    return -1;
}

/* He who also has a place further down is that place's officer. */
static bool is_lowest(const struct office *o, size_t row)
{
    for (size_t c = 0; c < o->table->frame->cols; c++) {
        struct value v = frame_get(o->table->frame, row, c);
        if (v.type == TYPE_PLACE && !v.null && o->table->level[c] > o->table->level[o->place])
            return false;
    }
    return true;
}

static bool holds(const struct office *o, size_t row)
{
    const struct frame *f = o->table->frame;
    struct value place = frame_get(f, row, (size_t)o->place);
    if (place.null || place.i != o->identity || !is_lowest(o, row))
        return false;
    if (o->wanted.n == 0)
        return true;
    struct value role = {.null = true};
    if (o->role >= 0)
        role = frame_get(f, row, (size_t)o->role);
    return !role.null && role.type == TYPE_STRING && str_eq_nocase(role.s, o->wanted);
}

static int add_officers(const struct office *o, struct recipients *out, struct err *err)
{
    for (size_t i = 0; i < o->table->frame->rows; i++) {
        struct value email = frame_get(o->table->frame, i, (size_t)o->email);
        if (email.type == TYPE_STRING && !email.null && holds(o, i))
            TRY(add(out, str_trim(email.s), err));
    }
    return 0;
}

/* LEVEL or LEVEL:ROLE */
static int find_officers(struct str spec, const struct snap *snap, int place_level,
                         int64_t place_code, struct recipients *out, struct err *err)
{
    const char *colon = memchr(spec.p, ':', spec.n);
    size_t n = colon != NULL ? (size_t)(colon - spec.p) : spec.n;
    int level = place_level_parse((struct str){spec.p, n});
    struct office o = {.table = upload_find(snap->uploads, STR("officers"))};
    if (o.table == NULL || level <= PLACE_COUNTRY || place_level < level)
        return 0;
    if (colon != NULL)
        o.wanted = str_trim((struct str){colon + 1, spec.n - n - 1});
    o.place = place_column(o.table, level);
    o.email = frame_find(o.table->frame, STR("email"));
    o.role = frame_find(o.table->frame, STR("role"));
    uint32_t node = place_by_code(snap->tree, (enum place_level)place_level, place_code);
    if (node != PLACE_NONE)
        node = place_above(snap->tree, node, (enum place_level)level);
    if (o.place < 0 || o.email < 0 || node == PLACE_NONE)
        return 0;
    o.identity = snap->tree->at[node].identity;
    return add_officers(&o, out, err);
}

int recipients_find(const struct notifier *n, const struct snap *snap, int place_level,
                    int64_t place_code, struct arena *a, struct recipients *out, struct err *err)
{
    *out = (struct recipients){.a = a};
    for (size_t i = 0; i < n->tos; i++) {
        struct str to = n->to[i];
        struct str spec = {to.p + sizeof OFFICERS - 1, to.n - (sizeof OFFICERS - 1)};
        if (!str_starts(to, STR(OFFICERS)))
            TRY(add(out, to, err));
        else
            TRY(find_officers(spec, snap, place_level, place_code, out, err));
    }
    return 0;
}
