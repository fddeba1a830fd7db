/* SPDX-License-Identifier: MIT
 *
 * Files of places. The kind is told by the header; each kind fills the same list of changes, which
 * the store merges in one transaction.
 *
 * The directory's own downloads are "Excel 2003 XML" called .xls, with titles above the header and
 * the hour of the report below; its lists have been published with "(In English)" behind the names
 * of columns and without. All of that is taken as it comes (sheet.c, table.c).
 *
 * The directory's block file names each block's district and state in passing: they are added when
 * they are missing, so that the one file is enough, and left alone otherwise. Its columns of the
 * name in the local language hold any script of the country, and often English: Devanagari goes to
 * the Hindi name, another script becomes an alias, and a repetition of the English name nothing. */
#include "ingest/places.h"

#include <math.h>
#include <stdlib.h>

#include "aadhaar.h"
#include "base/date.h"
#include "base/number.h"
#include "changes.h"
#include "data/name.h"
#include "sheet.h"
#include "table.h"

enum kind {
    KIND_OWN,
    KIND_STATES,
    KIND_DISTRICTS,
    KIND_BLOCKS,
    KIND_PANCHAYATS,
    KIND_CHANGES,
    KIND_NOTICES
};

static const char *const kind_names[] = {"places",     "LGD states",     "LGD districts",
                                         "LGD blocks", "LGD panchayats", "changes",
                                         "LGD changes"};

struct reader {
    struct arena mem;
    enum kind kind;
    struct place_change *change;
    size_t n, cap;
    int64_t state_before, district_before; /* implied by the row before */

    /* Columns, -1 where the kind has none. */
    int state_code, state_name, state_local;
    int district_code, district_name, district_local;
    int block_code, block_name, block_local, block_district;
    int panchayat_code, panchayat_name;
    int64_t block_before, panchayat_before;
    size_t left_out; /* rows without a block or a panchayat */
    struct changes changes;
    const struct places_options *opt;
    int level, code, parent, parent_parent, name, name_hi, aliases, valid_from, valid_to;
    int fact[PLACE_FACTS_MAX];
    struct str fact_name[PLACE_FACTS_MAX];
    size_t facts;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the file of places");
}

static struct place_change *push(struct reader *r)
{
    struct place_change *p = mem_grown(MEM_INGEST, r->change, r->n, &r->cap, sizeof *p);
    if (p == NULL)
        return NULL;
    r->change = p;
    struct place_change *c = &r->change[r->n++];
    *c = (struct place_change){.valid_from = DAY_NONE, .valid_to = DAY_NONE};
    for (size_t i = 0; i < PLACE_FACTS_MAX; i++)
        c->fact[i] = (double)NAN;
    return c;
}

/* ---- headers -------------------------------------------------------------------------------- */

/* "Block Name (In Local)" -> "Block Name"; the bracket's word is told apart by `local`. */
static struct str base_name(struct str name, bool *local)
{
    const char *open = name.n ? memchr(name.p, '(', name.n) : NULL;
    size_t n = open ? (size_t)(open - name.p) : name.n;
    struct str word = open ? (struct str){open, name.n - n} : STR_NULL;
    *local = word.n >= 9 && str_eq_nocase((struct str){word.p, 9}, STR("(In Local"));
    return str_trim((struct str){name.p, n});
}

/* The column of this name, with "(In English)" behind it or without. `nth` 1 is that of the local
 * language: said to be so, or the second of the name. */
static int lgd_column(const struct table *t, const char *name, size_t nth)
{
    size_t seen = 0;
    for (size_t i = 0; i < t->columns; i++) {
        bool local;
        if (!str_eq_nocase(base_name(t->name[i], &local), str_of(name)))
            continue;
        if (local ? nth == 1 : seen == nth)
            return (int)i;
        seen += !local;
    }
    return -1;
}

static int either(int a, int b)
{
    return a >= 0 ? a : b;
}

