/* SPDX-License-Identifier: MIT
 *
 * Merging a file of places, level by level, so that a parent always comes before its children,
 * whatever the order of the file.
 *
 * A level is gone through twice: first every place that is told is found where it is told; then
 * each is updated, added, or moved. A code that is told in a place where it is not known is
 *
 *   new        no place of this code is there
 *   in both    it is told where it is known, too: a block may lie in two districts
 *   moved      it is known in one place that is not told: borders changed, and somebody must say
 *              on which day
 */
#include <math.h>

#include "base/date.h"
#include "places_int.h"

struct filing {
    struct edit m; /* zero at first */
    const struct place_changes *file;
    struct place_merge_result *out;
    int fact_at[PLACE_FACTS_MAX]; /* theirs -> stored */
    uint32_t *parent;             /* by change: id of the parent */
    uint8_t *told;                /* by row: it is in the file */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the places");
}

/* ---- finding -------------------------------------------------------------------------------- */

static int parent_unclear(const struct place_change *c, size_t found, struct err *err)
{
    const char *level = place_level_name(c->level);
    const char *above = place_level_name(c->level - 1);
    if (found == 0) {
        said_fail(&c->at, c->at.parent, err, ERR_VALUE,
                  "%s %lld \"%.*s\" lies in %s %lld, which is not known", level, (long long)c->code,
                  STR_ARG(c->name), above, (long long)c->parent_code);
        err_hint(err, "import the %ss first", above);
        return ERR_VALUE;
    }
    said_fail(&c->at, c->at.parent, err, ERR_AMBIGUOUS,
              "%s %lld \"%.*s\" lies in %s %lld, which there is in %zu places", level,
              (long long)c->code, STR_ARG(c->name), above, (long long)c->parent_code, found);
    err_hint(err, "add a column parent_parent with the code of the place above the parent");
    return ERR_AMBIGUOUS;
}

/* Of two, the one that is still there. */
static int find_parent(const struct edit *m, const struct place_change *c, uint32_t *id,
                       struct err *err)
{
    size_t live = 0;
    size_t found = 0;
    *id = PLACE_COUNTRY_ID;
    if (c->level == PLACE_STATE)
        return 0;
    uint32_t at = edit_first(m, c->level - 1, c->parent_code);
    for (; at != PLACE_NONE; at = edit_next(m, at)) {
        const struct place_row *r = &m->rows.row[at];
        if (c->parent_parent_code != 0 && edit_code_of(m, r->parent_id) != c->parent_parent_code)
            continue;
        if (edit_is_live(m, at) || live == 0)
            *id = r->id;
        live += edit_is_live(m, at);
        found++;
    }
    return live == 1 || (live == 0 && found == 1) ? 0 : parent_unclear(c, found, err);
}

static uint32_t find_row(const struct edit *m, const struct place_change *c, uint32_t parent_id)
{
    uint32_t at = edit_first(m, c->level, c->code);
    while (at != PLACE_NONE && m->rows.row[at].parent_id != parent_id)
        at = edit_next(m, at);
    return at;
}

/* ---- one place ------------------------------------------------------------------------------ */

static bool replace_str(struct str *old, struct str given)
{
    if (given.n == 0 || str_eq(*old, given))
        return false;
    *old = given;
    return true;
}

static bool replace_day(int32_t *old, int32_t given)
{
    if (given == DAY_NONE || *old == given)
        return false;
    *old = given;
    return true;
}

/* The day on which what differs came about, or DAY_NONE: as told, or from the directory's list. */
static int day_of(struct filing *f, const struct place_change *c, int32_t *on, struct err *err)
{
    struct stmt st;
    *on = f->file->on;
    if (*on != DAY_NONE)
        return 0;
    TRY(db_stmt(&f->m.s->db,
                "SELECT max(effective_on) FROM place_notice WHERE level = ? AND code = ?", &st,
                err));
    stmt_put_i64(&st, c->level);
    stmt_put_i64(&st, c->code);
    int rc = stmt_step(&st, err);
    if (rc == 1) {
        *on = stmt_is_null(&st, 0) ? DAY_NONE : (int32_t)stmt_i64(&st, 0);
        stmt_done(&st);
    }
    return rc < 0 ? rc : 0;
}

/* Takes what the change gives, the name apart. The strings are the caller's, who waits until all is
 * done. */
static uint8_t apply(const struct filing *f, struct place_row *r, const struct place_change *c)
{
    bool row = replace_str(&r->aliases, c->aliases);
    row |= replace_day(&r->valid_from, c->valid_from);
    row |= replace_day(&r->valid_to, c->valid_to);
    bool facts = false;
    for (size_t i = 0; i < f->file->facts; i++) {
        double *old = &r->fact[f->fact_at[i]];
        if (!isnan(c->fact[i]) && !(*old >= c->fact[i] && *old <= c->fact[i])) {
            *old = c->fact[i];
            facts = true;
        }
    }
    return (uint8_t)((row ? TOUCHED_ROW : 0) | (facts ? TOUCHED_FACTS : 0));
}

