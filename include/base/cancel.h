/* SPDX-License-Identifier: MIT
 *
 * One flag and one deadline that every long loop looks at, once a vector. Fired from any thread. */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"

struct cancel {
    atomic_int fired;    /* set by cancel_fire; relaxed: no data rides on it */
    int64_t deadline_ns; /* clock_mono_ns scale, 0: none */
};

void cancel_init(struct cancel *c, int64_t timeout_ms); /* 0: no deadline */
void cancel_fire(struct cancel *c);
/* 0, ERR_CANCELLED or ERR_TIMEOUT. c may be NULL. */
MUST_USE int cancel_check(const struct cancel *c, struct err *err);

#endif
