/* SPDX-License-Identifier: MIT
 *
 * The five characters that mean something in HTML. */
#include "base/html.h"

void html_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            buf_cstr(out, "&amp;");
            break;
        case '<':
            buf_cstr(out, "&lt;");
            break;
        case '>':
            buf_cstr(out, "&gt;");
            break;
        case '"':
            buf_cstr(out, "&quot;");
            break;
        case '\'':
            buf_cstr(out, "&#39;");
            break;
        default:
            buf_char(out, text.p[i]);
        }
    }
}
