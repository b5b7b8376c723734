/** Short messages about what an action did. */

import { useSyncExternalStore } from 'react';

export interface Toast {
  id: number;
  kind: 'done' | 'problem' | 'note';
  text: string;
  at: number;
  action?: { label: string; run: () => void };
}

interface Toasts {
  shown: readonly Toast[];
  /** The last 50, so that a message that went away can still be read. */
  past: readonly Toast[];
}

const most = 3;
const kept = 50;
let next = 1;
let state: Toasts = { shown: [], past: [] };
const listeners = new Set<() => void>();

function change(after: Toasts): void {
  state = after;
  for (const listener of listeners) listener();
}

/** Show a message; problems stay until they are closed. */
export function toast(text: string, options: Partial<Pick<Toast, 'kind' | 'action'>> = {}): void {
  const made: Toast = { id: next++, kind: 'done', text, at: Date.now(), ...options };
  change({
    shown: [...state.shown, made].slice(-most),
    past: [made, ...state.past].slice(0, kept),
  });
}

/** Take a message away. */
export function dismiss(id: number): void {
  change({ ...state, shown: state.shown.filter((one) => one.id !== id) });
}

/** The messages, kept up to date. */
export function useToasts(): Toasts {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