static void find_lgd_columns(struct reader *r, const struct table *t)
{
    r->state_code = lgd_column(t, "State Code", 0);
    r->state_name = lgd_column(t, "State Name", 0);
    r->state_local = lgd_column(t, "State Name", 1);
    r->district_code = lgd_column(t, "District Code", 0);
    r->district_name = lgd_column(t, "District Name", 0);
    r->district_local = lgd_column(t, "District Name", 1);
    r->block_code =
        either(lgd_column(t, "Block Code", 0), lgd_column(t, "Development Block Code", 0));
    r->block_name =
        either(lgd_column(t, "Block Name", 0), lgd_column(t, "Development Block Name", 0));
    r->block_local = lgd_column(t, "Block Name", 1);
    r->block_district = lgd_column(t, "District Code of Block", 0);
    r->panchayat_code =
        either(lgd_column(t, "Localbody Code", 0), lgd_column(t, "Gram Panchayat/ TLB Code", 0));
    r->panchayat_name =
        either(lgd_column(t, "Localbody Name", 0), lgd_column(t, "Gram Panchayat/ TLB", 0));
}

static bool is_fact_name(struct str s)
{
    if (s.n == 0 || s.n > 64)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return true;
}

static bool is_own_column(const struct reader *r, int i)
{
    const int own[] = {r->level,   r->code,    r->parent,     r->parent_parent, r->name,
                       r->name_hi, r->aliases, r->valid_from, r->valid_to};
    for (size_t k = 0; k < ARRAY_LEN(own); k++)
        if (own[k] == i)
            return true;
    return false;
}

static int find_own_columns(struct reader *r, const struct table *t, struct err *err)
{
    r->level = table_column(t, "level", 0);
    r->code = table_column(t, "code", 0);
    r->parent = table_column(t, "parent", 0);
    r->parent_parent = table_column(t, "parent_parent", 0);
    r->name = table_column(t, "name", 0);
    r->name_hi = table_column(t, "name_hi", 0);
    r->aliases = table_column(t, "aliases", 0);
    r->valid_from = table_column(t, "valid_from", 0);
    r->valid_to = table_column(t, "valid_to", 0);
    for (size_t i = 0; i < t->columns; i++) {
        if (is_own_column(r, (int)i))
            continue;
        if (!is_fact_name(t->name[i]))
            return table_fail(t, (int)i, err,
                              "the column is none of ours, and its name is not that of a fact "
                              "(letters, digits and _)");
        if (r->facts == PLACE_FACTS_MAX)
            return table_fail(t, (int)i, err, "places hold at most %d facts", PLACE_FACTS_MAX);
        r->fact_name[r->facts] = t->name[i];
        r->fact[r->facts++] = (int)i;
    }
    return 0;
}

static bool is_own(const struct table *t)
{
    return table_column(t, "level", 0) >= 0 && table_column(t, "code", 0) >= 0 &&
           table_column(t, "name", 0) >= 0;
}

static int no_header(struct err *err)
{
    err_set(err, ERR_ROWS, "the header is not that of a file of places");
    err_hint(err, "known are the exports of states, districts, blocks, panchayats and changes of "
                  "lgdirectory.gov.in, and our own: level,code,parent,name,name_hi,aliases and "
                  "facts, or kind,level,old_code,new_code,effective_on");
    return ERR_ROWS;
}

/* Lists of the directory that hold no level of ours, said so instead of "unknown". */
static int not_ours(const struct table *t, struct err *err)
{
    if (lgd_column(t, "Sub-district Code", 0) >= 0 || lgd_column(t, "Subdistrict Code", 0) >= 0) {
        table_fail(t, -1, err,
                   "this is a list of sub-districts, which are no level of places here");
        err_hint(err, "below districts come development blocks: import the list of blocks");
        return ERR_ROWS;
    }
    if (lgd_column(t, "Localbody Code", 0) >= 0 || lgd_column(t, "Local Body Code", 0) >= 0) {
        table_fail(t, -1, err,
                   "this list of local bodies does not say in which development block each lies");
        err_hint(err, "import \"Subdistrict, Village, Development Block and GPs Mapping\" instead");
        return ERR_ROWS;
    }
    return t->titles < TABLE_TITLES_MAX ? TABLE_TITLE : no_header(err);
}

