/* SPDX-License-Identifier: MIT
 *
 * Every queue, string, depth and time that a user can make grow has its bound here, with the
 * reason. Going over one has a clear answer, never a crash. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LINE_BYTES_MAX          (1u << 20) /* one CSV record: a longer one is not a registration */
#define FIELD_COUNT_MAX         256        /* columns in an uploaded file */
#define UNPACK_RATIO_MAX        250u /* a packed file grows at most so much: lists, by 5 to 50 */
#define UNPACK_FREE_BYTES       (64u << 20)   /* up to which that is not asked */
#define UNPACK_BYTES_MAX        (64ull << 30) /* of any file, unpacked: 200 million long rows */
#define UNPACK_WINDOW_LOG_MAX   27            /* 128 MiB, as much as `zstd -d` takes unasked */
#define IMPORT_ERRORS_MAX       100           /* errors listed in one answer */
#define IMPORT_REJECTS_MAX      1000000       /* rows kept as rejects for one batch */
#define UNKNOWN_WORDS_MAX       1000          /* different ones kept of a file */
#define UNKNOWN_LISTED_MAX      20            /* of a column, in one answer */
#define REJECT_ROW_BYTES_MAX    4096         /* a row longer than this is not kept as it was sent */
#define REJECT_TEXT_BYTES_MAX   (256u << 20) /* of all rows that one batch left out */
#define BATCH_ROWS_MAX          200000000    /* rows of one batch: bounded by memory long before */
#define ROW_COUNT_MAX           10000000     /* registrations of one row: no district has as many */
#define REGISTRATIONS_MAX       INT32_MAX    /* of all batches: the dense cube sums in 32 bits */
#define REGISTRATION_DAY_MIN    0 /* 1970-01-01: slabs and the dense cube span a century */
#define BATCH_ID_BYTES_MAX      128
#define SOURCE_BYTES_MAX        64
#define REASON_BYTES_MAX        500 /* why a batch was retracted: a sentence or two */
#define NAME_BYTES_MAX          256 /* longest place name known is 45 bytes */
#define QUERY_BYTES_MAX         (1u << 20)
#define QUERY_DEPTH_MAX         200 /* nested parentheses and subqueries */
#define QUERY_COLUMNS_MAX       1024
#define QUERY_SHOWN_BYTES       80      /* of a name or a value, in the text of an error */
#define QUERY_ROWS_MAX          1000000 /* rows of one answer unless asked for more */
#define QUERY_MEMORY_BYTES      (1ull << 30)
#define QUERY_TIMEOUT_MS        30000
#define VECTOR_ROWS             2048 /* rows between two looks at the cancel flag */
#define ATTRS_MAX               32   /* optional columns of a registration */
#define PLACE_FACTS_MAX         8    /* numeric facts of a place: workers, population, ... */
#define PLUGIN_BYTES_MAX        (256u << 10)
#define SCRIPT_MEMORY_BYTES     (64u << 20)
#define SCRIPT_LOAD_MS          500
#define SCRIPT_CALL_MS          2000
#define SCRIPT_STRIKES          3 /* stops by a limit, within SCRIPT_STRIKES_MS: set aside */
#define SCRIPT_STRIKES_MS       600000
#define POOL_QUEUE_MAX          1024 /* requests waiting for a query worker */
#define STORE_QUEUE_MAX         1024 /* jobs waiting for the storage thread */
#define TABLE_NAME_BYTES_MAX    64
#define TABLE_ROWS_MAX          1000000 /* of an uploaded table: as many as an answer has */
#define TARGET_PARTS_MAX        100     /* sectors or departments of one target set */
#define TABLE_COLUMNS_MAX       FIELD_COUNT_MAX
#define TABLE_BYTES_MAX         (64u << 20)    /* its file; all files sent with one query */
#define TABLE_MEMORY_BYTES      (512ull << 20) /* one in memory: a cell takes up to 17 bytes */
#define TABLES_MEMORY_BYTES     (1ull << 30)   /* all stored ones in memory */
#define TABLES_MAX              256            /* stored */
#define QUERY_TABLES_MAX        16             /* sent with one query */
#define REJECT_COUNTS_MAX       100000         /* batch, column and kind of reason */
#define REJECTS_READ_MAX        1000000        /* rows that the table of rejects gives */
#define ALERT_HISTORY_READ_MAX  200000         /* lines of history that a query reads, the newest */
#define ALERT_FINDINGS_MAX      500000         /* held at once: each is a row of the database */
#define ALERT_TEXT_BYTES_MAX    1000           /* a reason, a comment */
#define ALERT_NAME_BYTES_MAX    128            /* who acknowledges, silences, comments */
#define OUTBOX_KEEP_DAYS        30             /* delivered messages are kept to be looked at */
#define OUTBOX_ATTEMPTS_MAX     30             /* with the waits between them about two days */
#define FINDINGS_OPEN_MAX       10000          /* more than that is one fault seen many times */
#define FINDINGS_CLOSED_MAX     10000          /* closed ones in the table of findings */
#define FINDINGS_OF_CHECK_MAX   1000           /* rows of one check: nobody reads further */
#define FINDING_EVENTS_READ_MAX 100000         /* rows that the history of findings gives */
#define HTTP_URL_BYTES_MAX      16384
#define HTTP_BODY_BYTES_MAX     (1u << 20)   /* bodies that are not streamed imports */
#define HTTP_PLACES_BYTES_MAX   (256u << 20) /* a file of all villages is 60 MB */
#define HTTP_CACHE_BYTES        (64u << 20)  /* answers kept for the next who asks */
#define HTTP_CACHE_ANSWER_BYTES (1u << 20)   /* a larger answer is made anew each time */
#define DRIVE_SERIES_MAX        2000         /* of a metric by district: there are some 800 */
#define HTTP_CONNECTIONS_MAX    8192         /* unless the configuration says otherwise */
#define HTTP_CONNECTIONS_MOST   65536        /* whatever it says: each takes 33 KB */
#define HTTP_HEADER_S           5            /* seconds, unless the configuration says otherwise */
#define HTTP_BODY_S             10
#define HTTP_IDLE_S             30
#define HTTP_CLIENT_MAX         256  /* connections of one address */
#define TOKENS_MAX              4096 /* kept, revoked ones too */
#define TOKEN_PLACES_MAX        256
#define TOKEN_SOURCES_MAX       64
#define SESSIONS_MAX            4096
#define SESSIONS_OF_TOKEN_MAX   64
#define SESSION_DAYS            7
#define SMALL_CELLS_PUBLIC      10 /* counts of persons below are hidden, unless configured */
#define SMALL_CELLS_VIEWER      5
#define SMALL_CELLS_LEAST       3 /* of fewer, one that is hidden could only be 1 */
#define DASHBOARD_FILES_MAX     256
#define DASHBOARD_BYTES_MAX     (32u << 20)  /* in memory, packed forms included */
#define CLICKHOUSE_SQL_BYTES    (16u << 20)  /* a list of all panchayats takes 2 MB */
#define HTTPC_ANSWER_BYTES_MAX  (1ull << 30) /* an answer that the HTTP client collects */

#endif
