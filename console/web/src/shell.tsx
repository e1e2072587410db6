import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useEffect, useMemo, useState } from "react";

import { api, ask } from "./api";
import { useFormat, useSpeech, useT } from "./i18n";
import { singleKeys, useKeys } from "./keys";
import { type Change, useChanges, useStream } from "./live";
import { Key, Mark, Person } from "./parts/bits";
import { Dialog } from "./parts/dialog";
import { Icon, type IconName } from "./parts/icons";
import type { PaletteAct } from "./parts/palette";
import { own, type OwnView, views } from "./queueaddress";
import { useMay, useSession } from "./session";
import { applyTheme, chosenTheme } from "./theme";
import type { MessageId } from "./words/en";

// The palette is fetched when the page has come to rest: it is there when a key asks for it, and no part of the first load.
const fetchPalette = () => import("./parts/palette");
const Palette = lazy(() => fetchPalette().then((m) => ({ default: m.Palette })));

const Identify = lazy(() => import("./parts/identify"));

type Desk = { live: boolean; setActs: (group: string, acts: PaletteAct[]) => void; ownViews: OwnView[]; setOwnViews: (v: OwnView[]) => void };
const DeskContext = createContext<Desk>({ live: false, setActs: () => {}, ownViews: [], setOwnViews: () => {} });
export const useDesk = () => useContext(DeskContext);

/** usePaletteActs gives the palette what can be done on the page that is open. */
export function usePaletteActs(group: string, acts: PaletteAct[]) {
  const { setActs } = useDesk();
  const mark = `${group}|${acts.map((a) => a.label).join("|")}`;
  // biome-ignore lint: the mark stands for the acts
  useEffect(() => {
    setActs(group, acts);
    return () => setActs("", []);
  }, [mark, setActs]);
}

export const countsQuery = { queryKey: ["counts"], queryFn: () => ask(api.GET("/api/v1/counts")), staleTime: 10_000 } as const;

export function Shell({ children }: { children: ReactNode }) {
  const t = useT();
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const at = useRouterState({ select: (s) => s.location.pathname });
  const narrow = at.startsWith("/cases/") || at.startsWith("/rings/");
  const live = useStream(true);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [identifying, setIdentifying] = useState(false);
  const [acts, setAll] = useState<{ group: string; acts: PaletteAct[] }>({ group: "", acts: [] });
  const [ownViews, keepViews] = useState<OwnView[]>(own.all);
  const setActs = useCallback((group: string, acts: PaletteAct[]) => setAll({ group, acts }), []);
  const setOwnViews = useCallback((v: OwnView[]) => {
    own.save(v);
    keepViews(v);
  }, []);
  useChanges(
    useCallback((c: Change) => {
      if (c.kind === "case") {
        void queries.invalidateQueries({ queryKey: ["counts"] });
        void queries.invalidateQueries({ queryKey: ["case", c.case], exact: false });
      }
      if (c.kind === "reveals") void queries.invalidateQueries({ queryKey: ["reveals"] });
    }, [queries]),
  );
  useKeys({
    "/": () => setPalette(true),
    "Ctrl+k": () => setPalette(true),
    "?": () => setHelp(true),
    "Shift+?": () => setHelp(true),
  });
  const desk = useMemo(() => ({ live, setActs, ownViews, setOwnViews }), [live, setActs, ownViews, setOwnViews]);
  const openKeys = useCallback(() => setHelp(true), []);
  return (
    <DeskContext value={desk}>
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-ctl focus:bg-surface focus:p-2">{t("app.skip")}</a>
      <div className="flex h-full flex-col-reverse sm:flex-row">
        <Rail narrow={narrow} onSearch={() => setPalette(true)} />
        <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface outline-none">{children}</main>
      </div>
      <Suspense><Palette open={palette} onClose={() => setPalette(false)} group={acts.group} acts={acts.acts} onGo={(to) => void navigate(to)} may={may} onKeys={openKeys} onIdentify={() => setIdentifying(true)} /></Suspense>
      {identifying && <Suspense><Identify onClose={() => setIdentifying(false)} /></Suspense>}
      <KeysDialog open={help} onClose={() => setHelp(false)} />
    </DeskContext>
  );
}

