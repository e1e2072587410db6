import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";

import { api, ask, type Schemas } from "../api";
import { ago, days, share } from "../delays";
import { useFormat, useMaybe, useT } from "../i18n";
import { Money, Person, Section, Skeleton } from "../parts/bits";
import { Icon } from "../parts/icons";
import { useExplain } from "../parts/notices";
import { useMay } from "../session";
import type { MessageId } from "../words/en";

type Delays = Schemas["DelaysPage"];
type Delay = Schemas["Delay"];

/** DelaysPage is the supervisor's: who waits, who decided, who objects. It changes nothing. */
export function DelaysPage() {
  const t = useT();
  const explain = useExplain();
  const query = useQuery({ queryKey: ["delays"], queryFn: () => ask(api.GET("/api/v1/delays")), refetchInterval: 60_000 });
  useEffect(() => {
    document.title = `${t("delays.title")} · Tallystick`;
  }, [t]);
  return (
    <>
      <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4">
        <h1 className="text-page font-[620]">{t("delays.title")}</h1>
        <span className="ml-auto flex items-center gap-1.5 rounded-chip bg-sunk px-2 py-0.5 text-support text-ink2"><Icon name="eye" size={14} /> {t("delays.readonly")}</span>
      </header>
      <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label={t("delays.title")}>
        {query.isError ? <p role="alert" className="flex items-center gap-2 p-4 text-danger"><Icon name="warn" /> {explain(query.error)}</p> : query.isPending ? <Skeleton lines={12} /> : <Shown of={query.data} />}
      </div>
    </>
  );
}

function Shown({ of: d }: { of: Delays }) {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const answered = d.with + d.against;
  const oldest = d.lines.reduce((x, l) => Math.max(x, l.oldest.longest), 0);
  const person = d.lines.filter((l) => l.person.count > 0);
  return (
    <>
      <dl className="grid grid-cols-2 border-b border-line sm:grid-cols-3 xl:grid-cols-6">
        <Figure value={f.number(d.open)} text={t("delays.open")} />
        <Figure value={f.number(d.pastDue)} text={t("delays.past")} inverted={d.pastDue > 0} />
        <Figure value={d.open ? days(t, f, oldest) : "—"} text={t("delays.oldest")} />
        <Figure value={f.number(d.settled)} text={t("delays.machine")} />
        <Figure value={answered ? share(d.against, answered) : "—"} text={t("delays.against", { n: answered })} />
        <Figure value={f.number(d.objections)} text={t("delays.objections")} />
      </dl>
      {d.partial && <p className="border-b border-line bg-note px-4 py-2 text-support">{t("delays.partial")}</p>}
      <div className="grid xl:grid-cols-[minmax(0,1fr)_480px]">
        <div className="border-line xl:border-r">
          <Lines id="decision" title={t("delays.decision")} sub={t("delays.decisionSub")} of={d.lines.map((l) => [l.line, l.decision])} />
          <Lines id="person" title={t("delays.person")} sub={t("delays.personSub")} of={person.map((l) => [l.line, l.person])} />
          <Lines id="payment" title={t("delays.payment")} sub={t("delays.paymentSub")} of={d.lines.filter((l) => l.payment.count > 0).map((l) => [l.line, l.payment])} note={d.lines.some((l) => l.paidBefore > 0) ? t("delays.before", { n: d.lines.reduce((n, l) => n + l.paidBefore, 0) }) : undefined} />
        </div>
        <div>
          <Section title={t("delays.who")} id="who">
            {answered === 0 ? <p className="text-ink2">{t("lead.none")}</p> : (
              <>
                <svg viewBox="0 0 400 16" preserveAspectRatio="none" className="h-4 w-full" role="img" aria-label={`${t("delays.withIt")} ${d.with}, ${t("delays.againstIt")} ${d.against}`}><rect x=".5" y=".5" width="399" height="15" fill="var(--sunk)" stroke="var(--ctl)" vectorEffect="non-scaling-stroke" /><rect width={(400 * d.against) / answered} height="16" fill="var(--ink2)" /></svg>
                <p className="mt-2 flex flex-wrap gap-x-5 text-support"><span>{t("delays.againstIt")} <b>{f.number(d.against)}</b></span><span>{t("delays.withIt")} <b>{f.number(d.with)}</b></span></p>
              </>
            )}
            <p className="mt-1 text-support text-ink2">{t("delays.noDenial", { n: d.settled })}</p>
          </Section>
          {may("case.read") && (
            <>
              <Section title={t("delays.contested")} sub={t("delays.contestedSub")} id="contested">
                {d.contested.length === 0 && <p className="text-ink2">{t("delays.noContest")}</p>}
                <ul>{d.contested.map((o) => <Row key={o.case} of={o} middle={<Reason of={o.reason} />} days={days(t, f, ago(o.at, Date.now()))} />)}</ul>
              </Section>
              <Section title={t("delays.longest")} sub={t("delays.longestSub")} id="longest">
                {d.oldest.length === 0 && <p className="text-ink2">{t("delays.none")}</p>}
                <ul>{d.oldest.map((w) => <Row key={w.case} of={w} middle={<><Money of={w.money} /> {w.assignee ? <Person id={w.assignee} /> : <span className="text-ink2">{t("delays.nobody")}</span>}</>} days={days(t, f, ago(w.opened, Date.now()))} late={w.due !== undefined && Date.parse(w.due) < Date.now()} />)}</ul>
              </Section>
            </>
          )}
        </div>
      </div>
    </>
  );
}

