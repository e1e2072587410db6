import { api, ask, type Schemas } from "./api";

export type Reveal = Schemas["RevealRequest"];

export const revealsQuery = { queryKey: ["reveals"], queryFn: () => ask(api.GET("/api/v1/reveals")), staleTime: 5_000, refetchInterval: 20_000 } as const;

/** hoursLeft are the whole hours until a request expires. */
export const hoursLeft = (r: Pick<Reveal, "expires">, now: number) => Math.max(0, Math.floor((Date.parse(r.expires) - now) / 3_600_000));

/** open says whether a request waits for somebody: for the second person, or for who asked. */
export const isOpen = (r: Pick<Reveal, "state">) => r.state === "waiting" || r.state === "approved";

/** standing is the message that says what a request has come to, and who it names. */
export function standing(r: Pick<Reveal, "state" | "approver" | "ender" | "requester">): ["rev.waiting" | "rev.approved" | "rev.used" | "rev.expired" | "rev.ended" | "rev.refused", string | undefined] {
  switch (r.state) {
    case "waiting":
      return ["rev.waiting", undefined];
    case "approved":
      return ["rev.approved", r.approver];
    case "used":
      return ["rev.used", undefined];
    case "expired":
      return ["rev.expired", undefined];
  }
  return r.ender && r.ender !== r.requester ? ["rev.refused", r.ender] : ["rev.ended", undefined];
}