static bool differs(struct str old, struct str given)
{
    return given.n > 0 && !str_eq(old, given);
}

/* Another name: a change of a known day is kept in the history, else the old one was misspelt. A
 * name where there was none is an addition. */
static int apply_name(struct filing *f, uint32_t at, const struct place_change *c, uint8_t *what,
                      struct err *err)
{
    struct place_row *r = &f->m.rows.row[at];
    int32_t on = DAY_NONE;
    bool other = (differs(r->name, c->name) && r->name.n > 0) ||
                 (differs(r->name_hi, c->name_hi) && r->name_hi.n > 0);
    if (other)
        TRY(day_of(f, c, &on, err));
    if (on != DAY_NONE) {
        TRY(border_rename(&f->m, at, c->name, c->name_hi, on, &c->at, err));
        f->out->renamed++;
        *what |= TOUCHED_ROW;
        return 0;
    }
    bool row = replace_str(&r->name, c->name);
    row |= replace_str(&r->name_hi, c->name_hi);
    *what |= row ? TOUCHED_ROW : 0;
    return 0;
}

static int update_row(struct filing *f, uint32_t at, const struct place_change *c, bool moved,
                      struct err *err)
{
    uint8_t what = apply(f, &f->m.rows.row[at], c);
    TRY(apply_name(f, at, c, &what, err));
    what |= moved ? TOUCHED_ROW : 0;
    if (what == 0)
        f->out->unchanged++;
    else if (f->m.touched[at] == 0 || moved)
        f->out->updated++;
    f->m.touched[at] |= what;
    return 0;
}

static int check_change(const struct place_change *c, struct err *err)
{
    if (c->level <= PLACE_COUNTRY || c->level >= PLACE_LEVELS)
        return err_set(err, ERR_VALUE,
                       "a place to add must be a state, district, block or panchayat");
    const char *level = place_level_name(c->level);
    if (c->code <= 0)
        return said_fail(&c->at, c->at.code, err, ERR_VALUE,
                         "the code of a %s is a number above 0, not %lld", level,
                         (long long)c->code);
    if (c->name.n > NAME_BYTES_MAX || c->name_hi.n > NAME_BYTES_MAX)
        return said_fail(&c->at, c->at.name, err, ERR_LIMIT,
                         "the name of %s %lld is longer than %d bytes", level, (long long)c->code,
                         NAME_BYTES_MAX);
    return 0;
}

static int add_row(struct filing *f, const struct place_change *c, uint32_t parent_id,
                   struct err *err)
{
    uint32_t index;
    if (c->name.n == 0 && c->name_hi.n == 0)
        return said_fail(&c->at, c->at.name, err, ERR_VALUE, "%s %lld is new and has no name",
                         place_level_name(c->level), (long long)c->code);
    struct place_row *r = edit_push(&f->m, c->level, c->code, parent_id, &index);
    if (r == NULL)
        return no_memory(err);
    f->told[index] = 1;
    r->name = c->name;
    r->name_hi = c->name_hi;
    f->m.touched[index] |= apply(f, r, c);
    f->out->added++;
    return 0;
}

/* Where the code is known but not told: the one such place, PLACE_NONE, or how many. */
static uint32_t known_elsewhere(const struct filing *f, const struct place_change *c, size_t *n)
{
    uint32_t found = PLACE_NONE;
    *n = 0;
    for (uint32_t at = edit_first(&f->m, c->level, c->code); at != PLACE_NONE;
         at = edit_next(&f->m, at)) {
        if (f->told[at] || !edit_is_live(&f->m, at))
            continue;
        found = at;
        (*n)++;
    }
    return found;
}

static int no_day(const struct filing *f, const struct place_change *c, uint32_t at,
                  struct err *err)
{
    const char *above = place_level_name(c->level - 1);
    int64_t before = edit_code_of(&f->m, f->m.rows.row[at].parent_id);
    said_fail(&c->at, c->at.parent, err, ERR_CONFLICT,
              "%s %lld \"%.*s\" lies in %s %lld, not in %lld as told here, and nothing says since "
              "when it moved",
              place_level_name(c->level), (long long)c->code, STR_ARG(c->name), above,
              (long long)before, (long long)c->parent_code);
    err_hint(err, "import the list of changes first, or give the day with effective_on "
                  "(--effective-on); a place that lies in two is told in both");
    return ERR_CONFLICT;
}

static int move_row(struct filing *f, const struct place_change *c, uint32_t at, uint32_t parent_id,
                    struct err *err)
{
    int32_t on;
    TRY(day_of(f, c, &on, err));
    if (on == DAY_NONE)
        return no_day(f, c, at, err);
    TRY(border_move(&f->m, at, parent_id, on, &c->at, err));
    f->told[at] = 1;
    f->out->moved++;
    return update_row(f, at, c, true, err);
}

