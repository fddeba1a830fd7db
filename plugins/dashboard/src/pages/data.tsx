// SPDX-License-Identifier: MIT
// What has arrived: sources and how late they are, the ledger of batches, rows that were left out,
// what checks found, published figures, tables of planners. The address says which part is shown.
import type { ComponentType } from "preact";
import { useRef, useState } from "preact/hooks";
import { href, setHere } from "../address";
import { post, Problem, type Row, send, type Table, url, useData, useQuery } from "../api";
import * as format from "../format";
import { type Text, pick, t } from "../lang";
import { AskForm } from "../parts/ask_form";
import { ReportTable } from "../parts/report_table";
import { PageHead } from "../parts/head";
import { ProblemBox, Shown } from "../parts/status";
import type { PageProps } from "../pages";
import { may, useSession } from "../session";
import { Severity } from "./alerts";

const words = {
  title: { en: "Data", hi: "डेटा" },
  parts: { en: "Parts of this page", hi: "इस पृष्ठ के भाग" },
  sources: { en: "Sources", hi: "स्रोत" },
  batches: { en: "Batches", hi: "बैच" },
  rejects: { en: "Rows left out", hi: "छोड़ी गई पंक्तियाँ" },
  findings: { en: "Findings", hi: "जाँच के निष्कर्ष" },
  stated: { en: "Published figures", hi: "प्रकाशित आँकड़े" },
  tables: { en: "Tables", hi: "तालिकाएँ" },
  sourcesLead: { en: "Who sends registrations, up to which day, and how long ago. No report is not zero.",
    hi: "कौन निबंधन भेजता है, किस दिन तक, और कितने समय पहले। रिपोर्ट न आना शून्य नहीं है।" },
  batchesLead: { en: "What each source sent at once, the newest first. A retracted batch counts no longer; its rows are kept.",
    hi: "हर स्रोत ने एक बार में क्या भेजा, नवीनतम पहले। वापस लिया गया बैच नहीं गिना जाता; उसकी पंक्तियाँ रखी रहती हैं।" },
  rejectsLead: { en: "Rows that could not be taken, and why. Mended, the file can be sent again.",
    hi: "जो पंक्तियाँ नहीं ली जा सकीं, और क्यों। सुधारकर फ़ाइल फिर भेजी जा सकती है।" },
  findingsLead: { en: "What the checks of the plugins found in the data. They close by themselves when the data no longer shows it.",
    hi: "प्लगिन की जाँचों ने डेटा में क्या पाया। डेटा सुधरने पर ये स्वयं बंद होते हैं।" },
  statedLead: { en: "Totals as sources published them: kept as said, beside what is counted.",
    hi: "स्रोतों द्वारा प्रकाशित योग: जैसे कहे गए वैसे रखे, गिने गए के साथ।" },
  tablesLead: { en: "Lists that planners uploaded (factories, centres, officers): queries and reports join them.",
    hi: "योजनाकारों की सूचियाँ (कारखाने, केंद्र, अधिकारी): क्वेरी और रिपोर्ट इन्हें जोड़ती हैं।" },
  source: { en: "Source", hi: "स्रोत" },
  batch: { en: "Batch", hi: "बैच" },
  lastDay: { en: "Last day of data", hi: "डेटा का अंतिम दिन" },
  behind: { en: "Behind the newest", hi: "नवीनतम से पीछे" },
  received: { en: "Received", hi: "प्राप्त" },
  ago: { en: "Ago", hi: "पहले" },
  sent: { en: "Batches sent", hi: "भेजे गए बैच" },
  usual: { en: "Usually every", hi: "सामान्यतः हर" },
  registrations: { en: "Registrations", hi: "निबंधन" },
  rejected: { en: "Rows left out", hi: "छोड़ी गई पंक्तियाँ" },
  accepted: { en: "Rows taken", hi: "ली गई पंक्तियाँ" },
  asOn: { en: "As on", hi: "स्थिति" },
  state: { en: "State", hi: "स्थिति" },
  days: { en: "{n} days", hi: "{n} दिन" },
  sameDay: { en: "same day", hi: "उसी दिन" },
  counts: { en: "counts", hi: "गिना जाता है" },
  correction: { en: "correction", hi: "सुधार" },
  retracted: { en: "retracted {at}", hi: "{at} को वापस लिया" },
  retract: { en: "Retract", hi: "वापस लें" },
  retractTitle: { en: "Retract the batch {batch}", hi: "बैच {batch} वापस लें" },
  retractWarn: { en: "{n} registrations will no longer count. There is no way back but to send them again under a new id.",
    hi: "{n} निबंधन आगे नहीं गिने जाएँगे। लौटाने का उपाय केवल नई पहचान से फिर भेजना है।" },
  reason: { en: "Reason; it is kept", hi: "कारण; यह रखा जाता है" },
  find: { en: "Batch or source", hi: "बैच या स्रोत" },
  download: { en: "download", hi: "डाउनलोड" },
  doing: { en: "Do", hi: "कार्य" },
  none: { en: "Nothing here yet.", hi: "अभी कुछ नहीं।" },
  noRejects: { en: "No row was left out.", hi: "कोई पंक्ति नहीं छोड़ी गई।" },
  line: { en: "Line", hi: "पंक्ति" },
  field: { en: "Column", hi: "स्तंभ" },
  value: { en: "Value", hi: "मान" },
  why: { en: "Why", hi: "कारण" },
  severity: { en: "Severity", hi: "गंभीरता" },
  finding: { en: "Finding", hi: "निष्कर्ष" },
  place: { en: "Place", hi: "स्थान" },
  since: { en: "Since", hi: "कब से" },
  closed: { en: "closed", hi: "बंद" },
  open: { en: "open", hi: "खुले" },
  all: { en: "all", hi: "सभी" },
  noFindings: { en: "The checks found nothing.", hi: "जाँचों को कुछ नहीं मिला।" },
  name: { en: "Table", hi: "तालिका" },
  rows: { en: "Rows", hi: "पंक्तियाँ" },
  columns: { en: "Columns", hi: "स्तंभ" },
  expected: { en: "expected by {plugin}, not uploaded yet", hi: "{plugin} को अपेक्षित, अभी अपलोड नहीं" },
  look: { en: "Look", hi: "देखें" },
  upload: { en: "Upload", hi: "अपलोड" },
  replace: { en: "Replace", hi: "बदलें" },
  drop: { en: "Drop", hi: "हटाएँ" },
  dropTitle: { en: "Drop the table {name}", hi: "तालिका {name} हटाएँ" },
  newTable: { en: "Upload another table", hi: "एक और तालिका अपलोड करें" },
  tableName: { en: "Its name (letters, digits, _)", hi: "नाम (अंग्रेज़ी अक्षर, अंक, _)" },
  choose: { en: "Choose a CSV file", hi: "CSV फ़ाइल चुनें" },
  taken: { en: "{name}: {rows} rows are there.", hi: "{name}: {rows} पंक्तियाँ आ गईं।" },
  wrongRow: { en: "line {line}, {field}: {reason}", hi: "पंक्ति {line}, {field}: {reason}" },
  scroll: { en: "Table, can be scrolled", hi: "तालिका, सरकाई जा सकती है" },
};

