export function RingPage() { return null; }
