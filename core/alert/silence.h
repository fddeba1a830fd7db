/* SPDX-License-Identifier: MIT
 *
 * Silences: whose findings are not told for a while. */
#ifndef ALERT_SILENCE_H
#define ALERT_SILENCE_H

#include "store/alerts.h"

/* Does it cover the finding now? A silence of a place covers all below it. */
bool silence_covers(const struct alert_silence *s, const struct alert_row *r,
                    const struct place_tree *tree, int64_t now_ms);
bool silences_cover(const struct alert_silence *s, size_t n, const struct alert_row *r,
                    const struct place_tree *tree, int64_t now_ms);

#endif
