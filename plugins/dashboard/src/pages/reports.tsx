// SPDX-License-Identifier: MIT
// Reports: the list of all plugins' reports; one with its parameters, sentence, chart and table.
// The address holds all: report=PLUGIN/NAME, and each parameter as p.NAME.
import { useMemo, useState } from "preact/hooks";
import { go, href, hrefHere } from "../address";
import { type Column, type Table, url, useData } from "../api";
import type { Spec } from "../parts/draw";
import * as format from "../format";
import { t } from "../lang";
import { Chart } from "../parts/chart";
import { type Param, ParamForm, type Values } from "../parts/param_form";
import { Downloads, PageHead, PrintButton } from "../parts/head";
import { ReportTable, type Shape } from "../parts/report_table";
import { ProblemBox, Kept, Loading, Shown } from "../parts/status";
import type { PageProps } from "../pages";

interface Report {
  plugin: string;
  name: string;
  title: string;
  help?: string;
  href: string;
  params: Param[];
  columns: Shape[];
  chart?: Spec;
}

const words = {
  title: { en: "Reports", hi: "रिपोर्ट" },
  filter: { en: "Filter the reports", hi: "रिपोर्ट छाँटें" },
  none: { en: "No report has this in its name.", hi: "इस नाम की कोई रिपोर्ट नहीं।" },
  all: { en: "All reports", hi: "सभी रिपोर्ट" },
  show: { en: "Show", hi: "दिखाएँ" },
  choose: { en: "Fill in what is marked with a star.", hi: "तारांकित खाने भरें।" },
  unknown: { en: "There is no report “{name}”.", hi: "“{name}” नाम की रिपोर्ट नहीं है।" },
  asOn: { en: "As on {day}", hi: "{day} की स्थिति" },
  snapshot: { en: "snapshot {n}", hi: "स्नैपशॉट {n}" },
  rows: { en: "{n} rows", hi: "{n} पंक्तियाँ" },
  cut: { en: "more rows were cut off: the downloads have all", hi: "शेष पंक्तियाँ छोड़ी गईं: डाउनलोड में सब हैं" },
  save: { en: "Save as", hi: "सहेजें" },
  link: { en: "Copy link", hi: "लिंक कॉपी करें" },
  copied: { en: "Copied", hi: "कॉपी हुआ" },
  plain: { en: "Plain page", hi: "सादा पृष्ठ" },
  chartOf: { en: "Chart of {title}; the figures stand in the table below",
    hi: "{title} का चार्ट; आँकड़े नीचे की तालिका में हैं" },
};

const ROWS_SHOWN = 1000;

