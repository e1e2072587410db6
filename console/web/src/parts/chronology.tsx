import { type ReactNode, useMemo, useState } from "react";

import type { Case, Schemas } from "../api";
import { chosen, kindOf, kinds, type Line, lines } from "../chronology";
import { useFormat, useMaybe, useRich, useT } from "../i18n";
import { three } from "../score";
import { usePeople } from "../session";
import type { MessageId } from "../words/en";
import { Exhibit, Hold, Person, Tally } from "./bits";
import { Icon, type IconName } from "./icons";

const icons: Record<string, IconName> = { opened: "ring", joined: "ring", assigned: "user", note: "note", exhibit: "file", viewed: "eye", snoozed: "snooze", disposition: "check", determined: "flag", referred: "out", contested: "warn", reopened: "flag", merged: "link", detached: "link", deadline: "delays", restricted: "lock", decided: "flag", raised: "flag", rescored: "flag", questioned: "warn", loss: "warn", reported: "file", cover: "file", due: "delays" };

/** Chronology is the spine of a case: each line timed and sourced, the future above, now in blue. */
export function Chronology({ of: c, here }: { of: Case; here: Schemas["Here"][] }) {
  const t = useT();
  const f = useFormat();
  const people = usePeople();
  const [what, setWhat] = useState<"all" | keyof typeof kinds>("all");
  const all = useMemo(() => lines(c), [c]);
  const shown = chosen(all, what);
  const now = Date.now();
  const future = shown.filter((l) => l.at > now);
  const past = shown.filter((l) => l.at <= now);
  const choices = (["all", "decisions", "notes", "views"] as const).map((k) => [k, chosen(all, k).length] as const);
  let day = f.date(now);
  return (
    <section className="px-4 py-3" aria-labelledby="chronology">
      <div className="mb-3 flex items-baseline gap-2">
        <h2 id="chronology" className="text-section font-[640]">{t("chron.title")}</h2>
        <span className="text-support text-ink2">{t("chron.sub")}</span>
        <span className="ml-auto flex gap-3" role="group" aria-label={t("chron.title")}>
          {choices.map(([k, n]) => <button key={k} type="button" aria-pressed={k === what} onClick={() => setWhat(k)} className={`min-h-6 text-support ${k === what ? "font-[640] underline decoration-2 underline-offset-4" : "text-ink2"}`}>{t(`chron.${k}`, { n })}</button>)}
        </span>
      </div>
      <ol className="relative before:absolute before:top-0 before:bottom-0 before:left-[71px] before:w-px before:bg-line2">
        {future.map((l) => <Item key={l.key} line={l} c={c} stamp={f.day(l.at)} />)}
        <li className="relative my-1 flex items-center gap-2 text-support font-[640] text-you before:h-px before:w-[84px] before:bg-you after:h-px after:flex-1 after:bg-you"><span className="bg-surface">{t("chron.now", { time: `${f.weekday(now)} ${f.time(now)}` })}</span></li>
        {here.map((h) => (
          <li key={h.person} className="relative flex min-h-[23px] items-start gap-3 py-0.5"><span className="w-[55px] text-right text-support text-other">{f.time(h.at)}</span><span className="relative z-[1] -ml-[3px]"><Person id={h.person} here /></span><span className="text-other">{t("case.here", { name: people.name(h.person), doing: h.doing })}</span></li>
        ))}
        {past.map((l) => {
          const d = f.date(l.at);
          const label = d === day ? null : <li key={`d-${l.key}`} className="w-[55px] pt-1 text-right text-support font-[640] whitespace-nowrap" title={d}>{f.near(l.at)}</li>;
          day = d;
          return [label, <Item key={l.key} line={l} c={c} stamp={l.from === "record" && l.whole ? "" : f.time(l.at)} />];
        })}
      </ol>
    </section>
  );
}

