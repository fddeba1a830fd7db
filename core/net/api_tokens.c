/* SPDX-License-Identifier: MIT
 *
 * /v1/tokens: making, listing and revoking them. The text of one is in the answer that makes it,
 * and nowhere else. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "api.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/limits.h"
#include "body.h"
#include "said.h"

/* ---- the list ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum type type;
} columns[] = {
    {"id", TYPE_STRING},      {"name", TYPE_STRING},    {"role", TYPE_STRING},
    {"places", TYPE_STRING},  {"sources", TYPE_STRING}, {"state", TYPE_STRING},
    {"created", TYPE_STRING}, {"by", TYPE_STRING},      {"expires", TYPE_STRING},
    {"used", TYPE_STRING},    {"sessions", TYPE_INT64},
};

static struct value text(struct str s)
{
    return (struct value){.type = TYPE_STRING, .null = s.n == 0, .s = s};
}

static struct value moment(struct request *r, int64_t ms)
{
    char when[32];
    if (ms == 0)
        return text(STR(""));
    clock_format(ms, when);
    return text(str_copy(&r->arena, str_of(when)));
}

static struct str places_text(struct arena *a, const struct grant *g)
{
    enum { PLACE_BYTES = 40 };
    char *p = arena_alloc(a, g->places * PLACE_BYTES + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < g->places; i++)
        n += (size_t)snprintf(p + n, PLACE_BYTES, "%s%s:%lld", i > 0 ? "," : "",
                              place_level_name(g->place[i].level), (long long)g->place[i].code);
    return (struct str){p, n};
}

static struct str sources_text(struct arena *a, const struct grant *g)
{
    char *p = arena_alloc(a, g->sources * (SOURCE_BYTES_MAX + 1) + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < g->sources; i++) {
        if (i > 0)
            p[n++] = ',';
        memcpy(p + n, g->source[i].p, g->source[i].n);
        n += g->source[i].n;
    }
    return (struct str){p, n};
}

static int64_t sessions_of(const struct token_set *set, const struct token *t, int64_t now_ms)
{
    int64_t n = 0;
    for (size_t i = 0; i < set->n; i++)
        n += set->at[i]->parent != NULL && strcmp(set->at[i]->parent->id, t->id) == 0 &&
             token_is_live(set->at[i], now_ms);
    return n;
}

static void put_token(struct request *r, struct frame *f, size_t row, const struct token_set *set,
                      const struct token *t)
{
    int64_t now = clock_wall_ms();
    const char *state = t->revoked_ms != 0 ? "revoked" : token_is_live(t, now) ? "live" : "expired";
    const struct value cells[] = {
        text(str_of(t->id)),
        text(t->name),
        text(str_of(role_name(t->role))),
        text(places_text(&r->arena, &t->grant)),
        text(sources_text(&r->arena, &t->grant)),
        text(str_of(state)),
        moment(r, t->created_ms),
        text(t->created_by),
        moment(r, t->expires_ms),
        moment(r, token_used_ms(t)),
        {.type = TYPE_INT64, .i = sessions_of(set, t, now)},
    };
    for (size_t c = 0; c < ARRAY_LEN(cells); c++)
        frame_set(f, row, c, cells[c]);
}

static int reply_list(struct request *r, const struct token_set *set, struct err *err)
{
    struct frame *f;
    size_t n = 0, row = 0;
    for (size_t i = 0; i < set->n; i++)
        n += set->at[i]->parent == NULL;
    TRY(frame_new(&r->arena, n, ARRAY_LEN(columns), &f, err));
    for (size_t c = 0; c < ARRAY_LEN(columns); c++)
        TRY(frame_col_init(&r->arena, &f->col[c], n, str_of(columns[c].name), columns[c].type,
                           err));
    for (size_t i = 0; i < set->n; i++)
        if (set->at[i]->parent == NULL)
            put_token(r, f, row++, set, set->at[i]);
    struct format_options o = request_format_options(r);
    return request_reply_frame(r, f, &o, err);
}

int api_tokens(struct request *r, struct err *err)
{
    const struct token_set *set = store_tokens(r->service->store);
    int rc = reply_list(r, set, err); /* texts of the set are written before it goes */
    token_set_unref(set);
    return rc;
}

/* ---- making one ----------------------------------------------------------------------------- */

static struct str next(struct str *rest)
{
    const char *end = rest->n > 0 ? memchr(rest->p, ',', rest->n) : NULL;
    size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
    struct str word = {rest->p, n};
    *rest = (struct str){rest->p + n + (end != NULL), rest->n - n - (end != NULL)};
    return str_trim(word);
}

static int unclear_place(struct request *r, struct str word, const uint32_t *found, size_t n,
                         struct err *err)
{
    const struct place_tree *t = r->snap->tree;
    char list[200] = "";
    size_t at = 0;
    for (size_t i = 0; i < n && i < 4; i++) {
        const struct place *p = &t->at[found[i]];
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s:%lld", i > 0 ? ", " : "",
                               place_level_name(p->level), (long long)p->code);
    }
    struct str shown = utf8_prefix(word, QUERY_SHOWN_BYTES);
    if (n == 0)
        err_set(err, ERR_PARAM, "places: there is no place \"%.*s\"", STR_ARG(shown));
    else
        err_set(err, ERR_PARAM, "places: \"%.*s\" stands for %zu places: %s%s", STR_ARG(shown), n,
                list, n > 4 ? ", ..." : "");
    err_hint(err, "write level and code, as block:3168; panji places find NAME tells them");
    return ERR_PARAM;
}

