// SPDX-License-Identifier: MIT
// The plugins: which serve and which have mistakes, their texts, a dry run of another version (its
// mistakes, and what it would change), and the reference of what can be declared.
import { useEffect, useMemo, useState } from "preact/hooks";
import { href, setHere } from "../address";
import { post, Problem, type Row, send, url, useData, type Value } from "../api";
import type { Mistake } from "../editor/editor";
import * as format from "../format";
import { type Text, t } from "../lang";
import { CodeEditor } from "../parts/code_editor";
import { Markdown } from "../parts/markdown";
import { type Param, ParamForm, type Values } from "../parts/param_form";
import { PageHead } from "../parts/head";
import { Loading, ProblemBox, Shown } from "../parts/status";
import type { PageProps } from "../pages";
import { may, useSession } from "../session";

interface Fault {
  file?: string;
  line?: number;
  column?: number;
  code: string;
  detail: string;
  excerpt?: string;
  hint?: string;
}
interface Plugin {
  name: string;
  version: string;
  title: string;
  path: string;
  status: "ok" | "stale" | "broken";
  sha256: string;
  reports: string[];
  alerts: string[];
  checks: string[];
  functions: string[];
  table_functions: string[];
  targets: string[];
  notes_text?: string;
  error?: Fault;
  errors_text?: string;
}
interface PluginFiles extends Plugin {
  files: { file: string; text: string }[];
}
interface Change {
  key: Row;
  was: Row;
  now: Row;
}
interface Difference {
  key: string[];
  columns_added: string[];
  columns_removed: string[];
  added: Row[];
  removed: Row[];
  changed: Change[];
  total: { was: Row; now: Row } | null;
  rows_added: number;
  rows_removed: number;
  rows_changed: number;
  rows_same: number;
}
interface Checked {
  plugin: string;
  version: string;
  good: boolean;
  reports: string[];
  tests: number;
  notes: string;
  errors: Fault[];
  report?: {
    name: string;
    rows: Row[];
    summary: string;
    difference: Difference | null;
    no_difference?: string;
  };
}

const words = {
  title: { en: "Plugins", hi: "प्लगिन" },
  lead: { en: "Reports, targets, alerts and checks are written in these. A broken version never serves: the last good one goes on.",
    hi: "रिपोर्ट, लक्ष्य, चेतावनियाँ और जाँचें इनमें लिखी जाती हैं। त्रुटि वाला संस्करण नहीं चलता: पिछला सही संस्करण चलता रहता है।" },
  serving: { en: "What serves", hi: "जो चल रहे हैं" },
  tryIt: { en: "Dry run", hi: "परीक्षण" },
  reference: { en: "Reference", hi: "संदर्भ" },
  parts: { en: "Parts of this page", hi: "इस पृष्ठ के भाग" },
  reload: { en: "Load again from disk", hi: "डिस्क से फिर पढ़ें" },
  reloaded: { en: "Loaded.", hi: "पढ़ लिया गया।" },
  ok: { en: "serves", hi: "चल रहा है" },
  stale: { en: "has mistakes; its last good version serves", hi: "त्रुटियाँ हैं; पिछला सही संस्करण चल रहा है" },
  broken: { en: "broken: nothing of it serves", hi: "त्रुटिपूर्ण: इसका कुछ नहीं चलता" },
  reports: { en: "reports", hi: "रिपोर्ट" },
  alerts: { en: "alerts", hi: "चेतावनियाँ" },
  checks: { en: "checks", hi: "जाँचें" },
  functions: { en: "functions", hi: "फलन" },
  targets: { en: "target sets", hi: "लक्ष्य समूह" },
  noPlugins: { en: "No plugin is loaded.", hi: "कोई प्लगिन नहीं है।" },
  notes: { en: "Notes", hi: "टिप्पणियाँ" },
  mistakes: { en: "Mistakes", hi: "त्रुटियाँ" },
  at: { en: "{file}, line {line}, column {column}", hi: "{file}, पंक्ति {line}, स्तंभ {column}" },
  text: { en: "Its text", hi: "इसका पाठ" },
  tryThis: { en: "Try a change", hi: "बदलाव आज़माएँ" },
  tryLead: { en: "Another version is checked against the data of the moment; its own tests run. Nothing of it stays.",
    hi: "दूसरा संस्करण अभी के डेटा पर जाँचा जाता है; उसके अपने परीक्षण चलते हैं। कुछ भी सहेजा नहीं जाता।" },
  editor: { en: "Text of the plugin; Ctrl-Enter checks it", hi: "प्लगिन का पाठ; Ctrl-Enter से जाँचें" },
  begin: { en: "Begin with", hi: "शुरुआत करें" },
  example: { en: "an example", hi: "एक उदाहरण से" },
  check: { en: "Check", hi: "जाँचें" },
  checking: { en: "Checking …", hi: "जाँच हो रही है …" },
  store: { en: "Store it, and let it serve", hi: "सहेजें और चलाएँ" },
  stored: { en: "{plugin} {version} is stored and serves.", hi: "{plugin} {version} सहेजा गया और चल रहा है।" },
  good: { en: "{plugin} {version} is good: {reports} reports, {tests} tests passed.",
    hi: "{plugin} {version} सही है: {reports} रिपोर्ट, {tests} परीक्षण सफल।" },
  bad: { en: "{n} mistakes: this version would not serve.", hi: "{n} त्रुटियाँ: यह संस्करण नहीं चलेगा।" },
  compare: { en: "What would it change?", hi: "इससे क्या बदलेगा?" },
  report: { en: "Report", hi: "रिपोर्ट" },
  choose: { en: "choose a report", hi: "रिपोर्ट चुनें" },
  show: { en: "Show the difference", hi: "अंतर दिखाएँ" },
  counts: { en: "{added} rows added, {removed} removed, {changed} changed, {same} as they are",
    hi: "{added} पंक्तियाँ जुड़ीं, {removed} हटीं, {changed} बदलीं, {same} वैसी ही" },
  nothing: { en: "Nothing changes.", hi: "कुछ नहीं बदलता।" },
  columnsAdded: { en: "Columns added: {names}", hi: "नए स्तंभ: {names}" },
  columnsRemoved: { en: "Columns removed: {names}", hi: "हटे स्तंभ: {names}" },
  what: { en: "Row", hi: "पंक्ति" },
  column: { en: "Column", hi: "स्तंभ" },
  was: { en: "As it is", hi: "अभी" },
  now: { en: "As it would be", hi: "बदलने पर" },
  total: { en: "Row of totals", hi: "योग की पंक्ति" },
  newRow: { en: "new row", hi: "नई पंक्ति" },
  goneRow: { en: "row is gone", hi: "पंक्ति हटी" },
  rowsOf: { en: "It gives {n} rows.", hi: "यह {n} पंक्तियाँ देता है।" },
};

