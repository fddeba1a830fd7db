/* SPDX-License-Identifier: MIT
 *
 * The layout of queries. The parser says of each token what it is (NOTE_*); the comments between
 * tokens are found again in the text. Both become pieces, and pieces are written:
 *
 *   query   its clauses, each on a line of its own
 *   clause  on one line where it fits and no comment stands inside; else items, AND, OR and GROUP
 *           BY go on in further lines
 *   (query) on the line where it fits and has no operator |>; else indented, its parentheses alone
 *
 * Whether something fits is asked of its tokens alone, never of the lines they came in: what is
 * laid out once stays so. */
#include "query/layout.h"

#include "agg.h"
#include "bind.h"
#include "fn.h"
#include "parse.h"

enum { INDENT = 2, PIPE_INDENT = 5 };
enum { LAYOUT_MEMORY_BYTES = 256 << 20 };

enum piece_kind { PIECE_TOKEN, PIECE_LINE, PIECE_BLOCK }; /* -- and #; between slash and star */

struct piece {
    enum piece_kind kind;
    struct str text;
    bool own_line; /* a comment that starts a line */
    bool capitals;
    enum tok tok;
    unsigned what;
};

struct layout {
    struct str text;
    struct arena arena;
    struct buf *out;
    struct err *err;
    struct piece *at;
    size_t n, cap;
    size_t column;            /* of the line being written */
    size_t indent;            /* of the clause being written */
    bool want_line;           /* a new line is due before the next token */
    size_t hang;              /* how far it is indented beyond the clause */
    const struct piece *last; /* token written before, on the same line; or NULL */
};

/* ---- pieces ---- */

