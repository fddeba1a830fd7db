/* SPDX-License-Identifier: MIT
 *
 * Mappings: the lines, checked as they are read. Their words are kept by name_key, sorted by
 * column and key, and found by bisection; the import looks a word up once and remembers it. */
#include "ingest/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "data/list.h"
#include "data/name.h"

enum { ENTRIES_MAX = 100000, COLUMN_ENTRY = -1 };

struct entry {
    int role;       /* COLUMN_ENTRY, or the role of the column that the word stands in */
    struct str key; /* of their name or word */
    struct str ours;
    uint32_t line;
};

struct mapping {
    struct arena mem;
    struct entry *entry;
    size_t entries, entries_cap;
    struct str constant_column[ROLES], constant_value[ROLES];
    size_t constants;
};

/* A line being read, as places in the whole text. */
struct parse {
    struct mapping *m;
    struct str text;
    uint32_t line;
    struct err *err;
};

static int wrong(const struct parse *p, struct str where)
{
    if (p->err != NULL)
        err_at(p->err, p->text.p, p->text.n, (size_t)(where.p - p->text.p),
               where.n ? utf8_count(where) : 1);
    return ERR_SYNTAX;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the mapping");
}

static int add_entry(const struct parse *p, int role, struct str theirs, struct str ours)
{
    struct mapping *m = p->m;
    char key[NAME_KEY_BYTES_MAX];
    if (m->entries == ENTRIES_MAX)
        return err_set(p->err, ERR_LIMIT, "a mapping has at most %d lines", ENTRIES_MAX);
    if (m->entries == m->entries_cap) {
        size_t cap = m->entries_cap ? m->entries_cap * 2 : 32;
        struct entry *e = ARENA_ARRAY(&m->mem, struct entry, cap);
        if (e == NULL)
            return no_memory(p->err);
        if (m->entries > 0)
            memcpy(e, m->entry, m->entries * sizeof *e);
        m->entry = e;
        m->entries_cap = cap;
    }
    struct entry *e = &m->entry[m->entries];
    *e = (struct entry){role, str_copy(&m->mem, name_key(theirs, key)), str_copy(&m->mem, ours),
                        p->line};
    if (e->key.p == NULL || e->ours.p == NULL)
        return no_memory(p->err);
    m->entries++;
    return 0;
}

static int unknown(const struct parse *p, const char *what, struct str name, struct near_list *near)
{
    err_set(p->err, ERR_SYNTAX, "line %u of the mapping: no %s is called \"%.*s\"", p->line, what,
            STR_ARG(name));
    near_hint(near, p->err);
    return wrong(p, name);
}

static int unknown_column(const struct parse *p, struct str name)
{
    struct near_list near;
    near_init(&near);
    column_near(name, &near);
    return unknown(p, "column", name, &near);
}

/* What stands before the colon. */
static int unknown_kind(const struct parse *p, struct str name)
{
    struct near_list near;
    near_init(&near);
    near_offer(&near, name, STR("column"));
    near_offer(&near, name, STR("constant"));
    column_near(name, &near);
    return unknown(p, "column or kind of line", name, &near);
}

static int line_column(const struct parse *p, struct str theirs, struct str ours)
{
    int role = column_role(ours);
    if (role < 0)
        return unknown_column(p, ours);
    return add_entry(p, COLUMN_ENTRY, theirs, column_name(role));
}

static int line_constant(const struct parse *p, struct str theirs, struct str ours)
{
    struct mapping *m = p->m;
    int role = column_role(theirs);
    if (role < 0)
        return unknown_column(p, theirs);
    for (size_t i = 0; i < m->constants; i++)
        if (str_eq(m->constant_column[i], column_name(role))) {
            err_set(p->err, ERR_SYNTAX, "line %u of the mapping: \"%.*s\" has a constant already",
                    p->line, STR_ARG(theirs));
            return wrong(p, theirs);
        }
    m->constant_column[m->constants] = column_name(role);
    m->constant_value[m->constants] = str_copy(&m->mem, ours);
    if (m->constant_value[m->constants].p == NULL)
        return no_memory(p->err);
    m->constants++;
    return 0;
}

/* The list that the words of a column come from, or NULL where any word will do. */
static const struct list *list_of(int role)
{
    if (role == ROLE_SECTOR)
        return &list_sectors;
    return role >= ROLE_ATTR ? schema_in_use()->attr[role - ROLE_ATTR].list : NULL;
}

static int line_word(const struct parse *p, int role, struct str theirs, struct str ours)
{
    const struct list *list = list_of(role);
    if (list != NULL && list_find(list, ours) < 0) {
        struct near_list near;
        near_init(&near);
        list_near(list, ours, &near);
        err_set(p->err, ERR_SYNTAX, "line %u of the mapping: \"%.*s\" is no %.*s", p->line,
                STR_ARG(ours), STR_ARG(column_name(role)));
        near_hint(&near, p->err);
        return wrong(p, ours);
    }
    return add_entry(p, role, theirs, ours);
}

static int form(const struct parse *p, struct str line)
{
    err_set(p->err, ERR_SYNTAX,
            "line %u of the mapping has not the form \"kind: their word = our word\"", p->line);
    err_hint(p->err, "kind is column, constant, or the column in which the word stands");
    return wrong(p, line);
}

