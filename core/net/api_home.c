/* SPDX-License-Identifier: MIT
 *
 * The page at `/` where there is no dashboard, and of those who read without script: the reports,
 * with links for the places that have registrations, and a form for any other. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/date.h"
#include "base/html.h"
#include "data/tally.h"
#include "operation.h"
#include "page.h"

enum { LINKS_MAX = 6 };

struct busy_place {
    uint32_t order;
    int64_t registrations;
};

static int64_t registrations_of(const struct snap *s, uint32_t order)
{
    return tally_window(s, order, CUBE_ALL, DAY_MIN, DAY_MAX);
}

/* The places of a level with the most registrations, most first; returns how many. */
static size_t busiest(const struct snap *s, enum place_level level, struct busy_place *top)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->tree->n; i++) {
        if (s->tree->at[i].level != level || !place_is_seen(s->tree, i))
            continue;
        struct busy_place b = {i, registrations_of(s, i)};
        if (b.registrations <= 0 || (n == LINKS_MAX && b.registrations <= top[n - 1].registrations))
            continue;
        size_t at = n < LINKS_MAX ? n++ : n - 1;
        while (at > 0 && top[at - 1].registrations < b.registrations) {
            top[at] = top[at - 1];
            at--;
        }
        top[at] = b;
    }
    return n;
}

static void put_path(struct buf *out, const struct report *rep)
{
    buf_cstr(out, "/v1/reports/");
    page_url(out, rep->plugin->name);
    buf_char(out, '/');
    page_url(out, rep->name);
    buf_cstr(out, ".html");
}

static const char *lang_of(const struct request *r)
{
    return r->hindi ? "hi" : "en";
}

/* The one parameter that must be given, when it is a place of a known level and the only one. */
static const struct param *place_param(const struct report *rep)
{
    const struct param *found = NULL;
    for (size_t i = 0; i < rep->params; i++) {
        const struct param *p = &rep->param[i];
        if (!p->required)
            continue;
        if (found != NULL || p->type != PARAM_PLACE || p->level >= PLACE_LEVELS)
            return NULL;
        found = p;
    }
    return found;
}

static bool needs_nothing(const struct report *rep)
{
    for (size_t i = 0; i < rep->params; i++)
        if (rep->param[i].required)
            return false;
    return true;
}

static void put_place_links(struct request *r, const struct report *rep, const struct param *p)
{
    struct buf *out = &r->answer.body;
    struct busy_place top[LINKS_MAX];
    size_t n = busiest(r->snap, p->level, top);
    for (size_t i = 0; i < n; i++) {
        const struct place *at = &r->snap->tree->at[top[i].order];
        buf_cstr(out, "<a href=\"");
        put_path(out, rep);
        buf_char(out, '?');
        page_url(out, p->name);
        buf_printf(out, "=%lld&amp;lang=%s\">", (long long)at->code, lang_of(r));
        html_text(out, place_name(at, r->hindi));
        buf_cstr(out, "</a>");
    }
}

static void put_links(struct request *r, const struct report *rep)
{
    struct buf *out = &r->answer.body;
    const struct param *p = place_param(rep);
    buf_cstr(out, "<nav><p>");
    if (needs_nothing(rep)) {
        buf_cstr(out, "<a href=\"");
        put_path(out, rep);
        buf_printf(out, "?lang=%s\">%s</a>", lang_of(r), r->hindi ? "खोलें" : "Open");
    } else if (p != NULL) {
        put_place_links(r, rep, p);
    }
    buf_cstr(out, "</p></nav>\n");
}

static void put_field(struct request *r, const struct param *p)
{
    struct buf *out = &r->answer.body;
    buf_cstr(out, "<label>");
    html_text(out, p->title.en.n > 0 ? text_pick(p->title, r->hindi) : p->name);
    buf_cstr(out, p->required ? "* <input name=\"" : " <input name=\"");
    html_text(out, p->name);
    buf_cstr(out, "\" value=\"");
    html_text(out, p->fallback);
    buf_cstr(out, p->required ? "\" required size=\"12\"></label>" : "\" size=\"12\"></label>");
}

