// SPDX-License-Identifier: MIT
// The pages: name in the address, title, and where the code of each is loaded from. How one is
// written: ../README.md.
import type { ComponentType } from "preact";
import type { Params } from "./address";
import type { Text } from "./lang";

export interface PageProps {
  params: Params;
}
/** What a file in pages/ exports. */
export interface PageModule {
  default: ComponentType<PageProps>;
}
export interface PageEntry {
  title: Text;
  load: () => Promise<PageModule>;
  /** Not in the navigation. */
  hidden?: boolean;
  /** Offered only where the session may do this. */
  needs?: string;
  /** The place of the address goes along when one changes over to this page. */
  ofPlace?: boolean;
}

export const pages: Record<string, PageEntry> = {
  overview: {
    title: { en: "Overview", hi: "सार" },
    load: () => import("./pages/overview"),
    ofPlace: true,
  },
  reports: {
    title: { en: "Reports", hi: "रिपोर्ट" },
    load: () => import("./pages/reports"),
    needs: "see",
  },
  alerts: {
    title: { en: "Alerts", hi: "चेतावनियाँ" },
    load: () => import("./pages/alerts"),
    needs: "query",
    ofPlace: true,
  },
  data: {
    title: { en: "Data", hi: "डेटा" },
    load: () => import("./pages/data"),
    needs: "batches",
  },
  query: {
    title: { en: "Query", hi: "क्वेरी" },
    load: () => import("./pages/query"),
    needs: "query",
  },
  plugins: {
    title: { en: "Plugins", hi: "प्लगिन" },
    load: () => import("./pages/plugins"),
    needs: "plugins",
  },
};
