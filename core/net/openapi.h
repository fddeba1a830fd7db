/* SPDX-License-Identifier: MIT
 *
 * The description of this API, OpenAPI 3.1: made of the table of routes, the shapes, and the
 * reports of the plugins that serve, each of which is an operation of its own beside the general
 * one. Titles are English; Hindi ones stand beside them as x-title-hi. */
#ifndef NET_OPENAPI_H
#define NET_OPENAPI_H

#include "base/buf.h"
#include "script/plugin.h"

/* The whole document. */
void openapi_write(const struct plugin_set *plugins, const char *version, struct buf *out);

#endif
