/* SPDX-License-Identifier: MIT
 *
 * From declared attributes to wishes. A value is known by its name in files and queries; where it
 * has a title it is shown as that. Values that are all numbers have these as their codes. */
#include "wishes.h"

#include <string.h>

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the attributes");
}

/* The name first, then the aliases: "F|female|...". */
static int join(struct arena *a, const struct attribute_value *v, const char **out, struct err *err)
{
    size_t n = v->name.n + 1;
    for (size_t i = 0; i < v->aliases; i++)
        n += v->alias[i].n + 1;
    char *p = arena_alloc(a, n);
    if (p == NULL)
        return no_memory(err);
    memcpy(p, v->name.p, v->name.n);
    n = v->name.n;
    for (size_t i = 0; i < v->aliases; i++) {
        p[n++] = '|';
        memcpy(p + n, v->alias[i].p, v->alias[i].n);
        n += v->alias[i].n;
    }
    *out = p;
    return 0;
}

static bool all_numbers(const struct attribute_setting *s)
{
    int64_t code;
    for (size_t i = 0; i < s->values; i++)
        if (str_to_i64(s->value[i].name, &code) < 0)
            return false;
    return true;
}

static int make_list(const struct attribute_setting *s, struct arena *a, const struct list **out,
                     struct err *err)
{
    bool numbers = all_numbers(s);
    struct list *l = ARENA_NEW(a, struct list);
    struct list_item *item = ARENA_ARRAY(a, struct list_item, s->values);
    if (l == NULL || item == NULL)
        return no_memory(err);
    for (size_t i = 0; i < s->values; i++) {
        const struct attribute_value *v = &s->value[i];
        item[i].code = (int64_t)i;
        if (numbers && str_to_i64(v->name, &item[i].code) < 0)
            return err_set(err, ERR_PARAM, "a code of %s is too large", s->name.p);
        item[i].name = v->title.en.n > 0 ? v->title.en.p : v->name.p;
        item[i].name_hi = v->title.hi.n > 0 ? v->title.hi.p : item[i].name;
        TRY(join(a, v, &item[i].aliases, err));
    }
    *l = (struct list){s->name.p, s->values, item};
    *out = l;
    return 0;
}

static int make_one(const struct attribute_setting *s, struct arena *a, struct attr_wish *out,
                    struct err *err)
{
    static const enum attr_kind kinds[] = {[ATTRIBUTE_CHOICE] = ATTR_CHOICE,
                                           [ATTRIBUTE_TEXT] = ATTR_TEXT,
                                           [ATTRIBUTE_INTEGER] = ATTR_INT};
    out->off = s->off;
    out->attr = (struct attr){.name = s->name.p,
                              .kind = kinds[s->type],
                              .min = s->min,
                              .max = s->max,
                              .title_en = s->title.en.n > 0 ? s->title.en.p : NULL,
                              .title_hi = s->title.hi.n > 0 ? s->title.hi.p : NULL,
                              .accept_min = s->min,
                              .accept_max = s->max};
    return s->type == ATTRIBUTE_CHOICE && !s->off ? make_list(s, a, &out->attr.list, err) : 0;
}

int wishes_make(const struct settings *s, struct arena *a, struct attr_wish **out, size_t *n,
                struct err *err)
{
    *out = NULL;
    *n = 0;
    if (s->attributes == 0)
        return 0;
    struct attr_wish *wish = ARENA_ARRAY(a, struct attr_wish, s->attributes);
    if (wish == NULL)
        return no_memory(err);
    for (size_t i = 0; i < s->attributes; i++)
        TRY(make_one(&s->attribute[i], a, &wish[i], err));
    *out = wish;
    *n = s->attributes;
    return 0;
}
