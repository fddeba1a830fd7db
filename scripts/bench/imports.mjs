#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// The import of one CSV file into Panji, ClickHouse and DuckDB: each in turn, several times, into
// an empty store, durable when its time ends. Afterwards all must hold the same.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { answer_of_panji, difference } from "./answers.mjs";
import { log } from "./log.mjs";
import { IMPORTS_HELP, read_import_options, UsageError } from "./options.mjs";
import { Panji } from "./panji.mjs";
import { start_clickhouse, start_duckdb } from "./stores.mjs";
import { print_grid, short } from "./table.mjs";
import { median } from "./timing.mjs";

const DONE = 0, FAILED = 1, USAGE = 2;

/** The same question for all, as a check of what arrived. The file has words, not the peers'
 *  numbers, so their answers are already in Panji's terms. */
const CHECK = {
    columns: ["gender", "category", "channel", "n"],
    panji: "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender, category, channel",
    peers:
        "select gender, category, channel, count(*) as n from registrations " +
        "group by gender, category, channel",
};

/** What was written and deleted before is not the next engine's to wait for. */
function settle_disk() {
    execFileSync("sync");
}

/** Imports by one peer into an empty store. */
async function import_by_peer(start, path, csv, threads) {
    rmSync(path, { recursive: true, force: true });
    const engine = await start({ paths: { clickhouse: path, duckdb: path }, threads });
    settle_disk();
    const seconds = await engine.call("import_csv", { csv });
    const memory = engine.peak_bytes();
    const { answer } = await engine.call("ask", { sql: CHECK.peers, wanted: true });
    const size = await engine.call("size");
    await engine.stop();
    const header = CHECK.columns.join(",");
    const held = answer_of_panji(CHECK, `${header}\n${answer.replaceAll("\t", ",")}`);
    return { seconds, memory, bytes: size.registrations.bytes, held };
}

/** Imports by Panji into a data directory that has the places and no registrations. */
async function import_by_panji(panji, csv, seed) {
    await panji.load({ rows: 0, seed });
    settle_disk();
    const { seconds, memory } = await panji.import_csv(csv);
    const held = answer_of_panji(CHECK, await panji.query(CHECK.panji));
    return { seconds, memory, bytes: panji.bytes_on_disk(), held };
}

/** The engines as functions that import once. */
function importers(panji, csv, { base, threads, seed }) {
    const peer = (start, name) => () => import_by_peer(start, join(base, name), csv, threads);
    return {
        ...(panji && { Panji: () => import_by_panji(panji, csv, seed) }),
        ClickHouse: peer(start_clickhouse, "clickhouse"),
        DuckDB: peer(start_duckdb, "duckdb.db"),
    };
}

/** Every engine `runs` times, in turn: {name: [{seconds, memory, bytes, held}]}. */
async function take_turns(engines, runs) {
    const seen = {};
    for (let run = 1; run <= runs; run++) {
        for (const [name, import_once] of Object.entries(engines)) {
            const one = await import_once();
            log(`${name}, ${run} of ${runs}: ${one.seconds.toFixed(1)} s`);
            (seen[name] ??= []).push(one);
        }
    }
    return seen;
}

function print_imports(seen, rows, csv_bytes) {
    const head = ["", "seconds", "million rows/s", "MB/s", "disk bytes a row", "peak memory MiB"];
    const lines = Object.entries(seen).map(([name, runs]) => {
        const seconds = median(runs.map((run) => run.seconds));
        const memory = Math.max(...runs.map((run) => run.memory));
        const rates = [rows / seconds / 1e6, csv_bytes / seconds / 1e6, runs[0].bytes / rows];
        return [name, ...[seconds, ...rates].map(short), `${Math.round(memory / 2 ** 20)}`];
    });
    print_grid([head, ...lines], [0]);
}

/** Whether all hold the same, and as many rows as they should; tells the differences. */
function all_equal(seen, rows) {
    const [first, ...others] = Object.entries(seen).map(([name, runs]) => [name, runs[0].held]);
    const findings = others.map(([name, held]) => difference(name, held, ...first)).filter(Boolean);
    const counted = first[1].lines.reduce((sum, line) => sum + Number(line.split("\t").at(-1)), 0);
    if (counted !== rows) findings.push(`${first[0]} holds ${counted} rows, not ${rows}`);
    findings.forEach(log);
    return findings.length === 0;
}

async function main() {
    const options = read_import_options();
    if (options.help) {
        console.log(IMPORTS_HELP);
        return DONE;
    }
    const { base, rows, threads, runs } = options;
    mkdirSync(base, { recursive: true });
    const panji = options["peers-only"]
        ? null
        : new Panji({ program: options.panji, data: join(base, "panji"), threads });
    const csv = options.csv ? resolve(options.csv) : join(base, "registrations.csv");
    if (!existsSync(csv)) await panji.write_csv(options, csv);
    const csv_bytes = statSync(csv).size;
    const seen = await take_turns(importers(panji, csv, options), runs);
    console.log(`CSV, ${rows} rows, ${(csv_bytes / 1e6).toFixed(0)} MB; medians of ${runs}\n`);
    print_imports(seen, rows, csv_bytes);
    const equal = all_equal(seen, rows);
    console.log(`\n${Object.keys(seen).join(", ")} hold ${equal ? "the same" : "NOT the same"}`);
    return equal ? DONE : FAILED;
}

try {
    process.exitCode = await main();
} catch (error) {
    log(`bench-imports: ${error.message}`);
    if (error instanceof UsageError) log(IMPORTS_HELP);
    process.exit(error instanceof UsageError ? USAGE : FAILED); // the peers end with us
}
