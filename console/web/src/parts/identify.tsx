import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { api, ask, type Schemas } from "../api";
import { useT } from "../i18n";
import { Key, Money } from "./bits";
import { Dialog } from "./dialog";
import { useExplain } from "./notices";
import { Score } from "./score";

const kinds = ["phone", "email", "account", "policy", "plate", "vehicle", "name"] as const;

/** Identify looks for claims by an identifier that one types. The value goes in a body, is kept nowhere here, and is forgotten when the dialog closes. */
export default function Identify({ onClose }: { onClose: () => void }) {
  const t = useT();
  const explain = useExplain();
  const [kind, setKind] = useState<(typeof kinds)[number]>("phone");
  const [value, setValue] = useState("");
  const [country, setCountry] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [found, setFound] = useState<Schemas["IdentifiedBody"]>();
  const byCountry = kind === "phone" || kind === "plate";
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    setProblem("");
    setFound(undefined);
    if (value.trim().length < 3) return setProblem(t("idf.short"));
    setBusy(true);
    try {
      setFound(await ask(api.POST("/api/v1/identify", { body: { kind, value: value.trim(), country: byCountry ? country.toUpperCase() : "" } })));
    } catch (err) {
      setProblem(explain(err));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={t("idf.title")} width={560}>
      <form onSubmit={submit} className="space-y-3" autoComplete="off">
        <p className="text-support text-ink2">{t("idf.sub")}</p>
        <div className="flex flex-wrap gap-2">
          <label className="w-[150px] text-support font-[600]">{t("idf.kind")}<select className="field mt-1" value={kind} onChange={(e) => { setKind(e.target.value as typeof kind); setFound(undefined); }}>{kinds.map((k) => <option key={k} value={k}>{t(`idf.${k}`)}</option>)}</select></label>
          <label className="min-w-0 flex-1 text-support font-[600]">{t("idf.value")}<input className="field mt-1 h-8" autoFocus autoComplete="off" spellCheck={false} maxLength={200} value={value} onChange={(e) => setValue(e.target.value)} aria-invalid={problem !== ""} /></label>
          {byCountry && <label className="w-[76px] text-support font-[600]">{t("idf.country")}<input className="field mt-1 h-8 uppercase" autoComplete="off" maxLength={2} pattern="[A-Za-z]{2}" value={country} onChange={(e) => setCountry(e.target.value)} /></label>}
        </div>
        <p role="alert" className="min-h-4 text-support text-danger">{problem}</p>
        <div className="flex items-center justify-end gap-2">{found && <span className="mr-auto text-support text-ink2">{t("idf.left", { n: found.left })}</span>}<button type="submit" className="ctl ctl-primary" disabled={busy}>{t("idf.go")} <Key>↵</Key></button></div>
      </form>
      {found && (
        <section aria-label={t("idf.found")} className="mt-3 border-t border-line pt-2">
          <p role="status" className="mb-1 text-support text-ink2">{!found.token ? t("idf.noToken") : found.claims.length === 0 ? t("idf.none") : t("idf.n", { n: found.claims.length })}{found.more && ` ${t("idf.more")}`}</p>
          <ul>
            {found.claims.map((c) => (
              <li key={`${c.insurer}/${c.claim}`} className="flex h-9 items-center gap-3 border-b border-line">
                {c.case ? <Link to="/cases/$case" params={{ case: String(c.case) }} search={{}} onClick={onClose} className="hover:underline"><span className="text-ink2">{c.insurer}/</span><b className="font-[640]">{c.claim}</b></Link> : <span><span className="text-ink2">{c.insurer}/</span><b className="font-[640]">{c.claim}</b> <span className="text-ink2">· {t("pal.noCase")}</span></span>}
                <span className="ml-auto"><Money of={c.money} /></span><Score score={c.score} base={c.base} weights={c.weights} width={60} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </Dialog>
  );
}