const statusWords: Record<Plugin["status"], Text> = {
  ok: words.ok, stale: words.stale, broken: words.broken };
const EXAMPLE = `plugin { name = "mine", version = "1.0.0", api = 1,
  title = { en = "My office", hi = "मेरा कार्यालय" } }

report "by_block" {
  title  = { en = "Registrations by block", hi = "प्रखंडवार निबंधन" },
  params = { { "district", type = "place", level = "district", required = true } },
  query  = [[
    FROM registrations
    |> WHERE district = @district
    |> AGGREGATE COUNT(*) AS done GROUP BY block
    |> CALL complete('block', under => @district)
    |> ORDER BY done DESC
  ]],
  columns = {
    { "block", title = { en = "Block", hi = "प्रखंड" } },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
  },
  total = true,
}
`;

function Status({ of }: { of: Plugin["status"] }) {
  const band = of === "ok" ? 3 : of === "stale" ? 1 : 0;
  return <span class={`band band${band}`}>{t(statusWords[of])}</span>;
}

function FaultBox({ f }: { f: Fault }) {
  return (
    <div class="problem">
      <p><strong><bdi>{f.detail}</bdi></strong></p>
      {f.line !== undefined && f.line > 0 &&
        <p class="quiet">{t(words.at, { file: f.file ?? "", line: f.line, column: f.column ?? 1 })
          .replace(/^, /, "")}</p>}
      {f.excerpt && <pre class="excerpt">{f.excerpt}</pre>}
      {f.hint && <p>{f.hint}</p>}
    </div>
  );
}

function Names({ label, names }: { label: Text; names: string[] }) {
  if (names.length === 0) return null;
  return <p class="small"><span class="quiet">{format.count(names.length)} {t(label)}:</span>{" "}
    {names.join(", ")}</p>;
}

// ---- what serves ------------------------------------------------------------------------------

function Files({ name }: { name: string }) {
  const plugin = useData<PluginFiles>(url(`/v1/plugins/${encodeURIComponent(name)}`), ["plugins"]);
  return (
    <Shown of={plugin}>
      {(p) => <>{p.files.map((f) => (
        <details key={f.file}>
          <summary><code>{f.file}</code></summary>
          <pre class="excerpt" tabIndex={0} aria-label={f.file}>{f.text}</pre>
        </details>
      ))}</>}
    </Shown>
  );
}

