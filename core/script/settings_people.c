/* SPDX-License-Identifier: MIT
 *
 * The two larger parts of the configuration: attributes of registrations, and notifiers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "data/name.h"
#include "read.h"
#include "settings_int.h"

/* ---- attributes ---- */

static const struct field value_fields[] = {
    {"name", FIELD_STRING, true, 1, AT(value_decl, name), NULL, NULL,
     "how it is stored, and shown in English"},
    {"title", FIELD_TEXT, false, 0, AT(value_decl, title), NULL, NULL,
     "how it is shown, where that is not its name"},
    {"aliases", FIELD_STRINGS, false, 0, AT(value_decl, aliases), NULL, NULL,
     "what sources call it, in either script"},
};
static const struct record value_record =
    RECORD("value", value_decl, value_fields, "a value of a choice: { \"F\", title = ... }");

static const struct field attribute_fields[] = {
    {"type", FIELD_CHOICE, true, 0, AT(attribute_decl, type), "choice|text|integer", NULL,
     "a choice of values, any text, or a whole number"},
    {"title", FIELD_TEXT, false, 0, AT(attribute_decl, title), NULL, NULL, "heading"},
    {"values", FIELD_RECORDS, false, 0, AT(attribute_decl, values), "text", &value_record,
     "of a choice: what is allowed"},
    {"min", FIELD_NUMBER, false, 0, AT(attribute_decl, min), NULL, NULL,
     "of an integer: the smallest"},
    {"max", FIELD_NUMBER, false, 0, AT(attribute_decl, max), NULL, NULL,
     "of an integer: the largest"},
};
const struct record attribute_record =
    RECORD("attribute", attribute_decl, attribute_fields, "An attribute of registrations.");

static bool is_column_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!islower((unsigned char)s.p[i]) && s.p[i] != '_' &&
            !(i > 0 && isdigit((unsigned char)s.p[i])))
            return false;
    return s.n > 0 && s.n <= NAME_LENGTH_MAX;
}

static int32_t whole(struct taking *t, const char *name, struct number n, int32_t otherwise)
{
    if (!n.given)
        return otherwise;
    if (n.value >= -ATTR_INT_MOST && n.value <= ATTR_INT_MOST && !(n.value < (int32_t)n.value) &&
        !(n.value > (int32_t)n.value))
        return (int32_t)n.value;
    take_fault(t, str_of(name), "\"%s\" must be a whole number from -%d to %d", name, ATTR_INT_MOST,
               ATTR_INT_MOST);
    return otherwise;
}

/* Names that are kept in one text, apart by '|'. */
static void check_names(struct taking *t, struct str name, const struct strs *aliases)
{
    if (name.n == 0 || name.n > NAME_BYTES_MAX || memchr(name.p, '|', name.n) != NULL)
        take_fault(t, name, "a value is empty, longer than %d bytes, or has a '|' in it",
                   NAME_BYTES_MAX);
    for (size_t i = 0; aliases != NULL && i < aliases->n; i++)
        check_names(t, aliases->at[i], NULL);
}

/* One name of a value, as the names of places and values are compared. */
struct called {
    size_t value; /* whose */
    struct str name, key;
};

static int called_cmp(const void *a, const void *b)
{
    const struct called *x = a;
    const struct called *y = b;
    int c = str_cmp(x->key, y->key);
    return c != 0 ? c : x->value < y->value ? -1 : x->value > y->value;
}

static void call(struct taking *t, struct called *c, size_t value, struct str name)
{
    char key[NAME_KEY_BYTES_MAX];
    struct str k = name_key(name, key);
    *c = (struct called){value, name, reader_keep(t->r, k.p, k.n)};
}

