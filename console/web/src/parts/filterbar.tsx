import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { useT } from "../i18n";
import { active, type Filter, type OwnView, type QueueSearch, request, without } from "../queueaddress";
import { usePeople, useSession } from "../session";
import { useDesk } from "../shell";
import type { MessageId } from "../words/en";
import { Key } from "./bits";
import { Dialog } from "./dialog";
import { Icon } from "./icons";

const name: Record<Filter, MessageId> = { scoreMin: "f.score", assignee: "f.assignee", status: "f.status", insurer: "f.insurer", line: "f.line", outcome: "f.outcome", hold: "f.hold", inRing: "f.ring", ring: "f.ring", contested: "f.contested", dueDays: "f.due", claim: "f.claim" };
const lines = ["motor", "health", "property", "life", "travel", "device"];

/** FilterBar shows what is filtered; each filter can be taken away with a click. */
export function FilterBar({ search, open, onOpen, onChange, ownViews }: { search: QueueSearch; open: boolean; onOpen: (open: boolean) => void; onChange: (s: QueueSearch) => void; ownViews: OwnView[] }) {
  const t = useT();
  const people = usePeople();
  const { setOwnViews } = useDesk();
  const navigate = useNavigate();
  const [saving, setSaving] = useState(false);
  const ordered = request(search);
  const value = (f: Filter): string => {
    switch (f) {
      case "scoreMin":
        return `≥ ${String(search.scoreMin).replace(/^0/, "")}`;
      case "assignee":
        return search.assignee!.map((a) => (a === "me" ? t("f.me") : a === "-" ? t("f.nobody") : people.name(a))).join(", ");
      case "status":
        return search.status!.map((s) => t(`status.${s}` as MessageId)).join(", ");
      case "line":
        return search.line!.map((l) => t(`line.${l}` as MessageId)).join(", ");
      case "outcome":
        return search.outcome!.map((o) => t(`outcome.${o}` as MessageId)).join(", ");
      case "dueDays":
        return t("f.within", { n: search.dueDays });
      case "hold":
      case "inRing":
      case "contested":
        return t(`f.${search[f]!}` as MessageId);
      default:
        return String(search[f]);
    }
  };
  const sortName: Record<string, MessageId> = { score: "col.score", money: "col.money", opened: "col.age", due: "col.due", ring: "col.ring", line: "col.line", assignee: "f.assignee", reason: "col.reason" };
  const save = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const given = String(new FormData(e.currentTarget).get("name") ?? "").trim().slice(0, 60);
    if (!given) return;
    const kept = { ...search };
    delete kept.view;
    setOwnViews([...ownViews.filter((v) => v.name !== given), { name: given, search: kept }]);
    setSaving(false);
    void navigate({ to: "/queue", search: { ...kept, view: `own:${given}` } });
  };
  return (
    <div className="flex h-10 shrink-0 items-center gap-2 overflow-x-auto border-b border-line px-4 whitespace-nowrap">
      {active(search).map((f) => (
        <button key={f} type="button" onClick={() => onChange(without(search, f))} title={t("f.remove", { name: t(name[f]) })} className="group inline-flex h-[26px] items-center rounded-ctl border border-line2 bg-surface hover:border-ctl">
          <span className="px-2 text-support text-ink2">{t(name[f])}</span><span className="flex h-full items-center gap-1.5 border-l border-line2 px-2 font-[620]">{value(f)} <Icon name="x" size={11} className="text-ink3" /></span><span className="sr-only">{t("f.remove", { name: t(name[f]) })}</span>
        </button>
      ))}
      <button type="button" className="ctl ctl-quiet" onClick={() => onOpen(true)}><Icon name="filter" size={14} /> {t("queue.filter")} <Key>f</Key></button>
      <span className="ml-auto text-support text-ink2 max-sm:hidden">{t("queue.sorted", { sort: t(sortName[ordered.sort]), order: ordered.order })}</span>
      <button type="button" className="ctl max-sm:hidden" onClick={() => setSaving(true)}>{t("queue.save")}</button>
      <FilterDialog search={search} open={open} onClose={() => onOpen(false)} onChange={onChange} />
      <Dialog open={saving} onClose={() => setSaving(false)} title={t("queue.save")} width={340}>
        <form onSubmit={save} className="flex items-end gap-2">
          <label className="flex-1 text-support font-[600]">{t("queue.saveAs")}<input name="name" autoFocus required maxLength={60} className="field mt-1" /></label>
          <button type="submit" className="ctl ctl-primary h-8">{t("dlg.save")}</button>
        </form>
      </Dialog>
    </div>
  );
}

