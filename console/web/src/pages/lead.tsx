import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";

import { api, ask, type Lead } from "../api";
import { useFormat, useRules, useT } from "../i18n";
import { above, interval } from "../lead";
import { Person, Section, Skeleton } from "../parts/bits";
import { Icon } from "../parts/icons";
import { useExplain } from "../parts/notices";
import { step } from "../score";
import type { MessageId } from "../words/en";

const short = (p: number) => p.toFixed(2).replace(/^0/, "");

export function LeadPage() {
  const t = useT();
  const explain = useExplain();
  const lead = useQuery({ queryKey: ["lead"], queryFn: () => ask(api.GET("/api/v1/lead")) });
  useEffect(() => {
    document.title = `${t("lead.title")} · Tallystick`;
  }, [t]);
  return (
    <>
      <header className="flex h-12 shrink-0 items-center border-b border-line px-4"><h1 className="text-page font-[620]">{t("lead.title")}</h1></header>
      {lead.isError ? <p role="alert" className="flex items-center gap-2 p-4 text-danger"><Icon name="warn" /> {explain(lead.error)}</p> : lead.isPending ? <Skeleton lines={14} /> : <Loaded of={lead.data} />}
    </>
  );
}

function Loaded({ of: l }: { of: Lead }) {
  const s = l.statistics;
  const [tried, setTried] = useState(l.thresholds.investigate);
  return (
    <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-labelledby="where">
      <Figures of={l} />
      <div className="grid border-b border-line xl:grid-cols-[minmax(0,1.05fr)_minmax(0,1fr)]">
        <div className="border-r border-line"><Threshold histogram={s.histogram} force={l.thresholds} tried={tried} onTry={setTried} /></div>
        <Tried histogram={s.histogram} force={l.thresholds.investigate} tried={tried} />
      </div>
      <div className="grid xl:grid-cols-[minmax(0,1.05fr)_minmax(0,1fr)]">
        <div className="border-r border-line"><RulesRight of={l} /><Work of={l} /></div>
        <div><Ages of={l} /><Steps of={l} /></div>
      </div>
    </div>
  );
}

function Figures({ of: l }: { of: Lead }) {
  const t = useT();
  const f = useFormat();
  const day = l.statistics.perDay[0];
  const decide = l.steps.find((x) => x.name === "decided");
  const cell = (big: ReactNode, small: ReactNode, late = false) => (
    <div className="min-w-[150px] flex-1 border-r border-line px-4 py-2.5 last:border-0"><p className={`text-figure font-[620] ${late ? "inline-block rounded-key bg-inv px-1.5 text-inv-ink" : ""}`}>{big}</p><p className="text-support text-ink2">{small}</p></div>
  );
  return (
    <div className="flex flex-wrap border-b border-line">
      {cell(f.number(l.open), t("lead.open", { n: l.nobody }))}
      {cell(f.number(l.pastDue), t("lead.past", { n: l.dueSoon }), l.pastDue > 0)}
      {day && cell(f.number(day.flagged), t("lead.alerts", { all: day.all }))}
      {cell(decide?.count ? t("lead.hours", { n: f.number(decide.median, 1) }) : "—", decide?.count ? t("lead.close", { p90: t("lead.hours", { n: f.number(decide.p90, 1) }) }) : t("lead.none"))}
      {cell(l.decided ? `${Math.round((100 * l.override) / l.decided)} %` : "—", t("lead.override", { n: l.decided }))}
      {cell(l.saved.length ? l.saved.map((m) => `${f.compact(m.amount)} ${m.currency}`).join(" · ") : "—", t("lead.saved"))}
    </div>
  );
}

