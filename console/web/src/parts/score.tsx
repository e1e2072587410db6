import { at, bands, filled, logit, pieces, step, three } from "../score";

/** rampOf is the colour of a score. */
export const rampOf = (score: number) => `var(--r${step(score)})`;

/** ScoreBar is a score on log-odds: base at the left, one piece a reason, ticks where review and investigate begin. */
export function ScoreBar({ score, base, weights, width = 104 }: { score: number; base: number; weights: number[]; width?: number }) {
  const all = pieces(base, weights);
  const end = filled(base, weights);
  const colour = rampOf(score);
  const x = (v: number) => v * width;
  const notches = all.filter((p) => !p.lowers).slice(1).map((p) => p.from).filter((v) => v < end && v > 0);
  const solid = weights.length ? end : at(logit(Math.min(0.999, Math.max(0.001, score))));
  return (
    <svg width={width} height={17} viewBox={`0 0 ${width} 17`} aria-hidden="true" className="shrink-0">
      <rect x="0" y="4" width={width} height="9" fill="var(--track)" />
      <rect x="0" y="4" width={Math.max(2, x(solid))} height="9" fill={colour} />
      {notches.map((v, i) => <rect key={i} x={x(v)} y="4" width="1" height="9" fill="var(--surface)" />)}
      {all.filter((p) => p.lowers && p.to > p.from).slice(-1).map((p, i) => (
        <rect key={`l${i}`} x={x(end) + 0.5} y="4.5" width={Math.max(3, x(p.to - p.from))} height="8" fill="var(--surface)" stroke="var(--ok)" />
      ))}
      {[bands.review, bands.investigate].map((p) => (
        <path key={p} d={`M${x(at(logit(p)))} 0v17`} stroke="var(--ink2)" strokeDasharray="2 2" />
      ))}
    </svg>
  );
}

export function Score({ score, base, weights, width }: { score: number; base: number; weights: number[]; width?: number }) {
  return (
    <span className="inline-flex items-center gap-2.5">
      <span className="w-[31px] font-[640]">{three(score)}</span>
      <ScoreBar score={score} base={base} weights={weights} width={width} />
    </span>
  );
}
