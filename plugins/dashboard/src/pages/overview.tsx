// SPDX-License-Identifier: MIT
// A place at a glance: what is registered and what remains, the course against the target, sectors,
// and the places below, ranked. Three steps of asking: the place with its days, then its targets and
// the places below, then what is needed only further down.
import { setHere } from "../address";
import { type Loaded, type Table, useData, url, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Course, type Point } from "../parts/course";
import { Band, Bar, Tile, Tiles, WAITING } from "../parts/figures";
import { AsOn, Crumbs, Facts, PageHead, placeTitle, PrintButton } from "../parts/head";
import { OfPlace } from "../parts/of_place";
import { Shown } from "../parts/status";
import type { PageProps } from "../pages";
import { below, inPlace, inText, LEVELS, levelsWords, type Place, type Ref, refText } from "../place";
import { type Child, Children, childrenQuery, standing, standingWords } from "./overview_children";
import { Sectors } from "./overview_sectors";
import { goalQuery, type GoalRow, type Own, ownQuery, type TargetSet, setsFor } from "./overview_targets";

const words = {
  title: { en: "Overview", hi: "सार" },
  tiles: { en: "Registrations", hi: "निबंधन" },
  today: { en: "On the day", hi: "उस दिन" },
  week: { en: "This week", hi: "इस सप्ताह" },
  month: { en: "This month", hi: "इस माह" },
  fy: { en: "FY {fy}", hi: "वि॰व॰ {fy}" },
  fyLong: { en: "Financial year {fy}", hi: "वित्तीय वर्ष {fy}" },
  total: { en: "Total", hi: "कुल" },
  target: { en: "Target", hi: "लक्ष्य" },
  remaining: { en: "Remaining", hi: "शेष" },
  required: { en: "Required", hi: "आवश्यक" },
  registrations: { en: "registrations", hi: "निबंधन" },
  since: { en: "registrations since {day}", hi: "{day} से निबंधन" },
  ofTarget: { en: "{pct} of the target", hi: "लक्ष्य का {pct}" },
  byDay: { en: "registrations by {day}", hi: "{day} तक निबंधन" },
  daysLeft: { en: "registrations, {n} days left", hi: "निबंधन, {n} दिन शेष" },
  perDay: { en: "on each day left", hi: "शेष हर दिन" },
  noTarget: { en: "no target is set", hi: "कोई लक्ष्य तय नहीं" },
  partly: {
    en: "Only {n} of {all} {places} have a target; share and remainder speak of these.",
    hi: "{places}: {all} में से केवल {n} का लक्ष्य है; प्रतिशत और शेष इन्हीं के हैं।",
  },
  course: { en: "Course", hi: "प्रगति" },
  sectors: { en: "Sectors", hi: "क्षेत्र" },
  set: { en: "Targets", hi: "लक्ष्य-सूची" },
  nothing: { en: "Nothing is registered here yet.", hi: "यहाँ अभी कोई निबंधन नहीं हुआ है।" },
};

interface Day {
  date: string;
  n: number;
  fy: string;
}

/** What the tiles say, from the days. */
export function sums(days: Day[], asOn: string) {
  const monday = format.addDays(asOn, -((format.asDate(asOn).getUTCDay() + 6) % 7));
  const month = asOn.slice(0, 7);
  const upTo = days.filter((d) => d.date <= asOn);
  const fy = upTo[upTo.length - 1]?.fy ?? "";
  const sum = (keep: (d: Day) => boolean) =>
    upTo.reduce((s, d) => s + (keep(d) ? d.n : 0), 0);
  return {
    monday, fy,
    today: sum((d) => d.date === asOn),
    week: sum((d) => d.date >= monday),
    month: sum((d) => d.date.startsWith(month)),
    year: sum((d) => d.fy === fy),
    total: sum(() => true),
  };
}

function running(days: Day[]): Point[] {
  let n = 0;
  return days.map((d) => ({ day: d.date, n: (n += d.n) }));
}

