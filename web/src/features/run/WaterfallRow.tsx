/** A row of a waterfall: the name of a job or step, how long it took, and its bar. */

import { clsx } from 'clsx';
import { axisMarks, splitName, type Axis, type BarPart, type WaterfallRow } from '~/features/run/waterfall';
import { appearanceOf, isFailure } from '~/lib/status';
import { duration, stopwatch } from '~/lib/time';
import { Icon } from '~/ui/Icon';
import { StatusIcon } from '~/ui/StatusIcon';

interface RowProps {
  row: WaterfallRow;
  /** The columns, as CSS has them. */
  template: string;
  open: boolean;
  /** Whether Tab comes to this row. */
  stop: boolean;
  wide: boolean;
  axis: Axis;
  /** How many pixels the axis has, 0 before that is known. */
  width: number;
  onFocus: () => void;
  onFold: () => void;
  onLog: () => void;
}

/** A click folds what can be folded; from the rest it goes to the log. */
export function Row({ row, template, open, stop, wide, axis, width, onFocus, onFold, onLog }: RowProps) {
  const isParent = row.level === 1 && row.children > 0;
  return (
    <div
      role="row"
      data-key={row.key}
      aria-level={row.level}
      aria-expanded={isParent ? open : undefined}
      tabIndex={stop ? 0 : -1}
      className="bar-row grid min-h-7 cursor-pointer items-center px-3 focus-inside hover:bg-hover"
      style={{ gridTemplateColumns: template }}
      onFocus={onFocus}
      onClick={isParent ? onFold : onLog}
    >
      <span
        role="rowheader"
        className={clsx('flex min-w-0 items-center gap-1.5 pr-2', row.level === 2 && 'pl-6')}
      >
        {row.level === 1 && (
          <Icon name={open ? 'down' : 'right'} className={clsx('size-3 text-ink-3', !isParent && 'invisible')} />
        )}
        <StatusIcon status={row.status} size={row.level === 1 ? 14 : 12} label={appearanceOf(row.status).word} />
        <Name text={row.name} className={row.level === 1 ? 'font-medium' : 'text-ink-2'} />
      </span>
      {wide && (
        <span role="gridcell" className="pr-2 text-right text-caption text-ink-2">
          {row.waitSeconds === null || row.waitSeconds < 1 ? '' : duration(row.waitSeconds)}
        </span>
      )}
      <span
        role="gridcell"
        className={clsx(
          'pr-2 text-right text-caption',
          row.open ? 'text-run' : 'text-ink',
          row.critical === true && 'font-bold',
        )}
      >
        {row.runSeconds === null ? '' : row.open ? stopwatch(row.runSeconds) : duration(row.runSeconds)}
      </span>
      <span
        role="gridcell"
        className="relative h-7 min-w-0 max-sm:col-span-2 max-sm:mb-1"
        style={{ backgroundImage: axisLines(axis, wide ? 6 : 4) }}
      >
        <Bars row={row} width={width} />
      </span>
    </div>
  );
}

/** One line; of a long name the middle is left out, and read out all the same. */
function Name({ text, className }: { text: string; className: string }) {
  const [start, end] = splitName(text);
  if (end === '') return <span className={clsx('truncate', className)} title={text}>{text}</span>;
  return (
    <span className={clsx('flex min-w-0', className)} title={text}>
      <span className="sr-only">{text}</span>
      <span aria-hidden="true" className="truncate whitespace-pre select-none">{start}</span>
      <span aria-hidden="true" className="ml-1 whitespace-pre select-none">{end}</span>
    </span>
  );
}

/** A line at each mark: drawn as one picture, since five hundred jobs have thousands of them. */
function axisLines(axis: Axis, most: number): string {
  const [first, second] = axisMarks(axis, most);
  if (first === undefined || second === undefined) return 'none';
  const step = second.left - first.left;
  return `repeating-linear-gradient(to right, var(--line) 0 1px, transparent 1px ${step}%)`;
}

function Bars({ row, width }: { row: WaterfallRow; width: number }) {
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
        <Remark text={row.remark} first={row.queue ?? row.run} last={row.run ?? row.queue} width={width} />
      )}
    </>
  );
}

interface RemarkProps {
  text: string;
  first: BarPart | null;
  last: BarPart | null;
  width: number;
}

/** Pixels that a letter of a remark takes at most, and what stands around all of them. */
const letterWidth = 7;
const padding = 16;

/** Behind the bar, or before it, or, where neither has room, upon it, with its end in sight. */
function Remark({ text, first, last, width }: RemarkProps) {
  const room = ((text.length * letterWidth + padding) / Math.max(1, width)) * 100;
  const left = first?.left ?? 0;
  const right = last === null ? 0 : last.left + last.width;
  const isBehind = 100 - right >= room;
  const isBefore = !isBehind && left >= room;
  return (
    <span
      className={clsx(
        'absolute top-1.5 px-1.5 text-caption whitespace-nowrap text-ink-2',
        !isBehind && !isBefore && 'rounded-small bg-bg',
      )}
      style={isBehind ? { left: `${right}%` } : { right: isBefore ? `${100 - left}%` : `calc(${100 - right}% + 10px)` }}
    >
      {text}
    </span>
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
