/** Files of the dashboard that do not come: an update has replaced them, or something blocks them. */

const reloadedKey = 'pulseboard-reloaded';
// The name of this file changes with every build, so each build may be left by one reload.
const build = import.meta.url;

/** Whether an error says that a part of the application could not be fetched. */
export function isMissingFile(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /dynamically imported module|module script failed|importing a module|preload CSS/i.test(message);
}

/** Load the page again, which an update asks for; says no when that was tried and did not help. */
export function reloadOnce(): boolean {
  try {
    if (sessionStorage.getItem(reloadedKey) === build) return false;
    sessionStorage.setItem(reloadedKey, build);
  } catch {
    // A browser that keeps nothing would reload for ever.
    return false;
  }
  window.location.reload();
  return true;
}

/** After this long a page has what it needs for itself. */
const quietAfter = 1000;

/** Fetch a part while nobody waits for anything; returns the way to think better of it. */
export function prefetchWhenQuiet(load: () => Promise<unknown>): () => void {
  const timer = setTimeout(() => { prefetch(load); }, quietAfter);
  return () => { clearTimeout(timer); };
}

/** Fetch a part before it is wanted; whether that works is seen when it is. */
export function prefetch(load: () => Promise<unknown>): void {
  load().catch(() => undefined);
}
