/** One clock for everything on the page that says how long ago something was. */

import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let skew = 0;
let now = Date.now();

function tick(): void {
  now = Date.now() + skew;
  for (const listener of listeners) listener();
}

function wake(): void {
  const wanted = listeners.size > 0 && document.visibilityState === 'visible';
  if (wanted && timer === null) {
    timer = setInterval(tick, 1000);
    tick();
  } else if (!wanted && timer !== null) {
    clearInterval(timer);
    timer = null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener('visibilitychange', wake);
    wake();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      document.removeEventListener('visibilitychange', wake);
      wake();
    }
  };
}

/** Now by the server's clock, in milliseconds. */
export function serverNow(): number {
  return Date.now() + skew;
}

/** Take the server's clock as the right one: this computer's may be hours off. */
export function alignClock(serverTime: string): void {
  const at = Date.parse(serverTime);
  if (Number.isNaN(at)) return;
  const before = skew;
  skew = at - Date.now();
  // The way of the answer makes it differ a little each time; nobody sees that.
  if (Math.abs(skew - before) > 1000) tick();
}

/**
 * Now, in milliseconds, rounded down to `step` seconds: a component that says `4 min ago` asks for
 * steps of 10 and is drawn six times a minute instead of sixty.
 */
export function useNow(step = 10): number {
  const size = step * 1000;
  return useSyncExternalStore(subscribe, () => Math.floor(now / size) * size);
}

/** How far the server's clock is ahead of this computer's, in milliseconds. */
export function clockSkew(): number {
  return skew;
}
