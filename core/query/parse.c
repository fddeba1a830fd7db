/* SPDX-License-Identifier: MIT
 *
 * Tokens and queries. A standard SELECT is taken apart into pipe operators, so that what follows
 * knows one form only. */
#include "parse.h"

#include <stdio.h>
#include <strings.h>

#include "base/limits.h"
#include "base/near.h"

int parse_memory(struct parser *p)
{
    return err_set(p->err, ERR_LIMIT, "The query needs too much memory to be read.");
}

int parse_fail(struct parser *p, int code, uint32_t at, uint32_t n, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(p->err, code, fmt, args);
    va_end(args);
    struct str text = p->lex.text;
    size_t rest = at < text.n ? text.n - at : 0;
    struct str part = {text.p + (at < text.n ? at : text.n), n < rest ? n : rest};
    err_at(p->err, text.p, text.n, at, utf8_count(part));
    return code;
}

static int is_reserved_word(const char *word, size_t n)
{
    static const char *const words[] = {
        "ALL",     "AND",      "ANY",       "ARRAY",     "AS",          "ASC",       "AT",
        "BETWEEN", "BY",       "CASE",      "CAST",      "COLLATE",     "CONTAINS",  "CREATE",
        "CROSS",   "CUBE",     "CURRENT",   "DEFAULT",   "DEFINE",      "DESC",      "DISTINCT",
        "ELSE",    "END",      "ENUM",      "ESCAPE",    "EXCEPT",      "EXCLUDE",   "EXISTS",
        "EXTRACT", "FALSE",    "FETCH",     "FOLLOWING", "FOR",         "FROM",      "FULL",
        "GROUP",   "GROUPING", "GROUPS",    "HASH",      "HAVING",      "IF",        "IGNORE",
        "IN",      "INNER",    "INTERSECT", "INTERVAL",  "INTO",        "IS",        "JOIN",
        "LATERAL", "LEFT",     "LIKE",      "LIMIT",     "LOOKUP",      "MERGE",     "NATURAL",
        "NEW",     "NO",       "NOT",       "NULL",      "NULLS",       "OF",        "ON",
        "OR",      "ORDER",    "OUTER",     "OVER",      "PARTITION",   "PRECEDING", "PROTO",
        "QUALIFY", "RANGE",    "RECURSIVE", "RESPECT",   "RIGHT",       "ROLLUP",    "ROWS",
        "SELECT",  "SET",      "SOME",      "STRUCT",    "TABLESAMPLE", "THEN",      "TO",
        "TREAT",   "TRUE",     "UNBOUNDED", "UNION",     "UNNEST",      "USING",     "WHEN",
        "WHERE",   "WINDOW",   "WITH",      "WITHIN",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if ((words[i][0] | 0x20) == (word[0] | 0x20) && strlen(words[i]) == n &&
            strncasecmp(words[i], word, n) == 0)
            return 1;
    return 0;
}

bool parse_reserved(struct str word)
{
    return word.n > 0 && is_reserved_word(word.p, word.n);
}

static bool token_is(const struct token *t, const char *keyword)
{
    return t->kind == TOK_IDENT && !t->quoted && strlen(keyword) == t->s.n &&
           strncasecmp(t->s.p, keyword, t->s.n) == 0;
}

bool parse_is(const struct parser *p, const char *keyword)
{
    return token_is(&p->tok, keyword);
}

bool parse_next_is(const struct parser *p, const char *keyword)
{
    return token_is(&p->next, keyword);
}

void parse_mark(struct parser *p, unsigned what)
{
    p->mark |= what;
}

static int note_token(struct parser *p)
{
    struct note *grown = arena_grown(p->arena, p->note, p->notes, &p->notes_cap, sizeof *grown);
    if (grown == NULL)
        return parse_memory(p);
    p->note = grown;
    p->note[p->notes++] = (struct note){p->tok.at, p->tok.n, p->tok.kind, p->tok.quoted, p->mark};
    return 0;
}

int parse_advance(struct parser *p)
{
    if (p->noting && p->tok.kind != TOK_END)
        TRY(note_token(p));
    p->mark = 0;
    p->tok = p->next;
    return p->next.kind == TOK_END ? 0 : lex_next(&p->lex, &p->next, p->err);
}

int parse_accept(struct parser *p, const char *keyword)
{
    if (!parse_is(p, keyword))
        return 0;
    TRY(parse_advance(p));
    return 1;
}

int parse_accept_tok(struct parser *p, enum tok kind)
{
    if (p->tok.kind != kind)
        return 0;
    TRY(parse_advance(p));
    return 1;
}

int parse_unexpected(struct parser *p, const char *expected)
{
    const struct token *t = &p->tok;
    if (t->kind == TOK_END)
        return parse_fail(p, ERR_SYNTAX, t->at, 1, "Syntax error: Expected %s but got end of query",
                          expected);
    struct str text = utf8_prefix((struct str){p->lex.text.p + t->at, t->n}, QUERY_SHOWN_BYTES);
    if (t->kind == TOK_IDENT && !t->quoted && parse_reserved(t->s))
        return parse_fail(p, ERR_SYNTAX, t->at, t->n,
                          "Syntax error: Expected %s but got keyword %.*s", expected,
                          STR_ARG(text));
    const char *what = t->kind == TOK_IDENT    ? "identifier "
                       : t->kind == TOK_STRING ? "string literal "
                       : t->kind == TOK_INT    ? "integer literal "
                       : t->kind == TOK_FLOAT  ? "floating point literal "
                                               : "";
    return parse_fail(p, ERR_SYNTAX, t->at, t->n, "Syntax error: Expected %s but got %s\"%.*s\"",
                      expected, what, STR_ARG(text));
}

int parse_expect(struct parser *p, const char *keyword)
{
    int took = parse_accept(p, keyword);
    TRY(took);
    char what[48];
    snprintf(what, sizeof what, "keyword %s", keyword);
    return took ? 0 : parse_unexpected(p, what);
}

int parse_expect_tok(struct parser *p, enum tok kind, const char *what)
{
    int took = parse_accept_tok(p, kind);
    TRY(took);
    return took ? 0 : parse_unexpected(p, what);
}

int parse_enter(struct parser *p)
{
    if (++p->depth > QUERY_DEPTH_MAX)
        return parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n,
                          "The query is nested more than %d levels deep.", QUERY_DEPTH_MAX);
    return 0;
}

