// SPDX-License-Identifier: MIT
// The address of what is shown: /?page=NAME&place=LEVEL:CODE&lang=hi and what the page adds. A page
// is opened by its address alone; going back and forth is the browser's.
import { useEffect, useState } from "preact/hooks";
import { chooseLang, type Lang, lang, rememberLang } from "./lang";

export type Params = Readonly<Record<string, string>>;
export interface Address {
  readonly page: string;
  readonly params: Params; // all but page and lang
}

export const HOME = "overview";
type Listener = (a: Address) => void;
const listeners = new Set<Listener>();

function read(): Address {
  const params: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(location.search)) params[name] = value;
  const page = params["page"] ?? HOME;
  chooseLang(params["lang"] ?? null);
  delete params["page"];
  delete params["lang"];
  return { page, params };
}

let current = read();

export function address(): Address {
  return current;
}

/** The path of a page. Empty values are left out; the language stays. */
export function href(page: string, params: Record<string, string | null | undefined> = {},
  l: Lang = lang()): string {
  const q = new URLSearchParams();
  if (page !== HOME) q.set("page", page);
  for (const [name, value] of Object.entries(params)) if (value) q.set(name, value);
  q.set("lang", l);
  // readable in the address bar: colons and commas need no escape in a query
  return `/?${q.toString().replaceAll("%3A", ":").replaceAll("%2C", ",")}`;
}

/** Here, with these parameters changed (null takes one away). */
export function hrefHere(change: Record<string, string | null>): string {
  return href(current.page, { ...current.params, ...change });
}

function tell(): void {
  current = read();
  for (const l of [...listeners]) l(current);
}

export function go(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else if (to !== location.pathname + location.search) history.pushState(null, "", to);
  tell();
  if (!options.replace) {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }
}

/** Changes parameters of this page without a step in the history: what a form or a sort does. */
export function setHere(change: Record<string, string | null>): void {
  go(hrefHere(change), { replace: true });
}

export function switchLang(l: Lang): void {
  rememberLang(l);
  go(href(current.page, current.params, l), { replace: true });
}

export function useAddress(): Address {
  const [a, set] = useState(current);
  useEffect(() => {
    const l: Listener = (next) => set(next);
    listeners.add(l);
    return () => void listeners.delete(l);
  }, []);
  return a;
}

/** Links within the dashboard are followed here; all others, and clicks with a modifier, are the
 * browser's. */
export function followLinks(): void {
  addEventListener("popstate", tell);
  document.addEventListener("click", (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)
      return;
    const a = (e.target as Element | null)?.closest("a");
    if (!a || a.target || a.hasAttribute("download") || a.origin !== location.origin) return;
    if (a.pathname !== "/" || a.hash) return;
    e.preventDefault();
    go(a.pathname + a.search);
  });
}
