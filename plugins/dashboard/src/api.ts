// SPDX-License-Identifier: MIT
// Asking the server. The browser keeps answers and asks with If-None-Match, so an answer that has
// not changed costs a 304; the worker keeps the last of each for when the network is away.
import { useEffect, useRef, useState } from "preact/hooks";
import { lang } from "./lang";
import { noteSnapshot, onNews } from "./live";

export interface Column {
  name: string;
  type: "INT64" | "FLOAT64" | "STRING" | "BOOL" | "DATE";
  title?: string;
}
export type Value = string | number | boolean | null;
export type Row = Record<string, Value>;
export interface Table<R = Row> {
  meta: Column[];
  data: R[];
  rows: number;
  snapshot: number;
  as_on: string | null;
  truncated: boolean;
  total_row?: boolean;
  title?: string;
  summary?: string;
  warnings?: string[];
  /** Counts of fewer persons than this are null, and so is what would give them away. */
  suppressed?: { below: number };
}

export interface Violation {
  parameter: string;
  reason: string;
}

/** What the server says is wrong (RFC 9457), or that it cannot be reached (status 0). */
export class Problem extends Error {
  status: number;
  code: string;
  hint?: string;
  line?: number;
  column?: number;
  excerpt?: string;
  violations: Violation[];
  body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(String(body["detail"] ?? body["title"] ?? ""));
    this.status = status;
    this.code = String(body["code"] ?? (status ? "internal" : "offline"));
    if (body["hint"]) this.hint = String(body["hint"]);
    if (body["line"]) this.line = Number(body["line"]);
    if (body["column"]) this.column = Number(body["column"]);
    if (body["excerpt"]) this.excerpt = String(body["excerpt"]);
    this.violations = (body["violations"] as Violation[] | undefined) ?? [];
    this.body = body;
  }
}

export type Query = Record<string, string | number | null | undefined>;

/** A path of the API with its parameters and the language of the page. */
export function url(path: string, query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== "") q.set(name, String(value));
  q.set("lang", lang());
  return `${path}?${q}`;
}

/** A text of the query language: /v1/query with its parameters as @names. */
export function queryUrl(q: string, params: Query = {}, format = ""): string {
  const all: Query = { q };
  for (const [name, value] of Object.entries(params)) all[`p.${name}`] = value;
  return url(`/v1/query${format ? `.${format}` : ""}`, all);
}

/** A text as a literal of the query language. */
export function literal(s: string): string {
  return `'${s.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
}

export interface Answer<T> {
  value: T;
  keptAt: Date | null; // given by the worker, because the network is away
}

async function problemOf(r: Response): Promise<Problem> {
  try {
    return new Problem(r.status, (await r.json()) as Record<string, unknown>);
  } catch {
    return new Problem(r.status, { detail: `${r.status} ${r.statusText}` });
  }
}

export async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let r: Response;
  try {
    r = await fetch(path, {
      method,
      credentials: "same-origin",
      ...init,
      headers: { Accept: "application/json", ...(init.headers as Record<string, string>) },
    });
  } catch (e) {
    if ((e as Error).name === "AbortError") throw e;
    throw new Problem(0, { detail: "", code: "offline" });
  }
  if (!r.ok) throw await problemOf(r);
  return r;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
  const r = await send("GET", path, signal ? { signal } : {});
  const kept = r.headers.get("Panji-Kept");
  noteSnapshot(Number(r.headers.get("Panji-Snapshot") ?? 0));
  return { value: (await r.json()) as T, keptAt: kept ? new Date(kept) : null };
}

/** Sends a flat object as JSON; gives the answer's JSON. */
export async function post<T>(path: string, body?: unknown, method = "POST"): Promise<T> {
  const init: RequestInit = body === undefined ? {}
    : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return (await (await send(method, path, init)).json()) as T;
}

export interface Loaded<T> {
  value: T | null; // the last good answer to this address, while a newer one is asked for, too
  problem: Problem | null;
  busy: boolean;
  keptAt: Date | null;
  again: () => void;
}

const RETRY_MS = 7000; // while the network is away

/** Loads JSON and loads it again when there is news of the kinds named. A null path loads nothing. */
export function useData<T>(path: string | null, news: readonly string[] = ["snapshot", "plugins"]):
  Loaded<T> {
  const [state, set] = useState<{ path: string | null; value: T | null; problem: Problem | null;
    keptAt: Date | null }>({ path: null, value: null, problem: null, keptAt: null });
  const [round, setRound] = useState(0);
  const busy = useRef(false);
  useEffect(() => onNews(news, () => setRound((n) => n + 1)), [news.join()]);
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    busy.current = true;
    get<T>(path, abort.signal).then(
      (a) => {
        busy.current = false;
        set({ path, value: a.value, problem: null, keptAt: a.keptAt });
      },
      (e: unknown) => {
        if ((e as Error).name === "AbortError") return;
        busy.current = false;
        const problem = e instanceof Problem ? e : new Problem(0, { detail: String(e) });
        // figures that were there stay: offline shows the last ones
        set((old) => ({ path, value: old.path === path && problem.status === 0 ? old.value : null,
          problem, keptAt: old.keptAt }));
      });
    return () => abort.abort();
  }, [path, round]);
  const mine = state.path === path;
  const away = mine && (state.keptAt !== null || state.problem?.status === 0);
  useEffect(() => {
    if (!away) return;
    const timer = setTimeout(() => setRound((n) => n + 1), RETRY_MS);
    return () => clearTimeout(timer);
  }, [away, state]);
  return {
    value: mine ? state.value : null,
    problem: mine ? state.problem : null,
    busy: path !== null && !mine,
    keptAt: mine ? state.keptAt : null,
    again: () => setRound((n) => n + 1),
  };
}

/** The rows of a query, again after each import. */
export function useQuery<R = Row>(q: string | null, params: Query = {}): Loaded<Table<R>> {
  return useData<Table<R>>(q === null ? null : queryUrl(q, params));
}
