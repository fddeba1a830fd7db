/* SPDX-License-Identifier: MIT
 *
 * Answers and problem details. */
#include "answer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/html.h"
#include "page.h"

enum { RETRY_S = 1 };

void answer_init(struct answer *a)
{
    memset(a, 0, sizeof *a);
    a->status = 200;
    a->fd = -1;
    a->rows = -1;
    a->type = "application/json; charset=utf-8";
    buf_init(&a->body, MEM_NET);
}

void answer_fini(struct answer *a)
{
    buf_fini(&a->body);
    if (a->fd >= 0)
        close(a->fd);
}

static void put_problem(struct buf *out, const struct err *e, const struct problem_more *more)
{
    struct json j;
    json_init(&j, out);
    json_object(&j);
    json_problem(&j, e);
    if (more != NULL)
        more->json(more->ctx, &j);
    json_object_end(&j);
    buf_char(out, '\n');
}

static void put_line(struct buf *out, const char *before, const char *text)
{
    if (text[0] == '\0')
        return;
    buf_cstr(out, before);
    buf_cstr(out, text);
    buf_char(out, '\n');
}

static void put_plain(struct buf *out, const struct err *e, const struct problem_more *more)
{
    if (e->line > 0)
        buf_printf(out, "line %d, column %d: ", e->line, e->column);
    put_line(out, "", e->msg);
    put_line(out, "", e->excerpt);
    if (more != NULL)
        more->text(more->ctx, out);
    put_line(out, "hint: ", e->hint);
}

static void put_page(struct buf *out, const struct err *e, const struct problem_more *more)
{
    struct buf text;
    buf_init(&text, MEM_NET);
    put_plain(&text, e, more);
    page_open(out, str_of(err_title(e->code)), false);
    buf_cstr(out, "<h1>");
    html_text(out, str_of(err_title(e->code)));
    buf_cstr(out, "</h1>\n<pre class=\"card\">");
    html_text(out, buf_view(&text));
    buf_cstr(out, "</pre>\n");
    page_close(out, false);
    buf_fini(&text);
}

static const char *problem_type(const struct answer *a)
{
    if (a->page)
        return page_type;
    return a->plain ? "text/plain; charset=utf-8" : "application/problem+json; charset=utf-8";
}

void answer_problem(struct answer *a, const struct err *e, const struct problem_more *more)
{
    ASSERT(e->code < 0);
    buf_clear(&a->body);
    if (a->page)
        put_page(&a->body, e, more);
    else if (a->plain)
        put_plain(&a->body, e, more);
    else
        put_problem(&a->body, e, more);
    a->status = err_http(e->code);
    a->type = problem_type(a);
    a->etag[0] = '\0';
    a->download = false;
    a->file[0] = '\0';
    a->retry_after_s = a->status == 503 ? RETRY_S : 0;
}

void answer_timing(struct answer *a, const char *name, int64_t ns)
{
    size_t n = strlen(a->timing);
    snprintf(a->timing + n, sizeof a->timing - n, "%s%s;dur=%.3f", n ? ", " : "", name,
             (double)ns / 1e6);
}
