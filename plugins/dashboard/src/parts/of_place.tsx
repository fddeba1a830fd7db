// SPDX-License-Identifier: MIT
// Pages that speak of one place: resolves the address, goes up to a level that the page has, and
// where the place is too large, lets one choose below it.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { address, go, href } from "../address";
import { useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { below, inPlace, india, type Level, LEVELS, levelsWords, levelWords, literalOf, parseRef, type Place,
  type Ref, refText, resolveBare, usePlace } from "../place";
import { Crumbs, PageHead } from "./head";
import { ProblemBox, Shown } from "./status";
import { DataTable } from "./table";

const words = {
  none: { en: "There is no place “{place}”.", hi: "“{place}” नाम का कोई स्थान नहीं है।" },
  choose: { en: "Choose one", hi: "एक चुनें" },
  chooseLead: {
    en: "This page speaks of a place at one of these levels: {levels}.",
    hi: "यह पृष्ठ इन स्तरों के स्थान का है: {levels}।",
  },
  registered: { en: "Registered", hi: "निबंधित" },
};

interface Props {
  params: Readonly<Record<string, string>>;
  title: string;
  /** The levels that the page can show, from the largest. */
  levels: readonly Level[];
  children: (ref: Ref, place: Place | null) => ComponentChildren;
}

/** The reference in the address; a bare code, as people write it, makes the address whole. */
export function useRefOf(params: Props["params"]): Ref | null {
  const asked = params["place"];
  const ref = parseRef(asked);
  useEffect(() => {
    if (ref !== null || !asked) return;
    resolveBare(asked).then(
      (r) => r && go(href(address().page, { ...params, place: refText(r) }), { replace: true }),
      () => undefined);
  }, [asked]);
  return ref;
}

export function OfPlace(p: Props) {
  const ref = useRefOf(p.params);
  const { place, value, problem } = usePlace(ref);
  if (ref === null || (value !== null && place === null))
    return <ProblemBox problem={new Error(t(words.none, { place: p.params["place"] ?? "" }))} />;
  if (problem && !value) return <ProblemBox problem={problem} />;
  if (p.levels.includes(ref.level)) return <>{p.children(ref, place)}</>;
  const higher = place?.above.filter((a) => p.levels.includes(a.ref.level)).pop();
  const deepest = LEVELS.indexOf(p.levels[p.levels.length - 1]!);
  if (LEVELS.indexOf(ref.level) > deepest && place === null) return null; // its chain is still loading
  if (higher && LEVELS.indexOf(ref.level) > deepest)
    return <Upwards key={refText(higher.ref)} to={higher.ref} {...p} />;
  return <Choose from={ref} place={place} {...p} />;
}

function Upwards({ to, ...p }: Props & { to: Ref }) {
  const { place } = usePlace(to);
  return <>{p.children(to, place)}</>;
}

function Choose({ from, place, ...p }: Props & { from: Ref; place: Place | null }) {
  const level = below(from.level)!;
  const here = inPlace(from);
  const of = from.level === "country" ? "state" : `CHILD_OF(${literalOf(from)})`;
  const under = from.level === "country" ? "" : `, under => ${literalOf(from)}`;
  const rows = useQuery<{ place: string | null; code: number | null; n: number }>(
    `FROM registrations${here ? ` |> WHERE ${here}` : ""} |> AGGREGATE COUNT(*) AS n GROUP BY ${of} AS place
     |> CALL complete('${level}'${under}) |> WHERE place IS NOT NULL |> EXTEND place_code AS code
     |> ORDER BY n DESC, place`);
  const levels = p.levels.map((l) => t(levelWords[l])).join(", ");
  return (
    <>
      <PageHead title={p.title} crumbs={from.level === "country" ? null : <Crumbs place={place} />}
        lead={<bdi>{place?.name ?? t(india)}</bdi>} />
      <section class="sheet note">
        <h2>{t(words.choose)}: {t(levelsWords[level])}</h2>
        <p class="quiet">{t(words.chooseLead, { levels })}</p>
        <Shown of={rows}>
          {(v) => <DataTable rows={v.data} caption={t(levelsWords[level])} rowKey={(r) => String(r.code)}
            cols={[
              { key: "place", title: t(levelWords[level]), head: true, by: (r) => r.place,
                show: (r) => <a href={href(address().page, { place: `${level}:${r.code}` })}>
                  <bdi>{r.place}</bdi></a> },
              { key: "n", title: t(words.registered), numeric: true, by: (r) => r.n,
                show: (r) => format.count(r.n) },
            ]} />}
        </Shown>
      </section>
    </>
  );
}
