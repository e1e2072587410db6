import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { UndirectedGraph } from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import { useEffect, useMemo, useRef, useState } from "react";

import { api, ask, command, type RingPage as Ring } from "../api";
import { useFormat, useT } from "../i18n";
import { useKeys } from "../keys";
import { useChanges } from "../live";
import { AssignDialog } from "../parts/actdialogs";
import { Hold, Key, Money, Person, Skeleton, Sums, Tally } from "../parts/bits";
import { Icon, Shape, shapeOf } from "../parts/icons";
import { useExplain, useNotice } from "../parts/notices";
import { ScoreBar } from "../parts/score";
import { csv, type Drawn, drawn, type Graph, graphOf, hub, keyOf } from "../ringgraph";
import { step, three, two } from "../score";
import { useMay } from "../session";
import type { MessageId } from "../words/en";

const week = 7 * 86_400_000;

export function RingPage() {
  const { ring } = useParams({ from: "/rings/$ring" });
  const t = useT();
  const explain = useExplain();
  const query = useQuery({ queryKey: ["ring", ring], queryFn: () => ask(api.GET("/api/v1/rings/{ring}", { params: { path: { ring } } })) });
  useEffect(() => {
    document.title = `${t("ring.title", { n: query.data?.claims.length ?? 0 })} · Tallystick`;
  }, [t, query.data]);
  if (query.isError) return <div role="alert" className="m-4 flex items-center gap-3 self-start rounded-panel border border-danger bg-danger-bg px-4 py-3 text-danger"><Icon name="warn" /> {explain(query.error)}</div>;
  if (!query.data) return <Skeleton lines={12} />;
  return <Loaded key={ring} of={query.data} />;
}

