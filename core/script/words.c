/* SPDX-License-Identifier: MIT
 *
 * The words of a plugin: every declaration and every field, once. */
#include <string.h>

#include "declare.h"

#define AT(type, member) offsetof(struct type, member)
#define RECORD(word, type, table, text)                                                            \
    {                                                                                              \
        .name = (word), .doc = (text), .bytes = sizeof(struct type), .field = (table),             \
        .fields = ARRAY_LEN(table)                                                                 \
    }

#define LEVELS "state|district|block|panchayat"

static const struct field param_fields[] = {
    {"name", FIELD_NAME, true, 1, AT(param_decl, name), NULL, NULL,
     "what the query calls it, after the @"},
    {"type", FIELD_CHOICE, true, 0, AT(param_decl, type),
     "string|integer|number|boolean|percent|date|month|fiscal_year|choice|place|sector|list", NULL,
     "what is accepted"},
    {"level", FIELD_CHOICE, false, 0, AT(param_decl, level), LEVELS, NULL,
     "of a place: which level it must be of"},
    {"required", FIELD_BOOLEAN, false, 0, AT(param_decl, required), NULL, NULL,
     "true: the caller must give it"},
    {"default", FIELD_SCALAR, false, 0, AT(param_decl, fallback), NULL, NULL,
     "used when it is not given; \"latest\" for a date is the last day with registrations"},
    {"min", FIELD_NUMBER, false, 0, AT(param_decl, min), NULL, NULL, "smallest number"},
    {"max", FIELD_NUMBER, false, 0, AT(param_decl, max), NULL, NULL, "largest number"},
    {"choices", FIELD_STRINGS, false, 0, AT(param_decl, choices), NULL, NULL,
     "of a choice: what can be chosen"},
    {"of", FIELD_STRING, false, 0, AT(param_decl, of), NULL, NULL,
     "of a list: the type of its items"},
    {"title", FIELD_TEXT, false, 0, AT(param_decl, title), NULL, NULL, "label in a form"},
    {"help", FIELD_TEXT, false, 0, AT(param_decl, help), NULL, NULL, "a sentence of explanation"},
};
const struct record param_record =
    RECORD("parameter", param_decl, param_fields, "a parameter: { \"name\", type = ... }");

static const struct field column_fields[] = {
    {"name", FIELD_NAME, true, 1, AT(column_decl, name), NULL, NULL, "a column of the query"},
    {"title", FIELD_TEXT, false, 0, AT(column_decl, title), NULL, NULL, "heading"},
    {"type", FIELD_CHOICE, false, 0, AT(column_decl, type),
     "string|text|integer|number|percent|date|boolean|place|sector", NULL,
     "how it is shown; integer and percent are rounded (percent to one decimal)"},
    {"total", FIELD_STRING, false, 0, AT(column_decl, total), NULL, NULL,
     "in the row of totals: \"sum\" (for integers when nothing is said), \"min\", \"max\", "
     "\"none\", or an expression over the totals of the other columns, as \"100 * done / target\""},
    {"null", FIELD_TEXT, false, 0, AT(column_decl, null), NULL, NULL,
     "text shown where the value is not stated"},
    {"bands", FIELD_NUMBERS, false, 0, AT(column_decl, bands), NULL, NULL,
     "limits for colours: rising, { 50, 75, 100 }, where more is better; falling, { 7, 3, 1 }, "
     "where less is"},
    {"decimals", FIELD_NUMBER, false, 0, AT(column_decl, decimals), NULL, NULL,
     "digits behind the point, 0 to 6"},
    {"help", FIELD_TEXT, false, 0, AT(column_decl, help), NULL, NULL, "what the figure means"},
};
const struct record column_record =
    RECORD("column", column_decl, column_fields, "a column: { \"name\", title = ..., type = ... }");

