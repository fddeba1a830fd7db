// SPDX-License-Identifier: MIT
// The table of the review: numbered heads with their formulas, as printed reviews have them.
import { href } from "../address";
import * as format from "../format";
import { t } from "../lang";
import { Band, RankChange } from "../parts/figures";
import { type Col, DataTable } from "../parts/table";
import { type Level, levelWords } from "../place";
import { type Ranked, standing, standingWords } from "./overview_children";

const words = {
  rank: { en: "Rank", hi: "स्थान" },
  change: { en: "Change in 7 days", hi: "7 दिन में बदलाव" },
  target: { en: "Target", hi: "लक्ष्य" },
  done: { en: "Registered to date", hi: "अब तक निबंधित" },
  today: { en: "On the day", hi: "उस दिन" },
  week: { en: "In 7 days", hi: "7 दिन में" },
  pct: { en: "% of target", hi: "लक्ष्य का %" },
  expected: { en: "Expected to date", hi: "अब तक अपेक्षित" },
  gap: { en: "Ahead or behind", hi: "आगे या पीछे" },
  balance: { en: "Balance", hi: "शेष" },
  required: { en: "Required a day", hi: "प्रतिदिन आवश्यक" },
  notStated: { en: "not stated", hi: "नहीं बताया" },
  remarks: { en: "Remarks", hi: "टिप्पणी" },
  caption: { en: "Review", hi: "समीक्षा" },
  legend: {
    en: "Share of the target: ▼ under three quarters of what is expected by now · ◆ behind · ▲ on course · ★ complete.",
    hi: "लक्ष्य का प्रतिशत: ▼ अपेक्षा के तीन चौथाई से कम · ◆ पीछे · ▲ अपेक्षा के अनुसार · ★ पूर्ण।",
  },
};

interface Props {
  rows: Ranked[];
  total: Ranked;
  level: Level;
  withTarget: boolean;
}

/** [4] = [1] − [2]: what a column is made of, by the numbers of the heads. */
function numbered(cols: Col<Ranked>[]): Col<Ranked>[] {
  const at = new Map<string, number>();
  let n = 0;
  for (const c of cols) if (c.numeric && c.key !== "rank" && c.key !== "change") at.set(c.key, ++n);
  const no = (key: string) => `[${at.get(key)}]`;
  const formula: Record<string, string> = {
    pct: `${no("done")}/${no("target")}`,
    gap: `${no("done")}−${no("expected")}`,
    balance: `${no("target")}−${no("done")}`,
  };
  return cols.map((c) => at.has(c.key)
    ? { ...c, sub: formula[c.key] && at.has("target") ? `${no(c.key)} = ${formula[c.key]}` : no(c.key) } : c);
}

export function ReviewTable({ rows, total, level, withTarget }: Props) {
  const gap = (r: Ranked) => (r.expected === null ? null : r.row.done - r.expected);
  const cols: Col<Ranked>[] = [
    { key: "rank", title: t(words.rank), numeric: true, by: (r) => r.rank,
      show: (r) => (r.rank === null ? "" : format.count(r.rank)) },
    { key: "change", title: t(words.change), numeric: true, wide: true, by: (r) => r.change,
      show: (r) => (r.rank === null ? "" : <RankChange by={r.change} />) },
    { key: "place", title: t(levelWords[level]), head: true, by: (r) => r.row.place,
      show: (r) => r.row.code === null
        ? (r.row.place ?? <span class="quiet">{t(words.notStated)}</span>)
        : <a href={href(level === "panchayat" ? "overview" : "review",
            { place: `${level}:${r.row.code}` })}><bdi>{r.row.place}</bdi></a> },
  ];
  const target: Col<Ranked> = { key: "target", title: t(words.target), numeric: true,
    by: (r) => r.target, show: (r) => format.count(r.target) };
  const done: Col<Ranked>[] = [
    { key: "done", title: t(words.done), numeric: true, by: (r) => r.row.done,
      show: (r) => format.count(r.row.done) },
    { key: "today", title: t(words.today), numeric: true, by: (r) => r.row.today,
      show: (r) => format.count(r.row.today) },
    { key: "week", title: t(words.week), numeric: true, by: (r) => r.row.week,
      show: (r) => format.count(r.row.week) },
  ];
  const against: Col<Ranked>[] = [
    { key: "pct", title: t(words.pct), numeric: true, by: (r) => r.pct,
      show: (r) => {
        const band = standing(r.row.done, r.target, r.expected);
        return <Band band={band} word={band === null ? "" : t(standingWords[band]!)}>
          {format.percent(r.pct)}</Band>;
      } },
    { key: "expected", title: t(words.expected), numeric: true, by: (r) => r.expected,
      show: (r) => format.count(r.expected) },
    { key: "gap", title: t(words.gap), numeric: true, by: gap, show: (r) => format.signed(gap(r)) },
    { key: "balance", title: t(words.balance), numeric: true,
      by: (r) => r.remaining, show: (r) => format.count(r.remaining) },
    { key: "required", title: t(words.required), numeric: true, by: (r) => r.required,
      show: (r) => format.count(r.required) },
  ];
  const remarks: Col<Ranked> = { key: "remarks", title: t(words.remarks), printOnly: true,
    show: () => "" };
  const all = withTarget ? [...cols, target, ...done, ...against, remarks] : [...cols, ...done, remarks];
  return (
    <>
      <DataTable cols={numbered(all)} rows={rows} total={total} caption={t(words.caption)}
        rowKey={(r) => String(r.row.code)} />
      {withTarget && <p class="small quiet">{t(words.legend)}</p>}
    </>
  );
}
