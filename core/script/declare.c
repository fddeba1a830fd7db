/* SPDX-License-Identifier: MIT
 *
 * Reading Lua tables by their description. Runs inside a protected call: memory that runs out is
 * raised as a Lua error; everything else is collected. */
#include "declare.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/near.h"
#include "read.h"

void *reader_need(struct reader *r, void *p)
{
    if (!p)
        luaL_error(r->L, "not enough memory");
    return p;
}

struct str reader_keep(struct reader *r, const char *p, size_t n)
{
    return (struct str){reader_need(r, arena_copy(r->arena, p, n)), n};
}

struct str reader_keep_string(struct reader *r, int index)
{
    size_t n;
    const char *p = lua_tolstring(r->L, index, &n);
    return reader_keep(r, p, n);
}

struct err *reader_fault(struct reader *r, struct str word, int code, const char *fmt, ...)
{
    char text[ERR_MSG_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t at = r->anchor;
    bool found = word.n > 0 && source_find(r->source, r->anchor, word, &at);
    if (!found)
        at = r->anchor;
    size_t span = found ? utf8_count(word) : 1;
    return diag_add(r->diags, r->source, at, span, code, "%s, in %s", text, r->what);
}

bool reader_wrong_type(struct reader *r, const struct field *f, int index, const char *needed)
{
    /* What stands for an unknown name is a function of C, and the name was told already. */
    if (lua_iscfunction(r->L, index) && r->diags->n > 0)
        return false;
    reader_fault(r, str_of(f->name), ERR_TYPE, "\"%s\" must be %s, not a %s", f->name, needed,
                 luaL_typename(r->L, index));
    return false;
}

/* ---- fields ---- */

static bool read_field(struct reader *r, const struct field *f, int index, void *record)
{
    void *out = (char *)record + f->offset;
    switch (f->kind) {
    case FIELD_STRING:
    case FIELD_QUERY:
        return read_string(r, f, index, out);
    case FIELD_NAME:
        return read_name(r, f, index, out);
    case FIELD_SCALAR:
        return read_scalar(r, f, index, out);
    case FIELD_TEXT:
        return read_text(r, f, index, out);
    case FIELD_BOOLEAN:
        return read_boolean(r, f, index, out);
    case FIELD_INTEGER:
        return read_integer(r, f, index, out);
    case FIELD_NUMBER:
        return read_number(r, f, index, out);
    case FIELD_DATE:
        return read_date(r, f, index, out);
    case FIELD_SPAN:
        return read_span(r, f, index, out);
    case FIELD_CHOICE:
        return read_choice(r, f, index, out);
    case FIELD_STRINGS:
        return read_strings(r, f, index, out);
    case FIELD_NUMBERS:
        return read_numbers(r, f, index, out);
    case FIELD_DATES:
        return read_dates(r, f, index, out);
    case FIELD_CODES:
        return read_codes(r, f, index, out);
    case FIELD_QUERIES:
        return read_queries(r, f, index, out);
    case FIELD_RECORDS:
        return read_records(r, f, index, out);
    case FIELD_JSON:
        return read_json(r, f, index, out);
    case FIELD_GRIDS:
        return read_grids(r, f, index, out);
    case FIELD_PAIRS:
        return read_pairs(r, f, index, out);
    case FIELD_EXPECT:
        return read_expect(r, f, index, out);
    case FIELD_BY_DAY:
        return read_by_day(r, f, index, out);
    case FIELD_PHASING:
        return read_phasing(r, f, index, out);
    case FIELD_RECORD:
        return read_record(r, f, index, out);
    case FIELD_MAP:
        return read_map(r, f, index, out);
    case FIELD_FUNCTION:
        if (lua_type(r->L, index) != LUA_TFUNCTION)
            return reader_wrong_type(r, f, index, "a function");
        *(bool *)out = true;
        return true;
    case FIELD_ANY:
        *(bool *)out = true;
        return true;
    }
    UNREACHABLE();
}

/* The field's value on the stack: by its name, or by its number in the list part. */
static int push_field(struct reader *r, const struct field *f, int index)
{
    lua_pushstring(r->L, f->name);
    int type = lua_rawget(r->L, index);
    if (type != LUA_TNIL || f->item == 0)
        return type;
    lua_pop(r->L, 1);
    return lua_rawgeti(r->L, index, f->item);
}

static const struct field *field_find(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->fields; i++) {
        if (strcmp(record->field[i].name, name) == 0)
            return &record->field[i];
    }
    return NULL;
}

