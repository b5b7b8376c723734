/** What this browser has been told to remember: theme, density, zone, keys, columns. */

import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'default' | 'comfortable';

export interface Preferences {
  theme: Theme;
  density: Density;
  /** `browser`, `instance`, or the name of a zone. */
  zone: string;
  recentZones: string[];
  hours: 12 | 24;
  /** Whether motion is reduced here although the system does not ask for it. */
  calm: boolean;
  /** Whether single keys act (WCAG 2.1.4 wants a way to switch them off). */
  shortcuts: boolean;
  rail: 'wide' | 'narrow';
  hiddenColumns: string[];
  panelWidth: number;
  /** Milliseconds a pixel at which waterfalls are drawn; `null` where each fits its own run. */
  waterfallScale: number | null;
  /** Ids of the views that are saved for this browser alone. */
  ownViews: number[];
}

const defaults: Preferences = {
  theme: 'system',
  density: 'default',
  zone: 'browser',
  recentZones: [],
  hours: 24,
  calm: false,
  shortcuts: true,
  rail: 'wide',
  hiddenColumns: ['queue', 'attempt'],
  panelWidth: 560,
  waterfallScale: null,
  ownViews: [],
};

const storageKey = 'pulseboard';
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    if (typeof stored === 'object' && stored !== null) return { ...defaults, ...stored };
  } catch {
    // Storage can be switched off or hold nonsense; either way the defaults do.
  }
  return { ...defaults };
}

const darkSystem =
  typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;

/** The theme in force, with `system` resolved. */
export function themeInForce(theme: Theme = current.theme): 'light' | 'dark' {
  if (theme !== 'system') return theme;
  return darkSystem?.matches === true ? 'dark' : 'light';
}

function apply(): void {
  const { dataset } = document.documentElement;
  dataset.theme = themeInForce();
  dataset.density = current.density;
  dataset.rail = current.rail;
  if (current.calm) dataset.calm = 'yes';
  else delete dataset.calm;
}

function tell(): void {
  apply();
  for (const listener of listeners) listener();
}

/** The preferences as they are now. */
export function getPreferences(): Preferences {
  return current;
}

/** Change some preferences and keep them for the next visit. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // They still hold until the page is closed.
  }
  tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The preferences, kept up to date. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, getPreferences);
}

/** Follow the system's theme and other tabs of this dashboard. */
export function watchPreferences(): void {
  darkSystem?.addEventListener('change', tell);
  window.addEventListener('storage', (event) => {
    if (event.key !== storageKey) return;
    current = read();
    tell();
  });
  apply();
}
