/* SPDX-License-Identifier: MIT
 *
 * Pages for people: plain HTML that needs no script, prints on A4, in English or Hindi. Everything
 * that comes from data, plugins or the request is escaped here. */
#ifndef NET_PAGE_H
#define NET_PAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "data/frame.h"
#include "query/format.h"
#include "script/plugin.h"

extern const char page_type[]; /* the Content-Type; compared by address */
/* The Content-Security-Policy: nothing but our own stylesheet, by its hash. */
const char *page_policy(void);

struct page_link {
    const char *label;
    struct str href; /* escaped when written */
};

struct page_table {
    const struct frame *frame;
    const struct format_options *options; /* titles, language, snapshot, as-on date, summary */
    struct str title;
    struct str help;                    /* a line below the title, or empty */
    const struct report_column *column; /* types and bands, or NULL */
    bool total;                         /* the last row is the total */
    const struct page_link *link;       /* other forms of the same answer */
    size_t links;
};
/* A whole page with one table. */
MUST_USE int page_write_table(const struct page_table *t, struct buf *out, struct err *err);

/* The parts, for other pages. */
void page_open(struct buf *out, struct str title, bool hindi);
void page_close(struct buf *out, bool hindi);
/* A path or query value: percent-encoded, fit for an attribute. */
void page_url(struct buf *out, struct str text);

#endif