static bool item_exists(const struct record *record, lua_Integer item)
{
    for (size_t i = 0; i < record->fields; i++) {
        if (record->field[i].item == item)
            return true;
    }
    return false;
}

static const char *of_a(const struct record *record)
{
    return strchr("aeiou", record->name[0]) != NULL ? " of an " : " of a ";
}

/* A name that is no field. `guessed` gets the field that was probably meant, so that it is not told
 * as missing as well. */
static void unknown_field(struct reader *r, const struct record *record, struct str key,
                          uint64_t *guessed)
{
    struct err *e = reader_fault(r, key, ERR_UNKNOWN_NAME, "unknown field \"%.*s\"%s%s",
                                 STR_ARG(key), record == r->record ? "" : of_a(record),
                                 record == r->record ? "" : record->name);
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < record->fields; i++)
        near_offer(&near, key, str_of(record->field[i].name));
    near_hint(&near, e);
    for (size_t i = 0; i < record->fields && near.n > 0; i++) {
        if (str_eq(near.name[0], str_of(record->field[i].name)))
            *guessed |= UINT64_C(1) << i;
    }
}

/* The key below the value on top is a field of the record. */
static bool check_key(struct reader *r, const struct record *record, uint64_t *guessed)
{
    if (lua_type(r->L, -2) == LUA_TSTRING) {
        struct str key = reader_keep_string(r, -2);
        if (field_find(record, key.p))
            return true;
        unknown_field(r, record, key, guessed);
        return false;
    }
    if (lua_isinteger(r->L, -2) && item_exists(record, lua_tointeger(r->L, -2)))
        return true;
    struct str word = STR_NULL;
    if (lua_type(r->L, -1) == LUA_TSTRING)
        word = reader_keep_string(r, -1);
    struct err *e =
        reader_fault(r, word, ERR_UNKNOWN_NAME, "a value without a name: \"%.*s\"", STR_ARG(word));
    err_hint(e, "write `name = value`; look for a missing name or a stray comma");
    return false;
}

/* Mistakes inside a list item are looked for from its name on. */
static void move_anchor(struct reader *r, int index)
{
    size_t at;
    if (lua_rawgeti(r->L, index, 1) == LUA_TSTRING) {
        struct str name = reader_keep_string(r, -1);
        char quoted[NAME_LENGTH_MAX + 3];
        int n = snprintf(quoted, sizeof quoted, "\"%s\"", name.p);
        if (n < (int)sizeof quoted &&
            source_find(r->source, r->anchor, (struct str){quoted, (size_t)n}, &at))
            r->anchor = at;
    }
    lua_pop(r->L, 1);
}

static bool missing(struct reader *r, const struct field *f, const struct record *record)
{
    struct err *e = reader_fault(r, STR_NULL, ERR_VALUE, "\"%s\" is missing%s%s", f->name,
                                 record == r->record ? "" : of_a(record),
                                 record == r->record ? "" : record->name);
    err_hint(e, "%s: %s", f->name, f->doc);
    return false;
}

bool record_read(struct reader *r, int index, const struct record *record, void *out)
{
    bool ok = true;
    uint64_t guessed = 0;
    ASSERT(record->fields <= 64);
    luaL_checkstack(r->L, 16, "nested too deeply");
    if (record != r->record)
        move_anchor(r, index);
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1))
        ok = check_key(r, record, &guessed) && ok;
    for (size_t i = 0; i < record->fields; i++) {
        const struct field *f = &record->field[i];
        if (f->kind == FIELD_DATE)
            *(int32_t *)(void *)((char *)out + f->offset) = DAY_NONE;
        if (push_field(r, f, index) != LUA_TNIL)
            ok = read_field(r, f, lua_gettop(r->L), out) && ok;
        else if (f->required && !(guessed >> i & 1))
            ok = missing(r, f, record);
        lua_pop(r->L, 1);
    }
    return ok;
}
