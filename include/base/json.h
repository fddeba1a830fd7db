/* SPDX-License-Identifier: MIT
 *
 * Writes JSON (RFC 8259) into a buf. Commas and quoting are handled here; nesting is checked by
 * assertion. Text must be valid UTF-8 (bad bytes become U+FFFD); `<` is escaped so that no page can
 * take an answer for markup. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum { JSON_DEPTH_MAX = 32 };

struct json {
    struct buf *out;
    int depth;
    bool comma[JSON_DEPTH_MAX]; /* an element stands before, at this depth */
    bool after_key;
};

void json_init(struct json *j, struct buf *out);
void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key);
void json_key_str(struct json *j, struct str key);
void json_str(struct json *j, struct str s);
void json_cstr(struct json *j, const char *s);
void json_i64(struct json *j, int64_t v);
void json_f64(struct json *j, double v); /* NaN and infinities have no JSON: null */
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
void json_raw(struct json *j, struct str s); /* a value that is JSON already */
/* Members of an open object. */
void json_put_str(struct json *j, const char *key, struct str s);
void json_put_cstr(struct json *j, const char *key, const char *s);
void json_put_i64(struct json *j, const char *key, int64_t v);
void json_put_u64(struct json *j, const char *key, uint64_t v); /* below 2^63 */
void json_put_bool(struct json *j, const char *key, bool v);
void json_put_moment(struct json *j, const char *key,
                     int64_t wall_ms); /* as clock_format says it */
/* The same, left out where the text is empty or the number 0. */
void json_put_text(struct json *j, const char *key, struct str s);
void json_put_count(struct json *j, const char *key, int64_t v);
/* The next member of an object ({"block":6717,"by":"..."}) at or behind *at: its name and its
 * value as text, unescaped, in the arena. What is nested is given as it stands. false at the end,
 * or when memory is short. */
bool json_member(struct str s, size_t *at, struct arena *a, struct str *name, struct str *value);
/* The members of problem details (RFC 9457) inside an open object: type, title, status, detail,
 * code, and line, column, hint, excerpt where there are any. */
void json_problem(struct json *j, const struct err *e);
/* A quoted string without a writer around it. */
void json_quote(struct buf *out, struct str s);

#endif
