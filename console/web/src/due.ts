const day = 86_400_000;

export type Due = { days: number; filled: number; bold: boolean; late: boolean };

/** due says how a deadline stands: filled is the part of its time that is over, the last 15 % is bold, past due is late. */
export function due(opened: string, until: string, now: number): Due {
  const from = Date.parse(opened);
  const to = Date.parse(until);
  const filled = to <= from ? 1 : Math.min(1, Math.max(0, (now - from) / (to - from)));
  const late = now > to;
  const days = late ? Math.max(1, Math.ceil((now - to) / day)) : Math.floor((to - now) / day);
  return { days, filled, bold: !late && filled >= 0.85, late };
}

/** age is whole days since. */
export const age = (since: string, now: number) => Math.max(0, Math.floor((now - Date.parse(since)) / day));
