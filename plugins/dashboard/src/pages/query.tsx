// SPDX-License-Identifier: MIT
// A query: written with completion, run, seen as a table, a chart or a plan. The address holds it:
// q, its parameters as p.NAME, and what is seen as view.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { setHere } from "../address";
import { Problem, queryUrl, send, type Table, url, useData } from "../api";
import type { Spec } from "../parts/draw";
import type { Words } from "../editor/complete";
import type { Mistake } from "../editor/editor";
import * as format from "../format";
import { type Text, t } from "../lang";
import { Chart } from "../parts/chart";
import { CodeEditor } from "../parts/code_editor";
import { PageHead } from "../parts/head";
import { isNumber, ReportTable } from "../parts/report_table";
import { ProblemBox } from "../parts/status";
import type { PageProps } from "../pages";
import { may, useSession } from "../session";

const words = {
  title: { en: "Query", hi: "क्वेरी" },
  lead: { en: "Ask in your own words: FROM a table, then one step a line. Names work in both scripts.",
    hi: "अपने शब्दों में पूछें: FROM से तालिका, फिर हर पंक्ति में एक चरण। नाम दोनों लिपियों में चलते हैं।" },
  editor: { en: "Query; Ctrl-Enter runs it, Ctrl-Space completes",
    hi: "क्वेरी; Ctrl-Enter से चलाएँ, Ctrl-Space से पूरा करें" },
  hint: { en: "FROM registrations\n|> AGGREGATE COUNT(*) AS n GROUP BY district",
    hi: "FROM registrations\n|> AGGREGATE COUNT(*) AS n GROUP BY district" },
  run: { en: "Run", hi: "चलाएँ" },
  cancel: { en: "Cancel", hi: "रोकें" },
  cancelled: { en: "Cancelled.", hi: "रोका गया।" },
  running: { en: "Running …", hi: "चल रहा है …" },
  table: { en: "Table", hi: "तालिका" },
  chart: { en: "Chart", hi: "चार्ट" },
  plan: { en: "Explain", hi: "योजना" },
  views: { en: "The answer as", hi: "उत्तर का रूप" },
  save: { en: "Save as", hi: "सहेजें" },
  examples: { en: "Examples", hi: "उदाहरण" },
  parameters: { en: "Parameters", hi: "मापदंड" },
  paramHint: { en: "5 is a number, '5' a text, 2021-11-18 a day",
    hi: "5 संख्या है, '5' पाठ, 2021-11-18 दिन" },
  rows: { en: "{n} rows", hi: "{n} पंक्तियाँ" },
  cut: { en: "the first {n}; the downloads have all", hi: "पहली {n}; डाउनलोड में सब हैं" },
  took: { en: "{ms} ms", hi: "{ms} मि.से." },
  asOn: { en: "As on {day}", hi: "{day} की स्थिति" },
  snapshot: { en: "snapshot {n}", hi: "स्नैपशॉट {n}" },
  caption: { en: "Answer of the query", hi: "क्वेरी का उत्तर" },
  kind: { en: "Kind", hi: "प्रकार" },
  bars: { en: "Bars", hi: "दंड" },
  line: { en: "Line", hi: "रेखा" },
  points: { en: "Points", hi: "बिंदु" },
  along: { en: "Along", hi: "आधार" },
  value: { en: "Value", hi: "मान" },
  by: { en: "By colour", hi: "रंग से" },
  none: { en: "none", hi: "कोई नहीं" },
  noChart: { en: "A chart needs rows, and a column of numbers.", hi: "चार्ट के लिए पंक्तियाँ और एक संख्या-स्तंभ चाहिए।" },
  reference: { en: "Tables and columns", hi: "तालिकाएँ और स्तंभ" },
};

