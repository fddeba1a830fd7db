// SPDX-License-Identifier: MIT
//
// The command lines of peers.mjs and imports.mjs, and where everything of one size and seed lies.

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { QUESTIONS } from "./questions.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PLAIN_ROWS_MAX = 1000000;
export const STORES = ["panji", "clickhouse", "duckdb"];

export const HELP = `usage: node scripts/bench/peers.mjs [options]
  --rows N         rows of the synthetic country (10000000)
  --seed S         its seed (1)
  --runs N         timed runs of each question, after one that is dropped (5)
  --threads N      threads of each engine (2)
  --only C1,A2     only these questions
  --dir DIR        where the data of all engines is kept (build/peers)
  --panji FILE     the program (build/panji)
  --skip-load      refuse to load: measure what --dir holds
  --reload A,B     load these again: ${STORES.join(", ")}
  --peers-only     leave Panji out
  --plain          compare with answers computed in plain JavaScript too, a slow check of the
                   peers' SQL, for up to ${PLAIN_ROWS_MAX} rows
Exit codes: 0 all answers equal, 1 some differ or a step failed, 2 usage, 3 Panji could not be
measured.`;

export class UsageError extends Error {}

export const IMPORTS_HELP = `usage: node scripts/bench/imports.mjs [options]
  --rows N         rows of the CSV file (10000000)
  --seed S         the seed of the synthetic country (1)
  --runs N         imports by each engine (3)
  --threads N      threads of each peer (2)
  --csv FILE       import this file instead, which \`panji gen --rows N --csv FILE\` made
  --dir DIR        where the file and the imported data lie (build/peers)
  --panji FILE     the program (build/panji)
  --peers-only     leave Panji out; needs --csv
Exit codes: 0 all engines hold the same, 1 they differ or a step failed, 2 usage.`;

/** The options of peers.mjs with numbers as numbers, `questions` chosen and `paths` made. */
export function read_options() {
    const values = parse_arguments({
        rows: text("10000000"),
        seed: text("1"),
        runs: text("5"),
        only: text(""),
        reload: text(""),
        "skip-load": flag,
        plain: flag,
    });
    if (values.plain && values.rows > PLAIN_ROWS_MAX)
        throw new UsageError(`--plain would take hours: at most ${PLAIN_ROWS_MAX} rows`);
    values.questions = choose_questions(values.only);
    values.reload = choose_stores(values.reload);
    values.paths = paths_of(values);
    return values;
}

/** The options of imports.mjs. */
export function read_import_options() {
    const values = parse_arguments({
        rows: text("10000000"),
        seed: text("1"),
        runs: text("3"),
        csv: text(""),
    });
    if (values["peers-only"] && !values.csv) throw new UsageError("--peers-only needs --csv");
    values.base = resolve(values.dir, `import-${values.rows}-${values.seed}`);
    return values;
}

const text = (value) => ({ type: "string", default: value });
const flag = { type: "boolean", default: false };
const COMMON = {
    threads: text("2"),
    dir: text(join(ROOT, "build/peers")),
    panji: text(join(ROOT, "build/panji")),
    "peers-only": flag,
    help: flag,
};
const LEAST = { rows: 1, seed: 0, runs: 1, threads: 1 };

function parse_arguments(own) {
    let values;
    try {
        ({ values } = parseArgs({ options: { ...own, ...COMMON } }));
    } catch (error) {
        throw new UsageError(error.message);
    }
    for (const [name, least] of Object.entries(LEAST))
        values[name] = whole_number(name, values[name], least);
    return values;
}

function whole_number(name, text, least) {
    if (!/^\d{1,10}$/.test(text) || Number(text) < least)
        throw new UsageError(`--${name} wants a whole number from ${least}, not "${text}"`);
    return Number(text);
}

const words_of = (list) => list.split(/[\s,]+/).filter(Boolean);

function choose_questions(only) {
    const wanted = words_of(only.toUpperCase());
    const unknown = wanted.filter((id) => !QUESTIONS.some((question) => question.id === id));
    if (unknown.length) throw new UsageError(`--only: there is no question ${unknown.join(", ")}`);
    return QUESTIONS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
}

function choose_stores(reload) {
    const wanted = words_of(reload.toLowerCase());
    const unknown = wanted.filter((name) => !STORES.includes(name));
    if (unknown.length)
        throw new UsageError(`--reload takes ${STORES.join(", ")}, not ${unknown.join(", ")}`);
    return wanted;
}

function paths_of({ dir, rows, seed }) {
    const base = resolve(dir, `${rows}-${seed}`);
    const at = (name) => join(base, name);
    return {
        base,
        clickhouse: at("clickhouse"),
        duckdb: at("duckdb.db"),
        parquet: at("registrations.parquet"),
        panji: at("panji"),
        answers: at("answers"),
        results: at("results.json"),
        stamp: (name) => at(`${name}.loaded.json`),
    };
}
