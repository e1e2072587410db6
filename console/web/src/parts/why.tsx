import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { api, ask, type Decision, type Reason, type Record_ } from "../api";
import { useFormat, useRules, useT } from "../i18n";
import type { QueueSearch } from "../queueaddress";
import { at, bands, logit, step, three } from "../score";
import { usePeople } from "../session";
import { Chip, Money, Section } from "./bits";
import { rampOf, Score } from "./score";

const row = 22;
const sign = (w: number) => `${w < 0 ? "−" : "+"}${Math.abs(w).toFixed(1)}`;

/** Why shows how base and reasons add up to the score; the reason that is chosen says what it saw. */
export function Why({ record }: { record: Record_ }) {
  const t = useT();
  const words = useRules();
  const revisions = record.decisions;
  const [rev, setRev] = useState(revisions.length - 1);
  const now = rev >= revisions.length - 1;
  const d: Pick<Decision, "score" | "base"> & { reasons: Reason[] } = now || !revisions[rev] ? { score: record.score, base: record.base, reasons: record.reasons } : revisions[rev];
  const [chosen, setChosen] = useState(0);
  const reasons = [...d.reasons].sort((a, b) => b.weight - a.weight);
  const reason = reasons[Math.min(chosen, reasons.length - 1)];
  const total = reasons.reduce((a, r) => a + r.weight, d.base);
  const width = Math.min(404, innerWidth - 32); // a phone has less
  const left = width - 204;
  const x = (lo: number) => left + at(lo) * 152;
  const height = (reasons.length + 2) * row;
  let lo = d.base;
  const steps = reasons.map((r) => {
    const from = lo;
    lo += r.weight;
    return { r, from, to: lo };
  });
  return (
    <section className="px-4 py-3" aria-labelledby="why">
      <div className="flex items-baseline gap-2">
        <h2 id="why" className="text-section font-[640]">{t("why.title", { score: three(d.score) })}</h2>
        <span className="text-support text-ink2">{t("why.sub")}</span>
        {revisions.length > 1 && (
          <span className="ml-auto flex" role="group" aria-label={t("tab.chronology")}>
            {revisions.map((v, i) => (
              <button key={`${v.partition}@${v.offset}`} type="button" aria-pressed={i === rev} onClick={() => setRev(i)} className={`-ml-px h-6 min-w-6 border border-line2 px-2 text-support first:rounded-l-ctl last:rounded-r-ctl ${i === rev ? "bg-inv font-[640] text-inv-ink" : "bg-surface"}`}>{i === 0 ? t("why.rev", { n: v.revision }) : v.revision}</button>
            ))}
          </span>
        )}
      </div>
      <div className="relative mt-1" style={{ height: height + 30 }}>
        <svg width={width} height={height + 30} viewBox={`0 0 ${width} ${height + 30}`} className="absolute inset-0" aria-hidden="true">
          {([[bands.review, t("why.review"), "end", ""], [bands.hold, t("why.hold"), "middle", "2 2"], [bands.investigate, t("why.investigate"), "start", ""]] as const).map(([p, label, anchor, dash], i) => (
            <g key={label}>
              <path d={`M${x(logit(p))} 30V${height + 26}`} stroke="var(--line2)" strokeDasharray={dash} />
              <text x={x(logit(p)) + (anchor === "end" ? 4 : anchor === "start" ? -4 : 0)} y={i === 1 ? 12 : 25} textAnchor={anchor} fontSize="11" fill="var(--ink2)">{label}</text>
            </g>
          ))}
          <path d={`M${x(d.base)} 33v${row - 4}`} stroke="var(--ink)" strokeWidth="2.5" />
          {steps.map(({ r, from, to }, i) => {
            const y = 30 + (i + 1) * row;
            const a = Math.min(x(from), x(to));
            const w = Math.max(2, Math.abs(x(to) - x(from)));
            return (
              <g key={r.rule}>
                <path d={`M${x(from)} ${y - 4}v8`} stroke="var(--ctl)" />
                {r.weight >= 0 ? <rect x={a} y={y + 4} width={w} height="14" fill={rampOf(d.score)} /> : <rect x={a + 0.5} y={y + 4.5} width={Math.max(3, w - 1)} height="13" fill="var(--surface)" stroke="var(--ok)" strokeWidth="1.5" />}
              </g>
            );
          })}
          <path d={`M${x(total)} ${30 + (reasons.length + 1) * row + 2}v${row - 4}`} stroke="var(--ink)" strokeWidth="2.5" />
        </svg>
        <ol className="absolute inset-x-0 top-[30px]" aria-label={t("why.chart")}>
          <li className="flex h-[22px] items-center justify-between"><span className="truncate" style={{ maxWidth: left - 4 }}>{t("why.base", { p: Math.round(100 / (1 + Math.exp(-d.base))) })}</span><span>{sign(d.base)}</span></li>
          {steps.map(({ r }, i) => (
            <li key={r.rule} className={i === chosen ? "-mx-2 bg-you-bg px-2 mix-blend-multiply dark:mix-blend-normal dark:bg-transparent dark:ring-1 dark:ring-you" : ""}>
              <button type="button" aria-pressed={i === chosen} onClick={() => setChosen(i)} className="flex h-[22px] w-full items-center justify-between text-left">
                <span className="truncate" style={{ maxWidth: left - 4 }}>{words(r.rule).title}</span><span className={i === chosen ? "font-[640]" : ""}>{sign(r.weight)}</span>
              </button>
            </li>
          ))}
          <li className="flex h-[22px] items-center justify-between border-t border-line2 font-[640]"><span>{t("why.total", { score: three(d.score) })}</span><span>{sign(total)}</span></li>
        </ol>
      </div>
      {reason && <ReasonBox reason={reason} record={record} />}
    </section>
  );
}