const FIGURES: readonly Text[] = [words.registrations, words.rejected, words.accepted, words.rows,
  words.line, words.sent];

function Head({ of }: { of: readonly Text[] }) {
  return <thead><tr>{of.map((w, i) =>
    <th key={i} scope="col" class={FIGURES.includes(w) ? "n" : ""}>{t(w)}</th>)}</tr></thead>;
}

function Wide({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return <div class="wide" tabIndex={0} role="region" aria-label={`${label}: ${t(words.scroll)}`}>
    <table class="t">{children}</table></div>;
}

// ---- sources ----------------------------------------------------------------------------------

interface Source extends Row {
  source: string;
  last_day: string | null;
  received: string | null;
  usual: number | null;
  batches: number | null;
  registrations: number;
  rejected: number | null;
}
const SOURCES = `FROM registrations
|> AGGREGATE MAX(date) AS last_day, COUNT(*) AS registrations GROUP BY source
|> WHERE source IS NOT NULL
|> LEFT JOIN (
  FROM batches |> WHERE retracted IS NULL
  |> EXTEND DATE(LEFT(received, 10)) AS day
  |> AGGREGATE COUNT(*) AS n, MAX(received) AS came, SUM(rejected) AS rejected GROUP BY source, day
  |> EXTEND DATE_DIFF(day, LAG(day) OVER (PARTITION BY source ORDER BY day), DAY) AS gap
  |> AGGREGATE SUM(n) AS batches, MAX(came) AS received, SUM(rejected) AS rejected,
       APPROX_QUANTILES(gap, 2)[OFFSET(1)] AS usual GROUP BY source) USING (source)
|> ORDER BY last_day, source`;

function daysBehind(day: string | null, newest: string | null): number | null {
  return day && newest
    ? Math.round((format.asDate(newest).getTime() - format.asDate(day).getTime()) / 86400000) : null;
}

function Behind({ n }: { n: number | null }) {
  if (n === null) return <>{format.NOTHING}</>;
  const band = n <= 1 ? 3 : n <= 3 ? 2 : n <= 7 ? 1 : 0;
  return <span class={`band band${band}`}>{n === 0 ? t(words.sameDay) : t(words.days, { n })}</span>;
}

function Sources() {
  const list = useQuery<Source>(SOURCES);
  return (
    <Shown of={list}>
      {(table) => (
        <Wide label={t(words.sources)}>
          <Head of={[words.source, words.lastDay, words.behind, words.received, words.ago,
            words.usual, words.sent, words.registrations, words.rejected]} />
          <tbody>
            {table.data.map((s) => (
              <tr key={s.source}>
                <th scope="row"><bdi>{s.source}</bdi></th>
                <td>{format.day(s.last_day)}</td>
                <td><Behind n={daysBehind(s.last_day, table.as_on)} /></td>
                <td>{format.moment(s.received)}</td>
                <td>{s.received ? format.age(Date.now() - new Date(s.received).getTime()) : format.NOTHING}</td>
                <td>{s.usual === null ? format.NOTHING : t(words.days, { n: s.usual })}</td>
                <td class="n">{format.count(s.batches)}</td>
                <td class="n">{format.count(s.registrations)}</td>
                <td class="n">{format.count(s.rejected)}</td>
              </tr>
            ))}
            {table.data.length === 0 && <tr><td colSpan={9} class="none">{t(words.none)}</td></tr>}
          </tbody>
        </Wide>
      )}
    </Shown>
  );
}

// ---- batches ----------------------------------------------------------------------------------

interface Batch extends Row {
  batch: string;
  source: string;
  accepted: number;
  rejected: number;
  registrations: number;
  as_on: string | null;
  correction: boolean;
  received: string;
  retracted: string | null;
  reason: string | null;
}
const BATCHES = 500;

/** An id may hold a slash: it is one segment of the path. */
function batchPath(b: { batch: string }): string {
  return `/v1/batches/${encodeURIComponent(b.batch)}`;
}

function BatchRow({ b, mayRetract, again }: { b: Batch; mayRetract: boolean; again: () => void }) {
  const [asking, ask] = useState(false);
  const retract = async (v: Record<string, string>) => {
    await send("DELETE", url(batchPath(b), { source: b.source, reason: v["reason"] ?? "" }));
    again();
  };
  return (
    <>
      <tr class={b.retracted ? "gone" : ""}>
        <th scope="row"><bdi>{b.batch}</bdi></th>
        <td><bdi>{b.source}</bdi></td>
        <td>{format.moment(b.received)}</td>
        <td>{format.day(b.as_on)}</td>
        <td class="n">{format.count(b.registrations)}</td>
        <td class="n">{format.count(b.accepted)}</td>
        <td class="n">{b.rejected > 0
          ? <a href={`${url(`${batchPath(b)}/rejects.csv`, { source: b.source })}&bom=1`} download>
              {format.count(b.rejected)} <span class="hidden">{t(words.download)}</span></a>
          : format.count(b.rejected)}</td>
        <td>
          {b.correction && <span class="tag">{t(words.correction)}</span>}{" "}
          {b.retracted
            ? <><span class="band band0">{t(words.retracted, { at: format.moment(b.retracted) })}</span>
                {" "}<bdi>{b.reason}</bdi></>
            : t(words.counts)}
        </td>
        {mayRetract && <td class="no-print">{!b.retracted &&
          <button type="button" class="b danger" aria-label={t(words.retractTitle, { batch: b.batch })}
            onClick={() => ask(true)}>{t(words.retract)} …</button>}</td>}
      </tr>
      {asking && (
        <tr><td colSpan={9}>
          <AskForm title={t(words.retractTitle, { batch: b.batch })} button={words.retract} danger
            fields={[{ name: "reason", label: words.reason, required: true, kind: "lines" }]}
            onSend={retract} onClose={() => ask(false)}>
            <p>{t(words.retractWarn, { n: format.count(b.registrations) })}</p>
          </AskForm>
        </td></tr>
      )}
    </>
  );
}

function Batches() {
  const list = useData<Table<Batch>>(url("/v1/batches", { limit: BATCHES }), ["snapshot"]);
  const mayRetract = may(useSession(), "import");
  const [find, setFind] = useState("");
  const low = find.trim().toLowerCase();
  return (
    <>
      <p class="filter no-print"><input type="search" value={find} placeholder={t(words.find)}
        aria-label={t(words.find)} onInput={(e) => setFind(e.currentTarget.value)} /></p>
      <Shown of={list}>
        {(table) => (
          <Wide label={t(words.batches)}>
            <Head of={[words.batch, words.source, words.received, words.asOn, words.registrations,
              words.accepted, words.rejected, words.state, ...(mayRetract ? [words.doing] : [])]} />
            <tbody>
              {table.data.filter((b) => `${b.batch} ${b.source}`.toLowerCase().includes(low))
                .map((b) => <BatchRow key={`${b.source} ${b.batch}`} b={b} mayRetract={mayRetract}
                  again={list.again} />)}
              {table.rows === 0 && <tr><td colSpan={9} class="none">{t(words.none)}</td></tr>}
            </tbody>
          </Wide>
        )}
      </Shown>
    </>
  );
}

// ---- rows left out ----------------------------------------------------------------------------

const REJECTS = "FROM rejects |> SELECT source, batch, line, field, value, reason |> LIMIT 500";

function Rejects() {
  const list = useQuery(REJECTS);
  return (
    <Shown of={list}>
      {(table) => table.rows === 0 ? <p>{t(words.noRejects)}</p> : (
        <Wide label={t(words.rejects)}>
          <Head of={[words.source, words.batch, words.line, words.field, words.value, words.why, words.download]} />
          <tbody>
            {table.data.map((r, i) => (
              <tr key={i}>
                <td><bdi>{r["source"]}</bdi></td>
                <td><bdi>{r["batch"]}</bdi></td>
                <td class="n">{String(r["line"] ?? "")}</td>
                <td><bdi>{r["field"]}</bdi></td>
                <td><bdi>{r["value"]}</bdi></td>
                <td><bdi>{r["reason"]}</bdi></td>
                <td><a download href={`${url(`${batchPath({ batch: String(r["batch"]) })}/rejects.csv`,
                  { source: String(r["source"]) })}&bom=1`}>{t(words.download)}</a></td>
              </tr>
            ))}
          </tbody>
        </Wide>
      )}
    </Shown>
  );
}

// ---- findings ---------------------------------------------------------------------------------

const statuses: readonly (readonly [string, Text])[] = [
  ["open", words.open], ["closed", words.closed], ["all", words.all]];

function Findings({ params }: PageProps) {
  const status = params["status"] ?? "open";
  const list = useData<Table>(url("/v1/findings", { status, limit: 1000 }), ["findings", "snapshot"]);
  return (
    <>
      <label class="pick no-print"><span>{t(words.state)}</span>
        <select value={status} onChange={(e) => setHere({ status: e.currentTarget.value })}>
          {statuses.map(([v, w]) => <option key={v} value={v}>{t(w)}</option>)}
        </select>
      </label>
      <Shown of={list}>
        {(table) => table.rows === 0 ? <p>{t(words.noFindings)}</p> : (
          <Wide label={t(words.findings)}>
            <Head of={[words.severity, words.finding, words.place, words.source, words.batch,
              words.since, words.state]} />
            <tbody>
              {table.data.map((f) => (
                <tr key={String(f["id"])}>
                  <td><Severity name={String(f["severity"])} /></td>
                  <td><bdi>{pick(f["message"] as string, f["message_hi"] as string)}</bdi></td>
                  <td><bdi>{f["place"] ?? format.NOTHING}</bdi></td>
                  <td><bdi>{f["source"] ?? format.NOTHING}</bdi></td>
                  <td><bdi>{f["batch"] ?? format.NOTHING}</bdi></td>
                  <td>{format.day(f["since"] as string)}</td>
                  <td>{t(f["status"] === "open" ? words.open : words.closed)}{" "}
                    {f["resolved_on"] && format.day(f["resolved_on"] as string)}</td>
                </tr>
              ))}
            </tbody>
          </Wide>
        )}
      </Shown>
    </>
  );
}

// ---- published figures ------------------------------------------------------------------------

const STATED = `FROM stated |> SELECT as_on, place, level, sector, total, source, received
|> ORDER BY as_on DESC, place, sector |> LIMIT 1000`;

function Stated() {
  const list = useQuery(STATED);
  const title: Record<string, Text> = { as_on: words.asOn, place: words.place, sector:
    { en: "Sector", hi: "क्षेत्र" }, level: { en: "Level", hi: "स्तर" }, total:
    { en: "Stated total", hi: "बताया गया कुल" }, source: words.source, received: words.received };
  return (
    <Shown of={list}>
      {(table) => <ReportTable caption={t(words.stated)} rows={table.data}
        meta={table.meta.map((c) => ({ ...c, title: title[c.name] ? t(title[c.name]!) : c.name }))} />}
    </Shown>
  );
}

// ---- tables of planners -----------------------------------------------------------------------

interface Uploaded extends Row {
  name: string;
  rows: number | null;
  columns: string;
  received: string | null;
  expected_by: string | null;
}
interface WrongRow {
  line: number;
  field: string;
  reason: string;
}

function tablePath(name: string): string {
  return `/v1/tables/${encodeURIComponent(name)}`;
}

function WrongRows({ problem }: { problem: unknown }) {
  const rows = problem instanceof Problem ? (problem.body["errors"] as WrongRow[] | undefined) : undefined;
  if (!rows) return null;
  return <ul>{rows.slice(0, 20).map((e, i) => <li key={i}><bdi>{t(words.wrongRow,
    { line: e.line, field: e.field, reason: e.reason })}</bdi></li>)}</ul>;
}

function Upload({ name, label, onDone }: { name: string; label: string; onDone: () => void }) {
  const file = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<{ problem?: unknown; done?: string }>({});
  const take = async () => {
    const chosen = file.current?.files?.[0];
    if (!chosen) return;
    setOutcome({});
    try {
      const r = await send("PUT", tablePath(name), { body: chosen, headers: { "Content-Type": "text/csv" } });
      const made = (await r.json()) as { rows: number };
      setOutcome({ done: t(words.taken, { name, rows: format.count(made.rows) }) });
      onDone();
    } catch (problem) {
      setOutcome({ problem });
    } finally {
      if (file.current) file.current.value = "";
    }
  };
  return (
    <>
      <button type="button" class="b" disabled={!name} onClick={() => file.current?.click()}>
        {label} …</button>
      <input ref={file} type="file" accept=".csv,.gz,.zst,text/csv" hidden data-table={name}
        onChange={() => void take()} aria-label={`${label}: ${name}`} />
      {outcome.done && <p class="done" role="status">{outcome.done}</p>}
      {outcome.problem !== undefined && <><ProblemBox problem={outcome.problem} />
        <WrongRows problem={outcome.problem} /></>}
    </>
  );
}

function TableRow({ x, mayPut, again }: { x: Uploaded; mayPut: boolean; again: () => void }) {
  const [asking, ask] = useState(false);
  const there = x.received !== null;
  return (
    <tr>
      <th scope="row"><bdi>{x.name}</bdi></th>
      <td class="n">{format.count(x.rows)}</td>
      <td class="small">{x.columns}</td>
      <td>{there ? format.moment(x.received)
        : <span class="band band1">{t(words.expected, { plugin: x.expected_by ?? "" })}</span>}</td>
      <td class="no-print">
        <div class="actions">
          {there && <a class="b" href={href("query", { q: `FROM ${x.name}` })}>{t(words.look)}</a>}
          {there && <a class="b" download href={`${url(`${tablePath(x.name)}.csv`)}&bom=1`}>CSV</a>}
          {mayPut && <Upload name={x.name} label={t(there ? words.replace : words.upload)} onDone={again} />}
          {mayPut && there &&
            <button type="button" class="b danger" onClick={() => ask(true)}>{t(words.drop)} …</button>}
        </div>
        {asking && <AskForm title={t(words.dropTitle, { name: x.name })} button={words.drop} danger
          fields={[]} onClose={() => ask(false)}
          onSend={async () => { await post(tablePath(x.name), undefined, "DELETE"); again(); }} />}
      </td>
    </tr>
  );
}

function Tables() {
  const list = useData<Table<Uploaded>>(url("/v1/tables"), ["snapshot", "plugins"]);
  const mayPut = may(useSession(), "tables");
  const [name, setName] = useState("");
  return (
    <>
      <Shown of={list}>
        {(table) => (
          <Wide label={t(words.tables)}>
            <Head of={[words.name, words.rows, words.columns, words.received, words.doing]} />
            <tbody>
              {table.data.map((x) =>
                <TableRow key={x.name} x={x} mayPut={mayPut} again={list.again} />)}
              {table.rows === 0 && <tr><td colSpan={5} class="none">{t(words.none)}</td></tr>}
            </tbody>
          </Wide>
        )}
      </Shown>
      {mayPut && (
        <div class="no-print">
          <h2>{t(words.newTable)}</h2>
          <div class="fields">
            <div class="field">
              <label for="table-name">{t(words.tableName)}</label>
              <input id="table-name" type="text" value={name} pattern="[A-Za-z_][A-Za-z0-9_]*"
                onInput={(e) => setName(e.currentTarget.value.trim())} />
            </div>
          </div>
          <Upload name={name} label={t(words.choose)} onDone={list.again} />
        </div>
      )}
    </>
  );
}

// ---- the page ---------------------------------------------------------------------------------

interface Part {
  title: Text;
  lead: Text;
  needs: string;
  show: ComponentType<PageProps>;
}

const parts: Record<string, Part> = {
  sources: { title: words.sources, lead: words.sourcesLead, needs: "query", show: Sources },
  batches: { title: words.batches, lead: words.batchesLead, needs: "batches", show: Batches },
  rejects: { title: words.rejects, lead: words.rejectsLead, needs: "query", show: Rejects },
  findings: { title: words.findings, lead: words.findingsLead, needs: "query", show: Findings },
  stated: { title: words.stated, lead: words.statedLead, needs: "query", show: Stated },
  tables: { title: words.tables, lead: words.tablesLead, needs: "query", show: Tables },
};

export default function Data({ params }: PageProps) {
  const session = useSession();
  const offered = Object.keys(parts).filter((n) => may(session, parts[n]!.needs));
  const name = params["part"] && offered.includes(params["part"]) ? params["part"] : offered[0];
  if (!name) return null; // until it is known who asks
  const part = parts[name]!;
  const Part = part.show;
  return (
    <>
      <PageHead title={`${t(words.title)}: ${t(part.title)}`} lead={t(part.lead)} />
      <nav class="tabs no-print" aria-label={t(words.parts)}>
        {offered.map((n) => (
          <a key={n} class="b" href={href("data", { part: n })}
            aria-current={n === name ? "page" : undefined}>{t(parts[n]!.title)}</a>
        ))}
      </nav>
      <section class="sheet"><Part key={name} params={params} /></section>
    </>
  );
}