static int merge_one(struct filing *f, size_t i, struct err *err)
{
    const struct place_change *c = &f->file->at[i];
    size_t elsewhere;
    uint32_t at = find_row(&f->m, c, f->parent[i]); /* perhaps added meanwhile */
    if (at != PLACE_NONE && c->implied)
        return 0;
    if (at != PLACE_NONE)
        return update_row(f, at, c, false, err);
    uint32_t from = known_elsewhere(f, c, &elsewhere);
    if (elsewhere == 0)
        return add_row(f, c, f->parent[i], err);
    if (elsewhere == 1)
        return move_row(f, c, from, f->parent[i], err);
    said_fail(&c->at, c->at.code, err, ERR_AMBIGUOUS,
              "%s %lld is known in %zu places, none of which is told here",
              place_level_name(c->level), (long long)c->code, elsewhere);
    err_hint(err, "say in a list of changes which of them moved (old_parent)");
    return ERR_AMBIGUOUS;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int map_facts(struct filing *f, struct err *err)
{
    struct place_rows *rows = &f->m.rows;
    for (size_t i = 0; i < f->file->facts; i++) {
        struct str name = f->file->fact_names[i];
        size_t at = 0;
        while (at < rows->facts && !str_eq_nocase(rows->fact_name[at], name))
            at++;
        if (at == PLACE_FACTS_MAX)
            return err_set(err, ERR_LIMIT, "places hold at most %d facts; \"%.*s\" is one more",
                           PLACE_FACTS_MAX, STR_ARG(name));
        if (at == rows->facts)
            rows->fact_name[rows->facts++] = name;
        f->fact_at[i] = (int)at;
    }
    return 0;
}

static int find_level(struct filing *f, int level, struct err *err)
{
    for (size_t i = 0; i < f->file->n; i++) {
        const struct place_change *c = &f->file->at[i];
        if ((int)c->level != level)
            continue;
        TRY(check_change(c, err));
        TRY(find_parent(&f->m, c, &f->parent[i], err));
        uint32_t at = find_row(&f->m, c, f->parent[i]);
        if (at != PLACE_NONE)
            f->told[at] = 1;
    }
    return 0;
}

/* Places known beside those that are told. */
static int count_missing(struct filing *f, struct err *err)
{
    uint8_t *whole = ARENA_ARRAY(&f->m.mem, uint8_t, f->m.id_next);
    if (whole == NULL)
        return no_memory(err);
    for (size_t i = 0; i < f->file->n; i++)
        if (!f->file->at[i].implied)
            whole[f->parent[i]] |= (uint8_t)(1 << f->file->at[i].level);
    for (uint32_t i = 0; i < f->m.rows.n; i++) {
        const struct place_row *r = &f->m.rows.row[i];
        f->out->missing +=
            !f->told[i] && edit_is_live(&f->m, i) && (whole[r->parent_id] >> r->level & 1);
    }
    return 0;
}

/* Storage thread; perhaps more than once. */
static int merge_file(struct edit *m, void *arg, struct err *err)
{
    struct filing *f = arg;
    *f->out = (struct place_merge_result){.added = 0};
    f->parent = ARENA_ARRAY(&f->m.mem, uint32_t, f->file->n);
    f->told = ARENA_ARRAY(&f->m.mem, uint8_t, f->m.rows_max);
    if (f->parent == NULL || f->told == NULL)
        return no_memory(err);
    TRY(map_facts(f, err));
    for (int level = PLACE_STATE; level < PLACE_LEVELS; level++) {
        TRY(find_level(f, level, err));
        for (size_t i = 0; i < f->file->n; i++)
            if ((int)f->file->at[i].level == level)
                TRY(merge_one(f, i, err));
    }
    (void)m;
    return count_missing(f, err);
}

int store_places_merge(struct store *s, const struct place_changes *changes,
                       struct place_merge_result *out, struct err *err)
{
    if (changes->facts > PLACE_FACTS_MAX)
        return err_set(err, ERR_LIMIT, "places hold at most %d facts, these have %zu",
                       PLACE_FACTS_MAX, changes->facts);
    for (size_t i = 0; i < changes->n; i++)
        if (changes->at[i].level <= PLACE_COUNTRY || changes->at[i].level >= PLACE_LEVELS)
            return err_set(err, ERR_VALUE,
                           "only states, districts, blocks and panchayats can be added");
    *out = (struct place_merge_result){.added = 0};
    struct filing f = {.file = changes, .out = out};
    int rc = edit_run(s, &f.m, changes->n, merge_file, &f, err);
    out->snapshot = f.m.snapshot;
    return rc;
}
