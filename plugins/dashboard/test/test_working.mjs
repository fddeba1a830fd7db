// SPDX-License-Identifier: MIT
// The working pages: reports, query, alerts, data, plugins; as people use them.
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accessible, eq, fits, has, open, ready, ROOT, says, yes } from "./harness.mjs";

const QUERY = "FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n GROUP BY block";
// name, address, what stands there in English and in Hindi
const pages = [
  ["the reports", "page=reports", "Block-wise review", "प्रखंडवार समीक्षा"],
  ["a report", "page=reports&report=drive/block_review&p.district=607", "Behind what is expected", "अपेक्षा से पीछे"],
  ["a query", `page=query&q=${encodeURIComponent(QUERY)}`, "12,344", "मांडू"],
  ["the alerts", "page=alerts", "Needs 209 per working day", "प्रति कार्य दिवस 209"],
  ["the sources", "page=data", "Behind the newest", "नवीनतम से पीछे"],
  ["the batches", "page=data&part=batches", "demo-haryana-portal", "गिना जाता है"],
  ["the rows left out", "page=data&part=rejects", "No row was left out.", "कोई पंक्ति नहीं छोड़ी गई।"],
  ["the findings", "page=data&part=findings", "the parts add up to 41,178", "भागों का योग 41,178"],
  ["published figures", "page=data&part=stated", "district review", "बताया गया कुल"],
  ["tables", "page=data&part=tables", "camp:STRING", "बदलें"],
  ["the plugins", "page=plugins", "Registration drive", "निबंधन अभियान"],
  ["a dry run", "page=plugins&part=try", "Begin with", "शुरुआत करें"],
  ["the reference", "page=plugins&part=reference", "as \"1.0.0\"", "प्लगिन: संदर्भ"],
];

// A form with a mistake is answered with 400, which the console tells by itself.
const EXPECTED = /the server responded with a status of 4\d\d/;

async function withPage(w, server, options, use) {
  const page = await w.page(server, options);
  page.on("dialog", (d) => {
    page.errors.push(`a dialog: ${d.message()}`);
    void d.dismiss();
  });
  await use(page, (address, lang = "en") => open(page, server, `/?${address}&lang=${lang}`));
  eq(page.errors.filter((e) => !EXPECTED.test(e)), [], "errors of the page");
  await page.context().close();
}

const text = (page, selector) => page.locator(selector).innerText();
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const matches = (got, pattern) => yes(pattern.test(got), `${pattern} is not in: ${got.slice(0, 400)}`);
const get = async (server, path) => (await fetch(server.url + path)).text();

async function put(server, path, body) {
  const r = await fetch(server.url + path, { method: "PUT", body });
  yes(r.ok, `PUT ${path}: ${r.status}`);
}

const tests = {};

for (const [name, address, english, hindi] of pages)
  tests[`${name}: in English and in Hindi, in the dark and on a phone, for every reader`] = async (w) => {
    const s = await w.demo();
    for (const [lang, said, options] of [["en", english, { colorScheme: "dark" }], ["hi", hindi, phone]])
      await withPage(w, s, options, async (page, go) => {
        await go(address, lang);
        await says(page, said);
        await accessible(page, `${name} (${lang})`);
        await fits(page, name);
        if (lang === "hi") yes(/[\u0900-\u097F]/.test(await text(page, "main h1")), "no title in Hindi");
      });
  };

tests["every report of every plugin shows its table, its chart where it has one, and no error"] = async (w) => {
  const s = await w.demo();
  const { reports } = JSON.parse(await get(s, "/v1/reports"));
  yes(reports.length > 10, "there are few reports");
  await withPage(w, s, {}, async (page, go) => {
    for (const r of reports) {
      const given = r.params.filter((x) => x.required || x.name === "district")
        .map((x) => `&p.${x.name}=${x.level === "block" ? 3168 : x.level === "state" ? 20 : 607}`).join("");
      await go(`page=reports&report=${r.plugin}/${r.name}${given}`);
      eq(await page.locator("main .problem").count(), 0, `${r.name} has a problem`);
      await page.waitForSelector("main table.t");
      const rows = await page.locator("main table.t tbody tr:not(.total)").count();
      if (r.chart && rows > 0 && !(await page.locator("td.none").count()))
        await page.waitForSelector("main .chart svg");
    }
  });
};

