/** Which view was opened last, and whether the dialog that saves one is open. */

import { useSyncExternalStore } from 'react';

interface Opened {
  /** The id of the view that was opened; changed filters do not leave it. */
  view: number | null;
  isSaving: boolean;
}

let state: Opened = { view: null, isSaving: false };
const listeners = new Set<() => void>();

function change(some: Partial<Opened>): void {
  state = { ...state, ...some };
  for (const listener of listeners) listener();
}

/** Remember which view is looked at; null for none. */
export function setOpened(view: number | null): void {
  if (view !== state.view) change({ view });
}

/** Open or close the dialog that saves what is shown, from anywhere. */
export function setSaving(isSaving: boolean): void {
  change({ isSaving });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Both, kept up to date. */
export function useOpened(): Opened {
  return useSyncExternalStore(subscribe, () => state);
}
