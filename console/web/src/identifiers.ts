// What looks like an identifier in words that a person types is pointed out before they are saved.

export type Found = { kind: "phone" | "email" | "iban" | "card"; text: string; at: number };

const shapes: { kind: Found["kind"]; shape: RegExp; fits?: (text: string) => boolean }[] = [
  { kind: "email", shape: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu },
  { kind: "iban", shape: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, fits: iban },
  { kind: "card", shape: /\b\d(?:[ -]?\d){12,18}\b/g, fits: (t) => luhn(t.replace(/\D/g, "")) },
  { kind: "phone", shape: /(?<![\w.])\+?\(?\d(?:[ ()./-]?\d){7,14}(?![\w])/g, fits: phone },
];

function phone(text: string) {
  const digits = text.replace(/\D/g, "");
  // A date such as 2025-11-16 or a plain number is none.
  return digits.length >= 8 && digits.length <= 15 && !/^\d{4}-\d{2}-\d{2}/.test(text) && (text.startsWith("+") || text.startsWith("0") || text.startsWith("(") || /^1[3-9]\d{9}$/.test(digits) || /^\d{3}[ -]\d{3}[ -]\d{4}$/.test(text));
}

function luhn(digits: string) {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let d = Number(digits[digits.length - 1 - i]);
    if (i % 2 === 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
    sum += d;
  }
  return sum % 10 === 0;
}

function iban(text: string) {
  const s = text.replaceAll(" ", "");
  if (s.length < 15 || s.length > 34) return false;
  const moved = s.slice(4) + s.slice(0, 4);
  let rest = 0;
  for (const c of moved) {
    const v = c >= "A" ? String(c.charCodeAt(0) - 55) : c;
    for (const d of v) rest = (rest * 10 + Number(d)) % 97;
  }
  return rest === 1;
}

/** identifiers finds what looks like one, in order; overlapping finds go to the shape that stands first. */
export function identifiers(text: string): Found[] {
  const found: Found[] = [];
  for (const { kind, shape, fits } of shapes) {
    for (const m of text.matchAll(shape)) {
      if (fits && !fits(m[0])) continue;
      const from = m.index;
      const to = from + m[0].length;
      if (found.some((f) => from < f.at + f.text.length && f.at < to)) continue;
      found.push({ kind, text: m[0], at: from });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}
