// SPDX-License-Identifier: MIT
// Panchayats: in how many of each block anybody was registered, which have none, which have fallen
// silent; then each panchayat, the weakest first.
import { href, setHere } from "../address";
import { literal, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Band, bandOf, Bar, Tile, Tiles } from "../parts/figures";
import { AsOn, Crumbs, Facts, PageHead, PrintButton } from "../parts/head";
import { OfPlace } from "../parts/of_place";
import { Shown } from "../parts/status";
import { type Col, DataTable } from "../parts/table";
import type { PageProps } from "../pages";
import { inPlace, literalOf, type Place, type Ref } from "../place";

const words = {
  title: { en: "Panchayat coverage", hi: "पंचायतों में पहुँच" },
  block: { en: "Block", hi: "प्रखंड" },
  panchayat: { en: "Panchayat", hi: "पंचायत" },
  panchayats: { en: "Panchayats", hi: "पंचायतें" },
  reached: { en: "Reached", hi: "पहुँचे" },
  reachedHelp: { en: "with at least one registration", hi: "कम से कम एक निबंधन" },
  without: { en: "With none", hi: "बिना निबंधन" },
  quiet: { en: "None in 7 days", hi: "7 दिन में कोई नहीं" },
  share: { en: "Coverage", hi: "पहुँच" },
  done: { en: "Registered", hi: "निबंधित" },
  week: { en: "In 7 days", hi: "7 दिन में" },
  last: { en: "Last on", hi: "अंतिम दिन" },
  state: { en: "State", hi: "स्थिति" },
  none: { en: "none yet", hi: "अभी कोई नहीं" },
  silent: { en: "silent", hi: "मौन" },
  active: { en: "active", hi: "सक्रिय" },
  of: { en: "of {n} panchayats", hi: "{n} पंचायतों में से" },
  byBlock: { en: "By block", hi: "प्रखंडवार" },
  each: { en: "Each panchayat, the weakest first", hi: "हर पंचायत, सबसे कमज़ोर पहले" },
  show: { en: "Show", hi: "दिखाएँ" },
  all: { en: "all", hi: "सभी" },
  nowhere: {
    en: "{n} registrations name no panchayat.",
    hi: "{n} निबंधनों में पंचायत नहीं बताई गई।",
  },
  noList: {
    en: "No list of panchayats was imported for this place.",
    hi: "इस स्थान की पंचायतों की सूची आयात नहीं हुई है।",
  },
  total: { en: "Total", hi: "कुल" },
};

interface Panchayat {
  block: string | null;
  block_code: number | null;
  panchayat: string | null;
  code: number | null;
  done: number;
  week: number;
  last_day: string | null;
}
interface Block {
  name: string;
  code: number | null;
  all: number;
  reached: number;
  quiet: number;
  done: number;
}

export default function Coverage({ params }: PageProps) {
  return (
    <OfPlace params={params} title={t(words.title)} levels={["district", "block"]}>
      {(ref, place) => <CoverageOf refOf={ref} place={place} params={params} />}
    </OfPlace>
  );
}

const stateOf = (p: Panchayat) => (p.done === 0 ? 0 : p.week === 0 ? 1 : 2);

function CoverageOf({ refOf: ref, place, params }: { refOf: Ref; place: Place | null;
  params: PageProps["params"] }) {
  const latest = useQuery<{ n: number }>("FROM registrations |> AGGREGATE COUNT(*) AS n");
  const asOn = params["as_on"] ?? latest.value?.as_on ?? null;
  const day = asOn && literal(asOn);
  const loaded = useQuery<Panchayat>(asOn && `FROM registrations
    |> WHERE ${inPlace(ref)} AND date <= ${day}
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date > ${literal(format.addDays(asOn, -7))}) AS week,
       MAX(date) AS last_day GROUP BY block, panchayat
    |> CALL complete('panchayat', under => ${literalOf(ref)})
    |> EXTEND block_code, panchayat_code AS code |> ORDER BY done, block, panchayat`);
  return (
    <>
      <PageHead title={t(words.title)} crumbs={<Crumbs place={place} />}
        lead={<bdi>{place?.name}</bdi>}>
        <AsOn day={asOn} /><PrintButton />
      </PageHead>
      <Shown of={loaded}>
        {(v) => {
          const named = v.data.filter((p) => p.code !== null);
          const nowhere = v.data.filter((p) => p.code === null).reduce((n, p) => n + p.done, 0);
          if (named.length === 0) return <p class="note">{t(words.noList)}</p>;
          const facts = <Facts of={{ ...v, as_on: asOn }} />;
          return (
            <>
              <Summary rows={named} />
              {nowhere > 0 && <p class="small quiet">{t(words.nowhere, { n: format.count(nowhere) })}</p>}
              <section class="sheet">
                <div class="sheet-head"><h2>{t(words.byBlock)}</h2></div>
                <Blocks rows={blocksOf(named)} />
                {facts}
              </section>
              <section class="sheet">
                <div class="sheet-head"><h2>{t(words.each)}</h2><Filter value={params["show"] ?? ""} /></div>
                <Panchayats rows={named.filter((p) => params["show"] === "none" ? p.done === 0
                  : params["show"] === "quiet" ? p.week === 0 : true)} />
                {facts}
              </section>
            </>
          );
        }}
      </Shown>
    </>
  );
}