static const struct field severity_fields[] = {
    {"name", FIELD_NAME, true, 1, AT(severity_decl, name), NULL, NULL, "\"critical\", \"warning\""},
    {"when", FIELD_STRING, false, 2, AT(severity_decl, condition), NULL, NULL,
     "an expression over the row; left out in the last one"},
};
const struct record severity_record =
    RECORD("severity", severity_decl, severity_fields, "{ \"critical\", \"pct < 50\" }");

static const struct field upload_column_fields[] = {
    {"name", FIELD_NAME, true, 1, AT(upload_column_decl, name), NULL, NULL,
     "its heading in the file"},
    {"type", FIELD_CHOICE, false, 2, AT(upload_column_decl, type), "STRING|INT64|FLOAT64|BOOL|DATE",
     NULL,
     "what its values are; left out for state, district, block, panchayat (places) and sector, "
     "which their names tell"},
};
const struct record upload_column_record =
    RECORD("upload_column", upload_column_decl, upload_column_fields,
           "a column of a file: { \"workers\", \"INT64\" }, { \"block\" }");

static const struct field upload_fields[] = {
    {"title", FIELD_TEXT, false, 0, AT(upload_decl, title), NULL, NULL, "shown in lists"},
    {"help", FIELD_TEXT, false, 0, AT(upload_decl, help), NULL, NULL,
     "who has it, and what is in it"},
    {"columns", FIELD_RECORDS, true, 0, AT(upload_decl, columns), NULL, &upload_column_record,
     "the columns that queries use; the file may have more"},
};

static const struct field escalate_fields[] = {
    {"after", FIELD_SPAN, true, 0, AT(escalate_decl, after), NULL, NULL,
     "how long it has fired without being acknowledged"},
    {"notify", FIELD_STRINGS, true, 0, AT(escalate_decl, notify), NULL, NULL, "who is told then"},
};
static const struct record escalate_record = RECORD("escalation", escalate_decl, escalate_fields,
                                                    "{ after = \"3 days\", notify = { ... } }");

static const struct field plugin_fields[] = {
    {"name", FIELD_NAME, true, 0, AT(plugin_decl, name), NULL, NULL,
     "the name of the file or folder"},
    {"version", FIELD_STRING, true, 0, AT(plugin_decl, version), NULL, NULL, "as \"1.0.0\""},
    {"api", FIELD_INTEGER, true, 0, AT(plugin_decl, api), NULL, NULL, "1"},
    {"title", FIELD_TEXT, false, 0, AT(plugin_decl, title), NULL, NULL, "shown in lists"},
    {"help", FIELD_TEXT, false, 0, AT(plugin_decl, help), NULL, NULL, "what it is for"},
};

static const struct field targets_fields[] = {
    {"title", FIELD_TEXT, false, 0, AT(targets_decl, title), NULL, NULL, "shown in lists"},
    {"source", FIELD_STRING, true, 0, AT(targets_decl, source), NULL, NULL,
     "who decided it: a letter, an order"},
    {"level", FIELD_CHOICE, true, 0, AT(targets_decl, level), LEVELS, NULL,
     "places of which level have the targets"},
    {"from", FIELD_DATE, true, 0, AT(targets_decl, from), NULL, NULL, "first day, YYYY-MM-DD"},
    {"to", FIELD_DATE, true, 0, AT(targets_decl, to), NULL, NULL, "last day"},
    {"decided_on", FIELD_DATE, false, 0, AT(targets_decl, decided_on), NULL, NULL,
     "day of the decision"},
    {"total", FIELD_CODES, false, 0, AT(targets_decl, total), NULL, NULL,
     "totals of places one level above, to be shared out"},
    {"by", FIELD_CHOICE, false, 0, AT(targets_decl, by), "sector|department", NULL,
     "when every figure is of a sector, or of a department: { [code] = { Agriculture = count } }"},
    {"parts", FIELD_PAIRS, false, 0, AT(targets_decl, parts), NULL, NULL,
     "with by: weights, { Agriculture = 60, Construction = 40 }, by which a total that is not "
     "divided is shared out over sectors or departments"},
    {"share_by", FIELD_NAME, false, 0, AT(targets_decl, share_by), NULL, NULL,
     "the fact of a place (workers, population) that the total is shared by"},
    {"fixed", FIELD_CODES, false, 0, AT(targets_decl, fixed), NULL, NULL,
     "agreed figures that stay as they are"},
    {"values", FIELD_CODES, false, 0, AT(targets_decl, values), NULL, NULL,
     "every place's figure, in the place of total"},
    {"phasing", FIELD_PHASING, false, 0, AT(targets_decl, phasing), NULL, NULL,
     "\"days\" (each day counts alike), \"working_days\" (Sundays and holidays do not count), or "
     "the "
     "percentage of each month, { 10, 30, 60 }, within which working days count alike"},
    {"holidays", FIELD_DATES, false, 0, AT(targets_decl, holidays), NULL, NULL,
     "days that do not count, beside those of the uploaded table holidays"},
    {"help", FIELD_TEXT, false, 0, AT(targets_decl, help), NULL, NULL, "explanation"},
};

