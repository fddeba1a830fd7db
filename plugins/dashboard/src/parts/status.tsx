// SPDX-License-Identifier: MIT
// Waiting, failure, and figures that are old.
import type { ComponentChildren } from "preact";
import { href } from "../address";
import { type Loaded, Problem } from "../api";
import { age, moment } from "../format";
import { t } from "../lang";

const words = {
  loading: { en: "Loading …", hi: "लाया जा रहा है …" },
  offline: {
    en: "The server cannot be reached. What stands here is the last that was received.",
    hi: "सर्वर से संपर्क नहीं है। यहाँ अंतिम प्राप्त आँकड़े हैं।",
  },
  nothingKept: {
    en: "The server cannot be reached, and nothing was kept of this page.",
    hi: "सर्वर से संपर्क नहीं है, और इस पृष्ठ का कुछ भी सहेजा हुआ नहीं है।",
  },
  wrong: { en: "This did not work.", hi: "यह नहीं हो सका।" },
  signIn: { en: "Sign in", hi: "साइन इन" },
  again: { en: "Try again", hi: "फिर कोशिश करें" },
  kept: { en: "Kept figures of {at}, {age} old", hi: "{at} के सहेजे आँकड़े, {age} पुराने" },
  keptNow: { en: "Kept figures of {at}", hi: "{at} के सहेजे आँकड़े" },
};

export function Loading() {
  return <p class="loading" role="status">{t(words.loading)}</p>;
}

/** A problem of the server, or any error: what, where, why, what to do. */
export function ProblemBox({ problem, again }: { problem: unknown; again?: () => void }) {
  const p = problem instanceof Problem ? problem : null;
  const offline = p?.status === 0;
  const text = offline ? t(words.nothingKept) : (problem as Error).message || t(words.wrong);
  return (
    <div class="problem" role="alert">
      <p><strong>{text}</strong></p>
      {p?.hint && <p>{p.hint}</p>}
      {p?.violations.map((v) => <p key={v.parameter}>{v.parameter}: {v.reason}</p>)}
      {p?.excerpt && <pre>{p.excerpt}</pre>}
      {p && !offline && <p class="quiet"><code>{p.code}</code></p>}
      {p?.status === 401 && <p><a href={href("sign_in")}>{t(words.signIn)}</a></p>}
      {again && <p><button type="button" onClick={again}>{t(words.again)}</button></p>}
    </div>
  );
}

/** Says how old figures are that come from the browser's own store. */
export function Kept({ at }: { at: Date | null }) {
  if (!at) return null;
  const old = age(Date.now() - at.getTime());
  return (
    <p class="kept" role="status">
      {t(old ? words.kept : words.keptNow, { at: moment(at), age: old })}
    </p>
  );
}

/** Waits for what is loaded, tells its problem, then shows it. */
export function Shown<T>({ of, children }: { of: Loaded<T>;
  children: (value: T) => ComponentChildren }) {
  if (of.value === null)
    return of.problem ? <ProblemBox problem={of.problem} again={of.again} /> : <Loading />;
  return (
    <>
      {of.problem?.status === 0 && <p class="kept" role="status">{t(words.offline)}</p>}
      <Kept at={of.keptAt} />
      {children(of.value)}
    </>
  );
}
