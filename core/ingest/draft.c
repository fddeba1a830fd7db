/* SPDX-License-Identifier: MIT
 *
 * Drafts of mappings. What is sure is a line; what is to be looked at is a line behind a '#' with
 * no space, so that taking the '#' away accepts it; what only tells something stands behind "# ".
 */
#include "draft.h"

#include "base/digits.h"
#include "draft_look.h"

enum { GATHERED_MAX = 256 << 10, SOURCE_SHOWN = 64 };

struct draft {
    struct arena mem;
    const struct mapping *given;
    struct mapping *guessed; /* what is given, and the lines that are sure */
    struct buf gathered;
    struct buf lines;
    struct look look;
    bool looked;
};

struct draft *draft_new(const struct mapping *given)
{
    struct draft *d = mem_calloc(MEM_INGEST, 1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->given = given;
    arena_init(&d->mem, MEM_INGEST, 0);
    buf_init(&d->gathered, MEM_INGEST);
    buf_init(&d->lines, MEM_INGEST);
    return d;
}

void draft_free(struct draft *d)
{
    if (d == NULL)
        return;
    mapping_free(d->guessed);
    buf_fini(&d->gathered);
    buf_fini(&d->lines);
    arena_fini(&d->mem);
    mem_free(MEM_INGEST, d);
}

bool draft_waits(const struct draft *d)
{
    return !d->looked;
}

int draft_gather(struct draft *d, const char *p, size_t n, bool *enough, struct err *err)
{
    buf_put(&d->gathered, p, n);
    *enough = d->gathered.n >= GATHERED_MAX;
    return buf_check(&d->gathered, err);
}

/* ---- writing lines -------------------------------------------------------------------------- */

/* A word of theirs on its side of a line. */
static void put_theirs(struct buf *out, struct str s)
{
    bool quotes = s.n > 0 && (s.p[0] == '"' || memchr(s.p, '=', s.n) != NULL);
    if (quotes)
        buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (quotes && s.p[i] == '"')
            buf_char(out, '"');
        buf_char(out, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F ? ' ' : s.p[i]);
    }
    if (quotes)
        buf_char(out, '"');
}

/* Text of others in a line that only tells something. */
static void put_plain(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_char(out, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F ? ' ' : s.p[i]);
}

static void put_column(struct buf *out, const struct look_column *c, bool sure)
{
    buf_cstr(out, sure ? "column: " : "#column: ");
    put_theirs(out, c->name);
    buf_cstr(out, " = ");
    if (c->role >= 0)
        buf_str(out, column_name(c->role));
    buf_char(out, '\n');
}

static void put_sure(struct buf *out, const struct look *l)
{
    for (size_t i = 0; i < l->columns; i++)
        if (l->column[i].how == LOOK_NAMED || l->column[i].how == LOOK_CONTENT)
            put_column(out, &l->column[i], true);
    for (size_t i = 0; i < l->forms; i++)
        buf_printf(out, "format: date = %s\n", l->form[i]);
}

/* Rows that name their fields, by our names or the mapping's: there is no header to look at. */
static bool is_keyed(struct str text)
{
    size_t at = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    while (at < text.n && strchr(" \t\r\n[", text.p[at]) != NULL && text.p[at] != '\0')
        at++;
    return at < text.n && text.p[at] == '{';
}

static int look(struct draft *d, const struct place_tree *tree, struct err *err)
{
    struct str text = buf_view(&d->gathered);
    if (!is_keyed(text))
        return look_at(&d->look, &d->mem, text, d->given, tree, err);
    memset(d->look.taken, true, sizeof d->look.taken);
    return 0;
}

