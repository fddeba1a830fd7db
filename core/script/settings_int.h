/* SPDX-License-Identifier: MIT
 *
 * Between the files that read the configuration: what the table of names is read into, and the
 * text with what could be a password covered. */
#ifndef SCRIPT_SETTINGS_INT_H
#define SCRIPT_SETTINGS_INT_H

#include "declare.h"
#include "script/settings.h"

/* A member of a declaration, a table of fields as a record. */
#define AT(type, member) offsetof(struct type, member)
#define RECORD(word, type, table, text)                                                            \
    {                                                                                              \
        .name = (word), .doc = (text), .bytes = sizeof(struct type), .field = (table),             \
        .fields = ARRAY_LEN(table)                                                                 \
    }

enum { SETTINGS_MAX = 64, WORKERS_MAX = 64, CELL_MAX = 1000 };

struct value_decl {
    struct str name;
    struct text title;
    struct strs aliases;
};
struct attribute_decl {
    struct mapped map;
    struct str type;
    struct text title;
    struct records values;
    struct number min, max;
};
struct notifier_decl {
    struct mapped map;
    struct str type, url, url_file, url_env, user, password_file, password_env, secret_file,
        secret_env, from, path, ca_file;
    struct strs to;
};
struct suppression_decl {
    struct number public_cells, viewer_cells;
};
struct clickhouse_decl {
    struct str url, database, cluster, user, password_file, password_env;
};
struct tls_decl {
    struct str cert, key;
};
struct guard_decl {
    struct number connections, connections_per_client, header, body, idle;
};
struct cors_decl {
    struct strs origins;
};
struct log_decl {
    struct str format, level, requests;
    struct number slow_ms;
};
struct metrics_decl {
    struct str drive;
};
struct settings_decl {
    struct str listen, data, plugins, timezone, memory_limit, inbox, engine, anonymous;
    int64_t fiscal_year_start_month, workers;
    struct records attributes, notifiers;
    struct suppression_decl suppression;
    struct strs default_notify, trusted_proxies;
    struct guard_decl guard;
    struct cors_decl cors;
    struct clickhouse_decl clickhouse;
    struct tls_decl tls;
    struct log_decl log;
    struct metrics_decl metrics;
};

/* Where a value stands and where it goes. */
struct taking {
    struct reader *r;
    struct settings_decl *decl;
    struct settings *out;
    struct str dir; /* of the file, with its '/': empty where it is the current one */
};

/* One name of the file: how it is read, and what is done with it: checked and put into the
 * settings. Mistakes go to the reader's list. */
struct setting {
    struct field field;
    void (*take)(struct taking *t);
};
extern const struct setting settings_table[];
extern const size_t settings_count;
/* What can only be said of all of them together. */
void settings_take_all(struct taking *t);

void take_attributes(struct taking *t);
void take_notifiers(struct taking *t);
void take_tls(struct taking *t);
void take_guard(struct taking *t);
void take_cors(struct taking *t);
void take_proxies(struct taking *t);
void take_log(struct taking *t);
void take_metrics(struct taking *t);
extern const struct record attribute_record, notifier_record, tls_record, guard_record, cors_record,
    log_record, metrics_record;
/* Log and metrics, as the file would set them. */
void settings_print_ops(const struct settings *s, struct buf *out);

/* A copy of the text, as long, in which passwords are '*': the right side of names such as
 * `password` (not `password_file`), and of an address what stands before its '@' and what comes
 * after its host, which of a web hook is the secret. NULL: no memory. */
char *settings_cover(struct arena *a, struct str text);

/* For checks. */
struct err *take_fault(struct taking *t, struct str word, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Relative to the file; a path that is set is never empty. */
struct str take_path(struct taking *t, struct str path);
/* "http|https" in front of "://"; where its host begins. */
bool has_scheme(struct str url, const char *schemes, size_t *host);
/* Behind the host of a URL (and its port), or its end. */
size_t host_end(struct str url);
/* "http|https" in front of "://" and a host, and nobody's password in it. */
void take_check_url(struct taking *t, struct str name, struct str url, const char *schemes);
/* Of two ways to name a secret at most one; the file can be read. */
struct secret take_secret(struct taking *t, struct str file, struct str env);

#endif
