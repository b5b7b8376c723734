/** What is said to screen readers, in one polite region and never in a rush. */

const pause = 3000;
let waiting: string | null = null;
let last = 0;
let timer: ReturnType<typeof setTimeout> | null = null;

/** Say something once; of several within three seconds only the latest is said. */
export function announce(text: string): void {
  waiting = text;
  if (timer !== null) return;
  timer = setTimeout(say, Math.max(50, last + pause - Date.now()));
}

function say(): void {
  timer = null;
  const region = document.getElementById('live');
  if (region !== null && waiting !== null) region.textContent = waiting;
  waiting = null;
  last = Date.now();
}
