// SPDX-License-Identifier: MIT
// The places below, ranked by their share of the target, or by count where there is none; how far
// each has come, what the week moved, the course of four weeks.
import { href } from "../address";
import { literal, type Row, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Band, Bar, RankChange, Spark } from "../parts/figures";
import { type Col, DataTable } from "../parts/table";
import { inPlace, type Level, levelWords, literalOf, type Ref } from "../place";
import type { TargetSet } from "./overview_targets";

const words = {
  rank: { en: "Rank", hi: "स्थान" },
  change: { en: "7 days", hi: "7 दिन" },
  changeHelp: {
    en: "Places gained or lost within seven days. A rank moves by what others do, too.",
    hi: "सात दिनों में स्थान का बदलाव। दूसरों की गति से भी स्थान बदलता है।",
  },
  done: { en: "Registered", hi: "निबंधित" },
  today: { en: "On the day", hi: "उस दिन" },
  week: { en: "In 7 days", hi: "7 दिन में" },
  course: { en: "28 days", hi: "28 दिन" },
  target: { en: "Target", hi: "लक्ष्य" },
  pct: { en: "% of target", hi: "लक्ष्य का %" },
  progress: { en: "Progress", hi: "प्रगति" },
  remaining: { en: "Remaining", hi: "शेष" },
  required: { en: "Required a day", hi: "प्रतिदिन आवश्यक" },
  notStated: { en: "not stated", hi: "नहीं बताया" },
  total: { en: "Total", hi: "कुल" },
  caption: { en: "Places below, ranked", hi: "नीचे के स्थान, क्रम से" },
  legend: {
    en: "▼ far behind what is expected by now · ◆ behind · ▲ on course · ★ complete. The bar's mark is where a place should stand.",
    hi: "▼ अब तक की अपेक्षा से बहुत पीछे · ◆ पीछे · ▲ अपेक्षा के अनुसार · ★ पूर्ण। पट्टी का निशान: जहाँ होना चाहिए।",
  },
};
export const standingWords = [
  { en: "far behind what is expected", hi: "अपेक्षा से बहुत पीछे" },
  { en: "behind what is expected", hi: "अपेक्षा से पीछे" },
  { en: "on course", hi: "अपेक्षा के अनुसार" },
  { en: "complete", hi: "पूर्ण" },
];

const SPARK_DAYS = 28;
const SPARK_PLACES_MAX = 400;

/** Columns t0, e0, r0, t1, ...: target, expected, required per day of each set asked for. */
export interface Child extends Row {
  place: string | null;
  code: number | null;
  done: number;
  today: number;
  week: number;
}

export function childrenQuery(ref: Ref, level: Level, sets: TargetSet[], asOn: string): string {
  const here = inPlace(ref);
  const day = literal(asOn);
  const place = ref.level === "country" ? "state" : `CHILD_OF(${literalOf(ref)})`;
  const under = ref.level === "country" ? "" : `, under => ${literalOf(ref)}`;
  const targets = sets.map((s, i) => ` |> CALL against_target(${literal(s.set)}, achieved => 'done',
      as_on => ${day})
    |> RENAME target AS t${i}, expected AS e${i}, required_per_day AS r${i}
    |> DROP pct, expected_pct, balance, days_left`).join("");
  return `FROM registrations |> WHERE ${here ? `${here} AND ` : ""}date <= ${day}
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date = ${day}) AS today,
       COUNTIF(date > ${literal(format.addDays(asOn, -7))}) AS week GROUP BY ${place} AS place
    |> CALL complete(${literal(level)}${under})${targets} |> EXTEND place_code AS code`;
}

/** 0 far behind, 1 behind, 2 on course, 3 complete; null: there is no target. */
export function standing(done: number, target: number | null, expected: number | null): number | null {
  if (target === null || target <= 0) return null;
  if (done >= target) return 3;
  if (expected === null || expected <= 0) return 2;
  return done >= expected ? 2 : done >= 0.75 * expected ? 1 : 0;
}

export interface Ranked {
  row: Child;
  target: number | null;
  expected: number | null;
  required: number | null;
  remaining: number | null;
  pct: number | null;
  rank: number | null;
  change: number | null;
}

/** Equal figures share a rank; the next one counts them all. */
function ranks(values: (number | null)[]): (number | null)[] {
  const order = values.filter((v): v is number => v !== null).sort((a, b) => b - a);
  return values.map((v) => (v === null ? null : order.indexOf(v) + 1));
}

export function ranked(rows: Child[], index: number): Ranked[] {
  const num = (r: Child, key: string) => (index < 0 ? null : (r[key + index] as number | null) ?? null);
  const byTarget = rows.some((r) => num(r, "t") !== null);
  const share = (r: Child, done: number) => {
    const target = num(r, "t");
    if (r.code === null) return null;
    return byTarget ? (target ? done / target : null) : done;
  };
  const now = ranks(rows.map((r) => share(r, r.done)));
  const then = ranks(rows.map((r) => share(r, r.done - r.week)));
  return rows
    .map((row, i): Ranked => {
      const target = num(row, "t");
      const a = now[i] ?? null;
      const b = then[i] ?? null;
      return {
        row, target, expected: num(row, "e"), required: num(row, "r"),
        remaining: target === null ? null : Math.max(0, target - row.done),
        pct: target ? (100 * row.done) / target : null,
        rank: a, change: a !== null && b !== null ? b - a : null,
      };
    })
    .sort((a, b) => (a.rank ?? 1e9) - (b.rank ?? 1e9) || b.row.done - a.row.done);
}

