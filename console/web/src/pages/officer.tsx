import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, ask } from "../api";
import { useFormat, useMaybe, useT } from "../i18n";
import { useKeys } from "../keys";
import { Key, Sealed, Skeleton, Tally } from "../parts/bits";
import { Halves } from "../parts/halves";
import { Icon } from "../parts/icons";
import { useExplain, useNotice } from "../parts/notices";
import { usePartyName } from "../parts/reveal";
import { hoursLeft, isOpen, type Reveal, revealsQuery, standing } from "../reveals";
import { useMay, usePeople } from "../session";

export function OfficerPage() {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const audit = useQuery({ queryKey: ["audit"], queryFn: () => ask(api.GET("/api/v1/audit", { params: { query: { limit: 200 } } })), refetchInterval: 20_000 });
  const reads = may("reveal.read");
  const reveals = useQuery({ ...revealsQuery, enabled: reads });
  const all = reveals.data?.requests ?? [];
  const waiting = all.filter(isOpen);
  const [chosen, setChosen] = useState<number>();
  const at = all.find((r) => r.number === chosen) ?? waiting[0];
  useEffect(() => {
    document.title = `${t("off.title")} · Tallystick`;
  }, [t]);
  useKeys({
    j: () => setChosen(all[Math.min(all.length - 1, all.findIndex((r) => r === at) + 1)]?.number),
    k: () => setChosen(all[Math.max(0, all.findIndex((r) => r === at) - 1)]?.number),
  });
  const log = audit.data?.log;
  return (
    <>
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 border-b border-line px-4">
        <h1 className="text-page font-[620]">{t("off.title")}</h1>
        {log && <span className={`ml-auto flex items-center gap-2 text-support font-[620] ${log.witnessed ? "text-ok" : "text-ink2"}`}><Tally state={log.witnessed ? "final" : "anchored"} /> {t("off.head", { origin: log.origin, size: log.size })} · {log.witnessed ? t("off.witnessed", { at: `${f.day(log.witnessed)} ${f.clock(log.witnessed)}` }) : t("off.unwitnessed")}</span>}
      </header>
      <div className="grid min-h-0 flex-1 max-lg:overflow-auto lg:grid-cols-[264px_minmax(0,1fr)]">
        {reads && (
          <section className="min-h-0 overflow-auto border-b border-line lg:border-r lg:border-b-0" tabIndex={0} aria-labelledby="requests">
            <Requests of={waiting} title="off.requests" id="requests" at={at} onChoose={setChosen} empty={reveals.data && !reveals.data.possible ? "rev.impossible" : "off.noneOpen"} problem={reveals.error} pending={reveals.isPending} />
            {all.length > waiting.length && <Requests of={all.filter((r) => !isOpen(r))} title="off.done2" id="earlier" at={at} onChoose={setChosen} />}
          </section>
        )}
        <div className="flex min-h-0 flex-col">
          {reads && at && <Detail key={at.number} of={at} />}
          <Trail audit={audit} />
        </div>
      </div>
    </>
  );
}

