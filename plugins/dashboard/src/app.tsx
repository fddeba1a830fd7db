// SPDX-License-Identifier: MIT
// The frame around each page: name, navigation, place search, language, theme, and the line that says
// how old the figures are.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Address, address, go, HOME, href, useAddress } from "./address";
import * as format from "./format";
import { type Lang, lang, t } from "./lang";
import { onState, state } from "./live";
import { PageBoundary } from "./parts/boundary";
import { PlaceSearch } from "./parts/place_search";
import { Loading, ProblemBox } from "./parts/status";
import { type PageEntry, type PageModule, pages } from "./pages";
import { refText } from "./place";
import { may, type Session, signOut, useSession } from "./session";
import { nextTheme, theme, type Theme } from "./theme";

const words = {
  brand: { en: "Panji", hi: "पंजी" },
  brandLong: { en: "register of the drive", hi: "अभियान की पंजी" },
  skip: { en: "To the content", hi: "सामग्री पर जाएँ" },
  pages: { en: "Pages", hi: "पृष्ठ" },
  find: { en: "Find a place", hi: "स्थान खोजें" },
  asOn: { en: "As on {day}", hi: "{day} की स्थिति" },
  snapshot: { en: "snapshot {n}", hi: "स्नैपशॉट {n}" },
  registrations: { en: "{n} registrations", hi: "{n} निबंधन" },
  live: { en: "live", hi: "सजीव" },
  polling: { en: "updates each minute", hi: "हर मिनट अद्यतन" },
  offline: { en: "offline: last known figures", hi: "ऑफ़लाइन: अंतिम ज्ञात आँकड़े" },
  news: { en: "{n} registrations since", hi: "तब से {n} निबंधन" },
  theme: { en: "Appearance", hi: "रूप" },
  light: { en: "Light", hi: "हल्का" },
  dark: { en: "Dark", hi: "गहरा" },
  system: { en: "Auto", hi: "स्वतः" },
  signIn: { en: "Sign in", hi: "साइन इन" },
  signOut: { en: "Sign out", hi: "साइन आउट" },
  notFound: { en: "There is no page “{page}”.", hi: "“{page}” नाम का कोई पृष्ठ नहीं है।" },
  home: { en: "To the overview", hi: "सार पर जाएँ" },
  notAllowed: { en: "Your role may not see this page.", hi: "आपकी भूमिका यह पृष्ठ नहीं देख सकती।" },
  noScript: { en: "All reports without script", hi: "बिना स्क्रिप्ट सभी रिपोर्ट" },
};

const themeWords: Record<Theme, (typeof words)["light"]> = {
  light: words.light, dark: words.dark, system: words.system };

const signs: Record<Theme, string> = { light: "○", dark: "●", system: "◐" };

function Head() {
  const a = useAddress();
  const other: Lang = lang() === "en" ? "hi" : "en";
  const [look, setLook] = useState(theme());
  const session = useSession();
  return (
    <header class="head">
      <a class="skip" href="#main">{t(words.skip)}</a>
      <a class="brand" href={href("overview")}>
        <strong>{t(words.brand)}</strong> <span>{t(words.brandLong)}</span>
      </a>
      <PlaceSearch label={t(words.find)} onPick={(p) =>
        go(href(pages[a.page]?.ofPlace ? a.page : "overview", { place: refText(p.ref) }))} />
      <div class="tools">
        <a href={href(a.page, a.params, other)} lang={other} hreflang={other} data-lang={other}
          class="tool">{other === "hi" ? "हिन्दी" : "English"}</a>
        <button type="button" class="tool" onClick={() => setLook(nextTheme())}
          aria-label={`${t(words.theme)}: ${t(themeWords[look])}`}>
          <span aria-hidden="true">{signs[look]}</span> {t(themeWords[look])}
        </button>
        {session?.asks && (session.signedIn
          ? <button type="button" class="tool" onClick={() => void signOut()}>{t(words.signOut)}</button>
          : <a class="tool" href={href("sign_in")}>{t(words.signIn)}</a>)}
      </div>
    </header>
  );
}