static int add_piece(struct layout *l, struct piece p)
{
    struct piece *grown = arena_grown(&l->arena, l->at, l->n, &l->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(l->err, ERR_LIMIT, "The query needs too much memory.");
    l->at = grown;
    l->at[l->n++] = p;
    return 0;
}

/* The comments in text[from .. to - 1], where there is only white space beside them. */
static int add_comments(struct layout *l, size_t from, size_t to)
{
    const char *p = l->text.p;
    bool own_line = l->n == 0;
    while (from < to) {
        if (p[from] == '\n')
            own_line = true;
        bool block = p[from] == '/' && from + 1 < to && p[from + 1] == '*';
        if (p[from] != '#' && p[from] != '-' && !block) {
            from++;
            continue;
        }
        const char *end = block ? memmem(p + from + 2, to - from - 2, "*/", 2)
                                : memchr(p + from, '\n', to - from);
        size_t stop = end == NULL ? to : (size_t)(end - p) + (block ? 2 : 0);
        struct piece c = {.kind = block ? PIECE_BLOCK : PIECE_LINE,
                          .text = str_trim((struct str){p + from, stop - from}),
                          .own_line = own_line};
        TRY(add_piece(l, c));
        own_line = own_line && block;
        from = stop;
    }
    return 0;
}

/* Functions of the language are written in capitals; those of plugins and of CALL as they are. */
static bool is_function(struct str name)
{
    return fn_find(name) != NULL || agg_is(name) || window_is(name) ||
           str_eq_nocase(name, STR("CAST")) || str_eq_nocase(name, STR("SAFE_CAST")) ||
           str_eq_nocase(name, STR("EXTRACT"));
}

static bool in_capitals(const struct layout *l, const struct note *t, const struct note *next)
{
    if (t->kind != TOK_IDENT || t->quoted)
        return false;
    if (!(t->what & NOTE_NAME) || (t->what & NOTE_WORD))
        return true;
    return next != NULL && next->kind == TOK_LPAREN &&
           is_function((struct str){l->text.p + t->at, t->n});
}

/* The pieces of one query, whose text ends at `end`. */
static int make_pieces(struct layout *l, const struct parser *p, size_t end)
{
    size_t at = 0;
    l->n = 0;
    for (size_t i = 0; i < p->notes; i++) {
        const struct note *t = &p->note[i];
        TRY(add_comments(l, at, t->at));
        struct piece token = {.kind = PIECE_TOKEN,
                              .text = {l->text.p + t->at, t->n},
                              .tok = t->kind,
                              .what = t->what};
        token.capitals = in_capitals(l, t, i + 1 < p->notes ? t + 1 : NULL);
        TRY(add_piece(l, token));
        at = (size_t)t->at + t->n;
    }
    return add_comments(l, at, end);
}

/* ---- writing ---- */

static void new_line(struct layout *l, size_t indent)
{
    buf_char(l->out, '\n');
    for (size_t i = 0; i < indent; i++)
        buf_char(l->out, ' ');
    l->column = indent;
    l->last = NULL;
    l->want_line = false;
}

static bool is_name(const struct piece *p)
{
    return (p->what & (NOTE_NAME | NOTE_WORD)) != 0;
}

/* Is there a space between two tokens? */
static bool spaced(const struct piece *a, const struct piece *b)
{
    if (a == NULL || (a->what & NOTE_SIGN) || a->tok == TOK_LPAREN || a->tok == TOK_LBRACKET ||
        a->tok == TOK_DOT)
        return false;
    if (b->tok == TOK_RPAREN || b->tok == TOK_RBRACKET || b->tok == TOK_COMMA ||
        b->tok == TOK_DOT || b->tok == TOK_SEMICOLON)
        return false;
    if (b->tok == TOK_LPAREN)
        return !is_name(a);
    return b->tok != TOK_LBRACKET || (!is_name(a) && a->tok != TOK_RPAREN);
}

static void put_text(struct layout *l, const struct piece *p)
{
    for (size_t i = 0; i < p->text.n; i++) {
        char c = p->text.p[i];
        bool small = p->capitals && c >= 'a' && c <= 'z';
        buf_char(l->out, small ? (char)(c - 'a' + 'A') : c);
    }
    l->column += utf8_width(p->text);
}

static void put_token(struct layout *l, const struct piece *p)
{
    if (l->want_line)
        new_line(l, l->indent + l->hang);
    if (l->last != NULL && spaced(l->last, p)) {
        buf_char(l->out, ' ');
        l->column++;
    }
    put_text(l, p);
    l->last = p;
}

/* A comment inside of a clause: at the end of the line, or on a line of its own. */
static void put_comment(struct layout *l, const struct piece *p)
{
    if (p->own_line || l->column == 0)
        new_line(l, l->indent + l->hang);
    else
        buf_char(l->out, ' ');
    buf_str(l->out, p->text);
    l->column += 1 + utf8_width(p->text);
    l->want_line = l->want_line || p->own_line || p->kind == PIECE_LINE;
    l->last = p;
}

/* ---- what fits ---- */

/* The piece behind the parenthesis that closes the query opened at `i`. */
static size_t behind_query(const struct layout *l, size_t i)
{
    size_t depth = 0;
    for (; i < l->n; i++) {
        depth += (l->at[i].what & NOTE_OPEN) != 0;
        depth -= (l->at[i].what & NOTE_CLOSE) != 0;
        if (depth == 0)
            return i + 1;
    }
    return i;
}

/* The width of pieces on one line; SIZE_MAX when they cannot stand on one. */
static size_t flat_width(const struct layout *l, size_t from, size_t to, bool pipes)
{
    size_t width = 0;
    for (size_t i = from; i < to; i++) {
        const struct piece *p = &l->at[i];
        if (p->kind != PIECE_TOKEN || (!pipes && p->tok == TOK_PIPE))
            return SIZE_MAX;
        width += utf8_width(p->text) + (i > from && spaced(p - 1, p));
    }
    return width;
}

/* The width of a clause when each query in it is only its parentheses; SIZE_MAX with a comment in
 * it. */
static size_t outer_width(const struct layout *l, size_t from, size_t to)
{
    size_t width = 0;
    for (size_t i = from; i < to; i++) {
        const struct piece *p = &l->at[i];
        if (p->kind != PIECE_TOKEN)
            return SIZE_MAX;
        width += utf8_width(p->text) + 1;
        if (p->what & NOTE_OPEN)
            i = behind_query(l, i) - 2;
    }
    return width;
}

static void put_query(struct layout *l, size_t from, size_t to, size_t indent);

/* ( query ) from the one parenthesis to the other. */
static void put_inner(struct layout *l, size_t open, size_t behind)
{
    size_t width = flat_width(l, open, behind, false);
    put_token(l, &l->at[open]);
    if (width != SIZE_MAX && l->column + width <= LAYOUT_COLUMNS) {
        for (size_t i = open + 1; i < behind; i++)
            put_token(l, &l->at[i]);
        return;
    }
    size_t indent = l->indent;
    size_t hang = l->hang;
    put_query(l, open + 1, behind - 1, indent + INDENT);
    l->indent = indent;
    l->hang = hang;
    new_line(l, indent);
    put_token(l, &l->at[behind - 1]);
}

/* A clause with its comments; those behind its last token are part of it. */
static void put_clause(struct layout *l, size_t from, size_t to)
{
    size_t end = to; /* behind the last token */
    while (end > from && l->at[end - 1].kind != PIECE_TOKEN)
        end--;
    size_t width = outer_width(l, from, end);
    bool split = width == SIZE_MAX || l->indent + width > LAYOUT_COLUMNS;
    int depth = 0;
    l->hang = l->at[from].tok == TOK_PIPE ? PIPE_INDENT : INDENT;
    for (size_t i = from; i < to; i++) {
        const struct piece *p = &l->at[i];
        if (p->kind != PIECE_TOKEN) {
            l->hang = i < end ? l->hang : 0;
            put_comment(l, p);
            continue;
        }
        if (p->what & NOTE_OPEN) {
            size_t behind = behind_query(l, i);
            put_inner(l, i, behind);
            i = behind - 1;
            continue;
        }
        depth -= p->tok == TOK_RPAREN;
        l->want_line = l->want_line || (split && depth == 0 && (p->what & NOTE_SOFT) && i > from);
        put_token(l, p);
        depth += p->tok == TOK_LPAREN;
        l->want_line = split && depth == 0 && (p->what & NOTE_ITEM);
    }
}

/* The clause that starts at `from` ends before this piece. */
static size_t clause_end(const struct layout *l, size_t from, size_t to)
{
    size_t i = from;
    do {
        i = l->at[i].what & NOTE_OPEN ? behind_query(l, i) : i + 1;
    } while (i < to && !(l->at[i].what & NOTE_CLAUSE));
    return i < to ? i : to;
}

static void put_query(struct layout *l, size_t from, size_t to, size_t indent)
{
    bool first = indent == 0; /* the line is there already */
    while (from < to) {
        size_t end = from + 1;
        if (!first)
            new_line(l, indent);
        first = false;
        l->indent = indent;
        if (l->at[from].kind == PIECE_TOKEN) {
            end = clause_end(l, from, to);
            put_clause(l, from, end);
        } else { /* in front of the first clause */
            buf_str(l->out, l->at[from].text);
        }
        from = end;
    }
    l->want_line = false;
}

/* ---- texts of several queries ---- */

/* Where the query that starts at `from` ends: behind its semicolon, or at the end of the text.
 * *blank: there is no token in it. */
static int query_end(struct layout *l, struct str text, size_t from, size_t *end, bool *blank)
{
    struct lexer lex = {.text = text, .at = (uint32_t)from, .arena = &l->arena};
    struct token t;
    *blank = true;
    do {
        TRY(lex_next(&lex, &t, l->err));
        *blank = *blank && (t.kind == TOK_END || t.kind == TOK_SEMICOLON);
    } while (t.kind != TOK_END && t.kind != TOK_SEMICOLON);
    *end = t.kind == TOK_END ? text.n : t.at + 1u;
    return 0;
}

/* Tells the place of an error in the whole text rather than in the query. */
static void move_error(struct str whole, struct str query, struct err *err)
{
    size_t from = (size_t)(query.p - whole.p);
    struct str before = {whole.p, from};
    const char *line = from > 0 ? memrchr(before.p, '\n', before.n) : NULL;
    int lines = 0;
    for (size_t i = 0; i < from; i++)
        lines += whole.p[i] == '\n';
    if (err->line == 1)
        err->column += (int)utf8_count((struct str){
            line ? line + 1 : whole.p, from - (line ? (size_t)(line + 1 - whole.p) : 0)});
    err->line += err->line > 0 ? lines : 0;
}

static int lay_out(struct layout *l, struct str query)
{
    struct parser p;
    l->text = query;
    TRY(parse_noting(&p, query, &l->arena, l->err));
    TRY(make_pieces(l, &p, query.n));
    l->last = NULL;
    l->column = 0;
    put_query(l, 0, l->n, 0);
    buf_char(l->out, '\n');
    return buf_check(l->out, l->err);
}

static int comments_alone(struct layout *l, struct str text)
{
    l->text = text;
    l->n = 0;
    TRY(add_comments(l, 0, text.n));
    for (size_t i = 0; i < l->n; i++) {
        buf_str(l->out, l->at[i].text);
        buf_char(l->out, '\n');
    }
    return buf_check(l->out, l->err);
}

static int lay_out_all(struct layout *l, struct str text)
{
    size_t bad = utf8_check(text);
    if (bad < text.n) {
        err_set(l->err, ERR_SYNTAX, "Syntax error: The query contains invalid UTF-8");
        err_at(l->err, text.p, text.n, bad, 1);
        return ERR_SYNTAX;
    }
    size_t queries = 0;
    for (size_t from = 0, end; from < text.n; from = end) {
        bool blank;
        TRY(query_end(l, text, from, &end, &blank));
        struct str query = {text.p + from, end - from};
        if (!blank && queries++ > 0)
            buf_char(l->out, '\n');
        int rc = blank ? comments_alone(l, query) : lay_out(l, query);
        if (rc < 0)
            move_error(text, query, l->err);
        TRY(rc);
    }
    if (queries == 0)
        return err_set(l->err, ERR_SYNTAX, "There is no query.");
    return 0;
}

int query_layout(struct str text, struct buf *out, struct err *err)
{
    struct layout l = {.out = out, .err = err};
    arena_init(&l.arena, MEM_QUERY, LAYOUT_MEMORY_BYTES);
    int rc = lay_out_all(&l, text);
    arena_fini(&l.arena);
    return rc;
}

bool query_split(struct str text, size_t *at, struct str *query, bool *ended)
{
    struct err ignored = {0};
    struct layout l = {.err = &ignored};
    bool blank = true;
    size_t end = text.n;
    arena_init(&l.arena, MEM_QUERY, LAYOUT_MEMORY_BYTES);
    *ended = false;
    while (*at < text.n && blank) {
        size_t from = *at;
        if (query_end(&l, text, from, &end, &blank) < 0) {
            blank = false;
            end = text.n;
        } else {
            *ended = end > from && text.p[end - 1] == ';';
        }
        *query = str_trim((struct str){text.p + from, end - from});
        *at = end;
    }
    arena_fini(&l.arena);
    return !blank;
}