int draft_guess(struct draft *d, const struct place_tree *tree, const struct mapping **mapping,
                struct str *gathered, struct err *err)
{
    struct buf all;
    d->looked = true;
    *gathered = buf_view(&d->gathered);
    TRY(look(d, tree, err));
    put_sure(&d->lines, &d->look);
    TRY(buf_check(&d->lines, err));
    buf_init(&all, MEM_INGEST);
    buf_str(&all, mapping_text(d->given));
    buf_char(&all, '\n');
    buf_str(&all, buf_view(&d->lines));
    int rc = buf_check(&all, err);
    if (rc == 0)
        rc = mapping_parse(buf_view(&all), &d->guessed, err);
    buf_fini(&all);
    *mapping = d->guessed;
    return rc;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* The code of a near name; 0: it names several places, or none. */
static int64_t code_of(const struct place_tree *tree, const struct unknown_word *w, struct str name)
{
    uint32_t order[2];
    size_t n = place_find(tree, role_level(w->role), w->within, name, order, 2);
    return n == 1 ? tree->at[order[0]].code : 0;
}

/* All that a short list has. */
static void put_choices(struct buf *out, const struct list *list)
{
    enum { SHORT = 8 };
    for (size_t i = 0; list != NULL && list->n <= SHORT && i < list->n; i++) {
        buf_cstr(out, i == 0 ? "; one of: " : ", ");
        buf_cstr(out, list->items[i].name);
    }
}

static void put_near(struct buf *out, const struct place_tree *tree, const struct unknown_word *w)
{
    buf_printf(out, "# %llu row%s", (unsigned long long)w->rows, w->rows == 1 ? "" : "s");
    for (size_t i = 0; i < w->near.n; i++) {
        buf_cstr(out, i == 0 ? "; near: " : ", ");
        put_plain(out, w->near.name[i]);
        int64_t code = w->role <= ROLE_PANCHAYAT ? code_of(tree, w, w->near.name[i]) : 0;
        if (code != 0)
            buf_printf(out, " (%lld)", (long long)code);
    }
    if (w->near.n == 0)
        put_choices(out, role_list(w->role));
    buf_char(out, '\n');
}

/* What the nearest name stands for, as it is written on our side. */
static void put_ours(struct buf *out, const struct place_tree *tree, const struct unknown_word *w)
{
    if (w->near.n == 0)
        return;
    if (w->role <= ROLE_PANCHAYAT) {
        int64_t code = code_of(tree, w, w->near.name[0]);
        if (code != 0)
            buf_i64(out, code);
        return;
    }
    const struct list *list = role_list(w->role);
    int index = list_find(list, w->near.name[0]);
    if (index >= 0)
        buf_str(out, list_item_name(list, index, false));
}

static void put_word(struct buf *out, const struct place_tree *tree, const struct unknown_word *w)
{
    const struct place *within = &tree->at[w->within];
    put_near(out, tree, w);
    buf_char(out, '#');
    buf_str(out, column_name(w->role));
    if (w->role >= ROLE_DISTRICT && w->role <= ROLE_PANCHAYAT && w->within != 0)
        buf_printf(out, " in %s %lld", place_level_name(within->level), (long long)within->code);
    buf_cstr(out, ": ");
    put_theirs(out, w->word);
    buf_cstr(out, " = ");
    put_ours(out, tree, w);
    buf_char(out, '\n');
}

static void put_words(struct buf *out, const struct draft_facts *f)
{
    const struct unknown *u = f->unknown;
    for (size_t i = 0; i < u->n; i++) {
        if (i == 0)
            buf_cstr(out, "\n# Words that are not known, the most frequent first.\n");
        put_word(out, f->tree, &u->word[i]);
    }
    if (u->further > 0)
        buf_printf(out,
                   "# %llu more rows have words that are not known: complete this, and ask for "
                   "a draft again.\n",
                   (unsigned long long)u->further);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void put_unsure(struct buf *out, const struct look *l)
{
    for (size_t i = 0; i < l->columns; i++)
        if (l->column[i].how == LOOK_NEAR)
            put_column(out, &l->column[i], false);
    for (size_t i = 0; i < l->columns; i++)
        if (l->column[i].how == LOOK_NONE)
            put_column(out, &l->column[i], false);
    static const int needed[] = {ROLE_DATE, ROLE_DISTRICT};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        struct str name = column_name(needed[i]);
        if (!l->taken[needed[i]])
            buf_printf(
                out,
                "# Every row needs a %.*s: say which column it is, or that it is the same in "
                "all rows.\n#constant: %.*s = \n",
                STR_ARG(name), STR_ARG(name));
    }
}

static bool is_unsure(const struct look *l)
{
    for (size_t i = 0; i < l->columns; i++)
        if (l->column[i].how == LOOK_NEAR || l->column[i].how == LOOK_NONE)
            return true;
    return !l->taken[ROLE_DATE] || !l->taken[ROLE_DISTRICT];
}

void draft_write(const struct draft *d, const struct draft_facts *f, struct buf *out)
{
    char source[SOURCE_BYTES_MAX];
    struct str shown = {source, digits_hide(f->source, source)};
    buf_cstr(out, "# A draft mapping for source \"");
    put_plain(out, shown);
    buf_printf(out,
               "\": with it %llu of %llu rows are good.\n"
               "# A line behind a '#' is a suggestion: look at it, complete it, and take the '#' "
               "away.\n",
               (unsigned long long)(f->rows - f->bad_rows), (unsigned long long)f->rows);
    if (mapping_text(d->given).n > 0) {
        buf_cstr(out, "\n# As it was given.\n");
        buf_str(out, mapping_text(d->given));
        if (out->n > 0 && !out->failed && out->p[out->n - 1] != '\n')
            buf_char(out, '\n');
    }
    if (d->lines.n > 0) {
        buf_cstr(out, "\n# Columns and dates, by their names and by what stands in them.\n");
        buf_str(out, buf_view(&d->lines));
    }
    if (is_unsure(&d->look)) {
        buf_cstr(out, "\n# Columns that are passed over unless something is said of them.\n");
        put_unsure(out, &d->look);
    }
    put_words(out, f);
}
