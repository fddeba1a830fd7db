// SPDX-License-Identifier: MIT
//
// What is printed at the end: the table of times, its geometric means, what each engine takes on
// disk and in memory, and the goals.

import { geometric_mean } from "./timing.mjs";

export const ENGINES = [
    ["panji", "Panji"],
    ["raw", "CH raw"],
    ["cells", "CH cells"],
    ["duckdb", "DuckDB"],
];
const PEERS = ENGINES.slice(1);

/** Goals at the size of the country: times faster than the peer, the mean and the least of all.
 *  C1 is left out of the least: ClickHouse has the number of its rows at hand. */
const GOALS = {
    C: { raw: { mean: 500, least: 50 }, cells: { mean: 300 } },
    A: { best: { mean: 15, least: 5 } },
};

/** Three digits that matter, never in powers of ten. */
export function short(value) {
    if (value === undefined || Number.isNaN(value)) return "";
    const decimals = Math.max(0, Math.min(5, 2 - Math.floor(Math.log10(Math.max(value, 1e-9)))));
    return value.toFixed(decimals);
}

export function print_grid(rows, left) {
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
    for (const row of rows) {
        const cells = row.map((cell, i) =>
            left.includes(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
        );
        console.log(cells.join("  ").trimEnd());
    }
}

/** `results`: {id, asks, rows, ms: {panji, raw, cells, duckdb}, engine, equal} a question. */
export function print_times(results) {
    const head = ["id", "asks", "rows out", ...ENGINES.map(([, title]) => title)];
    const rows = [[...head, ...PEERS.map(([, title]) => `x ${title}`), "equal", "by"]];
    for (const { id, asks, rows: count, ms, engine, equal } of results) {
        const ratios = PEERS.map(([peer]) => short(ms[peer] / ms.panji));
        const times = ENGINES.map(([name]) => short(ms[name]));
        const verdict = equal ? "yes" : "NO";
        rows.push([id, asks, String(count), ...times, ...ratios, verdict, engine ?? ""]);
    }
    for (const letter of ["C", "A"]) rows.push(...mean_row(results, letter));
    print_grid(rows, [0, 1, rows[0].length - 2, rows[0].length - 1]);
}

function of_letter(results, letter) {
    return results.filter(({ id }) => id.startsWith(letter));
}

function mean_row(results, letter) {
    const some = of_letter(results, letter);
    if (some.length === 0) return [];
    const mean_of = (value) => {
        const values = some.map(value).filter((v) => v > 0);
        return values.length === some.length ? short(geometric_mean(values)) : "";
    };
    const times = ENGINES.map(([name]) => mean_of(({ ms }) => ms[name]));
    const ratios = PEERS.map(([peer]) => mean_of(({ ms }) => ms[peer] / ms.panji));
    return [["", `geometric mean ${letter}`, "", ...times, ...ratios, "", ""]];
}

const ratio_to = {
    raw: ({ ms }) => ms.raw / ms.panji,
    cells: ({ ms }) => ms.cells / ms.panji,
    best: ({ ms }) => Math.min(ms.raw, ms.duckdb) / ms.panji,
};
const PEER_TITLES = { raw: "ClickHouse raw", cells: "ClickHouse cells", best: "the faster peer" };

/** The goals beside what was reached: `holding` is Panji's, `start_s` the seconds from its start to
 *  its first answer. */
export function print_goals(results, { memory, bytes_per_row }, start_s) {
    print_ratio_goals(results);
    say_limit("memory, MiB", memory / 2 ** 20, 4096);
    say_limit("bytes a row on disk", bytes_per_row, 4);
    say_limit("seconds from start to the first answer", start_s, 10);
}

function print_ratio_goals(results) {
    for (const [letter, peers] of Object.entries(GOALS)) {
        const some = of_letter(results, letter).filter(({ ms }) => ms.panji > 0);
        if (some.length === 0) continue;
        for (const [peer, { mean, least }] of Object.entries(peers)) {
            const ratios = some.map(ratio_to[peer]);
            say_goal(`${letter}, mean over ${PEER_TITLES[peer]}`, geometric_mean(ratios), mean);
            if (least === undefined) continue;
            const others = some.filter(({ id }) => id !== "C1");
            if (others.length === 0) continue;
            const worst = others.reduce((a, b) => (ratio_to[peer](a) < ratio_to[peer](b) ? a : b));
            const what = `${letter}, least over ${PEER_TITLES[peer]} (${worst.id})`;
            say_goal(what, ratio_to[peer](worst), least);
        }
    }
    const total = results.find(({ id, ms }) => id === "C1" && ms.panji > 0);
    if (total) say_goal("C1 over ClickHouse raw", ratio_to.raw(total), 1);
}

const verdict = (good) => (good ? "reached" : "NOT reached");

function say_goal(what, reached, goal) {
    console.log(`${what}: ${short(reached)} times, goal ${goal}: ${verdict(reached >= goal)}`);
}

function say_limit(what, reached, limit) {
    console.log(`${what}: ${short(reached)}, goal under ${limit}: ${verdict(reached < limit)}`);
}

/** `holdings`: {name: {bytes_per_row, load_s, memory}}; what is not known is left out. */
export function print_holdings(holdings) {
    const rows = [["", "load s", "disk bytes a row", "peak memory MiB"]];
    for (const [name, { load_s, bytes_per_row, memory }] of Object.entries(holdings)) {
        const mib = memory ? Math.round(memory / 2 ** 20).toString() : "";
        rows.push([name, load_s?.toFixed(1) ?? "", bytes_per_row?.toFixed(2) ?? "", mib]);
    }
    print_grid(rows, [0]);
}
