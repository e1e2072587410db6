import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { lines } from "./chronology";
import { due } from "./due";
import { identifiers } from "./identifiers";
import { ruleWords } from "./i18n";
import { keyName } from "./keys";
import { above, interval } from "./lead";
import { groups } from "./parties";
import { active, request, validQueue, without } from "./queueaddress";
import { ago, days, share } from "./delays";
import { custody, readableSize } from "./exhibits";
import { hoursLeft, isOpen, standing } from "./reveals";
import { csv, drawn, graphOf } from "./ringgraph";
import { at, filled, high, logit, low, pieces, step, three } from "./score";
import { en } from "./words/en";
import rulesEn from "./words/rules.en.json";
import rulesZh from "./words/rules.zh.json";
import { zh } from "./words/zh";

describe("score", () => {
  test("pieces add up to the score, and what lowers ends the bar", () => {
    const weights = [2.6, 1.2, -0.6];
    const all = pieces(-3, weights);
    expect(all.map((p) => p.lowers)).toEqual([false, false, true]);
    expect(all[0].from).toBe(at(-3));
    expect(all.at(-1)!.from).toBeCloseTo(filled(-3, weights));
  });
  test.each([[0.1999, 0], [0.2, 1], [0.4, 2], [0.6, 3], [0.85, 4]])("%f has the colour r%i", (s, want) => expect(step(s)).toBe(want));
  test("the axis is cut at its ends", () => {
    expect(at(low - 5)).toBe(0);
    expect(at(high + 5)).toBe(1);
    expect(at(logit(0.5))).toBeCloseTo(3 / 7.2);
  });
  test.each([[0.9641, ".964"], [0.05, ".050"], [1, ".999"]])("%f reads %s", (s, want) => expect(three(s)).toBe(want));
});

describe("deadlines", () => {
  const opened = "2025-01-01T00:00:00Z";
  const until = "2025-01-11T00:00:00Z";
  test.each([
    ["2025-01-01T00:00:00Z", 10, false, false],
    ["2025-01-09T12:00:00Z", 1, true, false],
    ["2025-01-11T01:00:00Z", 1, false, true],
    ["2025-01-14T00:00:00Z", 3, false, true],
  ])("at %s %i days, bold %s, late %s", (now, days, bold, late) => {
    const d = due(opened, until, Date.parse(now));
    expect([d.days, d.bold, d.late]).toEqual([days, bold, late]);
  });
});

describe("identifiers in a note", () => {
  test.each([
    ["They gave +44 7700 900705 as the phone", "phone"],
    ["call 13812345678 now", "phone"],
    ["write to jane.doe@mail.example", "email"],
    ["pay to DE89 3704 0044 0532 0130 00 please", "iban"],
    ["card 4111 1111 1111 1111", "card"],
  ])("%s", (text, kind) => expect(identifiers(text).map((f) => f.kind)).toEqual([kind]));
  test.each(["on 2025-11-16 at 21:40", "claim M-2025-0001268", "invoice 20251234", "GB82 is no account", "18,866.45 USD"])("%s has none", (text) => expect(identifiers(text)).toEqual([]));
});

describe("keys", () => {
  const key = (k: string, o = {}) => ({ key: k, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...o });
  test.each([
    [key("j"), "j"], [key("X", { shiftKey: true }), "Shift+x"], [key("Enter", { metaKey: true }), "Ctrl+Enter"], [key("?", { shiftKey: true }), "?"], [key("K", { ctrlKey: true }), "Ctrl+k"],
  ])("%o", (e, want) => expect(keyName(e)).toBe(want));
});

describe("the address of the queue", () => {
  test("what is not allowed is left out", () => {
    expect(validQueue({ status: ["taken", "eaten"], scoreMin: 7, sort: "nonsense", hold: "maybe", line: "motor", claim: "M-1" })).toEqual({ status: ["taken"], line: ["motor"], claim: "M-1" });
  });
  test("a filter less is no saved view any more", () => {
    const q = validQueue({ view: "high", scoreMin: 0.2, hold: "yes" });
    expect(active(q)).toEqual(["scoreMin", "hold"]);
    expect(without(q, "hold")).toEqual({ scoreMin: 0.2 });
  });
  test("the order that is not said is the useful one", () => {
    expect(request({}).order).toBe("desc");
    expect(request({ sort: "due" }).order).toBe("asc");
  });
});

