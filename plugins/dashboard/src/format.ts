// SPDX-License-Identifier: MIT
// Numbers as lakh and crore, days as people write them. Digits are Latin in both languages, as
// official Hindi has them.
import { lang, type Text, t } from "./lang";

const tags = { en: "en-IN", hi: "hi-IN-u-nu-latn" } as const;
const made = new Map<string, Intl.NumberFormat>();

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${lang()}${JSON.stringify(options)}`;
  let f = made.get(key);
  if (!f) made.set(key, (f = new Intl.NumberFormat(tags[lang()], options)));
  return f;
}

export const NOTHING = "–";

/** 42,478; 2,66,000 */
export function count(n: number | null | undefined): string {
  return n == null ? NOTHING : numbers({ maximumFractionDigits: 0 }).format(n);
}

/** +1,040; −12 */
export function signed(n: number | null | undefined): string {
  if (n == null) return NOTHING;
  return n > 0 ? `+${count(n)}` : n < 0 ? `−${count(-n)}` : "0";
}

export function decimal(n: number | null | undefined, digits = 1): string {
  return n == null ? NOTHING
    : numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
}

/** 65.4 % as a report gives it: 65.4 -> 65.4% */
export function percent(n: number | null | undefined, digits = 1): string {
  return n == null ? NOTHING : `${decimal(n, digits)}%`;
}

const units: { from: number; word: Text }[] = [
  { from: 1e7, word: { en: "crore", hi: "करोड़" } },
  { from: 1e5, word: { en: "lakh", hi: "लाख" } },
];

/** 2.66 lakh, 20 lakh, 31.74 crore; below a lakh the number itself */
export function short(n: number | null | undefined): string {
  if (n == null) return NOTHING;
  for (const u of units)
    if (Math.abs(n) >= u.from)
      return `${numbers({ maximumFractionDigits: 2 }).format(n / u.from)} ${t(u.word)}`;
  return count(n);
}

/** "2021-11-18" as a date at noon UTC, so that no zone moves it. */
export function asDate(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

export function dayOf(d: Date): string {
  return d.toISOString().slice(0, 10);
}

export function addDays(day: string, n: number): string {
  const d = asDate(day);
  d.setUTCDate(d.getUTCDate() + n);
  return dayOf(d);
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tags[lang()], options);
}

/** 18 Nov 2021 */
export function day(s: string | null | undefined): string {
  if (!s) return NOTHING;
  return dates({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })
    .format(asDate(s));
}

/** 18 Nov */
export function dayShort(s: string): string {
  return dates({ day: "numeric", month: "short", timeZone: "UTC" }).format(asDate(s));
}

/** A moment, to the minute, in the reader's own zone. */
export function moment(d: Date | string | null | undefined): string {
  if (!d) return NOTHING;
  const at = typeof d === "string" ? new Date(d) : d;
  if (Number.isNaN(at.getTime())) return String(d);
  return dates({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false })
    .format(at);
}

const ages: { s: number; word: Text }[] = [
  { s: 86400, word: { en: "{n} d", hi: "{n} दिन" } },
  { s: 3600, word: { en: "{n} h", hi: "{n} घं" } },
  { s: 60, word: { en: "{n} min", hi: "{n} मि" } },
];

/** How long ago: "3 d", "5 min"; below a minute "now" is for the caller to say: "". */
export function age(ms: number): string {
  for (const a of ages) if (ms >= a.s * 1000) return t(a.word, { n: Math.floor(ms / a.s / 1000) });
  return "";
}
