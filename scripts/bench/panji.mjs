// SPDX-License-Identifier: MIT
//
// Panji's side, through its command line: `panji gen` makes the data directory, `panji bench
// questions` answers a file of questions in one process and times each without HTTP.

import { execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { peak_bytes } from "./engine.mjs";
import { seconds_async, seconds_since } from "./timing.mjs";

const USAGE = 2; // the exit code of a command or option that there is not
const POLL_MS = 20;

/** Panji cannot be measured here: it is not built, or has not the command. */
export class PanjiMissing extends Error {}

/** Runs the program; gives what it printed, the seconds until it first did, and the most memory it
 *  held, in bytes. */
async function run(program, args) {
    const begun = process.hrtime.bigint();
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    const printed = [];
    let memory = 0, start_s;
    const poll = setInterval(() => (memory = Math.max(memory, peak_bytes(child.pid))), POLL_MS);
    child.stdout.on("data", (chunk) => {
        start_s ??= seconds_since(begun);
        printed.push(chunk);
    });
    const status = await new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, signal) => resolve(signal ?? code));
    }).finally(() => clearInterval(poll));
    const command = `${program} ${args.slice(0, 2).join(" ")}`;
    if (status === USAGE) throw new PanjiMissing(`\`${command} ...\` is refused as wrong usage`);
    if (status !== 0) throw new Error(`\`${command} ...\` ended with ${status}`);
    return { printed: Buffer.concat(printed).toString("utf8"), start_s, memory };
}

export class Panji {
    constructor({ program, data, threads }) {
        if (!fs.existsSync(program))
            throw new PanjiMissing(`${program} is not there: call \`make\``);
        Object.assign(this, { program, data, threads });
    }

    async version() {
        const { stdout } = await promisify(execFile)(this.program, ["version"]);
        return `Panji: ${stdout.trim().split("\n")[0]}`;
    }

    /** Makes the data directory; seconds. One that was begun and not ended is made again. */
    async load({ rows, seed }) {
        fs.rmSync(this.data, { recursive: true, force: true });
        const args = ["gen", "--rows", String(rows), "--seed", String(seed), "--data", this.data];
        return seconds_async(() => run(this.program, args));
    }

    /** Writes the rows to a CSV file. */
    async write_csv({ rows, seed }, csv) {
        await run(this.program, ["gen", "--rows", `${rows}`, "--seed", `${seed}`, "--csv", csv]);
    }

    /** Imports a CSV file into the data directory, on disk when it returns: {seconds, memory}. */
    async import_csv(csv) {
        const args = ["import", csv, "--data", this.data, "--source", "bench"];
        const begun = process.hrtime.bigint();
        const { memory } = await run(this.program, args);
        return { seconds: seconds_since(begun), memory };
    }

    /** The answer to one query as CSV. */
    async query(text) {
        const args = ["query", text, "--data", this.data, "--format", "csv"];
        return (await run(this.program, args)).printed;
    }

    bytes_on_disk() {
        return fs
            .readdirSync(this.data, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((file) => join(file.parentPath ?? file.path, file.name))
            .reduce((sum, path) => sum + fs.statSync(path).size, 0);
    }

    /** Asks every text of the map `runs` times and once before that for warmth. Gives `answers`,
     *  a map by id of {times, engine, csv} or {error}, the memory, and the seconds to the first. */
    async ask_all(texts, runs, folder) {
        fs.rmSync(folder, { recursive: true, force: true });
        fs.mkdirSync(folder, { recursive: true });
        const file = join(folder, "questions.txt");
        fs.writeFileSync(file, [...texts].map(([id, text]) => `${id}\t${text}\n`).join(""));
        const { printed, ...seen } = await run(this.program, [
            ...["bench", "questions", "--data", this.data, "--file", file],
            ...["--runs", String(runs + 1), "--out", folder, "--threads", String(this.threads)],
        ]);
        const asked = json_lines(printed).map((line) => [line.id, read_answer(line, folder)]);
        return { answers: new Map(asked), ...seen };
    }
}

function json_lines(text) {
    try {
        return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    } catch {
        const [first] = text.split("\n");
        throw new PanjiMissing(`\`bench questions\` prints "${first}", not JSON`);
    }
}

function read_answer({ id, ms, engine, error }, folder) {
    if (error) return { error };
    return { times: ms.slice(1), engine, csv: fs.readFileSync(join(folder, `${id}.csv`), "utf8") };
}
