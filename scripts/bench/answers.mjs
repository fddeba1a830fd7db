// SPDX-License-Identifier: MIT
//
// Answers in a form that can be compared: one text line a row, cells between tabs, codes and words
// as Panji has them, dates as YYYY-MM-DD; sorted unless the question prescribes the order.

import { createHash } from "node:crypto";
import { from_panji, from_peer } from "./country.mjs";

const SHOWN = 5; // differing rows that are printed of each side

/** The canonical answer from a peer's TSV. */
export function answer_of_peer(question, tsv) {
    const rows = tsv === "" ? [] : tsv.split("\n").map((line) => line.split("\t"));
    return canonical(question, rows, question.columns.map(from_peer));
}

/** The canonical answer from Panji's CSV, whose columns are found by their names: `block` may be
 *  called `block_code`. */
export function answer_of_panji(question, csv) {
    const lines = csv.replace(/^\uFEFF/, "").split(/\r?\n/).filter(Boolean);
    const [header = [], ...rows] = lines.map(csv_cells);
    const places = question.columns.map((column) => {
        const place = header.findIndex((name) => name === column || name === `${column}_code`);
        if (place < 0) throw new Error(`Panji's answer has no column ${column}, only ${header}`);
        return place;
    });
    const chosen = rows.map((row) => places.map((place) => row[place] ?? ""));
    return canonical(question, chosen, question.columns.map(from_panji));
}

function canonical(question, rows, translate) {
    const lines = rows.map((row) => row.map((cell, i) => translate[i](cell)).join("\t"));
    if (!question.ordered) lines.sort();
    const digest = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
    return { lines, rows: lines.length, digest };
}

/** The cells of one line of CSV; no cell of an answer holds a line break. */
function csv_cells(line) {
    if (!line.includes('"')) return line.split(",");
    const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
    return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

/** The first rows of each side that the other has not, as text; "" when the answers are equal. */
export function difference(name, answer, reference_name, reference) {
    if (answer.digest === reference.digest) return "";
    const only = (one, other) => {
        const there = new Set(other.lines);
        return one.lines.filter((line) => !there.has(line));
    };
    const extra = only(answer, reference);
    const missing = only(reference, answer);
    const same = extra.length + missing.length === 0;
    return [
        `${name} has ${answer.rows} rows, ${reference_name} has ${reference.rows}:`,
        ...shown(name, extra),
        ...shown(reference_name, missing),
        ...(same ? ["  the same rows in another order, or some more than once"] : []),
    ].join("\n");
}

function shown(name, lines) {
    if (lines.length === 0) return [];
    const first = lines.slice(0, SHOWN).map((line) => `    ${line}`);
    return [`  ${lines.length} rows only from ${name}:`, ...first];
}
