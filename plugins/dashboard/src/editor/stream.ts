// SPDX-License-Identifier: MIT
// The query language and Lua, as far as colours need them: comments, texts, numbers, names.
import { StreamLanguage, type StreamParser } from "@codemirror/language";

const WORD = /^[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*/u;
const NUMBER = /^(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i;

interface QueryState {
  until: string; // of a comment or text that goes on: its end; "" when none does
}

/** Behind a backslash comes what ends nothing. False: it goes on in the next line. */
function readText(s: { next(): string | void; eol(): boolean }, end: string): boolean {
  while (!s.eol()) {
    const c = s.next();
    if (c === "\\") s.next();
    else if (c === end) return true;
  }
  return false;
}

function queryParser(words: ReadonlySet<string>): StreamParser<QueryState> {
  return {
    name: "panji",
    startState: () => ({ until: "" }),
    token(s, state) {
      if (state.until === "*/") {
        if (s.skipTo("*/")) {
          s.match("*/");
          state.until = "";
        } else s.skipToEnd();
        return "comment";
      }
      if (state.until) {
        if (readText(s, state.until)) state.until = "";
        return "string";
      }
      if (s.eatSpace()) return null;
      if (s.match("--") || s.match("#")) {
        s.skipToEnd();
        return "comment";
      }
      if (s.match("/*")) {
        state.until = "*/";
        return "comment";
      }
      const quote = s.peek();
      if (quote === "'" || quote === '"') {
        s.next();
        if (!readText(s, quote)) state.until = quote;
        return "string";
      }
      if (s.match("|>")) return "keyword";
      if (s.match(/^@[\p{L}_][\p{L}\p{M}\p{N}_]*/u)) return "variableName.special";
      if (s.match(NUMBER)) return "number";
      const word = s.match(WORD) as RegExpMatchArray | null;
      if (word) {
        if (words.has(word[0].toUpperCase())) return "keyword";
        return s.peek() === "(" ? "variableName.function" : "variableName";
      }
      s.next();
      return "operator";
    },
    languageData: { commentTokens: { line: "--", block: { open: "/*", close: "*/" } },
      closeBrackets: { brackets: ["(", "[", "'"] } },
  };
}

export function queryLanguage(words: readonly string[]) {
  return StreamLanguage.define(queryParser(new Set(words)));
}

const LUA = new Set(["and", "break", "do", "else", "elseif", "end", "false", "for", "function",
  "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until",
  "while"]);
const DECLARATIONS = new Set(["plugin", "targets", "upload", "report", "alert", "check", "fn",
  "schedule", "test", "use"]);

interface LuaState {
  long: string; // closing bracket of a long text or comment that goes on
  comment: boolean;
}

const luaParser: StreamParser<LuaState> = {
  name: "lua",
  startState: () => ({ long: "", comment: false }),
  token(s, state) {
    if (state.long) {
      if (s.skipTo(state.long)) {
        s.match(state.long);
        state.long = "";
      } else s.skipToEnd();
      return state.comment ? "comment" : "string";
    }
    if (s.eatSpace()) return null;
    const long = s.match(/^(--)?\[(=*)\[/) as RegExpMatchArray | null;
    if (long) {
      state.long = `]${long[2] ?? ""}]`;
      state.comment = long[1] !== undefined;
      return state.comment ? "comment" : "string";
    }
    if (s.match("--")) {
      s.skipToEnd();
      return "comment";
    }
    const quote = s.peek();
    if (quote === "'" || quote === '"') {
      s.next();
      readText(s, quote);
      return "string";
    }
    if (s.match(NUMBER)) return "number";
    const word = s.match(WORD) as RegExpMatchArray | null;
    if (word) {
      if (LUA.has(word[0])) return "keyword";
      if (DECLARATIONS.has(word[0])) return "keyword";
      return "variableName";
    }
    s.next();
    return "operator";
  },
  languageData: { commentTokens: { line: "--" }, closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } },
};

export function luaLanguage() {
  return StreamLanguage.define(luaParser);
}
