// SPDX-License-Identifier: MIT
// The alerts board: what fires, since when, what it is about, what would end it; and what people say
// about it. The address holds the place and the states that are shown.
import { useState } from "preact/hooks";
import { setHere } from "../address";
import { type Loaded, post, type Row, type Table, url, useData } from "../api";
import * as format from "../format";
import { type Text, pick, t } from "../lang";
import { AskForm, type AskField } from "../parts/ask_form";
import { PlaceSearch } from "../parts/place_search";
import { PageHead } from "../parts/head";
import { ProblemBox, Shown } from "../parts/status";
import type { PageProps } from "../pages";
import { LEVELS, levelWords, parseRef, refText, usePlace } from "../place";
import { may, useSession } from "../session";

interface Alert extends Row {
  id: string;
  plugin: string;
  rule: string;
  state: string;
  severity: string;
  key: string;
  since: string;
  message: string;
  message_hi: string | null;
  resolved_on: string | null;
  place: string | null;
  acknowledged_by: string | null;
  reason: string | null;
  until: string | null;
  silenced: boolean;
  escalated: string | null;
  told: string | null;
}
interface Rule {
  plugin: string;
  name: string;
  kind: string;
  title?: string;
  help?: string;
  severity: { name: string; when?: string }[];
  clear?: string;
  unit: string;
  pending: number;
  keep: number;
  notify: string[];
  params: { name: string; default?: string; title?: string }[];
}
interface Silence {
  id: number;
  plugin: string | null;
  rule: string | null;
  level: string | null;
  place: number | null;
  until: string;
  by: string | null;
  reason: string | null;
}

const words = {
  title: { en: "Alerts", hi: "चेतावनियाँ" },
  lead: { en: "What needs somebody today, the gravest first.", hi: "आज किन बातों पर ध्यान चाहिए, सबसे गंभीर पहले।" },
  place: { en: "Only below a place", hi: "केवल एक स्थान के नीचे" },
  everywhere: { en: "Everywhere", hi: "सब जगह" },
  state: { en: "State", hi: "स्थिति" },
  open: { en: "firing and pending", hi: "सक्रिय और लंबित" },
  all: { en: "all, also those that are over", hi: "सभी, समाप्त भी" },
  unheard: { en: "not acknowledged", hi: "जिन पर किसी ने नहीं कहा" },
  none: { en: "Nothing fires here. Alerts are judged after each import.",
    hi: "यहाँ कोई चेतावनी नहीं। हर आयात के बाद जाँच होती है।" },
  counts: { en: "{firing} firing · {pending} pending · {resolved} over in the last week",
    hi: "{firing} सक्रिय · {pending} लंबित · {resolved} पिछले सप्ताह समाप्त" },
  since: { en: "since {day}", hi: "{day} से" },
  days: { en: "{n} days", hi: "{n} दिन" },
  over: { en: "over on {day}", hi: "{day} को समाप्त" },
  told: { en: "told {at}", hi: "{at} को सूचित" },
  escalated: { en: "escalated {at}", hi: "{at} को ऊपर भेजा" },
  silenced: { en: "silenced", hi: "मौन" },
  acknowledgedBy: { en: "{who} knows: {why}", hi: "{who} को ज्ञात: {why}" },
  until: { en: "until {at}", hi: "{at} तक" },
  whileItLasts: { en: "while it lasts", hi: "जब तक रहे" },
  todo: { en: "What to do", hi: "क्या करें" },
  ends: { en: "It ends when", hi: "समाप्त होगी जब" },
  endsNot: { en: "none of these holds any more:", hi: "इनमें से कोई शर्त न रहे:" },
  keep: { en: "(kept for {n} days of data after that)", hi: "(उसके बाद डेटा के {n} दिन तक रखी जाती है)" },
  keepOne: { en: "(kept for a day of data after that)", hi: "(उसके बाद डेटा के एक दिन तक रखी जाती है)" },
  thresholds: { en: "with", hi: "जहाँ" },
  acknowledge: { en: "Acknowledge", hi: "स्वीकार करें" },
  takeBack: { en: "Take back", hi: "वापस लें" },
  comment: { en: "Comment", hi: "टिप्पणी" },
  silence: { en: "Silence", hi: "मौन करें" },
  history: { en: "History", hi: "इतिहास" },
  reason: { en: "Reason", hi: "कारण" },
  how: { en: "Until", hi: "कब तक" },
  what: { en: "What is silenced", hi: "किसे मौन करें" },
  ruleHere: { en: "this rule, at this place", hi: "यह नियम, इस स्थान पर" },
  ruleAll: { en: "this rule, everywhere", hi: "यह नियम, सब जगह" },
  placeAll: { en: "all alerts of this place", hi: "इस स्थान की सभी चेतावनियाँ" },
  text: { en: "What you know", hi: "आप क्या जानते हैं" },
  when: { en: "When", hi: "कब" },
  day: { en: "Day of data", hi: "डेटा का दिन" },
  event: { en: "What happened", hi: "क्या हुआ" },
  who: { en: "Who", hi: "किसने" },
  note: { en: "Note", hi: "टिप्पणी" },
  silences: { en: "Silences", hi: "मौन सूची" },
  silenceLead: { en: "These are judged as always, but nobody is told.", hi: "इनकी जाँच होती रहती है, पर सूचना नहीं जाती।" },
  end: { en: "End it", hi: "हटाएँ" },
  anyRule: { en: "every rule", hi: "हर नियम" },
  hourly: { en: "1 hour", hi: "1 घंटा" },
  oneDay: { en: "1 day", hi: "1 दिन" },
  threeDays: { en: "3 days", hi: "3 दिन" },
  week: { en: "1 week", hi: "1 सप्ताह" },
};