const pages: { to: "/queue" | "/rings" | "/lead" | "/delays" | "/keys" | "/prove" | "/people"; icon: IconName; label: MessageId; right: string; not?: string }[] = [
  { to: "/queue", icon: "queue", label: "nav.queue", right: "case.read" },
  { to: "/rings", icon: "ring", label: "nav.rings", right: "case.read" },
  { to: "/lead", icon: "lead", label: "nav.lead", right: "statistics.read" },
  { to: "/delays", icon: "delays", label: "nav.delays", right: "delays.read" },
  { to: "/keys", icon: "keyring", label: "nav.keys", right: "audit.read" },
  { to: "/prove", icon: "link", label: "nav.prove", right: "record.prove", not: "case.read" }, // who reads cases proves there
  { to: "/people", icon: "user", label: "nav.people", right: "sessions.end" },
];
export const pagesFor = (may: (r: string) => boolean) => pages.filter((p) => may(p.right) && !(p.not && may(p.not)));

function Rail({ narrow, onSearch }: { narrow: boolean; onSearch: () => void }) {
  const t = useT();
  const f = useFormat();
  const may = useMay();
  const session = useSession();
  const { ownViews, setOwnViews } = useDesk();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const at = useRouterState({ select: (s) => s.location.pathname });
  const search = useSearch({ strict: false }) as { view?: string };
  const reads = may("case.read");
  const counts = useQuery({ ...countsQuery, enabled: reads }).data;
  const [theme, setTheme] = useState(chosenTheme());
  const [leaving, setLeaving] = useState(false);
  const turn = () => {
    const next = theme === "system" ? "light" : theme === "light" ? "dark" : "system";
    applyTheme(next);
    setTheme(next);
  };
  const out = async () => {
    await ask(api.DELETE("/api/v1/session")).catch(() => {});
    queries.clear();
    await navigate({ to: "/sign-in", search: {} });
  };
  const wide = narrow ? "sm:w-12" : "sm:w-[208px]";
  return (
    <nav aria-label={t("nav.main")} className={`flex shrink-0 border-line bg-bg max-sm:border-t sm:flex-col sm:border-r ${wide} ${narrow ? "max-sm:hidden" : ""}`}>
      <Link to="/" className={`hidden h-12 items-center gap-2.5 text-[14px] font-[640] sm:flex ${narrow ? "justify-center" : "px-4"}`} aria-label="Tallystick"><Mark />{!narrow && "Tallystick"}</Link>
      {!narrow && reads && (
        <button type="button" onClick={onSearch} className="mx-2 mb-2 hidden h-7 items-center gap-2 rounded-ctl border border-line2 bg-surface px-2 text-ink2 hover:border-ctl sm:flex">
          <Icon name="search" size={14} /> {t("nav.search")} <span className="ml-auto"><Key>/</Key></span>
        </button>
      )}
      <div className={`flex max-sm:flex-1 max-sm:justify-around sm:flex-col sm:gap-0 ${narrow ? "sm:items-center sm:gap-1 sm:pt-1" : ""}`}>
        {pagesFor(may).map((p) => (
          <Link key={p.to} to={p.to} search={{}} aria-current={at.startsWith(p.to) || (p.to === "/queue" && at.startsWith("/cases")) ? "page" : undefined} aria-label={narrow ? t(p.label) : undefined} title={narrow ? t(p.label) : undefined}
            className={`nav-item max-sm:h-12 max-sm:flex-col max-sm:justify-center max-sm:gap-0.5 max-sm:text-support ${narrow ? "!mx-0 size-9 justify-center !px-0" : ""}`}>
            <Icon name={p.icon} />
            {!narrow && <span>{t(p.label)}</span>}
            {!narrow && p.to === "/queue" && counts && <span className="ml-auto text-support font-[400] text-ink3 max-sm:hidden">{f.number(counts.open)}</span>}
          </Link>
        ))}
      </div>
      {!narrow && reads && (
        <div className="hidden min-h-0 flex-1 overflow-auto pt-3 sm:block">
          <h2 className="mb-1 px-4 text-support font-[560] text-ink3">{t("nav.views")}</h2>
          {Object.entries(views).map(([name, q]) => (
            <Link key={name} to="/queue" search={q} aria-current={at === "/queue" && search.view === name ? "page" : undefined} className="nav-item !pl-3">
              {t(`view.${name}` as MessageId)}
              <span className="ml-auto text-support font-[400] text-ink3">{counts && f.number(counts.views[name] ?? 0)}</span>
            </Link>
          ))}
          {ownViews.length > 0 && <h2 className="mt-3 mb-1 px-4 text-support font-[560] text-ink3">{t("nav.own")}</h2>}
          {ownViews.map((v) => (
            <div key={v.name} className="group relative">
              <Link to="/queue" search={{ ...v.search, view: `own:${v.name}` }} aria-current={at === "/queue" && search.view === `own:${v.name}` ? "page" : undefined} className="nav-item !pl-3"><span className="truncate pr-6">{v.name}</span></Link>
              <button type="button" aria-label={t("view.remove", { name: v.name })} onClick={() => setOwnViews(ownViews.filter((o) => o !== v))} className="absolute top-0.5 right-3 hidden size-6 items-center justify-center group-focus-within:flex group-hover:flex"><Icon name="x" size={12} /></button>
            </div>
          ))}
        </div>
      )}
      <div className={`flex items-center gap-2 max-sm:px-2 sm:mt-auto sm:h-12 ${narrow ? "sm:h-auto sm:flex-col sm:pb-3" : "sm:px-3"}`}>
        {narrow && <ThemeButton theme={theme} turn={turn} />}
        {session?.person && (
          <button type="button" onClick={() => setLeaving(true)} title={t("nav.signout")} className="flex min-h-6 min-w-0 items-center gap-2 rounded-ctl text-ink2 hover:text-ink">
            <span className="sr-only">{t("nav.person", { name: session.person.name })}. {t("nav.signout")}</span>
            <Person id={session.person.id} size={22} />
            {!narrow && <span className="truncate max-sm:hidden" aria-hidden="true">{session.person.name}</span>}
          </button>
        )}
        {!narrow && <span className="ml-auto max-sm:hidden"><ThemeButton theme={theme} turn={turn} /></span>}
        <Dialog open={leaving} onClose={() => setLeaving(false)} title={t("nav.out")} width={340}>
          <p className="mb-3 text-ink2">{t("nav.outSub")}</p>
          <div className="flex justify-end gap-2"><button type="button" className="ctl ctl-quiet" onClick={() => setLeaving(false)}>{t("dlg.cancel")}</button><button type="button" autoFocus className="ctl ctl-primary" onClick={() => void out()}>{t("nav.signout")}</button></div>
        </Dialog>
      </div>
    </nav>
  );
}

