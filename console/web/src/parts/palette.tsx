import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import { useEffect, useState } from "react";

import { api, ask, type Similar } from "../api";
import { useSpeech, useT } from "../i18n";
import { pagesFor } from "../shell";
import { applyTheme } from "../theme";
import { Key, Money } from "./bits";
import { Icon, type IconName } from "./icons";
import { Score } from "./score";

export type PaletteAct = { label: string; icon: IconName; keys?: string; run: () => void };
type Go = { to: "/queue"; search?: object } | { to: "/cases/$case"; params: { case: string }; search?: object };

/** Palette finds claims by their number, pages, and what can be done here. What is typed is sent in a body and kept nowhere. */
export function Palette({ open, onClose, group, acts, onGo, may, onKeys, onIdentify }: { open: boolean; onClose: () => void; group: string; acts: PaletteAct[]; onGo: (to: never) => void; may: (r: string) => boolean; onKeys: () => void; onIdentify: () => void }) {
  const t = useT();
  const { setLocale } = useSpeech();
  const [text, setText] = useState("");
  const [found, setFound] = useState<Similar[]>([]);
  useEffect(() => {
    if (!open) {
      setText("");
      setFound([]);
    }
  }, [open]);
  useEffect(() => {
    if (text.trim().length < 2 || !may("case.read")) {
      setFound([]);
      return;
    }
    let stale = false;
    const wait = setTimeout(() => {
      ask(api.POST("/api/v1/search", { body: { text: text.trim() } })).then((r) => stale || setFound(r.claims)).catch(() => stale || setFound([]));
    }, 120);
    return () => {
      stale = true;
      clearTimeout(wait);
    };
  }, [text, may]);
  const go = (to: Go) => {
    onClose();
    onGo(to as never);
  };
  const run = (act: () => void) => {
    onClose();
    setTimeout(act, 0);
  };
  const fits = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase());
  const pages = pagesFor(may).filter((p) => fits(t(p.label)));
  const identifies = may("search.clear") && (text.trim() === "" || fits(t("idf.title")) || found.length === 0);
  const here = acts.filter((a) => fits(a.label));
  const settings: PaletteAct[] = [
    { label: t("pal.english"), icon: "globe" as const, run: () => setLocale("en") },
    { label: t("pal.chinese"), icon: "globe" as const, run: () => setLocale("zh") },
    { label: t("pal.light"), icon: "sun" as const, run: () => applyTheme("light") },
    { label: t("pal.dark"), icon: "sun" as const, run: () => applyTheme("dark") },
    { label: t("keys.title"), icon: "queue" as const, keys: "?", run: onKeys },
  ].filter((a) => text.trim() !== "" && fits(a.label));
  const item = "flex h-9 cursor-pointer items-center gap-3 border-l-3 border-transparent px-4 data-[selected=true]:border-you data-[selected=true]:bg-you-bg";
  const heading = "[&_[cmdk-group-heading]]:px-4 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-support [&_[cmdk-group-heading]]:text-ink3";
  return (
    <Radix.Root open={open} onOpenChange={(o) => !o && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="overlay fade" />
        <Radix.Content aria-describedby={undefined} className="fade fixed top-[112px] left-1/2 z-50 w-[640px] max-w-[calc(100vw-24px)] -translate-x-1/2 overflow-hidden rounded-over border border-line2 bg-surface shadow-palette">
          <Radix.Title className="sr-only">{t("pal.title")}</Radix.Title>
          <Command shouldFilter={false} label={t("pal.title")} loop>
            <div className="flex h-12 items-center gap-3 border-b border-line px-4">
              <Icon name="search" />
              <Command.Input value={text} onValueChange={setText} autoFocus maxLength={200} placeholder={t("pal.title")} className="h-full flex-1 bg-transparent text-[15px] outline-none" />
              <span className="text-support text-ink3">{t("pal.hint")}</span>
            </div>
            <Command.List className="max-h-[380px] overflow-auto pb-2" label={t("pal.title")}>
              <Command.Empty className="px-4 py-6 text-ink2">{t("pal.none")}</Command.Empty>
              {found.length > 0 && (
                <Command.Group heading={t("pal.claims")} className={heading}>
                  {found.map((c) => (
                    <Command.Item key={`${c.insurer}/${c.claim}`} value={`claim ${c.insurer}/${c.claim}`} disabled={!c.case} className={item} onSelect={() => c.case && go({ to: "/cases/$case", params: { case: String(c.case) }, search: {} })}>
                      <Icon name="file" />
                      <span><span className="text-ink2">{c.insurer}/</span><b className="font-[640]">{c.claim}</b></span>
                      <span className="text-ink2"><Money of={c.money} />{!c.case && ` · ${t("pal.noCase")}`}</span>
                      <span className="ml-auto"><Score score={c.score} base={c.base} weights={c.weights} width={60} /></span>
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {identifies && (
                <Command.Group heading={t("nav.search")} className={heading}>
                  <Command.Item value="identify" className={item} onSelect={() => run(onIdentify)}><Icon name="search" /> {t("idf.title")}…</Command.Item>
                </Command.Group>
              )}
              {here.length > 0 && (
                <Command.Group heading={group} className={heading}>
                  {here.map((a) => (
                    <Command.Item key={a.label} value={`act ${a.label}`} className={item} onSelect={() => run(a.run)}>
                      <Icon name={a.icon} /> {a.label} {a.keys && <span className="ml-auto"><Key>{a.keys}</Key></span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {pages.length > 0 && (
                <Command.Group heading={t("pal.pages")} className={heading}>
                  {pages.map((p) => (
                    <Command.Item key={p.to} value={`page ${p.to}`} className={item} onSelect={() => go({ to: p.to as "/queue", search: {} })}>
                      <Icon name={p.icon} /> {t(p.label)}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              {settings.length > 0 && (
                <Command.Group heading={t("pal.settings")} className={heading}>
                  {settings.map((a) => (
                    <Command.Item key={a.label} value={`set ${a.label}`} className={item} onSelect={() => run(a.run)}>
                      <Icon name={a.icon} /> {a.label}
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
            </Command.List>
            <div className="flex h-8 items-center gap-4 border-t border-line bg-bg px-4 text-support text-ink2">
              <span className="flex items-center gap-1"><Key>↑</Key><Key>↓</Key> {t("pal.choose")}</span>
              <span className="flex items-center gap-1"><Key>↵</Key> {t("keys.open")}</span>
              <span className="ml-auto flex items-center gap-1"><Key>esc</Key> {t("pal.close")}</span>
            </div>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