/* Splits at the first `c`; both halves trimmed. */
static bool split(struct str s, char c, struct str *before, struct str *behind)
{
    const char *at = memchr(s.p, c, s.n);
    if (at == NULL)
        return false;
    *before = str_trim((struct str){s.p, (size_t)(at - s.p)});
    *behind = str_trim((struct str){at + 1, s.n - (size_t)(at - s.p) - 1});
    return true;
}

static int parse_line(const struct parse *p, struct str line)
{
    struct str kind, rest, theirs, ours;
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return 0;
    if (!split(line, ':', &kind, &rest) || !split(rest, '=', &theirs, &ours) || theirs.n == 0 ||
        ours.n == 0)
        return form(p, line);
    if (str_eq_nocase(kind, STR("column")))
        return line_column(p, theirs, ours);
    if (str_eq_nocase(kind, STR("constant")))
        return line_constant(p, theirs, ours);
    int role = column_role(kind);
    return role < 0 ? unknown_kind(p, kind) : line_word(p, role, theirs, ours);
}

static int entry_cmp(const void *pa, const void *pb)
{
    const struct entry *a = pa;
    const struct entry *b = pb;
    if (a->role != b->role)
        return a->role < b->role ? -1 : 1;
    return str_cmp(a->key, b->key);
}

/* Line `line` of the text, 1-based, without its end. */
static struct str line_at(const struct parse *p, uint32_t line)
{
    struct str rest = p->text;
    const char *end = memchr(rest.p, '\n', rest.n);
    for (; line > 1 && end != NULL; line--) {
        rest.n -= (size_t)(end - rest.p) + 1;
        rest.p = end + 1;
        end = memchr(rest.p, '\n', rest.n);
    }
    return (struct str){rest.p, end ? (size_t)(end - rest.p) : rest.n};
}

static int repeated(const struct parse *p, const struct entry *first, const struct entry *second)
{
    err_set(p->err, ERR_SYNTAX,
            "lines %u and %u of the mapping translate the same word, once as \"%.*s\" and once as "
            "\"%.*s\"",
            first->line, second->line, STR_ARG(first->ours), STR_ARG(second->ours));
    return wrong(p, str_trim(line_at(p, second->line)));
}

static int check_repeats(const struct parse *p)
{
    const struct mapping *m = p->m;
    for (size_t i = 1; i < m->entries; i++) {
        const struct entry *a = &m->entry[i - 1];
        const struct entry *b = &m->entry[i];
        if (entry_cmp(a, b) == 0 && !str_eq(a->ours, b->ours))
            return a->line < b->line ? repeated(p, a, b) : repeated(p, b, a);
    }
    return 0;
}

static int parse_all(struct parse *p)
{
    struct str rest = p->text;
    if (utf8_check(rest) < rest.n) {
        size_t at = utf8_check(rest);
        err_set(p->err, ERR_SYNTAX, "the mapping is not valid UTF-8");
        return wrong(p, (struct str){rest.p + at, 0});
    }
    if (str_starts(rest, STR("\xEF\xBB\xBF")))
        rest = (struct str){rest.p + 3, rest.n - 3};
    while (rest.n > 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : rest.n;
        p->line++;
        TRY(parse_line(p, (struct str){rest.p, n}));
        n += end != NULL;
        rest = (struct str){rest.p + n, rest.n - n};
    }
    if (p->m->entries > 1)
        qsort(p->m->entry, p->m->entries, sizeof(struct entry), entry_cmp);
    return check_repeats(p);
}

int mapping_parse(struct str text, struct mapping **out, struct err *err)
{
    struct mapping *m = mem_calloc(MEM_INGEST, 1, sizeof *m);
    if (m == NULL)
        return no_memory(err);
    arena_init(&m->mem, MEM_INGEST, 0);
    struct parse p = {.m = m, .text = text, .err = err};
    int rc = parse_all(&p);
    if (rc < 0)
        mapping_free(m);
    else
        *out = m;
    return rc;
}

void mapping_free(struct mapping *m)
{
    if (m == NULL)
        return;
    arena_fini(&m->mem);
    mem_free(MEM_INGEST, m);
}

static struct str look_up(const struct mapping *m, int role, struct str theirs)
{
    char buf[NAME_KEY_BYTES_MAX];
    struct entry want = {.role = role, .key = name_key(theirs, buf)};
    if (m == NULL || m->entries == 0)
        return theirs;
    const struct entry *e = bsearch(&want, m->entry, m->entries, sizeof want, entry_cmp);
    return e != NULL ? e->ours : theirs;
}

struct str mapping_column(const struct mapping *m, struct str theirs)
{
    return look_up(m, COLUMN_ENTRY, theirs);
}

struct str mapping_word(const struct mapping *m, struct str column, struct str theirs)
{
    int role = column_role(column);
    return role < 0 ? theirs : look_up(m, role, theirs);
}

bool mapping_constant(const struct mapping *m, size_t i, struct str *column, struct str *value)
{
    if (m == NULL || i >= m->constants)
        return false;
    *column = m->constant_column[i];
    *value = m->constant_value[i];
    return true;
}