function FilterDialog({ search, open, onClose, onChange }: { search: QueueSearch; open: boolean; onClose: () => void; onChange: (s: QueueSearch) => void }) {
  const t = useT();
  const session = useSession();
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const d = new FormData(e.currentTarget);
    const one = (k: string) => String(d.get(k) ?? "").trim() || undefined;
    const many = (k: string) => (one(k) ? [one(k)!] : undefined);
    const score = Number(one("scoreMin") ?? 0);
    onClose();
    onChange({
      sort: search.sort, order: search.order, ring: search.ring, outcome: search.outcome,
      claim: one("claim"), scoreMin: score > 0 && score <= 1 ? score : undefined, assignee: many("assignee"), status: many("status") as QueueSearch["status"], line: many("line"), insurer: many("insurer"),
      hold: one("hold") as "yes", inRing: one("inRing") as "yes", contested: one("contested") as "yes", dueDays: Number(one("dueDays") ?? 0) || undefined,
    });
  };
  const choice = (field: string, label: MessageId, options: [string, string][], now?: string, any: MessageId = "f.any") => (
    <label className="text-support font-[600]">{t(label)}
      <select name={field} defaultValue={now ?? ""} className="field mt-1 h-8">
        <option value="">{t(any)}</option>
        {options.map(([v, l]) => <option key={v} value={v}>{l}</option>)}
      </select>
    </label>
  );
  const yes: [string, string][] = [["yes", t("f.yes")], ["no", t("f.no")]];
  return (
    <Dialog open={open} onClose={onClose} title={t("f.title")} width={520}>
      <form onSubmit={submit} className="grid grid-cols-2 gap-3">
        <label className="text-support font-[600]">{t("f.claim")}<input name="claim" autoFocus defaultValue={search.claim} maxLength={200} className="field mt-1 h-8" /></label>
        <label className="text-support font-[600]">{t("f.score")} ≥<input name="scoreMin" type="number" min="0" max="1" step="0.01" defaultValue={search.scoreMin} className="field mt-1 h-8" /></label>
        {choice("assignee", "f.assignee", [["me", t("f.me")], ["-", t("f.nobody")], ...(session?.people.filter((p) => p.role === "investigator" || p.role === "lead").map((p): [string, string] => [p.id, p.name]) ?? [])], search.assignee?.[0], "f.anyone")}
        {choice("status", "f.status", ["new", "taken", "snoozed", "closed", "merged"].map((s) => [s, t(`status.${s}` as MessageId)]), search.status?.[0], "f.open")}
        {choice("line", "f.line", lines.map((l) => [l, t(`line.${l}` as MessageId)]), search.line?.[0])}
        {choice("insurer", "f.insurer", session?.insurers.map((i) => [i, i]) ?? [], search.insurer?.[0])}
        {choice("hold", "f.hold", yes, search.hold)}
        {choice("inRing", "f.ring", yes, search.inRing)}
        {choice("dueDays", "f.due", [1, 2, 7, 14, 30].map((n) => [String(n), t("f.within", { n })]), search.dueDays ? String(search.dueDays) : undefined)}
        {choice("contested", "f.contested", yes, search.contested)}
        <div className="col-span-2 flex justify-end gap-2 pt-1">
          <button type="button" className="ctl ctl-quiet" onClick={() => { onClose(); onChange({}); }}>{t("queue.clear")}</button>
          <button type="submit" className="ctl ctl-primary">{t("f.apply")}</button>
        </div>
      </form>
    </Dialog>
  );
}
