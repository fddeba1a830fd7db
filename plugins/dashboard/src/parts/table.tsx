// SPDX-License-Identifier: MIT
// A table of figures: titles, units, sorting kept in the address, a row of totals that stays below.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { address, setHere } from "../address";
import { lang, t } from "../lang";

const words = {
  sortBy: { en: "Sort by {title}", hi: "{title} के अनुसार क्रम" },
  nothing: { en: "No rows.", hi: "कोई पंक्ति नहीं।" },
  cut: {
    en: "The list is cut off after {n} rows; the downloads are whole.",
    hi: "सूची {n} पंक्तियों के बाद कटी हुई है; डाउनलोड पूरे हैं।",
  },
};

export interface Col<R> {
  key: string;
  title: string;
  /** Right-aligned, tabular. */
  numeric?: boolean;
  /** The row's name: a heading of the row, stays in sight on a phone. */
  head?: boolean;
  help?: string | undefined;
  /** A line below the title: a number, a formula. */
  sub?: string;
  /** The title is for those who do not see: a column of bars beside its figures. */
  quiet?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
  /** A column for the pen. */
  printOnly?: boolean;
  /** What stands in the cell. */
  show: (row: R) => ComponentChildren;
  /** What it is sorted by; a column without it is not. */
  by?: (row: R) => number | string | null;
}

interface Props<R> {
  cols: Col<R>[];
  rows: R[];
  total?: R | null;
  caption?: string;
  /** The name of this table's sorting in the address. "": it is not sorted by the reader. */
  sort?: string;
  rowKey: (row: R, i: number) => string;
  truncated?: boolean;
  /** Rows that are made of others. */
  subtotal?: (row: R) => boolean;
}

/** By number or by text in the order of the language; what is not there comes last, either way. */
export function sorted<R>(rows: R[], by: (row: R) => number | string | null, down: boolean): R[] {
  const order = new Intl.Collator(lang());
  return [...rows].sort((a, b) => {
    const x = by(a);
    const y = by(b);
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const o = typeof x === "number" && typeof y === "number" ? x - y
      : order.compare(String(x), String(y));
    return down ? -o : o;
  });
}

function classes<R>(c: Col<R>): string {
  return [c.numeric && "n", c.head && "key", c.printOnly && "pen", c.wide && "wide-only"].filter(Boolean).join(" ");
}

/** The rows whose figures are other than when they were drawn last: what an import has moved. */
function useChanged<R>(p: Props<R>): ReadonlySet<string> {
  const last = useRef<{ of: Map<string, string>; changed: Set<string> } | null>(null);
  const of = new Map(p.rows.map((r, i) =>
    [p.rowKey(r, i), p.cols.map((c) => (c.by ? c.by(r) : "")).join("\u0001")]));
  const before = last.current?.of;
  const moved = [...of].filter(([k, v]) => before?.has(k) && before.get(k) !== v).map(([k]) => k);
  if (!last.current || moved.length > 0 || of.size !== before?.size)
    last.current = { of, changed: new Set(moved) };
  return last.current.changed;
}

export function DataTable<R>(p: Props<R>) {
  const name = p.sort === undefined ? "sort" : p.sort;
  const asked = name ? (address().params[name] ?? "") : "";
  const down = asked.startsWith("-");
  const chosen = p.cols.find((c) => c.by && c.key === (down ? asked.slice(1) : asked));
  const rows = chosen?.by ? sorted(p.rows, chosen.by, down) : p.rows;
  const changed = useChanged(p);
  const cell = (c: Col<R>, row: R) =>
    c.head
      ? <th key={c.key} scope="row" class="key">{c.show(row)}</th>
      : <td key={c.key} class={classes(c)}>{c.show(row)}</td>;
  const next = (c: Col<R>) => {
    const first = c.numeric ? `-${c.key}` : c.key;
    const second = c.numeric ? c.key : `-${c.key}`;
    return asked === first ? second : asked === second ? null : first;
  };
  return (
    <>
      <div class="wide" tabIndex={0} role="region" aria-label={p.caption}>
        <table class="t">
          {p.caption && <caption class="hidden">{p.caption}</caption>}
          <thead>
            <tr>
              {p.cols.map((c) => (
                <th key={c.key} scope="col" class={classes(c)}
                  title={c.help}
                  aria-sort={chosen === c ? (down ? "descending" : "ascending") : undefined}>
                  {c.by && name
                    ? <button type="button" class="sort" title={t(words.sortBy, { title: c.title })}
                        onClick={() => setHere({ [name]: next(c) })}>{c.title}</button>
                    : c.quiet ? <span class="hidden">{c.title}</span> : c.title}
                  {c.sub && <span class="sub">{c.sub}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={p.rowKey(row, i)} class={p.subtotal?.(row) ? "subtotal" : changed.has(p.rowKey(row, i)) ? "flash" : ""}>
                {p.cols.map((c) => cell(c, row))}
              </tr>
            ))}
            {rows.length === 0 && <tr><td colSpan={p.cols.length} class="none">{t(words.nothing)}</td></tr>}
            {p.total && <tr class="total">{p.cols.map((c) => cell(c, p.total!))}</tr>}
          </tbody>
        </table>
      </div>
      {p.truncated && <p class="small quiet">{t(words.cut, { n: p.rows.length })}</p>}
    </>
  );
}
