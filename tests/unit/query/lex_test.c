/* SPDX-License-Identifier: MIT
 *
 * Tokens. */
#include "../../../core/query/lex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct lexing {
    struct arena arena;
    struct lexer lex;
    struct token tok;
    struct err err;
};

static void begin(struct lexing *x, const char *text)
{
    *x = (struct lexing){.tok = {.kind = TOK_END}};
    arena_init(&x->arena, MEM_QUERY, 0);
    x->lex = (struct lexer){.text = str_of(text), .arena = &x->arena};
}

static void end(struct lexing *x)
{
    arena_fini(&x->arena);
}

static struct token *next(struct lexing *x)
{
    assert_int_equal(lex_next(&x->lex, &x->tok, &x->err), 0);
    return &x->tok;
}

static void signs_are_taken_longest_first(void **state)
{
    (void)state;
    static const enum tok want[] = {TOK_PIPE,   TOK_ARROW,    TOK_CONCAT,   TOK_LE,
                                    TOK_GE,     TOK_NE,       TOK_NE,       TOK_LT,
                                    TOK_GT,     TOK_EQ,       TOK_STAR,     TOK_LPAREN,
                                    TOK_RPAREN, TOK_LBRACKET, TOK_RBRACKET, TOK_END};
    struct lexing x;
    begin(&x, "|>=>||<=>=<>!= < > = * ( ) [ ]");
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        assert_int_equal(next(&x)->kind, want[i]);
    end(&x);
}

static void blanks_and_comments_are_nothing(void **state)
{
    (void)state;
    struct lexing x;
    begin(&x, " -- one\n # two\n /* three\n */ a");
    assert_int_equal(next(&x)->kind, TOK_IDENT);
    assert_int_equal(x.tok.at, 29);
    assert_int_equal(next(&x)->kind, TOK_END);
    end(&x);
}

static void strings_have_both_quotes_and_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {{"'a'", "a"},
                 {"\"it's\"", "it's"},
                 {"'it\\'s'", "it's"},
                 {"'\\u0930\\u093e\\n'", "रा\n"},
                 {"'''a'b\nc'''", "a'b\nc"},
                 {"r'\\n'", "\\n"},
                 {"'\\x41\\U00000042'", "AB"},
                 {"''", ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lexing x;
        begin(&x, cases[i].text);
        assert_int_equal(next(&x)->kind, TOK_STRING);
        assert_true(str_eq(x.tok.s, str_of(cases[i].want)));
        end(&x);
    }
}

static void names_may_be_quoted(void **state)
{
    (void)state;
    struct lexing x;
    begin(&x, "a_1 `प्रखंड` @p");
    assert_true(str_eq(next(&x)->s, STR("a_1")) && !x.tok.quoted);
    assert_true(str_eq(next(&x)->s, STR("प्रखंड")) && x.tok.quoted);
    assert_int_equal(next(&x)->kind, TOK_PARAM);
    assert_true(str_eq(x.tok.s, STR("p")));
    end(&x);
}

static void numbers_are_whole_or_not(void **state)
{
    (void)state;
    struct lexing x;
    begin(&x, "12 0x1F 1.5 .5 2e3 9223372036854775808");
    assert_true(next(&x)->kind == TOK_INT && x.tok.u == 12);
    assert_true(next(&x)->kind == TOK_INT && x.tok.u == 31);
    assert_true(next(&x)->kind == TOK_FLOAT && x.tok.f > 1.4 && x.tok.f < 1.6);
    assert_true(next(&x)->kind == TOK_FLOAT && x.tok.f > 0.4 && x.tok.f < 0.6);
    assert_true(next(&x)->kind == TOK_FLOAT && x.tok.f > 1999 && x.tok.f < 2001);
    assert_true(next(&x)->kind == TOK_INT && x.tok.u == UINT64_C(9223372036854775808));
    end(&x);
}

static void what_cannot_be_read_is_shown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
    } cases[] = {{"'abc", 1, 1},   {"'a\nb'", 1, 1}, {"`a", 1, 1}, {"/* x", 1, 1},
                 {"\n 12a", 2, 2}, {"'\\q'", 1, 2},  {"$", 1, 1},  {"99999999999999999999", 1, 1},
                 {"'''a", 1, 1},   {"@", 1, 1},      {"``", 1, 1}, {"'\\ud800'", 1, 2},
                 {"0x", 1, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lexing x;
        begin(&x, cases[i].text);
        assert_int_equal(lex_next(&x.lex, &x.tok, &x.err), ERR_SYNTAX);
        assert_int_equal(x.err.line, cases[i].line);
        assert_int_equal(x.err.column, cases[i].column);
        end(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_taken_longest_first),
        cmocka_unit_test(blanks_and_comments_are_nothing),
        cmocka_unit_test(strings_have_both_quotes_and_escapes),
        cmocka_unit_test(names_may_be_quoted),
        cmocka_unit_test(numbers_are_whole_or_not),
        cmocka_unit_test(what_cannot_be_read_is_shown),
    };
    return cmocka_run_group_tests_name("query/lex", tests, NULL, NULL);
}