function ReportList({ reports }: { reports: Report[] }) {
  const [find, setFind] = useState("");
  const low = find.trim().toLowerCase();
  const fits = reports.filter((r) =>
    `${r.title} ${r.name} ${r.help ?? ""}`.toLowerCase().includes(low));
  const plugins = [...new Set(fits.map((r) => r.plugin))];
  return (
    <>
      <PageHead title={t(words.title)}>
        <input type="search" class="filter no-print" value={find} placeholder={t(words.filter)}
          aria-label={t(words.filter)} onInput={(e) => setFind(e.currentTarget.value)} />
      </PageHead>
      {plugins.map((p) => (
        <section key={p} class="sheet">
          {plugins.length > 1 && <h2><bdi>{p}</bdi></h2>}
          <ul class="entries">
            {fits.filter((r) => r.plugin === p).map((r) => (
              <li key={r.name}>
                <a href={href("reports", { report: `${r.plugin}/${r.name}` })}><bdi>{r.title}</bdi></a>
                {r.help && <p class="quiet">{r.help}</p>}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {fits.length === 0 && <p>{t(words.none)}</p>}
    </>
  );
}

function valuesOf(params: Record<string, string>): Values {
  const v: Values = {};
  for (const [name, value] of Object.entries(params))
    if (name.startsWith("p.")) v[name.slice(2)] = value;
  return v;
}

/** What the address says; else the place that other pages carry along, where it is of the level. */
function filled(report: Report, params: Record<string, string>): Values {
  const values = valuesOf(params);
  const place = /^(\w+):(\d+)$/.exec(params["place"] ?? "");
  for (const p of report.params)
    if (place && p.type === "place" && p.level === place[1] && !(p.name in values))
      values[p.name] = place[2]!;
  return values;
}

function CopyLink() {
  const [done, setDone] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(location.href)
    .then(() => setDone(true), () => undefined);
  return <button type="button" class="b" onClick={copy}>{t(done ? words.copied : words.link)}</button>;
}

function Doors({ report, values }: { report: Report; values: Values }) {
  const query = url("", values).slice(1);
  return (
    <p class="actions">
      <span class="quiet">{t(words.save)}</span>
      <Downloads path={report.href} query={query} />
      <CopyLink />
      <PrintButton />
      <a class="b" href={`${report.href}.html?${query}`}>{t(words.plain)}</a>
    </p>
  );
}

/** An axis of percentages says so. */
function withUnits(meta: Column[], shapes: Shape[]): Column[] {
  return meta.map((c) => shapes.find((s) => s.name === c.name)?.type === "percent"
    ? { ...c, title: `${c.title ?? c.name} (%)` } : c);
}

function Result({ report, table, values }: { report: Report; table: Table; values: Values }) {
  const body = useMemo(() => table.total_row ? table.data.slice(0, -1) : table.data, [table]);
  const drawn = useMemo(() => withUnits(table.meta, report.columns), [table, report]);
  return (
    <section class="sheet">
      {table.summary && <p class="summary">{table.summary}</p>}
      <p class="quiet">
        {table.as_on && <>{t(words.asOn, { day: format.day(table.as_on) })} · </>}
        {t(words.snapshot, { n: table.snapshot })} · {t(words.rows, { n: format.count(body.length) })}
        {table.truncated && <> · <strong>{t(words.cut)}</strong></>}
      </p>
      <Doors report={report} values={values} />
      {report.chart && body.length > 0 &&
        <Chart spec={report.chart} meta={drawn} rows={body}
          label={t(words.chartOf, { title: report.title })} />}
      <ReportTable meta={table.meta} rows={table.data} shapes={report.columns}
        total={!!table.total_row} caption={report.title} />
    </section>
  );
}

function OneReport({ report, params }: { report: Report; params: Record<string, string> }) {
  const values = filled(report, params);
  const missing = report.params.some((p) => p.required && !values[p.name]);
  const answer = useData<Table>(missing ? null : url(report.href, { limit: ROWS_SHOWN, ...values }),
    ["snapshot", "plugins", "alerts", "findings"]);
  const ask = (v: Values) => {
    const change: Record<string, string | null> = {};
    for (const p of report.params) change[`p.${p.name}`] = v[p.name] || null;
    go(hrefHere(change));
  };
  const violations = answer.problem?.violations ?? [];
  return (
    <>
      <PageHead title={<bdi>{report.title}</bdi>} lead={report.help}
        crumbs={<p class="crumbs no-print"><a href={href("reports")}>{t(words.all)}</a></p>} />
      {report.params.length > 0 &&
        <ParamForm params={report.params} values={values} violations={violations}
          button={t(words.show)} onSubmit={ask} />}
      {missing && <p>{t(words.choose)}</p>}
      {answer.busy && <Loading />}
      {answer.problem && violations.length === 0 && !answer.value &&
        <ProblemBox problem={answer.problem} again={answer.again} />}
      {answer.value && <><Kept at={answer.keptAt} />
        <Result report={report} table={answer.value} values={values} /></>}
    </>
  );
}

export default function Reports({ params }: PageProps) {
  const list = useData<{ reports: Report[] }>(url("/v1/reports"), ["plugins"]);
  const wanted = params["report"];
  return (
    <Shown of={list}>
      {({ reports }) => {
        if (!wanted) return <ReportList reports={reports} />;
        const report = reports.find((r) => `${r.plugin}/${r.name}` === wanted);
        return report ? <OneReport key={wanted} report={report} params={params} />
          : <><h1>{t(words.unknown, { name: wanted })}</h1>
              <p><a href={href("reports")}>{t(words.all)}</a></p></>;
      }}
    </Shown>
  );
}
