/* SPDX-License-Identifier: MIT
 *
 * The attributes that a registration has unless the configuration declares others, and how declared
 * ones come into being. */
#include "data/schema.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "data/name.h"

const struct schema schema_default = {
    .n = 11,
    .attr =
        {
            [ATTR_SOURCE] = {"source", ATTR_TEXT, NULL, 0, 0, "Source", "स्रोत", 0, 0},
            [ATTR_BATCH] = {"batch", ATTR_TEXT, NULL, 0, 0, "Batch", "खेप", 0, 0},
            {"occupation", ATTR_TEXT, NULL, 0, 0, "Occupation", "व्यवसाय", 0, 0},
            {"gender", ATTR_CHOICE, &list_gender, 0, 0, "Gender", "लिंग", 0, 0},
            {"age", ATTR_INT, NULL, 0, 120, "Age", "आयु", 0, 120},
            {"category", ATTR_CHOICE, &list_category, 0, 0, "Category", "वर्ग", 0, 0},
            {"channel", ATTR_CHOICE, &list_channel, 0, 0, "Channel", "माध्यम", 0, 0},
            {"centre", ATTR_TEXT, NULL, 0, 0, "Centre", "केंद्र", 0, 0},
            {"camp", ATTR_TEXT, NULL, 0, 0, "Camp", "शिविर", 0, 0},
            {"department", ATTR_TEXT, NULL, 0, 0, "Department", "विभाग", 0, 0},
            {"establishment", ATTR_TEXT, NULL, 0, 0, "Establishment", "प्रतिष्ठान", 0, 0},
        },
};

int schema_find(const struct schema *s, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq_nocase(str_of(s->attr[i].name), name)) {
            return (int)i;
        }
    }
    return -1;
}

/* ---- life ---- */

struct schema_life {
    atomic_uint refs;
    struct arena arena; /* all texts and lists */
    struct schema schema;
};

const struct schema *schema_ref(const struct schema *s)
{
    if (s->life) {
        atomic_fetch_add_explicit(&s->life->refs, 1, memory_order_relaxed);
    }
    return s;
}

