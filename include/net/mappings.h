/* SPDX-License-Identifier: MIT
 *
 * Mappings by name: PLUGINS/<any plugin>/mappings/NAME.map, or PLUGINS/mappings/NAME.map. */
#ifndef NET_MAPPINGS_H
#define NET_MAPPINGS_H

#include "base/err.h"
#include "ingest/mapping.h"

/* A mapping has at most 64 KiB: a few hundred words of one source. */
enum { MAPPING_BYTES_MAX = 64 << 10 };

/* ERR_NOT_FOUND with the names there are; ERR_SYNTAX as mapping_parse. Free with mapping_free. */
MUST_USE int mapping_by_name(const char *plugins_dir, struct str name, struct mapping **out,
                             struct err *err);
/* From a file. ERR_NOT_FOUND, ERR_IO, ERR_TOO_LARGE, ERR_SYNTAX. */
MUST_USE int mapping_from_file(const char *path, struct mapping **out, struct err *err);

#endif
