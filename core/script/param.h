/* SPDX-License-Identifier: MIT
 *
 * Parameters as sent, made into values: every violation is listed, never only the first. */
#ifndef SCRIPT_PARAM_H
#define SCRIPT_PARAM_H

#include "script/plugin.h"

/* The type that a query sees. */
enum type param_value_type(enum param_type type);
/* By its name in a plugin ("place"), -1 when it is none. */
int param_type_parse(struct str name);

struct bound { /* parameters with their values, in the order of their declaration */
    struct query_param *param;
    size_t n;
    struct violation *violation;
    size_t violations;
    int32_t as_on; /* of the parameter as_on, or the snapshot's last day */
};

/* Checks and converts. Memory: the arena. ERR_PARAM when there are violations, ERR_MEM. */
MUST_USE int params_bind(struct arena *a, const struct param *param, size_t params,
                         const struct arg *arg, size_t args, const struct snap *snap,
                         const struct place_tree *tree, struct bound *out, struct err *err);
/* Typed, without values: for checking a query. */
MUST_USE int params_typed(struct arena *a, const struct param *param, size_t params,
                          struct query_param **out, struct err *err);
/* The last day with registrations; today when there are none. */
int32_t params_latest(const struct snap *snap);

#endif