function Nav() {
  const a = useAddress();
  const session = useSession();
  const place = a.params["place"];
  return (
    <nav class="nav" aria-label={t(words.pages)}>
      <ul>
        {Object.entries(pages).filter(([, p]) => !p.hidden && (!p.needs || may(session, p.needs)))
          .map(([name, p]) => (
            <li key={name}>
              <a href={href(name, place ? { place } : {})}
                aria-current={name === a.page ? "page" : undefined}>{t(p.title)}</a>
            </li>
          ))}
      </ul>
    </nav>
  );
}

function Foot() {
  const [, redraw] = useState(0);
  useEffect(() => onState(() => redraw((n) => n + 1)), []);
  const { snapshot, changed, connection } = state();
  return (
    <footer class="foot">
      <p role="status">
        {snapshot && <>
          <span>{t(words.asOn, { day: format.day(snapshot.as_on) })}</span>
          <span>{t(words.snapshot, { n: snapshot.snapshot })}</span>
          <span>{t(words.registrations, { n: format.count(snapshot.registrations) })}</span>
          {changed !== null &&
            <span class="changed">{t(words.news, { n: format.signed(changed) })}</span>}
        </>}
        <span class={`conn ${connection}`}>{t(words[connection])}</span>
      </p>
      <p><a href={`/v1/reports?format=html&lang=${lang()}`}>{t(words.noScript)}</a></p>
    </footer>
  );
}

function useModule(entry: PageEntry | undefined) {
  const [loaded, set] = useState<{ entry?: PageEntry; module?: PageModule; error?: unknown }>({});
  useEffect(() => {
    if (!entry) return;
    let wanted = true;
    entry.load().then((module) => wanted && set({ entry, module }),
      (error: unknown) => wanted && set({ entry, error }));
    return () => {
      wanted = false;
    };
  }, [entry]);
  return loaded.entry === entry ? loaded : {};
}

/** Who may see but a part begins there: at a place of theirs, at a page that is theirs, or where one
 * signs in. Null: the address is right as it is. */
function doorOf(a: Address, session: Session | null): string | null {
  if (!session || a.page !== HOME) return null;
  const first = Object.entries(pages).find(([, p]) => !p.hidden && (!p.needs || may(session, p.needs)));
  if (!first) return href("sign_in");
  if (!may(session, pages[HOME]!.needs!)) return href(first[0]);
  const place = session.places[0];
  return place && !a.params["place"] ? href(HOME, { ...a.params, place }) : null;
}

function Page() {
  const a = useAddress();
  const session = useSession();
  const entry = Object.hasOwn(pages, a.page) ? pages[a.page] : undefined;
  const { module, error } = useModule(entry);
  const language = lang();
  useEffect(() => {
    document.title = entry ? `${t(entry.title)} · ${t(words.brand)}` : t(words.brand);
  }, [entry, language]);
  const door = doorOf(a, session);
  useEffect(() => {
    if (door) go(door, { replace: true });
  }, [door]);
  if (door) return <Loading />;
  if (!entry)
    return (
      <Message text={t(words.notFound, { page: a.page })}>
        <a href={href("overview")}>{t(words.home)}</a>
      </Message>
    );
  if (entry.needs && session && !may(session, entry.needs))
    return <Message text={t(words.notAllowed)}><a href={href("sign_in")}>{t(words.signIn)}</a></Message>;
  if (error) return <ProblemBox problem={error} />;
  if (!module) return <Loading />;
  const Shown = module.default;
  // another language is another page to the texts: all of it is drawn anew
  return <PageBoundary key={`${a.page} ${language}`}><Shown params={a.params} /></PageBoundary>;
}

function Message({ text, children }: { text: string; children: ComponentChildren }) {
  return <div class="note"><h1>{text}</h1><p>{children}</p></div>;
}

export function App() {
  useAddress();
  return (
    <>
      <Head />
      <Nav />
      <main id="main" tabIndex={-1} data-page={address().page}><Page /></main>
      <Foot />
    </>
  );
}
