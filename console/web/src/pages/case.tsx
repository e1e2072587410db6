import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { act, type ActBody, type Acts, api, ask, type Case } from "../api";
import { useFormat, useT } from "../i18n";
import { useKeys } from "../keys";
import { type Change, useChanges } from "../live";
import { AssignDialog, SnoozeDialog } from "../parts/actdialogs";
import { DueIn, Hold, Key, Money, Person, Skeleton } from "../parts/bits";
import { ContestDialog } from "../parts/contest";
import { Chronology } from "../parts/chronology";
import { Decide, type DecideHandle } from "../parts/decide";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icons";
import { NoteEditor } from "../parts/note";
import { useExplain, useNotice } from "../parts/notices";
import { MoneyAndDocuments, Parties } from "../parts/parties";
import { ProveDialog, RecordSection, ReferralSection } from "../parts/record";
import { ScoreBar } from "../parts/score";
import { Known, Similar, Why } from "../parts/why";
import { request } from "../queueaddress";
import { three } from "../score";
import { useMay, usePeople, useSession } from "../session";
import { usePaletteActs } from "../shell";
import type { MessageId } from "../words/en";

// What few cases need is fetched when the page has come to rest.
const RevealSection = lazy(() => import("../parts/reveal"));
const Exhibits = lazy(() => import("../parts/exhibits"));

export type Tab = "why" | "chronology" | "parties" | "record";

/** useWide is the layout: three columns, two, or tabs. */
function useWide() {
  const get = () => (innerWidth >= 1280 ? 3 : innerWidth >= 900 ? 2 : 1);
  const [wide, set] = useState(get);
  useEffect(() => {
    const on = () => set(get());
    addEventListener("resize", on);
    return () => removeEventListener("resize", on);
  }, []);
  return wide;
}

export function CasePage() {
  const id = Number(useParams({ from: "/cases/$case" }).case);
  const [claim, setClaim] = useState<{ id: number; claim?: string }>({ id });
  const of = claim.id === id ? claim.claim : undefined;
  const query = useQuery({ queryKey: ["case", id, of], queryFn: () => ask(api.GET("/api/v1/cases/{case}", { params: { path: { case: id }, query: { claim: of } } })), placeholderData: (old) => (old?.case.id === id ? old : undefined) });
  const explain = useExplain();
  const t = useT();
  if (query.isError && !query.data) {
    return (
      <div role="alert" className="m-4 flex items-center gap-3 self-start rounded-panel border border-danger bg-danger-bg px-4 py-3 text-danger">
        <Icon name="warn" /> {explain(query.error)} <Link to="/queue" search={{}} className="ctl">{t("nav.queue")}</Link>
      </div>
    );
  }
  if (!query.data) return <div role="status"><span className="sr-only">{t("queue.readingFirst")}</span><Skeleton lines={16} /></div>;
  return <Loaded key={id} of={query.data} onClaim={(c) => setClaim({ id, claim: c })} />;
}