static const struct field report_fields[] = {
    {"title", FIELD_TEXT, true, 0, AT(report_decl, title), NULL, NULL, "heading"},
    {"help", FIELD_TEXT, false, 0, AT(report_decl, help), NULL, NULL,
     "a sentence: what it answers and for whom"},
    {"params", FIELD_RECORDS, false, 0, AT(report_decl, params), NULL, &param_record,
     "what the caller chooses, in order"},
    {"query", FIELD_QUERY, false, 0, AT(report_decl, query), NULL, NULL,
     "the query whose rows are the report"},
    {"queries", FIELD_QUERIES, false, 0, AT(report_decl, queries), NULL, NULL,
     "several, for `run`"},
    {"columns", FIELD_RECORDS, false, 0, AT(report_decl, columns), NULL, &column_record,
     "which columns of the query are shown, in order; all when left out"},
    {"total", FIELD_BOOLEAN, false, 0, AT(report_decl, total), NULL, NULL,
     "true: a last row of totals"},
    {"chart", FIELD_JSON, false, 0, AT(report_decl, chart), NULL, NULL,
     "a Vega-Lite specification without its data"},
    {"summary", FIELD_FUNCTION, false, 0, AT(report_decl, summary), NULL, NULL,
     "function(rows, p): a sentence, or { en =, hi = }; rows.total is the row of totals"},
    {"run", FIELD_FUNCTION, false, 0, AT(report_decl, run), NULL, NULL,
     "function(p, query): rows made in Lua, and perhaps a row of totals; query(text, params) gives "
     "rows; needs `columns`"},
};

