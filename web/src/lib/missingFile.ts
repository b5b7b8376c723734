/** Files of the dashboard that do not come: an update has replaced them, or something blocks them. */

import { toast } from '~/lib/toasts';

const reloadedKey = 'pulseboard-reloaded';
// The name of this file changes with every build, so each build may be left by one reload.
const build = import.meta.url;
/** A server that has not begun to answer by then is away. */
const patience = 5000;

/** Whether an error says that a part of the application could not be fetched. */
export function isMissingFile(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /dynamically imported module|module script failed|importing a module|preload CSS/i.test(message);
}

/** What came of a reload: it comes, an earlier one did not help, or nobody would answer it. */
export type Reload = 'comes' | 'tried' | 'away';

/** Load the page again, which an update asks for; a server that is away uses up no reload. */
export async function reloadOnce(): Promise<Reload> {
  if (!(await isServed())) return 'away';
  try {
    if (sessionStorage.getItem(reloadedKey) === build) return 'tried';
    sessionStorage.setItem(reloadedKey, build);
  } catch {
    // A browser that keeps nothing would reload for ever.
    return 'tried';
  }
  window.location.reload();
  return 'comes';
}

/** Load the page again because somebody asks for it; says when nobody would answer. */
export async function reloadIfServed(): Promise<void> {
  if (await isServed()) window.location.reload();
  else toast('The server still does not answer.', { kind: 'note' });
}

/** Whether the server would send the page: a reload without it leaves nothing of the dashboard. */
async function isServed(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(patience);
    const answer = await fetch(window.location.href, { cache: 'no-store', signal });
    return answer.status < 500;
  } catch {
    return false;
  }
}

/** How a page is fetched: told apart from what the router would reload for without asking. */
export async function fetchPage<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`A page did not come: ${reason}`, { cause: error });
  }
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
