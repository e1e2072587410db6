import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";

import { api, type Case, command, Problem } from "../api";
import { custody, mostBytes, readableSize } from "../exhibits";
import { useFormat, useT } from "../i18n";
import { useMay, usePeople } from "../session";
import { Exhibit, Section } from "./bits";
import { Dialog } from "./dialog";
import { useExplain, useNotice } from "./notices";

const sources = ["claimant", "insurer", "authority", "provider", "witness", "public", "other"] as const;

/** Exhibits are the files of a case with their custody: who collected, opened and sent out each, and when. */
export default function Exhibits({ of: c }: { of: Case }) {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const notice = useNotice();
  const explain = useExplain();
  const queries = useQueryClient();
  const { who } = usePeople();
  const all = custody(c.chronology);
  const writes = may("case.notes");
  const picker = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<number>();
  const again = () => void queries.invalidateQueries({ queryKey: ["case", c.case.id] });
  const pick = (list: FileList | null) => {
    const one = list?.[0];
    if (!one) return;
    if (one.size > mostBytes) notice(t("ex.tooBig"), true);
    else setFile(one);
  };
  const read = async (n: number, to?: string) => {
    try {
      const { data, error, response } = await api.POST("/api/v1/cases/{case}/exhibits/{exhibit}/read", { params: { path: { case: c.case.id, exhibit: n } }, body: { to }, parseAs: "blob" });
      if (!response.ok) throw new Problem(response.status, error as Problem["body"]);
      const name = /filename\*=utf-8''([^;]+)/i.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
      const plain = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
      const url = URL.createObjectURL(data as unknown as Blob);
      const a = document.createElement("a");
      a.href = url;
      a.download = name ? decodeURIComponent(name) : (plain ?? `E${n}`);
      a.click();
      URL.revokeObjectURL(url);
    } catch (e) {
      notice(e instanceof Problem ? explain(e) : t("err.away"), true);
    } finally {
      again();
    }
  };
  return (
    <div
      onDragOver={(e) => { if (writes) { e.preventDefault(); setOver(true); } }} onDragLeave={() => setOver(false)} onDrop={(e) => { e.preventDefault(); setOver(false); if (writes) pick(e.dataTransfer.files); }}
      className={over ? "bg-you-bg outline-2 -outline-offset-2 outline-you outline-dashed" : ""}
    >
      <Section title={t("ex.title")} sub={t("ex.sub")} id="exhibits" side={writes && <button type="button" className="min-h-6 text-support underline underline-offset-2" onClick={() => picker.current?.click()}>{t("ex.add")}</button>}>
        <input ref={picker} type="file" className="sr-only" tabIndex={-1} aria-label={t("ex.add")} onChange={(e) => { pick(e.target.files); e.target.value = ""; }} />
        {all.length === 0 && <p className="text-ink2">{t(writes ? "ex.none" : "ex.noneRead")}</p>}
        <ul>
          {all.map((x) => (
            <li key={x.number} className="border-t border-line py-1.5 first:border-0">
              <div className="flex items-center gap-2">
                <Exhibit n={x.number} />
                <span className="min-w-0 flex-1 truncate">{x.type} · {readableSize(x.size)} · {t(`ex.from.${x.source as "other"}`)}</span>
                {writes && <><button type="button" className="ctl ctl-quiet !h-6" onClick={() => void read(x.number)}>{t("ex.open")}<span className="sr-only"> E{x.number}</span></button><button type="button" className="ctl ctl-quiet !h-6" onClick={() => setSending(x.number)}>{t("ex.send")}<span className="sr-only"> E{x.number}</span></button></>}
              </div>
              <details className="text-support text-ink2">
                <summary className="cursor-pointer">{t("ex.custody", { n: x.steps.length })} <span className="mono">{x.digest.slice(0, 12)}…</span></summary>
                <ol className="mt-1 ml-4 space-y-0.5">
                  {x.collected && <li>{t("ex.collected", { at: f.date(x.collected) })}</li>}
                  {x.steps.map((s) => <li key={s.seq}>{t(`ex.step.${s.kind as "exhibit"}`, { by: who(s.by), at: `${f.day(s.at)} ${f.clock(s.at)}`, to: s.to ?? "" })}</li>)}
                  <li className="mono break-all">SHA-256 {x.digest}</li>
                </ol>
              </details>
            </li>
          ))}
        </ul>
      </Section>
      {file && <AddDialog case_={c.case.id} file={file} onClose={() => setFile(undefined)} onDone={() => { setFile(undefined); again(); }} />}
      <SendDialog open={sending !== undefined} n={sending ?? 0} onClose={() => setSending(undefined)} onDone={(to) => { void read(sending!, to); setSending(undefined); }} />
    </div>
  );
}

