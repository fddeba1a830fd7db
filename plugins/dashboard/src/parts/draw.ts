// SPDX-License-Identifier: MIT
// Draws a report's own Vega-Lite specification. Loaded only where a chart is.
//
// 1. Expressions are interpreted, never compiled: the page's policy allows no eval.
// 2. Nothing is fetched: a specification gets its rows from here and may name no address.
// 3. Colours are those of the page's style sheet, by name, so that they follow theme and print.
import { expressionInterpreter } from "vega-interpreter";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { type Loader, parse, View } from "vega";
import type { Column, Row } from "../api";
import { lang } from "../lang";

export type Spec = Record<string, unknown>;

const HUES = ["--accent", "--mid", "--good", "--low", "--quiet", "--rule"];

const nothing = (): Promise<never> => Promise.reject(new Error("a chart fetches nothing"));
const closed = { load: nothing, sanitize: nothing, http: nothing, file: nothing } as unknown as Loader;

function config(): Config {
  const text = { labelColor: "var(--ink)", titleColor: "var(--ink)", labelFontSize: 12,
    titleFontSize: 12, titleFontWeight: 600 } as const;
  return {
    background: "transparent",
    font: "'Noto Sans', 'Noto Sans Devanagari', system-ui, sans-serif",
    numberFormat: ",~f",
    view: { stroke: "transparent" },
    axis: { ...text, gridColor: "var(--hair)", domainColor: "var(--rule)", tickColor: "var(--rule)",
      labelLimit: 220, titlePadding: 8, labelOverlap: true },
    axisQuantitative: { tickCount: 8 },
    axisTemporal: { format: "%d %b", tickCount: 8 },
    axisY: { labelPadding: 6 },
    legend: { ...text, labelLimit: 200, orient: "bottom" },
    header: text,
    title: { color: "var(--ink)" },
    mark: { color: "var(--accent)", tooltip: true },
    bar: { cornerRadiusEnd: 2, discreteBandSize: { band: 0.72 } },
    line: { strokeWidth: 2 },
    point: { filled: true, size: 40 },
    text: { color: "var(--ink)" },
    rule: { color: "var(--ink)" },
    range: { category: HUES.map((h) => `var(${h})`) },
    aria: false, // the figure has a label of its own, and the table beneath it
  } as Config;
}

// Titles of the report's columns where a channel has none; percentages say so on the axis.
function entitle(node: unknown, title: Map<string, string>): unknown {
  if (Array.isArray(node)) return node.map((n) => entitle(n, title));
  if (node === null || typeof node !== "object") return node;
  const out: Spec = {};
  for (const [key, value] of Object.entries(node)) out[key] = entitle(value, title);
  const field = out["field"];
  if (typeof field === "string" && "type" in out && !("title" in out) && title.has(field))
    out["title"] = title.get(field);
  return out;
}

/** The fields that lie on an axis of time. */
function temporal(node: unknown, out = new Set<string>()): Set<string> {
  if (node === null || typeof node !== "object") return out;
  const at = node as Spec;
  if (at["type"] === "temporal" && typeof at["field"] === "string") out.add(at["field"]);
  for (const v of Object.values(at)) temporal(v, out);
  return out;
}

// A day is one day everywhere: read as midnight here, not as midnight in Greenwich.
function withDays(rows: Row[], fields: Set<string>): Row[] {
  if (fields.size === 0) return rows;
  return rows.map((r) => {
    const out = { ...r };
    for (const f of fields) if (/^\d{4}-\d\d-\d\d$/.test(String(r[f]))) out[f] = `${String(r[f])}T00:00:00`;
    return out;
  });
}

function heighten(spec: Spec): Spec {
  const y = (spec["encoding"] as { y?: { type?: string } } | undefined)?.y;
  const rows = y?.type === "nominal" || y?.type === "ordinal";
  return {
    width: "container",
    ...(rows ? { height: { step: 26 } } : { height: 260 }),
    autosize: { type: "fit-x", contains: "padding" },
    ...spec,
  };
}

export interface Chart {
  end: () => void;
}

/** Draws into `at`. Throws what is wrong with the specification. */
export async function draw(at: HTMLElement, spec: Spec, meta: Column[], rows: Row[]):
  Promise<Chart> {
  const title = new Map(meta.map((c) => [c.name, c.title ?? c.name]));
  const whole = { ...heighten(entitle(spec, title) as Spec), data: { values: withDays(rows, temporal(spec)) } };
  const made = compile(whole as unknown as TopLevelSpec, {
    config: config(), logger: quiet() });
  const view = new View(parse(made.spec, undefined, { ast: true } as never), {
    expr: expressionInterpreter,
    loader: closed,
    renderer: "svg",
    container: at,
    hover: false,
    logLevel: 0,
    locale: { number: { decimal: ".", thousands: ",", grouping: [3, 2, 2, 2, 2, 2],
      currency: ["₹", ""] }, time: months() },
  } as never);
  try {
    await view.runAsync();
  } catch (e) {
    view.finalize();
    throw e;
  }
  return { end: () => { view.finalize(); at.replaceChildren(); } };
}

function quiet() {
  const logger = { level: () => logger, error: () => logger, warn: () => logger, info: () => logger,
    debug: () => logger };
  return logger as never;
}

/** Names of days and months of the page's language, as d3 wants them. */
function months() {
  const tag = lang() === "hi" ? "hi-IN" : "en-IN";
  const names = (n: number, first: Date, step: (d: Date, i: number) => Date,
    o: Intl.DateTimeFormatOptions) =>
    Array.from({ length: n }, (_, i) => new Intl.DateTimeFormat(tag, { ...o, timeZone: "UTC" })
      .format(step(new Date(first), i)));
  const sunday = new Date(Date.UTC(2021, 0, 3, 12));
  const day = (d: Date, i: number) => new Date(d.getTime() + i * 86400000);
  const month = (_: Date, i: number) => new Date(Date.UTC(2021, i, 15));
  return {
    dateTime: "%d %b %Y %H:%M", date: "%d %b %Y", time: "%H:%M", periods: ["AM", "PM"],
    days: names(7, sunday, day, { weekday: "long" }),
    shortDays: names(7, sunday, day, { weekday: "short" }),
    months: names(12, sunday, month, { month: "long" }),
    shortMonths: names(12, sunday, month, { month: "short" }),
  };
}
