import { useState } from "react";

import type { Record_ } from "../api";
import { useFormat, useMaybe, useT } from "../i18n";
import { groups } from "../parties";
import { Chip, Section, Sealed } from "./bits";

/** Parties shows what each party shares, and on how many claims else. */
export function Parties({ record, onLook }: { record: Record_; onLook: () => void }) {
  const t = useT();
  const maybe = useMaybe();
  const all = groups(record.tokens, record.sealed);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  if (all.length === 0) return <Section title={t("party.title")} id="parties"><p className="text-ink2">{t("party.none")}</p></Section>;
  return (
    <Section title={t("party.title")} side={<span className="text-support text-ink2">{t("party.elsewhere")}</span>} id="parties">
      <ul onPointerEnter={onLook} onFocus={onLook}>
        {all.map((g) => {
          const shared = g.tokens.filter((k) => k.claims > 1);
          const first = shared.length ? shared : g.tokens.slice(0, 2);
          const shown = open.has(g.path) ? g.tokens : first.slice(0, 4);
          const more = g.tokens.length - shown.length;
          const name = g.role === "claimant" || g.path === "claimant" ? t("party.claimant") : g.path === "record" ? t("party.record") : g.role ? maybe(`party.${g.role}`, g.role.replaceAll("-", " ")) : maybe(`party.${g.path}`, g.path);
          return (
            <li key={g.path} className="flex items-start gap-2 border-b border-line py-1.5 last:border-0">
              <span className="w-[66px] shrink-0 leading-5 first-letter:uppercase">{name}</span>
              <span className="flex min-w-0 flex-1 flex-wrap gap-1">
                {shown.map((k) => <Chip key={k.path} token={k} />)}
                {g.sealed && g.path !== "record" && <Sealed>{t("party.sealed")}</Sealed>}
                {more > 0 && <button type="button" className="min-h-6 text-support text-ink2 underline underline-offset-2" onClick={() => setOpen(new Set([...open, g.path]))}>{t("row.more", { n: more })}</button>}
              </span>
              <span className="shrink-0 text-support leading-5 text-ink2">{g.elsewhere > 0 ? t("party.claims", { n: g.elsewhere }) : t("party.only")}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

const amounts = ["claimed", "estimate", "reserve", "paid", "deductible"] as const;

export function MoneyAndDocuments({ record }: { record: Record_ }) {
  const t = useT();
  const f = useFormat();
  const o = record.open;
  const money = amounts.map((a) => [a, o[`amounts.${a}.amount`], o[`amounts.${a}.currency`]] as const).filter(([, v]) => v !== undefined);
  const docs = record.tokens.filter((k) => k.domain === "doc").map((k) => ({ k, kind: o[k.path.replace(/\.\w+$/, ".kind")] ?? "document" }));
  return (
    <div className="grid grid-cols-2">
      <Section title={t("money.title")} side={<span className="text-support text-ink2">{money[0]?.[2]}</span>} id="money">
        {money.length === 0 && <p className="text-ink2">{t("money.none")}</p>}
        <dl>{money.map(([a, v, c]) => <div key={a} className="flex justify-between gap-2"><dt className="text-ink2">{t(`money.${a}`)}</dt><dd className={a === "claimed" ? "font-[640]" : ""}>{f.amount(v)} {c !== money[0]?.[2] && <span className="text-ink3">{c}</span>}</dd></div>)}</dl>
      </Section>
      <Section title={t("docs.title")} side={<span className="text-support text-ink2">{t("docs.sub")}</span>} id="documents">
        {docs.length === 0 && <p className="text-ink2">{t("docs.none")}</p>}
        <ul className="space-y-1">{docs.map(({ k, kind }) => <li key={k.path} className="flex items-center justify-between gap-2"><span className="truncate">{kind.replaceAll("-", " ")}</span><Chip token={k} /></li>)}</ul>
      </Section>
    </div>
  );
}
