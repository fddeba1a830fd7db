/* SPDX-License-Identifier: MIT
 *
 * The configuration: one Lua file of assignments, run in the sandbox of plugins, read into plain
 * values. All its mistakes are told at once, with line, caret and suggestion; no message shows a
 * text that could be a password. Relative paths are relative to the file. */
#ifndef SCRIPT_SETTINGS_H
#define SCRIPT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/plugin.h"
#include "script/secret.h"

/* An attribute of registrations. */
enum attribute_type { ATTRIBUTE_CHOICE, ATTRIBUTE_TEXT, ATTRIBUTE_INTEGER };
struct attribute_value {
    struct str name;
    struct text title; /* .en.n == 0: its name */
    const struct str *alias;
    size_t aliases;
};
struct attribute_setting {
    struct str name;
    bool off; /* name = false: one of the default list is left out */
    enum attribute_type type;
    struct text title;                   /* .en.n == 0: none */
    const struct attribute_value *value; /* ATTRIBUTE_CHOICE */
    size_t values;
    int32_t min, max; /* ATTRIBUTE_INTEGER */
};

/* Somebody who is told of alerts. What its type does not use is empty. */
enum notifier_type { NOTIFIER_ALERTMANAGER, NOTIFIER_SMTP, NOTIFIER_WEBHOOK, NOTIFIER_FILE };
struct notifier_setting {
    struct str name;
    enum notifier_type type;
    struct str url;           /* not of a file; or: */
    struct secret url_secret; /* where it is, when it is a secret itself */
    struct str user;          /* alertmanager, smtp */
    struct secret secret;     /* alertmanager, smtp: the password; webhook: the key that signs */
    struct str from;          /* smtp */
    const struct str *to;     /* smtp: addresses, or "officers:LEVEL" */
    size_t tos;
    struct str ca_file; /* smtp: whom to trust in the place of the system's list */
    struct str path;    /* file */
};

enum engine_setting { ENGINE_LOCAL, ENGINE_CLICKHOUSE };
struct clickhouse_setting { /* .url.n == 0: none */
    struct str url, database, cluster, user;
    struct secret password;
};
struct tls_setting { /* .cert.n == 0: none */
    struct str cert, key;
};
/* What the HTTP server bears; each 0: not set. */
struct guard_setting {
    int connections;            /* in all */
    int connections_per_client; /* of one address */
    int header_s, body_s, idle_s;
};

struct log_setting {
    enum log_form format;
    enum log_level level;
    int requests; /* enum requests_logged of the server */
    int slow_ms;  /* 0: never */
};
extern const struct log_setting log_setting_default;

/* Every text ends with a NUL, and is empty where the file does not set it. */
struct settings {
    struct arena arena; /* holds all texts and lists */
    struct str path;    /* of the file; empty: there is none */
    struct str listen, data, plugins, timezone, inbox;
    int fiscal_year_start_month; /* 0: not set */
    int workers;                 /* 0: not set */
    uint64_t memory_limit;       /* bytes; 0: not set */
    const struct attribute_setting *attribute;
    size_t attributes;
    bool anonymous_public; /* who sends no token has the role public */
    bool has_suppression;
    int suppression_public, suppression_viewer; /* -1: not set */
    const struct notifier_setting *notifier;
    size_t notifiers;
    const struct str *default_notify;
    size_t default_notifies;
    enum engine_setting engine;
    struct clickhouse_setting clickhouse;
    struct tls_setting tls;
    struct guard_setting guard;
    const struct str *origin; /* whose pages may read answers: "https://HOST", or "*" */
    size_t origins;
    const struct str *proxy; /* addresses, or networks as "10.0.0.0/8" */
    size_t proxies;
    struct log_setting log;
    bool metrics_of_drive;   /* registrations and targets by district */
    const struct str *given; /* the names that the file sets */
    size_t givens;
};

/* Nothing set. */
void settings_init(struct settings *s);
void settings_fini(struct settings *s);
/* What this server does not do: setting it is a mistake. */
struct settings_refusal {
    const char *name;
    const char *engine;  /* of `engine`: only this one is refused; else NULL */
    const char *reason;  /* "... is not there yet" */
    const char *instead; /* what to do meanwhile */
};
/* Reads the file. `refuse` ends with a NULL name, or is NULL. When it has mistakes: ERR_PARAM, and
 * `mistakes` has all of them as a person reads them. In every case settings_fini. ERR_NOT_FOUND,
 * ERR_IO, ERR_TOO_LARGE, ERR_MEM: `mistakes` is empty. */
MUST_USE int settings_read(const char *path, const struct settings_refusal *refuse,
                           struct settings *out, struct buf *mistakes, struct err *err);
bool settings_has(const struct settings *s, const char *name);
/* Whether what `url_secret` has held is an address that such a notifier can be told at. */
bool notifier_url_fits(enum notifier_type type, struct str url);
/* As a file that would set the same, but for URLs: what comes after the host may be a secret, and
 * is "...". Passwords are not in it: settings name where they are. */
void settings_print(const struct settings *s, struct buf *out);

#endif
