// SPDX-License-Identifier: MIT
// The head of a page: where it is in the tree of places, its title, the day, what can be done.
import type { ComponentChildren } from "preact";
import { type Address, href, setHere, useAddress } from "../address";
import type { Table } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { COUNTRY, india, levelWords, type Place, type Ref, refText } from "../place";

const words = {
  where: { en: "Place", hi: "स्थान" },
  print: { en: "Print", hi: "छापें" },
  csv: { en: "CSV", hi: "CSV" },
  excel: { en: "Excel", hi: "एक्सेल" },
  json: { en: "JSON", hi: "JSON" },
  download: { en: "Download as {form}", hi: "{form} में डाउनलोड" },
  asOn: { en: "As on", hi: "दिनांक तक" },
  hidden: {
    en: "Some figures are not shown (–), and totals lack them: they are of fewer than {n} persons, or would give such away.",
    hi: "कुछ आँकड़े नहीं दिखाए गए (–) और योग में नहीं हैं: वे {n} से कम व्यक्तियों के हैं, या उनसे ऐसे निकल आते।",
  },
  latest: { en: "Latest", hi: "नवीनतम" },
};

/** India › Jharkhand › Ramgarh: each a link to this page of that place. */
export function Crumbs({ place, page }: { place: Place | null; page?: string }) {
  const a: Address = useAddress();
  const to = (p: string) => href(page ?? a.page, { place: p });
  return (
    <nav class="crumbs" aria-label={t(words.where)}>
      <ol>
        <li><a href={to(COUNTRY)}>{t(india)}</a></li>
        {place?.above.map((p) => (
          <li key={refText(p.ref)}><a href={to(refText(p.ref))}><bdi>{p.name}</bdi></a></li>
        ))}
      </ol>
    </nav>
  );
}

export function PageHead(p: { title: ComponentChildren; lead?: ComponentChildren;
  crumbs?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="page-head">
      <div>
        {p.crumbs}
        <h1>{p.title}</h1>
        {p.lead && <p class="lead">{p.lead}</p>}
      </div>
      {p.children && <div class="actions">{p.children}</div>}
    </div>
  );
}

/** "Ramgarh" with what it is and its code; the name may still be on its way. */
export function placeTitle(ref: Ref, place: Place | null): { title: ComponentChildren; what: string } {
  if (ref.level === "country") return { title: t(india), what: t(levelWords.country) };
  return {
    title: <bdi>{place?.name ?? "\u00a0"}</bdi>,
    what: `${t(levelWords[ref.level])} · LGD ${ref.code}`,
  };
}

export function PrintButton() {
  return <button type="button" class="b" onClick={() => print()}>{t(words.print)}</button>;
}

/** Links to the same answer in other formats; `path` is without an extension. */
export function Downloads({ path, query }: { path: string; query: string }) {
  const forms = [["csv", words.csv], ["xlsx", words.excel], ["json", words.json]] as const;
  return (
    <>
      {forms.map(([form, word]) => (
        <a key={form} class="b" download href={`${path}.${form}?${query}`}
          aria-label={t(words.download, { form: t(word) })}>{t(word)}</a>
      ))}
    </>
  );
}

/** The day that a page speaks of; none in the address: the latest. */
export function AsOn({ day }: { day: string | null }) {
  const a = useAddress();
  return (
    <span class="as-on">
      <label>
        <span class="small quiet">{t(words.asOn)}</span>{" "}
        <input type="date" value={day ?? ""} aria-label={t(words.asOn)}
          onChange={(e) => setHere({ as_on: e.currentTarget.value || null })} />
      </label>
      {a.params["as_on"] &&
        <button type="button" class="tool" onClick={() => setHere({ as_on: null })}>{t(words.latest)}</button>}
    </span>
  );
}

/** "As on 18 Nov 2021 · snapshot 9": below each table of figures. */
export function Facts({ of }: { of: Pick<Table, "as_on" | "snapshot" | "suppressed" | "warnings"> }) {
  return (
    <p class="small quiet facts">
      {of.suppressed && <>{t(words.hidden, { n: of.suppressed.below })}<br /></>}
      {of.warnings?.map((w) => <strong key={w}>{w}<br /></strong>)}
      {t({ en: "As on {day} · snapshot {n}", hi: "{day} की स्थिति · स्नैपशॉट {n}" },
        { day: format.day(of.as_on), n: of.snapshot })}
    </p>
  );
}
