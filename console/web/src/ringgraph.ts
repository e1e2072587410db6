// The graph of a ring: claims, the tokens that join them, and what of it is drawn.

import type { RingPage } from "./api";

export type Node = { key: string; kind: "claim" | "token"; domain: string; label: string; score: number; size: number; degree: number; total: number; at: number; over: boolean };
export type Edge = { a: string; b: string; strength: number; followed: boolean };
export type Graph = { nodes: Node[]; edges: Edge[] };

/** hub is how many claims a kind of token may join before it joins nothing: the shipped rule set's bounds. */
export const hub = (domain: string) => (["nid", "bnk", "phn", "eml", "per"].includes(domain) ? 20 : 10);
const strength = (domain: string) => (["bnk", "nid", "per"].includes(domain) ? 2.25 : ["phn", "eml", "fpr", "vin", "plt"].includes(domain) ? 1.5 : 1);

export const keyOf = (c: { insurer: string; claim: string }) => `${c.insurer}/${c.claim}`;

/** graphOf makes nodes and edges of a ring. */
export function graphOf(r: RingPage): Graph {
  const nodes: Node[] = r.claims.map((c) => ({ key: keyOf(c), kind: "claim", domain: "", label: `…${c.claim.slice(-4)}`, score: c.score, size: Math.min(24, 9 + Math.sqrt(Number(c.money?.amount ?? 0)) / 10.5), degree: 0, total: 0, at: Date.parse(c.decided), over: false }));
  const edges: Edge[] = [];
  for (const t of r.tokens) {
    const over = t.total > hub(t.domain);
    nodes.push({ key: t.value, kind: "token", domain: t.domain, label: `${t.domain} ${t.value.split("_").slice(2).join("_").slice(0, 4)}…`, score: 0, size: over ? 17 : Math.min(14, 8 + t.claims.length), degree: t.claims.length, total: t.total, at: 0, over });
    for (const c of t.claims) edges.push({ a: keyOf(c), b: t.value, strength: strength(t.domain), followed: !over });
  }
  return { nodes, edges };
}

export type View = { least: number; hidden: ReadonlySet<string>; until: number; collapsed: ReadonlySet<string> };
export type Drawn = Graph & { stacks: Map<string, number> };

/**
 * drawn is what of a graph is shown: claims that had joined by then, tokens of the kinds that join at least so many of them.
 * What hangs on a collapsed node alone stands in its stack; nothing is left out silently, for the count of all stands beside.
 */
export function drawn(g: Graph, v: View): Drawn {
  const claims = new Set(g.nodes.filter((n) => n.kind === "claim" && n.at <= v.until).map((n) => n.key));
  const degree = new Map<string, number>();
  for (const e of g.edges) if (claims.has(e.a)) degree.set(e.b, (degree.get(e.b) ?? 0) + 1);
  const tokens = new Set(g.nodes.filter((n) => n.kind === "token" && !v.hidden.has(n.domain) && (degree.get(n.key) ?? 0) >= v.least).map((n) => n.key));
  let edges = g.edges.filter((e) => claims.has(e.a) && tokens.has(e.b));
  const stacks = new Map<string, number>();
  const gone = new Set<string>();
  for (const c of v.collapsed) {
    const near = edges.filter((e) => e.a === c || e.b === c).map((e) => (e.a === c ? e.b : e.a));
    const alone = near.filter((k) => edges.filter((e) => e.a === k || e.b === k).every((e) => v.collapsed.has(e.a) || v.collapsed.has(e.b)));
    if (near.length > 0) stacks.set(c, alone.length);
    alone.forEach((k) => v.collapsed.has(k) || gone.add(k));
  }
  edges = edges.filter((e) => !gone.has(e.a) && !gone.has(e.b));
  const nodes = g.nodes.filter((n) => (claims.has(n.key) || tokens.has(n.key)) && !gone.has(n.key)).map((n) => (n.kind === "token" ? { ...n, degree: degree.get(n.key) ?? 0 } : n));
  return { nodes, edges, stacks };
}

/** csv are the claims of a ring with the tokens that join them, for a table. */
export function csv(r: RingPage): string {
  const cell = (s: string) => {
    const safe = /^[=+\-@\t\r]/.test(s) ? `'${s}` : s; // a table program must not take a claim's number for a formula
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = r.claims.map((c) => [c.insurer, c.claim, c.score.toFixed(4), c.outcome, c.money?.amount ?? "", c.money?.currency ?? "", c.assignee ?? "", r.tokens.filter((t) => t.claims.some((x) => keyOf(x) === keyOf(c))).map((t) => t.value).join(" ")]);
  return [["insurer", "claim", "score", "outcome", "claimed", "currency", "assignee", "tokens"], ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
