import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { act, api, ask, command, type Row } from "../api";
import { age } from "../due";
import { useFormat, useRules, useT } from "../i18n";
import { useKeys } from "../keys";
import { type Change, useChanges } from "../live";
import { AssignDialog, type Decision, ReasonDialog, SnoozeDialog } from "../parts/actdialogs";
import { DueIn, Hold, Key, Money, Person, Skeleton, Sums, Tally } from "../parts/bits";
import { Icon } from "../parts/icons";
import { useExplain, useNotice } from "../parts/notices";
import { Score } from "../parts/score";
import { FilterBar } from "../parts/filterbar";
import { active, type Filter, type QueueSearch, request, without } from "../queueaddress";
import { useMay } from "../session";
import { countsQuery, useDesk, usePaletteActs } from "../shell";
import type { MessageId } from "../words/en";

type Line = { band: string; count: number; sums: Row["money"][] } | { row: Row; at: number };
const rowHeight = 31;
const bandHeight = 26;

/** columns of the table; on a phone some of them give way. */
const grid = "grid grid-cols-[30px_152px_158px_64px_minmax(120px,1fr)_40px_132px_40px_76px_36px_44px_32px] gap-2 px-4 items-center max-lg:grid-cols-[30px_152px_158px_minmax(120px,1fr)_132px_76px_32px] max-sm:grid-cols-[96px_minmax(0,1fr)_84px]";
const midUp = "max-lg:hidden";
const smUp = "max-sm:hidden";

const queueKey = (q: QueueSearch) => ["queue", request(q)] as const;

