#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// Panji beside ClickHouse and DuckDB: the same rows, the same questions, in one run on one
// machine. Loads what is not loaded yet, asks, compares every answer to the row, prints one table.
// README.md says what each figure means; --help lists the options.

import { existsSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { contest } from "./contest.mjs";
import { log } from "./log.mjs";
import { HELP, read_options, UsageError } from "./options.mjs";
import { Panji, PanjiMissing } from "./panji.mjs";
import { load_panji, load_peers, start_clickhouse, start_duckdb } from "./stores.mjs";
import { ENGINES, print_goals, print_holdings, print_times } from "./table.mjs";

const MODULES = fileURLToPath(new URL("./node_modules", import.meta.url));
const DONE = 0, FAILED = 1, USAGE = 2, UNAVAILABLE = 3;

/** Panji, loaded; null, with the reason told, when it cannot be measured. */
async function open_panji(options) {
    if (options["peers-only"]) return null;
    try {
        const { panji: program, paths, threads } = options;
        const panji = new Panji({ program, data: paths.panji, threads });
        panji.report = await load_panji(panji, options);
        return panji;
    } catch (error) {
        if (!(error instanceof PanjiMissing)) throw error;
        log(`Panji is not measured: ${error.message}`);
        return null;
    }
}

/** Runs the contest with both peers started: its results, and what was seen of the engines. */
async function with_peers(panji, options) {
    const clickhouse = await start_clickhouse(options);
    const duckdb = await start_duckdb(options);
    const [ch, duck] = [await clickhouse.call("dialects"), await duckdb.call("dialects")];
    const peers = [
        { name: "raw", engine: clickhouse, dialect: ch.raw },
        { name: "cells", engine: clickhouse, dialect: ch.cells },
        { name: "duckdb", engine: duckdb, dialect: duck.raw },
    ];
    const seen = await contest(panji, peers, options);
    seen.memory = { clickhouse: clickhouse.peak_bytes(), duckdb: duckdb.peak_bytes() };
    seen.versions = [await clickhouse.call("version"), await duckdb.call("version")];
    if (panji) seen.versions.unshift(await panji.version());
    await clickhouse.stop();
    await duckdb.stop();
    return seen;
}

/** What each engine took to load, on disk a row, and in memory. */
function holdings_of({ clickhouse, duckdb, panji }, { memory, samples }, rows) {
    const one = (load_s, { bytes }, peak) => {
        return { load_s, bytes_per_row: bytes / rows, memory: peak };
    };
    const peak = samples && Math.max(...samples.map((sample) => sample.memory));
    return {
        ...(samples && { Panji: one(panji.load_s, panji.size.registrations, peak) }),
        ClickHouse: one(clickhouse.load_s, clickhouse.size.registrations, memory.clickhouse),
        "its cells, beside": one(clickhouse.cells_s, clickhouse.size.cells),
        DuckDB: one(duckdb.load_s, duckdb.size.registrations, memory.duckdb),
    };
}

function print_all(options, { results, versions, samples }, holdings) {
    const gib = (totalmem() / 2 ** 30).toFixed(0);
    console.log(`${options.rows} rows, seed ${options.seed}. ${versions.join(", ")}.`);
    console.log(`${cpus()[0].model}, ${cpus().length} processors, ${gib} GiB.`);
    console.log(`Milliseconds with ${options.threads} threads, medians of ${options.runs}.\n`);
    print_times(results);
    console.log();
    print_holdings(holdings);
    if (samples) {
        console.log("\nGoals, set for 310000000 rows:");
        print_goals(results, holdings.Panji, Math.max(...samples.map(({ start_s }) => start_s)));
    }
    console.log(`\n${verdict(results, options.plain)}`);
}

function verdict(results, plain) {
    const engines = ENGINES.filter(([name]) => results.some(({ ms }) => ms[name] > 0));
    const titles = [...engines.map(([, title]) => title), ...(plain ? ["plain JavaScript"] : [])];
    const unequal = results.filter(({ equal }) => !equal).map(({ id }) => id);
    const equal = unequal.length ? `NOT equal: ${unequal.join(" ")}` : "all equal";
    return `${results.length} answers of ${titles.join(", ")} compared to the row: ${equal}`;
}

async function main() {
    const options = read_options();
    if (options.help) {
        console.log(HELP);
        return DONE;
    }
    if (!existsSync(MODULES))
        throw new Error("the peers are not installed: call `npm ci --prefix scripts/bench`");
    const reports = await load_peers(options);
    const panji = await open_panji(options);
    if (panji) reports.panji = panji.report;
    const seen = await with_peers(panji, options);
    const holdings = holdings_of(reports, seen, options.rows);
    print_all(options, seen, holdings);
    const { versions, results } = seen;
    writeFileSync(options.paths.results, JSON.stringify({ versions, results, holdings }, null, 1));
    if (results.some(({ equal }) => !equal)) return FAILED;
    return seen.samples || options["peers-only"] ? DONE : UNAVAILABLE;
}

try {
    process.exitCode = await main();
} catch (error) {
    log(`bench-peers: ${error.message}`);
    if (error instanceof UsageError) log(HELP);
    process.exit(error instanceof UsageError ? USAGE : FAILED); // the peers end with us
}
