// SPDX-License-Identifier: MIT
// Each page of a place: what it says in both languages, how it is reached and printed, and that
// nobody is shut out.
import { accessible, eq, fits, follow, has, noErrors, open, ready, says, title, yes }
  from "./harness.mjs";

// name, address, what stands there in English and in Hindi
const pages = [
  ["overview of the country", "place=country", ["India", "3,08,478", "Haryana"], ["भारत", "हरियाणा", "निबंधन"]],
  ["overview of a state", "place=state:6", ["Haryana", "2,66,000", "50,00,000", "Nuh"], ["हरियाणा", "नूंह", "लक्ष्य"]],
  ["overview of a district", "place=district:607",
    ["Ramgarh", "42,478", "65.4%", "22,522", "Gola", "Agriculture"], ["रामगढ़", "गोला", "कृषि"]],
  ["overview of a block", "place=block:3168", ["Gola", "5,347", "Gola panchayat 1"], ["गोला", "गोला पंचायत 1"]],
  ["overview of a panchayat", "place=panchayat:900024", ["Gola panchayat 1", "Registrations"], ["गोला पंचायत 1"]],
  ["review", "page=review&place=district:607",
    ["Block review", "42,478 of 65,000 (65.4%)", "Behind what is expected: Gola, Dulmi", "[8] = [1]−[2]"],
    ["प्रखंडवार समीक्षा", "अपेक्षा से पीछे: गोला, दुलमी"]],
  ["sectors", "page=sectors&place=district:607",
    ["24,239", "41,178", "1,300 short of the published total of 42,478", "Sum of the sectors"],
    ["प्रकाशित कुल 42,478 से 1,300 कम", "कृषि", "क्षेत्रों का योग"]],
  ["panchayats", "page=coverage&place=district:607", ["of 125 panchayats", "Gola panchayat 4"], ["125 पंचायतों में से"]],
  ["centres", "page=centres&place=block:3168", ["CSC-3168-05", "of 28 centres", "15"], ["28 केंद्रों में से"]],
  ["choosing a district", "page=centres&place=state:20", ["Choose one", "Ramgarh"], ["एक चुनें", "रामगढ़"]],
  ["targets", "page=targets", ["65,000", "exactly what was set", "Mandu"], ["ठीक वही जो तय हुआ", "मांडू"]],
  ["signing in", "page=sign_in", ["Token", "Sign in"], ["टोकन", "साइन इन"]],
];

const tests = {};

for (const [name, address, english, hindi] of pages)
  tests[`${name}: in English and in Hindi, for every reader`] = async (w) => {
    const s = await w.demo();
    const page = await w.page(s);
    await open(page, s, `/?${address}&lang=en`);
    await says(page, ...english);
    await accessible(page, name);
    await page.click("[data-lang=hi]");
    await page.waitForSelector("html[lang=hi]");
    await ready(page);
    await says(page, ...hindi);
    yes(page.url().includes("lang=hi"), "the address does not say the language");
    for (const part of address.split("&").filter((p) => p !== "place=country"))
      has(decodeURIComponent(page.url()), part);
    await accessible(page, `${name}, in Hindi`);
    noErrors(page);
    await page.context().close();
  };

tests["dark, on a phone: nothing is wider than the screen, contrasts suffice"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s, { viewport: { width: 360, height: 640 }, colorScheme: "dark",
    hasTouch: true, isMobile: true });
  for (const [name, address] of pages) {
    await open(page, s, `/?${address}&lang=en`);
    await fits(page, name);
  }
  await open(page, s, "/?place=district:607&lang=en");
  await accessible(page, "the overview in the dark");
  noErrors(page);
  await page.context().close();
};

tests["from the state down to a panchayat by clicks, and back by the history"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await open(page, s, "/?lang=en");
  const down = [["Jharkhand", "state:20"], ["Ramgarh", "district:607"], ["Gola", "block:3168"],
    ["Gola panchayat 3", "panchayat:900026"]];
  for (const [name, place] of down) {
    await follow(page, name, "main table");
    await title(page, name);
    await ready(page);
    has(page.url(), `place=${place}`);
  }
  for (const [name] of [...down].reverse().slice(1)) {
    await page.goBack();
    await title(page, name);
    await ready(page);
  }
  await page.goForward();
  await title(page, "Ramgarh");
  await follow(page, "India", "nav.crumbs");
  await title(page, "India");
  noErrors(page);
  await page.context().close();
};