void schema_unref(const struct schema *s)
{
    if (!s || !s->life || atomic_fetch_sub_explicit(&s->life->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    struct schema_life *life = s->life;
    arena_fini(&life->arena);
    mem_free(MEM_DATA, life);
}

static _Atomic(const struct schema *) in_use = &schema_default;

const struct schema *schema_in_use(void)
{
    return atomic_load_explicit(&in_use, memory_order_acquire);
}

void schema_use(const struct schema *s)
{
    schema_unref(atomic_exchange(&in_use, schema_ref(s)));
}

/* ---- merging ---- */

struct merging {
    struct schema *out;
    struct arena *arena;
    bool holds;
    struct err *err;
};

static int no_memory(struct merging *m)
{
    return err_set(m->err, ERR_MEM, "no memory for the attributes");
}

static const char *copy(struct merging *m, const char *text)
{
    return text ? arena_copy(m->arena, text, strlen(text)) : NULL;
}

bool attr_is_of_person(const struct attr *a)
{
    static const char *const of_offices[] = {"source", "batch",      "channel",      "centre",
                                             "camp",   "department", "establishment"};
    for (size_t i = 0; i < ARRAY_LEN(of_offices); i++)
        if (strcmp(a->name, of_offices[i]) == 0)
            return false;
    return true;
}

bool attr_name_taken(struct str name)
{
    static const char *const taken[] = {"date",      "state",  "district", "block",
                                        "panchayat", "place",  "count",    "registration_id",
                                        "sector",    "source", "batch"};
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        if (str_eq_nocase(name, str_of(taken[i]))) {
            return true;
        }
    }
    return str_ends(name, STR("_code"));
}

static int take_name(struct merging *m, struct attr *a, const char *name)
{
    if (attr_name_taken(str_of(name))) {
        return err_set(m->err, ERR_PARAM,
                       "no attribute can be called \"%s\": that is a column already", name);
    }
    a->name = copy(m, name);
    return a->name ? 0 : no_memory(m);
}

/* Given, else what it was, else `name`. */
static int take_title(struct merging *m, const char **title, const char *given, const char *was,
                      const char *name)
{
    *title = copy(m, given ? given : was ? was : name);
    return *title ? 0 : no_memory(m);
}

static int copy_item(struct merging *m, struct list_item *to, const struct list_item *from)
{
    *to = *from;
    to->name = copy(m, from->name);
    to->name_hi = copy(m, from->name_hi);
    to->aliases = copy(m, from->aliases);
    return to->name && to->name_hi && to->aliases ? 0 : no_memory(m);
}

/* A code that no item has; wished values have theirs when all of them are numbers. */
static int64_t free_code(const struct list *l, int64_t wanted)
{
    while (list_find_code(l, wanted) >= 0) {
        wanted++;
    }
    return wanted;
}

/* Of a wished value the first alias is what it is called in files, whatever it is shown as. */
static struct str known_as(const struct list_item *it)
{
    size_t n = strcspn(it->aliases, "|");
    return it->aliases[0] ? (struct str){it->aliases, n} : str_of(it->name);
}

/* The wished value in what is held: by name, title or alias. */
static int find_held(const struct list *held, const struct list_item *wished)
{
    int at = list_find(held, known_as(wished));
    return at >= 0 ? at : list_find(held, str_of(wished->name));
}

/* Adds the names of a list "a|b" that `out` does not have. */
static void join_aliases(char *out, size_t *n, const char *more)
{
    for (const char *p = more; *p;) {
        size_t len = strcspn(p, "|");
        bool there = false;
        for (const char *q = out; *q && !there; q += strcspn(q, "|"), q += *q == '|') {
            there = strcspn(q, "|") == len && memcmp(q, p, len) == 0;
        }
        if (!there) {
            out[*n] = '|';
            *n += *n > 0;
            memcpy(out + *n, p, len);
            *n += len;
            out[*n] = '\0';
        }
        p += len + (p[len] == '|');
    }
}

/* A value that is held and wished: its code stays, and so does what it was called. */
static int renew(struct merging *m, struct list_item *it, const struct list_item *wished)
{
    struct list_item both = *wished;
    size_t n = 0;
    char *aliases = arena_alloc(m->arena, strlen(it->name) + strlen(it->name_hi) +
                                              strlen(it->aliases) + strlen(wished->aliases) + 4);
    if (!aliases) {
        return no_memory(m);
    }
    join_aliases(aliases, &n, wished->aliases);
    join_aliases(aliases, &n, it->name);
    join_aliases(aliases, &n, it->name_hi);
    join_aliases(aliases, &n, it->aliases);
    bool titled = strcmp(wished->name, wished->name_hi) != 0 ||
                  !str_eq(known_as(wished), str_of(wished->name));
    both.code = it->code;
    both.aliases = aliases;
    both.name = titled ? wished->name : it->name;
    both.name_hi = titled ? wished->name_hi : it->name_hi;
    return copy_item(m, it, &both);
}

static int merge_lists(struct merging *m, const struct list *held, const struct list *wished,
                       struct list_item *item, size_t *n)
{
    *n = held->n;
    for (size_t i = 0; i < held->n; i++) {
        TRY(copy_item(m, &item[i], &held->items[i]));
        item[i].retired = true;
    }
    for (size_t i = 0; i < wished->n; i++) {
        int at = find_held(held, &wished->items[i]);
        if (at >= 0) {
            TRY(renew(m, &item[at], &wished->items[i]));
            item[at].retired = false;
            continue;
        }
        const struct list so_far = {held->name, *n, item};
        TRY(copy_item(m, &item[*n], &wished->items[i]));
        item[*n].code = free_code(&so_far, wished->items[i].code);
        *n += 1;
    }
    return 0;
}

static int no_two_alike(struct merging *m, const struct attr *a, const struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        for (size_t k = 0; k < i; k++) {
            char one[NAME_KEY_BYTES_MAX];
            char two[NAME_KEY_BYTES_MAX];
            if (str_eq(name_key(known_as(&l->items[i]), one),
                       name_key(known_as(&l->items[k]), two)) ||
                l->items[i].code == l->items[k].code) {
                return err_set(m->err, ERR_PARAM, "two values of \"%s\" are the same: \"%s\"",
                               a->name, l->items[i].name);
            }
        }
    }
    return 0;
}

static int take_list(struct merging *m, struct attr *a, const struct list *held,
                     const struct list *wished)
{
    static const struct list none = {"", 0, NULL};
    const struct list *base = held && m->holds ? held : &none;
    const struct list *add = wished ? wished : held ? held : &none;
    struct list *l = ARENA_NEW(m->arena, struct list);
    struct list_item *item = ARENA_ARRAY(m->arena, struct list_item, base->n + add->n);
    if (!l || !item) {
        return no_memory(m);
    }
    TRY(no_two_alike(m, a, add));
    l->name = a->name;
    l->items = item;
    a->list = l;
    return wished ? merge_lists(m, base, add, item, &l->n)
                  : merge_lists(m, &none, add, item, &l->n);
}

static void take_range(struct merging *m, struct attr *a, const struct attr *was,
                       const struct attr *wished)
{
    a->min = a->accept_min = wished->min;
    a->max = a->accept_max = wished->max;
    if (was && m->holds) {
        a->min = was->min < a->min ? was->min : a->min;
        a->max = was->max > a->max ? was->max : a->max;
    }
}

