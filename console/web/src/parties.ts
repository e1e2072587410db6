import type { Token } from "./api";

/** Group is a party with its tokens, or a thing that has some. */
export type Group = { path: string; role: string; tokens: Token[]; sealed: boolean; elsewhere: number };

const order = ["bnk", "phn", "adr", "per", "eml", "nid", "fpr", "net", "pid", "nam"];
// A name alone joins nothing, and the insurer's own number says who but not what is shared.
const quiet = new Set(["nam"]);

const owner = (path: string) => path.match(/^(claimant|parties\[\d+\]|policy|vehicle|device|documents|payments|property)/)?.[1] ?? "record";

/** groups puts tokens by party, the claimant first; each token once, the most shared first. */
export function groups(tokens: Token[], sealed: string[]): Group[] {
  const by = new Map<string, Group>();
  for (const s of sealed) by.set(s, { path: s, role: s === "claimant" || s === "record" ? s : "", tokens: [], sealed: true, elsewhere: 0 });
  for (const k of tokens) {
    const path = owner(k.path);
    const g = by.get(path) ?? { path, role: "", tokens: [], sealed: sealed.includes(path), elsewhere: 0 };
    by.set(path, g);
    if (k.role) g.role = k.role;
    if (quiet.has(k.domain) || g.tokens.some((o) => o.value === k.value)) continue;
    g.tokens.push(k);
    g.elsewhere = Math.max(g.elsewhere, k.claims - 1);
  }
  for (const g of by.values()) g.tokens.sort((a, b) => b.claims - a.claims || order.indexOf(a.domain) - order.indexOf(b.domain));
  const rank = (g: Group) => (g.path === "claimant" ? 0 : g.path.startsWith("parties") ? 1 : g.path === "record" ? 3 : 2);
  return [...by.values()].filter((g) => g.tokens.length > 0 || g.sealed).sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path, "en", { numeric: true }));
}
