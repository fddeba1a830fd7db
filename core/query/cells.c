/* SPDX-License-Identifier: MIT
 *
 * The whole is public (how many registrations an office has), so what is hidden adds up to a known
 * number R. Hidden are
 *
 *   1. all counts below k that are not zero;
 *   2. then the smallest of those that are left, with its equals, until there are at least two,
 *      they exceed one apiece by k - 1, and they are not all the same;
 *   3. everything, if nothing would be left to tell.
 *
 * Why that is enough, even for somebody who knows this rule: it looks at counts, never at what they
 * are counts of. Exchange two hidden counts and the same cells are hidden, with the same R; so each
 * hidden count could as well be any other of them, and not all are the same. A sum over some of
 * the hidden cells can be made another by such an exchange, too, unless it is over all of them,
 * which is R. Rule 3 keeps apart what would otherwise tell of itself: 18 in two parts of which none
 * is told could be 9 and 9 or 8 and 10. */
#include "cells.h"

struct outline {
    size_t hidden, told;
    int64_t sum, least, most; /* of the hidden */
    int64_t next;             /* the smallest that is told */
};

static struct outline look(const int64_t *count, size_t n, const uint8_t *hidden)
{
    struct outline o = {.least = INT64_MAX, .most = INT64_MIN, .next = INT64_MAX};
    for (size_t i = 0; i < n; i++) {
        int64_t c = count[i];
        if (c == 0)
            continue;
        if (!hidden[i]) {
            o.told++;
            o.next = c < o.next ? c : o.next;
            continue;
        }
        o.hidden++;
        o.sum += c;
        o.least = c < o.least ? c : o.least;
        o.most = c > o.most ? c : o.most;
    }
    return o;
}

static bool is_safe(const struct outline *o, int64_t k)
{
    return o->hidden >= 2 && o->sum >= (int64_t)o->hidden + k - 1 && o->least != o->most;
}

bool cells_hide(const int64_t *count, size_t n, int64_t k, uint8_t *hidden)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        hidden[i] = count[i] != 0 && count[i] < k;
        any = any || hidden[i];
    }
    if (!any)
        return true;
    struct outline o = look(count, n, hidden);
    while (!is_safe(&o, k) && o.told > 0) {
        for (size_t i = 0; i < n; i++)
            hidden[i] |= count[i] == o.next;
        o = look(count, n, hidden);
    }
    return o.told > 0;
}