function AddDialog({ case_, file, onClose, onDone }: { case_: number; file: File; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const notice = useNotice();
  const explain = useExplain();
  const [source, setSource] = useState("");
  const [day, setDay] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const id = useRef(command());
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (!source || busy) return;
    setBusy(true);
    const query = new URLSearchParams({ command: id.current, source, ...(day ? { collected: new Date(`${day}T00:00`).toISOString() } : {}) });
    try {
      const name = encodeURIComponent(file.name).replace(/['()*!]/g, (ch) => `%${ch.charCodeAt(0).toString(16).toUpperCase()}`);
      const response = await fetch(`/api/v1/cases/${case_}/exhibits?${query}`, { method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream", "Content-Disposition": `attachment; filename*=UTF-8''${name}` } });
      if (!response.ok) throw new Problem(response.status, (await response.json().catch(() => ({}))) as Problem["body"]);
      notice(t("ex.added"));
      onDone();
    } catch (err) {
      notice(err instanceof Problem ? explain(err) : t("err.away"), true);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={t("ex.add")} width={420}>
      <form onSubmit={submit} className="space-y-3">
        <p className="break-all"><b className="font-[620]">{file.name}</b> <span className="text-ink2">{file.type} · {readableSize(file.size)}</span></p>
        <label className="block text-support font-[600]">{t("ex.source")}
          <select autoFocus className="field mt-1" value={source} aria-invalid={tried && !source} onChange={(e) => setSource(e.target.value)}><option value="">{t("dec.choose")}</option>{sources.map((s) => <option key={s} value={s}>{t(`ex.from.${s}`)}</option>)}</select>
        </label>
        <label className="block text-support font-[600]">{t("ex.day")}<input type="date" className="field mt-1" value={day} max={new Date().toISOString().slice(0, 10)} onChange={(e) => setDay(e.target.value)} /></label>
        <p className="text-support text-ink2">{t("ex.sealed")}</p>
        <p role="alert" className="min-h-4 text-support text-danger">{tried && !source && t("ex.needSource")}</p>
        <div className="flex justify-end gap-2"><button type="button" className="ctl ctl-quiet" onClick={onClose}>{t("dlg.cancel")}</button><button type="submit" className="ctl ctl-primary" disabled={busy}>{t("ex.addGo")}</button></div>
      </form>
    </Dialog>
  );
}

function SendDialog({ open, n, onClose, onDone }: { open: boolean; n: number; onClose: () => void; onDone: (to: string) => void }) {
  const t = useT();
  const [to, setTo] = useState("");
  return (
    <Dialog open={open} onClose={onClose} title={t("ex.sendTitle", { n })} width={380}>
      <form onSubmit={(e) => { e.preventDefault(); if (to.trim()) onDone(to.trim()); }} className="space-y-3">
        <label className="block text-support font-[600]">{t("ex.to")}<input className="field mt-1" autoFocus maxLength={200} value={to} onChange={(e) => setTo(e.target.value)} /></label>
        <p className="text-support text-ink2">{t("ex.sendSub")}</p>
        <div className="flex justify-end gap-2"><button type="button" className="ctl ctl-quiet" onClick={onClose}>{t("dlg.cancel")}</button><button type="submit" className="ctl ctl-primary" disabled={!to.trim()}>{t("ex.send")}</button></div>
      </form>
    </Dialog>
  );
}