function Summary({ rows }: { rows: Panchayat[] }) {
  const of = t(words.of, { n: format.count(rows.length) });
  const reached = rows.filter((p) => p.done > 0).length;
  return (
    <Tiles label={t(words.title)}>
      <Tile main name={t(words.reached)} figure={format.count(reached)} unit={of} />
      <Tile name={t(words.share)} figure={format.percent((100 * reached) / rows.length)} unit={of} />
      <Tile name={t(words.without)} figure={format.count(rows.length - reached)} unit={of} />
      <Tile name={t(words.quiet)} figure={format.count(rows.filter((p) => p.week === 0).length)} unit={of} />
    </Tiles>
  );
}

function Filter({ value }: { value: string }) {
  const choices = [["", words.all], ["none", words.without], ["quiet", words.quiet]] as const;
  return (
    <label class="as-on no-print"><span class="small quiet">{t(words.show)}</span>{" "}
      <select value={value} onChange={(e) => setHere({ show: e.currentTarget.value || null })}>
        {choices.map(([v, w]) => <option key={v} value={v}>{t(w)}</option>)}
      </select>
    </label>
  );
}

export function blocksOf(rows: Panchayat[]): Block[] {
  const blocks = new Map<string, Block>();
  for (const p of rows) {
    const key = String(p.block_code);
    const b = blocks.get(key) ?? { name: p.block ?? "", code: p.block_code, all: 0, reached: 0, quiet: 0, done: 0 };
    b.all++;
    b.reached += p.done > 0 ? 1 : 0;
    b.quiet += p.week === 0 ? 1 : 0;
    b.done += p.done;
    blocks.set(key, b);
  }
  return [...blocks.values()].sort((a, b) => a.reached / a.all - b.reached / b.all || b.quiet - a.quiet);
}

function Blocks({ rows }: { rows: Block[] }) {
  const total: Block = rows.reduce((s, b) => ({ ...s, all: s.all + b.all, reached: s.reached + b.reached,
    quiet: s.quiet + b.quiet, done: s.done + b.done }),
    { name: t(words.total), code: null, all: 0, reached: 0, quiet: 0, done: 0 });
  const share = (b: Block) => (b.all ? (100 * b.reached) / b.all : null);
  const cols: Col<Block>[] = [
    { key: "b-name", title: t(words.block), head: true, by: (b) => b.name,
      show: (b) => b.code === null ? b.name
        : <a href={href("coverage", { place: `block:${b.code}` })}><bdi>{b.name}</bdi></a> },
    { key: "b-all", title: t(words.panchayats), numeric: true, by: (b) => b.all, show: (b) => format.count(b.all) },
    { key: "b-reached", title: t(words.reached), help: t(words.reachedHelp), numeric: true,
      by: (b) => b.reached, show: (b) => format.count(b.reached) },
    { key: "b-without", title: t(words.without), numeric: true, by: (b) => b.all - b.reached,
      show: (b) => format.count(b.all - b.reached) },
    { key: "b-quiet", title: t(words.quiet), numeric: true, by: (b) => b.quiet, show: (b) => format.count(b.quiet) },
    { key: "b-share", title: t(words.share), numeric: true, by: share,
      show: (b) => <Band band={bandOf(share(b), [50, 90, 100])}>{format.percent(share(b))}</Band> },
    { key: "b-bar", title: t(words.share), quiet: true, wide: true, show: (b) => <Bar part={b.all ? b.reached / b.all : 0} /> },
    { key: "b-done", title: t(words.done), numeric: true, by: (b) => b.done, show: (b) => format.count(b.done) },
  ];
  return <DataTable cols={cols} rows={rows} total={total} caption={t(words.byBlock)} sort="by"
    rowKey={(b) => String(b.code)} />;
}

function Panchayats({ rows }: { rows: Panchayat[] }) {
  const state = [words.none, words.silent, words.active];
  const cols: Col<Panchayat>[] = [
    { key: "panchayat", title: t(words.panchayat), head: true, by: (p) => p.panchayat,
      show: (p) => <a href={href("overview", { place: `panchayat:${p.code}` })}><bdi>{p.panchayat}</bdi></a> },
    { key: "block", title: t(words.block), by: (p) => p.block, show: (p) => <bdi>{p.block}</bdi> },
    { key: "done", title: t(words.done), numeric: true, by: (p) => p.done, show: (p) => format.count(p.done) },
    { key: "week", title: t(words.week), numeric: true, by: (p) => p.week, show: (p) => format.count(p.week) },
    { key: "last", title: t(words.last), numeric: true, by: (p) => p.last_day, show: (p) => format.day(p.last_day) },
    { key: "state", title: t(words.state), by: stateOf,
      show: (p) => <Band band={stateOf(p)}>{t(state[stateOf(p)]!)}</Band> },
  ];
  return <DataTable cols={cols} rows={rows} caption={t(words.each)} rowKey={(p) => String(p.code)} />;
}