/* A name leads to one value: what a second one is called, too, would count as the first. */
static void check_alike(struct taking *t, const struct value_decl *v, size_t values)
{
    size_t n = 0;
    for (size_t i = 0; i < values; i++)
        n += 3 + v[i].aliases.n;
    struct called *c = reader_need(t->r, ARENA_ARRAY(t->r->arena, struct called, n));
    n = 0;
    for (size_t i = 0; i < values; i++) {
        const struct str own[] = {v[i].name, v[i].title.en, v[i].title.hi};
        for (size_t k = 0; k < ARRAY_LEN(own); k++)
            if (own[k].n > 0)
                call(t, &c[n++], i, own[k]);
        for (size_t k = 0; k < v[i].aliases.n; k++)
            call(t, &c[n++], i, v[i].aliases.at[k]);
    }
    qsort(c, n, sizeof *c, called_cmp);
    for (size_t i = 1; i < n; i++) {
        if (c[i].value == c[i - 1].value || !str_eq(c[i].key, c[i - 1].key))
            continue;
        struct str one = v[c[i - 1].value].name;
        struct err *e =
            take_fault(t, c[i].name, "two values are called \"%.*s\"", STR_ARG(c[i].name));
        err_hint(e, "it is a name of \"%.*s\" already: names and aliases lead to one value each",
                 STR_ARG(one));
    }
}

static void take_values(struct taking *t, const struct attribute_decl *d,
                        struct attribute_setting *out)
{
    const struct value_decl *from = d->values.at;
    struct attribute_value *value =
        reader_need(t->r, ARENA_ARRAY(t->r->arena, struct attribute_value, d->values.n));
    for (size_t i = 0; i < d->values.n; i++) {
        value[i] = (struct attribute_value){from[i].name, from[i].title, from[i].aliases.at,
                                            from[i].aliases.n};
        check_names(t, from[i].name, &from[i].aliases);
    }
    check_alike(t, from, d->values.n);
    out->value = value;
    out->values = d->values.n;
}

static void take_integer(struct taking *t, const struct attribute_decl *d,
                         struct attribute_setting *out)
{
    out->min = whole(t, "min", d->min, 0);
    out->max = whole(t, "max", d->max, ATTR_INT_MOST);
    if (out->min > out->max)
        take_fault(t, STR("min"), "\"min\" is larger than \"max\"");
}

/* What belongs to another type, or is missing. */
static void check_fields(struct taking *t, const struct attribute_decl *d, enum attribute_type type)
{
    bool choice = type == ATTRIBUTE_CHOICE;
    if (choice && d->values.n == 0)
        err_hint(take_fault(t, STR("type"), "a choice needs its values"),
                 "write values = { \"yes\", \"no\" }");
    if (!choice && d->values.n > 0)
        take_fault(t, STR("values"), "only a choice has \"values\"");
    if (type != ATTRIBUTE_INTEGER && (d->min.given || d->max.given))
        take_fault(t, d->min.given ? STR("min") : STR("max"),
                   "only an integer has \"min\" and \"max\"");
}

static void take_attribute(struct taking *t, const struct attribute_decl *d,
                           struct attribute_setting *out)
{
    *out = (struct attribute_setting){.name = d->map.name, .off = d->map.off, .title = d->title};
    if (!is_column_name(d->map.name))
        err_hint(
            take_fault(t, d->map.name, "\"%.*s\" is no name for a column", STR_ARG(d->map.name)),
            "names have small letters a to z, digits and _, and begin with a letter");
    else if (attr_name_taken(d->map.name))
        take_fault(t, d->map.name, "no attribute can be called \"%.*s\": that is a column already",
                   STR_ARG(d->map.name));
    if (d->map.off || d->map.bad)
        return;
    out->type = str_eq(d->type, STR("choice")) ? ATTRIBUTE_CHOICE
                : str_eq(d->type, STR("text")) ? ATTRIBUTE_TEXT
                                               : ATTRIBUTE_INTEGER;
    check_fields(t, d, out->type);
    if (out->type == ATTRIBUTE_CHOICE)
        take_values(t, d, out);
    if (out->type == ATTRIBUTE_INTEGER)
        take_integer(t, d, out);
}

/* "attributes.education", for messages. */
static void name_place(struct taking *t, const char *map, const struct mapped *m)
{
    snprintf(t->r->what, sizeof t->r->what, "%s.%.*s", map, (int)(m->name.n < 64 ? m->name.n : 64),
             m->name.p);
    t->r->anchor = m->offset;
}

void take_attributes(struct taking *t)
{
    const struct records *from = &t->decl->attributes;
    const struct attribute_decl *d = from->at;
    struct attribute_setting *to =
        reader_need(t->r, ARENA_ARRAY(t->r->arena, struct attribute_setting, from->n));
    for (size_t i = 0; i < from->n; i++) {
        name_place(t, "attributes", &d[i].map);
        take_attribute(t, &d[i], &to[i]);
    }
    t->out->attribute = to;
    t->out->attributes = from->n;
}