struct ast *parse_node(struct parser *p, enum ast_kind kind, uint32_t at)
{
    struct ast *node = ARENA_NEW(p->arena, struct ast);
    if (node != NULL) {
        node->kind = kind;
        node->at = at;
        node->n = 1;
        node->depth = 1;
    }
    return node;
}

int parse_name(struct parser *p, const char *what, struct str *out)
{
    if (p->tok.kind != TOK_IDENT || (!p->tok.quoted && parse_reserved(p->tok.s)))
        return parse_unexpected(p, what);
    *out = p->tok.s;
    parse_mark(p, NOTE_NAME);
    return parse_advance(p);
}

int parse_word(struct parser *p, const char *what, struct str *out)
{
    parse_mark(p, NOTE_WORD);
    return parse_name(p, what, out);
}

int parse_alias(struct parser *p, struct str *out)
{
    int as = parse_accept(p, "AS");
    TRY(as);
    bool named = p->tok.kind == TOK_IDENT && (p->tok.quoted || !parse_reserved(p->tok.s));
    if (!as && !named)
        return 0;
    return parse_name(p, "an alias", out);
}

bool parse_at_end(const struct parser *p)
{
    return p->tok.kind == TOK_END || p->tok.kind == TOK_RPAREN || p->tok.kind == TOK_PIPE ||
           p->tok.kind == TOK_SEMICOLON;
}

int parse_items_add(struct parser *p, struct ast_items *items, struct ast_item item)
{
    struct ast_item *grown = arena_grown(p->arena, items->at, items->n, &items->cap, sizeof *grown);
    if (grown == NULL)
        return parse_memory(p);
    items->at = grown;
    if (items->n >= QUERY_COLUMNS_MAX)
        return parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n, "A list has more than %d columns.",
                          QUERY_COLUMNS_MAX);
    items->at[items->n++] = item;
    return 0;
}

int parse_order_suffix(struct parser *p, struct ast_item *item)
{
    int desc = parse_accept(p, "DESC");
    TRY(desc);
    int asc = desc ? 0 : parse_accept(p, "ASC");
    TRY(asc);
    item->order = desc ? ORDER_DESC : asc ? ORDER_ASC : ORDER_NONE;
    int nulls = parse_accept(p, "NULLS");
    TRY(nulls);
    if (!nulls)
        return 0;
    int first = parse_accept(p, "FIRST");
    TRY(first);
    item->nulls = first ? NULLS_FIRST : NULLS_LAST;
    return first ? 0 : parse_expect(p, "LAST");
}

