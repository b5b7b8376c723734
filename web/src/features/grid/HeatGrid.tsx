/** A grid of cells, each a button; the arrows move through it in both directions. */

import { Link, useNavigate } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { memo, useMemo, useRef, useState, type MouseEvent } from 'react';
import type { GridCell, GridColumn, GridRow } from '~/api/types';
import { bucketName, bucketTick, intoBucket } from '~/features/charts/buckets';
import { cellWords, statusOf, type Group, type Place } from '~/features/grid/rows';
import { placeOf, useCellFocus } from '~/features/grid/useCellFocus';
import { workflowLink } from '~/features/workflow/link';
import { NameInRepo } from '~/features/workflow/NameInRepo';
import { percent } from '~/lib/numbers';
import { howToOpen, openTab } from '~/lib/opening';
import { useLatestSearch } from '~/lib/router';
import { keepGlobal, stringifySearch, type CellSize, type Granularity, type Search } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { since } from '~/lib/time';
import { cellLetter, CellMark, cellLook } from '~/ui/CellMark';
import { Icon } from '~/ui/Icon';
import { useZone } from '~/ui/zone';

const pitches = { compact: 16, default: 24, large: 34 } as const;
const places = {
  compact: 'grid h-6 w-4 shrink-0 place-items-center',
  default: 'grid size-6 shrink-0 place-items-center',
  large: 'grid size-[34px] shrink-0 place-items-center',
} as const;
const boxes = {
  compact: 'h-3.5 w-3.5',
  default: 'h-5 w-[18px]',
  large: 'h-[26px] w-7 text-micro',
} as const;

interface HeatGridProps {
  groups: readonly Group[];
  columns: readonly GridColumn[];
  gran: Granularity;
  sizing: CellSize;
}

/** Enter opens the one run of a cell beside the page, or the list of several. */
export function HeatGrid({ groups, columns, gran, sizing }: HeatGridProps) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [hovered, setHovered] = useState<{ cell: GridCell; row: GridRow; column: number } | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const { zone, hours } = useZone();
  const navigate = useNavigate();
  const latest = useLatestSearch();
  const open = groups.filter((group) => group.repo === null || !folded.has(group.repo));
  const rows = open.flatMap((group) => group.rows);
  const names = useMemo(
    () => columns.map((column) => bucketName(column, gran, zone, hours)),
    [columns, gran, zone, hours],
  );
  const { stop, onFocus, onKeyDown } = useCellFocus(grid, rows, columns.length);

  const act = (row: GridRow, index: number, event: MouseEvent): void => {
    const cell = row.cells[index];
    const column = columns[index];
    const how = howToOpen(event);
    if (how === null || cell === undefined || column === undefined || cell.n === 0) return;
    if (cell.run_id !== null && cell.n === 1) {
      const peek = String(cell.run_id);
      if (how === 'in a tab') openTab(`/runs/${peek}`);
      else void navigate({ to: '.', search: (before: Search) => ({ ...before, peek }), resetScroll: false });
      return;
    }
    const { range: _range, ...kept } = keepGlobal(latest());
    const search = { ...kept, repo: [row.repo], workflow: [row.workflow], ...intoBucket(column) };
    if (how === 'in a tab') openTab(`/runs${stringifySearch(search)}`);
    else void navigate({ to: '/runs', search });
  };

  const onClick = (event: MouseEvent): void => {
    const place = placeOf(event.target as Element);
    const row = place === null ? undefined : rows[place.row];
    if (place !== null && row !== undefined) act(row, place.column, event);
  };

  const look = (target: EventTarget): Place | null => {
    const place = placeOf(target as Element);
    const row = place === null ? undefined : rows[place.row];
    const cell = place === null ? undefined : row?.cells[place.column];
    if (place !== null && row !== undefined && cell !== undefined) {
      setHovered({ cell, row, column: place.column });
    }
    return place;
  };

  let index = -1;
  return (
    <div className="relative overflow-x-auto rounded-card" onPointerLeave={() => { setHovered(null); }}>
      <div
        ref={grid}
        role="grid"
        aria-label="Workflows over time"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        className="min-w-max pb-3 text-control"
        onKeyDown={onKeyDown}
        onPointerOver={(event) => { look(event.target); }}
        onFocus={(event) => {
          const place = look(event.target);
          if (place !== null) onFocus(place);
        }}
        onClick={onClick}
        onAuxClick={onClick}
      >
        <Heads columns={columns} gran={gran} sizing={sizing} names={names} />
        {groups.map((group) => (
          <div role="rowgroup" key={group.repo ?? 'all'}>
            {group.repo !== null && (
              <GroupRow
                group={group}
                span={columns.length + 3}
                open={!folded.has(group.repo)}
                toggle={() => {
                  const after = new Set(folded);
                  if (!after.delete(group.repo ?? '')) after.add(group.repo ?? '');
                  setFolded(after);
                }}
              />
            )}
            {(group.repo === null || !folded.has(group.repo)) &&
              group.rows.map((row) => {
                index += 1;
                return (
                  <Row
                    key={`${row.repo} ${row.workflow_id}`}
                    row={row}
                    index={index}
                    names={names}
                    sizing={sizing}
                    stop={stop.row === index ? stop.column : -1}
                    showRepo={group.repo === null}
                  />
                );
              })}
          </div>
        ))}
      </div>
      {hovered !== null && (
        <p className="sticky left-0 border-t border-line px-3 py-2 text-caption" aria-hidden="true">
          <span className="font-semibold">
            {hovered.row.repo} · {hovered.row.workflow}
          </span>
          {' — '}
          {names[hovered.column]}: {cellWords(hovered.cell)}
        </p>
      )}
      {hovered === null && (
        <p className="sticky left-0 border-t border-line px-3 py-2 text-caption text-ink-2" aria-hidden="true">
          Point at a cell, or move with the arrow keys; Enter opens its runs.
        </p>
      )}
    </div>
  );
}