const states: Record<string, Text> = {
  firing: { en: "firing", hi: "सक्रिय" },
  pending: { en: "pending", hi: "लंबित" },
  resolved: { en: "over", hi: "समाप्त" },
};
const severities: Record<string, Text> = {
  critical: { en: "critical", hi: "गंभीर" },
  error: { en: "error", hi: "त्रुटि" },
  warning: { en: "warning", hi: "चेतावनी" },
  info: { en: "note", hi: "सूचना" },
};
const events: Record<string, Text> = {
  pending: { en: "seen for the first time", hi: "पहली बार दिखी" },
  firing: { en: "fires", hi: "सक्रिय हुई" },
  resolved: { en: "over", hi: "समाप्त" },
  withdrawn: { en: "gone before it fired", hi: "सक्रिय होने से पहले हटी" },
  severity: { en: "another severity", hi: "गंभीरता बदली" },
  acknowledged: { en: "acknowledged", hi: "स्वीकार की गई" },
  acknowledgement_ended: { en: "acknowledgement ended", hi: "स्वीकृति समाप्त" },
  acknowledgement_taken_back: { en: "acknowledgement taken back", hi: "स्वीकृति वापस ली" },
  comment: { en: "comment", hi: "टिप्पणी" },
  escalated: { en: "escalated", hi: "ऊपर भेजी गई" },
};

const untils: NonNullable<AskField["choices"]> = [
  ["", words.whileItLasts], ["1 hour", words.hourly], ["1 day", words.oneDay],
  ["3 days", words.threeDays], ["1 week", words.week]];
const silenceUntils = untils.slice(1);

function word(of: Record<string, Text>, key: string): string {
  const w = of[key];
  return w ? t(w) : key;
}

export function Severity({ name }: { name: string }) {
  const band = name === "critical" || name === "error" ? 0 : name === "warning" ? 1 : 2;
  return <span class={`band band${band}`}>{word(severities, name)}</span>;
}

function daysBetween(from: string, to: string | null): number | null {
  return to ? Math.round((format.asDate(to).getTime() - format.asDate(from).getTime()) / 86400000)
    : null;
}

