/* SPDX-License-Identifier: MIT
 *
 * Reading a form. The library hands out the parts in pieces; they are put one behind the other into
 * memory as large as the body, which they can never fill, so that no part has to be moved. */
#include "form.h"

#include <string.h>
#include <strings.h>

enum { PARSER_BYTES = 32 << 10 };

/* A part, as far as it has come. */
struct part {
    struct str field, name; /* .name.p NULL: no file */
    char *text;
    size_t n;
};

struct parts {
    struct arena *mem;
    struct part *at;
    size_t n;
    char *room; /* of all texts */
    size_t used, cap;
    int rc; /* why the reading was broken off */
    struct err *err;
};

bool form_is(struct str content_type)
{
    static const char kind[] = "multipart/form-data";
    size_t n = sizeof kind - 1;
    return content_type.n >= n && strncasecmp(content_type.p, kind, n) == 0;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the form");
}

static int add_part(struct parts *p, const char *field, const char *name)
{
    if (p->n == URL_ARGS_MAX)
        return err_set(p->err, ERR_LIMIT, "more than %d fields in one form", URL_ARGS_MAX);
    struct part *part = &p->at[p->n];
    part->field = str_copy(p->mem, str_of(field));
    part->name = name != NULL ? str_copy(p->mem, str_of(name)) : STR_NULL;
    part->text = p->room + p->used;
    if (part->field.p == NULL || (name != NULL && part->name.p == NULL))
        return no_memory(p->err);
    if (utf8_check(part->field) < part->field.n || utf8_check(part->name) < part->name.n)
        return err_set(p->err, ERR_PARAM, "a name in the form is not valid UTF-8");
    p->n++;
    return 0;
}

static bool goes_on(const struct parts *p, const char *field, const char *name)
{
    const struct part *last = p->n > 0 ? &p->at[p->n - 1] : NULL;
    return last != NULL && str_eq(last->field, str_of(field)) &&
           (last->name.p != NULL) == (name != NULL) && str_eq(last->name, str_of(name));
}

/* The library tells of an empty piece before it has seen more of the part. */
static enum MHD_Result on_piece(void *ctx, enum MHD_ValueKind kind, const char *field,
                                const char *name, const char *type, const char *encoding,
                                const char *data, uint64_t offset, size_t n)
{
    (void)kind, (void)type, (void)encoding;
    struct parts *p = ctx;
    bool same = goes_on(p, field, name) && p->at[p->n - 1].n == offset;
    if (!same && p->rc == 0)
        p->rc = add_part(p, field, name);
    if (p->rc < 0)
        return MHD_NO;
    ASSERT(n <= p->cap - p->used);
    if (n > 0)
        memcpy(p->room + p->used, data, n);
    p->used += n;
    p->at[p->n - 1].n += n;
    return MHD_YES;
}

static int parse(struct request *r, struct parts *p, struct err *err)
{
    struct MHD_PostProcessor *parser =
        MHD_create_post_processor(r->conn, PARSER_BYTES, on_piece, p);
    if (parser == NULL)
        return err_set(err, ERR_PARAM, "the form names no boundary between its fields");
    bool whole = MHD_post_process(parser, r->body.p, r->body.n) == MHD_YES;
    whole = MHD_destroy_post_processor(parser) == MHD_YES && whole;
    if (p->rc < 0)
        return p->rc;
    return whole ? 0 : err_set(err, ERR_PARAM, "the form cannot be read, or ends too early");
}

static int check_field(const struct part *part, struct err *err)
{
    struct str text = {part->text, part->n};
    if (utf8_check(text) < text.n || memchr(text.p, '\0', text.n) != NULL)
        return err_set(err, ERR_PARAM, "the field '%.*s' of the form is not valid UTF-8",
                       STR_ARG(part->field));
    return 0;
}

/* Parameters of the address stand before those of the form. */
static int sort_out(struct request *r, const struct parts *p, struct form *out, struct err *err)
{
    struct arg *arg = ARENA_ARRAY(&r->arena, struct arg, r->url.args + p->n);
    out->file = ARENA_ARRAY(&r->arena, struct form_file, p->n);
    if (arg == NULL || out->file == NULL)
        return no_memory(err);
    if (r->url.args > 0)
        memcpy(arg, r->url.arg, r->url.args * sizeof *arg);
    r->url.arg = arg;
    for (size_t i = 0; i < p->n; i++) {
        const struct part *part = &p->at[i];
        struct str text = {part->text, part->n};
        if (part->name.p != NULL) {
            out->file[out->files++] = (struct form_file){part->field, part->name, text};
            continue;
        }
        TRY(check_field(part, err));
        arg[r->url.args++] = (struct arg){part->field, text};
    }
    return 0;
}

int form_read(struct request *r, struct form *out, struct err *err)
{
    struct parts p = {.mem = &r->arena, .cap = r->body.n, .err = err};
    *out = (struct form){.files = 0};
    if (r->body.n == 0)
        return err_set(err, ERR_PARAM, "the form is empty");
    p.at = ARENA_ARRAY(&r->arena, struct part, URL_ARGS_MAX);
    p.room = arena_alloc(&r->arena, p.cap);
    if (p.at == NULL || p.room == NULL)
        return no_memory(err);
    TRY(parse(r, &p, err));
    return sort_out(r, &p, out, err);
}
