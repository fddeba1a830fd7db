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

static const char *joined(struct batch *b, const struct near_list *near)
{
    size_t n = 1, at = 0;
    for (size_t i = 0; i < near->n; i++)
        n += near->name[i].n + 1;
    char *out = arena_alloc(&b->mem, n);
    for (size_t i = 0; out != NULL && i < near->n; i++) {
        if (i > 0)
            out[at++] = '|';
        memcpy(out + at, near->name[i].p, near->name[i].n);
        at += near->name[i].n;
    }
    return out;
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
        .near = joined(b, &w->near),
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
        json_key(j, "column");
        json_cstr(j, u->column);
        json_key(j, "kind");
        json_cstr(j, u->kind);
        json_key(j, "within");
        json_cstr(j, u->within);
        json_key(j, "word");
        json_cstr(j, u->word);
        json_key(j, "rows");
        json_i64(j, (int64_t)u->rows);
        json_key(j, "line");
        json_i64(j, u->line);
        json_key(j, "near");
        near_json(j, u->near);
        json_object_end(j);
    }
    json_array_end(j);
    json_key(j, "unknown_words_total");
    json_i64(j, (int64_t)total);
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
    json_key(&j, "batch");
    json_cstr(&j, r->id);
    json_key(&j, "source");
    json_cstr(&j, r->source);
    json_key(&j, "accepted");
    json_i64(&j, r->accepted);
    json_key(&j, "rejected");
    json_i64(&j, r->rejected);
    json_key(&j, "registrations");
    json_i64(&j, r->registrations);
    json_key(&j, "repeated");
    json_i64(&j, r->repeated);
    json_key(&j, "replaced");
    json_i64(&j, r->replaced);
    json_key(&j, "duplicate");
    json_bool(&j, r->duplicate);
    if (r->retracted) {
        json_key(&j, "retracted");
        json_bool(&j, true);
    }
    json_key(&j, "snapshot");
    json_i64(&j, (int64_t)r->snapshot);
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
        json_key(j, "line");
        json_i64(j, e->line);
        json_key(j, "column");
        json_i64(j, e->column);
        json_key(j, "field");
        json_cstr(j, e->field);
        json_key(j, "value");
        json_cstr(j, e->value);
        json_key(j, "reason");
        json_cstr(j, e->reason);
        json_key(j, "near");
        near_json(j, e->near);
        json_object_end(j);
    }
    json_array_end(j);
    json_key(j, "errors_total");
    json_i64(j, (int64_t)total);
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
