// SPDX-License-Identifier: MIT
// The ledger of targets: each set with its source, and how it was shared out to the places.
import { href } from "../address";
import { type Row, type Table, useData, url } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Downloads, Facts, PageHead, PrintButton } from "../parts/head";
import { Shown } from "../parts/status";
import { type Col, DataTable } from "../parts/table";
import type { PageProps } from "../pages";
import { type Level, levelsWords, levelWords } from "../place";
import type { TargetSet } from "./overview_targets";

const words = {
  title: { en: "Targets", hi: "लक्ष्य" },
  lead: {
    en: "Which targets are in force, who set them, and how each was shared out.",
    hi: "कौन-से लक्ष्य लागू हैं, किसने तय किए, और कैसे बाँटे गए।",
  },
  set: { en: "Set", hi: "लक्ष्य-सूची" },
  level: { en: "For", hi: "स्तर" },
  places: { en: "Places", hi: "स्थान" },
  target: { en: "Target, registrations", hi: "लक्ष्य, निबंधन" },
  from: { en: "From", hi: "से" },
  to: { en: "To", hi: "तक" },
  source: { en: "Source", hi: "स्रोत" },
  decided: { en: "Decided on", hi: "निर्णय का दिन" },
  note: { en: "Note", hi: "टिप्पणी" },
  none: { en: "No plugin declares targets.", hi: "किसी प्लगिन में लक्ष्य नहीं हैं।" },
  place: { en: "Place", hi: "स्थान" },
  basis: { en: "How it came about", hi: "कैसे तय हुआ" },
  weight: { en: "Weight", hi: "भार" },
  expected: { en: "Expected to date", hi: "अब तक अपेक्षित" },
  sector: { en: "Sector", hi: "क्षेत्र" },
  department: { en: "Department", hi: "विभाग" },
  total: { en: "Total", hi: "कुल" },
  sums: {
    en: "The places' targets add up to {sum}: exactly what was set.",
    hi: "स्थानों के लक्ष्यों का योग {sum} है: ठीक वही जो तय हुआ।",
  },
  sumsNot: {
    en: "The places' targets add up to {sum}; the set says {target}.",
    hi: "स्थानों के लक्ष्यों का योग {sum} है; लक्ष्य-सूची में {target} है।",
  },
};

interface Share extends Row {
  place_code: number | null;
  place: string;
  target: number;
  basis: string | null;
  weight: number | null;
  sector: string | null;
  department: string | null;
  expected: number | null;
}

export default function Targets({ params }: PageProps) {
  const sets = useData<Table<TargetSet>>(url("/v1/targets"));
  const asked = params["set"];
  const chosen = sets.value?.data.find((s) => `${s.plugin}/${s.set}` === asked) ?? sets.value?.data[0];
  return (
    <>
      <PageHead title={t(words.title)} lead={t(words.lead)}><PrintButton /></PageHead>
      <section class="sheet">
        <Shown of={sets}>
          {(v) => v.data.length === 0 ? <p>{t(words.none)}</p> : <>
            <DataTable rows={v.data} sort="" caption={t(words.title)}
              rowKey={(s) => `${s.plugin}/${s.set}`} cols={[
                { key: "set", title: t(words.set), head: true, show: (s) =>
                  <a href={href("targets", { set: `${s.plugin}/${s.set}` })}
                    aria-current={s === chosen ? "true" : undefined}>{s.title}</a> },
                { key: "level", title: t(words.level), show: (s) =>
                  s.level in levelsWords ? t(levelsWords[s.level as Level]) : s.level },
                { key: "places", title: t(words.places), numeric: true, show: (s) => format.count(s.places) },
                { key: "target", title: t(words.target), numeric: true, show: (s) => format.count(s.target) },
                { key: "from", title: t(words.from), numeric: true, show: (s) => format.day(s.from) },
                { key: "to", title: t(words.to), numeric: true, show: (s) => format.day(s.to) },
                { key: "source", title: t(words.source), show: (s) => s.source ?? format.NOTHING },
                { key: "decided", title: t(words.decided), numeric: true, show: (s) => format.day(s.decided_on) },
              ]} />
            <Facts of={v} />
          </>}
        </Shown>
      </section>
      {chosen && <SetSheet key={`${chosen.plugin}/${chosen.set}`} set={chosen} />}
    </>
  );
}

/** A set by sector or by department says which. */
function parts(set: TargetSet): Col<Share>[] {
  const by = set.by;
  if (by !== "sector" && by !== "department") return [];
  return [{ key: by, title: t(words[by]), by: (r) => r[by] ?? null, show: (r) => r[by] ?? "" }];
}

function SetSheet({ set }: { set: TargetSet }) {
  const path = `/v1/targets/${encodeURIComponent(set.plugin)}/${encodeURIComponent(set.set)}`;
  const shares = useData<Table<Share>>(url(path));
  const level = set.level as Level;
  return (
    <section class="sheet">
      <div class="sheet-head">
        <h2>{set.title}</h2>
        <div class="actions"><Downloads path={path} query={`lang=${document.documentElement.lang}`} /></div>
      </div>
      {set.note && <p>{t(words.note)}: {set.note}</p>}
      <Shown of={shares}>
        {(v) => {
          const sum = v.data.reduce((n, r) => n + r.target, 0);
          const expected = v.data.reduce((n, r) => n + (r.expected ?? 0), 0);
          return (
            <>
              <p class="quiet">{t(sum === set.target ? words.sums : words.sumsNot,
                { sum: format.count(sum), target: format.count(set.target) })}</p>
              <DataTable rows={v.data} caption={set.title} rowKey={(r, i) => `${r.place_code} ${i}`}
                total={{ place_code: null, place: t(words.total), sector: null, department: null, target: sum, basis: "", weight: null, expected }}
                cols={[
                  { key: "place", title: levelWords[level] ? t(levelWords[level]) : t(words.place), head: true,
                    by: (r) => r.place, show: (r) => r.place_code === null ? r.place
                      : <a href={href("overview", { place: `${level}:${r.place_code}`, set: set.set })}>
                          <bdi>{r.place}</bdi></a> },
                  ...parts(set),
                  { key: "target", title: t(words.target), numeric: true, by: (r) => r.target,
                    show: (r) => format.count(r.target) },
                  { key: "expected", title: t(words.expected), numeric: true, by: (r) => r.expected,
                    show: (r) => format.count(r.expected) },
                  { key: "weight", title: t(words.weight), numeric: true, by: (r) => r.weight,
                    show: (r) => r.place_code === null ? "" : format.count(r.weight) },
                  { key: "basis", title: t(words.basis), by: (r) => r.basis, show: (r) => r.basis ?? "" },
                ]} />
              <Facts of={v} />
            </>
          );
        }}
      </Shown>
    </section>
  );
}
