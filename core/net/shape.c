/* SPDX-License-Identifier: MIT
 *
 * Shapes, and their schemas. */
#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

const struct shape shapes[] = {
    {"Problem", "Why it was refused (RFC 9457)",
     "type:text title:text status:integer detail:text code:text line?:integer column?:integer "
     "hint?:text excerpt?:text violations?:[Violation] errors?:[any] errors_total?:integer "
     "errors_text?:text unknown_words?:[UnknownWord] unknown_words_total?:integer"},
    {"Violation", "What is wrong with a parameter of a report", "parameter:text reason:text"},
    {"UnknownWord", "A word of a file that nobody knows",
     "column:text kind:text within:text word:text rows:integer line:integer near:[text]"},
    {"Column", "A column of a table", "name:text type:text title?:text"},
    {"Table", "A table: its columns, its rows, and the state of the data that they are of",
     "meta:[Column] data:[Row] rows:integer snapshot:integer as_on?:date truncated:boolean "
     "suppressed?:Suppressed total_row?:boolean summary?:text warnings?:[text]"},
    {"Suppressed", "Cells that are null because they may not be told",
     "below:integer cells:[Cells]"},
    {"Cells", "Cells of a row, from 0", "row:integer columns:[text]"},
    {"Row", "A row of a table whose columns the query or the report chooses", "*:any"},
    {"Import", "A batch that was stored, or was there before",
     "batch:text source:text accepted:integer rejected:integer registrations:integer "
     "repeated:integer replaced:integer duplicate:boolean retracted?:boolean snapshot:integer "
     "warnings:[text] unknown_words?:[UnknownWord] unknown_words_total?:integer findings?:text"},
    {"Batch", "A batch of the ledger",
     "batch:text source:text accepted?:integer|null rejected?:integer|null registrations:integer "
     "as_on?:date|null correction:boolean received:moment snapshot:integer retracted:moment|null "
     "reason:text|null repeated?:integer|null replaced?:integer|null"},
    {"Retraction", "A batch that was retracted",
     "batch:text source:text accepted:integer registrations:integer retracted:moment "
     "reason:text|null duplicate:boolean snapshot:integer warnings?:[text]"},
    {"Reports", "The reports of all plugins", "reports:[Report]"},
    {"Report", "A report and how it is asked for",
     "plugin:text name:text title:text help?:text href:text params:[Param] "
     "columns:[ReportColumn] chart?:object"},
    {"ReportColumn", "How a column of a report is shown",
     "name:text type?:text help?:text bands?:[number]"},
    {"Param", "A parameter of a report",
     "name:text type:(string,integer,number,boolean,percent,date,month,fiscal_year,choice,place,"
     "sector,list) level?:text required:boolean default?:text choices?:[text] "
     "min?:number max?:number title?:text help?:text"},
    {"Alert", "A finding of a rule",
     "id:text plugin:text rule:text state:(pending,firing,resolved) severity:text key:text "
     "since:date|null message:text|null message_hi:text|null snapshot:integer fired_on:date|null "
     "resolved_on:date|null place:text|null acknowledged_by:text|null reason:text|null "
     "until:moment|null silenced:boolean escalated:moment|null told:moment|null"},
    {"AlertEvent", "What happened to an alert",
     "seq:integer at:moment day:date|null id:text plugin:text rule:text key:text event:text "
     "severity:text|null who:text|null note:text|null message:text|null message_hi:text|null "
     "since:date|null open_days:number|null"},
    {"Session", "Who one is here",
     "anonymous:boolean name:text role:text|null places:[text] "
     "sources:[text] expires:moment|null may:[text]"},
    {"Token", "A token, without its secret",
     "id:text name:text role:(public,viewer,planner,ingest,admin) places:text|null "
     "sources:text|null state:(live,expired,revoked) created:moment by:text expires:moment|null "
     "used:moment|null sessions:integer"},
    {"NewToken", "A token that was made; its text is shown this once",
     "id:text token:text name:text role:text places:text sources:text expires:moment|null"},
    {"Done", "What was done", "id:text done:text"},
    {"Queries", "What waits for a worker or has one", "queries:[RunningQuery]"},
    {"RunningQuery", "A query or a report that is being answered",
     "id:text method:text route:text running:boolean ms:integer"},
    {"Cancelled", "How many queries of this id were ended", "id:text cancelled:integer"},
    {"SilenceId", "The silence that was made", "id:integer"},
    {"Rules", "The alerts and checks of all plugins", "rules:[Rule]"},
    {"Rule", "An alert or a check, as it is declared",
     "plugin:text name:text kind:(alert,check) title?:text help?:text message?:text key:[text] "
     "severity:[RuleLevel] clear?:text unit:(ms,days) pending:integer keep:integer "
     "waits_for:[text] notify:[text] params:[RuleParam] query:text"},
    {"RuleLevel", "A rung of the ladder of severity", "name:text when?:text"},
    {"RuleParam", "A threshold", "name:text default?:text title?:text help?:text"},
    {"Silences", "Silences", "silences:[Silence]"},
    {"Silence", "A silence of a rule, a place, or both",
     "id:integer plugin:text|null rule:text|null level:text|null place:integer|null created:moment "
     "until:moment|null by:text|null reason:text|null ended:moment|null ended_by:text|null"},
    {"Message", "A message to somebody",
     "id:text notifier:text recipient:text|null subject:text|null state:(waiting,sent,dead) "
     "attempts:integer created:moment due:moment|null error:text|null"},
    {"PrometheusAlerts", "As Prometheus answers /api/v1/alerts",
     "status:(success) data:PrometheusAlertList"},
    {"PrometheusAlertList", "Alerts", "alerts:[PrometheusAlert]"},
    {"PrometheusAlert", "An alert with its labels",
     "labels:{text} annotations:{text} state:(pending,firing) activeAt:moment value:text"},
    {"PrometheusRules", "As Prometheus answers /api/v1/rules",
     "status:(success) data:PrometheusGroups"},
    {"PrometheusGroups", "The rules by plugin", "groups:[PrometheusGroup]"},
    {"PrometheusGroup", "The rules of a plugin",
     "name:text file:text interval:number rules:[PrometheusRule]"},
    {"PrometheusRule", "A rule and what it found",
     "state:(inactive,pending,firing) name:text query:text duration:number keepFiringFor:number "
     "labels:{text} annotations:{text} alerts:[PrometheusAlert] health:(unknown,err,ok) "
     "lastEvaluation:moment evaluationTime:number type:(alerting)"},
    {"Finding", "What a check found",
     "id:text plugin:text check:text status:(open,closed) severity:text place:text|null "
     "district:text|null block:text|null key:text since:date|null last_seen:date|null "
     "resolved_on:date|null message:text|null message_hi:text|null figures:text|null "
     "source:text|null batch:text|null snapshot:integer times:integer"},
    {"TargetSet", "A set of targets",
     "plugin:text set:text title:text|null level:text from:date|null to:date|null places:integer "
     "target:integer source:text|null decided_on:date|null note:text|null "
     "by:text|null phasing:text|null"},
    {"Target", "A place's target, and how it came about",
     "place_code:integer place:text target:integer basis:text|null weight:number|null "
     "from:date|null to:date|null expected:number|null source:text|null "
     "sector:text|null department:text|null"},
    {"Place", "A place",
     "level:text code:integer name:text name_hi:text|null block:text|null district:text|null "
     "district_code:integer|null state:text|null state_code:integer|null valid_from:date|null "
     "valid_to:date|null successors:text|null"},
    {"PlacesImport", "What a file of places changed",
     "kind:text lines:integer added:integer updated?:integer unchanged?:integer moved?:integer "
     "renamed?:integer shared?:integer missing?:integer left_out?:integer applied?:integer "
     "snapshot?:integer"},
    {"StatedImport", "What a file of figures added",
     "lines:integer added:integer snapshot:integer"},
    {"UploadedTable", "A table of a planner, or one that a plugin expects",
     "name:text rows:integer|null columns:text bytes:integer|null sha256:text|null "
     "received:moment|null expected_by:text|null"},
    {"Upload", "A table that was stored",
     "table:text rows:integer columns:[Column] replaced:boolean sha256:text snapshot:integer "
     "warnings:[text]"},
    {"Dropped", "A table that was dropped", "table:text dropped:boolean snapshot:integer"},
    {"Plugins", "The plugins", "generation:integer plugins:[Plugin]"},
    {"Plugin", "A plugin and what it declares",
     "name:text version:text title:text path:text status:(ok,stale,broken) sha256?:text "
     "reports:[text] alerts:[text] checks:[text] functions:[text] table_functions:[text] "
     "targets:[text] notes_text?:text error?:Mistake errors_text?:text"},
    {"PluginFiles", "A plugin with the text of its files",
     "name:text version:text title:text path:text status:(ok,stale,broken) sha256?:text "
     "reports:[text] alerts:[text] checks:[text] functions:[text] table_functions:[text] "
     "targets:[text] notes_text?:text error?:Mistake errors_text?:text files:[PluginFile]"},
    {"PluginFile", "A file of a plugin", "file:text text:text"},
    {"Mistake", "A mistake, and where",
     "file?:text line?:integer column?:integer code?:text detail?:text excerpt?:text hint?:text"},
    {"PluginCheck", "A version of a plugin that was tried or stored",
     "plugin:text version:text good:boolean sha256:text reports:[text] tests:integer notes:text "
     "errors:[Mistake] errors_text:text replaced?:boolean report?:ReportCheck"},
    {"ReportCheck", "What a report of the version gives",
     "name:text rows:[Row] total_row:boolean truncated:boolean summary:text "
     "difference:Difference|null no_difference?:text"},
    {"Difference", "Rows that come, go or change",
     "key:[text] columns_added:[text] columns_removed:[text] added:[Row] removed:[Row] "
     "changed:[Change] total:Change|null rows_added:integer rows_removed:integer "
     "rows_changed:integer rows_same:integer"},
    {"Change", "A row as it was and as it would be", "key?:Row was:Row now:Row"},
    {"Schema", "The columns of registrations and of uploaded tables",
     "table:text columns:[SchemaColumn] tables:[SchemaTable]"},
    {"SchemaColumn", "A column of registrations",
     "name:text type:text title:text values?:[text] min?:integer max?:integer"},
    {"SchemaTable", "An uploaded table", "table:text columns:[Column]"},
    {"Words", "What an editor of queries completes",
     "keywords:[text] operators:[text] functions:[text] table_functions:[text] parts:[text] "
     "tables:[WordTable]"},
    {"WordTable", "A table that a query can name", "name:text columns:[Column]"},
    {"Verification", "What looking at all that is stored found",
     "sound:boolean faults:integer pages:integer parts:integer batches:integer "
     "registrations:integer snapshot:integer report:text"},
    {"Health", "The process lives",
     "status:(ok) instance:text store:text warnings?:[text] damage?:Damage"},
    {"Readiness", "The server takes requests",
     "status:(ready) store:text warnings?:[text] damage?:Damage"},
    {"Damage", "What is stored and cannot be read",
     "parts:integer batches:integer registrations_missing:integer hint:text"},
    {"OpenApi", "An OpenAPI 3.1 document", "*:any"},
};
const size_t shapes_count = ARRAY_LEN(shapes);

