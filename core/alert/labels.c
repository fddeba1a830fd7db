/* SPDX-License-Identifier: MIT
 *
 * What changes with the figures is an annotation: as a label it would make each evaluation a new
 * alert. */
#include "labels.h"

#include <ctype.h>
#include <stdio.h>

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the labels of an alert");
}

/* ---- labels ---------------------------------------------------------------------------------- */

static int find(const struct labels *l, struct str name, size_t *at)
{
    size_t i = 0;
    while (i < l->n && str_cmp(l->at[i].name, name) < 0)
        i++;
    *at = i;
    return i < l->n && str_eq(l->at[i].name, name);
}

/* What stands already stays. A label without a value is none. */
static void add(struct labels *l, struct str name, struct str value)
{
    size_t at;
    if (value.n == 0 || l->n == LABELS_MAX || find(l, name, &at))
        return;
    memmove(&l->at[at + 1], &l->at[at], (l->n - at) * sizeof *l->at);
    l->at[at] = (struct label){name, value};
    l->n++;
}

/* [a-zA-Z_][a-zA-Z0-9_]*, as Alertmanager wants it. */
static struct str label_name(struct str s, struct arena *a)
{
    char *name = arena_alloc(a, s.n + 2);
    size_t n = 0;
    if (name == NULL)
        return STR_NULL;
    if (s.n == 0 || isdigit((unsigned char)s.p[0]))
        name[n++] = '_';
    for (size_t i = 0; i < s.n; i++)
        name[n++] = isalnum((unsigned char)s.p[i]) && (unsigned char)s.p[i] < 0x80 ? s.p[i] : '_';
    return (struct str){name, n};
}

static int add_place(struct labels *l, const struct place *p, struct arena *a, struct err *err)
{
    char text[48];
    snprintf(text, sizeof text, "%s_code", place_level_name(p->level));
    struct str name = str_copy(a, str_of(text));
    snprintf(text, sizeof text, "%lld", (long long)p->code);
    struct str code = str_copy(a, str_of(text));
    if (name.p == NULL || code.p == NULL)
        return no_memory(err);
    add(l, str_of(place_level_name(p->level)), p->name);
    add(l, name, code);
    return 0;
}

static int add_places(struct labels *l, const struct alert_row *r, const struct place_tree *tree,
                      struct arena *a, struct err *err)
{
    if (tree == NULL || r->place_level <= PLACE_COUNTRY)
        return 0;
    uint32_t node = place_by_code(tree, (enum place_level)r->place_level, r->place_code);
    while (node != PLACE_NONE && tree->at[node].level > PLACE_COUNTRY) {
        TRY(add_place(l, &tree->at[node], a, err));
        node = tree->at[node].parent;
    }
    return 0;
}

static int add_key(struct labels *l, const struct alert_row *r, struct arena *a, struct err *err)
{
    struct str name;
    struct str value;
    size_t at = 0;
    while (json_member(r->key, &at, a, &name, &value)) {
        struct str safe = label_name(name, a);
        if (safe.p == NULL)
            return no_memory(err);
        if (!str_eq(value, STR("null")))
            add(l, safe, value);
    }
    return 0;
}

int labels_of(const struct alert_row *r, const struct place_tree *tree, struct arena *a,
              struct labels *out, struct err *err)
{
    out->n = 0;
    add(out, STR("alertname"), r->rule);
    add(out, STR("plugin"), r->plugin);
    add(out, STR("severity"), r->severity);
    TRY(add_places(out, r, tree, a, err));
    return add_key(out, r, a, err);
}

struct str label_value(const struct labels *l, const char *name)
{
    size_t at;
    return find(l, str_of(name), &at) ? l->at[at].value : STR("");
}

void labels_json(struct json *j, const struct labels *l)
{
    json_object(j);
    for (size_t i = 0; i < l->n; i++) {
        json_key_str(j, l->at[i].name);
        json_str(j, l->at[i].value);
    }
    json_object_end(j);
}

void labels_common(struct labels *common, const struct labels *other)
{
    size_t n = 0;
    for (size_t i = 0; i < common->n; i++) {
        size_t at;
        if (find(other, common->at[i].name, &at) &&
            str_eq(other->at[at].value, common->at[i].value))
            common->at[n++] = common->at[i];
    }
    common->n = n;
}

void annotations_json(struct json *j, const struct alert_row *r)
{
    json_object(j);
    json_put_text(j, "summary", r->message);
    json_put_text(j, "summary_hi", r->message_hi);
    json_put_text(j, "acknowledged_by", r->ack_by);
    json_put_text(j, "reason", r->ack_reason);
    json_object_end(j);
}