export function QueuePage() {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const search = useSearch({ from: "/queue" });
  const navigate = useNavigate({ from: "/queue" });
  const queries = useQueryClient();
  const notice = useNotice();
  const explain = useExplain();
  const { live, ownViews } = useDesk();
  const counts = useQuery(countsQuery).data;

  const list = useInfiniteQuery({
    queryKey: queueKey(search),
    queryFn: ({ pageParam }) => ask(api.GET("/api/v1/queue", { params: { query: { ...request(search), limit: 200, cursor: pageParam || undefined } } })),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: (old) => old,
  });
  const pages = list.data?.pages;
  const first = pages?.[0];
  const rows = useMemo(() => pages?.flatMap((p) => p.rows) ?? [], [pages]);
  const banded = !search.sort || search.sort === "score";
  const lines = useMemo(() => {
    const out: Line[] = [];
    let band = "";
    rows.forEach((row, at) => {
      if (banded && row.outcome !== band) {
        band = row.outcome;
        const b = first?.bands.find((b) => b.outcome === band);
        out.push({ band, count: b?.count ?? 0, sums: b?.sums ?? [] });
      }
      out.push({ row, at });
    });
    return out;
  }, [rows, banded, first]);
  const lineOf = useMemo(() => {
    const m = new Map<number, number>();
    lines.forEach((l, i) => "row" in l && m.set(l.at, i));
    return m;
  }, [lines]);

  // Where the person was: the row under the cursor and what is selected, kept for the way back.
  const place = `queue:${JSON.stringify(request(search))}`;
  const [cursor, setCursor] = useState(0);
  const [selected, setSelected] = useState<ReadonlyMap<number, Row>>(new Map());
  const [all, setAll] = useState(false);
  const anchor = useRef(0);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: (i) => ("row" in lines[i] ? rowHeight : bandHeight), overscan: 12, paddingEnd: 60 });
  const items = virtual.getVirtualItems();
  const restored = useRef("");
  useEffect(() => {
    if (restored.current === place || rows.length === 0) return;
    restored.current = place;
    const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}") as { id?: number; top?: number };
    const at = rows.findIndex((r) => r.id === kept.id);
    setCursor(Math.max(0, at));
    setSelected(new Map());
    setAll(false);
    if (scroller.current) scroller.current.scrollTop = kept.top ?? 0;
    scroller.current?.focus({ preventScroll: true });
  }, [place, rows]);
  const current = rows[Math.min(cursor, rows.length - 1)];
  const keep = useCallback((id?: number) => sessionStorage.setItem(place, JSON.stringify({ id: id ?? current?.id, top: scroller.current?.scrollTop })), [place, current]);

  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= lines.length - 40 && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  }, [last, lines.length, list]);

  // New cases wait behind a button: nothing moves under the hand. What others do to rows that are here shows at once.
  const [fresh, setFresh] = useState<{ n: number; since: number }>({ n: 0, since: 0 });
  useChanges(
    useCallback((c: Change) => {
      if (c.kind === "case" && c.act === "opened") setFresh((old) => ({ n: old.n + 1, since: old.since || Date.now() }));
      else if (c.kind === "case") void queries.invalidateQueries({ queryKey: ["queue"] });
    }, [queries]),
  );
  const showNew = () => {
    setFresh({ n: 0, since: 0 });
    void queries.invalidateQueries({ queryKey: ["queue"] });
  };

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setCursor(next);
    const i = lineOf.get(next) ?? 0;
    virtual.scrollToIndex(next === 0 ? 0 : i, { align: "auto" });
  };
  const toggle = (row: Row) => {
    setAll(false);
    setSelected((old) => {
      const next = new Map(old);
      if (!next.delete(row.id)) next.set(row.id, row);
      return next;
    });
  };
  const range = (to: number) => {
    setSelected((old) => {
      const next = new Map(old);
      for (let i = Math.min(anchor.current, to); i <= Math.max(anchor.current, to); i++) next.set(rows[i].id, rows[i]);
      return next;
    });
  };
  const clear = () => {
    setSelected(new Map());
    setAll(false);
  };
  const open = (row: Row) => {
    keep(row.id);
    void navigate({ to: "/cases/$case", params: { case: String(row.id) }, search });
  };

  const [dialog, setDialog] = useState<"" | "snooze" | "assign" | "reason" | "filter">("");
  const chosen = selected.size > 0 ? [...selected.values()] : current ? [current] : [];
  const bulk = async (body: Record<string, unknown>) => {
    setDialog("");
    try {
      const target = all ? { all: true } : { cases: chosen.map((r) => ({ case: r.id, expect: r.version })) };
      const r = await ask(api.POST("/api/v1/bulk", { params: { query: request(search) }, body: { command: command(), ...target, ...body } as never }));
      const left = r.answers.filter((a) => !a.ok);
      notice(t("bulk.done", { done: r.done, all: r.answers.length }) + (left.length ? ` ${t("bulk.left", { n: left.length, why: left[0].problem ?? "" })}` : ""), left.length > 0);
      clear();
    } catch (e) {
      notice(explain(e), true);
    }
    void queries.invalidateQueries({ queryKey: ["queue"] });
    void queries.invalidateQueries({ queryKey: ["counts"] });
  };
  const assign = async () => {
    if (may("case.assign")) return setDialog("assign");
    if (selected.size > 0 || all) return bulk({ act: "take" });
    if (!current) return;
    try {
      await act("take", current.id, { expect: current.version });
    } catch (e) {
      notice(explain(e, current.claim), true);
    }
    void queries.invalidateQueries({ queryKey: ["queue"] });
  };

  const works = may("case.work");
  const decides = may("case.decide");
  useKeys({
    j: () => move(cursor + 1), k: () => move(cursor - 1), ArrowDown: () => move(cursor + 1), ArrowUp: () => move(cursor - 1), Home: () => move(0), End: () => move(rows.length - 1),
    PageDown: () => move(cursor + 20), PageUp: () => move(cursor - 20),
    x: () => { if (current) { anchor.current = cursor; toggle(current); } },
    "Shift+x": () => range(cursor),
    Enter: () => current && open(current),
    Escape: clear,
    a: works ? () => void assign() : undefined,
    z: works ? () => chosen.length > 0 && setDialog("snooze") : undefined,
    e: decides ? () => chosen.length > 0 && setDialog("reason") : undefined,
    f: () => setDialog("filter"),
    g: () => current?.ring && void navigate({ to: "/rings/$ring", params: { ring: current.ring } }),
    y: () => current && void navigator.clipboard?.writeText(`${current.insurer}/${current.claim}`).then(() => notice(t("case.copied"))),
    ".": showNew,
  }, dialog === "");
  usePaletteActs(t("pal.selected", { n: Math.max(1, selected.size) }), works ? [
    { label: t(may("case.assign") ? "bulk.assign" : "bulk.take"), icon: "user", keys: "a", run: () => void assign() },
    { label: t("bulk.snooze"), icon: "snooze", keys: "z", run: () => setDialog("snooze") },
    { label: t("bulk.close"), icon: "check", keys: "e", run: () => setDialog("reason") },
  ] : []);

  const view = search.view?.startsWith("own:") ? search.view.slice(4) : search.view ? t(`view.${search.view}` as MessageId) : t("view.all");
  useEffect(() => {
    document.title = `${view} · Tallystick`;
  }, [view]);
  const sort = (by: NonNullable<QueueSearch["sort"]>) => {
    const now = request(search);
    void navigate({ search: { ...search, sort: by, order: now.sort === by && now.order === "desc" ? "asc" : now.sort === by ? "desc" : undefined } });
  };
  const ordered = request(search);

  return (
    <>
      <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4">
        <h1 className="text-page font-[620]">{view}</h1>
        {first && <span className="text-ink2">{t("queue.count", { shown: first.total, open: counts?.open ?? first.total })}</span>}
        <span className="ml-auto flex items-center gap-1.5 text-support text-ink2 max-sm:hidden"><span className={`size-1.5 rounded-full ${live ? "bg-ok" : "bg-danger"}`} />{t(live ? "queue.live" : "queue.away")}</span>
        {fresh.n > 0 && <button type="button" className="ctl" onClick={showNew}><Icon name="up" size={14} /> {t("queue.new", { n: fresh.n, time: f.time(fresh.since) })} <Key>.</Key></button>}
      </header>
      <FilterBar search={search} open={dialog === "filter"} onOpen={(o) => setDialog(o ? "filter" : "")} onChange={(s) => void navigate({ search: s })} ownViews={ownViews} />
      {list.isError && rows.length === 0 ? (
        <Fault error={list.error} again={() => void list.refetch()} />
      ) : list.isPending ? (
        <div role="status"><p className="fade p-4 text-ink2 [animation-delay:150ms] [animation-fill-mode:backwards]">{counts ? t("queue.reading", { n: counts.open }) : t("queue.readingFirst")}</p><Skeleton lines={14} /></div>
      ) : rows.length === 0 ? (
        <Empty search={search} onChange={(s) => void navigate({ search: s })} />
      ) : (
        <div ref={scroller} role="grid" aria-label={t("queue.table")} aria-rowcount={first?.total} aria-multiselectable="true" tabIndex={0} aria-activedescendant={current ? `row-${current.id}` : undefined} onScroll={() => keep()} className="relative min-h-0 flex-1 overflow-auto outline-none">
          <div role="rowgroup" className="sticky top-0 z-10">
            <div role="row" className={`${grid} h-7 border-b border-line bg-bg text-support text-ink2`}>
              <span role="columnheader" className={smUp}><span className="sr-only">{t("col.select")}</span></span>
              <Head id="score" on={ordered} sort={sort}>{t("col.score")}</Head>
              <span role="columnheader">{t("col.claim")}</span>
              <Head id="line" on={ordered} sort={sort} className={midUp}>{t("col.line")}</Head>
              <Head id="reason" on={ordered} sort={sort} className={smUp}>{t("col.reason")}</Head>
              <Head id="ring" on={ordered} sort={sort} className={midUp}>{t("col.ring")}</Head>
              <Head id="money" on={ordered} sort={sort} className={`justify-self-end ${smUp}`}>{t("col.money")}</Head>
              <Head id="opened" on={ordered} sort={sort} className={`justify-self-end ${midUp}`}>{t("col.age")}</Head>
              <Head id="due" on={ordered} sort={sort} className="">{t("col.due")}</Head>
              <span role="columnheader" className={midUp}>{t("col.hold")}</span>
              <span role="columnheader" className={midUp}>{t("col.record")}</span>
              <span role="columnheader" className={smUp}><span className="sr-only">{t("col.who")}</span></span>
            </div>
          </div>
          <div role="rowgroup" style={{ height: virtual.getTotalSize() }} className="relative">
            {items.map((v) => {
              const line = lines[v.index];
              const style = { transform: `translateY(${v.start}px)`, height: v.size };
              if ("band" in line) {
                return (
                  <div key={v.key} role="row" style={style} className="absolute inset-x-0 flex items-center gap-2 border-b border-line bg-bg px-4 text-support">
                    <span role="gridcell" className="flex flex-1 gap-2"><b className="font-[620]">{t(`outcome.${line.band}` as MessageId)}</b> <span className="text-ink2">{t(`band.${line.band}` as MessageId, { n: line.count })}</span><span className="ml-auto text-ink2 max-sm:hidden"><Sums of={line.sums.filter((m) => m !== undefined)} /></span></span>
                  </div>
                );
              }
              return <QueueRow key={line.row.id} row={line.row} style={style} at={line.at} cursor={line.at === cursor} selected={all || selected.has(line.row.id)} onOpen={open} onCursor={setCursor} onSelect={(row, e) => { if (e.shiftKey) range(line.at); else { anchor.current = line.at; toggle(row); } }} />;
            })}
          </div>
        </div>
      )}
      {(selected.size > 0 || all) && (
        <div role="toolbar" aria-label={t("bulk.selected", { n: all ? (first?.total ?? 0) : selected.size })} className="on-inv fade fixed bottom-10 left-1/2 z-20 flex h-11 max-w-[calc(100vw-16px)] -translate-x-1/2 items-center gap-4 overflow-x-auto rounded-over bg-inv px-4 whitespace-nowrap text-inv-ink shadow-over sm:ml-[104px]">
          <b className="font-[620]">{all ? t("bulk.allSelected", { n: first?.total ?? 0 }) : t("bulk.selected", { n: selected.size })}</b>
          {!all && <span className="opacity-75"><SelectedSums rows={[...selected.values()]} /></span>}
          {!all && first && first.total > selected.size && <button type="button" className="min-h-6 underline underline-offset-2" onClick={() => setAll(true)}>{t("bulk.all", { n: first.total })}</button>}
          {works && <button type="button" className="flex min-h-7 items-center gap-2 font-[560]" onClick={() => void assign()}>{t(may("case.assign") ? "bulk.assign" : "bulk.take")} <Key>a</Key></button>}
          {works && <button type="button" className="flex min-h-7 items-center gap-2 font-[560]" onClick={() => setDialog("snooze")}>{t("bulk.snooze")} <Key>z</Key></button>}
          {decides && <button type="button" className="flex h-7 items-center gap-2 rounded-ctl bg-inv-ink px-2.5 font-[620] text-inv [&_.key]:border-ctl [&_.key]:text-inv" onClick={() => setDialog("reason")}>{t("bulk.close")} <Key>e</Key></button>}
          <button type="button" className="flex size-6 items-center justify-center" aria-label={t("bulk.clear")} onClick={clear}><Icon name="x" /></button>
        </div>
      )}
      <footer className="flex h-8 shrink-0 items-center gap-4 border-t border-line bg-bg px-4 text-support text-ink2 max-sm:hidden">
        <span>{first && rows.length > 0 && t("queue.rows", { from: Math.min(first.total, (items[0]?.index ?? 0) + 1), to: Math.min(first.total, last + 1), total: first.total })}</span>
        <span className="ml-auto flex items-center gap-4">
          {([[["j", "k"], "keys.move"], [["x"], "keys.select"], [["e"], "keys.close"], [["a"], "keys.assign"], [["?"], "keys.keys"]] as const).map(([keys, id]) => (
            <span key={id} className="flex items-center gap-1.5">{keys.map((k) => <Key key={k}>{k}</Key>)} {t(id)}</span>
          ))}
        </span>
      </footer>
      <SnoozeDialog open={dialog === "snooze"} onClose={() => setDialog("")} onDone={(until) => void bulk({ act: "snooze", until })} />
      <AssignDialog open={dialog === "assign"} onClose={() => setDialog("")} onDone={(to) => void bulk({ act: "assign", ...to })} />
      <ReasonDialog open={dialog === "reason"} n={all ? (first?.total ?? 0) : chosen.length} onClose={() => setDialog("")} onDone={(d: Decision) => void bulk({ act: "decide", ...d })} />
    </>
  );
}