/* Up to a mark, *rest behind it. */
static struct str until(struct str *rest, char mark)
{
    const char *end = rest->n > 0 ? memchr(rest->p, mark, rest->n) : NULL;
    struct str first = {rest->p, end != NULL ? (size_t)(end - rest->p) : rest->n};
    size_t used = first.n + (end != NULL);
    *rest = (struct str){rest->p + used, rest->n - used};
    return first;
}

static struct str inside(struct str s)
{
    ASSERT(s.n > 2);
    return (struct str){s.p + 1, s.n - 2};
}

static bool is_shape(struct str name)
{
    for (size_t i = 0; i < shapes_count; i++)
        if (str_eq(name, str_of(shapes[i].name)))
            return true;
    return false;
}

/* ---- types ---- */

static const struct {
    const char *name, *type, *format;
} plain_types[] = {
    {"text", "string", NULL},          {"integer", "integer", "int64"}, {"number", "number", NULL},
    {"boolean", "boolean", NULL},      {"object", "object", NULL},      {"date", "string", "date"},
    {"moment", "string", "date-time"},
};

static void put_plain(struct json *j, const char *type, const char *format, bool null)
{
    json_key(j, "type");
    if (null) {
        json_array(j);
        json_cstr(j, type);
        json_cstr(j, "null");
        json_array_end(j);
    } else {
        json_cstr(j, type);
    }
    if (format != NULL)
        json_put_cstr(j, "format", format);
}

