/** A strip beside the log that shows where in all of it the matches and the errors are. */

import { useEffect, useRef } from 'react';
import type { Rows } from '~/features/logs/folds';

interface LogRulerProps {
  rows: Rows;
  matches: Uint32Array | null;
  errors: readonly number[];
  onGo: (line: number) => void;
}

/** What it shows can be reached by key as well: it is for the eye and the mouse alone. */
export function LogRuler({ rows, matches, errors, onGo }: LogRulerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = (): void => drawTicks(element, rows, matches, errors);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [rows, matches, errors]);
  return (
    <canvas
      ref={canvas}
      aria-hidden="true"
      className="pointer-events-auto absolute inset-y-0 right-0 h-full w-2.5 cursor-pointer border-l border-line bg-sunken"
      onClick={(event) => {
        const { top, height } = event.currentTarget.getBoundingClientRect();
        const share = (event.clientY - top) / height;
        const row = rows.row(Math.floor(share * rows.count));
        if (row !== null) onGo(row.kind === 'line' ? row.line : row.fold.first);
      }}
    />
  );
}

function drawTicks(
  element: HTMLCanvasElement,
  rows: Rows,
  matches: Uint32Array | null,
  errors: readonly number[],
): void {
  const { clientWidth: width, clientHeight: height } = element;
  element.width = width;
  element.height = height;
  const pen = element.getContext('2d');
  if (pen === null || rows.count === 0) return;
  const style = getComputedStyle(element);
  const tick = (colour: string, lines: Iterable<number>): void => {
    pen.fillStyle = style.getPropertyValue(colour);
    let drawn = -1;
    for (const line of lines) {
      const y = Math.floor((rows.indexOf(line) / rows.count) * (height - 2));
      // A million matches are no more than so many pixels.
      if (y === drawn) continue;
      drawn = y;
      pen.fillRect(1, y, width, 2);
    }
  };
  if (matches !== null) tick('--warn', matches);
  tick('--fail', errors);
}
