// SPDX-License-Identifier: MIT
// The parameters that a report or a rule declares, as a form: a field for each type, what is wrong
// beside the field that it is about.
import { useEffect, useId, useState } from "preact/hooks";
import { type Row, type Table, useData, useQuery, url, type Violation } from "../api";
import { t } from "../lang";
import { type Level, refText } from "../place";
import { PlaceSearch } from "./place_search";

export interface Param {
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "percent" | "date" | "month" | "fiscal_year"
    | "choice" | "place" | "sector" | "list";
  level?: Level;
  required: boolean;
  default?: string;
  choices?: string[];
  min?: number;
  max?: number;
  title?: string;
  help?: string;
}
export type Values = Record<string, string>;

const words = {
  required: { en: "required", hi: "आवश्यक" },
  latest: { en: "empty: the last day with registrations", hi: "खाली: निबंधन का अंतिम दिन" },
  month: { en: "YYYY-MM", hi: "YYYY-MM" },
  year: { en: "such as 2021-22", hi: "जैसे 2021-22" },
  list: { en: "separated by commas", hi: "अल्पविराम से अलग" },
  range: { en: "{min} to {max}", hi: "{min} से {max}" },
  least: { en: "at least {min}", hi: "कम से कम {min}" },
  most: { en: "at most {max}", hi: "अधिक से अधिक {max}" },
  preset: { en: "empty: {value}", hi: "खाली: {value}" },
  any: { en: "all", hi: "सभी" },
  yes: { en: "yes", hi: "हाँ" },
  no: { en: "no", hi: "नहीं" },
};

interface FieldProps {
  p: Param;
  value: string;
  violation: string | undefined;
  onChange: (v: string) => void;
}

function hintOf(p: Param): string {
  const parts: string[] = [];
  if (p.help) parts.push(p.help);
  if (p.min !== undefined && p.max !== undefined)
    parts.push(t(words.range, { min: p.min, max: p.max }));
  else if (p.min !== undefined) parts.push(t(words.least, { min: p.min }));
  else if (p.max !== undefined) parts.push(t(words.most, { max: p.max }));
  if (p.type === "fiscal_year") parts.push(t(words.year));
  if (p.type === "month") parts.push(t(words.month));
  if (p.type === "list") parts.push(t(words.list));
  if (p.default === "latest") parts.push(t(words.latest));
  else if (p.default !== undefined && p.type !== "place" && p.type !== "boolean")
    parts.push(t(words.preset, { value: p.default }));
  return parts.join(" · ");
}

/** The name of a place whose code stands in the address. */
function usePlaceName(p: Param, value: string): string {
  const code = /^((\w+):)?(\d{1,10})$/.exec(value);
  const level = code?.[2] ?? p.level;
  const found = useData<Table>(code
    ? url("/v1/places", { find: code[3]!, level: level ?? null, limit: 1 }) : null, []);
  const row = found.value?.data[0];
  if (!row) return value;
  const name = document.documentElement.lang === "hi" ? (row["name_hi"] ?? row["name"]) : row["name"];
  return String(name ?? value);
}

function PlaceField({ p, label, value, invalid, describedBy, onChange }: { p: Param; label: string;
  value: string; invalid: boolean; describedBy: string; onChange: (v: string) => void }) {
  // the name of what was picked is known; only a code of the address is looked up
  const [picked, pick] = useState({ value: "", name: "" });
  const found = usePlaceName(p, picked.value === value ? "" : value);
  const name = picked.value === value ? picked.name : found;
  const preset = usePlaceName(p, p.default ?? "");
  return (
    <PlaceSearch label={label} showLabel name={p.name} level={p.level ?? null}
      value={value ? name : p.default ? preset : ""} invalid={invalid} describedBy={describedBy}
      onText={onChange}
      onPick={(at) => {
        const chosen = p.level ? String(at.ref.code) : refText(at.ref);
        pick({ value: chosen, name: at.name });
        onChange(chosen);
      }} />
  );
}

interface Sector extends Row {
  code: number;
  sector: string;
}

