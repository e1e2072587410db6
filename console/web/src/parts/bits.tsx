import { type ReactNode, useState } from "react";

import type { Money as Amount, Token } from "../api";
import { due } from "../due";
import { useFormat, useT } from "../i18n";
import { initials, usePeople } from "../session";
import { Icon, Shape } from "./icons";

export const Key = ({ children }: { children: ReactNode }) => <kbd className="key" aria-hidden="true">{children}</kbd>;

/** Mark is the tally: two notched halves. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={(size * 14) / 24} viewBox="0 0 24 14" aria-hidden="true" className="shrink-0">
      <path d="M0 0h5v6H0zM6 0h3v6H6zM10 0h7v6h-7zM18 0h6v6h-6z" fill="var(--ink)" />
      <path d="M.5 8.500h4.500v5H.5zM6.5 8.500h2.500v5H6.500zM10.5 8.500h6.500v5h-6.500zM18.5 8.500h5v5h-5z" fill="none" stroke="var(--ink)" />
    </svg>
  );
}

const segments = [[0, 5.5], [6.5, 3.5], [11, 7.5], [19.5, 4.5]] as const;

/** Tally is how far a record has come: received, decided, anchored, final. It is named, for readers and on hover. */
export function Tally({ state, wide = 24 }: { state: string; wide?: number }) {
  const t = useT();
  const final = state === "final";
  const ink = final ? "var(--ok)" : "var(--ink2)";
  const name = t(`record.${state}` as "record.final");
  const half = (y: number, how: "solid" | "hollow" | "dashed") =>
    segments.map(([x, w]) => (
      <rect key={x} x={how === "solid" ? x : x + 0.5} y={how === "solid" ? y : y + 0.5} width={how === "solid" ? w : w - 1} height={how === "solid" ? 5.5 : 4.5} fill={how === "solid" ? ink : "none"} stroke={how === "solid" ? "none" : ink} strokeDasharray={how === "dashed" ? "2 1.5" : undefined} />
    ));
  return (
    <svg width={wide} height={wide / 2} viewBox="0 0 24 12" role="img" aria-label={name} className="shrink-0">
      <title>{name}</title>
      {half(0, state === "received" ? "dashed" : "solid")}
      {half(6.5, final ? "solid" : state === "anchored" ? "hollow" : "dashed")}
    </svg>
  );
}

/** Hold: payment waits for a person. */
export function Hold({ label = true }: { label?: boolean }) {
  const t = useT();
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" className="shrink-0" role={label ? "img" : undefined} aria-hidden={label ? undefined : true} aria-label={label ? t("row.hold") : undefined}>
      {label && <title>{t("row.hold")}</title>}
      <rect width="12" height="12" rx="2" fill="var(--ink)" />
      <path d="M4.2 3.500v5M7.8 3.500v5" stroke="var(--surface)" strokeWidth="1.6" />
    </svg>
  );
}

/** Pie fills as a deadline nears. */
export function Pie({ filled }: { filled: number }) {
  const a = 2 * Math.PI * Math.min(0.9999, Math.max(0.0001, filled)) - Math.PI / 2;
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" className="shrink-0">
      <circle cx="6" cy="6" r="5.25" fill="none" stroke="var(--ink)" strokeWidth="1" />
      <path d={`M6 6V.75A5.25 5.25 0 ${filled > 0.5 ? 1 : 0} 1 ${(6 + 5.25 * Math.cos(a)).toFixed(2)} ${(6 + 5.25 * Math.sin(a)).toFixed(2)}z`} fill="var(--ink)" />
    </svg>
  );
}

/** DueIn is a deadline: a pie and days; bold near its end; inverted when past. */
export function DueIn({ opened, until, date = false }: { opened: string; until?: string; date?: boolean }) {
  const t = useT();
  const f = useFormat();
  if (!until) return <span className="text-ink3">—</span>;
  const d = due(opened, until, Date.now());
  if (d.late) return <span className="rounded-[3px] bg-inv px-1.5 py-px text-support font-[640] text-inv-ink">{t("row.late", { n: d.days })}</span>;
  return (
    <span className={`inline-flex items-center gap-1.5 ${d.bold ? "font-[640]" : ""}`} title={f.date(until)}>
      <Pie filled={d.filled} />
      {date ? t("fact.in", { date: f.day(until), n: d.days }) : t("row.days", { n: d.days })}
    </span>
  );
}

