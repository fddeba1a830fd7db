// SPDX-License-Identifier: MIT
//
// The synthetic country and the 21 questions once more, in plain JavaScript and without any of
// the peers' SQL: slow, and independent. For a few hundred thousand rows at most.

const MASK = (1n << 64n) - 1n;
const DAY_MS = 86400000;
const FIRST_DAY_MS = Date.UTC(2021, 7, 26);

/** The finaliser of MurmurHash3 over `x` with ClickHouse's constant. */
function mix(x) {
    x ^= 0x4cf2d2baae6da887n;
    x = ((x ^ (x >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
    x = ((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
    return x ^ (x >> 33n);
}

function make_row(i, seed) {
    const at = BigInt(i) * 16n + (BigInt(seed) << 40n);
    const r = (field, below) =>
        Number(((mix(at + BigInt(field)) >> 32n) * BigInt(below)) >> 32n);
    const step = (value, limits) => limits.filter((limit) => value >= limit).length;
    const block = Math.min(r(0, 7200), r(1, 7200));
    const district = Math.floor((block * 780) / 7200);
    const portal = step(r(2, 1000), [524, 620, 710, 777, 820, 850]);
    const sector = portal < 6 ? portal : 6 + Math.min(r(3, 24), r(4, 24));
    return {
        block,
        district,
        state: Math.floor((district * 36) / 780),
        sector,
        day: r(5, 100) < 85 ? r(6, 210) : r(6, 1900),
        gender: step(r(7, 1000), [530, 999]),
        age: 16 + Math.min(r(8, 44), r(9, 44)),
        channel: step(r(10, 1000), [802, 998, 999]),
        occupation: sector * 13 + Math.min(r(11, 13), r(12, 13)),
        category: step(r(13, 100), [41, 68, 92]),
        centre: block * 55 + r(14, 55),
    };
}

const iso = (day) => new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10);
const day_of = (text) => (Date.parse(`${text}T00:00:00Z`) - FIRST_DAY_MS) / DAY_MS;
const monday = (day) => iso(day - ((new Date(FIRST_DAY_MS + day * DAY_MS).getUTCDay() + 6) % 7));
const month = (day) => `${iso(day).slice(0, 7)}-01`;

const WINTER = [day_of("2021-12-01"), day_of("2022-02-28")];
const THIRTY_DAYS = [day_of("2022-02-01"), day_of("2022-03-02")];
const within = (row, [from, to]) => row.day >= from && row.day <= to;
const all = () => true;

/** For each question: which rows, by what; the tops are the first 20 of the largest counts. */
const ANSWERS = {
    C1: [all, () => []],
    C2: [all, (r) => [r.state]],
    C3: [(r) => r.state === 9, (r) => [r.district]],
    C4: [(r) => r.district === 300, (r) => [r.block]],
    C5: [(r) => r.district === 300 && within(r, WINTER), (r) => [r.sector]],
    C6: [(r) => r.state === 9, (r) => [r.block, r.sector]],
    C7: [(r) => r.district === 300, (r) => [iso(r.day)]],
    C8: [all, (r) => [iso(r.day)]],
    C9: [(r) => within(r, THIRTY_DAYS), (r) => [r.block]],
    C10: [all, (r) => [r.state, monday(r.day)]],
    C11: [(r) => r.state === 3 && r.day <= day_of("2022-01-15"), (r) => [r.block]],
    C12: [(r) => within(r, THIRTY_DAYS), (r) => [r.block, r.sector]],
    A1: [all, (r) => [r.gender]],
    A2: [(r) => r.sector === 0, (r) => [Math.floor((r.age - 16) / 10), r.gender]],
    A3: [all, (r) => [r.occupation]],
    A4: [(r) => r.state === 9, (r) => [r.channel, month(r.day)]],
    A5: [all, (r) => [r.category, r.gender, r.sector]],
    A6: [(r) => r.gender === 0 && r.age >= 18 && r.age <= 40, (r) => [r.district]],
    A7: [(r) => r.occupation === 5, (r) => [r.block, r.gender, r.age]],
    A8: [(r) => within(r, THIRTY_DAYS), (r) => [r.centre]],
    A9: [(r) => r.district === 300 && r.day === day_of("2021-12-24"), (r) => [r.centre]],
};

/** Answers `questions` over the first `rows` rows: a map of TSV texts like the peers', by id. */
export function plain_answers(rows, seed, questions) {
    const counts = new Map(questions.map(({ id }) => [id, new Map()]));
    for (let i = 0; i < rows; i++) {
        const row = make_row(i, seed);
        for (const [id, count] of counts) {
            const [chosen, key_of] = ANSWERS[id];
            if (!chosen(row)) continue;
            const key = key_of(row).join("\t");
            count.set(key, (count.get(key) ?? 0) + 1);
        }
    }
    return new Map(questions.map((one) => [one.id, as_tsv(one, counts.get(one.id))]));
}

function as_tsv(question, count) {
    if (question.columns.length === 1) return String(count.get("") ?? 0);
    let entries = [...count];
    if (question.ordered) {
        entries.sort((a, b) => b[1] - a[1] || Number(a[0]) - Number(b[0]));
        entries = entries.slice(0, 20);
    }
    return entries.map(([key, n]) => `${key}\t${n}`).join("\n");
}