const nameColumn = 'sticky left-0 z-[1] w-[220px] shrink-0 bg-bg pl-3';

interface HeadsProps {
  columns: readonly GridColumn[];
  gran: Granularity;
  sizing: CellSize;
  names: readonly string[];
}

function Heads({ columns, gran, sizing, names }: HeadsProps) {
  const { zone, hours } = useZone();
  const pitch = pitches[sizing];
  const every = Math.ceil((gran === 'hour' ? 48 : 76) / pitch);
  return (
    <div role="row" aria-rowindex={1} className="flex items-end border-b border-line text-caption text-ink-2">
      <span role="columnheader" className={`${nameColumn} py-1`}>
        Workflow
      </span>
      {columns.map((column, index) => (
        <span
          key={column.start}
          role="columnheader"
          className="relative h-6 shrink-0"
          style={{ width: pitch }}
        >
          <span className="sr-only">{names[index]}</span>
          {index % every === 0 && columns.length - index > every / 2 && (
            <span aria-hidden="true" className="absolute top-1 left-0.5 whitespace-nowrap">
              {bucketTick(column, gran, zone, hours)}
            </span>
          )}
        </span>
      ))}
      <span role="columnheader" className="w-16 py-1 pl-3 text-right">
        Rate
      </span>
      <span role="columnheader" className="w-36 py-1 pl-4">
        Red since
      </span>
    </div>
  );
}

interface GroupRowProps {
  group: Group;
  span: number;
  open: boolean;
  toggle: () => void;
}

function GroupRow({ group, span, open, toggle }: GroupRowProps) {
  return (
    <div role="row" className="flex bg-surface">
      <span role="rowheader" aria-colspan={span} className="sticky left-0 px-1.5">
        <button
          type="button"
          aria-expanded={open}
          className="flex min-h-7 items-center gap-1.5 rounded-small px-1.5 font-medium hover:underline focus-inside"
          onClick={toggle}
        >
          <Icon name={open ? 'down' : 'right'} className="size-3 text-ink-3" />
          {group.repo}
          <span className="font-normal text-ink-2">
            {group.red > 0 ? `${group.red} red` : 'no red'}
          </span>
        </button>
      </span>
    </div>
  );
}

interface RowProps {
  row: GridRow;
  index: number;
  names: readonly string[];
  sizing: CellSize;
  /** The column that Tab comes to, -1 when it is in another row. */
  stop: number;
  showRepo: boolean;
}

const Row = memo(
  function Row({ row, index, names, sizing, stop, showRepo }: RowProps) {
    return (
      <div role="row" aria-rowindex={index + 2} className="grid-row flex items-center hover:bg-hover">
        <span role="rowheader" className={`${nameColumn} truncate`}>
          <Link
            {...workflowLink(row.repo, row.workflow)}
            className={clsx('flex min-h-6 items-center hover:underline', !showRepo && 'pl-4')}
            title={`${row.repo} · ${row.workflow}`}
          >
            {showRepo ? (
              <NameInRepo repo={row.repo} workflow={row.workflow} />
            ) : (
              <span className="truncate">{row.workflow}</span>
            )}
          </Link>
        </span>
        {row.cells.map((cell, column) => (
          <span key={column} role="gridcell" className={places[sizing]}>
            <button
              type="button"
              data-row={index}
              data-column={column}
              data-letter={cellLetter(statusOf(cell.s))}
              data-run={cell.run_id ?? undefined}
              tabIndex={column === stop ? 0 : -1}
              aria-label={`${row.workflow}, ${names[column] ?? ''}, ${cellWords(cell)}`}
              className={`grid place-items-center rounded-cell ${boxes[sizing]} ${cellLook(statusOf(cell.s))}`}
            >
              {sizing === 'large' && cell.failed > 0 ? (
                <span aria-hidden="true">{cell.failed}</span>
              ) : (
                (sizing !== 'compact' || cell.failed > 0) && <CellMark status={statusOf(cell.s)} />
              )}
            </button>
          </span>
        ))}
        <span role="gridcell" className="w-16 pl-3 text-right">
          {row.rate === null ? '–' : percent(row.rate)}
        </span>
        <span role="gridcell" className="w-36 truncate pl-4 text-fail">
          {row.red_since !== null && <Since at={row.red_since} />}
        </span>
      </div>
    );
  },
  (before, after) =>
    before.row === after.row &&
    before.index === after.index &&
    before.stop === after.stop &&
    before.sizing === after.sizing &&
    before.names === after.names &&
    before.showRepo === after.showRepo,
);

function Since({ at }: { at: string }) {
  const { zone, hours } = useZone();
  const now = useNow(60);
  return since(at, zone, now, hours);
}