/* One attribute from what it was (NULL: nothing) and what is wished (NULL: that it stays). */
static int add(struct merging *m, const struct attr *was, const struct attr *wished)
{
    if (m->out->n == ATTRS_MAX) {
        return err_set(m->err, ERR_LIMIT, "a registration has at most %d attributes", ATTRS_MAX);
    }
    const struct attr *is = wished ? wished : was;
    struct attr *a = &m->out->attr[m->out->n];
    bool same = was && was->kind == is->kind;
    *a = *is;
    if (was) {
        a->name = copy(m, was->name);
    }
    if (was && !a->name) {
        return no_memory(m);
    }
    if (!was) {
        TRY(take_name(m, a, is->name));
    }
    TRY(take_title(m, &a->title_en, is->title_en, was ? was->title_en : NULL, is->name));
    TRY(take_title(m, &a->title_hi, is->title_hi, was ? was->title_hi : NULL, a->title_en));
    if (is->kind == ATTR_CHOICE) {
        TRY(take_list(m, a, same ? was->list : NULL, wished ? wished->list : NULL));
    }
    if (is->kind == ATTR_INT && wished) {
        take_range(m, a, same ? was : NULL, wished);
    }
    m->out->n++;
    return 0;
}

static const struct attr_wish *find_wish(const struct attr_wish *wish, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(wish[i].attr.name, name) == 0) {
            return &wish[i];
        }
    }
    return NULL;
}

static int cannot(struct merging *m, const struct attr *a, const char *what)
{
    err_set(m->err, ERR_CONFLICT,
            "the data directory has registrations with the attribute \"%s\", which cannot %s",
            a->name, what);
    err_hint(m->err, "leave it as it is, or import into a new data directory");
    return ERR_CONFLICT;
}

static int add_held(struct merging *m, size_t at, const struct attr *a, const struct attr_wish *w)
{
    if (w && at <= ATTR_BATCH) {
        return err_set(m->err, ERR_PARAM, "\"%s\" is set by the import and cannot be declared",
                       a->name);
    }
    if (w && w->off) {
        return m->holds ? cannot(m, a, "be taken away") : 0;
    }
    if (w && m->holds && w->attr.kind != a->kind) {
        return cannot(m, a, "change its type");
    }
    return add(m, a, w ? &w->attr : NULL);
}

static int merge(struct merging *m, const struct schema *base, const struct attr_wish *wish,
                 size_t wishes)
{
    for (size_t i = 0; i < base->n; i++) {
        TRY(add_held(m, i, &base->attr[i], find_wish(wish, wishes, base->attr[i].name)));
    }
    for (size_t i = 0; i < wishes; i++) {
        if (!wish[i].off && schema_find(base, str_of(wish[i].attr.name)) < 0) {
            TRY(add(m, NULL, &wish[i].attr));
        }
    }
    return 0;
}

int schema_merge(const struct schema *base, bool holds, const struct attr_wish *wish, size_t wishes,
                 const struct schema **out, struct err *err)
{
    struct schema_life *life = mem_calloc(MEM_DATA, 1, sizeof(*life));
    if (!life) {
        return err_set(err, ERR_MEM, "no memory for the attributes");
    }
    arena_init(&life->arena, MEM_DATA, 0);
    atomic_init(&life->refs, 1);
    life->schema.life = life;
    struct merging m = {&life->schema, &life->arena, holds, err};
    int rc = merge(&m, base, wish, wishes);
    if (rc < 0) {
        schema_unref(&life->schema);
        return rc;
    }
    *out = &life->schema;
    return 0;
}

static bool lists_equal(const struct list *a, const struct list *b)
{
    if (!a || !b || a->n != b->n) {
        return a == b;
    }
    for (size_t i = 0; i < a->n; i++) {
        const struct list_item *x = &a->items[i];
        const struct list_item *y = &b->items[i];
        if (x->code != y->code || x->retired != y->retired || strcmp(x->name, y->name) != 0 ||
            strcmp(x->name_hi, y->name_hi) != 0 || strcmp(x->aliases, y->aliases) != 0) {
            return false;
        }
    }
    return true;
}

bool schema_equal(const struct schema *a, const struct schema *b)
{
    bool equal = a->n == b->n;
    for (size_t i = 0; i < a->n && equal; i++) {
        const struct attr *x = &a->attr[i];
        const struct attr *y = &b->attr[i];
        equal = strcmp(x->name, y->name) == 0 && x->kind == y->kind && x->min == y->min &&
                x->max == y->max && x->accept_min == y->accept_min &&
                x->accept_max == y->accept_max && strcmp(x->title_en, y->title_en) == 0 &&
                strcmp(x->title_hi, y->title_hi) == 0 && lists_equal(x->list, y->list);
    }
    return equal;
}
