/* SPDX-License-Identifier: MIT
 *
 * Sheets that call themselves .xls and are not: the directory gives "Excel 2003 XML", other portals
 * a page with a table. Both are rows of cells within tags; here they become CSV. Text in UTF-16, as
 * Excel writes "Unicode text", becomes UTF-8. */
#ifndef INGEST_SHEET_H
#define INGEST_SHEET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* *out is `text` itself, or what was made of it in `room` (the caller's). Line numbers of a sheet
 * are those of its rows. ERR_ROWS: a workbook of another kind (.xlsx, binary .xls), or markup
 * without a table. */
MUST_USE int sheet_text(struct str text, struct buf *room, struct str *out, struct err *err);

#endif