function useSparks(ref: Ref, asOn: string, wanted: boolean): Map<number, number[]> {
  const from = format.addDays(asOn, 1 - SPARK_DAYS);
  const here = inPlace(ref);
  const place = ref.level === "country" ? "state" : `CHILD_OF(${literalOf(ref)})`;
  const q = `FROM registrations |> WHERE ${here ? `${here} AND ` : ""}date BETWEEN ${literal(from)}
      AND ${literal(asOn)}
    |> AGGREGATE COUNT(*) AS n GROUP BY ${place} AS place, date
    |> WHERE place IS NOT NULL |> SELECT place_code AS code, date, n`;
  const days = useQuery<{ code: number; date: string; n: number }>(wanted ? q : null);
  const out = new Map<number, number[]>();
  const first = Date.parse(from);
  for (const d of days.value?.data ?? []) {
    if (!out.has(d.code)) out.set(d.code, new Array<number>(SPARK_DAYS).fill(0));
    out.get(d.code)![Math.round((Date.parse(d.date) - first) / 86_400_000)] = d.n;
  }
  return out;
}

export function Children(p: { rows: Child[]; level: Level; index: number; refOf: Ref; asOn: string }) {
  const rows = ranked(p.rows, p.index);
  const withTargets = rows.some((r) => r.target !== null);
  const sparks = useSparks(p.refOf, p.asOn, p.rows.length <= SPARK_PLACES_MAX);
  const stateOf = (r: Ranked) => standing(r.row.done, r.target, r.expected);
  const cols: Col<Ranked>[] = [
    { key: "rank", title: t(words.rank), numeric: true, by: (r) => r.rank,
      show: (r) => r.rank === null ? "" : format.count(r.rank) },
    { key: "change", title: t(words.change), help: t(words.changeHelp), numeric: true, wide: true,
      by: (r) => r.change, show: (r) => r.rank === null ? "" : <RankChange by={r.change} /> },
    { key: "place", title: t(levelWords[p.level]), head: true, by: (r) => r.row.place,
      show: (r) => r.row.code === null
        ? <span class="quiet">{r.row.place ?? t(words.notStated)}</span>
        : <a href={href("overview", { place: `${p.level}:${r.row.code}` })}><bdi>{r.row.place}</bdi></a> },
  ];
  const done: Col<Ranked>[] = [
    { key: "done", title: t(words.done), numeric: true, by: (r) => r.row.done,
      show: (r) => format.count(r.row.done) },
    { key: "today", title: t(words.today), numeric: true, by: (r) => r.row.today,
      show: (r) => format.count(r.row.today) },
    { key: "week", title: t(words.week), numeric: true, by: (r) => r.row.week,
      show: (r) => format.count(r.row.week) },
    { key: "course", title: t(words.course),
      show: (r) => r.row.code !== null && sparks.has(r.row.code)
        ? <Spark days={sparks.get(r.row.code)!} /> : null },
  ];
  const share: Col<Ranked>[] = [
    { key: "pct", title: t(words.pct), numeric: true, by: (r) => r.pct,
      show: (r) => {
        const band = stateOf(r);
        return <Band band={band} word={band === null ? "" : t(standingWords[band]!)}>
          {format.percent(r.pct)}</Band>;
      } },
    { key: "progress", title: t(words.progress), wide: true,
      show: (r) => r.target
        ? <Bar part={r.row.done / r.target}
            mark={r.expected === null ? null : r.expected / r.target} /> : null },
  ];
  const target: Col<Ranked>[] = [
    { key: "target", title: t(words.target), numeric: true, by: (r) => r.target,
      show: (r) => format.count(r.target) },
    { key: "remaining", title: t(words.remaining), numeric: true,
      by: (r) => r.remaining, show: (r) => format.count(r.remaining) },
    { key: "required", title: t(words.required), numeric: true, by: (r) => r.required,
      show: (r) => format.count(r.required) },
  ];
  return (
    <>
      <DataTable cols={withTargets ? [...cols, ...share, ...done, ...target] : [...cols, ...done]} rows={rows} total={sumOf(rows)}
        caption={t(words.caption)} rowKey={(r) => String(r.row.code)} />
      {withTargets && <p class="small quiet">{t(words.legend)}</p>}
    </>
  );
}

/** The row of totals. Its share speaks of the places that have a target. */
export function sumOf(rows: Ranked[]): Ranked & { doneOfThose: number } {
  const add = (of: (r: Ranked) => number | null, which = rows) =>
    which.reduce<number | null>((n, r) => { const v = of(r); return v === null ? n : (n ?? 0) + v; }, null);
  const target = add((r) => r.target);
  const done = add((r) => r.row.done) ?? 0;
  const doneOfThose = add((r) => r.row.done, rows.filter((r) => r.target !== null)) ?? 0;
  return {
    row: { place: t(words.total), code: null, done, today: add((r) => r.row.today) ?? 0,
      week: add((r) => r.row.week) ?? 0 },
    target, expected: add((r) => r.expected), required: add((r) => r.required),
    remaining: add((r) => r.remaining),
    pct: target ? (100 * doneOfThose) / target : null, rank: null, change: null, doneOfThose,
  };
}
