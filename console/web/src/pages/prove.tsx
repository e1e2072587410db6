import { type FormEvent, useEffect, useState } from "react";

import { api, Problem } from "../api";
import { useT } from "../i18n";
import { useExplain, useNotice } from "../parts/notices";
import { useSession } from "../session";

/** ProvePage is for a partner: the proof of one record, by the claim's number. */
export function ProvePage() {
  const t = useT();
  const notice = useNotice();
  const explain = useExplain();
  const session = useSession();
  const insurers = session?.person?.insurers ?? [];
  const [insurer, setInsurer] = useState(insurers[0] ?? "");
  const [claim, setClaim] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = `${t("prove.title")} · Tallystick`;
  }, [t]);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (!claim.trim() || busy) return;
    setBusy(true);
    try {
      const { data, error, response } = await api.POST("/api/v1/claims/{insurer}/{claim}/proof", { params: { path: { insurer, claim: claim.trim() } }, body: { fields: [] }, parseAs: "blob" });
      if (!response.ok) throw new Problem(response.status, error as Problem["body"]);
      const url = URL.createObjectURL(data as unknown as Blob);
      const a = document.createElement("a");
      a.href = url;
      a.download = `${insurer}-${claim.trim()}.proof`;
      a.click();
      URL.revokeObjectURL(url);
      notice(t("rec.proved"));
    } catch (err) {
      notice(err instanceof Problem ? explain(err) : t("err.away"), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <header className="flex h-12 shrink-0 items-center border-b border-line px-4"><h1 className="text-page font-[620]">{t("prove.title")}</h1></header>
      <form onSubmit={submit} className="max-w-[420px] space-y-3 p-4">
        <p className="text-ink2">{t("prove.sub")}</p>
        <label className="block text-support font-[600]">{t("f.insurer")}<select className="field mt-1" value={insurer} onChange={(e) => setInsurer(e.target.value)}>{insurers.map((i) => <option key={i}>{i}</option>)}</select></label>
        <label className="block text-support font-[600]">{t("col.claim")}<input className="field mt-1" autoFocus maxLength={256} value={claim} onChange={(e) => setClaim(e.target.value)} /></label>
        <button type="submit" className="ctl ctl-primary" disabled={!claim.trim() || busy}>{t("rec.proveAll")}</button>
      </form>
    </>
  );
}