function Head({ id, on, sort, children, className = "" }: { id: NonNullable<QueueSearch["sort"]>; on: { sort: string; order: string }; sort: (id: NonNullable<QueueSearch["sort"]>) => void; children: string; className?: string }) {
  const is = on.sort === id;
  return (
    <span role="columnheader" aria-sort={is ? (on.order === "asc" ? "ascending" : "descending") : undefined} className={className}>
      <button type="button" onClick={() => sort(id)} className={`flex min-h-6 items-center gap-1 whitespace-nowrap ${is ? "font-[640] text-ink" : "hover:text-ink"}`}>
        {children} {is && <span aria-hidden="true">{on.order === "asc" ? "↑" : "↓"}</span>}
      </button>
    </span>
  );
}

function QueueRow({ row, style, at, cursor, selected, onOpen, onCursor, onSelect }: { row: Row; style: object; at: number; cursor: boolean; selected: boolean; onOpen: (r: Row) => void; onCursor: (at: number) => void; onSelect: (r: Row, e: MouseEvent) => void }) {
  const t = useT();
  const words = useRules();
  const claim = `${row.insurer}/${row.claim}`;
  return (
    <div id={`row-${row.id}`} role="row" aria-rowindex={at + 2} aria-selected={selected} style={style} onClick={() => onCursor(at)} onDoubleClick={() => onOpen(row)}
      className={`${grid} absolute inset-x-0 border-b border-line ${selected ? "bg-you-bg" : "bg-surface hover:bg-hover"} ${cursor ? "z-[1] shadow-[inset_0_0_0_2px_var(--you)]" : ""}`}>
      <span role="gridcell" className={`${smUp} -ml-1.5`}>
        <button type="button" tabIndex={-1} role="checkbox" aria-checked={selected} aria-label={t("row.select", { claim })} onClick={(e) => { e.stopPropagation(); onSelect(row, e); }} className="flex size-6 items-center justify-center">
          <span className={`flex size-[13px] items-center justify-center rounded-key border ${selected ? "border-you bg-you text-surface" : "border-ctl bg-surface"}`}>{selected && <Icon name="check" size={11} />}</span>
        </button>
      </span>
      <span role="gridcell"><span className="max-sm:hidden"><Score score={row.score} base={row.base} weights={row.weights} /></span><span className="sm:hidden"><Score score={row.score} base={row.base} weights={row.weights} width={48} /></span></span>
      <span role="gridcell" className="truncate">
        <button type="button" tabIndex={-1} className="max-w-full truncate hover:underline" onClick={() => onOpen(row)}><span className="text-ink2">{row.insurer}/</span><b className="font-[620]">{row.claim}</b></button>
      </span>
      <span role="gridcell" className={midUp}>{t(`line.${row.line}` as MessageId)}</span>
      <span role="gridcell" className={`truncate ${smUp}`}>{words(row.reason).title} {row.reasons > 1 && <span className="ml-1 text-support text-ink3">{t("row.more", { n: row.reasons - 1 })}</span>}</span>
      <span role="gridcell" className={midUp}>{row.ringSize ? <span className="inline-flex items-center gap-1.5"><Icon name="ring" size={13} />{row.ringSize}</span> : null}</span>
      <span role="gridcell" className={`text-right ${smUp}`}><Money of={row.money} /></span>
      <span role="gridcell" className={`text-right whitespace-nowrap ${midUp}`}>{t("row.days", { n: age(row.opened, Date.now()) })}</span>
      <span role="gridcell" className="whitespace-nowrap"><DueIn opened={row.opened} until={row.due} /></span>
      <span role="gridcell" className={midUp}>{row.hold && <Hold />}</span>
      <span role="gridcell" className={midUp}><Tally state={row.record} /></span>
      <span role="gridcell" className={smUp}>{row.assignee && <Person id={row.assignee} />}</span>
    </div>
  );
}

