// SPDX-License-Identifier: MIT
// A figure with a chart: the drawing is loaded when the first one is to be shown.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Column, Row } from "../api";
import type { Chart as Drawn, Spec } from "./draw";
import { t } from "../lang";

const words = {
  wrong: { en: "The chart cannot be drawn: {why}", hi: "चार्ट नहीं बन सका: {why}" },
  loading: { en: "Drawing …", hi: "चार्ट बन रहा है …" },
};

interface Props {
  spec: Spec;
  meta: Column[];
  rows: Row[]; // without a row of totals
  label: string;
}

export function Chart({ spec, meta, rows, label }: Props) {
  const at = useRef<HTMLDivElement>(null);
  const [wrong, setWrong] = useState("");
  const [drawn, setDrawn] = useState(false);
  const key = JSON.stringify(spec);
  useEffect(() => {
    let chart: Drawn | null = null;
    let wanted = true;
    setWrong("");
    import("./draw")
      .then((m) => wanted && at.current ? m.draw(at.current, spec, meta, rows) : null)
      .then((c) => {
        chart = c;
        if (wanted) setDrawn(true);
        else c?.end();
      })
      .catch((e: unknown) => {
        if (wanted) setWrong(e instanceof Error ? e.message : String(e));
      });
    return () => {
      wanted = false;
      chart?.end();
    };
  }, [key, rows, meta]);
  return (
    <figure class="chart">
      {wrong ? <p class="quiet">{t(words.wrong, { why: wrong })}</p>
        : !drawn && <p class="quiet" role="status">{t(words.loading)}</p>}
      <div class="chart-area" role="img" aria-label={label} hidden={wrong !== ""}>
        <div ref={at} aria-hidden="true" />
      </div>
    </figure>
  );
}
