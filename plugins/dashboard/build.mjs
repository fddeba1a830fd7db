// SPDX-License-Identifier: MIT
// Bundles src/ into the folder that the server reads: node build.mjs OUT
//
// Every file but the page and the service worker has a hash of its content in its name, and stands
// there three times: as it is, and packed with gzip and brotli. All files lie in one folder.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, extname, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = new URL(".", import.meta.url).pathname;
const out = resolve(process.argv[2] ?? join(root, "../../build/dashboard"));
const work = `${out}.new`;
const url = "/dashboard/";

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome96", "firefox100", "safari15.4"],
  legalComments: "none",
  logLevel: "warning",
};

async function bundle() {
  const made = await build({
    ...common,
    entryPoints: { app: "src/main.tsx" },
    splitting: true,
    outdir: work,
    publicPath: url,
    metafile: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".woff2": "file" },
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
  });
  return made.metafile;
}

// What the first view needs: the entry, its styles, and the chunks that it imports at once.
function firstView(meta) {
  const [name, entry] = Object.entries(meta.outputs).find(
    ([, o]) => o.entryPoint === "src/main.tsx");
  const chunks = [];
  const visit = (o) => {
    for (const i of o.imports)
      if (i.kind === "import-statement" && !chunks.includes(i.path)) {
        chunks.push(i.path);
        visit(meta.outputs[i.path]);
      }
  };
  visit(entry);
  return {
    script: basename(name),
    style: basename(entry.cssBundle),
    chunks: chunks.map((c) => basename(c)),
  };
}

async function hashed(name) {
  const text = await readFile(join(root, "static", name));
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  const as = name.replace(/(\.\w+)$/, `-${hash}$1`);
  await writeFile(join(work, as), text);
  return as;
}

async function page(first) {
  const icon = await hashed("icon.svg");
  const manifest = await readFile(join(root, "static/panji.webmanifest"), "utf8");
  await writeFile(join(work, "panji.webmanifest"), manifest.replace("{icon}", url + icon));
  const preload = first.chunks.map((c) => `<link rel="modulepreload" href="${url}${c}">`).join("\n");
  let html = await readFile(join(root, "static/index.html"), "utf8");
  for (const [mark, text] of Object.entries({
    icon: url + icon, style: url + first.style, script: url + first.script, preload }))
    html = html.replaceAll(`{${mark}}`, text);
  await writeFile(join(work, "index.html"), html);
}

// The worker keeps the page and the first view from its start, the rest once it was asked for.
async function worker(first) {
  const keep = ["/", ...[first.script, first.style, ...first.chunks].map((f) => url + f)];
  const version = createHash("sha256").update(keep.join()).digest("hex").slice(0, 12);
  await build({
    ...common,
    entryPoints: { sw: "src/worker.ts" },
    outdir: work,
    format: "iife",
    define: { KEEP: JSON.stringify(keep), VERSION: JSON.stringify(version) },
  });
}

async function pack() {
  const packed = new Set([".js", ".css", ".svg", ".html", ".webmanifest"]);
  for (const name of await readdir(work)) {
    if (!packed.has(extname(name))) continue;
    const text = await readFile(join(work, name));
    await writeFile(join(work, `${name}.gz`), gzipSync(text, { level: 9 }));
    await writeFile(join(work, `${name}.br`), brotliCompressSync(text, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11,
                [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }));
  }
}

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
const first = firstView(await bundle());
await page(first);
await worker(first);
await pack();
await rm(out, { recursive: true, force: true });
await rename(work, out);
let bytes = 0;
for (const name of ["index.html", first.script, first.style, ...first.chunks])
  bytes += (await readFile(join(out, `${name}.gz`))).length;
console.log(`  first view: ${(bytes / 1024).toFixed(1)} KB compressed, before its page and data`);
