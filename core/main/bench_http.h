/* SPDX-License-Identifier: MIT
 *
 * Answers a second over HTTP, as wrk counts them, beside libmicrohttpd alone (the program bare-http
 * next to this one, which `make bench` builds). */
#ifndef MAIN_BENCH_HTTP_H
#define MAIN_BENCH_HTTP_H

#include "app.h"

/* Serves the app on a port of the moment and prints lines; says what is not installed. */
MUST_USE int bench_http(const struct app *a, struct err *err);

#endif