const where = (ref: Ref) => {
  const c = inPlace(ref);
  return c ? ` |> WHERE ${c}` : "";
};

export default function Overview({ params }: PageProps) {
  return (
    <OfPlace params={params} title={t(words.title)} levels={LEVELS}>
      {(ref, place) => <PlaceView key={refText(ref)} refOf={ref} place={place} params={params} />}
    </OfPlace>
  );
}

function PlaceView({ refOf: ref, place, params }: { refOf: Ref; place: Place | null;
  params: PageProps["params"] }) {
  const days = useQuery<Day>(`FROM registrations${where(ref)}
    |> AGGREGATE COUNT(*) AS n GROUP BY date |> EXTEND FISCAL_LABEL(date) AS fy |> ORDER BY date`);
  const sets = useData<Table<TargetSet>>(url("/v1/targets"));
  const asOn = params["as_on"] ?? days.value?.as_on ?? null;
  const candidates = sets.value ? setsFor(sets.value.data, asOn) : null;
  const own = useQuery<Own>(asOn && candidates?.length ? ownQuery(ref, candidates, asOn) : null);
  const childLevel = below(ref.level);
  const children = useQuery<Child>(
    asOn && candidates && childLevel ? childrenQuery(ref, childLevel, candidates, asOn) : null);
  const chosen = chosenOf(own, params["set"]);
  const setIndex = candidates?.findIndex((s) => s.set === chosen?.set) ?? -1;
  const set = setIndex >= 0 ? candidates![setIndex]! : null;
  const goal = useQuery<GoalRow>(chosen && set ? goalQuery(ref, set) : null);
  const head = placeTitle(ref, place);
  return (
    <>
      <PageHead title={head.title} lead={head.what}
        crumbs={ref.level === "country" ? null : <Crumbs place={place} />}>
        {own.value && own.value.data.length > 1 && candidates &&
          <SetChoice sets={candidates} own={own.value.data} chosen={chosen?.set ?? ""} />}
        <AsOn day={asOn} />
        <PrintButton />
      </PageHead>
      {days.busy ? <Blank /> : <Shown of={days}>
        {(d) => asOn === null || d.data.length === 0
          ? <p class="note">{t(words.nothing)}</p>
          : <Glance days={d.data} asOn={asOn} chosen={chosen} set={set}
              waiting={own.busy || candidates === null}
              children={children.value?.data ?? null} index={setIndex} refOf={ref} />}
      </Shown>}
      <div class="cols">
        <section class="sheet">
          <div class="sheet-head"><h2>{t(words.course)}</h2>
            {set && <span class="small quiet">{set.title}</span>}</div>
          {!days.problem && <Course
            done={running((days.value?.data ?? []).filter((d) => asOn !== null && d.date <= asOn))}
            goal={(goal.value?.data ?? []).map((g) => ({ day: g.day, n: g.expected ?? 0 }))} />}
          {days.value && <Facts of={{ ...days.value, as_on: asOn }} />}
        </section>
        <section class="sheet">
          <div class="sheet-head"><h2>{t(words.sectors)}</h2></div>
          <Sectors refOf={ref} asOn={params["as_on"] ?? null} />
        </section>
      </div>
      {childLevel && (
        <section class="sheet">
          <div class="sheet-head"><h2>{t(levelsWords[childLevel])}</h2></div>
          <Shown of={children}>
            {(c) => <>
              <Children rows={c.data} level={childLevel} index={setIndex} refOf={ref} asOn={asOn!} />
              <Facts of={{ ...c, as_on: asOn }} />
            </>}
          </Shown>
        </section>
      )}
    </>
  );
}

/** The set asked for, else the first that gives this place a target. */
function chosenOf(own: Loaded<Table<Own>>, asked: string | undefined): Own | null {
  const rows = own.value?.data ?? [];
  return rows.find((r) => r.set === asked) ?? rows[0] ?? null;
}

