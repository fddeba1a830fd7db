/* SPDX-License-Identifier: MIT
 *
 * Origins of the configuration. */
#include "cors.h"

#include <string.h>

const char cors_may_send[] = "Authorization, Content-Type, Content-Encoding, Idempotency-Key, "
                             "If-None-Match, Last-Event-ID, Panji-Query-Id, Prefer";
const char cors_may_see[] = "Content-Disposition, ETag, Panji-Engine, Panji-Query-Id, "
                            "Panji-Request-Id, Panji-Snapshot, Panji-Warning, Retry-After, "
                            "Server-Timing";

const char *cors_allow(const struct settings *settings, struct str origin)
{
    if (settings == NULL || origin.n == 0)
        return NULL;
    for (size_t i = 0; i < settings->origins; i++)
        if (str_eq_nocase(settings->origin[i], origin))
            return settings->origin[i].p;
    for (size_t i = 0; i < settings->origins; i++)
        if (str_eq(settings->origin[i], STR("*")))
            return "*";
    return NULL;
}

bool cors_varies(const struct settings *settings)
{
    return settings != NULL && settings->origins > 0;
}

bool cors_names(const char *allowed)
{
    return allowed != NULL && strcmp(allowed, "*") != 0;
}