static int on_header(struct table *t, void *ctx, struct err *err)
{
    struct reader *r = ctx;
    find_lgd_columns(r, t);
    if (changes_find_columns(&r->changes, t)) {
        r->kind = r->changes.notices ? KIND_NOTICES : KIND_CHANGES;
        t->notes = true;
        return 0;
    }
    if (is_own(t)) {
        r->kind = KIND_OWN;
        return find_own_columns(r, t, err);
    }
    if (r->block_code >= 0 && r->panchayat_code >= 0 && r->panchayat_name >= 0 &&
        r->district_code >= 0)
        r->kind = KIND_PANCHAYATS;
    else if (r->block_code >= 0 && r->block_name >= 0 && r->district_code >= 0 &&
             r->state_code >= 0)
        r->kind = KIND_BLOCKS;
    else if (r->district_code >= 0 && r->district_name >= 0 && r->state_code >= 0 &&
             lgd_column(t, "Sub-district Code", 0) < 0)
        r->kind = KIND_DISTRICTS;
    else if (r->state_code >= 0 && r->state_name >= 0 && r->district_code < 0 &&
             r->panchayat_code < 0 && lgd_column(t, "Local Body Code", 0) < 0)
        r->kind = KIND_STATES;
    else
        return not_ours(t, err);
    t->notes = true;
    return 0;
}

/* ---- rows of the directory ------------------------------------------------------------------ */

static bool is_devanagari(struct str s)
{
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (c >= 0x0900 && c <= 0x097F)
            return true;
    }
    return false;
}

static bool same_key(struct str a, struct str b)
{
    char ka[NAME_KEY_BYTES_MAX];
    char kb[NAME_KEY_BYTES_MAX];
    return str_eq(name_key(a, ka), name_key(b, kb));
}

static int keep_names(const struct table *t, int name, int local, struct place_change *c,
                      struct err *err)
{
    struct str other;
    TRY(table_keep(t, name, &c->name, err));
    TRY(table_keep(t, local, &other, err));
    if (other.n == 0 || same_key(c->name, other))
        return 0;
    if (is_devanagari(other))
        c->name_hi = other;
    else if (memchr(other.p, '|', other.n) == NULL)
        c->aliases = other;
    return 0;
}

static void say_where(const struct table *t, int code, int parent, int name, struct place_change *c)
{
    c->at = (struct said_at){.line = t->record->line,
                             .code = (uint16_t)(code + 1),
                             .parent = (uint16_t)(parent + 1),
                             .name = (uint16_t)(name + 1)};
}

static int add_state(struct reader *r, const struct table *t, bool implied, struct err *err)
{
    int64_t code;
    TRY(table_code(t, r->state_code, &code, err));
    if (implied && code == r->state_before)
        return 0;
    r->state_before = code;
    struct place_change *c = push(r);
    if (c == NULL)
        return no_memory(err);
    say_where(t, r->state_code, -1, r->state_name, c);
    c->level = PLACE_STATE;
    c->code = code;
    c->implied = implied;
    return keep_names(t, r->state_name, implied ? -1 : r->state_local, c, err);
}

static int add_district(struct reader *r, const struct table *t, bool implied, struct err *err)
{
    int64_t code;
    TRY(add_state(r, t, true, err));
    TRY(table_code(t, r->district_code, &code, err));
    if (implied && code == r->district_before)
        return 0;
    r->district_before = code;
    struct place_change *c = push(r);
    if (c == NULL)
        return no_memory(err);
    say_where(t, r->district_code, r->state_code, r->district_name, c);
    c->level = PLACE_DISTRICT;
    c->code = code;
    c->implied = implied;
    TRY(table_code(t, r->state_code, &c->parent_code, err));
    return keep_names(t, r->district_name, implied ? -1 : r->district_local, c, err);
}

/* The district of a block, which may be another than that of the village that names it. */
static int block_district(const struct reader *r, const struct table *t, int64_t *code,
                          struct err *err)
{
    bool own = r->block_district >= 0 && table_field(t, r->block_district).n > 0;
    return table_code(t, own ? r->block_district : r->district_code, code, err);
}

