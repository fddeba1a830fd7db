#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Tests of the dashboard in Chromium: plugins/dashboard/test/run.mjs PANJI [PATTERN]
//
// Runs the tests of every test_*.mjs beside this file, or those whose file or sentence holds PATTERN,
// two at a time; then *.test.mjs, which are for node's own runner. One line a test; closes with
// `N passed, N failed`.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Failure, World } from "./harness.mjs";

const AT_ONCE = 2;
const [panji, pattern = ""] = process.argv.slice(2);
if (!panji) {
  console.error("usage: plugins/dashboard/test/run.mjs PANJI [PATTERN]");
  process.exit(2);
}

const wanted = [];
const files = (await readdir(new URL(".", import.meta.url))).sort();
for (const file of files) {
  if (!/^test_\w+\.mjs$/.test(file)) continue;
  const { default: tests } = await import(`./${file}`);
  for (const [sentence, test] of Object.entries(tests)) {
    const name = `${file.slice(5, -4)}: ${sentence}`;
    if (name.includes(pattern)) wanted.push([name, test]);
  }
}

const world = new World(panji);
let passed = 0;
let failed = 0;

async function one([name, test]) {
  const start = Date.now();
  let wrong = null;
  try {
    await test(world);
  } catch (e) {
    wrong = e instanceof Failure ? e.message : (e.stack ?? String(e));
  }
  const seconds = (Date.now() - start) / 1000;
  console.log(`${wrong ? "FAIL" : "ok  "} ${name}${seconds >= 1 ? `  (${seconds.toFixed(1)} s)` : ""}`);
  if (wrong) console.log(`     ${wrong.replaceAll("\n", "\n     ")}`);
  if (wrong) failed++;
  else passed++;
}

/** The tests of a file that node runs by itself; how they ended is in its last lines. */
async function nodeTests(file) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const args = ["--test", "--test-reporter=tap", path];
  if (pattern) args.splice(1, 0, `--test-name-pattern=${pattern}`);
  const child = spawn(process.execPath, args,
    { stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, PANJI: world.panji, DEMO: await world.demoData() } });
  let text = "";
  child.stdout.on("data", (piece) => { text += piece; });
  await new Promise((done) => child.once("close", done));
  const number = (what) => Number(new RegExp(`^# ${what} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  for (const [, , sentence] of text.matchAll(/^( *)ok \d+ - (.*)$/gm))
    if (!/\.mjs$/.test(sentence)) console.log(`ok   ${file.replace(".test.mjs", "")}: ${sentence}`);
  passed += number("pass");
  failed += number("fail") + number("cancelled");
  if (number("fail") + number("cancelled") > 0 || number("tests") === 0)
    console.log(`FAIL ${file}\n${text}`);
}

try {
  await world.open();
  const queue = [...wanted];
  const worker = async () => {
    for (let next; (next = queue.shift());) await one(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const file of files.filter((f) => f.endsWith(".test.mjs"))) await nodeTests(file);
} catch (e) {
  failed++;
  console.log(`FAIL ${e.stack}`);
} finally {
  try {
    await world.close();
  } catch (e) {
    failed++;
    console.log(`FAIL the end: ${e.message}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
