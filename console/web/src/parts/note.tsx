import { type KeyboardEvent, type Ref, useEffect, useState } from "react";

import { act, type Case } from "../api";
import { identifiers } from "../identifiers";
import { useT } from "../i18n";
import { Key } from "./bits";
import { Icon } from "./icons";
import { useExplain, useNotice } from "./notices";

const most = 10_000;

/** NoteEditor takes a note. What looks like an identifier is pointed out before it is saved; what is typed stays here when saving fails. */
export function NoteEditor({ of: c, ref, onWriting, onDone }: { of: Case; ref: Ref<HTMLTextAreaElement>; onWriting: (on: boolean) => void; onDone: () => void }) {
  const t = useT();
  const notice = useNotice();
  const explain = useExplain();
  const kept = `note:${c.case.id}`;
  const [text, setText] = useState(() => sessionStorage.getItem(kept) ?? "");
  const [allowed, setAllowed] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const found = identifiers(text).filter((f) => !allowed.has(f.text));
  const length = [...text].length;
  useEffect(() => {
    if (text) sessionStorage.setItem(kept, text);
    else sessionStorage.removeItem(kept);
  }, [kept, text]);
  const save = async () => {
    if (!text.trim() || found.length > 0 || length > most || busy) return;
    setBusy(true);
    try {
      await act("note", c.case.id, { text, subjects: [], kept: [...new Set(identifiers(text).map((f) => f.kind))] });
      setText("");
      setAllowed(new Set());
      onWriting(false);
      onDone();
    } catch (e) {
      notice(explain(e, c.case.claim), true);
    } finally {
      setBusy(false);
    }
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      void save();
    }
  };
  return (
    <section aria-labelledby="note" className="shrink-0 border-t border-line bg-bg px-4 py-3">
      <div className="mb-2 flex items-center gap-2"><h2 id="note" className="text-section font-[640]">{t("note.title")}</h2><span className="text-support text-ink2">{t("note.sub")}</span><span className="ml-auto"><Key>Ctrl ↵</Key></span></div>
      <textarea ref={ref} rows={2} value={text} aria-label={t("note.label")} aria-invalid={length > most} aria-describedby="note-hint" className="field resize-y" onChange={(e) => { setText(e.target.value); onWriting(e.target.value !== ""); }} onBlur={() => onWriting(text !== "")} onKeyDown={keys} />
      <div id="note-hint" className="mt-1.5 flex min-h-7 items-center gap-2 text-support text-ink2" role="status">
        {found[0] ? (
          <>
            <Icon name="warn" size={14} /> <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{t("note.hint", { kind: found[0].kind, text: found[0].text })}</span>
            <button type="button" className="ctl" onClick={() => setText(text.replace(found[0].text, "…"))}>{t("note.cut")}</button>
            <button type="button" className="ctl ctl-quiet" onClick={() => setAllowed(new Set([...allowed, found[0].text]))}>{t("note.keep")}</button>
          </>
        ) : (
          <>
            <span className={length > most ? "text-danger" : ""}>{length > most * 0.8 && t("note.long", { n: length })}</span>
            <button type="button" className="ctl ml-auto" disabled={!text.trim() || length > most || busy} onClick={() => void save()}>{t("note.save")}</button>
          </>
        )}
      </div>
    </section>
  );
}
