/* SPDX-License-Identifier: MIT
 *
 * Body and header fields, as the library takes them. */
#include "response.h"

#include <stdio.h>

#include "assets.h"
#include "cors.h"
#include "page.h"

static void free_body(void *p)
{
    mem_free(MEM_NET, p);
}

static struct MHD_Response *take_body(struct answer *a)
{
    struct MHD_Response *rs;
    if (a->fd >= 0) {
        rs = MHD_create_response_from_fd64(a->fd_bytes, a->fd);
        a->fd = rs != NULL ? -1 : a->fd;
        return rs;
    }
    if (a->asset != NULL && a->status == 200) {
        struct str file = a->asset->body[a->coding]; /* as long as the server */
        return MHD_create_response_from_buffer(file.n, (void *)(uintptr_t)file.p,
                                               MHD_RESPMEM_PERSISTENT);
    }
    if (a->body.n == 0)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    rs = MHD_create_response_from_buffer_with_free_callback(a->body.n, a->body.p, free_body);
    if (rs != NULL)
        buf_init(&a->body, MEM_NET);
    return rs;
}

static void put_header(struct MHD_Response *rs, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        MHD_add_response_header(rs, name, value);
}

static void put_number(struct MHD_Response *rs, const char *name, uint64_t value)
{
    char text[24];
    if (value == 0)
        return;
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    MHD_add_response_header(rs, name, text);
}

static void put_disposition(struct MHD_Response *rs, const struct answer *a)
{
    char text[sizeof a->file + 32];
    snprintf(text, sizeof text, "attachment; filename=\"%s\"", a->file);
    if (a->file[0] != '\0')
        put_header(rs, "Content-Disposition", text);
    else
        put_header(rs, "Content-Disposition", a->download ? "attachment" : NULL);
}

/* Files of the dashboard: those with a hash in their name are never asked for again. */
static void put_asset(struct MHD_Response *rs, const struct answer *a)
{
    static const char *const coding[ASSET_CODINGS] = {NULL, "gzip", "br"};
    const struct asset *file = a->asset;
    put_header(rs, "Content-Encoding", a->status == 200 ? coding[a->coding] : NULL);
    put_header(rs, "Cache-Control",
               file->lasting ? "public, max-age=31536000, immutable" : "no-cache");
    put_header(rs, "Vary", "Accept-Encoding");
    put_header(rs, "Content-Security-Policy", assets_policy);
    put_header(rs, "Referrer-Policy", "same-origin");
    put_header(rs, "Service-Worker-Allowed", str_eq(file->name, STR("sw.js")) ? "/" : NULL);
}

static void put_freshness(struct MHD_Response *rs, const struct answer *a)
{
    put_header(rs, "Cache-Control",
               a->etag[0] ? "private, max-age=0, must-revalidate" : "no-store");
    put_header(rs, "Vary",
               a->varies ? "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie"
                         : NULL);
}

static void put_cors(struct MHD_Response *rs, const struct answer *a)
{
    put_header(rs, "Vary", a->varies_by_origin ? "Origin" : NULL);
    if (a->origin == NULL)
        return;
    put_header(rs, "Access-Control-Allow-Origin", a->origin);
    put_header(rs, "Access-Control-Expose-Headers", cors_may_see);
    if (!a->preflight)
        return;
    put_header(rs, "Access-Control-Allow-Methods", a->allow);
    put_header(rs, "Access-Control-Allow-Headers", cors_may_send);
    put_header(rs, "Access-Control-Max-Age", "600");
}

void response_headers(struct MHD_Response *rs, const struct answer *a)
{
    bool html = a->type == page_type;
    if (a->status != 304 && a->status != 204)
        put_header(rs, "Content-Type", a->type);
    put_header(rs, "X-Content-Type-Options", "nosniff");
    put_header(rs, "Content-Security-Policy", html ? page_policy() : NULL);
    put_header(rs, "Referrer-Policy", html ? "same-origin" : NULL);
    put_header(rs, "ETag", a->etag);
    if (a->asset != NULL)
        put_asset(rs, a);
    else
        put_freshness(rs, a);
    put_cors(rs, a);
    put_header(rs, "Server-Timing", a->timing);
    put_header(rs, "Panji-Engine", a->engine);
    put_number(rs, "Panji-Snapshot", a->snapshot);
    put_header(rs, "Panji-Warning", a->warning);
    put_header(rs, "Allow", a->allow);
    put_header(rs, "WWW-Authenticate", a->status == 401 ? a->authenticate : NULL);
    put_header(rs, "Set-Cookie", a->cookie);
    put_number(rs, "Retry-After", (uint64_t)a->retry_after_s);
    put_header(rs, "Content-Encoding", coding_name(a->packed));
    put_disposition(rs, a);
    put_header(rs, "Connection", a->close ? "close" : NULL);
}

struct MHD_Response *response_of(struct answer *a)
{
    struct MHD_Response *rs = take_body(a);
    if (rs != NULL)
        response_headers(rs, a);
    return rs;
}
