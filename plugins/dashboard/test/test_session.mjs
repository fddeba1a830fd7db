// SPDX-License-Identifier: MIT
// Signing in: what a token may not see is not offered; the cookie is out of reach of scripts.
import { accessible, eq, has, open, ready, says, title, yes } from "./harness.mjs";

/** A server that knows two tokens: a block officer's, and an administrator's. */
async function guarded(w) {
  const s = await w.demo(true, [], async (data) => {
    const make = async (...args) =>
      (await w.command("token", "create", ...args, "--data", data)).stdout.match(/panji_\w+/)[0];
    return { officer: await make("--role", "viewer", "--place", "block:3168", "--name", "Gola"),
      admin: await make("--role", "admin", "--name", "chief") };
  });
  return s;
}

async function signIn(page, token) {
  await page.fill("#token", token);
  await page.click("form button");
}

const nav = (page) => page.locator(".nav a").allInnerTexts();

export default {
  "without a token one is shown where to sign in, a wrong one is told at its field": async (w) => {
    const s = await guarded(w);
    const page = await w.page(s);
    await page.goto(`${s.url}/?lang=en`);
    await page.waitForSelector("#token");
    await title(page, "Sign in");
    eq(await nav(page), [], "the pages offered");
    await signIn(page, "panji_none");
    await page.waitForSelector('#token[aria-invalid="true"]');
    await says(page, "This token is not valid here");
    await accessible(page, "signing in");
    await page.context().close();
  },

  "a block officer begins at the block, sees it alone, and is offered no more; then signs out": async (w) => {
    const s = await guarded(w);
    const page = await w.page(s);
    await page.goto(`${s.url}/?page=sign_in&lang=en`);
    await signIn(page, s.made.officer);
    await title(page, "Gola");
    await ready(page);
    await says(page, "5,347", "Gola panchayat 1");
    const offered = await nav(page);
    yes(offered.includes("Overview") && !offered.includes("Plugins"), `offered: ${offered}`);
    const [cookie] = await page.context().cookies();
    eq([cookie.httpOnly, cookie.sameSite], [true, "Strict"], "the cookie");
    eq(await page.evaluate(() => document.cookie), "", "what scripts see of it");
    await open(page, s, "/?place=block:3172&lang=en");
    yes(!(await page.innerText("main")).includes("12,344"), "another block's figure is shown");
    await page.goto(`${s.url}/?page=plugins&lang=en`);
    await says(page, "Your role may not see this page.");
    await page.click('.tools button:text-is("Sign out")');
    await page.waitForSelector('.tools a:text-is("Sign in")');
    eq(await page.context().cookies(), [], "cookies after signing out");
    await page.goto(`${s.url}/?lang=en`);
    await page.waitForSelector("#token");
    await page.context().close();
  },

  "an administrator sees everything, and a page from elsewhere changes nothing": async (w) => {
    const s = await guarded(w);
    const page = await w.page(s);
    await page.goto(`${s.url}/?page=sign_in&lang=en`);
    await signIn(page, s.made.admin);
    await title(page, "India");
    has((await nav(page)).join(), "Plugins", "Data");
    const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
    const r = await fetch(`${s.url}/v1/plugins/reload`, { method: "POST",
      headers: { Cookie: cookie, Origin: "http://elsewhere.example", "Sec-Fetch-Site": "cross-site" } });
    yes(r.status === 400 || r.status === 403, `a foreign page was answered ${r.status}`);
    await page.context().close();
  },
};
