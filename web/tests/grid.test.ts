import { describe, expect, it } from 'vitest';
import type { GridRow, GridState } from '~/api/types';
import { nextRed } from '~/features/grid/rows';

describe('red cells of the grid', () => {
  const row = (states: readonly GridState[]) => ({ cells: states.map((s) => ({ s, n: 1 })) }) as unknown as GridRow;
  const rows = [
    row(['none', 'failure', 'mixed']),
    row(['success', 'success', 'running']),
    row(['failure', 'none', 'failure']),
  ];

  it('come one after another as one reads, and end', () => {
    const found = [];
    let place = nextRed(rows, { row: 0, column: -1 }, 1);
    for (; place !== null; place = nextRed(rows, place, 1)) found.push([place.row, place.column]);
    expect(found).toEqual([[0, 1], [2, 0], [2, 2]]);
  });

  it('come the other way round too', () => {
    expect(nextRed(rows, { row: 2, column: 0 }, -1)).toEqual({ row: 0, column: 1 });
    expect(nextRed(rows, { row: 0, column: 3 }, -1)).toEqual({ row: 0, column: 1 });
    expect(nextRed(rows, { row: 0, column: 1 }, -1)).toBeNull();
  });
});
