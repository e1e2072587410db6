// What the address of the queue says: the filters, the order and the view, so that back, a reload and a sent link show the same.

export type Status = "new" | "taken" | "snoozed" | "closed" | "merged";
export type Outcome = "settle" | "review" | "investigate";

export type QueueSearch = {
  view?: string;
  status?: Status[];
  insurer?: string[];
  line?: string[];
  outcome?: Outcome[];
  assignee?: string[];
  hold?: "yes" | "no";
  inRing?: "yes" | "no";
  ring?: string;
  contested?: "yes" | "no";
  scoreMin?: number;
  dueDays?: number;
  claim?: string;
  sort?: "score" | "money" | "opened" | "due" | "ring" | "line" | "assignee" | "reason";
  order?: "asc" | "desc";
};

const sorts = ["score", "money", "opened", "due", "ring", "line", "assignee", "reason"] as const;

const list = (v: unknown, allowed?: readonly string[]): string[] | undefined => {
  const all = (Array.isArray(v) ? v : typeof v === "string" ? [v] : []).filter((x): x is string => typeof x === "string" && x !== "" && x.length < 200 && (!allowed || allowed.includes(x)));
  return all.length ? all.slice(0, 20) : undefined;
};
const yesNo = (v: unknown) => (v === "yes" || v === "no" ? v : undefined);
const text = (v: unknown) => (typeof v === "string" && v !== "" ? v.slice(0, 200) : typeof v === "number" ? String(v) : undefined);
const number = (v: unknown, most: number) => (typeof v === "number" && v > 0 && v <= most ? v : undefined);

/** validQueue reads an address; what is not allowed is left out, so an old or edited link still shows a queue. */
export function validQueue(s: Record<string, unknown>): QueueSearch {
  const q: QueueSearch = {
    view: text(s.view),
    status: list(s.status, ["new", "taken", "snoozed", "closed", "merged"]) as Status[] | undefined,
    insurer: list(s.insurer),
    line: list(s.line),
    outcome: list(s.outcome, ["settle", "review", "investigate"]) as Outcome[] | undefined,
    assignee: list(s.assignee),
    hold: yesNo(s.hold),
    inRing: yesNo(s.inRing),
    ring: text(s.ring),
    contested: yesNo(s.contested),
    scoreMin: number(s.scoreMin, 1),
    dueDays: number(s.dueDays, 365),
    claim: text(s.claim),
    sort: sorts.find((x) => x === s.sort),
    order: s.order === "asc" || s.order === "desc" ? s.order : undefined,
  };
  for (const k of Object.keys(q) as (keyof QueueSearch)[]) if (q[k] === undefined) delete q[k];
  return q;
}

export type Filter = Exclude<keyof QueueSearch, "view" | "sort" | "order">;

export const filters: Filter[] = ["scoreMin", "assignee", "status", "insurer", "line", "outcome", "hold", "inRing", "ring", "contested", "dueDays", "claim"];

/** active are the filters that are set. */
export const active = (q: QueueSearch): Filter[] => filters.filter((f) => q[f] !== undefined);

/** without is the address with one filter less. */
export function without(q: QueueSearch, f: Filter): QueueSearch {
  const { [f]: _, view: __, ...rest } = q;
  return rest;
}

/** request is the query string of the API for an address. */
export function request(q: QueueSearch) {
  const { view: _, sort, order, ...rest } = q;
  return { ...rest, sort: sort ?? "score", order: order ?? (sort === undefined || ["score", "money", "ring"].includes(sort) ? "desc" : "asc") } as const;
}

/** views are those that every install has. */
export const views: Record<string, QueueSearch> = {
  high: { view: "high", scoreMin: 0.2 },
  mine: { view: "mine", assignee: ["me"], dueDays: 7, status: ["taken"] },
  hold: { view: "hold", hold: "yes" },
  ring: { view: "ring", inRing: "yes" },
  snoozed: { view: "snoozed", status: ["snoozed"] },
  contested: { view: "contested", contested: "yes" },
  closed: { view: "closed", status: ["closed"] },
};

export type OwnView = { name: string; search: QueueSearch };

/** own are the views that a person saved in this browser. */
export const own = {
  all: (): OwnView[] => {
    try {
      const kept = JSON.parse(localStorage.getItem("views") ?? "[]") as unknown;
      return Array.isArray(kept) ? kept.filter((v): v is OwnView => typeof v?.name === "string").map((v) => ({ name: v.name, search: validQueue((v.search ?? {}) as Record<string, unknown>) })) : [];
    } catch {
      return [];
    }
  },
  save: (views: OwnView[]) => localStorage.setItem("views", JSON.stringify(views.slice(0, 50))),
};
