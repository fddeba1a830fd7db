/* SPDX-License-Identifier: MIT
 *
 * What could be a password in a text of Lua, covered: mistakes are shown with the line they stand
 * in, and that line goes to terminals and logs. Covered is too much rather than too little. */
#include <ctype.h>
#include <string.h>

#include "settings_int.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* "password", "api_key", "authToken"; not the names of files and variables that hold one. */
static bool is_secret(struct str word)
{
    static const char *const parts[] = {"pass",   "pwd",     "secret",    "token",
                                        "apikey", "api_key", "credential"};
    char lower[64];
    size_t n = word.n < sizeof lower - 1 ? word.n : sizeof lower - 1;
    for (size_t i = 0; i < n; i++)
        lower[i] = (char)tolower((unsigned char)word.p[i]);
    lower[n] = '\0';
    if (str_ends(str_of(lower), STR("_file")) || str_ends(str_of(lower), STR("_env")))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (strstr(lower, parts[i]) != NULL)
            return true;
    return false;
}

/* Behind a text in long brackets that begins at `at`, or 0 when none does. */
static size_t long_end(struct str s, size_t at)
{
    size_t level = 0;
    while (at + 1 + level < s.n && s.p[at + 1 + level] == '=')
        level++;
    if (s.p[at] != '[' || at + 1 + level >= s.n || s.p[at + 1 + level] != '[')
        return 0;
    for (size_t i = at; i + level + 1 < s.n; i++) {
        size_t k = 0;
        while (k < level && s.p[i + 1 + k] == '=')
            k++;
        if (s.p[i] == ']' && k == level && s.p[i + 1 + level] == ']')
            return i + level + 2;
    }
    return s.n;
}

/* From behind a name on: over the '=' and the value, to the end of its last line. */
static size_t value_end(struct str s, size_t at)
{
    while (at < s.n &&
           (isspace((unsigned char)s.p[at]) || s.p[at] == ']' || s.p[at] == '"' || s.p[at] == '\''))
        at++;
    if (at >= s.n || s.p[at] != '=')
        return 0;
    for (at++; at < s.n && isspace((unsigned char)s.p[at]);)
        at++;
    size_t end = at < s.n ? long_end(s, at) : 0;
    if (end > 0)
        at = end;
    while (at < s.n && s.p[at] != '\n')
        at++;
    return at;
}

/* All but the ends of lines, by which places are counted. */
static void cover(char *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (p[i] != '\n')
            p[i] = '*';
}

/* "://user:password@host/secret?token=": what stands before the '@', and behind the host. */
static void cover_addresses(char *p, struct str s)
{
    size_t from = 0; /* of the address; 0: in none */
    bool behind = false;
    for (size_t i = 0; i < s.n; i++) {
        if (i >= 3 && memcmp(s.p + i - 3, "://", 3) == 0 && from == 0)
            from = i;
        if (isspace((unsigned char)s.p[i]) || s.p[i] == '"' || s.p[i] == '\'') {
            from = 0;
            behind = false;
        }
        if (s.p[i] == '@' && from > 0)
            cover(p, from, i);
        if (behind)
            p[i] = '*';
        behind = behind || (from > 0 && memchr("/?#", s.p[i], 3) != NULL);
    }
}

char *settings_cover(struct arena *a, struct str text)
{
    char *p = arena_copy(a, text.p, text.n);
    if (p == NULL)
        return NULL;
    cover_addresses(p, text);
    for (size_t i = 0; i < text.n;) {
        size_t start = i;
        while (i < text.n && is_word(text.p[i]))
            i++;
        size_t end = is_secret((struct str){text.p + start, i - start}) ? value_end(text, i) : 0;
        if (end > 0)
            cover(p, i, end);
        i = end > 0 ? end : i > start ? i : i + 1;
    }
    return p;
}
