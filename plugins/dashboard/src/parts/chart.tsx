// SPDX-License-Identifier: MIT
// A chart from a Vega-Lite specification, as reports declare it. The library is loaded here and
// nowhere else, and reads its expressions with an interpreter, because the policy of the page forbids
// to make code of text.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Row } from "../api";
import { t } from "../lang";
import { isDark, onTheme } from "../theme";
import { ProblemBox } from "./status";

const words = {
  drawing: { en: "Drawing the chart …", hi: "चार्ट बन रहा है …" },
  chart: { en: "Chart", hi: "चार्ट" },
};

export function Chart({ spec, rows, label }: { spec: object; rows: Row[]; label?: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [ready, setReady] = useState(false);
  const [dark, setDark] = useState(isDark());
  useEffect(() => onTheme(() => setDark(isDark())), []);
  useEffect(() => {
    let wanted = true;
    let end: (() => void) | undefined;
    import("./vega").then((v) => v.draw(box.current!, spec, rows, label ?? t(words.chart))).then(
      (stop) => {
        if (!wanted) return stop();
        end = stop;
        setReady(true);
        setProblem(null);
      },
      (e: unknown) => wanted && setProblem(e));
    return () => {
      wanted = false;
      end?.();
    };
  }, [spec, rows, dark, label]);
  return (
    <>
      {problem ? <ProblemBox problem={problem} /> : !ready && <p class="loading">{t(words.drawing)}</p>}
      <div class="chart" ref={box} />
    </>
  );
}
