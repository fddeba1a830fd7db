/* SPDX-License-Identifier: MIT
 *
 * Completion: where the cursor stands decides which kinds of words are offered. */
#include "complete.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void complete_init(struct complete *c)
{
    *c = (struct complete){0};
    arena_init(&c->arena, MEM_MAIN, 0);
}

void complete_fini(struct complete *c)
{
    arena_fini(&c->arena);
    *c = (struct complete){0};
}

void complete_add(struct complete *c, int kind, struct str text)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->word[i].kind == kind && str_eq_nocase(c->word[i].text, text))
            return;
    struct complete_word *grown = arena_grown(&c->arena, c->word, c->n, &c->cap, sizeof *grown);
    if (grown == NULL)
        return; /* a word less is offered */
    c->word = grown;
    struct str copy = str_copy(&c->arena, text);
    if (copy.p != NULL)
        c->word[c->n++] = (struct complete_word){copy, kind};
}

/* ---- where the cursor is --------------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* The offset behind the quote that is open at the end of the text; n + 1: none is. */
static size_t open_quote(struct str s)
{
    char quote = '\0';
    size_t from = s.n + 1;
    for (size_t i = 0; i < s.n; i++) {
        if (quote == '\0' && (s.p[i] == '\'' || s.p[i] == '"')) {
            quote = s.p[i];
            from = i + 1;
        } else if (quote != '\0' && s.p[i] == '\\') {
            i++;
        } else if (s.p[i] == quote) {
            quote = '\0';
            from = s.n + 1;
        }
    }
    return from;
}

/* The word that stands before, without what is between. */
static struct str word_before(struct str s)
{
    while (s.n > 0 && strchr(" \t\n", s.p[s.n - 1]) != NULL)
        s.n--;
    size_t from = s.n;
    while (from > 0 && is_word(s.p[from - 1]))
        from--;
    if (from == s.n && s.n > 1 && s.p[s.n - 1] == '>' && s.p[s.n - 2] == '|')
        return STR("|>");
    return (struct str){s.p + from, s.n - from};
}

/* Which kinds are offered, as bits, by the word before. */
static unsigned kinds_after(struct str before)
{
    static const struct {
        const char *word;
        unsigned kinds;
    } after[] = {
        {"|>", 1u << WORD_OPERATOR},    {"CALL", 1u << WORD_TABLE_FUNCTION},
        {"FROM", 1u << WORD_TABLE},     {"JOIN", 1u << WORD_TABLE},
        {"DESCRIBE", 1u << WORD_TABLE}, {"INTERVAL", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(after); i++)
        if (str_eq_nocase(before, str_of(after[i].word)))
            return after[i].kinds;
    return 1u << WORD_KEYWORD | 1u << WORD_FUNCTION | 1u << COMPLETE_COLUMN | 1u << WORD_PART |
           (before.n == 0 ? 1u << COMPLETE_COMMAND : 0);
}

static bool starts(struct str word, struct str typed)
{
    return word.n >= typed.n && (typed.n == 0 || strncasecmp(word.p, typed.p, typed.n) == 0);
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void complete_find(const struct complete *c, struct str before, struct candidates *out)
{
    size_t quote = open_quote(before);
    size_t from = before.n;
    out->n = 0;
    out->quoted = quote <= before.n;
    if (out->quoted) {
        out->typed = (struct str){before.p + quote, before.n - quote};
        return;
    }
    while (from > 0 && is_word(before.p[from - 1]))
        from--;
    if (from > 0 && before.p[from - 1] == '\\')
        from--;
    out->typed = (struct str){before.p + from, before.n - from};
    unsigned kinds = out->typed.n > 0 && out->typed.p[0] == '\\'
                         ? 1u << COMPLETE_COMMAND
                         : kinds_after(word_before((struct str){before.p, from}));
    for (size_t i = 0; i < c->n && out->n < COMPLETE_MAX; i++)
        if ((kinds >> c->word[i].kind & 1) && starts(c->word[i].text, out->typed))
            out->text[out->n++] = c->word[i].text;
    qsort(out->text, out->n, sizeof *out->text, by_text);
}

struct str complete_common(const struct candidates *k)
{
    if (k->n == 0)
        return STR("");
    size_t n = k->text[0].n;
    for (size_t i = 1; i < k->n; i++) {
        size_t same = 0;
        while (same < n && same < k->text[i].n &&
               strncasecmp(k->text[0].p + same, k->text[i].p + same, 1) == 0)
            same++;
        n = same;
    }
    while (n < k->text[0].n && n > 0 && ((unsigned char)k->text[0].p[n] & 0xC0) == 0x80)
        n--; /* a whole character */
    return n > k->typed.n ? (struct str){k->text[0].p + k->typed.n, n - k->typed.n} : STR("");
}
