// SPDX-License-Identifier: MIT
//
// The 21 questions as the peers are asked them. C: district, block, sector and date only.
// A: anything else. Panji's own texts of the same questions are in questions.txt.
//
// `columns` are those of the answer, in the order of the peers' SQL; the last is the count `n`.
// `ordered` questions prescribe the order of their rows.

import { readFileSync } from "node:fs";

const WINTER = "date between '2021-12-01' and '2022-02-28'";
const THIRTY_DAYS = "date between '2022-02-01' and '2022-03-02'";

/** `keys` are group-by columns, each a name or [name, name of its expression in the dialect]. */
function question(id, asks, { where, keys = [], top } = {}) {
    const pairs = keys.map((key) => (Array.isArray(key) ? key : [key, null]));
    const names = pairs.map(([name]) => name);
    return {
        id,
        asks,
        columns: [...names, "n"],
        ordered: Boolean(top),
        sql(dialect) {
            const selected = pairs.map(([name, key]) => (key ? `${dialect[key]} as ` : "") + name);
            return [
                `select ${[...selected, `${dialect.count} as n`].join(", ")}`,
                `from ${dialect.table}`,
                where && `where ${where}`,
                names.length && `group by ${names.join(", ")}`,
                top && `order by n desc, ${names.join(", ")} limit ${top}`,
                dialect.tail,
            ]
                .filter(Boolean)
                .join(" ");
        },
    };
}

export const QUESTIONS = [
    question("C1", "total"),
    question("C2", "by state", { keys: ["state"] }),
    question("C3", "districts of a state", { where: "state = 9", keys: ["district"] }),
    question("C4", "blocks of a district", { where: "district = 300", keys: ["block"] }),
    question("C5", "sectors of a district in 90 days", {
        where: `district = 300 and ${WINTER}`,
        keys: ["sector"],
    }),
    question("C6", "block x sector of a state", { where: "state = 9", keys: ["block", "sector"] }),
    question("C7", "daily series of a district", { where: "district = 300", keys: ["date"] }),
    question("C8", "daily series of the country", { keys: ["date"] }),
    question("C9", "top 20 blocks in 30 days", { where: THIRTY_DAYS, keys: ["block"], top: 20 }),
    question("C10", "state x week", { keys: ["state", ["week", "week_of_date"]] }),
    question("C11", "blocks of a state up to a date", {
        where: "state = 3 and date <= '2022-01-15'",
        keys: ["block"],
    }),
    question("C12", "block x sector of the country in 30 days", {
        where: THIRTY_DAYS,
        keys: ["block", "sector"],
    }),
    question("A1", "by gender", { keys: ["gender"] }),
    question("A2", "age decade x gender in agriculture", {
        where: "sector = 0",
        keys: [["decade", "decade_of_age"], "gender"],
    }),
    question("A3", "top 20 occupations", { keys: ["occupation"], top: 20 }),
    question("A4", "channel x month of a state", {
        where: "state = 9",
        keys: ["channel", ["month", "month_of_date"]],
    }),
    question("A5", "category x gender x sector", { keys: ["category", "gender", "sector"] }),
    question("A6", "women of 18 to 40, by district", {
        where: "gender = 0 and age between 18 and 40",
        keys: ["district"],
    }),
    question("A7", "block x gender x age of one occupation", {
        where: "occupation = 5",
        keys: ["block", "gender", "age"],
    }),
    question("A8", "top 20 centres in 30 days", { where: THIRTY_DAYS, keys: ["centre"], top: 20 }),
    question("A9", "centres of a district on one day", {
        where: "district = 300 and date = '2021-12-24'",
        keys: ["centre"],
    }),
];

/** Panji's text of each question, by id. */
export function panji_texts(path) {
    const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
    return new Map(lines.map((line) => line.split("\t")));
}
