/* SPDX-License-Identifier: MIT
 *
 * The lexer: GoogleSQL's tokens (docs/lexical.md), one at a time. Keywords are not known here: they
 * are identifiers, and the parser compares them without case. Text must be valid UTF-8; the parser
 * checks that once, before the first token. */
#ifndef QUERY_LEX_H
#define QUERY_LEX_H

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum tok {
    TOK_END,
    TOK_IDENT,  /* .s: the name; .quoted when it stood in back-quotes */
    TOK_INT,    /* .u; may be 2^63, which only a minus in front makes valid */
    TOK_FLOAT,  /* .f */
    TOK_STRING, /* .s: the characters meant, escapes resolved */
    TOK_PARAM,  /* .s: the name behind the @ */
    TOK_PIPE,   /* |> */
    TOK_ARROW,  /* => */
    TOK_LPAREN,
    TOK_RPAREN,
    TOK_LBRACKET,
    TOK_RBRACKET,
    TOK_COMMA,
    TOK_DOT,
    TOK_SEMICOLON,
    TOK_STAR,
    TOK_PLUS,
    TOK_MINUS,
    TOK_SLASH,
    TOK_CONCAT, /* || */
    TOK_EQ,
    TOK_NE,
    TOK_LT,
    TOK_LE,
    TOK_GT,
    TOK_GE,
    TOK_OTHER, /* operators that GoogleSQL has and we lack: & | ^ ~ << >> ? : @@ */
};

struct token {
    enum tok kind;
    bool quoted;
    uint32_t at, n; /* bytes of the text */
    struct str s;
    uint64_t u;
    double f;
};

struct lexer {
    struct str text;
    uint32_t at;
    struct arena *arena; /* decoded strings live here */
};

/* ERR_SYNTAX with the place. The text outlives the tokens. */
MUST_USE int lex_next(struct lexer *l, struct token *t, struct err *err);

#endif
