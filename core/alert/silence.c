/* SPDX-License-Identifier: MIT
 *
 * Silences. */
#include "silence.h"

static bool under(const struct place_tree *tree, int level, int64_t code, const struct alert_row *r)
{
    if (level <= PLACE_COUNTRY)
        return true;
    if (tree == NULL || r->place_level < level)
        return false;
    uint32_t node = place_by_code(tree, (enum place_level)r->place_level, r->place_code);
    for (; node != PLACE_NONE; node = tree->at[node].same) {
        uint32_t above = place_above(tree, node, (enum place_level)level);
        if (above != PLACE_NONE && tree->at[above].code == code)
            return true;
    }
    return false;
}

bool silence_covers(const struct alert_silence *s, const struct alert_row *r,
                    const struct place_tree *tree, int64_t now_ms)
{
    if (s->ended_ms != 0 || s->until_ms <= now_ms)
        return false;
    if (s->plugin.n > 0 && !str_eq(s->plugin, r->plugin))
        return false;
    if (s->rule.n > 0 && !str_eq(s->rule, r->rule))
        return false;
    return under(tree, s->place_level, s->place_code, r);
}

bool silences_cover(const struct alert_silence *s, size_t n, const struct alert_row *r,
                    const struct place_tree *tree, int64_t now_ms)
{
    for (size_t i = 0; i < n; i++)
        if (silence_covers(&s[i], r, tree, now_ms))
            return true;
    return false;
}
