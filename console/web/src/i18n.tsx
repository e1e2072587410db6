import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { createIntl, createIntlCache, type IntlShape, RawIntlProvider, useIntl } from "react-intl";

import { en, type MessageId } from "./words/en";
import rulesEn from "./words/rules.en.json";

export type Locale = "en" | "zh";
type Words = { messages: Record<string, string>; rules: Record<string, string[]> };

const english: Words = { messages: en, rules: rulesEn };

async function load(locale: Locale): Promise<Words> {
  if (locale === "en") return english;
  const [m, r] = await Promise.all([import("./words/zh"), import("./words/rules.zh.json")]);
  return { messages: m.zh, rules: r.default };
}

export function preferred(): Locale {
  const chosen = localStorage.getItem("locale");
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

type Speech = { locale: Locale; setLocale: (l: Locale) => void; rules: Words["rules"] };
const SpeechContext = createContext<Speech>({ locale: "en", setLocale: () => {}, rules: rulesEn });

export function Speaking({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState<Locale>(preferred);
  const [words, setWords] = useState<{ of: Locale; words: Words }>({ of: "en", words: english });
  useEffect(() => {
    let stale = false;
    void load(locale).then((words) => stale || setWords({ of: locale, words }));
    return () => {
      stale = true;
    };
  }, [locale]);
  const intl = useMemo(
    () =>
      createIntl(
        { locale: words.of === "zh" ? "zh-CN" : "en-GB", messages: words.words.messages, defaultLocale: "en", defaultRichTextElements: { b: (c) => <strong className="font-[620] text-ink">{c}</strong> } },
        createIntlCache(),
      ) as IntlShape,
    [words],
  );
  useEffect(() => {
    document.documentElement.lang = words.of === "zh" ? "zh-CN" : "en";
  }, [words]);
  const choose = useCallback((l: Locale) => {
    localStorage.setItem("locale", l);
    setLocale(l);
  }, []);
  const speech = useMemo(() => ({ locale: words.of, setLocale: choose, rules: words.words.rules }), [words, choose]);
  return (
    <SpeechContext value={speech}>
      <RawIntlProvider value={intl}>{children}</RawIntlProvider>
    </SpeechContext>
  );
}

export const useSpeech = () => useContext(SpeechContext);

type Values = Record<string, string | number | undefined>;

/** useT returns the words of a message. */
export function useT() {
  const intl = useIntl();
  return useCallback((id: MessageId, values?: Values) => intl.formatMessage({ id }, values) as string, [intl]);
}

/** useRich returns a message with its bold parts. */
export function useRich() {
  const intl = useIntl();
  return useCallback((id: MessageId, values?: Values) => intl.formatMessage({ id }, values as never) as ReactNode, [intl]);
}

/** useMaybe returns the words of a code that the install may have added itself: then the code stands for itself. */
export function useMaybe() {
  const intl = useIntl();
  return useCallback((id: string, otherwise: string) => (id in intl.messages ? intl.formatMessage({ id }) : otherwise), [intl]);
}

type Fact = { name: string; value: string };

/** ruleWords makes the words of a reason of the rule's id and facts; what the rule set of the install added itself keeps its own words. */
export function ruleWords(rules: Record<string, string[]>, rule: string, facts: Fact[], otherwise: string) {
  const id = rule.split("@")[0];
  const known = rules[id];
  if (!known) return { title: id.replaceAll("-", " "), text: otherwise };
  const text = known[1].replace(/\{(\w+)\}/g, (_, name: string) => facts.find((f) => f.name === name)?.value ?? "…");
  return { title: known[0], text: text.includes("…") && otherwise ? otherwise : text };
}

export function useRules() {
  const { rules } = useSpeech();
  return useCallback((rule: string, facts: Fact[] = [], otherwise = "") => ruleWords(rules, rule, facts, otherwise), [rules]);
}

/** useFormat writes dates and money in the person's language; money keeps the decimals that it came with. */
export function useFormat() {
  const intl = useIntl();
  return useMemo(() => {
    const parse = (t: string | number | Date) => (t instanceof Date ? t : new Date(t));
    return {
      day: (t: string | number | Date) => intl.formatDate(parse(t), { day: "numeric", month: "short" }),
      date: (t: string | number | Date) => intl.formatDate(parse(t), { day: "numeric", month: "short", year: "numeric" }),
      near: (t: string | number | Date) => {
        const far = Math.abs(Date.now() - parse(t).getTime()) / 86_400_000;
        return intl.formatDate(parse(t), far < 28 ? { weekday: "short", day: "numeric" } : far < 300 ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" });
      },
      weekday: (t: string | number | Date) => intl.formatDate(parse(t), { weekday: "short", day: "numeric", month: "short" }),
      time: (t: string | number | Date) => intl.formatTime(parse(t), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      clock: (t: string | number | Date) => intl.formatTime(parse(t), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
      number: (n: number, digits = 0) => intl.formatNumber(n, { maximumFractionDigits: digits }),
      amount: (text: string) => intl.formatNumber(Number(text), { minimumFractionDigits: 2, maximumFractionDigits: 4 }),
      compact: (text: string) => intl.formatNumber(Number(text), { notation: "compact", maximumSignificantDigits: 3 }),
    };
  }, [intl]);
}
