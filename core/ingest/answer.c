/* SPDX-License-Identifier: MIT
 *
 * What is said of a batch: its answer, what is wrong with its rows, and the words that nobody knew.
 */
#include <stdio.h>

#include "base/json.h"
#include "batch_int.h"

/* ---- words that nobody knows ----------------------------------------------------------------- */

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the unknown words of the file");
}

/* "RAMGARH (607)"; "" for a word that is no place, or one of the whole country. */
static const char *where(struct batch *b, const struct unknown_word *w)
{
    char text[NAME_BYTES_MAX + 32];
    const struct place *p = &b->snap->tree->at[w->within];
    if (w->role > ROLE_PANCHAYAT || w->within == 0)
        return "";
    snprintf(text, sizeof text, "%.*s (%lld)", STR_ARG(place_name(p, false)), (long long)p->code);
    return arena_copy(&b->mem, text, strlen(text));
}

/* What the file calls the column; our name where a constant of the mapping holds the word. */
static const char *their_name(struct batch *b, int role)
{
    struct str name = column_name(role);
    return b->at[role] >= 0 ? b->column[b->at[role]].name : arena_copy(&b->mem, name.p, name.n);
}

static int list_word(struct batch *b, const struct unknown_word *w, struct err *err)
{
    struct str kind = column_name(w->role);
    struct batch_unknown *u = &b->unknown_list[b->unknown_listed];
    *u = (struct batch_unknown){
        .column = their_name(b, w->role),
        .kind = arena_copy(&b->mem, kind.p, kind.n),
        .within = where(b, w),
        .word = w->word.p,
        .near = near_joined(&b->mem, &w->near),
        .rows = w->rows,
        .line = w->line,
    };
    if (u->column == NULL || u->kind == NULL || u->within == NULL || u->near == NULL)
        return no_memory(err);
    b->unknown_listed++;
    return 0;
}

int unknown_list(struct batch *b, struct err *err)
{
    size_t of_column = 0;
    unknown_end(&b->unknown, b->snap->tree);
    if (b->unknown.n == 0)
        return 0;
    b->unknown_list = ARENA_ARRAY(&b->mem, struct batch_unknown, b->unknown.n);
    if (b->unknown_list == NULL)
        return no_memory(err);
    for (size_t i = 0; i < b->unknown.n; i++) {
        const struct unknown_word *w = &b->unknown.word[i];
        of_column = i > 0 && w[-1].role == w->role ? of_column + 1 : 0;
        if (of_column < UNKNOWN_LISTED_MAX)
            TRY(list_word(b, w, err));
    }
    return 0;
}

const struct batch_unknown *batch_unknown_words(const struct batch *b, size_t *listed,
                                                size_t *total)
{
    *listed = b->unknown_listed;
    *total = b->unknown.n;
    return b->unknown_list;
}

static void near_json(struct json *j, const char *near)
{
    json_array(j);
    while (*near != '\0') {
        size_t n = strcspn(near, "|");
        json_str(j, (struct str){near, n});
        near += n + (near[n] == '|');
    }
    json_array_end(j);
}

void batch_unknown_list_json(const struct batch_unknown *list, size_t listed, size_t total,
                             struct json *j)
{
    if (listed == 0)
        return;
    json_key(j, "unknown_words");
    json_array(j);
    for (size_t i = 0; i < listed; i++) {
        const struct batch_unknown *u = &list[i];
        json_object(j);
        json_put_cstr(j, "column", u->column);
        json_put_cstr(j, "kind", u->kind);
        json_put_cstr(j, "within", u->within);
        json_put_cstr(j, "word", u->word);
        json_put_i64(j, "rows", (int64_t)u->rows);
        json_put_i64(j, "line", u->line);
        json_key(j, "near");
        near_json(j, u->near);
        json_object_end(j);
    }
    json_array_end(j);
    json_put_i64(j, "unknown_words_total", (int64_t)total);
}

static void unknown_json(const struct batch *b, struct json *j)
{
    batch_unknown_list_json(b->unknown_list, b->unknown_listed, b->unknown.n, j);
}

/* ---- answers -------------------------------------------------------------------------------- */

void batch_result_json(const struct batch *b, const struct batch_result *r, struct buf *out)
{
    struct json j;
    json_init(&j, out);
    json_object(&j);
    json_put_cstr(&j, "batch", r->id);
    json_put_cstr(&j, "source", r->source);
    json_put_i64(&j, "accepted", r->accepted);
    json_put_i64(&j, "rejected", r->rejected);
    json_put_i64(&j, "registrations", r->registrations);
    json_put_i64(&j, "repeated", r->repeated);
    json_put_i64(&j, "replaced", r->replaced);
    json_put_bool(&j, "duplicate", r->duplicate);
    if (r->retracted) {
        json_put_bool(&j, "retracted", true);
    }
    json_put_i64(&j, "snapshot", (int64_t)r->snapshot);
    json_key(&j, "warnings");
    json_array(&j);
    for (size_t i = 0; i < b->warnings; i++)
        json_cstr(&j, b->warning[i]);
    json_array_end(&j);
    unknown_json(b, &j);
    json_object_end(&j);
}

void batch_errors_json(const struct batch *b, struct json *j)
{
    batch_error_list_json(b->error, b->errors, b->errors_total, j);
    unknown_json(b, j);
}

void batch_error_list_json(const struct batch_error *error, size_t listed, uint64_t total,
                           struct json *j)
{
    json_key(j, "errors");
    json_array(j);
    for (size_t i = 0; i < listed; i++) {
        const struct batch_error *e = &error[i];
        json_object(j);
        json_put_i64(j, "line", e->line);
        json_put_i64(j, "column", e->column);
        json_put_cstr(j, "field", e->field);
        json_put_cstr(j, "value", e->value);
        json_put_cstr(j, "reason", e->reason);
        json_key(j, "near");
        near_json(j, e->near);
        json_object_end(j);
    }
    json_array_end(j);
    json_put_i64(j, "errors_total", (int64_t)total);
}

/* ---- the draft of a mapping ------------------------------------------------------------------ */

int batch_draft(const struct batch *b, struct buf *out, struct err *err)
{
    ASSERT(b->draft != NULL && b->ended && !b->secret);
    struct draft_facts facts = {.source = b->opt.source,
                                .rows = b->records,
                                .bad_rows = b->bad_rows,
                                .unknown = &b->unknown,
                                .tree = b->snap->tree};
    draft_write(b->draft, &facts, out);
    return buf_check(out, err);
}