/** Person is a circle with initials: blue is you, violet is here now. */
export function Person({ id, here = false, size = 20 }: { id: string; here?: boolean; size?: number }) {
  const { me, name } = usePeople();
  const tone = id === me ? "bg-you-bg text-you-ink" : here ? "bg-other-bg text-other ring-1 ring-other" : "bg-line text-ink2";
  return (
    <span role="img" aria-label={name(id)} title={name(id)} style={{ width: size, height: size }} className={`inline-flex shrink-0 items-center justify-center rounded-full text-[9.500px] font-[640] ${tone}`}>
      <span aria-hidden="true">{initials(name(id))}</span>
    </span>
  );
}

export function Money({ of, strong = false }: { of?: Amount; strong?: boolean }) {
  const f = useFormat();
  if (!of) return <span className="text-ink3">—</span>;
  return (
    <span className="whitespace-nowrap">
      <span className={strong ? "font-[620]" : ""}>{f.amount(of.amount)}</span> <span className="text-ink3">{of.currency}</span>
    </span>
  );
}

/** Sums are amounts by currency: those of two currencies are never added. */
export function Sums({ of }: { of: Amount[] }) {
  const f = useFormat();
  return <>{of.map((m) => `${f.compact(m.amount)} ${m.currency}`).join(" · ")}</>;
}

/** Chip is a token: kind, four characters, on how many claims. It copies on y or a click of its button. */
export function Chip({ token, hub = 20 }: { token: Token; hub?: number }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const [domain, version, ...rest] = token.value.split("_");
  const short = rest.join("_").slice(0, 4);
  const over = token.claims > hub;
  const copy = () => {
    void navigator.clipboard?.writeText(token.value).then(() => setCopied(true)).catch(() => {});
    setTimeout(() => setCopied(false), 1500);
  };
  const kind = t(`kind.${domain}` as "kind.bnk");
  return (
    <button type="button" onClick={copy} onKeyDown={(e) => e.key === "y" && (e.preventDefault(), e.stopPropagation(), copy())} title={`${kind} ${token.value}`}
      className={`group relative inline-flex h-5 min-w-0 items-center gap-1 rounded-chip border bg-surface px-1 ${over ? "border-dashed" : ""} border-line2 hover:border-ctl`}>
      <Shape domain={domain} />
      <span className="mono leading-none"><span className="text-ink3">{domain}_{version}_</span>{short}…</span>
      {token.claims > 1 && <span className="-my-px self-stretch border-l border-line2 pl-1 text-axis leading-[18px] font-[640]">×{token.claims}</span>}
      {copied && <Icon name="check" size={12} className="text-ok" />}
      <span className="sr-only">{t("token.of", { kind, token: `${short}…`, n: token.claims })}. {t("token.copy", { token: `${short}…` })}</span>
    </button>
  );
}

export const Sealed = ({ children }: { children: ReactNode }) => (
  <span className="hatched mono inline-flex h-5 items-center gap-1.5 rounded-chip border border-line2 px-1.5 leading-none">
    <Icon name="lock" size={12} />
    {children}
  </span>
);

/** Exhibit is a boxed number. */
export const Exhibit = ({ n }: { n: number }) => <span className="mono inline-flex h-[18px] items-center rounded-key border border-ctl px-1 leading-none font-medium">E{n}</span>;

export function Section({ title, sub, side, children, id }: { title: ReactNode; sub?: ReactNode; side?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="px-4 py-3" aria-labelledby={id}>
      <div className="mb-2 flex items-baseline gap-2">
        <h2 id={id} className="text-section font-[640]">{title}</h2>
        {sub && <span className="text-support text-ink3">{sub}</span>}
        {side && <span className="ml-auto">{side}</span>}
      </div>
      {children}
    </section>
  );
}

export const Skeleton = ({ lines = 6 }: { lines?: number }) => (
  <div className="fade space-y-3 p-4 [animation-delay:150ms] [animation-fill-mode:backwards]" aria-hidden="true">
    {Array.from({ length: lines }, (_, i) => (
      <div key={i} className="h-4 rounded bg-sunk" style={{ width: `${90 - ((i * 17) % 45)}%` }} />
    ))}
  </div>
);