static const struct field alert_fields[] = {
    {"title", FIELD_TEXT, false, 0, AT(alert_decl, title), NULL, NULL, "shown in lists"},
    {"help", FIELD_TEXT, false, 0, AT(alert_decl, help), NULL, NULL, "what to do about it"},
    {"params", FIELD_RECORDS, false, 0, AT(alert_decl, params), NULL, &param_record,
     "thresholds, each with a default"},
    {"query", FIELD_QUERY, true, 0, AT(alert_decl, query), NULL, NULL, "one row per finding"},
    {"key", FIELD_STRINGS, true, 0, AT(alert_decl, key), NULL, NULL,
     "columns that tell one finding from another; never a measured value"},
    {"every", FIELD_STRING, false, 0, AT(alert_decl, every), NULL, NULL,
     "\"data\": whenever new data arrives; \"10 minutes\", \"1 hour\": also so often by the clock"},
    {"pending", FIELD_SPAN, false, 0, AT(alert_decl, pending), NULL, NULL,
     "how long a finding must last before it fires: \"2 days\" are days of data, \"30 minutes\" "
     "and "
     "\"6 hours\" are of the clock"},
    {"keep", FIELD_SPAN, false, 0, AT(alert_decl, keep), NULL, NULL,
     "how long it keeps firing after it is gone"},
    {"severity", FIELD_RECORDS, false, 0, AT(alert_decl, severity), NULL, &severity_record,
     "a ladder; the first condition that holds decides"},
    {"clear", FIELD_STRING, false, 0, AT(alert_decl, clear), NULL, NULL,
     "an expression over the row: a finding that is there stays until it holds, though no step of "
     "the ladder does"},
    {"share_max", FIELD_NUMBER, false, 0, AT(alert_decl, share_max), NULL, NULL,
     "per cent of the query's rows: a rule with more findings than that is held back and told as a "
     "problem of the rule; needs a ladder whose last step has a condition"},
    {"waits_for", FIELD_STRINGS, false, 0, AT(alert_decl, waits_for), NULL, NULL,
     "alerts of this plugin: while one of them has a finding, this one's stay as they are"},
    {"escalate", FIELD_RECORD, false, 0, AT(alert_decl, escalate), NULL, &escalate_record,
     "who else is told when nobody has acknowledged it"},
    {"remind", FIELD_SPAN, false, 0, AT(alert_decl, remind), NULL, NULL,
     "how often it is told again while it fires and nobody has acknowledged it; never when left "
     "out"},
    {"message", FIELD_TEXT, true, 0, AT(alert_decl, message), NULL, NULL,
     "\"{block}: {pct} of target\": columns in braces"},
    {"columns", FIELD_RECORDS, false, 0, AT(alert_decl, columns), NULL, &column_record,
     "how columns are shown in the message"},
    {"notify", FIELD_STRINGS, false, 0, AT(alert_decl, notify), NULL, NULL, "who is told"},
    {"no_data", FIELD_CHOICE, false, 0, AT(alert_decl, no_data), "keep|ok|alert", NULL,
     "when the query gives nothing at all: findings stay, are over, or stay and are told of"},
    {"error", FIELD_CHOICE, false, 0, AT(alert_decl, error), "keep|ok", NULL,
     "when the query fails: findings stay, or are over; the failure is told in either case"},
};

static const struct field check_fields[] = {
    {"title", FIELD_TEXT, false, 0, AT(alert_decl, title), NULL, NULL, "shown in lists"},
    {"help", FIELD_TEXT, false, 0, AT(alert_decl, help), NULL, NULL,
     "what it means, and what to do about it"},
    {"params", FIELD_RECORDS, false, 0, AT(alert_decl, params), NULL, &param_record,
     "thresholds, each with a default"},
    {"query", FIELD_QUERY, true, 0, AT(alert_decl, query), NULL, NULL,
     "its rows are violations; columns called source and batch say who sent them"},
    {"key", FIELD_STRINGS, false, 0, AT(alert_decl, key), NULL, NULL,
     "columns that tell one finding from another; when left out, all that are no numbers"},
    {"severity", FIELD_RECORDS, false, 0, AT(alert_decl, severity), NULL, &severity_record,
     "\"info\", \"warning\" (when nothing is said), \"error\", or a ladder as of an alert"},
    {"message", FIELD_TEXT, false, 0, AT(alert_decl, message), NULL, NULL,
     "\"{district}: {missing} are missing\": columns in braces; when left out, the title and the "
     "row"},
    {"columns", FIELD_RECORDS, false, 0, AT(alert_decl, columns), NULL, &column_record,
     "how columns are shown in the message"},
};

static const struct field fn_fields[] = {
    {"args", FIELD_STRINGS, true, 0, AT(fn_decl, args), NULL, NULL,
     "names of the arguments, with a type where it matters: { \"n\", \"workers:INT64\" }"},
    {"returns", FIELD_CHOICE, true, 0, AT(fn_decl, returns), "INT64|FLOAT64|STRING|BOOL|DATE|TABLE",
     NULL, "type of the result; TABLE with `query`"},
    {"expr", FIELD_STRING, false, 0, AT(fn_decl, expr), NULL, NULL,
     "an expression over the arguments: it costs nothing beside what it says"},
    {"lua", FIELD_FUNCTION, false, 0, AT(fn_decl, lua), NULL, NULL,
     "or a function of the arguments alone; called for rows none of whose arguments is NULL"},
    {"query", FIELD_QUERY, false, 0, AT(fn_decl, query), NULL, NULL,
     "or, of a table function, [[ FROM input |> ... ]]: its operators stand for |> CALL name(...); "
     "the arguments are @parameters in it"},
    {"help", FIELD_TEXT, false, 0, AT(fn_decl, help), NULL, NULL, "explanation"},
};

