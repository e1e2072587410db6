import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, ask, type Record_, type Schemas } from "../api";
import { useMaybe, useT } from "../i18n";
import { hoursLeft, isOpen, type Reveal, standing } from "../reveals";
import { usePeople } from "../session";
import { Key, Section } from "./bits";
import { Dialog } from "./dialog";
import { useExplain, useNotice } from "./notices";

/** usePartyName names a party as the page does: claimant, the role of a party, the record. */
export function usePartyName(record?: Record_) {
  const t = useT();
  const words = useMaybe();
  return (party: string) => {
    if (party === "claimant" || party === "record") return t(`party.${party}`);
    const role = record?.tokens.find((k) => k.path.startsWith(`${party}.`))?.role;
    return role ? words(`party.${role}`, role.replaceAll("-", " ")) : party;
  };
}

/** RevealSection shows what was asked of a claim, and is where one asks and sees. */
export default function RevealSection({ record, asking, onAsk, onClose }: { record: Record_; asking: boolean; onAsk: () => void; onClose: () => void }) {
  const t = useT();
  const explain = useExplain();
  const notice = useNotice();
  const queries = useQueryClient();
  const people = usePeople();
  const partyName = usePartyName(record);
  const [shown, setShown] = useState<Schemas["Revealed"][]>();
  const path = { insurer: record.insurer, claim: record.claim };
  const query = useQuery({ queryKey: ["reveals", record.insurer, record.claim], queryFn: () => ask(api.GET("/api/v1/claims/{insurer}/{claim}/reveals", { params: { path } })), refetchInterval: 20_000 });
  const data = query.data;
  const again = () => void queries.invalidateQueries({ queryKey: ["reveals"] });
  const see = async (r: Reveal) => {
    try {
      setShown((await ask(api.POST("/api/v1/reveals/{number}/open", { params: { path: { number: r.number } } }))).values);
    } catch (e) {
      notice(explain(e), true);
    } finally {
      again();
    }
  };
  const withdraw = async (r: Reveal) => {
    try {
      await ask(api.POST("/api/v1/reveals/{number}/withdraw", { params: { path: { number: r.number } } }));
      notice(t("rev.withdrawn"));
    } catch (e) {
      notice(explain(e), true);
    } finally {
      again();
    }
  };
  return (
    <Section title={t("rev.title")} sub={t("rev.sub")} id="sealed" side={data?.possible && data.parties.length > 0 && <button type="button" className="flex min-h-6 items-center gap-1.5 text-support" onClick={onAsk}><span className="underline underline-offset-2">{t("rev.ask")}</span> <Key>v</Key></button>}>
      {query.isError && <p role="alert" className="text-danger">{explain(query.error)}</p>}
      {data && (!data.possible || data.parties.length === 0) && <p className="text-ink2">{t(data.possible ? "rev.none" : "rev.impossible")}</p>}
      <ul>
        {data?.requests.slice(0, 6).map((r) => {
          const [what, who] = standing(r);
          const own = r.requester === people.me;
          return (
            <li key={r.number} className="flex min-h-7 flex-wrap items-center gap-x-2 gap-y-1 border-t border-line py-1 first:border-0">
              <span className="text-ink2">{partyName(r.party)}</span>
              <span className="mono min-w-0 truncate">{r.fields.map((f) => f.replace(`${r.party}.`, "")).join(", ")}</span>
              <span className={`text-support ${r.state === "approved" ? "font-[620] text-ok" : "text-ink2"}`}>{t(what, { who: who && people.name(who) })}{isOpen(r) && ` · ${t("rev.left", { n: hoursLeft(r, Date.now()) })}`}</span>
              {own && isOpen(r) && (
                <span className="ml-auto flex gap-2">
                  <button type="button" className="ctl ctl-quiet !h-6" onClick={() => void withdraw(r)}>{t("rev.withdraw")}</button>
                  {r.state === "approved" && <button type="button" className="ctl ctl-primary !h-6" onClick={() => void see(r)}>{t("rev.see")}</button>}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {data?.possible && asking && <AskDialog record={record} of={data} onClose={onClose} onDone={() => { onClose(); again(); }} />}
      <Dialog open={shown !== undefined} onClose={() => setShown(undefined)} title={t("rev.seeing")} width={520}>
        <p className="mb-3 text-support text-ink2">{t("rev.seeWarn")}</p>
        <dl className="divide-y divide-line border-y border-line">
          {shown?.map((v) => (
            <div key={v.path} className="flex gap-3 py-2"><dt className="mono w-[190px] shrink-0 break-all text-ink2">{v.path}</dt><dd className="min-w-0 flex-1 font-[620] break-words select-all">{v.sealed ? v.text : <span className="font-[400] text-ink2">{t("rev.absent")}</span>}</dd></div>
          ))}
        </dl>
        <div className="mt-3 flex justify-end"><button type="button" autoFocus className="ctl ctl-primary" onClick={() => setShown(undefined)}>{t("rev.done")}</button></div>
      </Dialog>
    </Section>
  );
}

function AskDialog({ record, of, onClose, onDone }: { record: Record_; of: Schemas["RevealPage"]; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const words = useMaybe();
  const notice = useNotice();
  const explain = useExplain();
  const partyName = usePartyName(record);
  const [party, setParty] = useState(of.parties[0].party);
  const [fields, setFields] = useState<ReadonlySet<string>>(new Set());
  const [purpose, setPurpose] = useState("");
  const [hours, setHours] = useState(24);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const all = of.parties.find((p) => p.party === party)?.fields ?? [];
  const here = new Set(record.tokens.map((k) => k.path));
  const problem = fields.size === 0 ? t("rev.needField") : purpose === "" ? t("rev.needPurpose") : "";
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (problem || busy) return;
    setBusy(true);
    try {
      await ask(api.POST("/api/v1/claims/{insurer}/{claim}/reveals", { params: { path: { insurer: record.insurer, claim: record.claim } }, body: { party, fields: [...fields], purpose, hours } }));
      notice(t("rev.asked"));
      onDone();
    } catch (err) {
      notice(explain(err), true);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={t("rev.ask")} width={480}>
      <form onSubmit={submit} className="space-y-3" onKeyDown={(e) => e.key === "Enter" && (e.ctrlKey || e.metaKey) && void submit(e)}>
        <label className="block text-support font-[600]">{t("rev.party")}
          <select className="field mt-1" autoFocus value={party} onChange={(e) => { setParty(e.target.value); setFields(new Set()); }}>
            {of.parties.map((p) => <option key={p.party} value={p.party}>{partyName(p.party)}{p.party.startsWith("parties") ? ` (${p.party})` : ""}</option>)}
          </select>
        </label>
        <fieldset>
          <legend className="text-support font-[600]">{t("rev.fields")}</legend>
          <div className="mt-1 max-h-[220px] overflow-auto rounded-ctl border border-line2 p-2" tabIndex={0} role="group" aria-label={t("rev.fields")}>
            {all.map((p) => (
              <label key={p} className="flex min-h-6 items-center gap-2">
                <input type="checkbox" className="size-4 accent-you" checked={fields.has(p)} onChange={() => setFields((old) => { const next = new Set(old); if (!next.delete(p)) next.add(p); return next; })} />
                <span className={`mono ${here.has(p) ? "font-medium" : "text-ink2"}`}>{p.replace(`${party}.`, "")}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label className="block text-support font-[600]">{t("rev.purpose")}
          <select className="field mt-1" value={purpose} onChange={(e) => setPurpose(e.target.value)} aria-invalid={tried && !purpose}>
            <option value="">{t("dec.choose")}</option>
            {of.purposes.map((p) => <option key={p} value={p}>{words(`purpose.${p}`, p.replaceAll("-", " "))}</option>)}
          </select>
        </label>
        <label className="block text-support font-[600]">{t("rev.until")}
          <select className="field mt-1" value={hours} onChange={(e) => setHours(Number(e.target.value))}>{[4, 24, 72].map((h) => <option key={h} value={h}>{t("rev.hours", { n: h })}</option>)}</select>
        </label>
        <p role="alert" className="min-h-4 text-support text-danger">{tried && problem}</p>
        <div className="flex justify-end gap-2"><button type="button" className="ctl ctl-quiet" onClick={onClose}>{t("dlg.cancel")}</button><button type="submit" className="ctl ctl-primary" disabled={busy}>{t("rev.send")} <Key>Ctrl ↵</Key></button></div>
      </form>
    </Dialog>
  );
}
