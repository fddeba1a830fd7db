/* SPDX-License-Identifier: MIT
 *
 * Near names. The distance is computed row by row over code points; only three rows are kept. */
#include "base/near.h"

#include <string.h>

#include "base/buf.h"

enum { CHARS_MAX = 64, CONTAINED_MIN = 3, TOO_FAR = CHARS_MAX * 2 };

struct chars {
    uint32_t c[CHARS_MAX];
    int n; /* -1: too long to compare */
};

static struct chars decode(struct str s)
{
    struct chars out = {.n = 0};
    for (size_t at = 0; at < s.n;) {
        if (out.n == CHARS_MAX) {
            out.n = -1;
            break;
        }
        uint32_t c = utf8_next(s, &at);
        out.c[out.n++] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }
    return out;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours, each once a place. */
static int distance(const struct chars *a, const struct chars *b)
{
    int rows[3][CHARS_MAX + 1];
    int *before = rows[0];
    int *above = rows[1];
    int *row = rows[2];
    for (int j = 0; j <= b->n; j++)
        above[j] = j;
    for (int i = 1; i <= a->n; i++) {
        row[0] = i;
        for (int j = 1; j <= b->n; j++) {
            int cost = a->c[i - 1] != b->c[j - 1];
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && a->c[i - 1] == b->c[j - 2] && a->c[i - 2] == b->c[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        int *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b->n];
}

int near_distance(struct str a, struct str b, int most)
{
    struct chars x = decode(a);
    struct chars y = decode(b);
    if (x.n < 0 || y.n < 0)
        return str_eq_nocase(a, b) ? 0 : most + 1;
    int gap = x.n > y.n ? x.n - y.n : y.n - x.n;
    return gap > most ? most + 1 : least(distance(&x, &y), most + 1);
}

static bool contains(struct str whole, struct str part)
{
    if (part.n < CONTAINED_MIN || part.n > whole.n)
        return false;
    for (size_t i = 0; i + part.n <= whole.n; i++)
        if (str_eq_nocase((struct str){whole.p + i, part.n}, part))
            return true;
    return false;
}

void near_init(struct near_list *l)
{
    l->n = 0;
}

static void insert(struct near_list *l, struct str candidate, int d)
{
    size_t at = 0;
    while (at < l->n && l->distance[at] <= d)
        at++;
    if (at == NEAR_MAX)
        return;
    size_t last = l->n < NEAR_MAX ? l->n++ : NEAR_MAX - 1;
    for (size_t i = last; i > at; i--) {
        l->name[i] = l->name[i - 1];
        l->distance[i] = l->distance[i - 1];
    }
    l->name[at] = candidate;
    l->distance[at] = d;
}

void near_offer(struct near_list *l, struct str word, struct str candidate)
{
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->name[i], candidate))
            return;
    size_t third = utf8_count(word) / 3;
    int most = third < 1 ? 1 : third > CHARS_MAX ? CHARS_MAX : (int)third;
    int d = near_distance(word, candidate, most);
    if (d <= most)
        insert(l, candidate, d);
    else if (contains(candidate, word) || contains(word, candidate))
        insert(l, candidate, near_distance(word, candidate, TOO_FAR));
}

void near_hint(const struct near_list *l, struct err *err)
{
    if (l->n == 0 || err == NULL)
        return;
    struct buf text;
    buf_init(&text, MEM_BASE);
    for (size_t i = 0; i < l->n; i++)
        buf_printf(&text, "%s\"%.*s\"", i ? ", " : "", STR_ARG(l->name[i]));
    if (!text.failed)
        err_hint(err, "did you mean %.*s?", STR_ARG(buf_view(&text)));
    buf_fini(&text);
}

const char *near_joined(struct arena *mem, const struct near_list *l)
{
    size_t n = 1;
    for (size_t i = 0; i < l->n; i++)
        n += l->name[i].n + 1;
    char *out = arena_alloc(mem, n);
    size_t at = 0;
    for (size_t i = 0; out != NULL && i < l->n; i++) {
        if (i > 0)
            out[at++] = '|';
        memcpy(out + at, l->name[i].p, l->name[i].n);
        at += l->name[i].n;
    }
    return out; /* ended by a zero: an arena gives cleared memory */
}
