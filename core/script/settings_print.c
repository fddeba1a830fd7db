/* SPDX-License-Identifier: MIT
 *
 * Settings as a file that would set the same. */
#include <string.h>

#include "settings_int.h"

static void put_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_char(out, '\\');
        if (s.p[i] == '\n')
            buf_cstr(out, "\\n");
        else
            buf_char(out, s.p[i]);
    }
}

static void put_text(struct buf *out, struct str s)
{
    buf_char(out, '"');
    put_escaped(out, s);
    buf_char(out, '"');
}

/* `between` name = "text"; nothing where there is none. */
static void put_named(struct buf *out, const char *between, const char *name, struct str s)
{
    if (s.n == 0)
        return;
    buf_printf(out, "%s%s = ", between, name);
    put_text(out, s);
}

/* Behind the host may stand a secret. */
static void put_url(struct buf *out, const char *between, struct str url)
{
    size_t end = host_end(url);
    bool whole = url.n <= end + 1;
    if (url.n == 0)
        return;
    buf_printf(out, "%surl = \"", between);
    put_escaped(out, (struct str){url.p, whole ? url.n : end});
    buf_cstr(out, whole ? "\"" : "/...\"");
}

static void put_line(struct buf *out, const char *name, struct str s)
{
    put_named(out, "", name, s);
    if (s.n > 0)
        buf_char(out, '\n');
}

static void put_texts(struct buf *out, const struct str *s, size_t n)
{
    buf_cstr(out, "{ ");
    for (size_t i = 0; i < n; i++) {
        buf_cstr(out, i > 0 ? ", " : "");
        put_text(out, s[i]);
    }
    buf_cstr(out, " }");
}

static void put_title(struct buf *out, struct text title)
{
    if (title.en.n == 0)
        return;
    buf_cstr(out, ", title = { en = ");
    put_text(out, title.en);
    put_named(out, ", ", "hi", title.hi);
    buf_cstr(out, " }");
}

static void put_bytes(struct buf *out, uint64_t n)
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(unit) && n % 1024 == 0 && n > 0) {
        n /= 1024;
        i++;
    }
    buf_printf(out, "memory_limit = \"%llu%s\"\n", (unsigned long long)n, unit[i]);
}

static void put_value(struct buf *out, const struct attribute_value *v)
{
    if (v->title.en.n == 0 && v->aliases == 0) {
        put_text(out, v->name);
        return;
    }
    buf_cstr(out, "{ ");
    put_text(out, v->name);
    put_title(out, v->title);
    if (v->aliases > 0) {
        buf_cstr(out, ", aliases = ");
        put_texts(out, v->alias, v->aliases);
    }
    buf_cstr(out, " }");
}

static void put_attribute(struct buf *out, const struct attribute_setting *a)
{
    static const char *const type[] = {"choice", "text", "integer"};
    buf_printf(out, "  %.*s = ", STR_ARG(a->name));
    if (a->off) {
        buf_cstr(out, "false,\n");
        return;
    }
    buf_printf(out, "{ type = \"%s\"", type[a->type]);
    put_title(out, a->title);
    for (size_t i = 0; i < a->values; i++) {
        buf_cstr(out, i == 0 ? ", values = { " : ", ");
        put_value(out, &a->value[i]);
    }
    buf_cstr(out, a->values > 0 ? " }" : "");
    if (a->type == ATTRIBUTE_INTEGER)
        buf_printf(out, ", min = %d, max = %d", a->min, a->max);
    buf_cstr(out, " },\n");
}

static void put_secret(struct buf *out, const char *name, const struct secret *s)
{
    if (s->file.n > 0) {
        buf_printf(out, ", %s_file = ", name);
        put_text(out, s->file);
    } else if (s->env.n > 0) {
        buf_printf(out, ", %s_env = ", name);
        put_text(out, s->env);
    }
}

static void put_notifier(struct buf *out, const struct notifier_setting *n)
{
    static const char *const type[] = {"alertmanager", "smtp", "webhook", "file"};
    buf_printf(out, "  %.*s = { type = \"%s\"", STR_ARG(n->name), type[n->type]);
    put_url(out, ", ", n->url);
    put_secret(out, "url", &n->url_secret);
    put_named(out, ", ", "user", n->user);
    put_secret(out, n->type == NOTIFIER_WEBHOOK ? "secret" : "password", &n->secret);
    put_named(out, ", ", "from", n->from);
    if (n->tos > 0) {
        buf_cstr(out, ", to = ");
        put_texts(out, n->to, n->tos);
    }
    put_named(out, ", ", "ca_file", n->ca_file);
    put_named(out, ", ", "path", n->path);
    buf_cstr(out, " },\n");
}

