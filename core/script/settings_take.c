/* SPDX-License-Identifier: MIT
 *
 * The table of all names of the configuration, and the checks of their values. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "settings_int.h"

enum { MEMORY_MIN_MIB = 64 };

/* ---- for all ---- */

struct err *take_fault(struct taking *t, struct str word, const char *fmt, ...)
{
    char text[ERR_MSG_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return reader_fault(t->r, word, ERR_VALUE, "%s", text);
}

struct str take_path(struct taking *t, struct str path)
{
    if (path.n == 0 || path.p[0] == '/' || t->dir.n == 0)
        return path;
    char *p = arena_alloc(t->r->arena, t->dir.n + path.n + 1);
    if (p == NULL)
        lua_error(t->r->L);
    memcpy(p, t->dir.p, t->dir.n);
    memcpy(p + t->dir.n, path.p, path.n);
    return (struct str){p, t->dir.n + path.n};
}

bool has_scheme(struct str url, const char *schemes, size_t *host)
{
    const char *mark = url.n > 0 ? memmem(url.p, url.n, "://", 3) : NULL;
    struct str scheme = {url.p, mark != NULL ? (size_t)(mark - url.p) : 0};
    *host = scheme.n + 3;
    for (const char *p = schemes; *p != '\0' && mark != NULL;) {
        const char *end = strchrnul(p, '|');
        if (str_eq_nocase(scheme, (struct str){p, (size_t)(end - p)}))
            return true;
        p = *end != '\0' ? end + 1 : end;
    }
    return false;
}

size_t host_end(struct str url)
{
    const char *mark = url.n > 0 ? memmem(url.p, url.n, "://", 3) : NULL;
    size_t end = mark != NULL ? (size_t)(mark - url.p) + 3 : 0;
    while (end < url.n && memchr("/?#", url.p[end], 3) == NULL)
        end++;
    return end;
}

void take_check_url(struct taking *t, struct str name, struct str url, const char *schemes)
{
    size_t host;
    if (!has_scheme(url, schemes, &host) || host >= url.n || url.p[host] == '/') {
        struct err *e = take_fault(t, name, "\"%.*s\" is no address", STR_ARG(name));
        err_hint(e, "write \"%.*s://HOST:PORT\"", (int)strcspn(schemes, "|"), schemes);
        return;
    }
    if (memchr(url.p + host, '@', host_end(url) - host) == NULL)
        return;
    struct err *e = take_fault(t, name, "\"%.*s\" has a user or a password in it", STR_ARG(name));
    err_hint(e, "give them apart: user = \"...\", password_file = \"...\"");
}

struct secret take_secret(struct taking *t, struct str file, struct str env)
{
    if (file.n > 0 && env.n > 0)
        take_fault(t, file, "a file and a variable are named for one secret: name one");
    struct secret s = {take_path(t, file), env};
    if (s.file.n > 0 && access(s.file.p, R_OK) != 0)
        take_fault(t, file, "%s cannot be read: %s", s.file.p, strerror(errno));
    return s;
}

/* ---- the server ---- */

/* "ADDR:PORT"; whether the address is one of this machine is seen when it is opened. */
static void take_listen(struct taking *t)
{
    struct str s = t->decl->listen;
    const char *colon = s.n > 0 ? memrchr(s.p, ':', s.n) : NULL;
    int64_t port = -1;
    if (colon != NULL && colon > s.p &&
        str_to_i64((struct str){colon + 1, s.n - (size_t)(colon + 1 - s.p)}, &port) == 0 &&
        port >= 0 && port <= 65535) {
        t->out->listen = s;
        return;
    }
    struct err *e = take_fault(t, s, "\"%.*s\" is no address to listen on", STR_ARG(s));
    err_hint(e, "write an address and a port, as \"127.0.0.1:8090\"");
}

static struct str some_path(struct taking *t, const char *name, struct str path)
{
    if (path.n > 0 && path.n < PATH_MAX / 2)
        return take_path(t, path);
    take_fault(t, str_of(name), "\"%s\" is %s", name, path.n == 0 ? "empty" : "too long a path");
    return STR_NULL;
}

static void take_data(struct taking *t)
{
    t->out->data = some_path(t, "data", t->decl->data);
}

static void take_inbox(struct taking *t)
{
    t->out->inbox = some_path(t, "inbox", t->decl->inbox);
}

static void take_plugins(struct taking *t)
{
    struct stat st;
    t->out->plugins = some_path(t, "plugins", t->decl->plugins);
    struct str path = t->out->plugins;
    if (path.n > 0 && (stat(path.p, &st) != 0 || !S_ISDIR(st.st_mode)))
        take_fault(t, t->decl->plugins, "there is no directory %s", path.p);
}

static void take_timezone(struct taking *t)
{
    struct err err = {0};
    struct str name = t->decl->timezone;
    t->out->timezone = name;
    if (clock_zone_check(name, &err) == 0)
        return;
    struct err *e = take_fault(t, name, "%s", err.msg);
    err_hint(e, "%s", err.hint);
}

static void take_month(struct taking *t)
{
    int64_t month = t->decl->fiscal_year_start_month;
    if (month < 1 || month > 12)
        take_fault(t, STR_NULL, "there is no month %lld: write 1 (January) to 12 (December)",
                   (long long)month);
    else
        t->out->fiscal_year_start_month = (int)month;
}

static void take_workers(struct taking *t)
{
    int64_t n = t->decl->workers;
    if (n < 1 || n > WORKERS_MAX)
        take_fault(t, STR_NULL, "\"workers\" is %lld: write 1 to %d", (long long)n, WORKERS_MAX);
    else
        t->out->workers = (int)n;
}

/* "4GiB": a whole number and a unit of 1024. */
static bool parse_bytes(struct str s, uint64_t *out)
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t digits = 0;
    int64_t n;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    if (str_to_i64((struct str){s.p, digits}, &n) < 0)
        return false;
    struct str rest = str_trim((struct str){s.p + digits, s.n - digits});
    for (unsigned i = 0; i < ARRAY_LEN(unit); i++) {
        if (str_eq(rest, str_of(unit[i])) || (i == 0 && rest.n == 0)) {
            *out = (uint64_t)n << 10 * i;
            return (uint64_t)n <= UINT64_MAX >> 10 * i && *out <= (uint64_t)1 << 50;
        }
    }
    return false;
}

