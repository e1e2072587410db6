import type { Case, Event_ } from "./api";

/** Line is one line of the chronology, from the case's own journal or from the record. */
export type Line =
  | { at: number; key: string; from: "case"; event: Event_; times: number }
  | { at: number; key: string; from: "record"; kind: "decided" | "raised" | "loss" | "reported" | "cover" | "due"; score?: number; outcome?: string; revision?: number; hold?: boolean; partition?: number; offset?: number; record?: string; text?: string; met?: boolean; whole?: boolean };

export const kinds = { decisions: ["decided", "raised", "disposition", "determined", "rescored", "questioned"], notes: ["note", "exhibit"], views: ["viewed", "exhibit-viewed"] };

/** kindOf is what a line is about. */
export const kindOf = (l: Line) => (l.from === "case" ? l.event.kind : l.kind);

/** lines puts together what happened, newest first, deadlines ahead on top. Looks of one person that follow each other are one line. */
export function lines(c: Case): Line[] {
  const out: Line[] = [];
  for (const e of c.chronology) {
    const before = out.at(-1);
    if (e.kind === "viewed" && before?.from === "case" && before.event.kind === "viewed" && before.event.by === e.by) {
      before.times++;
      before.at = Date.parse(e.at);
      continue;
    }
    out.push({ at: Date.parse(e.at), key: `case-${e.seq}`, from: "case", event: e, times: 1 });
  }
  for (const d of c.deadlines) if (d.due) out.push({ at: Date.parse(d.due), key: `due-${d.name}`, from: "record", kind: "due", text: d.name, met: d.met });
  const r = c.record;
  if (r) {
    for (const d of r.decisions) out.push({ at: Date.parse(d.at), key: `rec-${d.partition}@${d.offset}`, from: "record", kind: d.kind === "rescored" ? "raised" : "decided", score: d.score, outcome: d.outcome, revision: d.revision, hold: d.hold, partition: d.partition, offset: d.offset, record: d.record });
    const dated = (path: string, kind: "loss" | "reported" | "cover") => {
      const v = r.open[path];
      if (v && !Number.isNaN(Date.parse(v))) out.push({ at: Date.parse(v), key: kind, from: "record", kind, whole: v.length <= 10 });
    };
    dated("loss.time", "loss");
    dated("loss.reported", "reported");
    dated("policy.inception", "cover");
  }
  return out.sort((a, b) => b.at - a.at);
}

/** chosen are the lines of a choice. */
export const chosen = (all: Line[], what: "all" | keyof typeof kinds) => (what === "all" ? all : all.filter((l) => kinds[what].includes(kindOf(l))));
