// SPDX-License-Identifier: MIT
// Which sets of targets speak of a place, and what their line is.
import { literal, type Row } from "../api";
import { addDays } from "../format";
import { type Ref } from "../place";

export interface TargetSet extends Row {
  plugin: string;
  set: string;
  title: string;
  level: string;
  from: string;
  to: string;
  places: number;
  target: number;
  source: string | null;
  decided_on: string | null;
  note: string | null;
  by: string | null; // set for each sector or department: not for the whole of a place
}

/** A place's own share of a set. */
export interface Own {
  set: string;
  target: number;
  expected: number | null;
  days_left: number | null;
}
export interface GoalRow {
  day: string;
  expected: number | null;
}

const SETS_MAX = 8;
const STEPS = 12;

/** Those in force on the day first, then the newest. */
export function setsFor(sets: TargetSet[], asOn: string | null): TargetSet[] {
  const inForce = (s: TargetSet) => asOn !== null && s.from <= asOn && asOn <= s.to ? 0 : 1;
  return sets.filter((s) => !s.by)
    .sort((a, b) => inForce(a) - inForce(b) || (a.to < b.to ? 1 : a.to > b.to ? -1 : 0))
    .slice(0, SETS_MAX);
}

function row(ref: Ref): string {
  const of = ref.level === "country" ? "level = 'country'"
    : `level = ${literal(ref.level)} AND code = ${ref.code}`;
  return `FROM places |> WHERE ${of} |> SELECT place, 0 AS done`;
}

const against = (set: string, asOn: string) =>
  `|> CALL against_target(${literal(set)}, achieved => 'done', as_on => ${literal(asOn)})`;

function union(parts: string[]): string {
  return parts[0]! + parts.slice(1).map((p) => ` |> UNION ALL (${p})`).join("");
}

/** Rows of Own: sets that give the place nothing are left out. */
export function ownQuery(ref: Ref, sets: TargetSet[], asOn: string): string {
  return union(sets.map((s, i) => `${row(ref)} ${against(s.set, asOn)}
    |> SELECT ${literal(s.set)} AS \`set\`, target, expected, days_left, ${i} AS i`)) +
    " |> WHERE target IS NOT NULL |> ORDER BY i |> DROP i";
}

/** Days from the first to the last of a set on which its line is asked for. */
export function goalDays(set: { from: string; to: string }): string[] {
  const span = Math.round((Date.parse(set.to) - Date.parse(set.from)) / 86_400_000);
  const n = Math.max(1, Math.min(STEPS, span));
  return Array.from({ length: n + 1 }, (_, i) => addDays(set.from, Math.round((span * i) / n)));
}

/** The line that the set expects: rows of GoalRow. */
export function goalQuery(ref: Ref, set: TargetSet): string {
  return union(goalDays(set).map((day) => `${row(ref)} ${against(set.set, day)}
    |> SELECT ${literal(day)} AS day, expected`)) + " |> ORDER BY day";
}
