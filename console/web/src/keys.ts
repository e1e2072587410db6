import { useEffect, useRef } from "react";

/** Single keys are off while somebody types, and can be switched off for who speaks to the computer. */
export const singleKeys = {
  on: () => localStorage.getItem("single-keys") !== "off",
  set: (on: boolean) => localStorage.setItem("single-keys", on ? "on" : "off"),
};

/** keyName is how handlers name a key: "j", "Shift+x", "Ctrl+Enter". On a Mac, Command counts as Ctrl. */
export function keyName(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const plain = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const shift = e.shiftKey && (e.key.length > 1 || /[a-z]/i.test(e.key));
  return `${e.ctrlKey || e.metaKey ? "Ctrl+" : ""}${e.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${plain}`;
}

export function typing(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  if (!el?.tagName) return false;
  if (el.tagName === "INPUT") return !["checkbox", "radio", "range", "button"].includes((el as HTMLInputElement).type);
  return el.tagName === "TEXTAREA" || el.tagName === "SELECT" || el.isContentEditable;
}

export type Handlers = Record<string, ((e: KeyboardEvent) => void) | undefined>;

/** useKeys handles keys while active. Those with Ctrl and Escape work while typing too; a dialog that is open has the keys to itself. */
export function useKeys(handlers: Handlers, active = true) {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    if (!active) return;
    const down = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.isComposing) return;
      const name = keyName(e);
      const anywhere = name.startsWith("Ctrl+") || name === "Escape";
      if (!anywhere && (typing(e.target) || !singleKeys.on())) return;
      if (document.querySelector("[role=dialog]")) return;
      if ((name === "Enter" || name === " ") && (e.target as HTMLElement).closest?.("button, a, summary, [role=tab]")) return;
      const handler = latest.current[name];
      if (!handler) return;
      e.preventDefault();
      handler(e);
    };
    document.addEventListener("keydown", down);
    return () => document.removeEventListener("keydown", down);
  }, [active]);
}