function Threshold({ histogram, force, tried, onTry }: { histogram: number[]; force: Lead["thresholds"]; tried: number; onTry: (p: number) => void }) {
  const t = useT();
  const all = histogram.reduce((a, b) => a + b, 0);
  const top = Math.max(1, ...histogram.map(Math.sqrt));
  const [w, h] = [600, 140];
  return (
    <Section title={t("lead.where")} sub={t("lead.tried", { n: all })} id="where">
      <svg viewBox={`0 0 ${w} ${h + 34}`} className="w-full" role="img" aria-label={histogram.map((n, i) => `${short(i / 20)}: ${n}`).join(", ")}>
        {histogram.map((n, i) => {
          const height = (Math.sqrt(n) / top) * (h - 24);
          const on = (i + 0.5) / 20 >= tried;
          return <rect key={i} x={(i * w) / 20 + 1} y={h - height} width={w / 20 - 2} height={height} fill={on ? `var(--r${step((i + 0.5) / 20)})` : "var(--sunk)"} stroke={on ? "none" : "var(--ctl)"} />;
        })}
        {([[force.review, "why.review"], [force.investigate, "why.investigate"]] as const).map(([p, id]) => <g key={id}><path d={`M${p * w} 16V${h}`} stroke="var(--ink2)" strokeDasharray="2 3" /><text x={p * w + 4} y="14" fontSize="11" fill="var(--ink2)">{t(id)}</text></g>)}
        <path d={`M${tried * w} 20V${h + 4}`} stroke="var(--you)" strokeWidth="2" />
        <text x={tried * w} y={h + 16} fontSize="11" fontWeight="640" textAnchor="middle" fill="var(--you)">{short(tried)}</text>
        {[0, 0.2, 0.4, 0.8, 1].map((p) => <text key={p} x={Math.min(w - 6, Math.max(6, p * w))} y={h + 30} fontSize="11" textAnchor="middle" fill="var(--ink2)">{p === 0 || p === 1 ? p : short(p)}</text>)}
      </svg>
      <input type="range" min={0.05} max={0.99} step={0.01} value={tried} aria-label={t("lead.where")} aria-valuetext={short(tried)} onChange={(e) => onTry(Number(e.target.value))} className="h-6 w-full accent-you" />
    </Section>
  );
}

function Tried({ histogram, force, tried }: { histogram: number[]; force: number; tried: number }) {
  const t = useT();
  const f = useFormat();
  const [was, is] = [above(histogram, force), above(histogram, tried)];
  return (
    <Section title={t("lead.at", { tried: short(tried), force: short(force) })} id="tried">
      <table className="w-full"><thead><tr className="text-support text-ink2 [&>th]:text-right [&>th]:font-[400]"><td /><th>{t("lead.force", { n: short(force) })}</th><th>{t("lead.try", { n: short(tried) })}</th><th>{t("lead.change")}</th></tr></thead>
        <tbody><tr className="h-[26px] border-y border-line [&>td]:text-right"><th scope="row" className="text-left font-[400]">{t("lead.alertsAll")}</th><td className="text-ink2">{f.number(was)}</td><td className="font-[640]">{f.number(is)}</td><td className="font-[640]">{is >= was ? "+" : "−"}{f.number(Math.abs(is - was))}</td></tr></tbody>
      </table>
      <p className="mt-2 text-support text-ink2">{t("lead.uncal")}</p>
    </Section>
  );
}