const examples: { title: Text; q: string; needs?: string }[] = [
  { title: { en: "Registrations of each district", hi: "प्रत्येक ज़िले के निबंधन" },
    q: "FROM registrations\n|> AGGREGATE COUNT(*) AS n GROUP BY district\n|> ORDER BY n DESC" },
  { title: { en: "A district by sector", hi: "एक ज़िला, क्षेत्रवार" },
    q: "FROM registrations\n|> WHERE district = 'Ramgarh'\n|> AGGREGATE COUNT(*) AS n GROUP BY sector\n|> ORDER BY n DESC" },
  { title: { en: "Day by day, with days that have none", hi: "दिन-प्रतिदिन, शून्य दिनों के साथ" },
    q: "FROM registrations\n|> WHERE district = 607\n|> AGGREGATE COUNT(*) AS n GROUP BY date\n|> CALL gap_fill(ts_column => 'date', bucket_width => 'DAY', value_columns => [('n', 'null')])\n|> ORDER BY date" },
  { title: { en: "Blocks against their target", hi: "प्रखंड और उनका लक्ष्य" },
    q: "FROM registrations\n|> WHERE district = @district\n|> AGGREGATE COUNT(*) AS done GROUP BY block\n|> CALL complete('block', under => @district)\n|> CALL against_target('ramgarh_2021', achieved => 'done')\n|> ORDER BY pct" },
  { title: { en: "Women and men by age", hi: "आयु के अनुसार महिलाएँ और पुरुष" },
    q: "FROM registrations\n|> WHERE age IS NOT NULL\n|> EXTEND DIV(age, 10) * 10 AS age_from\n|> AGGREGATE COUNTIF(gender = 'F') AS women, COUNTIF(gender = 'M') AS men GROUP BY age_from\n|> ORDER BY age_from" },
  { title: { en: "Who changed what", hi: "किसने क्या बदला" }, needs: "audit",
    q: "FROM audit\n|> ORDER BY at DESC\n|> LIMIT 50" },
];

type View = "table" | "chart" | "plan";
const VIEWS: readonly View[] = ["table", "chart", "plan"];
const ROWS_SHOWN = 1000;
const ADDRESS_MAX = 4000; // letters of a query that the address still holds

interface Answer {
  table: Table;
  engine: string;
  ms: number | null;
}

