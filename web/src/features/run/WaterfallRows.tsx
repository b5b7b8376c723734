/** The rows of a waterfall as a tree that is walked through by keys. */

import { clsx } from 'clsx';
import { useRef, type KeyboardEvent, type RefObject } from 'react';
import { Minimap } from '~/features/run/Minimap';
import { useOpenStep } from '~/features/run/useOpenStep';
import { axisMarks, type Axis, type WaterfallRow } from '~/features/run/waterfall';
import { Row } from '~/features/run/WaterfallRow';
import { exactTime, stopwatch } from '~/lib/time';
import { phone, useMedia } from '~/ui/useMedia';
import { useZone } from '~/ui/zone';

export type Clock = 'relative' | 'clock';

/** With more rows than these they scroll in a place of their own, below a small picture of all. */
const mostWithoutMap = 50;

interface WaterfallRowsProps {
  rows: readonly WaterfallRow[];
  axis: Axis;
  clock: Clock;
  open: ReadonlySet<number>;
  fold: (id: number, open: boolean) => void;
  /** The row that Tab comes to. */
  stop: string;
  setStop: (key: string) => void;
  wide: boolean;
  /** Where the bars are, to be measured. */
  timeline: RefObject<HTMLSpanElement | null>;
  /** How many pixels that has, 0 before it is known. */
  width: number;
  /** What is said where there is no row. */
  none: string;
}

/** Arrows move and fold, Enter goes to the log. */
export function WaterfallRows(props: WaterfallRowsProps) {
  const { rows, axis, clock, open, fold, stop, setStop, timeline, width, none } = props;
  const grid = useRef<HTMLDivElement>(null);
  const onLog = useOpenStep();
  const small = useMedia(phone);
  const wide = props.wide && !small;
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
    // With one of these held a key is the browser's: Alt and an arrow go back.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
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
      Enter: () => { onLog(row.job, row.step); },
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const isLong = rows.length > mostWithoutMap;
  return (
    <>
      {isLong && <Minimap rows={rows} list={grid} />}
      <div
        ref={grid}
        id="waterfall"
        role="treegrid"
        aria-label="Waterfall of jobs and steps"
        className={clsx(
          'pb-2 text-control',
          isLong && 'max-h-[70dvh] scroll-pt-8 scroll-mb-4 overflow-y-auto max-lg:scroll-mb-20 print:max-h-none',
        )}
        onKeyDown={onKeyDown}
      >
        <div
          role="row"
          className={clsx(
            'grid border-b border-line px-3 text-caption text-ink-2',
            isLong && 'sticky top-0 z-1 bg-bg',
          )}
          style={{ gridTemplateColumns: template }}
        >
          <span role="columnheader" className="py-1">Name</span>
          {wide && <span role="columnheader" className="py-1 pr-2 text-right">Wait</span>}
          <span role="columnheader" className="py-1 pr-2 text-right">Duration</span>
          <span ref={timeline} role="columnheader" className="relative h-6 overflow-hidden max-sm:col-span-2">
            <span className="sr-only">Timeline</span>
            <Marks axis={axis} clock={clock} most={wide ? 6 : 4} />
          </span>
        </div>
        {rows.map((row) => (
          <Row
            key={row.key}
            row={row}
            template={template}
            open={open.has(row.job.id)}
            stop={row.key === stop}
            wide={wide}
            axis={axis}
            width={width}
            onFocus={() => {
              setStop(row.key);
            }}
            onFold={() => {
              fold(row.job.id, !open.has(row.job.id));
            }}
            onLog={() => {
              onLog(row.job, row.step);
            }}
          />
        ))}
      </div>
      {rows.length === 0 && <p className="p-3 text-ink-2">{none}</p>}
    </>
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
