/** Which folds are closed, and the rows that makes; kept while the page lives. */

import { useCallback, useMemo, useState } from 'react';
import { holding, layOut, type Fold, type Rows } from '~/features/logs/folds';
import { closedAtFirst } from '~/features/logs/outline';

export interface Folding {
  rows: Rows;
  closed: ReadonlySet<string>;
  allClosed: boolean;
  toggle: (key: string) => void;
  toggleAll: () => void;
  /** Open whatever hides a line; the row it is in then. */
  reveal: (line: number) => number;
  /** Open or close the innermost step or group that a line is in. */
  toggleAt: (line: number) => void;
}

/** Begin with everything closed that does not matter. */
export function useFolding(folds: readonly Fold[], total: number, opening: number): Folding {
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(folds, opening));
  const [seen, setSeen] = useState(folds);
  if (seen !== folds) {
    setSeen(folds);
    const known = new Set(seen.map((fold) => fold.key));
    const shut = folds.filter((fold) => fold.startsClosed && !known.has(fold.key));
    if (shut.length > 0) setClosed(new Set([...closed, ...shut.map((fold) => fold.key)]));
  }
  // What comes in later is open: one is there to see it.
  const rows = useMemo(() => layOut(total, folds, closed), [total, folds, closed]);
  const parts = useMemo(() => folds.filter((fold) => fold.kind !== 'updates'), [folds]);
  const allClosed = parts.every((fold) => closed.has(fold.key));
  const change = useCallback((act: (after: Set<string>) => void) => {
    setClosed((before) => {
      const after = new Set(before);
      act(after);
      return after;
    });
  }, []);
  const toggle = useCallback(
    (key: string) =>
      change((after) => {
        if (!after.delete(key)) after.add(key);
      }),
    [change],
  );
  return {
    rows,
    closed,
    allClosed,
    toggle,
    toggleAll: () =>
      change((after) => {
        for (const fold of parts) if (allClosed) after.delete(fold.key); else after.add(fold.key);
      }),
    reveal: (line) => {
      const open = new Set(closed);
      for (const key of holding(folds, line)) open.delete(key);
      if (open.size < closed.size) setClosed(open);
      return layOut(total, folds, open).indexOf(line);
    },
    toggleAt: (line) => {
      const own = parts.findLast((fold) => line >= fold.first && line <= fold.last);
      if (own !== undefined) toggle(own.key);
    },
  };
}