tests["a form with a mistake tells it at the field; a place is chosen by name with the keyboard"] = async (w) => {
  const s = await w.demo();
  await withPage(w, s, {}, async (page, go) => {
    await go("page=reports&report=drive/block_review");
    const field = page.getByRole("combobox", { name: "District *" });
    await field.fill("Ramgrh");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForSelector("[aria-invalid=true]");
    const note = await field.getAttribute("aria-describedby");
    matches(await text(page, `[id="${note}"]`), /there is no district "Ramgrh"; did you mean "Ramgarh"/);
    await field.fill("रामग");
    await page.waitForSelector("[role=option][aria-selected=true]");
    await field.press("Enter");
    eq(await field.inputValue(), "Ramgarh", "the field");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForSelector("tr.total");
    matches(await text(page, "tr.total"), /42,478/);
    matches(page.url(), /p\.district=607/);
    await page.locator(".chart svg .mark-rect path").nth(5).waitFor();
    eq(await page.locator(".chart svg .mark-rect path").count(), 6, "a bar for each block");
    const csv = await page.locator("main a[href*='.csv']").getAttribute("href");
    matches(await get(s, csv), /^rank,block,target/);
    await page.goBack();
    await page.waitForFunction(() => !document.querySelector("tr.total"));
  });
};

tests["a report is sorted, printed and read in the other language where it stands"] = async (w) => {
  const s = await w.demo();
  await withPage(w, s, {}, async (page, go) => {
    await go("page=reports&report=drive/block_review&p.district=607");
    await page.getByRole("button", { name: "Balance" }).click();
    await page.waitForSelector("th[aria-sort=descending]");
    matches(await text(page, "table.t tbody tr:first-child"), /Gola/);
    await page.locator("header [data-lang=hi]").click();
    await page.waitForFunction(() => document.querySelector("main h1")?.textContent === "प्रखंडवार समीक्षा");
    await page.waitForSelector("tr.total");
    matches(await text(page, "table.t tbody tr:first-child"), /गोला/);
    matches(page.url(), /p\.district=607/);
    yes((await page.pdf({ format: "A4" })).length > 10_000, "the print is empty");
  });
};

