/** The rows in sight of a log of any length. */

import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import type { Rows } from '~/features/logs/folds';

const height = 20;
const spare = 8;
const settles = 50;
/** Browsers cap how tall an element can be (Firefox at 17.9 million pixels). */
const tallest = 800_000 * height;

export interface Goal {
  row: number;
  align: 'center' | 'end';
  /** Rises with every jump, so that the same row can be gone to again. */
  turn: number;
}

/** The rows in sight, both included, and whether one has just scrolled back. */
export interface Sight {
  first: number;
  last: number;
  isBack: boolean;
}

interface LogRowsProps {
  rows: Rows;
  label: string;
  wraps: boolean;
  goal: Goal;
  box: RefObject<HTMLDivElement | null>;
  /** How far the log is loaded, for whoever waits for it. */
  ready: number;
  onSight: (sight: Sight) => void;
  children: (row: number) => ReactNode;
}

/** A scrolling region with an element for each row in sight. */
export function LogRows(props: LogRowsProps) {
  return props.wraps ? <WrappedRows {...props} /> : <EvenRows {...props} />;
}

interface RegionProps extends Pick<LogRowsProps, 'label' | 'ready'> {
  ref: RefObject<HTMLDivElement | null>;
  onScroll: (region: HTMLDivElement) => void;
  children: ReactNode;
}

function Region({ ref, label, ready, onScroll, children }: RegionProps) {
  return (
    <div
      ref={ref}
      role="region"
      aria-label={label}
      tabIndex={0}
      data-log
      data-ready={ready}
      className={look}
      onScroll={(event) => {
        onScroll(event.currentTarget);
      }}
    >
      {children}
    </div>
  );
}

const look =
  'h-full overflow-auto overscroll-contain bg-bg [contain:strict] focus-visible:outline-2 focus-visible:-outline-offset-2';

function EvenRows({ rows, label, goal, box, ready, onSight, children }: LogRowsProps) {
  const [view, setView] = useState({ top: 0, height: 600 });
  const before = useRef(0);
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
  }, [box]);
  useLayoutEffect(() => {
    if (goal.turn === 0) return;
    const go = (): void => {
      const element = box.current;
      if (element === null) return;
      const room = element.clientHeight - height;
      const above = goal.align === 'end' ? room - 2 * height : room / 2;
      element.scrollTop = Math.max(0, goal.row * height - above) / scale;
      before.current = element.scrollTop;
      setView({ top: element.scrollTop, height: element.clientHeight });
    };
    go();
    if (goal.align === 'end') return;
    // When the address changes, the router puts regions back to where they were; we come after it.
    const again = setTimeout(go, settles);
    return () => clearTimeout(again);
    // A new goal is gone to once; rows that open later do not move the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [goal]);
  const top = view.top * scale;
  const seen = { first: Math.floor(top / height), last: Math.ceil((top + view.height) / height) - 1 };
  const first = Math.max(0, seen.first - spare);
  const last = Math.min(rows.count, seen.last + 1 + spare);
  useLayoutEffect(() => {
    onSight({ first: seen.first, last: Math.min(seen.last, rows.count - 1), isBack: false });
  }, [onSight, seen.first, seen.last, rows.count]);
  return (
    <Region
      ref={box}
      label={label}
      ready={ready}
      onScroll={({ scrollTop, clientHeight }) => {
        if (scrollTop < before.current - 1) onSight({ ...seen, isBack: true });
        before.current = scrollTop;
        setView({ top: scrollTop, height: clientHeight });
      }}
    >
      <div role="list" style={{ height: drawn, position: 'relative' }}>
        <div style={{ position: 'absolute', top: view.top - (top - first * height), minWidth: '100%' }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, index) => children(first + index))}
        </div>
      </div>
    </Region>
  );
}

function WrappedRows({ rows, label, goal, box, ready, onSight, children }: LogRowsProps) {
  const before = useRef(0);
  // eslint-disable-next-line react-hooks/incompatible-library -- Nothing of it is handed on.
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: spare,
  });
  useLayoutEffect(() => {
    if (goal.turn > 0) virtual.scrollToIndex(goal.row, { align: goal.align });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [goal]);
  const items = virtual.getVirtualItems();
  const [from, to] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useLayoutEffect(() => {
    onSight({ first: from === 0 ? 0 : from + spare, last: to, isBack: false });
  }, [onSight, from, to]);
  return (
    <Region
      ref={box}
      label={label}
      ready={ready}
      onScroll={({ scrollTop }) => {
        if (scrollTop < before.current - 1) onSight({ first: from, last: to, isBack: true });
        before.current = scrollTop;
      }}
    >
      <div role="list" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => (
          <div
            key={item.key}
            role="presentation"
            data-index={item.index}
            ref={virtual.measureElement}
            style={{ position: 'absolute', top: 0, width: '100%', transform: `translateY(${item.start}px)` }}
          >
            {children(item.index)}
          </div>
        ))}
      </div>
    </Region>
  );
}