function ThemeButton({ theme, turn }: { theme: string; turn: () => void }) {
  const t = useT();
  const label = t("nav.theme", { theme: t(`theme.${theme}` as "theme.dark") });
  return <button type="button" onClick={turn} aria-label={label} title={label} className="ctl ctl-quiet !h-7 !px-1.5"><Icon name="sun" /></button>;
}

const keyList: [string[], MessageId][] = [
  [["j", "k"], "keys.move"], [["x"], "keys.select"], [["Shift+x"], "keys.range"], [["Enter"], "keys.open"], [["Esc"], "keys.back"], [["a"], "keys.assign"], [["z"], "keys.snooze"],
  [["e"], "keys.decide"], [["1", "2", "3"], "keys.verdicts"], [["Ctrl+Enter"], "keys.send"], [["n"], "keys.note"], [["p"], "keys.prove"], [["v"], "keys.reveal"], [["g"], "keys.graph"], [["c"], "keys.collapse"], [["y"], "keys.copy"],
  [["f"], "keys.filter"], [["."], "keys.new"], [["/"], "keys.search"], [["Ctrl+K"], "keys.palette"], [["?"], "keys.keys"], [["Space"], "keys.play"],
];

function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const [on, setOn] = useState(singleKeys.on());
  const { setLocale, locale } = useSpeech();
  return (
    <Dialog open={open} onClose={onClose} title={t("keys.title")} width={520}>
      <dl className="grid grid-cols-2 gap-x-8 gap-y-1.5">
        {keyList.map(([keys, id]) => (
          <div key={id} className="flex items-center justify-between gap-3">
            <dt className="text-ink2">{t(id)}</dt>
            <dd className="flex gap-1">{keys.map((k) => <kbd className="key" key={k}>{k}</kbd>)}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex items-center gap-2 border-t border-line pt-3">
        <input type="checkbox" className="size-4 accent-you" checked={on} onChange={(e) => { singleKeys.set(e.target.checked); setOn(e.target.checked); }} /> <b>{t("keys.off")}</b> <span className="text-support text-ink3">{t("keys.offHint")}</span>
      </label>
      <p className="mt-3 text-support text-ink2">{t("nav.language")}: <button type="button" className="min-h-6 underline underline-offset-2" onClick={() => setLocale(locale === "en" ? "zh" : "en")}>{locale === "en" ? "简体中文" : "English"}</button></p>
    </Dialog>
  );
}