static void take_memory_limit(struct taking *t)
{
    struct str s = t->decl->memory_limit;
    if (!parse_bytes(s, &t->out->memory_limit)) {
        struct err *e = take_fault(t, s, "\"%.*s\" is no amount of memory", STR_ARG(s));
        err_hint(e, "write a whole number and B, KiB, MiB, GiB or TiB, as \"4GiB\"");
        t->out->memory_limit = 0;
    } else if (t->out->memory_limit < (uint64_t)MEMORY_MIN_MIB << 20) {
        take_fault(t, s, "\"memory_limit\" is less than %dMiB, which is too little to serve",
                   MEMORY_MIN_MIB);
    }
}

/* ---- what is shown to whom ---- */

static int take_cells(struct taking *t, const char *name, struct number n)
{
    if (!n.given)
        return -1;
    bool whole = n.value >= 0 && n.value <= CELL_MAX && n.value <= (double)(int)n.value;
    if (whole && ((int)n.value == 0 || (int)n.value >= SMALL_CELLS_LEAST))
        return (int)n.value;
    take_fault(t, str_of(name),
               "\"%s\" must be 0 (nothing is hidden) or a whole number from %d to %d", name,
               SMALL_CELLS_LEAST, CELL_MAX);
    return -1;
}

static void take_suppression(struct taking *t)
{
    t->out->has_suppression = true;
    t->out->suppression_public = take_cells(t, "public", t->decl->suppression.public_cells);
    t->out->suppression_viewer = take_cells(t, "viewer", t->decl->suppression.viewer_cells);
}

