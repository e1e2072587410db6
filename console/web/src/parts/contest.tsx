import { useMaybe, useT } from "../i18n";
import { useSession } from "../session";
import { Dialog } from "./dialog";

/** ContestDialog records that the subject of a case objects: the case stands open until a person answers. */
export function ContestDialog({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: (reason: string) => void }) {
  const t = useT();
  const words = useMaybe();
  const reasons = useSession()?.codes.acts.contested ?? [];
  return (
    <Dialog open={open} onClose={onClose} title={t("con.title")} width={400}>
      <p className="mb-3 text-ink2">{t("con.sub")}</p>
      <div className="space-y-2">
        {reasons.map((r, i) => <button key={r} type="button" autoFocus={i === 0} className="ctl w-full" onClick={() => onDone(r)}>{words(`con.${r}`, r.replaceAll("-", " "))}</button>)}
      </div>
    </Dialog>
  );
}
