/** What the server understood of a log, as the viewer needs it: folds, marks, where to begin. */

import type { LogMeta } from '~/api/types';
import { holding, inOrder, type Fold } from '~/features/logs/folds';
import { isFailure } from '~/lib/status';

export type Mark = 'error' | 'warning';

/** Steps, the groups in them, and what progress bars wrote. */
export function foldsOf(meta: LogMeta): Fold[] {
  const steps = meta.steps.flatMap((step): Fold[] =>
    step.first_line === null || step.last_line === null
      ? []
      : [{
          key: `step ${step.number}`, kind: 'step', first: step.first_line, last: step.last_line,
          title: step.name, status: step.status, seconds: step.duration_s,
        }],
  );
  const ends = steps.map((step) => step.last);
  const groups = meta.groups.map((group): Fold => {
    // A group that nobody closed ends with its step.
    const end = Math.min(group.last_line, ends.find((last) => last >= group.first_line) ?? group.last_line);
    return { key: `group ${group.first_line}`, kind: 'group', first: group.first_line, last: end, title: group.title };
  });
  const updates = meta.updates.map(([first, last]): Fold => ({
    key: `updates ${last}`, kind: 'updates', first, last, title: '',
  }));
  return inOrder([...steps, ...groups, ...updates]);
}

/** The line to open at: the first error, else the end of what still runs, else the top. */
export function openingLine(meta: LogMeta): number {
  if (isFailure(meta.status)) return meta.first_error?.line ?? meta.errors[0] ?? 1;
  return meta.complete ? 1 : Math.max(meta.lines, 1);
}

/** Everything but the failed steps and what holds the opening line. */
export function closedAtFirst(folds: readonly Fold[], opening: number): Set<string> {
  const open = new Set(holding(folds, opening));
  const isOpen = (fold: Fold): boolean =>
    open.has(fold.key) || (fold.status !== undefined && isFailure(fold.status));
  return new Set(folds.filter((fold) => !isOpen(fold)).map((fold) => fold.key));
}

/** Which lines are marked, and as what. */
export function marksOf(meta: LogMeta): Map<number, Mark> {
  const marks = new Map<number, Mark>();
  for (const line of meta.warnings) marks.set(line, 'warning');
  for (const line of meta.errors) marks.set(line, 'error');
  return marks;
}

/** Where the provider shows a line, when the step that wrote it is known: `#step:4:12`. */
export function providerLink(meta: LogMeta, page: string | null, line: number): string | null {
  if (page === null || !/^https:\/\/[^/]+\/[^/]+\/[^/]+\/actions\/runs\/\d+\/job\/\d+$/.test(page)) return null;
  const step = meta.steps.find((one) => line >= (one.first_line ?? Infinity) && line <= (one.last_line ?? 0));
  if (step?.first_line == null) return null;
  return `${page}#step:${step.number}:${line - step.first_line + 1}`;
}
