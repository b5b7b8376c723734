/** A workflow's newest runs as a row of cells, oldest on the left; as many as there is room for. */

import { clsx } from 'clsx';
import { useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import type { StripCell } from '~/api/types';
import { runNumber } from '~/lib/naming';
import { useSetSearch } from '~/lib/router';
import { appearanceOf, shownStatus, type Status } from '~/lib/status';
import { ago, duration } from '~/lib/time';
import { serverNow } from '~/lib/ticker';
import { useWidth } from '~/ui/useWidth';
import { cellLetter, CellMark, cellLook } from '~/ui/CellMark';
import { useZone } from '~/ui/zone';

const pitch = 20;

interface StripProps {
  label: string;
  cells: readonly StripCell[];
  /** The run that is looked at, outlined. */
  here?: number;
}

/** What a cell shows: a pass that came after a failure is flaky. */
export function cellStatus(cell: Pick<StripCell, 'status' | 'conclusion' | 'flaky'>): Status {
  if (cell.flaky === true && cell.status === 'success') return 'flaky';
  return shownStatus(cell.status, cell.conclusion);
}

/** One stop for Tab; arrows move along the cells. */
export function Strip({ label, cells, here }: StripProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const row = useRef<HTMLUListElement>(null);
  const { zone } = useZone();
  const setSearch = useSetSearch();
  const shown = cells.slice(-Math.max(1, Math.floor(width / pitch)));
  const [stop, setStop] = useState<number | null>(null);
  const current = Math.min(stop ?? shown.length - 1, shown.length - 1);
  // Hundreds of the router's own links would all be worked out anew with every change of the address.
  const open = (event: MouseEvent): void => {
    const peek = (event.target as Element).closest<HTMLElement>('[data-peek]')?.dataset.peek;
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (peek === undefined || !plain) return;
    event.preventDefault();
    setSearch({ peek });
  };
  const move = (event: KeyboardEvent): void => {
    const last = shown.length - 1;
    const next = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(last, next));
    setStop(target);
    row.current?.querySelectorAll('a')[target]?.focus();
  };
  return (
    <div ref={frame} className="h-[22px] min-w-0 overflow-hidden">
      {width > 0 && (
        <ul ref={row} aria-label={label} className="flex justify-end gap-0.5 p-px" onKeyDown={move} onClick={open}>
          {shown.map((cell, index) => {
            const status = cellStatus(cell);
            const took = cell.duration_s === null ? '' : `, ${duration(cell.duration_s)}`;
            const name = `${runNumber(cell.run_number)} ${appearanceOf(status).word}, ${ago(cell.at, serverNow(), zone)}${took}`.trimStart();
            return (
              <li key={cell.run_id} className="contents">
                <a
                  href={`/runs/${cell.run_id}`}
                  data-peek={cell.run_id}
                  aria-label={name}
                  title={name}
                  tabIndex={index === current ? 0 : -1}
                  data-letter={cellLetter(status)}
                  className={clsx(
                    'grid h-5 w-[18px] shrink-0 place-items-center rounded-cell',
                    cellLook(status),
                    cell.run_id === here && 'outline-2 outline-ink',
                  )}
                  onFocus={() => {
                    setStop(index);
                  }}
                >
                  <CellMark status={status} />
                </a>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
