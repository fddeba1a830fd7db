// SPDX-License-Identifier: MIT
// A short form that does one thing: it opens where its button stands, says what went wrong, and is
// gone when it is done. The name of who acts is remembered on this device.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "../session";
import { type Text, t } from "../lang";
import { ProblemBox } from "./status";

const words = {
  by: { en: "Your name", hi: "आपका नाम" },
  cancel: { en: "Cancel", hi: "रद्द करें" },
};
const KEY = "panji.by";

function rememberedName(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function rememberName(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // no storage: it is asked for again
  }
}

export interface AskField {
  name: string;
  label: Text;
  kind?: "text" | "lines" | "choice";
  required?: boolean;
  choices?: readonly (readonly [string, Text])[];
  hint?: Text;
}

interface Props {
  title: string;
  button: Text;
  danger?: boolean;
  fields: readonly AskField[];
  named?: boolean; // asks who acts, as `by`
  children?: ComponentChildren;
  onSend: (values: Record<string, string>) => Promise<unknown>;
  onClose: () => void;
}

function Control({ f, id, value, onChange }: { f: AskField; id: string; value: string;
  onChange: (v: string) => void }) {
  const common = { id, name: f.name, required: f.required,
    "aria-describedby": f.hint ? `${id}-hint` : undefined };
  if (f.kind === "choice")
    return (
      <select {...common} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {f.choices?.map(([v, text]) => <option key={v} value={v}>{t(text)}</option>)}
      </select>
    );
  if (f.kind === "lines")
    return <textarea {...common} rows={2} value={value} maxLength={500}
      onInput={(e) => onChange(e.currentTarget.value)} />;
  return <input {...common} type="text" value={value} maxLength={200}
    onInput={(e) => onChange(e.currentTarget.value)} />;
}

export function AskForm({ title, button, danger, fields, named, children, onSend, onClose }: Props) {
  const session = useSession();
  const known = session?.signedIn && session.name ? session.name : rememberedName();
  const all: readonly AskField[] = named
    ? [{ name: "by", label: words.by, required: true }, ...fields] : fields;
  const [values, set] = useState<Record<string, string>>({ by: named ? known : "" });
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const inputs = [...(form.current?.querySelectorAll<HTMLElement>("input, select, textarea") ?? [])];
    (inputs.find((i) => (i as HTMLInputElement).value === "") ?? inputs[0])?.focus();
  }, []);
  const send = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const sent = Object.fromEntries(all.map((f) => [f.name, values[f.name] ?? ""])
        .filter(([, v]) => v !== "")) as Record<string, string>;
      await onSend(sent);
      if (named) rememberName(values["by"] ?? "");
      onClose();
    } catch (p) {
      setProblem(p);
    } finally {
      setBusy(false);
    }
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "Escape") onClose();
  };
  return (
    <form ref={form} class="ask" onSubmit={(e) => void send(e)} onKeyDown={onKey} aria-label={title}>
      <h2>{title}</h2>
      {children}
      <div class="fields">
        {all.map((f) => {
          const id = `ask-${f.name}`;
          return (
            <div class="field" key={f.name}>
              <label for={id}>{t(f.label)}{f.required ? " *" : ""}</label>
              <Control f={f} id={id} value={values[f.name] ?? ""}
                onChange={(v) => set((old) => ({ ...old, [f.name]: v }))} />
              {f.hint && <p class="help" id={`${id}-hint`}>{t(f.hint)}</p>}
            </div>
          );
        })}
      </div>
      {problem !== null && <ProblemBox problem={problem} />}
      <p class="actions">
        <button type="submit" class={`b ${danger ? "danger" : "primary"}`} disabled={busy}>
          {t(button)}</button>
        <button type="button" class="b" onClick={onClose}>{t(words.cancel)}</button>
      </p>
    </form>
  );
}
