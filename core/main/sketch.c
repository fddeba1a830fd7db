/* SPDX-License-Identifier: MIT
 *
 * A plugin to begin with. */
#include "sketch.h"

#include <string.h>

static const char mark[] = "{name}";
static const char text[] =
    "-- {name}: what your office wants to see. Change it, then ask whether it is right:\n"
    "--\n"
    "--     panji plugin check {name}.lua\n"
    "--\n"
    "-- `panji plugin docs` lists everything that can be said here.\n"
    "\n"
    "plugin {\n"
    "  name = \"{name}\",\n"
    "  version = \"0.1.0\",\n"
    "  api = 1,\n"
    "  title = { en = \"{name}\", hi = \"{name}\" },\n"
    "}\n"
    "\n"
    "-- A report is a question with a name. `params` are what its reader chooses; the query uses "
    "them\n"
    "-- with an @. Read it from top to bottom: each |> works on what the line above gave.\n"
    "report \"by_block\" {\n"
    "  title = { en = \"Registrations by block\", hi = \"प्रखंडवार निबंधन\" },\n"
    "  params = {\n"
    "    { \"district\", type = \"place\", level = \"district\", required = true,\n"
    "      title = { en = \"District\", hi = \"ज़िला\" } },\n"
    "    { \"as_on\", type = \"date\", default = \"latest\", title = { en = \"As on\", hi = "
    "\"दिनांक तक\" } },\n"
    "  },\n"
    "  query = [[\n"
    "    FROM registrations\n"
    "    |> WHERE district = @district AND date <= @as_on\n"
    "    |> AGGREGATE COUNT(*) AS done, COUNTIF(date = @as_on) AS today GROUP BY block\n"
    "    |> CALL complete('block', under => @district)\n"
    "    |> ORDER BY done DESC, block\n"
    "  ]],\n"
    "  columns = {\n"
    "    { \"block\", title = { en = \"Block\", hi = \"प्रखंड\" },\n"
    "      null = { en = \"Not stated\", hi = \"नहीं बताया\" } },\n"
    "    { \"done\", type = \"integer\", title = { en = \"Registered\", hi = \"निबंधित\" } },\n"
    "    { \"today\", type = \"integer\", title = { en = \"On the day\", hi = \"उस दिन\" } },\n"
    "  },\n"
    "  total = true,\n"
    "}\n"
    "\n"
    "-- An example that must come true: it runs whenever the plugin is loaded, on data of its "
    "own.\n"
    "test \"each block is counted, and the silent one stands there with zero\" {\n"
    "  data = {\n"
    "    places = {\n"
    "      { \"level\", \"code\", \"parent\", \"name\", \"name_hi\" },\n"
    "      { \"state\", 20, nil, \"Jharkhand\", \"झारखंड\" },\n"
    "      { \"district\", 607, 20, \"Ramgarh\", \"रामगढ़\" },\n"
    "      { \"block\", 3168, 607, \"Gola\", \"गोला\" },\n"
    "      { \"block\", 3172, 607, \"Mandu\", \"मांडू\" },\n"
    "    },\n"
    "    registrations = {\n"
    "      { \"date\", \"block\", \"count\" },\n"
    "      { \"2021-11-17\", \"Gola\", 3 }, { \"2021-11-18\", \"Gola\", 4 },\n"
    "    },\n"
    "  },\n"
    "  run = \"by_block\",\n"
    "  params = { district = 607 },\n"
    "  expect = {\n"
    "    { block = \"Gola\", done = 7, today = 4 },\n"
    "    { block = \"Mandu\", done = 0 },\n"
    "    total = { done = 7 },\n"
    "  },\n"
    "}\n";

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return s.n > 0;
}

int sketch_plugin(struct str name, struct buf *out, struct err *err)
{
    const char *at = text, *next;
    if (!is_name(name))
        return err_set(err, ERR_VALUE,
                       "\"%.*s\" cannot be the name of a plugin: use letters, digits and _, a "
                       "letter first",
                       STR_ARG(name));
    for (; (next = strstr(at, mark)) != NULL; at = next + strlen(mark)) {
        buf_put(out, at, (size_t)(next - at));
        buf_str(out, name);
    }
    buf_cstr(out, at);
    return buf_check(out, err);
}
