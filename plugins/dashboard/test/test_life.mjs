// SPDX-License-Identifier: MIT
// What happens while a page is open: imports, a network that goes away, hostile names; and what
// the first view and an idle minute cost.
import { accessible, eq, fits, has, noErrors, open, ready, until, yes } from "./harness.mjs";

const FIRST_VIEW_BYTES = 150 * 1024;

const HOSTILE = {
  4242: `<script>document.title='stolen'</script>`,
  4243: `"><img src=x onerror="document.title='stolen'">`,
  4244: `'); DROP TABLE places; --`,
  4245: `\u202eمرحبا\u202c עולם`,
  4246: "Averylongnameofaplacewithoutanyspace".repeat(3),
};

/** A server where Ramgarh has blocks with hostile names, and registrations in them. */
async function hostile(w) {
  const s = await w.demo(true);
  const csv = (v) => `"${v.replaceAll('"', '""')}"`;
  const places = Object.entries(HOSTILE).map(([code, name]) => `block,${code},607,${csv(name)}`);
  await s.post("/v1/places", `level,code,parent,name\n${places.join("\n")}\n`);
  const rows = Object.keys(HOSTILE).map((code) => `2021-11-18,607,${code},${csv("<b>centre</b>")},7`);
  await s.import(`date,district,block,centre,count\n${rows.join("\n")}\n`);
  return s;
}

export default {
  "an import is seen without a reload, and what it moved is marked": async (w) => {
    const s = await w.demo(true);
    const page = await w.page(s);
    await open(page, s, "/?place=district:607&lang=en");
    await page.getByText("live", { exact: true }).waitFor();
    eq(await page.innerText(".tile.main .figure"), "42,478", "before");
    await s.import("date,district,block,sector,count\n2021-11-18,607,Gola,कृषि,5\n");
    await page.waitForSelector('.tile.main .figure:text-is("42,483")');
    await page.getByText("+5 registrations since").waitFor();
    await page.waitForSelector('tr.flash:has-text("Gola")');
    eq(await page.locator('tr.flash:has-text("Patratu")').count(), 0, "Patratu is marked");
    noErrors(page);
    await page.context().close();
  },

  "where events do not get through, the page asks by itself": async (w) => {
    const s = await w.demo(true);
    const page = await w.page(s);
    await page.route("**/v1/events", (r) => r.abort());
    await page.clock.install();
    await open(page, s, "/?place=district:607&lang=en");
    await until(async () => {
      await page.clock.runFor(4000);
      return (await page.innerText(".conn")).includes("updates each minute");
    }, "the page to see that there are no events");
    await s.import("date,district,block,sector,count\n2021-11-18,607,Gola,कृषि,3\n");
    await until(async () => {
      await page.clock.runFor(61_000);
      return (await page.innerText(".tile.main .figure")) === "42,481";
    }, "the figure to follow");
    await page.context().close();
  },

  "offline, the last figures stay and say how old they are": async (w) => {
    const s = await w.demo();
    const page = await w.page(s, { serviceWorkers: "allow" });
    await open(page, s, "/?place=district:607&lang=en");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.reload(); // the worker keeps what it passes on
    await ready(page);
    await page.waitForFunction(async () => (await (await caches.open("answers-1")).keys()).length >= 5);
    await page.context().setOffline(true);
    await page.reload();
    await page.getByText("Kept figures of").first().waitFor();
    await ready(page);
    has(await page.innerText("main"), "42,478", "Gola");
    await page.getByText("offline: last known figures").waitFor();
    await page.context().setOffline(false);
    await page.getByText("Kept figures of").first().waitFor({ state: "detached" });
    await page.context().close();
  },

  "hostile names are text, on every page": async (w) => {
    const s = await hostile(w);
    const page = await w.page(s);
    for (const name of ["overview", "review", "sectors", "coverage", "centres"]) {
      await open(page, s, `/?page=${name}&place=district:607&lang=en`);
      if (name !== "coverage") has(await page.innerText("main"), HOSTILE[4242], HOSTILE[4244]);
      if (name === "centres") has(await page.innerText("main"), "<b>centre</b>");
      await fits(page, name);
    }
    for (const code of Object.keys(HOSTILE)) {
      await open(page, s, `/?place=block:${code}&lang=en`);
      eq(await page.innerText("h1"), HOSTILE[code], "the title");
      await fits(page, code);
    }
    await accessible(page, "a place of a hostile name");
    await page.fill(".head input", "<script>");
    await page.waitForSelector('.head [role="option"]:has-text("<script>")');
    eq(await page.title(), "Overview · Panji", "the title of the window");
    eq(await page.locator("main img").count(), 0, "pictures");
    noErrors(page);
    await page.context().close();
  },

  "a server that goes away, and one that refuses, are told on the page": async (w) => {
    const s = await w.demo();
    const page = await w.page(s);
    await page.route("**/v1/query*", (r) => r.fulfill({ status: 503,
      contentType: "application/problem+json", body: JSON.stringify({ status: 503,
        code: "overloaded", detail: "The server is busy", hint: "try again in a moment" }) }));
    await page.goto(`${s.url}/?lang=en`);
    await page.getByText("The server is busy").first().waitFor();
    has(await page.innerText("main"), "try again in a moment", "overloaded");
    await page.unroute("**/v1/query*");
    await page.locator('main button:text-is("Try again")').first().click();
    await page.getByText("3,08,478").first().waitFor();
    await page.context().close();
  },

  "the first view is under 150 KB, an idle minute asks nothing": async (w) => {
    const s = await w.demo();
    const page = await w.page(s);
    const network = await page.context().newCDPSession(page);
    const seen = { bytes: 0, requests: 0 };
    await network.send("Network.enable");
    network.on("Network.loadingFinished", (e) => { seen.bytes += e.encodedDataLength; });
    page.on("request", () => { seen.requests++; });
    await page.clock.install();
    await open(page, s, "/?place=district:607&lang=hi");
    await page.clock.runFor(5000);
    await ready(page);
    const first = { ...seen };
    yes(first.bytes > 10_000, `the bytes of the first view are not counted: ${first.bytes}`);
    yes(first.bytes < FIRST_VIEW_BYTES, `the first view takes ${first.bytes} bytes`);
    await page.clock.runFor(60_000);
    eq(seen.requests - first.requests, 0, "requests of an idle minute");
    console.log(`     first view in Hindi, fonts included: ${(first.bytes / 1024).toFixed(0)} KB in ` +
      `${first.requests} requests`);
    noErrors(page);
    await page.context().close();
  },
};
