/** All rows of a long waterfall in one small picture, and what of them is in sight. */

import { useEffect, useMemo, useState, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';
import { layers, pathsOf, rowsInSight, sightOf, type Layer, type Sight } from '~/features/run/minimap';
import type { WaterfallRow } from '~/features/run/waterfall';

const fills: Readonly<Record<Layer, string>> = {
  waiting: 'fill-neutral-fill',
  other: 'fill-neutral-edge',
  passed: 'fill-ok-fill',
  running: 'fill-run-fill',
  failed: 'fill-fail-fill',
};

interface MinimapProps {
  rows: readonly WaterfallRow[];
  /** The element in which the rows scroll. */
  list: RefObject<HTMLElement | null>;
}

/** Moves the list by pointer and by keys, as the bar beside it does. */
export function Minimap({ rows, list }: MinimapProps) {
  const sight = useSight(list, rows.length);
  const paths = useMemo(() => pathsOf(rows), [rows]);
  const [first, last] = rowsInSight(sight, rows.length);
  const scrollTo = (top: number): void => list.current?.scrollTo({ top });
  // The end of the list may be below the edge of the page, where moving it shows nothing.
  const bringIntoView = (): void => list.current?.scrollIntoView({ block: 'nearest' });
  const onKeyDown = (event: KeyboardEvent): void => {
    const shown = list.current;
    if (shown === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = shown.scrollHeight / rows.length;
    const step = stepOf(event.key, row, shown);
    if (step === null) return;
    event.preventDefault();
    event.stopPropagation();
    scrollTo(shown.scrollTop + step);
    bringIntoView();
  };
  const onPoint = (event: PointerEvent): void => {
    const shown = list.current;
    if (shown === null || event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const at = (event.clientY - box.top) / box.height;
    scrollTo(at * shown.scrollHeight - shown.clientHeight / 2);
  };
  return (
    <div
      role="scrollbar"
      aria-label="Rows in sight"
      aria-controls="waterfall"
      aria-orientation="vertical"
      aria-valuemin={1}
      aria-valuemax={rows.length}
      aria-valuenow={first}
      aria-valuetext={`Rows ${first} to ${last} of ${rows.length}`}
      tabIndex={0}
      className="mx-3 mb-2 h-18 cursor-pointer touch-none overflow-hidden rounded-control border border-line-strong bg-sunken print:hidden"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        onPoint(event);
      }}
      onPointerMove={onPoint}
      onPointerUp={bringIntoView}
    >
      <svg viewBox={`0 0 100 ${rows.length}`} preserveAspectRatio="none" aria-hidden="true" className="size-full">
        {layers.map((layer) => (
          <path key={layer} d={paths.get(layer) ?? ''} className={fills[layer]} />
        ))}
        <rect
          data-sight
          x="0"
          width="100"
          y={sight.from * rows.length}
          height={(sight.to - sight.from) * rows.length}
          className="fill-accent/15 stroke-accent"
          strokeWidth="2"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </div>
  );
}

/** How far a key moves the list, in pixels; null for the keys that do not. */
function stepOf(key: string, row: number, list: HTMLElement): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: row,
    ArrowRight: row,
    ArrowUp: -row,
    ArrowLeft: -row,
    PageDown: list.clientHeight - 2 * row,
    PageUp: 2 * row - list.clientHeight,
    Home: -list.scrollHeight,
    End: list.scrollHeight,
  };
  return steps[key] ?? null;
}

function useSight(list: RefObject<HTMLElement | null>, count: number): Sight {
  const [sight, setSight] = useState<Sight>({ from: 0, to: 1 });
  useEffect(() => {
    const watched = list.current;
    if (watched === null) return;
    const look = (): void => {
      setSight(sightOf(watched.scrollTop, watched.clientHeight, watched.scrollHeight));
    };
    const observer = new ResizeObserver(look);
    observer.observe(watched);
    watched.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      watched.removeEventListener('scroll', look);
    };
  }, [list, count]);
  return sight;
}
