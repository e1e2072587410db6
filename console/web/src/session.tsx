import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { api, ask, type Session } from "./api";
import { useT } from "./i18n";

export const sessionQuery = { queryKey: ["session"], queryFn: () => ask(api.GET("/api/v1/session")), staleTime: 60_000, retry: false } as const;

export function useSession(): Session | undefined {
  return useQuery(sessionQuery).data;
}

export function useMay() {
  const session = useSession();
  return useCallback((right: string) => !!session?.rights.includes(right), [session]);
}

export const initials = (name: string) =>
  name.split(/[\s.-]+/).filter(Boolean).map((w) => w[0]).slice(0, 2).join("").toUpperCase();

/** usePeople names people by id; one is oneself. */
export function usePeople() {
  const session = useSession();
  const t = useT();
  const me = session?.person?.id;
  const name = useCallback((id: string) => session?.people.find((p) => p.id === id)?.name ?? id, [session]);
  const who = useCallback((id: string) => (id === me ? t("chron.you") : id === "machine" ? t("chron.machine") : name(id)), [me, name, t]);
  return { me, name, who, all: session?.people ?? [] };
}
