/* SPDX-License-Identifier: MIT
 *
 * Words for those who write: what a query can use (keywords, functions, tables and their columns),
 * and what a plugin can declare. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "api.h"
#include "query/words.h"
#include "tables.h"

/* ---- GET /v1/words --------------------------------------------------------------------------- */

struct words {
    struct json *json;
    enum word_kind kind; /* the only one that is taken */
};

static void put_word(void *ctx, enum word_kind kind, const char *word)
{
    struct words *l = ctx;
    if (kind == l->kind)
        json_cstr(l->json, word);
}

/* A list of the language's own words, and of what plugins define beside them. */
static void put_words(struct json *j, const char *key, enum word_kind kind,
                      const struct plugin_set *set)
{
    struct words l = {j, kind};
    json_key(j, key);
    json_array(j);
    query_words(put_word, &l);
    for (size_t i = 0; i < set->fns; i++) {
        bool of_tables = set->fn[i].query.n > 0;
        if (kind == WORD_TABLE_FUNCTION ? of_tables : kind == WORD_FUNCTION && !of_tables)
            json_str(j, set->fn[i].name);
    }
    json_array_end(j);
}

struct describer {
    struct request *request;
    struct json *json;
    struct tables tables;
    struct err *err;
    int rc; /* of the first table that could not be described */
};

static int describe(struct describer *d, struct str name)
{
    char text[TABLE_NAME_BYTES_MAX + 16];
    struct query_context ctx = {.snap = d->request->snap,
                                .targets = &d->request->plugins->targets,
                                .table = d->tables.at,
                                .tables = d->tables.n,
                                .cancel = &d->request->cancel};
    struct query_result result;
    struct query *q;
    struct json *j = d->json;
    snprintf(text, sizeof text, "DESCRIBE %.*s", STR_ARG(name));
    TRY(query_parse(str_of(text), &q, d->err));
    int rc = query_run(q, &ctx, &result, d->err);
    query_unref(q);
    if (rc == ERR_FORBIDDEN) { /* a table of others */
        err_clear(d->err);
        return 0;
    }
    if (rc < 0)
        return rc;
    json_object(j);
    json_put_str(j, "name", name);
    json_key(j, "columns");
    json_array(j);
    for (size_t i = 0; i < result.frame->rows; i++) {
        json_object(j);
        json_put_str(j, "name", result.frame->col[0].s[i]);
        json_put_str(j, "type", result.frame->col[1].s[i]);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
    query_result_fini(&result);
    return 0;
}

static void describe_word(void *ctx, enum word_kind kind, const char *word)
{
    struct describer *d = ctx;
    if (kind == WORD_TABLE && d->rc == 0)
        d->rc = describe(d, str_of(word));
}

static bool stands_before(const struct tables *t, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(t->at[k].name, t->at[i].name) == 0)
            return true;
    return false;
}

/* The built-in ones, those of the server, those of planners. */
static int put_tables(struct request *r, struct json *j, struct err *err)
{
    struct describer d = {.request = r, .json = j, .err = err};
    const struct upload_set *set = access_may(r, RIGHT_QUERY) ? r->snap->uploads : NULL;
    tables_init(&d.tables, r);
    json_key(j, "tables");
    json_array(j);
    query_words(describe_word, &d);
    for (size_t i = 0; i < d.tables.n && d.rc == 0; i++)
        if (!stands_before(&d.tables, i))
            d.rc = describe(&d, str_of(d.tables.at[i].name));
    for (size_t i = 0; set != NULL && i < set->n && d.rc == 0; i++)
        d.rc = describe(&d, set->at[i]->name);
    json_array_end(j);
    tables_fini(&d.tables);
    return d.rc;
}

int api_words(struct request *r, struct err *err)
{
    struct json j;
    TRY(request_pin(r, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    put_words(&j, "keywords", WORD_KEYWORD, r->plugins);
    put_words(&j, "operators", WORD_OPERATOR, r->plugins);
    put_words(&j, "functions", WORD_FUNCTION, r->plugins);
    put_words(&j, "table_functions", WORD_TABLE_FUNCTION, r->plugins);
    put_words(&j, "parts", WORD_PART, r->plugins);
    TRY(put_tables(r, &j, err));
    json_object_end(&j);
    return request_reply_json(r, err);
}

/* ---- GET /v1/words/plugins ------------------------------------------------------------------- */

int api_words_plugins(struct request *r, struct err *err)
{
    r->answer.type = "text/markdown; charset=utf-8";
    plugin_docs(&r->answer.body);
    return buf_check(&r->answer.body, err);
}