static const struct field schedule_fields[] = {
    {"title", FIELD_TEXT, false, 0, AT(schedule_decl, title), NULL, NULL, "shown in lists"},
    {"report", FIELD_NAME, true, 0, AT(schedule_decl, report), NULL, NULL, "which report"},
    {"each", FIELD_CHOICE, false, 0, AT(schedule_decl, each), LEVELS, NULL, "one for each place"},
    {"at", FIELD_STRING, true, 0, AT(schedule_decl, at), NULL, NULL, "\"18:00\""},
    {"deliver", FIELD_STRING, true, 0, AT(schedule_decl, deliver), NULL, NULL, "to whom"},
    {"format", FIELD_CHOICE, false, 0, AT(schedule_decl, format), "csv|json|xlsx", NULL, "as"},
    {"params", FIELD_PAIRS, false, 0, AT(schedule_decl, params), NULL, NULL, "of the report"},
};

static const struct field test_fields[] = {
    {"data", FIELD_GRIDS, false, 0, AT(test_decl, data), NULL, NULL,
     "tables of the test's own, each a list of rows with the columns first: registrations (date, "
     "state, district, block, panchayat, sector, count, centre, ...), stated (as_on, district, "
     "sector, total, source), batches (source, batch, received, accepted, rejected, repeated), "
     "rejects "
     "(source, batch, line, field, reason), reject_counts (source, batch, field, kind, n), "
     "findings, finding_history, alerts, alert_history (columns of these tables), "
     "places (level, code, parent, name, and facts), and tables of planners by any other name; "
     "without places, those that are loaded"},
    {"run", FIELD_NAME, true, 0, AT(test_decl, run), NULL, NULL, "a report, an alert or a check"},
    {"params", FIELD_PAIRS, false, 0, AT(test_decl, params), NULL, NULL, "its parameters"},
    {"expect", FIELD_EXPECT, false, 0, AT(test_decl, expect), NULL, NULL,
     "the rows that must come out, in order, each with the columns that matter; of an alert or a "
     "check also "
     "severity and message; total = { } for the row of totals"},
    {"by_day", FIELD_BY_DAY, false, 0, AT(test_decl, by_day), NULL, NULL,
     "of an alert, in its place: { [\"2021-11-18\"] = { { block = \"Gola\" } }, ... }, what fires "
     "on "
     "these days when the registrations come day by day and the alert is evaluated each evening; "
     "{} for nothing"},
};

const struct word words[] = {
    {"plugin", false, false, RECORD("plugin", plugin_decl, plugin_fields, "Says what this is.")},
    {"targets", true, false,
     RECORD("targets", targets_decl, targets_fields,
            "How many registrations places are to reach.")},
    {"upload", true, false,
     RECORD("upload", upload_decl, upload_fields,
            "A table that planners are expected to upload. Until they do, the queries of this "
            "plugin see it without rows, and reports that name it say so.")},
    {"report", true, false,
     RECORD("report", report_decl, report_fields, "A table of figures, reached by its address.")},
    {"alert", true, false,
     RECORD("alert", alert_decl, alert_fields, "A rule: each row of its query is a finding.")},
    {"check", true, false,
     RECORD("check", alert_decl, check_fields,
            "A rule that data must meet. It runs whenever data, places, tables or plugins changed; "
            "each row of its query is a finding, kept with its history.")},
    {"fn", true, false,
     RECORD("fn", fn_decl, fn_fields,
            "A function for the queries of all plugins and for those sent over HTTP.")},
    {"schedule", true, false,
     RECORD("schedule", schedule_decl, schedule_fields, "A report that is sent by itself.")},
    {"test", true, false,
     RECORD("test", test_decl, test_fields, "An example that must come true.")},
};
const size_t words_n = ARRAY_LEN(words);

