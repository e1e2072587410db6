// Outlines on a grid of 16, drawn for these pages.
const paths = {
  queue: "M2 4h12M2 8h9M2 12h6",
  ring: "M8 3.2v4.3M8 7.5l-4 4M8 7.5l4 4M8 1.7a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2zM3.4 10.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2zM12.6 10.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z",
  lead: "M3 13V8M8 13V3M13 13V6",
  delays: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.2 1.6",
  keyring: "M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.4 7.6 2.5 13.5M4 12l1.8 1.8M6 10l1.4 1.4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4 14 14",
  copy: "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3",
  note: "M3 2.5h10v7L9.5 13H3zM9.5 13V9.5H13",
  snooze: "M5 4h6l-6 8h6",
  export: "M8 10V2.5M5 5l3-2.8L11 5M2.5 9.5v4h11v-4",
  filter: "M2 4h12M4.5 8h7M7 12h2",
  down: "M4.5 6.5 8 10l3.5-3.5",
  left: "M9.5 4 6 8l3.5 4",
  up: "M8 13V3M4.5 6.5 8 3l3.5 3.5",
  plus: "M8 3v10M3 8h10",
  x: "M4 4l8 8M12 4l-8 8",
  check: "M3.5 8.5l3 3 6-7",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6",
  lock: "M4 7.5h8v6H4zM5.8 7.5V5.2a2.2 2.2 0 0 1 4.4 0v2.3",
  warn: "M8 2.5 14.2 13H1.8zM8 6.5v3.2M8 11.2v.4",
  user: "M8 2.5a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM3 13.5c.4-3 2.4-4.3 5-4.3s4.6 1.3 5 4.3",
  flag: "M4 14V2.5h7.5L10 5.5l1.5 3H4",
  link: "M6.8 9.2 9.2 6.8M7.5 5 9.4 3.1a2.5 2.5 0 0 1 3.5 3.5L11 8.5M8.5 11l-1.9 1.9a2.5 2.5 0 0 1-3.5-3.5L5 7.5",
  eye: "M1.8 8c1.6-2.8 3.7-4.2 6.2-4.2S12.6 5.2 14.2 8c-1.6 2.8-3.7 4.2-6.2 4.200S3.4 10.8 1.8 8zM8 6.200a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.600z",
  file: "M4 2h5.500L12.5 5v9H4zM9.5 2v3h3",
  bars: "M5.5 4v8M10.5 4v8",
  out: "M9 3H3v10h6M7 8h7M11.5 5.5 14 8l-2.5 2.5",
  globe: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c2 2 2.6 4 2.6 6S10 12 8 14c-2-2-2.6-4-2.6-6S6 4 8 2z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16, className = "" }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" className={`shrink-0 ${className}`}>
      <path d={paths[name]} />
    </svg>
  );
}

const shapes: Record<string, string> = {
  bnk: "M8 2l6 6-6 6-6-6z",
  phn: "M5 2h6v12H5z",
  adr: "M2.5 7.5 8 2.500l5.5 5V13.500h-11z",
  per: "M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
  vin: "M5 3h6l3 5-3 5H5L2 8z",
  eml: "M2 3.500h12L8 13z",
  pol: "M5 3h9l-3 10H2z",
  fpr: "M3 3h10v10H3z",
  nid: "M1.5 5h13v6h-13z",
};
const alike: Record<string, string> = { plt: "vin", ime: "fpr", net: "fpr", nam: "per", pid: "per", emp: "adr", doc: "nid", img: "nid" };

export const shapeOf = (domain: string) => shapes[domain] ?? shapes[alike[domain] ?? "fpr"];

/** Shape is the outline that stands for a kind of token. */
export function Shape({ domain, size = 12 }: { domain: string; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={1.7} strokeLinejoin="round" aria-hidden="true" className="shrink-0">
      <path d={shapeOf(domain)} />
    </svg>
  );
}