function ReasonBox({ reason, record }: { reason: Reason; record: Record_ }) {
  const rules = useRules();
  const { title, text } = rules(reason.rule, reason.facts, reason.text);
  const tokens = record.tokens.filter((k) => reason.facts.some((f) => f.value === k.value));
  const seen = [...new Map(tokens.map((k) => [k.value, k])).values()];
  return (
    <div className="mt-3 rounded-panel border border-line2 p-3">
      <div className="flex items-baseline justify-between gap-3"><h3 className="font-[640]">{title}</h3><span className="mono text-ink2">{reason.rule}</span></div>
      <p className="mt-1">{text}</p>
      {seen.map((k) => (
        <p key={k.value} className="mt-2 flex flex-wrap items-center gap-2"><Chip token={k} />{k.where.slice(0, 4).map((w) => <span key={w.claim} className="text-support text-ink2">→ …{w.claim.slice(-7)}</span>)}</p>
      ))}
      {reason.facts.some((f) => !seen.some((k) => k.value === f.value)) && (
        <dl className="mt-2 flex flex-wrap gap-x-8 gap-y-1 border-t border-line pt-2">
          {reason.facts.filter((f) => !seen.some((k) => k.value === f.value)).map((f) => (
            <div key={f.name}><dt className="text-support text-ink2">{f.name}</dt><dd><b className="font-[640] break-all">{f.value}</b> <span className="text-ink2">{f.threshold}</span></dd></div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** Known is the score over time: what was known when. */
export function Known({ record }: { record: Record_ }) {
  const t = useT();
  const f = useFormat();
  const d = record.decisions;
  if (d.length === 0) return null;
  const from = Date.parse(d[0].at);
  const to = Math.max(Date.now(), from + 1);
  const span = to - from || 1;
  const px = (at: string) => 28 + ((Date.parse(at) - from) / span) * 340;
  const py = (s: number) => 66 - s * 58;
  let path = "";
  d.forEach((v, i) => {
    path += i === 0 ? `M${px(v.at)} ${py(v.score)}` : `H${px(v.at)}V${py(v.score)}`;
  });
  path += "H372";
  return (
    <Section title={t("known.title")} id="known">
      <svg width="404" height="92" viewBox="0 0 404 92" className="h-auto max-w-full" role="img" aria-label={d.map((v) => `${f.date(v.at)}: ${t("known.rev", { score: three(v.score), n: v.revision })}`).join("; ")}>
        {[bands.investigate, bands.review].map((p) => (
          <g key={p}><path d={`M28 ${py(p)}H372`} stroke="var(--line2)" strokeDasharray="2 3" /><text x="0" y={py(p) + 4} fontSize="11" fill="var(--ink2)">{p.toFixed(2).slice(1)}</text></g>
        ))}
        <path d={path} fill="none" stroke="var(--ink)" strokeWidth="1.5" />
        {d.map((v) => <circle key={`${v.partition}@${v.offset}`} cx={px(v.at)} cy={py(v.score)} r="4" fill={`var(--r${step(v.score)})`} />)}
        <text x="376" y={py(record.score) + 4} fontSize="11" fontWeight="600" fill="var(--ink)">{three(record.score)}</text>
        <text x="28" y="88" fontSize="11" fill="var(--ink2)">{f.day(d[0].at)} {f.time(d[0].at)}</text>
        <text x="372" y="88" fontSize="11" textAnchor="end" fill="var(--ink2)">{t("known.now")}</text>
      </svg>
    </Section>
  );
}

export function Similar({ record, search }: { record: Record_; search: QueueSearch }) {
  const t = useT();
  const { name } = usePeople();
  const path = { insurer: record.insurer, claim: record.claim };
  const claims = useQuery({ queryKey: ["similar", path], queryFn: () => ask(api.GET("/api/v1/claims/{insurer}/{claim}/similar", { params: { path } })), staleTime: 60_000 }).data?.claims;
  return (
    <Section title={t("similar.title")} sub={t("similar.sub")} id="similar">
      {claims?.length === 0 && <p className="text-ink2">{t("similar.none")}</p>}
      <ul className="min-h-18">
        {claims?.map((s) => {
          const body = (
            <>
              <b className="w-[68px] shrink-0 font-[620] whitespace-nowrap">…{s.claim.slice(-7)}</b> <Score score={s.score} base={s.base} weights={s.weights} width={44} />
              <span className="ml-auto text-right whitespace-nowrap"><Money of={s.money} /></span>
              <span className="w-[66px] shrink-0">{s.verdict ? t(`similar.${s.verdict}` as "similar.clear") : s.case ? t("similar.open") : t("similar.nocase")}</span>
              <span className="w-[52px] shrink-0 truncate text-ink2">{s.assignee ? name(s.assignee) : ""}</span>
            </>
          );
          return (
            <li key={s.claim} className="border-b border-line last:border-0">
              {s.case ? <Link to="/cases/$case" params={{ case: String(s.case) }} search={search} className="flex min-h-6 items-center gap-2 hover:bg-hover">{body}</Link> : <span className="flex min-h-6 items-center gap-2">{body}</span>}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
