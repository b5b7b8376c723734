/** Moving through the cells of the grid by keys: one cell at a time has the focus. */

import { useState, type KeyboardEvent, type RefObject } from 'react';
import type { GridRow } from '~/api/types';
import { nextRed, type Place } from '~/features/grid/rows';
import { useKeys } from '~/lib/keys';

export interface CellFocus {
  /** The cell that Tab comes to. */
  stop: Place;
  onFocus: (place: Place) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Arrows, Home, End and Page keys on the cells; j, k, [, ] and e wherever one is on the page. */
export function useCellFocus(
  grid: RefObject<HTMLElement | null>,
  rows: readonly GridRow[],
  width: number,
): CellFocus {
  const [chosen, setChosen] = useState<Place | null>(null);
  const inside = ({ row, column }: Place): Place => ({
    row: Math.max(0, Math.min(rows.length - 1, row)),
    column: Math.max(0, Math.min(width - 1, column)),
  });
  const stop = inside(chosen ?? { row: 0, column: width - 1 });
  // Of two keys in one frame the second goes on from where the first has led.
  const here = (): Place | null => placeOf(document.activeElement) ?? (chosen === null ? null : stop);

  const go = (place: Place): void => {
    const target = inside(place);
    setChosen(target);
    const cell = grid.current?.querySelector<HTMLElement>(
      `[data-row="${target.row}"][data-column="${target.column}"]`,
    );
    cell?.focus();
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  const step = (by: 1 | -1) => () => {
    const from = here();
    go(from === null ? stop : { row: from.row + by, column: from.column });
  };
  const red = (by: 1 | -1) => () => {
    const found = nextRed(rows, here() ?? { row: 0, column: by === 1 ? -1 : width }, by);
    if (found !== null) go(found);
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ']': red(1),
    '[': red(-1),
    e: () => {
      const group = document.activeElement?.closest('[role=rowgroup]');
      const toggle = group?.querySelector<HTMLElement>('button[aria-expanded]');
      // The row under the cursor goes away with its group, so the cursor moves to what stays.
      toggle?.focus();
      toggle?.click();
    },
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = placeOf(event.target as Element);
    if (from === null) return;
    const { row, column } = from;
    const far = event.ctrlKey || event.metaKey;
    const target = {
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      Home: { row: far ? 0 : row, column: 0 },
      End: { row: far ? rows.length - 1 : row, column: width - 1 },
      PageUp: { row: row - 10, column },
      PageDown: { row: row + 10, column },
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    go(target);
  };
  return { stop, onFocus: setChosen, onKeyDown };
}

/** Where the cell is that something belongs to. */
export function placeOf(element: Element | null): Place | null {
  const { row, column } = element?.closest<HTMLElement>('[data-column]')?.dataset ?? {};
  return row === undefined || column === undefined ? null : { row: Number(row), column: Number(column) };
}
