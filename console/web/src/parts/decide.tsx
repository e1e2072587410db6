import { type FormEvent, type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from "react";

import { act, ask, api, type Case, command } from "../api";
import { identifiers } from "../identifiers";
import { useMaybe, useT } from "../i18n";
import { useSession } from "../session";
import { Key } from "./bits";
import { Icon } from "./icons";
import { useExplain, useNotice } from "./notices";

type Verdict = "confirm" | "clear" | "refer";
export type DecideHandle = { focus: () => void; choose: (v: Verdict) => void };

/** Decide takes a person's answer. The reason and what was looked at are mandatory; no key goes past them. */
export function Decide({ of: c, ref, viewed, onDone }: { of: Case; ref: Ref<DecideHandle>; viewed: () => string[]; onDone: (next: boolean) => void }) {
  const t = useT();
  const words = useMaybe();
  const session = useSession();
  const notice = useNotice();
  const explain = useExplain();
  const [verdict, setVerdict] = useState<Verdict>("confirm");
  const [picked, setPicked] = useState(false);
  const [reason, setReason] = useState("");
  const [second, setSecond] = useState("");
  const [looked, setLooked] = useState("");
  const [to, setTo] = useState("");
  const [determined, setDetermined] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const reasonBox = useRef<HTMLSelectElement>(null);
  const group = useRef<HTMLFieldSetElement>(null);
  const codes = session?.codes.verdicts[verdict] ?? [];
  const choose = (v: Verdict) => {
    setVerdict(v);
    setPicked(true);
    setReason("");
    setSecond("");
    setTimeout(() => reasonBox.current?.focus(), 0);
  };
  useImperativeHandle(ref, () => ({ focus: () => group.current?.querySelector<HTMLInputElement>("input:checked, input")?.focus(), choose }));
  const problem = !tried ? "" : !picked ? t("dec.needVerdict") : !reason ? t("dec.needReason") : !looked.trim() ? t("dec.needed") : "";
  const submit = async (e?: FormEvent | KeyboardEvent) => {
    e?.preventDefault();
    setTried(true);
    if (!picked || !reason || !looked.trim() || busy) return;
    setBusy(true);
    try {
      // What was looked at is a person's words: a note, sealed, that stands before the decision it belongs to.
      const noted = await act("note", c.case.id, { expect: c.case.version, text: looked.trim(), subjects: [], kept: [...new Set(identifiers(looked).map((f) => f.kind))] });
      await ask(api.POST("/api/v1/cases/{case}/decide", { params: { path: { case: c.case.id } }, body: { command: command(), expect: noted.version, verdict, reasons: [reason, second].filter(Boolean), viewed: viewed(), to: verdict === "refer" ? to || reason : undefined } }));
      if (determined && verdict === "confirm") await act("determine", c.case.id);
      notice(t("dec.done"));
      onDone(true);
    } catch (err) {
      notice(explain(err, c.case.claim), true);
      onDone(false);
    } finally {
      setBusy(false);
    }
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) void submit(e);
  };
  const option = (code: string) => <option key={code} value={code}>{words(`code.${code}`, code.replaceAll("-", " "))}</option>;
  return (
    <section aria-labelledby="decide" className="shrink-0 border-t border-line bg-bg px-4 py-3">
      <div className="mb-2 flex items-baseline gap-2"><h2 id="decide" className="text-section font-[640]">{t("dec.title")}</h2><span className="text-support text-ink2">{t("dec.sub")}</span></div>
      <form onSubmit={submit} onKeyDown={keys}>
        <fieldset ref={group} className="flex" aria-label={t("dec.verdict")}>
          {(["confirm", "clear", "refer"] as const).map((v, i) => (
            <label key={v} className={`ctl -ml-px flex-1 justify-center first:ml-0 has-focus-visible:outline-2 has-focus-visible:outline-you ${i === 0 ? "rounded-r-none" : i === 2 ? "rounded-l-none" : "rounded-none"} ${picked && verdict === v ? "z-10 !border-ink ring-1 ring-ink" : ""}`}>
              <input type="radio" name="verdict" value={v} className="sr-only" checked={picked && verdict === v} onChange={() => choose(v)} />
              {t(`dec.${v}`)} <Key>{i + 1}</Key>
            </label>
          ))}
        </fieldset>
        <div className="mt-2 grid grid-cols-[1fr_144px] gap-2">
          <select ref={reasonBox} aria-label={t("dec.reason")} className="field h-8" value={reason} onChange={(e) => setReason(e.target.value)} aria-invalid={tried && !reason}><option value="">{t("dec.choose")}</option>{codes.map(option)}</select>
          <select aria-label={t("dec.second")} className="field h-8" value={second} onChange={(e) => setSecond(e.target.value)}><option value="">{t("dec.second")}</option>{codes.filter((x) => x !== reason).map(option)}</select>
        </div>
        {verdict === "refer" && picked && <input aria-label={t("dec.to")} placeholder={t("dec.to")} maxLength={200} className="field mt-2 h-8" value={to} onChange={(e) => setTo(e.target.value)} />}
        <textarea rows={2} aria-label={t("dec.looked")} placeholder={t("dec.looked")} className="field mt-2" value={looked} maxLength={10_000} onChange={(e) => setLooked(e.target.value)} aria-invalid={tried && !looked.trim()} aria-describedby="decide-problem" />
        <p id="decide-problem" role="alert" className="flex min-h-[18px] items-center gap-1.5 text-support text-danger">{problem && <><Icon name="warn" size={13} />{problem}</>}</p>
        <div className="mt-1 flex items-center gap-3">
          <label className={`flex items-start gap-2 text-support ${verdict === "confirm" ? "" : "invisible"}`}>
            <input type="checkbox" className="mt-px size-4 accent-you" checked={determined} onChange={(e) => setDetermined(e.target.checked)} />
            <span>{t("dec.determined")}<br /><span className="text-ink2">{t("dec.clock")}</span></span>
          </label>
          <button type="submit" className="ctl ctl-primary ml-auto" disabled={busy}>{t("dec.go", { verdict: picked ? verdict : "other" })} <Key>Ctrl ↵</Key></button>
        </div>
      </form>
    </section>
  );
}
