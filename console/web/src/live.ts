import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

export type Change = { kind: "case" | "presence" | "lost" | "queue" | "reveals"; case?: number; act?: string; person?: string; doing?: string };

type Listener = (c: Change) => void;
const listeners = new Set<Listener>();

/** useChanges calls listener with each change that the console tells of. */
export function useChanges(listener: Listener) {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
}

const tell = (c: Change) => listeners.forEach((l) => l(c));

/**
 * useStream holds the one stream of this browser: the tab that gets the lock listens and tells the others, since a browser
 * has six connections to a site and no more. It returns whether changes arrive.
 */
export function useStream(active: boolean): boolean {
  const [live, setLive] = useState(false);
  const client = useQueryClient();
  useEffect(() => {
    if (!active) return;
    const channel = new BroadcastChannel("tallystick");
    const stop = new AbortController();
    let source: EventSource | undefined;
    const on = (c: Change) => {
      if (c.kind === "lost") void client.invalidateQueries();
      tell(c);
    };
    channel.onmessage = (e: MessageEvent<{ change?: Change; live?: boolean }>) => {
      if (e.data.live !== undefined) setLive(e.data.live);
      if (e.data.change) on(e.data.change);
    };
    const listen = () => {
      source = new EventSource("/api/v1/events");
      source.addEventListener("hello", () => {
        setLive(true);
        channel.postMessage({ live: true });
      });
      source.addEventListener("change", (e) => {
        const change = JSON.parse((e as MessageEvent<string>).data) as Change;
        on(change);
        channel.postMessage({ change, live: true });
      });
      source.addEventListener("ended", () => document.dispatchEvent(new Event("session-ended")));
      source.onerror = () => {
        setLive(false);
        channel.postMessage({ live: false });
      };
    };
    void navigator.locks
      ?.request("tallystick-stream", { signal: stop.signal }, () => {
        listen();
        return new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
      })
      .catch(() => {});
    if (!navigator.locks) listen();
    return () => {
      stop.abort();
      source?.close();
      channel.close();
    };
  }, [active, client]);
  return live;
}
