// SPDX-License-Identifier: MIT
// Vega-Lite, in the colours and the language of the page.
import * as vega from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Row } from "../api";
import { lang } from "../lang";

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function config() {
  const ink = colour("--ink");
  const quiet = colour("--quiet");
  const hair = colour("--hair");
  const font = getComputedStyle(document.body).fontFamily;
  const accent = colour("--accent");
  return {
    background: "transparent",
    font,
    mark: { color: accent },
    bar: { color: accent },
    line: { color: accent, strokeWidth: 2 },
    point: { color: accent, filled: true },
    view: { stroke: null },
    axis: {
      labelColor: quiet, titleColor: ink, gridColor: hair, domainColor: colour("--rule"),
      tickColor: colour("--rule"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 600,
      labelLimit: 220,
    },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12 },
    title: { color: ink },
    range: { category: [accent, colour("--mid"), colour("--good"), colour("--low"), quiet] },
    locale: { number: { decimal: ".", thousands: ",", grouping: [3, 2, 2, 2, 2], currency: ["₹", ""] } },
  };
}

/** Draws into the element; gives what ends it. */
export async function draw(into: HTMLElement, spec: object, rows: Row[], label: string):
  Promise<() => void> {
  const whole = {
    width: "container",
    ...spec,
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: label,
    data: { values: rows },
    autosize: { type: "fit-x", contains: "padding" },
    config: config(),
    usermeta: { lang: lang() },
  } as unknown as TopLevelSpec;
  const compiled = compile(whole).spec;
  const view = new vega.View(vega.parse(compiled, undefined, { ast: true }), {
    renderer: "svg",
    container: into,
    expr: expressionInterpreter as never,
    loader: noLoader(),
    hover: true,
    logLevel: vega.Error,
  });
  await view.runAsync();
  return () => view.finalize();
}

// A specification comes from a plugin: what it would fetch from elsewhere is refused.
function noLoader() {
  const loader = vega.loader();
  const refuse = () => Promise.reject(new Error("a chart draws the rows of its report alone"));
  loader.load = refuse;
  loader.http = refuse;
  loader.file = refuse;
  return loader;
}
