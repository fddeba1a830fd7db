/* SPDX-License-Identifier: MIT
 *
 * Outlines: the tokens again, without literals. */
#include "query/outline.h"

#include "lex.h"

static bool is_literal(enum tok kind)
{
    return kind == TOK_INT || kind == TOK_FLOAT || kind == TOK_STRING;
}

/* A name in back-quotes may hold anything. */
static struct str shown(struct str text, const struct token *t)
{
    if (is_literal(t->kind) || t->quoted)
        return STR("?");
    return (struct str){text.p + t->at, t->n};
}

void query_outline(struct str text, size_t most, struct buf *out)
{
    struct arena arena;
    struct lexer l = {.text = text, .arena = &arena};
    struct token t;
    struct err err;
    size_t start = out->n;
    size_t end = 0; /* of the token before */
    bool whole = false;
    arena_init(&arena, MEM_QUERY, 0);
    while (utf8_check(text) == text.n && lex_next(&l, &t, &err) == 0) {
        struct str s = shown(text, &t);
        whole = t.kind == TOK_END;
        if (whole || out->n - start + s.n + 4 > most)
            break;
        if (out->n > start && t.at > end)
            buf_char(out, ' ');
        buf_str(out, s);
        end = t.at + t.n;
    }
    if (!whole)
        buf_cstr(out, "...");
    arena_fini(&arena);
}
