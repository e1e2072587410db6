import type { ReactNode } from "react";

const notches = "M200 0l6-14 6 14zM226 0l4-9 4 9zM246 0l4-9 4 9zM286 0l6-14 6 14zM312 0l4-8 4 8zM336 0l5-11 5 11z";

/** Halves are an act of two people: two notched halves, filled when given, dashed while awaited. */
export function Halves({ first, second, given }: { first: ReactNode; second: ReactNode; given: boolean }) {
  return (
    <div className="max-w-[472px]">
      <div className="relative h-[46px] bg-ok px-4 py-3.5 font-[640] text-inv-ink dark:text-surface"><span className="block truncate pr-[52%] text-surface">{first}</span>
        <svg viewBox="0 0 472 46" preserveAspectRatio="none" className="absolute inset-0 size-full" aria-hidden="true"><g transform="translate(70 46)"><path d={notches} fill="var(--surface)" /></g></svg>
      </div>
      <div className={`relative mt-0.5 h-[46px] px-4 py-3.5 font-[640] ${given ? "bg-ok" : "border border-dashed border-ctl"}`}><span className={`block truncate pr-[40%] ${given ? "text-surface" : "text-ink"}`}>{second}</span>
        <svg viewBox="0 0 472 46" preserveAspectRatio="none" className="absolute inset-x-0 -top-[2px] h-[46px] w-full overflow-visible" aria-hidden="true"><g transform="translate(70 0)"><path d={notches} fill={given ? "var(--ok)" : "var(--surface)"} stroke={given ? "none" : "var(--ctl)"} strokeDasharray="2 2" /></g></svg>
      </div>
    </div>
  );
}
