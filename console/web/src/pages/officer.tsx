import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, ask } from "../api";
import { useFormat, useT } from "../i18n";
import { Skeleton, Tally } from "../parts/bits";
import { Icon } from "../parts/icons";
import { useExplain } from "../parts/notices";
import { usePeople } from "../session";

export function OfficerPage() {
  const t = useT();
  const f = useFormat();
  const explain = useExplain();
  const { name } = usePeople();
  const audit = useQuery({ queryKey: ["audit"], queryFn: () => ask(api.GET("/api/v1/audit", { params: { query: { limit: 200 } } })) });
  useEffect(() => {
    document.title = `${t("off.title")} · Tallystick`;
  }, [t]);
  const log = audit.data?.log;
  return (
    <>
      <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4">
        <h1 className="text-page font-[620]">{t("off.title")}</h1>
        {log && <span className={`ml-auto flex items-center gap-2 text-support font-[620] ${log.witnessed ? "text-ok" : "text-ink2"}`}><Tally state={log.witnessed ? "final" : "anchored"} /> {t("off.head", { origin: log.origin, size: log.size })} · {log.witnessed ? t("off.witnessed", { at: `${f.day(log.witnessed)} ${f.clock(log.witnessed)}` }) : t("off.unwitnessed")}</span>}
      </header>
      <div className="grid min-h-0 flex-1 lg:grid-cols-[264px_minmax(0,1fr)]">
        <section className="border-b border-line lg:border-r lg:border-b-0" aria-labelledby="requests">
          <h2 id="requests" className="border-b border-line bg-bg px-4 py-1.5 text-support text-ink2">{t("off.requests")}</h2>
          <p className="p-4 text-support text-ink2">{t("off.noReveal")}</p>
        </section>
        <section className="flex min-h-0 flex-col" aria-labelledby="audit">
          <div className="flex items-baseline gap-2 px-4 py-3"><h2 id="audit" className="text-section font-[640]">{t("off.audit")}</h2><span className="text-support text-ink2">{t("off.auditSub")}</span></div>
          <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="group" aria-labelledby="audit">
            {audit.isError ? <p role="alert" className="flex items-center gap-2 p-4 text-danger"><Icon name="warn" /> {explain(audit.error)}</p> : audit.isPending ? <Skeleton /> : audit.data.lines.length === 0 ? <p className="p-4">{t("off.none")}</p> : (
              <table className="w-full border-collapse text-left">
                <thead className="sticky top-0 bg-bg"><tr className="h-7 border-b border-line text-support text-ink2 [&>th]:px-4 [&>th]:font-[400]"><th>{t("off.place")}</th><th>{t("off.time")}</th><th>{t("off.person")}</th><th>{t("off.act")}</th><th>{t("off.claim")}</th></tr></thead>
                <tbody>
                  {audit.data.lines.map((l) => (
                    <tr key={l.number} className="h-[26px] border-b border-line [&>td]:px-4">
                      <td className="text-ink2">{f.number(l.number)}</td><td className="whitespace-nowrap">{f.day(l.at)} {f.clock(l.at)}</td><td><b className="font-[620]">{name(l.person)}</b></td><td>{l.act.replaceAll("-", " ")} <span className={l.kind === "denied" || l.kind === "failed" ? "text-danger" : "text-ink2"}>{t(`off.${l.kind}` as "off.done")}{l.result && ` ${l.result}`}</span> {l.reason && <span className="text-ink2">{l.reason}</span>}</td><td>{l.claim && `${l.insurer}/${l.claim}`}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </div>
        </section>
      </div>
    </>
  );
}
