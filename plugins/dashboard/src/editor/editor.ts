// SPDX-License-Identifier: MIT
// The editor, loaded only on the pages that have one. It lives in a shadow root: there its styles are
// adopted sheets, which the page's policy allows, and not elements.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap }
  from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completer, type Words } from "./complete";
import { luaLanguage, queryLanguage } from "./stream";

const look = EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", fontSize: "0.875rem",
    border: "1px solid var(--rule)", borderRadius: "3px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", maxHeight: "26rem", overflow: "auto" },
  ".cm-content": { minHeight: "7.5rem", padding: "0.4rem 0", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--quiet)", border: "0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
    backgroundColor: "var(--mid-soft) !important" },
  ".cm-placeholder": { color: "var(--quiet)" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--rule)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)",
    border: "1px solid var(--rule)", borderRadius: "3px", fontFamily: "var(--font)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--font)", maxHeight: "14rem" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.5rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-soft)", color: "var(--ink)" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--low)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--low)",
    textUnderlineOffset: "0.2em", textDecorationSkipInk: "none" },
});
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: tags.string, color: "var(--good)" },
  { tag: tags.number, color: "var(--mid)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: tags.special(tags.variableName), color: "var(--low)" },
  { tag: [tags.function(tags.variableName), tags.operator], color: "var(--ink)" },
]);

export interface Mistake {
  line: number; // 1-based
  column: number; // 1-based, in characters
  message: string;
}

export interface EditorOptions {
  host: HTMLElement; // gets a shadow root
  text: string;
  language: "query" | "lua";
  label: string;
  words?: () => Words | null;
  hint?: string; // shown while it is empty
  onChange: (text: string) => void;
  onRun?: () => void; // Ctrl-Enter
}

export interface Editor {
  set: (text: string) => void;
  mark: (mistakes: readonly Mistake[]) => void;
  goTo: (line: number, column: number) => void;
  focus: () => void;
  end: () => void;
}

const KEYWORDS = ["ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "CROSS", "DATE", "DESC",
  "DESCRIBE", "DISTINCT", "ELSE", "END", "EXCEPT", "EXISTS", "EXPLAIN", "EXTRACT", "FALSE", "FOR",
  "FROM", "FULL", "GROUP", "HAVING", "IN", "INNER", "INTERVAL", "IS", "JOIN", "LEFT", "LIKE", "LIMIT",
  "NOT", "NULL", "NULLS", "OFFSET", "ON", "OR", "ORDER", "OVER", "PARTITION", "RIGHT", "ROWS",
  "SELECT", "THEN", "TRUE", "UNION", "USING", "WHEN", "WINDOW", "WITH", "WHERE", "EXTEND", "SET",
  "DROP", "RENAME", "AGGREGATE", "CALL", "ASSERT", "PIVOT", "UNPIVOT", "INTERSECT", "SYSTEM_TIME",
  "OF", "ANALYZE"];

/** Offset of a line and a column in characters: a letter beyond U+FFFF is two units long. */
function offsetOf(state: EditorState, line: number, column: number): number {
  if (line < 1 || line > state.doc.lines) return state.doc.length;
  const at = state.doc.line(line);
  const before = [...at.text].slice(0, Math.max(0, column - 1)).join("");
  return at.from + before.length;
}

function wordEnd(state: EditorState, from: number): number {
  const rest = /^[\p{L}\p{M}\p{N}_]+|^./u.exec(state.sliceDoc(from, from + 200));
  return Math.min(state.doc.length, from + (rest?.[0].length ?? 0));
}

export function makeEditor(o: EditorOptions): Editor {
  const root = o.host.shadowRoot ?? o.host.attachShadow({ mode: "open" });
  root.replaceChildren();
  let quiet = false; // a change of our own is not told
  const run = { key: "Mod-Enter", run: () => { o.onRun?.(); return true; } };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        keymap.of([...(o.onRun ? [run] : [])]),
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(),
        EditorView.lineWrapping, look, syntaxHighlighting(colours), lintGutter(),
        o.language === "query" ? queryLanguage(KEYWORDS) : luaLanguage(),
        autocompletion(o.words ? { override: [completer(o.words)], icons: false } : { override: [] }),
        placeholder(o.hint ?? ""),
        // Tab leaves the editor, as everywhere on the page
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": o.label, spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((u) => {
          if (u.docChanged && !quiet) o.onChange(u.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    set(text) {
      if (text === view.state.doc.toString()) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    mark(mistakes) {
      const found = mistakes.map((m): Diagnostic => {
        const from = offsetOf(view.state, m.line, m.column);
        return { from, to: Math.max(from, wordEnd(view.state, from)), severity: "error",
          message: m.message };
      });
      view.dispatch(setDiagnostics(view.state, found));
    },
    goTo(line, column) {
      const at = offsetOf(view.state, line, column);
      view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
      view.focus();
    },
    focus: () => view.focus(),
    end: () => view.destroy(),
  };
}