/** Names of the parameters: @name outside texts and comments. */
export function paramsOf(q: string): string[] {
  const bare = q.replace(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|--.*|#.*|\/\*[\s\S]*?\*\//g, " ");
  return [...new Set([...bare.matchAll(/@([\p{L}_][\p{L}\p{M}\p{N}_]*)/gu)].map((m) => m[1]!))];
}

function totalMs(r: Response): number | null {
  const m = /total;dur=([\d.]+)/.exec(r.headers.get("Server-Timing") ?? "");
  return m ? Number(m[1]) : null;
}

async function ask(q: string, params: Record<string, string>, plan: boolean, signal: AbortSignal):
  Promise<Answer> {
  const extra = `&limit=${ROWS_SHOWN}${plan ? "&explain=1" : ""}`;
  const path = `${queryUrl(q, params)}${extra}`;
  const r = q.length <= ADDRESS_MAX ? await send("GET", path, { signal })
    : await send("POST", `${url("/v1/query", Object.fromEntries(
        Object.entries(params).map(([k, v]) => [`p.${k}`, v])))}${extra}`,
      { signal, body: q, headers: { "Content-Type": "text/plain" } });
  return { table: (await r.json()) as Table, engine: r.headers.get("Panji-Engine") ?? "",
    ms: totalMs(r) };
}

type State = { phase: "idle" } | { phase: "running"; abort: AbortController }
  | { phase: "cancelled" } | { phase: "answer"; answer: Answer; plan: boolean; q: string;
      params: Record<string, string> }
  | { phase: "problem"; problem: unknown };

function Params({ names, values, onChange }: { names: string[]; values: Record<string, string>;
  onChange: (name: string, v: string) => void }) {
  if (names.length === 0) return null;
  return (
    <fieldset class="plain">
      <legend>{t(words.parameters)} <span class="quiet">({t(words.paramHint)})</span></legend>
      <div class="fields">
        {names.map((n) => (
          <div class="field" key={n}>
            <label for={`p-${n}`}>@{n}</label>
            <input id={`p-${n}`} type="text" autocomplete="off" value={values[n] ?? ""}
              onInput={(e) => onChange(n, e.currentTarget.value)} />
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function Pick({ label, value, options, onChange }: { label: string; value: string;
  options: [string, string][]; onChange: (v: string) => void }) {
  return (
    <label class="pick">
      <span>{label}</span>
      <select value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {options.map(([v, text]) => <option key={v} value={v}>{text}</option>)}
      </select>
    </label>
  );
}

function ChartOf({ table }: { table: Table }) {
  const numbers = table.meta.filter(isNumber).map((c) => c.name);
  const others = table.meta.filter((c) => !isNumber(c)).map((c) => c.name);
  const isDate = (name: string) => table.meta.find((c) => c.name === name)?.type === "DATE";
  const [kind, setKind] = useState<string | null>(null);
  const [along, setAlong] = useState<string | null>(null);
  const [value, setValue] = useState<string | null>(null);
  const [by, setBy] = useState("");
  const names = table.meta.map((c) => c.name);
  const v = value && numbers.includes(value) ? value : numbers[numbers.length > 1 && !others.length ? 1 : 0];
  const x = along && names.includes(along) ? along : (others[0] ?? numbers.find((n) => n !== v) ?? v);
  const k = kind ?? (x && isDate(x) ? "line" : "bar");
  const spec = useMemo((): Spec => {
    const base = { field: x, type: isDate(x ?? "") ? "temporal" : "nominal", sort: null };
    const measure = { field: v, type: "quantitative" };
    const color = by && names.includes(by) ? { color: { field: by, type: "nominal" } } : {};
    const mark = k === "point" ? { type: "point" } : k;
    return k === "bar" && base.type === "nominal"
      ? { mark, encoding: { y: base, x: measure, ...color } }
      : { mark, encoding: { x: base, y: measure, ...color } };
  }, [k, x, v, by, table]);
  if (!v || !x || table.data.length === 0) return <p>{t(words.noChart)}</p>;
  const columns = (list: string[]): [string, string][] => list.map((n) => [n, n]);
  return (
    <>
      <p class="actions no-print">
        <Pick label={t(words.kind)} value={k} onChange={setKind}
          options={[["bar", t(words.bars)], ["line", t(words.line)], ["point", t(words.points)]]} />
        <Pick label={t(words.along)} value={x} onChange={setAlong} options={columns(names)} />
        <Pick label={t(words.value)} value={v} onChange={setValue} options={columns(numbers)} />
        <Pick label={t(words.by)} value={by} onChange={setBy}
          options={[["", t(words.none)], ...columns(others.filter((n) => n !== x))]} />
      </p>
      <Chart spec={spec} meta={table.meta} rows={table.data} label={`${v} / ${x}`} />
    </>
  );
}

function Result({ state, view, onView }: { state: Extract<State, { phase: "answer" }>; view: View;
  onView: (v: View) => void }) {
  const { table, engine, ms } = state.answer;
  const file = (f: string) => queryUrl(state.q, state.params, f);
  return (
    <section class="sheet">
      <div class="sheet-head">
        <div class="tabs" role="group" aria-label={t(words.views)}>
          {VIEWS.map((v) => (
            <button key={v} type="button" class="b" aria-pressed={v === view}
              onClick={() => onView(v)}>{t(words[v])}</button>
          ))}
        </div>
        {state.q.length <= ADDRESS_MAX && (
          <p class="actions">
            <span class="quiet">{t(words.save)}</span>
            <a class="b" href={`${file("csv")}&bom=1`} download="query.csv">CSV</a>
            <a class="b" href={file("xlsx")} download="query.xlsx">Excel</a>
            <a class="b" href={file("json")} download="query.json">JSON</a>
          </p>
        )}
      </div>
      <p class="quiet" role="status">
        {t(words.rows, { n: format.count(table.rows) })}
        {table.truncated && <> · <strong>{t(words.cut, { n: format.count(table.rows) })}</strong></>}
        {engine && <> · <code>{engine}</code></>}
        {ms !== null && <> · {t(words.took, { ms: format.decimal(ms, ms < 10 ? 2 : 0) })}</>}
        {table.as_on && <> · {t(words.asOn, { day: format.day(table.as_on) })}</>}
        {" "}· {t(words.snapshot, { n: table.snapshot })}
      </p>
      {view === "chart" ? <ChartOf table={table} />
        : <ReportTable key={state.q} meta={table.meta} rows={table.data} caption={t(words.caption)}
            {...(view === "plan" ? { sort: "" } : {})} />}
    </section>
  );
}

function Reference({ all }: { all: Words | null }) {
  if (!all) return null;
  return (
    <details class="sheet no-print">
      <summary>{t(words.reference)}</summary>
      <dl class="columns">
        {all.tables.map((x) => (
          <div key={x.name}>
            <dt><code>{x.name}</code></dt>
            <dd class="quiet">{x.columns.map((c) => c.name).join(", ")}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function viewOf(params: Record<string, string>): View {
  return VIEWS.find((v) => v === params["view"]) ?? "table";
}

function valuesOf(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([k]) => k.startsWith("p."))
    .map(([k, v]) => [k.slice(2), v]));
}

export default function Query({ params }: PageProps) {
  const [given, give] = useState({ text: params["q"] ?? "" });
  const [text, setText] = useState(given.text);
  const [values, setValues] = useState(valuesOf(params));
  const [state, setState] = useState<State>({ phase: "idle" });
  const known = useData<Words>(url("/v1/words"), ["plugins", "snapshot"]).value;
  const running = useRef<AbortController | null>(null);
  const view = viewOf(params);
  const names = paramsOf(text);
  const session = useSession();

  const run = (q: string, given: Record<string, string>, as: View) => {
    if (q.trim() === "") return;
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    const used = Object.fromEntries(paramsOf(q).filter((n) => given[n]).map((n) => [n, given[n]!]));
    setState({ phase: "running", abort });
    ask(q, used, as === "plan", abort.signal).then(
      (answer) => running.current === abort
        && setState({ phase: "answer", answer, plan: as === "plan", q, params: used }),
      (e: unknown) => {
        if (running.current !== abort) return;
        setState((e as Error).name === "AbortError" ? { phase: "cancelled" }
          : { phase: "problem", problem: e });
      });
  };
  const store = (q: string, given: Record<string, string>, as: View) => {
    const change: Record<string, string | null> = { sort: null, q: q.length <= ADDRESS_MAX ? q : null,
      view: as === "table" ? null : as };
    for (const k of Object.keys(params)) if (k.startsWith("p.")) change[k] = null;
    for (const n of paramsOf(q)) change[`p.${n}`] = given[n] || null;
    setHere(change);
  };
  const go = (as: View = view) => {
    store(text, values, as);
    run(text, values, as);
  };
  // a query that came with the address runs at once
  useEffect(() => {
    if (params["q"]) run(params["q"], valuesOf(params), view);
    return () => running.current?.abort();
  }, []);

  const problem = state.phase === "problem" ? state.problem : null;
  const mistakes = useMemo((): Mistake[] => problem instanceof Problem && problem.line
    ? [{ line: problem.line, column: problem.column ?? 1,
        message: `${problem.message}${problem.hint ? `; ${problem.hint}` : ""}` }]
    : [], [problem]);
  const show = (v: View) => {
    if (state.phase === "answer" && (v === "plan") === state.plan) store(text, values, v);
    else go(v);
  };
  const example = (q: string) => {
    give({ text: q });
    setText(q);
    setState({ phase: "idle" });
    const filled = paramsOf(q).includes("district")
      ? { ...values, district: values["district"] ?? "607" } : values;
    setValues(filled);
    if (paramsOf(q).every((n) => filled[n])) {
      store(q, filled, "table");
      run(q, filled, "table");
    }
  };
  return (
    <>
      <PageHead title={t(words.title)} lead={t(words.lead)}>
        <label class="pick no-print">
          <span>{t(words.examples)}</span>
          <select value="" onChange={(e) => {
            const q = examples[Number(e.currentTarget.value)]?.q;
            e.currentTarget.value = "";
            if (q) example(q);
          }}>
            <option value="" />
            {examples.map((x, i) => (!x.needs || may(session, x.needs)) && <option key={x.q} value={String(i)}>{t(x.title)}</option>)}
          </select>
        </label>
      </PageHead>
      <form class="no-print" onSubmit={(e) => { e.preventDefault(); go(); }}>
        <CodeEditor given={given} language="query" label={t(words.editor)} hint={t(words.hint)}
          words={known} mistakes={mistakes} onChange={setText} onRun={() => go()} />
        <Params names={names} values={values}
          onChange={(n, v) => setValues((old) => ({ ...old, [n]: v }))} />
        <p class="actions">
          <button type="submit" class="b primary" disabled={text.trim() === ""}>{t(words.run)}</button>
          {state.phase === "running" && <>
            <button type="button" class="b" onClick={() => state.abort.abort()}>{t(words.cancel)}</button>
            <span class="quiet" role="status">{t(words.running)}</span>
          </>}
          {state.phase === "cancelled" && <span class="quiet" role="status">{t(words.cancelled)}</span>}
        </p>
      </form>
      {problem !== null && <ProblemBox problem={problem} />}
      {state.phase === "answer" && <Result state={state} view={view} onView={show} />}
      <Reference all={known} />
    </>
  );
}
