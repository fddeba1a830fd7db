/* SPDX-License-Identifier: MIT
 *
 * Calls: a function's arguments, what may stand behind them, and OVER with its window. */
#include "parse.h"

/* CAST(x AS type); the function's name has been read and `(` is next. */
static int parse_cast(struct parser *p, struct ast *node, bool safe)
{
    node->kind = AST_CAST;
    node->negated = safe;
    struct ast *arg;
    TRY(parse_expr(p, &arg));
    TRY(parse_add_arg(p, node, arg));
    TRY(parse_expect(p, "AS"));
    return parse_word(p, "a type", &node->s);
}

/* EXTRACT(part FROM x) */
static int parse_extract(struct parser *p, struct ast *node)
{
    node->kind = AST_EXTRACT;
    TRY(parse_word(p, "a part of a date", &node->s));
    if (p->tok.kind == TOK_LPAREN) { /* WEEK(MONDAY) */
        TRY(parse_advance(p));
        TRY(parse_word(p, "a weekday", &node->table));
        TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    }
    TRY(parse_expect(p, "FROM"));
    struct ast *arg;
    TRY(parse_expr(p, &arg));
    return parse_add_arg(p, node, arg);
}

/* A part of a date stands where this argument is, not a column. */
static bool is_part(struct str function, size_t arg)
{
    static const struct {
        const char *function;
        size_t arg;
    } parts[] = {{"DATE_TRUNC", 1}, {"LAST_DAY", 1}, {"DATE_DIFF", 2}, {"WEEK", 0}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (arg == parts[i].arg && str_eq_nocase(function, str_of(parts[i].function)))
            return true;
    return false;
}

static int add_call_arg(struct parser *p, struct ast *node)
{
    struct str name = STR_NULL;
    if (p->tok.kind == TOK_IDENT && p->next.kind == TOK_ARROW) {
        name = p->tok.s;
        parse_mark(p, NOTE_NAME);
        TRY(parse_advance(p));
        TRY(parse_advance(p));
    }
    struct ast *arg;
    if (is_part(node->s, node->args))
        parse_mark(p, NOTE_WORD);
    TRY(parse_expr(p, &arg));
    struct str *names = node->call->arg_name;
    if ((node->args & (node->args - 1)) == 0) {
        names = ARENA_ARRAY(p->arena, struct str, node->args ? node->args * 2 : 1);
        if (names == NULL)
            return parse_memory(p);
        if (node->args > 0)
            memcpy(names, node->call->arg_name, node->args * sizeof *names);
        node->call->arg_name = names;
    }
    names[node->args] = name;
    return parse_add_arg(p, node, arg);
}

/* What may stand behind the arguments: ORDER BY and LIMIT; GoogleSQL has more. */
static int parse_modifiers(struct parser *p, struct ast *node)
{
    static const char *const unknown[] = {"HAVING", "IGNORE", "RESPECT", "WHERE"};
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        if (parse_is(p, unknown[i]))
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                              "%s inside a function is not supported by this server.", unknown[i]);
    int some = parse_accept(p, "ORDER");
    TRY(some);
    if (some)
        TRY(parse_order(p, &node->call->order));
    some = parse_accept(p, "LIMIT");
    TRY(some);
    return some ? parse_sum(p, &node->call->limit) : 0;
}

static int parse_call_args(struct parser *p, struct ast *node)
{
    if (p->tok.kind == TOK_STAR) {
        node->call->star = true;
        return parse_advance(p);
    }
    int distinct = parse_accept(p, "DISTINCT");
    TRY(distinct);
    node->call->distinct = distinct != 0;
    while (p->tok.kind != TOK_RPAREN) {
        TRY(add_call_arg(p, node));
        int more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
        if (!more)
            return parse_modifiers(p, node);
    }
    return 0;
}

/* ---- windows ---- */

/* UNBOUNDED PRECEDING, 3 PRECEDING, CURRENT ROW, INTERVAL 3 DAY FOLLOWING, UNBOUNDED FOLLOWING. */
static int parse_bound(struct parser *p, bool start, struct ast_bound *b)
{
    if (parse_is(p, "CURRENT")) {
        TRY(parse_advance(p));
        return parse_expect(p, "ROW");
    }
    int open = parse_accept(p, "UNBOUNDED");
    TRY(open);
    b->open = open != 0;
    if (!open)
        TRY(parse_sum(p, &b->by));
    b->before = parse_is(p, "PRECEDING");
    if ((!b->before && !parse_is(p, "FOLLOWING")) || (open && b->before != start))
        return parse_unexpected(p, start ? "PRECEDING" : "FOLLOWING");
    return parse_advance(p);
}

