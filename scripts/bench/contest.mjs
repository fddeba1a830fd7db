// SPDX-License-Identifier: MIT
//
// Asks all engines all questions and judges the answers. The peers take turns at every run of
// every question. Panji is asked in a process of its own, once before the peers and once after:
// a machine that grows slower or faster on the way is seen by both samples, and Panji's memory is
// not held while the peers run.

import { fileURLToPath } from "node:url";
import { answer_of_panji, answer_of_peer, difference } from "./answers.mjs";
import { log } from "./log.mjs";
import { PanjiMissing } from "./panji.mjs";
import { plain_answers } from "./plain.mjs";
import { panji_texts } from "./questions.mjs";
import { ENGINES } from "./table.mjs";
import { median } from "./timing.mjs";

const TEXTS = fileURLToPath(new URL("./questions.txt", import.meta.url));
const TITLES = Object.fromEntries(ENGINES);

/** The `results` for the table, one a question, and Panji's samples, null without it. `panji` may
 *  be null; `peers` are {name, engine, dialect}. */
export async function contest(panji, peers, options) {
    const first = await ask_panji(panji, options);
    const asked = new Map();
    for (const question of options.questions) {
        log(`asking the peers ${question.id}, ${question.asks}`);
        asked.set(question.id, await ask_peers(question, peers, options.runs));
    }
    const second = first && (await ask_panji(panji, options));
    const samples = first && second && [first, second];
    if (options.plain) add_plain(asked, options);
    const results = options.questions.map((one) => judge(one, asked.get(one.id), samples));
    return { results, samples };
}

/** One sample of Panji over all questions; null when it cannot be asked. */
async function ask_panji(panji, { questions, runs, paths }) {
    if (!panji) return null;
    const texts = panji_texts(TEXTS);
    log(`asking Panji ${questions.length} questions`);
    try {
        const chosen = new Map(questions.map(({ id }) => [id, texts.get(id)]));
        return await panji.ask_all(chosen, runs, paths.answers);
    } catch (error) {
        if (!(error instanceof PanjiMissing)) throw error;
        log(`Panji is not measured: ${error.message}`);
        return null;
    }
}

/** Asks one question of every peer in turn, `runs` times after a first that is dropped. Gives the
 *  times and the canonical answers, by name. */
async function ask_peers(question, peers, runs) {
    const times = {}, answers = {};
    for (let run = 0; run <= runs; run++) {
        for (const { name, engine, dialect } of peers) {
            if (dialect.table === "cells" && !question.id.startsWith("C")) continue;
            const asked = { sql: question.sql(dialect), wanted: run === 0 };
            const { ms, answer } = await engine.call("ask", asked);
            if (run === 0) answers[name] = answer_of_peer(question, answer);
            else (times[name] ??= []).push(ms);
        }
    }
    return { times, answers };
}

function add_plain(asked, { rows, seed, questions }) {
    log("answering all in plain JavaScript");
    const plain = plain_answers(rows, seed, questions);
    for (const question of questions)
        asked.get(question.id).answers.plain = answer_of_peer(question, plain.get(question.id));
}

/** Adds Panji's two samples to what the peers gave; gives what is wrong with them, or "". */
function add_panji(question, asked, samples) {
    const [first, second] = samples.map(({ answers }) => answers.get(question.id));
    if (!first || !second) return "Panji gave no answer";
    if (first.error || second.error) return `Panji: ${first.error ?? second.error}`;
    asked.times.panji = [...first.times, ...second.times];
    asked.engine = first.engine;
    try {
        asked.answers.panji = answer_of_panji(question, first.csv);
        const again = answer_of_panji(question, second.csv);
        return difference("Panji, the second time,", again, "the first", asked.answers.panji);
    } catch (error) {
        return error.message;
    }
}

/** The line of the table for one question; tells every error and difference. */
function judge(question, asked, samples) {
    const error = samples ? add_panji(question, asked, samples) : "";
    const reference = asked.answers.raw;
    const differences = Object.entries(asked.answers).map(([name, answer]) =>
        difference(TITLES[name] ?? name, answer, TITLES.raw, reference),
    );
    const findings = [error, ...differences].filter(Boolean);
    for (const text of findings) log(`${question.id}: ${text}`);
    const medians = Object.entries(asked.times).map(([name, times]) => [name, median(times)]);
    return {
        id: question.id,
        asks: question.asks,
        rows: reference.rows,
        digest: reference.digest,
        ms: Object.fromEntries(medians),
        times: asked.times,
        engine: asked.engine,
        equal: findings.length === 0,
    };
}
