// SPDX-License-Identifier: MIT
// An editor in a page. Until its code is there, and where it cannot be loaded, a plain field stands in
// its place and does the same.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Words } from "../editor/complete";
import type { Editor, Mistake } from "../editor/editor";

interface Props {
  /** What it begins with; another object puts its text in the place of what is there. What is typed
   * comes back by onChange alone, so that no older text overtakes it. */
  given: { readonly text: string };
  language: "query" | "lua";
  label: string;
  hint?: string;
  words?: Words | null;
  mistakes?: readonly Mistake[];
  onChange: (text: string) => void;
  onRun?: () => void;
}

const NONE: readonly Mistake[] = [];

export function CodeEditor(props: Props) {
  const { given, language, label, hint, mistakes = NONE } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const now = useRef(props);
  const [ready, setReady] = useState(false);
  const [plain, setPlain] = useState(given.text); // of the field in its place
  const typed = useRef(given.text);
  now.current = props;
  const tell = (s: string) => {
    typed.current = s;
    now.current.onChange(s);
  };
  useEffect(() => {
    typed.current = given.text;
    setPlain(given.text);
    editor.current?.set(given.text);
  }, [given]);
  useEffect(() => {
    let wanted = true;
    import("../editor/editor").then((m) => {
      if (!wanted || !host.current) return;
      editor.current = m.makeEditor({
        host: host.current, text: typed.current, language, label,
        ...(hint ? { hint } : {}),
        words: () => now.current.words ?? null,
        onChange: tell,
        ...(now.current.onRun ? { onRun: () => now.current.onRun?.() } : {}),
      });
      setReady(true);
    }, () => undefined);
    return () => {
      wanted = false;
      editor.current?.end();
      editor.current = null;
    };
  }, [language, label, hint]);
  useEffect(() => {
    editor.current?.mark(mistakes);
    const first = mistakes[0];
    if (first && first.line > 0) editor.current?.goTo(first.line, first.column);
  }, [mistakes, ready]);
  return (
    <div class="editor">
      <div ref={host} hidden={!ready} data-editor={language} />
      {!ready && <textarea class="code" value={plain} aria-label={label} spellcheck={false} rows={6}
        onInput={(e) => { setPlain(e.currentTarget.value); tell(e.currentTarget.value); }} />}
    </div>
  );
}
