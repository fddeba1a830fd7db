// SPDX-License-Identifier: MIT
// What is new: server-sent events, and where these do not get through, asking once a minute. A page
// that nobody looks at does not listen.

export interface Snapshot {
  snapshot: number;
  registrations: number;
  as_on: string | null;
}
export type Connection = "live" | "polling" | "offline";
type NewsListener = () => void;
type StateListener = () => void;

const POLL_MS = 60_000;
const FAILURES_MAX = 3;
const KINDS = ["snapshot", "alerts", "plugins", "findings"] as const;

const listeners = new Map<string, Set<NewsListener>>();
const watchers = new Set<StateListener>();
let last: Snapshot | null = null;
let changed: number | null = null; // registrations that the last event added
let connection: Connection = "polling";
let source: EventSource | null = null;
let failures = 0;
let timer = 0;

export function state(): { snapshot: Snapshot | null; changed: number | null;
  connection: Connection } {
  return { snapshot: last, changed, connection };
}

export function onState(l: StateListener): () => void {
  watchers.add(l);
  return () => void watchers.delete(l);
}

export function onNews(kinds: readonly string[], l: NewsListener): () => void {
  for (const k of kinds) {
    if (!listeners.has(k)) listeners.set(k, new Set());
    listeners.get(k)!.add(l);
  }
  return () => {
    for (const k of kinds) listeners.get(k)?.delete(l);
  };
}

function tell(): void {
  for (const w of [...watchers]) w();
}

function news(kind: string): void {
  for (const l of [...(listeners.get(kind) ?? [])]) l();
}

function connect(c: Connection): void {
  if (c === connection) return;
  const back = connection === "offline";
  connection = c;
  tell();
  // what is shown may be from before the network went away
  if (back) for (const k of KINDS) news(k);
}

let shown = 0; // the newest snapshot that an answer was made of

export function noteSnapshot(n: number): void {
  shown = Math.max(shown, n);
}

// The first event of a stream tells the state of now: news only where it differs from what is shown.
const seen = new Map<string, string>();
function heard(kind: string, id: string, data: string): void {
  const before = seen.get(kind);
  const now = `${id} ${data}`; // an acknowledgement is an event that tells the same counts
  seen.set(kind, now);
  if (kind === "snapshot") {
    const next = JSON.parse(data) as Snapshot;
    if (last && next.snapshot !== last.snapshot) changed = next.registrations - last.registrations;
    last = next;
    tell();
  }
  const late = before === undefined && kind === "snapshot" && shown > 0 &&
    last !== null && last.snapshot > shown;
  if (late || (before !== undefined && before !== now)) news(kind);
}

function listen(): void {
  if (source || document.hidden) return;
  source = new EventSource("/v1/events");
  source.onopen = () => {
    failures = 0;
    connect("live");
  };
  source.onerror = () => {
    if (++failures < FAILURES_MAX) return;
    source?.close();
    source = null;
    connect(navigator.onLine ? "polling" : "offline");
    schedule();
  };
  for (const k of KINDS)
    source.addEventListener(k, (e) => {
      const m = e as MessageEvent<string>;
      heard(k, m.lastEventId, m.data);
    });
}

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(poll, POLL_MS) as unknown as number;
}

async function poll(): Promise<void> {
  if (document.hidden) return;
  try {
    const r = await fetch("/healthz", { cache: "no-store" });
    if (!r.ok) throw new Error();
    for (const k of KINDS) news(k);
    failures = FAILURES_MAX - 1; // one try of the stream each time
    listen();
  } catch {
    connect("offline");
    schedule();
  }
}

function pause(): void {
  source?.close();
  source = null;
  clearTimeout(timer);
}

export function startLive(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) pause();
    else listen();
  });
  addEventListener("online", () => {
    failures = 0;
    pause();
    listen();
  });
  addEventListener("offline", () => connect("offline"));
  listen();
}