function Requests({ of, title, id, at, onChoose, empty, problem, pending }: { of: Reveal[]; title: "off.requests" | "off.done2"; id: string; at?: Reveal; onChoose: (n: number) => void; empty?: "rev.impossible" | "off.noneOpen"; problem?: unknown; pending?: boolean }) {
  const t = useT();
  const explain = useExplain();
  const { name } = usePeople();
  return (
    <>
      <h2 id={id} className="border-b border-line bg-bg px-4 py-1.5 text-support text-ink2">{t(title)}</h2>
      {problem ? <p role="alert" className="p-4 text-danger">{explain(problem)}</p> : pending ? <Skeleton lines={3} /> : of.length === 0 && empty && <p className="p-4 text-support text-ink2">{t(empty)}</p>}
      <ul>
        {of.map((r) => {
          const [what, who] = standing(r);
          return (
            <li key={r.number}>
              <button type="button" aria-current={r === at ? "true" : undefined} onClick={() => onChoose(r.number)} className={`block w-full border-b border-l-3 border-b-line px-3 py-2.5 text-left hover:bg-hover ${r === at ? "border-l-you bg-you-bg" : "border-l-transparent"}`}>
                <span className="mono block truncate font-medium">{r.fields.join(", ")}</span>
                <span className="block truncate text-support">{r.insurer}/{r.claim}</span>
                <span className="block text-support text-ink2">{name(r.requester)} · {t(what, { who: who && name(who) })}{isOpen(r) && ` · ${t("rev.left", { n: hoursLeft(r, Date.now()) })}`}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Detail({ of: r }: { of: Reveal }) {
  const t = useT();
  const f = useFormat();
  const words = useMaybe();
  const may = useMay();
  const notice = useNotice();
  const explain = useExplain();
  const queries = useQueryClient();
  const { me, name } = usePeople();
  const partyName = usePartyName();
  const [busy, setBusy] = useState(false);
  const answers = may("reveal.answer") && r.state === "waiting" && r.requester !== me;
  const answer = async (what: "approve" | "refuse") => {
    if (!answers || busy) return;
    setBusy(true);
    try {
      await ask(what === "approve" ? api.POST("/api/v1/reveals/{number}/approve", { params: { path: { number: r.number } } }) : api.POST("/api/v1/reveals/{number}/refuse", { params: { path: { number: r.number } } }));
      notice(t(what === "approve" ? "off.approved" : "off.refusedDone"));
    } catch (e) {
      notice(explain(e), true);
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ["reveals"] });
      void queries.invalidateQueries({ queryKey: ["audit"] });
    }
  };
  useKeys({ r: () => void answer("refuse"), "Ctrl+Enter": () => void answer("approve") });
  const refused = r.state === "withdrawn" && r.ender !== r.requester;
  const second = r.approver ? t("off.half2done", { who: name(r.approver) }) : refused ? t("off.half2no", { who: name(r.ender ?? "") }) : t("off.half2");
  return (
    <section aria-labelledby="request" className="shrink-0 border-b border-line px-6 py-4">
      <h2 id="request" className="text-page font-[620]">{t("off.reqTitle", { n: r.fields.length, what: r.fields[0].replace(`${r.party}.`, ""), party: partyName(r.party).toLocaleLowerCase() })}</h2>
      <p className="mb-4 text-ink2">{r.insurer}/{r.claim} · {t("off.asked", { who: name(r.requester), at: `${f.day(r.at)} ${f.time(r.at)}` })}</p>
      <Halves first={t("off.half1", { who: name(r.requester), at: f.time(r.at) })} second={second} given={!!r.approver} />
      <dl className="mt-4 grid grid-cols-[104px_1fr] gap-y-1.5 [&>dt]:text-ink2">
        <dt>{t("rev.fields")}</dt><dd className="flex flex-wrap gap-1">{r.fields.map((x) => <Sealed key={x}>{x}</Sealed>)}</dd>
        <dt>{t("rev.purpose")}</dt><dd className="font-[620]">{words(`purpose.${r.purpose}`, r.purpose)}</dd>
        <dt>{t("off.goes")}</dt><dd>{t("off.goesTo", { who: name(r.requester) })}</dd>
        <dt>{t("off.expires")}</dt><dd>{f.day(r.expires)} {f.time(r.expires)}{isOpen(r) && `, ${t("rev.left", { n: hoursLeft(r, Date.now()) })}`}</dd>
        {answers && <><dt>{t("off.if")}</dt><dd>{t("off.ifText", { who: name(r.requester) })}</dd></>}
      </dl>
      {answers && (
        <div className="mt-4 flex max-w-[472px] justify-end gap-2">
          <button type="button" className="ctl" disabled={busy} onClick={() => void answer("refuse")}>{t("off.refuse")} <Key>r</Key></button>
          <button type="button" className="ctl ctl-primary" disabled={busy} onClick={() => void answer("approve")}>{t("off.approve")} <Key>Ctrl ↵</Key></button>
        </div>
      )}
      {r.state === "waiting" && r.requester === me && <p className="mt-3 text-support text-ink2">{t("off.own")}</p>}
    </section>
  );
}

type Audit = { lines: { number: number; at: string; person: string; act: string; kind: string; result?: string; reason?: string; insurer?: string; claim?: string; party?: string }[] };

function Trail({ audit }: { audit: { data?: Audit; isError: boolean; isPending: boolean; error: unknown } }) {
  const t = useT();
  const f = useFormat();
  const explain = useExplain();
  const { name } = usePeople();
  return (
    <section className="flex min-h-[240px] flex-1 flex-col" aria-labelledby="audit">
      <div className="flex items-baseline gap-2 px-4 py-3"><h2 id="audit" className="text-section font-[640]">{t("off.audit")}</h2><span className="text-support text-ink2">{t("off.auditSub")}</span></div>
      <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-labelledby="audit">
        {audit.isError ? <p role="alert" className="flex items-center gap-2 p-4 text-danger"><Icon name="warn" /> {explain(audit.error)}</p> : audit.isPending ? <Skeleton /> : audit.data?.lines.length === 0 ? <p className="p-4">{t("off.none")}</p> : (
          <table className="w-full border-collapse text-left">
            <thead className="sticky top-0 bg-bg"><tr className="h-7 border-b border-line text-support text-ink2 [&>th]:px-4 [&>th]:font-[400]"><th>{t("off.place")}</th><th>{t("off.time")}</th><th>{t("off.person")}</th><th>{t("off.act")}</th><th className="max-sm:hidden">{t("off.claim")}</th></tr></thead>
            <tbody>
              {audit.data?.lines.map((l) => (
                <tr key={l.number} className="h-[26px] border-b border-line [&>td]:px-4">
                  <td className="text-ink2">{f.number(l.number)}</td><td className="whitespace-nowrap">{f.day(l.at)} {f.clock(l.at)}</td><td><b className="font-[620]">{name(l.person)}</b></td><td>{l.act.replaceAll("-", " ")} <span className={l.kind === "denied" || l.kind === "failed" ? "text-danger" : "text-ink2"}>{t(`off.${l.kind}` as "off.done")}{l.result && ` ${l.result}`}</span> {l.reason && <span className="text-ink2">{l.reason}</span>}</td><td className="max-sm:hidden">{l.claim && `${l.insurer}/${l.claim}`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}
