import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { api, ask } from "../api";
import { useFormat, useT } from "../i18n";
import { Skeleton } from "../parts/bits";
import { Icon, Shape } from "../parts/icons";
import { useExplain } from "../parts/notices";
import { rampOf } from "../parts/score";
import { three } from "../score";
import type { MessageId } from "../words/en";

export function RingsPage() {
  const t = useT();
  const f = useFormat();
  const explain = useExplain();
  const rings = useQuery({ queryKey: ["rings"], queryFn: () => ask(api.GET("/api/v1/rings")) });
  useEffect(() => {
    document.title = `${t("rings.title")} · Tallystick`;
  }, [t]);
  const all = rings.data?.rings ?? [];
  return (
    <>
      <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4"><h1 className="text-page font-[620]">{t("rings.title")}</h1>{rings.data && <span className="text-ink2">{t("rings.sub", { n: all.length })}</span>}</header>
      <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-label={t("rings.title")}>
        {rings.isError ? <p role="alert" className="flex items-center gap-2 p-4 text-danger"><Icon name="warn" /> {explain(rings.error)}</p> : rings.isPending ? <Skeleton /> : all.length === 0 ? <p className="p-8 text-[15px]">{t("rings.empty")}</p> : (
          <table className="w-full border-collapse text-left">
            <thead><tr className="h-7 border-b border-line bg-bg text-support text-ink2 [&>th]:px-4 [&>th]:font-[400]"><th>{t("rings.id")}</th><th className="text-right">{t("rings.size")}</th><th>{t("rings.top")}</th><th>{t("rings.kinds")}</th></tr></thead>
            <tbody>
              {all.map((r) => (
                <tr key={r.id} className="h-[31px] border-b border-line hover:bg-hover [&>td]:px-4">
                  <td><Link to="/rings/$ring" params={{ ring: r.id }} className="mono inline-flex min-h-6 items-center underline-offset-2 hover:underline">{r.id}</Link></td>
                  <td className="text-right font-[620]">{f.number(r.claims)}</td>
                  <td><span className="inline-flex items-center gap-2"><span className="size-3" style={{ background: rampOf(r.topScore) }} aria-hidden="true" /><b className="font-[640]">{three(r.topScore)}</b></span></td>
                  <td><span className="flex gap-3">{r.kinds.map((k) => <span key={k} className="inline-flex items-center gap-1.5 text-ink2"><Shape domain={k} /> {t(`kind.${k}` as MessageId)}</span>)}</span></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </>
  );
}
