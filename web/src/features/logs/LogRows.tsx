/** The rows in sight of a log of any length. */

import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { Rows } from '~/features/logs/folds';

const height = 20;
const spare = 10;
const settles = 50;
/** Browsers cap how tall an element can be (Firefox at 17.9 million pixels). */
const tallest = 800_000 * height;

export interface Goal {
  row: number;
  /** Rises with every jump, so that the same row can be gone to again. */
  turn: number;
}

interface LogRowsProps {
  rows: Rows;
  label: string;
  wraps: boolean;
  goal: Goal;
  children: (row: number) => ReactNode;
}

/** A scrolling region with an element for each row in sight. */
export function LogRows(props: LogRowsProps) {
  return props.wraps ? <WrappedRows {...props} /> : <EvenRows {...props} />;
}

const region =
  'h-[calc(100dvh-15rem)] min-h-80 overflow-auto overscroll-contain bg-bg [contain:strict] focus-visible:outline-2';

function EvenRows({ rows, label, goal, children }: LogRowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const real = rows.count * height;
  const drawn = Math.min(real, tallest);
  // Beyond the cap a pixel of scrolling stands for more than a pixel of log.
  const scale = drawn <= view.height ? 1 : (real - view.height) / (drawn - view.height);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || goal.turn === 0) return;
    const middle = goal.row * height - element.clientHeight / 2 + height / 2;
    const go = (): void => {
      element.scrollTop = Math.max(0, middle) / scale;
      setView({ top: element.scrollTop, height: element.clientHeight });
    };
    go();
    // When the address changes, the router puts regions back to where they were; we come after it.
    const again = setTimeout(go, settles);
    return () => clearTimeout(again);
    // A new goal is gone to once; rows that open later do not move the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [goal]);
  const top = view.top * scale;
  const first = Math.max(0, Math.floor(top / height) - spare);
  const last = Math.min(rows.count, Math.ceil((top + view.height) / height) + spare);
  return (
    <div
      ref={box}
      role="region"
      aria-label={label}
      tabIndex={0}
      className={region}
      onScroll={(event) => {
        const { scrollTop, clientHeight } = event.currentTarget;
        setView({ top: scrollTop, height: clientHeight });
      }}
    >
      <div role="list" style={{ height: drawn, position: 'relative' }}>
        <div style={{ position: 'absolute', top: view.top - (top - first * height), minWidth: '100%' }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, index) => children(first + index))}
        </div>
      </div>
    </div>
  );
}

function WrappedRows({ rows, label, goal, children }: LogRowsProps) {
  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- Nothing of it is handed on.
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: spare,
  });
  useLayoutEffect(() => {
    if (goal.turn > 0) virtual.scrollToIndex(goal.row, { align: 'center' });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [goal]);
  return (
    <div ref={box} role="region" aria-label={label} tabIndex={0} className={region}>
      <div role="list" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            data-index={item.index}
            ref={virtual.measureElement}
            style={{ position: 'absolute', top: 0, width: '100%', transform: `translateY(${item.start}px)` }}
          >
            {children(item.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