int parse_new_pipe(struct parser *p, struct ast_query *q, struct ast_pipe **out)
{
    struct ast_pipe *grown = arena_grown(p->arena, q->pipe, q->pipes, &q->pipes_cap, sizeof *grown);
    if (grown == NULL)
        return parse_memory(p);
    q->pipe = grown;
    if (q->pipes >= PIPES_MAX)
        return parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n,
                          "The query has more than %d operators.", PIPES_MAX);
    *out = &q->pipe[q->pipes++];
    (*out)->at = p->tok.at;
    (*out)->n = p->tok.n;
    return 0;
}

static int parse_subquery(struct parser *p, struct ast_query **out)
{
    TRY(parse_enter(p));
    parse_mark(p, NOTE_OPEN);
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_query(p, out));
    p->depth--;
    parse_mark(p, NOTE_CLOSE);
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

int parse_source(struct parser *p, struct ast_source *s)
{
    s->at = p->tok.at;
    s->n = p->tok.n;
    if (p->tok.kind == TOK_LPAREN) {
        TRY(parse_subquery(p, &s->query));
    } else {
        if (parse_is(p, "UNNEST"))
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                              "UNNEST is not supported by this server.");
        TRY(parse_name(p, "a table name", &s->name));
        if (p->tok.kind == TOK_LPAREN)
            return parse_fail(p, ERR_UNSUPPORTED, s->at, s->n,
                              "Table functions in FROM are not supported by this server; "
                              "use `|> CALL`.");
    }
    int as_of = parse_accept(p, "FOR");
    TRY(as_of);
    if (as_of) {
        TRY(parse_expect(p, "SYSTEM_TIME"));
        TRY(parse_expect(p, "AS"));
        TRY(parse_expect(p, "OF"));
        TRY(parse_expr(p, &s->as_of));
    }
    return parse_alias(p, &s->alias);
}

/* FROM source and the joins of standard syntax. */
static int parse_from(struct parser *p, struct ast_query *q)
{
    q->has_source = true;
    TRY(parse_source(p, &q->source));
    for (;;) {
        if (p->tok.kind == TOK_COMMA)
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, 1,
                              "A comma between tables is not supported by this server; use JOIN.");
        uint32_t at = p->tok.at;
        uint32_t n = p->tok.n;
        enum join_kind kind;
        unsigned mark = p->mark;
        parse_mark(p, NOTE_CLAUSE);
        int join = parse_accept_join(p, &kind);
        TRY(join);
        if (!join) {
            p->mark = mark;
            return 0;
        }
        struct ast_pipe *op;
        TRY(parse_new_pipe(p, q, &op));
        *op = (struct ast_pipe){.kind = PIPE_JOIN, .join = kind, .at = at, .n = n};
        TRY(parse_join_rest(p, op));
    }
}

static int accept_clause(struct parser *p, const char *keyword)
{
    if (!parse_is(p, keyword))
        return 0;
    parse_mark(p, NOTE_CLAUSE);
    return parse_accept(p, keyword);
}

/* The clauses from SELECT to HAVING. The SELECT operator comes last, as it runs last. */
static int parse_select_core(struct parser *p, struct ast_query *q)
{
    struct ast_pipe select = {.kind = PIPE_SELECT, .plain = true, .at = p->tok.at, .n = p->tok.n};
    TRY(parse_expect(p, "SELECT"));
    TRY(parse_select_list(p, &select));
    int found = accept_clause(p, "FROM");
    TRY(found);
    if (found)
        TRY(parse_from(p, q));
    struct ast_pipe *op;
    if (parse_is(p, "WHERE")) {
        TRY(parse_new_pipe(p, q, &op));
        TRY(accept_clause(p, "WHERE"));
        op->kind = PIPE_WHERE;
        TRY(parse_expr(p, &op->expr));
    }
    if (parse_is(p, "GROUP")) {
        parse_mark(p, NOTE_CLAUSE);
        TRY(parse_group(p, &select));
    }
    found = accept_clause(p, "HAVING");
    TRY(found);
    if (found)
        TRY(parse_expr(p, &select.expr));
    if (parse_is(p, "QUALIFY")) {
        parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                   "QUALIFY is not supported by this server.");
        err_hint(p->err, "write |> WHERE behind the SELECT; it may hold window functions");
        return ERR_UNSUPPORTED;
    }
    if (parse_is(p, "WINDOW"))
        parse_mark(p, NOTE_CLAUSE);
    TRY(parse_window_clause(p));
    TRY(parse_new_pipe(p, q, &op));
    *op = select;
    return 0;
}

