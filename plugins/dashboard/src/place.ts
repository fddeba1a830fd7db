// SPDX-License-Identifier: MIT
// Places: "country", or LEVEL:CODE as the query language writes them. Identity is the code; names are
// for people.
import { get, literal, type Loaded, queryUrl, type Table, url, useQuery } from "./api";
import { t, type Text } from "./lang";

export type Level = "country" | "state" | "district" | "block" | "panchayat";
export const LEVELS: readonly Level[] = ["country", "state", "district", "block", "panchayat"];
export const COUNTRY = "country";

export const levelWords: Record<Level, Text> = {
  country: { en: "Country", hi: "देश" },
  state: { en: "State", hi: "राज्य" },
  district: { en: "District", hi: "ज़िला" },
  block: { en: "Block", hi: "प्रखंड" },
  panchayat: { en: "Panchayat", hi: "पंचायत" },
};
export const levelsWords: Record<Level, Text> = {
  country: { en: "Countries", hi: "देश" },
  state: { en: "States", hi: "राज्य" },
  district: { en: "Districts", hi: "ज़िले" },
  block: { en: "Blocks", hi: "प्रखंड" },
  panchayat: { en: "Panchayats", hi: "पंचायतें" },
};
/** Within a sentence: "blocks". */
export function inText(word: Text): string {
  return t(word).toLowerCase();
}
export const india: Text = { en: "India", hi: "भारत" };

export interface Ref {
  level: Level;
  code: number; // 0 of the country
}

/** "district:607" or "country"; null when it is neither. A bare code is for resolveBare. */
export function parseRef(s: string | undefined): Ref | null {
  if (!s || s === COUNTRY) return { level: "country", code: 0 };
  const m = /^(state|district|block|panchayat):(\d{1,10})$/.exec(s);
  return m ? { level: m[1] as Level, code: Number(m[2]) } : null;
}

export function refText(r: Ref): string {
  return r.level === "country" ? COUNTRY : `${r.level}:${r.code}`;
}

export function below(l: Level): Level | null {
  return LEVELS[LEVELS.indexOf(l) + 1] ?? null;
}

/** The reference as a literal of the query language. */
export function literalOf(r: Ref): string {
  return literal(refText(r));
}

/** A condition over registrations; "" for the country. */
export function inPlace(r: Ref): string {
  return r.level === "country" ? "" : `IN_PLACE(${literal(refText(r))})`;
}

export interface PlaceRow {
  [column: string]: string | number | null;
  level: string;
  code: number;
  name: string;
  name_hi: string | null;
  block: string | null;
  district: string | null;
  district_code: number | null;
  state: string | null;
  state_code: number | null;
}

export interface Place {
  ref: Ref;
  name: string; // in the language of the page
  above: { ref: Ref; name: string }[]; // from the state down; the country is not among them
}

const SELECT = `SELECT level, code, name, name_hi, state, state_code, district, district_code,
  block, block_code`;

function toPlace(r: PlaceRow & { block_code?: number | null }): Place {
  const level = r.level as Level;
  const chain: { ref: Ref; name: string }[] = [];
  const add = (l: Level, code: number | null | undefined, name: string | null) => {
    if (code != null && LEVELS.indexOf(l) <= LEVELS.indexOf(level))
      chain.push({ ref: { level: l, code }, name: name ?? String(code) });
  };
  add("state", r.state_code, r.state);
  add("district", r.district_code, r.district);
  add("block", r.block_code, r.block);
  if (level !== "panchayat") chain.pop();
  return { ref: { level, code: r.code }, name: nameOf(r), above: chain };
}

function nameOf(r: PlaceRow): string {
  if (r.level === "state" && r.state) return r.state;
  if (r.level === "district" && r.district) return r.district;
  if (r.level === "block" && r.block) return r.block;
  return document.documentElement.lang === "hi" ? (r.name_hi ?? r.name) : r.name;
}

/** The place of a reference with those above it. null value and no problem: there is none such. */
export function usePlace(ref: Ref | null): Loaded<Table<PlaceRow>> & { place: Place | null } {
  const q = ref && ref.level !== "country"
    ? `FROM places |> WHERE level = ${literal(ref.level)} AND code = ${ref.code} |> ${SELECT} |> LIMIT 1`
    : null;
  const loaded = useQuery<PlaceRow>(q);
  const row = loaded.value?.data[0];
  return { ...loaded, place: row ? toPlace(row) : null };
}

/** Places whose name begins with, or holds, what was typed, in either script; or of that code. */
export async function findPlaces(text: string, level: Level | null, signal: AbortSignal):
  Promise<Place[]> {
  const typed = text.trim();
  const code = /^\d{1,10}$/.test(typed) ? Number(typed) : -1;
  const like = `'%' || LOWER(@t) || '%'`;
  const where = `(LOWER(name) LIKE ${like} OR name_hi LIKE '%' || @t || '%' OR code = ${code})
    AND level ${level ? `= ${literal(level)}` : "!= 'country'"}`;
  const q = `FROM places |> WHERE ${where} |> ${SELECT},
    CASE WHEN LOWER(name) = LOWER(@t) OR name_hi = @t OR code = ${code} THEN 0
         WHEN STARTS_WITH(LOWER(name), LOWER(@t)) OR STARTS_WITH(name_hi, @t) THEN 1 ELSE 2 END AS o,
    CASE level WHEN 'state' THEN 0 WHEN 'district' THEN 1 WHEN 'block' THEN 2 ELSE 3 END AS l
    |> ORDER BY o, l, name, code |> LIMIT 12`;
  const a = await get<Table<PlaceRow>>(queryUrl(q, { t: `'${typed.replaceAll("'", "''")}'` }), signal);
  return a.value.data.map(toPlace);
}

/** A code without its level, as people type it into an address: the place with it, the highest. */
export async function resolveBare(text: string): Promise<Ref | null> {
  const a = await get<Table<PlaceRow>>(url("/v1/places", { find: text, limit: 20 }));
  const rows = [...a.value.data].sort(
    (x, y) => LEVELS.indexOf(x.level as Level) - LEVELS.indexOf(y.level as Level));
  const r = rows[0];
  return r ? { level: r.level as Level, code: r.code } : null;
}
