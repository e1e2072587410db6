import { type FormEvent, useState } from "react";

import { api, type Case, Problem, type Record_, type Session } from "../api";
import { useFormat, useT } from "../i18n";
import { useMay, useSession } from "../session";
import { Key, Section, Tally } from "./bits";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { useExplain, useNotice } from "./notices";

export function RecordSection({ record, log, onProve }: { record: Record_; log?: Session["log"]; onProve: () => void }) {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const can = useSession()?.canProve;
  return (
    <Section title={t("rec.title")} id="record" side={may("record.prove") && can ? <button type="button" className="flex min-h-6 items-center gap-1.5 text-support" onClick={onProve}><span className="underline underline-offset-2">{t("rec.prove")}</span> <Key>p</Key></button> : <span className="text-support text-ink2">{!can && t("rec.cannot")}</span>}>
      <p className={`mb-1.5 flex items-center gap-2 font-[620] ${record.record === "final" ? "text-ok" : ""}`}><Tally state={record.record} /> {t(`record.${record.record}` as "record.final")}</p>
      <dl className="grid grid-cols-[88px_1fr] gap-y-0.5 [&_dt]:text-support [&_dt]:text-ink2">
        <dt>{t("rec.commitment")}</dt><dd className="mono break-all">{record.commitment}</dd>
        <dt>{t("rec.place")}</dt><dd>{t("rec.entry", { p: record.partition, o: record.offset })}</dd>
        {log && log.size > 0 && <><dt>{t("rec.log")}</dt><dd>{t("rec.size", { origin: log.origin, size: log.size })}{log.witnessed && ` · ${f.day(log.witnessed)} ${f.clock(log.witnessed)}`}</dd></>}
      </dl>
    </Section>
  );
}

/** answered are the five questions of a referral that the file can answer now. */
export function answered(c: Case) {
  const notes = c.chronology.some((e) => e.kind === "note");
  const exhibits = c.chronology.some((e) => e.kind === "exhibit") || (c.record?.tokens.some((k) => k.domain === "doc") ?? false);
  return { facts: c.record !== undefined && c.record !== null, untruths: c.decided?.verdict === "confirm" || notes, weight: (c.record?.reasons.length ?? 0) > 0, witnesses: c.record?.tokens.some((k) => k.role === "witness") ?? false, documents: exhibits };
}

export function ReferralSection({ of: c }: { of: Case }) {
  const t = useT();
  const a = answered(c);
  const all = ["facts", "untruths", "weight", "witnesses", "documents"] as const;
  return (
    <Section title={t("ref.title")} sub={t("ref.answered", { n: all.filter((k) => a[k]).length })} id="referral">
      <ul className="flex flex-wrap gap-x-5 gap-y-1">
        {all.map((k) => <li key={k} className={`flex items-center gap-1.5 ${a[k] ? "text-ok" : "text-ink2"}`}>{a[k] ? <Icon name="check" size={13} /> : <span className="size-2.5 rounded-full border border-ctl" aria-hidden="true" />}{t(`ref.${k}`)}</li>)}
      </ul>
    </Section>
  );
}

/** provable are the open fields that a proof can show. */
const provable = (record: Record_) => Object.keys(record.open).filter((p) => !["insurer", "claim", "revision"].includes(p)).sort();

export function ProveDialog({ open, record, onClose }: { open: boolean; record: Record_; onClose: () => void }) {
  const t = useT();
  const notice = useNotice();
  const explain = useExplain();
  const [fields, setFields] = useState<ReadonlySet<string>>(new Set(["loss.cause"]));
  const [busy, setBusy] = useState(false);
  const all = provable(record);
  const go = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      const { data, error, response } = await api.POST("/api/v1/claims/{insurer}/{claim}/proof", { params: { path: { insurer: record.insurer, claim: record.claim } }, body: { fields: [...fields].filter((f) => all.includes(f)) }, parseAs: "blob" });
      if (!response.ok) throw new Problem(response.status, error as Problem["body"]);
      const url = URL.createObjectURL(data as unknown as Blob);
      const a = document.createElement("a");
      a.href = url;
      a.download = `${record.insurer}-${record.claim}.proof`;
      a.click();
      URL.revokeObjectURL(url);
      notice(t("rec.proved"));
      onClose();
    } catch (err) {
      notice(err instanceof Problem ? explain(err) : t("err.away"), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onClose={onClose} title={t("rec.prove")} width={460}>
      <form onSubmit={go}>
        {record.record !== "final" && <p className="mb-3 text-support text-danger">{t("rec.wait")}</p>}
        <fieldset>
          <legend className="text-support font-[600]">{t("rec.fields")}</legend>
          <p className="mb-2 text-support text-ink2">{t("rec.always")}</p>
          <div className="max-h-[260px] overflow-auto rounded-ctl border border-line2 p-2" tabIndex={0} role="group" aria-label={t("rec.fields")}>
            {all.map((p) => (
              <label key={p} className="flex min-h-6 items-center gap-2">
                <input type="checkbox" className="size-4 accent-you" checked={fields.has(p)} onChange={() => setFields((old) => { const next = new Set(old); if (!next.delete(p)) next.add(p); return next; })} />
                <span className="mono">{p}</span> <span className="ml-auto truncate text-support text-ink2">{record.open[p]}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className="mt-3 flex justify-end gap-2"><button type="button" className="ctl ctl-quiet" onClick={onClose}>{t("dlg.cancel")}</button><button type="submit" autoFocus className="ctl ctl-primary" disabled={busy}>{t("rec.proveAll")} <Key>↵</Key></button></div>
      </form>
    </Dialog>
  );
}