/* ---- where the data is ---- */

static void take_anonymous(struct taking *t)
{
    t->out->anonymous_public = str_eq(t->decl->anonymous, STR("public"));
}

static void take_engine(struct taking *t)
{
    bool clickhouse = str_eq(t->decl->engine, STR("clickhouse"));
    t->out->engine = clickhouse ? ENGINE_CLICKHOUSE : ENGINE_LOCAL;
}

static void take_clickhouse(struct taking *t)
{
    const struct clickhouse_decl *d = &t->decl->clickhouse;
    struct clickhouse_setting *out = &t->out->clickhouse;
    if (d->url.n > 0)
        take_check_url(t, STR("url"), d->url, "http|https");
    out->url = d->url;
    out->database = d->database.n > 0 ? d->database : STR("panji");
    out->cluster = d->cluster;
    out->user = d->user;
    out->password = take_secret(t, d->password_file, d->password_env);
}

/* ---- default_notify, and all together ---- */

static void take_default_notify(struct taking *t)
{
    t->out->default_notify = t->decl->default_notify.at;
    t->out->default_notifies = t->decl->default_notify.n;
}

static bool is_notifier(const struct settings *s, struct str name)
{
    for (size_t i = 0; i < s->notifiers; i++)
        if (str_eq(s->notifier[i].name, name))
            return true;
    return false;
}

void settings_take_all(struct taking *t)
{
    struct settings *s = t->out;
    for (size_t i = 0; i < s->default_notifies; i++) {
        if (is_notifier(s, s->default_notify[i]))
            continue;
        struct near_list near;
        near_init(&near);
        for (size_t k = 0; k < s->notifiers; k++)
            near_offer(&near, s->default_notify[i], s->notifier[k].name);
        source_find(t->r->source, 0, STR("default_notify"), &t->r->anchor);
        struct err *e = take_fault(t, s->default_notify[i], "no notifier is called \"%.*s\"",
                                   STR_ARG(s->default_notify[i]));
        if (near.n > 0)
            near_hint(&near, e);
        else
            err_hint(e, "declare it: notifiers = { %.*s = { type = \"...\" } }",
                     STR_ARG(s->default_notify[i]));
    }
    source_find(t->r->source, 0, STR("engine"), &t->r->anchor);
    if (s->engine == ENGINE_CLICKHOUSE && s->clickhouse.url.n == 0)
        err_hint(take_fault(t, STR("engine"), "the engine \"clickhouse\" needs its address"),
                 "write clickhouse = { url = \"http://127.0.0.1:8123\" }");
}

/* ---- the table ---- */

static const struct field suppression_fields[] = {
    {"public", FIELD_NUMBER, false, 0, AT(suppression_decl, public_cells), NULL, NULL,
     "smallest count of persons that everybody may see"},
    {"viewer", FIELD_NUMBER, false, 0, AT(suppression_decl, viewer_cells), NULL, NULL,
     "smallest count of persons that a viewer may see"},
};
static const struct record suppression_record = RECORD(
    "suppression", suppression_decl, suppression_fields, "Smaller counts of persons are hidden.");

static const struct field clickhouse_fields[] = {
    {"url", FIELD_STRING, true, 0, AT(clickhouse_decl, url), NULL, NULL, "its HTTP address"},
    {"database", FIELD_STRING, false, 0, AT(clickhouse_decl, database), NULL, NULL,
     "the database, \"panji\" when nothing is said"},
    {"cluster", FIELD_STRING, false, 0, AT(clickhouse_decl, cluster), NULL, NULL,
     "the cluster that the tables are made on"},
    {"user", FIELD_STRING, false, 0, AT(clickhouse_decl, user), NULL, NULL, "who asks"},
    {"password_file", FIELD_STRING, false, 0, AT(clickhouse_decl, password_file), NULL, NULL,
     "the file that has the password"},
    {"password_env", FIELD_STRING, false, 0, AT(clickhouse_decl, password_env), NULL, NULL,
     "or the variable of the environment that has it"},
};
static const struct record clickhouse_record =
    RECORD("clickhouse", clickhouse_decl, clickhouse_fields, "A ClickHouse that has the data.");

