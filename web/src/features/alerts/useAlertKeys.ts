/** Moving through a list of alerts by keys, and acting on the one that has the focus. */

import type { RefObject } from 'react';
import { useKeys } from '~/lib/keys';

interface AlertKeys {
  mark: (id: number) => void;
  /** Whether there was anything to clear. */
  clear: () => void;
  hasMarked: boolean;
}

/** j, k, a, u, x, e on the rows of `list`; the row with the focus is the one that is meant. */
export function useAlertKeys(list: RefObject<HTMLElement | null>, { mark, clear, hasMarked }: AlertKeys): void {
  const rows = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>('[data-alert]') ?? [])];
  const here = (): HTMLElement | undefined => rows().find((row) => row.contains(document.activeElement));
  const step = (by: 1 | -1) => () => {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[at === -1 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
    const target = next?.querySelector<HTMLElement>('[data-expand]');
    target?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: 'nearest' });
  };
  // Without a row in focus the first one is meant, as it is by j.
  const press = (what: string) => () => {
    const row = here() ?? rows()[0];
    const target = row?.querySelector<HTMLElement>(what);
    target?.focus();
    target?.click();
  };
  useKeys({
    j: step(1),
    k: step(-1),
    a: press('[data-act=ack]'),
    u: press('[data-hotspot^=mute]'),
    e: press('[data-expand]'),
    x: () => {
      const row = here() ?? rows()[0];
      row?.querySelector<HTMLElement>('[data-expand]')?.focus({ preventScroll: true });
      if (row !== undefined) mark(Number(row.dataset.alert));
    },
  });
  useKeys({ Escape: clear }, hasMarked);
}
