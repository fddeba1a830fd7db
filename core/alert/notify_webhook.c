/* SPDX-License-Identifier: MIT
 *
 * A webhook. The body is sent as it was queued, byte for byte, since the signature is over it; the
 * secret itself is neither sent nor told in an error. */
#include <stdio.h>

#include "base/hash.h"
#include "base/httpc.h"
#include "notify.h"

static void sign(const struct notifier *n, struct str body, char out[128])
{
    unsigned char mac[32];
    char hex[65];
    hmac_sha256(n->secret, strlen(n->secret), body.p, body.n, mac);
    hex_encode(mac, sizeof mac, hex);
    snprintf(out, 128, "X-Panji-Signature: sha256=%s", hex);
}

int notify_webhook(const struct notifier *n, const struct outbox_row *m, notify_stop stop,
                   struct err *err)
{
    char id[128];
    char signature[128];
    struct httpc_response rs;
    snprintf(id, sizeof id, "X-Panji-Id: %.*s", STR_ARG(m->id));
    if (n->secret != NULL)
        sign(n, m->body, signature);
    const char *const headers[] = {"Content-Type: application/json", id,
                                   n->secret != NULL ? signature : NULL, NULL};
    struct httpc_request rq = {.method = "POST",
                               .url = n->url,
                               .headers = headers,
                               .body = m->body,
                               .timeout_ms = n->timeout_ms ? n->timeout_ms : NOTIFY_TIMEOUT_MS,
                               .stop = stop};
    buf_init(&rs.body, MEM_ALERT);
    int rc = httpc_send(&rq, &rs, err);
    if (rc == 0 && (rs.status < 200 || rs.status > 299))
        rc = err_set(err, ERR_UNAVAILABLE, "%s answered %d", n->name, rs.status);
    buf_fini(&rs.body);
    return rc;
}
