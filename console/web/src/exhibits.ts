import type { Event_ } from "./api";

/** mostBytes is the size of the largest exhibit; the console refuses more. */
export const mostBytes = 32 << 20;

export const readableSize = (n: number) => (n < 1024 ? `${n} B` : n < 1 << 20 ? `${Math.round(n / 1024)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`);

type Step = Pick<Event_, "seq" | "kind" | "at" | "by" | "to">;
type Custody = { number: number; type: string; size: number; source: string; collected?: string; digest: string; steps: Step[] };

/** custody gathers what a chronology says of each exhibit: added, opened and sent out, in this order of time. */
export function custody(events: Event_[]): Custody[] {
  const all = new Map<number, Custody>();
  for (const e of events) {
    if (e.kind === "exhibit" && e.exhibit) {
      all.set(e.exhibit, { number: e.exhibit, type: e.type ?? "", size: e.size ?? 0, source: e.source ?? "other", collected: e.collected, digest: e.digest ?? "", steps: [] });
    }
    if (e.exhibit && e.kind.startsWith("exhibit")) all.get(e.exhibit)?.steps.push(e);
  }
  return [...all.values()];
}
