import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { api, ask, Problem } from "../api";
import { home } from "../app";
import { useSpeech, useT } from "../i18n";
import { Mark } from "../parts/bits";
import { Icon } from "../parts/icons";
import { sessionQuery } from "../session";

export function SignIn() {
  const t = useT();
  const { locale, setLocale } = useSpeech();
  const session = useQuery(sessionQuery).data;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { ended, failed } = useSearch({ from: "/sign-in" });
  const [person, setPerson] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const first = session?.people[0]?.id ?? "";

  const go = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      const next = await ask(api.POST("/api/v1/session", { body: { person: person || first, password } }));
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, next);
      await navigate({ to: home(next.rights) as "/queue", search: {} });
    } catch (error) {
      const p = error instanceof Problem ? error : undefined;
      if (p?.status === 429) setWrong(t("signin.toomany"));
      else if (p?.status === 401) setWrong(t("signin.nomatch", { left: p.body.left ?? 0 }));
      else setWrong(p?.status === 0 ? t("signin.away") : t("err.other", { why: p?.body.detail ?? "" }));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="grid h-full overflow-auto bg-bg lg:grid-cols-[minmax(0,1fr)_520px]">
      <div className="hidden flex-col px-16 py-10 lg:flex">
        <div className="flex items-center gap-2.5 text-[16px] font-[640]"><Mark size={24} /> Tallystick</div>
        <div className="my-auto max-w-[640px]">
          <Halves />
          <h2 className="mt-10 max-w-[560px] text-signin font-[560]">{t("signin.claim")}</h2>
          <p className="mt-3 max-w-[520px] text-[15px] leading-[24px] text-ink2">{t("signin.what")}</p>
        </div>
        <p className="text-support text-ink3">{session && t("signin.foot", { version: session.version, origin: session.log.origin, size: session.log.size })}</p>
      </div>
      <div className="flex flex-col justify-center border-l border-line bg-surface px-6 py-10 sm:px-[72px]">
        <div className="mx-auto w-full max-w-[376px]">
          <div className="mb-8 flex items-center gap-2.5 text-[16px] font-[640] lg:hidden"><Mark size={24} /> Tallystick</div>
          <h1 className="text-[24px] leading-[30px] font-[620]">{t("signin.title")}</h1>
          <p className="mt-2 text-ink2">{t("signin.sub")}</p>
          {ended && <p role="alert" className="mt-4 rounded-panel border border-danger bg-danger-bg px-3 py-2 text-danger">{t("err.ended")}</p>}
          {failed && <p role="alert" className="mt-4 rounded-panel border border-danger bg-danger-bg px-3 py-2 text-danger">{t("signin.failed", { why: failed })}</p>}
          {session?.oidc && (
            <a href="/auth/login" className="ctl ctl-primary mt-6 h-10 w-full justify-center text-[15px]">{t("signin.oidc", { host: session.oidc })}</a>
          )}
          {session?.local && (
            <form onSubmit={go} className="mt-6">
              <div className="mb-4 flex items-center gap-3 text-support text-ink2 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">{t("signin.local")}</div>
              <label className="block text-support font-[600]" htmlFor="person">{t("signin.person")}</label>
              <select id="person" className="field mt-1 h-9" value={person || first} onChange={(e) => setPerson(e.target.value)}>
                {session.people.map((p) => <option key={p.id} value={p.id}>{p.id} · {t(`role.${p.role}` as "role.lead")}</option>)}
              </select>
              <label className="mt-4 block text-support font-[600]" htmlFor="password">{t("signin.password")}</label>
              <input id="password" type="password" autoComplete="current-password" required maxLength={256} className="field mt-1 h-9" value={password} onChange={(e) => setPassword(e.target.value)} aria-invalid={wrong !== ""} aria-describedby="wrong" />
              <p id="wrong" role="alert" className="mt-1 flex min-h-[18px] items-center gap-1.5 text-support text-danger">{wrong && <><Icon name="warn" size={13} /> {wrong}</>}</p>
              <button type="submit" disabled={busy} className={`ctl mt-2 h-9 w-full justify-center ${session.oidc ? "" : "ctl-primary"}`}>{t("signin.go")}</button>
            </form>
          )}
          <div className="mt-8 flex items-center gap-2 text-support text-ink2">
            <button type="button" lang="en" aria-pressed={locale === "en"} className="min-h-6 underline-offset-2 hover:underline aria-pressed:font-[640]" onClick={() => setLocale("en")}>English</button>·
            <button type="button" lang="zh-CN" aria-pressed={locale === "zh"} className="min-h-6 underline-offset-2 hover:underline aria-pressed:font-[640]" onClick={() => setLocale("zh")}>简体中文</button>
            {session && <span className="ml-auto">{t("signin.session", { idle: session.idleMinutes, hours: session.lifetimeHours })}</span>}
          </div>
        </div>
      </div>
    </main>
  );
}

const notches = [75, 36, 32, 44, 75, 32, 36, 32, 75, 32, 36, 32, 75];
const centres = [75, 111, 133, 179, 221, 271, 295, 319, 371, 419, 443, 481, 527];

/** Halves is the tally stick: what one half lacks the other has. */
function Halves() {
  const depth = (i: number) => (notches[i] === 75 ? 40 : 22);
  const half = (i: number) => (notches[i] === 75 ? 13 : 9);
  const upper = `M0 6a6 6 0 0 1 6-6H634a6 6 0 0 1 6 6V78${[...centres].map((c, i) => ({ c, i })).reverse().map(({ c, i }) => `H${c + half(i)}l${-half(i)} ${-depth(i)}l${-half(i)} ${depth(i)}`).join("")}H0z`;
  const lower = `M34 102${centres.map((c, i) => `H${c - half(i)}l${half(i)} ${depth(i)}l${half(i)} ${-depth(i)}`).join("")}H640V174a6 6 0 0 1-6 6H40a6 6 0 0 1-6-6z`;
  return (
    <svg viewBox="-1 0 642 182" className="w-full" aria-hidden="true">
      <path d={upper} fill="var(--ink)" />
      <path d={lower} fill="var(--surface)" stroke="var(--ink)" strokeWidth="1.5" />
    </svg>
  );
}
