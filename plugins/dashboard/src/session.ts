// SPDX-License-Identifier: MIT
// Who is signed in, and what they may do. Where the server asks nobody who they are, everything.
import { useEffect, useState } from "preact/hooks";
import { get, Problem, send } from "./api";

export interface Session {
  name: string; // of the token
  role: string;
  places: { level: string; code: number; name: string }[]; // empty: all
  may: readonly string[] | null; // null: everything
  signedIn: boolean; // with a token of one's own
  asks: boolean; // the server knows tokens
}

const OPEN: Session = { name: "", role: "", places: [], may: null, signedIn: false, asks: false };
let current: Session | null = null;
const watchers = new Set<() => void>();

export async function loadSession(): Promise<void> {
  try {
    const a = (await get<Partial<Session> & { authenticated?: boolean }>("/v1/session")).value;
    current = { ...OPEN, ...a, places: a.places ?? [], may: a.may ?? null, asks: true };
  } catch (e) {
    current = e instanceof Problem && e.status === 401
      ? { ...OPEN, may: [], asks: true }
      : (current ?? OPEN);
  }
  for (const w of [...watchers]) w();
}

export function useSession(): Session | null {
  const [s, set] = useState(current);
  useEffect(() => {
    const w = () => set(current);
    watchers.add(w);
    w();
    return () => void watchers.delete(w);
  }, []);
  return s;
}

export function may(s: Session | null, what: string): boolean {
  return s !== null && (s.may === null || s.may.includes(what));
}

export async function signIn(token: string): Promise<void> {
  await send("POST", "/v1/session", {
    body: JSON.stringify({ token }),
    headers: { "Content-Type": "application/json" },
  });
  location.reload();
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/v1/session");
  navigator.serviceWorker?.controller?.postMessage("forget");
  location.reload();
}