static int parse_tail(struct parser *p, struct ast_query *q, bool one_select)
{
    struct ast_pipe *op;
    if (parse_is(p, "ORDER")) {
        if (one_select) {
            op = &q->pipe[q->pipes - 1];
            TRY(accept_clause(p, "ORDER"));
            TRY(parse_order(p, &op->order));
        } else {
            TRY(parse_new_pipe(p, q, &op));
            TRY(accept_clause(p, "ORDER"));
            op->kind = PIPE_ORDER;
            TRY(parse_order(p, &op->item));
        }
    }
    if (!parse_is(p, "LIMIT"))
        return 0;
    TRY(parse_new_pipe(p, q, &op));
    TRY(accept_clause(p, "LIMIT"));
    op->kind = PIPE_LIMIT;
    return parse_limit(p, op);
}

static struct ast_query *new_query(struct parser *p)
{
    struct ast_query *q = ARENA_NEW(p->arena, struct ast_query);
    if (q != NULL)
        q->with = p->with;
    return q;
}

/* SELECT ... or ( query ): an operand of UNION in standard syntax. */
static int parse_operand(struct parser *p, struct ast_query **out)
{
    if (p->tok.kind == TOK_LPAREN)
        return parse_subquery(p, out);
    *out = new_query(p);
    if (*out == NULL)
        return parse_memory(p);
    return parse_select_core(p, *out);
}

/* The word of an operation of sets, or NULL. */
static const char *set_word(struct parser *p, enum set_kind *set)
{
    static const char *const words[] = {
        [SET_UNION] = "UNION", [SET_INTERSECT] = "INTERSECT", [SET_EXCEPT] = "EXCEPT"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        *set = (enum set_kind)i;
        if (parse_is(p, words[i]))
            return words[i];
    }
    return NULL;
}

/* `before`: the operation that precedes it without parentheses, or NULL. */
static int parse_set(struct parser *p, struct ast_query *out, const char *word, enum set_kind set,
                     const char *before)
{
    struct ast_pipe *op;
    struct ast_query *q;
    if (before != NULL && strcmp(before, word) != 0)
        return parse_fail(p, ERR_SYNTAX, p->tok.at, p->tok.n,
                          "Syntax error: Different set operations cannot be used in the same query "
                          "without using parentheses for grouping");
    TRY(parse_new_pipe(p, out, &op));
    TRY(accept_clause(p, word));
    TRY(parse_union_word(p, op, set));
    parse_mark(p, NOTE_CLAUSE);
    TRY(parse_operand(p, &q));
    return parse_add_query(p, op, q);
}

static int parse_standard(struct parser *p, struct ast_query **out)
{
    enum set_kind set;
    const char *word;
    const char *before = NULL;
    bool one_select = p->tok.kind != TOK_LPAREN;
    TRY(parse_operand(p, out));
    while ((word = set_word(p, &set)) != NULL) {
        one_select = false;
        TRY(parse_set(p, *out, word, set, before));
        before = word;
    }
    TRY(parse_tail(p, *out, one_select));
    return parse_resolve_windows(p);
}