#define SETTING(name, kind, member, of, record, doc)                                               \
    {                                                                                              \
        name, kind, false, 0, AT(settings_decl, member), of, record, doc                           \
    }
const struct setting settings_table[] = {
    {SETTING("listen", FIELD_STRING, listen, NULL, NULL,
             "address and port of the server, \"127.0.0.1:8090\" when nothing is said"),
     take_listen},
    {SETTING("data", FIELD_STRING, data, NULL, NULL, "the data directory"), take_data},
    {SETTING("plugins", FIELD_STRING, plugins, NULL, NULL, "the directory of plugins"),
     take_plugins},
    {SETTING("timezone", FIELD_STRING, timezone, NULL, NULL,
             "where the day turns, \"Asia/Kolkata\" when nothing is said"),
     take_timezone},
    {SETTING("fiscal_year_start_month", FIELD_INTEGER, fiscal_year_start_month, NULL, NULL,
             "the month in which a fiscal year starts, 4 when nothing is said"),
     take_month},
    {SETTING("memory_limit", FIELD_SCALAR, memory_limit, NULL, NULL,
             "the most memory, as \"4GiB\"; none when nothing is said"),
     take_memory_limit},
    {SETTING("workers", FIELD_INTEGER, workers, NULL, NULL,
             "threads that answer queries, as many as processors when nothing is said"),
     take_workers},
    {SETTING("inbox", FIELD_STRING, inbox, NULL, NULL, "a directory whose files are imported"),
     take_inbox},
    {SETTING("attributes", FIELD_MAP, attributes, NULL, &attribute_record,
             "attributes of registrations beside those that are there by themselves, or in their "
             "place; `name = false` leaves one out"),
     take_attributes},
    {SETTING("anonymous", FIELD_CHOICE, anonymous, "none|public", NULL,
             "the role of who sends no token, where there are tokens or others reach the server"),
     take_anonymous},
    {SETTING("suppression", FIELD_RECORD, suppression, NULL, &suppression_record,
             "which counts of persons are too small to be shown"),
     take_suppression},
    {SETTING("notifiers", FIELD_MAP, notifiers, NULL, &notifier_record, "who is told of alerts"),
     take_notifiers},
    {SETTING("default_notify", FIELD_STRINGS, default_notify, NULL, NULL,
             "the notifiers of alerts that name none"),
     take_default_notify},
    {SETTING("engine", FIELD_CHOICE, engine, "local|clickhouse", NULL, "what answers queries"),
     take_engine},
    {SETTING("clickhouse", FIELD_RECORD, clickhouse, NULL, &clickhouse_record,
             "where that engine is"),
     take_clickhouse},
    {SETTING("log", FIELD_RECORD, log, NULL, &log_record, "what stands in the log"), take_log},
    {SETTING("metrics", FIELD_RECORD, metrics, NULL, &metrics_record, "what stands in the metrics"),
     take_metrics},
    {SETTING("tls", FIELD_RECORD, tls, NULL, &tls_record, "encrypted connections"), take_tls},
    {SETTING("guard", FIELD_RECORD, guard, NULL, &guard_record,
             "how many connections the server bears, and for how long"),
     take_guard},
    {SETTING("cors", FIELD_RECORD, cors, NULL, &cors_record,
             "whose pages a browser lets read the answers"),
     take_cors},
    {SETTING("trusted_proxies", FIELD_STRINGS, trusted_proxies, NULL, NULL,
             "addresses or networks of proxies whose X-Forwarded-For is believed"),
     take_proxies},
};
const size_t settings_count = ARRAY_LEN(settings_table);
STATIC_ASSERT(ARRAY_LEN(settings_table) <= SETTINGS_MAX, "all of them may be given");
