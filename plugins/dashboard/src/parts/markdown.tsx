// SPDX-License-Identifier: MIT
// The little of Markdown that the server's reference pages use: headings, paragraphs, tables and code.
// Text stays text: nothing in it can become a tag.
import type { ComponentChildren } from "preact";

function spans(text: string): ComponentChildren[] {
  return text.split(/(`[^`]*`)/).map((s, i) =>
    s.startsWith("`") && s.endsWith("`") && s.length > 1 ? <code key={i}>{s.slice(1, -1)}</code> : s);
}

function cells(line: string): string[] {
  return line.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((c) => c.trim().replace(/\\\|/g, "|"));
}

function MdTable({ lines, label }: { lines: string[]; label: string }) {
  const [head = "", , ...rows] = lines;
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={label}>
      <table class="t">
        <thead><tr>{cells(head).map((c, i) => <th key={i} scope="col">{spans(c)}</th>)}</tr></thead>
        <tbody>{rows.map((r, i) =>
          <tr key={i}>{cells(r).map((c, k) => <td key={k}>{spans(c)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function Block({ lines, under }: { lines: string[]; under: string }) {
  const first = lines[0] ?? "";
  const heading = /^(#{1,3})\s+(.*)$/.exec(first);
  if (heading) {
    const text = spans(heading[2]!);
    return heading[1]!.length === 1 ? <h2>{text}</h2> : <h3>{text}</h3>;
  }
  if (first.startsWith("|")) return <MdTable lines={lines} label={under} />;
  return <p>{spans(lines.join(" "))}</p>;
}

export function Markdown({ text }: { text: string }) {
  const blocks = text.split(/\n{2,}/).map((b) => b.split("\n").filter((l) => l.trim() !== ""))
    .filter((b) => b.length > 0);
  let under = ""; // the heading above, which names a table
  return (
    <div class="markdown">
      {blocks.map((b, i) => {
        under = /^#+\s+(.*)$/.exec(b[0] ?? "")?.[1]?.replaceAll("`", "") ?? under;
        return <Block key={i} lines={b} under={under} />;
      })}
    </div>
  );
}
