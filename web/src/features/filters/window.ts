/** Moving the time window: earlier, later, wider, fixed. */

import { windowSeconds } from '~/api/filter';
import { serverNow } from '~/lib/ticker';
import type { Search } from '~/lib/search';

/** The change of the query string that sets a window. */
export interface Window {
  [name: string]: string | undefined;
  range: undefined;
  from: string;
  to: string;
}

function edges(search: Search): { from: number; to: number } {
  if (search.from !== undefined && search.to !== undefined) {
    return { from: Date.parse(search.from), to: Date.parse(search.to) };
  }
  const to = serverNow();
  return { from: to - windowSeconds(search) * 1000, to };
}

function windowBetween(from: number, to: number): Window {
  return { range: undefined, from: iso(from), to: iso(to) };
}

function iso(at: number): string {
  return new Date(Math.round(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The equally long window before (-1) or after (1). */
export function shifted(search: Search, steps: 1 | -1): Window {
  const { from, to } = edges(search);
  const length = (to - from) * steps;
  return windowBetween(from + length, to + length);
}

/** A window twice as long around the same middle, as far as that is not in the future. */
export function zoomedOut(search: Search): Window {
  const { from, to } = edges(search);
  const half = (to - from) / 2;
  // Nothing has happened yet after now: what would lie there is added before.
  const later = Math.min(half, serverNow() - to);
  return windowBetween(from - 2 * half + later, to + later);
}

/** The window as it is now, written as two instants, so that a link keeps showing the same. */
export function frozen(search: Search): Window {
  const { from, to } = edges(search);
  return windowBetween(from, to);
}
