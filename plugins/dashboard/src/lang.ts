// SPDX-License-Identifier: MIT
// The two languages. Every text is a pair, so that one without the other does not pass the types.
// A page keeps its texts beside itself: const words = { title: { en: "...", hi: "..." }, ... }.

export type Lang = "en" | "hi";
export interface Text {
  readonly en: string;
  readonly hi: string;
}
export type Words = Readonly<Record<string, Text>>;

const KEY = "panji.lang";
let current: Lang = "en";

export function lang(): Lang {
  return current;
}

/** By the address, else as remembered, else as the browser says. */
export function chooseLang(asked: string | null): Lang {
  const kept = asked ?? stored();
  if (kept === "en" || kept === "hi") current = kept;
  else current = navigator.language.toLowerCase().startsWith("hi") ? "hi" : "en";
  document.documentElement.lang = current;
  return current;
}

export function rememberLang(l: Lang): void {
  try {
    localStorage.setItem(KEY, l);
  } catch {
    // private windows may have no storage: the address still says it
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** The text in the language of the page, {name} replaced by values. */
export function t(text: Text, values?: Readonly<Record<string, string | number>>): string {
  const s = text[current];
  return values ? s.replace(/\{(\w+)\}/g, (all, key: string) => String(values[key] ?? all)) : s;
}

/** Of a pair of names: the one in the language of the page, where there is one. */
export function pick(en: string | null | undefined, hi: string | null | undefined): string {
  return (current === "hi" ? hi || en : en || hi) ?? "";
}
