/* SPDX-License-Identifier: MIT
 *
 * How a series goes on: exponential smoothing, with the week taken out of daily figures. Pure
 * arithmetic over one series; one thread. */
#ifndef QUERY_SMOOTH_H
#define QUERY_SMOOTH_H

#include <stdbool.h>
#include <stddef.h>

enum { SMOOTH_WEEK = 7 };

struct smooth {
    double alpha, beta, phi; /* beta and phi 0: a level without a trend */
    double level, trend;     /* after the last point */
    double squares;          /* of the errors one step ahead */
    size_t n;                /* points */
    bool weekly;             /* there is a week in it */
    bool factors;            /* the week multiplies, else it is added */
    double week[SMOOTH_WEEK];
};

/* Fits a model to n >= 1 points. daily: they are days one behind the other, so that they may have a
 * week. scratch: room for n numbers. */
void smooth_fit(const double *y, size_t n, bool daily, double *scratch, struct smooth *out);

struct smooth_point {
    double value, lower, upper;
    bool known; /* the bounds are: there were points enough */
};
/* The h-th value behind the last, h from 1. `walk` is NULL or what the call for h - 1 left there,
 * which spares going over it again. */
struct smooth_walk {
    size_t h;
    double damp, spread;
};
struct smooth_point smooth_at(const struct smooth *m, size_t h, double confidence,
                              struct smooth_walk *walk);

#endif
