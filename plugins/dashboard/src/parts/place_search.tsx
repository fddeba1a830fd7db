// SPDX-License-Identifier: MIT
// A field for a place: suggestions by name in either script, or by code. A combobox as WAI-ARIA
// describes it: arrows, Enter, Escape.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../lang";
import { findPlaces, type Level, levelWords, type Place, refText } from "../place";

const words = {
  none: { en: "No such place", hi: "ऐसा कोई स्थान नहीं" },
  hint: { en: "name or code", hi: "नाम या कोड" },
};
const WAIT_MS = 150;
// Preact's types ask for a <datalist> beside this role; ours is a list of its own.
const COMBOBOX: object = { role: "combobox" };

interface Props {
  label: string;
  onPick: (p: Place) => void;
  level?: Level | null;
  /** What stands in the field at first. */
  value?: string;
  name?: string;
  onText?: (text: string) => void;
  invalid?: boolean;
  describedBy?: string | undefined;
  showLabel?: boolean;
}

export function PlaceSearch(props: Props) {
  const id = useId();
  const [text, setText] = useState(props.value ?? "");
  const [found, setFound] = useState<Place[] | null>(null);
  const [at, setAt] = useState(-1);
  const typed = useRef(false);
  useEffect(() => setText(props.value ?? ""), [props.value]);
  useEffect(() => {
    if (!typed.current || text.trim() === "") {
      setFound(null);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      findPlaces(text, props.level ?? null, abort.signal)
        .then((p) => { setFound(p); setAt(p.length > 0 ? 0 : -1); }, () => undefined);
    }, WAIT_MS);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [text, props.level]);

  const close = () => { typed.current = false; setFound(null); setAt(-1); };
  const take = (p: Place) => {
    close();
    setText(props.name ? p.name : "");
    props.onPick(p);
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "Escape") return close();
    if (!found || found.length === 0) return;
    if (e.key === "ArrowDown") setAt((at + 1) % found.length);
    else if (e.key === "ArrowUp") setAt((at + found.length - 1) % found.length);
    else if (e.key === "Enter" && found[at]) take(found[at]);
    else return;
    e.preventDefault();
  };
  return (
    <div class="search">
      <label for={id} class={props.showLabel ? "" : "hidden"}>{props.label}</label>
      <input id={id} type="text" {...COMBOBOX} autocomplete="off" spellcheck={false}
        name={props.name} value={text} placeholder={props.showLabel ? t(words.hint) : props.label}
        aria-expanded={found !== null} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        aria-invalid={props.invalid || undefined} aria-describedby={props.describedBy}
        onInput={(e) => {
          typed.current = true;
          setText(e.currentTarget.value);
          props.onText?.(e.currentTarget.value);
        }}
        onKeyDown={onKey} onBlur={close} />
      <ul id={`${id}-list`} role="listbox" aria-label={props.label} hidden={found === null}>
        {found?.map((p, i) => (
          <li key={refText(p.ref)} id={`${id}-${i}`} role="option" aria-selected={i === at}
            onMouseDown={(e) => { e.preventDefault(); take(p); }}>
            <bdi class="place-name">{p.name}</bdi>
            <span class="quiet"> {t(levelWords[p.ref.level])}
              {p.above.length > 0 && <> · <bdi>{p.above.map((a) => a.name).reverse().join(", ")}</bdi></>}
              {" "}· {p.ref.code}</span>
          </li>
        ))}
        {found?.length === 0 && <li role="option" aria-selected={false} aria-disabled>{t(words.none)}</li>}
      </ul>
    </div>
  );
}