tests["a place is found by name in either script, by code, and by keys alone"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await open(page, s, "/?lang=en");
  for (const [typed, place] of [["गोला", "block:3168"], ["ramg", "district:607"], ["3172", "block:3172"]]) {
    await page.focus(".head input");
    await page.keyboard.type(typed);
    await page.waitForSelector('.head [role="option"][aria-selected="true"]');
    await page.keyboard.press("Enter");
    await page.waitForURL((u) => u.searchParams.get("place") === place);
    await ready(page);
  }
  await page.focus(".head input");
  await page.keyboard.type("nowhere");
  await page.getByText("No such place").waitFor();
  await page.keyboard.press("Escape");
  eq(await page.locator('.head [role="option"]').count(), 0, "suggestions after Escape");
  noErrors(page);
  await page.context().close();
};

tests["a bare code in the address is a place; one that is none is told"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await page.goto(`${s.url}/?place=607&lang=en`);
  await title(page, "Ramgarh");
  await page.waitForURL((u) => u.searchParams.get("place") === "district:607");
  noErrors(page);
  await page.goto(`${s.url}/?place=district:99999&lang=en`);
  await page.getByText("There is no place “district:99999”.").waitFor();
  await page.context().close();
};

tests["a table is sorted by its heads, and the address keeps it"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await open(page, s, "/?page=review&place=district:607&lang=en");
  const first = () => page.locator("main tbody tr:first-child th").innerText();
  eq(await first(), "Patratu", "the first by rank");
  await page.click('th button:text-is("On the day")');
  await page.waitForURL(/sort=-today/);
  eq(await first(), "Mandu", "the first by the day");
  await page.click('th button:text-is("On the day")');
  await page.waitForURL(/sort=today/);
  eq(await first(), "Dulmi", "the last by the day");
  await page.reload();
  await ready(page);
  eq(await first(), "Dulmi", "after a reload");
  noErrors(page);
  await page.context().close();
};

tests["another day is asked for by its field, and all figures are of that day"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await open(page, s, "/?place=district:607&lang=en");
  await page.fill('input[type="date"]', "2021-10-31");
  await page.waitForURL(/as_on=2021-10-31/);
  await page.getByText("As on 31 Oct 2021").first().waitFor();
  await ready(page);
  const total = await (await fetch(`${s.url}/v1/query?q=${encodeURIComponent(
    "FROM registrations |> WHERE district = 607 AND date <= '2021-10-31' |> AGGREGATE COUNT(*) AS n")}`)).json();
  eq(await page.innerText(".tile.main .figure"), total.data[0].n.toLocaleString("en-IN"), "the total");
  noErrors(page);
  await page.context().close();
};

tests["printed, a page is A4 with the figures and without the furniture"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await open(page, s, "/?page=review&place=district:607&lang=hi");
  const pdf = await page.pdf({ preferCSSPageSize: true });
  eq(pdf.subarray(0, 5).toString(), "%PDF-", "the file");
  has(pdf.toString("latin1"), "/MediaBox [0 0 594.95996 841.91998]");
  await page.emulateMedia({ media: "print" });
  for (const gone of [".nav", ".tools", ".head .search", ".actions"])
    eq(await page.locator(gone).first().isVisible(), false, `${gone} is printed`);
  yes(await page.locator("th.pen").isVisible(), "there is no column for remarks");
  await page.context().close();
};

tests["without script there are all reports as tables"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s, { javaScriptEnabled: false });
  await page.goto(`${s.url}/`);
  await page.waitForURL(/\/v1\/reports/);
  has(await page.innerText("body"), "Sector summary", "Block-wise review");
  await page.click('a[href*="block_review"]:text-is("Ramgarh")');
  has(await page.innerText("body"), "Gola", "42,478");
  await page.context().close();
};

tests["an unknown page says so, and where to go"] = async (w) => {
  const s = await w.demo();
  const page = await w.page(s);
  await open(page, s, "/?page=%3Cb%3Enone&lang=en");
  has(await page.innerText("main"), "There is no page “<b>none”.");
  await page.click('main a');
  await title(page, "India");
  noErrors(page);
  await page.context().close();
};

export default tests;
