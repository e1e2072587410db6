import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { useT } from "../i18n";
import { Icon } from "./icons";

/** Dialog holds the focus until it is closed, and gives it back. */
export function Dialog({ open, onClose, title, children, width = 420 }: { open: boolean; onClose: () => void; title: ReactNode; children: ReactNode; width?: number }) {
  const t = useT();
  return (
    <Radix.Root open={open} onOpenChange={(o) => !o && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="overlay fade" />
        <Radix.Content aria-describedby={undefined} style={{ width }} className="fade fixed top-[112px] left-1/2 z-50 max-h-[75dvh] max-w-[calc(100vw-24px)] -translate-x-1/2 overflow-auto rounded-over border border-line2 bg-surface shadow-over">
          <div className="flex items-center justify-between border-b border-line px-4 py-2.5">
            <Radix.Title className="text-section font-[640]">{title}</Radix.Title>
            <Radix.Close className="ctl ctl-quiet -mr-2 px-1.5" aria-label={t("dlg.close")}><Icon name="x" /></Radix.Close>
          </div>
          <div className="p-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
