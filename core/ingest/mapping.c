/* SPDX-License-Identifier: MIT
 *
 * Mappings: the lines, checked as they are read. Their words are kept by name_key, sorted by
 * column and key, and found by bisection; the import looks a word up once and remembers it. Of
 * several that hold inside places the one of the smallest place counts. */
#include "ingest/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "data/list.h"
#include "data/name.h"
#include "mapping_int.h"
#include "unknown.h"

enum { ENTRIES_MAX = 100000, COLUMN_ENTRY = -1, NUMBERS_ENTRY = -2 };

struct entry {
    int role;       /* COLUMN_ENTRY, NUMBERS_ENTRY, or that of the column that the word stands in */
    struct str key; /* of their name or word */
    struct str in;  /* the code or the key of the place that it holds inside; .n == 0: anywhere */
    enum place_level in_level;
    struct str ours;
    uint32_t line;
};

struct mapping {
    struct arena mem;
    struct str text;
    struct entry *entry;
    size_t entries, entries_cap;
    bool has[ROLES]; /* words of this role */
    struct date_form form[DATE_FORMS_MAX];
    size_t forms;
    struct str constant_column[ROLES], constant_value[ROLES];
    size_t constants;
};

/* A line being read, as places in the whole text. */
struct parse {
    struct mapping *m;
    struct str text;
    uint32_t line;
    struct str in; /* behind the kind, "in ...": as entry.in */
    enum place_level in_level;
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
    struct entry *grown =
        arena_grown(&m->mem, m->entry, m->entries, &m->entries_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(p->err);
    m->entry = grown;
    struct entry *e = &m->entry[m->entries];
    *e = (struct entry){.role = role,
                        .key = str_copy(&m->mem, name_key(theirs, key)),
                        .in = p->in,
                        .in_level = p->in_level,
                        .ours = str_copy(&m->mem, ours),
                        .line = p->line};
    if (e->key.p == NULL || e->ours.p == NULL)
        return no_memory(p->err);
    m->entries++;
    if (role >= 0)
        m->has[role] = true;
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
    static const char *const kinds[] = {"column", "constant", "format", "numbers"};
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        near_offer(&near, name, str_of(kinds[i]));
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

static int line_format(const struct parse *p, struct str theirs, struct str ours)
{
    struct mapping *m = p->m;
    if (column_role(theirs) != ROLE_DATE) {
        err_set(p->err, ERR_SYNTAX, "line %u of the mapping: only \"date\" has a format", p->line);
        return wrong(p, theirs);
    }
    if (m->forms == DATE_FORMS_MAX) {
        err_set(p->err, ERR_SYNTAX, "line %u of the mapping: a date has at most %d formats",
                p->line, DATE_FORMS_MAX);
        return wrong(p, theirs);
    }
    struct str text = str_copy(&m->mem, ours);
    if (text.p == NULL)
        return no_memory(p->err);
    struct err why;
    if (date_form_parse(text, &m->form[m->forms], &why) < 0) {
        err_set(p->err, ERR_SYNTAX, "line %u of the mapping: %s", p->line, why.msg);
        err_hint(p->err, "%s", why.hint);
        return wrong(p, ours);
    }
    m->forms++;
    return 0;
}

/* "numbers: their column = other" */
static int line_numbers(const struct parse *p, struct str theirs, struct str ours)
{
    if (str_eq_nocase(ours, STR("other")))
        return add_entry(p, NUMBERS_ENTRY, theirs, ours);
    err_set(
        p->err, ERR_SYNTAX,
        "line %u of the mapping: numbers of twelve digits are said to be \"other\" than Aadhaar "
        "numbers, or nothing is said of them",
        p->line);
    return wrong(p, ours);
}

static int line_word(const struct parse *p, int role, struct str theirs, struct str ours)
{
    const struct list *list = role_list(role);
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
    err_hint(p->err, "kind is column, constant, format, numbers, or the column in which the word "
                     "stands");
    return wrong(p, line);
}

/* Their side of a line, which may stand in quotes (doubled inside), because it may hold a '='. */
static int take_theirs(const struct parse *p, struct str rest, struct str *theirs, struct str *ours)
{
    size_t at = 1, n = 0;
    if (rest.n == 0 || rest.p[0] != '"')
        return 1;
    char *out = arena_alloc(&p->m->mem, rest.n);
    if (out == NULL)
        return no_memory(p->err);
    for (; at < rest.n; at++) {
        if (rest.p[at] == '"' && (at + 1 == rest.n || rest.p[++at] != '"'))
            break;
        out[n++] = rest.p[at];
    }
    struct str behind = str_trim((struct str){rest.p + at, rest.n - at});
    if (behind.n == 0 || behind.p[0] != '=')
        return 1; /* a word that begins with a quote */
    *theirs = str_trim((struct str){out, n});
    *ours = str_trim((struct str){behind.p + 1, behind.n - 1});
    return 0;
}

static struct str before_space(struct str s)
{
    const char *space = memchr(s.p, ' ', s.n);
    return (struct str){s.p, space ? (size_t)(space - s.p) : s.n};
}

/* "block in district 607" is block, inside district 607; without a level the one above is meant. */
static int take_kind(struct parse *p, struct str *kind)
{
    const char *at = memmem(kind->p, kind->n, " in ", 4);
    p->in = STR_NULL;
    if (at == NULL)
        return 0;
    struct str in = str_trim((struct str){at + 4, kind->n - (size_t)(at - kind->p) - 4});
    struct str alone = str_trim((struct str){kind->p, (size_t)(at - kind->p)});
    int role = column_role(alone);
    if (role < 0)
        return 0; /* said of the kind */
    *kind = alone;
    if (role < ROLE_DISTRICT || role > ROLE_PANCHAYAT) {
        err_set(p->err, ERR_SYNTAX,
                "line %u of the mapping: only a district, a block or a panchayat is \"in\" a place",
                p->line);
        return wrong(p, *kind);
    }
    struct str first = before_space(in);
    int level = first.n < in.n ? place_level_parse(first) : -1;
    if (level >= PLACE_STATE && level < (int)role_level(role))
        in = str_trim((struct str){in.p + first.n, in.n - first.n});
    p->in_level = level >= PLACE_STATE && level < (int)role_level(role)
                      ? (enum place_level)level
                      : (enum place_level)((int)role_level(role) - 1);
    char key[NAME_KEY_BYTES_MAX];
    p->in = str_copy(&p->m->mem, name_key(in, key));
    return p->in.p != NULL ? 0 : no_memory(p->err);
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

static int parse_line(struct parse *p, struct str line)
{
    struct str kind, rest, theirs = STR_NULL, ours = STR_NULL;
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return 0;
    if (!split(line, ':', &kind, &rest))
        return form(p, line);
    int rc = take_theirs(p, rest, &theirs, &ours);
    TRY(rc);
    if ((rc == 1 && !split(rest, '=', &theirs, &ours)) || theirs.n == 0 || ours.n == 0)
        return form(p, line);
    TRY(take_kind(p, &kind));
    if (str_eq_nocase(kind, STR("column")))
        return line_column(p, theirs, ours);
    if (str_eq_nocase(kind, STR("constant")))
        return line_constant(p, theirs, ours);
    if (str_eq_nocase(kind, STR("format")))
        return line_format(p, theirs, ours);
    if (str_eq_nocase(kind, STR("numbers")))
        return line_numbers(p, theirs, ours);
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

/* And by the place that it holds inside, so that what is said twice stands together. */
static int entry_cmp_all(const void *pa, const void *pb)
{
    const struct entry *a = pa;
    const struct entry *b = pb;
    int rc = entry_cmp(a, b);
    if (rc == 0 && a->in.n > 0 && b->in.n > 0 && a->in_level != b->in_level)
        rc = a->in_level < b->in_level ? -1 : 1;
    return rc != 0 ? rc : str_cmp(a->in, b->in);
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
        if (entry_cmp_all(a, b) == 0 && !str_eq(a->ours, b->ours))
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
        qsort(p->m->entry, p->m->entries, sizeof(struct entry), entry_cmp_all);
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
    m->text = str_copy(&m->mem, text);
    if (rc == 0 && m->text.p == NULL)
        rc = no_memory(err);
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

struct str mapping_text(const struct mapping *m)
{
    return m != NULL ? m->text : STR("");
}

/* ---- looking up ------------------------------------------------------------------------------ */

/* The first of the entries of this word; those of places in some order behind it. NULL: none. */
static const struct entry *first_entry(const struct mapping *m, int role, struct str theirs)
{
    char buf[NAME_KEY_BYTES_MAX];
    struct entry want = {.role = role, .key = name_key(theirs, buf)};
    if (m == NULL || m->entries == 0)
        return NULL;
    const struct entry *e = bsearch(&want, m->entry, m->entries, sizeof want, entry_cmp);
    while (e != NULL && e > m->entry && entry_cmp(e - 1, &want) == 0)
        e--;
    return e;
}

static struct str look_up(const struct mapping *m, int role, struct str theirs)
{
    const struct entry *e = first_entry(m, role, theirs);
    return e != NULL && e->in.n == 0 ? e->ours : theirs; /* one of anywhere stands first */
}

struct str mapping_column(const struct mapping *m, struct str theirs)
{
    return look_up(m, COLUMN_ENTRY, theirs);
}

bool mapping_numbers_are_other(const struct mapping *m, struct str theirs)
{
    return first_entry(m, NUMBERS_ENTRY, theirs) != NULL;
}

struct str mapping_word(const struct mapping *m, struct str column, struct str theirs)
{
    int role = column_role(column);
    return role < 0 ? theirs : look_up(m, role, theirs);
}

bool mapping_has_words(const struct mapping *m, int role)
{
    return m != NULL && m->has[role];
}

/* Is this the place, by code or by a name in either script? */
static bool names_place(struct str in, const struct place *p)
{
    int64_t code;
    char key[NAME_KEY_BYTES_MAX];
    if (str_to_i64(in, &code) == 0)
        return code == p->code;
    return str_eq(in, name_key(p->name, key)) || str_eq(in, name_key(p->name_hi, key));
}

static bool lies_in(const struct entry *e, const struct place_tree *tree, uint32_t within)
{
    uint32_t order = place_above(tree, within, e->in_level);
    return order != PLACE_NONE && names_place(e->in, &tree->at[order]);
}

struct str mapping_place(const struct mapping *m, int role, const struct place_tree *tree,
                         uint32_t within, struct str theirs)
{
    const struct entry *first = first_entry(m, role, theirs);
    const struct entry *best = NULL;
    for (const struct entry *e = first;
         e != NULL && e < m->entry + m->entries && entry_cmp(e, first) == 0; e++) {
        bool nearer = best == NULL || best->in.n == 0 || e->in_level > best->in_level;
        if (e->in.n == 0 ? best == NULL : nearer && lies_in(e, tree, within))
            best = e;
    }
    return best != NULL ? best->ours : theirs;
}

size_t mapping_date_forms(const struct mapping *m, const struct date_form **out)
{
    *out = m != NULL ? m->form : NULL;
    return m != NULL ? m->forms : 0;
}

bool mapping_constant(const struct mapping *m, size_t i, struct str *column, struct str *value)
{
    if (m == NULL || i >= m->constants)
        return false;
    *column = m->constant_column[i];
    *value = m->constant_value[i];
    return true;
}
