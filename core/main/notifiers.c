/* SPDX-License-Identifier: MIT
 *
 * Notifiers from the configuration. */
#include "notifiers.h"

#include <stdio.h>
#include <string.h>

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the notifiers");
}

static const char *text_or_null(struct str s)
{
    return s.n > 0 ? s.p : NULL;
}

/* What a secret is kept in until it is wiped. */
static int keep_secret(struct notifiers *n, const struct secret *s, const char **out,
                       struct err *err)
{
    char text[SECRET_BYTES_MAX];
    if (!secret_is_named(s))
        return 0;
    TRY(secret_read(s, text, err));
    *out = arena_copy(&n->mem, text, strlen(text));
    explicit_bzero(text, sizeof text);
    return *out != NULL ? 0 : no_memory(err);
}

/* The address, which may be a secret itself. */
static int take_url(struct notifiers *n, const struct notifier_setting *s, struct notifier *out,
                    struct err *err)
{
    if (s->url.n > 0) {
        out->url = arena_copy(&n->mem, s->url.p, s->url.n);
        return out->url != NULL ? 0 : no_memory(err);
    }
    TRY(keep_secret(n, &s->url_secret, &out->url, err));
    if (out->url == NULL || notifier_url_fits(s->type, str_of(out->url)))
        return 0;
    return err_set(err, ERR_VALUE, "what %s holds is no address",
                   s->url_secret.file.n > 0 ? s->url_secret.file.p : s->url_secret.env.p);
}

static int take_one(struct notifiers *n, const struct notifier_setting *s, struct notifier *out,
                    struct err *err)
{
    static const enum notify_type types[] = {
        [NOTIFIER_ALERTMANAGER] = NOTIFY_ALERTMANAGER,
        [NOTIFIER_SMTP] = NOTIFY_SMTP,
        [NOTIFIER_WEBHOOK] = NOTIFY_WEBHOOK,
        [NOTIFIER_FILE] = NOTIFY_FILE,
    };
    *out = (struct notifier){.name = s->name.p,
                             .type = types[s->type],
                             .user = text_or_null(s->user),
                             .from = text_or_null(s->from),
                             .to = s->to,
                             .tos = s->tos,
                             .ca_file = text_or_null(s->ca_file),
                             .path = text_or_null(s->path)};
    int rc = keep_secret(n, &s->secret, &out->secret, err);
    if (rc == 0)
        rc = take_url(n, s, out, err);
    if (rc < 0)
        err_hint(err, "notifier \"%s\" needs it", out->name);
    return rc;
}

static int take_all(struct notifiers *n, const struct settings *s, struct err *err)
{
    n->at = ARENA_ARRAY(&n->mem, struct notifier, s->notifiers);
    n->default_notify = arena_array(&n->mem, s->default_notifies, sizeof(const char *));
    if (n->at == NULL || n->default_notify == NULL)
        return no_memory(err);
    for (size_t i = 0; i < s->notifiers; i++)
        TRY(take_one(n, &s->notifier[i], &n->at[n->n++], err));
    for (size_t i = 0; i < s->default_notifies; i++)
        n->default_notify[n->default_notifies++] = s->default_notify[i].p;
    return 0;
}

int notifiers_init(struct notifiers *n, const struct settings *s, struct err *err)
{
    memset(n, 0, sizeof *n);
    arena_init(&n->mem, MEM_MAIN, 0);
    if (s->listen.n > 0)
        snprintf(n->external_url, sizeof n->external_url, "%s://%.*s",
                 s->tls.cert.n > 0 ? "https" : "http", STR_ARG(s->listen));
    int rc = take_all(n, s, err);
    if (rc < 0)
        notifiers_fini(n);
    return rc;
}

static void wipe(const char *text)
{
    if (text != NULL)
        explicit_bzero((void *)(uintptr_t)text, strlen(text));
}

void notifiers_fini(struct notifiers *n)
{
    for (size_t i = 0; i < n->n; i++) {
        wipe(n->at[i].secret);
        wipe(n->at[i].url);
    }
    arena_fini(&n->mem);
    n->n = n->default_notifies = 0;
}

void notifiers_use(const struct notifiers *n, struct alert_options *o)
{
    o->notifier = n->at;
    o->notifiers = n->n;
    o->default_notify = n->default_notify;
    o->default_notifies = n->default_notifies;
    o->external_url = n->external_url;
}
