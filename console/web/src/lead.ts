// The lead's arithmetic.

/** interval is Wilson's 95 % interval of a share: it stays within 0 and 1 and is wide where little is known. */
export function interval(right: number, known: number): [number, number] {
  if (known === 0) return [0, 1];
  const z = 1.96;
  const p = right / known;
  const d = 1 + (z * z) / known;
  const mid = (p + (z * z) / (2 * known)) / d;
  const half = (z * Math.sqrt((p * (1 - p)) / known + (z * z) / (4 * known * known))) / d;
  return [Math.max(0, mid - half), Math.min(1, mid + half)];
}

/** above counts what lies at or above a threshold; a bin that the threshold cuts counts by its part. */
export function above(histogram: number[], threshold: number): number {
  const at = threshold * histogram.length;
  return histogram.reduce((sum, n, i) => sum + n * Math.min(1, Math.max(0, i + 1 - at)), 0);
}
