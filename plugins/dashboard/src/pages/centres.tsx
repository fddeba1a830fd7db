// SPDX-License-Identifier: MIT
// Centres: the evening's list for the block office. Who registered how many today, who has been
// silent and for how long, who did more than one person can.
import { href, setHere } from "../address";
import { literal, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Band, bandOf, Tile, Tiles } from "../parts/figures";
import { AsOn, Crumbs, Downloads, Facts, PageHead, PrintButton } from "../parts/head";
import { OfPlace } from "../parts/of_place";
import { Shown } from "../parts/status";
import { type Col, DataTable } from "../parts/table";
import type { PageProps } from "../pages";
import { inPlace, type Place, type Ref } from "../place";

const words = {
  title: { en: "Centres", hi: "प्रज्ञा केंद्र" },
  centre: { en: "Centre", hi: "केंद्र" },
  block: { en: "Block", hi: "प्रखंड" },
  today: { en: "On the day", hi: "उस दिन" },
  week: { en: "In 7 days", hi: "7 दिन में" },
  done: { en: "To date", hi: "अब तक" },
  most: { en: "Most in a day", hi: "एक दिन में अधिकतम" },
  mostHelp: { en: "One person can register about a hundred in a day.", hi: "एक व्यक्ति दिन में लगभग सौ निबंधन कर सकता है।" },
  last: { en: "Last active on", hi: "अंतिम सक्रिय दिन" },
  silent: { en: "Days silent", hi: "मौन दिन" },
  active: { en: "Active on the day", hi: "उस दिन सक्रिय" },
  silentWeek: { en: "Silent for 7 days", hi: "7 दिन से मौन" },
  onTheDay: { en: "Registered on the day", hi: "उस दिन निबंधित" },
  average: { en: "Per active centre", hi: "प्रति सक्रिय केंद्र" },
  of: { en: "of {n} centres", hi: "{n} केंद्रों में से" },
  registrations: { en: "registrations, {day}", hi: "निबंधन, {day}" },
  aDay: { en: "registrations on the day", hi: "उस दिन निबंधन" },
  byBlock: { en: "By block", hi: "प्रखंडवार" },
  each: { en: "Each centre", hi: "हर केंद्र" },
  show: { en: "Show", hi: "दिखाएँ" },
  all: { en: "all", hi: "सभी" },
  idle: { en: "silent on the day", hi: "उस दिन मौन" },
  centres: { en: "Centres", hi: "केंद्र" },
  total: { en: "Total", hi: "कुल" },
  none: { en: "No registration here names a centre.", hi: "यहाँ किसी निबंधन में केंद्र नहीं बताया गया।" },
  notStated: { en: "not stated", hi: "नहीं बताया" },
};
const POSSIBLE_A_DAY = 100;

interface Centre {
  centre: string;
  block: string | null;
  block_code: number | null;
  today: number;
  week: number;
  done: number;
  most: number;
  last_day: string;
}
interface Block {
  name: string;
  code: number | null;
  all: number;
  active: number;
  silentWeek: number;
  today: number;
  week: number;
  done: number;
}

export default function Centres({ params }: PageProps) {
  return (
    <OfPlace params={params} title={t(words.title)} levels={["district", "block"]}>
      {(ref, place) => <CentresOf refOf={ref} place={place} params={params} />}
    </OfPlace>
  );
}

function CentresOf({ refOf: ref, place, params }: { refOf: Ref; place: Place | null;
  params: PageProps["params"] }) {
  const latest = useQuery<{ n: number }>("FROM registrations |> AGGREGATE COUNT(*) AS n");
  const asOn = params["as_on"] ?? latest.value?.as_on ?? null;
  const day = asOn && literal(asOn);
  const loaded = useQuery<Centre>(asOn && `FROM registrations
    |> WHERE centre IS NOT NULL AND ${inPlace(ref)} AND date <= ${day}
    |> AGGREGATE COUNT(*) AS n GROUP BY block, centre, date
    |> AGGREGATE SUM(IF(date = ${day}, n, 0)) AS today,
       SUM(IF(date > ${literal(format.addDays(asOn, -7))}, n, 0)) AS week, SUM(n) AS done,
       MAX(n) AS most, MAX(date) AS last_day GROUP BY block, centre
    |> EXTEND block_code |> ORDER BY today DESC, block, centre`);
  const report = `${ref.level}=${ref.code}${params["as_on"] ? `&as_on=${asOn}` : ""}` +
    `&lang=${document.documentElement.lang}`;
  return (
    <>
      <PageHead title={t(words.title)} crumbs={<Crumbs place={place} />} lead={<bdi>{place?.name}</bdi>}>
        <AsOn day={asOn} />
        <Downloads path="/v1/reports/drive/csc_daily" query={report} />
        <PrintButton />
      </PageHead>
      <Shown of={loaded}>
        {(v) => {
          if (v.data.length === 0) return <p class="note">{t(words.none)}</p>;
          const facts = <Facts of={{ ...v, as_on: asOn }} />;
          const blocks = blocksOf(v.data, asOn!);
          return (
            <>
              <Summary rows={v.data} asOn={asOn!} />
              {blocks.length > 1 && <section class="sheet">
                <div class="sheet-head"><h2>{t(words.byBlock)}</h2></div>
                <Blocks rows={blocks} />
                {facts}
              </section>}
              <section class="sheet">
                <div class="sheet-head"><h2>{t(words.each)}</h2><Filter value={params["show"] ?? ""} /></div>
                <List asOn={asOn!} rows={v.data.filter((c) => params["show"] === "idle" ? c.today === 0
                  : params["show"] === "week" ? c.week === 0 : true)} />
                {facts}
              </section>
            </>
          );
        }}
      </Shown>
    </>
  );
}

