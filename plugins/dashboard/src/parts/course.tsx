// SPDX-License-Identifier: MIT
// Registrations over time against the line of the target, drawn as SVG by hand: it is part of the
// first view, which a chart library would make ten times as heavy.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { asDate, count, dayShort, short } from "../format";
import { t } from "../lang";

const words = {
  label: {
    en: "Registrations to date, from {from} to {to}: {done}",
    hi: "अब तक के निबंधन, {from} से {to}: {done}",
  },
  withGoal: { en: "{label}; the target by then: {goal}", hi: "{label}; तब तक लक्ष्य: {goal}" },
  done: { en: "Registered to date", hi: "अब तक निबंधित" },
  goal: { en: "Target line", hi: "लक्ष्य रेखा" },
};

export interface Point {
  day: string;
  n: number;
}
const WIDTH = 640; // until it is known how much room there is
const BOX = { left: 62, right: 12, top: 12, bottom: 24 };

const ms = (day: string) => asDate(day).getTime();

/** Round steps from zero that hold `most`: three to six of them. */
export function ticks(most: number): number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough)!);
  const out = [];
  for (let v = 0; v < most + step; v += step) out.push(v);
  return out;
}

/** Firsts of months between two days, thinned to at most so many. */
function months(from: string, to: string, most: number): string[] {
  const out: string[] = [];
  const d = asDate(`${from.slice(0, 7)}-01`);
  for (d.setUTCMonth(d.getUTCMonth() + 1); d.getTime() <= ms(to); d.setUTCMonth(d.getUTCMonth() + 1))
    out.push(d.toISOString().slice(0, 10));
  const every = Math.ceil(out.length / most);
  return out.filter((_, i) => i % every === 0);
}

/** The width of an element, as it changes: the chart is drawn for it, so that its letters keep their
 * size on a phone. */
function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, set] = useState(WIDTH);
  useLayoutEffect(() => {
    if (!box.current) return;
    const now = box.current.clientWidth;
    if (now > 0) set(Math.max(260, now)); // before anything is painted
    const look = new ResizeObserver(([e]) => {
      if (e && e.contentRect.width > 0) set(Math.max(260, Math.round(e.contentRect.width)));
    });
    look.observe(box.current);
    return () => look.disconnect();
  }, []);
  return width;
}

export function Course({ done, goal }: { done: Point[]; goal: Point[] }) {
  const figure = useRef<HTMLElement>(null);
  const W = useWidth(figure);
  const H = Math.round(Math.max(190, W * 0.48));
  const first = done[0];
  const last = done[done.length - 1];
  if (!first || !last)
    return <figure class="figure-course" ref={figure}><svg class="course" viewBox={`0 0 ${W} ${H}`} /></figure>;
  const all = [...done, ...goal];
  const from = all.reduce((a, p) => (p.day < a ? p.day : a), first.day);
  const to = all.reduce((a, p) => (p.day > a ? p.day : a), last.day);
  const scale = ticks(Math.max(...all.map((p) => p.n)));
  const top = scale[scale.length - 1]!;
  const span = Math.max(1, ms(to) - ms(from));
  const x = (day: string) =>
    BOX.left + ((ms(day) - ms(from)) / span) * (W - BOX.left - BOX.right);
  const y = (n: number) => H - BOX.bottom - (n / top) * (H - BOX.top - BOX.bottom);
  const path = (points: Point[]) =>
    points.map((p, i) => `${i ? "L" : "M"}${x(p.day).toFixed(1)} ${y(p.n).toFixed(1)}`).join("");
  const base = H - BOX.bottom;
  const right = x(last.day) > W * 0.75;
  let label = t(words.label, { from: dayShort(first.day), to: dayShort(last.day),
    done: count(last.n) });
  const end = goal[goal.length - 1];
  if (end) label = t(words.withGoal, { label, goal: `${count(end.n)}, ${dayShort(end.day)}` });
  return (
    <figure class="figure-course" ref={figure}>
      <svg class="course" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={label}>
        {scale.map((v) => (
          <g key={v}>
            <path class={v === 0 ? "axis" : "grid"} d={`M${BOX.left} ${y(v)}H${W - BOX.right}`} />
            <text x={BOX.left - 6} y={y(v) + 4} text-anchor="end">{short(v)}</text>
          </g>
        ))}
        {months(from, to, Math.floor(W / 75)).map((m) => (
          <g key={m}>
            <path class="axis" d={`M${x(m)} ${base}v4`} />
            <text x={x(m)} y={H - 7} text-anchor="middle">{dayShort(m)}</text>
          </g>
        ))}
        <path class="area" d={`${path(done)}L${x(last.day)} ${base}L${x(first.day)} ${base}Z`} />
        {goal.length > 1 && <path class="goal" d={path(goal)} />}
        <path class="done" d={path(done)} />
        <circle class="mark" cx={x(last.day)} cy={y(last.n)} r="3.5" />
        <text class="strong" x={x(last.day) + (right ? -7 : 8)} y={y(last.n) + (right ? -8 : 15)}
          text-anchor={right ? "end" : "start"}>{count(last.n)}</text>
      </svg>
      <figcaption>
        <ul class="legend">
          <li><span class="key" />{t(words.done)}</li>
          {goal.length > 1 && <li><span class="key goal" />{t(words.goal)}</li>}
        </ul>
      </figcaption>
    </figure>
  );
}