tests["a query is completed, run, explained and drawn; the address holds it"] = async (w) => {
  const s = await w.demo();
  await withPage(w, s, {}, async (page, go) => {
    await go("page=query");
    const editor = page.locator(".cm-content");
    await editor.click();
    await page.keyboard.type("FROM regi");
    await page.locator(".cm-tooltip-autocomplete li", { hasText: "registrations" }).click();
    await page.keyboard.type(" |> WHERE block = 'गोल");
    await page.locator(".cm-tooltip-autocomplete li", { hasText: /^GolaBlock/ }).click();
    matches(await editor.innerText(), /FROM registrations \|> WHERE block = 'Gola/);
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type(" |> AGGREGATE COUNT(*) AS n GROUP BY sector");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.waitForSelector("main table.t tbody tr");
    matches(page.url(), /q=FROM/);
    const rows = await page.locator("main table.t tbody tr").count();
    await page.reload();
    await page.waitForSelector("main table.t tbody tr");
    eq(await page.locator("main table.t tbody tr").count(), rows, "rows after a reload");
    await page.getByRole("button", { name: "Chart" }).click();
    await page.waitForSelector("main .chart svg");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("cell", { name: "cube", exact: true }).or(
      page.getByRole("rowheader", { name: "cube", exact: true })).waitFor();
    const csv = await page.locator("main a[href*='query.csv']").getAttribute("href");
    matches(await get(s, csv), /sector,n/);
  });
};

tests["a mistake in a query is marked where it is; its parameters are asked for"] = async (w) => {
  const s = await w.demo();
  await withPage(w, s, {}, async (page, go) => {
    await go(`page=query&q=${encodeURIComponent("FROM registrations\n|> WHERE distrct = @d")}&p.d=607`);
    await page.locator(".cm-lintRange-error", { hasText: "distrct" }).waitFor();
    matches(await text(page, "main .problem"), /did you mean "district"/);
    eq(await page.getByLabel("@d").inputValue(), "607", "the parameter");
    const corrected = "FROM registrations\n|> WHERE district = @d |> AGGREGATE COUNT(*) AS n";
    await go(`page=query&q=${encodeURIComponent(corrected)}&p.d=607`);
    await page.waitForSelector("main table.t tbody td");
    eq(await text(page, "main table.t tbody td"), "42,478", "the count");
  });
};

tests["a query that takes long is cancelled"] = async (w) => {
  const s = await w.demo();
  await withPage(w, s, {}, async (page, go) => {
    await go("page=query");
    await page.route("**/v1/query*", () => undefined); // it never comes back by itself
    await page.locator(".cm-content").click();
    await page.keyboard.type("FROM registrations");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled.").waitFor();
  });
};

tests["an alert is acknowledged, commented, silenced; its history tells it"] = async (w) => {
  const s = await w.demo(true);
  await withPage(w, s, {}, async (page, go) => {
    await go("page=alerts&place=block:3168");
    const alert = page.locator("li.alert.firing", { hasText: "Needs 209" });
    await alert.waitFor();
    eq(await page.locator("li.alert", { hasText: "Dulmi:" }).count(), 0, "alerts of another block");
    await alert.getByRole("button", { name: "Acknowledge" }).click();
    await page.getByLabel("Your name *").fill("A. Kumari");
    await page.getByLabel("Reason *").fill("printer <b>broken</b>");
    await page.getByLabel("Until", { exact: true }).selectOption({ label: "3 days" });
    await page.getByRole("form").getByRole("button", { name: "Acknowledge" }).press("Enter");
    await alert.getByText("A. Kumari knows: printer <b>broken</b>").waitFor();
    await alert.getByRole("button", { name: "Comment" }).click();
    eq(await page.getByLabel("Your name *").inputValue(), "A. Kumari", "the name that is remembered");
    await page.getByLabel("What you know *").fill("a new one comes on Monday");
    await page.getByRole("form").getByRole("button", { name: "Comment" }).click();
    await page.waitForSelector("form.ask", { state: "detached" });
    await alert.getByRole("button", { name: "History" }).click();
    await alert.getByRole("cell", { name: "a new one comes on Monday" }).waitFor();
    await alert.getByRole("button", { name: "Silence" }).click();
    await page.getByLabel("Reason *").fill("known");
    await page.getByRole("form").getByRole("button", { name: "Silence" }).click();
    await alert.getByText("silenced", { exact: true }).waitFor();
    await page.getByRole("button", { name: "End it" }).click();
    await page.getByRole("form").getByRole("button", { name: "End it" }).click();
    await alert.getByText("silenced", { exact: true }).waitFor({ state: "detached" });
    await alert.getByRole("button", { name: "Take back" }).click();
    await alert.getByRole("button", { name: "Acknowledge" }).waitFor();
    eq(await page.locator("b").count(), 0, "what people write is no markup");
  });
};

tests["an import appears by itself; wrong rows are listed; it is retracted with a reason"] = async (w) => {
  const s = await w.demo(true);
  await withPage(w, s, {}, async (page, go) => {
    await go("page=data&part=batches");
    const rows = "date,district,block,count\n2021-11-17,607,Gola,5\n2021-11-17,607,Gla,7\n";
    await s.post("/v1/registrations?source=test&batch_id=b/1&on_error=skip", rows);
    const row = page.getByRole("row", { name: "b/1" });
    await row.waitFor();
    const rejects = await row.locator("a[download]").getAttribute("href");
    matches(await get(s, rejects), /no block ""Gla""/);
    await row.getByRole("button", { name: "Retract the batch b/1" }).click();
    await page.getByLabel("Reason; it is kept *").fill("sent twice");
    await page.getByRole("form").getByRole("button", { name: "Retract" }).click();
    await row.getByText("sent twice").waitFor();
    await go("page=data&part=rejects");
    await page.getByRole("cell", { name: /no block "Gla"/ }).waitFor();
    await go("page=data");
    await page.getByRole("rowheader", { name: "csc", exact: true }).waitFor();
  });
};

tests["a table is uploaded; wrong lines are told; it is dropped"] = async (w) => {
  const s = await w.demo(true);
  const file = (body) => ({ name: "mills.csv", mimeType: "text/csv", buffer: Buffer.from(body) });
  await withPage(w, s, {}, async (page, go) => {
    await go("page=data&part=tables");
    await page.getByLabel("Its name (letters, digits, _)").fill("mills");
    const input = page.locator("input[type=file][data-table=mills]");
    await input.setInputFiles(file("name,block\nSteel,Golaa\n"));
    await page.getByText(/line 2, block: no block "Golaa"/).waitFor();
    await input.setInputFiles(file("name,block\nSteel,Gola\n"));
    await page.getByText("mills: 1 rows are there.").waitFor();
    const row = page.getByRole("row", { name: "mills" });
    await row.getByRole("button", { name: "Drop" }).click();
    await page.getByRole("form").getByRole("button", { name: "Drop" }).click();
    await row.waitFor({ state: "detached" });
  });
};

tests["a version of a plugin is tried: its mistakes, then what it would change; a broken one is shown"] = async (w) => {
  const plugins = w.path("plugins");
  await cp(join(ROOT, "plugins/drive"), join(plugins, "drive"), { recursive: true });
  const s = await w.demo(true, ["--plugins", plugins]);
  const version = (v, block) => `plugin { name = "mine", version = "${v}", api = 1 }
report "by_block" {
  title = "By block",
  params = { { "district", type = "place", level = "district", required = true } },
  query = [[ FROM registrations |> WHERE district = @district
    |> AGGREGATE COUNT(*) AS done GROUP BY ${block} |> ORDER BY done DESC ]],
}
`;
  await put(s, "/v1/plugins/mine", version("1.0.0", "block"));
  await withPage(w, s, {}, async (page, go) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await go("page=plugins&part=try&plugin=mine");
    const editor = page.locator(".cm-content");
    const write = async (body) => {
      await editor.click();
      await page.keyboard.press("ControlOrMeta+A");
      await page.evaluate((s) => navigator.clipboard.writeText(s), body);
      await page.keyboard.press("ControlOrMeta+V");
      await page.keyboard.press("ControlOrMeta+Enter");
    };
    await page.locator(".cm-line", { hasText: "by_block" }).waitFor();
    await write(version("1.1.0", "blok"));
    await page.getByText('did you mean "block"?').first().waitFor();
    await page.locator(".cm-lintRange-error", { hasText: "blok" }).waitFor();
    const changed = version("1.1.0", "block").replace("COUNT(*)", "COUNT(*) + IF(block = 'Gola', 1, 0)");
    await write(changed);
    await page.getByText("mine 1.1.0 is good: 1 reports, 0 tests passed.").waitFor();
    await page.getByRole("combobox", { name: "district" }).fill("607");
    await page.getByRole("button", { name: "Show the difference" }).click();
    await page.getByText("0 rows added, 0 removed, 1 changed, 5 as they are").waitFor();
    eq(await text(page, "ins"), "5,348", "the new figure");
    await page.getByRole("button", { name: "Store it" }).click();
    await page.getByText("mine 1.1.0 is stored and serves.").waitFor();
    await writeFile(join(plugins, "mine.lua"), version("1.2.0", "blok"));
    await go("page=plugins");
    await page.getByRole("button", { name: "Load again from disk" }).click();
    await page.getByText("has mistakes; its last good version serves").waitFor();
    matches(await page.locator("main .problem pre").innerText(), /blok[\s\S]*\^/);
  });
};

