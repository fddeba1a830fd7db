// SPDX-License-Identifier: MIT
// The pages: name in the address, title, and where the code of each is loaded from. How one is
// written: ../README.md.
import type { ComponentType } from "preact";
import type { Params } from "./address";
import type { Text } from "./lang";
import Overview from "./pages/overview";

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
    load: () => Promise.resolve({ default: Overview }), // the first view: no second trip for it
    needs: "query",
    ofPlace: true,
  },
  review: {
    title: { en: "Review", hi: "समीक्षा" },
    load: () => import("./pages/review"),
    needs: "query",
    ofPlace: true,
  },
  sectors: {
    title: { en: "Sectors", hi: "क्षेत्र" },
    load: () => import("./pages/sectors"),
    needs: "query",
    ofPlace: true,
  },
  coverage: {
    title: { en: "Panchayats", hi: "पंचायतें" },
    load: () => import("./pages/coverage"),
    needs: "query",
    ofPlace: true,
  },
  centres: {
    title: { en: "Centres", hi: "केंद्र" },
    load: () => import("./pages/centres"),
    needs: "query",
    ofPlace: true,
  },
  targets: {
    title: { en: "Targets", hi: "लक्ष्य" },
    load: () => import("./pages/targets"),
    needs: "see",
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
  sign_in: {
    title: { en: "Sign in", hi: "साइन इन" },
    load: () => import("./pages/sign_in"),
    hidden: true,
  },
};
