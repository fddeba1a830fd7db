// SPDX-License-Identifier: MIT
//
// The data of the three engines: made once for a size and a seed, then reused. A store is whole
// when its stamp is there, a small file with what loading it took and what it takes on disk.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Engine } from "./engine.mjs";
import { log } from "./log.mjs";

/** The peers in processes of their own, over the data at `paths`. */
export const start_clickhouse = ({ paths, threads }) =>
    Engine.start("./clickhouse.mjs", "ClickHouse", { path: paths.clickhouse, threads });
export const start_duckdb = ({ paths, threads }) =>
    Engine.start("./duckdb.mjs", "DuckDb", { path: paths.duckdb, threads });

/** Both peers: the reports of their loads, {load_s, size: {table: {rows, bytes}}}. */
export async function load_peers(options) {
    return {
        clickhouse: await once("clickhouse", options, () => load_clickhouse(options)),
        duckdb: await once("duckdb", options, () => load_duckdb(options)),
    };
}

/** The same of Panji. */
export function load_panji(panji, options) {
    return once("panji", options, async () => {
        const load_s = await panji.load(options);
        const registrations = { rows: options.rows, bytes: panji.bytes_on_disk() };
        return { load_s, size: { registrations } };
    });
}

/** What the stamp of `name` says; where there is none, or it is to be loaded again, runs `load`. */
async function once(name, options, load) {
    const { paths, rows, reload } = options;
    const stamp = paths.stamp(name);
    if (existsSync(stamp) && !reload.includes(name)) return JSON.parse(readFileSync(stamp, "utf8"));
    if (options["skip-load"])
        throw new Error(`${name} is not loaded in ${paths.base}: call again without --skip-load`);
    mkdirSync(paths.base, { recursive: true });
    rmSync(stamp, { force: true });
    log(`loading ${rows} rows into ${name}`);
    const report = await load();
    check_rows(name, report, rows);
    writeFileSync(stamp, JSON.stringify(report));
    return report;
}

function check_rows(name, { size }, rows) {
    const held = size.registrations.rows;
    if (held !== rows) throw new Error(`${name} holds ${held} rows after its load, not ${rows}`);
}

async function load_clickhouse(options) {
    rmSync(options.paths.clickhouse, { recursive: true, force: true });
    const engine = await start_clickhouse(options);
    const took = await engine.call("load", { rows: options.rows, seed: options.seed });
    const size = await engine.call("size");
    await engine.stop();
    return { load_s: took.insert + took.optimize, cells_s: took.cells, size };
}

/** DuckDB takes its rows from ClickHouse's, through a file between them. */
async function load_duckdb(options) {
    const { parquet, duckdb } = options.paths;
    const source = await start_clickhouse(options);
    await source.call("write_parquet", { file: parquet });
    await source.stop();
    rmSync(duckdb, { force: true });
    const engine = await start_duckdb(options);
    const load_s = await engine.call("load", { file: parquet });
    const size = await engine.call("size");
    await engine.stop();
    rmSync(parquet);
    return { load_s, size };
}