static int add_block(struct reader *r, const struct table *t, bool implied, struct err *err)
{
    int64_t code;
    TRY(add_district(r, t, true, err));
    TRY(table_code(t, r->block_code, &code, err));
    if (implied && code == r->block_before)
        return 0;
    r->block_before = code;
    struct place_change *c = push(r);
    if (c == NULL)
        return no_memory(err);
    say_where(t, r->block_code, r->district_code, r->block_name, c);
    c->level = PLACE_BLOCK;
    c->code = code;
    c->implied = implied;
    TRY(block_district(r, t, &c->parent_code, err));
    if (r->state_code >= 0 && c->parent_code == r->district_before)
        TRY(table_code(t, r->state_code, &c->parent_parent_code, err));
    return keep_names(t, r->block_name, implied ? -1 : r->block_local, c, err);
}

/* A line is a village: one without a panchayat is in a town, one without a block nowhere yet. */
static int add_panchayat(struct reader *r, const struct table *t, struct err *err)
{
    int64_t code;
    int64_t block = r->block_before;
    if (table_field(t, r->panchayat_code).n == 0 || table_field(t, r->block_code).n == 0) {
        r->left_out++;
        return 0;
    }
    if (r->block_name >= 0 && r->state_code >= 0)
        TRY(add_block(r, t, true, err));
    TRY(table_code(t, r->block_code, &r->block_before, err));
    TRY(table_code(t, r->panchayat_code, &code, err));
    if (code == r->panchayat_before && block == r->block_before)
        return 0;
    r->panchayat_before = code;
    struct place_change *c = push(r);
    if (c == NULL)
        return no_memory(err);
    say_where(t, r->panchayat_code, r->block_code, r->panchayat_name, c);
    c->level = PLACE_PANCHAYAT;
    c->code = code;
    c->parent_code = r->block_before;
    TRY(block_district(r, t, &c->parent_parent_code, err));
    return keep_names(t, r->panchayat_name, -1, c, err);
}

/* ---- rows of our own form ------------------------------------------------------------------- */

static int read_level(const struct reader *r, const struct table *t, struct place_change *c,
                      struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct str s = table_field(t, r->level);
    int level = place_level_parse(s);
    aadhaar_mask(s, shown);
    if (level <= PLACE_COUNTRY)
        return table_fail(t, r->level, err,
                          "a level is state, district, block or panchayat, not \"%s\"", shown);
    c->level = (enum place_level)level;
    return 0;
}

static int read_parent(const struct reader *r, const struct table *t, struct place_change *c,
                       struct err *err)
{
    if (c->level == PLACE_STATE)
        return 0;
    if (r->parent < 0 || table_field(t, r->parent).n == 0)
        return table_fail(t, r->parent, err, "a %s needs the code of its %s as parent",
                          place_level_name(c->level), place_level_name(c->level - 1));
    TRY(table_code(t, r->parent, &c->parent_code, err));
    if (table_field(t, r->parent_parent).n > 0)
        TRY(table_code(t, r->parent_parent, &c->parent_parent_code, err));
    return 0;
}

static int read_day(const struct table *t, int column, int32_t *day, struct err *err)
{
    struct err why;
    struct str s = table_field(t, column);
    if (s.n > 0 && date_parse(s, day, &why) < 0)
        return table_fail(t, column, err, "%s", why.msg);
    return 0;
}

static int read_facts(const struct reader *r, const struct table *t, struct place_change *c,
                      struct err *err)
{
    for (size_t i = 0; i < r->facts; i++) {
        struct err why;
        struct str s = table_field(t, r->fact[i]);
        if (s.n > 0 && str_to_f64(s, &c->fact[i]) < 0 && number_real(s, &c->fact[i], &why) < 0) {
            char shown[AADHAAR_SHOWN_BYTES + 1];
            aadhaar_mask(s, shown);
            return table_fail(t, r->fact[i], err, "a fact is a number, not \"%s\": %s", shown,
                              why.msg);
        }
    }
    return 0;
}

static int add_own(struct reader *r, const struct table *t, struct err *err)
{
    struct place_change *c = push(r);
    if (c == NULL)
        return no_memory(err);
    say_where(t, r->code, r->parent, r->name, c);
    TRY(read_level(r, t, c, err));
    TRY(table_code(t, r->code, &c->code, err));
    TRY(read_parent(r, t, c, err));
    TRY(table_keep(t, r->name, &c->name, err));
    TRY(table_keep(t, r->name_hi, &c->name_hi, err));
    TRY(table_keep(t, r->aliases, &c->aliases, err));
    TRY(read_day(t, r->valid_from, &c->valid_from, err));
    TRY(read_day(t, r->valid_to, &c->valid_to, err));
    return read_facts(r, t, c, err);
}

