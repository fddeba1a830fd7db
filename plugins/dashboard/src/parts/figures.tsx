// SPDX-License-Identifier: MIT
// Single figures: tiles, bands, bars, changes of rank, sparklines.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import * as format from "../format";
import { t, type Text } from "../lang";

const words = {
  up: { en: "up {n}", hi: "{n} ऊपर" },
  down: { en: "down {n}", hi: "{n} नीचे" },
  same: { en: "unchanged", hi: "वही" },
  spark: {
    en: "{n} days, from {from} to {to} a day, the last {last}",
    hi: "{n} दिन, प्रतिदिन {from} से {to}, अंतिम {last}",
  },
};

export function Tiles({ children, label }: { children: ComponentChildren; label: string }) {
  return <dl class="tiles" aria-label={label}>{children}</dl>;
}

/** Stands where a figure is still asked for. */
export const WAITING = "…";

/** A figure with its name above and its unit below: none stands without. */
export function Tile(p: { name: string; figure: ComponentChildren; unit: ComponentChildren;
  main?: boolean; title?: string }) {
  const first = useRef(p.figure);
  if (first.current === WAITING || first.current === format.NOTHING) first.current = p.figure;
  const moved = first.current !== p.figure;
  return (
    <div class={`tile${p.main ? " main" : ""}`} title={p.title}>
      <dt>{p.name}</dt>
      <dd><span key={String(p.figure)} class={`figure${moved ? " flash" : ""}`}>{p.figure}</span> <span class="unit">{p.unit}</span></dd>
    </div>
  );
}

/** Do the limits fall, because less is better? */
export function isLessBetter(steps: readonly number[]): boolean {
  return steps.length > 1 && steps[1]! < steps[0]!;
}

/** Which of the limits a figure has passed on its way to the better: 0 is worst. */
export function bandOf(n: number | null, steps: readonly number[]): number | null {
  if (n === null) return null;
  let band = 0;
  const less = isLessBetter(steps);
  while (band < steps.length && (less ? n < steps[band]! : n >= steps[band]!)) band++;
  return Math.min(band, 3);
}

/** A figure in its band: colour, sign, and a word for those who see neither. */
export function Band({ band, children, word }: { band: number | null; children: ComponentChildren;
  word?: string }) {
  if (band === null) return <>{children}</>;
  return (
    <span class={`band band${band}`} title={word}>
      {children}{word && <span class="hidden"> {word}</span>}
    </span>
  );
}

/** How far towards a target, with a mark where it should stand by now. */
export function Bar({ part, mark }: { part: number | null; mark?: number | null }) {
  if (part === null) return null;
  const at = (x: number) => `${Math.max(0, Math.min(100, x * 100))}%`;
  return (
    <span class="bar" aria-hidden="true">
      <i style={{ width: at(part) }} />
      {mark != null && <b style={{ insetInlineStart: at(mark) }} />}
    </span>
  );
}

export function RankChange({ by }: { by: number | null }) {
  if (by === null) return <span class="quiet">{format.NOTHING}</span>;
  if (by === 0) return <span class="quiet" title={t(words.same)}>=</span>;
  const text: Text = by > 0 ? words.up : words.down;
  return (
    <span class={by > 0 ? "up" : "down"}>
      <span aria-hidden="true">{by > 0 ? "▲" : "▼"} {Math.abs(by)}</span>
      <span class="hidden">{t(text, { n: Math.abs(by) })}</span>
    </span>
  );
}

/** The course of the days as a line, from zero. */
export function Spark({ days }: { days: number[] }) {
  if (days.length < 2) return null;
  const most = Math.max(1, ...days);
  const x = (i: number) => (i / (days.length - 1)) * 100;
  const y = (v: number) => 22 - (v / most) * 20;
  const line = days.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const last = days[days.length - 1]!;
  const label = t(words.spark, { n: days.length, from: format.count(Math.min(...days)),
    to: format.count(most), last: format.count(last) });
  return (
    <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <path class="base" d="M0 22H100" />
      <path d={line} />
    </svg>
  );
}
