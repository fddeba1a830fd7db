// SPDX-License-Identifier: MIT
//
// node check.mjs URL: whether /openapi.json of a server with the demonstration's data is a good
// document, and whether the server answers as it says. Every GET is called with each parameter that
// it documents, in each format; what changes something is called once. Answers are checked against
// schemas that are closed for it, so that a member which nobody described is a failure.
// The server's data is changed. Closes with `N passed, N failed`.
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { examples, prepare, steps } from "./examples.mjs";

const base = process.argv[2];
let passed = 0;
let failed = 0;

function tell(good, what, why = "") {
  if (good) {
    passed++;
  } else {
    failed++;
    console.log(`FAIL ${what}: ${why}`);
  }
}

// ---- the document

const document = await (await fetch(`${base}/openapi.json`)).json();

async function checkDocument() {
  const result = await new Validator().validate(structuredClone(document));
  tell(result.valid, "OpenAPI 3.1", JSON.stringify(result.errors)?.slice(0, 2000));
  const ids = operations().map((o) => o.operation.operationId);
  tell(new Set(ids).size === ids.length && ids.every(Boolean), "operationId", "not unique");
  const open = ["{", "}", "<", " "].filter((c) => ids.some((id) => id.includes(c)));
  tell(open.length === 0, "operationId", `has ${open}`);
}

function resolve(node) {
  if (!node?.$ref) return node;
  return node.$ref.slice(2).split("/").reduce((at, key) => at[key], document);
}

function operations() {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
}

// ---- schemas

// Objects that say what they must have are closed. The rows of a table are said beside the table
// (allOf), and that half requires nothing.
function close(node) {
  if (Array.isArray(node)) return node.map(close);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([k, v]) => [k, close(v)]));
  if (copy.properties && copy.required && !("additionalProperties" in copy))
    copy.additionalProperties = false;
  return copy;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "api", components: { schemas: close(document.components.schemas) } });

function absolute(node) {
  return JSON.parse(JSON.stringify(node).replaceAll('"#/components', '"api#/components'));
}

const compiled = new Map();

function fits(schema, value) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) compiled.set(key, ajv.compile(absolute(close(schema))));
  const check = compiled.get(key);
  if (check(value)) return "";
  const told = check.errors.map((e) =>
    `${e.instancePath} ${e.message} ${Object.values(e.params).join(" ")}`);
  return told.slice(0, 4).join("; ");
}

// ---- calls

async function call(method, path, query, init = {}) {
  const address = new URL(path, base);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return await fetch(address, { method: method.toUpperCase(), ...init });
}

// The answer is one that the operation has, of a type and a shape that it names.
async function checkAnswer(what, operation, response) {
  const answer = resolve(operation.responses[response.status] ?? operation.responses.default);
  const type = (response.headers.get("content-type") ?? "").split(";")[0];
  const content = answer.content?.[type];
  const body = await response.text();
  if (!content) {
    tell(false, what, `${response.status} ${type} is not described: ${body.slice(0, 300)}`);
    return undefined;
  }
  if (!/\/(problem\+)?json$/.test(type)) {
    tell(true, what);
    return body;
  }
  const value = JSON.parse(body);
  const wrong = fits(content.schema, value);
  tell(wrong === "", what, wrong);
  return value;
}

async function checkGood(what, operation, response) {
  const problem = response.status >= 300 ? (await response.clone().text()).slice(0, 300) : "";
  tell(response.status < 300, `${what} is answered`, `${response.status} ${problem}`);
  return await checkAnswer(what, operation, response);
}

// ---- reading

// A stream that does not end, and the files of the dashboard, have tests of their own.
const elsewhere = new Set(["/v1/events", "/dashboard/{file}"]);

const formats = { csv: 1, ndjson: 1, xlsx: 1, html: 1, table: 1, json: 1 };

async function checkGet({ path, operation }) {
  const params = operation.parameters.map(resolve);
  const sample = await examples(base, path, params);
  const address = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(sample.path[name]));
  const name = `GET ${path}`;
  await checkGood(name, operation, await call("get", address, sample.required));
  for (const p of params.filter((one) => one.in === "query" && !(one.name in sample.required))) {
    for (const [field, value] of sample.optional(p)) {
      const response = await call("get", address, { ...sample.required, [field]: value });
      await checkGood(`${name} with ${field}=${value}`, operation, response);
    }
  }
  if (params.some((p) => p.name === "format"))
    for (const format of Object.keys(formats))
      await checkGood(`${name} as ${format}`, operation,
        await call("get", address, { ...sample.required, format }));
  const problem = await call("get", address, { ...sample.required, nobody_knows_this: "1" });
  if (problem.status >= 400) await checkAnswer(`${name}, refused`, operation, problem);
  else tell(/^\/(healthz|readyz|metrics)?$/.test(path), `${name} refuses what it does not know`, "200");
  if (params.some((p) => p.name === "If-None-Match")) await checkTag(name, operation, address, sample);
}

// Alerts and checks may still be judging what came, which changes tags: then it is asked again.
async function checkTag(name, operation, address, sample) {
  let tag = "";
  let status = 0;
  for (let k = 0; k < 300 && status !== 304; k++) {
    if (k > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const first = await call("get", address, sample.required);
    tag = first.headers.get("etag") ?? "";
    await first.text();
    const headers = { "If-None-Match": tag };
    status = (await call("get", address, sample.required, { headers })).status;
    if (tag === "") break;
  }
  tell(status === 304 && operation.responses["304"] !== undefined, `${name} has a tag`,
    `${status} for ${tag}`);
}

// ---- what changes something

async function checkStep(step) {
  const operation = document.paths[step.path]?.[step.method];
  const name = `${step.method.toUpperCase()} ${step.path}`;
  if (!operation) return tell(false, name, "is not described");
  const address = step.address ?? step.path;
  const response = await call(step.method, address, step.query ?? {},
    { headers: step.headers, body: step.body });
  tell(response.status === step.status, `${name} gives ${step.status}`, `${response.status}`);
  return await checkAnswer(name, operation, response);
}

await checkDocument();
await prepare(base);
for (const one of operations())
  if (one.method === "get" && !elsewhere.has(one.path)) await checkGet(one);
const done = new Set();
for await (const step of steps(base, checkStep)) done.add(`${step.method} ${step.path}`);
for (const { path, method } of operations())
  if (method !== "get")
    tell(done.has(`${method} ${path}`), `${method} ${path}`, "no step of examples.mjs tries it");
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