const struct word *word_find(const char *name)
{
    for (size_t i = 0; i < words_n; i++) {
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    }
    return NULL;
}

/* ---- the reference page ---- */

static const char *kind_name(const struct field *f)
{
    static const char *const names[] = {
        [FIELD_STRING] = "string",
        [FIELD_NAME] = "name",
        [FIELD_SCALAR] = "value",
        [FIELD_TEXT] = "text or { en =, hi = }",
        [FIELD_QUERY] = "query",
        [FIELD_BOOLEAN] = "true or false",
        [FIELD_INTEGER] = "integer",
        [FIELD_NUMBER] = "number",
        [FIELD_DATE] = "date",
        [FIELD_SPAN] = "\"2 days\", \"6 hours\"",
        [FIELD_CHOICE] = "one of",
        [FIELD_STRINGS] = "list of strings",
        [FIELD_NUMBERS] = "list of numbers",
        [FIELD_DATES] = "list of dates",
        [FIELD_CODES] = "{ [code] = count } or { [code] = { part = count } }",
        [FIELD_QUERIES] = "{ name = query }",
        [FIELD_RECORDS] = "list of",
        [FIELD_JSON] = "table",
        [FIELD_FUNCTION] = "function",
        [FIELD_ANY] = "table",
        [FIELD_PHASING] = "string or list of numbers",
        [FIELD_RECORD] = "table",
        [FIELD_MAP] = "{ name = table }",
        [FIELD_GRIDS] = "{ name = list of rows }",
        [FIELD_PAIRS] = "{ name = value }",
        [FIELD_EXPECT] = "list of { column = value }",
        [FIELD_BY_DAY] = "{ [day] = list of { column = value } }",
    };
    return names[f->kind];
}

static void document_field(const struct field *f, struct buf *out)
{
    buf_printf(out, "| `%s`%s | %s", f->name, f->required ? " (required)" : "", kind_name(f));
    if (f->kind == FIELD_RECORDS) {
        const char *name = f->record->name;
        size_t n = strlen(name);
        bool y = n > 0 && name[n - 1] == 'y';
        buf_printf(out, " %.*s%s", (int)(n - y), name, y ? "ies" : "s");
    }
    for (const char *p = f->of; p && *p;) {
        const char *end = strchrnul(p, '|');
        buf_printf(out, " `%.*s`", (int)(end - p), p);
        p = *end ? end + 1 : end;
    }
    buf_printf(out, " | %s |\n", f->doc);
}

static void document_record(const struct record *r, struct buf *out)
{
    buf_printf(out, "%s\n\n| field | is | means |\n|---|---|---|\n", r->doc);
    for (size_t i = 0; i < r->fields; i++)
        document_field(&r->field[i], out);
    buf_char(out, '\n');
}

void words_document(struct buf *out)
{
    buf_cstr(out, "# What a plugin can declare\n\n");
    for (size_t i = 0; i < words_n; i++) {
        buf_printf(out, "## `%s%s { ... }`\n", words[i].name, words[i].named ? " \"name\"" : "");
        if (words[i].not_run)
            buf_cstr(out, "\nIs accepted and checked, but not run yet.\n");
        buf_char(out, '\n');
        document_record(&words[i].record, out);
    }
    buf_cstr(out, "## A parameter\n\n");
    document_record(&param_record, out);
    buf_cstr(out, "## A column\n\n");
    document_record(&column_record, out);
    buf_cstr(out, "## A column of an upload\n\n");
    document_record(&upload_column_record, out);
    buf_cstr(out, "## A step of `severity`\n\n");
    document_record(&severity_record, out);
    buf_cstr(out, "## `escalate`\n\n");
    document_record(&escalate_record, out);
}
