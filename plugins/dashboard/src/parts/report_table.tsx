// SPDX-License-Identifier: MIT
// A table of the API as it comes: figures grouped as lakh and crore, days as people write them, bands
// in colour, sign and words, the row of totals last.
import type { Column, Row, Value } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Band, bandOf, isLessBetter } from "./figures";
import { type Col, DataTable } from "./table";

const words = {
  yes: { en: "yes", hi: "हाँ" },
  no: { en: "no", hi: "नहीं" },
  below: { en: "below {a}", hi: "{a} से कम" },
  between: { en: "{a} to {b}", hi: "{a} से {b}" },
  above: { en: "{a} and more", hi: "{a} या अधिक" },
  bands: { en: "Bands of {column}:", hi: "{column} के वर्ग:" },
};

/** How a report's plugin wants a column shown. */
export interface Shape {
  name: string;
  type?: string;
  help?: string;
  bands?: number[];
}

interface Props {
  meta: Column[];
  rows: Row[];
  shapes?: readonly Shape[];
  total?: boolean; // the last row is the total
  caption: string;
  sort?: string; // the name of the sorting in the address; "": the order of the answer
  truncated?: boolean;
}

const STEPS_MAX = 3; // limits that the styles have colours and signs for
const NARROW = 4; // columns that do not fill the width

export function isNumber(c: Column): boolean {
  return c.type === "INT64" || c.type === "FLOAT64";
}

/** Codes and years are names made of digits: never grouped. */
function isName(column: string): boolean {
  return /(^|_)(code|year|id|snapshot|line|seq)$/.test(column);
}

function bandWords(steps: readonly number[], band: number): string {
  const text = (n: number) => format.decimal(n, Number.isInteger(n) ? 0 : 1);
  const last = Math.min(steps.length, STEPS_MAX);
  const less = isLessBetter(steps);
  if (band === 0) return t(less ? words.above : words.below, { a: text(steps[0]!) });
  if (band === last) return t(less ? words.below : words.above, { a: text(steps[last - 1]!) });
  const [a, b] = less ? [steps[band]!, steps[band - 1]!] : [steps[band - 1]!, steps[band]!];
  return t(words.between, { a: text(a), b: text(b) });
}

/** A value as people read it. */
export function shown(v: Value | undefined, c: Column, shape?: Shape): string {
  if (v === null || v === undefined) return format.NOTHING;
  if (typeof v === "boolean") return t(v ? words.yes : words.no);
  if (typeof v === "number") {
    if (isName(c.name)) return String(v);
    if (shape?.type === "percent") return format.percent(v);
    return Number.isInteger(v) ? format.count(v) : format.decimal(v, 2);
  }
  return c.type === "DATE" ? format.day(v) : v;
}

function sortKey(v: Value | undefined): number | string | null {
  return typeof v === "boolean" ? Number(v) : (v ?? null);
}

function column(c: Column, shape: Shape | undefined, head: boolean): Col<Row> {
  const steps = shape?.bands?.slice(0, STEPS_MAX) ?? [];
  return {
    key: c.name,
    title: c.title ?? c.name,
    numeric: isNumber(c),
    head,
    help: shape?.help,
    by: (r) => sortKey(r[c.name]),
    show: (r) => {
      const v = r[c.name];
      const text = <bdi>{shown(v, c, shape)}</bdi>;
      const band = steps.length > 0 && typeof v === "number" ? bandOf(v, steps) : null;
      return band === null ? text : <Band band={band} word={bandWords(steps, band)}>{text}</Band>;
    },
  };
}

function Legend({ meta, shapes }: { meta: Column[]; shapes: readonly Shape[] }) {
  return (
    <>
      {shapes.filter((s) => s.bands?.length && meta.some((c) => c.name === s.name)).map((s) => (
        <ul class="legend" key={s.name}>
          <li>{t(words.bands, { column: meta.find((c) => c.name === s.name)?.title ?? s.name })}</li>
          {Array.from({ length: Math.min(s.bands!.length, STEPS_MAX) + 1 }, (_, i) => (
            <li key={i}><span class={`band band${i}`}>{bandWords(s.bands!, i)}</span></li>
          ))}
        </ul>
      ))}
    </>
  );
}

export function ReportTable({ meta, rows, shapes = [], total = false, caption, sort, truncated }:
  Props) {
  const last = total ? rows[rows.length - 1] : undefined;
  const head = meta.find((c) => c.type === "STRING")?.name;
  return (
    <div class={meta.length <= NARROW ? "narrow" : ""}>
      <DataTable caption={caption} rows={total ? rows.slice(0, -1) : rows} total={last ?? null}
        cols={meta.map((c) => column(c, shapes.find((s) => s.name === c.name), c.name === head))}
        rowKey={(_, i) => String(i)} {...(sort === undefined ? {} : { sort })}
        {...(truncated ? { truncated } : {})} />
      <Legend meta={meta} shapes={shapes} />
    </div>
  );
}