function Loaded({ of: c, onClaim }: { of: Case; onClaim: (claim: string) => void }) {
  const t = useT();
  const may = useMay();
  const search = useSearch({ from: "/cases/$case" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const notice = useNotice();
  const explain = useExplain();
  const people = usePeople();
  const session = useSession();
  const wide = useWide();
  const id = c.case.id;
  const claim = `${c.case.insurer}/${c.case.claim}`;
  const closed = c.case.status === "closed" || c.case.status === "merged";
  const works = may("case.work");
  const [tab, setTab] = useState<Tab>("why");
  const [dialog, setDialog] = useState<"" | "snooze" | "assign" | "prove" | "decide" | "note" | "reopen" | "reveal" | "contest">("");
  const decide = useRef<DecideHandle>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const looked = useRef(new Set<string>(["why", "chronology"]));

  useEffect(() => {
    document.title = `${c.case.claim} · Tallystick`;
  }, [c.case.claim]);

  const beside = useQuery({ queryKey: ["beside", id, request(search)], queryFn: () => ask(api.GET("/api/v1/cases/{case}/beside", { params: { path: { case: id }, query: request(search) } })) }).data;
  const go = (to?: number) => to && void navigate({ to: "/cases/$case", params: { case: String(to) }, search });

  // Looking is an entry of its own, once a minute; who else is here is a courtesy of this process.
  const [here, setHere] = useState(c.here);
  const doing = useRef<"reading" | "writing">("reading");
  const present = useCallback((what: "reading" | "writing" | "left") => ask(api.PUT("/api/v1/cases/{case}/presence", { params: { path: { case: id } }, body: { doing: what } })).then((r) => what !== "left" && setHere(r.here)).catch(() => {}), [id]);
  useEffect(() => {
    void present("reading");
    const beat = setInterval(() => void present(doing.current), 25_000);
    return () => {
      clearInterval(beat);
      void present("left");
    };
  }, [id, present]);
  useChanges(useCallback((ch: Change) => {
    if (ch.kind === "presence" && ch.case === id && ch.person !== people.me) void present(doing.current);
  }, [id, people.me, present]));
  const writing = (on: boolean) => {
    const next = on ? "writing" : "reading";
    if (doing.current === next) return;
    doing.current = next;
    void present(next);
  };

  const run = async (name: Acts, body: ActBody = {}, done?: string) => {
    setDialog("");
    try {
      await act(name, id, { expect: c.case.version, ...body });
      if (done) notice(done);
      return true;
    } catch (e) {
      notice(explain(e, c.case.claim), true);
      return false;
    } finally {
      void queries.invalidateQueries({ queryKey: ["case", id] });
      void queries.invalidateQueries({ queryKey: ["queue"] });
      void queries.invalidateQueries({ queryKey: ["counts"] });
    }
  };
  const mine = c.case.assignee !== undefined && c.case.assignee === people.me;
  const assign = () => (may("case.assign") ? setDialog("assign") : void run(mine ? "release" : "take"));
  const toDecide = () => {
    if (!may("case.decide") || closed) return;
    if (wide === 1) setDialog("decide");
    else if (wide === 2) {
      setTab("parties");
      setTimeout(() => decide.current?.focus(), 0);
    } else decide.current?.focus();
  };
  const toNote = () => (wide === 1 ? setDialog("note") : note.current?.focus());
  const copy = () => void navigator.clipboard?.writeText(claim).then(() => notice(t("case.copied"))).catch(() => {});
  const prove = () => may("record.prove") && c.record && setDialog("prove");
  useKeys({
    j: () => go(beside?.after), k: () => go(beside?.before), Escape: () => (document.activeElement instanceof HTMLTextAreaElement ? document.activeElement.blur() : void navigate({ to: "/queue", search })),
    a: works && !closed ? assign : undefined, z: works && !closed ? () => setDialog("snooze") : undefined, n: may("case.notes") ? toNote : undefined, e: toDecide,
    1: () => { toDecide(); decide.current?.choose("confirm"); }, 2: () => { toDecide(); decide.current?.choose("clear"); }, 3: () => { toDecide(); decide.current?.choose("refer"); },
    v: may("reveal.ask") && c.record ? () => { if (wide < 3) setTab("parties"); setDialog("reveal"); } : undefined,
    p: prove, g: () => c.record?.ring && void navigate({ to: "/rings/$ring", params: { ring: c.record.ring } }), y: copy,
  }, dialog === "");
  usePaletteActs(t("pal.case"), [
    ...(works && !closed ? [{ label: t(mine ? "case.release" : may("case.assign") ? "case.assign" : "case.take"), icon: "user" as const, keys: "a", run: assign }, { label: t("case.snooze"), icon: "snooze" as const, keys: "z", run: () => setDialog("snooze") }] : []),
    ...(may("case.notes") ? [{ label: t("case.note"), icon: "note" as const, keys: "n", run: toNote }] : []),
    ...(may("case.contest") && !c.case.contested ? [{ label: t("con.title"), icon: "flag" as const, run: () => setDialog("contest") }] : []),
    ...(may("case.decide") && !closed ? [{ label: t("dec.title"), icon: "check" as const, keys: "e", run: toDecide }] : []),
    ...(may("reveal.ask") && c.record ? [{ label: t("rev.ask"), icon: "lock" as const, keys: "v", run: () => setDialog("reveal") }] : []),
    ...(c.record ? [{ label: t("rec.prove"), icon: "link" as const, keys: "p", run: prove }] : []),
  ]);

  const decided = (next: boolean) => {
    void queries.invalidateQueries({ queryKey: ["case", id] });
    void queries.invalidateQueries({ queryKey: ["queue"] });
    void queries.invalidateQueries({ queryKey: ["counts"] });
    setDialog("");
    if (next && beside?.after) go(beside.after);
  };
  const decideBox = !may("case.decide") ? null : closed ? (
    <Standing of={c} onReopen={may("case.reopen") ? () => setDialog("reopen") : undefined} />
  ) : (
    <Decide ref={decide} of={c} viewed={() => [...looked.current]} onDone={decided} />
  );
  const noteBox = may("case.notes") ? <NoteEditor ref={note} of={c} onWriting={writing} onDone={() => { setDialog(""); void queries.invalidateQueries({ queryKey: ["case", id] }); }} /> : <p className="border-t border-line bg-bg px-4 py-3 text-support text-ink2">{t("note.readonly")}</p>;
  const why = c.record ? <><Why record={c.record} /><Known record={c.record} /><Similar record={c.record} search={search} /></> : <p className="p-4 text-ink2">{t("err.norecord")}</p>;
  const chron = <Chronology of={c} here={here} />;
  const parties = c.record && <><Parties record={c.record} onLook={() => looked.current.add("parties")} />{may("reveal.ask") && <Suspense><RevealSection record={c.record} asking={dialog === "reveal"} onAsk={() => setDialog("reveal")} onClose={() => setDialog("")} /></Suspense>}<MoneyAndDocuments record={c.record} /><Suspense><Exhibits of={c} /></Suspense></>;
  const record = c.record && <><RecordSection record={c.record} log={session?.log} onProve={prove} /><ReferralSection of={c} /></>;
  const open = (next: Tab) => {
    looked.current.add(next);
    setTab(next);
  };

  return (
    <>
      <header className="flex h-11 shrink-0 items-center gap-3 border-b border-line px-4 max-[900px]:gap-2">
        <Link to="/queue" search={search} className="flex min-h-6 items-center text-ink2 hover:text-ink" aria-label={t("nav.queue")}><span className="min-[900px]:hidden"><Icon name="left" /></span><span className="whitespace-nowrap max-[900px]:hidden">{t("nav.queue")}{search.view && !search.view.startsWith("own:") ? ` / ${t(`view.${search.view}` as MessageId)}` : ""}</span></Link>
        <span className="flex items-center gap-1.5 text-support whitespace-nowrap text-ink2 max-[900px]:hidden">
          <button type="button" aria-label={t("case.prev")} disabled={!beside?.before} onClick={() => go(beside?.before)} className="flex size-6 items-center justify-center disabled:opacity-40"><Key>k</Key></button>
          {beside && t("case.of", { total: beside.total })}
          <button type="button" aria-label={t("case.next")} disabled={!beside?.after} onClick={() => go(beside?.after)} className="flex size-6 items-center justify-center disabled:opacity-40"><Key>j</Key></button>
        </span>
        <h1 className="min-w-[120px] truncate text-page font-[400]"><span className="text-ink2">{c.case.insurer}/</span><b className="font-[620]">{c.case.claim}</b></h1>
        {c.claims.length > 1 && (
          <select aria-label={t("case.which")} className="field !h-6 !w-[176px] !py-0 max-[900px]:!w-[72px]" value={c.case.claim} onChange={(e) => onClaim(e.target.value)}>
            {[...c.claims].sort((a, b) => b.score - a.score).map((x) => <option key={x.claim} value={x.claim}>{`${three(x.score)} …${x.claim.slice(-7)}`}</option>)}
          </select>
        )}
        <button type="button" aria-label={t("case.copy")} onClick={copy} className="ctl ctl-quiet !h-6 !px-1 max-[900px]:hidden"><Icon name="copy" size={14} /></button>
        <span className="ml-auto flex items-center gap-2">
          {here.map((h) => (
            <span key={h.person} className="flex items-center gap-1.5 rounded-full bg-other-bg py-0.5 pr-2.5 pl-0.5 text-support font-[560] whitespace-nowrap text-other max-[1500px]:bg-transparent max-[1500px]:p-0">
              <Person id={h.person} here /> <span className="max-[1500px]:sr-only">{t("case.here", { name: people.name(h.person), doing: h.doing })}</span>
            </span>
          ))}
          {c.case.assignee && <Person id={c.case.assignee} />}
          <span className="flex gap-2 max-[900px]:hidden">
            {works && !closed && <button type="button" className="ctl" onClick={assign}><Icon name="user" size={14} /> {t(mine ? "case.release" : may("case.assign") ? "case.assign" : "case.take")} <Key>a</Key></button>}
            {may("case.notes") && <button type="button" className="ctl" onClick={toNote}><Icon name="note" size={14} /> {t("case.note")} <Key>n</Key></button>}
            {works && !closed && <button type="button" className="ctl" onClick={() => setDialog("snooze")}><Icon name="snooze" size={14} /> {t("case.snooze")} <Key>z</Key></button>}
            {c.record?.ring && <Link to="/rings/$ring" params={{ ring: c.record.ring }} className="ctl"><Icon name="ring" size={14} /> {t("case.ring", { n: c.record.ringSize ?? 0 })} <Key>g</Key></Link>}
            {may("case.contest") && !c.case.contested && <button type="button" className="ctl" onClick={() => setDialog("contest")}><Icon name="flag" size={14} /> {t("con.open")}</button>}
            {may("case.export") && <a className="ctl" href={`/api/v1/cases/${id}/referral.zip`} download><Icon name="export" size={14} /> {t("case.referral")}</a>}
          </span>
        </span>
      </header>
      <Facts of={c} wide={wide} />
      {wide === 1 ? (
        <>
          <Tabs tabs={["why", "chronology", "parties", "record"]} now={tab} onTab={open} />
          <div role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`} tabIndex={0} className="min-h-0 flex-1 overflow-auto pb-4">{tab === "why" ? why : tab === "chronology" ? chron : tab === "parties" ? parties : record}</div>
          <div className="flex h-16 shrink-0 items-center gap-2 border-t border-line bg-bg px-4 [&_.ctl]:h-11 [&_.ctl]:flex-1 [&_.ctl]:justify-center [&_.ctl]:text-[15px]">
            {may("case.notes") && <button type="button" className="ctl" onClick={toNote}><Icon name="note" /> {t("case.note")}</button>}
            {works && !closed && <button type="button" className="ctl" onClick={() => setDialog("snooze")}><Icon name="snooze" /> {t("case.snooze")}</button>}
            {may("case.decide") && !closed && <button type="button" className="ctl ctl-primary" onClick={toDecide}>{t("dec.dialog")}</button>}
          </div>
        </>
      ) : (
        <div className={`grid min-h-0 flex-1 ${wide === 3 ? "grid-cols-[436px_minmax(0,1fr)_448px]" : "grid-cols-[minmax(0,1fr)_minmax(0,1fr)]"}`}>
          <div className="min-h-0 overflow-auto border-r border-line" tabIndex={0} role="group" aria-label={t("tab.why")}>{why}</div>
          {wide === 3 ? (
            <>
              <div className="flex min-h-0 flex-col border-r border-line"><div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label={t("tab.chronology")}>{chron}</div>{noteBox}</div>
              <div className="flex min-h-0 flex-col"><div className="min-h-0 flex-1 divide-y divide-line overflow-auto" tabIndex={0} role="group" aria-label={t("tab.parties")}>{parties}{record}</div>{decideBox}</div>
            </>
          ) : (
            <div className="flex min-h-0 flex-col">
              <Tabs tabs={["chronology", "parties"]} now={tab === "parties" ? "parties" : "chronology"} onTab={open} />
              <div role="tabpanel" id={`panel-${tab === "parties" ? "parties" : "chronology"}`} aria-labelledby={`tab-${tab === "parties" ? "parties" : "chronology"}`} tabIndex={0} className="min-h-0 flex-1 overflow-auto">{tab === "parties" ? <>{parties}{record}</> : chron}</div>
              {tab === "parties" ? decideBox : noteBox}
            </div>
          )}
        </div>
      )}
      <SnoozeDialog open={dialog === "snooze"} onClose={() => setDialog("")} onDone={(until) => void run("snooze", { until })} />
      <AssignDialog open={dialog === "assign"} onClose={() => setDialog("")} onDone={(to) => void run("assign", to)} />
      {c.record && <ProveDialog open={dialog === "prove"} record={c.record} onClose={() => setDialog("")} />}
      <Dialog open={dialog === "decide"} onClose={() => setDialog("")} title={t("dec.title")}><div className="-m-4">{decideBox}</div></Dialog>
      <Dialog open={dialog === "note"} onClose={() => setDialog("")} title={t("note.title")}><div className="-m-4">{noteBox}</div></Dialog>
      <ContestDialog open={dialog === "contest"} onClose={() => setDialog("")} onDone={(reason) => void run("contest", { reason }, t("con.done"))} />
      <ReopenDialog open={dialog === "reopen"} onClose={() => setDialog("")} onDone={(reason) => void run("reopen", { reason })} />
    </>
  );
}

function Tabs({ tabs, now, onTab }: { tabs: Tab[]; now: Tab; onTab: (t: Tab) => void }) {
  const t = useT();
  return (
    <div role="tablist" className="flex shrink-0 gap-5 border-b border-line px-4" onKeyDown={(e) => {
      const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
      if (step) onTab(tabs[(tabs.indexOf(now) + step + tabs.length) % tabs.length]);
    }}>
      {tabs.map((x) => (
        <button key={x} type="button" role="tab" id={`tab-${x}`} aria-selected={x === now} aria-controls={x === now ? `panel-${x}` : undefined} tabIndex={x === now ? 0 : -1} onClick={() => onTab(x)} className={`-mb-px min-h-10 border-b-2 ${x === now ? "border-ink font-[640]" : "border-transparent text-ink2"}`}>{t(`tab.${x}`)}</button>
      ))}
    </div>
  );
}

function Facts({ of: c, wide }: { of: Case; wide: number }) {
  const t = useT();
  const f = useFormat();
  const words = (v?: string) => v?.replaceAll("-", " ");
  const o = c.record?.open ?? {};
  const due = c.deadlines.filter((d) => !d.met && d.due).sort((a, b) => Date.parse(a.due!) - Date.parse(b.due!))[0];
  const line = [t(`line.${c.case.line}` as MessageId), words(o["loss.cause"]), words(o["loss.severity"])].filter(Boolean).join(", ");
  const facts = useMemo(() => ({
    cover: o["policy.inception"] ? `${f.date(o["policy.inception"])} – ${o["policy.expiry"] ? f.date(o["policy.expiry"]) : "…"}` : "—",
    loss: o["loss.time"] ? `${f.day(o["loss.time"])}${o["loss.time"].length > 10 ? ` ${f.time(o["loss.time"])}` : ""} → ${o["loss.reported"] ? f.day(o["loss.reported"]) : "…"}` : "—",
  }), [o, f]);
  const held = <span className="flex items-center gap-1.5">{c.case.hold && <Hold label={false} />}<b className="font-[620]">{t(c.case.hold ? "fact.held" : "fact.free")}</b></span>;
  if (wide === 1) {
    return (
      <dl className="grid shrink-0 grid-cols-2 gap-x-4 gap-y-3 border-b border-line px-4 py-3 [&_dt]:text-support [&_dt]:text-ink2">
        <div className="col-span-2 flex items-center gap-3">
          <dt className="sr-only">{t("fact.score")}</dt>
          <dd className="text-[28px] leading-8 font-[640]">{three(c.case.score)}</dd>
          <dd className="flex-1"><span className="flex justify-between text-support"><b className="font-[620]">{t(`outcome.${c.case.outcome}` as MessageId)}</b> <span className="text-ink2">{c.record && t("fact.revision", { n: c.record.revision })}</span></span><ScoreBar score={c.case.score} base={c.case.base} weights={c.case.weights} width={272} /></dd>
        </div>
        <div><dt>{t("fact.claimed")}</dt><dd><Money of={c.case.money} strong /></dd></div>
        <div><dt>{t("fact.payment")}</dt><dd>{held}</dd></div>
        <div><dt>{t("fact.line")}</dt><dd>{line}</dd></div>
        <div><dt>{t("fact.due")}</dt><dd><DueIn opened={c.case.opened} until={due?.due} date /></dd></div>
      </dl>
    );
  }
  const cell = "shrink-0 border-r border-line px-5 first:pl-4 last:border-0";
  return (
    <dl tabIndex={0} aria-label={c.case.claim} className="flex h-12 shrink-0 items-center overflow-x-auto border-b border-line whitespace-nowrap [&_dt]:text-support [&_dt]:leading-[15px] [&_dt]:text-ink2">
      <div className={cell}><dt>{t("fact.score")}</dt><dd className="flex items-center gap-2"><b className="text-[15px] font-[640]">{three(c.case.score)}</b> <ScoreBar score={c.case.score} base={c.case.base} weights={c.case.weights} width={86} /></dd></div>
      <div className={cell}><dt>{t("fact.decision")}</dt><dd><b className="font-[620]">{t(`outcome.${c.case.outcome}` as MessageId)}</b> <span className="text-ink2">{c.record && t("fact.revision", { n: c.record.revision })}</span></dd></div>
      <div className={cell}><dt>{t("fact.payment")}</dt><dd>{held}</dd></div>
      <div className={cell}><dt>{t("fact.claimed")}</dt><dd><Money of={c.case.money} strong /></dd></div>
      <div className={cell}><dt>{t("fact.line")}</dt><dd>{line}</dd></div>
      <div className={cell}><dt>{t("fact.cover")}</dt><dd>{facts.cover}</dd></div>
      <div className={cell}><dt>{t("fact.loss")}</dt><dd>{facts.loss}</dd></div>
      <div className={cell}><dt>{t("fact.stage")}</dt><dd>{words(c.record?.stage) || "—"}</dd></div>
      <div className={cell}><dt>{t("fact.due")}</dt><dd><DueIn opened={c.case.opened} until={due?.due} date /></dd></div>
      <div className={cell}><dt>{t("fact.who")}</dt><dd>C-{c.case.id} · {t(`status.${c.case.status}` as MessageId)}</dd></div>
    </dl>
  );
}

function Standing({ of: c, onReopen }: { of: Case; onReopen?: () => void }) {
  const t = useT();
  const f = useFormat();
  const { who } = usePeople();
  const d = c.decided;
  return (
    <section aria-label={t("dec.title")} className="flex items-center gap-3 border-t border-line bg-bg px-4 py-3">
      <Icon name="check" className="text-ok" />
      <p>{d && t("dec.stands", { by: who(d.by), at: f.date(d.at), verdict: d.verdict })}</p>
      {onReopen && <button type="button" className="ctl ml-auto" onClick={onReopen}>{t("dec.reopen")}</button>}
    </section>
  );
}

function ReopenDialog({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: (reason: string) => void }) {
  const t = useT();
  const session = useSession();
  return (
    <Dialog open={open} onClose={onClose} title={t("dlg.reopen")} width={340}>
      <div className="space-y-2">
        {(session?.codes.acts.reopened ?? []).map((r, i) => <button key={r} type="button" autoFocus={i === 0} className="ctl w-full" onClick={() => onDone(r)}>{r.replaceAll("-", " ")}</button>)}
      </div>
    </Dialog>
  );
}
