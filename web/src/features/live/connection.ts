/** The state of the live connection, for whoever shows it. The socket itself comes in socket.ts. */

import { useSyncExternalStore } from 'react';

export type Line = 'connecting' | 'live' | 'reconnecting' | 'polling';

export interface Live {
  line: Line;
  paused: boolean;
  /** Updates held back while paused. */
  held: number;
  /** When the next attempt to reconnect is made, in this computer's milliseconds. */
  retryAt: number | null;
  version: string | null;
  /** Nobody answered what was asked for last. */
  away: boolean;
}

let state: Live = { line: 'connecting', paused: false, held: 0, retryAt: null, version: null, away: false };
const listeners = new Set<() => void>();

/** The state now. */
export function getLive(): Live {
  return state;
}

/** Change the state and tell whoever shows it. */
export function setLive(change: Partial<Live>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

/** Be told of every change. */
export function subscribeLive(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The state, kept up to date. */
export function useLive(): Live {
  return useSyncExternalStore(subscribeLive, getLive);
}