/* ---- notifiers ---- */

static const struct field notifier_fields[] = {
    {"type", FIELD_CHOICE, true, 0, AT(notifier_decl, type), "alertmanager|smtp|webhook|file", NULL,
     "how it is told"},
    {"url", FIELD_STRING, false, 0, AT(notifier_decl, url), NULL, NULL,
     "of an Alertmanager, a mail server or a web hook: its address"},
    {"url_file", FIELD_STRING, false, 0, AT(notifier_decl, url_file), NULL, NULL,
     "the file that has the address, where it is a secret itself"},
    {"url_env", FIELD_STRING, false, 0, AT(notifier_decl, url_env), NULL, NULL,
     "or the variable of the environment that has it"},
    {"user", FIELD_STRING, false, 0, AT(notifier_decl, user), NULL, NULL,
     "of an Alertmanager or a mail server: who logs in"},
    {"password_file", FIELD_STRING, false, 0, AT(notifier_decl, password_file), NULL, NULL,
     "the file that has the password"},
    {"password_env", FIELD_STRING, false, 0, AT(notifier_decl, password_env), NULL, NULL,
     "or the variable of the environment that has it"},
    {"from", FIELD_STRING, false, 0, AT(notifier_decl, from), NULL, NULL,
     "of mail: the address of the sender"},
    {"to", FIELD_STRINGS, false, 0, AT(notifier_decl, to), NULL, NULL,
     "of mail: addresses, or \"officers:block\" (\"officers:block:BDO\") for those of the place "
     "(with "
     "that role) in the uploaded table"},
    {"secret_file", FIELD_STRING, false, 0, AT(notifier_decl, secret_file), NULL, NULL,
     "of a web hook: the file that has the key that signs"},
    {"secret_env", FIELD_STRING, false, 0, AT(notifier_decl, secret_env), NULL, NULL,
     "or the variable of the environment that has it"},
    {"ca_file", FIELD_STRING, false, 0, AT(notifier_decl, ca_file), NULL, NULL,
     "of mail: a file of certificates to trust in the place of the system's"},
    {"path", FIELD_STRING, false, 0, AT(notifier_decl, path), NULL, NULL,
     "of a file: where it is written"},
};
const struct record notifier_record =
    RECORD("notifier", notifier_decl, notifier_fields, "Somebody who is told of alerts.");

/* Which fields each type has: needed, and possible. */
static const struct {
    const char *name;
    enum notifier_type type;
    const char *schemes;
    const char *needs, *may;
} kinds[] = {
    {"alertmanager", NOTIFIER_ALERTMANAGER, "http|https", "|url|",
     "|url|url_file|url_env|user|password_file|password_env|"},
    {"smtp", NOTIFIER_SMTP, "smtp|smtps", "|url|from|to|",
     "|url|url_file|url_env|from|to|user|password_file|password_env|ca_file|"},
    {"webhook", NOTIFIER_WEBHOOK, "http|https", "|url|",
     "|url|url_file|url_env|secret_file|secret_env|"},
    {"file", NOTIFIER_FILE, "", "|path|", "|path|"},
};

static bool lists(const char *fields, const char *name)
{
    char mark[64];
    snprintf(mark, sizeof mark, "|%s|", name);
    return strstr(fields, mark) != NULL;
}

bool notifier_url_fits(enum notifier_type type, struct str url)
{
    size_t host;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].type == type)
            return has_scheme(url, kinds[i].schemes, &host) && host_end(url) > host;
    return false;
}

/* Is the field set? All but `to` are texts. */
static bool field_set(const struct notifier_decl *d, const struct field *f)
{
    const void *at = (const char *)d + f->offset;
    return f->kind == FIELD_STRINGS ? ((const struct strs *)at)->n > 0
                                    : ((const struct str *)at)->n > 0;
}

/* The address may be here, in a file, or in a variable. */
static bool is_given(const struct notifier_decl *d, const struct field *f)
{
    return field_set(d, f) ||
           (str_eq(str_of(f->name), STR("url")) && (d->url_file.n > 0 || d->url_env.n > 0));
}