function Summary({ rows, asOn }: { rows: Centre[]; asOn: string }) {
  const active = rows.filter((c) => c.today > 0);
  const today = rows.reduce((n, c) => n + c.today, 0);
  const of = t(words.of, { n: format.count(rows.length) });
  return (
    <Tiles label={t(words.title)}>
      <Tile main name={t(words.onTheDay)} figure={format.count(today)}
        unit={t(words.registrations, { day: format.day(asOn) })} />
      <Tile name={t(words.active)} figure={format.count(active.length)} unit={of} />
      <Tile name={t(words.silentWeek)} figure={format.count(rows.filter((c) => c.week === 0).length)}
        unit={of} />
      <Tile name={t(words.average)} unit={t(words.aDay)}
        figure={active.length ? format.decimal(today / active.length) : format.NOTHING} />
    </Tiles>
  );
}

function Filter({ value }: { value: string }) {
  const choices = [["", words.all], ["idle", words.idle], ["week", words.silentWeek]] as const;
  return (
    <label class="as-on no-print"><span class="small quiet">{t(words.show)}</span>{" "}
      <select value={value} onChange={(e) => setHere({ show: e.currentTarget.value || null })}>
        {choices.map(([v, w]) => <option key={v} value={v}>{t(w)}</option>)}
      </select>
    </label>
  );
}

function silentDays(c: Centre, asOn: string): number {
  return Math.round((Date.parse(asOn) - Date.parse(c.last_day)) / 86_400_000);
}

function blocksOf(rows: Centre[], asOn: string): Block[] {
  const blocks = new Map<string, Block>();
  for (const c of rows) {
    const key = String(c.block_code);
    const b = blocks.get(key) ?? { name: c.block ?? t(words.notStated), code: c.block_code, all: 0,
      active: 0, silentWeek: 0, today: 0, week: 0, done: 0 };
    b.all++;
    b.active += c.today > 0 ? 1 : 0;
    b.silentWeek += silentDays(c, asOn) >= 7 ? 1 : 0;
    b.today += c.today;
    b.week += c.week;
    b.done += c.done;
    blocks.set(key, b);
  }
  return [...blocks.values()].sort((a, b) => b.today - a.today);
}

function Blocks({ rows }: { rows: Block[] }) {
  const total = rows.reduce((s, b) => ({ ...s, all: s.all + b.all, active: s.active + b.active,
    silentWeek: s.silentWeek + b.silentWeek, today: s.today + b.today, week: s.week + b.week,
    done: s.done + b.done }),
    { name: t(words.total), code: null, all: 0, active: 0, silentWeek: 0, today: 0, week: 0, done: 0 });
  const number = (key: keyof Block, title: string): Col<Block> => ({ key: `b-${key}`, title,
    numeric: true, by: (b) => b[key] as number, show: (b) => format.count(b[key] as number) });
  return <DataTable rows={rows} total={total} caption={t(words.byBlock)} sort="by"
    rowKey={(b) => String(b.code)} cols={[
      { key: "b-name", title: t(words.block), head: true, by: (b) => b.name,
        show: (b) => b.code === null ? b.name
          : <a href={href("centres", { place: `block:${b.code}` })}><bdi>{b.name}</bdi></a> },
      number("all", t(words.centres)), number("active", t(words.active)),
      number("silentWeek", t(words.silentWeek)), number("today", t(words.today)),
      number("week", t(words.week)), number("done", t(words.done)),
    ]} />;
}

function List({ rows, asOn }: { rows: Centre[]; asOn: string }) {
  const sum = (key: "today" | "week" | "done") => rows.reduce((n, c) => n + c[key], 0);
  const total: Centre = { centre: t(words.total), block: "", block_code: null, today: sum("today"),
    week: sum("week"), done: sum("done"), most: 0, last_day: "" };
  const cols: Col<Centre>[] = [
    { key: "centre", title: t(words.centre), head: true, by: (c) => c.centre, show: (c) => <bdi>{c.centre}</bdi> },
    { key: "block", title: t(words.block), by: (c) => c.block, show: (c) => <bdi>{c.block ?? t(words.notStated)}</bdi> },
    { key: "today", title: t(words.today), numeric: true, by: (c) => c.today, show: (c) => format.count(c.today) },
    { key: "week", title: t(words.week), numeric: true, by: (c) => c.week, show: (c) => format.count(c.week) },
    { key: "done", title: t(words.done), numeric: true, by: (c) => c.done, show: (c) => format.count(c.done) },
    { key: "most", title: t(words.most), help: t(words.mostHelp), numeric: true, by: (c) => c.most,
      show: (c) => c.last_day === "" ? "" : c.most > POSSIBLE_A_DAY
        ? <Band band={0} word={t(words.mostHelp)}>{format.count(c.most)}</Band> : format.count(c.most) },
    { key: "last", title: t(words.last), numeric: true, by: (c) => c.last_day,
      show: (c) => c.last_day === "" ? "" : format.day(c.last_day) },
    { key: "silent", title: t(words.silent), numeric: true,
      by: (c) => (c.last_day === "" ? null : silentDays(c, asOn)),
      show: (c) => {
        if (c.last_day === "") return "";
        const n = silentDays(c, asOn);
        return <Band band={n === 0 ? null : bandOf(n, [7, 3, 1])}>{format.count(n)}</Band>;
      } },
  ];
  return <DataTable cols={cols} rows={rows} total={total} caption={t(words.each)}
    rowKey={(c) => `${c.block_code} ${c.centre}`} />;
}