/** "block:3168": the lowest place that the finding is about, as far as its key names one. */
function placeOf(key: string): string | null {
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(key) as Record<string, unknown>;
  } catch {
    return null;
  }
  const level = [...LEVELS].reverse().find((l) => typeof found[l] === "number");
  return level ? `${level}:${String(found[level])}` : null;
}

function Ends({ rule }: { rule: Rule }) {
  const text = rule.clear ?? rule.severity.map((s) => s.when).filter(Boolean).join("\n");
  const used = rule.params.filter((p) => text.includes(`@${p.name}`));
  return (
    <div class="ends">
      {rule.help && <p><span class="quiet">{t(words.todo)}:</span> {rule.help}</p>}
      {text && (
        <p><span class="quiet">{t(words.ends)}{rule.clear ? "" : ` ${t(words.endsNot)}`}</span>{" "}
          {text.split("\n").map((line, i) => <>{i > 0 && " · "}<code key={line}>{line}</code></>)}
          {rule.keep > 0 && rule.unit === "days" &&
            ` ${t(rule.keep === 1 ? words.keepOne : words.keep, { n: rule.keep })}`}
          {used.length > 0 && <span class="quiet"> {t(words.thresholds)}{" "}
            {used.map((p) => `@${p.name} = ${p.default ?? "–"}`).join(", ")}</span>}
        </p>
      )}
    </div>
  );
}

