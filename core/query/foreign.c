/* SPDX-License-Identifier: MIT
 *
 * Functions that GoogleSQL has and this server has not. To know them is to tell "not supported"
 * from a slip of the pen, and to say what does instead. */
#include "foreign.h"

struct foreign {
    const char *name, *instead;
};

static const char no_clock[] = "answers depend on the snapshot alone; give the day as a parameter, "
                               "as in @as_on";
static const char no_arrays[] = "there are no arrays here; STRING_AGG makes one text of many";
static const char no_times[] = "there are days here and no times of the day";
static const char no_regexp[] = "there are no regular expressions here; see LIKE, STRPOS, "
                                "STARTS_WITH, ENDS_WITH";

static const struct foreign foreigners[] = {
    {"CURRENT_DATE", no_clock},
    {"CURRENT_TIME", no_clock},
    {"CURRENT_DATETIME", no_clock},
    {"CURRENT_TIMESTAMP", no_clock},
    {"RAND", "an answer is the same each time"},
    {"GENERATE_UUID", "an answer is the same each time"},
    {"SESSION_USER", "an answer does not depend on who asks"},
    {"ARRAY_AGG", no_arrays},
    {"ARRAY_CONCAT", no_arrays},
    {"ARRAY_CONCAT_AGG", no_arrays},
    {"ARRAY_LENGTH", no_arrays},
    {"ARRAY_REVERSE", no_arrays},
    {"ARRAY_TO_STRING", no_arrays},
    {"GENERATE_ARRAY", no_arrays},
    {"GENERATE_DATE_ARRAY", "the table calendar has a row for each day; see also CALL gap_fill"},
    {"SPLIT", no_arrays},
    {"TO_CODE_POINTS", no_arrays},
    {"REGEXP_CONTAINS", no_regexp},
    {"REGEXP_EXTRACT", no_regexp},
    {"REGEXP_EXTRACT_ALL", no_regexp},
    {"REGEXP_INSTR", no_regexp},
    {"REGEXP_REPLACE", no_regexp},
    {"REGEXP_SUBSTR", no_regexp},
    {"APPROX_TOP_COUNT", "write |> ORDER BY n DESC |> LIMIT k, which is exact"},
    {"APPROX_TOP_SUM", "write |> ORDER BY n DESC |> LIMIT k, which is exact"},
    {"BIT_AND", NULL},
    {"BIT_OR", NULL},
    {"BIT_XOR", NULL},
    {"BIT_COUNT", NULL},
    {"GROUPING", "there is no ROLLUP here; write a UNION ALL of the groupings"},
    {"TIMESTAMP", no_times},
    {"TIMESTAMP_ADD", no_times},
    {"TIMESTAMP_SUB", no_times},
    {"TIMESTAMP_DIFF", no_times},
    {"TIMESTAMP_TRUNC", no_times},
    {"FORMAT_TIMESTAMP", no_times},
    {"PARSE_TIMESTAMP", no_times},
    {"DATETIME", no_times},
    {"DATETIME_ADD", no_times},
    {"DATETIME_SUB", no_times},
    {"DATETIME_DIFF", no_times},
    {"DATETIME_TRUNC", no_times},
    {"FORMAT_DATETIME", no_times},
    {"PARSE_DATETIME", no_times},
    {"TIME", no_times},
    {"FORMAT", "join texts with ||; FORMAT_DATE writes days, ROUND shortens numbers"},
    {"INSTR", "write STRPOS(text, part)"},
    {"CONTAINS_SUBSTR", "write STRPOS(text, part) > 0, or LIKE"},
    {"SOUNDEX", NULL},
    {"TRANSLATE", "write REPLACE, one for each character"},
    {"CODE_POINTS_TO_STRING", NULL},
    {"ASCII", NULL},
    {"CHR", NULL},
    {"UNICODE", NULL},
    {"OCTET_LENGTH", "write BYTE_LENGTH"},
    {"CHARACTER_LENGTH", "write CHAR_LENGTH"},
    {"MD5", NULL},
    {"SHA1", NULL},
    {"SHA256", NULL},
    {"SHA512", NULL},
    {"FARM_FINGERPRINT", NULL},
    {"TO_HEX", NULL},
    {"FROM_HEX", NULL},
    {"TO_BASE64", NULL},
    {"FROM_BASE64", NULL},
    {"TO_JSON", NULL},
    {"TO_JSON_STRING", NULL},
    {"PARSE_JSON", NULL},
    {"JSON_VALUE", NULL},
    {"JSON_QUERY", NULL},
    {"JSON_EXTRACT", NULL},
    {"JSON_EXTRACT_SCALAR", NULL},
    {"ST_GEOGPOINT", NULL},
    {"ST_DISTANCE", NULL},
    {"LOG", "write LN(x) / LN(base), LN or LOG10"},
    {"CBRT", "write POW(x, 1.0 / 3)"},
    {"SIN", NULL},
    {"COS", NULL},
    {"TAN", NULL},
    {"ASIN", NULL},
    {"ACOS", NULL},
    {"ATAN", NULL},
    {"ATAN2", NULL},
    {"IEEE_DIVIDE", "write SAFE_DIVIDE, which gives NULL"},
    {"IS_INF", NULL},
    {"IS_NAN", NULL},
    {"RANGE_BUCKET", "write CASE WHEN, or DIV(x, width)"},
    {"SAFE_ADD", NULL},
    {"SAFE_SUBTRACT", NULL},
    {"SAFE_MULTIPLY", NULL},
    {"SAFE_NEGATE", NULL},
    {"ERROR", "write |> ASSERT"},
    {"NULLIFERROR", NULL},
    {"ISERROR", NULL},
    {"IFERROR", NULL},
    {"ZEROIFNULL", "write IFNULL(x, 0)"},
    {"NULLIFZERO", "write NULLIF(x, 0)"},
};

bool foreign_find(struct str name, const char **instead)
{
    for (size_t i = 0; i < ARRAY_LEN(foreigners); i++)
        if (str_eq_nocase(name, str_of(foreigners[i].name))) {
            *instead = foreigners[i].instead;
            return true;
        }
    return false;
}
