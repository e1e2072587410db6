import { type FormEvent, useState } from "react";

import { useFormat, useMaybe, useT } from "../i18n";
import { useSession } from "../session";
import { Key } from "./bits";
import { Dialog } from "./dialog";

const day = 86_400_000;
/** evening is the end of a working day, so many days ahead, in this place. */
function evening(days: number) {
  const d = new Date(Date.now() + days * day);
  d.setHours(18, 0, 0, 0);
  return d;
}

export function SnoozeDialog({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: (until: string) => void }) {
  const t = useT();
  const f = useFormat();
  const [own, setOwn] = useState("");
  const choices = [["dlg.tomorrow", 1], ["dlg.week", 7], ["dlg.month", 30]] as const;
  const chosen = own ? new Date(`${own}T18:00`) : undefined;
  const past = chosen !== undefined && chosen.getTime() <= Date.now();
  return (
    <Dialog open={open} onClose={onClose} title={t("dlg.snooze")} width={340}>
      <div className="space-y-2">
        {choices.map(([id, days], i) => (
          <button key={id} type="button" autoFocus={i === 0} className="ctl w-full justify-between" onClick={() => onDone(evening(days).toISOString())}>
            {t(id)} <span className="font-[400] text-ink3">{f.weekday(evening(days))}</span>
          </button>
        ))}
        <form className="flex items-end gap-2 pt-2" onSubmit={(e: FormEvent) => { e.preventDefault(); if (chosen && !past) onDone(chosen.toISOString()); }}>
          <label className="flex-1 text-support font-[600]">{t("dlg.until")}
            <input type="date" className="field mt-1" value={own} onChange={(e) => setOwn(e.target.value)} aria-invalid={past} />
          </label>
          <button type="submit" className="ctl ctl-primary h-8" disabled={!chosen || past}>{t("case.snooze")}</button>
        </form>
        <p role="alert" className="min-h-4 text-support text-danger">{past && t("dlg.past")}</p>
      </div>
    </Dialog>
  );
}

export function AssignDialog({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: (to: { to?: string; auto?: boolean }) => void }) {
  const t = useT();
  const session = useSession();
  const people = session?.people.filter((p) => p.role === "investigator" || p.role === "lead") ?? [];
  return (
    <Dialog open={open} onClose={onClose} title={t("dlg.assign")} width={340}>
      <div className="space-y-2">
        {people.map((p, i) => (
          <button key={p.id} type="button" autoFocus={i === 0} className="ctl w-full justify-between" onClick={() => onDone({ to: p.id })}>
            {p.name} <span className="font-[400] text-ink3">{t(`role.${p.role}` as "role.lead")}</span>
          </button>
        ))}
        <button type="button" className="ctl w-full" onClick={() => onDone({ auto: true })}>{t("dlg.auto")}</button>
      </div>
    </Dialog>
  );
}

export type Decision = { verdict: "confirm" | "clear" | "refer"; reasons: string[] };

/** ReasonDialog closes many cases with one reason. */
export function ReasonDialog({ open, n, onClose, onDone }: { open: boolean; n: number; onClose: () => void; onDone: (d: Decision) => void }) {
  const t = useT();
  const words = useMaybe();
  const session = useSession();
  const [verdict, setVerdict] = useState<Decision["verdict"]>("clear");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (reason) onDone({ verdict, reasons: [reason] });
  };
  return (
    <Dialog open={open} onClose={onClose} title={t("dlg.bulkClose", { n })}>
      <form onSubmit={submit} className="space-y-3" onKeyDown={(e) => e.key === "Enter" && (e.ctrlKey || e.metaKey) && submit(e)}>
        <fieldset className="flex" aria-label={t("dec.verdict")}>
          {(["confirm", "clear", "refer"] as const).map((v) => (
            <label key={v} className={`ctl -ml-px flex-1 justify-center rounded-none first:ml-0 first:rounded-l-ctl last:rounded-r-ctl has-focus-visible:outline-2 has-focus-visible:outline-you ${verdict === v ? "z-10 border-ink ring-1 ring-ink" : ""}`}>
              <input type="radio" name="verdict" autoFocus={v === "clear"} className="sr-only" checked={verdict === v} onChange={() => { setVerdict(v); setReason(""); }} />
              {t(`dec.${v}`)}
            </label>
          ))}
        </fieldset>
        <label className="block text-support font-[600]">{t("dec.reason")}
          <select className="field mt-1 h-8" value={reason} onChange={(e) => setReason(e.target.value)} aria-invalid={tried && !reason}>
            <option value="">{t("dec.choose")}</option>
            {session?.codes.verdicts[verdict]?.map((c) => <option key={c} value={c}>{words(`code.${c}`, c.replaceAll("-", " "))}</option>)}
          </select>
        </label>
        <p role="alert" className="min-h-4 text-support text-danger">{tried && !reason && t("dec.needReason")}</p>
        <div className="flex justify-end gap-2">
          <button type="button" className="ctl ctl-quiet" onClick={onClose}>{t("dlg.cancel")}</button>
          <button type="submit" className="ctl ctl-primary">{t("bulk.close")} <Key>Ctrl ↵</Key></button>
        </div>
      </form>
    </Dialog>
  );
}