/* GoogleSQL's advice for those who go on in standard syntax behind FROM. */
static int refuse_after_from(struct parser *p)
{
    static const char *const words[][2] = {
        {"WHERE", "WHERE"}, {"SELECT", "SELECT"}, {"GROUP", "AGGREGATE"}, {"ORDER", "ORDER BY"},
        {"LIMIT", "LIMIT"}, {"UNION", "UNION"},   {"HAVING", "WHERE"},    {"QUALIFY", "WHERE"},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (parse_is(p, words[i][0])) {
            parse_fail(p, ERR_SYNTAX, p->tok.at, p->tok.n,
                       "Syntax error: %s%s not supported after FROM query; Consider using pipe "
                       "operator `|> %s`",
                       words[i][0], i == 2 || i == 3 ? " BY" : "", words[i][1]);
            err_hint(p->err, "write |> %s", words[i][1]);
            return ERR_SYNTAX;
        }
    return 0;
}

static int parse_with(struct parser *p)
{
    if (parse_is(p, "RECURSIVE"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "WITH RECURSIVE is not supported by this server.");
    int more;
    do {
        struct ast_with *w = ARENA_NEW(p->arena, struct ast_with);
        if (w == NULL)
            return parse_memory(p);
        TRY(parse_name(p, "a name", &w->name));
        TRY(parse_expect(p, "AS"));
        TRY(parse_subquery(p, &w->query));
        w->next = p->with;
        p->with = w;
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
        parse_mark(p, NOTE_CLAUSE); /* the next name, or the query itself */
    } while (more && !parse_is(p, "SELECT") && !parse_is(p, "FROM"));
    return 0;
}

static int parse_body(struct parser *p, struct ast_query **out)
{
    int with = parse_accept(p, "WITH");
    TRY(with);
    if (with)
        TRY(parse_with(p));
    if (parse_is(p, "FROM")) {
        TRY(parse_advance(p));
        *out = new_query(p);
        if (*out == NULL)
            return parse_memory(p);
        TRY(parse_from(p, *out));
        TRY(refuse_after_from(p));
    } else if (parse_is(p, "SELECT") || p->tok.kind == TOK_LPAREN) {
        TRY(parse_standard(p, out));
    } else {
        return parse_unexpected(p, "keyword FROM or keyword SELECT");
    }
    while (p->tok.kind == TOK_PIPE) {
        parse_mark(p, NOTE_CLAUSE);
        TRY(parse_advance(p));
        TRY(parse_pipe(p, *out));
    }
    return 0;
}

int parse_query(struct parser *p, struct ast_query **out)
{
    const struct ast_with *with = p->with;
    struct ast_window *window = p->window;
    struct ast_window *waiting = p->waiting;
    p->window = p->waiting = NULL;
    int rc = parse_body(p, out);
    p->with = with;
    p->window = window;
    p->waiting = waiting;
    return rc;
}

/* DESCRIBE table: FROM table |> DESCRIBE */
static int parse_describe(struct parser *p, struct ast_query **out)
{
    *out = new_query(p);
    if (*out == NULL)
        return parse_memory(p);
    struct ast_pipe *op;
    TRY(parse_new_pipe(p, *out, &op));
    op->kind = PIPE_DESCRIBE;
    TRY(parse_advance(p));
    (*out)->has_source = true;
    return parse_source(p, &(*out)->source);
}

static int check_text(struct parser *p, struct str text)
{
    if (text.n > QUERY_BYTES_MAX)
        return err_set(p->err, ERR_LIMIT, "The query has %zu bytes; %u are allowed.", text.n,
                       QUERY_BYTES_MAX);
    size_t bad = utf8_check(text);
    if (bad < text.n)
        return parse_fail(p, ERR_SYNTAX, (uint32_t)bad, 1,
                          "Syntax error: The query contains invalid UTF-8");
    return 0;
}

static int begin(struct parser *p, struct str text, struct arena *arena, struct err *err)
{
    *p = (struct parser){.lex = {.text = text, .arena = arena}, .arena = arena, .err = err};
    TRY(check_text(p, text));
    TRY(lex_next(&p->lex, &p->tok, err));
    return lex_next(&p->lex, &p->next, err);
}

/* [EXPLAIN [ANALYZE]] query [;] */
static int parse_all(struct parser *p, bool *explain, struct ast_query **out)
{
    int found = parse_accept(p, "EXPLAIN");
    TRY(found);
    *explain = found != 0;
    if (found && parse_is(p, "ANALYZE")) {
        p->analyze = true;
        TRY(parse_advance(p));
    }
    found = parse_is(p, "DESCRIBE") && p->next.kind == TOK_IDENT;
    TRY(found ? parse_describe(p, out) : parse_query(p, out));
    TRY(parse_accept_tok(p, TOK_SEMICOLON));
    if (p->tok.kind != TOK_END)
        return parse_unexpected(p, "end of query");
    return 0;
}

int parse_text(struct parser *p, struct str text, struct arena *arena, bool *explain,
               struct ast_query **out, struct err *err)
{
    TRY(begin(p, text, arena, err));
    return parse_all(p, explain, out);
}

int parse_behind(struct parser *p, struct str text, size_t at, struct arena *arena,
                 struct ast_query **out, struct err *err)
{
    *p = (struct parser){
        .lex = {.text = text, .at = (uint32_t)at, .arena = arena}, .arena = arena, .err = err};
    TRY(check_text(p, text));
    TRY(lex_next(&p->lex, &p->tok, err));
    TRY(lex_next(&p->lex, &p->next, err));
    TRY(parse_query(p, out));
    return p->tok.kind == TOK_END ? 0 : parse_unexpected(p, "end of query");
}

int parse_noting(struct parser *p, struct str text, struct arena *arena, struct err *err)
{
    bool explain;
    struct ast_query *query;
    TRY(begin(p, text, arena, err));
    p->noting = true;
    return parse_all(p, &explain, &query);
}

int parse_expression(struct parser *p, struct str text, struct arena *arena, struct ast **out,
                     struct err *err)
{
    TRY(begin(p, text, arena, err));
    TRY(parse_expr(p, out));
    return p->tok.kind == TOK_END ? 0 : parse_unexpected(p, "end of expression");
}