static void put_form(struct request *r, const struct report *rep)
{
    struct buf *out = &r->answer.body;
    if (rep->params == 0)
        return;
    buf_cstr(out, "<form method=\"get\" action=\"");
    put_path(out, rep);
    buf_cstr(out, "\">");
    for (size_t i = 0; i < rep->params; i++)
        put_field(r, &rep->param[i]);
    buf_printf(out,
               "<input type=\"hidden\" name=\"lang\" value=\"%s\"><button>%s</button></form>\n",
               lang_of(r), r->hindi ? "दिखाएँ" : "Show");
}

static void put_report(struct request *r, const struct report *rep)
{
    struct buf *out = &r->answer.body;
    buf_cstr(out, "<section class=\"card\"><h2>");
    html_text(out, text_pick(rep->title, r->hindi));
    buf_cstr(out, "</h2>\n<p class=\"quiet\">");
    html_text(out, text_pick(rep->help, r->hindi));
    buf_cstr(out, "</p>\n");
    put_links(r, rep);
    put_form(r, rep);
    buf_cstr(out, "</section>\n");
}

static void put_broken(struct request *r, const struct plugin *p)
{
    struct buf *out = &r->answer.body;
    if (p->status == PLUGIN_OK)
        return;
    buf_cstr(out, "<section class=\"card\"><h2>");
    html_text(out, p->name);
    buf_cstr(out, r->hindi ? ": प्लगिन में त्रुटि है" : ": this plugin has errors");
    buf_cstr(out, "</h2>\n<pre>");
    html_text(out, p->errors_text);
    buf_cstr(out, "</pre></section>\n");
}

static void put_state(struct request *r)
{
    struct buf *out = &r->answer.body;
    const struct snap *s = r->snap;
    char day[11] = "-";
    if (s->day_min <= s->day_max)
        date_format(s->day_max, day);
    if (s->narrowed)
        return;
    buf_cstr(out, "<p class=\"quiet\">");
    format_indian(s->registrations, out);
    buf_printf(out,
               r->hindi ? " निबंधन · %s की स्थिति · स्नैपशॉट %llu</p>\n"
                        : " registrations · as on %s · snapshot %llu</p>\n",
               day, (unsigned long long)s->id);
}

static void put_other_doors(struct request *r)
{
    struct buf *out = &r->answer.body;
    buf_printf(out, "<nav><p><a href=\"/?lang=%s\">%s</a>", r->hindi ? "en" : "hi",
               r->hindi ? "In English" : "हिन्दी में");
    buf_printf(out, "<a href=\"/v1/alerts?format=html&amp;lang=%s\">%s</a>", lang_of(r),
               r->hindi ? "चेतावनियाँ" : "Alerts");
    buf_printf(out, "<a href=\"/v1/targets?format=html&amp;lang=%s\">%s</a>", lang_of(r),
               r->hindi ? "लक्ष्य" : "Targets");
    buf_printf(out, "<a href=\"/v1/batches?format=html&amp;lang=%s\">%s</a></p></nav>\n",
               lang_of(r), r->hindi ? "आयात" : "Imports");
}

int api_home_page(struct request *r, struct err *err)
{
    struct buf *out = &r->answer.body;
    struct str title = r->hindi ? STR("पंजी: निबंधन अभियान की रिपोर्टें")
                                : STR("Panji: reports of the registration drive");
    page_open(out, title, r->hindi);
    buf_cstr(out, "<h1>");
    html_text(out, title);
    buf_cstr(out, "</h1>\n");
    put_state(r);
    put_other_doors(r);
    for (size_t p = 0; p < r->plugins->n; p++) {
        for (size_t i = 0; i < r->plugins->plugin[p].reports; i++)
            put_report(r, &r->plugins->plugin[p].report[i]);
        put_broken(r, &r->plugins->plugin[p]);
    }
    page_close(out, r->hindi);
    r->answer.type = page_type;
    return buf_check(out, err);
}

int api_home(struct request *r, struct err *err)
{
    if (httpd_assets(r->httpd) != NULL)
        return api_shell(r, err);
    TRY(operation_check(r->match.route, &r->url, true, err));
    return api_home_page(r, err);
}
