/** The row of a table that had the focus last: Back comes to it again. */

import { useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect, useState, type RefObject } from 'react';

/** By step of the history, the run whose row had the focus there last. */
const runs = new Map<string, number>();

/** The run whose row had the focus when this step of the history was left. */
export function useLastRow(): number | null {
  const router = useRouter();
  const [run] = useState(() => runs.get(router.latestLocation.state.__TSR_key ?? '') ?? null);
  return run;
}

/** Keep which run has the focus; a panel that opens beside the page is a step of its own. */
export function useKeepRow(run: number | null): void {
  const router = useRouter();
  const [home] = useState(() => router.latestLocation.pathname);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const step = useRouterState({ select: ({ location }) => location.state.__TSR_key });
  useEffect(() => {
    if (run !== null && step !== undefined && path === home) runs.set(step, run);
  }, [run, step, path, home]);
}

const mostFrames = 30;

/** Give a row the focus as soon as it is drawn: a virtual one comes a few frames late. */
export function useFocusOnArrival(table: RefObject<HTMLTableElement | null>, run: number | null): void {
  useEffect(() => {
    if (run === null) return;
    let frame = 0;
    let left = mostFrames;
    const look = (): void => {
      const holder = document.activeElement;
      // Whoever has gone on meanwhile is left where they are.
      if (holder !== document.body && holder?.closest('h1') == null) return;
      const row = table.current?.querySelector<HTMLElement>(`tr[data-run="${run}"]`);
      if (row != null) row.focus({ preventScroll: true });
      else if (left-- > 0) frame = requestAnimationFrame(look);
    };
    look();
    return () => { cancelAnimationFrame(frame); };
  }, [table, run]);
}
