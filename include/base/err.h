/* SPDX-License-Identifier: MIT
 *
 * Errors. A function that can fail returns int: 0, or a negative code from the table below, and
 * takes a `struct err *err` last (may be NULL) that carries a sentence fit for the user and, where
 * text was parsed, the place in it. The struct is caller's memory and needs no allocation, so that
 * running out of memory can be told like anything else.
 *
 * One table ties together the code, its name on the wire, the HTTP status and the exit code of
 * the command line. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* clang-format off */
/*      symbol             code  wire name            HTTP exit  title                       */
#define ERR_LIST(_)                                                                              \
    _(ERR_MEM,             -1,  "out_of_memory",      503, 3, "Out of memory")                   \
    _(ERR_IO,              -2,  "io_error",           503, 3, "Input or output failed")          \
    _(ERR_USAGE,           -3,  "usage",              400, 2, "Wrong use")                       \
    _(ERR_SYNTAX,          -4,  "syntax_error",       400, 1, "The query cannot be read")        \
    _(ERR_UNKNOWN_NAME,    -5,  "unknown_name",       400, 1, "A name is not known")             \
    _(ERR_AMBIGUOUS,       -6,  "ambiguous_name",     400, 1, "A name stands for several things") \
    _(ERR_TYPE,            -7,  "type_error",         400, 1, "Types do not fit")                \
    _(ERR_UNSUPPORTED,     -8,  "not_supported",      400, 1, "Not supported by this server")    \
    _(ERR_PARAM,           -9,  "bad_parameter",      400, 1, "A parameter is wrong")            \
    _(ERR_VALUE,           -10, "out_of_range",       400, 1, "A value is out of range")         \
    _(ERR_NOT_FOUND,       -11, "not_found",          404, 1, "Not found")                       \
    _(ERR_METHOD,          -12, "method_not_allowed", 405, 1, "Method not allowed")              \
    _(ERR_CONFLICT,        -13, "conflict",           409, 1, "Conflict with what is stored")    \
    _(ERR_TOO_LARGE,       -14, "too_large",          413, 1, "Too large")                       \
    _(ERR_ROWS,            -15, "rows_refused",       422, 1, "The batch was refused")           \
    _(ERR_LIMIT,           -16, "limit_exceeded",     422, 1, "A limit was exceeded")            \
    _(ERR_CANCELLED,       -17, "cancelled",          499, 3, "Cancelled")                       \
    _(ERR_INTERNAL,        -18, "internal",           500, 3, "Internal error")                  \
    _(ERR_CORRUPT,         -19, "corrupt",            500, 3, "Stored data is damaged")          \
    _(ERR_SCRIPT,          -20, "script_error",       500, 1, "A plugin's script failed")        \
    _(ERR_PLUGIN,          -21, "plugin_broken",      422, 1, "A plugin cannot be loaded")       \
    _(ERR_BUSY,            -22, "overloaded",         503, 3, "Too busy")                        \
    _(ERR_LOCKED,          -23, "in_use",             503, 3, "In use by another process")       \
    _(ERR_UNKNOWN_OUTCOME, -24, "outcome_unknown",    503, 3, "The outcome is unknown")          \
    _(ERR_UNAVAILABLE,     -25, "unavailable",        503, 3, "Unavailable")                     \
    _(ERR_TIMEOUT,         -26, "timeout",            504, 3, "Took too long")                   \
    _(ERR_FULL,            -27, "disk_full",          507, 3, "The disk is full")                \
    _(ERR_AMBIGUOUS_BATCH, -28, "ambiguous_batch",    409, 1, "Several sources used this id")    \
    _(ERR_MEDIA,           -29, "unsupported_media",  415, 1, "Not a form that is read here")    \
    _(ERR_SIGN_IN,         -30, "not_signed_in",      401, 1, "Who asks is not known")           \
    _(ERR_FORBIDDEN,       -31, "forbidden",          403, 1, "Not allowed")                     \
    _(ERR_SUPPRESSED,      -35, "suppressed_by_rule", 403, 1, "Hidden by the rule of small counts")
/* clang-format on */

enum err_code {
    ERR_OK = 0,
#define ERR_ENUM(symbol, code, name, http, exit_code, title) symbol = (code),
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

enum { ERR_MSG_BYTES = 512, ERR_HINT_BYTES = 512, ERR_EXCERPT_BYTES = 512 };

struct err {
    int code;                /* 0 or a code of the table */
    int line;                /* 1-based place in the text that was parsed, 0 where there is none */
    int column;              /* 1-based, in characters (not bytes) */
    char msg[ERR_MSG_BYTES]; /* what is wrong, one sentence */
    char hint[ERR_HINT_BYTES];       /* what to do about it, or "" */
    char excerpt[ERR_EXCERPT_BYTES]; /* the line with a caret under the place, or "" */
};

/* Fills *err (when not NULL) and returns `code`, so that it can stand in a return statement.
 * The message is cut at a character boundary if it does not fit. */
int err_set(struct err *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
int err_setv(struct err *err, int code, const char *fmt, va_list args);

/* Adds the advice line to an error already set. */
void err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds line, column and a two-line excerpt with a caret (`span` characters wide, at least one),
 * computed from a byte offset into `text`. */
void err_at(struct err *err, const char *text, size_t text_bytes, size_t offset, size_t span);

/* Back to no error. */
void err_clear(struct err *err);

/* The table, by code. Unknown codes read as ERR_INTERNAL. */
const char *err_name(int code);
const char *err_title(int code);
int err_http(int code);
int err_exit(int code);

/* Passes a failure on to the caller. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        int try_rc_ = (expr);                                                                      \
        if (try_rc_ < 0)                                                                           \
            return try_rc_;                                                                        \
    } while (0)

/* What must be true whatever the input: stays on in production. */
#define ASSERT(cond)              ((cond) ? (void)0 : assert_failed(#cond, __FILE__, __LINE__))
#define STATIC_ASSERT(cond, what) _Static_assert(cond, what)
#define UNREACHABLE()             assert_failed("unreachable", __FILE__, __LINE__)
_Noreturn void assert_failed(const char *what, const char *file, int line);

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
