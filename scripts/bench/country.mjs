// SPDX-License-Identifier: MIT
//
// The synthetic country: its columns as ClickHouse expressions of the row's number, and what the
// numbers in them are called in Panji. Integer arithmetic only, so that every engine holds the
// same rows.

export const FIRST_DAY = "2021-08-26";
export const KEY = ["state", "district", "block", "sector", "date"];
const SEED_STEP = 2n ** 40n; // rows times 16 stay below it

/** Uniform in [0, below): field `field` of the row `number`, drawn with `seed`. */
function draw(seed, field, below) {
    const at = BigInt(seed) * SEED_STEP + BigInt(field);
    return `bitShiftRight(bitShiftRight(intHash64(number * 16 + ${at}), 32) * ${below}, 32)`;
}

/** The columns in the order of the table: name, ClickHouse type, expression. An expression may
 *  use the names of columns before it. */
export function columns(seed) {
    const r = (field, below) => draw(seed, field, below);
    const steps = (field, below, limits) =>
        `multiIf(${limits.map((limit, i) => `${r(field, below)} < ${limit}, ${i}`).join(", ")}, ` +
        `${limits.length})`;
    const sector_limits = [524, 620, 710, 777, 820, 850];
    return [
        ["block", "UInt16", `least(${r(0, 7200)}, ${r(1, 7200)})`],
        ["district", "UInt16", "intDiv(block * 780, 7200)"],
        ["state", "UInt8", "intDiv(district * 36, 780)"],
        [
            "sector",
            "UInt8",
            `if(${r(2, 1000)} < 850, ${steps(2, 1000, sector_limits)}, ` +
                `6 + least(${r(3, 24)}, ${r(4, 24)}))`,
        ],
        [
            "date",
            "Date",
            `toDate('${FIRST_DAY}') + if(${r(5, 100)} < 85, ${r(6, 210)}, ${r(6, 1900)})`,
        ],
        ["gender", "UInt8", steps(7, 1000, [530, 999])],
        ["age", "UInt8", `16 + least(${r(8, 44)}, ${r(9, 44)})`],
        ["category", "UInt8", steps(13, 100, [41, 68, 92])],
        ["channel", "UInt8", steps(10, 1000, [802, 998, 999])],
        ["occupation", "UInt16", `sector * 13 + least(${r(11, 13)}, ${r(12, 13)})`],
        ["centre", "UInt32", `block * 55 + ${r(14, 55)}`],
    ];
}

/** The columns of the CSV file that `panji gen --csv` writes, in any order there: name, and type in
 *  both peers' words. */
export const CSV_COLUMNS = [
    ["date", { clickhouse: "Date", duckdb: "DATE" }],
    ["district", { clickhouse: "UInt16", duckdb: "USMALLINT" }],
    ["block", { clickhouse: "UInt16", duckdb: "USMALLINT" }],
    ["sector", { clickhouse: "UInt8", duckdb: "UTINYINT" }],
    ["occupation", { clickhouse: "UInt16", duckdb: "USMALLINT" }],
    ["gender", { clickhouse: "LowCardinality(String)", duckdb: "VARCHAR" }],
    ["age", { clickhouse: "UInt8", duckdb: "UTINYINT" }],
    ["category", { clickhouse: "LowCardinality(String)", duckdb: "VARCHAR" }],
    ["channel", { clickhouse: "LowCardinality(String)", duckdb: "VARCHAR" }],
    ["centre", { clickhouse: "UInt32", duckdb: "UINTEGER" }],
];

/** What the peers' numbers mean: the code of number 0, or the words. */
const CODES = {
    state: 1,
    district: 1001,
    block: 10001,
    sector: 1,
    occupation: 1000,
    centre: 100000,
};
const WORDS = {
    gender: ["F", "M", "O"],
    category: ["OBC", "GEN", "SC", "ST"],
    channel: ["CSC", "SELF", "SSK", "UMANG"],
};
const DAYS = new Set(["date", "week", "month"]);

/** A function from a peer's cell of that column to the canonical cell. */
export function from_peer(column) {
    if (column in CODES) return (cell) => String(CODES[column] + Number(cell));
    if (column in WORDS) return (cell) => WORDS[column][cell] ?? `?${cell}`;
    return from_day_or_number(column);
}

/** A function from Panji's cell of that column to the canonical cell: a code may stand in a name,
 *  "Centre 100007". */
export function from_panji(column) {
    if (column in CODES) return (cell) => /\d+$/.exec(cell)?.[0] ?? `?${cell}`;
    return from_day_or_number(column);
}

function from_day_or_number(column) {
    return DAYS.has(column) ? (cell) => cell.slice(0, 10) : (cell) => cell;
}
