/* SPDX-License-Identifier: MIT
 *
 * What identifies a finding to others: labels as Prometheus and Alertmanager have them. Places are
 * told by name and by code, each with those above it, so that a block can be grouped under its
 * district; figures never are labels. */
#ifndef ALERT_LABELS_H
#define ALERT_LABELS_H

#include "base/json.h"
#include "store/alerts.h"

struct label {
    struct str name, value;
};
enum { LABELS_MAX = 32 };
struct labels {
    struct label at[LABELS_MAX]; /* in the order of their names */
    size_t n;
};

/* alertname, plugin, severity, the places, the other columns of the key. Texts are the row's, the
 * tree's, or in the arena. */
MUST_USE int labels_of(const struct alert_row *r, const struct place_tree *tree, struct arena *a,
                       struct labels *out, struct err *err);
/* The value of a label; empty when there is none. */
struct str label_value(const struct labels *l, const char *name);
/* {"alertname":"...",...} */
void labels_json(struct json *j, const struct labels *l);
/* Only those that all have. */
void labels_common(struct labels *common, const struct labels *other);

/* summary, summary_hi, and who has acknowledged it: what may change without being another alert. */
void annotations_json(struct json *j, const struct alert_row *r);

#endif