tests["what a role may not do is not offered"] = async (w) => {
  const s = await w.demo(true, [], async (data) => (await w.command("token", "create", "--role", "viewer",
    "--place", "district:607", "--name", "officer", "--data", data)).stdout.match(/panji_\w+/)[0]);
  await withPage(w, s, {}, async (page, go) => {
    await go("page=sign_in");
    await page.fill("#token", s.made);
    await page.click("form button");
    await says(page, "42,478");
    const buttons = async (address, at) => {
      await go(address);
      await page.locator(at).first().waitFor();
      return (await page.locator("main button.b").allInnerTexts()).join(" ");
    };
    const board = await buttons("page=alerts", "li.alert");
    has(board, "Acknowledge");
    yes(!board.includes("Silence"), "a viewer is offered to silence");
    const ledger = await buttons("page=data&part=batches", "table.t tbody tr");
    yes(!ledger.includes("Retract"), "a viewer is offered to retract");
    yes(!(await text(page, "main")).includes("haryana"), "a batch of another place is shown");
    const lists = await buttons("page=data&part=tables", "table.t tbody tr");
    yes(!/Upload|Replace|Drop/.test(lists), "a viewer is offered to upload");
    yes(!(await text(page, ".nav")).includes("Plugins"), "a viewer is offered the plugins");
  });
};

tests["hostile names are harmless on every page"] = async (w) => {
  const s = await w.demo(true);
  const names = ["<script>globalThis.hostile=1</script>", "<img src=x onerror=globalThis.hostile=1>",
    `"'\`&amp;{{7*7}}`, "\u202Egnol\u202C \u05D0\u05D1\u05D2", "W".repeat(200)];
  const quoted = (s) => `"${s.replaceAll('"', '""')}"`;
  const places = names.map((n, i) => `block,${90001 + i},607,${quoted(n)},${quoted(n)}`);
  await s.post("/v1/places", `level,code,parent,name,name_hi\n${places.join("\n")}\n`);
  const rows = names.map((n, i) => `2021-11-17,607,${90001 + i},3,${quoted(n)}`);
  await s.post(`/v1/registrations?source=${encodeURIComponent(names[0])}&batch_id=${
    encodeURIComponent(names[1])}`, `date,district,block,count,centre\n${rows.join("\n")}\n`);
  await put(s, "/v1/tables/hostile",
    `name,workers\n${names.map((n, i) => `${quoted(n)},${i}`).join("\n")}\n`);
  for (const [lang, options] of [["en", phone], ["hi", {}]])
    await withPage(w, s, options, async (page, go) => {
      for (const query of [...pages.map(([, address]) => address), "page=query&q=FROM hostile",
        "page=query&q=FROM hostile&view=chart",
        "page=reports&report=drive/csc_daily&p.district=607",
        `page=reports&report=${encodeURIComponent(names[0])}`,
        `page=${encodeURIComponent(names[1])}`,
        `page=reports&report=drive/block_review&p.district=${encodeURIComponent(names[1])}`]) {
        await go(query, lang);
        yes(await page.evaluate(() => globalThis.hostile === undefined), `a name ran as a script on ${query}`);
        eq(await page.locator("main img, main script").count(), 0, `tags on ${query}`);
        await fits(page, query);
      }
    });
};

export default tests;
