/* SPDX-License-Identifier: MIT
 *
 * The first text of a new plugin: small, whole, and good as it stands. */
#ifndef MAIN_SKETCH_H
#define MAIN_SKETCH_H

#include "base/buf.h"
#include "base/err.h"

/* ERR_VALUE when the name is not one of letters, digits and underscores. */
MUST_USE int sketch_plugin(struct str name, struct buf *out, struct err *err);

#endif