/* A level and code, or what only one place on any level is called: a token is not for the place
 * that somebody might have meant. */
static int read_place(struct request *r, struct str word, struct grant_place *out, struct err *err)
{
    const struct place_tree *t = r->snap->tree;
    uint32_t found[8];
    size_t n = 0;
    struct str rest = word;
    const char *colon = memchr(word.p, ':', word.n);
    int level =
        colon != NULL ? place_level_parse((struct str){word.p, (size_t)(colon - word.p)}) : -1;
    if (level > PLACE_COUNTRY)
        rest = (struct str){colon + 1, word.n - (size_t)(colon + 1 - word.p)};
    for (int l = PLACE_STATE; l <= PLACE_PANCHAYAT; l++) {
        size_t room = n < ARRAY_LEN(found) ? ARRAY_LEN(found) - n : 0;
        if (level <= PLACE_COUNTRY || l == level)
            n += place_find(t, (enum place_level)l, 0, rest, found + (ARRAY_LEN(found) - room),
                            room);
    }
    if (n != 1)
        return unclear_place(r, word, found, n, err);
    *out = (struct grant_place){t->at[found[0]].level, t->at[found[0]].code};
    return 0;
}

static int read_places(struct request *r, struct grant *g, struct err *err)
{
    struct str list = str_trim(request_arg(r, "places"));
    struct grant_place *at = ARENA_ARRAY(&r->arena, struct grant_place, TOKEN_PLACES_MAX + 1);
    if (at == NULL)
        return err_set(err, ERR_MEM, "no memory for the places");
    while (list.n > 0 && g->places <= TOKEN_PLACES_MAX) {
        struct str word = next(&list);
        if (word.n > 0)
            TRY(read_place(r, word, &at[g->places++], err));
    }
    g->place = at;
    return 0;
}

static int read_sources(struct request *r, struct grant *g, struct err *err)
{
    struct str list = str_trim(request_arg(r, "sources"));
    struct str *at = ARENA_ARRAY(&r->arena, struct str, TOKEN_SOURCES_MAX + 1);
    if (at == NULL)
        return err_set(err, ERR_MEM, "no memory for the sources");
    while (list.n > 0 && g->sources <= TOKEN_SOURCES_MAX) {
        struct str word = next(&list);
        if (word.n > 0)
            at[g->sources++] = word;
    }
    g->source = at;
    return 0;
}

static int read_spec(struct request *r, struct token_spec *out, struct err *err)
{
    int role = role_parse(request_arg(r, "role"));
    struct str expires = str_trim(request_arg(r, "expires"));
    if (role < 0) {
        err_set(err, ERR_PARAM, "a token needs a role");
        err_hint(err, "the roles are public, viewer, planner, ingest and admin");
        return ERR_PARAM;
    }
    *out = (struct token_spec){.role = (enum access_role)role,
                               .name = str_trim(request_arg(r, "name"))};
    if (digits_name_aadhaar(out->name))
        return err_set(err, ERR_PARAM, "the name holds what looks like an Aadhaar number");
    if (expires.n > 0)
        TRY(said_moment("expires", expires, &out->expires_ms, err));
    TRY(read_places(r, &out->grant, err));
    return read_sources(r, &out->grant, err);
}

static int reply_new(struct request *r, const struct token_spec *spec, const char *secret,
                     struct err *err)
{
    struct json j;
    struct str id = {secret + 6, TOKEN_ID_BYTES};
    char when[32];
    if (r->answer.plain) { /* the command line: the text alone */
        buf_cstr(&r->answer.body, secret);
        r->answer.type = "text/plain; charset=utf-8";
        return request_reply_json(r, err);
    }
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_str(&j, "id", id);
    json_put_cstr(&j, "token", secret);
    json_put_str(&j, "name", spec->name.n > 0 ? spec->name : id);
    json_put_cstr(&j, "role", role_name(spec->role));
    json_put_str(&j, "places", places_text(&r->arena, &spec->grant));
    json_put_str(&j, "sources", sources_text(&r->arena, &spec->grant));
    json_key(&j, "expires");
    if (spec->expires_ms != 0) {
        clock_format(spec->expires_ms, when);
        json_cstr(&j, when);
    } else {
        json_null(&j);
    }
    json_object_end(&j);
    return request_reply_json(r, err);
}

int api_token_post(struct request *r, struct err *err)
{
    struct token_spec spec;
    char secret[TOKEN_TEXT_BYTES + 1];
    TRY(body_take_args(r, err));
    TRY(request_pin(r, err));
    TRY(read_spec(r, &spec, err));
    TRY(store_token_create(r->service->store, &spec, secret, err));
    r->answer.status = 201;
    r->answer.snapshot = 0;
    int rc = reply_new(r, &spec, secret, err);
    secret_wipe(secret, sizeof secret);
    return rc;
}

int api_token_delete(struct request *r, struct err *err)
{
    struct json j;
    struct str id = r->match.capture[0];
    TRY(store_token_revoke(r->service->store, id, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_str(&j, "id", id);
    json_put_cstr(&j, "done", "revoked");
    json_object_end(&j);
    return request_reply_json(r, err);
}
