import { useEffect, useState } from "react";

import { api, ask } from "../api";
import { useT } from "../i18n";
import { Person } from "../parts/bits";
import { Dialog } from "../parts/dialog";
import { useExplain, useNotice } from "../parts/notices";
import { usePeople } from "../session";

/** PeoplePage is the admin's: who works here, and an end to their sessions. */
export function PeoplePage() {
  const t = useT();
  const notice = useNotice();
  const explain = useExplain();
  const { all, me } = usePeople();
  const [ending, setEnding] = useState<{ id: string; name: string }>();
  useEffect(() => {
    document.title = `${t("people.title")} · Tallystick`;
  }, [t]);
  const end = async (id: string) => {
    setEnding(undefined);
    try {
      const { ended } = await ask(api.DELETE("/api/v1/people/{person}/sessions", { params: { path: { person: id } } }));
      notice(t("people.ended", { n: ended }));
    } catch (e) {
      notice(explain(e), true);
    }
  };
  return (
    <>
      <header className="flex h-12 shrink-0 items-center border-b border-line px-4"><h1 className="text-page font-[620]">{t("people.title")}</h1></header>
      <div className="min-h-0 flex-1 overflow-auto p-4" tabIndex={0} role="group" aria-label={t("people.title")}>
        <p className="mb-3 text-ink2">{t("people.sub")}</p>
        {all.length === 0 && <p className="text-ink2">{t("people.none")}</p>}
        <ul className="max-w-[560px]">
          {all.map((p) => (
            <li key={p.id} className="flex h-10 items-center gap-3 border-b border-line"><Person id={p.id} /><b className="font-[620]">{p.name}</b><span className="text-ink2">{t(`role.${p.role}` as "role.lead")}</span>
              {p.id !== me && <button type="button" className="ctl ml-auto" onClick={() => setEnding(p)}>{t("people.end")}<span className="sr-only">: {p.name}</span></button>}</li>
          ))}
        </ul>
      </div>
      <Dialog open={ending !== undefined} onClose={() => setEnding(undefined)} title={t("people.sure", { name: ending?.name })} width={380}>
        <p className="mb-3 text-ink2">{t("people.sureSub")}</p>
        <div className="flex justify-end gap-2"><button type="button" className="ctl ctl-quiet" onClick={() => setEnding(undefined)}>{t("dlg.cancel")}</button><button type="button" className="ctl ctl-danger" onClick={() => void end(ending!.id)}>{t("people.end")}</button></div>
      </Dialog>
    </>
  );
}