function Reason({ of }: { of: string }) {
  const words = useMaybe();
  return <span className="text-ink2">{words(`con.${of}`, of.replaceAll("-", " "))}</span>;
}

function Figure({ value, text, inverted = false }: { value: string; text: string; inverted?: boolean }) {
  return <div className="border-r border-line px-4 py-2.5 last:border-0"><dd className="text-figure"><span className={inverted ? "rounded-[3px] bg-inv px-1.5 text-inv-ink" : ""}>{value}</span></dd><dt className="text-support text-ink2">{text}</dt></div>;
}

function Row({ of: w, middle, days: text, late = false }: { of: Schemas["Waiting"]; middle: ReactNode; days: string; late?: boolean }) {
  return (
    <li className="flex min-h-[30px] items-center gap-3 border-b border-line">
      <Link to="/cases/$case" params={{ case: String(w.case) }} search={{}} className="min-w-0 flex-1 truncate hover:underline"><span className="text-ink2">{w.insurer}/</span><b className="font-[620]">{w.claim}</b></Link>
      <span className="flex items-center gap-2 truncate">{middle}</span>
      <span className={`w-16 text-right whitespace-nowrap ${late ? "font-[640]" : ""}`}><span className={late ? "rounded-[3px] bg-inv px-1.5 text-support text-inv-ink" : ""}>{text}</span></span>
    </li>
  );
}

/** Lines draws each line of business: dot median, bar p90, ring longest, on an axis whose scale is the square root of time. */
function Lines({ id, title, sub, of, note }: { id: string; title: string; sub: string; of: [string, Delay][]; note?: string }) {
  const t = useT();
  const f = useFormat();
  const most = Math.sqrt(Math.max(24, ...of.map(([, d]) => d.longest)));
  const x = (h: number) => 4 + (Math.sqrt(Math.max(0, h)) / most) * 290;
  return (
    <Section title={title} sub={sub} id={id}>
      {of.length === 0 ? <p className="text-ink2">{t("lead.none")}</p> : (
        <table className="w-full">
          <thead><tr className="text-support text-ink2 [&>th]:font-[400]"><th className="text-left">{t("col.line")}</th><th className="text-left max-sm:hidden">{t("delays.axis")}</th><th className="text-right">{t("delays.median")}</th><th className="text-right">p90</th><th className="text-right">{t("delays.most")}</th><th className="text-right">{t("ring.claims")}</th></tr></thead>
          <tbody>
            {of.map(([line, d]) => (
              <tr key={line} className="h-[30px] border-t border-line [&>td]:pl-3 [&>td]:text-right [&>td]:whitespace-nowrap">
                <th scope="row" className="text-left font-[400]">{t(`line.${line}` as MessageId)}</th>
                <td className="w-[42%] max-sm:hidden"><svg viewBox="0 0 300 12" className="h-3 w-full" preserveAspectRatio="none" aria-hidden="true"><rect y="4" width="300" height="4" fill="var(--track)" /><path d={`M${x(d.median)} 6H${x(d.p90)}`} stroke="var(--ink)" strokeWidth="2" /><path d={`M${x(d.p90)} 6H${x(d.longest)}`} stroke="var(--ctl)" strokeDasharray="2 3" /><path d={`M${x(d.p90)} 1v10`} stroke="var(--ink)" strokeWidth="2" vectorEffect="non-scaling-stroke" /><ellipse cx={x(d.median)} cy="6" rx="2.5" ry="4" fill="var(--ink)" /><ellipse cx={x(d.longest)} cy="6" rx="2.5" ry="4" fill="var(--surface)" stroke="var(--ink)" vectorEffect="non-scaling-stroke" /></svg></td>
                <td className="font-[640]">{days(t, f, d.median)}</td><td>{days(t, f, d.p90)}</td><td>{days(t, f, d.longest)}</td><td className="text-ink2">{f.number(d.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {note && <p className="mt-2 text-support text-ink2">{note}</p>}
    </Section>
  );
}
