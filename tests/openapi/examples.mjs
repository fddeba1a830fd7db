// SPDX-License-Identifier: MIT
//
// What the operations of /openapi.json are called with: values of parameters over the
// demonstration's data, and the calls that change something, in an order that works.

async function json(base, path) {
  return await (await fetch(new URL(path, base))).json();
}

// What is read must be there: a table of a planner, rows that were left out.
export async function prepare(base) {
  const body = "name,block\nMill,Dulmi\n";
  await fetch(new URL("/v1/tables/o_list", base), { method: "PUT", headers: csv, body });
}

const csv = { "Content-Type": "text/csv" };
const places = { state: "20", district: "607", block: "3168", panchayat: "3168" };
const days = "2021-11-20";

// Parts of paths, by the path up to them.
async function part(base, path, name) {
  if (path.startsWith("/v1/batches/")) return (await json(base, "/v1/batches")).data[0].batch;
  if (path.startsWith("/v1/targets/"))
    return (await json(base, "/v1/targets")).data[0][name === "plugin" ? "plugin" : "set"];
  if (path.startsWith("/v1/reports/")) return { plugin: "drive", report: "state_overview" }[name];
  if (path.startsWith("/v1/tables/")) return "o_list";
  if (path.startsWith("/v1/plugins/")) return "drive";
  throw new Error(`no example for {${name}} in ${path}`);
}

// One value for a parameter of this name and schema.
function value(p) {
  if (p["x-level"]) return places[p["x-level"]];
  if (p.name === "q") return "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block";
  const known = {
    under: "607", find: "Gola", place: "block:3168", level: "block", as_on: days, borders: days,
    timeout: "5s", source: "csc", limit: "2", days: "7", batch: "b", check: "parts_add_up",
    plugin: "drive", severity: "warning", opened_since: "1", id: "x", type: "alert",
  };
  if (p.name in known && p.schema.type !== "array") return known[p.name];
  if (p.schema.enum) return p.schema.enum[0];
  if (p.schema.default !== undefined) return String(p.schema.default);
  if (p.schema.format === "date") return days;
  if (/a day,/.test(p.description ?? "")) return days;
  return p.schema.type === "integer" || p.schema.type === "number" ? "2" : undefined;
}

// Every value that a parameter is tried with, as [field, value].
function* tried(p) {
  if (p["x-prefix"] === "p.") yield ["p.x", "1"];
  else if (p["x-prefix"] === "table.") yield ["table.mine", "a,b\n1,2\n"];
  else if (p.schema.enum && p.name !== "format") yield* p.schema.enum.map((one) => [p.name, one]);
  else if (p.name !== "format" && value(p) !== undefined) yield [p.name, value(p)];
}

// What a GET of this path needs, and what its other parameters are tried with.
export async function examples(base, path, params) {
  const sample = { path: {}, required: {}, optional: tried };
  for (const p of params.filter((one) => one.in === "path"))
    sample.path[p.name] = await part(base, path, p.name);
  for (const p of params.filter((one) => one.in === "query" && one.required))
    sample.required[p.name] = value(p);
  if (path === "/v1/reports/{plugin}/{report}") sample.required.state = "6";
  if (path.startsWith("/v1/batches/"))
    sample.optional = function* (p) {
      if (p.name !== "source") yield* tried(p);
    };
  return sample;
}

const row = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n";
const plugin = `plugin { name = "mine", version = "1.0.0", api = 1 }
report "by_block" {
  title = { en = "By block" },
  params = { { "district", type = "place", level = "district", required = true } },
  query = [[ FROM registrations |> WHERE district = @district
             |> AGGREGATE COUNT(*) AS done GROUP BY block |> ORDER BY done DESC ]],
}`;