static void check_kind(struct taking *t, const struct notifier_decl *d, size_t kind)
{
    for (size_t i = 1; i < ARRAY_LEN(notifier_fields); i++) {
        const struct field *f = &notifier_fields[i];
        bool set = field_set(d, f);
        if (set && !lists(kinds[kind].may, f->name))
            take_fault(t, str_of(f->name), "a notifier of type \"%s\" has no \"%s\"",
                       kinds[kind].name, f->name);
        if (!is_given(d, f) && lists(kinds[kind].needs, f->name))
            err_hint(take_fault(t, STR("type"), "a notifier of type \"%s\" needs \"%s\"",
                                kinds[kind].name, f->name),
                     "%s: %s", f->name, f->doc);
    }
}

static bool is_mail_address(struct str s)
{
    const char *at = s.n > 0 ? memchr(s.p, '@', s.n) : NULL;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || strchr("<>,;:\"\\()[]", s.p[i]) != NULL)
            return false;
    return at != NULL && at > s.p && at + 1 < s.p + s.n &&
           memchr(at + 1, '@', s.n - (size_t)(at + 1 - s.p)) == NULL;
}

static void check_receiver(struct taking *t, struct str to)
{
    static const struct str officers = {"officers:", 9};
    struct str level = {to.p + officers.n, to.n - officers.n};
    const char *role = to.n > officers.n ? memchr(level.p, ':', level.n) : NULL;
    if (role != NULL)
        level.n = (size_t)(role - level.p);
    if (!str_starts(to, officers)) {
        if (!is_mail_address(to))
            err_hint(take_fault(t, to, "\"%.*s\" is no address of mail", STR_ARG(to)),
                     "write an address, or \"officers:block\"");
        return;
    }
    for (enum place_level l = PLACE_STATE; l < PLACE_LEVELS; l++)
        if (str_eq(level, str_of(place_level_name(l))))
            return;
    err_hint(take_fault(t, to, "\"%.*s\" is no level of places", STR_ARG(level)),
             "write officers:state, officers:district, officers:block or officers:panchayat");
}

static void check_mail(struct taking *t, const struct notifier_decl *d)
{
    if (d->from.n > 0 && !is_mail_address(d->from))
        take_fault(t, d->from, "\"%.*s\" is no address of mail", STR_ARG(d->from));
    for (size_t i = 0; i < d->to.n; i++)
        check_receiver(t, d->to.at[i]);
}

static void take_notifier(struct taking *t, const struct notifier_decl *d,
                          struct notifier_setting *out)
{
    size_t kind = 0;
    *out = (struct notifier_setting){.name = d->map.name};
    if (d->map.bad)
        return;
    if (d->map.off) {
        take_fault(t, d->map.name, "a notifier cannot be switched off: take it out");
        return;
    }
    while (kind < ARRAY_LEN(kinds) && !str_eq(d->type, str_of(kinds[kind].name)))
        kind++;
    ASSERT(kind < ARRAY_LEN(kinds));
    check_kind(t, d, kind);
    if (kinds[kind].schemes[0] != '\0' && d->url.n > 0)
        take_check_url(t, STR("url"), d->url, kinds[kind].schemes);
    check_mail(t, d);
    bool hook = kinds[kind].type == NOTIFIER_WEBHOOK;
    out->type = kinds[kind].type;
    out->url = d->url;
    out->url_secret = take_secret(t, d->url_file, d->url_env);
    if (d->url.n > 0 && secret_is_named(&out->url_secret))
        take_fault(t, STR("url"), "\"url\" is given, and also where it is: leave one of them out");
    out->user = d->user;
    out->secret = take_secret(t, hook ? d->secret_file : d->password_file,
                              hook ? d->secret_env : d->password_env);
    out->from = d->from;
    out->to = d->to.at;
    out->tos = d->to.n;
    out->ca_file = take_path(t, d->ca_file);
    out->path = take_path(t, d->path);
}

void take_notifiers(struct taking *t)
{
    const struct records *from = &t->decl->notifiers;
    const struct notifier_decl *d = from->at;
    struct notifier_setting *to =
        reader_need(t->r, ARENA_ARRAY(t->r->arena, struct notifier_setting, from->n));
    for (size_t i = 0; i < from->n; i++) {
        name_place(t, "notifiers", &d[i].map);
        take_notifier(t, &d[i], &to[i]);
    }
    t->out->notifier = to;
    t->out->notifiers = from->n;
}