function RulesRight({ of: l }: { of: Lead }) {
  const t = useT();
  const f = useFormat();
  const words = useRules();
  const rules = l.statistics.rules.slice(0, 12);
  if (rules.length === 0) return <Section title={t("lead.rules")} id="rules"><p>{t("lead.none")}</p></Section>;
  return (
    <Section title={t("lead.rules")} sub={t("lead.rulesSub")} id="rules">
      <table className="w-full"><thead><tr className="text-support text-ink2 [&>th]:font-[400]"><th className="text-left">{t("lead.rule")}</th><th className="w-[150px] text-left">0 – 1</th><th className="pl-3 text-right">{t("lead.hits")}</th><th className="pl-3 text-right">{t("lead.known")}</th><th className="pl-3 text-right">{t("lead.weight")}</th></tr></thead>
        <tbody>
          {rules.map((r) => {
            const [lo, hi] = interval(r.right, r.known);
            return (
              <tr key={r.rule} className="h-[26px] border-t border-line">
                <th scope="row" className="max-w-0 truncate text-left font-[400]" style={{ width: "100%" }}>{words(r.rule).title}</th>
                <td className="w-[150px]"><svg width="144" height="12" role="img" aria-label={r.known ? `${Math.round((100 * r.right) / r.known)} %` : t("lead.none")}><rect y="4" width="144" height="4" fill="var(--track)" />{r.known > 0 && <><path d={`M${lo * 144} 6H${hi * 144}`} stroke="var(--ink)" strokeWidth="1.5" /><circle cx={(r.right / r.known) * 144} cy="6" r="3.5" fill="var(--ink)" /></>}</svg></td>
                <td className="w-14 text-right">{f.number(r.hits)}</td><td className="w-14 text-right text-ink2">{f.number(r.known)}</td><td className="w-14 text-right text-ink2">{r.weight < 0 ? "−" : "+"}{Math.abs(r.weight).toFixed(1)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}

function Work({ of: l }: { of: Lead }) {
  const t = useT();
  const most = Math.max(40, ...l.workload.map((w) => Math.max(w.open, w.capacity)));
  return (
    <Section title={t("lead.work")} sub={t("lead.workSub")} id="work">
      <ul>
        {l.workload.map((w) => (
          <li key={w.person} className="flex h-[26px] items-center gap-3 border-b border-line"><Person id={w.person} /><span className="w-[120px] truncate">{w.name || w.person}</span>
            <svg viewBox="0 0 240 14" preserveAspectRatio="none" className="h-3.5 min-w-0 flex-1" aria-hidden="true"><rect y="3" width={(w.open / most) * 240} height="8" fill={w.there ? "var(--ink2)" : "var(--ctl)"} />{w.capacity > 0 && <rect x={(w.capacity / most) * 240} width="2" height="14" fill="var(--ink)" />}</svg>
            <b className="w-8 text-right font-[640]">{w.open}</b><span className={`w-[84px] text-support ${w.pastDue ? "font-[640]" : "text-ink2"}`}>{w.pastDue ? t("lead.late", { n: w.pastDue }) : t("lead.nolate")}</span><span className="w-10 text-support text-ink2">{!w.there && t("lead.away")}</span></li>
        ))}
      </ul>
    </Section>
  );
}

const shades = ["var(--sunk)", "var(--line2)", "var(--ctl)", "var(--ink2)", "var(--ink)"];

function Ages({ of: l }: { of: Lead }) {
  const t = useT();
  const f = useFormat();
  const all = l.statistics.ages;
  const most = Math.max(1, ...all.map((a) => a.buckets.reduce((x, y) => x + y, a.undated)));
  const names = ["0–2", "3–7", "8–14", "15–30", t("lead.over30")];
  return (
    <Section title={t("lead.ages")} sub={t("lead.agesSub")} id="ages">
      <p className="mb-2 flex flex-wrap gap-3 text-support text-ink2" aria-hidden="true">{names.map((n, i) => <span key={n} className="flex items-center gap-1.5"><span className="size-2.5 border border-ctl" style={{ background: shades[i] }} />{n}</span>)}</p>
      {all.length === 0 && <p>{t("delays.none")}</p>}
      <ul>
        {all.map((a) => {
          const total = a.buckets.reduce((x, y) => x + y, a.undated);
          let x = 0;
          return (
            <li key={a.line} className="flex h-[26px] items-center gap-3"><span className="w-[88px]">{t(`line.${a.line}` as MessageId)}</span>
              <svg viewBox="0 0 400 14" preserveAspectRatio="none" className="h-3.5 min-w-0 flex-1" role="img" aria-label={a.buckets.map((n, i) => `${names[i]}: ${n}`).join(", ")}>{a.buckets.map((n, i) => { const w = (n / most) * 400; const at = x; x += w; return n > 0 ? <rect key={names[i]} x={at + 0.5} y="0.5" width={w} height="13" fill={shades[i]} stroke="var(--ctl)" vectorEffect="non-scaling-stroke" /> : null; })}</svg>
              <b className="w-12 text-right font-[640]">{f.number(total)}</b></li>
          );
        })}
      </ul>
    </Section>
  );
}

function Steps({ of: l }: { of: Lead }) {
  const t = useT();
  const f = useFormat();
  const most = Math.max(1, ...l.steps.map((x) => x.p90));
  return (
    <Section title={t("lead.steps")} sub={t("lead.stepsSub")} id="steps">
      <ul>
        {l.steps.map((x) => (
          <li key={x.name} className="flex h-[26px] items-center gap-3 border-b border-line"><span className="w-[140px]">{t(x.name === "taken" ? "lead.stepTaken" : "lead.stepDecided")}</span>
            {x.count === 0 ? <span className="text-ink2">{t("lead.none")}</span> : (
              <>
                <svg viewBox="0 0 300 12" className="h-3 min-w-0 flex-1" aria-hidden="true"><rect y="4" width="300" height="4" fill="var(--track)" /><path d={`M${(x.median / most) * 290 + 4} 6H${(x.p90 / most) * 290 + 4}m0-4v8`} stroke="var(--ink)" strokeWidth="1.5" /><circle cx={(x.median / most) * 290 + 4} cy="6" r="3.5" fill="var(--ink)" /></svg>
                <b className="w-16 text-right font-[640]">{t("lead.hours", { n: f.number(x.median, 1) })}</b><span className="w-16 text-right text-ink2">{t("lead.hours", { n: f.number(x.p90, 1) })}</span>
              </>
            )}</li>
        ))}
      </ul>
    </Section>
  );
}