function Loaded({ of: r }: { of: Ring }) {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const notice = useNotice();
  const explain = useExplain();
  const graph = useMemo(() => graphOf(r), [r]);
  const places = usePlaces(r.id, graph);
  const times = useMemo(() => graph.nodes.filter((n) => n.kind === "claim").map((n) => n.at).sort((a, b) => a - b), [graph]);
  const [least, setLeast] = useState(graph.nodes.length > 60 ? 2 : 1);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [shownUntil, setUntil] = useState(times.length);
  const [playing, setPlaying] = useState(false);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState(keyOf(r.claims[0]));
  const [find, setFind] = useState("");
  const [dialog, setDialog] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const until = shownUntil >= times.length ? Number.POSITIVE_INFINITY : (times[shownUntil - 1] ?? 0);
  const view = useMemo(() => drawn(graph, { least, hidden, until, collapsed }), [graph, least, hidden, until, collapsed]);
  const domains = useMemo(() => [...new Set(r.tokens.map((k) => k.domain))], [r]);

  useChanges(useMemo(() => () => void queries.invalidateQueries({ queryKey: ["ring", r.id] }), [queries, r.id]));
  useEffect(() => {
    if (!playing) return;
    if (shownUntil >= times.length) return setPlaying(false);
    const next = setTimeout(() => setUntil((n) => n + 1), Math.max(60, 3000 / times.length));
    return () => clearTimeout(next);
  }, [playing, shownUntil, times.length]);
  const play = () => {
    if (shownUntil >= times.length) setUntil(1);
    setPlaying((p) => !p);
  };
  const toggle = (key: string) => setSelected((old) => { const next = new Set(old); if (!next.delete(key)) next.add(key); return next; });
  const collapse = () => setCollapsed((old) => { const next = new Set(old); for (const k of selected.size ? selected : [focus]) if (!next.delete(k)) next.add(k); return next; });
  const list = r.claims.filter((c) => keyOf(c).toLowerCase().includes(find.toLowerCase()));
  const at = r.claims.findIndex((c) => keyOf(c) === focus);
  const now = r.claims[at];
  const sums = useMemo(() => {
    const by = new Map<string, number>();
    for (const c of r.claims) if (c.money) by.set(c.money.currency, (by.get(c.money.currency) ?? 0) + Number(c.money.amount));
    return [...by].map(([currency, n]) => ({ currency, amount: n.toFixed(2) }));
  }, [r]);
  const openCases = new Set(r.claims.filter((c) => c.case && c.status !== "closed" && c.status !== "merged").map((c) => c.case)).size;
  const targets = () => [...new Map(r.claims.filter((c) => selected.has(keyOf(c)) && c.case).map((c) => [c.case!, { case: c.case!, expect: c.version }])).values()];
  const bulk = async (body: Record<string, unknown>) => {
    setDialog(false);
    const cases = targets();
    if (cases.length === 0) return;
    try {
      const a = await ask(api.POST("/api/v1/bulk", { params: { query: {} }, body: { command: command(), cases, ...body } as never }));
      const left = a.answers.filter((x) => !x.ok);
      notice(t("bulk.done", { done: a.done, all: a.answers.length }) + (left.length ? ` ${t("bulk.left", { n: left.length, why: left[0].problem ?? "" })}` : ""), left.length > 0);
    } catch (e) {
      notice(explain(e), true);
    }
    void queries.invalidateQueries({ queryKey: ["ring", r.id] });
  };
  const assign = () => selected.size > 0 && (may("case.assign") ? setDialog(true) : void bulk({ act: "take" }));
  const openCase = () => now?.case && void navigate({ to: "/cases/$case", params: { case: String(now.case) }, search: {} });
  useKeys({
    j: () => setFocus(keyOf(r.claims[Math.min(r.claims.length - 1, at + 1)])), k: () => setFocus(keyOf(r.claims[Math.max(0, at - 1)])), x: () => toggle(focus), Enter: openCase, c: collapse, " ": play,
    a: may("case.work") ? assign : undefined, Escape: () => (selected.size ? setSelected(new Set()) : history.back()),
  }, !dialog);
  const save = (blob: Blob, name: string) => {
    const a = document.createElement("a");
    a.href = URL.createObjectURL(blob);
    a.download = name;
    a.click();
    URL.revokeObjectURL(a.href);
  };
  const exportAll = () => {
    save(new Blob([csv(r)], { type: "text/csv" }), `${r.id}.csv`);
    canvas.current?.toBlob((b) => b && save(b, `${r.id}.png`));
  };
  const joins = r.tokens.filter((k) => k.claims.some((c) => keyOf(c) === focus));

  return (
    <div className="grid h-full min-h-0 lg:grid-cols-[minmax(0,1fr)_392px] max-lg:grid-rows-[60dvh_auto] max-lg:overflow-auto">
      <div className="flex min-h-0 min-w-0 flex-col border-r border-line">
        <header className="flex h-12 shrink-0 items-center gap-3 overflow-hidden border-b border-line px-4">
          <h1 className="text-page font-[620] whitespace-nowrap">{t("ring.title", { n: r.claims.length })}</h1>
          <span className="mono text-ink2">{r.id}</span>
          <span className="truncate text-ink2">{t("ring.claimed", { sums: sums.map((m) => `${f.amount(m.amount)} ${m.currency}`).join(" · ") })} · {t("ring.open", { n: openCases })}</span>
          <button type="button" className="ctl ml-auto" onClick={exportAll}><Icon name="export" size={14} /> {t("ring.png")}</button>
        </header>
        <div className="flex h-10 shrink-0 items-center gap-3 overflow-x-auto border-b border-line px-4 text-support whitespace-nowrap">
          <span className="text-ink2">{t("ring.joined")}</span>
          <span className="flex" role="group" aria-label={t("ring.joined")}>{[1, 2, 3, 4].map((n) => <button key={n} type="button" aria-pressed={n === least} onClick={() => setLeast(n)} className={`-ml-px h-6 w-7 border border-line2 first:rounded-l-ctl last:rounded-r-ctl ${n === least ? "bg-inv font-[640] text-inv-ink" : "bg-surface"}`}>{n}</button>)}</span>
          <span className="text-ink2">{t("ring.claims")}</span>
          {domains.map((d) => <button key={d} type="button" aria-pressed={!hidden.has(d)} onClick={() => setHidden((old) => { const next = new Set(old); if (!next.delete(d)) next.add(d); return next; })} className={`flex min-h-6 items-center gap-1.5 ${hidden.has(d) ? "text-ink3 line-through" : ""}`}><Shape domain={d} /> {t(`kind.${d}` as MessageId)}</button>)}
          <span className="ml-auto pl-3 text-ink2" role="status">{t("ring.drawn", { shown: view.nodes.length, all: graph.nodes.length })}</span>
        </div>
        <Canvas ref_={canvas} view={view} places={places} selected={selected} focus={focus} onPick={(k, extend) => { const claim = r.claims.some((c) => keyOf(c) === k); if (claim) setFocus(k); if (extend || !claim) toggle(k); }} />
        <p className="flex shrink-0 flex-wrap gap-x-6 px-4 pb-2 text-support text-ink2">
          <span className="flex items-center gap-2"><span className="size-2 bg-ink2" /><span className="size-3.5 rounded-[2px] bg-ink2" /> {t("ring.legend")}</span>
          <span className="flex items-center gap-2"><span className="flex">{[0, 1, 2, 3, 4].map((i) => <span key={i} className="size-2.5" style={{ background: `var(--r${i})` }} />)}</span> {t("ring.legendScore")}</span>
          <span className="flex items-center gap-2"><span className="size-3.5 rounded-[3px] border border-dotted border-ink" /> {t("ring.legendNew")}</span>
          <span>{t("ring.legendEdge")}</span>
        </p>
        <div className="h-[106px] shrink-0 border-t border-line bg-bg px-4 py-3">
          <div className="flex items-center gap-2"><b className="font-[640]">{times.length > 0 && `${f.day(times[0])} – ${f.day(times[Math.max(0, shownUntil - 1)])}`}</b> <span className="truncate text-support text-ink2">{t("ring.growth")}</span><button type="button" className="ctl ctl-quiet ml-auto" aria-pressed={playing} onClick={play}>{t("ring.play")} <Key>Space</Key></button></div>
          <Growth times={times} graph={graph} shown={shownUntil} />
          <input type="range" min={1} max={times.length} value={shownUntil} aria-label={t("ring.until")} aria-valuetext={times.length ? f.date(times[Math.max(0, shownUntil - 1)]) : ""} onChange={(e) => { setPlaying(false); setUntil(Number(e.target.value)); }} className="mt-0.5 h-4 w-full accent-you" />
        </div>
      </div>
      <aside className="flex min-h-0 flex-col" aria-label={t("ring.list", { n: r.claims.length })}>
        <div className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-4"><h2 className="font-[640]">{t("ring.list", { n: r.claims.length })}</h2><span className="text-support text-ink2">{t("ring.listSub")}</span><input type="search" aria-label={t("ring.find")} placeholder={t("ring.find")} value={find} onChange={(e) => setFind(e.target.value)} className="field ml-auto !w-[112px] !py-1" /></div>
        <ul className="max-h-[45%] min-h-[120px] shrink overflow-auto" tabIndex={0} aria-label={t("ring.list", { n: r.claims.length })}>
          {list.map((c) => {
            const key = keyOf(c);
            return (
              <li key={key} className={`flex h-[31px] items-center gap-3 border-b border-line px-4 ${key === focus ? "bg-you-bg shadow-[inset_3px_0_0_var(--you)]" : ""}`}>
                <input type="checkbox" className="size-4 shrink-0 accent-you" checked={selected.has(key)} onChange={() => toggle(key)} aria-label={t("row.select", { claim: key })} />
                <button type="button" className="flex min-w-0 flex-1 items-center gap-3" aria-current={key === focus} onClick={() => setFocus(key)}>
                  <b className="w-8 font-[640]">{three(c.score)}</b><span className="w-16 text-left font-[560]">…{c.claim.slice(-4)}</span>
                  <span className="flex gap-1 text-ink2">{[...new Set(r.tokens.filter((k) => k.claims.some((x) => keyOf(x) === key)).map((k) => k.domain))].slice(0, 5).map((d) => <Shape key={d} domain={d} />)}</span>
                  <span className="ml-auto"><Money of={c.money} /></span>
                </button>
                <span className="w-5">{c.assignee && <Person id={c.assignee} />}</span>
              </li>
            );
          })}
        </ul>
        <div className="min-h-0 flex-1 overflow-auto bg-bg px-4 py-3" tabIndex={0} role="group" aria-label={focus}>
          {now && (
            <>
              <div className="flex items-center gap-2"><span><span className="text-ink2">{now.insurer}/</span><b className="font-[640]">{now.claim}</b></span><Tally state={now.record} />{now.case && <Link to="/cases/$case" params={{ case: String(now.case) }} search={{}} className="ml-auto flex min-h-6 items-center gap-1 underline underline-offset-2">{t("ring.openCase")} <Key>↵</Key></Link>}</div>
              <div className="mt-1 flex items-center gap-2"><b className="font-[640]">{three(now.score)}</b> <ScoreBar score={now.score} base={now.base} weights={now.weights} width={150} /> <span className="text-support text-ink2">{t(`outcome.${now.outcome}` as MessageId)}</span>{now.hold && <Hold />}</div>
              <table className="mt-3 w-full text-left"><thead><tr className="text-support text-ink2 [&>th]:font-[400]"><th>{t("ring.joins")}</th><th className="text-right">{t("ring.bound")}</th></tr></thead>
                <tbody>{joins.map((k) => <tr key={k.value} className="h-7"><td><span className="inline-flex h-5 items-center gap-1.5 rounded-chip border border-line2 bg-surface px-1.5"><Shape domain={k.domain} /><span className="mono leading-none">{k.value.slice(0, 10)}…</span><span className="text-axis font-[640]">×{k.claims.length}</span></span></td><td className="text-right">{k.total > hub(k.domain) ? <b className="font-[640]">{t("ring.over", { n: hub(k.domain) })}</b> : k.total}</td></tr>)}</tbody>
              </table>
            </>
          )}
          {r.hidden > 0 && <p className="mt-3 text-support text-ink2">{t("ring.hidden", { n: r.hidden })}</p>}
        </div>
        <div className="shrink-0 border-t border-line bg-bg px-4 py-3">
          <p><b className="font-[640]">{t("ring.selected", { n: r.claims.filter((c) => selected.has(keyOf(c))).length })}</b> <span className="text-ink2"><Sums of={r.claims.filter((c) => selected.has(keyOf(c)) && c.money).map((c) => c.money!).slice(0, 3)} /></span></p>
          <div className="mt-2 flex gap-2">
            {may("case.work") && <button type="button" className="ctl" disabled={targets().length === 0} onClick={assign}>{t(may("case.assign") ? "ring.assign" : "bulk.take")} <Key>a</Key></button>}
            <button type="button" className="ctl" onClick={collapse}>{t("ring.collapse")} <Key>c</Key></button>
          </div>
        </div>
      </aside>
      <AssignDialog open={dialog} onClose={() => setDialog(false)} onDone={(to) => void bulk({ act: "assign", ...to })} />
    </div>
  );
}

