import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

import { Problem } from "../api";
import { useFormat, useMaybe, useT } from "../i18n";
import { usePeople } from "../session";
import { Icon } from "./icons";

type Notice = { text: string; fault: boolean; at: number };
const Context = createContext<(text: string, fault?: boolean) => void>(() => {});

/** Notices stand at the bottom for some seconds and are read out. */
export function Notices({ children }: { children: ReactNode }) {
  const [all, setAll] = useState<Notice[]>([]);
  const add = useCallback((text: string, fault = false) => {
    const notice = { text, fault, at: Date.now() + Math.random() };
    setAll((old) => [...old.slice(-2), notice]);
    setTimeout(() => setAll((old) => old.filter((n) => n !== notice)), fault ? 9000 : 4000);
  }, []);
  return (
    <Context value={add}>
      {children}
      <div role="status" aria-live="polite" className="pointer-events-none fixed right-4 bottom-12 z-50 flex flex-col gap-2">
        {all.map((n) => (
          <div key={n.at} className={`fade flex max-w-[440px] items-start gap-2 rounded-panel border px-3 py-2 shadow-over ${n.fault ? "border-danger bg-danger-bg text-danger" : "border-line2 bg-surface"}`}>
            {n.fault && <Icon name="warn" className="mt-px" />}
            {n.text}
          </div>
        ))}
      </div>
    </Context>
  );
}

export const useNotice = () => useContext(Context);

/** useExplain says what a problem means for the person: what is, what is safe, what to do. */
export function useExplain() {
  const t = useT();
  const f = useFormat();
  const { name } = usePeople();
  const words = useMaybe();
  return useCallback(
    (error: unknown, claim = ""): string => {
      if (!(error instanceof Problem)) return t("err.other", { why: String(error) });
      const refused = error.body.kind ? words(`refused.${error.body.kind}`, "") : "";
      if (refused) return refused;
      const short = claim.length > 10 ? `…${claim.slice(-4)}` : claim;
      switch (error.status) {
        case 0:
          return t("err.away");
        case 401:
          return t("err.ended");
        case 403:
          return t("err.forbidden");
        case 404:
          return t("err.notfound");
        case 409:
          if (!error.body.by) return t("err.other", { why: error.body.detail ?? "" });
          return t(error.body.kind === "assigned" ? "err.took" : "err.conflict", { by: name(error.body.by), claim: short, at: f.clock(error.body.at ?? Date.now()) });
        case 503:
          return t("err.journal");
      }
      return t("err.other", { why: error.body.detail ?? `HTTP ${error.status}` });
    },
    [t, f, name, words],
  );
}
