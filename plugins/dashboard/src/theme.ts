// SPDX-License-Identifier: MIT
// Light, dark, or as the device is set.

export type Theme = "system" | "light" | "dark";
const ORDER: readonly Theme[] = ["system", "light", "dark"];
const KEY = "panji.theme";
const changed = new Set<() => void>();
let current: Theme = "system";

export function theme(): Theme {
  return current;
}

/** What is seen: for charts, which draw their own colours. */
export function isDark(): boolean {
  return current === "dark" ||
    (current === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function apply(): void {
  if (current === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = current;
  for (const c of [...changed]) c();
}

export function onTheme(l: () => void): () => void {
  changed.add(l);
  return () => void changed.delete(l);
}

export function startTheme(): void {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") current = kept;
  } catch {
    // no storage: as the device is set
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

export function nextTheme(): Theme {
  current = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length] ?? "system";
  try {
    if (current === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, current);
  } catch {
    // it holds for this page alone
  }
  apply();
  return current;
}