static void put_choices(struct json *j, struct str list)
{
    json_put_cstr(j, "type", "string");
    json_key(j, "enum");
    json_array(j);
    while (list.n > 0)
        json_str(j, until(&list, ','));
    json_array_end(j);
}

static void put_reference(struct json *j, struct str name)
{
    char text[96];
    ASSERT(is_shape(name));
    snprintf(text, sizeof text, "#/components/schemas/%.*s", STR_ARG(name));
    json_put_cstr(j, "$ref", text);
}

static void put_nullable_reference(struct json *j, struct str name)
{
    json_key(j, "anyOf");
    json_array(j);
    json_object(j);
    put_reference(j, name);
    json_object_end(j);
    json_object(j);
    json_put_cstr(j, "type", "null");
    json_object_end(j);
    json_array_end(j);
}

void shape_put_type(struct json *j, struct str type)
{
    bool null = str_ends(type, STR("|null"));
    if (null)
        type.n -= STR("|null").n;
    if (str_eq(type, STR("any")))
        return;
    for (size_t i = 0; i < ARRAY_LEN(plain_types); i++)
        if (str_eq(type, str_of(plain_types[i].name))) {
            put_plain(j, plain_types[i].type, plain_types[i].format, null);
            return;
        }
    if (type.p[0] == '[' || type.p[0] == '{') {
        put_plain(j, type.p[0] == '[' ? "array" : "object", NULL, null);
        json_key(j, type.p[0] == '[' ? "items" : "additionalProperties");
        shape_type_schema(inside(type), j);
    } else if (type.p[0] == '(') {
        ASSERT(!null);
        put_choices(j, inside(type));
    } else if (null) {
        put_nullable_reference(j, type);
    } else {
        put_reference(j, type);
    }
}

