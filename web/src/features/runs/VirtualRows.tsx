/** The rows in sight of a long table, between two spacers that stand for the rest. */

import { useWindowVirtualizer, defaultRangeExtractor } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState, type ReactNode, type RefObject } from 'react';
import { usePreferences } from '~/lib/preferences';

const heights = { compact: 32, default: 36, comfortable: 44 } as const;
/** What is sticky above the rows: header, filters, table head. */
const stickyHeight = 124;
const headHeight = 32;

interface VirtualRowsProps {
  table: RefObject<HTMLTableElement | null>;
  count: number;
  /** The row that holds the focus: it stays in the document wherever one scrolls. */
  keep: number;
  /** Told how to scroll to a row, and `null` at the end. */
  onScroller: (scroll: ((index: number) => void) | null) => void;
  onEnd: (() => void) | undefined;
  children: (index: number) => ReactNode;
}

/** Three bodies: what is above, what is in sight, what is below. */
export function VirtualRows({ table, count, keep, onScroller, onEnd, children }: VirtualRowsProps) {
  const { density } = usePreferences();
  const height = heights[density];
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => {
      const box = table.current?.getBoundingClientRect();
      if (box !== undefined) setOffset(box.top + window.scrollY + headHeight);
    };
    measure();
  }, [table, count]);
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => height,
    overscan: 5,
    scrollMargin: offset,
    scrollPaddingStart: stickyHeight,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      return keep < count && !indexes.includes(keep)
        ? [...indexes, keep].sort((one, other) => one - other)
        : indexes;
    },
  });
  useEffect(() => {
    virtualizer.measure();
  }, [virtualizer, height]);
  useEffect(() => {
    onScroller((index) => {
      virtualizer.scrollToIndex(index, { align: 'auto' });
    });
    return () => {
      onScroller(null);
    };
  }, [onScroller, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1);
  useEffect(() => {
    if (last !== undefined && last.index > count * 0.6) onEnd?.();
  }, [last, count, onEnd]);

  const parts: ReactNode[] = [];
  let end = 0;
  for (const item of items) {
    const start = item.index * height;
    if (start > end) parts.push(<Spacer key={`before ${item.index}`} height={start - end} />);
    parts.push(children(item.index));
    end = start + height;
  }
  if (count * height > end) {
    parts.push(<Spacer key="after" height={count * height - end} />);
  }
  return <tbody>{parts}</tbody>;
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden="true">
      {/* One cell only: to span the columns that have no room would make them take it. */}
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}
