// SPDX-License-Identifier: MIT
// Sectors: what the records count beside what was published, the parts beside the total; then each
// sector by the places below. A difference is shown and never mended.
import { href } from "../address";
import { literal, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { AsOn, Crumbs, Downloads, Facts, PageHead, PrintButton } from "../parts/head";
import { Bar } from "../parts/figures";
import { OfPlace } from "../parts/of_place";
import { Shown } from "../parts/status";
import { type Col, DataTable } from "../parts/table";
import type { PageProps } from "../pages";
import { below, inPlace, inText, india, LEVELS, type Level, levelsWords, levelWords, literalOf, type Place, type Ref }
  from "../place";

const words = {
  title: { en: "Sector summary", hi: "क्षेत्रवार सार" },
  sector: { en: "Sector", hi: "क्षेत्र" },
  counted: { en: "Counted", hi: "गिने गए" },
  stated: { en: "Published", hi: "प्रकाशित" },
  difference: { en: "Difference", hi: "अंतर" },
  share: { en: "Share of all", hi: "कुल में अंश" },
  sumOfSectors: { en: "Sum of the sectors", hi: "क्षेत्रों का योग" },
  notStated: { en: "Sector not stated", hi: "क्षेत्र नहीं बताया" },
  total: { en: "Total", hi: "कुल" },
  reconcile: { en: "Counted and published", hi: "गिने गए और प्रकाशित" },
  published: { en: "Published: {source}, as on {day}.", hi: "प्रकाशित: {source}, {day} की स्थिति।" },
  shortOf: {
    en: "The sectors as published add up to {parts}, {n} short of the published total of {total}.",
    hi: "प्रकाशित क्षेत्रों का योग {parts} है, प्रकाशित कुल {total} से {n} कम।",
  },
  more: {
    en: "The sectors as published add up to {parts}, {n} more than the published total of {total}.",
    hi: "प्रकाशित क्षेत्रों का योग {parts} है, प्रकाशित कुल {total} से {n} अधिक।",
  },
  equal: {
    en: "The sectors as published add up to the published total of {total}.",
    hi: "प्रकाशित क्षेत्रों का योग प्रकाशित कुल {total} के बराबर है।",
  },
  noneStated: {
    en: "No figures were published for this place.",
    hi: "इस स्थान के कोई प्रकाशित आँकड़े नहीं हैं।",
  },
  nameless: {
    en: "{n} of {all} registrations have no sector.",
    hi: "{all} निबंधनों में {n} बिना क्षेत्र के हैं।",
  },
  differs: {
    en: "Counted and published differ in {n} sectors.",
    hi: "{n} क्षेत्रों में गिने गए और प्रकाशित आँकड़े अलग हैं।",
  },
  byPlace: { en: "Sectors by {level}", hi: "{level}वार क्षेत्र" },
  others: { en: "Others", hi: "अन्य" },
};
const CROSS_SECTORS = 7;

interface SectorRow {
  sector: string | null;
  code: string | number | null;
  n: number;
  stated: number | null;
}
interface StatedTotal {
  total: number;
  as_on: string;
  source: string | null;
}

export default function Sectors({ params }: PageProps) {
  return (
    <OfPlace params={params} title={t(words.title)} levels={LEVELS}>
      {(ref, place) => <SectorsOf refOf={ref} place={place} asOn={params["as_on"] ?? null} />}
    </OfPlace>
  );
}

function conditions(ref: Ref, asOn: string | null): string {
  const c = [inPlace(ref), asOn ? `date <= ${literal(asOn)}` : ""].filter(Boolean);
  return c.length ? ` |> WHERE ${c.join(" AND ")}` : "";
}

function SectorsOf({ refOf: ref, place, asOn }: { refOf: Ref; place: Place | null;
  asOn: string | null }) {
  const first = useQuery<{ sector: string | null; code: string | number | null; n: number }>(
    `FROM registrations${conditions(ref, asOn)} |> AGGREGATE COUNT(*) AS n GROUP BY sector
     |> EXTEND sector_code AS code |> ORDER BY n DESC`);
  const day = asOn ?? first.value?.as_on ?? null;
  const of = ref.level === "country" ? "level = 'country'"
    : `level = ${literal(ref.level)} AND place_code = ${ref.code}`;
  const stated = useQuery<{ sector: string | null; code: string | number | null } & StatedTotal>(
    day ? `FROM stated |> WHERE ${of} AND as_on <= ${literal(day)}
      |> SELECT sector, sector_code AS code, total, as_on, source |> ORDER BY as_on DESC, sector` : null);
  const level = below(ref.level);
  return (
    <>
      <PageHead title={t(words.title)} crumbs={<Crumbs place={place} />}
        lead={<bdi>{place?.name ?? t(india)}</bdi>}>
        <AsOn day={day} />
        {ref.level === "district" && <Downloads path="/v1/reports/drive/sector_summary"
          query={`district=${ref.code}${asOn ? `&as_on=${asOn}` : ""}&lang=${document.documentElement.lang}`} />}
        <PrintButton />
      </PageHead>
      <section class="sheet">
        <div class="sheet-head"><h2>{t(words.reconcile)}</h2></div>
        <Shown of={first}>
          {(v) => <>
            <Reconciled counted={v.data} stated={stated.value?.data ?? []} />
            <Facts of={{ ...v, as_on: day }} />
          </>}
        </Shown>
      </section>
      {level && day && <Cross refOf={ref} level={level} asOn={asOn} />}
    </>
  );
}

/** Counted and the newest published figure of each sector, side by side. */
function merge(counted: SectorsIn[], stated: StatedIn[]): SectorRow[] {
  const newest = new Map<string, StatedIn>();
  for (const s of stated)
    if (s.sector !== null && !newest.has(String(s.code))) newest.set(String(s.code), s);
  const rows: SectorRow[] = counted.filter((r) => r.sector !== null).map((r) => {
    const s = newest.get(String(r.code));
    newest.delete(String(r.code));
    return { ...r, stated: s?.total ?? null };
  });
  for (const s of newest.values()) rows.push({ sector: s.sector, code: s.code, n: 0, stated: s.total });
  return rows;
}
type SectorsIn = { sector: string | null; code: string | number | null; n: number };
type StatedIn = SectorsInStated & StatedTotal;
type SectorsInStated = { sector: string | null; code: string | number | null };

function Reconciled({ counted, stated }: { counted: SectorsIn[]; stated: StatedIn[] }) {
  const rows = merge(counted, stated);
  const all = counted.reduce((n, r) => n + r.n, 0);
  const parts = rows.reduce((n, r) => n + r.n, 0);
  const nameless = all - parts;
  const published = stated.find((s) => s.sector === null) ?? null;
  const any = stated.length > 0;
  const statedParts = rows.some((r) => r.stated !== null)
    ? rows.reduce((n, r) => n + (r.stated ?? 0), 0) : null;
  const extra: SectorRow[] = [
    { sector: t(words.sumOfSectors), code: "sum", n: parts, stated: statedParts },
    { sector: t(words.notStated), code: "none", n: nameless, stated: null },
  ];
  const total: SectorRow = { sector: t(words.total), code: "total", n: all,
    stated: published?.total ?? null };
  const diff = (r: SectorRow) => (r.stated === null ? null : r.n - r.stated);
  const cols: Col<SectorRow>[] = [
    { key: "sector", title: t(words.sector), head: true, show: (r) => r.sector ?? "" },
    { key: "n", title: t(words.counted), numeric: true, show: (r) => format.count(r.n) },
  ];
  if (any) cols.push(
    { key: "stated", title: t(words.stated), numeric: true, show: (r) => format.count(r.stated) },
    { key: "difference", title: t(words.difference), numeric: true,
      show: (r) => {
        const d = diff(r);
        return d ? <strong class="down">{format.signed(d)}</strong> : format.signed(d);
      } });
  cols.push(
    { key: "share", title: t(words.share), numeric: true,
      show: (r) => format.percent(all ? (100 * r.n) / all : null) },
    { key: "bar", title: t(words.share), quiet: true, wide: true, show: (r) => ["sum", "total"].includes(String(r.code)) ? null
      : <Bar part={all ? r.n / all : 0} /> });
  return (
    <>
      <p class="summary">{sentence(statedParts, published, rows, nameless, all)}</p>
      {published && <p class="small quiet">
        {t(words.published, { source: published.source ?? "–", day: format.day(published.as_on) })}</p>}
      <DataTable cols={cols} rows={[...rows, ...extra]} total={total} sort=""
        subtotal={(r) => r.code === "sum" || r.code === "none"}
        caption={t(words.reconcile)} rowKey={(r) => String(r.code)} />
    </>
  );
}

function sentence(parts: number | null, published: StatedTotal | null, rows: SectorRow[],
  nameless: number, all: number): string {
  const said: string[] = [];
  if (parts === null || published === null) said.push(t(words.noneStated));
  else {
    const gap = published.total - parts;
    said.push(t(gap > 0 ? words.shortOf : gap < 0 ? words.more : words.equal, {
      parts: format.count(parts), n: format.count(Math.abs(gap)), total: format.count(published.total) }));
    const differ = rows.filter((r) => r.stated !== null && r.stated !== r.n).length;
    if (differ > 0) said.push(t(words.differs, { n: differ }));
  }
  if (nameless > 0)
    said.push(t(words.nameless, { n: format.count(nameless), all: format.count(all) }));
  return said.join(" ");
}

interface CrossRow {
  place: string | null;
  code: number | null;
  of: Map<string, number>;
  all: number;
}

function Cross({ refOf: ref, level, asOn }: { refOf: Ref; level: Level; asOn: string | null }) {
  const group = ref.level === "country" ? "state" : `CHILD_OF(${literalOf(ref)})`;
  const cells = useQuery<{ place: string | null; code: number | null; sector: string | null;
    sector_code: string | number | null; n: number }>(
    `FROM registrations${conditions(ref, asOn)} |> AGGREGATE COUNT(*) AS n GROUP BY ${group} AS place, sector
     |> SELECT place, place_code AS code, sector, sector_code, n`);
  return (
    <section class="sheet">
      <div class="sheet-head"><h2>{t(words.byPlace, { level: inText(levelWords[level]) })}</h2></div>
      <Shown of={cells}>
        {(v) => {
          const bySector = new Map<string, { name: string; n: number }>();
          const rows = new Map<string, CrossRow>();
          for (const c of v.data) {
            const key = c.sector === null ? "none" : String(c.sector_code);
            const s = bySector.get(key) ?? { name: c.sector ?? t(words.notStated), n: 0 };
            bySector.set(key, { ...s, n: s.n + c.n });
            const at = String(c.code);
            const r = rows.get(at) ?? { place: c.place, code: c.code, of: new Map(), all: 0 };
            r.of.set(key, (r.of.get(key) ?? 0) + c.n);
            r.all += c.n;
            rows.set(at, r);
          }
          const top = [...bySector].filter(([k]) => k !== "none").sort((a, b) => b[1].n - a[1].n)
            .slice(0, CROSS_SECTORS);
          const rest = (r: CrossRow) => r.all - top.reduce((n, [k]) => n + (r.of.get(k) ?? 0), 0);
          const total: CrossRow = { place: t(words.total), code: null,
            of: new Map([...bySector].map(([k, s]) => [k, s.n])),
            all: [...bySector.values()].reduce((n, s) => n + s.n, 0) };
          const cols: Col<CrossRow>[] = [
            { key: "x-place", title: t(levelWords[level]), head: true, by: (r) => r.place,
              show: (r) => r.code === null ? (r.place ?? t(words.notStated))
                : <a href={href("sectors", { place: `${level}:${r.code}` })}><bdi>{r.place}</bdi></a> },
            ...top.map(([k, s]): Col<CrossRow> => ({ key: `x-${k}`, title: s.name, numeric: true,
              by: (r) => r.of.get(k) ?? 0, show: (r) => format.count(r.of.get(k) ?? 0) })),
            { key: "x-rest", title: t(words.others), numeric: true, by: rest,
              show: (r) => format.count(rest(r)) },
            { key: "x-all", title: t(words.total), numeric: true, by: (r) => r.all,
              show: (r) => format.count(r.all) },
          ];
          return <DataTable cols={cols} rows={[...rows.values()].sort((a, b) => b.all - a.all)}
            total={total} caption={t(levelsWords[level])} rowKey={(r) => String(r.code)} />;
        }}
      </Shown>
    </section>
  );
}
