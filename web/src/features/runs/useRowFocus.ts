/** Moving through the rows of a table by keys: one row at a time has the focus. */

import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState, type FocusEvent, type RefObject } from 'react';
import type { Run } from '~/api/types';
import { useFocusOnArrival, useKeepRow, useLastRow } from '~/features/runs/useLastRow';
import { useKeys } from '~/lib/keys';
import { useLatestSearch, useSetSearch } from '~/lib/router';
import { isFailure } from '~/lib/status';
import { copyText } from '~/ui/CopyButton';

const followDelay = 120;

export interface RowFocus {
  /** The row that Tab comes to. */
  stop: number;
  onFocus: (event: FocusEvent) => void;
  /** Takes the way of scrolling that a virtual table has. */
  onScroller: (scroll: ((index: number) => void) | null) => void;
}

/** j, k, [, ], Enter, e, o, v, x, y on the rows of `table`; an open panel follows. */
export function useRowFocus(
  table: RefObject<HTMLTableElement | null>,
  runs: readonly Run[],
  onMark?: (id: number) => void,
): RowFocus {
  const latest = useLatestSearch();
  const last = useLastRow();
  // Keys go on from the row that was left, or from the one whose panel is open.
  const [begin] = useState(() => runs.findIndex(({ id }) => String(id) === String(last ?? latest().peek)));
  const [stop, setStop] = useState(Math.max(0, begin));
  const setSearch = useSetSearch();
  const navigate = useNavigate();
  const scroller = useRef<((index: number) => void) | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const touched = useRef(begin >= 0);
  const [held, setHeld] = useState<number | null>(null);
  useEffect(() => () => { clearTimeout(timer.current); }, []);
  useKeepRow(held ?? last);
  useFocusOnArrival(table, begin >= 0 ? last : null);

  const onScroller = useCallback((scroll: ((index: number) => void) | null) => {
    scroller.current = scroll;
  }, []);

  const focusRow = (index: number): void => {
    const target = Math.max(0, Math.min(runs.length - 1, index));
    touched.current = true;
    setStop(target);
    setHeld(runs[target]?.id ?? null);
    scroller.current?.(target);
    // A virtual row exists only once it has been scrolled to.
    requestAnimationFrame(() => {
      const row = table.current?.querySelector<HTMLElement>(`tr[data-index="${target}"]`);
      row?.focus({ preventScroll: scroller.current !== null });
      if (scroller.current === null) row?.scrollIntoView({ block: 'nearest' });
    });
    const run = runs[target];
    if (latest().peek === undefined || run === undefined) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setSearch({ peek: String(run.id), attempt: undefined }, { replace: true });
    }, followDelay);
  };
  const step = (by: 1 | -1) => () => {
    focusRow(touched.current ? stop + by : 0);
  };
  const failed = (by: 1 | -1) => () => {
    for (let index = touched.current ? stop + by : stop; index >= 0 && index < runs.length; index += by) {
      if (isFailure(runs[index]?.status ?? '')) {
        focusRow(index);
        return;
      }
    }
  };
  const here = (act: (run: Run) => void) => () => {
    const run = runs[stop];
    if (run !== undefined) act(run);
  };
  const inRow = (act: (run: Run) => void) => (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    // The row that was stepped to gets the focus with the next frame: it may not have it yet.
    const isOnWay = target === document.body && touched.current;
    if (isOnWay || target.closest('tr[data-run]') === target) here(act)();
    else target.click();
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    ']': failed(1),
    '[': failed(-1),
    Enter: inRow((run) => {
      setSearch({ peek: String(run.id), tab: undefined, attempt: undefined });
    }),
    e: here((run) => {
      const id = String(run.id);
      setSearch(({ peek }) => ({ peek: peek === id ? undefined : id, tab: undefined, attempt: undefined }));
    }),
    'Mod+Enter': here((run) => {
      window.open(`/runs/${run.id}`, '_blank', 'noopener');
    }),
    o: here((run) => void navigate({ to: '/runs/$runId', params: { runId: String(run.id) } })),
    v: here((run) => {
      setSearch({ peek: String(run.id), tab: 'raw', attempt: undefined });
    }),
    y: here((run) => void copyText(`${window.location.origin}/runs/${run.id}`, 'Link to the run copied')),
    ...(onMark === undefined ? {} : { x: here((run) => { onMark(run.id); }) }),
  });

  return {
    stop: Math.min(stop, Math.max(0, runs.length - 1)),
    onScroller,
    onFocus: (event) => {
      const index = (event.target as HTMLElement).closest('tr')?.dataset.index;
      if (index === undefined) return;
      touched.current = true;
      setStop(Number(index));
      setHeld(runs[Number(index)]?.id ?? null);
    },
  };
}
