/** Every status in one place: its word, letter, shape and colour family. */

export type Status =
  | 'queued'
  | 'running'
  | 'success'
  | 'failure'
  | 'timed_out'
  | 'startup_failure'
  | 'flaky'
  | 'cancelled'
  | 'skipped'
  | 'neutral'
  | 'action_required'
  | 'stale'
  | 'unknown'
  | 'none';

export type Family = 'ok' | 'fail' | 'warn' | 'run' | 'neutral' | 'action';

interface Appearance {
  readonly word: string;
  /** Stands for the status where colours are taken away (forced colours, copied text). */
  readonly letter: string;
  readonly family: Family;
}

const appearances: Readonly<Record<Status, Appearance>> = {
  success: { word: 'Success', letter: 'P', family: 'ok' },
  failure: { word: 'Failed', letter: 'F', family: 'fail' },
  timed_out: { word: 'Timed out', letter: 'T', family: 'fail' },
  startup_failure: { word: 'Did not start', letter: '!', family: 'fail' },
  flaky: { word: 'Flaky', letter: 'K', family: 'warn' },
  running: { word: 'Running', letter: 'R', family: 'run' },
  queued: { word: 'Queued', letter: 'Q', family: 'run' },
  cancelled: { word: 'Cancelled', letter: 'C', family: 'neutral' },
  skipped: { word: 'Skipped', letter: 'S', family: 'neutral' },
  neutral: { word: 'Neutral', letter: 'N', family: 'neutral' },
  stale: { word: 'Stale', letter: 'N', family: 'neutral' },
  action_required: { word: 'Needs approval', letter: 'A', family: 'action' },
  unknown: { word: 'Unknown', letter: '·', family: 'neutral' },
  none: { word: 'No run', letter: '·', family: 'neutral' },
};

/** The look of a status; a word nobody has taught us looks unknown. */
export function appearanceOf(status: Status): Appearance {
  return appearances[status];
}

function isStatus(word: string): word is Status {
  return Object.hasOwn(appearances, word);
}

const finerConclusions = new Set(['timed_out', 'startup_failure', 'stale']);

/** The status to show: the folded one, made finer by what the provider called it. */
export function shownStatus(status: string, conclusion?: string | null): Status {
  if (conclusion != null && finerConclusions.has(conclusion)) return conclusion as Status;
  return isStatus(status) ? status : 'unknown';
}

/** Whether the status counts as a failure. */
export function isFailure(status: string): boolean {
  return status === 'failure' || status === 'timed_out' || status === 'startup_failure';
}

/** Whether something is still going to happen. */
export function isOpen(status: string): boolean {
  return status === 'running' || status === 'queued';
}
