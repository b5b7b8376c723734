/** Choosing a stretch of buckets, by dragging or by Shift and the arrow keys. */

import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Bucket } from '~/features/charts/buckets';

interface Selection {
  anchor: number;
  end: number;
}

export interface Brush {
  /** First and last chosen bucket. */
  chosen: { first: number; last: number } | null;
  onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  onPointerCancel: () => void;
  /** Whether the key was meant for the brush. */
  onKey: (event: KeyboardEvent, here: number) => boolean;
}

/** `apply` gets the window that was chosen. */
export function useBrush(
  buckets: readonly Bucket[],
  apply: (window: { from: string; to: string }) => void,
): Brush {
  const [selection, setSelection] = useState<Selection | null>(null);
  const [pressed, setPressed] = useState<number | null>(null);
  const span =
    selection === null
      ? null
      : {
          first: Math.min(selection.anchor, selection.end),
          last: Math.max(selection.anchor, selection.end),
        };
  const finish = (): void => {
    const first = span === null ? undefined : buckets[span.first];
    const last = span === null ? undefined : buckets[span.last];
    setSelection(null);
    if (first !== undefined && last !== undefined) apply({ from: first.start, to: last.end });
  };
  const indexAt = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.min(buckets.length - 1, Math.max(0, Math.floor(share * buckets.length)));
  };
  return {
    chosen: span,
    onPointerDown: (event) => {
      if (event.button === 0 && event.pointerType === 'mouse') setPressed(indexAt(event));
    },
    onPointerMove: (event) => {
      if (pressed === null) return;
      const end = indexAt(event);
      if (end === pressed && selection === null) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setSelection({ anchor: pressed, end });
    },
    onPointerUp: () => {
      setPressed(null);
      finish();
    },
    onPointerCancel: () => {
      setPressed(null);
      setSelection(null);
    },
    onKey: (event, here) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.shiftKey && step !== undefined) {
        const end = Math.min(buckets.length - 1, Math.max(0, (selection?.end ?? here) + step));
        setSelection({ anchor: selection?.anchor ?? here, end });
        return true;
      }
      if (selection === null || !['Enter', 'Escape'].includes(event.key)) return false;
      if (event.key === 'Enter') finish();
      else setSelection(null);
      return true;
    },
  };
}