type Places = { of: Map<string, { x: number; y: number }>; turn: number };

/** usePlaces lays the graph out, a little each frame so that nothing freezes, and keeps where each node stands: places never move unasked. */
function usePlaces(id: string, graph: Graph): Places {
  const [places, setPlaces] = useState<Places>({ of: new Map(), turn: 0 });
  useEffect(() => {
    const key = `places:${id}`;
    let kept: Record<string, [number, number]> = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(key) ?? "{}") as typeof kept;
    } catch {}
    const g = new UndirectedGraph();
    const fixed = new Set(Object.keys(kept));
    graph.nodes.forEach((n, i) => {
      const angle = i * 2.399963; // the golden angle: even from the start, and the same each time
      const [x, y] = kept[n.key] ?? [Math.cos(angle) * Math.sqrt(i + 1) * 12, Math.sin(angle) * Math.sqrt(i + 1) * 12];
      g.addNode(n.key, { x, y, size: n.size, fixed: fixed.has(n.key) });
    });
    for (const e of graph.edges) if (!g.hasEdge(e.a, e.b)) g.addEdge(e.a, e.b, { weight: e.followed ? e.strength : 0.1 });
    const settings = { ...forceAtlas2.inferSettings(g), adjustSizes: g.order < 400, barnesHutOptimize: g.order > 300, scalingRatio: 30, gravity: 0.6, slowDown: 4 };
    const publish = (turn: number) => setPlaces({ of: new Map(g.mapNodes((k, a) => [k, { x: a.x as number, y: a.y as number }])), turn });
    let left = graph.nodes.every((n) => fixed.has(n.key)) ? 0 : g.order > 1000 ? 120 : 400;
    let frame = 0;
    let turn = 0;
    const stepOn = () => {
      const begun = performance.now();
      while (left > 0 && performance.now() - begun < 10) {
        forceAtlas2.assign(g, { iterations: 1, settings });
        left--;
      }
      publish(++turn);
      if (left > 0) frame = requestAnimationFrame(stepOn);
      else sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(g.mapNodes((k, a) => [k, [Math.round(a.x), Math.round(a.y)]]))));
    };
    if (left === 0) publish(1);
    else stepOn();
    return () => cancelAnimationFrame(frame);
  }, [id, graph]);
  return places;
}

