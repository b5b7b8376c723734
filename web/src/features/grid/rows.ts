/** The rows of the grid: their order, their groups, and what a cell is called. */

import type { GridCell, GridRow, GridState } from '~/api/types';
import { counted } from '~/lib/numbers';
import type { Status } from '~/lib/status';

/** A cell, counted from the top left of what is shown. */
export interface Place {
  row: number;
  column: number;
}

export interface Group {
  /** `null` when rows are not grouped. */
  repo: string | null;
  red: number;
  rows: GridRow[];
}

/** Red for longest first, then the lowest rate, then by name. */
function worseFirst(one: GridRow, other: GridRow): number {
  const since = (row: GridRow): number =>
    row.red_since === null ? Number.MAX_SAFE_INTEGER : Date.parse(row.red_since);
  return (
    Number(other.is_red) - Number(one.is_red) ||
    since(one) - since(other) ||
    (one.rate ?? 1) - (other.rate ?? 1) ||
    one.repo.localeCompare(other.repo) ||
    one.workflow.localeCompare(other.workflow)
  );
}

/** Groups in the order of their worst row. */
export function groupRows(rows: readonly GridRow[], grouped: boolean): Group[] {
  const sorted = [...rows].sort(worseFirst);
  if (!grouped) return [{ repo: null, red: 0, rows: sorted }];
  const groups = new Map<string, Group>();
  for (const row of sorted) {
    let group = groups.get(row.repo);
    if (group === undefined) groups.set(row.repo, (group = { repo: row.repo, red: 0, rows: [] }));
    group.rows.push(row);
    if (row.is_red) group.red += 1;
  }
  return [...groups.values()];
}

/** The next cell after `from` of which the last run failed, or the one before it: as one reads. */
export function nextRed(rows: readonly GridRow[], from: Place, by: 1 | -1): Place | null {
  let { row, column } = from;
  while (rows[row] !== undefined) {
    const cells = rows[row]?.cells ?? [];
    for (column += by; column >= 0 && column < cells.length; column += by) {
      if (cells[column]?.s === 'failure') return { row, column };
    }
    row += by;
    column = by === 1 ? -1 : (rows[row]?.cells.length ?? 0);
  }
  return null;
}

/** The look of a state: a bucket that failed and recovered is shown as flaky is. */
export function statusOf(state: GridState): Status {
  return state === 'mixed' ? 'flaky' : state;
}

/** What happened in a cell, in words. */
export function cellWords(cell: GridCell): string {
  if (cell.s === 'none' || cell.n === 0) return 'no run';
  const failed = cell.failed > 0 ? `${cell.failed} of ${counted(cell.n, 'run')} failed` : counted(cell.n, 'run');
  const last = {
    success: ', all passed',
    failure: ', the last one failed',
    mixed: ', the last one passed',
    running: ', still running',
    action_required: ', needs approval',
    cancelled: ', cancelled',
    skipped: ', skipped',
    neutral: ', neutral',
  }[cell.s];
  return failed + last;
}