describe("the graph of a ring", () => {
  const claim = (id: string, decided: string) => ({ insurer: "acme", claim: id, score: 0.9, base: -3, weights: [], line: "motor", outcome: "investigate", hold: false, decided, record: "final", version: 1, money: { amount: "100.00", currency: "USD" } });
  const ring = { id: "r", hidden: 0, claims: [claim("C-1", "2025-01-01T00:00:00Z"), claim("=C-2", "2025-02-01T00:00:00Z"), claim("C-3", "2025-03-01T00:00:00Z")], tokens: [
    { value: "phn_1_abcd", domain: "phn", total: 214, claims: [{ insurer: "acme", claim: "C-1" }, { insurer: "acme", claim: "=C-2" }] },
    { value: "adr_1_efgh", domain: "adr", total: 1, claims: [{ insurer: "acme", claim: "C-3" }] },
  ] };
  const g = graphOf(ring);
  const all = { least: 1, hidden: new Set<string>(), until: Number.POSITIVE_INFINITY, collapsed: new Set<string>() };
  test("a hub over its bound is shown and not followed", () => {
    expect(g.nodes.find((n) => n.key === "phn_1_abcd")?.over).toBe(true);
    expect(g.edges.filter((e) => e.b === "phn_1_abcd").every((e) => !e.followed)).toBe(true);
  });
  test.each([
    ["everything", all, 5], ["by degree", { ...all, least: 2 }, 4], ["without phones", { ...all, hidden: new Set(["phn"]) }, 4], ["in February", { ...all, until: Date.parse("2025-02-02T00:00:00Z") }, 3],
  ])("%s", (_, view, n) => expect(drawn(g, view).nodes).toHaveLength(n));
  test("what hangs on a collapsed node alone stands in its stack", () => {
    const d = drawn(g, { ...all, collapsed: new Set(["phn_1_abcd"]) });
    expect(d.stacks.get("phn_1_abcd")).toBe(2);
    expect(d.nodes).toHaveLength(3);
  });
  test("a table program takes no number for a formula", () => expect(csv(ring)).toContain(",'=C-2,"));
});

describe("the lead's arithmetic", () => {
  test("an interval is wide where little is known", () => {
    expect(interval(0, 0)).toEqual([0, 1]);
    const [lo, hi] = interval(71, 100);
    expect(lo).toBeCloseTo(0.6146, 3);
    expect(hi).toBeCloseTo(0.7899, 3);
  });
  test("a bin that the threshold cuts counts by its part", () => expect(above([10, 10], 0.25)).toBe(15));
});

test("parties come claimant first, and a token once", () => {
  const token = (path: string, domain: string, claims: number, role = "") => ({ path, domain, role, value: `${domain}_1_${claims}`, claims, where: [] });
  const got = groups([token("parties[0].phone", "phn", 2, "repairer"), token("claimant.phone", "phn", 3), token("claimant.person", "phn", 3), token("claimant.name", "nam", 9)], ["claimant"]);
  expect(got.map((x) => [x.path, x.role, x.tokens.length, x.elsewhere])).toEqual([["claimant", "claimant", 1, 2], ["parties[0]", "repairer", 1, 1]]);
});

test("looks that follow each other are one line", () => {
  const look = (seq: number, by: string) => ({ seq, kind: "viewed", at: `2025-01-01T00:0${seq}:00Z`, by });
  const got = lines({ chronology: [look(1, "anna"), look(2, "anna"), look(3, "sofia")], deadlines: [] } as never);
  expect(got.map((l) => l.from === "case" && l.times)).toEqual([1, 2]);
});