type Camera = { x: number; y: number; zoom: number } | null;

function Canvas({ ref_: ref, view, places, selected, focus, onPick }: { ref_: React.RefObject<HTMLCanvasElement | null>; view: Drawn; places: Places; selected: ReadonlySet<string>; focus: string; onPick: (key: string, extend: boolean) => void }) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ w: 0, h: 0 });
  const [camera, setCamera] = useState<Camera>(null);
  const [theme, setTheme] = useState(document.documentElement.dataset.theme);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  useEffect(() => {
    const watch = new ResizeObserver(([e]) => setSize({ w: e.contentRect.width, h: e.contentRect.height }));
    if (box.current) watch.observe(box.current);
    const looks = new MutationObserver(() => setTheme(document.documentElement.dataset.theme));
    looks.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      watch.disconnect();
      looks.disconnect();
    };
  }, []);
  // Fit: all nodes within the pane, with room for their labels.
  const fit = useMemo(() => {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const p of places.of.values()) [x0, y0, x1, y1] = [Math.min(x0, p.x), Math.min(y0, p.y), Math.max(x1, p.x), Math.max(y1, p.y)];
    if (!Number.isFinite(x0)) return { x: 0, y: 0, zoom: 1 };
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: Math.min((size.w - 120) / Math.max(1, x1 - x0), (size.h - 110) / Math.max(1, y1 - y0), 3) };
  }, [places, size]);
  const cam = camera ?? fit;
  const to = (p: { x: number; y: number }) => ({ x: (p.x - cam.x) * cam.zoom + size.w / 2, y: (p.y - cam.y) * cam.zoom + size.h / 2 });
  const scale = Math.min(1.2, Math.max(0.25, cam.zoom * 1.1));

  useEffect(() => {
    const c = ref.current;
    if (!c || size.w === 0) return;
    const dpr = devicePixelRatio || 1;
    c.width = size.w * dpr;
    c.height = size.h * dpr;
    const g = c.getContext("2d")!;
    g.setTransform(dpr, 0, 0, dpr, 0, 0);
    const css = getComputedStyle(document.documentElement);
    const v = (name: string) => css.getPropertyValue(`--${name}`).trim();
    g.fillStyle = v("surface");
    g.fillRect(0, 0, size.w, size.h);
    const paper = v("surface");
    for (const e of view.edges) {
      const a = places.of.get(e.a);
      const b = places.of.get(e.b);
      if (!a || !b) continue;
      const [p, q] = [to(a), to(b)];
      const mine = e.a === focus || selected.has(e.a) || selected.has(e.b);
      g.strokeStyle = mine ? v("you") : v("ctl");
      g.lineWidth = e.strength;
      g.setLineDash(e.followed ? (view.stacks.has(e.a) || view.stacks.has(e.b) ? [6, 4] : []) : [1.5, 3]);
      g.beginPath();
      g.moveTo(p.x, p.y);
      g.lineTo(q.x, q.y);
      g.stroke();
    }
    g.setLineDash([]);
    g.textAlign = "center";
    const labels = scale > 0.45;
    for (const n of view.nodes) {
      const place = places.of.get(n.key);
      if (!place) continue;
      const { x, y } = to(place);
      if (x < -40 || y < -40 || x > size.w + 40 || y > size.h + 40) continue;
      const s = n.size * scale;
      const chosen = n.key === focus || selected.has(n.key);
      const stack = view.stacks.get(n.key);
      if (stack !== undefined) {
        for (const d of [6, 3, 0]) {
          g.fillStyle = paper;
          g.strokeStyle = v("ink");
          g.lineWidth = d === 0 ? 1.5 : 1;
          g.beginPath();
          g.roundRect(x - 16 + d, y - 14 + d, 32, 28, 4);
          g.fill();
          g.stroke();
        }
        g.fillStyle = v("ink");
        g.font = "600 12px Instrument Sans Variable";
        g.textBaseline = "middle";
        g.fillText(`+${stack}`, x, y);
      } else if (n.kind === "claim") {
        g.fillStyle = v(`r${step(n.score)}`);
        g.beginPath();
        g.roundRect(x - s, y - s, 2 * s, 2 * s, 3);
        g.fill();
        if (Date.now() - n.at < week) {
          g.strokeStyle = v("ink");
          g.setLineDash([1.5, 2.5]);
          g.lineWidth = 1;
          g.beginPath();
          g.roundRect(x - s - 4, y - s - 4, 2 * s + 8, 2 * s + 8, 5);
          g.stroke();
          g.setLineDash([]);
        }
        if (s > 9) {
          g.fillStyle = step(n.score) < 2 ? v("on-pale") : paper;
          g.font = `640 ${Math.min(12, s * 0.75)}px Instrument Sans Variable`;
          g.textBaseline = "middle";
          g.fillText(two(n.score), x, y);
        }
      } else {
        g.strokeStyle = chosen ? v("you") : v("ink");
        g.fillStyle = paper;
        g.lineWidth = 1.5;
        if (n.over) {
          g.setLineDash([2.5, 2.5]);
          for (const radius of [20 * scale + 3, 20 * scale]) {
            g.beginPath();
            g.arc(x, y, radius, 0, 7);
            g.fill();
            g.stroke();
          }
          g.setLineDash([]);
        } else {
          g.save();
          g.translate(x - s, y - s);
          g.scale(s / 8, s / 8);
          g.lineWidth = (1.5 * 8) / s;
          const shape = new Path2D(shapeOf(n.domain));
          g.fill(shape);
          g.stroke(shape);
          g.restore();
        }
        if (s > 6) {
          g.fillStyle = v("ink");
          g.font = `640 ${n.over ? 12 : Math.min(11, s)}px Instrument Sans Variable`;
          g.textBaseline = "middle";
          g.fillText(String(n.over ? n.total : n.degree), x, y + (n.domain === "eml" ? -2 : 0));
        }
      }
      if (chosen && n.kind === "claim") {
        g.strokeStyle = v("you");
        g.lineWidth = 2;
        g.beginPath();
        g.roundRect(x - s - 4, y - s - 4, 2 * s + 8, 2 * s + 8, 6);
        g.stroke();
      }
      if (labels) {
        g.textBaseline = "alphabetic";
        g.lineWidth = 3;
        g.strokeStyle = paper;
        g.fillStyle = n.kind === "claim" ? v("ink") : v("ink2");
        g.font = n.kind === "claim" ? "600 11px Instrument Sans Variable" : "11px Geist Mono Variable";
        const ly = n.kind === "claim" ? y + s + 15 : y - s - 6;
        g.strokeText(n.label, x, ly);
        g.fillText(n.label, x, ly);
      }
    }
  });

  const near = (e: React.PointerEvent) => {
    const r = ref.current!.getBoundingClientRect();
    const [x, y] = [e.clientX - r.left, e.clientY - r.top];
    let best: string | undefined;
    let least = 24 * 24;
    for (const n of view.nodes) {
      const place = places.of.get(n.key);
      if (!place) continue;
      const p = to(place);
      const d = (p.x - x) ** 2 + (p.y - y) ** 2;
      if (d < least) [best, least] = [n.key, d];
    }
    return best;
  };
  const zoom = (by: number) => setCamera({ ...cam, zoom: Math.min(8, Math.max(0.02, cam.zoom * by)) });
  return (
    <div ref={box} className="relative min-h-0 flex-1 overflow-hidden" data-theme-seen={theme}>
      <canvas ref={ref} role="img" aria-label={t("ring.graph")} className="absolute inset-0 size-full touch-none"
        onWheel={(e) => zoom(e.deltaY < 0 ? 1.15 : 1 / 1.15)}
        onPointerDown={(e) => { drag.current = { x: e.clientX, y: e.clientY, moved: false }; e.currentTarget.setPointerCapture(e.pointerId); }}
        onPointerMove={(e) => {
          const d = drag.current;
          if (!d || (!d.moved && Math.hypot(e.clientX - d.x, e.clientY - d.y) < 4)) return;
          setCamera({ ...cam, x: cam.x - (e.clientX - d.x) / cam.zoom, y: cam.y - (e.clientY - d.y) / cam.zoom });
          drag.current = { x: e.clientX, y: e.clientY, moved: true };
        }}
        onPointerUp={(e) => {
          const key = drag.current?.moved ? undefined : near(e);
          drag.current = null;
          if (key) onPick(key, e.shiftKey || e.ctrlKey || e.metaKey);
        }} />
      <div className="absolute top-3 right-3 flex flex-col overflow-hidden rounded-ctl border border-line2 bg-surface text-support [&>button]:min-h-7 [&>button]:px-2.5">
        <button type="button" aria-label={t("ring.in")} onClick={() => zoom(1.3)}>+</button>
        <button type="button" aria-label={t("ring.out")} onClick={() => zoom(1 / 1.3)} className="border-y border-line2">−</button>
        <button type="button" onClick={() => setCamera(null)}>{t("ring.fit")}</button>
      </div>
    </div>
  );
}

/** Growth is how many claims the ring had when; a square is one that joined. */
function Growth({ times, graph, shown }: { times: number[]; graph: Graph; shown: number }) {
  const scores = useMemo(() => [...graph.nodes].filter((n) => n.kind === "claim").sort((a, b) => a.at - b.at).map((n) => n.score), [graph]);
  const n = times.length;
  return (
    <svg viewBox={`0 0 ${Math.max(1, n)} 10`} preserveAspectRatio="none" className="h-7 w-full" aria-hidden="true">
      {scores.map((s, i) => <rect key={i} x={i + 0.3} y={9 - (9 * (i + 1)) / n} width={0.4} height={1.6} fill={`var(--r${step(s)})`} opacity={i < shown ? 1 : 0.25} />)}
    </svg>
  );
}
