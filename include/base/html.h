/* SPDX-License-Identifier: MIT
 *
 * Text in pages and letters. */
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/buf.h"

/* Escaped for text and for values of attributes in quotes of either kind. */
void html_text(struct buf *out, struct str text);

#endif
