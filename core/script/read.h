/* SPDX-License-Identifier: MIT
 *
 * The parts of reading a declaration. Every read_ function takes the value at a stack index,
 * writes what its kind of field is read into (declare.h), and gives false after a mistake, which
 * it has added to the reader's list. Memory that runs out raises a Lua error. */
#ifndef SCRIPT_READ_H
#define SCRIPT_READ_H

#include "declare.h"

enum { NAME_LENGTH_MAX = 63 };

/* p itself; an error for NULL. */
void *reader_need(struct reader *r, void *p);
/* A copy in the reader's arena; of the string (or number, changed in place) at an index. */
struct str reader_keep(struct reader *r, const char *p, size_t n);
struct str reader_keep_string(struct reader *r, int index);
/* "x must be ..., not a ...": gives false. */
bool reader_wrong_type(struct reader *r, const struct field *f, int index, const char *needed);
/* Pairs in a table; items in a list, or -1 after a mistake. */
size_t reader_count_pairs(lua_State *L, int index);
lua_Integer reader_list_length(struct reader *r, const struct field *f, int index, const char *of);

/* Single values. */
bool read_string(struct reader *r, const struct field *f, int index, struct str *out);
bool read_name(struct reader *r, const struct field *f, int index, struct str *out);
bool read_scalar(struct reader *r, const struct field *f, int index, struct str *out);
bool read_text(struct reader *r, const struct field *f, int index, struct text *out);
bool read_boolean(struct reader *r, const struct field *f, int index, bool *out);
bool read_integer(struct reader *r, const struct field *f, int index, int64_t *out);
bool read_number(struct reader *r, const struct field *f, int index, struct number *out);
bool read_date(struct reader *r, const struct field *f, int index, int32_t *out);
bool read_span(struct reader *r, const struct field *f, int index, struct span *out);
bool read_choice(struct reader *r, const struct field *f, int index, struct str *out);
bool read_phasing(struct reader *r, const struct field *f, int index, struct phasing *out);

/* Lists and tables. */
bool read_strings(struct reader *r, const struct field *f, int index, struct strs *out);
bool read_numbers(struct reader *r, const struct field *f, int index, struct nums *out);
bool read_dates(struct reader *r, const struct field *f, int index, struct days *out);
bool read_codes(struct reader *r, const struct field *f, int index, struct codes *out);
bool read_queries(struct reader *r, const struct field *f, int index, struct named *out);
bool read_records(struct reader *r, const struct field *f, int index, struct records *out);
bool read_record(struct reader *r, const struct field *f, int index, void *out);
bool read_map(struct reader *r, const struct field *f, int index, struct records *out);
bool read_grids(struct reader *r, const struct field *f, int index, struct grids *out);
bool read_pairs(struct reader *r, const struct field *f, int index, struct pairs *out);
bool read_by_day(struct reader *r, const struct field *f, int index, struct by_days *out);
bool read_expect(struct reader *r, const struct field *f, int index, struct expected *out);
bool read_json(struct reader *r, const struct field *f, int index, struct str *out);

#endif
