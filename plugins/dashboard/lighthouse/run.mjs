// SPDX-License-Identifier: MIT
// Lighthouse over the pages of a place, as a phone on a slow network sees them:
// node run.mjs PANJI. Ends with 1 when a category is below 95.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { World } from "../test/harness.mjs";

const LEAST = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const PAGES = { overview: "/?place=district:607&lang=en", "overview in Hindi": "/?place=district:607&lang=hi",
  review: "/?page=review&place=district:607&lang=en", reports: "/?page=reports&lang=en" };
const program = fileURLToPath(new URL("node_modules/lighthouse/cli/index.js", import.meta.url));

function audit(url, out) {
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"].join(" ");
  const args = [program, url, "--quiet", "--output=json", `--output-path=${out}`,
    `--only-categories=${CATEGORIES.join(",")}`, `--chrome-flags=${flags}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" } });
  return new Promise((done) => child.once("exit", done));
}

const dir = await mkdtemp(join(tmpdir(), "panji-lighthouse-"));
const world = new World(process.argv[2]);
let low = 0;
await world.open();
try {
  const server = await world.demo();
  for (const [name, address] of Object.entries(PAGES)) {
    const out = join(dir, "report.json");
    await audit(server.url + address, out);
    const report = JSON.parse(await readFile(out, "utf8"));
    const score = (c) => Math.round(100 * report.categories[c].score);
    const seen = (audit) => report.audits[audit].displayValue;
    console.log(`${name}: ${CATEGORIES.map((c) => `${c} ${score(c)}`).join(", ")}; first paint ` +
      `${seen("first-contentful-paint")}, interactive ${seen("interactive")}, ` +
      `blocked ${seen("total-blocking-time")}, shift ${seen("cumulative-layout-shift")}, ` +
      seen("total-byte-weight"));
    for (const c of CATEGORIES)
      for (const { id } of report.categories[c].auditRefs) {
        const a = report.audits[id];
        if (a.score !== null && a.score < 0.9 && score(c) < 100) console.log(`  ${c}: ${id} ${a.displayValue ?? ""}`);
      }
    low += CATEGORIES.filter((c) => score(c) < LEAST).length;
  }
} finally {
  await world.close();
  await rm(dir, { recursive: true, force: true });
}
process.exit(low > 0 ? 1 : 0);
