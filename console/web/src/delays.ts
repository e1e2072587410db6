import type { useFormat, useT } from "./i18n";

/** ago are the hours since a moment. */
export const ago = (at: string, now: number) => Math.max(0, (now - Date.parse(at)) / 3_600_000);

/** days writes hours as people say them: minutes under an hour, hours under two days, days above. */
export function days(t: ReturnType<typeof useT>, f: Pick<ReturnType<typeof useFormat>, "number">, hours: number): string {
  if (hours < 1) return t("delays.min", { n: f.number(hours * 60) });
  if (hours < 48) return t("lead.hours", { n: f.number(hours) });
  return t("row.days", { n: Math.round(hours / 24) });
}

/** share is a part as a whole per cent, which says under one rather than none. */
export function share(part: number, all: number): string {
  const p = (100 * part) / all;
  return p > 0 && p < 1 ? "<1 %" : `${Math.round(p)} %`;
}