function History({ id }: { id: string }) {
  const rows = useData<Table>(url("/v1/alerts/history", { id }), ["alerts", "snapshot"]);
  return (
    <Shown of={rows}>
      {(h) => (
        <div class="wide" tabIndex={0} role="region" aria-label={t(words.history)}>
          <table class="t">
            <thead><tr>{[words.when, words.day, words.event, words.who, words.note].map((w) =>
              <th key={w.en} scope="col">{t(w)}</th>)}</tr></thead>
            <tbody>
              {h.data.map((r) => (
                <tr key={String(r["seq"])}>
                  <td>{format.moment(r["at"] as string)}</td>
                  <td>{format.day(r["day"] as string)}</td>
                  <td>{word(events, String(r["event"]))}
                    {r["severity"] && <span class="quiet"> · {word(severities, String(r["severity"]))}</span>}</td>
                  <td><bdi>{r["who"] ?? format.NOTHING}</bdi></td>
                  <td><bdi>{r["note"] ?? pick(r["message"] as string, r["message_hi"] as string)}</bdi></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Shown>
  );
}

type Doing = "" | "acknowledge" | "comment" | "silence";

function Doings({ a, doing, close, again }: { a: Alert; doing: Doing; close: () => void;
  again: () => void }) {
  const path = `/v1/alerts/${encodeURIComponent(a.id)}`;
  const place = placeOf(a.key);
  const done = async (p: Promise<unknown>) => {
    await p;
    again();
  };
  if (doing === "acknowledge")
    return <AskForm title={t(words.acknowledge)} button={words.acknowledge} named onClose={close}
      fields={[{ name: "reason", label: words.reason, required: true, kind: "lines" },
        { name: "until", label: words.how, kind: "choice", choices: untils }]}
      onSend={(v) => done(post(`${path}/acknowledge`, v))} />;
  if (doing === "comment")
    return <AskForm title={t(words.comment)} button={words.comment} named onClose={close}
      fields={[{ name: "text", label: words.text, required: true, kind: "lines" }]}
      onSend={(v) => done(post(`${path}/comments`, v))} />;
  if (doing !== "silence") return null;
  const what: (readonly [string, Text])[] = [...(place ? [["here", words.ruleHere]] as const : []),
    ["rule", words.ruleAll] as const, ...(place ? [["place", words.placeAll]] as const : [])];
  const silence = (v: Record<string, string>) => {
    const { what: which = what[0]![0], until = "1 hour", ...rest } = v;
    const body: Record<string, string> = { ...rest, until };
    if (which !== "place") body["rule"] = `${a.plugin}/${a.rule}`;
    if (which !== "rule" && place) body["place"] = place;
    return done(post("/v1/silences", body));
  };
  return <AskForm title={t(words.silence)} button={words.silence} named onClose={close}
    fields={[{ name: "what", label: words.what, kind: "choice", choices: what },
      { name: "until", label: words.how, kind: "choice", choices: silenceUntils },
      { name: "reason", label: words.reason, required: true, kind: "lines" }]}
    onSend={silence} />;
}

function Acknowledged({ a }: { a: Alert }) {
  if (!a.acknowledged_by) return null;
  return (
    <p class="kept"><bdi>{t(words.acknowledgedBy, { who: a.acknowledged_by, why: a.reason ?? "" })}</bdi>
      {" "}<span class="quiet">({a.until ? t(words.until, { at: format.moment(a.until) })
        : t(words.whileItLasts)})</span></p>
  );
}

function Item({ a, rule, asOn, again }: { a: Alert; rule: Rule | undefined; asOn: string | null;
  again: () => void }) {
  const [doing, setDoing] = useState<Doing>("");
  const [history, setHistory] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const session = useSession();
  const days = daysBetween(a.since, a.resolved_on ?? asOn);
  const takeBack = () => void post(`/v1/alerts/${encodeURIComponent(a.id)}/acknowledge`,
    { by: a.acknowledged_by }, "DELETE").then(again, setProblem);
  return (
    <li class={`sheet alert ${a.state}`}>
      <article>
        <p class="alert-head">
          <Severity name={a.severity} /> <strong class="state">{word(states, a.state)}</strong>
          <span>{t(words.since, { day: format.day(a.since) })}
            {days !== null && days > 0 && ` (${t(words.days, { n: format.count(days) })})`}</span>
          {a.resolved_on && <span>{t(words.over, { day: format.day(a.resolved_on) })}</span>}
          {a.place && <bdi>{a.place}</bdi>}
          <span class="quiet">{rule?.title ?? `${a.plugin}/${a.rule}`}</span>
          {a.silenced && <span class="tag">{t(words.silenced)}</span>}
          {a.escalated && <span class="tag">{t(words.escalated, { at: format.moment(a.escalated) })}</span>}
          {a.told && <span class="quiet">{t(words.told, { at: format.moment(a.told) })}</span>}
        </p>
        <p class="message"><bdi>{pick(a.message, a.message_hi)}</bdi></p>
        <Acknowledged a={a} />
        {rule && a.state !== "resolved" && <Ends rule={rule} />}
        <p class="actions no-print">
          {may(session, "acknowledge") && <>
            {a.state === "firing" && !a.acknowledged_by &&
              <button type="button" class="b" aria-expanded={doing === "acknowledge"}
                onClick={() => setDoing("acknowledge")}>{t(words.acknowledge)} …</button>}
            {a.acknowledged_by &&
              <button type="button" class="b" onClick={takeBack}>{t(words.takeBack)}</button>}
            <button type="button" class="b" aria-expanded={doing === "comment"}
              onClick={() => setDoing("comment")}>{t(words.comment)} …</button>
          </>}
          {may(session, "silence") && a.state !== "resolved" &&
            <button type="button" class="b" aria-expanded={doing === "silence"}
              onClick={() => setDoing("silence")}>{t(words.silence)} …</button>}
          <button type="button" class="b" aria-expanded={history}
            onClick={() => setHistory(!history)}>{t(words.history)}</button>
        </p>
        {problem !== null && <ProblemBox problem={problem} />}
        {doing && <Doings key={doing} a={a} doing={doing} close={() => setDoing("")} again={again} />}
        {history && <History id={a.id} />}
      </article>
    </li>
  );
}

function Silences({ list, rules, again }: { list: Loaded<{ silences: Silence[] }>; rules: Rule[];
  again: () => void }) {
  const session = useSession();
  const [ending, setEnding] = useState<number | null>(null);
  if (!list.value?.silences.length) return null;
  const title = (s: Silence) => s.rule === null ? t(words.anyRule)
    : (rules.find((r) => r.name === s.rule)?.title ?? s.rule);
  return (
    <section class="sheet">
      <h2>{t(words.silences)}</h2>
      <p class="quiet">{t(words.silenceLead)}</p>
      <ul class="entries">
        {list.value.silences.map((s) => (
          <li key={s.id}>
            <bdi>{title(s)}</bdi>
            {s.level && <> · {word(levelWords, s.level)} {s.place}</>}
            {" "}· {t(words.until, { at: format.moment(s.until) })}
            <span class="quiet"> · <bdi>{s.by}</bdi>: <bdi>{s.reason}</bdi></span>
            {may(session, "silence") && <>{" "}
              <button type="button" class="b no-print" onClick={() => setEnding(s.id)}>{t(words.end)} …</button></>}
            {ending === s.id &&
              <AskForm title={t(words.end)} button={words.end} fields={[]} named
                onClose={() => setEnding(null)}
                onSend={async (v) => { await post(`/v1/silences/${s.id}`, v, "DELETE"); again(); }} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function PlaceFilter({ params }: { params: Record<string, string> }) {
  const { place } = usePlace(parseRef(params["place"]));
  return (
    <div class="filter no-print">
      <PlaceSearch label={t(words.place)} onPick={(p) => setHere({ place: refText(p.ref) })} />
      {place && (
        <button type="button" class="b" onClick={() => setHere({ place: null })}>
          <bdi>{place.name}</bdi> <span aria-hidden="true">✕</span>
          <span class="hidden">{t(words.everywhere)}</span>
        </button>
      )}
    </div>
  );
}

function shownIn(a: Alert, state: string): boolean {
  if (state === "all") return true;
  if (state === "unheard") return a.state === "firing" && !a.acknowledged_by && !a.silenced;
  return a.state !== "resolved";
}

export default function Alerts({ params }: PageProps) {
  const place = params["place"] && params["place"] !== "country" ? params["place"] : null;
  const state = params["state"] ?? "open";
  const list = useData<Table<Alert>>(url("/v1/alerts", { place }), ["alerts", "snapshot", "plugins"]);
  const silences = useData<{ silences: Silence[] }>(url("/v1/silences"), ["alerts", "snapshot"]);
  const again = () => {
    list.again();
    silences.again();
  };
  const rules = useData<{ rules: Rule[] }>(url("/v1/rules"), ["plugins"]).value?.rules ?? [];
  return (
    <>
      <PageHead title={t(words.title)} lead={t(words.lead)}>
        <div class="filters">
          <PlaceFilter params={params} />
          <label class="pick no-print">
            <span>{t(words.state)}</span>
            <select value={state} onChange={(e) => setHere({ state: e.currentTarget.value })}>
              <option value="open">{t(words.open)}</option>
              <option value="unheard">{t(words.unheard)}</option>
              <option value="all">{t(words.all)}</option>
            </select>
          </label>
        </div>
      </PageHead>
      <Shown of={list}>
        {(table) => {
          const of = (s: string) => format.count(table.data.filter((a) => a.state === s).length);
          const here = table.data.filter((a) => shownIn(a, state));
          return (
            <>
              <p role="status">{t(words.counts, { firing: of("firing"), pending: of("pending"),
                resolved: of("resolved") })}</p>
              {here.length === 0 && <p class="sheet">{t(words.none)}</p>}
              <ul class="alerts">
                {here.map((a) => (
                  <Item key={a.id} a={a} asOn={table.as_on} again={again}
                    rule={rules.find((r) => r.plugin === a.plugin && r.name === a.rule)} />
                ))}
              </ul>
            </>
          );
        }}
      </Shown>
      <Silences list={silences} rules={rules} again={again} />
    </>
  );
}