function Serving() {
  const list = useData<{ plugins: Plugin[] }>(url("/v1/plugins"), ["plugins"]);
  const mayChange = may(useSession(), "plugins");
  const [outcome, setOutcome] = useState<{ problem?: unknown; done?: boolean }>({});
  const [looking, look] = useState("");
  const reload = () => {
    setOutcome({});
    post("/v1/plugins/reload").then(() => { setOutcome({ done: true }); list.again(); },
      (problem: unknown) => setOutcome({ problem }));
  };
  return (
    <>
      {mayChange && <p class="actions no-print">
        <button type="button" class="b" onClick={reload}>{t(words.reload)}</button>
        {outcome.done && <span role="status">{t(words.reloaded)}</span>}
      </p>}
      {outcome.problem !== undefined && <ProblemBox problem={outcome.problem} />}
      <Shown of={list}>
        {({ plugins }) => plugins.length === 0 ? <p>{t(words.noPlugins)}</p> : <>{plugins.map((p) => (
          <section class="sheet" key={p.name}>
            <div class="sheet-head">
              <h2><bdi>{p.title || p.name}</bdi> <span class="quiet small"><code>{p.name}</code> {p.version}</span></h2>
              <Status of={p.status} />
            </div>
            {p.error && <FaultBox f={p.error} />}
            {p.errors_text && <details><summary>{t(words.mistakes)}</summary>
              <pre class="excerpt" tabIndex={0}>{p.errors_text}</pre></details>}
            <Names label={words.reports} names={p.reports} />
            <Names label={words.targets} names={p.targets} />
            <Names label={words.alerts} names={p.alerts} />
            <Names label={words.checks} names={p.checks} />
            <Names label={words.functions} names={[...p.functions, ...p.table_functions]} />
            {p.notes_text && <><h3>{t(words.notes)}</h3><ul class="small">
              {p.notes_text.trim().split("\n").map((n) => <li key={n}><bdi>{n}</bdi></li>)}</ul></>}
            {mayChange && <>
              <p class="actions no-print">
                <button type="button" class="b" aria-expanded={looking === p.name}
                  onClick={() => look(looking === p.name ? "" : p.name)}>{t(words.text)}</button>
                <a class="b" href={href("plugins", { part: "try", plugin: p.name })}>{t(words.tryThis)}</a>
              </p>
              {looking === p.name && <Files name={p.name} />}
            </>}
          </section>
        ))}</>}
      </Shown>
    </>
  );
}

// ---- dry run ----------------------------------------------------------------------------------

function value(v: Value | undefined): string {
  if (v === null || v === undefined) return format.NOTHING;
  return typeof v === "number" ? (Number.isInteger(v) ? format.count(v) : format.decimal(v, 2)) : String(v);
}

function rowText(r: Row, key: string[]): string {
  const names = key.filter((k) => k in r);
  return (names.length ? names : Object.keys(r)).map((k) => value(r[k])).join(" · ");
}

