// SPDX-License-Identifier: MIT
// Who is signed in, and what they may do. Where the server asks nobody who they are, everything.
import { HOME, href } from "./address";
import { useEffect, useState } from "preact/hooks";
import { get, Problem, send } from "./api";

export interface Session {
  name: string; // of the token
  role: string; // "": none
  places: readonly string[]; // LEVEL:CODE; none: all
  may: readonly string[] | null; // null: everything
  signedIn: boolean; // with a token of one's own
  asks: boolean; // one could sign in to be more than one is
}

const NOBODY: Session = { name: "", role: "", places: [], may: [], signedIn: false, asks: true };
/** A server that knows no tokens. */
const EVERYBODY: Session = { ...NOBODY, may: null, asks: false };
let current: Session | null = null;
const watchers = new Set<() => void>();

interface Answer {
  anonymous: boolean;
  name: string;
  role: string | null;
  places: string[];
  may: string[];
}

export async function loadSession(): Promise<Session> {
  try {
    const a = (await get<Answer>("/v1/session")).value;
    current = { name: a.name, role: a.role ?? "", places: a.places, may: a.may,
      signedIn: !a.anonymous, asks: !a.anonymous || a.role !== "admin" };
  } catch (e) {
    const status = e instanceof Problem ? e.status : 0;
    if (status === 401) current = NOBODY;
    else if (status !== 0 || current === null) current = EVERYBODY;
  }
  for (const w of [...watchers]) w();
  return current!;
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
  location.assign(href(HOME));
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/v1/session");
  navigator.serviceWorker?.controller?.postMessage("forget");
  location.assign(href(HOME));
}
