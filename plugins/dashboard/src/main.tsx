// SPDX-License-Identifier: MIT
// The beginning: theme, language, address, then the page.
import { render } from "preact";
import { followLinks, switchLang } from "./address";
import { App } from "./app";
import type { Lang } from "./lang";
import { startLive } from "./live";
import { loadSession, may } from "./session";
import "./style.css";
import "./working.css";
import { startTheme } from "./theme";

startTheme();
document.addEventListener("click", (e) => {
  const l = (e.target as Element | null)?.closest<HTMLElement>("[data-lang]")?.dataset["lang"];
  if (!l || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  switchLang(l as Lang);
});
followLinks();
const session = loadSession();
render(<App />, document.getElementById("app")!);
addEventListener("load", () => {
  void session.then((s) => may(s, "look") && startLive());
  // behind the first view, so that it costs that nothing
  if ("serviceWorker" in navigator)
    setTimeout(() => void navigator.serviceWorker
      .register("/dashboard/sw.js", { scope: "/" }).catch(() => undefined), 2000);
});
