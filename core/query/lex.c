/* SPDX-License-Identifier: MIT
 *
 * The lexer. One function a kind of token; each leaves the lexer behind what it took. */
#include "lex.h"

#include <stdlib.h>

static int lex_error(const struct lexer *l, size_t at, size_t bytes, struct err *err,
                     const char *what)
{
    err_set(err, ERR_SYNTAX, "Syntax error: %s", what);
    struct str part = {l->text.p + at, bytes <= l->text.n - at ? bytes : l->text.n - at};
    err_at(err, l->text.p, l->text.n, at, utf8_count(part));
    return ERR_SYNTAX;
}

static char peek(const struct lexer *l, uint32_t ahead)
{
    size_t at = (size_t)l->at + ahead;
    return at < l->text.n ? l->text.p[at] : '\0';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_line(struct lexer *l)
{
    while (l->at < l->text.n && l->text.p[l->at] != '\n')
        l->at++;
}

/* White space and comments. */
static int skip_blank(struct lexer *l, struct err *err)
{
    for (;;) {
        char c = peek(l, 0);
        if (l->at >= l->text.n)
            return 0;
        if (is_space(c)) {
            l->at++;
        } else if (c == '#' || (c == '-' && peek(l, 1) == '-')) {
            skip_line(l);
        } else if (c == '/' && peek(l, 1) == '*') {
            const char *end = memmem(l->text.p + l->at + 2, l->text.n - l->at - 2, "*/", 2);
            if (end == NULL)
                return lex_error(l, l->at, 2, err, "Unclosed comment");
            l->at = (uint32_t)(end - l->text.p) + 2;
        } else {
            return 0;
        }
    }
}

static void take_word(struct lexer *l, struct token *t)
{
    uint32_t start = l->at;
    while (is_letter(peek(l, 0)) || is_digit(peek(l, 0)))
        l->at++;
    t->s = (struct str){l->text.p + start, l->at - start};
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \uXXXX, \UXXXXXXXX, \xXX: `digits` hexadecimal digits behind the letter; -1 when they are none.
 */
static int64_t hex_escape(const struct lexer *l, uint32_t at, int digits)
{
    int64_t v = 0;
    for (int i = 0; i < digits; i++) {
        size_t p = (size_t)at + (size_t)i;
        int d = p < l->text.n ? hex_digit(l->text.p[p]) : -1;
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v > 0x10FFFF || (v >= 0xD800 && v < 0xE000) ? -1 : v;
}

static char plain_escape(char c)
{
    static const char from[] = "abfnrtv\\?\"'`";
    static const char to[] = "\a\b\f\n\r\t\v\\?\"'`";
    const char *p = c ? strchr(from, c) : NULL;
    return p ? to[p - from] : '\0';
}

/* The escape that starts at the backslash l->at; writes its character to out and moves on. */
static int take_escape(struct lexer *l, char **out, struct err *err)
{
    char c = peek(l, 1);
    int digits = c == 'u' ? 4 : c == 'U' ? 8 : c == 'x' || c == 'X' ? 2 : 0;
    int64_t code = digits ? hex_escape(l, l->at + 2, digits) : -1;
    if (digits > 0 && code > 0) {
        *out += utf8_put(*out, (uint32_t)code);
        l->at += 2 + (uint32_t)digits;
        return 0;
    }
    char plain = plain_escape(c);
    if (digits > 0 || plain == '\0')
        return lex_error(l, l->at, 2, err, "Illegal escape sequence");
    *(*out)++ = plain;
    l->at += 2;
    return 0;
}

/* Where the quotes close that opened before `at`; text.n when they do not. */
static size_t find_close(const struct lexer *l, size_t at, char quote, uint32_t quotes)
{
    const char *p = l->text.p;
    for (; at < l->text.n; at++) {
        if (p[at] == '\n' && quotes == 1)
            return l->text.n;
        if (p[at] == '\\')
            at++;
        else if (p[at] == quote &&
                 (quotes == 1 || (at + 2 < l->text.n && p[at + 1] == quote && p[at + 2] == quote)))
            return at;
    }
    return l->text.n;
}

/* The characters up to `close` with their escapes resolved, which never makes them longer. */
static int decode(struct lexer *l, size_t close, struct token *t, struct err *err)
{
    char *text = arena_alloc(l->arena, close - l->at + 4);
    if (text == NULL)
        return err_set(err, ERR_LIMIT, "The query needs too much memory.");
    char *out = text;
    while (l->at < close) {
        if (peek(l, 0) == '\\')
            TRY(take_escape(l, &out, err));
        else
            *out++ = l->text.p[l->at++];
    }
    t->s = (struct str){text, (size_t)(out - text)};
    return 0;
}

/* 'text', "text", `name`, and the triple forms. l->at is on the first quote. */
static int take_quoted(struct lexer *l, struct token *t, bool raw, struct err *err)
{
    char quote = peek(l, 0);
    bool triple = quote != '`' && peek(l, 1) == quote && peek(l, 2) == quote;
    uint32_t quotes = triple ? 3 : 1;
    uint32_t open = l->at;
    size_t close = find_close(l, (size_t)open + quotes, quote, quotes);
    if (close >= l->text.n)
        return lex_error(l, open, quotes, err,
                         quote == '`' ? "Unclosed identifier literal" : "Unclosed string literal");
    l->at += quotes;
    t->s = (struct str){l->text.p + l->at, close - l->at};
    if (!raw && memchr(t->s.p, '\\', t->s.n) != NULL)
        TRY(decode(l, close, t, err));
    l->at = (uint32_t)close + quotes;
    return 0;
}

static int take_string(struct lexer *l, struct token *t, struct err *err)
{
    uint32_t open = l->at;
    bool quoted_name = peek(l, 0) == '`';
    t->kind = quoted_name ? TOK_IDENT : TOK_STRING;
    t->quoted = quoted_name;
    TRY(take_quoted(l, t, false, err));
    if (quoted_name && t->s.n == 0)
        return lex_error(l, open, 2, err, "Invalid empty identifier");
    return 0;
}

static int take_hex(struct lexer *l, struct token *t, struct err *err)
{
    uint32_t start = l->at;
    l->at += 2;
    t->kind = TOK_INT;
    for (; hex_digit(peek(l, 0)) >= 0; l->at++) {
        if (t->u >> 60)
            return lex_error(l, start, l->at - start, err, "Invalid integer literal");
        t->u = t->u * 16 + (uint64_t)hex_digit(peek(l, 0));
    }
    if (l->at == start + 2)
        return lex_error(l, start, 2, err, "Invalid integer literal");
    return 0;
}

static void take_digits(struct lexer *l)
{
    while (is_digit(peek(l, 0)))
        l->at++;
}

static int read_int(const struct lexer *l, uint32_t start, struct token *t, struct err *err)
{
    for (uint32_t i = start; i < l->at; i++)
        if (__builtin_mul_overflow(t->u, 10u, &t->u) ||
            __builtin_add_overflow(t->u, (uint64_t)(l->text.p[i] - '0'), &t->u))
            return lex_error(l, start, l->at - start, err, "Invalid integer literal");
    if (t->u > (uint64_t)INT64_MAX + 1)
        return lex_error(l, start, l->at - start, err, "Invalid integer literal");
    return 0;
}

static int take_number(struct lexer *l, struct token *t, struct err *err)
{
    if (peek(l, 0) == '0' && (peek(l, 1) | 0x20) == 'x')
        return take_hex(l, t, err);
    uint32_t start = l->at;
    t->kind = TOK_INT;
    take_digits(l);
    if (peek(l, 0) == '.') {
        t->kind = TOK_FLOAT;
        l->at++;
        take_digits(l);
    }
    uint32_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
    if ((peek(l, 0) | 0x20) == 'e' && is_digit(peek(l, 1 + sign))) {
        t->kind = TOK_FLOAT;
        l->at += 1 + sign;
        take_digits(l);
    }
    if (is_letter(peek(l, 0)))
        return lex_error(l, start, l->at - start + 1, err,
                         "Missing whitespace between literal and alias");
    if (t->kind == TOK_INT)
        return read_int(l, start, t, err);
    char digits[64];
    uint32_t n = l->at - start;
    if (n >= sizeof digits)
        return lex_error(l, start, n, err, "Invalid floating point literal");
    memcpy(digits, l->text.p + start, n);
    digits[n] = '\0';
    t->f = strtod(digits, NULL);
    if (t->f > 1.7976931348623157e308)
        return lex_error(l, start, n, err, "Invalid floating point literal");
    return 0;
}

static int take_param(struct lexer *l, struct token *t, struct err *err)
{
    uint32_t start = l->at++;
    t->kind = TOK_PARAM;
    if (peek(l, 0) == '`')
        return take_quoted(l, t, false, err);
    if (peek(l, 0) == '@')
        return lex_error(l, start, 2, err, "System variables are not supported");
    if (!is_letter(peek(l, 0)))
        return lex_error(l, start, 1, err, "Expected a parameter name behind @");
    take_word(l, t);
    return 0;
}

struct sign {
    char text[3];
    enum tok kind;
};

/* Longest first. */
static const struct sign signs[] = {
    {"|>", TOK_PIPE},    {"=>", TOK_ARROW}, {"||", TOK_CONCAT}, {"<=", TOK_LE},
    {">=", TOK_GE},      {"<>", TOK_NE},    {"!=", TOK_NE},     {"<<", TOK_OTHER},
    {">>", TOK_OTHER},   {"(", TOK_LPAREN}, {")", TOK_RPAREN},  {"[", TOK_LBRACKET},
    {"]", TOK_RBRACKET}, {",", TOK_COMMA},  {".", TOK_DOT},     {";", TOK_SEMICOLON},
    {"*", TOK_STAR},     {"+", TOK_PLUS},   {"-", TOK_MINUS},   {"/", TOK_SLASH},
    {"=", TOK_EQ},       {"<", TOK_LT},     {">", TOK_GT},      {"&", TOK_OTHER},
    {"|", TOK_OTHER},    {"^", TOK_OTHER},  {"~", TOK_OTHER},   {"?", TOK_OTHER},
    {":", TOK_OTHER},
};

static int take_sign(struct lexer *l, struct token *t, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        uint32_t n = signs[i].text[1] ? 2 : 1;
        if (peek(l, 0) == signs[i].text[0] && (n == 1 || peek(l, 1) == signs[i].text[1])) {
            t->kind = signs[i].kind;
            l->at += n;
            return 0;
        }
    }
    lex_error(l, l->at, 1, err, "Illegal input character");
    if ((unsigned char)peek(l, 0) >= 0x80)
        err_hint(err, "names in other scripts stand in back-quotes, texts in quotes");
    return ERR_SYNTAX;
}

static int take(struct lexer *l, struct token *t, struct err *err)
{
    char c = peek(l, 0);
    if (l->at >= l->text.n)
        return 0;
    if ((c | 0x20) == 'r' && (peek(l, 1) == '\'' || peek(l, 1) == '"')) {
        l->at++;
        t->kind = TOK_STRING;
        return take_quoted(l, t, true, err);
    }
    if (is_letter(c)) {
        t->kind = TOK_IDENT;
        take_word(l, t);
        return 0;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
        return take_number(l, t, err);
    if (c == '\'' || c == '"' || c == '`')
        return take_string(l, t, err);
    if (c == '@')
        return take_param(l, t, err);
    return take_sign(l, t, err);
}

int lex_next(struct lexer *l, struct token *t, struct err *err)
{
    *t = (struct token){.kind = TOK_END};
    TRY(skip_blank(l, err));
    t->at = l->at;
    TRY(take(l, t, err));
    t->n = l->at - t->at;
    return 0;
}
