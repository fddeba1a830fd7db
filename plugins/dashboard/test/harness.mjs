// SPDX-License-Identifier: MIT
// What the tests of the dashboard stand on: servers over the demonstration's data, pages in Chromium
// that report every error of theirs, and what all pages must keep.
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const require = createRequire(import.meta.url);
const run = promisify(execFile);

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--no-sandbox"];
const SANITIZERS = ["AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:"];

export class Failure extends Error {}

export function eq(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want))
    throw new Failure(`${what}: expected ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
}

export function yes(truth, what) {
  if (!truth) throw new Failure(what);
}

export function has(text, ...parts) {
  for (const p of parts)
    if (!text.includes(p)) throw new Failure(`"${p}" is not in: ${text.slice(0, 600)}`);
}

/** A Panji of its own over a data directory. */
export class Server {
  constructor(world, data, args = []) {
    Object.assign(this, { world, data, args, log: "" });
  }

  async start() {
    const plugins = this.args.includes("--plugins") ? [] : ["--plugins", join(ROOT, "plugins")];
    this.process = spawn(this.world.panji, ["serve", "--data", this.data, ...plugins, "--listen",
      "127.0.0.1:0", ...this.args],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C.UTF-8" } });
    this.gone = new Promise((done) => this.process.once("exit", done));
    this.url = await new Promise((found, fail) => {
      const look = (piece) => {
        this.log += piece;
        const m = /listening on (http:\/\/[\d.:]+)/.exec(this.log);
        if (m) found(m[1]);
      };
      this.process.stdout.on("data", look);
      this.process.stderr.on("data", look);
      void this.gone.then((code) => fail(new Failure(`the server ended with ${code}:\n${this.log}`)));
    });
    await until(async () => (await fetch(`${this.url}/readyz`)).ok, "the server to be ready");
    return this;
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.gone;
    for (const mark of SANITIZERS)
      if (this.log.includes(mark)) throw new Failure(`a sanitizer reports:\n${this.log.slice(-4000)}`);
  }

  async post(path, body, headers = {}) {
    const r = await fetch(this.url + path, { method: "POST", body, headers });
    if (!r.ok) throw new Failure(`POST ${path}: ${r.status} ${await r.text()}`);
    return r.json();
  }

  import(csv, source = "test") {
    return this.post(`/v1/registrations?source=${source}`, csv, { "Content-Type": "text/csv" });
  }
}

export async function until(truth, what, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      if (await truth()) return;
    } catch (e) {
      if (e instanceof Failure) throw e;
    }
    if (Date.now() > end) throw new Failure(`waited too long for ${what}`);
    await new Promise((r) => setTimeout(r, 30));
  }
}

/** The program under test, Chromium, and a temporary place. */
export class World {
  constructor(panji) {
    this.panji = resolve(panji);
    this.servers = [];
    this.names = 0;
  }

  async open() {
    this.tmp = await mkdtemp(join(tmpdir(), "panji-dashboard-"));
    this.browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    const program = await readFile(this.panji);
    this.slow = program.includes("__asan_init") ? 6 : 1;
  }

  async close() {
    await this.browser?.close();
    for (const s of this.servers) await s.stop();
    await rm(this.tmp, { recursive: true, force: true });
  }

  path(name) {
    return join(this.tmp, `${++this.names}-${name}`);
  }

  async file(name, content) {
    const path = this.path(name);
    await writeFile(path, content);
    return path;
  }

  command(...args) {
    return run(this.panji, args, { env: { ...process.env, LC_ALL: "C.UTF-8" } });
  }

  /** The demonstration's data, made once; not to be changed. */
  demoData() {
    this.data ??= (async () => {
      const out = this.path("demo");
      await run(join(ROOT, "scripts/demo"), [out, this.panji]);
      return out;
    })();
    return this.data;
  }

  /** A server over a copy of it; `own`: changed by the test, shared by none. `before` is called with
   * the directory before it starts; what it gives stands in `made`. */
  async demo(own = false, args = [], before = null) {
    if (!own && args.length === 0 && this.shared) return this.shared;
    const copy = this.path("data");
    const starting = this.demoData().then(async (data) => {
      await cp(data, copy, { recursive: true });
      const made = before ? await before(copy) : null;
      const s = await new Server(this, copy, args).start();
      s.made = made;
      this.servers.push(s);
      return s;
    });
    if (!own && args.length === 0) this.shared = starting;
    return starting;
  }

  /** A page of its own, with nothing remembered. Every error that it has fails the test. */
  async page(server, options = {}) {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 900 }, serviceWorkers: "block", locale: "en-IN",
      colorScheme: "light", ...options });
    context.setDefaultTimeout(20_000 * this.slow);
    const page = await context.newPage();
    page.errors = [];
    page.on("pageerror", (e) => page.errors.push(e.message));
    page.on("console", (m) => {
      if (["error", "warning"].includes(m.type()) && !m.text().includes("blocked by Playwright"))
        page.errors.push(m.text());
    });
    page.on("request", (r) => {
      if (!r.url().startsWith(server.url) && !/^(data|blob):/.test(r.url()))
        page.errors.push(`asked elsewhere: ${r.url()}`);
    });
    return page;
  }
}

/** Opens an address of the dashboard and waits until nothing is loading any more. */
export async function open(page, server, address) {
  await page.goto(server.url + address);
  await ready(page);
}

export async function ready(page) {
  await page.waitForSelector("main h1, main .problem");
  await page.waitForFunction(() => {
    const m = document.querySelector("main");
    return m && !m.querySelector(".loading") && ![...m.querySelectorAll(".figure")].some((f) => f.textContent === "…");
  });
}

/** Waits until this is to be read on the page. */
export async function says(page, ...parts) {
  try {
    await page.waitForFunction((all) => all.every((p) => document.body.innerText.includes(p)), parts);
  } catch {
    has(await page.innerText("body"), ...parts);
  }
}

/** Follows a link of exactly this name, within `where`. */
export function follow(page, name, where = "main") {
  return page.locator(where).getByRole("link", { name, exact: true }).first().click();
}

export function title(page, name) {
  return page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
}

export function noErrors(page) {
  eq(page.errors, [], "errors of the page");
}

/** axe-core finds nothing to object to. */
export async function accessible(page, what) {
  await page.evaluate(require("axe-core").source);
  const found = await page.evaluate(async () => {
    const r = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return r.violations.map((v) =>
      `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")})`);
  });
  eq(found, [], `what axe finds on ${what}`);
}

/** Nothing is wider than the screen: what is stands in a box that scrolls by itself. */
export async function fits(page, what) {
  const over = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  yes(over <= 0, `${what} is ${over} pixels too wide`);
}
