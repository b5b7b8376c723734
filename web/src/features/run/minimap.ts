/** A waterfall in small: what is drawn of its rows, and which of them are in sight. */

import type { BarPart, WaterfallRow } from '~/features/run/waterfall';
import { isFailure } from '~/lib/status';

/** How the shapes of a small picture look, in the order in which they are drawn. */
export const layers = ['waiting', 'other', 'passed', 'running', 'failed'] as const;
export type Layer = (typeof layers)[number];

/** How many rows high the mark of a failure is, so that no other row hides it. */
const failureShare = 1 / 24;
/** Percent of the width that a mark at the edge takes. */
const edge = 1.5;
/** Percent of the width that a bar has at least. */
const leastWidth = 0.4;

/** One path for each layer; a row is one high, and the width is 100. */
export function pathsOf(rows: readonly WaterfallRow[]): Map<Layer, string> {
  const paths = new Map<Layer, string>();
  const draw = (layer: Layer, part: BarPart | null, top: number, height: number): void => {
    if (part === null) return;
    const width = Math.max(leastWidth, part.width);
    const shape = `M${short(part.left)} ${short(top)}h${short(width)}v${short(height)}h${short(-width)}z`;
    paths.set(layer, (paths.get(layer) ?? '') + shape);
  };
  rows.forEach((row, index) => {
    const layer = layerOf(row);
    draw('waiting', row.queue, index + 0.3, 0.4);
    if (layer !== 'failed' || row.level === 2) {
      draw(layer, row.run, index + 0.1, 0.8);
      return;
    }
    const height = Math.max(0.8, rows.length * failureShare);
    const top = Math.max(0, Math.min(rows.length - height, index + 0.5 - height / 2));
    draw('failed', row.run, top, height);
    // Not by colour alone: only failures stand at the edge too.
    draw('failed', { left: 0, width: edge }, top, height);
  });
  return paths;
}

function layerOf(row: WaterfallRow): Layer {
  if (row.open) return 'running';
  if (isFailure(row.status)) return 'failed';
  return row.status === 'success' ? 'passed' : 'other';
}

function short(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The part of a list that is in sight, from 0 to 1. */
export interface Sight {
  from: number;
  to: number;
}

/** What can be seen of a list that is `all` pixels high through a window of `height`. */
export function sightOf(top: number, height: number, all: number): Sight {
  if (all <= 0) return { from: 0, to: 1 };
  return { from: Math.max(0, top / all), to: Math.min(1, (top + height) / all) };
}

/** The first and the last of `count` rows of which at least half is in sight, counted from 1. */
export function rowsInSight({ from, to }: Sight, count: number): [first: number, last: number] {
  const first = Math.min(count, Math.round(from * count) + 1);
  return [first, Math.max(first, Math.min(count, Math.round(to * count)))];
}