static int on_row(struct table *t, void *ctx, struct err *err)
{
    struct reader *r = ctx;
    switch (r->kind) {
    case KIND_OWN:
        return add_own(r, t, err);
    case KIND_STATES:
        return add_state(r, t, false, err);
    case KIND_DISTRICTS:
        return add_district(r, t, false, err);
    case KIND_BLOCKS:
        return add_block(r, t, false, err);
    case KIND_PANCHAYATS:
        return add_panchayat(r, t, err);
    case KIND_CHANGES:
    case KIND_NOTICES:
        return changes_read(&r->changes, t, err);
    }
    UNREACHABLE();
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int level_code_cmp(const void *pa, const void *pb)
{
    const struct place_change *a = *(const struct place_change *const *)pa;
    const struct place_change *b = *(const struct place_change *const *)pb;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    if (a->code != b->code)
        return a->code < b->code ? -1 : 1;
    return (a->parent_code > b->parent_code) - (a->parent_code < b->parent_code);
}

/* Codes that stand in the file under more than one parent. */
static int count_shared(struct reader *r, size_t *shared, struct err *err)
{
    const struct place_change **at = arena_array(&r->mem, r->n, sizeof(struct place_change *));
    if (at == NULL)
        return no_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!r->change[i].implied)
            at[n++] = &r->change[i];
    if (n > 1)
        qsort(at, n, sizeof *at, level_code_cmp);
    *shared = 0;
    bool counted = false;
    for (size_t i = 1; i < n; i++) {
        bool same = at[i]->level == at[i - 1]->level && at[i]->code == at[i - 1]->code;
        bool moved = same && at[i]->parent_code != at[i - 1]->parent_code;
        *shared += moved && !counted;
        counted = same && (counted || moved);
    }
    return 0;
}

static int store_all(struct reader *r, struct store *store, struct places_report *out,
                     struct err *err)
{
    struct place_changes file = {.at = r->change,
                                 .n = r->n,
                                 .fact_names = r->fact_name,
                                 .facts = r->facts,
                                 .on = r->opt->effective_on};
    if (r->kind == KIND_CHANGES || r->kind == KIND_NOTICES)
        return changes_store(&r->changes, store, out, err);
    TRY(count_shared(r, &out->shared, err));
    return store_places_merge(store, &file, &out->merged, err);
}

static int import(struct reader *r, struct store *store, struct str text, struct places_report *out,
                  struct err *err)
{
    struct table t;
    int rc = table_read(&t, &r->mem, text, on_header, on_row, r, err);
    if (rc == ERR_ROWS && t.name == NULL && t.titles > 0)
        return no_header(err);
    TRY(rc);
    out->lines = t.rows;
    out->left_out = r->left_out;
    out->kind = kind_names[r->kind];
    return store_all(r, store, out, err);
}

int places_import(struct store *store, struct str text, const struct places_options *opt,
                  struct places_report *out, struct err *err)
{
    static const struct places_options none = {.effective_on = DAY_NONE, .level = -1};
    struct buf sheet;
    if (text.n > HTTP_PLACES_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE, "a file of places has at most %u MiB",
                       HTTP_PLACES_BYTES_MAX >> 20);
    struct reader *r = mem_calloc(MEM_INGEST, 1, sizeof *r);
    if (r == NULL)
        return no_memory(err);
    *out = (struct places_report){.kind = ""};
    arena_init(&r->mem, MEM_INGEST, 0);
    buf_init(&sheet, MEM_INGEST);
    r->opt = opt != NULL ? opt : &none;
    r->changes.level = r->opt->level;
    int rc = sheet_text(text, &sheet, &text, err);
    rc = rc < 0 ? rc : import(r, store, text, out, err);
    buf_fini(&sheet);
    changes_fini(&r->changes);
    mem_free(MEM_INGEST, r->change);
    arena_fini(&r->mem);
    mem_free(MEM_INGEST, r);
    return rc;
}