static void put_clickhouse(struct buf *out, const struct clickhouse_setting *c)
{
    if (c->url.n == 0)
        return;
    put_url(out, "clickhouse = { ", c->url);
    put_named(out, ", ", "database", c->database);
    put_named(out, ", ", "cluster", c->cluster);
    put_named(out, ", ", "user", c->user);
    put_secret(out, "password", &c->password);
    buf_cstr(out, " }\n");
}

static void put_suppression(struct buf *out, const struct settings *s)
{
    if (!s->has_suppression)
        return;
    buf_cstr(out, "suppression = {");
    if (s->suppression_public >= 0)
        buf_printf(out, " public = %d,", s->suppression_public);
    if (s->suppression_viewer >= 0)
        buf_printf(out, " viewer = %d,", s->suppression_viewer);
    buf_cstr(out, " }\n");
}

static void put_count(struct buf *out, bool *first, const char *name, int n)
{
    if (n == 0)
        return;
    buf_printf(out, "%s%s = %d", *first ? "guard = { " : ", ", name, n);
    *first = false;
}

static void put_guard(struct buf *out, const struct guard_setting *g)
{
    bool none = true;
    put_count(out, &none, "connections", g->connections);
    put_count(out, &none, "connections_per_client", g->connections_per_client);
    put_count(out, &none, "header", g->header_s);
    put_count(out, &none, "body", g->body_s);
    put_count(out, &none, "idle", g->idle_s);
    buf_cstr(out, none ? "" : " }\n");
}

static void put_http(struct buf *out, const struct settings *s)
{
    if (s->tls.cert.n > 0) {
        put_named(out, "tls = { ", "cert", s->tls.cert);
        put_named(out, ", ", "key", s->tls.key);
        buf_cstr(out, " }\n");
    }
    put_guard(out, &s->guard);
    if (s->origins > 0) {
        buf_cstr(out, "cors = { origins = ");
        put_texts(out, s->origin, s->origins);
        buf_cstr(out, " }\n");
    }
    if (s->proxies > 0) {
        buf_cstr(out, "trusted_proxies = ");
        put_texts(out, s->proxy, s->proxies);
        buf_char(out, '\n');
    }
}

void settings_print(const struct settings *s, struct buf *out)
{
    put_line(out, "listen", s->listen);
    put_line(out, "data", s->data);
    put_line(out, "plugins", s->plugins);
    put_line(out, "timezone", s->timezone);
    if (s->fiscal_year_start_month > 0)
        buf_printf(out, "fiscal_year_start_month = %d\n", s->fiscal_year_start_month);
    if (s->memory_limit > 0)
        put_bytes(out, s->memory_limit);
    if (s->workers > 0)
        buf_printf(out, "workers = %d\n", s->workers);
    put_line(out, "inbox", s->inbox);
    for (size_t i = 0; i < s->attributes; i++) {
        buf_cstr(out, i == 0 ? "attributes = {\n" : "");
        put_attribute(out, &s->attribute[i]);
    }
    buf_cstr(out, s->attributes > 0 ? "}\n" : "");
    if (s->anonymous_public)
        buf_cstr(out, "anonymous = \"public\"\n");
    put_suppression(out, s);
    for (size_t i = 0; i < s->notifiers; i++) {
        buf_cstr(out, i == 0 ? "notifiers = {\n" : "");
        put_notifier(out, &s->notifier[i]);
    }
    buf_cstr(out, s->notifiers > 0 ? "}\n" : "");
    if (s->default_notifies > 0) {
        buf_cstr(out, "default_notify = ");
        put_texts(out, s->default_notify, s->default_notifies);
        buf_char(out, '\n');
    }
    buf_printf(out, "engine = \"%s\"\n", s->engine == ENGINE_LOCAL ? "local" : "clickhouse");
    put_clickhouse(out, &s->clickhouse);
    put_http(out, s);
    settings_print_ops(s, out);
}
