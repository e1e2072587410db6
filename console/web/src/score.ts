// The score on its axis: log-odds from -3 to +4.2, so that each reason's weight is a length.

export const low = -3;
export const high = 4.2;
/** Where the bands begin, as probabilities. */
export const bands = { review: 0.2, hold: 0.5, investigate: 0.6 };

export const logit = (p: number) => Math.log(p / (1 - p));

/** at is the place of log-odds on the axis, 0 to 1. */
export const at = (lo: number) => Math.min(1, Math.max(0, (lo - low) / (high - low)));

/** step is the colour of a score in the ramp, 0 to 4. */
export function step(score: number): 0 | 1 | 2 | 3 | 4 {
  if (score < 0.2) return 0;
  if (score < 0.4) return 1;
  if (score < 0.6) return 2;
  return score < 0.85 ? 3 : 4;
}

export type Piece = { from: number; to: number; lowers: boolean };

/** pieces are the parts of a bar: what raises from the base on, strongest first, then hollow what lowers, back to the score. */
export function pieces(base: number, weights: number[]): Piece[] {
  const out: Piece[] = [];
  let lo = base;
  for (const w of weights.filter((w) => w > 0)) {
    out.push({ from: at(lo), to: at(lo + w), lowers: false });
    lo += w;
  }
  for (const w of weights.filter((w) => w < 0)) {
    out.push({ from: at(lo + w), to: at(lo), lowers: true });
    lo += w;
  }
  return out;
}

/** filled is how far the bar is solid: up to the score, or to the end of what raises if nothing lowers. */
export const filled = (base: number, weights: number[]) => at(weights.reduce((a, w) => a + w, base));

/** three is a score as people read it: .964 */
export const three = (score: number) => {
  const text = Math.min(score, 0.999).toFixed(3);
  return text.replace(/^0/, "");
};
export const two = (score: number) => Math.min(score, 0.99).toFixed(2).replace(/^0/, "");
