/** One run with the attempt that is to be looked at. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { runQuery } from '~/api/queries';
import { listedRun } from '~/api/runLists';
import type { Run, RunDetails } from '~/api/types';
import { isFailure } from '~/lib/status';

/** `attempt` as the address has it; without one, the attempt worth looking at is taken. */
export function useRun(id: string, attempt: string | undefined) {
  const newest = useQuery(runQuery(id));
  const wanted = attempt ?? worthLooking(newest.data);
  const isNewest = wanted === undefined || wanted === String(newest.data?.run.attempt);
  const chosen = useQuery({ ...runQuery(id, wanted), enabled: !isNewest });
  return { asked: isNewest ? newest : chosen, newest: newest.data };
}

/** What the list that a run was opened from says of it: enough to begin with. */
export function useListedRun(id: string): Run | undefined {
  return listedRun(useQueryClient(), id);
}

/** A run that passed after a failed attempt is opened at the failure: that is what is asked about. */
export function worthLooking(details: RunDetails | undefined): string | undefined {
  if (details?.run.status !== 'success') return undefined;
  const failed = details.attempts.findLast((one) => isFailure(one.status));
  return failed === undefined ? undefined : String(failed.n);
}

/** The attempt that passed after the one that is shown, if any. */
export function passedLater(details: RunDetails, newest: RunDetails | undefined): number | null {
  const shown = details.run.attempt;
  const later = newest?.attempts.find((one) => one.n > shown && one.status === 'success');
  return isFailure(details.run.status) && later !== undefined ? later.n : null;
}