describe("words", () => {
  const placeholders = (s: string) => [...new Set([...s.matchAll(/\{(\w+)/g)].map((m) => m[1]))].filter((x) => !["one", "other"].includes(x)).sort();
  test("both languages have all messages with the same values", () => {
    for (const id of Object.keys(en) as (keyof typeof en)[]) {
      expect(zh[id], id).toBeTruthy();
      for (const p of placeholders(zh[id])) expect(placeholders(en[id]), id).toContain(p);
    }
  });
  test("every shipped rule has its words in both", () => {
    const folder = new URL("../../../detectors/rule/", import.meta.url);
    const ids = readdirSync(folder).filter((f) => f.endsWith(".yaml")).flatMap((f) => [...readFileSync(new URL(f, folder), "utf8").matchAll(/^ {2}- id: (\S+)/gm)].map((m) => m[1]));
    expect(ids.length).toBeGreaterThan(50);
    for (const id of ids) {
      expect(rulesEn, id).toHaveProperty([id]);
      expect(rulesZh, id).toHaveProperty([id]);
    }
  });
  test("a reason is made of facts, and one of another rule set keeps its own words", () => {
    expect(ruleWords(rulesEn, "shared-phone@1", [{ name: "persons", value: "3" }], "").text).toContain("3 other claimants");
    expect(ruleWords(rulesEn, "our-own@2", [], "Our words.")).toEqual({ title: "our own", text: "Our words." });
  });
});

describe("requests to reveal", () => {
  test.each([
    [{ state: "waiting", requester: "anna" }, "rev.waiting", undefined, true],
    [{ state: "approved", requester: "anna", approver: "ravi" }, "rev.approved", "ravi", true],
    [{ state: "withdrawn", requester: "anna", ender: "anna" }, "rev.ended", undefined, false],
    [{ state: "withdrawn", requester: "anna", ender: "ravi" }, "rev.refused", "ravi", false],
    [{ state: "used", requester: "anna", approver: "ravi" }, "rev.used", undefined, false],
  ] as const)("%o", (r, what, who, open) => {
    expect(standing(r)).toEqual([what, who]);
    expect(isOpen(r)).toBe(open);
  });
  test("hours are whole and never negative", () => {
    expect(hoursLeft({ expires: "2026-01-01T05:59:00Z" }, Date.parse("2026-01-01T00:00:00Z"))).toBe(5);
    expect(hoursLeft({ expires: "2026-01-01T00:00:00Z" }, Date.parse("2026-01-02T00:00:00Z"))).toBe(0);
  });
});

describe("exhibits", () => {
  test("custody gathers the steps of each, and nothing of what was never added", () => {
    const at = "2026-01-01T00:00:00Z";
    const all = custody([
      { seq: 1, kind: "exhibit", at, by: "anna", exhibit: 1, type: "application/pdf", size: 2048, source: "witness", digest: "ab" },
      { seq: 2, kind: "note", at, by: "anna" },
      { seq: 3, kind: "exhibit-viewed", at, by: "helen", exhibit: 1 },
      { seq: 4, kind: "exhibit-exported", at, by: "helen", exhibit: 1, to: "police" },
      { seq: 5, kind: "exhibit-viewed", at, by: "helen", exhibit: 7 },
    ]);
    expect(all).toHaveLength(1);
    expect(all[0].steps.map((s) => [s.kind, s.by, s.to])).toEqual([["exhibit", "anna", undefined], ["exhibit-viewed", "helen", undefined], ["exhibit-exported", "helen", "police"]]);
  });
  test.each([[12, "12 B"], [2048, "2 KiB"], [3 << 20, "3.0 MiB"]])("%i bytes read %s", (n, text) => expect(readableSize(n)).toBe(text));
});

describe("delays", () => {
  const t = ((id: string, v?: { n?: string | number }) => `${id} ${v?.n}`) as Parameters<typeof days>[0];
  const f = { number: (n: number) => String(Math.round(n)) };
  test.each([[0.2, "delays.min 12"], [1, "lead.hours 1"], [47, "lead.hours 47"], [48, "row.days 2"], [2400, "row.days 100"]])("%f hours", (h, text) => expect(days(t, f, h)).toBe(text));
  test.each([[0, 5, "0 %"], [1, 300, "<1 %"], [1, 3, "33 %"], [5, 5, "100 %"]])("%i of %i", (part, all, text) => expect(share(part, all)).toBe(text));
  test("never before now", () => expect(ago("2026-01-02T00:00:00Z", Date.parse("2026-01-01T00:00:00Z"))).toBe(0));
});
