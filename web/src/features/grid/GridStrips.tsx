/** The grid on a phone: a block a workflow, with the newest columns that fit. */

import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { GridColumn, GridRow } from '~/api/types';
import { bucketName } from '~/features/charts/buckets';
import { cellWords, groupRows, statusOf } from '~/features/grid/rows';
import { workflowLink } from '~/features/workflow/link';
import { percent } from '~/lib/numbers';
import type { Granularity } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { since } from '~/lib/time';
import { cellLetter, CellMark, cellLook } from '~/ui/CellMark';
import { useZone } from '~/ui/zone';

const newest = 15;

interface GridStripsProps {
  rows: readonly GridRow[];
  columns: readonly GridColumn[];
  gran: Granularity;
}

/** Worst first; each block leads to its workflow. */
export function GridStrips({ rows, columns, gran }: GridStripsProps) {
  const { zone, hours } = useZone();
  const now = useNow(60);
  const shown = columns.slice(-newest);
  return (
    <ul aria-label="Workflows over time">
      {groupRows(rows, false).flatMap((group) =>
        group.rows.map((row) => (
          <li key={`${row.repo} ${row.workflow_id}`} className="border-b border-line last:border-0">
            <Link {...workflowLink(row.repo, row.workflow)} className="block px-3 py-2 focus-inside">
              <span className="flex items-baseline gap-2">
                <span className="min-w-0 flex-1 truncate font-medium">{row.workflow}</span>
                <span className="text-control">{row.rate === null ? '–' : percent(row.rate)}</span>
              </span>
              <span className="mb-1 flex gap-2 text-caption text-ink-2">
                <span className="truncate">{row.repo}</span>
                {row.red_since !== null && (
                  <span className="text-fail">red since {since(row.red_since, zone, now, hours)}</span>
                )}
              </span>
              <span className="flex gap-0.5">
                {shown.map((column, index) => {
                  const cell = row.cells[columns.length - shown.length + index];
                  if (cell === undefined) return null;
                  const name = `${bucketName(column, gran, zone, hours)}: ${cellWords(cell)}`;
                  return (
                    <span
                      key={column.start}
                      role="img"
                      aria-label={name}
                      data-letter={cellLetter(statusOf(cell.s))}
                      className={clsx(
                        'grid h-5 flex-1 place-items-center rounded-cell',
                        cellLook(statusOf(cell.s)),
                      )}
                    >
                      <CellMark status={statusOf(cell.s)} />
                    </span>
                  );
                })}
              </span>
            </Link>
          </li>
        )),
      )}
    </ul>
  );
}