static int parse_frame(struct parser *p, struct ast_frame *f)
{
    f->given = true;
    f->range = parse_is(p, "RANGE");
    TRY(parse_advance(p));
    int between = parse_accept(p, "BETWEEN");
    TRY(between);
    TRY(parse_bound(p, true, &f->start));
    if (!between)
        return 0;
    TRY(parse_expect(p, "AND"));
    return parse_bound(p, false, &f->end);
}

static bool is_name(const struct parser *p)
{
    return p->tok.kind == TOK_IDENT && (p->tok.quoted || !parse_reserved(p->tok.s));
}

static int parse_base(struct parser *p, struct ast_window *w)
{
    w->at = p->tok.at;
    w->n = p->tok.n;
    w->next = p->waiting;
    p->waiting = w;
    return parse_name(p, "a window", &w->base);
}

/* A name, or (base PARTITION BY ... ORDER BY ... ROWS ...) with all of its parts left out at will.
 */
static int parse_window(struct parser *p, struct ast_window *w)
{
    if (is_name(p))
        return parse_base(p, w);
    TRY(parse_enter(p));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    if (is_name(p))
        TRY(parse_base(p, w));
    int some = parse_accept(p, "PARTITION");
    TRY(some);
    if (some) {
        TRY(parse_expect(p, "BY"));
        TRY(parse_items_order(p, &w->partition));
    }
    some = parse_accept(p, "ORDER");
    TRY(some);
    if (some) {
        TRY(parse_expect(p, "BY"));
        TRY(parse_items_order(p, &w->order));
    }
    if (parse_is(p, "ROWS") || parse_is(p, "RANGE"))
        TRY(parse_frame(p, &w->frame));
    p->depth--;
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

int parse_window_clause(struct parser *p)
{
    if (parse_is(p, "WINDOW"))
        parse_mark(p, NOTE_SOFT);
    int more = parse_accept(p, "WINDOW");
    TRY(more);
    while (more && !parse_at_end(p)) {
        struct ast_window *w = ARENA_NEW(p->arena, struct ast_window);
        if (w == NULL)
            return parse_memory(p);
        TRY(parse_name(p, "a window", &w->name));
        TRY(parse_expect(p, "AS"));
        struct ast_window *calls = p->waiting; /* these may name a window that comes later */
        p->waiting = NULL;
        TRY(parse_window(p, w));
        TRY(parse_resolve_windows(p));
        p->waiting = calls;
        w->next = p->window;
        p->window = w;
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    }
    return 0;
}

static const struct ast_window *find_window(const struct parser *p, struct str name)
{
    const struct ast_window *w = p->window;
    while (w != NULL && !str_eq_nocase(w->name, name))
        w = w->next;
    return w;
}

/* What a window says itself comes to what its base says; neither may say the same. */
static int extend_window(struct parser *p, struct ast_window *w, const struct ast_window *base)
{
    if (w->partition.n > 0 || (w->order.n > 0 && base->order.n > 0) || base->frame.given)
        return parse_fail(p, ERR_SYNTAX, w->at, w->n,
                          "A window that goes on from %.*s cannot have another PARTITION BY or "
                          "ORDER BY, nor go on behind a frame",
                          STR_ARG(base->name));
    w->partition = base->partition;
    if (w->order.n == 0)
        w->order = base->order;
    return 0;
}

int parse_resolve_windows(struct parser *p)
{
    struct ast_window *w = p->waiting;
    p->waiting = NULL;
    for (struct ast_window *next; w != NULL; w = next) {
        const struct ast_window *base = find_window(p, w->base);
        next = w->next;
        w->next = NULL;
        if (base == NULL)
            return parse_fail(p, ERR_SYNTAX, w->at, w->n, "Unrecognized window alias %.*s",
                              STR_ARG(w->base));
        bool alone = w->partition.n + w->order.n == 0 && !w->frame.given;
        if (alone) {
            w->partition = base->partition;
            w->order = base->order;
            w->frame = base->frame;
        } else {
            TRY(extend_window(p, w, base));
        }
    }
    return 0;
}

int parse_call(struct parser *p, struct ast *node)
{
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    node->kind = AST_CALL;
    node->call = ARENA_NEW(p->arena, struct ast_call);
    if (node->call == NULL)
        return parse_memory(p);
    if (str_eq_nocase(node->s, STR("CAST")))
        TRY(parse_cast(p, node, false));
    else if (str_eq_nocase(node->s, STR("SAFE_CAST")))
        TRY(parse_cast(p, node, true));
    else if (str_eq_nocase(node->s, STR("EXTRACT")))
        TRY(parse_extract(p, node));
    else
        TRY(parse_call_args(p, node));
    parse_close_node(node, parse_token_end(&p->tok));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    p->depth--;
    int over = parse_accept(p, "OVER");
    TRY(over);
    node->call->windowed = over != 0;
    return over ? parse_window(p, &node->call->window) : 0;
}