function Item({ line, c, stamp }: { line: Line; c: Case; stamp: string }) {
  const kind = kindOf(line);
  const { body, source, below } = useWords(line, c);
  const final = line.from === "record" && line.record === "final";
  return (
    <li className="relative flex min-h-[23px] items-start gap-3 py-0.5">
      <time className="w-[55px] shrink-0 text-right text-support leading-5 text-ink2">{stamp}</time>
      <span className="relative z-[1] -ml-[3px] flex size-5 shrink-0 items-center justify-center rounded-full border border-line2 bg-surface text-ink2"><Icon name={icons[kind] ?? "flag"} size={12} /></span>
      <div className="min-w-0 flex-1">
        <div className="flex items-start gap-2"><span className="min-w-0 flex-1 text-ink2">{body}</span><span className="flex items-center gap-1.5 text-support whitespace-nowrap text-ink3">{final && <Tally state="final" wide={20} />}{source}</span></div>
        {below}
      </div>
    </li>
  );
}

function useWords(line: Line, c: Case): { body: ReactNode; source: ReactNode; below?: ReactNode } {
  const t = useT();
  const rich = useRich();
  const f = useFormat();
  const { who } = usePeople();
  const maybe = useMaybe();
  const code = (x?: string) => (x ? maybe(`code.${x}`, x.replaceAll("-", " ")) : "");
  if (line.from === "record") {
    switch (line.kind) {
      case "decided":
      case "raised":
        return {
          body: <>{rich(`ev.${line.kind}`, { rev: line.revision, outcome: t(`outcome.${line.outcome}` as MessageId).toLowerCase(), score: three(line.score ?? 0) })} {line.hold && <span className="ml-1 inline-flex translate-y-0.5"><Hold /></span>}</>,
          source: t("src.journal", { p: line.partition, o: line.offset }),
        };
      case "due":
        return { body: rich("ev.due", { name: code(line.text) }), source: "" };
      case "loss":
        return { body: rich("ev.loss", { cause: [c.record?.open["loss.cause"], c.record?.open["loss.severity"], c.record?.open["loss.place.city"]].filter(Boolean).join(", ").replaceAll("-", " ") }), source: t("src.claim") };
      case "reported":
        return { body: rich("ev.reported"), source: t("src.claim") };
      case "cover":
        return { body: rich("ev.cover"), source: t("src.policy") };
    }
  }
  const e = line.event;
  const by = who(e.by);
  const source = t("src.case", { n: e.seq });
  switch (e.kind) {
    case "opened":
      return { body: <>{rich("ev.opened", { cause: t(`cause.${e.cause ?? "score"}` as MessageId) })}{e.ring && <> <span className="mono">{e.ring.slice(0, 12)}…</span></>}</>, source };
    case "assigned":
      return { body: rich(!e.to ? "ev.released" : e.to === e.by ? "ev.taken" : "ev.assigned", { by, to: e.to && who(e.to) }), source };
    case "note":
      return { body: rich("ev.note", { by }), source: t("src.sealed"), below: <p className="mt-1 mb-1 border-l-2 border-note-line bg-note px-2.5 py-1.5 text-ink [overflow-wrap:anywhere] whitespace-pre-wrap">{e.sealed ? <i>{t("ev.noteSealed")}</i> : e.text}</p> };
    case "exhibit":
    case "exhibit-viewed":
    case "exhibit-exported":
      return { body: rich(`ev.${e.kind}`, { by, n: e.exhibit }), source: <Exhibit n={e.exhibit ?? 0} /> };
    case "viewed":
      return { body: rich("ev.viewed", { by, times: line.times }), source: "" };
    case "snoozed":
      return { body: rich("ev.snoozed", { by, until: e.until ? f.date(e.until) : "" }), source };
    case "disposition":
      return { body: <>{rich("ev.disposition", { by, verdict: e.verdict?.verdict })} {e.verdict?.reasons.map(code).join(", ")}</>, source };
    case "referred":
      return { body: rich("ev.referred", { by, to: e.to }), source };
    case "merge-proposed":
    case "merged":
      return { body: rich(`ev.${e.kind}`, { by, other: e.other }), source };
    case "joined":
    case "detached":
      return { body: rich(`ev.${e.kind}`, { by, claim: e.claim?.claim }), source };
    case "rescored":
      return { body: rich("ev.rescored", { score: three(e.score ?? 0) }), source };
    case "determined":
    case "contested":
    case "reopened":
    case "deadline":
    case "restricted":
    case "questioned":
      return { body: <>{rich(`ev.${e.kind}`, { by })} {code(e.reason)}</>, source };
  }
  return { body: e.kind, source };
}