function SelectedSums({ rows }: { rows: Row[] }) {
  const f = useFormat();
  const sums = new Map<string, number>();
  for (const { money } of rows) if (money) sums.set(money.currency, (sums.get(money.currency) ?? 0) + Math.round(Number(money.amount) * 10_000));
  return <>{[...sums].map(([c, n]) => `${f.amount(String(n / 10_000))} ${c}`).join(" · ")}</>;
}

function Fault({ error, again }: { error: unknown; again: () => void }) {
  const t = useT();
  const explain = useExplain();
  return (
    <div role="alert" className="m-4 flex items-center gap-3 self-start rounded-panel border border-danger bg-danger-bg px-4 py-3 text-danger">
      <Icon name="warn" /> {explain(error)} <button type="button" className="ctl" onClick={again}>{t("err.again")}</button>
    </div>
  );
}

/** Empty says which filter to leave out, and how many there are without it. */
function Empty({ search, onChange }: { search: QueueSearch; onChange: (s: QueueSearch) => void }) {
  const t = useT();
  const set = active(search);
  return (
    <div className="p-8">
      <p className="text-[15px] font-[560]">{t("queue.empty", { n: set.length })}</p>
      <ul className="mt-3 space-y-1">{set.map((f) => <Without key={f} search={search} f={f} onChange={onChange} />)}</ul>
      {set.length > 0 && <button type="button" className="ctl mt-4" onClick={() => onChange({})}>{t("queue.clear")}</button>}
    </div>
  );
}

const filterName: Record<Filter, MessageId> = { scoreMin: "f.score", assignee: "f.assignee", status: "f.status", insurer: "f.insurer", line: "f.line", outcome: "f.outcome", hold: "f.hold", inRing: "f.ring", ring: "f.ring", contested: "f.contested", dueDays: "f.due", claim: "f.claim" };

function Without({ search, f, onChange }: { search: QueueSearch; f: Filter; onChange: (s: QueueSearch) => void }) {
  const t = useT();
  const less = without(search, f);
  const n = useQuery({ queryKey: ["count", request(less)], queryFn: () => ask(api.GET("/api/v1/queue", { params: { query: { ...request(less), limit: 1 } } })) }).data?.total;
  if (n === undefined) return null;
  return <li><button type="button" className="min-h-6 underline underline-offset-2" onClick={() => onChange(less)}>{t("queue.without", { name: t(filterName[f]), n })}</button></li>;
}
