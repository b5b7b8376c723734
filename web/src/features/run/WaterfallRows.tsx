/** The rows of a waterfall: a tree that is walked through by keys, a bar in each. */

import { useNavigate } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { useRef, type KeyboardEvent } from 'react';
import { axisMarks, type Axis, type WaterfallRow } from '~/features/run/waterfall';
import { appearanceOf, isFailure } from '~/lib/status';
import { duration, exactTime, stopwatch } from '~/lib/time';
import { Icon } from '~/ui/Icon';
import { StatusIcon } from '~/ui/StatusIcon';
import { phone, useMedia } from '~/ui/useMedia';
import { useZone } from '~/ui/zone';

export type Clock = 'relative' | 'clock';

interface WaterfallRowsProps {
  rows: readonly WaterfallRow[];
  axis: Axis;
  clock: Clock;
  open: ReadonlySet<number>;
  fold: (id: number, open: boolean) => void;
  stop: string;
  setStop: (key: string) => void;
  wide: boolean;
}

/** Arrows move and fold, Enter goes to the log. */
export function WaterfallRows({ rows, axis, clock, open, fold, stop, setStop, wide }: WaterfallRowsProps) {
  const grid = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const small = useMedia(phone);
  const template = small
    ? 'minmax(0,1fr) 64px'
    : wide
      ? 'minmax(120px,280px) 56px 64px minmax(0,1fr)'
      : 'minmax(90px,170px) 60px minmax(0,1fr)';
  const focusRow = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    setStop(row.key);
    grid.current?.querySelector<HTMLElement>(`[data-key="${row.key}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const here = rows.findIndex((row) => row.key === stop);
    const row = rows[here];
    if (row === undefined) return;
    const parent = rows.findIndex((one) => one.level === 1 && one.job.id === row.job.id);
    const isParent = row.level === 1 && row.children > 0;
    const acts: Record<string, () => void> = {
      ArrowDown: () => { focusRow(here + 1); },
      ArrowUp: () => { focusRow(here - 1); },
      Home: () => { focusRow(0); },
      End: () => { focusRow(rows.length - 1); },
      ArrowRight: () => {
        if (isParent && open.has(row.job.id)) focusRow(here + 1);
        else if (isParent) fold(row.job.id, true);
      },
      ArrowLeft: () => {
        if (isParent && open.has(row.job.id)) fold(row.job.id, false);
        else focusRow(parent);
      },
      Enter: () => void navigate({
        to: '/runs/$runId/jobs/$jobId',
        params: { runId: String(row.job.run_id), jobId: String(row.job.id) },
      }),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <div
      ref={grid}
      role="treegrid"
      aria-label="Waterfall of jobs and steps"
      className="pb-2 text-control"
      onKeyDown={onKeyDown}
    >
      <div role="row" className="grid border-b border-line px-3 text-caption text-ink-2" style={{ gridTemplateColumns: template }}>
        <span role="columnheader" className="py-1">Name</span>
        {wide && !small && <span role="columnheader" className="py-1 pr-2 text-right">Wait</span>}
        <span role="columnheader" className="py-1 pr-2 text-right">Duration</span>
        <span role="columnheader" className="relative h-6 overflow-hidden max-sm:col-span-2">
          <span className="sr-only">Timeline</span>
          <Marks axis={axis} clock={clock} most={wide && !small ? 6 : 4} />
        </span>
      </div>
      {rows.map((row) => (
        <Row
          key={row.key}
          row={row}
          template={template}
          open={open.has(row.job.id)}
          stop={row.key === stop}
          wide={wide && !small}
          axis={axis}
          onFocus={() => {
            setStop(row.key);
          }}
          onFold={() => {
            fold(row.job.id, !open.has(row.job.id));
          }}
        />
      ))}
      {rows.length === 0 && <p className="p-3 text-ink-2">No job by that name.</p>}
    </div>
  );
}

/** Percent of the axis from which on the words of a mark stand before it: behind it is no room. */
const tightFrom = 93;

function Marks({ axis, clock, most }: { axis: Axis; clock: Clock; most: number }) {
  const { zone, hours } = useZone();
  return axisMarks(axis, most).map((mark) => (
    <span
      key={mark.seconds}
      aria-hidden="true"
      className="absolute top-1 px-1 whitespace-nowrap"
      style={mark.left > tightFrom ? { right: `${100 - mark.left}%` } : { left: `${mark.left}%` }}
    >
      {clock === 'relative'
        ? stopwatch(mark.seconds)
        : exactTime(axis.from + mark.seconds * 1000, zone, hours)}
    </span>
  ));
}

interface RowProps {
  row: WaterfallRow;
  template: string;
  open: boolean;
  stop: boolean;
  wide: boolean;
  axis: Axis;
  onFocus: () => void;
  onFold: () => void;
}

function Row({ row, template, open, stop, wide, axis, onFocus, onFold }: RowProps) {
  const isParent = row.level === 1 && row.children > 0;
  const lines = axisLines(axis, wide ? 6 : 4);
  return (
    <div
      role="row"
      data-key={row.key}
      aria-level={row.level}
      aria-expanded={isParent ? open : undefined}
      tabIndex={stop ? 0 : -1}
      className="bar-row grid min-h-7 items-center px-3 focus-inside hover:bg-hover"
      style={{ gridTemplateColumns: template }}
      onFocus={onFocus}
      onClick={isParent ? onFold : undefined}
    >
      <span
        role="rowheader"
        className={clsx('flex min-w-0 items-center gap-1.5 pr-2', row.level === 2 && 'pl-6')}
      >
        {row.level === 1 && (
          <Icon name={open ? 'down' : 'right'} className={clsx('size-3 text-ink-3', !isParent && 'invisible')} />
        )}
        <StatusIcon status={row.status} size={row.level === 1 ? 14 : 12} label={appearanceOf(row.status).word} />
        <span
          className={clsx('truncate', row.level === 1 ? 'font-medium' : 'text-ink-2')}
          title={row.name}
        >
          {row.name}
        </span>
      </span>
      {wide && (
        <span role="gridcell" className="pr-2 text-right text-caption text-ink-2">
          {row.waitSeconds === null || row.waitSeconds < 1 ? '' : duration(row.waitSeconds)}
        </span>
      )}
      <span role="gridcell" className={clsx('pr-2 text-right text-caption', row.open ? 'text-run' : 'text-ink')}>
        {row.runSeconds === null ? '' : row.open ? stopwatch(row.runSeconds) : duration(row.runSeconds)}
      </span>
      <span
        role="gridcell"
        className="relative h-7 min-w-0 max-sm:col-span-2 max-sm:mb-1"
        style={{ backgroundImage: lines }}
      >
        <Bars row={row} />
      </span>
    </div>
  );
}

/** A line at each mark: drawn as one picture, since five hundred jobs have thousands of them. */
function axisLines(axis: Axis, most: number): string {
  const [first, second] = axisMarks(axis, most);
  if (first === undefined || second === undefined) return 'none';
  const step = second.left - first.left;
  return `repeating-linear-gradient(to right, var(--line) 0 1px, transparent 1px ${step}%)`;
}

function Bars({ row }: { row: WaterfallRow }) {
  const end = row.run === null ? (row.queue === null ? 0 : row.queue.left + row.queue.width) : row.run.left + row.run.width;
  return (
    <>
      {row.queue !== null && (
        <span
          data-bar="queue"
          className="hatched absolute top-[9px] h-2.5 rounded-small border border-neutral-edge"
          style={{ left: `${row.queue.left}%`, width: `${row.queue.width}%` }}
        />
      )}
      {row.run !== null && (
        <span
          data-bar="run"
          data-critical={row.critical === true ? 'yes' : undefined}
          title={row.critical === true ? criticalWords(row) : undefined}
          className={clsx(
            'absolute h-3.5 min-w-[3px] rounded-small border',
            row.level === 1 ? 'top-[7px]' : 'top-[9px] h-2.5!',
            barLook(row),
          )}
          style={{ left: `${row.run.left}%`, width: `${row.run.width}%` }}
        >
          {row.critical === true && (
            <>
              <span aria-hidden="true" className="absolute inset-x-0 top-1/2 h-0.5 -translate-y-1/2 bg-ink" />
              <span className="sr-only">{criticalWords(row)}</span>
            </>
          )}
        </span>
      )}
      {row.remark !== null && (
        <span
          className={clsx('absolute top-1.5 px-1.5 text-caption whitespace-nowrap text-ink-2', end > 70 && '-translate-x-full')}
          style={{ left: `${end > 70 && row.run !== null ? row.run.left : end}%` }}
        >
          {row.remark}
        </span>
      )}
    </>
  );
}

function criticalWords(row: WaterfallRow): string {
  const saving = row.couldSave === null || row.couldSave < 1 ? '' : `, could save up to ${duration(row.couldSave)}`;
  return `on the critical path${saving}`;
}

function barLook(row: WaterfallRow): string {
  if (row.open) return 'border-2 border-r-0 border-dashed border-run-edge rounded-r-none';
  if (isFailure(row.status)) return 'border-fail-edge bg-fail-fill hatched-fail';
  if (row.status === 'success') return 'border-ok-edge bg-ok-fill';
  return 'border-neutral-edge hatched';
}
