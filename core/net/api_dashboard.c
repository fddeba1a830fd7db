/* SPDX-License-Identifier: MIT
 *
 * The dashboard's files, answered on the HTTP thread: they are the same for everybody, hold no
 * data, and come when every worker is busy. */
#include <stdio.h>

#include "api.h"
#include "assets.h"

static int send_file(struct request *r, struct str name, struct err *err)
{
    struct answer *a = &r->answer;
    const struct asset *file = assets_find(httpd_assets(r->httpd), name);
    if (file == NULL)
        return err_set(err, ERR_NOT_FOUND, "the dashboard has no file '%.*s'", STR_ARG(name));
    a->asset = file;
    a->coding = asset_pick(file, request_header(r, "Accept-Encoding"));
    a->type = file->type;
    snprintf(a->etag, sizeof a->etag, "%s", file->tag[a->coding]);
    if (request_has_tag(r))
        a->status = 304;
    return 0;
}

int api_shell(struct request *r, struct err *err)
{
    return send_file(r, STR("index.html"), err);
}

int api_dashboard_file(struct request *r, struct err *err)
{
    return send_file(r, r->match.capture[0], err);
}