function SetChoice({ sets, own, chosen }: { sets: TargetSet[]; own: Own[]; chosen: string }) {
  return (
    <label class="as-on"><span class="small quiet">{t(words.set)}</span>{" "}
      <select value={chosen} onChange={(e) => setHere({ set: e.currentTarget.value })}>
        {own.map((o) => (
          <option key={o.set} value={o.set}>{sets.find((s) => s.set === o.set)?.title ?? o.set}</option>
        ))}
      </select>
    </label>
  );
}

/** The tiles while their figures are on their way: they take the room that they will need. */
function Blank() {
  const names = [t(words.total), t(words.today), t(words.week), t(words.month), t(words.fy, { fy: "" }),
    t(words.target), t(words.remaining), t(words.required)];
  return (
    <>
      <Tiles label={t(words.tiles)}>
        {names.map((n, i) => <Tile key={n} main={i === 0} name={n} figure={WAITING} unit="" />)}
      </Tiles>
      <div class="no-print progress"><Bar part={0} /></div>
    </>
  );
}

function Glance(p: { days: Day[]; asOn: string; chosen: Own | null; set: TargetSet | null;
  waiting: boolean; children: Child[] | null; index: number; refOf: Ref }) {
  const s = sums(p.days, p.asOn);
  const level = below(p.refOf.level);
  const withTarget = p.children?.filter((c) => c[`t${p.index}`] != null) ?? [];
  const partly = p.chosen !== null && p.children !== null && withTarget.length > 0 &&
    withTarget.length < p.children.filter((c) => c.code !== null).length;
  const done = partly ? withTarget.reduce((n, c) => n + c.done, 0) : s.total;
  const target = p.chosen?.target ?? null;
  const remaining = target === null ? null : Math.max(0, target - done);
  const left = p.chosen?.days_left ?? null;
  const perDay = remaining !== null && left ? Math.ceil(remaining / left) : null;
  const stands = standing(done, target, p.chosen?.expected ?? null);
  const pct = target ? (100 * done) / target : null;
  return (
    <>
      <Tiles label={t(words.tiles)}>
        <Tile main name={t(words.total)} figure={format.count(s.total)}
          unit={pct === null ? t(words.registrations)
            : <Band band={stands} word={stands === null ? "" : t(standingWords[stands]!)}>
                {t(words.ofTarget, { pct: format.percent(pct) })}</Band>} />
        <Tile name={t(words.today)} figure={format.count(s.today)}
          unit={`${t(words.registrations)}, ${format.dayShort(p.asOn)}`} />
        <Tile name={t(words.week)} figure={format.count(s.week)}
          unit={t(words.since, { day: format.dayShort(s.monday) })} />
        <Tile name={t(words.month)} figure={format.count(s.month)}
          unit={t(words.since, { day: format.dayShort(`${p.asOn.slice(0, 7)}-01`) })} />
        <Tile name={t(words.fy, { fy: s.fy })} title={t(words.fyLong, { fy: s.fy })} figure={format.count(s.year)}
          unit={t(words.registrations)} />
        <Tile name={t(words.target)} figure={p.waiting ? WAITING : format.count(target)}
          unit={target === null ? t(words.noTarget) : t(words.byDay, { day: format.day(p.set?.to) })} />
        <Tile name={t(words.remaining)} figure={p.waiting ? WAITING : format.count(remaining)}
          unit={remaining === null ? t(words.noTarget)
            : t(words.daysLeft, { n: format.count(left) })} />
        <Tile name={t(words.required)} figure={p.waiting ? WAITING : format.count(perDay)}
          unit={perDay === null ? t(words.noTarget) : t(words.perDay)} />
      </Tiles>
      {(target !== null || p.waiting) && <div class="no-print progress">
        <Bar part={target ? done / target : 0}
          mark={target && p.chosen?.expected != null ? p.chosen.expected / target : null} />
      </div>}
      {partly && level && <p class="small quiet">
        {t(words.partly, { n: withTarget.length,
          all: p.children!.filter((c) => c.code !== null).length, places: inText(levelsWords[level]) })}
      </p>}
    </>
  );
}
