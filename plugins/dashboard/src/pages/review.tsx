// SPDX-License-Identifier: MIT
// The review: each place below one, with target, what is done, what was expected, what remains and
// what it takes a day. Printed, it is the sheet that lies before the meeting: numbered columns, a
// column for remarks.
import { setHere } from "../address";
import { type Row, type Table, useData, url, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { AsOn, Crumbs, Facts, PageHead, PrintButton } from "../parts/head";
import { OfPlace } from "../parts/of_place";
import { Shown } from "../parts/status";
import type { PageProps } from "../pages";
import { below, india, type Level, levelWords, type Place, type Ref } from "../place";
import { type Child, childrenQuery, type Ranked, ranked, standing, sumOf } from "./overview_children";
import { setsFor, type TargetSet } from "./overview_targets";
import { ReviewTable } from "./review_table";

const words = {
  title: { en: "{level} review", hi: "{level}वार समीक्षा" },
  set: { en: "Targets", hi: "लक्ष्य-सूची" },
  noSet: {
    en: "No set of targets speaks of these places: they are ranked by what is registered.",
    hi: "इन स्थानों का कोई लक्ष्य नहीं है: क्रम निबंधन की संख्या से है।",
  },
  behind: {
    en: "{done} of {target} ({pct}). Behind what is expected: {names}.",
    hi: "{target} में से {done} ({pct})। अपेक्षा से पीछे: {names}।",
  },
  fine: {
    en: "{done} of {target} ({pct}). No place is behind what is expected.",
    hi: "{target} में से {done} ({pct})। कोई स्थान अपेक्षा से पीछे नहीं है।",
  },
};
const REVIEW_LEVELS: readonly Level[] = ["country", "state", "district", "block"];

export default function Review({ params }: PageProps) {
  return (
    <OfPlace params={params} title={t(words.title, { level: t(levelWords.block) })}
      levels={REVIEW_LEVELS}>
      {(ref, place) => <ReviewOf refOf={ref} place={place} params={params} />}
    </OfPlace>
  );
}

/** The day of the latest figures. */
function useLatest(): string | null {
  const any = useQuery<Row>("FROM registrations |> AGGREGATE COUNT(*) AS n");
  return any.value?.as_on ?? null;
}

function ReviewOf({ refOf: ref, place, params }: { refOf: Ref; place: Place | null;
  params: PageProps["params"] }) {
  const level = below(ref.level)!;
  const latest = useLatest();
  const asOn = params["as_on"] ?? latest;
  const sets = useData<Table<TargetSet>>(url("/v1/targets"));
  const candidates = sets.value ? setsFor(sets.value.data, asOn) : null;
  const rows = useQuery<Child>(
    asOn && candidates ? childrenQuery(ref, level, candidates, asOn) : null);
  const speaking = (candidates ?? []).map((s, i) => ({ s, i }))
    .filter(({ i }) => rows.value?.data.some((r) => r[`t${i}`] != null));
  const chosen = speaking.find(({ s }) => s.set === params["set"]) ?? speaking[0] ?? null;
  return (
    <>
      <PageHead title={t(words.title, { level: t(levelWords[level]) })}
        crumbs={<Crumbs place={place} />} lead={<bdi>{place?.name ?? t(india)}</bdi>}>
        {speaking.length > 1 && (
          <label class="as-on"><span class="small quiet">{t(words.set)}</span>
            <select value={chosen?.s.set} onChange={(e) => setHere({ set: e.currentTarget.value })}>
              {speaking.map(({ s }) => <option key={s.set} value={s.set}>{s.title}</option>)}
            </select>
          </label>
        )}
        <AsOn day={asOn} />
        <PrintButton />
      </PageHead>
      <section class="sheet">
        <Shown of={rows}>
          {(v) => {
            const list = ranked(v.data, chosen?.i ?? -1);
            return (
              <>
                <p class="summary">{summary(list, chosen !== null)}</p>
                {chosen && <p class="small quiet">{chosen.s.title}
                  {chosen.s.source && <> · {chosen.s.source}</>}</p>}
                <ReviewTable rows={list} total={sumOf(list)} level={level} withTarget={chosen !== null} />
                <Facts of={{ ...v, as_on: asOn }} />
              </>
            );
          }}
        </Shown>
      </section>
    </>
  );
}

function summary(rows: Ranked[], withTarget: boolean): string {
  if (!withTarget) return t(words.noSet);
  const all = sumOf(rows);
  const names = rows
    .filter((r) => { const s = standing(r.row.done, r.target, r.expected); return s === 0 || s === 1; })
    .map((r) => r.row.place ?? "").join(", ");
  return t(names ? words.behind : words.fine, { done: format.count(all.doneOfThose),
    target: format.count(all.target), pct: format.percent(all.pct), names });
}
