/* SPDX-License-Identifier: MIT
 *
 * For whom a query, a report or a list is made. Whoever answers a request passes the request's
 * viewer on; NULL stands for the server itself (alerts, checks, schedules), which sees all. */
#ifndef QUERY_VIEWER_H
#define QUERY_VIEWER_H

#include "data/grant.h"

struct viewer {
    struct grant grant;
    int small_cell_k; /* counts of persons below it are hidden; 0: none are */
};

/* Sees all there is, or NULL. */
static inline bool viewer_is_whole(const struct viewer *v)
{
    return v == NULL || grant_is_whole(&v->grant);
}

#endif