void shape_type_schema(struct str type, struct json *j)
{
    json_object(j);
    shape_put_type(j, type);
    json_object_end(j);
}

/* ---- objects ---- */

static void put_properties(struct json *j, struct str members)
{
    json_key(j, "properties");
    json_object(j);
    while (members.n > 0) {
        struct str type = until(&members, ' ');
        struct str name = until(&type, ':');
        if (str_ends(name, STR("?")))
            name.n--;
        json_key_str(j, name);
        shape_type_schema(type, j);
    }
    json_object_end(j);
}

static void put_required(struct json *j, struct str members)
{
    json_key(j, "required");
    json_array(j);
    while (members.n > 0) {
        struct str one = until(&members, ' ');
        struct str name = until(&one, ':');
        if (!str_ends(name, STR("?")))
            json_str(j, name);
    }
    json_array_end(j);
}

void shape_schema(const struct shape *s, struct json *j)
{
    struct str members = str_of(s->members);
    json_object(j);
    json_put_cstr(j, "type", "object");
    json_put_cstr(j, "description", s->doc);
    if (str_starts(members, STR("*:"))) {
        json_key(j, "additionalProperties");
        shape_type_schema((struct str){members.p + 2, members.n - 2}, j);
    } else {
        put_properties(j, members);
        put_required(j, members);
    }
    json_object_end(j);
}
