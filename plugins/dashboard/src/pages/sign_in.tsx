// SPDX-License-Identifier: MIT
// Signing in: a token is exchanged for a cookie that scripts cannot read.
import { useState } from "preact/hooks";
import { Problem } from "../api";
import { t } from "../lang";
import { PageHead } from "../parts/head";
import { ProblemBox } from "../parts/status";
import { signIn, signOut, useSession } from "../session";

const words = {
  title: { en: "Sign in", hi: "साइन इन" },
  lead: {
    en: "With the token that you were given. It is not kept in this browser: a cookie stands for it until you sign out.",
    hi: "आपको दिए गए टोकन से। टोकन ब्राउज़र में नहीं रखा जाता: साइन आउट तक उसकी जगह एक कुकी रहती है।",
  },
  token: { en: "Token", hi: "टोकन" },
  button: { en: "Sign in", hi: "साइन इन करें" },
  out: { en: "Sign out", hi: "साइन आउट" },
  are: { en: "You are signed in as {name} ({role}).", hi: "आप {name} ({role}) के रूप में साइन इन हैं।" },
  wrong: { en: "This token is not valid here, or no longer.", hi: "यह टोकन मान्य नहीं है, या अब नहीं रहा।" },
};

export default function SignIn() {
  const session = useSession();
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const token = String(new FormData(e.currentTarget as HTMLFormElement).get("token") ?? "").trim();
    setBusy(true);
    signIn(token).catch((p: unknown) => {
      setBusy(false);
      setProblem(p);
    });
  };
  const refused = problem instanceof Problem && problem.status === 401;
  return (
    <div class="note">
      <PageHead title={t(words.title)} lead={session?.signedIn
        ? t(words.are, { name: session.name, role: session.role }) : t(words.lead)} />
      {session?.signedIn
        ? <button type="button" class="b" onClick={() => void signOut()}>{t(words.out)}</button>
        : <form onSubmit={submit} class="sheet">
            <div class="field">
              <label for="token">{t(words.token)}</label>
              <input id="token" name="token" type="password" required autocomplete="current-password"
                aria-invalid={refused || undefined} aria-describedby={refused ? "wrong" : undefined} />
              {refused && <p id="wrong" class="wrong" role="alert">{t(words.wrong)}</p>}
            </div>
            {problem !== null && !refused && <ProblemBox problem={problem} />}
            <p><button class="b primary" disabled={busy}>{t(words.button)}</button></p>
          </form>}
    </div>
  );
}
