// SPDX-License-Identifier: MIT
// An editor in a page. Until its code is there, and where it cannot be loaded, a plain field stands in
// its place and does the same.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Words } from "../editor/complete";
import type { Editor, Mistake } from "../editor/editor";

interface Props {
  text: string;
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
  const { text, language, label, hint, mistakes = NONE } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const now = useRef(props);
  const [ready, setReady] = useState(false);
  now.current = props;
  useEffect(() => {
    let wanted = true;
    import("../editor/editor").then((m) => {
      if (!wanted || !host.current) return;
      editor.current = m.makeEditor({
        host: host.current, text: now.current.text, language, label,
        ...(hint ? { hint } : {}),
        words: () => now.current.words ?? null,
        onChange: (s) => now.current.onChange(s),
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
  useEffect(() => editor.current?.set(text), [text, ready]);
  useEffect(() => {
    editor.current?.mark(mistakes);
    const first = mistakes[0];
    if (first && first.line > 0) editor.current?.goTo(first.line, first.column);
  }, [mistakes, ready]);
  return (
    <div class="editor">
      <div ref={host} hidden={!ready} data-editor={language} />
      {!ready && <textarea class="code" value={text} aria-label={label} spellcheck={false} rows={6}
        onInput={(e) => props.onChange(e.currentTarget.value)} />}
    </div>
  );
}
