// SPDX-License-Identifier: MIT
// A picture of each page, to be looked at: node screenshots.mjs PANJI OUT
// NAME.png, NAME-hi.png, NAME-dark.png, NAME-phone.png; NAME.pdf as it is printed.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open, World } from "./harness.mjs";

const pages = {
  "overview-country": "place=country",
  "overview-state": "place=state:6",
  overview: "place=district:607",
  "overview-block": "place=block:3168",
  review: "page=review&place=district:607",
  sectors: "page=sectors&place=district:607",
  panchayats: "page=coverage&place=block:3168",
  centres: "page=centres&place=block:3168",
  targets: "page=targets",
  reports: "page=reports",
  report: "page=reports&report=drive/block_review&p.district=607",
  alerts: "page=alerts",
  data: "page=data",
  query: "page=query&q=" + encodeURIComponent(
    "FROM registrations\n|> WHERE district = 607\n|> AGGREGATE COUNT(*) AS n GROUP BY block\n|> ORDER BY n DESC"),
  plugins: "page=plugins",
  "sign-in": "page=sign_in",
};
const looks = [
  ["", "en", {}],
  ["-hi", "hi", {}],
  ["-dark", "en", { colorScheme: "dark" }],
  ["-phone", "hi", { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true,
    deviceScaleFactor: 2 }],
];

const [panji, out = "build/screenshots", only = ""] = process.argv.slice(2);
const world = new World(panji);
await world.open();
try {
  await mkdir(out, { recursive: true });
  const server = await world.demo();
  for (const [suffix, lang, options] of looks) {
    const page = await world.page(server, options);
    for (const [name, address] of Object.entries(pages)) {
      if (!name.includes(only)) continue;
      await open(page, server, `/?${address}&lang=${lang}`);
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(400); // charts draw behind the table
      await page.screenshot({ path: join(out, `${name}${suffix}.png`), fullPage: true });
      if (suffix === "-hi") await page.pdf({ path: join(out, `${name}.pdf`), preferCSSPageSize: true });
    }
    await page.context().close();
  }
  console.log(`  ${out}`);
} finally {
  await world.close();
}