function Differences({ d }: { d: Difference }) {
  const same = d.rows_added + d.rows_removed + d.rows_changed === 0 && !d.total
    && d.columns_added.length + d.columns_removed.length === 0;
  const cellsOf = (c: { was: Row; now: Row }) => Object.keys({ ...c.was, ...c.now });
  const changes = (name: string, c: { was: Row; now: Row }, k: string) => cellsOf(c).map((column) => (
    <tr key={`${k} ${column}`}>
      <th scope="row"><bdi>{name}</bdi></th><td>{column}</td>
      <td class="n"><del>{value(c.was[column])}</del></td>
      <td class="n"><ins>{value(c.now[column])}</ins></td>
    </tr>
  ));
  return (
    <>
      <p role="status">{t(words.counts, { added: format.count(d.rows_added),
        removed: format.count(d.rows_removed), changed: format.count(d.rows_changed),
        same: format.count(d.rows_same) })}</p>
      {d.columns_added.length > 0 && <p>{t(words.columnsAdded, { names: d.columns_added.join(", ") })}</p>}
      {d.columns_removed.length > 0 &&
        <p>{t(words.columnsRemoved, { names: d.columns_removed.join(", ") })}</p>}
      {same ? <p>{t(words.nothing)}</p> : (
        <div class="wide" tabIndex={0} role="region" aria-label={t(words.compare)}>
          <table class="t">
            <thead><tr>{[words.what, words.column, words.was, words.now].map((w) =>
              <th key={w.en} scope="col">{t(w)}</th>)}</tr></thead>
            <tbody>
              {d.changed.map((c, i) => changes(rowText(c.key, d.key), c, `c${i}`))}
              {d.removed.map((r, i) => <tr key={`r${i}`}><th scope="row"><bdi>{rowText(r, d.key)}</bdi></th>
                <td /><td><del>{rowText(r, Object.keys(r))}</del></td><td>{t(words.goneRow)}</td></tr>)}
              {d.added.map((r, i) => <tr key={`a${i}`}><th scope="row"><bdi>{rowText(r, d.key)}</bdi></th>
                <td /><td>{t(words.newRow)}</td><td><ins>{rowText(r, Object.keys(r))}</ins></td></tr>)}
              {d.total && changes(t(words.total), d.total, "total")}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** The plugin begun with: of several files the dry run takes the one that is named. */
function useBeginning(name: string | undefined): { text: string; problem: Problem | null } {
  const p = useData<PluginFiles>(name ? url(`/v1/plugins/${encodeURIComponent(name)}`) : null, []);
  const main = p.value?.files[0];
  return { text: name ? (main?.text ?? "") : EXAMPLE, problem: p.problem };
}

function Compare({ text, checked }: { text: string; checked: Checked }) {
  const [report, setReport] = useState(checked.reports[0] ?? "");
  const [values, setValues] = useState<Values>({});
  const [outcome, setOutcome] = useState<{ busy?: boolean; problem?: unknown; made?: Checked }>({});
  // the version that serves tells the parameters; a new report's are typed as the query names them
  const reports = useData<{ reports: { plugin: string; name: string; params: Param[] }[] }>(
    url("/v1/reports"), ["plugins"]);
  const params = reports.value?.reports.find((r) => r.plugin === checked.plugin && r.name === report)
    ?.params ?? paramsIn(text, report);
  const ask = async (v: Values) => {
    setValues(v);
    setOutcome({ busy: true });
    try {
      const r = await send("POST", url("/v1/plugins/check", { plugin: checked.plugin, report, ...v }),
        { body: text, headers: { "Content-Type": "text/plain" } });
      setOutcome({ made: (await r.json()) as Checked });
    } catch (problem) {
      setOutcome({ problem });
    }
  };
  const violations = outcome.problem instanceof Problem ? outcome.problem.violations : [];
  const made = outcome.made?.report;
  return (
    <section class="sheet">
      <h2>{t(words.compare)}</h2>
      <label class="pick">
        <span>{t(words.report)}</span>
        <select value={report} onChange={(e) => { setReport(e.currentTarget.value); setOutcome({}); }}>
          {checked.reports.map((r) => <option key={r} value={r}>{r}</option>)}
        </select>
      </label>
      {report && <ParamForm key={report} params={params} values={values} violations={violations}
        button={t(words.show)} onSubmit={(v) => void ask(v)} />}
      {outcome.busy && <Loading />}
      {outcome.problem !== undefined && violations.length === 0 && <ProblemBox problem={outcome.problem} />}
      {made && <>
        {made.summary && <p class="summary">{made.summary}</p>}
        {made.difference ? <Differences d={made.difference} />
          : <p>{made.no_difference ?? ""} {t(words.rowsOf, { n: format.count(made.rows.length) })}</p>}
      </>}
    </section>
  );
}

/** Parameters of a report that does not serve yet: the names that its query has after an @. */
function paramsIn(text: string, report: string): Param[] {
  const from = text.search(new RegExp(`report\\s*\\(?\\s*["']${report}["']`));
  const body = from < 0 ? text : text.slice(from).split(/\n(?=\w+\s*["'{])/)[0]!;
  const names = [...new Set([...body.matchAll(/@([A-Za-z_]\w*)/g)].map((m) => m[1]!))];
  return names.map((name) => ({ name, type: "string", required: false }));
}

const NO_MISTAKES: readonly Mistake[] = [];

function Try({ params }: { params: Record<string, string> }) {
  const name = params["plugin"];
  const plugins = useData<{ plugins: Plugin[] }>(url("/v1/plugins"), ["plugins"]);
  const begun = useBeginning(name);
  const [given, give] = useState({ text: begun.text });
  const [text, setText] = useState(begun.text);
  const [state, setState] = useState<{ busy?: boolean; problem?: unknown; checked?: Checked;
    text?: string; stored?: Checked }>({});
  useEffect(() => {
    give({ text: begun.text });
    setText(begun.text);
  }, [begun.text]);
  const sent = { body: text, headers: { "Content-Type": "text/plain" } };
  const check = async () => {
    setState({ busy: true });
    try {
      const r = await send("POST", url("/v1/plugins/check", { plugin: name }), sent);
      setState({ checked: (await r.json()) as Checked, text });
    } catch (problem) {
      setState({ problem });
    }
  };
  const store = async (c: Checked) => {
    try {
      const r = await send("PUT", `/v1/plugins/${encodeURIComponent(c.plugin)}`, sent);
      setState({ stored: (await r.json()) as Checked });
    } catch (problem) {
      setState({ ...state, problem });
    }
  };
  const checked = state.text === text ? state.checked : undefined;
  const mistakes = useMemo((): readonly Mistake[] => checked && !checked.good
    ? checked.errors.filter((e) => e.line).map((e) => ({ line: e.line!, column: e.column ?? 1,
        message: `${e.detail}${e.hint ? `; ${e.hint}` : ""}` }))
    : NO_MISTAKES, [checked]);
  return (
    <>
      <p class="quiet">{t(words.tryLead)}</p>
      <label class="pick no-print">
        <span>{t(words.begin)}</span>
        <select value={name ?? ""} onChange={(e) => { setState({});
          setHere({ plugin: e.currentTarget.value || null }); }}>
          <option value="">{t(words.example)}</option>
          {plugins.value?.plugins.map((p) => <option key={p.name} value={p.name}>{p.name}</option>)}
        </select>
      </label>
      {begun.problem && <ProblemBox problem={begun.problem} />}
      <form class="no-print" onSubmit={(e) => { e.preventDefault(); void check(); }}>
        <CodeEditor given={given} language="lua" label={t(words.editor)} mistakes={mistakes}
          onChange={setText} onRun={() => void check()} />
        <p class="actions">
          <button type="submit" class="b primary" disabled={text.trim() === "" || state.busy}>
            {t(words.check)}</button>
          {checked?.good &&
            <button type="button" class="b" onClick={() => void store(checked)}>{t(words.store)}</button>}
          {state.busy && <span class="quiet" role="status">{t(words.checking)}</span>}
        </p>
      </form>
      {state.problem !== undefined && <ProblemBox problem={state.problem} />}
      {state.stored && <p class="done" role="status">{t(words.stored, { ...pair(state.stored) })}</p>}
      {checked && (checked.good
        ? <p class="done" role="status">{t(words.good, { ...pair(checked),
            reports: checked.reports.length, tests: checked.tests })}</p>
        : <section aria-label={t(words.mistakes)}>
            <p role="alert"><strong>{t(words.bad, { n: checked.errors.length })}</strong></p>
            {checked.errors.map((f, i) => <FaultBox key={i} f={f} />)}
          </section>)}
      {checked?.notes && <pre class="excerpt">{checked.notes}</pre>}
      {checked?.good && checked.reports.length > 0 && <Compare text={text} checked={checked} />}
    </>
  );
}

function pair(c: Checked): { plugin: string; version: string } {
  return { plugin: c.plugin, version: c.version };
}

// ---- reference --------------------------------------------------------------------------------

function Reference() {
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    send("GET", "/v1/words/plugins", { headers: { Accept: "text/markdown" } })
      .then((r) => r.text()).then(setText, setProblem);
  }, []);
  if (problem !== null) return <ProblemBox problem={problem} />;
  return text === null ? <Loading /> : <Markdown text={text} />;
}

// ---- the page ---------------------------------------------------------------------------------

const parts: Record<string, Text> = { serving: words.serving, try: words.tryIt,
  reference: words.reference };

export default function Plugins({ params }: PageProps) {
  const part = params["part"] && Object.hasOwn(parts, params["part"]) ? params["part"] : "serving";
  return (
    <>
      <PageHead title={`${t(words.title)}: ${t(parts[part]!)}`} lead={t(words.lead)} />
      <nav class="tabs no-print" aria-label={t(words.parts)}>
        {Object.entries(parts).map(([n, title]) => (
          <a key={n} class="b" href={href("plugins", { part: n })}
            aria-current={n === part ? "page" : undefined}>{t(title)}</a>
        ))}
      </nav>
      {part === "serving" && <Serving />}
      {part === "try" && <Try params={params} />}
      {part === "reference" && <section class="sheet"><Reference /></section>}
    </>
  );
}
