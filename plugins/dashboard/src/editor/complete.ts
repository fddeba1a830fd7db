// SPDX-License-Identifier: MIT
// Completion of queries: where the cursor stands decides which kinds of words are offered. Inside
// quotes these are places, in either script.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { findPlaces, type Level, LEVELS, levelWords } from "../place";
import { t } from "../lang";

export interface Words {
  keywords: string[];
  operators: string[];
  functions: string[];
  table_functions: string[];
  parts: string[];
  tables: { name: string; columns: { name: string; type: string }[] }[];
}

const WORD = /[\p{L}\p{M}\p{N}_]*$/u;
const PLACES_FROM = 2; // letters typed before places are asked for

/** Offset behind the quote that is open at the end of the text, or -1. */
export function openQuote(text: string): number {
  let quote = "";
  let from = -1;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote === "" && (c === "'" || c === '"')) {
      quote = c;
      from = i + 1;
    } else if (quote !== "" && c === "\\") i++;
    else if (c === quote) {
      quote = "";
      from = -1;
    }
  }
  return from;
}

/** The level of the column that a text is compared with: district = '... */
function levelBefore(text: string): Level | null {
  const m = /(\w+)\s*(?:=|!=|<>|\bIN\s*\((?:\s*'[^']*'\s*,)*)\s*$/i.exec(text);
  const level = m?.[1]?.toLowerCase() as Level | undefined;
  return level && LEVELS.includes(level) ? level : null;
}

async function places(ctx: CompletionContext, from: number, before: string):
  Promise<CompletionResult | null> {
  const typed = before.slice(from);
  if (typed.length < PLACES_FROM && !ctx.explicit) return null;
  const abort = new AbortController();
  ctx.addEventListener("abort", () => abort.abort());
  try {
    const found = await findPlaces(typed, levelBefore(before.slice(0, from - 1)), abort.signal);
    return {
      from,
      filter: false,
      options: found.map((p): Completion => ({
        label: p.name,
        type: "text",
        detail: `${t(levelWords[p.ref.level])} ${p.ref.code}`,
      })),
    };
  } catch {
    return null; // no suggestion is no failure
  }
}

function options(words: readonly string[], type: string, boost = 0): Completion[] {
  return words.map((label) => ({ label, type, boost }));
}

/** Columns of the tables that the text names, and names that it gives itself. */
function columns(all: Words, text: string): Completion[] {
  const named = new Set([...text.matchAll(/\b(?:FROM|JOIN|DESCRIBE)\s+([\p{L}_][\p{L}\p{M}\p{N}_]*)/giu)]
    .map((m) => m[1]!.toLowerCase()));
  const out: Completion[] = [];
  for (const table of all.tables)
    if (named.has(table.name.toLowerCase()))
      for (const c of table.columns)
        out.push({ label: c.name, type: "property", detail: c.type, boost: 2 });
  for (const m of text.matchAll(/\bAS\s+([\p{L}_][\p{L}\p{M}\p{N}_]*)/giu))
    out.push({ label: m[1]!, type: "variable", boost: 1 });
  return out;
}

function wordsAt(all: Words, before: string, text: string): Completion[] {
  if (/\|>\s*$/.test(before)) return options(all.operators, "keyword");
  if (/\bCALL\s+$/i.test(before)) return options(all.table_functions, "function");
  if (/\b(?:FROM|JOIN|DESCRIBE)\s+$/i.test(before))
    return options(all.tables.map((x) => x.name), "type");
  if (/\bINTERVAL\s+\d+\s+$/i.test(before)) return options(all.parts, "constant");
  return [...columns(all, text), ...options(all.functions, "function"),
    ...options(all.keywords, "keyword"), ...options(all.parts, "constant", -1)];
}

export function completer(all: () => Words | null) {
  return (ctx: CompletionContext): Promise<CompletionResult | null> | CompletionResult | null => {
    const before = ctx.state.sliceDoc(0, ctx.pos);
    const quote = openQuote(before);
    if (quote >= 0) return places(ctx, quote, before);
    const known = all();
    const word = WORD.exec(before)?.[0] ?? "";
    const from = ctx.pos - word.length;
    const rest = before.slice(0, from);
    if (!known || rest.endsWith("@") || (word === "" && !ctx.explicit && !/(?:\|>|FROM|CALL|JOIN)\s+$/i.test(rest)))
      return null;
    const found = wordsAt(known, rest, ctx.state.doc.toString());
    const seen = new Set<string>();
    return {
      from,
      options: found.filter((o) => !seen.has(o.label) && seen.add(o.label)),
      validFor: /^[\p{L}\p{M}\p{N}_]*$/u,
    };
  };
}