function SectorField(props: { id: string; p: Param; value: string; invalid: boolean;
  describedBy: string; onChange: (v: string) => void }) {
  const sectors = useQuery<Sector>("FROM sectors |> SELECT code, sector |> ORDER BY sector");
  if (sectors.problem) // whoever may see reports alone writes its name
    return <input id={props.id} name={props.p.name} type="text" value={props.value}
      required={props.p.required} aria-describedby={props.describedBy}
      onInput={(e) => props.onChange(e.currentTarget.value)} />;
  return (
    <select id={props.id} name={props.p.name} value={props.value} required={props.p.required}
      aria-invalid={props.invalid || undefined} aria-describedby={props.describedBy}
      onChange={(e) => props.onChange(e.currentTarget.value)}>
      <option value="">{props.p.required ? "" : t(words.any)}</option>
      {sectors.value?.data.map((s) => <option key={s.code} value={String(s.code)}>{s.sector}</option>)}
    </select>
  );
}

function Field({ p, value, violation, onChange }: FieldProps) {
  const id = useId();
  const hint = hintOf(p);
  const label = `${p.title ?? p.name}${p.required ? " *" : ""}`;
  const described = `${id}-note`;
  const common = { id, name: p.name, "aria-invalid": violation ? true : undefined,
    "aria-describedby": described };
  const typed = (e: { currentTarget: { value: string } }) => onChange(e.currentTarget.value);
  const input = (type: "text" | "date" | "number", more: object = {}) =>
    <input {...common} {...({ type, ...more } as object)} value={value} required={p.required}
      onInput={typed} />;
  const control = () => {
    switch (p.type) {
      case "sector":
        return <SectorField id={id} p={p} value={value} invalid={!!violation}
          describedBy={described} onChange={onChange} />;
      case "choice":
        return (
          <select {...common} value={value || (p.default ?? "")} onChange={typed}>
            {!p.required && p.default === undefined && <option value="">{t(words.any)}</option>}
            {p.choices?.map((c) => <option key={c} value={c}>{c}</option>)}
          </select>
        );
      case "boolean":
        return (
          <select {...common} value={value || (p.default ?? "")} onChange={typed}>
            <option value="">–</option>
            <option value="true">{t(words.yes)}</option>
            <option value="false">{t(words.no)}</option>
          </select>
        );
      case "date": return input("date");
      case "integer": return input("number", { step: 1, min: p.min, max: p.max });
      case "number":
      case "percent": return input("number", { step: "any", min: p.min, max: p.max });
      default: return input("text", { autocomplete: "off" });
    }
  };
  return (
    <div class="field">
      {p.type === "place"
        ? <PlaceField p={p} label={label} value={value} invalid={!!violation}
            describedBy={described} onChange={onChange} />
        : <><label for={id}>{label}</label>{control()}</>}
      <div id={described}>
        {violation && <p class="wrong">{violation}</p>}
        {hint && <p class="help">{hint}</p>}
        {p.required && <span class="hidden">{t(words.required)}</span>}
      </div>
    </div>
  );
}

interface Props {
  params: Param[];
  values: Values; // as in the address
  violations: Violation[];
  button: string;
  onSubmit: (v: Values) => void;
}

export function ParamForm({ params, values, violations, button, onSubmit }: Props) {
  const [edited, edit] = useState<Values>(values);
  const key = JSON.stringify(values);
  useEffect(() => edit(values), [key]);
  const known = new Set(params.map((p) => p.name));
  const others = violations.filter((v) => !known.has(v.parameter));
  useEffect(() => {
    if (violations.length > 0)
      document.querySelector<HTMLElement>(".params [aria-invalid=true]")?.focus();
  }, [violations]);
  const submit = (e: Event) => {
    e.preventDefault();
    onSubmit(edited);
  };
  return (
    <form class="params" onSubmit={submit} noValidate>
      <div class="fields">
      {params.map((p) => (
        <Field key={p.name} p={p} value={edited[p.name] ?? ""}
          violation={violations.find((v) => v.parameter === p.name)?.reason}
          onChange={(v) => edit((old) => ({ ...old, [p.name]: v }))} />
      ))}
      </div>
      {others.map((v) => <p class="problem" role="alert" key={v.parameter}>{v.reason}</p>)}
      <p class="actions"><button type="submit" class="b primary">{button}</button></p>
    </form>
  );
}