// Yields each step that was tried; `check` gives the answer, checked.
export async function* steps(base, check) {
  async function* run(...list) {
    for (const step of list) {
      step.answer = await check(step);
      yield step;
    }
  }
  yield* run(
    { method: "post", path: "/v1/registrations", query: { batch_id: "o1", source: "test" },
      headers: csv, body: row, status: 201 },
    { method: "post", path: "/v1/registrations", query: { batch_id: "o1", source: "test" },
      headers: csv, body: row, status: 200 },
    { method: "post", path: "/v1/registrations", query: { source: "test" }, headers: csv,
      body: row.replace("Gola", "Gla"), status: 422 },
    { method: "post", path: "/v1/registrations",
      query: { source: "test", batch_id: "o2", on_error: "skip" }, headers: csv,
      body: row.replace("Gola", "Gla"), status: 201 },
    { method: "delete", path: "/v1/batches/{id}", address: "/v1/batches/o1",
      query: { reason: "tried" }, status: 200 },
    { method: "delete", path: "/v1/batches/{id}", address: "/v1/batches/none", status: 404 },
    { method: "post", path: "/v1/query", headers: { "Content-Type": "text/plain" },
      body: "FROM registrations |> AGGREGATE COUNT(*) AS n", status: 200 },
    { method: "post", path: "/v1/query",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "q=FROM+regstrations", status: 400 },
    { method: "delete", path: "/v1/queries/{id}", address: "/v1/queries/none", status: 404 },
    { method: "post", path: "/v1/places", headers: csv, status: 201,
      body: "level,code,parent,name\nstate,20,,Jharkhand\n" },
    { method: "post", path: "/v1/places", headers: csv, status: 201,
      body: "kind,level,old_code,new_code,effective_on,name\n" +
        "rename,block,3168,,2020-01-01,Gola Block\n" },
    { method: "post", path: "/v1/stated", headers: csv, status: 201,
      body: "as_on,level,place,sector,total,source\n2021-11-19,district,607,,40000,o\n" },
    { method: "put", path: "/v1/tables/{name}", address: "/v1/tables/o_mills", headers: csv,
      body: "name,block\nMill,Dulmi\n", status: 201 },
    { method: "put", path: "/v1/tables/{name}", address: "/v1/tables/o_mills", headers: csv,
      body: "name,block\nMill,Mandu\n", status: 200 },
    { method: "delete", path: "/v1/tables/{name}", address: "/v1/tables/o_mills", status: 200 },
    { method: "post", path: "/v1/plugins/check", body: plugin, status: 200,
      query: { report: "by_block", district: "607" } },
    { method: "post", path: "/v1/plugins/check", body: plugin.replace("block |>", "blok |>"),
      status: 200 },
    { method: "put", path: "/v1/plugins/{name}", address: "/v1/plugins/mine", body: plugin,
      status: 201 },
    { method: "put", path: "/v1/plugins/{name}", address: "/v1/plugins/mine",
      body: plugin.replace("done DESC", "done"), status: 200 },
    { method: "post", path: "/v1/plugins/check", status: 200,
      body: plugin.replace("AS done", "+ IF(block = 'Dulmi', 1, 0) AS done"),
      query: { report: "by_block", district: "607" } },
    { method: "post", path: "/v1/plugins/reload", status: 200 },
    { method: "post", path: "/v1/verify", status: 200 },
    { method: "post", path: "/v1/backup", status: 200 },
  );
  yield* alertSteps(base, run);
  yield* accessSteps(base, run); // the first token ends that all are let in
}

async function* accessSteps(base, run) {
  const fields = { "Content-Type": "application/json" };
  const made = { method: "post", path: "/v1/tokens", headers: fields, status: 201,
    body: JSON.stringify({ role: "admin", name: "Collector" }) };
  yield* run(made);
  const admin = { ...fields, Authorization: `Bearer ${made.answer.token}` };
  const other = { method: "post", path: "/v1/tokens", headers: admin, status: 201,
    body: JSON.stringify({ role: "viewer", name: "BDO", places: "block:3168", expires: "2 days" }) };
  yield* run({ method: "post", path: "/v1/tokens", headers: fields, body: made.body, status: 401 },
    other,
    { method: "get", path: "/v1/tokens", headers: admin, status: 200 });
  yield* run(
    { method: "post", path: "/v1/tokens", status: 403, body: made.body, headers: { ...fields,
      Authorization: `Bearer ${other.answer.token}` } },
    { method: "delete", path: "/v1/tokens/{id}", address: `/v1/tokens/${other.answer.id}`,
      headers: admin, status: 200 },
    { method: "post", path: "/v1/session", headers: fields, status: 200,
      body: JSON.stringify({ token: made.answer.token }) },
    { method: "delete", path: "/v1/session", headers: admin, status: 200 },
  );
}

async function* alertSteps(base, run) {
  const id = (await json(base, "/v1/alerts")).data.find((a) => a.state === "firing").id;
  const fields = { "Content-Type": "application/json" };
  const said = JSON.stringify({ by: "DDC", reason: "known", until: "2 days" });
  const acknowledge = {
    path: "/v1/alerts/{id}/acknowledge", address: `/v1/alerts/${id}/acknowledge`, headers: fields,
  };
  yield* run(
    { ...acknowledge, method: "post", body: said, status: 200 },
    { ...acknowledge, method: "delete", body: JSON.stringify({ by: "DDC" }), status: 200 },
    { method: "post", path: "/v1/alerts/{id}/comments", address: `/v1/alerts/${id}/comments`,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "by=DDC&text=seen", status: 200 },
    { method: "post", path: "/v1/outbox/{id}/retry", address: "/v1/outbox/none/retry",
      status: 404 },
  );
  const silence = { method: "post", path: "/v1/silences", headers: fields, status: 201,
    body: JSON.stringify({ rule: "drive/lagging_block", until: "2 days", by: "DDC", reason: "r" }) };
  yield* run(silence);
  yield* run({ method: "delete", path: "/v1/silences/{id}", headers: fields, status: 200,
    address: `/v1/silences/${silence.answer.id}`, body: JSON.stringify({ by: "DDC" }) });
}
